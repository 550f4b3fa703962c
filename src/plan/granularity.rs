//! How many routes one function holds.

use crate::routes::{Method, Route};

/// How new routes become functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Granularity {
    /// A function per route.
    #[default]
    Route,
    /// Two functions per service: GET and HEAD, and all other methods.
    ReadWrite,
    /// A function per subject, for example all of `/users`.
    Resource,
    /// A function per service.
    Service,
}

impl Granularity {
    pub const ALL: [Granularity; 4] =
        [Granularity::Route, Granularity::ReadWrite, Granularity::Resource, Granularity::Service];

    /// As in the plan file and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Granularity::Route => "route",
            Granularity::ReadWrite => "read-write",
            Granularity::Resource => "resource",
            Granularity::Service => "service",
        }
    }

    pub fn from_name(name: &str) -> Option<Granularity> {
        Self::ALL.into_iter().find(|granularity| granularity.as_str() == name)
    }

    /// The name of the function that holds all routes like this one; none at one function per route.
    pub(super) fn function_of(self, route: &Route, service: &str, group: &str) -> Option<String> {
        match self {
            Granularity::Route => None,
            Granularity::ReadWrite => Some(match route.method {
                Method::Get | Method::Head => format!("{service}-read"),
                _ => format!("{service}-write"),
            }),
            Granularity::Resource => Some(format!("{group}-api")),
            Granularity::Service => Some(format!("{service}-api")),
        }
    }
}
