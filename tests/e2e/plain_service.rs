//! A service over plain HTTP/1.1 on loopback, as AWS's small ones are: it answers what a
//! test says, or nothing.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::closed_port::closed_port;

/// What is answered to a request: a status and a body. `None`: nothing.
type Answers = dyn Fn(&str) -> Option<(u16, String)> + Send + Sync;

/// A running service; it ends with the test's process.
pub(crate) struct PlainService {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl PlainService {
    /// `answers` is given the first line of a request, such as `GET /role HTTP/1.1`.
    pub(crate) fn start(
        answers: impl Fn(&str) -> Option<(u16, String)> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
        };
        let (answers, asked): (Arc<Answers>, _) = (Arc::new(answers), Arc::clone(&service.asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, asked) = (Arc::clone(&answers), Arc::clone(&asked));
                // A client that hangs up is no failure.
                thread::spawn(move || _ = serve(stream, &*answers, &asked));
            }
        });
        service
    }

    /// One that says the same to everybody.
    pub(crate) fn saying(status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::start(move |_| Some((status, body.clone())))
    }

    /// One that takes every request and says nothing.
    pub(crate) fn silent() -> Self {
        Self::start(|_| None)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The first lines of what it was asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The URL of a port that refuses connections.
pub(crate) fn refused_url() -> String {
    format!("http://127.0.0.1:{}", closed_port())
}

fn serve(mut stream: TcpStream, answers: &Answers, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|part| part == b"\r\n\r\n") {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        head.extend(&piece[..read]);
    }
    let head = String::from_utf8_lossy(&head);
    let line = head.lines().next().unwrap_or_default();
    asked.lock().unwrap().push(line.to_owned());
    if let Some((status, body)) = answers(line) {
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status} Words\r\nContent-Length: {length}\r\n\
             x-aws-ec2-metadata-token-ttl-seconds: 21600\r\nConnection: close\r\n\r\n{body}"
        )?;
    }
    // Until the client hangs up: the rest of a body is read and forgotten.
    io::copy(&mut stream, &mut io::sink())?;
    Ok(())
}
