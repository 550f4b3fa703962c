//! What a process writes -> a file, up to a limit.

use std::path::PathBuf;

use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

/// Bytes that are kept of a function's output.
const MAX: u64 = 10 * 1024 * 1024;
const CUT: &[u8] = b"\n(the log is cut here)\n";

/// Appends what is read to a file. What is beyond the limit is read too, so that the process goes on, and dropped.
pub(super) async fn keep(mut from: impl AsyncRead + Unpin, log: PathBuf) {
    let mut file = opened(&log).await;
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if let Some((open, written)) = &mut file {
            *written += read as u64;
            let is_over = *written > MAX;
            let kept = if is_over { CUT } else { &buffer[..read] };
            let result = open.write_all(kept).await;
            // A log that cannot be written, because the disk is full, must not hold the function up.
            let result = result.and(open.flush().await);
            if is_over || result.is_err() {
                file = None;
            }
        }
    }
}

/// The file and its length; none where it is full or cannot be written.
async fn opened(log: &PathBuf) -> Option<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(log).await.ok()?;
    let length = file.metadata().await.ok()?.len();
    (length < MAX).then_some((file, length))
}
