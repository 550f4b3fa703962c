//! `CfnValue` -> YAML text that readers of YAML 1.1 (SAM CLI, CloudFormation, PyYAML) and 1.2 understand alike.
//!
//! The layout is written here, in block style with short tags and comments; each scalar is quoted by `serde-saphyr`, which knows the
//! words and numbers of YAML 1.1. Deliberately absent: folding of long lines, anchors, reading.

use anyhow::Result;
use serde_saphyr::SerializerOptions;

use crate::aws::CfnValue;

/// The document, with comment lines before it.
pub fn to_yaml(value: &CfnValue, header: &[String]) -> Result<String> {
    let mut writer = Writer { out: String::new() };
    writer.comments(header, 0);
    writer.block(value, 0)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
}

impl Writer {
    /// A map or list whose first line starts at the current place of a fresh line.
    fn block(&mut self, value: &CfnValue, indent: usize) -> Result<()> {
        match value.plain() {
            CfnValue::Map(map) if !map.is_empty() => {
                for (at, (key, value)) in map.iter().enumerate() {
                    // An empty line keeps the large sections and resources of a template apart.
                    let apart = indent == 0
                        || (indent == 2
                            && matches!(value.plain(), CfnValue::Map(map) if map.contains_key("Properties")));
                    if at > 0 && apart && matches!(value.plain(), CfnValue::Map(_)) {
                        self.out.push('\n');
                    }
                    self.entry(key, value, indent, true)?;
                }
                Ok(())
            }
            CfnValue::Seq(items) if !items.is_empty() => {
                for item in items {
                    self.item(item, indent)?;
                }
                Ok(())
            }
            scalar => {
                self.pad(indent);
                self.scalar(scalar)?;
                self.out.push('\n');
                Ok(())
            }
        }
    }

    fn entry(&mut self, key: &str, value: &CfnValue, indent: usize, padded: bool) -> Result<()> {
        if padded {
            if let CfnValue::Commented(lines, _) = value {
                self.comments(lines, indent);
            }
            self.pad(indent);
        }
        self.out.push_str(&quoted(key)?);
        self.out.push(':');
        match value.plain() {
            CfnValue::Map(map) if !map.is_empty() => {
                self.out.push('\n');
                self.block(value, indent + 2)
            }
            CfnValue::Seq(items) if !items.is_empty() => {
                self.out.push('\n');
                self.block(value, indent + 2)
            }
            scalar => {
                self.out.push(' ');
                self.scalar(scalar)?;
                self.out.push('\n');
                Ok(())
            }
        }
    }

    fn item(&mut self, item: &CfnValue, indent: usize) -> Result<()> {
        if let CfnValue::Commented(lines, _) = item {
            self.comments(lines, indent);
        }
        self.pad(indent);
        match item.plain() {
            CfnValue::Map(map) if !map.is_empty() => {
                self.out.push_str("- ");
                for (at, (key, value)) in map.iter().enumerate() {
                    self.entry(key, value, indent + 2, at > 0)?;
                }
                Ok(())
            }
            CfnValue::Seq(items) if !items.is_empty() => {
                self.out.push_str("-\n");
                self.block(item, indent + 2)
            }
            scalar => {
                self.out.push_str("- ");
                self.scalar(scalar)?;
                self.out.push('\n');
                Ok(())
            }
        }
    }

    fn scalar(&mut self, value: &CfnValue) -> Result<()> {
        let text = match value {
            CfnValue::Str(text) => quoted(text)?,
            CfnValue::Int(number) => number.to_string(),
            CfnValue::Bool(truth) => truth.to_string(),
            CfnValue::Ref(id) => format!("!Ref {}", quoted(id)?),
            CfnValue::GetAtt(id, attribute) => format!("!GetAtt {}", quoted(&format!("{id}.{attribute}"))?),
            CfnValue::Sub(text) => format!("!Sub {}", quoted(text)?),
            CfnValue::Seq(_) => "[]".to_string(),
            CfnValue::Map(_) => "{}".to_string(),
            CfnValue::Commented(_, value) => return self.scalar(value),
        };
        self.out.push_str(&text);
        Ok(())
    }

    fn comments(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            self.pad(indent);
            self.out.push_str("# ");
            self.out.extend(line.chars().map(|c| if breaks_comment(c) { ' ' } else { c }));
            self.out.push('\n');
        }
    }

    fn pad(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// Characters that end a comment or that YAML does not allow in one.
fn breaks_comment(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A string as one line of YAML: plain where every reader takes it for that string, else quoted.
pub fn quoted(text: &str) -> Result<String> {
    let mut options = SerializerOptions::default();
    options.prefer_block_scalars = false;
    let yaml = serde_saphyr::to_string_with_options(&text, options)?;
    let yaml = yaml.strip_suffix('\n').unwrap_or(&yaml);
    // A plain scalar may not hold what ends it in a key, and `=` and `<<` are words of YAML 1.1.
    let plain = !yaml.starts_with(['"', '\'']);
    if yaml.contains('\n') || (plain && (yaml.ends_with(':') || matches!(yaml, "=" | "<<"))) {
        return Ok(serde_json::to_string(text)?);
    }
    Ok(yaml.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &CfnValue, expect: &str) {
        assert_eq!(to_yaml(value, &[]).unwrap(), expect);
    }

    #[test]
    fn words_and_numbers_of_yaml_1_1_are_quoted() {
        for word in [
            "yes",
            "no",
            "12:30:45",
            "2012-10-17",
            "ON",
            "0123",
            "y",
            "N",
            "off",
            "~",
            "null",
            "1e3",
            "0x1F",
            "=",
            "<<",
            "",
        ] {
            let text = quoted(word).unwrap();
            assert!(text.starts_with(['"', '\'']), "{word} is written as {text}");
        }
        for word in ["GET", "items-table", "/items/{id}", "dynamodb:GetItem", "arn:aws:s3:::b"] {
            assert_eq!(quoted(word).unwrap(), word);
        }
    }

    #[test]
    fn hostile_text_stays_one_scalar() {
        for text in [
            "a: b", "a #b", "- x", "!Ref X", "x\n- y", "\"", "'", "a:", "{a}", "[", "*", "&a", "%", "@",
            "\u{2028}",
        ] {
            let yaml = quoted(text).unwrap();
            assert!(!yaml.contains('\n'), "{yaml}");
            let back: String = serde_saphyr::from_str(&yaml).unwrap();
            assert_eq!(back, text);
        }
    }

    #[test]
    fn maps_lists_tags_and_comments() {
        let statement = CfnValue::map([
            ("Effect", CfnValue::str("Allow")),
            ("Resource", CfnValue::seq([CfnValue::sub("a${B}"), CfnValue::reference("C")])),
        ])
        .commented(vec!["why: GET /x\nInjected: true".into()]);
        check(
            &CfnValue::map([
                ("Empty", CfnValue::seq([])),
                ("On", CfnValue::Bool(true)),
                ("Statement", CfnValue::seq([statement, CfnValue::att("R", "Arn")])),
            ]),
            "Empty: []
\"On\": true
Statement:
  # why: GET /x Injected: true
  - Effect: Allow
    Resource:
      - !Sub a${B}
      - !Ref C
  - !GetAtt R.Arn
",
        );
    }
}
