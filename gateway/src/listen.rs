//! Where the door listens.

use std::fs;
use std::io;
use std::net::{self, IpAddr, SocketAddr};
use std::os::unix;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::time::sleep;

/// What group and others may do.
const FOREIGN_MODE: u32 = 0o077;

/// The mode of a socket: only the owner may connect.
const SOCKET_MODE: u32 = 0o600;

/// How long to wait after the system refused a connection, as it does when file descriptors
/// run out.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// The door cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Plain HTTP would cross a network.
    #[error(
        "{0} is not an address of this machine alone, so the door needs TLS there: without it, everybody \
         on the way could read the keys"
    )]
    Plain(SocketAddr),
    /// The address.
    #[error("{0} cannot be listened on")]
    Address(SocketAddr, #[source] io::Error),
    /// The socket.
    #[error("the socket {} cannot be listened on", .0.display())]
    Socket(PathBuf, #[source] io::Error),
    /// Others could take the socket's place.
    #[error("the folder of the socket {} must be yours alone: `chmod 700` it", .0.display())]
    Folder(PathBuf),
    /// Something else has the name.
    #[error("{} is there already, and is not a socket", .0.display())]
    Taken(PathBuf),
    /// Another door listens there.
    #[error("another process listens on the socket {}", .0.display())]
    InUse(PathBuf),
}

/// One place where connections come in.
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix {
        listener: UnixListener,
        _path: Removed,
    },
}

/// A path that is removed when it is dropped.
pub(crate) struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Listens on an address. Plain HTTP stays on this machine.
    pub(crate) async fn tcp(address: SocketAddr, is_plain: bool) -> Result<Self, ListenError> {
        if is_plain && !is_loopback(address.ip()) {
            return Err(ListenError::Plain(address));
        }
        let listener = TcpListener::bind(address).await;
        Ok(Self::Tcp(
            listener.map_err(|error| ListenError::Address(address, error))?,
        ))
    }

    /// Listens on a socket of the file system, for its owner alone.
    pub(crate) async fn unix(path: &Path) -> Result<Self, ListenError> {
        let failed = |error| ListenError::Socket(path.to_owned(), error);
        // Before the socket has its mode, its folder keeps others away.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::metadata(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        let user = rustix::process::geteuid().as_raw();
        if folder.uid() != user || folder.mode() & FOREIGN_MODE != 0 {
            return Err(ListenError::Folder(path.to_owned()));
        }
        if let Ok(found) = fs::symlink_metadata(path) {
            if !found.file_type().is_socket() {
                return Err(ListenError::Taken(path.to_owned()));
            }
            if UnixStream::connect(path).await.is_ok() {
                return Err(ListenError::InUse(path.to_owned()));
            }
            // Of a process that was killed.
            fs::remove_file(path).map_err(failed)?;
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        let removed = Removed(path.to_owned());
        let mode = fs::Permissions::from_mode(SOCKET_MODE);
        fs::set_permissions(path, mode).map_err(failed)?;
        Ok(Self::Unix {
            listener,
            _path: removed,
        })
    }

    /// The address, of a listener that has one.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix { .. } => None,
        }
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Without it, every small answer would wait for an acknowledgement.
                _ = stream.set_nodelay(true);
                Ok(Accepted::Tcp(stream.into_std()?))
            }
            Self::Unix { listener, .. } => {
                let (stream, _) = listener.accept().await?;
                Ok(Accepted::Unix(stream.into_std()?))
            }
        }
    }

    /// The next connection, however long the system refuses one.
    pub(crate) async fn accepted(&self) -> Accepted {
        next(|| self.accept()).await
    }
}

/// What comes in next. Where the system refuses, it is asked again after a while, and not at
/// once: that would take a whole core.
async fn next<T, F: Future<Output = io::Result<T>>>(mut accept: impl FnMut() -> F) -> T {
    loop {
        match accept().await {
            Ok(next) => return next,
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// A connection that can still be served on any thread.
pub(crate) enum Accepted {
    Tcp(net::TcpStream),
    Unix(unix::net::UnixStream),
}

impl Accepted {
    /// Its bytes, which belong to the thread that asks for them.
    pub(crate) fn open(self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(stream) => Stream::Tcp(TcpStream::from_std(stream)?),
            Self::Unix(stream) => Stream::Unix(UnixStream::from_std(stream)?),
        })
    }
}

/// Whether an address is reached from this machine alone.
fn is_loopback(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
        }
    }
}

/// The bytes of a connection.
pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    /// Whether it came by a socket of the file system, which no network reaches.
    pub(crate) fn is_unix(&self) -> bool {
        matches!(self, Self::Unix(_))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future;
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn plain_http_stays_on_this_machine() {
        for address in ["127.0.0.1:0", "127.0.0.2:0"] {
            assert!(
                Listener::tcp(address.parse().unwrap(), true).await.is_ok(),
                "{address}"
            );
        }
        for address in ["0.0.0.0:0", "[::]:0", "10.0.0.1:0", "192.168.0.1:0"] {
            let refused = Listener::tcp(address.parse().unwrap(), true).await.err();
            assert!(matches!(refused, Some(ListenError::Plain(_))), "{address}");
        }
        assert!(
            Listener::tcp("0.0.0.0:0".parse().unwrap(), false)
                .await
                .is_ok()
        );
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[tokio::test]
    async fn a_socket_is_its_owners_alone_and_goes_with_the_door() {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o700);
        let path = folder.path().join("door.sock");
        let listener = Listener::unix(&path).await.unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, SOCKET_MODE);
        let second = Listener::unix(&path).await.err();
        assert!(matches!(second, Some(ListenError::InUse(_))));
        drop(listener);
        assert!(!path.exists());
        // One that was left behind is taken over.
        drop(unix::net::UnixListener::bind(&path).unwrap());
        assert!(Listener::unix(&path).await.is_ok());
    }

    #[tokio::test]
    async fn nothing_of_others_is_in_the_way_of_a_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("door.sock");
        set_mode(folder.path(), 0o755);
        let open = Listener::unix(&path).await.err();
        assert!(matches!(open, Some(ListenError::Folder(_))));
        set_mode(folder.path(), 0o700);
        fs::write(&path, "mine").unwrap();
        let taken = Listener::unix(&path).await.err();
        assert!(matches!(taken, Some(ListenError::Taken(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[tokio::test]
    async fn what_the_system_refuses_is_asked_for_again_after_a_pause() {
        const REFUSALS: u32 = 3;
        let (begun, mut asked) = (Instant::now(), 0);
        let accept = || {
            asked += 1;
            future::ready(match asked <= REFUSALS {
                true => Err(io::ErrorKind::Other.into()),
                false => Ok("connection"),
            })
        };
        assert_eq!(next(accept).await, "connection");
        assert!(begun.elapsed() >= REFUSALS * ACCEPT_PAUSE);
        assert_eq!(asked, REFUSALS + 1);
    }
}
