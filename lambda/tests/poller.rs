//! What AWS has between a queue and a function: receives messages in batches, invokes
//! an environment with each, and deletes only what was answered and not reported.
//!
//! Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName,
    SendMessageBatchRequestEntry,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::runtime_api::{Environment, Outcome};

/// How many messages a batch has: the default of an event source mapping, and the most
/// that SQS hands over at once.
pub(crate) const BATCH: usize = 10;

/// How long to wait before an empty queue is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// A queue, and what has become of its messages.
pub(crate) struct Poller {
    sqs: Client,
    queue: String,
    tally: Mutex<Tally>,
    /// How many messages have been answered.
    answered: watch::Sender<usize>,
}

/// What became of messages, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How often each was answered.
    pub(crate) answered: BTreeMap<String, u32>,
    /// Those that an environment was handed and did not answer.
    pub(crate) lost: BTreeSet<String>,
    /// Those that came more than once.
    pub(crate) came_again: BTreeSet<String>,
}

impl Poller {
    pub(crate) fn new(sqs: Client, queue: &str) -> Self {
        Self {
            sqs,
            queue: queue.to_owned(),
            tally: Mutex::default(),
            answered: watch::Sender::new(0),
        }
    }

    /// Puts requests into the queue, and answers their messages' ids.
    pub(crate) async fn ask(&self, requests: &[Value]) -> Vec<String> {
        let mut ids = Vec::new();
        for requests in requests.chunks(BATCH) {
            let entries = requests.iter().enumerate().map(|(number, request)| {
                let entry = SendMessageBatchRequestEntry::builder().id(number.to_string());
                entry.message_body(request.to_string()).build().unwrap()
            });
            let sending = self.sqs.send_message_batch().queue_url(&self.queue);
            let sent = sending.set_entries(Some(entries.collect())).send().await;
            let sent = sent.unwrap();
            assert_eq!(sent.failed().len(), 0);
            ids.extend(sent.successful.into_iter().map(|entry| entry.message_id));
        }
        ids
    }

    /// Receives one batch, if there is any, and invokes the environment with it.
    /// Answers `false` if that was lost.
    pub(crate) async fn turn(&self, environment: &Environment, timeout: Duration) -> bool {
        let received = self
            .sqs
            .receive_message()
            .queue_url(&self.queue)
            .max_number_of_messages(BATCH as i32)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .unwrap();
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            tokio::time::sleep(PAUSE).await;
            return true;
        }
        self.note_repeated(&messages);
        let outcome = environment.invoke(&event(&messages), timeout).await;
        let failed = match &outcome {
            Outcome::Answer(report) => reported(report),
            Outcome::Error(..) | Outcome::Lost => ids(&messages),
        };
        let done = |message: &&Message| !failed.contains(message.message_id().unwrap());
        let answered: Vec<&Message> = messages.iter().filter(done).collect();
        self.delete(&answered).await;
        let mut tally = self.tally.lock().unwrap();
        for message in answered {
            let id = message.message_id().unwrap().to_owned();
            *tally.answered.entry(id).or_default() += 1;
        }
        self.answered.send_replace(tally.answered.len());
        if matches!(outcome, Outcome::Lost) {
            tally.lost.extend(failed);
            return false;
        }
        true
    }

    fn note_repeated(&self, messages: &[Message]) {
        let again = messages.iter().filter(|message| {
            let attributes = message.attributes().unwrap();
            attributes[&MessageSystemAttributeName::ApproximateReceiveCount] != "1"
        });
        let again = ids(again);
        self.tally.lock().unwrap().came_again.extend(again);
    }

    async fn delete(&self, messages: &[&Message]) {
        if messages.is_empty() {
            return;
        }
        let entries = messages.iter().map(|message| {
            let entry = DeleteMessageBatchRequestEntry::builder();
            let entry = entry.id(message.message_id().unwrap());
            entry
                .receipt_handle(message.receipt_handle().unwrap())
                .build()
                .unwrap()
        });
        let deleting = self.sqs.delete_message_batch().queue_url(&self.queue);
        deleting
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .unwrap();
    }

    /// How many messages have been answered.
    pub(crate) fn answered(&self) -> usize {
        *self.answered.borrow()
    }

    /// Ends when so many have been.
    pub(crate) async fn until_answered(&self, number: usize) {
        let mut answered = self.answered.subscribe();
        answered
            .wait_for(|answered| *answered >= number)
            .await
            .unwrap();
    }

    /// What became of all.
    pub(crate) fn into_tally(self) -> Tally {
        self.tally.into_inner().unwrap()
    }
}

fn ids<'a>(messages: impl IntoIterator<Item = &'a Message>) -> BTreeSet<String> {
    let messages = messages.into_iter();
    messages
        .filter_map(|message| message.message_id.clone())
        .collect()
}

/// The ids of the messages that a function says it failed with.
pub(crate) fn reported(report: &Value) -> BTreeSet<String> {
    let failures = report["batchItemFailures"].as_array().unwrap().iter();
    let id = |failure: &Value| failure["itemIdentifier"].as_str().unwrap().to_owned();
    failures.map(id).collect()
}

/// Messages as Lambda hands them to a function.
fn event(messages: &[Message]) -> Value {
    let records = messages.iter().map(|message| {
        let attributes = message.attributes().unwrap().iter();
        let attributes: BTreeMap<&str, &str> = attributes
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        json!({
            "messageId": message.message_id(),
            "receiptHandle": message.receipt_handle(),
            "body": message.body(),
            "attributes": attributes,
            "messageAttributes": {},
            "md5OfBody": message.md5_of_body(),
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queries",
            "awsRegion": "eu-central-1",
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

/// A part of a result, as its consumer gets it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) source: String,
    pub(crate) attempt: u32,
    pub(crate) page: u64,
    pub(crate) part: u64,
    pub(crate) last: bool,
    pub(crate) lines: Vec<String>,
}

/// Everything that is in the results' queue.
pub(crate) async fn results(sqs: &Client, queue: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    loop {
        let received = sqs
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(BATCH as i32)
            .message_attribute_names("All")
            .send()
            .await
            .unwrap();
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            return parts;
        }
        parts.extend(messages.iter().map(part));
    }
}

fn part(message: &Message) -> Part {
    let attributes = message.message_attributes().unwrap();
    let text = |name: &str| attributes[name].string_value().unwrap();
    let lines = message.body().unwrap().lines();
    let lines = lines.filter(|line| !line.is_empty());
    Part {
        source: text("source").to_owned(),
        attempt: text("attempt").parse().unwrap(),
        page: text("page").parse().unwrap(),
        part: text("part").parse().unwrap(),
        last: text("last") == "true",
        lines: lines.map(str::to_owned).collect(),
    }
}

/// The lines of a result, in order, if all parts of one attempt are there.
pub(crate) fn whole(parts: &[Part], source: &str) -> Option<Vec<String>> {
    let of_source = parts.iter().filter(|part| part.source == source);
    let attempts: BTreeSet<u32> = of_source.clone().map(|part| part.attempt).collect();
    attempts.into_iter().find_map(|attempt| {
        let mut parts: Vec<&Part> = of_source
            .clone()
            .filter(|part| part.attempt == attempt)
            .collect();
        parts.sort_by_key(|part| part.part);
        parts.dedup_by_key(|part| part.part);
        let last = parts.last()?;
        let complete = last.last && last.part == parts.len() as u64;
        complete.then(|| parts.iter().flat_map(|part| part.lines.clone()).collect())
    })
}
