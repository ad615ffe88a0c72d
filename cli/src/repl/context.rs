//! What can stand where the cursor is: pure.
//!
//! Nothing here judges a statement. Where it is not understood, keywords are proposed.

use super::pieces::{Kind, Piece, pieces};

/// What is proposed, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Context {
    /// Where the word begins that is completed, in bytes.
    pub(super) start: usize,
    pub(super) wanted: Wanted,
}

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Somebody is inside of a string or a comment.
    Nothing,
    /// Commands with a backslash.
    Commands,
    Keywords,
    Objects,
    /// Child relationships of an object.
    Children(Of),
    /// Fields of an object, or of what relationships lead to from there; beside keywords if
    /// there are none of these.
    Fields {
        of: Option<Of>,
        path: Vec<String>,
    },
}

/// An object: itself, or what child relationships lead to from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Of {
    pub(super) object: String,
    pub(super) children: Vec<String>,
}

/// The part of a statement that a word is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clause {
    Start,
    Select,
    /// Where the object is named.
    From,
    /// Where fields are compared, or put in order.
    Fields,
    /// After `WHEN`.
    When,
    Other,
}

/// What is between two parentheses, or the whole statement.
struct Frame {
    parent: Option<usize>,
    /// The clause that it is in.
    within: Clause,
    clause: Clause,
    /// Whether it begins with `SELECT`.
    selects: bool,
    from: Option<String>,
    alias: Option<String>,
}

impl Context {
    /// What is proposed at this byte of what was typed.
    pub(super) fn of(text: &str, cursor: usize) -> Self {
        let pieces = pieces(text);
        let at = pieces.iter().position(|piece| piece.end() >= cursor);
        let current = at.and_then(|at| pieces.get(at));
        let start = match current {
            Some(piece) if piece.kind == Kind::Word && piece.at < cursor => piece.at,
            _ => cursor,
        };
        if let Some(piece) = current
            && is_inside(piece, cursor)
        {
            return Self::nothing(cursor);
        }
        let line = text.get(..cursor).unwrap_or(text);
        let line = line.get(line.rfind('\n').map_or(0, |at| at + 1)..);
        if let Some(command) = line
            .map(str::trim_start)
            .filter(|line| line.starts_with('\\'))
        {
            return of_command(command, start, cursor);
        }
        Statement::read(&pieces, start).context(text, start, cursor)
    }

    fn nothing(start: usize) -> Self {
        Self {
            start,
            wanted: Wanted::Nothing,
        }
    }
}

/// Whether the cursor is in a string or a comment, and not behind it.
fn is_inside(piece: &Piece<'_>, cursor: usize) -> bool {
    let is_behind = piece.end() == cursor;
    piece.at < cursor
        && match piece.kind {
            Kind::Text { ends } | Kind::BlockComment { ends } => !(ends && is_behind),
            Kind::LineComment => true,
            Kind::Word | Kind::Blank | Kind::LineBreak | Kind::Symbol => false,
        }
}

fn of_command(command: &str, start: usize, cursor: usize) -> Context {
    match command.split_once(char::is_whitespace) {
        None => Context {
            start: cursor - command.len(),
            wanted: Wanted::Commands,
        },
        Some(("\\d" | "\\dt", argument)) if !argument.trim_start().contains(' ') => Context {
            start,
            wanted: Wanted::Objects,
        },
        Some(_) => Context::nothing(cursor),
    }
}

/// A statement, as far as completion needs it.
struct Statement {
    frames: Vec<Frame>,
    /// Where the cursor is: in this frame and clause.
    at: usize,
    clause: Clause,
}

