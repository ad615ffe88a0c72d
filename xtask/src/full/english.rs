//! What a machine can check of the English: CONTRIBUTING.md has the rule.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest sentence, in words.
const WORDS_MAX: usize = 30;

/// Words of README.md outside of code.
const README_WORDS_MAX: usize = 900;

/// Shapes that readers had to read twice. Each stands for a plain word: invalid,
/// missing, ignored, nobody.
const BANNED: [&str; 8] = [
    "as good as none",
    "is none",
    "are none",
    "is no",
    "are no",
    "was no",
    "were no",
    "whoever",
];

/// Stands for a piece of code, which counts as one word and may begin a sentence.
const CODE: char = '\u{1}';

/// A page that is generated from comments, which are checked where they stand.
const GENERATED: [&str; 1] = ["docs/contract.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Something that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Heading,
    Cell,
    Text,
}

/// A piece of prose, without its markup.
#[derive(Debug)]
struct Prose {
    line: usize,
    kind: Kind,
    text: String,
    /// Whether the next line is part of the same paragraph.
    goes_on: bool,
}

/// The prose of a page in Markdown: no code, no comments, and no figures, which a
/// program wrote.
fn markdown(page: &str) -> Vec<Prose> {
    let lines: Vec<&str> = page.lines().map(str::trim).collect();
    let mut prose = Vec::new();
    let (mut in_code, mut in_figures) = (false, false);
    for (index, line) in lines.iter().enumerate() {
        match *line {
            fence if fence.starts_with("```") => in_code = !in_code,
            comment if comment.starts_with("<!--") => {
                in_figures = comment.starts_with("<!-- figures");
            }
            "" => {}
            _ if in_code || in_figures => {}
            row if row.starts_with('|') => prose.extend(cells(row).map(|cell| Prose {
                line: index + 1,
                kind: Kind::Cell,
                text: plain(cell),
                goes_on: false,
            })),
            text => prose.push(Prose {
                line: index + 1,
                kind: match text.starts_with('#') {
                    true => Kind::Heading,
                    false => Kind::Text,
                },
                text: plain(unmarked(text)),
                goes_on: lines.get(index + 1).is_some_and(|next| is_paragraph(next)),
            }),
        }
    }
    prose
}

fn cells(row: &str) -> impl Iterator<Item = &str> {
    row.split('|').map(str::trim).filter(|cell| {
        // The rule below a table's head is not prose.
        cell.contains(char::is_alphanumeric)
    })
}

/// A line without what makes it an item of a list, or a heading.
fn unmarked(line: &str) -> &str {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = match number.len() < line.len() {
        true => number.strip_prefix('.').unwrap_or(line),
        false => line.trim_start_matches(['#', '*', '-', '>']),
    };
    rest.strip_prefix(' ').map_or(line, str::trim)
}

fn is_paragraph(line: &str) -> bool {
    let begins = ["|", "```", "<!--", "#"];
    !line.is_empty() && !begins.iter().any(|mark| line.starts_with(mark)) && unmarked(line) == line
}

/// Text as it is read: code as one word, a link as its words.
fn plain(markdown: &str) -> String {
    let mut text = String::new();
    for (index, piece) in markdown.split('`').enumerate() {
        if index % 2 == 1 {
            text.push(CODE);
        } else {
            text.push_str(piece);
        }
    }
    while let Some((before, rest)) = text.split_once("](") {
        let Some((_, after)) = rest.split_once(')') else {
            break;
        };
        text = format!("{}{after}", before.replacen('[', "", 1));
    }
    text.replace("**", "")
}

/// The sentences of a text: each ends at a mark that a capital or code follows.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find(['.', '!', '?']) {
        let end = from + at + 1;
        let after = rest[end..].trim_start_matches([')', '"', '\'', '*']);
        let next = after.trim_start();
        let begins = next.starts_with(|c: char| c.is_uppercase() || c == CODE || c == '(');
        if begins && next.len() < after.len() {
            let (sentence, remaining) = rest.split_at(rest.len() - next.len());
            sentences.push(sentence.trim());
            (rest, from) = (remaining, 0);
        } else {
            from = end;
        }
    }
    sentences.extend(Some(rest.trim()).filter(|rest| !rest.is_empty()));
    sentences
}

