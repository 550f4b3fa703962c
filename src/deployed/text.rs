//! Values of a template -> text in parts: what is written there, and what stands for something that is known when it is deployed.
//!
//! Deliberately absent: conditions. What is computed by other functions is `Part::Unknown`, equal to itself only.
//!
//! Source: CloudFormation user guide, `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`.

use super::node::{Kind, Node};

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Literal(String),
    /// What `Ref` gives for a resource or parameter, `AWS::Region` and the like included.
    Ref(String),
    /// An attribute of a resource, for example its `Arn`.
    Attribute(String, String),
    /// Anything else, as it is written.
    Unknown(String),
}

/// Text in parts; no two literals stand side by side.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text(pub(super) Vec<Part>);

impl Text {
    pub(super) fn literal(text: &str) -> Self {
        let mut own = Self::default();
        own.push(Part::Literal(text.to_string()));
        own
    }

    /// The text, where all of it is written.
    pub(super) fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    fn push(&mut self, part: Part) {
        match (self.0.last_mut(), part) {
            (_, Part::Literal(text)) if text.is_empty() => {}
            (Some(Part::Literal(last)), Part::Literal(text)) => last.push_str(&text),
            (_, part) => self.0.push(part),
        }
    }

    fn extend(&mut self, other: Text) {
        other.0.into_iter().for_each(|part| self.push(part));
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for part in &self.0 {
            match part {
                Part::Literal(text) => f.write_str(text)?,
                Part::Ref(name) => write!(f, "${{{name}}}")?,
                Part::Attribute(name, attribute) => write!(f, "${{{name}.{attribute}}}")?,
                Part::Unknown(_) => f.write_str("${?}")?,
            }
        }
        Ok(())
    }
}

/// The text that a node stands for.
pub(super) fn text(node: &Node) -> Text {
    known(node).unwrap_or_else(|| Text(vec![Part::Unknown(written(node))]))
}

fn known(node: &Node) -> Option<Text> {
    if let Some(scalar) = node.scalar() {
        return Some(Text::literal(scalar));
    }
    let (function, argument) = node.only()?;
    match function {
        "Ref" => Some(Text(vec![Part::Ref(argument.scalar()?.to_string())])),
        "Fn::GetAtt" => Some(Text(vec![attribute(argument)?])),
        "Fn::Sub" => match argument.items() {
            [template] => Some(substituted(template.scalar()?, None)),
            [template, values] => Some(substituted(template.scalar()?, Some(values))),
            _ => None,
        },
        "Fn::Join" => {
            let [delimiter, Node { kind: Kind::List(items), .. }] = argument.items() else { return None };
            let mut all = Text::default();
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    all.extend(Text::literal(delimiter.scalar()?));
                }
                all.extend(text(item));
            }
            Some(all)
        }
        _ => None,
    }
}

/// `Name.Attribute`, or the two in a list.
fn attribute(argument: &Node) -> Option<Part> {
    let (name, attribute) = match argument.items() {
        [both] => both.scalar()?.split_once('.')?,
        [name, attribute] => (name.scalar()?, attribute.scalar()?),
        _ => return None,
    };
    Some(Part::Attribute(name.to_string(), attribute.to_string()))
}

fn substituted(template: &str, values: Option<&Node>) -> Text {
    let mut all = Text::default();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        all.extend(Text::literal(before));
        let Some((name, tail)) = after.split_once('}') else {
            all.extend(Text::literal("${"));
            rest = after;
            continue;
        };
        rest = tail;
        let name = name.trim();
        match (name.strip_prefix('!'), values.and_then(|values| values.get(name)), name.split_once('.')) {
            (Some(literal), ..) => all.extend(Text::literal(&format!("${{{literal}}}"))),
            (_, Some(value), _) => all.extend(text(value)),
            (_, _, Some((name, attribute))) => all.push(Part::Attribute(name.into(), attribute.into())),
            _ => all.push(Part::Ref(name.into())),
        }
    }
    all.extend(Text::literal(rest));
    all
}

/// The node on one line: two that are the same give the same.
fn written(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(text) => format!("{text:?}"),
        Kind::List(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(",")),
        Kind::Map(entries) => {
            let entries = entries.iter().map(|entry| format!("{:?}:{}", entry.key, written(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::read;
    use super::*;

    #[track_caller]
    fn check(yaml: &str, expect: &str) {
        assert_eq!(text(&read(yaml).unwrap()).to_string(), expect);
    }

    #[test]
    fn functions_become_parts() {
        check(
            "!Sub 'arn:${AWS::Partition}:x/${T}/${T.Arn}/${!Lit}'",
            "arn:${AWS::Partition}:x/${T}/${T.Arn}/${Lit}",
        );
        check("!Sub ['${A}-${B}', {A: a, B: !Ref P}]", "a-${P}");
        check("!Join ['/', [a, !GetAtt T.Arn, b]]", "a/${T.Arn}/b");
        check("{'Fn::GetAtt': [T, Arn]}", "${T.Arn}");
        check("!ImportValue x", "${?}");
        check("!If [C, a, b]", "${?}");
        check("!Sub 'a${b'", "a${b");
    }

    #[test]
    fn what_is_not_known_is_equal_to_itself() {
        let of = |yaml: &str| text(&read(yaml).unwrap());
        assert_eq!(of("!ImportValue {'Fn::Sub': '${A}'}"), of("Fn::ImportValue: !Sub '${A}'"));
        assert_ne!(of("!ImportValue a"), of("!ImportValue b"));
    }
}
