//! What a key may do at a door that has a policy itself. Pure.

use sfbox::policy::{Level, Policy};

/// What both allow: the policy of a key, and that of the door.
pub(crate) fn narrowed(key: Policy, door: &Policy) -> Policy {
    if door.level == Level::Everything {
        // The door says nothing; what a key may do was said when it was made.
        return key;
    }
    let is_stricter = strictness(door.level) >= strictness(key.level);
    // A path that is open goes beyond the level, so both have to open it. Beside a key
    // that may do all that the door may, the door's own word counts.
    let allowed = match key.level {
        Level::Everything => door.allowed.clone(),
        Level::NoDelete | Level::ReadOnly => {
            let both = |path: &&_| door.allowed.contains(path);
            key.allowed.iter().filter(both).cloned().collect()
        }
    };
    Policy {
        level: if is_stricter { door.level } else { key.level },
        allowed,
        anonymous_apex: key.anonymous_apex && door.anonymous_apex,
    }
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
}
