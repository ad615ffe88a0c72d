//! What a page of the documentation tells its reader to type.

use std::path::Path;

/// A block of code of a page.
#[derive(Debug)]
pub struct Block {
    /// The heading that it is below.
    pub section: String,
    /// The word behind the fence.
    language: String,
    /// What stands between the fences.
    pub text: String,
}

/// The blocks of code of a page in Markdown.
#[must_use]
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut section = String::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block {
                    section: section.clone(),
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text.extend([line, "\n"]),
            (None, None) if line.starts_with('#') => {
                line.trim_start_matches('#').trim().clone_into(&mut section);
            }
            (None, None) => {}
        }
    }
    blocks
}

impl Block {
    /// The file that the block shows, if its first line names one in a comment.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        let first = self.text.lines().next()?;
        let name = first
            .strip_prefix("# ")
            .or_else(|| first.strip_prefix("// "))?;
        Path::new(name).extension()?;
        (!name.contains(char::is_whitespace)).then_some(name)
    }

    /// The commands in it, each with the lines that it continues on: in a `console`
    /// those behind a prompt, in a `sh` every line.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        let mut commands: Vec<String> = Vec::new();
        let mut goes_on = false;
        for line in self.text.lines() {
            let typed = match self.language.as_str() {
                "console" => line.strip_prefix("$ "),
                "sh" => Some(line),
                _ => None,
            };
            match (commands.last_mut(), typed) {
                (Some(command), _) if goes_on => command.extend(["\n", line]),
                (_, Some(typed)) => commands.push(typed.to_owned()),
                (_, None) => continue,
            }
            goes_on = line.ends_with('\\');
        }
        commands
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_told_from_what_is_answered() {
        let page = "# A\n$ no\n```console\n$ one \\\n    --two\nanswer\n$ three\n```\n\
            ## B\n```sh\nfour\nfive\n```\n```toml\n$ no\n```\n";
        let told: Vec<(String, Vec<String>)> = blocks(page)
            .iter()
            .map(|block| (block.section.clone(), block.commands()))
            .collect();
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            told,
            [
                ("A".to_owned(), words(&["one \\\n    --two", "three"])),
                ("B".to_owned(), words(&["four", "five"])),
                ("B".to_owned(), words(&[])),
            ]
        );
    }

    #[test]
    fn a_block_names_its_file_in_a_comment() {
        for (text, file) in [
            ("# Cargo.toml\n[package]", Some("Cargo.toml")),
            ("// src/bin/a.rs\nfn main() {}", Some("src/bin/a.rs")),
            ("# A comment.\n", None),
            ("# comment\n", None),
            ("import a.py\n", None),
            ("", None),
        ] {
            let page = format!("```toml\n{text}\n```\n");
            let blocks = blocks(&page);
            let found = blocks.first().and_then(Block::file);
            assert_eq!(found, file, "{text}");
        }
    }

    #[test]
    fn a_block_that_is_not_closed_is_not_read() {
        assert!(blocks("```console\n$ one\n").is_empty());
    }
}
