//! A stand-in for AWS per side, with the same data at each beginning.
//!
//! Input: a command, or the address of one that runs. Output: a running stand-in that can be filled anew. What a person started is never
//! emptied; what was started here is, by its own request for that (moto, LocalStack), or by starting it again.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use super::client::{self, Call};
use super::seed::Seed;
use crate::verify::log;

/// How long a stand-in may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long it may take to end after it was asked to.
const END_LIMIT: Duration = Duration::from_secs(5);
/// Requests that make a stand-in forget everything: those of moto and LocalStack.
const RESETS: &[&str] = &["/moto-api/reset", "/_localstack/state/reset"];

/// Where the data of a side is.
#[derive(Debug, Clone)]
pub enum Place {
    /// Program and arguments; `{port}` in them is where it has to listen, on 127.0.0.1.
    Started(Vec<String>),
    /// Of one that runs: `http://127.0.0.1:5000`.
    Running(String),
}

/// What stands for AWS on one side, and what it holds at the start.
#[derive(Debug, Clone)]
pub struct Data {
    pub place: Place,
    pub seed: Seed,
    /// Program and arguments that fill it further; `AWS_ENDPOINT_URL` says where it is.
    pub fill: Option<Vec<String>>,
    pub region: String,
    /// For what it prints.
    pub log: PathBuf,
}

/// Why there is no data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(in crate::verify) struct StandError(String);

/// A stand-in that runs.
pub(in crate::verify) struct Stand {
    data: Data,
    endpoint: String,
    /// `None` where a person started it.
    child: Option<Child>,
    /// Whether it holds nothing: it was just started.
    is_fresh: bool,
}

impl Stand {
    pub(in crate::verify) async fn start(data: Data) -> Result<Self, StandError> {
        match &data.place {
            Place::Running(endpoint) => {
                client::authority(endpoint).map_err(StandError)?;
                Ok(Self { endpoint: endpoint.clone(), data, child: None, is_fresh: false })
            }
            Place::Started(command) => {
                let port = free_port().await.map_err(|error| StandError(error.to_string()))?;
                let child = started(command, port, &data).await?;
                let endpoint = format!("http://127.0.0.1:{port}");
                Ok(Self { data, endpoint, child: Some(child), is_fresh: true })
            }
        }
    }

    pub(in crate::verify) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Makes the data what it is at the start.
    pub(in crate::verify) async fn reset(&mut self) -> Result<(), StandError> {
        if self.child.is_some() && !std::mem::take(&mut self.is_fresh) {
            self.empty().await?;
        }
        self.data.seed.fill(&self.endpoint, &self.data.region).await.map_err(StandError)?;
        match &self.data.fill {
            Some(command) => self.fill(command).await,
            None => Ok(()),
        }
    }

    async fn empty(&mut self) -> Result<(), StandError> {
        for target in RESETS {
            let call = Call { method: "POST", target, headers: Vec::new(), body: Vec::new() };
            if client::send(&self.endpoint, call).await.is_ok_and(|reply| reply.status == 200) {
                return Ok(());
            }
        }
        let Place::Started(command) = &self.data.place else { return Ok(()) };
        if let Some(child) = self.child.take() {
            ended(child).await;
        }
        // The functions know this address.
        let port = self.endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
        self.child = Some(started(command, port, &self.data).await?);
        Ok(())
    }

    async fn fill(&self, command: &[String]) -> Result<(), StandError> {
        let (program, arguments) =
            command.split_first().ok_or_else(|| StandError("an empty command".to_string()))?;
        let variables = [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_REGION", &self.data.region),
            ("AWS_DEFAULT_REGION", &self.data.region),
            ("AWS_ACCESS_KEY_ID", "seed"),
            ("AWS_SECRET_ACCESS_KEY", "seed"),
        ];
        let output = Command::new(program)
            .args(arguments)
            .envs(variables)
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| StandError(format!("cannot run `{program}`: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
        Err(StandError(format!("`{}` failed ({}): {said}", command.join(" "), output.status)))
    }

    pub(in crate::verify) async fn end(self) {
        if let Some(child) = self.child {
            ended(child).await;
        }
    }
}

/// A port where nothing listens.
async fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port())
}

/// Starts a stand-in and waits until it listens.
async fn started(command: &[String], port: u16, data: &Data) -> Result<Child, StandError> {
    let filled: Vec<String> = command.iter().map(|part| part.replace("{port}", &port.to_string())).collect();
    let shown = filled.join(" ");
    if filled == command {
        return Err(StandError(format!("`{shown}` does not say where to listen: put `{{port}}` in it")));
    }
    let failed = |why: String| StandError(format!("`{shown}`, which should stand for AWS, {why}"));
    let mut child = Command::new(&filled[0])
        .args(&filled[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    let tail = Arc::new(Mutex::new(log::Tail::default()));
    if let Some(out) = child.stdout.take() {
        tokio::spawn(log::keep(out, data.log.clone(), tail.clone()));
    }
    if let Some(err) = child.stderr.take() {
        tokio::spawn(log::keep(err, data.log.clone(), tail.clone()));
    }
    let begun = Instant::now();
    loop {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
            return Ok(child);
        }
        if let Ok(Some(status)) = child.try_wait() {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let said = tail.lock().expect("no holder panics").since(0).join("\n");
            return Err(failed(format!("ended ({status}): {said}")));
        }
        if begun.elapsed() > START_LIMIT {
            let (seconds, log) = (START_LIMIT.as_secs(), data.log.display());
            return Err(failed(format!(
                "did not listen on port {port} within {seconds} s; its output is in {log}"
            )));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Asks a process to end, and ends it where it does not. One that runs a container has to end that too.
async fn ended(mut child: Child) {
    #[cfg(unix)]
    if let Some(id) =
        child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
    {
        // It may have ended by itself.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        if tokio::time::timeout(END_LIMIT, child.wait()).await.is_ok() {
            return;
        }
    }
    let _ = child.kill().await;
}
