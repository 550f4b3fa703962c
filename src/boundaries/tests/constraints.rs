//! What a plan demands holds for any application, where it can.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::boundaries::Constraints;

/// Routes of a made-up application: a subject, and a table that is read or written.
fn app(routes: &[(usize, usize, bool)]) -> App {
    let mut app = App::new();
    for (at, &(subject, used, writes)) in routes.iter().enumerate() {
        let id = format!("GET /subject{subject}/p{at}/x");
        let name = format!("T{used}");
        if writes {
            app.writes(&id, &name)
        } else {
            app.reads(&id, &name)
        };
    }
    app
}

/// The service of each route by its id.
fn services(app: &mut App, pins: &Pins) -> BTreeMap<String, String> {
    let proposal = proposal_with(app, pins);
    let placed = proposal.services.iter().flat_map(|service| {
        service.routes.iter().map(|placed| (app.routes.routes[placed.route].id.clone(), service.name.clone()))
    });
    placed.collect()
}

fn size_of_largest(services: &BTreeMap<String, String>) -> usize {
    let mut sizes: BTreeMap<&String, usize> = BTreeMap::new();
    services.values().for_each(|service| *sizes.entry(service).or_default() += 1);
    sizes.into_values().max().unwrap_or(0)
}

/// More than is divided without a plan: 600 routes of 60 subjects, of which two in three write one table.
#[test]
fn a_large_knot_keeps_to_the_number_of_routes() {
    let routes: Vec<(usize, usize, bool)> =
        (0..600).map(|at| (at / 10, if at / 10 % 3 < 2 { 0 } else { 1 + at / 10 }, true)).collect();
    let mut app = app(&routes);
    let constraints = Constraints { max_routes: Some(20), ..Constraints::default() };
    let services = services(&mut app, &Pins { constraints, ..Pins::default() });
    assert_eq!(size_of_largest(&services), 20);
    // 400 in the knot, and 20 subjects by themselves.
    assert_eq!(services.values().collect::<BTreeSet<_>>().len(), 40);
    // Subjects stay in one piece.
    let subjects: BTreeSet<(&str, &String)> =
        services.iter().map(|(id, service)| (id.split('/').nth(1).unwrap(), service)).collect();
    assert!(subjects.len() < 66, "{}", subjects.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Halves of the routes that are kept together in pairs, and from each other.
    #[test]
    fn together_apart_and_most_routes_hold(
        routes in prop::collection::vec((0_usize..4, 0_usize..4, any::<bool>()), 4..24),
        pairs in prop::collection::vec((0_usize..12, 0_usize..12), 0..3),
        apart in prop::collection::vec((0_usize..12, 12_usize..24), 0..4),
        max_routes in 4_usize..9,
    ) {
        let mut app = app(&routes);
        let ids: Vec<String> = app.routes.routes.iter().map(|route| route.id.clone()).collect();
        let half = ids.len() / 2;
        let id = |at: usize| if at < 12 { ids[at % half].clone() } else { ids[half + at % (ids.len() - half)].clone() };
        let sets = |pairs: &[(usize, usize)]| -> Vec<Vec<String>> {
            pairs.iter().map(|&(one, other)| vec![id(one), id(other)]).collect()
        };
        let constraints = Constraints {
            together: sets(&pairs),
            apart: sets(&apart),
            max_routes: Some(max_routes),
            ..Constraints::default()
        };
        let mut pins = Pins { constraints, ..Pins::default() };
        let first = services(&mut app, &pins);
        prop_assert_eq!(first.len(), ids.len());
        for set in &pins.constraints.together {
            prop_assert_eq!(&first[&set[0]], &first[&set[1]]);
        }
        for set in &pins.constraints.apart {
            prop_assert_ne!(&first[&set[0]], &first[&set[1]]);
        }
        prop_assert!(size_of_largest(&first) <= max_routes, "{first:?}");
        // What is placed stays, and the last route finds its place beside it.
        pins.services.extend(first.clone().into_iter().filter(|(placed, _)| *placed != ids[ids.len() - 1]));
        let second = services(&mut app, &pins);
        for (placed, service) in &pins.services {
            prop_assert_eq!(&second[placed], service);
        }
        for set in &pins.constraints.apart {
            prop_assert_ne!(&second[&set[0]], &second[&set[1]]);
        }
        prop_assert!(size_of_largest(&second) <= max_routes, "{second:?}");
    }

    #[test]
    fn there_are_as_many_services_as_the_plan_wants(
        routes in prop::collection::vec((0_usize..6, 0_usize..4, any::<bool>()), 1..16),
        wanted in 1_usize..8,
    ) {
        let mut app = app(&routes);
        let wanted = wanted.min(routes.len());
        let (least_services, most_services) = (Some(wanted), Some(wanted));
        let constraints = Constraints { least_services, most_services, ..Constraints::default() };
        let pins = Pins { constraints, ..Pins::default() };
        let services = services(&mut app, &pins);
        prop_assert_eq!(services.values().collect::<BTreeSet<_>>().len(), wanted);
    }
}
