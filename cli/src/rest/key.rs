//! The key of a field: `Name`, `attributes[type]`, `records[][Name]`.

use crate::verdict::Usage;

/// How deep a key may lead: more than any request of Salesforce's needs.
pub(super) const STEPS_MAX: usize = 32;

/// One step into a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'k> {
    /// The member of an object.
    Member(&'k str),
    /// `[]`: an item of a list.
    Item,
}

/// Where a key leads.
///
/// # Errors
///
/// When it has no name at its beginning, brackets that do not match, or more than
/// [`STEPS_MAX`] steps.
pub(super) fn steps(key: &str) -> Result<Vec<Step<'_>>, Usage> {
    let end = key.find('[').unwrap_or(key.len());
    let (name, mut rest) = key.split_at(end);
    if name.is_empty() || name.contains(']') {
        return Err(wrong());
    }
    let mut steps = vec![Step::Member(name)];
    while !rest.is_empty() {
        let inside = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (name, after) = inside.ok_or_else(wrong)?;
        steps.push(match name {
            "" => Step::Item,
            name if name.contains('[') => return Err(wrong()),
            name => Step::Member(name),
        });
        rest = after;
    }
    if steps.len() > STEPS_MAX {
        return Err(Usage::new(format!(
            "the key of a field leads deeper than {STEPS_MAX} levels: send the body with `--input`"
        )));
    }
    Ok(steps)
}

fn wrong() -> Usage {
    Usage::new("the key of a field is invalid: valid keys are `a`, `a[b]`, `a[]` and `a[][b]`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_into_objects_and_lists() {
        use Step::{Item, Member};
        for (key, expected) in [
            ("Name", vec![Member("Name")]),
            ("Owner.Name", vec![Member("Owner.Name")]),
            ("a[b]", vec![Member("a"), Member("b")]),
            ("a[]", vec![Member("a"), Item]),
            ("a[][b c][]", vec![Member("a"), Item, Member("b c"), Item]),
        ] {
            assert_eq!(steps(key).unwrap(), expected, "{key}");
        }
    }

    #[test]
    fn a_key_with_brackets_that_do_not_match_is_refused() {
        for key in [
            "", "[a]", "a[", "a]", "a[b", "a[b]c", "a[[b]]", "a[b]]", "]a[",
        ] {
            assert!(steps(key).is_err(), "{key}");
        }
    }

    #[test]
    fn a_key_leads_only_so_deep() {
        let deep = |steps: usize| format!("a{}", "[b]".repeat(steps - 1));
        assert_eq!(steps(&deep(STEPS_MAX)).unwrap().len(), STEPS_MAX);
        assert!(steps(&deep(STEPS_MAX + 1)).is_err());
        assert!(steps(&deep(50_000)).is_err());
    }
}
