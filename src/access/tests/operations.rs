//! What single operations need, by the arguments that they are given.

use super::{PRELUDE, detected_program, lines};

/// Crates of the SDK beside those that every program of these tests has.
const CRATES: &[&str] = &[
    "apigatewaymanagement",
    "bedrockruntime",
    "cloudwatch",
    "cloudwatchlogs",
    "cognitoidentityprovider",
    "dynamodbstreams",
    "eventbridge",
    "firehose",
    "kinesis",
    "kms",
    "lambda",
    "rdsdata",
    "scheduler",
    "secretsmanager",
    "sesv2",
    "sfn",
    "sns",
    "ssm",
    "sts",
];

#[track_caller]
fn check(source: &str, expect: &[&str]) {
    let dependencies: Vec<String> = CRATES.iter().map(|krate| format!("aws-sdk-{krate} = \"1\"\n")).collect();
    let text = format!("{PRELUDE}{source}");
    let program = crate::resolve::tests::program_with(&dependencies.concat(), &[("src/main.rs", &text)]);
    let (_, routes, table, diagnostics) = detected_program(program);
    assert_eq!(lines(&routes, &table, &diagnostics), expect.join("\n"));
}

#[test]
fn a_key_of_the_customer_that_an_upload_names_is_used() {
    check(
        r#"fn s3() -> aws_sdk_s3::Client { aws_sdk_s3::Client::new(&c()) }
        async fn h1() { s3().put_object().bucket("b").key("k").ssekms_key_id(env::var("KEY_ARN").unwrap()).send().await; }
        async fn h2() { s3().create_multipart_upload().bucket("b").key("k").ssekms_key_id("alias/uploads").send().await; }
        async fn h3() { s3().put_object().bucket("b").key("k").server_side_encryption(e()).send().await; }
        fn main() {}"#,
        &[
            "h1 PutObject s3:PutObject s3:object/b/k proved",
            "h1 PutObject kms:GenerateDataKey kms:key/${KEY_ARN} proved",
            "h2 CreateMultipartUpload s3:PutObject s3:object/b/k proved",
            "h2 CreateMultipartUpload kms:Decrypt+kms:GenerateDataKey kms:key/alias/uploads proved",
            "h3 PutObject s3:PutObject s3:object/b/k proved",
        ],
    );
}

#[test]
fn an_empty_name_names_nothing() {
    check(
        r#"fn s3() -> aws_sdk_s3::Client { aws_sdk_s3::Client::new(&c()) }
        async fn put(bucket: &str, key: &str) { s3().put_object().bucket(bucket).key(key).send().await; }
        async fn h1(all: bool) { let (mut b, mut k) = ("", ""); if all { b = "b"; k = "k"; } put(b, k).await; }
        async fn h2() { put("", "k").await; }
        fn main() {}"#,
        &[
            "h1 PutObject s3:PutObject s3:object/b/k inferred",
            "h2 PutObject s3:PutObject s3:object/?/k unknown",
            "LS0301",
        ],
    );
}