fn words(text: &str) -> usize {
    let is_word = |word: &&str| word.contains(|c: char| c.is_alphanumeric() || c == CODE);
    text.split_whitespace().filter(is_word).count()
}

/// What is wrong with a text, wherever it stands.
fn faults(text: &str) -> Vec<String> {
    let letters = |c: char| c.is_alphanumeric() || c == CODE;
    let lower = text.to_lowercase();
    let spaced: Vec<&str> = lower
        .split(|c| !letters(c))
        .filter(|word| !word.is_empty())
        .collect();
    let spaced = format!(" {} ", spaced.join(" "));
    let banned = BANNED
        .iter()
        .filter(|shape| spaced.contains(&format!(" {shape} ")));
    let banned = banned.map(|shape| format!("`{shape}` in: {text}"));
    let long = sentences(text).into_iter().filter_map(|sentence| {
        let words = words(sentence);
        (words > WORDS_MAX).then(|| format!("{words} words: {sentence}"))
    });
    banned.chain(long).collect()
}

/// What is wrong with a piece of a page.
fn faults_of(prose: &Prose) -> Vec<String> {
    let mut faults = faults(&prose.text);
    if prose.kind == Kind::Text {
        if sentences(&prose.text).len() > 1 {
            faults.push(format!("more than a sentence: {}", prose.text));
        }
        if prose.goes_on && !prose.text.ends_with(['.', ':', '?', '!', ';', ')']) {
            faults.push(format!("the line ends in a sentence: {}", prose.text));
        }
    }
    faults
}

/// The paragraphs of a help text. What stands in columns is a piece by itself, and the
/// examples are code.
fn help(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut indentation = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("Example") {
            break;
        }
        let here = line.len() - line.trim_start().len();
        let columns = trimmed.split("  ").filter(|piece| !piece.is_empty());
        match pieces.last_mut() {
            _ if trimmed.is_empty() || trimmed.starts_with('-') => indentation = None,
            Some(piece) if indentation == Some(here) && columns.clone().count() == 1 => {
                *piece = format!("{piece} {trimmed}");
            }
            _ => {
                pieces.extend(columns.map(|piece| piece.trim().to_owned()));
                indentation = Some(here);
            }
        }
    }
    pieces
}

/// The pages outside of `docs/` that are checked.
const OUTSIDE_DOCS: [&str; 3] = ["CHANGELOG.md", "CONTRIBUTING.md", "README.md"];

/// Every page that people wrote for people, with its text.
fn pages() -> Vec<(String, String)> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let docs = docs.map(|name| format!("docs/{name}"));
    let mut names: Vec<String> = docs
        .filter(|name| name.ends_with(".md") && !GENERATED.contains(&name.as_str()))
        .collect();
    names.extend(OUTSIDE_DOCS.map(str::to_owned));
    names.sort();
    let text = |name: &String| fs::read_to_string(root().join(name)).unwrap();
    names
        .into_iter()
        .map(|name| (name.clone(), text(&name)))
        .collect()
}

