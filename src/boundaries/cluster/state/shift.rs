//! What goes from one group to another, and what it changes.

use super::{Group, Requests, State, Totals, inverse};

/// What one group loses and another one gets; what goes the other way is taken off.
pub(super) struct Shift<'a> {
    from: usize,
    to: usize,
    /// Nodes that go, and that come; their sizes likewise.
    nodes: [usize; 2],
    size: [u32; 2],
    volume: f64,
    /// What each of the two has inside more.
    inside: [f64; 2],
    /// How much more weight lies between the two.
    between: f64,
    /// Weight of the links to all other groups, each over the size of the other.
    drawn: f64,
    /// Requests that go, and that come.
    requests: [&'a [(usize, u32)]; 2],
}

/// Links of a node to two groups, and to all others over their sizes.
struct Reach {
    one: f64,
    two: f64,
    drawn: f64,
}

impl<'a> State<'a> {
    fn reach(&self, node: usize, one: usize, two: usize) -> Reach {
        let mut reach = Reach { one: 0.0, two: 0.0, drawn: 0.0 };
        for &(other, weight) in &self.work.links[node] {
            let group = self.of[other];
            if group == one {
                reach.one += weight;
            } else if group == two {
                reach.two += weight;
            } else {
                reach.drawn += weight * self.groups[group].inverse;
            }
        }
        reach
    }

    /// A node goes to another group.
    pub(super) fn moved(&self, node: usize, to: usize) -> Shift<'a> {
        let (work, from) = (self.work, self.of[node]);
        let reach = self.reach(node, from, to);
        Shift {
            from,
            to,
            nodes: [1, 0],
            size: [work.sizes[node], 0],
            volume: work.volume[node],
            inside: [-reach.one - work.inside[node], reach.two + work.inside[node]],
            between: reach.one - reach.two,
            drawn: reach.drawn,
            requests: [&work.requests[node], &[]],
        }
    }

    /// Two nodes exchange their groups.
    pub(super) fn swapped(&self, one: usize, other: usize) -> Shift<'a> {
        let (work, from, to) = (self.work, self.of[one], self.of[other]);
        let (a, b) = (self.reach(one, from, to), self.reach(other, from, to));
        let link = work.links[one].binary_search_by_key(&other, |(to, _)| *to);
        let link = link.map_or(0.0, |at| work.links[one][at].1);
        let inside = work.inside[other] - work.inside[one];
        Shift {
            from,
            to,
            nodes: [1, 1],
            size: [work.sizes[one], work.sizes[other]],
            volume: work.volume[one] - work.volume[other],
            inside: [b.one - a.one - link + inside, a.two - b.two - link - inside],
            between: a.one - a.two + b.two - b.one + 2.0 * link,
            drawn: a.drawn - b.drawn,
            requests: [&work.requests[one], &work.requests[other]],
        }
    }

    pub(super) fn shifted(&self, shift: &Shift<'_>) -> (Group, Group) {
        let (mut less, mut more) = (self.groups[shift.from], self.groups[shift.to]);
        let ([gone, came], [size_gone, size_came]) = (shift.nodes, shift.size);
        less.nodes = less.nodes - gone + came;
        more.nodes = more.nodes + gone - came;
        if size_gone != size_came {
            less.size = less.size - size_gone + size_came;
            more.size = more.size + size_gone - size_came;
            less.inverse = inverse(less.size);
            more.inverse = inverse(more.size);
        }
        less.volume -= shift.volume;
        more.volume += shift.volume;
        less.inside += shift.inside[0];
        more.inside += shift.inside[1];
        if self.factors.entropy != 0.0 {
            self.shift_requests(shift, &mut less.requests, &mut more.requests);
        }
        (less, more)
    }

    fn shift_requests(&self, shift: &Shift<'_>, less: &mut Requests, more: &mut Requests) {
        let (a, b) = (self.requests_of(shift.from), self.requests_of(shift.to));
        let [go, come] = shift.requests;
        let (mut next, mut back) = (go.iter().peekable(), come.iter().peekable());
        // Both lists are in order.
        while let Some(request) =
            next.peek().into_iter().chain(back.peek()).map(|(request, _)| *request).min()
        {
            let gone = next.next_if(|(of, _)| *of == request).map_or(0, |(_, count)| *count);
            let came = back.next_if(|(of, _)| *of == request).map_or(0, |(_, count)| *count);
            if gone == came {
                continue;
            }
            let (in_a, in_b) = (a[request], b[request]);
            let (new_a, new_b) = (in_a - gone + came, in_b + gone - came);
            less.n_ln_n += self.n_ln_n(new_a) - self.n_ln_n(in_a);
            more.n_ln_n += self.n_ln_n(new_b) - self.n_ln_n(in_b);
            less.count = less.count - gone + came;
            more.count = more.count + gone - came;
        }
    }

    /// The totals once two groups have become what a shift makes them.
    pub(super) fn totals_after(&self, shift: &Shift<'_>, less: &Group, more: &Group) -> Totals {
        let (a, b) = (&self.groups[shift.from], &self.groups[shift.to]);
        let mut totals = self.totals;
        self.take(&mut totals, a);
        self.take(&mut totals, b);
        self.add(&mut totals, less);
        self.add(&mut totals, more);
        totals.used = totals.used + usize::from(less.nodes > 0) + usize::from(more.nodes > 0)
            - usize::from(a.nodes > 0)
            - usize::from(b.nodes > 0);
        totals.cut += shift.between;
        let direct = self.between[shift.from * self.groups.len() + shift.to];
        let (to_others, of_others) = (a.drawn - direct * b.inverse, b.drawn - direct * a.inverse);
        totals.coupled += to_others * (less.inverse - a.inverse)
            + of_others * (more.inverse - b.inverse)
            + shift.drawn * (more.inverse - less.inverse)
            + (direct + shift.between) * less.inverse * more.inverse
            - direct * a.inverse * b.inverse;
        totals
    }

    /// The value once all of a group is in another one.
    pub(super) fn totals_merged(&self, from: usize, to: usize) -> Totals {
        let (a, b) = (&self.groups[from], &self.groups[to]);
        let direct = self.between[from * self.groups.len() + to];
        let mut whole = *b;
        whole.nodes += a.nodes;
        whole.size += a.size;
        whole.inverse = inverse(whole.size);
        whole.inside += a.inside + direct;
        whole.volume += a.volume;
        if self.factors.entropy != 0.0 {
            let rows = self.requests_of(from).iter().zip(self.requests_of(to));
            whole.requests.count += a.requests.count;
            whole.requests.n_ln_n = rows.map(|(a, b)| self.n_ln_n(a + b)).sum();
        }
        let mut totals = self.totals;
        self.take(&mut totals, a);
        self.take(&mut totals, b);
        self.add(&mut totals, &whole);
        totals.used -= usize::from(a.nodes > 0 && b.nodes > 0);
        totals.cut -= direct;
        let (to_others, of_others) = (a.drawn - direct * b.inverse, b.drawn - direct * a.inverse);
        totals.coupled += (to_others + of_others) * whole.inverse
            - to_others * a.inverse
            - of_others * b.inverse
            - direct * a.inverse * b.inverse;
        totals
    }
}
