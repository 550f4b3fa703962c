use std::collections::BTreeSet;

use proptest::prelude::*;

use super::state::{State, Value};
use super::*;

fn problem(count: usize, links: &[(usize, usize)]) -> Problem {
    Problem {
        sizes: vec![1; count],
        links: links.iter().map(|&(from, to)| Link { from, to, weight: 1.0 }).collect(),
        ..Problem::default()
    }
}

/// Numbers that are the same on each run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// `groups` groups of `size` nodes with `inside` links each at random, and `across` links between any nodes.
fn planted(groups: usize, size: usize, inside: usize, across: usize) -> Problem {
    let mut draw = Draw(1);
    let mut links = Vec::new();
    for group in 0..groups {
        for _ in 0..inside {
            links.push((group * size + draw.below(size), group * size + draw.below(size)));
        }
    }
    for _ in 0..across {
        links.push((draw.below(groups * size), draw.below(groups * size)));
    }
    problem(groups * size, &links)
}

fn solved(problem: &Problem) -> Solution {
    solve(problem, Weights::default()).expect("no rules contradict each other")
}

/// Three triangles, each linked to the next by one link.
fn triangles() -> Problem {
    problem(9, &[(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (6, 7), (7, 8), (6, 8), (2, 3), (5, 6)])
}

#[test]
fn groups_follow_links_and_as_many_as_these_suggest() {
    let solution = solved(&triangles());
    assert_eq!(solution.group, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    assert_eq!((solution.measures.groups, solution.measures.singletons), (3, 0));
    assert!((solution.measures.cut - 2.0 / 11.0).abs() < 1e-12);
}

#[test]
fn small_graphs_are_solved_to_the_best_there_is() {
    let solution = solved(&triangles());
    let bound = solution.bound.expect("nine nodes are few");
    assert!(bound.gap < 1e-9, "{bound:?}");
    assert!((bound.score - solution.measures.score).abs() < 1e-9);
}

#[test]
fn rules_hold_against_the_links() {
    let mut problem = triangles();
    problem.together = vec![vec![0, 8]];
    problem.apart = vec![(1, 2)];
    problem.pinned = vec![(4, 7), (5, 9)];
    problem.limits.groups = Some(4);
    let group = solved(&problem).group;
    assert_eq!(group[0], group[8]);
    assert_ne!(group[1], group[2]);
    assert_ne!(group[4], group[5]);
}

#[test]
fn rules_that_contradict_each_other_are_named() {
    let mut problem = triangles();
    problem.together = vec![vec![0, 1], vec![1, 2]];
    problem.apart = vec![(2, 0)];
    assert_eq!(solve(&problem, Weights::default()), Err(Conflict(2, 0)));
    problem.apart.clear();
    problem.pinned = vec![(0, 1), (2, 2)];
    assert_eq!(solve(&problem, Weights::default()), Err(Conflict(0, 2)));
}

#[test]
fn limits_are_kept() {
    let mut problem = triangles();
    problem.limits = Limits { groups: Some(5), largest: Some(2), uneven: None };
    let solution = solved(&problem);
    assert_eq!(solution.measures.groups, 5);
    assert!((solution.measures.largest_share - 2.0 / 9.0).abs() < 1e-12);
    problem.limits = Limits { groups: Some(2), largest: None, uneven: Some(0) };
    // Nine nodes cannot be two groups of five and more.
    assert_eq!(solved(&problem).measures.groups, 2);
}

#[test]
fn a_problem_without_nodes_or_links_is_solved() {
    assert_eq!(solved(&Problem::default()).group, Vec::<usize>::new());
    assert_eq!(solved(&problem(1, &[])).group, [0]);
    assert_eq!(solved(&problem(3, &[(1, 1)])).measures.groups, 3);
    let mut none = problem(2, &[(0, 1)]);
    none.sizes = vec![0, 0];
    assert_eq!(solved(&none).group, [0, 0]);
}

#[test]
fn what_everything_uses_does_not_glue() {
    let mut links = vec![(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (6, 7), (7, 8), (6, 8)];
    links.extend((0..9).map(|node| (9, node)));
    let group = solved(&problem(10, &links)).group;
    assert_eq!(group[..9], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
}

#[test]
fn nodes_that_nothing_tells_apart_are_placed_by_their_numbers() {
    // A group of four, one of three, and between them nodes without links, which two groups of other sizes share.
    let links = [(1, 2), (2, 3), (1, 3), (12, 1), (12, 2), (12, 3), (6, 7), (7, 8), (6, 8), (3, 8)];
    let mut problem = problem(13, &links);
    problem.limits.groups = Some(4);
    let group = solved(&problem).group;
    let size = |node: usize| group.iter().filter(|other| **other == group[node]).count();
    assert_eq!([0, 4, 5, 9, 10, 11].map(size), [2, 2, 4, 4, 4, 4]);
}

#[test]
fn requests_are_answered_by_few_groups() {
    // A ring falls into halves in two ways; the requests decide which.
    let mut problem = problem(4, &[(0, 1), (1, 2), (2, 3), (3, 0)]);
    problem.limits.groups = Some(2);
    problem.requests = vec![vec![1, 2], vec![3, 0]];
    let group = solved(&problem).group;
    assert_eq!(group, [0, 1, 1, 0]);
    problem.requests = vec![vec![0, 1], vec![2, 3]];
    assert_eq!(solved(&problem).group, [0, 0, 1, 1]);
}

#[test]
fn planted_groups_are_found_the_same_each_time() {
    let problem = planted(20, 12, 60, 200);
    let solution = solved(&problem);
    let planted: Vec<usize> = (0..240).map(|node| node / 12).collect();
    assert!(rand_index(&solution.group, &planted) > 0.99, "{:?}", solution.measures);
    assert_eq!(solved(&problem), solution);
}

#[test]
fn few_links_less_move_few_nodes() {
    let problem = planted(20, 12, 60, 200);
    let whole = solved(&problem).group;
    let mut draw = Draw(7);
    let mut sum = 0.0;
    for _ in 0..100 {
        let mut fewer = problem.clone();
        for _ in 0..problem.links.len() / 20 {
            fewer.links.swap_remove(draw.below(fewer.links.len()));
        }
        sum += rand_index(&solved(&fewer).group, &whole);
    }
    assert!(sum / 100.0 >= 0.95, "{}", sum / 100.0);
}

#[test]
fn the_index_tells_same_groups_from_others() {
    assert!((rand_index(&[0, 0, 1, 1], &[1, 1, 0, 0]) - 1.0).abs() < 1e-12);
    assert!(rand_index(&[0, 0, 1, 1], &[0, 1, 0, 1]) < 0.0);
    assert!((rand_index(&[0, 0], &[5, 5]) - 1.0).abs() < 1e-12);
    // 2 common pairs of 6 and 3: (2 - 18/15) / (4.5 - 18/15).
    assert!((rand_index(&[0, 0, 0, 1, 1, 1], &[0, 0, 1, 1, 2, 2]) - 0.242_424).abs() < 1e-6);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Values told before a move are those after it, and those of a count from the start.
    #[test]
    fn values_of_moves_are_those_of_a_count(
        sizes in prop::collection::vec(0_u32..3, 2..9),
        links in prop::collection::vec((0_usize..9, 0_usize..9, 1_u32..5), 0..20),
        requests in prop::collection::vec(prop::collection::btree_set(0_usize..9, 1..5), 0..4),
        moves in prop::collection::vec((0_usize..9, 0_usize..4), 1..12),
    ) {
        let count = sizes.len();
        let at = |node: usize| node % count;
        let problem = Problem {
            sizes,
            links: links.iter().map(|&(from, to, weight)| Link { from: at(from), to: at(to), weight: f64::from(weight) }).collect(),
            requests: requests
                .iter()
                .map(|nodes| nodes.iter().map(|&node| at(node)).collect::<BTreeSet<_>>().into_iter().collect())
                .collect(),
            ..Problem::default()
        };
        let weights = Weights { cut: 0.7, density: 1.1, spread: 0.9, balance: 1.3 };
        let work = Work::new(&problem).expect("no rules");
        let limits = Limits { groups: Some(3), largest: Some(2), uneven: Some(1) };
        let mut state = State::new(&work, limits, weights, vec![0; work.len()], 4);
        let same = |told: Value, value: Value| {
            (told.score - value.score).abs() < 1e-9 && (told.over - value.over).abs() < 1e-9
        };
        for (node, to) in moves {
            let (one, from) = (at(node), state.of[at(node)]);
            let told = state.after(one, to);
            if let Some(other) = (0..count).find(|&other| state.of[other] == to && to != from) {
                let swapped = state.after_swap(one, other);
                state.apply(one, to);
                state.apply(other, from);
                prop_assert!(same(swapped, state.value()));
                state.apply(other, to);
            } else {
                state.apply(one, to);
            }
            let value = state.value();
            prop_assert!(same(told, value));
            if state.used() > 1 {
                let groups: BTreeSet<usize> = state.of.iter().copied().collect();
                let (from, to) = (groups.first().copied().expect("two"), groups.last().copied().expect("two"));
                let merged = state.after_merge(from, to);
                let members = state.members(from);
                members.iter().for_each(|&node| state.apply(node, to));
                prop_assert!(same(merged, state.value()));
                members.iter().for_each(|&node| state.apply(node, from));
            }
            state.count();
            let counted = state.value();
            prop_assert!((counted.score - value.score).abs() < 1e-9, "{counted:?} {value:?}");
            prop_assert!((counted.over - value.over).abs() < 1e-9);
            let measured = measure::measure(&problem, &dense(&work.expand(&state.of)).0, weights);
            prop_assert!((measured.score - value.score).abs() < 1e-9, "{measured:?} {value:?}");
        }
    }
}
