//! A conversation that is one HTTP exchange: its request goes on while its response
//! does.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::caller::Wire;

/// How long an answer may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// An open exchange.
pub(crate) struct Exchange {
    lines: UnboundedSender<Bytes>,
    response: Incoming,
    read: Vec<u8>,
}

impl Exchange {
    /// Begins one with the server at `address`, under the name `host`.
    pub(crate) async fn begin(address: SocketAddr, host: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        let connecting = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = connecting.await.expect("HTTP");
        tokio::spawn(connection);
        let (lines, body) = unbounded_channel();
        let request = http::Request::post("/").header("host", host);
        let response = sender.send_request(request.body(Lines(body)).expect("a request"));
        let response = timeout(ANSWERS_WITHIN, response).await.expect("in time");
        let response = response.expect("a response");
        assert_eq!(response.status(), 200, "{response:?}");
        Self {
            lines,
            response: response.into_body(),
            read: Vec::new(),
        }
    }

    async fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let rest = self.read.split_off(end + 1);
                let line = std::mem::replace(&mut self.read, rest);
                return String::from_utf8(line).expect("UTF-8");
            }
            let frame = self.response.frame().await.expect("the response goes on");
            let data = frame.expect("the response is whole").into_data();
            self.read.extend_from_slice(&data.unwrap_or_default());
        }
    }
}

impl Wire for Exchange {
    async fn ask(&mut self, line: String) -> String {
        let line = Bytes::from(format!("{line}\n"));
        self.lines.send(line).expect("the exchange is open");
        timeout(ANSWERS_WITHIN, self.line()).await.expect("in time")
    }
}

/// A body that goes on until its sender is dropped.
struct Lines(UnboundedReceiver<Bytes>);

impl Body for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let line = self.0.poll_recv(context);
        line.map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}
