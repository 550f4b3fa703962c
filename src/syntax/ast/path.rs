//! Paths with the arguments of their segments.

use super::{Ident, Name, Type};
use crate::span::Span;

#[derive(Debug, Clone)]
pub struct Path {
    pub leading_colon: bool,
    /// `T` of `<T as Trait>::name`; then `segments` starts with the trait's path.
    pub qself: Option<Box<Type>>,
    /// Number of leading segments that are the trait's path (0 without `as`).
    pub trait_len: usize,
    pub segments: Vec<Segment>,
    pub span: Span,
}

impl Path {
    pub fn last(&self) -> &Segment {
        self.segments.last().expect("a path has at least one segment")
    }

    /// The only segment's name, where there is one segment and no qualification.
    pub fn as_ident(&self) -> Option<&Name> {
        match self.segments.as_slice() {
            [one] if self.qself.is_none() && !self.leading_colon => Some(&one.ident.name),
            _ => None,
        }
    }

    pub fn names(&self) -> impl DoubleEndedIterator<Item = &Name> {
        self.segments.iter().map(|segment| &segment.ident.name)
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, name) in self.names().enumerate() {
            if at > 0 || self.leading_colon {
                f.write_str("::")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone)]
pub struct Segment {
    pub ident: Ident,
    /// Few segments have any, and there are many segments.
    generic: Option<Box<GenericArgs>>,
}

#[derive(Debug, Clone, Default)]
struct GenericArgs {
    types: Vec<Type>,
    /// What only bounds have.
    assoc: Vec<(Name, Type)>,
    output: Option<Type>,
}

impl Segment {
    /// A name without arguments.
    pub fn plain(ident: Ident) -> Self {
        Self { ident, generic: None }
    }

    /// Type arguments; lifetimes and consts are left out.
    pub fn args(&self) -> &[Type] {
        self.generic.as_ref().map_or(&[], |generic| &generic.types)
    }

    /// `Item = T` of `Iterator<Item = T>`.
    pub fn assoc(&self) -> &[(Name, Type)] {
        self.generic.as_ref().map_or(&[], |generic| &generic.assoc)
    }

    /// Return type of `Fn(A) -> B`; its inputs are the arguments.
    pub fn output(&self) -> Option<&Type> {
        self.generic.as_ref()?.output.as_ref()
    }

    /// Whether there are arguments of any kind.
    pub fn has_args(&self) -> bool {
        self.generic.is_some()
    }

    pub(in crate::syntax) fn into_args(self) -> Vec<Type> {
        self.generic.map(|generic| generic.types).unwrap_or_default()
    }

    pub(in crate::syntax) fn add_arg(&mut self, ty: Type) {
        let types = &mut self.generic.get_or_insert_default().types;
        // Most have one.
        types.reserve_exact(1);
        types.push(ty);
    }

    pub(in crate::syntax) fn add_assoc(&mut self, name: Name, ty: Type) {
        self.generic.get_or_insert_default().assoc.push((name, ty));
    }

    pub(in crate::syntax) fn set_output(&mut self, output: Option<Type>) {
        if output.is_some() {
            self.generic.get_or_insert_default().output = output;
        }
    }
}
