//! Identity policies: what they allow.
//!
//! Input: what one part of a request must be allowed to do, and the statements of a role. Output: the statement that allows it.
//! Deliberately absent: statements that deny (the template's reader says of such a role that it is not known), and every other kind of
//! policy. What is not known is an error and never a guess.
//!
//! Sources, all in the IAM user guide: "IAM JSON policy elements" (Action, Resource, Condition operators), "Policy variables",
//! "IAM identifiers" (ARNs that lack parts), "Single-valued vs. multivalued context keys", "Conditions with multiple context keys or values".

use std::collections::BTreeMap;
use std::fmt;

use crate::deployed::{Condition, Permission};

/// What one part of a request must be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::verify) struct Need {
    /// `dynamodb:GetItem`
    pub(in crate::verify) action: String,
    /// An ARN, or `*`.
    pub(in crate::verify) resource: String,
    /// The condition keys that the request has, in lower case, each with its values.
    pub(super) context: BTreeMap<String, Vec<String>>,
}

impl Need {
    pub(super) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: BTreeMap::new() }
    }

    pub(super) fn with(mut self, key: &str, values: Vec<String>) -> Self {
        self.context.insert(key.to_lowercase(), values);
        self
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.resource)
    }
}

/// An action on a resource of a statement: the least that can be left out. Positions in the role, the statement and its lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::verify) struct Atom {
    pub(in crate::verify) statement: usize,
    pub(in crate::verify) action: usize,
    pub(in crate::verify) resource: usize,
}

/// The atoms that allow something; none where it is denied.
///
/// # Errors
/// Says which element of a policy is not known.
pub(super) fn allowing(role: &[Permission], need: &Need) -> Result<Vec<Atom>, String> {
    let mut atoms = Vec::new();
    for (statement, permission) in role.iter().enumerate() {
        for (action, pattern) in permission.actions.iter().enumerate() {
            if !matches(&pattern.to_lowercase(), &need.action.to_lowercase())? {
                continue;
            }
            for (resource, pattern) in permission.resources.iter().enumerate() {
                if matches_resource(pattern, &need.resource)? && holds(&permission.conditions, &need.context)?
                {
                    atoms.push(Atom { statement, action, resource });
                }
            }
        }
    }
    Ok(atoms)
}

/// What a text of a policy is made of: `${*}`, `${?}` and `${$}` are the characters themselves.
fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some((variable, after)) = rest.strip_prefix("${").and_then(|inner| inner.split_once('}')) {
            let mut inner = variable.chars();
            match (inner.next(), inner.next()) {
                (Some(char @ ('*' | '?' | '$')), None) => tokens.push(Token::Char(char)),
                _ => return Err(format!("the policy variable ${{{variable}}}")),
            }
            rest = after;
            continue;
        }
        tokens.push(match char {
            '*' => Token::Any,
            '?' => Token::One,
            char => Token::Char(char),
        });
        rest = &rest[char.len_utf8()..];
    }
    Ok(tokens)
}

/// A text of a policy where nothing stands for other characters.
fn literal(text: &str) -> Result<String, String> {
    let char = |token| match token {
        Token::Any => '*',
        Token::One => '?',
        Token::Char(char) => char,
    };
    Ok(tokens(text)?.into_iter().map(char).collect())
}

/// `*` stands for any characters and `?` for one.
fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    let tokens = tokens(pattern)?;
    let text: Vec<char> = text.chars().collect();
    // Places in the text that the tokens so far may lead to.
    let mut at = vec![false; text.len() + 1];
    at[0] = true;
    for token in tokens {
        let mut next = vec![false; text.len() + 1];
        match token {
            Token::Any => {
                let first = at.iter().position(|reached| *reached).unwrap_or(at.len());
                next.iter_mut().skip(first).for_each(|reached| *reached = true);
            }
            Token::One | Token::Char(_) => {
                for place in (0..text.len()).filter(|place| at[*place]) {
                    next[place + 1] = token == Token::One || token == Token::Char(text[place]);
                }
            }
        }
        at = next;
    }
    Ok(at[text.len()])
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Char(char),
}