impl Statement {
    /// Reads the statement that the byte `start` is in: its object may come after it.
    fn read(pieces: &[Piece<'_>], start: usize) -> Self {
        let ends = |piece: &&Piece<'_>| piece.is(";");
        let before = pieces.iter().filter(|piece| piece.end() <= start);
        let begin = before.filter(ends).map(Piece::end).max().unwrap_or(0);
        let after = pieces.iter().filter(|piece| piece.at >= start);
        let end = after.filter(ends).map(|piece| piece.at).min();
        let end = end.unwrap_or(usize::MAX);
        let inside = |piece: &&Piece<'_>| piece.at >= begin && piece.at < end;
        let mut statement = Self {
            frames: vec![Frame::new(None, Clause::Start)],
            at: 0,
            clause: Clause::Start,
        };
        let (mut frame, mut is_found) = (0, false);
        for piece in pieces.iter().filter(inside) {
            if piece.at >= start && !is_found {
                statement.found(frame);
                is_found = true;
            }
            frame = statement.piece(piece, frame);
        }
        if !is_found {
            statement.found(frame);
        }
        statement
    }

    /// Notes where the cursor is. A function is part of the clause that it is in.
    fn found(&mut self, frame: usize) {
        let mut at = frame;
        while let Some(Frame {
            selects: false,
            parent: Some(parent),
            ..
        }) = self.frames.get(at)
        {
            at = *parent;
        }
        self.at = at;
        self.clause = self
            .frames
            .get(at)
            .map_or(Clause::Start, |frame| frame.clause);
    }

    /// Reads a piece in a frame; answers with the frame of the next one.
    fn piece(&mut self, piece: &Piece<'_>, at: usize) -> usize {
        if piece.is("(") {
            let within = self
                .frames
                .get(at)
                .map_or(Clause::Start, |frame| frame.clause);
            self.frames.push(Frame::new(Some(at), within));
            return self.frames.len() - 1;
        }
        let Some(frame) = self.frames.get_mut(at) else {
            return at;
        };
        if piece.is(")") {
            return frame.parent.unwrap_or(at);
        }
        if piece.kind == Kind::Word {
            frame.word(piece.text);
        }
        at
    }

    fn context(&self, text: &str, start: usize, cursor: usize) -> Context {
        let word = text.get(start..cursor).unwrap_or_default();
        let keywords = Wanted::Keywords;
        let Some(frame) = self.frames.get(self.at) else {
            return Context {
                start,
                wanted: keywords,
            };
        };
        let wanted = match self.clause {
            Clause::Start | Clause::Other => keywords,
            Clause::When => Wanted::Objects,
            Clause::From => match self.outer(frame) {
                Some(outer) => self.object(outer).map_or(Wanted::Nothing, Wanted::Children),
                None => Wanted::Objects,
            },
            Clause::Select | Clause::Fields => {
                let (path, last) = match word.rsplit_once('.') {
                    Some((path, last)) => (path, last),
                    None => ("", word),
                };
                let path = path.split('.').filter(|name| !name.is_empty());
                let path = path.map(str::to_owned).collect();
                return Context {
                    start: cursor - last.len(),
                    wanted: Wanted::Fields {
                        path: frame.without_alias(path),
                        of: self.object(self.at),
                    },
                };
            }
        };
        Context { start, wanted }
    }

    /// The frame whose children a frame selects.
    fn outer(&self, frame: &Frame) -> Option<usize> {
        if frame.within != Clause::Select {
            return None;
        }
        let mut outer = frame.parent?;
        while !self.frames.get(outer)?.selects {
            outer = self.frames.get(outer)?.parent?;
        }
        Some(outer)
    }

    /// The object of a frame, if it is named.
    fn object(&self, at: usize) -> Option<Of> {
        let (mut at, mut children) = (at, Vec::new());
        loop {
            let frame = self.frames.get(at)?;
            let from = frame.from.clone()?;
            match self.outer(frame) {
                Some(outer) => {
                    children.insert(0, from);
                    at = outer;
                }
                None => {
                    return Some(Of {
                        object: from,
                        children,
                    });
                }
            }
        }
    }
}

impl Frame {
    fn new(parent: Option<usize>, within: Clause) -> Self {
        Self {
            parent,
            within,
            clause: Clause::Start,
            selects: false,
            from: None,
            alias: None,
        }
    }

    /// Reads a word of it.
    fn word(&mut self, word: &str) {
        let clause = match word.to_ascii_uppercase().as_str() {
            "SELECT" => Clause::Select,
            "FROM" => Clause::From,
            "WHERE" | "BY" | "HAVING" | "AND" | "OR" | "NOT" | "THEN" | "ELSE" => Clause::Fields,
            "WHEN" => Clause::When,
            "TYPEOF" | "END" => Clause::Select,
            "ORDER" | "GROUP" | "LIMIT" | "OFFSET" | "FOR" | "USING" | "WITH" | "ALL" => {
                Clause::Other
            }
            "AS" => return,
            _ => return self.name(word),
        };
        self.selects |= clause == Clause::Select;
        self.clause = clause;
    }

    /// Reads a name: after `FROM` the object, and after that its alias.
    fn name(&mut self, name: &str) {
        if self.clause == Clause::From {
            self.from = Some(name.to_owned());
            self.clause = Clause::Other;
        } else if self.clause == Clause::Other && self.from.is_some() && self.alias.is_none() {
            self.alias = Some(name.to_owned());
        } else if self.clause == Clause::When {
            self.clause = Clause::Other;
        }
    }

