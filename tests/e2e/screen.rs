//! What a terminal shows of what was written to it.

/// The lines that are seen at the end. It knows what sfbox writes: lines, a return to
/// their beginning, the removal of what follows there, and colours. Anything else ends
/// the test.
pub(crate) fn screen(written: &str) -> Vec<String> {
    let mut lines = vec![Vec::new()];
    let mut column = 0;
    let mut rest = written.chars();
    while let Some(letter) = rest.next() {
        let line = lines.last_mut().unwrap();
        match letter {
            '\n' => {
                lines.push(Vec::new());
                column = 0;
            }
            '\r' => column = 0,
            '\u{1b}' => {
                assert_eq!(rest.next(), Some('['), "{written:?}");
                let sequence = rest.find(char::is_ascii_alphabetic);
                match sequence {
                    Some('K') => line.truncate(column),
                    Some('m') => {}
                    other => panic!("{other:?} in {written:?}"),
                }
            }
            letter => {
                if column < line.len() {
                    line[column] = letter;
                } else {
                    line.push(letter);
                }
                column += 1;
            }
        }
    }
    let lines = lines.into_iter().map(String::from_iter);
    let mut lines: Vec<String> = lines.collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

#[test]
fn a_line_that_is_removed_is_not_seen() {
    for (written, seen) in [
        ("a\nb\n", vec!["a", "b"]),
        ("\rlogging in\x1b[K\r\x1b[Ka\n", vec!["a"]),
        ("a\n\rlong line\x1b[K\rshort\x1b[K", vec!["a", "short"]),
        ("\x1b[1;31merror:\x1b[0m x\n", vec!["error: x"]),
        ("abc\rx", vec!["xbc"]),
        ("", vec![]),
    ] {
        assert_eq!(screen(written), seen, "{written:?}");
    }
}
