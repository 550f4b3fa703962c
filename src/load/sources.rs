//! The texts of all source files, and lines for byte offsets.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::off::blanked;
use crate::span::{Location, SourceId, Span};

/// One file.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// With `/`, from the folder of the analysed package (`src/main.rs`, `../common/src/lib.rs`).
    pub path: String,
    /// As it lies on disk, but for expansions that follow their calls. All positions of the analysis are in this text.
    pub text: Arc<str>,
    /// Byte offset on disk at which each line starts; most files are never asked for one.
    pub(super) line_starts: OnceLock<Vec<u32>>,
    /// In order, outer ones before inner ones.
    pub(super) expansions: Vec<Expansion>,
    /// Which parts of the text lie so on disk, in order: place, and start there. Empty where all of it does.
    pub(super) origins: Vec<(Span, Location)>,
}

/// What a macro call stands for, as text behind the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expansion {
    pub call: Span,
    pub text: Span,
    pub kind: ExpansionKind,
}

/// What becomes of a call and its expansion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpansionKind {
    /// Items or members: both are parsed, and on splitting the expansion takes the place of its call.
    Items,
    /// Part of a body: it takes the place of its call where it is parsed, on splitting only where it is edited.
    Code,
    /// A file in a body, by `include!`: it takes the place of its call.
    File,
}

impl SourceFile {
    pub fn new(path: String, text: impl Into<Arc<str>>) -> Self {
        Self {
            path,
            text: text.into(),
            line_starts: OnceLock::new(),
            expansions: Vec::new(),
            origins: Vec::new(),
        }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let text = self.on_disk();
            let ends = text.match_indices('\n').map(|(at, _)| at as u32 + 1);
            std::iter::once(0).chain(ends).collect()
        })
    }

    /// The text to parse, of the same length: with spaces for the calls whose place an expansion takes.
    pub(super) fn parsed(&self) -> Arc<str> {
        let replaced = self.expansions.iter().filter(|one| one.kind != ExpansionKind::Items);
        blanked(&self.text, replaced.map(|expansion| expansion.call))
    }

    /// Expansions of macro calls in the text, in order, outer ones before inner ones.
    pub fn expansions(&self) -> &[Expansion] {
        &self.expansions
    }

    /// Whether an expansion of the call that stands there is in the text.
    pub fn is_expanded(&self, call: Span) -> bool {
        self.expansions.iter().any(|expansion| expansion.call == call)
    }

    /// The text as it lies on disk.
    pub fn on_disk(&self) -> Cow<'_, str> {
        if self.expansions.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let mut text = String::new();
        let mut at = 0;
        for expansion in &self.expansions {
            if expansion.text.start >= at {
                text.push_str(Span::new(at, expansion.text.start).slice(&self.text));
                at = expansion.text.end;
            }
        }
        text.push_str(Span::new(at, self.text.len() as u32).slice(&self.text));
        Cow::Owned(text)
    }

    /// Line of a byte offset on disk, from 1.
    pub fn line(&self, offset: u32) -> u32 {
        self.line_starts().partition_point(|&start| start <= offset) as u32
    }

    /// Column of a byte offset on disk in bytes, from 1.
    fn column(&self, offset: u32) -> u32 {
        offset - self.line_starts()[self.line(offset) as usize - 1] + 1
    }

    /// Column of a byte offset on disk in characters, from 1.
    fn character(&self, offset: u32) -> u32 {
        let bytes = self.column(offset);
        let text = self.on_disk();
        let before = text.get((offset + 1 - bytes) as usize..offset as usize);
        before.map_or(bytes, |before| before.chars().count() as u32 + 1)
    }

    /// Where a range of the text comes from: from where it was copied, else the outermost call that it expands.
    fn origin(&self, location: Location) -> Location {
        if self.expansions.is_empty() {
            return location;
        }
        let span = location.span;
        let Some(start) = self.copied(span.start) else {
            let outermost =
                self.expansions.iter().find(|expansion| expansion.text.contains(Span::empty(span.start)));
            return outermost
                .map_or(location, |expansion| self.origin(Location { span: expansion.call, ..location }));
        };
        let last = span.end.max(span.start + 1) - 1;
        let end = self.copied(last).filter(|end| end.source == start.source && end.span >= start.span);
        let end = end.map_or(start.span, |end| Span::empty(end.span.start + span.end - last));
        Location { source: start.source, span: start.span.to(end) }
    }

    /// The place on disk of one byte of the text, where it was copied from there.
    fn copied(&self, at: u32) -> Option<Location> {
        let before = self.origins.partition_point(|(part, _)| part.start <= at);
        let (part, from) = self.origins[..before].last().filter(|(part, _)| at < part.end)?;
        Some(Location { source: from.source, span: Span::empty(from.span.start + (at - part.start)) })
    }
}

/// All files of the program.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    pub(super) fn replace(&mut self, source: SourceId, file: SourceFile) {
        self.files[source.0 as usize] = file;
    }

    /// Adds a file and gives its number.
    pub fn push(&mut self, file: SourceFile) -> SourceId {
        let source = self.next();
        self.files.push(file);
        source
    }

    /// The number that the next file will have.
    pub fn next(&self) -> SourceId {
        SourceId(self.files.len() as u32)
    }

    pub fn get(&self, source: SourceId) -> &SourceFile {
        &self.files[source.0 as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (SourceId(at as u32), file))
    }

    /// Where something lies on disk: the same place, or what an expansion was copied from or called by.
    pub fn origin(&self, location: Location) -> Location {
        self.get(location.source).origin(location)
    }

    /// Path of the file of a location.
    pub fn path(&self, location: Location) -> &str {
        &self.get(self.origin(location).source).path
    }

    /// Line on which a location starts, from 1.
    pub fn line(&self, location: Location) -> u32 {
        let origin = self.origin(location);
        self.get(origin.source).line(origin.span.start)
    }

    /// Column at which a location starts in bytes, from 1.
    pub fn column(&self, location: Location) -> u32 {
        let origin = self.origin(location);
        self.get(origin.source).column(origin.span.start)
    }

    /// Column in characters, from 1.
    pub fn character(&self, location: Location) -> u32 {
        let origin = self.origin(location);
        self.get(origin.source).character(origin.span.start)
    }

    /// The text under a location.
    pub fn text(&self, location: Location) -> &str {
        location.span.slice(&self.get(location.source).text)
    }
}
