//! What Lambda hands over, and from whom. Pure.
//!
//! `http` says why events over HTTP are not read by `aws_lambda_events` 1.2 (MIT, from
//! AWS). Its types for SQS would fit, and are not used either: the id and the body of
//! `SqsMessage` may be missing, so that a type without these gaps would remain here.
//! `SqsBatchResponse` would replace ten lines of `queue`, for seven crates and 7 s of a
//! build.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::http::HttpRequest;
use crate::refusal::Refusal;
use crate::request::RequestError;

/// An event, by the way it came.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    /// The function was invoked with a request, which is the event.
    Direct,
    /// API Gateway, or the function's URL.
    Http(HttpRequest),
    /// Messages of a queue.
    Queue(Vec<Message>),
}

/// A message of a queue.
///
/// Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS".
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    /// What a failure is reported by.
    pub(crate) message_id: String,
    /// The request.
    pub(crate) body: String,
    /// How often it was received, this time included.
    #[serde(default, rename = "attributes")]
    pub(crate) attempt: Attempt,
}

/// The part of a message's attributes that is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attempt {
    /// A number, as text.
    #[serde(default = "first")]
    pub(crate) approximate_receive_count: String,
}

impl Default for Attempt {
    fn default() -> Self {
        Self {
            approximate_receive_count: first(),
        }
    }
}

fn first() -> String {
    "1".to_owned()
}

/// Tells the kinds of events apart.
///
/// # Errors
///
/// [`Refusal::Event`] for one that another service sent.
pub(crate) fn read(event: &RawValue) -> Result<Event, Refusal> {
    // Lambda has parsed it.
    let event: Value = serde_json::from_str(event.get()).map_err(|_| RequestError::Form)?;
    if let Some(records) = event.get("Records") {
        let sources = records.as_array().into_iter().flatten();
        let mut sources = sources.map(|record| record.get("eventSource").and_then(Value::as_str));
        if !sources.all(|source| source == Some("aws:sqs")) {
            return Err(Refusal::Event("services other than SQS"));
        }
        if is_fifo(records) {
            return Err(Refusal::Event("FIFO queues, whose order would be lost,"));
        }
        let messages = serde_json::from_value(records.clone());
        return messages
            .map(Event::Queue)
            .map_err(|_| Refusal::Event("a form that SQS does not have"));
    }
    let Some(context) = event.get("requestContext") else {
        return Ok(Event::Direct);
    };
    if context.get("elb").is_some() {
        return Err(Refusal::Event("load balancers"));
    }
    HttpRequest::read(event).map(Event::Http)
}

/// A FIFO queue's messages must not overtake each other, and here they would.
fn is_fifo(records: &Value) -> bool {
    let arn = records.pointer("/0/eventSourceARN").and_then(Value::as_str);
    arn.is_some_and(|arn| arn.ends_with(".fifo"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(name: &str) -> Value {
        let text = match name {
            "rest" => include_str!("../tests/events/api-gateway-rest.json"),
            "http" => include_str!("../tests/events/api-gateway-http.json"),
            "url" => include_str!("../tests/events/function-url.json"),
            "sqs" => include_str!("../tests/events/sqs.json"),
            "alb" => include_str!("../tests/events/load-balancer.json"),
            "s3" => include_str!("../tests/events/s3.json"),
            _ => panic!("no event {name}"),
        };
        serde_json::from_str(text).unwrap()
    }

    fn read(event: &Value) -> Result<Event, Refusal> {
        super::read(&serde_json::value::to_raw_value(event).unwrap())
    }

    #[test]
    fn each_kind_is_told_from_the_others() {
        for (name, kind) in [
            ("rest", "http"),
            ("http", "http"),
            ("url", "http"),
            ("sqs", "queue"),
            ("alb", "events of load balancers are not for this function"),
            (
                "s3",
                "events of services other than SQS are not for this function",
            ),
        ] {
            let told = match read(&file(name)) {
                Ok(Event::Direct) => "direct".to_owned(),
                Ok(Event::Http(_)) => "http".to_owned(),
                Ok(Event::Queue(_)) => "queue".to_owned(),
                Err(refusal) => refusal.to_string(),
            };
            assert_eq!(told, kind, "{name}");
        }
        assert_eq!(read(&json!({"soql": "x"})).unwrap(), Event::Direct);
    }

    #[test]
    fn a_queues_messages_are_read() {
        let Event::Queue(messages) = read(&file("sqs")).unwrap() else {
            panic!("it is SQS's");
        };
        let ids: Vec<&str> = messages
            .iter()
            .map(|read| read.message_id.as_str())
            .collect();
        assert_eq!(
            ids,
            [
                "059f36b4-87a3-44ab-83d2-661975830a7d",
                "2e1424d4-f796-459a-8184-9c92662be6da"
            ]
        );
        assert_eq!(messages[0].body, r#"{"soql":"SELECT Id FROM Account"}"#);
        let attempts = messages.iter().map(|read| &read.attempt);
        let counts: Vec<&str> = attempts
            .map(|attempt| attempt.approximate_receive_count.as_str())
            .collect();
        assert_eq!(counts, ["1", "3"]);
    }

    #[test]
    fn what_sqs_does_not_send_is_refused_as_a_whole() {
        let mut fifo = file("sqs");
        fifo["Records"][0]["eventSourceARN"] = "arn:aws:sqs:eu-central-1:1:asks.fifo".into();
        let mut nameless = file("sqs");
        nameless["Records"][1]
            .as_object_mut()
            .unwrap()
            .remove("messageId");
        let mut mixed = file("sqs");
        mixed["Records"][1]["eventSource"] = "aws:s3".into();
        for event in [fifo, nameless, mixed, json!({"Records": [1]})] {
            assert!(matches!(read(&event), Err(Refusal::Event(_))));
        }
    }
}
