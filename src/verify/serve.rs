//! A local port in front of deployed functions.
//!
//! Input: functions, routes, and a port. Output: answers to clients, and what happened as `Said`. Only loopback is listened on.
//! Deliberately absent: TLS, HTTP/2, and the limits on the number of requests.
//!
//! Source: API Gateway developer guide, "Quotas for configuring and running an HTTP API" (10 MB a request).

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, SET_COOKIE};
use hyper::http;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::event::{self, Answer, Request};
use super::gateway::{Gateway, Matching};
use super::host::{Failed, Function, Host, Surroundings};
use crate::deployed::{Leads, Route};

/// Bytes of a request's body.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// What is served, and how.
pub struct Service {
    pub functions: Vec<Function>,
    pub routes: Vec<Route>,
    /// Position of the function that stands for one which exists already.
    pub existing: Option<usize>,
    pub around: Surroundings,
    pub matching: Matching,
    /// 0 for any that is free.
    pub port: u16,
    /// How long a function without requests goes on.
    pub idle: Duration,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Listening(SocketAddr),
    /// `GET /items?x=1` was answered.
    Answered {
        request: String,
        status: u16,
        function: Option<String>,
        took: Duration,
    },
    /// A sentence about a function that gave no answer that a gateway could pass on.
    Failed {
        request: String,
        function: String,
        why: String,
        log: String,
    },
}

/// Serves until the process is told to end, by Ctrl-C or a signal. Then every function has ended.
///
/// # Errors
/// Where the port cannot be listened on.
pub fn serve(service: Service, say: &mut dyn FnMut(Said)) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(until_told(service, say));
    // Requests that are being answered end here, and with each its process.
    runtime.shutdown_timeout(Duration::from_secs(5));
    served
}

async fn until_told(service: Service, say: &mut dyn FnMut(Said)) -> std::io::Result<()> {
    let mut told = Box::pin(told()?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, service.port)).await?;
    let address = listener.local_addr()?;
    let (said, mut saying) = mpsc::unbounded_channel();
    let idle = service.idle;
    let server = Arc::new(Server {
        gateway: Gateway::new(service.routes, service.matching),
        host: Host::new(service.functions, service.around),
        existing: service.existing,
        numbers: AtomicU64::default(),
        said,
    });
    let accepting = tokio::spawn(accept(listener, server.clone()));
    say(Said::Listening(address));
    let mut check = tokio::time::interval(Duration::from_secs(1).min(idle.max(Duration::from_millis(50))));
    loop {
        tokio::select! {
            () = &mut told => break,
            Some(what) = saying.recv() => say(what),
            _ = check.tick() => server.host.end_idle(idle).await,
        }
    }
    accepting.abort();
    server.host.end_idle(Duration::ZERO).await;
    Ok(())
}

/// Ends when the process is told to end.
fn told() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        Ok(async {
            // Without a handler, the process ends by itself.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

async fn accept(listener: TcpListener, server: Arc<Server>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, server.clone()))),
            // Too many open files, for example: others may close soon.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, server: Arc<Server>) {
    // Without it, a small answer waits for the next acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let server = server.clone();
        // A task of its own: a function goes on when its client goes away.
        let answer = tokio::spawn(async move { server.answer(request).await });
        async { Ok::<_, Infallible>(answer.await.unwrap_or_else(|_| internal())) }
    });
    // A client may go away at any time.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

struct Server {
    gateway: Gateway,
    host: Host,
    existing: Option<usize>,
    numbers: AtomicU64,
    said: mpsc::UnboundedSender<Said>,
}

