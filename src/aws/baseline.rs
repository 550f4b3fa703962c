//! What a person would grant instead: SAM policy templates and CDK grants, as a table, and how many atoms they come to.
//!
//! Input: what a function needs by resource. Output: the cheapest set of constructs that covers it, and its atoms. Deliberately absent:
//! constructs that allow everything (`S3FullAccessPolicy` aside, which is a list), keys of encrypted resources, logs.
//!
//! Source of SAM: `policy_templates.json` of aws-sam-translator 1.110.0. Source of CDK: aws-cdk-lib 2, `aws-dynamodb/lib/perms.ts`,
//! `aws-s3/lib/perms.ts`, `aws-sqs/lib/queue-base.ts` and the `grant*` methods of the other modules. Read November 2026.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::Needs;
use crate::access::Resource;

/// Who offers a construct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Sam,
    Cdk,
}

/// Which ARNs a construct's actions are granted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum On {
    /// One: the resource, or all of its parts.
    One,
    /// The resource and all of its parts: `table/T` and `table/T/index/*`, `bucket` and `bucket/*`.
    Both,
    /// The table, and its indexes where the program uses one.
    Indexes,
    /// `*`.
    All,
}

/// One policy template or grant method.
struct Construct {
    tool: Tool,
    name: &'static str,
    service: &'static str,
    kind: &'static str,
    /// Without prefix; a `*` at the end covers what begins like it, and counts as one action.
    actions: &'static [(On, &'static [&'static str])],
}

const fn sam(
    name: &'static str,
    service: &'static str,
    kind: &'static str,
    actions: &'static [(On, &'static [&'static str])],
) -> Construct {
    Construct { tool: Tool::Sam, name, service, kind, actions }
}

const fn cdk(
    name: &'static str,
    service: &'static str,
    kind: &'static str,
    actions: &'static [(On, &'static [&'static str])],
) -> Construct {
    Construct { tool: Tool::Cdk, name, service, kind, actions }
}

use On::{All, Both, Indexes, One};

#[rustfmt::skip]
const CONSTRUCTS: &[Construct] = &[
    sam("DynamoDBReadPolicy", "dynamodb", "table", &[(Both, &["GetItem", "Scan", "Query", "BatchGetItem", "DescribeTable"])]),
    sam("DynamoDBWritePolicy", "dynamodb", "table", &[(Both, &["PutItem", "UpdateItem", "BatchWriteItem"])]),
    sam("DynamoDBCrudPolicy", "dynamodb", "table", &[(Both, &["GetItem", "DeleteItem", "PutItem", "Scan", "Query", "UpdateItem", "BatchWriteItem", "BatchGetItem", "DescribeTable", "ConditionCheckItem"])]),
    sam("DynamoDBReconfigurePolicy", "dynamodb", "table", &[(One, &["UpdateTable"])]),
    sam("S3ReadPolicy", "s3", "bucket", &[(Both, &["GetObject", "ListBucket", "GetBucketLocation", "GetObjectVersion", "GetLifecycleConfiguration"])]),
    sam("S3WritePolicy", "s3", "bucket", &[(Both, &["PutObject", "PutObjectAcl", "PutLifecycleConfiguration"])]),
    sam("S3CrudPolicy", "s3", "bucket", &[(Both, &["GetObject", "ListBucket", "GetBucketLocation", "GetObjectVersion", "PutObject", "PutObjectAcl", "GetLifecycleConfiguration", "PutLifecycleConfiguration", "DeleteObject"])]),
    sam("S3FullAccessPolicy", "s3", "bucket", &[(One, &["GetObject", "GetObjectAcl", "GetObjectVersion", "PutObject", "PutObjectAcl", "DeleteObject", "DeleteObjectTagging", "DeleteObjectVersionTagging", "GetObjectTagging", "GetObjectVersionTagging", "PutObjectTagging", "PutObjectVersionTagging", "ListBucket", "GetBucketLocation", "GetLifecycleConfiguration", "PutLifecycleConfiguration"])]),
    sam("SQSSendMessagePolicy", "sqs", "queue", &[(One, &["SendMessage*"])]),
    sam("SQSPollerPolicy", "sqs", "queue", &[(One, &["ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage", "DeleteMessageBatch", "GetQueueAttributes", "ReceiveMessage"])]),
    sam("SNSPublishMessagePolicy", "sns", "topic", &[(One, &["Publish"])]),
    sam("SNSCrudPolicy", "sns", "topic", &[(One, &["ListSubscriptionsByTopic", "CreateTopic", "SetTopicAttributes", "Subscribe", "Publish"])]),
    sam("EventBridgePutEventsPolicy", "events", "bus", &[(One, &["PutEvents"])]),
    sam("AWSSecretsManagerGetSecretValuePolicy", "secretsmanager", "secret", &[(One, &["GetSecretValue"])]),
    sam("SSMParameterReadPolicy", "ssm", "parameter", &[(All, &["DescribeParameters"]), (One, &["GetParameters", "GetParameter", "GetParametersByPath"])]),
    sam("LambdaInvokePolicy", "lambda", "function", &[(One, &["InvokeFunction"])]),
    sam("StepFunctionsExecutionPolicy", "states", "machine", &[(One, &["StartExecution"])]),
    sam("StepFunctionsExecutionPolicy_v2", "states", "machine", &[(One, &["StartExecution", "StartSyncExecution"])]),
    sam("KMSDecryptPolicy", "kms", "key", &[(One, &["Decrypt"])]),
    sam("KMSEncryptPolicy", "kms", "key", &[(One, &["Encrypt"])]),
    sam("KMSEncryptPolicy_v2", "kms", "key", &[(One, &["Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"])]),
    sam("KinesisStreamReadPolicy", "kinesis", "stream", &[(All, &["ListStreams", "DescribeLimits"]), (One, &["DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator"])]),
    sam("KinesisCrudPolicy", "kinesis", "stream", &[(One, &["AddTagsToStream", "CreateStream", "DecreaseStreamRetentionPeriod", "DeleteStream", "DescribeStream", "DescribeStreamSummary", "GetShardIterator", "IncreaseStreamRetentionPeriod", "ListTagsForStream", "MergeShards", "PutRecord", "PutRecords", "SplitShard", "RemoveTagsFromStream"])]),
    sam("FirehoseWritePolicy", "firehose", "stream", &[(One, &["PutRecord", "PutRecordBatch"])]),
    cdk("grantReadData", "dynamodb", "table", &[(Indexes, &["BatchGetItem", "Query", "GetItem", "Scan", "ConditionCheckItem", "GetRecords", "GetShardIterator", "DescribeTable"])]),
    cdk("grantWriteData", "dynamodb", "table", &[(Indexes, &["BatchWriteItem", "PutItem", "UpdateItem", "DeleteItem", "DescribeTable"])]),
    cdk("grantReadWriteData", "dynamodb", "table", &[(Indexes, &["BatchGetItem", "Query", "GetItem", "Scan", "ConditionCheckItem", "GetRecords", "GetShardIterator", "BatchWriteItem", "PutItem", "UpdateItem", "DeleteItem", "DescribeTable"])]),
    cdk("grantRead", "s3", "bucket", &[(Both, &["GetObject*", "GetBucket*", "List*"])]),
    cdk("grantPut", "s3", "bucket", &[(One, &["PutObject", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging", "PutObjectVersionTagging", "Abort*"])]),
    cdk("grantPutAcl", "s3", "bucket", &[(One, &["PutObjectAcl", "PutObjectVersionAcl"])]),
    cdk("grantDelete", "s3", "bucket", &[(One, &["DeleteObject*"])]),
    cdk("grantSendMessages", "sqs", "queue", &[(One, &["SendMessage", "GetQueueAttributes", "GetQueueUrl"])]),
    cdk("grantConsumeMessages", "sqs", "queue", &[(One, &["ReceiveMessage", "ChangeMessageVisibility", "GetQueueUrl", "DeleteMessage", "GetQueueAttributes"])]),
    cdk("grantPurge", "sqs", "queue", &[(One, &["PurgeQueue", "GetQueueAttributes", "GetQueueUrl"])]),
    cdk("grantPublish", "sns", "topic", &[(One, &["Publish"])]),
    cdk("grantSubscribe", "sns", "topic", &[(One, &["Subscribe"])]),
    cdk("grantPutEventsTo", "events", "bus", &[(One, &["PutEvents"])]),
    cdk("grantRead", "secretsmanager", "secret", &[(One, &["GetSecretValue", "DescribeSecret"])]),
    cdk("grantWrite", "secretsmanager", "secret", &[(One, &["PutSecretValue", "UpdateSecret"])]),
    cdk("grantRead", "ssm", "parameter", &[(One, &["DescribeParameters", "GetParameters", "GetParameter", "GetParameterHistory"])]),
    cdk("grantWrite", "ssm", "parameter", &[(One, &["PutParameter"])]),
    cdk("grantInvoke", "lambda", "function", &[(Both, &["InvokeFunction"])]),
    cdk("grantStartExecution", "states", "machine", &[(One, &["StartExecution"])]),
    cdk("grantStartSyncExecution", "states", "machine", &[(One, &["StartSyncExecution"])]),
    cdk("grantDecrypt", "kms", "key", &[(One, &["Decrypt"])]),
    cdk("grantEncrypt", "kms", "key", &[(One, &["Encrypt", "ReEncrypt*", "GenerateDataKey*"])]),
    cdk("grantWrite", "kinesis", "stream", &[(One, &["ListShards", "PutRecord", "PutRecords"])]),
    cdk("grantRead", "kinesis", "stream", &[(One, &["DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards", "SubscribeToShard", "DescribeStream", "ListStreams", "DescribeStreamConsumer"])]),
    cdk("grantPutRecords", "firehose", "stream", &[(One, &["PutRecord", "PutRecordBatch"])]),
];

/// The actions of a SAM policy template, with their prefix; none of one that is not in the table.
pub fn sam_actions(name: &str) -> Vec<String> {
    let template = CONSTRUCTS.iter().find(|construct| construct.tool == Tool::Sam && construct.name == name);
    let actions = template.into_iter().flat_map(|template| {
        let actions = template.actions.iter().flat_map(|(_, actions)| *actions);
        actions.map(move |action| format!("{}:{action}", template.service))
    });
    actions.collect()
}

/// What one tool would grant a function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Pairs of an action and an ARN.
    pub atoms: usize,
    /// By resource: the constructs. What none of them covers is granted by hand, action by action.
    pub constructs: Vec<(Resource, Vec<&'static str>)>,
}

/// What a tool would grant for these needs; `indexed` are the tables of which the program uses an index.
pub fn baseline(tool: Tool, needs: &Needs, indexed: &BTreeSet<Resource>) -> Baseline {
    let mut all = Baseline::default();
    for (owner, actions) in needs {
        let (atoms, names) = cheapest(tool, owner, actions, indexed.contains(owner));
        all.atoms += atoms;
        all.constructs.push((owner.clone(), names));
    }
    all
}

/// The set of constructs that leaves the least actions uncovered, and then has the least atoms.
fn cheapest(
    tool: Tool,
    owner: &Resource,
    needed: &BTreeMap<String, BTreeSet<Resource>>,
    has_index: bool,
) -> (usize, Vec<&'static str>) {
    let covers = |construct: &Construct, action: &str| {
        let name = action.strip_prefix(construct.service).and_then(|rest| rest.strip_prefix(':'));
        let granted = construct.actions.iter().flat_map(|(_, actions)| actions.iter());
        name.is_some_and(|name| granted.into_iter().any(|granted| matches(granted, name)))
    };
    let offered: Vec<&Construct> = CONSTRUCTS
        .iter()
        .filter(|one| one.tool == tool && one.service == owner.service && one.kind == owner.kind)
        .filter(|one| needed.keys().any(|action| covers(one, action)))
        .collect();
    let mut best: Option<(Cost, Vec<&'static str>)> = None;
    for set in 0..1_u32 << offered.len() {
        let chosen: Vec<&Construct> =
            (0..offered.len()).filter(|at| set & (1 << at) != 0).map(|at| offered[at]).collect();
        let by_hand: Vec<usize> = needed
            .iter()
            .filter(|(action, _)| !chosen.iter().any(|one| covers(one, action)))
            .map(|(_, resources)| resources.len())
            .collect();
        let granted: BTreeSet<(On, &str)> = chosen
            .iter()
            .flat_map(|one| one.actions)
            .flat_map(|(on, actions)| actions.iter().map(|action| (*on, *action)))
            .collect();
        let arns = |on: On| match on {
            On::One | On::All => 1,
            On::Both => 2,
            On::Indexes => 1 + usize::from(has_index),
        };
        let atoms = granted.iter().map(|(on, _)| arns(*on)).sum::<usize>() + by_hand.iter().sum::<usize>();
        let cost = (by_hand.len(), atoms, chosen.len());
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, chosen.iter().map(|one| one.name).collect()));
        }
    }
    best.map_or((0, Vec::new()), |((_, atoms, _), names)| (atoms, names))
}

/// Actions that are not covered, atoms, constructs.
type Cost = (usize, usize, usize);

/// Whether a granted action, which may end in `*`, is or covers an action.
fn matches(granted: &str, action: &str) -> bool {
    match granted.strip_suffix('*') {
        Some(start) => action.starts_with(start),
        None => granted == action,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;
    use super::*;
    use crate::access::ResourceName;

    #[track_caller]
    fn check(owner: &Resource, actions: &[&str], expect: &str) {
        let mut needs = Needs::new();
        for action in actions {
            let action = format!("{}:{action}", owner.service);
            needs.entry(owner.clone()).or_default().insert(action, BTreeSet::from([owner.clone()]));
        }
        let text = |tool| {
            let found = baseline(tool, &needs, &BTreeSet::new());
            format!("{} {}", found.atoms, found.constructs[0].1.join("+"))
        };
        assert_eq!(format!("{}; {}", text(Tool::Sam), text(Tool::Cdk)), expect);
    }

    fn resource(service: &str, kind: &str) -> Resource {
        Resource { service: service.into(), kind: kind.into(), name: ResourceName::literal("x"), sub: None }
    }

    #[test]
    fn the_cheapest_constructs_that_cover_the_need() {
        let table = table("T");
        check(&table, &["GetItem"], "10 DynamoDBReadPolicy; 8 grantReadData");
        check(&table, &["PutItem"], "6 DynamoDBWritePolicy; 5 grantWriteData");
        check(
            &table,
            &["GetItem", "PutItem"],
            "16 DynamoDBReadPolicy+DynamoDBWritePolicy; 12 grantReadWriteData",
        );
        check(&table, &["DeleteItem"], "20 DynamoDBCrudPolicy; 5 grantWriteData");
        check(&table, &["PartiQLSelect"], "1 ; 1 ");
        check(&resource("s3", "bucket"), &["GetObject"], "10 S3ReadPolicy; 6 grantRead");
        check(&resource("sqs", "queue"), &["SendMessage"], "1 SQSSendMessagePolicy; 3 grantSendMessages");
        check(&resource("ssm", "parameter"), &["GetParameter"], "4 SSMParameterReadPolicy; 4 grantRead");
        check(&resource("sns", "topic"), &["Publish"], "1 SNSPublishMessagePolicy; 1 grantPublish");
    }

    #[test]
    fn an_index_of_the_table_doubles_what_cdk_grants() {
        let table = table("T");
        let actions = BTreeMap::from([("dynamodb:GetItem".to_string(), BTreeSet::from([table.clone()]))]);
        let needs = Needs::from([(table.clone(), actions)]);
        assert_eq!(baseline(Tool::Cdk, &needs, &BTreeSet::from([table])).atoms, 16);
    }
}
