//! Errors that end a run, and the exit code of each.

use super::Exit;
use crate::fileset::WriteError;
use crate::load::LoadError;

/// An error that knows its exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }

    pub(super) fn input(message: impl Into<String>) -> Self {
        Self { exit: Exit::Input, message: message.into() }
    }

    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self { exit: Exit::Refused, message: message.into() }
    }
}

pub(super) fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        failure.exit
    } else if let Some(error) = error.downcast_ref::<LoadError>() {
        if error.is_usage() { Exit::Usage } else { Exit::Input }
    } else if error.downcast_ref::<WriteError>().is_some() {
        Exit::Refused
    } else {
        Exit::Usage
    }
}
