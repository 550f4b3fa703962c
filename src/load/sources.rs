//! The texts of all source files, and lines for byte offsets.

use std::sync::OnceLock;

use crate::span::{Location, SourceId, Span};

/// One file as it lies on disk.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// With `/`, from the folder of the analysed package (`src/main.rs`, `../common/src/lib.rs`).
    pub path: String,
    pub text: String,
    /// Byte offset at which each line starts; most files are never asked for one.
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    pub fn new(path: String, text: String) -> Self {
        Self { path, text, line_starts: OnceLock::new() }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(at, _)| at as u32 + 1);
            std::iter::once(0).chain(ends).collect()
        })
    }

    /// Line of a byte offset, from 1.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts().partition_point(|&start| start <= offset) as u32
    }

    /// Column of a byte offset in characters, from 1.
    pub fn column(&self, offset: u32) -> u32 {
        let start = self.line_starts()[self.line(offset) as usize - 1];
        Span::new(start, offset).slice(&self.text).chars().count() as u32 + 1
    }
}

/// All files of the program.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    pub fn push(&mut self, file: SourceFile) -> SourceId {
        self.files.push(file);
        SourceId(self.files.len() as u32 - 1)
    }

    pub fn get(&self, source: SourceId) -> &SourceFile {
        &self.files[source.0 as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (SourceId(at as u32), file))
    }

    /// Path of the file of a location.
    pub fn path(&self, location: Location) -> &str {
        &self.get(location.source).path
    }

    /// Line on which a location starts, from 1.
    pub fn line(&self, location: Location) -> u32 {
        self.get(location.source).line(location.span.start)
    }

    /// The text under a location.
    pub fn text(&self, location: Location) -> &str {
        location.span.slice(&self.get(location.source).text)
    }
}
