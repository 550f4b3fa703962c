//! Functions as Lambda runs them: a process for each instance, started on demand.
//!
//! Input: programs with their environment, and events. Output: what a function returns, or why it returned nothing. An instance answers
//! one event at a time; further events at once start further instances. Deliberately absent: what an event holds (`event`).
//!
//! Sources: Lambda developer guide, "Defined runtime environment variables", "Lambda quotas", "Understanding the execution environment
//! lifecycle"; API Gateway developer guide, "Quotas for configuring and running an HTTP API".

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hyper::body::Bytes;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::aws::Starting;
use super::log::{self, Tail};
use super::runtime::{Invocation, Runtime};

/// The account that local functions believe to be in.
pub const ACCOUNT: &str = "123456789012";
/// Where calls of AWS go without an endpoint: nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Processes that run at once over all functions: beyond that, the one that was idle longest ends, or an event waits.
const MAX_INSTANCES: usize = 64;
/// How long a process may take until it asks for its first event.
const INIT_LIMIT: Duration = Duration::from_secs(10);
/// How long the gateway waits.
const GATEWAY_LIMIT: Duration = Duration::from_secs(30);

/// A function as it is deployed.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its logical id, which the key of its credentials is too.
    pub name: String,
    pub program: PathBuf,
    /// Where it runs.
    pub folder: PathBuf,
    /// What the template sets, with its parameters worked out.
    pub environment: BTreeMap<String, String>,
    pub timeout: Duration,
    /// MB
    pub memory: u32,
}

/// What is around all functions.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub region: String,
    /// Where calls of AWS go.
    pub endpoint: Option<String>,
    /// A folder for the output of each function.
    pub logs: PathBuf,
}

/// Why a function returned nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failed {
    #[error("it cannot be started: {0}")]
    NotStarted(String),
    #[error("it ended ({0}) before it answered")]
    Ended(String),
    #[error("it did not ask for an event within {0} s")]
    NotReady(u64),
    #[error("it did not answer within its time limit of {0} s")]
    TimedOut(u64),
    #[error("it did not answer within the {0} s that the gateway waits")]
    TooSlow(u64),
    /// A sentence of its runtime API.
    #[error("{0}")]
    Error(String),
}

/// All functions of one deployment.
pub(super) struct Host {
    functions: Vec<Deployed>,
    around: Surroundings,
    /// A permit for each event that is being answered.
    running: Semaphore,
    numbers: AtomicU64,
    /// Those that have not asked for an event yet.
    pub(super) starting: Starting,
}

struct Deployed {
    function: Function,
    /// The one that was used last stands last.
    idle: Mutex<Vec<Instance>>,
    tail: Arc<Mutex<Tail>>,
    meter: Mutex<Meter>,
}

/// What instances of a function took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Meter {
    /// Of each start: the time until the process asked for its first event.
    pub(super) starts: Vec<Duration>,
    /// kB at its peak, of the process that had the most; 0 where this system does not say it.
    pub(super) memory: u64,
}

/// A running process and the way to it.
struct Instance {
    child: Child,
    runtime: Runtime,
    used: Instant,
}

impl Host {
    pub(super) fn new(functions: Vec<Function>, around: Surroundings) -> Self {
        let deployed = |function| Deployed {
            function,
            idle: Mutex::default(),
            tail: Arc::default(),
            meter: Mutex::default(),
        };
        Self {
            functions: functions.into_iter().map(deployed).collect(),
            around,
            running: Semaphore::new(MAX_INSTANCES),
            numbers: AtomicU64::default(),
            starting: Starting::default(),
        }
    }

    /// How many functions there are.
    pub(super) fn len(&self) -> usize {
        self.functions.len()
    }

    pub(super) fn name(&self, at: usize) -> &str {
        &self.functions[at].function.name
    }

    pub(super) fn log_of(&self, at: usize) -> PathBuf {
        self.around.logs.join(format!("{}.log", self.name(at)))
    }

