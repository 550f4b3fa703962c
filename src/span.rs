//! Where something stands in the input: source files by number, byte ranges inside them.
//!
//! Input: nothing. Output: the plain values every later stage uses to point at the user's text.
//! Deliberately absent: the text itself (`load` owns it) and anything from `syn` or `proc_macro2`.

/// Number of one source file of the program, in the order in which `load` read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// Half-open byte range in a source file as it lies on disk (byte-order mark and `#!` line included).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The empty range at `at`, where text can be inserted.
    pub fn empty(at: u32) -> Self {
        Self { start: at, end: at }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// In bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The text under the range.
    pub fn slice(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

/// A range in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    pub source: SourceId,
    pub span: Span,
}
