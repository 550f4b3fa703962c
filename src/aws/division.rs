//! Statements -> the role's inline policy, and managed policies where it does not hold all.
//!
//! Input: a function's statements. Output: the same statements in parts that IAM accepts. Nothing is widened or joined to save room.
//!
//! Source: IAM user guide, "IAM and AWS STS quotas", read November 2026: inline policies of a role 10,240 characters together, a managed
//! policy 6,144, 10 managed policies on a role; white space does not count.

use super::arn::Arn;
use super::policy::Statement;

/// Characters of all inline policies of a role.
pub(super) const INLINE: usize = 10_240;
/// Characters of a managed policy.
const MANAGED: usize = 6_144;
/// Managed policies of a role, where no higher quota was asked for.
pub(super) const MANAGED_PER_ROLE: usize = 10;

/// `{"Version":"2012-10-17","Statement":[]}`.
const DOCUMENT: usize = 39;
/// The statement for the function's own log group, with a stack name of 128 characters.
const LOGS: usize = 420;
/// What a parameter's value is taken to hold, where it is not known before deployment: a bucket's name has at most 63.
const NAME: usize = 64;
/// The same of a parameter that holds an ARN.
const ARN: usize = 160;
/// The same of `AWS::Partition`, `AWS::Region` and `AWS::AccountId`.
const PSEUDO: usize = 14;

/// The parts of a function's policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Division {
    pub(super) inline: Vec<Statement>,
    /// Each fits one managed policy, but for one that a single ARN makes too long.
    pub(super) managed: Vec<Vec<Statement>>,
}

/// Divides statements in their order; the inline policy takes what fits.
pub(super) fn divide(statements: Vec<Statement>) -> Division {
    let whole: usize = statements.iter().map(size).sum();
    if DOCUMENT + LOGS + whole <= INLINE {
        return Division { inline: statements, managed: Vec::new() };
    }
    let mut division = Division::default();
    let mut inline = DOCUMENT + LOGS;
    let mut sizes: Vec<usize> = Vec::new();
    for statement in statements.into_iter().flat_map(pieces) {
        let size = size(&statement);
        if inline + size <= INLINE {
            inline += size;
            division.inline.push(statement);
        } else if let Some(at) = sizes.iter().position(|used| used + size <= MANAGED) {
            sizes[at] += size;
            division.managed[at].push(statement);
        } else {
            sizes.push(DOCUMENT + size);
            division.managed.push(vec![statement]);
        }
    }
    division
}

/// A statement in pieces that each fit a managed policy: by resources, then by actions.
fn pieces(statement: Statement) -> Vec<Statement> {
    if DOCUMENT + size(&statement) <= MANAGED {
        return vec![statement];
    }
    let (mut first, mut second) = (statement.clone(), statement);
    if first.resources.len() > 1 {
        second.resources = first.resources.split_off(first.resources.len() / 2);
    } else if first.actions.len() > 1 {
        second.actions = first.actions.split_off(first.actions.len() / 2);
    } else {
        return vec![first];
    }
    [first, second].into_iter().flat_map(pieces).collect()
}

/// The characters of a statement as JSON without white space, and the comma after it.
pub(super) fn size(statement: &Statement) -> usize {
    let actions = list(statement.actions.iter().map(String::len));
    let resources = list(statement.resources.iter().map(arn_size));
    let mut size = r#"{"Effect":"Allow","Action":,"Resource":},"#.len() + actions + resources;
    for test in &statement.conditions {
        let values = list(test.values.iter().map(String::len));
        size += r#"{"":{"":}},"#.len() + test.operator.len() + test.key.len() + values;
    }
    if !statement.conditions.is_empty() {
        size += r#","Condition":{}"#.len();
    }
    size
}

/// Strings in quotes; several stand in brackets.
fn list(lengths: impl ExactSizeIterator<Item = usize>) -> usize {
    let brackets = if lengths.len() == 1 { 0 } else { 2 };
    brackets + lengths.map(|length| length + 3).sum::<usize>()
}

fn arn_size(arn: &Arn) -> usize {
    match arn {
        Arn::Parameter(_) => ARN,
        Arn::Sub(_) | Arn::Any | Arn::Text(_) => {
            arn.resolve(|name| "x".repeat(if name.starts_with("AWS::") { PSEUDO } else { NAME })).len()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(actions: usize, resources: usize) -> Statement {
        let table = |at| Arn::Sub(format!("arn:${{AWS::Partition}}:dynamodb:::table/${{T{at:04}}}"));
        Statement {
            actions: (0..actions).map(|at| format!("dynamodb:Action{at:04}")).collect(),
            resources: (0..resources).map(table).collect(),
            conditions: Vec::new(),
            why: Vec::new(),
        }
    }

    fn atoms(statements: &[Statement]) -> usize {
        statements.iter().map(Statement::atoms).sum()
    }

    #[test]
    fn what_fits_stays_inline() {
        let all = vec![statement(2, 3), statement(1, 20)];
        assert_eq!(divide(all.clone()), Division { inline: all, managed: Vec::new() });
    }

    #[test]
    fn what_does_not_fit_becomes_managed_policies_of_the_same_atoms() {
        let all = vec![statement(3, 150), statement(1, 1), statement(2, 40)];
        let division = divide(all.clone());
        let within =
            |statements: &[Statement], limit| DOCUMENT + statements.iter().map(size).sum::<usize>() <= limit;
        assert!(within(&division.inline, INLINE - LOGS) && !division.inline.is_empty());
        assert!(!division.managed.is_empty());
        assert!(division.managed.iter().all(|statements| within(statements, MANAGED)));
        let managed: usize = division.managed.iter().map(|statements| atoms(statements)).sum();
        assert_eq!(atoms(&division.inline) + managed, atoms(&all));
    }

    #[test]
    fn the_size_is_that_of_the_json_text() {
        let mut one = statement(1, 2);
        one.resources = vec![Arn::Text("arn:aws:sqs:eu-west-1:1:q".into()), Arn::Text("arn:x".into())];
        let text = r#"{"Effect":"Allow","Action":"dynamodb:Action0000","Resource":["arn:aws:sqs:eu-west-1:1:q","arn:x"]},"#;
        assert!((text.len()..text.len() + 4).contains(&size(&one)), "{} {}", text.len(), size(&one));
    }
}