impl Server {
    async fn answer(&self, request: http::Request<Incoming>) -> http::Response<Full<Bytes>> {
        let begun = Instant::now();
        let is_head = request.method() == http::Method::HEAD;
        let shown = format!("{} {}", request.method(), request.uri());
        let (answer, function) = match read(request).await {
            Ok(request) => self.routed(&request, &shown).await,
            Err(answer) => (answer, None),
        };
        let response = response(answer, is_head).unwrap_or_else(|why| {
            self.failed(&shown, function, why);
            internal()
        });
        let function = function.map(|at| self.host.name(at).to_string());
        let status = response.status().as_u16();
        self.say(Said::Answered { request: shown, status, function, took: begun.elapsed() });
        response
    }

    /// The answer, and the position of the function that gave it.
    async fn routed(&self, request: &Request, shown: &str) -> (Answer, Option<usize>) {
        let Some(chosen) = self.gateway.choose(&request.method, request.path()) else {
            return (Answer::message(404, "Not Found"), None);
        };
        let at = match &chosen.route.leads {
            Leads::Function(at) => *at,
            Leads::Existing(parameter) => match self.existing {
                Some(at) => at,
                None => return (Answer::message(502, &without_program(parameter)), None),
            },
        };
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let event = event::event(request, &chosen, number).to_string();
        let answer = match self.host.invoke(at, Bytes::from(event)).await {
            Ok(returned) => event::answer(&returned),
            Err(failed @ Failed::TooSlow(_)) => {
                self.failed(shown, Some(at), failed.to_string());
                return (Answer::message(503, "Service Unavailable"), Some(at));
            }
            Err(failed) => Err(failed.to_string()),
        };
        let answer = answer.unwrap_or_else(|why| {
            self.failed(shown, Some(at), why);
            Answer::message(500, "Internal Server Error")
        });
        (answer, Some(at))
    }

    fn failed(&self, request: &str, at: Option<usize>, why: String) {
        let Some(at) = at else { return };
        let log = self.host.log_of(at).display().to_string();
        let function = self.host.name(at).to_string();
        self.say(Said::Failed { request: request.to_string(), function, why, log });
    }

    fn say(&self, what: Said) {
        // Nobody listens any more when the process ends.
        let _ = self.said.send(what);
    }
}

fn without_program(parameter: &str) -> String {
    format!(
        "This request goes to the existing function that {parameter} names; --monolith gives a program for it"
    )
}

/// A request with its body, or what the gateway answers by itself.
async fn read(request: http::Request<Incoming>) -> Result<Request, Answer> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(Answer::message(413, "Request Entity Too Large"));
        }
        Err(_) => return Err(Answer::message(400, "Bad Request")),
    };
    let target = parts.uri.path_and_query().map_or(parts.uri.path(), |target| target.as_str());
    let headers = parts.headers.iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    Ok(Request {
        method: parts.method.to_string(),
        target: target.to_string(),
        headers: headers.collect(),
        body,
    })
}

/// The response, or which header of the function's it cannot have.
fn response(answer: Answer, is_head: bool) -> Result<http::Response<Full<Bytes>>, String> {
    // The length that a function gives for HEAD is that of what it would have sent.
    let body = if is_head { Bytes::new() } else { Bytes::from(answer.body) };
    let mut response = http::Response::new(Full::new(body));
    *response.status_mut() = http::StatusCode::from_u16(answer.status)
        .map_err(|_| format!("it returned the status {}", answer.status))?;
    for (name, value) in &answer.headers {
        let bad = || format!("it returned the header `{name}: {value}`");
        let parsed = http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        // Else the length is that of the body.
        if parsed != CONTENT_LENGTH || is_head {
            response.headers_mut().insert(parsed, http::HeaderValue::from_str(value).map_err(|_| bad())?);
        }
    }
    for cookie in &answer.cookies {
        let value =
            http::HeaderValue::from_str(cookie).map_err(|_| format!("it returned the cookie `{cookie}`"))?;
        response.headers_mut().append(SET_COOKIE, value);
    }
    Ok(response)
}

fn internal() -> http::Response<Full<Bytes>> {
    response(Answer::message(500, "Internal Server Error"), false).expect("its headers are ours")
}