#[test]
fn a_version_an_acl_and_a_bypass_change_what_s3_needs() {
    check(
        r#"fn s3() -> aws_sdk_s3::Client { aws_sdk_s3::Client::new(&c()) }
        async fn h1() { s3().copy_object().bucket("to").key("k").copy_source("from/a?versionId=7").grant_read("g").send().await; }
        async fn h2() { s3().delete_object().bucket("b").key("k").bypass_governance_retention(true).send().await; }
        async fn h3() { s3().get_object_tagging().bucket("b").key("k").version_id("7").send().await; }
        async fn h4() { s3().get_object_attributes().bucket("b").key("k").send().await; }
        async fn h5() { s3().create_multipart_upload().bucket("b").key("k").tagging("a=b").send().await; }
        async fn h6() { s3().create_bucket().bucket("b").object_ownership(o()).send().await; }
        async fn h7() { s3().delete_bucket_cors().bucket("b").send().await; }
        fn main() {}"#,
        &[
            "h1 CopyObject s3:PutObject s3:object/to/k proved",
            "h1 CopyObject s3:GetObjectVersion s3:object/from/a proved",
            "h1 CopyObject s3:PutObjectAcl s3:object/to/k proved",
            "h2 DeleteObject s3:DeleteObject s3:object/b/k proved",
            "h2 DeleteObject s3:BypassGovernanceRetention s3:object/b/k proved",
            "h3 GetObjectTagging s3:GetObjectVersionTagging s3:object/b/k proved",
            "h4 GetObjectAttributes s3:GetObject+s3:GetObjectAttributes s3:object/b/k proved",
            "h5 CreateMultipartUpload s3:PutObject s3:object/b/k proved",
            "h5 CreateMultipartUpload s3:PutObjectTagging s3:object/b/k proved",
            "h6 CreateBucket s3:CreateBucket s3:bucket/b proved",
            "h6 CreateBucket s3:PutBucketOwnershipControls s3:bucket/b proved",
            "h7 DeleteBucketCors s3:PutBucketCORS s3:bucket/b proved",
        ],
    );
}

#[test]
fn directory_buckets_have_actions_of_their_own() {
    check(
        r#"fn s3() -> aws_sdk_s3::Client { aws_sdk_s3::Client::new(&c()) }
        async fn h1() { s3().create_session().bucket("b--use1-az4--x-s3").send().await; }
        async fn h2() { s3().list_directory_buckets().send().await; }
        fn main() {}"#,
        &[
            "h1 CreateSession s3express:CreateSession s3express:bucket/b--use1-az4--x-s3 proved",
            "h2 ListDirectoryBuckets s3express:ListAllMyDirectoryBuckets * proved",
        ],
    );
}

#[test]
fn tables_backups_and_streams_of_dynamodb() {
    check(
        r#"fn streams() -> aws_sdk_dynamodbstreams::Client { aws_sdk_dynamodbstreams::Client::new(&c()) }
        async fn h1() { Client::new(&c()).describe_backup().backup_arn(env::var("BACKUP_ARN").unwrap()).send().await; }
        async fn h2() { Client::new(&c()).list_exports().send().await; }
        async fn h3() { Client::new(&c()).list_exports().table_arn(env::var("TABLE_ARN").unwrap()).send().await; }
        async fn h4() { Client::new(&c()).create_global_table().global_table_name("t").send().await; }
        async fn h5() { streams().get_shard_iterator().stream_arn(env::var("STREAM_ARN").unwrap()).send().await; }
        async fn h6(i: String) { streams().get_records().shard_iterator(i).send().await; }
        fn main() {}"#,
        &[
            "h1 DescribeBackup dynamodb:DescribeBackup dynamodb:backup/${BACKUP_ARN} proved",
            "h2 ListExports dynamodb:ListExports * proved",
            "h3 ListExports dynamodb:ListExports dynamodb:table/${TABLE_ARN} proved",
            "h4 CreateGlobalTable dynamodb:CreateGlobalTable dynamodb:global-table/t proved",
            "h4 CreateGlobalTable dynamodb:CreateGlobalTable dynamodb:table/t proved",
            "h5 GetShardIterator dynamodb:GetShardIterator dynamodb:stream/${STREAM_ARN} proved",
            "h6 GetRecords dynamodb:GetRecords dynamodb:stream/? unknown",
            "LS0301",
        ],
    );
}

