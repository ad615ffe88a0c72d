//! The server that is not ours: nginx over TLS, with fixed answers or as a proxy.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use super::answers::LOCATOR;
use super::certificate::{self, CA, CERTIFICATE, KEY};
use super::site::Site;
use crate::apt;
use crate::command::{foreign, output};

/// Debian's package with the least in it.
const DEBIAN_PACKAGE: &str = "nginx-light";

/// Where Debian puts it, which is not on everybody's path.
const PLACES: [&str; 2] = ["nginx", "/usr/sbin/nginx"];

/// The org that it pretends to be.
const HOST: &str = "bench.my.salesforce.com";

/// Free ports are another's by the time that nginx wants them, once in a while.
const STARTS_MAX: u32 = 5;

/// How long it may take to listen: it takes milliseconds.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// How often to look whether it does.
const START_CHECK: Duration = Duration::from_millis(5);

/// A running nginx; ends with this.
pub(super) struct Nginx {
    process: Child,
    pub(super) site: Site,
    // Dropped after the process has ended.
    _folder: TempDir,
}

/// What a configuration is made for.
pub(super) struct Place<'a> {
    folder: &'a Path,
    port: u16,
}

impl Nginx {
    /// Starts it with a configuration.
    ///
    /// # Errors
    ///
    /// When it is not there and cannot be installed, or does not start.
    pub(super) fn start(configuration: impl Fn(&Place<'_>) -> String) -> anyhow::Result<Self> {
        let nginx = find()?;
        let folder = tempfile::tempdir()?;
        certificate::write(folder.path(), &[HOST, "localhost"])?;
        let mut site = Site {
            host: HOST.to_owned(),
            port: 0,
            ca_file: folder.path().join(CA),
            token: "00D5e0000000001!bench".to_owned(),
            folder: folder.path().to_owned(),
        };
        site.put_secret(&site.secret())?;
        for _ in 0..STARTS_MAX {
            // Closed again at once: nginx binds for itself.
            site.port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            let text = configuration(&Place {
                folder: folder.path(),
                port: site.port,
            });
            let file = folder.path().join("nginx.conf");
            fs::write(&file, text)?;
            let mut process = foreign(&nginx)
                .arg("-p")
                .arg(folder.path())
                .arg("-c")
                .arg(&file)
                .args(["-e", "stderr"])
                .stdin(Stdio::null())
                .spawn()
                .with_context(|| format!("{} cannot be run", nginx.display()))?;
            if listens(&mut process, site.port)? {
                return Ok(Self {
                    process,
                    site,
                    _folder: folder,
                });
            }
        }
        bail!("nginx did not start; its own words are above")
    }

    /// Its only process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// Such as `nginx/1.22.1`.
pub(super) fn version() -> Option<String> {
    // It says so on stderr.
    let said = Command::new(find().ok()?).arg("-v").output().ok()?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    Some(said.rsplit(' ').next()?.trim().replace('/', " "))
}

fn find() -> anyhow::Result<PathBuf> {
    let there = || {
        let runs = |place: &&str| output(Command::new(place).arg("-v")).is_some();
        PLACES.iter().find(|place| runs(place)).map(PathBuf::from)
    };
    if let Some(nginx) = there() {
        return Ok(nginx);
    }
    apt::install(&[DEBIAN_PACKAGE])
        .with_context(|| format!("nginx is needed; on Debian: {DEBIAN_PACKAGE}"))?;
    there().context("nginx is installed, and cannot be run")
}

fn listens(process: &mut Child, port: u16) -> anyhow::Result<bool> {
    let begun = Instant::now();
    while begun.elapsed() < START_TIMEOUT {
        if process.try_wait()?.is_some() {
            return Ok(false);
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(true);
        }
        thread::sleep(START_CHECK);
    }
    process.kill()?;
    process.wait()?;
    Ok(false)
}

/// One process with one thread, which leaves the other cores to who is measured. `http` is
/// what the server is for.
fn configuration(place: &Place<'_>, http: &str) -> String {
    let folder = place.folder.display();
    format!(
        "daemon off;
master_process off;
pid {folder}/nginx.pid;
worker_rlimit_nofile 20000;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type application/json;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  tcp_nodelay on;
{http}}}
"
    )
}

/// The answers of a folder. Nothing is compressed meanwhile: what is compressed, lies there
/// compressed.
pub(super) fn with_answers(place: &Place<'_>, answers: &Path) -> String {
    let (folder, answers, port) = (place.folder.display(), answers.display(), place.port);
    let http = format!(
        "  charset utf-8;
  charset_types application/json;
  gzip_static on;
  gzip_vary on;
  open_file_cache max=4096 inactive=1h;
  open_file_cache_valid 1h;
  map $arg_q $answer {{
    default /pages/0.json;
    ~LIMIT(%20|\\+)1$ /small.json;
    ~Lead /plain.json;
    ~LIMIT(%20|\\+)2000$ /page.json;
  }}
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {folder}/{CERTIFICATE};
    ssl_certificate_key {folder}/{KEY};
    root {answers};
    location ~ ^/services/data/v[0-9.]+/query/?$ {{ try_files $answer =404; }}
    location ~ ^/services/data/v[0-9.]+/query/{LOCATOR}([0-9]+)$ {{ try_files /pages/$1.json =404; }}
    location / {{ return 404; }}
  }}
"
    );
    configuration(place, &http)
}

/// A proxy to an org, with a header that is always the same: no session, no keys, no policy.
pub(super) fn as_proxy(place: &Place<'_>, org: &Site) -> String {
    let (folder, port) = (place.folder.display(), place.port);
    let (host, token, to, ca) = (&org.host, &org.token, org.port, org.ca_file.display());
    let http = format!(
        "  upstream org {{
    server 127.0.0.1:{to};
    keepalive 256;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/{CERTIFICATE};
    ssl_certificate_key {folder}/{KEY};
    client_max_body_size 0;
    location / {{
      proxy_pass https://org;
      proxy_http_version 1.1;
      proxy_set_header Connection \"\";
      proxy_set_header Host {host};
      proxy_set_header Authorization \"Bearer {token}\";
      proxy_ssl_name {host};
      proxy_ssl_server_name on;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate {ca};
      proxy_request_buffering off;
      proxy_buffers 16 64k;
      proxy_buffer_size 64k;
      proxy_max_temp_file_size 0;
    }}
  }}
"
    );
    configuration(place, &http)
}
