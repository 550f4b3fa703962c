//! Requests to DynamoDB.
//!
//! Sources, all in the DynamoDB developer guide: "Using IAM with DynamoDB transactions", "IAM policies for PartiQL", "Using IAM policy
//! conditions for fine-grained access control", "Expressions and operators".

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Decoding, text};
use crate::verify::aws::iam::Need;

/// Operations that are about one table and nothing in it.
const ON_TABLES: &[&str] =
    &["DescribeTable", "DescribeTimeToLive", "UpdateTable", "DeleteTable", "CreateTable", "UpdateTimeToLive"];
const WITHOUT_TABLE: &[&str] = &["ListTables", "DescribeLimits", "DescribeEndpoints"];
/// Words of expressions that are no attributes.
const WORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "between",
    "in",
    "set",
    "remove",
    "add",
    "delete",
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
    "size",
    "if_not_exists",
    "list_append",
];

impl Decoding<'_> {
    pub(super) fn dynamodb(&self) -> Result<Vec<Need>, String> {
        let operation = self.request.operation().ok_or("it names no operation")?;
        let body = self.request.json()?;
        let list = |of: &Value, key: &str| {
            of.get(key).and_then(Value::as_array).cloned().ok_or_else(|| format!("it has no list `{key}`"))
        };
        match operation {
            "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" => Ok(vec![self.keyed(operation, &body)?]),
            "Query" | "Scan" => {
                let key = Value::Object(fixed(&body));
                let index = body.get("IndexName").and_then(Value::as_str);
                Ok(vec![self.need(operation, &body, text(&body, "TableName")?, Some(&key), index)])
            }
            "BatchGetItem" => {
                let mut needs = Vec::new();
                for (table, part) in requested(&body)? {
                    for key in list(part, "Keys")? {
                        needs.push(self.need(operation, part, table, Some(&key), None));
                    }
                }
                Ok(needs)
            }
            "BatchWriteItem" => {
                let mut needs = Vec::new();
                for (table, writes) in requested(&body)? {
                    let writes = writes.as_array().ok_or("its writes are no list")?;
                    for part in writes.iter().filter_map(Value::as_object).flat_map(Map::values) {
                        needs.push(self.need(operation, part, table, Some(key_of(part)?), None));
                    }
                }
                Ok(needs)
            }
            "TransactWriteItems" | "TransactGetItems" => {
                let mut needs = Vec::new();
                for item in list(&body, "TransactItems")? {
                    for (kind, part) in item.as_object().into_iter().flatten() {
                        let action = match kind.as_str() {
                            "Put" => "PutItem",
                            "Update" => "UpdateItem",
                            "Delete" => "DeleteItem",
                            "ConditionCheck" => "ConditionCheckItem",
                            "Get" => "GetItem",
                            other => return Err(format!("a transaction holds `{other}`")),
                        };
                        let need = self.keyed(action, part)?;
                        needs.push(need.with("dynamodb:EnclosingOperation", vec![operation.to_string()]));
                    }
                }
                Ok(needs)
            }
            "ExecuteStatement" => Ok(vec![self.partiql(text(&body, "Statement")?)?]),
            "BatchExecuteStatement" => {
                list(&body, "Statements")?.iter().map(|one| self.partiql(text(one, "Statement")?)).collect()
            }
            "ExecuteTransaction" => {
                let each = list(&body, "TransactStatements")?;
                let each = each.iter().map(|one| {
                    let need = self.partiql(text(one, "Statement")?)?;
                    Ok(need.with("dynamodb:EnclosingOperation", vec![operation.to_string()]))
                });
                each.collect()
            }
            _ if ON_TABLES.contains(&operation) => Ok(vec![self.item(operation, &body, None)?]),
            _ if WITHOUT_TABLE.contains(&operation) => {
                Ok(vec![Need::new(format!("dynamodb:{operation}"), "*")])
            }
            _ => Err("it is not known".to_string()),
        }
    }

    /// What names an item: by its key, or whole.
    fn keyed(&self, action: &str, part: &Value) -> Result<Need, String> {
        self.item(action, part, Some(key_of(part)?))
    }

    fn item(&self, action: &str, part: &Value, key: Option<&Value>) -> Result<Need, String> {
        Ok(self.need(action, part, text(part, "TableName")?, key, None))
    }

    fn need(
        &self,
        action: &str,
        part: &Value,
        table: &str,
        key: Option<&Value>,
        index: Option<&str>,
    ) -> Need {
        let arn = self.table(table);
        let arn = index.map_or(arn.clone(), |index| format!("{arn}/index/{index}"));
        let mut need = Need::new(format!("dynamodb:{action}"), arn);
        let name = table.rsplit('/').next().unwrap_or(table);
        let place = index.map_or(name.to_string(), |index| format!("{name}/index/{index}"));
        let partition = self.account.partition_keys.get(&place);
        if let Some(value) = partition.and_then(|partition| key?.get(partition)?.as_object()?.values().next())
        {
            need = need.with("dynamodb:LeadingKeys", vec![scalar(value)]);
        }
        let attributes = attributes(part);
        if !attributes.is_empty() {
            need = need.with("dynamodb:Attributes", attributes);
        }
        for name in ["Select", "ReturnValues", "ReturnConsumedCapacity"] {
            if let Some(value) = part.get(name).and_then(Value::as_str) {
                need = need.with(&format!("dynamodb:{name}"), vec![value.to_string()]);
            }
        }
        need
    }

    fn table(&self, name: &str) -> String {
        if name.starts_with("arn:") {
            name.to_string()
        } else {
            self.arn("dynamodb", &format!("table/{name}"))
        }
    }

    fn partiql(&self, statement: &str) -> Result<Need, String> {
        let statement = inner(statement);
        let mut words = tokens(statement);
        let verb = words.next().unwrap_or_default().to_lowercase();
        let (action, before) = match verb.as_str() {
            "select" => ("Select", Some("from")),
            "insert" => ("Insert", Some("into")),
            "delete" => ("Delete", Some("from")),
            "update" => ("Update", None),
            _ => return Err(format!("`{statement}` is no statement")),
        };
        let mut rest =
            words.skip_while(|word| before.is_some_and(|before| !word.eq_ignore_ascii_case(before)));
        if before.is_some() {
            rest.next();
        }
        let name = rest.next().ok_or_else(|| format!("`{statement}` names no table"))?;
        let unquoted = |text: &str| text.trim_matches('"').to_string();
        // Dots stand in names too: only one between quotes, or outside of them, divides.
        let (table, index) = match name.split_once("\".") {
            Some((table, index)) => (unquoted(table), Some(unquoted(index))),
            None if name.starts_with('"') => (unquoted(name), None),
            None => match name.split_once('.') {
                Some((table, index)) => (table.to_string(), Some(unquoted(index))),
                None => (name.to_string(), None),
            },
        };
        let arn = self.table(&table);
        let arn = index.map_or(arn.clone(), |index| format!("{arn}/index/{index}"));
        Ok(Need::new(format!("dynamodb:PartiQL{action}"), arn))
    }
}

