//! Requests to queues, topics, buses, functions and state machines.
//!
//! Sources: SQS developer guide, "Amazon SQS API permissions"; SNS developer guide, "Using identity-based policies"; EventBridge user
//! guide, "Using IAM policy conditions"; Lambda developer guide, "Lambda API permissions".

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Decoding, pairs, text};
use crate::verify::aws::iam::Need;

impl Decoding<'_> {
    pub(super) fn sqs(&self) -> Result<Vec<Need>, String> {
        let operation = self.request.operation().ok_or("it names no operation")?;
        let body = self.request.json()?;
        if operation == "ListQueues" {
            return Ok(vec![Need::new("sqs:ListQueues", "*")]);
        }
        // A batch is authorized as its single messages.
        let action = format!("sqs:{}", operation.strip_suffix("Batch").unwrap_or(operation));
        let Ok(url) = text(&body, "QueueUrl") else {
            return Ok(vec![Need::new(action, self.arn("sqs", text(&body, "QueueName")?))]);
        };
        let mut parts = url.trim_end_matches('/').rsplit('/');
        let (Some(name), Some(account)) = (parts.next(), parts.next()) else {
            return Err(format!("`{url}` is no URL of a queue"));
        };
        Ok(vec![Need::new(action, format!("arn:aws:sqs:{}:{account}:{name}", self.region))])
    }

    /// Its query protocol.
    pub(super) fn sns(&self) -> Result<Vec<Need>, String> {
        let form = pairs(std::str::from_utf8(&self.request.body).map_err(|error| error.to_string())?);
        let of = |name: &str| form.get(name).ok_or_else(|| format!("it has no `{name}`"));
        let operation = of("Action")?;
        let action = format!("sns:{}", operation.strip_suffix("Batch").unwrap_or(operation));
        let resource = match operation.as_str() {
            // A text message has no topic.
            "Publish" if form.contains_key("PhoneNumber") => "*".to_string(),
            "CreateTopic" => self.arn("sns", of("Name")?),
            "ListTopics" | "ListSubscriptions" => "*".to_string(),
            _ => of("TopicArn").or_else(|_| of("TargetArn"))?.clone(),
        };
        Ok(vec![Need::new(action, resource)])
    }

    pub(super) fn events(&self) -> Result<Vec<Need>, String> {
        if self.request.operation() != Some("PutEvents") {
            return Err("it is not known".to_string());
        }
        let body = self.request.json()?;
        let entries = body.get("Entries").and_then(Value::as_array).ok_or("it has no list `Entries`")?;
        let need = |entry: &Value| {
            let of = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
            let bus = Some(of("EventBusName")).filter(|bus| !bus.is_empty()).unwrap_or("default".to_string());
            let arn =
                if bus.starts_with("arn:") { bus } else { self.arn("events", &format!("event-bus/{bus}")) };
            Need::new("events:PutEvents", arn)
                .with("events:source", vec![of("Source")])
                .with("events:detail-type", vec![of("DetailType")])
        };
        Ok(entries.iter().map(need).collect())
    }

    pub(super) fn lambda(&self) -> Result<Vec<Need>, String> {
        let parts: Vec<&str> = self.request.path().trim_start_matches('/').split('/').collect();
        let [version, "functions", name, what] = parts.as_slice() else {
            return Err("it is not known".to_string());
        };
        let is_invocation = match *version {
            "2015-03-31" | "2021-11-15" => {
                let what = what.strip_prefix("response-streaming-").unwrap_or(what);
                matches!(what, "invocations" | "invoke-async")
            }
            _ => false,
        };
        if !is_invocation || self.request.method != "POST" {
            return Err("it is not known".to_string());
        }
        let name = percent_decode_str(name).decode_utf8_lossy().into_owned();
        // NAME, NAME:QUALIFIER, or ACCOUNT:function:NAME.
        let arn = if name.starts_with("arn:") {
            name
        } else {
            let own = name.split_once("function:").map_or(name.as_str(), |(_, own)| own);
            self.arn("lambda", &format!("function:{own}"))
        };
        let arn = match self.request.query().get("Qualifier") {
            Some(qualifier) => format!("{arn}:{qualifier}"),
            None => arn,
        };
        Ok(vec![Need::new("lambda:InvokeFunction", arn)])
    }

    pub(super) fn states(&self) -> Result<Vec<Need>, String> {
        let operation = self.request.operation().ok_or("it names no operation")?;
        let body = self.request.json()?;
        let key = match operation {
            "StartExecution" | "StartSyncExecution" | "DescribeStateMachine" | "ListExecutions" => {
                "stateMachineArn"
            }
            "DescribeExecution" | "StopExecution" | "GetExecutionHistory" => "executionArn",
            _ => return Err("it is not known".to_string()),
        };
        Ok(vec![Need::new(format!("states:{operation}"), text(&body, key)?)])
    }
}
