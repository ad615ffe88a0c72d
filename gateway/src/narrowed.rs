//! What a key may do at a door that has a policy itself. Pure.

use sfbox::policy::{AllowedPath, Level, Policy};

/// What both allow: the policy of a key, and that of the door.
pub(crate) fn narrowed(key: Policy, door: &Policy) -> Policy {
    if door.level == Level::Everything {
        // The door says nothing; what a key may do was said when it was made.
        return key;
    }
    let is_stricter = strictness(door.level) >= strictness(key.level);
    // A path that is open goes beyond the level, so both have to open it. The level of a key that
    // may do everything opens every path, but for anonymous Apex, which no level includes.
    let key_opens = |path: &AllowedPath| {
        let by_level = key.level == Level::Everything;
        by_level && (key.anonymous_apex || !names_anonymous_apex(path))
            || key.allowed.contains(path)
    };
    let allowed = door.allowed.iter().filter(|path| key_opens(path));
    let allowed = allowed.cloned().collect();
    Policy {
        level: if is_stricter { door.level } else { key.level },
        allowed,
        anonymous_apex: key.anonymous_apex && door.anonymous_apex,
    }
}

/// Whether a path that is open is one that runs anonymous Apex.
fn names_anonymous_apex(path: &AllowedPath) -> bool {
    path.to_string().ends_with("/executeAnonymous")
}

fn strictness(level: Level) -> u8 {
    match level {
        Level::Everything => 0,
        Level::NoDelete => 1,
        Level::ReadOnly => 2,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    use super::*;

    fn policy(level: Level, allowed: &[&str], anonymous_apex: bool) -> Policy {
        Policy {
            level,
            allowed: allowed.iter().map(|path| path.parse().unwrap()).collect(),
            anonymous_apex,
        }
    }

    const A: &str = "POST /services/apexrest/a";
    const B: &str = "POST /services/apexrest/b";

    #[test]
    fn a_door_without_a_policy_leaves_keys_as_they_are() {
        for key in [
            policy(Level::Everything, &[], true),
            policy(Level::ReadOnly, &[A], false),
        ] {
            assert_eq!(narrowed(key.clone(), &Policy::default()), key);
        }
    }

    #[test]
    fn the_stricter_level_counts() {
        use Level::{Everything, NoDelete, ReadOnly};
        for (key, door, both) in [
            (Everything, NoDelete, NoDelete),
            (Everything, ReadOnly, ReadOnly),
            (NoDelete, ReadOnly, ReadOnly),
            (ReadOnly, NoDelete, ReadOnly),
            (NoDelete, NoDelete, NoDelete),
        ] {
            let narrowed = narrowed(policy(key, &[], false), &policy(door, &[], false));
            assert_eq!(narrowed.level, both);
        }
    }

    #[test]
    fn what_goes_beyond_a_level_is_allowed_by_both() {
        let door = policy(Level::NoDelete, &[A], false);
        let key = policy(Level::ReadOnly, &[A, B], true);
        assert_eq!(narrowed(key, &door), policy(Level::ReadOnly, &[A], false));
        let key = policy(Level::Everything, &[], true);
        assert_eq!(narrowed(key, &door), policy(Level::NoDelete, &[A], false));
    }
    const APEX: &str = "GET /services/data/*/tooling/executeAnonymous";

    #[test]
    fn a_path_of_the_door_gives_no_key_anonymous_apex() {
        let door = policy(Level::NoDelete, &[A, APEX], false);
        let narrowed = |allowed, apex| narrowed(policy(Level::Everything, allowed, apex), &door);
        assert_eq!(narrowed(&[], false), policy(Level::NoDelete, &[A], false));
        for (allowed, apex) in [(&[][..], true), (&[APEX], false)] {
            let both = policy(Level::NoDelete, &[A, APEX], false);
            assert_eq!(narrowed(allowed, apex), both);
        }
    }

    /// What a request does.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Does {
        Read,
        Write,
        Delete,
        AnonymousApex,
    }

    /// What the library lets out, as `sfbox help options` says it: the level, paths that are open
    /// beside it, and anonymous Apex where a path or an option names it.
    fn permits(policy: &Policy, does: Does, path: &str) -> bool {
        let is_open = policy.allowed.iter().any(|open| open.to_string() == path);
        match does {
            Does::Read => true,
            Does::Write => is_open || policy.level != Level::ReadOnly,
            Does::Delete => is_open || policy.level == Level::Everything,
            Does::AnonymousApex => policy.anonymous_apex || is_open && path == APEX,
        }
    }

    fn any_policy() -> impl Strategy<Value = Policy> {
        let level = select(vec![Level::Everything, Level::NoDelete, Level::ReadOnly]);
        let allowed = subsequence(vec![A, B, APEX], 0..=3);
        (level, allowed, any::<bool>())
            .prop_map(|(level, allowed, apex)| policy(level, &allowed, apex))
    }

    proptest! {
        #[test]
        fn what_is_permitted_both_permit(key in any_policy(), door in any_policy()) {
            let narrowed = narrowed(key.clone(), &door);
            for does in [Does::Read, Does::Write, Does::Delete, Does::AnonymousApex] {
                for path in [A, B, APEX, "POST /services/apexrest/c"] {
                    if permits(&narrowed, does, path) {
                        prop_assert!(permits(&key, does, path), "{does:?} {path}: {narrowed:?}");
                        // A door that allows everything says nothing of anonymous Apex.
                        let is_silent = door.level == Level::Everything;
                        prop_assert!(is_silent || permits(&door, does, path), "{does:?} {path}");
                    }
                }
            }
        }
    }
}
