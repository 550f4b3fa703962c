//! Text of a template -> a tree with the place of each node. YAML, and so JSON, which is a part of it.
//!
//! CloudFormation's short tags become what they stand for: `!Ref X` is `{"Ref": "X"}`, `!Sub ..` is `{"Fn::Sub": ..}`.
//! Deliberately absent: types of scalars, which are all text, and what a function gives (`text`).
//!
//! Source: CloudFormation user guide, "Intrinsic function reference".

use std::collections::BTreeMap;

use granit_parser::{Event, Options, Parser, Tag};

use crate::span::Span;

/// More nodes are not read, those that aliases repeat included.
const MAX_NODES: usize = 1_000_000;

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A name and its value, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    /// Place of the key.
    pub(super) span: Span,
    pub(super) value: Node,
}

impl Node {
    /// The value under a name.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The value under a path of names.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Text, a number or a truth value; empty for what is left out.
    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; a single value is a list of one, as policies have it.
    pub(super) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// Name and value of a map with one entry: how functions and policy templates are written.
    pub(super) fn only(&self) -> Option<(&str, &Node)> {
        match self.entries() {
            [entry] => Some((&entry.key, &entry.value)),
            _ => None,
        }
    }
}

/// Reads the first document.
///
/// # Errors
/// A sentence about what is wrong, and where in the text.
pub(super) fn read(text: &str) -> Result<Node, (String, Span)> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let events = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { events, anchors: BTreeMap::new(), nodes: 0, end: text.len() as u32 };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(..), _) => {}
            (event, span) => return Ok(reader.node(event, span)?.0),
        }
    }
}

struct Reader<'t> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    /// Node and number of nodes in it.
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    end: u32,
}

type Failed = (String, Span);

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Failed> {
        match self.events.next() {
            Some(Ok((event, span))) => {
                let at = |marker: granit_parser::Marker| marker.byte_offset().map_or(0, |at| at as u32);
                let (start, end) = (at(span.start).min(self.end), at(span.end).min(self.end));
                Ok((event, Span::new(start, end.max(start))))
            }
            Some(Err(error)) => {
                let at = error.marker().byte_offset().map_or(0, |at| at as u32).min(self.end);
                Err((error.info().clone(), Span::empty(at)))
            }
            None => Err(("the text ends early".to_string(), Span::empty(self.end))),
        }
    }

    /// The node that an event begins, and the number of nodes in it.
    fn node(&mut self, event: Event<'t>, span: Span) -> Result<(Node, usize), Failed> {
        let before = self.nodes;
        self.count(1, span)?;
        let (kind, anchor, tag) = match event {
            Event::Scalar(text, _, anchor, tag) => (Kind::Scalar(text.into_owned()), anchor, tag),
            Event::SequenceStart(_, anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, span) => items.push(self.node(event, span)?.0),
                    }
                }
                (Kind::List(items), anchor, tag)
            }
            Event::MappingStart(_, anchor, tag) => {
                let mut entries = Vec::new();
                loop {
                    let (key, span) = match self.next()? {
                        (Event::MappingEnd, _) => break,
                        (event, span) => (self.node(event, span)?.0, span),
                    };
                    let (event, at) = self.next()?;
                    let value = self.node(event, at)?.0;
                    let key = key.scalar().unwrap_or_default().to_string();
                    entries.push(Entry { key, span, value });
                }
                (Kind::Map(entries), anchor, tag)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(("an alias names no anchor before it".to_string(), span));
                };
                self.count(size, span)?;
                return Ok((Node { span, ..node }, size));
            }
            _ => return Err(("a value is missing".to_string(), span)),
        };
        let mut node = Node { kind, span };
        if let Some(name) = tag.as_deref().and_then(function) {
            let entry = Entry { key: name, span, value: node };
            node = Node { kind: Kind::Map(vec![entry]), span };
        }
        let size = self.nodes - before;
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok((node, size))
    }

    fn count(&mut self, more: usize, span: Span) -> Result<(), Failed> {
        self.nodes += more;
        if self.nodes > MAX_NODES { Err(("the document is too large".to_string(), span)) } else { Ok(()) }
    }
}

/// The long form of a short tag's name.
fn function(tag: &Tag) -> Option<String> {
    let text = tag.to_string();
    let name = text.strip_prefix('!').filter(|name| name.chars().all(char::is_alphanumeric))?;
    Some(match name {
        "Ref" | "Condition" => name.to_string(),
        _ => format!("Fn::{name}"),
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn shown(node: &Node) -> String {
        match &node.kind {
            Kind::Scalar(text) => text.clone(),
            Kind::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
            Kind::Map(entries) => {
                let entries = entries.iter().map(|entry| format!("{}: {}", entry.key, shown(&entry.value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let found = read(text).map_or_else(|(why, _)| format!("error: {why}"), |node| shown(&node));
        assert!(found.starts_with(expect), "{found}");
    }

    #[test]
    fn short_tags_are_functions() {
        check(
            "a: !Ref T\nb: !GetAtt T.Arn\nc: !Join ['', [x, !Sub '${Y}']]\nd: !Sub\n  - a\n  - {b: 1}\n",
            "{a: {Ref: T}, b: {Fn::GetAtt: T.Arn}, c: {Fn::Join: [, [x, {Fn::Sub: ${Y}}]]}, d: {Fn::Sub: [a, {b: 1}]}}",
        );
        check("a: !!str 5\n", "{a: 5}");
    }

    #[test]
    fn json_is_read_too() {
        check(r#"{"a":[1,true,null,"\u003c"],"b":{"Ref":"X"}}"#, "{a: [1, true, null, <], b: {Ref: X}}");
    }

    #[test]
    fn aliases_repeat_a_node_up_to_a_limit() {
        check("a: &x [1]\nb: *x\n", "{a: [1], b: [1]}");
        let mut bomb = "a0: &a0 [1, 2]\n".to_string();
        for n in 1..40 {
            let before = n - 1;
            let _ = writeln!(bomb, "a{n}: &a{n} [*a{before}, *a{before}, *a{before}]");
        }
        check(&bomb, "error: the document is too large");
    }

    #[test]
    fn what_is_no_yaml_is_an_error() {
        for text in ["a: [1\n", "a: *x\n", "\"", "", "a: b: c\n", "{", "- a\nb: c"] {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert!(read(&"[".repeat(10_000)).is_err());
    }

    #[test]
    fn a_key_has_its_place() {
        let text = "a: ü\nb:\n  c: 1\n";
        let node = read(text).unwrap();
        assert_eq!(node.get("b").unwrap().entries()[0].span.slice(text), "c");
    }
}
