//! What a process writes -> a file, up to a limit, and its end in memory.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

use crate::split::glue::MISROUTED;

/// Bytes that are kept of a function's output.
const MAX: u64 = 10 * 1024 * 1024;
const CUT: &[u8] = b"\n(the log is cut here)\n";
/// Bytes that are kept in memory.
const TAIL: usize = 16 * 1024;
/// Bytes of a line that are looked at.
const MAX_LINE: usize = 1024;

/// The end of what all processes of one function wrote.
#[derive(Debug, Default)]
pub(super) struct Tail {
    written: u64,
    bytes: VecDeque<u8>,
    /// The last line, while it goes on.
    line: Vec<u8>,
    /// How often a stub ran, which stands for the handler of another function.
    misrouted: usize,
}

impl Tail {
    fn push(&mut self, read: &[u8]) {
        self.written += read.len() as u64;
        let kept = &read[read.len().saturating_sub(TAIL)..];
        let over = (self.bytes.len() + kept.len()).saturating_sub(TAIL);
        self.bytes.drain(..over.min(self.bytes.len()));
        self.bytes.extend(kept);
        for byte in read {
            if *byte != b'\n' {
                if self.line.len() < MAX_LINE {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
            if line.starts_with(&format!("{MISROUTED}: ")) {
                self.misrouted += 1;
            }
        }
    }

    /// Bytes that were written so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// How often a stub ran so far.
    pub(super) fn misrouted(&self) -> usize {
        self.misrouted
    }

    /// The lines that were written after so many bytes, as far as they are kept.
    pub(super) fn since(&self, written: u64) -> Vec<String> {
        let new = usize::try_from(self.written.saturating_sub(written)).unwrap_or(usize::MAX);
        let skipped = self.bytes.len().saturating_sub(new);
        let bytes: Vec<u8> = self.bytes.iter().skip(skipped).copied().collect();
        String::from_utf8_lossy(&bytes).lines().map(str::to_string).collect()
    }
}

/// Appends what is read to a file. What is beyond the limit is read too, so that the process goes on, and dropped.
pub(super) async fn keep(mut from: impl AsyncRead + Unpin, log: PathBuf, tail: Arc<Mutex<Tail>>) {
    let mut file = opened(&log).await;
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        tail.lock().expect("no holder panics").push(&buffer[..read]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_stubs_are_counted() {
        let mut tail = Tail::default();
        tail.push(b"one\nmisro");
        let at = tail.written();
        tail.push(b"uted: GET /a belongs to another function\nit was misrouted: no\n");
        assert_eq!(tail.misrouted(), 1);
        assert_eq!(tail.since(at), ["uted: GET /a belongs to another function", "it was misrouted: no"]);
        assert_eq!(tail.since(tail.written()), Vec::<String>::new());
        tail.push(&vec![b'x'; 3 * TAIL]);
        assert_eq!(tail.since(0), ["x".repeat(TAIL)]);
        assert_eq!(tail.bytes.len(), TAIL);
    }
}
