//! How long the queries of a large org take, and how much memory it needs:
//! `cargo run --release -p sfbox-emulator --example million [ACCOUNTS]`.
//!
//! The org is served over plain HTTP on loopback, and its client is in the same
//! process. Each figure is the median of 20 requests after two that warm up.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use sfbox_emulator::{Credentials, Emulator};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Requests of which the median is taken.
const REQUESTS: usize = 20;

/// Clients at once.
const CLIENTS: usize = 64;

/// A connection that is kept.
struct Client {
    stream: BufReader<TcpStream>,
    host: String,
    token: String,
}

impl Client {
    fn log_in(address: SocketAddr, host: &str, credentials: &Credentials) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut client = Self {
            stream: BufReader::new(stream),
            host: format!("{host}:{}", address.port()),
            token: String::new(),
        };
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            credentials.consumer_key,
            credentials.consumer_secret.expose()
        );
        let head = format!(
            "POST /services/oauth2/token HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{form}",
            client.host,
            form.len()
        );
        let login: serde_json::Value = serde_json::from_slice(&client.exchange(&head)?)?;
        let token = login["access_token"].as_str().ok_or("no token")?;
        token.clone_into(&mut client.token);
        Ok(client)
    }

    fn get(&mut self, path: &str) -> Result<Vec<u8>, Failure> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
            self.host, self.token
        );
        self.exchange(&head)
    }

    fn query(&mut self, soql: &str) -> Result<Vec<u8>, Failure> {
        self.get(&query(soql))
    }

    fn exchange(&mut self, request: &str) -> Result<Vec<u8>, Failure> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.clone();
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line)?;
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        if !status.contains(" 200 ") {
            return Err(format!("{status}{}", String::from_utf8_lossy(&body)).into());
        }
        Ok(body)
    }
}

fn query(soql: &str) -> String {
    format!(
        "/services/data/v66.0/query?q={}",
        soql.replace('%', "%25")
            .replace(' ', "+")
            .replace(',', "%2C")
    )
}

/// The median of what `work` takes.
fn median(mut work: impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    work()?;
    work()?;
    let mut took = Vec::new();
    for _ in 0..REQUESTS {
        let begin = Instant::now();
        work()?;
        took.push(begin.elapsed());
    }
    took.sort();
    took.get(REQUESTS / 2).copied().ok_or_else(|| "none".into())
}

/// The most memory that the process has had, in KiB; 0 where the system does not
/// tell.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn measure(address: SocketAddr, host: &str, credentials: &Credentials) -> Result<(), Failure> {
    let mut client = Client::log_in(address, host, credentials)?;
    let client = &mut client;
    show(client, "first page", "SELECT Id, Name FROM Account")?;
    show(client, "count", "SELECT COUNT() FROM Account")?;
    show(
        client,
        "groups",
        "SELECT Industry, COUNT(Id), SUM(AnnualRevenue) FROM Account GROUP BY Industry",
    )?;
    show(
        client,
        "a filter by text",
        "SELECT Id FROM Account WHERE Name = 'nobody'",
    )?;
    show(
        client,
        "one record",
        "SELECT Id, Name FROM Account WHERE Id = '001Sb0000000001IAA'",
    )?;
    let first = client.query("SELECT Id, Name FROM Account")?;
    let mut next = next_of(&first)?;
    let mut took = Vec::new();
    while let Some(path) = next {
        let begin = Instant::now();
        let page = client.get(&path)?;
        took.push(begin.elapsed());
        next = next_of(&page)?;
    }
    took.sort();
    if let (Some(median), Some(last)) = (took.get(took.len() / 2), took.last()) {
        report(&format!(
            "{:32} {median:>12.1?}  median; slowest {last:.1?} of {}",
            "further pages",
            took.len()
        ));
    }
    let begin = Instant::now();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| -> Result<(), Failure> {
                    let mut client = Client::log_in(address, host, credentials)?;
                    for _ in 0..REQUESTS {
                        client.query("SELECT Id, Name FROM Account")?;
                    }
                    Ok(())
                })
            })
            .collect();
        for client in clients {
            client.join().map_err(|_| "a client panicked")??;
        }
        Ok::<(), Failure>(())
    })?;
    report(&format!(
        "{:32} {:>12.1?}  {CLIENTS} clients, {REQUESTS} first pages each, no error",
        "all of them",
        begin.elapsed()
    ));
    report(&format!(
        "{:32} {:>9} MiB",
        "peak memory",
        peak_kib() / 1_024
    ));
    Ok(())
}

fn show(client: &mut Client, what: &str, soql: &str) -> Result<(), Failure> {
    let took = median(|| client.query(soql).map(|_| ()))?;
    report(&format!("{what:32} {took:>12.1?}  {soql}"));
    Ok(())
}

fn next_of(page: &[u8]) -> Result<Option<String>, Failure> {
    let page: serde_json::Value = serde_json::from_slice(page)?;
    Ok(page["nextRecordsUrl"].as_str().map(str::to_owned))
}

#[expect(clippy::print_stdout, reason = "what it is for")]
fn report(line: &str) {
    println!("{line}");
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let accounts = std::env::args().nth(1);
    let accounts = accounts.map_or(Ok(1_000_000), |text| text.parse())?;
    let begin = Instant::now();
    let org = Emulator::builder()
        .plain()
        .accounts(accounts)
        .start()
        .await?;
    report(&format!(
        "{:32} {:>12.1?}  {accounts} accounts",
        "start",
        begin.elapsed()
    ));
    let (address, host, credentials) = (
        org.address(),
        org.host().to_owned(),
        org.credentials().clone(),
    );
    tokio::task::spawn_blocking(move || measure(address, &host, &credentials)).await??;
    org.stop().await;
    Ok(())
}
