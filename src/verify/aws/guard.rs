//! An endpoint between functions and what stands for AWS: it lets pass what the caller's role allows, and notes every call.
//!
//! Input: requests, signed with the name of a function as the key, and the roles by these names. Output: the stand-in's answers, or what
//! a service says to a caller that it denies; and what was called, denied and used. Deliberately absent: whether a signature is right.
//!
//! Sources: IAM user guide, "Troubleshoot access denied error messages"; S3 and SNS API references, "Common errors"; AWS JSON protocols
//! of Smithy.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::call::Call;
use super::client::{self, Reply};
use super::decode::{self, Account, Request, Signed};
use super::iam::{self, Atom, Need};
use crate::deployed::Permission;
use crate::verify::ACCOUNT;

/// About one connection or set anew.
const NOT_PASSED: &[&str] =
    &["connection", "content-length", "date", "expect", "host", "keep-alive", "server", "transfer-encoding"];

/// Pages of aliases that are asked for: as many as an account may have.
const MAX_PAGES: usize = 100;

/// Names of functions that have not asked for an event yet.
pub(in crate::verify) type Starting = Arc<Mutex<BTreeSet<String>>>;

/// What each caller may do; a caller without a role may do everything.
pub(in crate::verify) type Roles = BTreeMap<String, Vec<Permission>>;

/// Something that a role does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::verify) struct Denial {
    /// Name of the function.
    pub(in crate::verify) caller: String,
    pub(in crate::verify) action: String,
    pub(in crate::verify) resource: String,
}

/// What happened.
#[derive(Debug, Clone, Default)]
pub(in crate::verify) struct Notes {
    /// Since they were last taken.
    pub(in crate::verify) calls: Vec<Call>,
    /// Since they were last taken.
    pub(in crate::verify) denied: Vec<Denial>,
    /// Requests that were passed on although it is not known what they need, each once.
    pub(in crate::verify) unknown: BTreeSet<String>,
    /// By function.
    pub(in crate::verify) used: BTreeMap<String, BTreeSet<Atom>>,
}

/// A running endpoint; ends when it is dropped.
pub(in crate::verify) struct Guard {
    endpoint: String,
    pub(in crate::verify) starting: Starting,
    state: Arc<State>,
    server: JoinHandle<()>,
}

struct State {
    upstream: String,
    roles: Roles,
    starting: Starting,
    account: Mutex<Account>,
    notes: Mutex<Notes>,
}