#[test]
fn a_message_goes_to_a_topic_an_endpoint_or_a_phone() {
    check(
        r#"fn sns() -> aws_sdk_sns::Client { aws_sdk_sns::Client::new(&c()) }
        async fn h1() { sns().publish().topic_arn(env::var("TOPIC").unwrap()).send().await; }
        async fn h2() { sns().publish().target_arn(env::var("TARGET").unwrap()).send().await; }
        async fn h3() { sns().publish().phone_number("+123").send().await; }
        async fn h4(sms: bool) { let p = sns().publish(); let p = if sms { p.phone_number("+1") } else { p.topic_arn("arn:aws:sns:r:1:t") }; p.send().await; }
        async fn h5() { sns().publish().message("x").send().await; }
        async fn h6() { sns().publish_batch().topic_arn(env::var("TOPIC").unwrap()).send().await; }
        async fn h7() { sns().unsubscribe().subscription_arn(format!("{}:{}", env::var("TOPIC").unwrap(), id())).send().await; }
        async fn h8() { sns().create_topic().name("t").tags(tag()).send().await; }
        fn main() {}"#,
        &[
            "h1 Publish sns:Publish sns:topic/${TOPIC} proved",
            "h2 Publish sns:Publish sns:topic/${TARGET} proved",
            "h3 Publish sns:Publish * proved",
            "h4 Publish sns:Publish sns:topic/arn:aws:sns:r:1:t proved",
            "h4 Publish sns:Publish * proved",
            "h5 Publish  sns:topic/? unknown",
            "h6 PublishBatch sns:Publish sns:topic/${TOPIC} proved",
            "h7 Unsubscribe sns:Unsubscribe sns:topic/${TOPIC} proved",
            "h8 CreateTopic sns:CreateTopic sns:topic/t proved",
            "h8 CreateTopic sns:TagResource sns:topic/t proved",
            "LS0301",
        ],
    );
}

#[test]
fn a_move_of_messages_reads_deletes_and_sends() {
    check(
        r#"fn sqs() -> aws_sdk_sqs::Client { aws_sdk_sqs::Client::new(&c()) }
        async fn h1() { sqs().start_message_move_task().source_arn("arn:aws:sqs:r:1:dead").destination_arn("arn:aws:sqs:r:1:jobs").send().await; }
        async fn h2() { sqs().list_message_move_tasks().source_arn("arn:aws:sqs:r:1:dead").send().await; }
        async fn h3() { sqs().create_queue().queue_name("jobs").send().await; }
        fn main() {}"#,
        &[
            "h1 StartMessageMoveTask sqs:StartMessageMoveTask+sqs:DeleteMessage+sqs:GetQueueAttributes+sqs:ReceiveMessage sqs:queue/arn:aws:sqs:r:1:dead proved",
            "h1 StartMessageMoveTask sqs:SendMessage sqs:queue/arn:aws:sqs:r:1:jobs proved",
            "h2 ListMessageMoveTasks sqs:ListMessageMoveTasks+sqs:DeleteMessage+sqs:GetQueueAttributes+sqs:ReceiveMessage sqs:queue/arn:aws:sqs:r:1:dead proved",
            "h3 CreateQueue sqs:CreateQueue sqs:queue/jobs proved",
        ],
    );
}

#[test]
fn each_event_goes_to_its_bus() {
    check(
        r#"use aws_sdk_eventbridge::types::{PutEventsRequestEntry as Entry, Target};
        fn events() -> aws_sdk_eventbridge::Client { aws_sdk_eventbridge::Client::new(&c()) }
        async fn h1() { events().put_events().entries(Entry::builder().source("s").build()).send().await; }
        async fn h2() { events().put_events().entries(Entry::builder().event_bus_name("a").build()).entries(Entry::builder().build()).send().await; }
        async fn h3() { events().put_rule().name("r").send().await; }
        async fn h4() { events().put_targets().rule("r").event_bus_name("a").targets(Target::builder().role_arn(env::var("ROLE_ARN").unwrap()).build().unwrap()).send().await; }
        async fn h5() { events().put_targets().rule("r").targets(Target::builder().arn("x").build().unwrap()).send().await; }
        fn main() {}"#,
        &[
            "h1 PutEvents events:PutEvents events:bus/default proved",
            "h2 PutEvents events:PutEvents events:bus/a proved",
            "h2 PutEvents events:PutEvents events:bus/default proved",
            "h3 PutRule events:PutRule events:rule/default/r proved",
            "h4 PutTargets events:PutTargets events:rule/a/r proved",
            "h4 PutTargets iam:PassRole iam:role/${ROLE_ARN} proved",
            "h5 PutTargets events:PutTargets events:rule/default/r proved",
        ],
    );
}

