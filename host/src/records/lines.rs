//! Chunks as lines.

use bytes::{Buf as _, Bytes, BytesMut};

/// What has come, and was not read as lines.
#[derive(Default)]
pub(super) struct Lines {
    /// The beginning of a line.
    begun: BytesMut,
    /// Whole lines that are read one by one.
    whole: Bytes,
}

impl Lines {
    /// Takes a chunk, and answers the lines that are whole with it.
    pub(super) fn take(&mut self, mut chunk: Bytes) -> Option<Bytes> {
        let Some(end) = chunk.iter().rposition(|byte| *byte == b'\n') else {
            self.begun.extend_from_slice(&chunk);
            return None;
        };
        let lines = chunk.split_to(end + 1);
        if self.begun.is_empty() {
            self.begun.extend_from_slice(&chunk);
            return Some(lines);
        }
        self.begun.extend_from_slice(&lines);
        let whole = std::mem::take(&mut self.begun).freeze();
        self.begun.extend_from_slice(&chunk);
        Some(whole)
    }

    /// Keeps lines, to be read one by one.
    pub(super) fn keep(&mut self, lines: Bytes) {
        self.whole = lines;
    }

    /// What is left of them.
    pub(super) fn kept(&mut self) -> Option<Bytes> {
        let left = std::mem::take(&mut self.whole);
        (!left.is_empty()).then_some(left)
    }

    /// The next of them, without its line feed.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        let end = self.whole.iter().position(|byte| *byte == b'\n')?;
        let line = self.whole.split_to(end);
        self.whole.advance(1);
        Some(line)
    }

    /// Whether a line has begun and not ended.
    pub(super) fn is_broken(&self) -> bool {
        !self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_come_whole_however_they_are_cut(
            lines in proptest::collection::vec("[ab]{0,5}", 0..20),
            cuts in proptest::collection::vec(1_usize..9, 1..60),
        ) {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let (mut read, mut rest) = (Vec::new(), text.as_bytes());
            let mut cutter = Lines::default();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, behind) = rest.split_at((*cut).min(rest.len()));
                rest = behind;
                if let Some(whole) = cutter.take(Bytes::copy_from_slice(chunk)) {
                    cutter.keep(whole);
                    while let Some(line) = cutter.next() {
                        read.push(String::from_utf8(line.to_vec()).unwrap());
                    }
                }
            }
            prop_assert_eq!(read, lines);
            prop_assert!(!cutter.is_broken());
        }
    }

    #[test]
    fn a_line_without_an_end_is_broken() {
        let mut lines = Lines::default();
        assert!(lines.take(Bytes::from_static(b"a\nb")).is_some());
        assert!(lines.is_broken());
    }
}
