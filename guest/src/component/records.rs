//! `query-stream`, which hosts of WASI 0.2 cannot have: records as a stream of bytes.

use futures::channel::oneshot;
use wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};

use super::clients::client;
use super::functions::Component;
use crate::client::records::{Asked, Records, Sink, pump};
use crate::contract::query_stream::{self as streams, Beginning, StreamOptions, Summary};
use crate::contract::{types, wit_future, wit_stream};
use crate::error::Error;

/// The three parts of the answer.
type Answered = (
    Beginning,
    StreamReader<u8>,
    FutureReader<Result<Summary, types::Error>>,
);

impl streams::Guest for Component {
    async fn records(
        org: String,
        soql: String,
        parameters: Vec<types::Parameter>,
        options: StreamOptions,
    ) -> Result<Answered, types::Error> {
        let asked = Asked {
            soql,
            parameters,
            options,
        };
        let mut records = Records::begin(client(org), asked).await?;
        let beginning = records.beginning();
        let (writer, reader) = wit_stream::new();
        let (end, ended) = wit_future::new(|| Err(Error::SessionChanged.into()));
        wit_bindgen::spawn_local(async move {
            let mut writer = Writer {
                stream: writer,
                is_past_first: false,
            };
            let outcome = pump(&mut records, &mut writer).await;
            // A reader sees the end of the stream first, and then how it ended.
            drop(writer);
            // One that has gone does not want to know.
            _ = end.write(outcome.map_err(Into::into)).await;
        });
        Ok((beginning, reader, ended))
    }
}

/// How much of the first page a reader may take before the next one is asked for: more than a
/// pipe takes that nobody reads, so that `head` costs one page.
const EARLY_BYTES: usize = 96 << 10;

struct Writer {
    stream: StreamWriter<u8>,
    /// Whether a page has been written.
    is_past_first: bool,
}

impl Sink for Writer {
    async fn write(&mut self, bytes: Vec<u8>, begun: oneshot::Sender<()>) -> bool {
        let mut begun = Some(begun);
        let all = bytes.len();
        let (mut result, mut rest) = self.stream.write(bytes).await;
        loop {
            if !matches!(result, StreamResult::Complete(_)) {
                return false;
            }
            let left = rest.remaining();
            if self.is_past_first || left == 0 || all - left > EARLY_BYTES {
                // Nobody waits for it where nothing is asked for meanwhile.
                _ = begun.take().map(|begun| begun.send(()));
            }
            if left == 0 {
                self.is_past_first = true;
                return true;
            }
            (result, rest) = self.stream.write_buf(rest).await;
        }
    }
}
