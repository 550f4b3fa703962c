//! HTTP requests to a stand-in: plain HTTP/1.1, a connection for each.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

const LIMIT: Duration = Duration::from_secs(60);

/// What is sent: method, target, headers, body.
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) headers: Vec<(&'a str, String)>,
    pub(super) body: Vec<u8>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

/// `127.0.0.1:5000` of `http://127.0.0.1:5000/`.
///
/// # Errors
/// Where it is no address of plain HTTP.
pub(super) fn authority(endpoint: &str) -> Result<String, String> {
    let rest = endpoint.strip_prefix("http://").ok_or_else(|| {
        format!("`{endpoint}` is no `http://HOST:PORT`: what stands for AWS is reached by plain HTTP")
    })?;
    let authority = rest.trim_end_matches('/');
    if authority.is_empty() || authority.contains('/') {
        return Err(format!("`{endpoint}` is no `http://HOST:PORT`"));
    }
    Ok(if authority.contains(':') { authority.to_string() } else { format!("{authority}:80") })
}

/// Sends a request and reads the whole answer.
pub(super) async fn send(endpoint: &str, call: Call<'_>) -> Result<Reply, String> {
    let authority = authority(endpoint)?;
    let exchanged = tokio::time::timeout(LIMIT, exchange(&authority, call)).await;
    exchanged.map_err(|_| format!("{endpoint} does not answer"))?.map_err(|why| format!("{endpoint}: {why}"))
}

async fn exchange(authority: &str, call: Call<'_>) -> Result<Reply, String> {
    let stream = TcpStream::connect(authority).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    // It ends with the sender.
    let connection = tokio::spawn(connection);
    let mut request = Request::builder().method(call.method).uri(call.target).header("host", authority);
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(call.body))).map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    connection.abort();
    Ok(Reply { status, headers, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_is_an_endpoint() {
        assert_eq!(authority("http://127.0.0.1:5000").as_deref(), Ok("127.0.0.1:5000"));
        assert_eq!(authority("http://localhost/").as_deref(), Ok("localhost:80"));
        for bad in ["https://dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:5000", "http://", "http://a/b"] {
            assert!(authority(bad).is_err(), "{bad}");
        }
    }
}