#[test]
fn a_schedule_passes_on_the_role_of_its_target() {
    check(
        r#"use aws_sdk_scheduler::types::Target;
        fn scheduler() -> aws_sdk_scheduler::Client { aws_sdk_scheduler::Client::new(&c()) }
        async fn h1() {
            let target = Target::builder().arn("x").role_arn(env::var("ROLE_ARN").unwrap()).build().unwrap();
            scheduler().create_schedule().name("n").group_name("g").target(target).send().await;
        }
        async fn h2() { scheduler().delete_schedule().name("n").send().await; }
        async fn h3() { scheduler().create_schedule_group().name("g").send().await; }
        fn main() {}"#,
        &[
            "h1 CreateSchedule scheduler:CreateSchedule scheduler:schedule/g/n proved",
            "h1 CreateSchedule iam:PassRole iam:role/${ROLE_ARN} proved",
            "h2 DeleteSchedule scheduler:DeleteSchedule scheduler:schedule/default/n proved",
            "h3 CreateScheduleGroup scheduler:CreateScheduleGroup scheduler:schedule-group/g proved",
        ],
    );
}

#[test]
fn secrets_that_are_listed_or_found_need_their_own_permission() {
    check(
        r#"fn secrets() -> aws_sdk_secretsmanager::Client { aws_sdk_secretsmanager::Client::new(&c()) }
        async fn h1() { secrets().batch_get_secret_value().secret_id_list("a").secret_id_list("b").send().await; }
        async fn h2() { secrets().batch_get_secret_value().filters(f()).send().await; }
        async fn h3() { secrets().create_secret().name("a").kms_key_id(env::var("KEY_ID").unwrap()).send().await; }
        async fn h4() { secrets().rotate_secret().secret_id("a").send().await; }
        fn main() {}"#,
        &[
            "h1 BatchGetSecretValue secretsmanager:BatchGetSecretValue * proved",
            "h1 BatchGetSecretValue secretsmanager:GetSecretValue secretsmanager:secret/a proved",
            "h1 BatchGetSecretValue secretsmanager:GetSecretValue secretsmanager:secret/b proved",
            "h2 BatchGetSecretValue secretsmanager:BatchGetSecretValue * proved",
            "h2 BatchGetSecretValue secretsmanager:GetSecretValue secretsmanager:secret/? unknown",
            "h2 BatchGetSecretValue secretsmanager:ListSecrets * proved",
            "h3 CreateSecret secretsmanager:CreateSecret secretsmanager:secret/a proved",
            "h3 CreateSecret kms:Decrypt+kms:GenerateDataKey kms:key/${KEY_ID} proved",
            "h4 RotateSecret secretsmanager:RotateSecret secretsmanager:secret/a proved",
            "LS0301",
        ],
    );
}

#[test]
fn an_argument_that_is_set_under_a_condition_and_never_there_takes_nothing_away() {
    check(
        r#"fn s3() -> aws_sdk_s3::Client { aws_sdk_s3::Client::new(&c()) }
        async fn put(key: Option<&str>) {
            let mut put = s3().put_object().bucket("b").key("k");
            if let Some(key) = key { put = put.set_ssekms_key_id(Some(key.to_string())); }
            put.send().await;
        }
        async fn h1() { put(None).await; }
        fn main() {}"#,
        &["h1 PutObject s3:PutObject s3:object/b/k proved"],
    );
}