    /// The end of what a function wrote.
    pub(super) fn tail(&self, at: usize) -> MutexGuard<'_, Tail> {
        self.functions[at].tail.lock().expect("no holder panics")
    }

    /// What instances of a function took since it was last asked; those that are busy do not count.
    pub(super) fn metered(&self, at: usize) -> Meter {
        let deployed = &self.functions[at];
        deployed
            .idle
            .lock()
            .expect("no holder panics")
            .iter()
            .for_each(|instance| deployed.measure(instance));
        std::mem::take(&mut deployed.meter.lock().expect("no holder panics"))
    }

    /// Sends one event to one function and waits for what it returns.
    pub(super) async fn invoke(&self, at: usize, event: Bytes) -> Result<Bytes, Failed> {
        let _permit = self.running.acquire().await.expect("it is never closed");
        let deployed = &self.functions[at];
        let function = &deployed.function;
        let idle = deployed.idle.lock().expect("no holder panics").pop();
        // One that ended since is replaced.
        let mut instance = match idle.and_then(running) {
            Some(instance) => instance,
            None => self.start(deployed, &self.log_of(at)).await?,
        };
        let number = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let invocation = Invocation {
            id: format!("00000000-0000-0000-0000-{number:012x}"),
            event,
            deadline: (now + function.timeout).as_millis(),
            arn: format!("arn:aws:lambda:{}:{ACCOUNT}:function:{}", self.around.region, function.name),
        };
        let limit = function.timeout.min(GATEWAY_LIMIT);
        let outcome = tokio::select! {
            // An answer counts, whatever becomes of the process afterwards.
            biased;
            answer = instance.runtime.invoke(invocation) => match answer {
                Some(Ok(body)) => Ok(body),
                Some(Err(error)) => Err(Failed::Error(error)),
                None => Err(Failed::Ended("its connection closed".to_string())),
            },
            status = instance.child.wait() => Err(Failed::Ended(shown(status))),
            () = tokio::time::sleep(limit) => Err(if function.timeout > GATEWAY_LIMIT {
                Failed::TooSlow(GATEWAY_LIMIT.as_secs())
            } else {
                Failed::TimedOut(function.timeout.as_secs())
            }),
        };
        if matches!(outcome, Ok(_) | Err(Failed::Error(_))) {
            instance.used = Instant::now();
            deployed.idle.lock().expect("no holder panics").push(instance);
        } else {
            // A function that failed otherwise starts anew, as on Lambda.
            deployed.measure(&instance);
            instance.end().await;
        }
        outcome
    }

    /// Starts a process and waits until it asks for its first event.
    async fn start(&self, deployed: &Deployed, log: &Path) -> Result<Instance, Failed> {
        let Deployed { function, tail, .. } = deployed;
        self.make_room().await;
        let begun = Instant::now();
        let _starting = IsStarting::new(&self.starting, &function.name);
        let failed = |error: std::io::Error| Failed::NotStarted(error.to_string());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let mut child = Command::new(&function.program)
            .current_dir(&function.folder)
            .env_clear()
            .envs(self.environment(function, address))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failed::NotStarted(format!("{}: {error}", function.program.display())))?;
        if let Some(out) = child.stdout.take() {
            tokio::spawn(log::keep(out, log.to_path_buf(), tail.clone()));
        }
        if let Some(err) = child.stderr.take() {
            tokio::spawn(log::keep(err, log.to_path_buf(), tail.clone()));
        }
        let mut runtime = Runtime::serve(listener);
        tokio::select! {
            ready = runtime.ready() => ready.map_err(Failed::Error)?,
            status = child.wait() => return Err(Failed::Ended(shown(status))),
            () = tokio::time::sleep(INIT_LIMIT) => return Err(Failed::NotReady(INIT_LIMIT.as_secs())),
        }
        deployed.meter.lock().expect("no holder panics").starts.push(begun.elapsed());
        Ok(Instance { child, runtime, used: Instant::now() })
    }

    /// Ends idle processes while too many run.
    async fn make_room(&self) {
        loop {
            let busy = MAX_INSTANCES - self.running.available_permits();
            let mut idle = 0;
            let mut longest: Option<(Instant, &Deployed)> = None;
            for deployed in &self.functions {
                let instances = deployed.idle.lock().expect("no holder panics");
                idle += instances.len();
                if let Some(first) = instances.first()
                    && longest.is_none_or(|(used, _)| first.used < used)
                {
                    longest = Some((first.used, deployed));
                }
            }
            let Some((_, deployed)) = longest.filter(|_| busy + idle > MAX_INSTANCES) else { return };
            deployed.end(|at, _| at == 0).await;
        }
    }

    /// Ends processes that had nothing to do for so long.
    pub(super) async fn end_idle(&self, longer: Duration) {
        for deployed in &self.functions {
            deployed.end(|_, instance| instance.used.elapsed() >= longer).await;
        }
    }

    /// What Lambda provides, and what the template sets; nothing of this process's own environment.
    fn environment(&self, function: &Function, api: SocketAddr) -> BTreeMap<String, String> {
        let region = &self.around.region;
        let provided = [
            ("AWS_LAMBDA_RUNTIME_API", api.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_string()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory.to_string()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0".to_string()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_string()),
            ("AWS_REGION", region.clone()),
            ("AWS_DEFAULT_REGION", region.clone()),
            // Whoever stands in for AWS knows by it whose role counts.
            ("AWS_ACCESS_KEY_ID", function.name.clone()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_string()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_string()),
            ("AWS_ENDPOINT_URL", self.around.endpoint.clone().unwrap_or_else(|| NOWHERE.to_string())),
            ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_string()),
            ("LAMBDA_TASK_ROOT", function.folder.display().to_string()),
            ("_HANDLER", "bootstrap".to_string()),
            ("LANG", "en_US.UTF-8".to_string()),
            ("PATH", "/usr/local/bin:/usr/bin/:/bin".to_string()),
            ("TZ", ":UTC".to_string()),
        ];
        let mut all: BTreeMap<String, String> =
            provided.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        all.extend(function.environment.clone());
        all
    }
}

