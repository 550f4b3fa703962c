use aws_sdk_s3::Client;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use axum::body::Bytes;
use lambda_http::Error;

const PART: usize = 5 * 1024 * 1024;

pub fn parts_of(size: usize) -> usize {
    size.div_ceil(PART)
}

pub async fn in_parts(s3: &Client, bucket: &str, key: &str, body: Bytes) -> Result<(), Error> {
    let started = s3.create_multipart_upload().bucket(bucket).key(key).send().await?;
    let id = started.upload_id.ok_or("an upload without an id")?;
    match send(s3, bucket, key, &id, &body).await {
        Ok(parts) => {
            let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
            let finish = s3.complete_multipart_upload().bucket(bucket).key(key).upload_id(id);
            finish.multipart_upload(parts).send().await?;
            Ok(())
        }
        Err(error) => {
            s3.abort_multipart_upload().bucket(bucket).key(key).upload_id(id).send().await?;
            Err(error)
        }
    }
}

async fn send(
    s3: &Client,
    bucket: &str,
    key: &str,
    id: &str,
    body: &Bytes,
) -> Result<Vec<CompletedPart>, Error> {
    let mut parts = Vec::with_capacity(parts_of(body.len()));
    for (number, chunk) in (1..).zip(body.chunks(PART)) {
        let part = s3.upload_part().bucket(bucket).key(key).upload_id(id).part_number(number);
        let part = part.body(Bytes::copy_from_slice(chunk).into()).send().await?;
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build());
    }
    Ok(parts)
}