impl Guard {
    pub(in crate::verify) async fn start(upstream: String, roles: Roles) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let starting = Starting::default();
        let state = Arc::new(State {
            upstream,
            roles,
            starting: starting.clone(),
            account: Mutex::default(),
            notes: Mutex::default(),
        });
        let server = tokio::spawn(serve(listener, state.clone()));
        Ok(Self { endpoint, starting, state, server })
    }

    pub(in crate::verify) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(in crate::verify) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.state.notes.lock().expect("no holder panics")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Without it, a small answer waits for the next acknowledgement.
        let _ = stream.set_nodelay(true);
        let state = state.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let state = state.clone();
                async move { Ok::<_, Infallible>(state.answer(request).await) }
            });
            // A function that is ended closes its connection in the middle.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl State {
    async fn answer(&self, request: http::Request<Incoming>) -> http::Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return plain(400, "the request ended in the middle") };
        let headers = parts.headers.iter();
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let request = Request {
            method: parts.method.to_string(),
            target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_string(),
            headers: headers.collect(),
            body: body.to_bytes().to_vec(),
        };
        let is_head = request.method == "HEAD";
        match self.passed(&request).await {
            Ok(reply) => response(reply, is_head),
            Err(why) => plain(502, &why),
        }
    }

    async fn passed(&self, request: &Request) -> Result<Reply, String> {
        let Some(signed) = request.signed() else {
            self.unknown(format!("{} {}: it is not signed", request.method, request.target));
            return self.forward(request).await;
        };
        let at_start = self.starting.lock().expect("no holder panics").contains(&signed.principal);
        self.note(|notes| notes.calls.push(Call::of(request, &signed, at_start)));
        let Some(role) = self.roles.get(&signed.principal) else { return self.forward(request).await };
        self.learn(request, &signed, role).await;
        self.learn_aliases(request, &signed).await;
        let decoded = decode::decode(request, &signed, &self.account.lock().expect("no holder panics"));
        let needs = match decoded {
            Ok(needs) => needs,
            Err(why) => {
                self.unknown(why);
                return self.forward(request).await;
            }
        };
        if let Some(denied) = self.denied(&signed, role, &needs.needs) {
            return Ok(refusal(request, &signed, &denied));
        }
        let reply = self.forward(request).await?;
        if reply.status == 404
            && let Some(denied) = self.denied(&signed, role, &needs.if_missing)
        {
            return Ok(refusal(request, &signed, &denied));
        }
        Ok(reply)
    }

    fn unknown(&self, why: String) {
        self.note(|notes| {
            notes.unknown.insert(why);
        });
    }

    fn note(&self, note: impl FnOnce(&mut Notes)) {
        note(&mut self.notes.lock().expect("no holder panics"));
    }

    /// The first that the role does not allow. Notes it, or what allowed all of them.
    fn denied(&self, signed: &Signed, role: &[Permission], needs: &[Need]) -> Option<Need> {
        let mut used = BTreeSet::new();
        for need in needs {
            match iam::allowing(role, need) {
                Ok(atoms) if atoms.is_empty() => {
                    let denial = Denial {
                        caller: signed.principal.clone(),
                        action: need.action.clone(),
                        resource: need.resource.clone(),
                    };
                    self.note(|notes| notes.denied.push(denial));
                    return Some(need.clone());
                }
                Ok(atoms) => used.extend(atoms),
                Err(why) => self.unknown(format!("{}: {why}", signed.principal)),
            }
        }
        self.note(|notes| notes.used.entry(signed.principal.clone()).or_default().extend(used));
        None
    }

    /// Asks for the partition key of a table where a condition is about its values.
    async fn learn(&self, request: &Request, signed: &Signed, role: &[Permission]) {
        let is_about_keys = |permission: &Permission| {
            permission
                .conditions
                .iter()
                .any(|condition| condition.key.eq_ignore_ascii_case("dynamodb:LeadingKeys"))
        };
        if signed.service != "dynamodb" || !role.iter().any(is_about_keys) {
            return;
        }
        for table in tables(request) {
            if self.account.lock().expect("no holder panics").partition_keys.contains_key(&table) {
                continue;
            }
            let mut asked = request.clone();
            asked.headers.insert("x-amz-target".into(), "DynamoDB_20120810.DescribeTable".into());
            asked.body = json!({ "TableName": table }).to_string().into_bytes();
            let Ok(reply) = self.forward(&asked).await else { continue };
            let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { continue };
            let mut account = self.account.lock().expect("no holder panics");
            let described = &body["Table"];
            let indexes = described["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
            let indexes = indexes
                .filter_map(|index| Some((format!("{table}/index/{}", index["IndexName"].as_str()?), index)));
            for (place, schema) in std::iter::once((table.clone(), described)).chain(indexes) {
                let keys = schema["KeySchema"].as_array().into_iter().flatten();
                let hash =
                    keys.filter(|key| key["KeyType"] == "HASH").find_map(|key| key["AttributeName"].as_str());
                account.partition_keys.extend(hash.map(|hash| (place, hash.to_string())));
            }
        }
    }

    /// Asks for the keys behind aliases where a request names one. Each time: a function may lead an alias to another key, and other data
    /// has other keys. Source: KMS API reference, `ListAliases`.
    async fn learn_aliases(&self, request: &Request, signed: &Signed) {
        if signed.service != "kms" || !String::from_utf8_lossy(&request.body).contains("alias/") {
            return;
        }
        let mut aliases = BTreeMap::new();
        let mut marker = None;
        for _ in 0..MAX_PAGES {
            let mut asked = request.clone();
            asked.headers.insert("x-amz-target".into(), "TrentService.ListAliases".into());
            asked.body = marker
                .map_or(json!({}), |marker: String| json!({ "Marker": marker }))
                .to_string()
                .into_bytes();
            let Ok(reply) = self.forward(&asked).await else { break };
            let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { break };
            for alias in body["Aliases"].as_array().into_iter().flatten() {
                let pair = alias["AliasName"].as_str().zip(alias["TargetKeyId"].as_str());
                aliases.extend(pair.map(|(name, key)| (name.to_string(), key.to_string())));
            }
            marker = body["NextMarker"].as_str().filter(|_| body["Truncated"] == true).map(str::to_string);
            if marker.is_none() {
                break;
            }
        }
        self.account.lock().expect("no holder panics").aliases = aliases;
    }

    async fn forward(&self, request: &Request) -> Result<Reply, String> {
        let headers = request.headers.iter().filter(|(name, _)| !NOT_PASSED.contains(&name.as_str()));
        let call = client::Call {
            method: &request.method,
            target: &request.target,
            headers: headers.map(|(name, value)| (name.as_str(), value.clone())).collect(),
            body: request.body.clone(),
        };
        client::send(&self.upstream, call).await
    }
}

