//! A system that is deployed somewhere, asked at its URL.
//!
//! Input: a URL, and requests. Output: the answers, without what the infrastructure around a system adds to each. Redirects are answers
//! like others. A request that a connection may have taken is not sent again. Deliberately absent: HTTP/2, proxies, and compression that a
//! request does not ask for.
//!
//! Sources: RFC 9110, 7.6.1 (what is about one connection); the developer guides of API Gateway, Lambda and `CloudFront` for the headers
//! of each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::http;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::event::{Answer, Request};

/// How long an answer may take: the gateway's 30 s, and the way.
const LIMIT: Duration = Duration::from_secs(60);
/// Bytes of an answer's body. A gateway's are smaller.
const MAX_BODY: usize = 64 * 1024 * 1024;
/// What the infrastructure around a system adds to an answer, each time another value.
pub(super) const OF_INFRASTRUCTURE: &[&str] = &[
    "age",
    "apigw-requestid",
    "connection",
    "date",
    "keep-alive",
    "transfer-encoding",
    "via",
    "x-amz-apigw-id",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-cache",
];
/// What is set here.
const NOT_SENT: &[&str] = &["connection", "content-length", "host", "transfer-encoding"];

/// Where a system is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    is_tls: bool,
    host: String,
    port: u16,
    /// As in the `host` header.
    authority: String,
    /// In front of each path: a stage, for example. Without a slash at its end.
    prefix: String,
}

impl Url {
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("`{text}` is no address of a system: {why}");
        let uri: http::Uri = text.parse().map_err(|_| wrong("it is no URL"))?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("it does not start with `https://` or `http://`")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("a name or password has no place in it; give headers in a scenario"));
        }
        if uri.query().is_some() || text.contains('#') {
            return Err(wrong("it has a query or a fragment"));
        }
        Ok(Self {
            is_tls,
            host: authority.host().trim_matches(['[', ']']).to_string(),
            port: authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            authority: authority.to_string(),
            prefix: uri.path().trim_end_matches('/').to_string(),
        })
    }

    /// As it is shown, without a slash at its end.
    pub(super) fn shown(&self) -> String {
        format!("http{}://{}{}", if self.is_tls { "s" } else { "" }, self.authority, self.prefix)
    }
}

/// Which certificates count.
#[derive(Clone)]
pub(super) struct Trust(TlsConnector);

