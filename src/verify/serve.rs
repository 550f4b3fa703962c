//! A local port in front of deployed functions.
//!
//! Input: functions, routes, and a port. Output: answers to clients, and what happened as `Said`. Only loopback is listened on.
//! Deliberately absent: TLS, HTTP/2, and the limits on the number of requests.
//!
//! Source: API Gateway developer guide, "Quotas for configuring and running an HTTP API" (10 MB a request).

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::SET_COOKIE;
use hyper::http;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::application::{Application, Outcome, Running};
use super::event::{Answer, Request};
use super::told;
use super::watching::{Change, Watch, watch};

/// Bytes of a request's body.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// What is served, and how.
pub struct Service {
    pub application: Application,
    /// 0 for any that is free.
    pub port: u16,
    /// How long a function without requests goes on.
    pub idle: Duration,
    /// What to look at for changes.
    pub watch: Option<Watch>,
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
    /// A file changed: all is built and read anew.
    Changed(PathBuf),
    /// What was read anew is served now.
    Renewed,
    /// A sentence about why what was before is still served.
    NotRenewed(String),
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
    let running = RwLock::new(Arc::new(Running::new(service.application)));
    let server = Arc::new(Server { running, numbers: AtomicU64::default(), said });
    let accepting = tokio::spawn(accept(listener, server.clone()));
    let (changed, mut changes) = mpsc::channel(1);
    // Where nothing is watched, the channel stays open and empty.
    let kept = changed.clone();
    let watching = service.watch.map(|all| tokio::spawn(watch(all, changed)));
    say(Said::Listening(address));
    let mut check = tokio::time::interval(Duration::from_secs(1).min(idle.max(Duration::from_millis(50))));
    loop {
        tokio::select! {
            () = &mut told => break,
            Some(what) = saying.recv() => say(what),
            Some(change) = changes.recv() => say(server.take(change).await),
            _ = check.tick() => server.running().host.end_idle(idle).await,
        }
    }
    drop(kept);
    if let Some(watching) = watching {
        watching.abort();
        // Then what it was building has been told to end.
        let _ = watching.await;
    }
    accepting.abort();
    server.running().host.end_idle(Duration::ZERO).await;
    Ok(())
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
    running: RwLock<Arc<Running>>,
    numbers: AtomicU64,
    said: mpsc::UnboundedSender<Said>,
}

impl Server {
    fn running(&self) -> Arc<Running> {
        self.running.read().expect("no holder panics").clone()
    }

    /// Serves what was read anew. Requests that are being answered end with the processes that they began with.
    async fn take(&self, change: Change) -> Said {
        match change {
            Change::Seen(file) => Said::Changed(file),
            Change::Failed(why) => Said::NotRenewed(why),
            Change::Read(application) => {
                let new = Arc::new(Running::new(*application));
                let old = std::mem::replace(&mut *self.running.write().expect("no holder panics"), new);
                old.host.end_idle(Duration::ZERO).await;
                Said::Renewed
            }
        }
    }

    async fn answer(&self, request: http::Request<Incoming>) -> http::Response<Full<Bytes>> {
        let begun = Instant::now();
        let running = self.running();
        let shown = format!("{} {}", request.method(), request.uri());
        let outcome = match read(request).await {
            Ok(request) => {
                let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
                running.answer(&request, number).await
            }
            Err(answer) => Outcome::of_gateway(answer),
        };
        let function = outcome.function.map(|at| running.host.name(at).to_string());
        if let (Some(why), Some(at)) = (outcome.failed, outcome.function) {
            let function = running.host.name(at).to_string();
            let log = running.host.log_of(at).display().to_string();
            self.say(Said::Failed { request: shown.clone(), function, why, log });
        }
        let status = outcome.answer.status;
        self.say(Said::Answered { request: shown, status, function, took: begun.elapsed() });
        response(outcome.answer)
    }

    fn say(&self, what: Said) {
        // Nobody listens any more when the process ends.
        let _ = self.said.send(what);
    }
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

fn response(answer: Answer) -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = http::StatusCode::from_u16(answer.status).expect("`event::answer` checks it");
    let value = |value: &str| http::HeaderValue::from_str(value).expect("`event::answer` checks it");
    for (name, text) in &answer.headers {
        let name = http::HeaderName::from_bytes(name.as_bytes()).expect("`event::answer` checks it");
        response.headers_mut().insert(name, value(text));
    }
    for cookie in &answer.cookies {
        response.headers_mut().append(SET_COOKIE, value(cookie));
    }
    response
}

fn internal() -> http::Response<Full<Bytes>> {
    response(Answer::message(500, "Internal Server Error"))
}
