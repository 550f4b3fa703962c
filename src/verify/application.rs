//! A deployed application: requests as clients send them -> the answers that clients get, and who gave them.
//!
//! Input: functions with their programs, the routes of the gateway in front of them, and a request. Output: what the client gets, with the
//! key that took the request, the function that answered, and why one gave no answer that could be passed on. Deliberately absent: sockets
//! of clients (`serve`).

use hyper::body::Bytes;

use super::event::{self, Answer, Request};
use super::gateway::{Gateway, Matching};
use super::host::{Failed, Function, Host, Surroundings};
use crate::deployed::{Leads, Route};

/// What is deployed.
#[derive(Debug, Clone)]
pub struct Application {
    pub functions: Vec<Function>,
    pub routes: Vec<Route>,
    /// Position of the function that stands for one which exists already.
    pub existing: Option<usize>,
    pub around: Surroundings,
    pub matching: Matching,
}

/// An application whose functions start when they are asked.
pub(super) struct Running {
    gateway: Gateway,
    pub(super) host: Host,
    existing: Option<usize>,
}

/// An answer and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) answer: Answer,
    /// `GET /items/{id}`: the key of the gateway; `None` where it has none.
    pub(super) key: Option<String>,
    /// Position of the function; `None` where the gateway answers by itself.
    pub(super) function: Option<usize>,
    /// A sentence about a function that gave no answer that a gateway could pass on.
    pub(super) failed: Option<String>,
}

impl Outcome {
    /// What the gateway answers by itself.
    pub(super) fn of_gateway(answer: Answer) -> Self {
        Self { answer, key: None, function: None, failed: None }
    }
}

impl Running {
    pub(super) fn new(application: Application) -> Self {
        Self {
            gateway: Gateway::new(application.routes, application.matching),
            host: Host::new(application.functions, application.around),
            existing: application.existing,
        }
    }

    /// `number` tells requests of a run apart.
    pub(super) async fn answer(&self, request: &Request, number: u64) -> Outcome {
        let mut outcome = self.routed(request, number).await;
        if request.method == "HEAD" {
            // The length that a function gives for HEAD is that of what it would have sent.
            outcome.answer.body.clear();
        } else {
            outcome.answer.headers.remove("content-length");
        }
        outcome
    }

    /// Position of the function that gets a request.
    pub(super) fn leads_to(&self, request: &Request) -> Option<usize> {
        match self.gateway.choose(&request.method, request.path())?.route.leads {
            Leads::Function(at) => Some(at),
            Leads::Existing(_) => self.existing,
        }
    }

    async fn routed(&self, request: &Request, number: u64) -> Outcome {
        let Some(chosen) = self.gateway.choose(&request.method, request.path()) else {
            return Outcome::of_gateway(Answer::message(404, "Not Found"));
        };
        let key = Some(chosen.route.key.to_string());
        let at = match &chosen.route.leads {
            Leads::Function(at) => *at,
            Leads::Existing(parameter) => match self.existing {
                Some(at) => at,
                None => {
                    let answer = Answer::message(502, &without_program(parameter));
                    return Outcome { key, ..Outcome::of_gateway(answer) };
                }
            },
        };
        let event = event::event(request, &chosen, number).to_string();
        let answered = match self.host.invoke(at, Bytes::from(event)).await {
            Ok(returned) => event::answer(&returned).map_err(|why| (500, "Internal Server Error", why)),
            Err(failed @ Failed::TooSlow(_)) => Err((503, "Service Unavailable", failed.to_string())),
            Err(failed) => Err((500, "Internal Server Error", failed.to_string())),
        };
        let (answer, failed) = match answered {
            Ok(answer) => (answer, None),
            Err((status, text, why)) => (Answer::message(status, text), Some(why)),
        };
        Outcome { answer, key, function: Some(at), failed }
    }
}

fn without_program(parameter: &str) -> String {
    format!(
        "This request goes to the existing function that {parameter} names; --monolith gives a program for it"
    )
}
