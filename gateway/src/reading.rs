//! Bytes on a connection, as the door reads them and as a second reader does that knows nothing
//! of the first: whatever reaches an org must be in both. For tests and for fuzzing.
//!
//! A specimen is what a client sends, after one byte: how many bytes of it come at once, 0 for
//! all. Its key is [`KEY`].

mod http1;
mod http2;
pub(crate) mod plain;
pub(crate) mod recorder;

use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::server::{Patience, serve};
use plain::{Body, Plain};
use recorder::Recorder;

/// The key of the door: its name is `fuzz`, and its org is `acme`.
pub const KEY: &str = "sfbox_000000000000000000000000000000000000000000000000000003lWvxj";

/// Bytes between the client and the door.
const PIPE_BYTES: usize = 64 << 10;

/// How often everything has its turn before the client leaves: nothing here waits for anything
/// else than a turn.
const TURNS: usize = 64;

/// Long enough for any specimen: the client says no more after it.
const HANGS: Duration = Duration::from_secs(20);

/// What becomes of a specimen.
#[derive(Debug)]
pub struct Read {
    /// How many requests reached the org whole.
    pub reached: usize,
    /// How many bytes the client was answered.
    pub answered: usize,
}

/// Reads a specimen with both readers.
///
/// # Panics
///
/// When the door panics or hangs, or when a request reaches the org that the second reader does
/// not find in the bytes.
#[must_use]
pub fn compare(specimen: &[u8]) -> Read {
    let (pace, bytes) = specimen.split_first().unwrap_or((&0, &[]));
    let (reached, answered) = runtime().block_on(at_the_door(bytes, usize::from(*pace)));
    for request in &reached {
        request.assert_is_plain();
    }
    if bytes.starts_with(http2::PREFACE) {
        if let Some(read) = http2::read(bytes) {
            assert_is_in_any_order(&reached, read);
        }
    } else {
        assert_is_in_order(&reached, &http1::read(bytes));
    }
    let is_whole = |request: &&Plain| matches!(request.body, Body::Whole(_));
    Read {
        reached: reached.iter().filter(is_whole).count(),
        answered,
    }
}

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

/// What reaches the org when these bytes come in, and how many are answered.
async fn at_the_door(bytes: &[u8], pace: usize) -> (Vec<Plain>, usize) {
    let recorder = Recorder::default();
    let door = recorder.door();
    let (client, server) = tokio::io::duplex(PIPE_BYTES);
    let graceful = GracefulShutdown::new();
    let serving = serve(&door, "http", server, Patience::DEFAULT, graceful.watcher());
    let (mut from_door, mut to_door) = tokio::io::split(client);
    let sending = async {
        let pace = if pace == 0 { bytes.len().max(1) } else { pace };
        for part in bytes.chunks(pace) {
            // The door may have ended the connection.
            if to_door.write_all(part).await.is_err() {
                break;
            }
            // Lets it read them before more come.
            tokio::task::yield_now().await;
        }
        // What has been asked for is answered before the client leaves.
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        _ = to_door.shutdown().await;
    };
    let reading = async {
        let mut answer = Vec::new();
        _ = from_door.read_to_end(&mut answer).await;
        answer.len()
    };
    let all = async { tokio::join!(serving, sending, reading) };
    let ended = timeout(HANGS, all).await;
    let ((), (), answered) = ended.expect("the door hangs");
    (recorder.taken(), answered)
}

/// Each request that reached the org is in the bytes, after the one before.
fn assert_is_in_order(reached: &[Plain], read: &[Plain]) {
    let mut read = read.iter();
    for request in reached {
        let found = read.any(|other| request.is(other));
        assert!(found, "not in the bytes, or not there: {request:?}");
    }
}

/// Each request that reached the org is in the bytes, once.
fn assert_is_in_any_order(reached: &[Plain], mut read: Vec<Plain>) {
    for request in reached {
        let found = read.iter().position(|other| request.is(other));
        let found = found.unwrap_or_else(|| panic!("not in the bytes: {request:?}"));
        read.swap_remove(found);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn corpus() -> Vec<(String, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/door");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
        files
            .map(|file| {
                let name = file.file_name().to_string_lossy().into_owned();
                (name, fs::read(file.path()).unwrap())
            })
            .collect()
    }

    #[test]
    fn the_readers_agree_on_the_corpus() {
        let (mut reached, mut answered) = (0, 0);
        for (name, specimen) in corpus() {
            let read = std::panic::catch_unwind(|| compare(&specimen));
            let read = read.unwrap_or_else(|_| panic!("{name}"));
            reached += usize::from(read.reached > 0);
            answered += usize::from(read.answered > 0);
            // A seed whose name says so reaches the org.
            if let Some((_, count)) = name.split_once("-reaches-") {
                let count: usize = count.parse().unwrap();
                assert_eq!(read.reached, count, "{name}");
            }
        }
        assert!(reached >= 20 && answered >= 40, "{reached}, {answered}");
    }

    /// What matters in a request, as fuzzing has it.
    fn words() -> Vec<Vec<u8>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/door.dict");
        let text = fs::read_to_string(path).unwrap();
        let word = |line: &str| {
            let mut pieces = line.trim_matches('"').split("\\x");
            let mut word = pieces.next().unwrap().as_bytes().to_vec();
            for piece in pieces {
                let (digits, rest) = piece.split_at(2);
                word.push(u8::from_str_radix(digits, 16).unwrap());
                word.extend_from_slice(rest.as_bytes());
            }
            word
        };
        text.lines().map(word).collect()
    }

    /// What is done to a specimen at a place.
    #[derive(Clone, Debug)]
    enum Change {
        Insert(Vec<u8>),
        Overwrite(Vec<u8>),
        Delete(usize),
        Repeat(usize),
    }

    fn change() -> impl Strategy<Value = Change> {
        let word = || prop::sample::select(words());
        prop_oneof![
            word().prop_map(Change::Insert),
            word().prop_map(Change::Overwrite),
            (1_usize..40).prop_map(Change::Delete),
            (1_usize..40).prop_map(Change::Repeat),
        ]
    }

    /// Enough to see a reader that lost a rule; fuzzing looks further.
    const CASES: u32 = 256;

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: std::env::var("PROPTEST_CASES")
                .ok()
                .and_then(|cases| cases.parse().ok())
                .unwrap_or(CASES),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn the_readers_agree_on_what_becomes_of_the_corpus(
            (_, mut specimen) in prop::sample::select(corpus()),
            changes in prop::collection::vec((any::<prop::sample::Index>(), change()), 1..5),
        ) {
            for (place, change) in changes {
                let place = place.index(specimen.len() + 1);
                let end = |bytes: usize| specimen.len().min(place + bytes);
                match change {
                    Change::Insert(word) => drop(specimen.splice(place..place, word)),
                    Change::Overwrite(word) => {
                        let end = end(word.len());
                        drop(specimen.splice(place..end, word));
                    }
                    Change::Delete(bytes) => {
                        let end = end(bytes);
                        drop(specimen.drain(place..end));
                    }
                    Change::Repeat(bytes) => {
                        let part = specimen[place..end(bytes)].to_vec();
                        drop(specimen.splice(place..place, part));
                    }
                }
            }
            _ = compare(&specimen);
        }
    }
}
