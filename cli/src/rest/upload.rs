//! A long body on its way: read from its file while it is sent.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::sync::mpsc::{Sender, channel};

use super::input::Remainder;
use crate::verdict::Usage;

/// How much is read at a time, in bytes. Twice as much is in memory at most: one part waits
/// while the next one is read.
const PART_BYTES: usize = 128 << 10;

type Part = io::Result<Bytes>;

/// What of a body is sent while it is read.
#[derive(Clone, Debug)]
pub(super) struct Upload(Arc<Mutex<Left>>);

/// What is left of a body.
#[derive(Debug)]
pub(super) enum Left {
    /// All of it: nobody has asked for it.
    Unread(Remainder),
    /// It cannot be read to its end.
    Failed(anyhow::Error),
    /// Nothing: it is with those who read it.
    Nothing,
}

impl Upload {
    pub(super) fn new(remainder: Remainder) -> Self {
        Self(Arc::new(Mutex::new(Left::Unread(remainder))))
    }

    /// The body, with its beginning. It is read by a thread of its own, because a pipe may
    /// let itself be waited for, and only when the first part is asked for.
    pub(super) fn body(
        &self,
        beginning: Vec<u8>,
    ) -> StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>> {
        let upload = self.clone();
        let first = stream::once(async { Ok(Bytes::from(beginning)) });
        let parts = stream::once(async move { upload.begin() }).flatten();
        StreamBody::new(first.chain(parts).map(|part| part.map(Frame::data)).boxed())
    }

    /// What is left of it now.
    pub(super) fn left(&self) -> Left {
        std::mem::replace(&mut *self.state(), Left::Nothing)
    }

    fn begin(&self) -> BoxStream<'static, Part> {
        let Left::Unread(remainder) = self.left() else {
            return stream::empty().boxed();
        };
        let (sender, mut parts) = channel(1);
        let upload = self.clone();
        let reading = thread::Builder::new().name("sfbox-input".to_owned());
        let begun = reading.spawn(move || upload.read(&remainder, &sender));
        if let Err(why) = begun {
            *self.state() = Left::Failed(why.into());
            return stream::once(async { Err(broken_off()) }).boxed();
        }
        stream::poll_fn(move |context| parts.poll_recv(context)).boxed()
    }

    fn read(&self, remainder: &Remainder, parts: &Sender<Part>) {
        if let Err(why) = hand_over(&remainder.from, remainder.length, parts) {
            *self.state() = Left::Failed(why.context(remainder.unreadable()));
            // Who sends it learns that it has no end.
            _ = parts.blocking_send(Err(broken_off()));
        }
    }

    fn state(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands over what can be read, to its end or to its length, as far as somebody wants it.
///
/// # Errors
///
/// When reading fails, or the end comes before the length.
fn hand_over(mut from: impl Read, length: Option<u64>, parts: &Sender<Part>) -> anyhow::Result<()> {
    let mut buffer = vec![0; PART_BYTES];
    let mut left = length.unwrap_or(u64::MAX);
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(PART_BYTES).min(PART_BYTES);
        let room = buffer.get_mut(..most).unwrap_or_default();
        let read = match from.read(room) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        left = left.saturating_sub(read as u64);
        let part = buffer.get(..read).unwrap_or_default();
        if parts
            .blocking_send(Ok(Bytes::copy_from_slice(part)))
            .is_err()
        {
            return Ok(());
        }
    }
    match length {
        Some(_) if left > 0 => {
            let why = format!("it has become {left} bytes shorter");
            Err(Usage::new(why).into())
        }
        _ => Ok(()),
    }
}

/// What ends the body of a request that has no end. Its reason is in the state.
fn broken_off() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use futures::executor::block_on;
    use http_body_util::BodyExt;

    use super::super::input::{self, Input};
    use super::*;

    /// More than is read at a time, and no multiple of it.
    const LONG_BYTES: u64 = 5_000_003;

    fn begun(path: &Path) -> (Vec<u8>, Upload) {
        let Input {
            beginning,
            remainder,
        } = input::body(path).unwrap();
        (beginning, Upload::new(remainder.unwrap()))
    }

    fn file() -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body");
        let bytes: Vec<u8> = (0..LONG_BYTES).map(|at| (at % 251) as u8).collect();
        fs::write(&path, &bytes).unwrap();
        (folder, path, bytes)
    }

    #[test]
    fn a_file_arrives_whole_and_nothing_that_was_added_since() {
        let (_folder, path, bytes) = file();
        let (beginning, upload) = begun(&path);
        let mut longer = bytes.clone();
        longer.extend(b"more");
        fs::write(&path, longer).unwrap();
        let read = block_on(BodyExt::collect(upload.body(beginning))).unwrap();
        assert!(read.to_bytes() == bytes);
        assert!(matches!(upload.left(), Left::Nothing));
    }

    #[test]
    fn a_file_that_has_become_shorter_has_no_end() {
        let (_folder, path, _) = file();
        let (beginning, upload) = begun(&path);
        let shorter = fs::OpenOptions::new().write(true).open(&path).unwrap();
        shorter.set_len(LONG_BYTES - 7).unwrap();
        assert!(block_on(BodyExt::collect(upload.body(beginning))).is_err());
        let Left::Failed(why) = upload.left() else {
            panic!("it was read to its end");
        };
        let why = format!("{why:#}");
        assert!(why.contains("cannot be read to its end"), "{why}");
        assert!(why.contains("7 bytes shorter"), "{why}");
    }

    #[test]
    fn what_nobody_asks_for_stays_unread() {
        let (_folder, path, bytes) = file();
        let (beginning, upload) = begun(&path);
        drop(upload.body(beginning.clone()));
        let Left::Unread(remainder) = upload.left() else {
            panic!("it was read");
        };
        assert!(remainder.whole(&beginning).unwrap() == bytes);
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let (sender, mut parts) = channel(1);
        let reading = thread::spawn(move || hand_over(&b"abc"[..], None, &sender));
        assert_eq!(parts.blocking_recv().unwrap().unwrap(), "abc");
        assert!(parts.blocking_recv().is_none());
        reading.join().unwrap().unwrap();
        let (sender, parts) = channel(1);
        drop(parts);
        // Nobody wants it: it is not read to its end, which it does not have.
        hand_over(io::repeat(b'x'), None, &sender).unwrap();
    }
}
