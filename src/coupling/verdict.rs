//! Numbers -> whether services of their own are worth it. Functions of their own, each with its role, do not depend on that.

use crate::metrics::{Metrics, ratio};

/// Whether splitting into services is worth it, with the numbers that say so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    pub is_worth_it: bool,
    /// What speaks against it, or where nothing does, the numbers.
    pub because: Vec<String>,
}

/// Above this share of routes in one service, the others are not worth the border.
const LARGEST: f64 = 0.8;
/// Above this share of routes or tables across services, the border cuts more than it keeps.
const ACROSS: f64 = 0.5;

/// What the numbers of a plan say.
pub fn judge(metrics: &Metrics) -> Verdict {
    let data = &metrics.data;
    let placed: usize = metrics.services.iter().map(|service| service.routes).sum();
    if metrics.services.len() < 2 {
        return Verdict {
            is_worth_it: false,
            because: vec![match placed {
                1 => "there is one route".to_string(),
                _ => format!("all {placed} routes are in one service"),
            }],
        };
    }
    let largest = metrics.services.iter().max_by_key(|service| service.routes);
    let largest = largest.map_or(String::new(), |service| {
        let share = 100.0 * metrics.largest_share;
        format!("{} of {placed} routes ({share:.0} %) are in {}", service.routes, service.name)
    });
    let split = format!(
        "{} of {} routes that use data use data of another service",
        data.split_routes, data.routes_with_data
    );
    let apart = format!(
        "{} of {} tables and buckets are written by several services",
        data.data_written_apart, data.owned_data
    );
    let unknown = "no handler is known to use data, so nothing says that the services are apart".to_string();
    let against = [
        (data.routes_with_data == 0, &unknown),
        (metrics.largest_share > LARGEST, &largest),
        (ratio(data.split_routes, data.routes_with_data) > ACROSS, &split),
        (ratio(data.data_written_apart, data.owned_data) > ACROSS, &apart),
    ];
    let against: Vec<String> =
        against.into_iter().filter(|(holds, _)| *holds).map(|(_, said)| said.clone()).collect();
    if against.is_empty() {
        Verdict { is_worth_it: true, because: vec![largest, split, apart] }
    } else {
        Verdict { is_worth_it: false, because: against }
    }
}
