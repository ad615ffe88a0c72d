//! HTTP/2 frames, counted as they come in: a server that sends frames without end, and
//! none of them with data, must not keep a call busy. Pure.

use std::collections::HashMap;

use super::flood::{CONTROL_FRAMES_MAX, Flood, INTERIM_ANSWERS_MAX};

/// The length of a frame's header, in bytes (RFC 9113, section 4.1).
const HEADER_BYTES: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const PADDED: u8 = 8;

/// The longest payload of a padded frame that can be padding alone, in bytes: its
/// length, which is one byte, and as much padding as that can say (RFC 9113, section
/// 6.1).
const PADDING_BYTES_MAX: u32 = 256;

/// How many bytes a server must have got for each frame that opens its windows. It sends at
/// most two for each frame of data, one for the stream and one for the connection, and a
/// client that is slow sends small ones.
const BYTES_A_WINDOW_UPDATE: u64 = 256;

/// How many bytes count for such frames at most: those that can be on their way, and more
/// than any window is large.
const WRITTEN_BYTES_MAX: u64 = 64 << 20;

/// How many frames of data are read in a row before those who wait for the data have a
/// turn. The client beneath keeps each frame until it is read, and gives a connection up
/// with a hundred thousand small ones unread (h2, `data_frame_budget`), however fast their
/// readers would be.
const DATA_FRAMES_IN_A_ROW: u32 = 1_000;

/// What was read of a connection's frames so far.
#[derive(Default)]
pub(super) struct Frames {
    /// The header of the next frame, as far as it has come.
    header: [u8; HEADER_BYTES],
    header_bytes: usize,
    /// How many bytes of the current frame's payload are still to come.
    payload_bytes: usize,
    /// Frames without data since the last one with data.
    control: u32,
    /// Bytes that were sent, and for which no window was opened yet.
    written: u64,
    /// Frames with data since their readers had a turn.
    data: u32,
    /// The streams that got headers and no data yet, and how many headers: all but the
    /// last of them are interim answers.
    heads: HashMap<u32, u32>,
}

