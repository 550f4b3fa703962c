//! Threads with a stack for deep input: chains of thousands of calls and hundreds of nested brackets are walked by recursion.
//!
//! Only what is used of a stack is ever touched, so the size costs address space alone.

use std::collections::BinaryHeap;
use std::io;
use std::sync::{LazyLock, Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{Scope, ThreadPool, ThreadPoolBuilder};

/// Stack of a thread that walks trees of the input, in bytes.
pub const DEEP: usize = 512 * 1024 * 1024;

/// Runs a closure on a thread with a deep stack; panics of the closure go on in the caller.
///
/// # Errors
/// Why no thread could be started.
pub fn on_deep_stack<T: Send>(run: impl FnOnce() -> T + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(DEEP).spawn_scoped(scope, run)?;
        match thread.join() {
            Ok(value) => Ok(value),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Runs a closure in a pool of as many threads with deep stacks as there are cores: what it does in parallel, they share.
pub fn on_all_cores<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    static POOL: LazyLock<Option<ThreadPool>> =
        LazyLock::new(|| ThreadPoolBuilder::new().stack_size(DEEP).build().ok());
    match &*POOL {
        Some(pool) => pool.install(run),
        None => run(),
    }
}

/// What becomes of each value, in the order of the values. They are worked out in that pool, begun in this order, each by the next core that
/// is free.
pub fn each<A: Send, B: Send>(all: Vec<A>, becomes: impl Fn(A) -> B + Send + Sync) -> Vec<B> {
    let one = |(at, value)| (at, becomes(value));
    let mut found: Vec<(usize, B)> =
        on_all_cores(|| all.into_iter().enumerate().par_bridge().map(one).collect());
    found.sort_unstable_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, becomes)| becomes).collect()
}

/// What becomes of each value, and of those that it leads to in turn, in no certain order. They are worked out in that pool, each by the next
/// core that is free, of those known by then the greatest first. What was reached before must not be given as a next value again.
pub fn each_reached<A: Ord + Send, B: Send>(
    all: Vec<A>,
    becomes: impl Fn(A) -> (B, Vec<A>) + Send + Sync,
) -> Vec<B> {
    let open = Mutex::new(BinaryHeap::new());
    let done = Mutex::new(Vec::new());
    on_all_cores(|| rayon::scope(|scope| begin(scope, all, &open, &done, &becomes)));
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Begins as many pieces of work as there are values: each takes the greatest that is open by then.
fn begin<'s, A: Ord + Send, B: Send>(
    scope: &Scope<'s>,
    values: Vec<A>,
    open: &'s Mutex<BinaryHeap<A>>,
    done: &'s Mutex<Vec<B>>,
    becomes: &'s (impl Fn(A) -> (B, Vec<A>) + Send + Sync),
) {
    let count = values.len();
    open.lock().unwrap_or_else(PoisonError::into_inner).extend(values);
    for _ in 0..count {
        scope.spawn(move |scope| {
            let next = open.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(value) = next else { return };
            let (found, next) = becomes(value);
            done.lock().unwrap_or_else(PoisonError::into_inner).push(found);
            begin(scope, next, open, done, becomes);
        });
    }
}

/// Frees a large value in that pool, when a core has nothing else to do.
pub fn free<T: Send + 'static>(value: T) {
    on_all_cores(|| rayon::spawn(|| drop(value)));
}

/// Runs two closures in that pool, beside each other where a core is free, and gives what both gave.
pub fn beside<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    on_all_cores(|| rayon::join(one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_recursion_fits() {
        fn depth(n: u64) -> u64 {
            if n == 0 { 0 } else { 1 + std::hint::black_box(depth(n - 1)) }
        }
        assert_eq!(on_deep_stack(|| depth(1_000_000)).expect("a thread starts"), 1_000_000);
    }

    #[test]
    fn what_values_lead_to_is_worked_out_too() {
        let halves = |n: u32| (n, if n > 1 { vec![n / 2, n - n / 2] } else { Vec::new() });
        let mut found = each_reached(vec![5, 2], halves);
        found.sort_unstable();
        assert_eq!(found, [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 5]);
    }
}
