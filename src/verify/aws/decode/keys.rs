//! Requests to secrets, parameters and keys.
//!
//! Sources: Secrets Manager user guide, "Permissions policy examples"; Systems Manager user guide, "Restricting access to parameters";
//! KMS developer guide, "Controlling access to aliases".

use serde_json::Value;

use super::{Decoding, text};
use crate::verify::aws::iam::Need;

impl Decoding<'_> {
    pub(super) fn secrets(&self) -> Result<Vec<Need>, String> {
        let operation = self.request.operation().ok_or("it names no operation")?;
        let body = self.request.json()?;
        // AWS ends the ARN of a secret in six random characters.
        let secret = |name: &str| {
            if name.starts_with("arn:") {
                name.to_string()
            } else {
                self.arn("secretsmanager", &format!("secret:{name}-AbCdEf"))
            }
        };
        match operation {
            "ListSecrets" | "GetRandomPassword" => {
                Ok(vec![Need::new(format!("secretsmanager:{operation}"), "*")])
            }
            "BatchGetSecretValue" => {
                let names =
                    body.get("SecretIdList").and_then(Value::as_array).ok_or("it has no `SecretIdList`")?;
                let each = names.iter().filter_map(Value::as_str);
                let each = each.map(|name| Need::new("secretsmanager:GetSecretValue", secret(name)));
                Ok(std::iter::once(Need::new("secretsmanager:BatchGetSecretValue", "*"))
                    .chain(each)
                    .collect())
            }
            _ => {
                let name = text(&body, "SecretId").or_else(|_| text(&body, "Name"))?;
                Ok(vec![Need::new(format!("secretsmanager:{operation}"), secret(name))])
            }
        }
    }

    pub(super) fn ssm(&self) -> Result<Vec<Need>, String> {
        let operation = self.request.operation().ok_or("it names no operation")?;
        let body = self.request.json()?;
        let need = |name: &str| {
            // A name may say a version or a label behind a colon.
            let arn = if name.starts_with("arn:") {
                name.to_string()
            } else {
                let own = name.split(':').next().unwrap_or_default().trim_matches('/');
                self.arn("ssm", &format!("parameter/{own}"))
            };
            Need::new(format!("ssm:{operation}"), arn)
        };
        match operation {
            "DescribeParameters" => Ok(vec![Need::new("ssm:DescribeParameters", "*")]),
            "GetParameters" | "DeleteParameters" => {
                let names = body.get("Names").and_then(Value::as_array).ok_or("it has no list `Names`")?;
                Ok(names.iter().filter_map(Value::as_str).map(need).collect())
            }
            "GetParametersByPath" => {
                let recursive = body.get("Recursive").and_then(Value::as_bool).unwrap_or(false);
                Ok(vec![need(text(&body, "Path")?).with("ssm:Recursive", vec![recursive.to_string()])])
            }
            "GetParameter" | "PutParameter" | "DeleteParameter" | "GetParameterHistory" => {
                Ok(vec![need(text(&body, "Name")?)])
            }
            _ => Err("it is not known".to_string()),
        }
    }

    /// An alias is authorized as its key.
    pub(super) fn kms(&self) -> Result<Vec<Need>, String> {
        let operation = self.request.operation().ok_or("it names no operation")?;
        let body = self.request.json()?;
        let need = |action: &str, key: &str| -> Result<Need, String> {
            let name = if key.starts_with("arn:") { key.rsplit(':').next().unwrap_or(key) } else { key };
            let need = if name.starts_with("alias/") {
                let id = self.account.aliases.get(name);
                let id = id.ok_or_else(|| format!("the key behind `{name}` is not known"))?;
                Need::new(format!("kms:{action}"), self.arn("kms", &format!("key/{id}")))
                    .with("kms:RequestAlias", vec![name.to_string()])
            } else if key.starts_with("arn:") {
                Need::new(format!("kms:{action}"), key)
            } else {
                Need::new(format!("kms:{action}"), self.arn("kms", &format!("key/{name}")))
            };
            let encryption = body.get("EncryptionContext").and_then(Value::as_object).into_iter().flatten();
            let encryption = encryption.filter_map(|(name, value)| Some((name, value.as_str()?)));
            Ok(encryption.fold(need, |need, (name, value)| {
                need.with(&format!("kms:EncryptionContext:{name}"), vec![value.to_string()])
            }))
        };
        match operation {
            "GenerateRandom" | "ListKeys" | "ListAliases" => {
                Ok(vec![Need::new(format!("kms:{operation}"), "*")])
            }
            "ReEncrypt" => Ok(vec![
                need("ReEncryptFrom", text(&body, "SourceKeyId")?)?,
                need("ReEncryptTo", text(&body, "DestinationKeyId")?)?,
            ]),
            // The key of a ciphertext is in the ciphertext, where only AWS reads it.
            _ => Ok(vec![need(operation, text(&body, "KeyId")?)?]),
        }
    }
}