/// An ARN in a list of resources may lack parts at its end, which are `*`. The documentation lets a `*` at the end of any part go on behind
/// its colon, or that of the last one only: only what both readings allow counts.
fn matches_resource(pattern: &str, arn: &str) -> Result<bool, String> {
    if pattern == "*" {
        return Ok(true);
    }
    let missing = 5usize.saturating_sub(pattern.matches(':').count());
    matches_arn(&format!("{pattern}{}", ":*".repeat(missing)), arn)
}

/// Wildcards stay within a part of an ARN; only its last part has colons of its own.
fn matches_arn(pattern: &str, arn: &str) -> Result<bool, String> {
    if pattern == "*" {
        return Ok(true);
    }
    let (wanted, found): (Vec<&str>, Vec<&str>) =
        (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    if wanted.len() != found.len() {
        return Ok(false);
    }
    for (wanted, found) in wanted.iter().zip(found) {
        if !matches(wanted, found)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// All conditions hold, each by any of its values.
fn holds(conditions: &[Condition], context: &BTreeMap<String, Vec<String>>) -> Result<bool, String> {
    for condition in conditions {
        let found = context.get(&condition.key.to_lowercase()).map(Vec::as_slice);
        if !holds_one(condition, found)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `found` is `None` where the request does not have the key.
fn holds_one(condition: &Condition, found: Option<&[String]>) -> Result<bool, String> {
    let operator = &condition.operator;
    let (quantifier, name) = operator.split_once(':').unwrap_or(("", operator));
    if name == "Null" {
        return Ok(found.is_none_or(<[String]>::is_empty) == (condition.values == ["true"]));
    }
    let (if_exists, name) = name.strip_suffix("IfExists").map_or((false, name), |name| (true, name));
    let (negated, name) = match name {
        "StringNotEquals" => (true, "StringEquals"),
        "StringNotEqualsIgnoreCase" => (true, "StringEqualsIgnoreCase"),
        "StringNotLike" => (true, "StringLike"),
        "ArnNotEquals" => (true, "ArnEquals"),
        "ArnNotLike" => (true, "ArnLike"),
        "NumericNotEquals" => (true, "NumericEquals"),
        name => (false, name),
    };
    let unknown = || format!("the condition operator {operator}");
    if !matches!(quantifier, "" | "ForAllValues" | "ForAnyValue") {
        return Err(unknown());
    }
    let number =
        |text: &str| text.parse::<f64>().map_err(|_| format!("`{text}` is no number for {operator}"));
    let compare = |wanted: &str, found: &str| -> Result<bool, String> {
        Ok(match name {
            "StringEquals" => literal(wanted)? == found,
            "StringEqualsIgnoreCase" | "Bool" => literal(wanted)?.eq_ignore_ascii_case(found),
            "StringLike" => matches(wanted, found)?,
            "ArnEquals" | "ArnLike" => matches_arn(wanted, found)?,
            "NumericEquals" => (number(wanted)? - number(found)?).abs() < f64::EPSILON,
            "NumericLessThanEquals" => number(found)? <= number(wanted)?,
            _ => return Err(unknown()),
        })
    };
    let Some(found) = found.filter(|found| !found.is_empty()) else {
        // Whether the operator is known does not depend on the request.
        compare("0", "0")?;
        if if_exists && quantifier == "ForAnyValue" {
            return Err(format!("{operator} on {}, which is not there", condition.key));
        }
        // No values at all: true for all of them, false for any of them.
        return Ok(if_exists
            || if quantifier.is_empty() { negated || if_exists } else { quantifier == "ForAllValues" });
    };
    if found.len() > 1 && quantifier.is_empty() {
        return Err(format!("{operator} on {}, which has several values", condition.key));
    }
    let mut results = Vec::new();
    for one in found {
        let mut any = false;
        for wanted in &condition.values {
            any |= compare(wanted, one)?;
        }
        results.push(any != negated);
    }
    Ok(if quantifier == "ForAnyValue" { results.contains(&true) } else { !results.contains(&false) })
}

#[cfg(test)]
mod tests;
