//! Paths of the route table: their segments, and which of two patterns a request may match.
//!
//! Deliberately absent: the syntax of Axum's versions (`axum`); a variable that is a part of a segment counts as text.

/// One segment of an output path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'a> {
    Literal(&'a str),
    Param(&'a str),
    Wildcard(&'a str),
}

impl<'a> Segment<'a> {
    pub fn parse(text: &'a str) -> Self {
        let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match inner {
            Some(name) if !name.contains(['{', '}']) => match name.strip_suffix('+') {
                Some(name) => Segment::Wildcard(name),
                None => Segment::Param(name),
            },
            _ => Segment::Literal(text),
        }
    }

    /// Literal before variable before wildcard, as Axum and API Gateway both prefer.
    fn rank(self) -> u8 {
        match self {
            Segment::Literal(_) => 0,
            Segment::Param(_) => 1,
            Segment::Wildcard(_) => 2,
        }
    }
}

pub fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// Whether one request path can match both patterns, trailing slashes aside.
pub fn overlaps(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (segments(a).map(Segment::parse), segments(b).map(Segment::parse));
    loop {
        match (a.next(), b.next()) {
            (None, None) | (Some(Segment::Wildcard(_)), Some(_)) | (Some(_), Some(Segment::Wildcard(_))) => {
                return true;
            }
            (Some(Segment::Literal(a)), Some(Segment::Literal(b))) if a != b => return false,
            (Some(_), Some(_)) => {}
            (None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

/// Whether `a` wins over `b` on a path that matches both.
pub fn more_specific(a: &str, b: &str) -> bool {
    let ranks = |path| segments(path).map(|segment| Segment::parse(segment).rank()).collect::<Vec<_>>();
    ranks(a) < ranks(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_and_priority() {
        assert!(
            overlaps("/users/me", "/users/{id}") && overlaps("/a/{rest+}", "/a/b/c") && overlaps("/", "/")
        );
        assert!(
            !overlaps("/users", "/users/{id}")
                && !overlaps("/a/{rest+}", "/a")
                && !overlaps("/a/b", "/c/{x}")
        );
        assert!(more_specific("/users/me", "/users/{id}") && !more_specific("/users/{id}", "/users/me"));
    }
}
