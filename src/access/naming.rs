//! The text of an argument -> the resources that it names, by the form in which the argument holds them.
//!
//! Input: a text as far as it is known. Output: kind, name and what belongs to it. Deliberately absent: where the text comes from
//! (`argument`), and ARNs (`aws`).

use super::services::{Form, ResourceRule};
use super::table::{Part, ResourceName};
use crate::values::{Piece, Text};

/// What one text names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) kind: String,
    pub(super) name: Text,
    /// The key of an object, where the text holds it too.
    pub(super) key: Option<Text>,
}

/// Begins the query of a `copy_source` that names a version.
const VERSION: &str = "?versionId=";

/// Geographies that begin the id of an inference profile of the system.
///
/// Source: Amazon Bedrock user guide, "Supported Regions and models for inference profiles".
const GEOGRAPHIES: &[&str] = &["apac.", "au.", "ca.", "eu.", "global.", "jp.", "us-gov.", "us."];

/// The resources that a text names; none where it is not of the form.
pub(super) fn named(text: &Text, rule: &ResourceRule) -> Vec<Named> {
    let of = |kind: &str, name: Text| Named { kind: kind.to_string(), name, key: None };
    match rule.form {
        Form::Plain => vec![of(&rule.kind, text.clone())],
        Form::CopySource | Form::CopySourceVersion => {
            let (text, version) = without_version(text);
            if version != (rule.form == Form::CopySourceVersion) {
                return Vec::new();
            }
            let (bucket, key) = split_source(&text);
            vec![Named { key: Some(key), ..of(&rule.kind, bucket) }]
        }
        Form::Subscription => vec![of(&rule.kind, topic(text))],
        Form::Model => match text.as_literal().and_then(model_of_profile) {
            Some(model) => vec![of("profile", text.clone()), of("profile-model", Text::literal(model))],
            None => vec![of(&rule.kind, text.clone())],
        },
    }
}

/// A name for reports; `unknown` stands for parts that are not known.
pub(super) fn name(text: &Text, unknown: &Part) -> ResourceName {
    let mut parts: Vec<Part> = text
        .0
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => Part::Literal(text.clone()),
            Piece::Env(variable) => Part::Env(variable.clone()),
            Piece::Unknown => unknown.clone(),
        })
        .collect();
    if parts.is_empty() {
        parts.push(Part::Literal(String::new()));
    }
    ResourceName(parts)
}

/// What stands for the parts of a name that are not known: `*` in an open name, whose start says something.
pub(super) fn rest(name: &Text, open: bool) -> Part {
    let says_something = match name.0.first() {
        Some(Piece::Literal(start)) => start.contains(char::is_alphanumeric),
        Some(Piece::Env(_)) => true,
        _ => false,
    };
    if open && says_something { Part::Any } else { Part::Unknown }
}

/// A source without the version that it ends with, and whether it does.
fn without_version(text: &Text) -> (Text, bool) {
    let mut kept = Text::default();
    for piece in &text.0 {
        if let Piece::Literal(literal) = piece
            && let Some((before, _)) = literal.split_once(VERSION)
        {
            return (kept.join(Text::literal(before)), true);
        }
        kept = kept.join(Text(vec![piece.clone()]));
    }
    (kept, false)
}

/// `bucket/key` in two.
fn split_source(text: &Text) -> (Text, Text) {
    let (mut bucket, mut key) = (Text::default(), Text::default());
    let mut in_key = false;
    for (at, piece) in text.0.iter().enumerate() {
        match piece {
            Piece::Literal(literal) if !in_key => {
                let literal = if at == 0 { literal.strip_prefix('/').unwrap_or(literal) } else { literal };
                match literal.split_once('/') {
                    Some((before, after)) => {
                        bucket = bucket.join(Text::literal(before));
                        key = key.join(Text::literal(after));
                        in_key = true;
                    }
                    None => bucket = bucket.join(Text::literal(literal)),
                }
            }
            piece if in_key => key = key.join(Text(vec![piece.clone()])),
            piece => bucket = bucket.join(Text(vec![piece.clone()])),
        }
    }
    if key.0.is_empty() {
        key = Text::unknown();
    }
    (bucket, key)
}

/// The topic of a subscription's ARN: all before the last colon.
fn topic(subscription: &Text) -> Text {
    for (at, piece) in subscription.0.iter().enumerate().rev() {
        if let Piece::Literal(literal) = piece
            && let Some((before, _)) = literal.rsplit_once(':')
        {
            return Text(subscription.0[..at].to_vec()).join(Text::literal(before));
        }
    }
    Text::unknown()
}

/// The model behind the id or ARN of an inference profile of the system.
fn model_of_profile(text: &str) -> Option<&str> {
    let id = text.rsplit_once(":inference-profile/").map_or(text, |(_, id)| id);
    GEOGRAPHIES.iter().find_map(|geography| id.strip_prefix(geography))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(form: Form, text: &Text, expect: &[(&str, Text, Option<Text>)]) {
        let rule = ResourceRule { kind: "kind".to_string(), form, ..ResourceRule::default() };
        let expect: Vec<Named> = expect
            .iter()
            .cloned()
            .map(|(kind, name, key)| Named { kind: kind.to_string(), name, key })
            .collect();
        assert_eq!(named(text, &rule), expect);
    }

    #[test]
    fn a_copy_source_is_a_bucket_and_a_key_with_or_without_version() {
        let of = |bucket, key| [("kind", Text::literal(bucket), Some(key))];
        check(Form::CopySource, &Text::literal("/b/a/k.png"), &of("b", Text::literal("a/k.png")));
        check(Form::CopySource, &Text::literal("b/k?versionId=1"), &[]);
        check(Form::CopySourceVersion, &Text::literal("b/k?versionId=1"), &of("b", Text::literal("k")));
        check(Form::CopySourceVersion, &Text::literal("b/k"), &[]);
        let run_time = Text::literal("b/").join(Text::unknown()).join(Text::literal("?versionId=1"));
        check(Form::CopySourceVersion, &run_time, &of("b", Text::unknown()));
    }

    #[test]
    fn a_subscription_names_its_topic() {
        let topic = "arn:aws:sns:us-east-1:1:orders";
        let of = |name| [("kind", name, None)];
        check(Form::Subscription, &Text::literal(format!("{topic}:0f3a")), &of(Text::literal(topic)));
        let mixed = Text::env("TOPIC").join(Text::literal(":")).join(Text::unknown());
        check(Form::Subscription, &mixed, &of(Text::env("TOPIC")));
        check(Form::Subscription, &Text::env("SUBSCRIPTION"), &of(Text::unknown()));
    }

    #[test]
    fn an_inference_profile_stands_for_its_model_too() {
        let model = Text::literal("anthropic.claude-v2:1");
        check(Form::Model, &model, &[("kind", model.clone(), None)]);
        let profile = Text::literal("eu.anthropic.claude-v2:1");
        check(
            Form::Model,
            &profile,
            &[("profile", profile.clone(), None), ("profile-model", model.clone(), None)],
        );
        check(Form::Model, &Text::env("MODEL_ID"), &[("kind", Text::env("MODEL_ID"), None)]);
    }
}
