//! The Lambda Runtime API of one process.
//!
//! Input: events, one at a time. Output: what the process posts for each. Deliberately absent: extensions, response streaming, and the
//! process itself (`host`).
//!
//! Source: Lambda developer guide, "Using the Lambda runtime API"; the quota of 6 MB is in "Lambda quotas".

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// Bytes of what a function may return.
const MAX_RETURNED: usize = 6 * 1024 * 1024;

/// An event and what belongs to it.
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) event: Bytes,
    /// Milliseconds since 1970.
    pub(super) deadline: u128,
    /// Of the function.
    pub(super) arn: String,
}

/// What a process posts, or a sentence about why that is nothing to pass on.
type Returned = Result<Bytes, String>;

/// Our end: ends with its server.
pub(super) struct Runtime {
    invocations: mpsc::Sender<(Invocation, oneshot::Sender<Returned>)>,
    ready: watch::Receiver<Ready>,
    server: JoinHandle<()>,
}

#[derive(Debug, Clone)]
enum Ready {
    No,
    Yes,
    Failed(String),
}

impl Runtime {
    pub(super) fn serve(listener: TcpListener) -> Self {
        let (invocations, receiver) = mpsc::channel(1);
        let (is_ready, ready) = watch::channel(Ready::No);
        let api = Arc::new(Api {
            invocations: tokio::sync::Mutex::new(receiver),
            pending: Mutex::default(),
            ready: is_ready,
        });
        Self { invocations, ready, server: tokio::spawn(serve(listener, api)) }
    }

    /// Waits until the process asks for its first event.
    ///
    /// # Errors
    /// A sentence about what it did instead.
    pub(super) async fn ready(&mut self) -> Result<(), String> {
        let state = self.ready.wait_for(|state| !matches!(state, Ready::No)).await;
        match state.as_deref() {
            Ok(Ready::Yes) => Ok(()),
            Ok(Ready::Failed(error)) => Err(error.clone()),
            Ok(Ready::No) | Err(_) => Err("its runtime API is gone".to_string()),
        }
    }

    /// Hands over an event and waits for what the process posts; `None` where that will never be.
    pub(super) async fn invoke(&self, invocation: Invocation) -> Option<Returned> {
        let (sender, returned) = oneshot::channel();
        self.invocations.send((invocation, sender)).await.ok()?;
        returned.await.ok()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Api {
    invocations: tokio::sync::Mutex<mpsc::Receiver<(Invocation, oneshot::Sender<Returned>)>>,
    /// By id: those that the process has and has not answered.
    pending: Mutex<BTreeMap<String, oneshot::Sender<Returned>>>,
    ready: watch::Sender<Ready>,
}

async fn serve(listener: TcpListener, api: Arc<Api>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Without it, a small answer waits for the next acknowledgement.
        let _ = stream.set_nodelay(true);
        let api = api.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let api = api.clone();
                async move { Ok::<_, Infallible>(api.answer(request).await) }
            });
            let server = hyper::server::conn::http1::Builder::new();
            // A process that is killed closes its connection in the middle.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl Api {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_string();
        let rest = path.strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
        let parts: Vec<&str> = rest.split('/').collect();
        match (request.method(), parts.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, what @ ("response" | "error")]) => {
                let (status, returned) = match posted(request).await {
                    Ok(body) if *what == "error" => (StatusCode::ACCEPTED, Err(reported(&body))),
                    Ok(body) => (StatusCode::ACCEPTED, Ok(body)),
                    Err((status, why)) => (status, Err(why)),
                };
                let waiting = self.pending.lock().expect("no holder panics").remove(*id);
                match waiting {
                    Some(waiting) => {
                        // The client may be gone.
                        let _ = waiting.send(returned);
                        empty(status)
                    }
                    None => empty(StatusCode::BAD_REQUEST),
                }
            }
            (&Method::POST, ["init", "error"]) => {
                let error = posted(request).await.map_or_else(|(_, why)| why, |body| reported(&body));
                self.ready.send_replace(Ready::Failed(error));
                empty(StatusCode::ACCEPTED)
            }
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        self.ready.send_replace(Ready::Yes);
        let next = self.invocations.lock().await.recv().await;
        let Some((Invocation { id, event, deadline, arn }, waiting)) = next else {
            // The instance is about to end.
            return empty(StatusCode::GONE);
        };
        let mut response = Response::new(Full::new(event));
        let values = [
            ("lambda-runtime-aws-request-id", id.clone()),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", arn),
            ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".to_string()),
            ("content-type", "application/json".to_string()),
        ];
        for (name, value) in values {
            match value.parse() {
                Ok(value) => drop(response.headers_mut().insert(name, value)),
                // Names of functions are letters and digits; then the event cannot be handed over.
                Err(_) => return empty(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
        self.pending.lock().expect("no holder panics").insert(id, waiting);
        response
    }
}

/// The body of what a process posts, or the status that refuses it and why.
async fn posted(request: Request<Incoming>) -> Result<Bytes, (StatusCode, String)> {
    match Limited::new(request.into_body(), MAX_RETURNED).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let why = format!("it returned more than {MAX_RETURNED} bytes");
            Err((StatusCode::PAYLOAD_TOO_LARGE, why))
        }
        Err(error) => Err((StatusCode::BAD_REQUEST, error.to_string())),
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}")));
    *response.status_mut() = status;
    response
}

fn reported(error: &[u8]) -> String {
    let beginning: String = String::from_utf8_lossy(error).chars().take(500).collect();
    format!("it reported an error: {beginning}")
}
