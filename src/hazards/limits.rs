//! Limits that the program sets above those of the way to it.
//!
//! Source of the numbers: Lambda, "Quotas" (6 MB for a request and for an answer); API Gateway, "Quotas for HTTP APIs" (30 seconds).

use super::constant::number;
use super::unit::{Unit, called, has};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::resolve::Program;
use crate::routes::{RouteTable, ServedBy};
use crate::syntax::ast::{Expr, ExprKind};

/// Bytes of a request that Lambda takes.
const MAX_BODY: u64 = 6 * 1024 * 1024;

/// Seconds for which an HTTP API waits.
const MAX_SECONDS: u64 = 30;

/// One finding for each limit that is too high. What already runs on Lambda has these limits today: then it is a note.
pub(super) fn find(program: &Program, routes: &RouteTable, start: &[Unit<'_>]) -> Vec<Diagnostic> {
    let is_new_on_lambda = !routes.served_by.contains(&ServedBy::Lambda);
    let mut found = Vec::new();
    for unit in start {
        unit.exprs(&mut |expr| {
            let Some(message) = too_high(program, unit, expr) else { return };
            let mut finding = Diagnostic::new(Code::LIMIT_ABOVE_GATEWAY, message).at(unit.at(expr.span));
            if is_new_on_lambda {
                finding.severity = Severity::Warning;
            }
            found.push(finding);
        });
    }
    found
}

fn too_high(program: &Program, unit: &Unit<'_>, expr: &Expr) -> Option<String> {
    let ExprKind::Call { args, .. } = &expr.kind else { return None };
    let path = called(program, unit.def, expr)?;
    let bytes = |arg: &Expr| {
        let bytes = number(program, unit.def, arg).filter(|bytes| *bytes > MAX_BODY)?;
        Some(format!("bodies of {bytes} bytes are allowed, and Lambda takes {MAX_BODY}"))
    };
    if has(&path, "axum", "DefaultBodyLimit") {
        return match (path.last(), args.as_slice()) {
            ("max", [arg]) => bytes(arg),
            ("disable", []) => {
                Some(format!("bodies of any size are allowed, and Lambda takes {MAX_BODY} bytes"))
            }
            _ => None,
        };
    }
    if has(&path, "tower_http", "RequestBodyLimitLayer") {
        return bytes(args.first()?);
    }
    if has(&path, "tower_http", "TimeoutLayer") || has(&path, "tower", "TimeoutLayer") {
        let seconds = args.iter().find_map(|arg| seconds(program, unit, arg))?;
        return (seconds > MAX_SECONDS)
            .then(|| format!("answers may take {seconds} seconds, and an HTTP API waits for {MAX_SECONDS}"));
    }
    None
}

/// Seconds of `Duration::from_secs(..)` and its kin.
fn seconds(program: &Program, unit: &Unit<'_>, expr: &Expr) -> Option<u64> {
    let ExprKind::Call { args, .. } = &expr.kind else { return None };
    let path = called(program, unit.def, expr)?;
    let value = number(program, unit.def, args.first()?)?;
    if !has(&path, path.krate(), "Duration") {
        return None;
    }
    match path.last() {
        "from_secs" => Some(value),
        "from_millis" => Some(value / 1000),
        "from_mins" => value.checked_mul(60),
        _ => None,
    }
}
