//! An OpenAPI document -> requests with the bodies and parameters that it describes.
//!
//! Input: OpenAPI 3 or Swagger 2, in JSON or YAML. Output: a group with, for each operation, a request as described, one without each
//! part that is required, and one with a wrong type in each. Values are the document's examples, defaults and first choices, else the
//! simplest of their type. Deliberately absent: whether answers are as described.
//!
//! Sources: OpenAPI specification 3.1, "Operation Object", "Parameter Object", "Schema Object", "Reference Object".

use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value, json};

use super::{Group, UNRESERVED, target as sent};
use crate::verify::event::Request;

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];
/// References within references.
const MAX_DEPTH: usize = 12;

pub(super) fn group(name: &str, text: &str) -> Result<Group, String> {
    // Every JSON text is YAML.
    let document: Value =
        serde_saphyr::from_str(text).map_err(|error| format!("it is neither JSON nor YAML: {error}"))?;
    let paths = document.get("paths").and_then(Value::as_object).ok_or("it has no `paths`")?;
    let document = Document(&document);
    let mut group = Group::new(name);
    for (path, item) in paths {
        let item = document.resolved(item);
        for method in METHODS {
            if let Some(operation) = item.get(*method) {
                document.operation(&mut group, path, method, &item, operation);
            }
        }
    }
    Ok(group)
}

struct Document<'d>(&'d Value);

/// A parameter of an operation, with a value.
struct Parameter {
    name: String,
    place: String,
    required: bool,
    value: Value,
}