/// Names of the tables that a request to DynamoDB is about.
fn tables(request: &Request) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        let name = |text: &str| text.rsplit('/').next().unwrap_or(text).to_string();
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match value {
                        Value::String(text) if key == "TableName" => drop(found.insert(name(text))),
                        Value::Object(tables) if key == "RequestItems" => {
                            found.extend(tables.keys().map(|table| name(table)));
                        }
                        value if key == "TransactItems" || value.is_object() => collect(value, found),
                        _ => {}
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    if let Ok(body) = serde_json::from_slice(&request.body) {
        collect(&body, &mut found);
    }
    found
}

/// How the services say that access is denied.
fn refusal(request: &Request, signed: &Signed, need: &Need) -> Reply {
    let caller = &signed.principal;
    let message = format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/{caller}/{caller} is not authorized to perform: {} on resource: {} \
         because no identity-based policy allows the {} action",
        need.action, need.resource, need.action
    );
    let (status, kind, headers, body) = match signed.service.as_str() {
        "s3" => (
            403,
            "application/xml",
            Vec::new(),
            format!("<Error><Code>AccessDenied</Code><Message>{}</Message></Error>", escaped(&message)),
        ),
        "sns" => {
            let error = format!(
                "<Type>Sender</Type><Code>AuthorizationError</Code><Message>{}</Message>",
                escaped(&message)
            );
            (403, "text/xml", Vec::new(), format!("<ErrorResponse><Error>{error}</Error></ErrorResponse>"))
        }
        _ => {
            let status = if request.operation().is_some() { 400 } else { 403 };
            let body = json!({"__type": "AccessDeniedException", "message": message, "Message": message});
            let headers = vec![("x-amzn-errortype".to_string(), "AccessDeniedException".to_string())];
            (status, "application/x-amz-json-1.0", headers, body.to_string())
        }
    };
    let kind = ("content-type".to_string(), kind.to_string());
    Reply { status, headers: headers.into_iter().chain([kind]).collect(), body: Bytes::from(body) }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn response(reply: Reply, is_head: bool) -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::new(if is_head { Bytes::new() } else { reply.body }));
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::BAD_GATEWAY);
    for (name, value) in reply.headers {
        // A HEAD is answered with the length of what a GET would bring.
        let is_passed = !NOT_PASSED.contains(&name.as_str()) || (is_head && name == "content-length");
        let (name, value) =
            (http::HeaderName::from_bytes(name.as_bytes()), http::HeaderValue::from_str(&value));
        if let (Ok(name), Ok(value), true) = (name, value, is_passed) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn plain(status: u16, why: &str) -> http::Response<Full<Bytes>> {
    response(Reply { status, headers: Vec::new(), body: Bytes::from(why.to_string()) }, false)
}

#[cfg(test)]
mod tests;