    /// A path without the name that `FROM` gives the object.
    fn without_alias(&self, mut path: Vec<String>) -> Vec<String> {
        let names = [&self.from, &self.alias];
        let is_name = |first: &String| {
            let mut names = names.iter().filter_map(|name| name.as_ref());
            names.any(|name| name.eq_ignore_ascii_case(first))
        };
        if path.first().is_some_and(is_name) {
            path.remove(0);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The context at the `|` of a text, and the word that is completed.
    fn at(text: &str) -> (Wanted, String) {
        let cursor = text.find('|').unwrap();
        let text = text.replace('|', "");
        let context = Context::of(&text, cursor);
        (context.wanted, text[context.start..cursor].to_owned())
    }

    fn object(object: &str, children: &[&str]) -> Of {
        Of {
            object: object.to_owned(),
            children: children.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn fields(of: Option<Of>, path: &[&str]) -> Wanted {
        Wanted::Fields {
            of,
            path: path.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn fields_are_those_of_the_object_even_if_it_comes_later() {
        let account = || Some(object("Account", &[]));
        for (text, wanted, word) in [
            ("SELECT Na| FROM Account", fields(account(), &[]), "Na"),
            ("SELECT Id, | FROM Account", fields(account(), &[]), ""),
            ("SELECT Id FROM Account WHERE |", fields(account(), &[]), ""),
            (
                "SELECT Id FROM Account ORDER BY N|",
                fields(account(), &[]),
                "N",
            ),
            ("SELECT COUNT(N|) FROM Account", fields(account(), &[]), "N"),
            (
                "SELECT Owner.| FROM Account",
                fields(account(), &["Owner"]),
                "",
            ),
            (
                "SELECT Id FROM Account WHERE Owner.Manager.Na|",
                fields(account(), &["Owner", "Manager"]),
                "Na",
            ),
            ("SELECT a.Na| FROM Account a", fields(account(), &[]), "Na"),
            (
                "SELECT Account.Na| FROM Account",
                fields(account(), &[]),
                "Na",
            ),
            ("SELECT Na|", fields(None, &[]), "Na"),
            (
                "SELECT Id FROM X; SELECT N|\nFROM Account;",
                fields(account(), &[]),
                "N",
            ),
            (
                "SELECT 'x' -- y\n, N| FROM Account; FROM Y",
                fields(account(), &[]),
                "N",
            ),
        ] {
            assert_eq!(at(text), (wanted, word.to_owned()), "{text}");
        }
    }

    #[test]
    fn objects_and_children_come_after_from() {
        for (text, wanted, word) in [
            ("SELECT Id FROM Acc|", Wanted::Objects, "Acc"),
            ("SELECT Id FROM |", Wanted::Objects, ""),
            (
                "SELECT (SELECT Id FROM Con|) FROM Account",
                Wanted::Children(object("Account", &[])),
                "Con",
            ),
            ("SELECT (SELECT Id FROM Con|", Wanted::Nothing, "Con"),
            (
                "SELECT (SELECT Na| FROM Contacts) FROM Account",
                fields(Some(object("Account", &["Contacts"])), &[]),
                "Na",
            ),
            (
                "SELECT Id FROM Account WHERE Id IN (SELECT Acc| FROM Contact)",
                fields(Some(object("Contact", &[])), &[]),
                "Acc",
            ),
            (
                "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM C|)",
                Wanted::Objects,
                "C",
            ),
            ("\\d Acc|", Wanted::Objects, "Acc"),
            ("SELECT TYPEOF What WHEN Acc|", Wanted::Objects, "Acc"),
        ] {
            assert_eq!(at(text), (wanted, word.to_owned()), "{text}");
        }
    }

    #[test]
    fn elsewhere_there_are_keywords_or_nothing() {
        for (text, wanted, word) in [
            ("|", Wanted::Keywords, ""),
            ("SEL|", Wanted::Keywords, "SEL"),
            ("SELECT Id FROM Account WH|", Wanted::Keywords, "WH"),
            ("SELECT Id FROM Account LIMIT 1 |", Wanted::Keywords, ""),
            ("SELECT Id FROM A WHERE N = 'x|'", Wanted::Nothing, ""),
            ("SELECT Id FROM A WHERE N = 'x|", Wanted::Nothing, ""),
            ("SELECT Id -- x|", Wanted::Nothing, ""),
            ("SELECT Id /* x|", Wanted::Nothing, ""),
            ("\\ti|", Wanted::Commands, "\\ti"),
            ("\\o x|", Wanted::Nothing, ""),
        ] {
            assert_eq!(at(text), (wanted, word.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(words in prop::collection::vec(
            prop::sample::select(vec!["SELECT", "FROM", "(", ")", "A.b", ",", ";", "'", "/*", "WHERE", "\\d", "\n", "é"]), 0..14),
            at in 0_usize..60,
        ) {
            let text = words.join(" ");
            let cursor = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let context = Context::of(&text, cursor);
            prop_assert!(context.start <= cursor && text.is_char_boundary(context.start));
        }
    }
}