impl Document<'_> {
    fn operation(&self, group: &mut Group, path: &str, method: &str, item: &Value, operation: &Value) {
        let parameters = self.parameters(item, operation);
        let body = self.body(operation, item);
        let made = |parameters: &[&Parameter], body: Option<&(String, Value)>| {
            request(&self.base(), path, method, parameters, body)
        };
        let all: Vec<&Parameter> = parameters.iter().collect();
        let named = |what: &str| format!("{} {path}, {what}", method.to_uppercase());
        group.add(named("as described"), made(&all, body.as_ref()));
        let required: Vec<&Parameter> =
            parameters.iter().filter(|one| one.required || one.place == "path").collect();
        if required.len() < all.len() {
            group.add(named("only what is required"), made(&required, body.as_ref()));
        }
        for parameter in parameters.iter().filter(|one| one.place != "path") {
            let others: Vec<&Parameter> =
                all.iter().copied().filter(|one| one.name != parameter.name).collect();
            if parameter.required {
                group.add(named(&format!("without `{}`", parameter.name)), made(&others, body.as_ref()));
            }
            if !parameter.value.is_string() {
                let wrong = Parameter {
                    value: json!("x"),
                    name: parameter.name.clone(),
                    place: parameter.place.clone(),
                    required: true,
                };
                let mut with = others;
                with.push(&wrong);
                group.add(named(&format!("a text for `{}`", parameter.name)), made(&with, body.as_ref()));
            }
        }
        let Some((kind, Value::Object(fields))) = &body else { return };
        for (field, value) in fields {
            let mut without = fields.clone();
            without.remove(field);
            let body = (kind.clone(), Value::Object(without));
            group.add(named(&format!("a body without `{field}`")), made(&all, Some(&body)));
            let mut wrong = fields.clone();
            wrong.insert(field.clone(), if value.is_string() { json!(7) } else { json!("x") });
            let body = (kind.clone(), Value::Object(wrong));
            group.add(named(&format!("a wrong type for `{field}`")), made(&all, Some(&body)));
        }
    }

    /// What stands before each path: the path of the first server.
    fn base(&self) -> String {
        let url = self.0.pointer("/servers/0/url").and_then(Value::as_str);
        let url = url.or_else(|| self.0.get("basePath").and_then(Value::as_str)).unwrap_or_default();
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
            None => url,
        };
        path.trim_end_matches('/').to_string()
    }

    fn parameters(&self, item: &Value, operation: &Value) -> Vec<Parameter> {
        let of =
            |value: &Value| value.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut found: Vec<Parameter> = Vec::new();
        for listed in of(item).iter().chain(&of(operation)) {
            let listed = self.resolved(listed);
            let text = |name: &str| listed.get(name).and_then(Value::as_str).map(str::to_string);
            let (Some(name), Some(place)) = (text("name"), text("in")) else { continue };
            if place == "body" {
                continue;
            }
            let required = listed.get("required").and_then(Value::as_bool).unwrap_or(false);
            let value = example(&listed).unwrap_or_else(|| {
                // Swagger 2 has the schema in the parameter itself.
                self.value(listed.get("schema").unwrap_or(&listed), 0)
            });
            // Those of the operation replace those of the path.
            found.retain(|one| one.name != name || one.place != place);
            found.push(Parameter { name, place, required, value });
        }
        found
    }

    /// Content type and value of the body.
    fn body(&self, operation: &Value, item: &Value) -> Option<(String, Value)> {
        if let Some(body) = operation.get("requestBody") {
            let body = self.resolved(body);
            let content = body.get("content")?.as_object()?;
            let is_json = |kind: &str| kind.contains("json");
            let (kind, media) =
                content.iter().find(|(kind, _)| is_json(kind)).or_else(|| content.iter().next())?;
            let value =
                example(media).unwrap_or_else(|| self.value(media.get("schema").unwrap_or(&Value::Null), 0));
            return Some((kind.clone(), value));
        }
        let listed = [operation, item].into_iter().filter_map(|value| value.get("parameters")?.as_array());
        let body = listed
            .flatten()
            .map(|one| self.resolved(one))
            .find(|one| one.get("in") == Some(&json!("body")))?;
        Some(("application/json".to_string(), self.value(body.get("schema")?, 0)))
    }

    /// What a reference leads to in this document.
    fn resolved(&self, value: &Value) -> Value {
        let mut value = value;
        for _ in 0..MAX_DEPTH {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value.clone() };
            let Some(target) = reference.strip_prefix('#').and_then(|pointer| self.0.pointer(pointer)) else {
                return Value::Null;
            };
            value = target;
        }
        Value::Null
    }

    /// A value that fits a schema.
    fn value(&self, schema: &Value, depth: usize) -> Value {
        let schema = self.resolved(schema);
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        let given = ["example", "default", "const"].into_iter().find_map(|name| schema.get(name));
        let first = |name: &str| schema.get(name).and_then(Value::as_array).and_then(|all| all.first());
        if let Some(value) = given.or_else(|| first("examples")).or_else(|| first("enum")) {
            return value.clone();
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let mut all = Map::new();
            for part in parts {
                if let Value::Object(fields) = self.value(part, depth + 1) {
                    all.extend(fields);
                }
            }
            return Value::Object(all);
        }
        if let Some(choice) = first("oneOf").or_else(|| first("anyOf")) {
            return self.value(choice, depth + 1);
        }
        let kind = match schema.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            // 3.1 lists several, `null` among them.
            Some(Value::Array(kinds)) => {
                kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
            }
            _ if schema.get("properties").is_some() => "object",
            _ => "null",
        };
        match kind {
            "object" => {
                let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
                Value::Object(
                    fields.map(|(name, field)| (name.clone(), self.value(field, depth + 1))).collect(),
                )
            }
            "array" => json!([self.value(schema.get("items").unwrap_or(&Value::Null), depth + 1)]),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
            "boolean" => json!(true),
            "string" => json!(text(&schema)),
            _ => Value::Null,
        }
    }
}

fn example(of: &Value) -> Option<Value> {
    let named = || of.get("examples")?.as_object()?.values().next()?.get("value").cloned();
    of.get("example").cloned().or_else(named)
}

fn text(schema: &Value) -> String {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let known = match format {
        "uuid" => "00000000-0000-4000-8000-000000000001",
        "date" => "2026-01-01",
        "date-time" => "2026-01-01T00:00:00Z",
        "email" => "someone@example.com",
        "uri" | "url" => "https://example.com/",
        "byte" => "YQ==",
        _ => "text",
    };
    let least = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0).min(10_000) as usize;
    format!("{known}{}", "x".repeat(least.saturating_sub(known.len())))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