#[test]
fn pages_are_understood_at_first_reading() {
    let pages = pages();
    assert!(pages.len() > 10, "the pages are found");
    let mut found = Vec::new();
    for (name, page) in &pages {
        for prose in markdown(page) {
            let faults = faults_of(&prose).into_iter();
            found.extend(faults.map(|fault| format!("{name}:{}: {fault}", prose.line)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn help_is_understood_at_first_reading() {
    let golden = fs::read_dir(root().join("tests/e2e/snapshots")).unwrap();
    let golden = golden.map(|entry| entry.unwrap().path());
    let golden: Vec<PathBuf> = golden
        .filter(|path| path.to_str().unwrap().contains("__help-long"))
        .collect();
    assert!(golden.len() > 10, "the golden files are found");
    let mut found = Vec::new();
    for file in golden {
        let text = fs::read_to_string(&file).unwrap();
        let (_, text) = text.rsplit_once("\n---\n").unwrap();
        found.extend(help(text).iter().flat_map(|piece| faults(&plain(piece))));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn help_is_read_in_paragraphs_and_columns() {
    let text = "Does it\n\nOne sentence\nof two lines. Two.\n\n  url, host  what\n  b    more\n\n\
        Options:\n      --x <Y>\n          What it\n          is\n\nExamples:\n  a b";
    assert_eq!(
        help(text),
        [
            "Does it",
            "One sentence of two lines. Two.",
            "url, host",
            "what",
            "b",
            "more",
            "Options:",
            "What it is",
        ]
    );
}

#[test]
fn the_readme_is_short() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let prose = markdown(&readme);
    let words: usize = prose.iter().map(|prose| words(&prose.text)).sum();
    assert!(words <= README_WORDS_MAX, "{words} words");
}

#[test]
fn no_table_of_hosts_is_wider_than_a_page() {
    let hosts = fs::read_to_string(root().join("docs/hosts.md")).unwrap();
    for row in hosts.lines().filter(|line| line.starts_with('|')) {
        assert!(row.chars().count() <= 100, "{row}");
    }
}

#[test]
fn each_shape_is_found_and_its_neighbours_are_not() {
    for bad in [
        "An empty one is as good as none.",
        "The status is none.",
        "What is no page is refused.",
        "There are no keys.",
        "Whoever asks may be gone.",
    ] {
        assert_eq!(faults(bad).len(), 1, "{bad}");
    }
    for good in [
        "This is not a page.",
        "It is nothing.",
        "None is left.",
        "The basis now is ours.",
    ] {
        assert_eq!(faults(good), [""; 0], "{good}");
    }
}

#[test]
fn a_sentence_has_as_many_words_as_the_limit_and_no_more() {
    let sentence = |words: usize| format!("{}.", vec!["word"; words].join(" "));
    assert_eq!(faults(&sentence(WORDS_MAX)), [""; 0]);
    assert_eq!(faults(&sentence(WORDS_MAX + 1)).len(), 1);
    // Each of two sentences by itself.
    let two = format!("{} Then {}", sentence(WORDS_MAX), sentence(WORDS_MAX - 1));
    assert_eq!(faults(&two), [""; 0]);
}

#[test]
fn sentences_end_at_marks_that_a_new_one_follows() {
    for (text, expected) in [
        ("One. Two.", 2),
        ("One (or two.) Three.", 2),
        ("Version 1.2 of it, e.g. this.", 1),
        ("See `a.b`. `c` is next.", 2),
        ("Is it? Yes!", 2),
        ("", 0),
    ] {
        assert_eq!(sentences(&plain(text)).len(), expected, "{text}");
    }
}

#[test]
fn prose_is_told_from_what_is_not() {
    let page = "# A `b`\n\n```sh\nls. Now.\n```\n<!-- x -->\n\
        * One, with [a link](b.md#c).\n  It goes on.\n\n1. First\n\n| a | `b` |\n|---|--:|\n\
        <!-- figures: x -->\nOne. Two.\n<!-- end -->\nLast";
    let prose = markdown(page);
    let told: Vec<(usize, Kind, &str, bool)> = prose
        .iter()
        .map(|prose| (prose.line, prose.kind, prose.text.as_str(), prose.goes_on))
        .collect();
    assert_eq!(
        told,
        [
            (1, Kind::Heading, "A \u{1}", false),
            (7, Kind::Text, "One, with a link.", true),
            (8, Kind::Text, "It goes on.", false),
            (10, Kind::Text, "First", false),
            (12, Kind::Cell, "a", false),
            (12, Kind::Cell, "\u{1}", false),
            (17, Kind::Text, "Last", false),
        ]
    );
}

#[test]
fn a_line_is_one_whole_sentence() {
    let faults = |page: &str| -> usize { markdown(page).iter().flat_map(faults_of).count() };
    assert_eq!(faults("One.\nTwo.\n\n2026 was it\n\n* Three"), 0);
    assert_eq!(faults("One. Two."), 1);
    assert_eq!(faults("One\nand two."), 1);
    assert_eq!(faults("| One. Two. |"), 0);
}