impl Trust {
    /// Those of this machine, and those of a file in PEM.
    ///
    /// # Errors
    /// A sentence about a file that has none.
    pub(super) fn new(authorities: Option<&[u8]>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        // What cannot be read of the machine's own is as if it were not there: then a connection fails, and says so.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(pem) = authorities {
            let mut added = 0;
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let wrong = |error: &dyn std::fmt::Display| format!("a certificate cannot be read: {error}");
                let certificate = certificate.map_err(|error| wrong(&error))?;
                roots.add(certificate).map_err(|error| wrong(&error))?;
                added += 1;
            }
            if added == 0 {
                return Err("there is no certificate in PEM".to_string());
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("there is no TLS: {error}"))?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

type Sender = SendRequest<Full<Bytes>>;

/// A system, and the connection to it while it lasts.
pub(super) struct Remote {
    url: Url,
    trust: Trust,
    sender: Mutex<Option<Sender>>,
}

impl Remote {
    pub(super) fn new(url: Url, trust: Trust) -> Self {
        Self { url, trust, sender: Mutex::default() }
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it can be reached at all.
    ///
    /// # Errors
    /// A sentence about why not.
    pub(super) async fn reach(&self) -> Result<(), String> {
        *self.sender.lock().await = Some(self.connect().await?);
        Ok(())
    }

    /// # Errors
    /// A sentence about why there is no answer.
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, String> {
        let sent = tokio::time::timeout(LIMIT, self.exchange(request)).await;
        sent.unwrap_or_else(|_| Err(format!("it did not answer within {} s", LIMIT.as_secs())))
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, String> {
        let mut http = self.message(request)?;
        // While it is away, nobody else finds it: a connection answers one request at a time.
        let mut kept = self.sender.lock().await.take();
        let (response, sender) = loop {
            let (mut sender, is_new) = match kept.take() {
                Some(sender) if !sender.is_closed() => (sender, false),
                _ => (self.connect().await?, true),
            };
            match sender.try_send_request(http).await {
                Ok(response) => break (response, sender),
                // The other end closed a connection that was idle before it took anything.
                Err(mut error) => match error.take_message() {
                    Some(message) if !is_new => http = message,
                    _ => return Err(format!("it did not answer: {}", error.error())),
                },
            }
        };
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_BODY).collect().await;
        let body = body.map_err(|error| format!("its answer cannot be read: {error}"))?.to_bytes();
        *self.sender.lock().await = Some(sender);
        Ok(answer(&request.method, &parts, &body))
    }

    fn message(&self, request: &Request) -> Result<http::Request<Full<Bytes>>, String> {
        let target = format!("{}{}", self.url.prefix, request.target);
        let mut message = http::Request::builder().method(request.method.as_str()).uri(target);
        message = message.header("host", &self.url.authority);
        let sent = request.headers.iter();
        for (name, value) in sent.filter(|(name, _)| !NOT_SENT.contains(&name.to_lowercase().as_str())) {
            message = message.header(name, value);
        }
        let body = Full::new(Bytes::from(request.body.clone()));
        message.body(body).map_err(|error| format!("the request cannot be sent: {error}"))
    }

    async fn connect(&self) -> Result<Sender, String> {
        let Url { is_tls, host, port, .. } = &self.url;
        let failed = |error: &dyn std::fmt::Display| format!("it cannot be reached: {error}");
        let connected = tokio::time::timeout(LIMIT, TcpStream::connect((host.as_str(), *port))).await;
        let stream = connected.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        // Without it, a small request waits for the next acknowledgement.
        let _ = stream.set_nodelay(true);
        if *is_tls {
            let name = ServerName::try_from(host.clone()).map_err(|error| failed(&error))?;
            let stream = self.trust.0.connect(name, stream).await.map_err(|error| failed(&error))?;
            handshake(TokioIo::new(stream)).await
        } else {
            handshake(TokioIo::new(stream)).await
        }
    }
}

async fn handshake<I>(io: I) -> Result<Sender, String>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (sender, connection) =
        http1::handshake(io).await.map_err(|error| format!("it does not speak HTTP/1.1: {error}"))?;
    // It ends with the sender, or when the other end closes it.
    tokio::spawn(connection);
    Ok(sender)
}

/// An answer as it is compared.
fn answer(method: &str, parts: &http::response::Parts, body: &Bytes) -> Answer {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    let mut cookies = Vec::new();
    for (name, value) in &parts.headers {
        let name = name.as_str();
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        // For HEAD, the length is that of what GET would bring; else it says nothing that the body does not say.
        if OF_INFRASTRUCTURE.contains(&name) || (name == "content-length" && method != "HEAD") {
            continue;
        }
        if name == "set-cookie" {
            cookies.push(value);
            continue;
        }
        let joined = headers.get(name).map_or(value.clone(), |first| format!("{first}, {value}"));
        headers.insert(name.to_string(), joined);
    }
    Answer { status: parts.status.as_u16(), headers, cookies, body: body.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_systems() {
        let of = |text: &str| {
            Url::parse(text)
                .map(|url| (url.is_tls, url.host.clone(), url.port, url.prefix.clone(), url.shown()))
        };
        let https = of("https://a.example.com/prod/").unwrap();
        let expect = (true, "a.example.com".into(), 443, "/prod".into(), "https://a.example.com/prod".into());
        assert_eq!(https, expect);
        let http = of("http://[::1]:3000").unwrap();
        assert_eq!(http, (false, "::1".into(), 3000, String::new(), "http://[::1]:3000".into()));
        for (bad, why) in [
            ("a.example.com", "does not start with"),
            ("ftp://a", "does not start with"),
            ("https://me:secret@a", "headers in a scenario"),
            ("https://a?x=1", "a query"),
            ("https://", "no URL"),
        ] {
            assert!(of(bad).is_err_and(|said| said.contains(why)), "{bad}");
        }
    }

    #[test]
    fn only_certificates_are_taken_from_a_file() {
        assert!(Trust::new(None).is_ok());
        assert!(Trust::new(Some(b"no PEM")).is_err_and(|why| why.contains("no certificate")));
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(Trust::new(Some(broken)).is_err_and(|why| why.contains("cannot be read")));
    }
}