fn request(
    base: &str,
    path: &str,
    method: &str,
    parameters: &[&Parameter],
    body: Option<&(String, Value)>,
) -> Request {
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let mut target = format!("{base}{path}");
    let mut query = Vec::new();
    let mut headers = Vec::new();
    for parameter in parameters {
        let values: Vec<String> = match &parameter.value {
            Value::Array(values) => values.iter().map(plain).collect(),
            value => vec![plain(value)],
        };
        match parameter.place.as_str() {
            "path" => target = target.replace(&format!("{{{}}}", parameter.name), &encode(&values.join(","))),
            "query" => query
                .extend(values.iter().map(|value| format!("{}={}", encode(&parameter.name), encode(value)))),
            "header" => headers.push((parameter.name.to_lowercase(), values.join(","))),
            "cookie" => {
                headers.push(("cookie".to_string(), format!("{}={}", parameter.name, values.join(","))));
            }
            _ => {}
        }
    }
    if !query.is_empty() {
        target = format!("{target}?{}", query.join("&"));
    }
    let body = body.map_or(Vec::new(), |(kind, value)| {
        headers.push(("content-type".to_string(), kind.clone()));
        match value {
            Value::Object(fields) if kind.contains("form-urlencoded") => {
                let pairs =
                    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(&plain(value))));
                pairs.collect::<Vec<_>>().join("&").into_bytes()
            }
            Value::String(text) if !kind.contains("json") => text.clone().into_bytes(),
            value => value.to_string().into_bytes(),
        }
    });
    Request { method: method.to_uppercase(), target: sent(&target), headers, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> Vec<String> {
        let group = group("api", text).expect("a document");
        let shown = |request: &Request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            format!("{} {} {body}", request.method, request.target).trim_end().to_string()
        };
        group.steps.iter().map(|step| shown(&step.request)).collect()
    }

    #[test]
    fn operations_are_asked_as_described_and_with_parts_missing() {
        let document = "
openapi: 3.1.0
servers: [{url: 'https://api.example.com/v1/'}]
paths:
  /items/{id}:
    parameters: [{$ref: '#/components/parameters/id'}]
    get:
      parameters:
        - {name: limit, in: query, required: true, schema: {type: integer, minimum: 3}}
        - {name: q, in: query, schema: {type: string, default: a b}}
components:
  parameters:
    id: {name: id, in: path, required: true, example: lamp 1}
";
        assert_eq!(
            sent(document),
            [
                "GET /v1/items/lamp%201?limit=3&q=a%20b",
                "GET /v1/items/lamp%201?limit=3",
                "GET /v1/items/lamp%201?q=a%20b",
                "GET /v1/items/lamp%201?q=a%20b&limit=x",
            ]
        );
    }

    #[test]
    fn bodies_come_from_schemas() {
        let document = r##"{"paths": {"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {
            "allOf": [
                {"$ref": "#/components/schemas/A"},
                {"properties": {"at": {"type": "string", "format": "date"}, "tags": {"type": ["null", "array"], "items": {"enum": ["x"]}}}}
            ]
        }}}}}}}, "components": {"schemas": {"A": {"type": "object", "properties": {"n": {"type": "number"}, "own": {"$ref": "#/components/schemas/A"}}}}}}"##;
        let sent = sent(document);
        assert!(sent[0].starts_with(r#"POST /a {"at":"2026-01-01","n":1,"own":{"n":1,"#), "{}", sent[0]);
        assert!(sent[0].ends_with(r#","tags":["x"]}"#), "{}", sent[0]);
        // One without each field, and one with a wrong type for each.
        assert_eq!(sent.len(), 1 + 2 * 4);
        assert!(sent.iter().any(|one| one.starts_with(r#"POST /a {"n":1,"#)), "{sent:?}");
        assert!(sent.iter().any(|one| one.contains(r#""at":7"#)), "{sent:?}");
    }

    #[test]
    fn swagger_2_has_bodies_among_the_parameters() {
        let document = "
swagger: '2.0'
basePath: /v2
paths:
  /a:
    put:
      parameters:
        - {name: body, in: body, schema: {properties: {id: {type: string}}}}
        - {name: x-key, in: header, required: true, type: string}
";
        assert_eq!(sent(document)[0], r#"PUT /v2/a {"id":"text"}"#);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for (text, why) in
            [("openapi: 3.0.0", "no `paths`"), ("a: [", "neither JSON nor YAML"), ("", "no `paths`")]
        {
            let found = group("api", text).expect_err("it is none");
            assert!(found.contains(why), "{text}: {found}");
        }
        // A reference to itself ends.
        let own = r##"{"paths": {"/a": {"$ref": "#/paths/~1a"}}}"##;
        assert_eq!(sent(own), Vec::<String>::new());
    }
}
