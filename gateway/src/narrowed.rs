//! What a key may do at a door that has a policy itself. Pure.

use sfbox::policy::{AllowedPath, Level, Policy};

/// What both allow: the policy of a key, and that of the door.
pub(crate) fn narrowed(key: Policy, door: &Policy) -> Policy {
    if door.level == Level::Everything {
        // The door says nothing; what a key may do was said when it was made.
        return key;
    }
    if !have_one_policy(&key, door) {
        return Policy {
            within: Some(Box::new(door.clone())),
            ..key
        };
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
        within: None,
    }
}

/// Whether one policy can say what both allow. A path that one of them opens may be one that the
/// level of the other one lets out, or a path of the other one in other words: then only a
/// request tells.
fn have_one_policy(key: &Policy, door: &Policy) -> bool {
    match key.level {
        Level::Everything => key.allowed.is_empty() || !door.anonymous_apex,
        Level::NoDelete | Level::ReadOnly => key.allowed.is_empty() && door.allowed.is_empty(),
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
            within: None,
        }
    }

    const A: &str = "POST /services/apexrest/a";
    const B: &str = "POST /services/apexrest/b";

    const APEX: &str = "GET /services/data/*/tooling/executeAnonymous";

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
        let both = narrowed(key, &door);
        for (does, path, expected) in [
            (Does::Delete, A, true),
            (Does::Delete, B, false),
            // The key opens it, and the door's level lets it out.
            (Does::Write, B, true),
            (Does::Write, "POST /services/apexrest/c", false),
            (Does::AnonymousApex, APEX, false),
        ] {
            assert_eq!(permits(&both, does, path), expected, "{does:?} {path}");
        }
        let key = policy(Level::Everything, &[], true);
        assert_eq!(narrowed(key, &door), policy(Level::NoDelete, &[A], false));
    }

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
        let within = policy.within.as_deref();
        if within.is_some_and(|within| !permits(within, does, path)) {
            return false;
        }
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
                    // A door that allows everything says nothing of anonymous Apex.
                    let is_silent = door.level == Level::Everything;
                    let both = permits(&key, does, path) && (is_silent || permits(&door, does, path));
                    let is_permitted = permits(&narrowed, does, path);
                    prop_assert!(!is_permitted || both, "{does:?} {path}: {narrowed:?}");
                    // This path does nothing else.
                    let is_one = path != APEX || does == Does::AnonymousApex;
                    prop_assert!(!is_one || is_permitted == both, "{does:?} {path}: {narrowed:?}");
                }
            }
        }
    }
}
