//! The ARN formats of all resources that the data files of `access` name.
//!
//! Input: service and kind of a resource. Output: its format, and what the SDK's argument holds of it. Deliberately absent: names
//! (`arn`). `scripts/check_actions.py` reads this table and compares it with what AWS publishes.
//!
//! Source: the Service Authorization Reference, "Resource types defined by ..." of each service, in November 2026.

/// How the ARN of one kind of resource is made.
#[derive(Debug)]
pub(super) struct Format {
    pub(super) service: &'static str,
    pub(super) kind: &'static str,
    /// `{name}` and `{sub}` stand for the resource's, `${..}` for what the stack knows.
    pub(super) arn: &'static str,
    pub(super) takes: Takes,
}

/// What the SDK takes for a resource, so what a variable holds that is passed on as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// A name, or a name or an ARN.
    Name,
    /// An ARN only.
    Arn,
    /// A URL, or an id with more than one form: the ARN is not made of it.
    Other,
    /// What exists at run time only: a person says the ARN, where `*` may stand for the part that is not known before.
    RunTime,
}

const fn format(service: &'static str, kind: &'static str, arn: &'static str, takes: Takes) -> Format {
    Format { service, kind, arn, takes }
}

use Takes::{Arn, Name, Other, RunTime};

/// The format without a sub, and where there is one the format with it after it.
#[rustfmt::skip]
const FORMATS: &[Format] = &[
    format("bedrock", "async-invoke", "arn:${Partition}:bedrock:${Region}:${Account}:async-invoke/{name}", RunTime),
    format("bedrock", "guardrail", "arn:${Partition}:bedrock:${Region}:${Account}:guardrail/{name}", Name),
    format("bedrock", "model", "arn:${Partition}:bedrock:${Region}::foundation-model/{name}", Other),
    format("bedrock", "profile", "arn:${Partition}:bedrock:${Region}:${Account}:inference-profile/{name}", Name),
    // A profile sends the request to its model in any of its Regions, which the code does not name.
    format("bedrock", "profile-model", "arn:${Partition}:bedrock:*::foundation-model/{name}", Name),
    format("cloudwatch", "alarm", "arn:${Partition}:cloudwatch:${Region}:${Account}:alarm:{name}", Name),
    format("cloudwatch", "dashboard", "arn:${Partition}:cloudwatch::${Account}:dashboard/{name}", Name),
    format("cloudwatch", "dataset", "arn:${Partition}:cloudwatch:${Region}:${Account}:dataset/{name}", Name),
    format("cloudwatch", "insight-rule", "arn:${Partition}:cloudwatch:${Region}:${Account}:insight-rule/{name}", Name),
    format("cloudwatch", "metric-stream", "arn:${Partition}:cloudwatch:${Region}:${Account}:metric-stream/{name}", Name),
    format("cloudwatch", "mute-rule", "arn:${Partition}:cloudwatch:${Region}:${Account}:alarm-mute-rule:{name}", Name),
    format("cognito-idp", "userpool", "arn:${Partition}:cognito-idp:${Region}:${Account}:userpool/{name}", Name),
    format("dynamodb", "backup", "arn:${Partition}:dynamodb:${Region}:${Account}:table/{name}/backup/{sub}", RunTime),
    format("dynamodb", "export", "arn:${Partition}:dynamodb:${Region}:${Account}:table/{name}/export/{sub}", RunTime),
    format("dynamodb", "global-table", "arn:${Partition}:dynamodb::${Account}:global-table/{name}", Name),
    format("dynamodb", "import", "arn:${Partition}:dynamodb:${Region}:${Account}:table/{name}/import/{sub}", RunTime),
    format("dynamodb", "stream", "arn:${Partition}:dynamodb:${Region}:${Account}:table/{name}/stream/{sub}", RunTime),
    format("dynamodb", "table", "arn:${Partition}:dynamodb:${Region}:${Account}:table/{name}", Name),
    format("dynamodb", "table", "arn:${Partition}:dynamodb:${Region}:${Account}:table/{name}/index/{sub}", Name),
    format("events", "api-destination", "arn:${Partition}:events:${Region}:${Account}:api-destination/{name}", Name),
    format("events", "archive", "arn:${Partition}:events:${Region}:${Account}:archive/{name}", Name),
    format("events", "bus", "arn:${Partition}:events:${Region}:${Account}:event-bus/{name}", Name),
    format("events", "connection", "arn:${Partition}:events:${Region}:${Account}:connection/{name}", Name),
    format("events", "endpoint", "arn:${Partition}:events:${Region}:${Account}:endpoint/{name}", Name),
    format("events", "event-source", "arn:${Partition}:events:${Region}::event-source/{name}", Name),
    format("events", "replay", "arn:${Partition}:events:${Region}:${Account}:replay/{name}", Name),
    format("events", "rule", "arn:${Partition}:events:${Region}:${Account}:rule/{name}/{sub}", Name),
    format("execute-api", "connection", "arn:${Partition}:execute-api:${Region}:${Account}:{name}/${Stage}/${Method}/{sub}", RunTime),
    format("firehose", "stream", "arn:${Partition}:firehose:${Region}:${Account}:deliverystream/{name}", Name),
    format("iam", "role", "arn:${Partition}:iam::${Account}:role/{name}", Arn),
    format("kinesis", "channel", "arn:${Partition}:kinesis:${Region}:${Account}:channel/{name}", RunTime),
    format("kinesis", "consumer", "arn:${Partition}:kinesis:${Region}:${Account}:${StreamType}/{name}/consumer/{sub}:${Created}", RunTime),
    format("kinesis", "stream", "arn:${Partition}:kinesis:${Region}:${Account}:stream/{name}", Name),
    // The name begins with `alias/`.
    format("kms", "alias", "arn:${Partition}:kms:${Region}:${Account}:{name}", Name),
    format("kms", "key", "arn:${Partition}:kms:${Region}:${Account}:key/{name}", Other),
    format("lambda", "capacity-provider", "arn:${Partition}:lambda:${Region}:${Account}:capacity-provider:{name}", Name),
    format("lambda", "code-signing-config", "arn:${Partition}:lambda:${Region}:${Account}:code-signing-config:{name}", Arn),
    format("lambda", "durable-execution", "arn:${Partition}:lambda:${Region}:${Account}:function:{name}:${Version}/durable-execution/${ExecutionName}/{sub}", RunTime),
    format("lambda", "event-source-mapping", "arn:${Partition}:lambda:${Region}:${Account}:event-source-mapping:{name}", Name),
    format("lambda", "function", "arn:${Partition}:lambda:${Region}:${Account}:function:{name}", Name),
    format("lambda", "function", "arn:${Partition}:lambda:${Region}:${Account}:function:{name}:{sub}", Name),
    format("lambda", "layer", "arn:${Partition}:lambda:${Region}:${Account}:layer:{name}", Name),
    format("lambda", "layer", "arn:${Partition}:lambda:${Region}:${Account}:layer:{name}:{sub}", Name),
    format("logs", "anomaly-detector", "arn:${Partition}:logs:${Region}:${Account}:anomaly-detector:{name}", RunTime),
    format("logs", "delivery", "arn:${Partition}:logs:${Region}:${Account}:delivery:{name}", Name),
    format("logs", "delivery-destination", "arn:${Partition}:logs:${Region}:${Account}:delivery-destination:{name}", Name),
    format("logs", "delivery-source", "arn:${Partition}:logs:${Region}:${Account}:delivery-source:{name}", Name),
    format("logs", "destination", "arn:${Partition}:logs:${Region}:${Account}:destination:{name}", Name),
    // The published format lacks the end that a policy must have for all but tagging: CloudWatch Logs user guide, "Overview of
    // managing access permissions to your CloudWatch Logs resources", "ARN formats".
    format("logs", "log-group", "arn:${Partition}:logs:${Region}:${Account}:log-group:{name}:*", Name),
    format("logs", "log-stream", "arn:${Partition}:logs:${Region}:${Account}:log-group:{name}:log-stream:{sub}", Name),
    format("logs", "lookup-table", "arn:${Partition}:logs:${Region}:${Account}:lookup-table:{name}", Name),
    format("logs", "scheduled-query", "arn:${Partition}:logs:${Region}:${Account}:scheduled-query:{name}", RunTime),
    format("rds", "cluster", "arn:${Partition}:rds:${Region}:${Account}:cluster:{name}", Arn),
    format("s3", "bucket", "arn:${Partition}:s3:::{name}", Name),
    format("s3", "object", "arn:${Partition}:s3:::{name}/{sub}", Name),
    format("s3-object-lambda", "accesspoint", "arn:${Partition}:s3-object-lambda:${Region}:${Account}:accesspoint/{name}", RunTime),
    format("s3express", "bucket", "arn:${Partition}:s3express:${Region}:${Account}:bucket/{name}", Name),
    format("scheduler", "schedule", "arn:${Partition}:scheduler:${Region}:${Account}:schedule/{name}/{sub}", Name),
    format("scheduler", "schedule-group", "arn:${Partition}:scheduler:${Region}:${Account}:schedule-group/{name}", Name),
    // Each secret's ARN ends with a dash and six random characters: Secrets Manager user guide, "IAM policy examples".
    format("secretsmanager", "secret", "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:{name}-??????", Name),
    format("ses", "configuration-set", "arn:${Partition}:ses:${Region}:${Account}:configuration-set/{name}", Name),
    format("ses", "contact-list", "arn:${Partition}:ses:${Region}:${Account}:contact-list/{name}", Name),
    format("ses", "dedicated-ip-pool", "arn:${Partition}:ses:${Region}:${Account}:dedicated-ip-pool/{name}", Name),
    format("ses", "export-job", "arn:${Partition}:ses:${Region}:${Account}:export-job/{name}", RunTime),
    format("ses", "identity", "arn:${Partition}:ses:${Region}:${Account}:identity/{name}", Name),
    format("ses", "import-job", "arn:${Partition}:ses:${Region}:${Account}:import-job/{name}", RunTime),
    format("ses", "multi-region-endpoint", "arn:${Partition}:ses:${Region}:${Account}:multi-region-endpoint/{name}", Name),
    format("ses", "reputation-policy", "arn:${Partition}:ses:${Region}:aws:reputation-policy/{name}", Arn),
    format("ses", "template", "arn:${Partition}:ses:${Region}:${Account}:template/{name}", Name),
    format("ses", "tenant", "arn:${Partition}:ses:${Region}:${Account}:tenant/{name}/{sub}", RunTime),
    format("ses", "test-report", "arn:${Partition}:ses:${Region}:${Account}:deliverability-test-report/{name}", RunTime),
    format("ses", "verification-template", "arn:${Partition}:ses:${Region}:${Account}:custom-verification-email-template/{name}", Name),
    format("sns", "topic", "arn:${Partition}:sns:${Region}:${Account}:{name}", Arn),
    format("sqs", "queue", "arn:${Partition}:sqs:${Region}:${Account}:{name}", Other),
    format("ssm", "association", "arn:${Partition}:ssm:${Region}:${Account}:association/{name}", RunTime),
    format("ssm", "automation-execution", "arn:${Partition}:ssm:${Region}:${Account}:automation-execution/{name}", RunTime),
    format("ssm", "cloud-connector", "arn:${Partition}:ssm:${Region}:${Account}:cloud-connector/{name}", Name),
    format("ssm", "document", "arn:${Partition}:ssm:${Region}:${Account}:document/{name}", Name),
    format("ssm", "instance", "arn:${Partition}:ssm:${Region}:${Account}:managed-instance/{name}", RunTime),
    format("ssm", "maintenance-window", "arn:${Partition}:ssm:${Region}:${Account}:maintenancewindow/{name}", Name),
    format("ssm", "opsitem", "arn:${Partition}:ssm:${Region}:${Account}:opsitem/{name}", RunTime),
    format("ssm", "opsmetadata", "arn:${Partition}:ssm:${Region}:${Account}:opsmetadata/{name}", RunTime),
    format("ssm", "parameter", "arn:${Partition}:ssm:${Region}:${Account}:parameter/{name}", Name),
    format("ssm", "patch-baseline", "arn:${Partition}:ssm:${Region}:${Account}:patchbaseline/{name}", Name),
    format("ssm", "resource-data-sync", "arn:${Partition}:ssm:${Region}:${Account}:resource-data-sync/{name}", Name),
    format("ssm", "service-setting", "arn:${Partition}:ssm:${Region}:${Account}:servicesetting/{name}", Name),
    format("ssm", "session", "arn:${Partition}:ssm:${Region}:${Account}:session/{name}", RunTime),
    format("ssm", "window-target", "arn:${Partition}:ssm:${Region}:${Account}:windowtarget/{name}", RunTime),
    format("ssm", "window-task", "arn:${Partition}:ssm:${Region}:${Account}:windowtask/{name}", RunTime),
    format("states", "activity", "arn:${Partition}:states:${Region}:${Account}:activity:{name}", Arn),
    format("states", "execution", "arn:${Partition}:states:${Region}:${Account}:execution:{name}:{sub}", RunTime),
    format("states", "machine", "arn:${Partition}:states:${Region}:${Account}:stateMachine:{name}", Arn),
    format("states", "map-run", "arn:${Partition}:states:${Region}:${Account}:mapRun:{name}/${MapRunLabel}:{sub}", RunTime),
    format("sts", "federated-user", "arn:${Partition}:sts::${Account}:federated-user/{name}", Name),
    format("sts", "root", "arn:${Partition}:iam::{name}:root", Name),
];

