//! How sure a derived fact is. Nothing uncertain is dropped; it carries this mark to the report.

use std::fmt;

/// How sure a fact is. `Proved`: one candidate, all values known. `Inferred`: several candidates or an assumption.
/// `Unknown`: a value is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Certainty {
    Proved,
    Inferred,
    Unknown,
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Certainty::Proved => "proved",
            Certainty::Inferred => "inferred",
            Certainty::Unknown => "unknown",
        })
    }
}
