//! Why an edge between two definitions exists.

/// What in the text makes a definition need another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    /// A path names it.
    Path,
    /// A method on a receiver whose type is known.
    Receiver,
    /// A method of a trait, on a value of which only bounds are known: `dyn T`, `impl T`, `X: T`.
    Bound,
    /// The receiver's type is not known, but few methods of the program have that name and number of arguments.
    Name,
    /// `?` converts the error.
    Question,
    /// `into` and the like convert the value.
    Conversion,
    /// A field or method is reached through `Deref`, or `*` is written.
    Deref,
    /// The value is written as text.
    Format,
    /// `+`, `==`, `a[b]` and their kind.
    Operator,
    /// `for` and the methods of iterators.
    Iteration,
    /// The value is dropped.
    Drop,
    /// A parameter of a handler.
    Extractor,
    /// What a handler gives.
    Response,
    /// The value is given to the crate that has the trait.
    Given,
    /// A string in an attribute names it.
    Attribute,
    /// An index that the user gave names it.
    Index,
}

impl Evidence {
    /// For reports: `type of the receiver`.
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Path => "path names it",
            Evidence::Receiver => "type of the receiver",
            Evidence::Bound => "implements the trait of the receiver",
            Evidence::Name => "method of that name",
            Evidence::Question => "`?` converts the error",
            Evidence::Conversion => "converts the value",
            Evidence::Deref => "dereferences the value",
            Evidence::Format => "formats the value",
            Evidence::Operator => "operator",
            Evidence::Iteration => "iterates",
            Evidence::Drop => "drops the value",
            Evidence::Extractor => "extractor of a handler",
            Evidence::Response => "response of a handler",
            Evidence::Given => "the crate that has the trait is given the value",
            Evidence::Attribute => "attribute names it",
            Evidence::Index => "index names it",
        }
    }
}