fn key_of(part: &Value) -> Result<&Value, String> {
    part.get("Item").or(part.get("Key")).ok_or_else(|| "it has neither `Item` nor `Key`".to_string())
}

fn requested(body: &Value) -> Result<&Map<String, Value>, String> {
    body.get("RequestItems").and_then(Value::as_object).ok_or_else(|| "it has no `RequestItems`".to_string())
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// The statement that `EXISTS( .. )` of a transaction checks.
fn inner(statement: &str) -> &str {
    let text = statement.trim().trim_end_matches(';').trim();
    let is_exists = text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("exists"));
    let rest = text.get(6..).unwrap_or_default().trim();
    match rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) if is_exists => inner.trim(),
        _ => text,
    }
}

/// Words of a statement; what is quoted is one.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let mut quoted = false;
        let end = rest.find(|char: char| {
            if char == '"' {
                quoted = !quoted;
            }
            !quoted && (char.is_whitespace() || matches!(char, ',' | ';' | '(' | ')'))
        });
        let end = end.map_or(rest.len(), |end| end.max(1));
        let (word, after) = rest.split_at_checked(end)?;
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// The attributes that a key condition fixes, with their values.
fn fixed(body: &Value) -> Map<String, Value> {
    let condition = body.get("KeyConditionExpression").and_then(Value::as_str).unwrap_or_default();
    let names = names(body);
    let is_name = |char: char| char.is_alphanumeric() || char == '_';
    let mut fixed = Map::new();
    for (at, _) in condition.match_indices('=') {
        let before = condition[..at].trim_end();
        // `>=` and the like fix nothing.
        if before.ends_with(['<', '>']) {
            continue;
        }
        let start = before
            .rfind(|char: char| !is_name(char) && char != '#')
            .map_or(0, |place| place + before[place..].chars().next().map_or(1, char::len_utf8));
        let Some(after) = condition[at + 1..].trim_start().strip_prefix(':') else { continue };
        let end = after.find(|char| !is_name(char)).unwrap_or(after.len());
        let value = body
            .get("ExpressionAttributeValues")
            .and_then(|values| values.get(format!(":{}", &after[..end])));
        if let Some(value) = value {
            let name = &before[start..];
            fixed.insert(names.get(name).cloned().unwrap_or_else(|| name.to_string()), value.clone());
        }
    }
    fixed
}

fn names(part: &Value) -> BTreeMap<String, String> {
    let names = part.get("ExpressionAttributeNames").and_then(Value::as_object).into_iter().flatten();
    names.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_string()))).collect()
}

/// The top-level attributes that a request names, sorted.
fn attributes(part: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for key in ["Item", "Key"] {
        found.extend(
            part.get(key).and_then(Value::as_object).into_iter().flat_map(|item| item.keys().cloned()),
        );
    }
    let listed = part.get("AttributesToGet").and_then(Value::as_array).into_iter().flatten();
    found.extend(listed.filter_map(Value::as_str).map(str::to_string));
    let names = names(part);
    for expression in ["Projection", "Update", "KeyCondition", "Filter", "Condition"] {
        let text = part.get(format!("{expression}Expression")).and_then(Value::as_str).unwrap_or_default();
        let is_name = |char: char| char.is_alphanumeric() || char == '_';
        let mut before = ' ';
        let mut at = 0;
        while let Some(char) = text[at..].chars().next() {
            let begins = (char == '#' || char == '_' || char.is_ascii_alphabetic())
                && !is_name(before)
                && !matches!(before, ':' | '#' | '.' | ']');
            if !begins {
                before = char;
                at += char.len_utf8();
                continue;
            }
            let own = char.len_utf8();
            let length = own + text[at + own..].find(|char| !is_name(char)).unwrap_or(text.len() - at - own);
            let name = &text[at..at + length];
            if !WORDS.contains(&name.to_lowercase().as_str()) {
                found.push(names.get(name).cloned().unwrap_or_else(|| name.to_string()));
            }
            before = 'a';
            at += length;
        }
    }
    found.sort();
    found.dedup();
    found
}