#[test]
fn parameters_by_name_by_list_and_by_path() {
    check(
        r#"fn ssm() -> aws_sdk_ssm::Client { aws_sdk_ssm::Client::new(&c()) }
        async fn h1() { ssm().get_parameter().name("/a/b").with_decryption(true).send().await; }
        async fn h2() { ssm().get_parameters().names("x").names(env::var("P").unwrap()).send().await; }
        async fn h3() { ssm().get_parameters_by_path().path("/a").recursive(true).send().await; }
        async fn h4() { ssm().put_parameter().name("x").key_id("k").send().await; }
        fn main() {}"#,
        &[
            "h1 GetParameter ssm:GetParameter ssm:parameter//a/b proved",
            "h2 GetParameters ssm:GetParameters ssm:parameter/x proved",
            "h2 GetParameters ssm:GetParameters ssm:parameter/${P} proved",
            "h3 GetParametersByPath ssm:GetParametersByPath ssm:parameter//a proved",
            "h4 PutParameter ssm:PutParameter ssm:parameter/x proved",
            "h4 PutParameter kms:Encrypt kms:key/k proved",
        ],
    );
}

#[test]
fn a_key_that_the_ciphertext_names_is_asked_for() {
    check(
        r#"fn kms() -> aws_sdk_kms::Client { aws_sdk_kms::Client::new(&c()) }
        async fn h1() { kms().re_encrypt().source_key_id("a").destination_key_id("b").send().await; }
        async fn h2() { kms().re_encrypt().destination_key_id("b").send().await; }
        async fn h3() { kms().create_alias().alias_name("alias/x").target_key_id("a").send().await; }
        fn main() {}"#,
        &[
            "h1 ReEncrypt kms:ReEncryptFrom kms:key/a proved",
            "h1 ReEncrypt kms:ReEncryptTo kms:key/b proved",
            "h2 ReEncrypt kms:ReEncryptFrom kms:key/? unknown",
            "h2 ReEncrypt kms:ReEncryptTo kms:key/b proved",
            "h3 CreateAlias kms:CreateAlias kms:alias/alias/x proved",
            "h3 CreateAlias kms:CreateAlias kms:key/a proved",
            "LS0301",
        ],
    );
}

#[test]
fn a_qualifier_is_part_of_a_function() {
    check(
        r#"fn lambda() -> aws_sdk_lambda::Client { aws_sdk_lambda::Client::new(&c()) }
        async fn h1() { lambda().invoke().function_name("f").send().await; }
        async fn h2() { lambda().invoke().function_name("f").qualifier("live").send().await; }
        async fn h3(live: bool) { let mut i = lambda().invoke().function_name("f"); if live { i = i.qualifier("live"); } i.send().await; }
        async fn h4() { lambda().invoke().function_name("f").qualifier(name()).send().await; }
        async fn h5() { lambda().create_function().function_name("f").role(env::var("ROLE_ARN").unwrap()).send().await; }
        fn main() {}"#,
        &[
            "h1 Invoke lambda:InvokeFunction lambda:function/f proved",
            "h2 Invoke lambda:InvokeFunction lambda:function/f/live proved",
            "h3 Invoke lambda:InvokeFunction lambda:function/f proved",
            "h3 Invoke lambda:InvokeFunction lambda:function/f/live proved",
            "h4 Invoke lambda:InvokeFunction lambda:function/f/? unknown",
            "h5 CreateFunction lambda:CreateFunction lambda:function/f proved",
            "h5 CreateFunction iam:PassRole iam:role/${ROLE_ARN} proved",
            "LS0301",
        ],
    );
}

