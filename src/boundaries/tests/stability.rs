//! What a new route may move: what has to do with a table that it uses, and nothing else.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::boundaries::facts;

/// A route of a made-up application: its subject, and the tables that it reads and writes.
#[derive(Debug, Clone)]
struct Made {
    subject: usize,
    reads: BTreeSet<usize>,
    writes: BTreeSet<usize>,
}

fn made(subjects: usize) -> impl Strategy<Value = Made> {
    let table = 0..4_usize;
    let tables = prop::collection::btree_set(table.clone(), 0..3);
    // Most write a table of their own subject, some another one.
    let writes = prop_oneof![
        3 => Just(None),
        3 => Just(Some(usize::MAX)),
        1 => table.prop_map(Some),
    ];
    (0..subjects, tables, writes).prop_map(|(subject, reads, written)| Made {
        subject,
        reads,
        writes: written
            .map(|table| if table == usize::MAX { subject % 4 } else { table })
            .into_iter()
            .collect(),
    })
}

fn app(routes: &[Made]) -> App {
    let mut app = App::new();
    for (at, made) in routes.iter().enumerate() {
        app.route(&format!("GET /subject{}/p{at}/x", made.subject));
        for name in &made.reads {
            app.access("GetItem", Mode::Read, &[table(&format!("T{name}"))]);
        }
        for name in &made.writes {
            app.access("PutItem", Mode::Write, &[table(&format!("T{name}"))]);
        }
    }
    app
}

/// The service of each route, and the tables that most subjects use.
fn placed(routes: &[Made], pins: &Pins) -> (Vec<String>, Vec<String>) {
    let mut app = app(routes);
    let graph = app.graph();
    let uses = uses::of_routes(&graph, &app.accesses);
    let facts = facts::gather(&graph, &app.routes, &uses, pins);
    let most = facts.application_wide.iter().chain(&facts.read_everywhere).map(ToString::to_string).collect();
    let proposal = propose(&graph, &app.routes, &uses, pins);
    let service = |route| proposal.placed(route).expect("each is placed").0.name.clone();
    ((0..routes.len()).map(service).collect(), most)
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 4096, ..ProptestConfig::with_cases(256) })]

    /// Without a plan: routes that move have the new route's subject, or use a table that it uses, or that others tie to such a one. A
    /// table that the new route makes one that most subjects use, or no longer, speaks for itself.
    #[test]
    fn a_new_route_moves_no_other_unless_a_table_forces_it(
        routes in prop::collection::vec(made(5), 2..14),
        new in made(6),
    ) {
        // Two subjects at least: a segment that all paths start with says nothing.
        let mut routes = routes;
        (routes[0].subject, routes[1].subject) = (0, 1);
        let mut more = routes.clone();
        more.push(new.clone());
        let (before, wide) = placed(&routes, &Pins::default());
        let (after, wide_after) = placed(&more, &Pins::default());
        prop_assume!(wide == wide_after);
        let uses_none = new.reads.is_empty() && new.writes.is_empty();
        let mut tables: BTreeSet<usize> = new.reads.union(&new.writes).copied().collect();
        if !new.writes.is_empty() {
            // What one writes ties its tables; where those go their readers do, and what only reads the same as a writer.
            loop {
                let size = tables.len();
                for route in &routes {
                    let used: BTreeSet<usize> = route.reads.union(&route.writes).copied().collect();
                    if !used.is_disjoint(&tables) || route.subject == new.subject {
                        tables.extend(&route.writes);
                        if !route.writes.is_empty() {
                            tables.extend(&route.reads);
                        }
                    }
                }
                if tables.len() == size {
                    break;
                }
            }
        }
        for (at, route) in routes.iter().enumerate().filter(|(at, _)| before[*at] != after[*at]) {
            let of_subject = routes.iter().filter(|other| other.subject == route.subject);
            let used: BTreeSet<usize> =
                of_subject.flat_map(|other| other.reads.union(&other.writes)).copied().collect();
            let is_forced = !uses_none && (route.subject == new.subject || !used.is_disjoint(&tables));
            prop_assert!(is_forced, "{at} went from {} to {} for {new:?} in {routes:?}", before[at], after[at]);
        }
    }

    /// With the plan that came of the proposal nothing moves, whatever the new route uses.
    #[test]
    fn with_a_plan_a_new_route_moves_no_other(routes in prop::collection::vec(made(5), 2..14), new in made(6)) {
        let (before, _) = placed(&routes, &Pins::default());
        let mut pins = Pins::default();
        for (route, service) in app(&routes).routes.routes.iter().zip(&before) {
            pins.services.insert(route.id.clone(), service.clone());
        }
        let mut more = routes.clone();
        more.push(new);
        let (after, _) = placed(&more, &pins);
        prop_assert_eq!(&after[..routes.len()], &before[..]);
    }
}
