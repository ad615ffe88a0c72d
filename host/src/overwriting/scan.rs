//! Secrets overwritten in a text that comes in pieces, wherever it is cut.

use std::fmt;

use bytes::{Bytes, BytesMut};

use super::secrets::{OVER, Secrets};

/// Overwrites secrets in a text that comes in pieces. What may be the beginning of one is
/// held back until the next piece, or the end, tells.
pub(crate) struct Scan {
    secrets: Secrets,
    /// What was held back, as it came.
    held: BytesMut,
    /// How much of what was held back is overwritten whatever follows.
    covered: usize,
}

impl Scan {
    /// Looks for these secrets.
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self {
            secrets,
            held: BytesMut::new(),
            covered: 0,
        }
    }

    /// Takes the next piece, and gives what may pass by now.
    pub(crate) fn push(&mut self, piece: Bytes) -> Bytes {
        if piece.is_empty() {
            return piece;
        }
        let mut text = if self.held.is_empty() {
            let passes = piece.len() - self.secrets.begun(&piece);
            if self.secrets.places(&piece).is_empty() {
                // Nearly every piece: it passes as it is.
                self.held.extend_from_slice(&piece[passes..]);
                return piece.slice(..passes);
            }
            BytesMut::from(piece)
        } else {
            let mut text = std::mem::take(&mut self.held);
            text.extend_from_slice(&piece);
            text
        };
        let places = self.secrets.places(&text);
        // Before anything is overwritten: forms may overlap.
        let passes = text.len() - self.secrets.begun(&text);
        let held = BytesMut::from(&text[passes..]);
        text[..self.covered].fill(OVER);
        let mut covered = self.covered;
        for (begin, end) in places {
            text[begin..end].fill(OVER);
            covered = covered.max(end);
        }
        self.covered = covered.saturating_sub(passes);
        self.held = held;
        text.truncate(passes);
        text.freeze()
    }

    /// Gives what is left when no more follows.
    pub(crate) fn end(&mut self) -> Bytes {
        let mut text = std::mem::take(&mut self.held);
        text[..self.covered].fill(OVER);
        self.covered = 0;
        text.freeze()
    }
}

impl fmt::Debug for Scan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Scan(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::forms;
    use super::*;

    /// What a reader with all the time in the world does.
    fn naive(secrets: &[String], text: &[u8]) -> Vec<u8> {
        let mut over = text.to_vec();
        for form in secrets.iter().flat_map(|secret| forms::of(secret)) {
            for at in 0..text.len() {
                if text[at..].starts_with(&form) {
                    over[at..at + form.len()].fill(OVER);
                }
            }
        }
        over
    }

    fn scanned(secrets: &[String], pieces: &[&[u8]]) -> Vec<u8> {
        scanned_for(&Secrets::of(secrets.iter().map(String::as_str)), pieces)
    }

    fn scanned_for(secrets: &Secrets, pieces: &[&[u8]]) -> Vec<u8> {
        let mut scan = Scan::new(secrets.clone());
        let mut all = Vec::new();
        for piece in pieces {
            all.extend_from_slice(&scan.push(Bytes::copy_from_slice(piece)));
        }
        all.extend_from_slice(&scan.end());
        all
    }

    #[test]
    fn a_secret_is_found_over_every_border() {
        let secrets = ["00D1!token".to_owned(), "secret-of-the-app".to_owned()];
        let text = b"x00D1!tokeny 00D1%21token secret-of-the-app MDBEMSF0b2tlbg==";
        let expected = naive(&secrets, text);
        assert!(!expected.windows(5).any(|part| part == b"token"));
        let all = Secrets::of(secrets.iter().map(String::as_str));
        for first in 0..text.len() {
            for second in first..text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(scanned_for(&all, &pieces), expected, "{first} {second}");
            }
        }
        let single: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(scanned(&secrets, &single), expected);
    }

    #[test]
    fn a_secret_in_folded_base64_is_found_over_every_border() {
        let secrets = Secrets::of(["00D1!token"]);
        for text in [
            "eA\r\nMDBEM\r\nSF0b2\r\ntlb\r\ng==",
            "MDBEMSF\n0b2\ntlbg==\n",
            "M\nDBEMS\nMDBEMS\nF0b2tlbg==",
            "MDBEMSF\r\n\r\n0b2tlbg== MDBE\n\n\n",
        ] {
            let text = text.as_bytes();
            let whole = secrets.overwritten(text);
            let whole = whole.unwrap_or_else(|| text.to_vec());
            assert_eq!(whole.contains(&OVER), !text.ends_with(b"\n\n\n"));
            for first in 0..text.len() {
                for second in first..text.len() {
                    let pieces = [&text[..first], &text[first..second], &text[second..]];
                    assert_eq!(scanned_for(&secrets, &pieces), whole, "{first} {second}");
                }
            }
            let single: Vec<&[u8]> = text.chunks(1).collect();
            assert_eq!(scanned_for(&secrets, &single), whole);
        }
    }

    #[test]
    fn line_breaks_without_end_are_not_held_back() {
        let mut scan = Scan::new(Secrets::of(["00D1!token"]));
        assert_eq!(scan.push(Bytes::from_static(b"MDBE")), "");
        let mut passed = 0;
        for _ in 0..1_000 {
            passed += scan.push(Bytes::from_static(b"\n")).len();
        }
        assert!(passed >= 1_000, "{passed}");
    }

    #[test]
    fn what_is_no_secret_passes_at_once() {
        let mut scan = Scan::new(Secrets::of(["00D1!token"]));
        assert_eq!(scan.push(Bytes::from_static(b"plain 00D")), "plain ");
        assert_eq!(
            scan.push(Bytes::from_static(b"2 and more")),
            "00D2 and more"
        );
        assert_eq!(scan.end(), "");
    }

    #[test]
    fn nothing_is_printed() {
        let mut scan = Scan::new(Secrets::of(["00D1!token"]));
        scan.push(Bytes::from_static(b"00D1!tok"));
        assert_eq!(format!("{scan:?}"), "Scan(..)");
    }

    #[test]
    fn a_piece_without_a_secret_is_not_copied() {
        let mut scan = Scan::new(Secrets::of(["00D1!token"]));
        let piece = Bytes::from([&[b'x'; 4_096][..], b"00D1"].concat());
        let at = piece.as_ptr();
        // Others may have it, too: as the buffer that it was read into.
        let passed = scan.push(piece.clone());
        assert_eq!((passed.as_ptr(), passed.len()), (at, 4_096));
        assert_eq!(scan.push(Bytes::from_static(b"2")), "00D12");
        assert!(piece.ends_with(b"00D1"));
    }

    proptest! {
        /// An alphabet of two letters, so that secrets overlap with themselves and with each
        /// other all the time.
        #[test]
        fn any_cut_gives_what_a_naive_reader_gives(
            secrets in vec("[ab]{8,12}", 1..4),
            text in "[ab]{0,120}",
            cuts in vec(0_usize..121, 0..8),
        ) {
            let text = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(text.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for at in cuts.into_iter().chain([text.len()]) {
                pieces.push(&text[from..at]);
                from = at;
            }
            prop_assert_eq!(scanned(&secrets, &pieces), naive(&secrets, text));
        }

        #[test]
        fn any_bytes_keep_their_length(
            secret in "[!-~]{8,30}",
            pieces in vec(vec(any::<u8>(), 0..50), 0..10),
        ) {
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let length: usize = pieces.iter().map(|piece| piece.len()).sum();
            prop_assert_eq!(scanned(&[secret], &pieces).len(), length);
        }
    }
}
