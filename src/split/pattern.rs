//! Which route patterns can match one request.
//!
//! Sources: matchit's rules as measured in the reference (an empty middle segment matches a parameter, matching is on the encoded path)
//! and API Gateway's HTTP API routing, which may decode the path or drop a trailing slash before it matches. Where these differ the answer
//! is the cautious one: the patterns overlap.

/// One segment of a canonical pattern.
enum Segment<'a> {
    Static(&'a str),
    Param,
    /// `{rest+}`, or a part that is not known: anything may follow.
    Rest,
}

fn segments(pattern: &str) -> Vec<Segment<'_>> {
    pattern
        .trim_matches('/')
        .split('/')
        .map(|segment| {
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            match name {
                Some("?") => Segment::Rest,
                Some(name) if name.ends_with('+') => Segment::Rest,
                Some(_) => Segment::Param,
                // A parameter with fixed text around it can match more than the text.
                None if segment.contains('{') => Segment::Param,
                None => Segment::Static(segment),
            }
        })
        .collect()
}

/// Whether some request that the gateway sends to one pattern's function could match the other pattern in Axum.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    let (a, b) = (segments(a), segments(b));
    let mut at = 0;
    loop {
        match (a.get(at), b.get(at)) {
            (None, None) | (Some(Segment::Rest), _) | (_, Some(Segment::Rest)) => return true,
            (Some(_), None) | (None, Some(_)) => return decoded_more(&a, &b),
            (Some(Segment::Static(x)), Some(Segment::Static(y))) if !x.eq(y) => return false,
            _ => at += 1,
        }
    }
}

/// An encoded slash inside a parameter gives the decoded path more segments than the pattern has: a shorter pattern that holds a parameter
/// can then meet a longer one.
fn decoded_more(a: &[Segment<'_>], b: &[Segment<'_>]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    // The parameter swallows the additional segments; what stands before and after it must agree.
    let extra = long.len() - short.len();
    (0..short.len()).any(|at| {
        matches!(short[at], Segment::Param)
            && agree(&short[..at], &long[..at])
            && agree(&short[at + 1..], &long[at + 1 + extra..])
    })
}

fn agree(a: &[Segment<'_>], b: &[Segment<'_>]) -> bool {
    a.iter().zip(b).all(|pair| match pair {
        (Segment::Static(x), Segment::Static(y)) => x == y,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, expect: bool) {
        assert_eq!(overlap(a, b), expect, "{a} and {b}");
        assert_eq!(overlap(b, a), expect, "{b} and {a}");
    }

    #[test]
    fn patterns_overlap_where_one_request_can_match_both() {
        check("/books/{id}", "/books/featured", true);
        check("/books/{id}", "/books/{isbn}", true);
        check("/books/{id}", "/orders/{id}", false);
        check("/books/{id}/cover", "/books/{id}", true);
        check("/books", "/books/{id}", false);
        check("/books", "/books/", true);
        check("/", "/books", false);
        check("/files/{rest+}", "/files/a/b", true);
        check("/files/{rest+}", "/books", false);
        check("/a/{x}/c", "/a/b/d", false);
        check("/{?}/x", "/y/x", true);
    }
}
