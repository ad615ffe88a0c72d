//! GraphQL, for the second judge: a document becomes a tree.

use super::bodies::by_object;
use super::{DELETE, Effect, MAY, READ, WRITE};

pub(super) enum Tree {
    Word(String),
    Mark(char),
    Literal,
    Group(char, Vec<Tree>),
}

pub(super) fn graphql(text: &str) -> Option<Effect> {
    let (tree, rest) = forest(text, None)?;
    if !rest.is_empty() {
        return None;
    }
    let mut worst = None;
    let mut at = 0;
    while at < tree.len() {
        let end = at
            + tree[at..]
                .iter()
                .position(|one| matches!(one, Tree::Group('{', _)))?;
        let Tree::Group(_, fields) = &tree[end] else {
            return None;
        };
        let head = &tree[at..end];
        at = end + 1;
        let plain =
            |one: &Tree| matches!(one, Tree::Word(_) | Tree::Mark('@') | Tree::Group('(', _));
        if !head.iter().all(plain) {
            return None;
        }
        let effect = match head.first() {
            None => READ,
            Some(Tree::Word(word)) if word == "query" => READ,
            Some(Tree::Word(word)) if word == "fragment" => continue,
            Some(Tree::Word(word)) if word == "mutation" => mutation(fields)?,
            Some(_) => return None,
        };
        worst = worst.max(Some(effect));
    }
    worst
}

pub(super) fn mutation(fields: &[Tree]) -> Option<Effect> {
    let mut worst = WRITE;
    for (name, inner) in selection(fields)? {
        let Some(inner) = inner.filter(|_| name == "uiapi") else {
            worst = worst.max(MAY);
            continue;
        };
        for (name, _) in selection(inner)? {
            let written = ["Create", "Update"]
                .iter()
                .find_map(|end| name.strip_suffix(end));
            worst = worst.max(match written {
                Some(object) => by_object(object),
                None if name.ends_with("Delete") => DELETE,
                None => MAY,
            });
        }
    }
    Some(worst)
}

/// A field's name, and what is selected of it.
type Field<'a> = (&'a str, Option<&'a [Tree]>);

/// The fields of a selection: their names behind aliases, and what is in them.
pub(super) fn selection(fields: &[Tree]) -> Option<Vec<Field<'_>>> {
    let word = |tree: &Tree| matches!(tree, Tree::Word(_));
    let mut found: Vec<Field<'_>> = Vec::new();
    let mut at = 0;
    while at < fields.len() {
        if matches!(fields.get(at + 1), Some(Tree::Mark(':'))) {
            word(&fields[at]).then_some(())?;
            at += 2;
        }
        let Tree::Word(name) = fields.get(at)? else {
            return None;
        };
        at += 1;
        loop {
            match fields.get(at) {
                Some(Tree::Group('(', _)) => at += 1,
                Some(Tree::Mark('@')) => {
                    word(fields.get(at + 1)?).then_some(())?;
                    at += 2;
                }
                _ => break,
            }
        }
        let inner = match fields.get(at) {
            Some(Tree::Group('{', inner)) => {
                at += 1;
                Some(inner.as_slice())
            }
            _ => None,
        };
        found.push((name, inner));
    }
    Some(found)
}

/// The trees up to a closing bracket, or to the end, and what follows.
pub(super) fn forest(text: &str, close: Option<char>) -> Option<(Vec<Tree>, &str)> {
    let mut trees = Vec::new();
    let mut rest = text;
    loop {
        let Some(c) = rest.chars().next() else {
            return close.is_none().then_some((trees, ""));
        };
        let after = &rest[c.len_utf8()..];
        rest = match c {
            ' ' | '\t' | '\n' | '\r' | ',' => after,
            '#' => {
                let end = after.find(['\n', '\r']).unwrap_or(after.len());
                let (comment, after) = after.split_at(end);
                comment
                    .chars()
                    .all(|c| c == '\t' || (' '..='~').contains(&c))
                    .then_some(())?;
                after
            }
            '"' => {
                trees.push(Tree::Literal);
                match after.strip_prefix("\"\"") {
                    Some(block) => block_end(block)?,
                    None => string_end(after)?,
                }
            }
            '.' => {
                trees.push(Tree::Mark('.'));
                after.strip_prefix("..")?
            }
            '(' | '[' | '{' => {
                let closer = match c {
                    '(' => ')',
                    '[' => ']',
                    _ => '}',
                };
                let (inner, after) = forest(after, Some(closer))?;
                trees.push(Tree::Group(c, inner));
                after
            }
            ')' | ']' | '}' => return (Some(c) == close).then_some((trees, after)),
            '!' | '$' | '&' | ':' | '=' | '@' | '|' => {
                trees.push(Tree::Mark(c));
                after
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let other = |c: char| !c.is_ascii_alphanumeric() && c != '_';
                let end = rest.find(other).unwrap_or(rest.len());
                trees.push(Tree::Word(rest[..end].to_owned()));
                &rest[end..]
            }
            '0'..='9' | '-' => {
                trees.push(Tree::Literal);
                let other = |c: char| !c.is_ascii_alphanumeric() && !"+-._".contains(c);
                &after[after.find(other).unwrap_or(after.len())..]
            }
            _ => return None,
        };
    }
}

/// What follows a string whose first quote is gone.
pub(super) fn string_end(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            "\"\\/bfnrtu".contains(c).then_some(())?;
            escaped = false;
        } else if c == '"' {
            return Some(&text[at + 1..]);
        } else if c == '\\' {
            escaped = true;
        } else if c.is_control() && c != '\t' {
            return None;
        }
    }
    None
}

/// What follows a block string whose first quotes are gone. `\""` and anything
/// but a third quote is a doubt.
pub(super) fn block_end(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let at = rest.find(['"', '\\'])?;
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("\\\"\"") {
            rest = after.strip_prefix('"')?;
        } else if let Some(after) = rest.strip_prefix("\\\"") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("\"\"\"") {
            return Some(after);
        } else {
            rest = &rest[1..];
        }
    }
}
