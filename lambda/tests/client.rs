//! A plain HTTP client.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Sends one request on a connection of its own.
pub(crate) async fn send(
    address: SocketAddr,
    request: http::request::Builder,
    body: String,
) -> std::io::Result<Response<String>> {
    let connection = TcpStream::connect(address).await?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(connection));
    let (mut sender, connection) = handshake.await.map_err(std::io::Error::other)?;
    tokio::spawn(connection);
    let request: Request<Full<Bytes>> = request
        .header("host", address.to_string())
        .body(Full::new(body.into()))
        .map_err(std::io::Error::other)?;
    let answer = sender.send_request(request).await;
    let (parts, body) = answer.map_err(std::io::Error::other)?.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?;
    let text = String::from_utf8(body.to_bytes().into()).map_err(std::io::Error::other)?;
    Ok(Response::from_parts(parts, text))
}
