//! The queue that takes the results of queued requests.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::types::MessageAttributeValue;
use sfbox::egress::Proxy;
use sfbox::secret_store::{Aws, AwsError};

use crate::event::Message;
use crate::refusal::Refusal;

/// How long one attempt to send may take: a quarter of a MiB takes SQS a fraction of
/// a second.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a message is sent (the SDK's own default, which the environment could
/// otherwise change). One that arrives twice is told by its attributes.
const ATTEMPTS_MAX: u32 = 3;

/// The queue, and the client for it.
pub(crate) struct Results {
    client: Client,
    url: String,
}

/// Which part of which result a message is. Parts are counted from 1 across all
/// pages, so that whoever has the last one knows how many there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The request's message.
    pub(crate) source: &'a Message,
    /// The page, from 1.
    pub(crate) page: u64,
    /// The part, from 1.
    pub(crate) part: u64,
    /// Whether it is the last part of the last page.
    pub(crate) last: bool,
}

impl Results {
    /// A client for the queue, configured as every AWS tool is, through a proxy if there
    /// is one. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When AWS's client cannot use the proxy.
    pub(crate) async fn new(url: String, proxy: Option<&Proxy>) -> Result<Self, AwsError> {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(Aws::http_client(proxy)?)
            .timeout_config(timeouts.build())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
            .load()
            .await;
        Ok(Self {
            client: Client::new(&config),
            url,
        })
    }

    /// Sends one part. It is in the queue when this ends.
    ///
    /// # Errors
    ///
    /// [`Refusal::Results`], with AWS's code and none of its words: they may repeat
    /// the message.
    pub(crate) async fn send(&self, body: String, place: Place<'_>) -> Result<(), Refusal> {
        let mut request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(body);
        for (name, kind, value) in attributes(place) {
            let value = MessageAttributeValue::builder()
                .data_type(kind)
                .string_value(value)
                .build()
                .map_err(|_| Refusal::Results("no attribute".to_owned()))?;
            request = request.message_attributes(name, value);
        }
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(Refusal::Results(
                error.code().unwrap_or("no answer").to_owned(),
            )),
        }
    }
}

/// A message's attributes: name, type and value.
fn attributes(place: Place<'_>) -> [(&'static str, &'static str, String); 5] {
    let attempt = &place.source.attempt.approximate_receive_count;
    [
        ("source", "String", place.source.message_id.clone()),
        ("attempt", "Number", attempt.clone()),
        ("page", "Number", place.page.to_string()),
        ("part", "Number", place.part.to_string()),
        ("last", "String", place.last.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Attempt;

    #[test]
    fn the_attributes_tell_which_part_it_is_and_take_less_than_a_kib() {
        let source = Message {
            message_id: "i".repeat(100),
            body: String::new(),
            attempt: Attempt {
                approximate_receive_count: "1000".to_owned(),
            },
        };
        let place = Place {
            source: &source,
            page: u64::MAX,
            part: u64::MAX,
            last: false,
        };
        let attributes = attributes(place);
        assert_eq!(attributes[1].2, "1000");
        assert_eq!(attributes[4].2, "false");
        let bytes = attributes.map(|(name, kind, value)| name.len() + kind.len() + value.len());
        assert!(bytes.iter().sum::<usize>() < 1 << 10);
    }
}