/// The format of a kind, without or with a sub; none where the SDK takes an ARN of any kind.
pub(super) fn format_of(service: &str, kind: &str, with_sub: bool) -> Option<&'static Format> {
    let mut of_kind = FORMATS.iter().filter(|format| format.service == service && format.kind == kind);
    of_kind.clone().find(|format| format.needs_sub() == with_sub).or_else(|| of_kind.next())
}

impl Format {
    pub(super) fn needs_sub(&self) -> bool {
        self.arn.contains("{sub}")
    }

    /// The ARN as text of a `!Sub`.
    pub(super) fn render(&self, name: &str, sub: Option<&str>) -> String {
        let (before, after) = self.arn.split_once("{name}").expect("every format has a name");
        let stack = |text: &str| {
            text.replace("${Partition}", "${AWS::Partition}")
                .replace("${Region}", "${AWS::Region}")
                .replace("${Account}", "${AWS::AccountId}")
        };
        match after.split_once("{sub}") {
            Some((between, end)) => {
                format!("{}{name}{between}{}{end}", stack(before), sub.unwrap_or_default())
            }
            None => format!("{}{name}{after}", stack(before)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_sorted_and_told_apart_by_kind_and_sub() {
        let keys: Vec<_> =
            FORMATS.iter().map(|format| (format.service, format.kind, format.needs_sub())).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(keys, sorted);
    }

    #[test]
    fn a_name_and_a_sub_stand_as_they_are() {
        let format = format_of("dynamodb", "table", true).unwrap();
        assert_eq!(
            format.render("${Region}", Some("{name}")),
            "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Region}/index/{name}"
        );
        assert!(format_of("sqs", "topic", false).is_none());
    }
}