impl Frames {
    /// Reads what has come in.
    ///
    /// # Errors
    ///
    /// When there are too many frames without data, or too many interim answers.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<(), Flood> {
        loop {
            let skipped = self.payload_bytes.min(bytes.len());
            self.payload_bytes -= skipped;
            bytes = bytes.get(skipped..).unwrap_or_default();
            let missing = HEADER_BYTES - self.header_bytes;
            let Some((rest_of_header, rest)) = bytes.split_at_checked(missing) else {
                self.keep(bytes);
                return Ok(());
            };
            self.keep(rest_of_header);
            bytes = rest;
            self.header_bytes = 0;
            self.frame()?;
        }
    }

    /// Whether readers are to have a turn before more is read. They have it then.
    pub(super) fn is_turn_of_readers(&mut self) -> bool {
        let is_turn = self.data >= DATA_FRAMES_IN_A_ROW;
        if is_turn {
            self.data = 0;
        }
        is_turn
    }

    /// Nothing more has come for now: readers have a turn.
    pub(super) fn rest(&mut self) {
        self.data = 0;
    }

    /// So many bytes were sent, for which the server opens its windows.
    pub(super) fn wrote(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.written = self.written.saturating_add(bytes).min(WRITTEN_BYTES_MAX);
    }

    /// A new call begins: what came before is not counted against it.
    pub(super) fn begin_call(&mut self) {
        self.control = 0;
    }

    /// Keeps a part of a header.
    fn keep(&mut self, part: &[u8]) {
        let free = self.header.iter_mut().skip(self.header_bytes);
        for (kept, byte) in free.zip(part) {
            *kept = *byte;
        }
        self.header_bytes += part.len();
    }

    /// Counts the frame whose header is complete.
    fn frame(&mut self) -> Result<(), Flood> {
        let [a, b, c, kind, flags, s, t, u, v] = self.header;
        let length = u32::from_be_bytes([0, a, b, c]);
        let stream = u32::from_be_bytes([s, t, u, v]) & 0x7fff_ffff;
        // 24 bits fit.
        self.payload_bytes = usize::try_from(length).unwrap_or(usize::MAX);
        // A padded frame of this length may be padding alone.
        let is_padding = flags & PADDED != 0 && length <= PADDING_BYTES_MAX;
        let has_data = kind == DATA && length > 0 && !is_padding;
        let ends_stream = matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0;
        if ends_stream || kind == RESET || has_data {
            self.heads.remove(&stream);
        }
        if ends_stream || has_data {
            self.control = 0;
            self.data = self.data.saturating_add(1);
            return Ok(());
        }
        if kind == WINDOW_UPDATE && self.written >= BYTES_A_WINDOW_UPDATE {
            self.written -= BYTES_A_WINDOW_UPDATE;
            return Ok(());
        }
        self.control += 1;
        if self.control > CONTROL_FRAMES_MAX {
            return Err(Flood::Frames);
        }
        if kind == HEADERS {
            return self.head(stream);
        }
        Ok(())
    }

    fn head(&mut self, stream: u32) -> Result<(), Flood> {
        // More streams than there are calls: they are of calls that were given up.
        if self.heads.len() > CONTROL_FRAMES_MAX as usize {
            self.heads.clear();
        }
        let heads = self.heads.entry(stream).or_default();
        *heads += 1;
        // The last one may be the answer's own.
        if *heads > INTERIM_ANSWERS_MAX + 1 {
            return Err(Flood::Interim);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: u8 = 6;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        frame
    }

    fn pings(count: u32) -> Vec<u8> {
        (0..count)
            .flat_map(|_| frame(PING, 0, 0, &[0; 8]))
            .collect()
    }

    fn heads(count: u32) -> Vec<u8> {
        (0..count)
            .flat_map(|_| frame(HEADERS, 4, 1, b"x"))
            .collect()
    }

    #[test]
    fn frames_without_data_are_bounded() {
        let mut frames = Frames::default();
        assert!(frames.read(&pings(CONTROL_FRAMES_MAX)).is_ok());
        assert!(matches!(frames.read(&pings(1)), Err(Flood::Frames)));
        let mut frames = Frames::default();
        for _ in 0..3 {
            assert!(frames.read(&pings(CONTROL_FRAMES_MAX)).is_ok());
            assert!(frames.read(&frame(DATA, 0, 1, b"x")).is_ok());
        }
        assert!(frames.read(&pings(CONTROL_FRAMES_MAX)).is_ok());
        frames.begin_call();
        assert!(frames.read(&pings(CONTROL_FRAMES_MAX)).is_ok());
    }

    #[test]
    fn windows_are_opened_as_often_as_bytes_were_sent() {
        let updates = |count: u32| -> Vec<u8> {
            let update = |_| frame(WINDOW_UPDATE, 0, 1, &[0, 0, 1, 0]);
            (0..count).flat_map(update).collect()
        };
        let mut frames = Frames::default();
        for _ in 0..100 {
            frames.wrote(16_384);
            assert!(frames.read(&updates(64)).is_ok());
        }
        assert!(frames.read(&updates(CONTROL_FRAMES_MAX)).is_ok());
        assert!(matches!(frames.read(&updates(1)), Err(Flood::Frames)));
        // What is hoarded has an end, and other frames are not paid with it.
        let mut frames = Frames::default();
        for _ in 0..1_000 {
            frames.wrote(1 << 20);
        }
        let most = u32::try_from(WRITTEN_BYTES_MAX / BYTES_A_WINDOW_UPDATE).unwrap();
        assert!(frames.read(&updates(most + CONTROL_FRAMES_MAX)).is_ok());
        assert!(frames.read(&updates(1)).is_err());
        let mut frames = Frames::default();
        frames.wrote(1 << 20);
        assert!(frames.read(&pings(CONTROL_FRAMES_MAX + 1)).is_err());
    }

    #[test]
    fn an_empty_frame_of_data_is_no_data_unless_it_ends_its_stream() {
        let mut frames = Frames::default();
        assert!(frames.read(&pings(CONTROL_FRAMES_MAX)).is_ok());
        assert!(frames.read(&frame(DATA, END_STREAM, 1, b"")).is_ok());
        assert!(frames.read(&pings(CONTROL_FRAMES_MAX)).is_ok());
        assert!(frames.read(&frame(DATA, 0, 1, b"")).is_err());
    }

    #[test]
    fn readers_have_a_turn_after_many_frames_with_data() {
        let mut frames = Frames::default();
        let mut read = |count: u32| {
            for _ in 0..count {
                frames.read(&frame(DATA, 0, 1, b"x")).unwrap();
            }
            frames.is_turn_of_readers()
        };
        assert!(!read(DATA_FRAMES_IN_A_ROW - 1));
        assert!(read(1));
        assert!(!read(DATA_FRAMES_IN_A_ROW - 1), "they have had it");
        frames.rest();
        frames.read(&frame(DATA, 0, 1, b"x")).unwrap();
        assert!(!frames.is_turn_of_readers());
    }

    #[test]
    fn interim_answers_are_bounded() {
        let mut frames = Frames::default();
        let answered = heads(INTERIM_ANSWERS_MAX + 1);
        for end in [frame(DATA, 0, 1, b"x"), frame(HEADERS, END_STREAM, 1, b"x")] {
            assert!(frames.read(&answered).is_ok());
            assert!(frames.read(&end).is_ok());
        }
        assert!(frames.read(&answered).is_ok());
        assert!(
            frames.read(&frame(HEADERS, 4, 3, b"x")).is_ok(),
            "another stream"
        );
        assert!(matches!(frames.read(&heads(1)), Err(Flood::Interim)));
    }

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let mut bytes = frame(HEADERS, 4, 1, &[6; 40]);
        bytes.extend(frame(DATA, 0, 1, &[0; 700]));
        bytes.extend(pings(CONTROL_FRAMES_MAX));
        for step in [1, 2, 8, 9, 10, 17, 4_096] {
            let mut frames = Frames::default();
            assert!(
                bytes.chunks(step).all(|part| frames.read(part).is_ok()),
                "{step}"
            );
            assert_eq!(frames.control, CONTROL_FRAMES_MAX, "{step}");
            assert!(frames.read(&pings(1)).is_err(), "{step}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, step in 1_usize..64) {
            let mut frames = Frames::default();
            for part in bytes.chunks(step) {
                if frames.read(part).is_err() {
                    break;
                }
            }
        }
    }
}
