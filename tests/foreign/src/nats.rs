//! As much of NATS as it takes to ask one question.
//!
//! Source: NATS client protocol.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long an answer may take: a component is fetched and compiled for it.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// What a server answers for a subject that nobody listens to yet.
const NO_RESPONDERS: &[u8] = b"NATS/1.0 503";

/// Asks on a subject until somebody listens to it, and waits for the answer.
pub(crate) async fn ask(server: &str, subject: &str, question: &Value) -> Value {
    let asking = timeout(ANSWERS_WITHIN, answer(server, subject, question));
    asking.await.expect("an answer in time")
}

async fn answer(server: &str, subject: &str, question: &Value) -> Value {
    let mut stream = BufReader::new(TcpStream::connect(server).await.unwrap());
    let hello = r#"CONNECT {"verbose":false,"headers":true,"no_responders":true}"#;
    let hello = format!("{hello}\r\nSUB answer 1\r\n");
    stream.write_all(hello.as_bytes()).await.unwrap();
    let question = question.to_string();
    let length = question.len();
    let question = format!("PUB {subject} answer {length}\r\n{question}\r\n");
    stream.write_all(question.as_bytes()).await.unwrap();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let headers = match words[..] {
            ["MSG", ..] => 0,
            ["HMSG", .., headers, _] => headers.parse().unwrap(),
            ["PING"] => {
                stream.write_all(b"PONG\r\n").await.unwrap();
                continue;
            }
            ["INFO", ..] => continue,
            _ => panic!("{subject}: {line:?}"),
        };
        let length: usize = words.last().unwrap().parse().unwrap();
        let mut message = vec![0; length + 2];
        stream.read_exact(&mut message).await.unwrap();
        if !message.starts_with(NO_RESPONDERS) {
            return serde_json::from_slice(&message[headers..length]).unwrap();
        }
        sleep(Duration::from_millis(20)).await;
        stream.write_all(question.as_bytes()).await.unwrap();
    }
}