#[test]
fn executions_belong_to_a_machine_or_a_map_run() {
    check(
        r#"fn sfn() -> aws_sdk_sfn::Client { aws_sdk_sfn::Client::new(&c()) }
        async fn h1() { sfn().start_execution().state_machine_arn(env::var("M").unwrap()).send().await; }
        async fn h2() { sfn().list_executions().map_run_arn(env::var("RUN").unwrap()).send().await; }
        async fn h3(arn: String) { sfn().describe_execution().execution_arn(arn).send().await; }
        async fn h4() { sfn().send_task_success().task_token(t()).send().await; }
        fn main() {}"#,
        &[
            "h1 StartExecution states:StartExecution states:machine/${M} proved",
            "h2 ListExecutions states:ListExecutions states:map-run/${RUN} proved",
            "h3 DescribeExecution states:DescribeExecution states:execution/? unknown",
            "h4 SendTaskSuccess states:SendTaskSuccess * proved",
            "LS0301",
        ],
    );
}

#[test]
fn streams_by_name_or_arn_and_what_only_an_iterator_says() {
    check(
        r#"fn kinesis() -> aws_sdk_kinesis::Client { aws_sdk_kinesis::Client::new(&c()) }
        fn firehose() -> aws_sdk_firehose::Client { aws_sdk_firehose::Client::new(&c()) }
        async fn h1() { kinesis().put_record().stream_name("s").send().await; }
        async fn h2() { kinesis().put_records().stream_arn(env::var("S_ARN").unwrap()).send().await; }
        async fn h3() { kinesis().get_records().shard_iterator(i()).send().await; }
        async fn h4() { kinesis().list_queues().send().await; }
        async fn h5() { firehose().put_record_batch().delivery_stream_name("d").send().await; }
        fn main() {}"#,
        &[
            "h1 PutRecord kinesis:PutRecord kinesis:stream/s proved",
            "h2 PutRecords kinesis:PutRecords kinesis:stream/${S_ARN} proved",
            "h3 GetRecords kinesis:GetRecords kinesis:stream/? unknown",
            "h4 ListQueues kinesis:ListQueues * inferred",
            "h5 PutRecordBatch firehose:PutRecordBatch firehose:stream/d proved",
            "LS0301",
            "LS0302",
        ],
    );
}

#[test]
fn metrics_have_no_resource_and_logs_have_groups_and_streams() {
    check(
        r#"fn metrics() -> aws_sdk_cloudwatch::Client { aws_sdk_cloudwatch::Client::new(&c()) }
        fn logs() -> aws_sdk_cloudwatchlogs::Client { aws_sdk_cloudwatchlogs::Client::new(&c()) }
        async fn h1() { metrics().put_metric_data().namespace("n").send().await; }
        async fn h2() { metrics().put_metric_alarm().alarm_name("a").send().await; }
        async fn h3() { logs().put_log_events().log_group_name("/g").log_stream_name("s").send().await; }
        async fn h4() { logs().filter_log_events().log_group_name("/g").unmask(true).send().await; }
        async fn h5() { logs().start_query().log_group_names("/a").log_group_names("/b").send().await; }
        async fn h6() { logs().describe_log_groups().send().await; }
        fn main() {}"#,
        &[
            "h1 PutMetricData cloudwatch:PutMetricData * proved",
            "h2 PutMetricAlarm cloudwatch:PutMetricAlarm cloudwatch:alarm/a proved",
            "h3 PutLogEvents logs:PutLogEvents logs:log-stream//g/s proved",
            "h4 FilterLogEvents logs:FilterLogEvents logs:log-group//g proved",
            "h4 FilterLogEvents logs:Unmask logs:log-group//g proved",
            "h5 StartQuery logs:StartQuery logs:log-group//a proved",
            "h5 StartQuery logs:StartQuery logs:log-group//b proved",
            "h6 DescribeLogGroups logs:DescribeLogGroups * proved",
        ],
    );
}

#[test]
fn the_data_api_reads_the_secret_of_its_cluster() {
    check(
        r#"fn data() -> aws_sdk_rdsdata::Client { aws_sdk_rdsdata::Client::new(&c()) }
        async fn h() { data().execute_statement().resource_arn(env::var("CLUSTER_ARN").unwrap()).secret_arn(env::var("SECRET_ARN").unwrap()).sql("select 1").send().await; }
        fn main() {}"#,
        &[
            "h ExecuteStatement rds-data:ExecuteStatement rds:cluster/${CLUSTER_ARN} proved",
            "h ExecuteStatement secretsmanager:GetSecretValue secretsmanager:secret/${SECRET_ARN} proved",
        ],
    );
}

