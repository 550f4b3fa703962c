//! Members of lists as they stand in a text: fields, initialisers, arguments, names of an import.
//!
//! Input: the text and the places of the members. Output: what must go for one member to go, with its comma and comments. Deliberately
//! absent: which members go.

use crate::span::Span;

/// The end of a member together with the comma behind it.
pub(super) fn with_comma(text: &str, end: u32) -> u32 {
    let rest = &text[end as usize..];
    let comma = rest.find(|c: char| !c.is_whitespace()).filter(|&at| rest[at..].starts_with(','));
    end + comma.map_or(0, |at| at as u32 + 1)
}

/// The end of an item together with a comment on the rest of its line.
pub(super) fn with_trailing_comment(text: &str, end: u32) -> u32 {
    let rest = &text[end as usize..];
    let line = rest.split('\n').next().unwrap_or_default();
    if line.trim_start().starts_with("//") { end + line.len() as u32 } else { end }
}

/// One of the members of a list in braces with its comma, its comment and those before it. The brace opens behind `from`; `None` without one.
pub(super) fn member(text: &str, from: u32, members: &[Span], at: usize) -> Option<Span> {
    let end = |member: Span| with_trailing_comment(text, with_comma(text, member.end));
    let start = match at.checked_sub(1) {
        Some(before) => end(members[before]),
        None => from + text[from as usize..].find('{')? as u32 + 1,
    };
    Some(Span::new(start, end(members[at])))
}

/// One of several members with what stands before the next one, or before what closes them.
pub(super) fn up_to_next(members: &[Span], at: usize, close: u32) -> Span {
    Span::new(members[at].start, members.get(at + 1).map_or(close, |next| next.start))
}

/// What must go for some members of a list to go, with one comma each: no comma is left behind the last that stays.
pub(super) fn without(members: &[Span], kept: &[bool]) -> Vec<Span> {
    let mut gone = Vec::new();
    let mut last_kept: Option<Span> = None;
    for (at, member) in members.iter().enumerate() {
        if kept[at] {
            last_kept = Some(*member);
        } else if kept[at..].contains(&true) {
            gone.push(Span::new(member.start, members[at + 1].start));
        } else {
            let start = last_kept.map_or(member.start, |last| last.end);
            gone.push(Span::new(start, members[members.len() - 1].end));
            break;
        }
    }
    gone
}
