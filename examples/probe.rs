//! A Lambda function that does what the path of its event says, or what a file beside it says: for tests of what runs functions.
//!
//! The file is called like the program, with `.json` behind it: `{"GET /items": ANSWER, "GET *": ANSWER, "*": ANSWER}`. An answer is
//! what a function returns, with `prints`, `exits`, `hangs`, `floods`, `returns` (a text in place of all else), `limit` (bytes of a body
//! that it takes) and `calls` (operations of DynamoDB with their parameters) beside it; `{pid}` in its body and in parameters becomes the process's number, `{posts}` in its body how many POSTs the
//! process has got.
//!
//! It speaks the Lambda Runtime API over plain sockets, so that it needs nothing but the standard library and JSON.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

/// What one process remembers.
static POSTS: AtomicUsize = AtomicUsize::new(0);

fn main() -> std::io::Result<()> {
    if let [_, listen, port] = std::env::args().collect::<Vec<_>>().as_slice()
        && listen == "listen"
    {
        return stand_in(port);
    }
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").map_err(std::io::Error::other)?;
    let own = std::env::var_os("AWS_LAMBDA_FUNCTION_NAME");
    if own.is_some() && own == std::env::var_os("REFUSES_TO_START") {
        sent(&api, "POST", "init/error", br#"{"errorMessage":"it has no table"}"#)?;
        std::process::exit(1);
    }
    loop {
        let (head, event) = sent(&api, "GET", "invocation/next", b"")?;
        let id = head.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: "));
        let id = id.ok_or_else(|| std::io::Error::other(format!("no event: {head}")))?;
        let event: Value = serde_json::from_slice(&event)?;
        let (what, returned) = done(&event);
        sent(&api, "POST", &format!("invocation/{id}/{what}"), &returned)?;
    }
}

/// Answers each request with an empty object, as something that stands for AWS.
fn stand_in(port: &str) -> std::io::Result<()> {
    let listener = std::net::TcpListener::bind(format!("127.0.0.1:{port}"))?;
    for stream in listener.incoming() {
        let mut stream = stream?;
        stream.set_read_timeout(Some(Duration::from_millis(200)))?;
        // Small requests come at once.
        let _ = stream.read(&mut [0; 16 * 1024]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    }
    Ok(())
}

fn hang() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}

/// Writes 30 MB; whether all of it could be written.
fn flood() -> bool {
    let line = [b'x'; 1024];
    let mut out = std::io::stdout().lock();
    (0..30 * 1024).all(|_| out.write_all(&line).is_ok())
}

/// What is posted for an event, and whether that is an error.
fn done(event: &Value) -> (&'static str, Vec<u8>) {
    let answered = |body: String| json!({ "statusCode": 200, "body": body }).to_string().into_bytes();
    let pid = || answered(std::process::id().to_string());
    if let Some(told) = told(event) {
        return ("response", told);
    }
    let returned = match event["rawPath"].as_str().unwrap_or_default() {
        "/crash" => std::process::exit(3),
        "/hang" => hang(),
        "/garbage" => b"this is no JSON".to_vec(),
        "/bad-header" => json!({ "statusCode": 200, "headers": { "a b": "c" } }).to_string().into_bytes(),
        "/error" => return ("error", br#"{"errorMessage":"it went wrong"}"#.to_vec()),
        "/large" => vec![b'1'; 7 * 1024 * 1024],
        "/flood" => answered(flood().to_string()),
        "/environment" => answered(json!(std::env::vars().collect::<Vec<_>>()).to_string()),
        "/pid" => pid(),
        "/slow" => {
            std::thread::sleep(Duration::from_millis(400));
            pid()
        }
        _ => json!({
            "statusCode": 201,
            "headers": { "content-type": "application/json", "content-length": "1", "connection": "close" },
            "cookies": ["a=1", "b=2"],
            "body": event.to_string(),
        })
        .to_string()
        .into_bytes(),
    };
    ("response", returned)
}

/// What the file beside the program says.
fn told(event: &Value) -> Option<Vec<u8>> {
    let program = std::env::current_exe().ok()?;
    let file = std::fs::read(program.with_extension("json")).ok()?;
    let answers: Value = serde_json::from_slice(&file).expect("the file is JSON");
    let method = event.pointer("/requestContext/http/method")?.as_str()?;
    let path = event["rawPath"].as_str()?;
    if method == "POST" {
        POSTS.fetch_add(1, Ordering::Relaxed);
    }
    let keys = [format!("{method} {path}"), format!("{method} *"), "*".to_string()];
    let mut answer = keys.iter().find_map(|key| answers.get(key))?.clone();
    if let Some(line) = answer["prints"].as_str() {
        writeln!(std::io::stderr(), "{line}").ok()?;
    }
    if answer["hangs"] == true {
        hang();
    }
    if answer["floods"] == true {
        flood();
    }
    if let Some(text) = answer["returns"].as_str() {
        return Some(text.as_bytes().to_vec());
    }
    if let Some(code) = answer["exits"].as_i64() {
        std::process::exit(i32::try_from(code).unwrap_or(1));
    }
    let length = event.pointer("/headers/content-length").and_then(Value::as_str);
    let length = length.and_then(|length| length.parse::<u64>().ok()).unwrap_or(0);
    if answer["limit"].as_u64().is_some_and(|limit| length > limit) {
        answer = json!({ "statusCode": 413, "body": "length limit exceeded" });
    }
    for call in answer["calls"].as_array().into_iter().flatten() {
        let operation = call[0].as_str().unwrap_or_default();
        let parameters = call[1].to_string().replace("{pid}", &std::process::id().to_string());
        if !called(operation, &parameters).is_ok_and(|status| status == 200) {
            answer = json!({ "statusCode": 500, "body": format!("{operation} failed") });
            break;
        }
    }
    let body = answer["body"].as_str().unwrap_or_default().replace("{pid}", &std::process::id().to_string());
    let body = body.replace("{posts}", &POSTS.load(Ordering::Relaxed).to_string());
    answer["body"] = Value::String(body);
    Some(answer.to_string().into_bytes())
}

/// Asks DynamoDB for something; the status of its answer.
fn called(operation: &str, parameters: &str) -> std::io::Result<u16> {
    let of = |name: &str| std::env::var(name).map_err(std::io::Error::other);
    let (endpoint, key, region) = (of("AWS_ENDPOINT_URL")?, of("AWS_ACCESS_KEY_ID")?, of("AWS_REGION")?);
    let host = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    let length = parameters.len();
    write!(
        stream,
        "POST / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\nx-amz-target: DynamoDB_20120810.{operation}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/dynamodb/aws4_request, SignedHeaders=host\r\n\r\n{parameters}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::Error::other("no answer"))
}

/// Sends a request on a connection of its own; head and body of the answer.
fn sent(api: &str, method: &str, path: &str, body: &[u8]) -> std::io::Result<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect(api)?;
    let length = body.len();
    write!(
        stream,
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    )?;
    // What is refused for its size is not read to the end.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| std::io::Error::other("no answer"))?;
    Ok((String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end + 4..].to_vec()))
}