#[test]
fn a_profile_needs_its_model_and_a_guardrail_its_own_permission() {
    check(
        r#"use aws_sdk_bedrockruntime::types::GuardrailConfiguration as Rail;
        fn bedrock() -> aws_sdk_bedrockruntime::Client { aws_sdk_bedrockruntime::Client::new(&c()) }
        async fn h1() { bedrock().converse().model_id("amazon.nova-pro-v1:0").send().await; }
        async fn h2() { bedrock().invoke_model_with_response_stream().model_id("us.amazon.nova-pro-v1:0").send().await; }
        async fn h3() { bedrock().converse().model_id("m").guardrail_config(Rail::builder().guardrail_identifier("g").build()).send().await; }
        fn main() {}"#,
        &[
            "h1 Converse bedrock:InvokeModel bedrock:model/amazon.nova-pro-v1:0 proved",
            "h2 InvokeModelWithResponseStream bedrock:InvokeModelWithResponseStream bedrock:profile/us.amazon.nova-pro-v1:0 proved",
            "h2 InvokeModelWithResponseStream bedrock:InvokeModelWithResponseStream bedrock:profile-model/amazon.nova-pro-v1:0 proved",
            "h3 Converse bedrock:InvokeModel bedrock:model/m proved",
            "h3 Converse bedrock:ApplyGuardrail bedrock:guardrail/g proved",
        ],
    );
}

#[test]
fn what_no_credentials_sign_needs_no_action() {
    check(
        r#"fn users() -> aws_sdk_cognitoidentityprovider::Client { aws_sdk_cognitoidentityprovider::Client::new(&c()) }
        fn sts() -> aws_sdk_sts::Client { aws_sdk_sts::Client::new(&c()) }
        async fn h1() { users().initiate_auth().client_id("c").send().await; }
        async fn h2() { users().admin_get_user().user_pool_id(env::var("POOL").unwrap()).send().await; }
        async fn h3() { users().get_csv_header().user_pool_id(env::var("POOL").unwrap()).send().await; }
        async fn h4() { sts().get_caller_identity().send().await; }
        async fn h5() { sts().assume_role().role_arn(env::var("ROLE_ARN").unwrap()).tags(t()).send().await; }
        fn main() {}"#,
        &[
            "h1 InitiateAuth  * proved",
            "h2 AdminGetUser cognito-idp:AdminGetUser cognito-idp:userpool/${POOL} proved",
            "h3 GetCSVHeader cognito-idp:GetCSVHeader cognito-idp:userpool/${POOL} proved",
            "h4 GetCallerIdentity  * proved",
            "h5 AssumeRole sts:AssumeRole iam:role/${ROLE_ARN} proved",
            "h5 AssumeRole sts:TagSession iam:role/${ROLE_ARN} proved",
        ],
    );
}

#[test]
fn connections_and_senders_are_not_named_by_arguments() {
    check(
        r#"async fn h1() { aws_sdk_apigatewaymanagement::Client::new(&c()).post_to_connection().connection_id("x").send().await; }
        async fn h2() { aws_sdk_sesv2::Client::new(&c()).send_email().from_email_address("a@b.c").send().await; }
        async fn h3() { aws_sdk_sesv2::Client::new(&c()).get_email_template().template_name("t").send().await; }
        fn main() {}"#,
        &[
            "h1 PostToConnection execute-api:ManageConnections execute-api:connection/? unknown",
            "h2 SendEmail ses:SendEmail * proved",
            "h3 GetEmailTemplate ses:GetEmailTemplate ses:template/t proved",
            "LS0301",
        ],
    );
}