impl Deployed {
    /// Ends those idle instances that `which` picks by position.
    async fn end(&self, which: impl Fn(usize, &Instance) -> bool) {
        let picked: Vec<Instance> = {
            let mut idle = self.idle.lock().expect("no holder panics");
            let mut at = 0..;
            idle.extract_if(.., |instance| at.next().is_some_and(|at| which(at, instance))).collect()
        };
        for instance in picked {
            self.measure(&instance);
            instance.end().await;
        }
    }

    fn measure(&self, instance: &Instance) {
        let peak = instance.child.id().and_then(peak).unwrap_or_default();
        let mut meter = self.meter.lock().expect("no holder panics");
        meter.memory = meter.memory.max(peak);
    }
}

/// kB that a process had in memory at its peak. Source: proc(5), `VmHWM`.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

impl Instance {
    async fn end(mut self) {
        // It may have ended by itself.
        let _ = self.child.kill().await;
    }
}

/// While it is there, a function has not asked for an event yet.
struct IsStarting<'s> {
    all: &'s Starting,
    name: &'s str,
}

impl<'s> IsStarting<'s> {
    fn new(all: &'s Starting, name: &'s str) -> Self {
        all.lock().expect("no holder panics").insert(name.to_string());
        Self { all, name }
    }
}

impl Drop for IsStarting<'_> {
    fn drop(&mut self) {
        self.all.lock().expect("no holder panics").remove(self.name);
    }
}

/// An idle instance whose process has not ended meanwhile.
fn running(mut instance: Instance) -> Option<Instance> {
    matches!(instance.child.try_wait(), Ok(None)).then_some(instance)
}

fn shown(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}
