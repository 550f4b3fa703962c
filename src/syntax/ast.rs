//! The owned tree: what the later stages read of items, types, patterns and expressions.
//!
//! Smaller than `syn`'s: tokens that carry no meaning for analysis are dropped, everything kept has its byte range.

mod attr;
mod path;

use std::sync::Arc;

use super::ParseError;
use super::lazy::Lazy;
use crate::span::Span;

pub use attr::{Attr, derived_by, derives, has_word, setting};
pub use path::{Path, Segment};

/// An identifier; most are short enough to live inline.
pub type Name = smol_str::SmolStr;

/// A name with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    pub name: Name,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisKind {
    Inherited,
    Public,
    /// `pub(crate)`, `pub(super)`, `pub(in path)`.
    Restricted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visibility {
    pub kind: VisKind,
    /// Of the written visibility; empty and at the insertion point where none is written.
    pub span: Span,
}

/// One item of a file, module, impl or trait.
#[derive(Debug, Clone)]
pub struct Item {
    /// Empty for `use`, `impl` and item macros.
    pub name: Ident,
    pub vis: Visibility,
    pub attrs: Vec<Attr>,
    /// Attributes and doc comments included.
    pub span: Span,
    pub kind: ItemKind,
}

#[derive(Debug, Clone)]
pub enum ItemKind {
    Fn(Box<Fn>),
    Struct(Box<Struct>),
    Union(Box<Struct>),
    Enum(Box<Enum>),
    Trait(Box<Trait>),
    Impl(Box<Impl>),
    /// Also associated types: `ty` is `None` for a trait's `type X;`, and `bounds` are those of `type X: Bound;`.
    TypeAlias {
        generics: Box<Generics>,
        bounds: Vec<Path>,
        ty: Option<Box<Type>>,
    },
    /// Also associated consts: `expr` is `None` for a trait's `const X: T;`.
    Const {
        ty: Box<Type>,
        expr: Option<Lazy<Expr>>,
    },
    Static {
        ty: Box<Type>,
        expr: Option<Lazy<Expr>>,
        mutable: bool,
    },
    Use(Box<Use>),
    ExternCrate {
        krate: Name,
        alias: Option<Name>,
    },
    Mod(Mod),
    MacroRules(MacroRules),
    MacroCall(Box<MacroCall>),
    /// Foreign blocks, trait aliases and tokens that the parser keeps verbatim.
    Other,
}

#[derive(Debug, Clone)]
pub struct Fn {
    pub(super) sig: Lazy<Signature>,
    pub body: Option<Lazy<Block>>,
    /// The items that stand in the body, at any depth of blocks.
    pub inner: Box<[Arc<Item>]>,
}

impl Fn {
    pub fn sig(&self) -> &Signature {
        self.sig.get()
    }

    /// What is wrong with signature or body, as far as they were asked for.
    pub fn error(&self) -> Option<&ParseError> {
        self.sig.error().or_else(|| self.body.as_ref()?.error())
    }

    /// The body, parsed.
    pub fn block(&self) -> Option<&Block> {
        self.body.as_ref().map(Lazy::get)
    }
}

#[derive(Debug, Clone, Default)]
pub struct Signature {
    pub is_async: bool,
    pub generics: Generics,
    pub receiver: Option<Receiver>,
    /// Without the receiver.
    pub params: Vec<Param>,
    pub ret: Option<Type>,
    /// From `(` to `)`.
    pub params_span: Span,
}

#[derive(Debug, Clone)]
pub struct Receiver {
    pub by_ref: bool,
    /// `self: Arc<Self>`.
    pub ty: Option<Type>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Param {
    pub pat: Pat,
    pub ty: Type,
    pub span: Span,
}

#[derive(Debug, Clone, Default)]
pub struct Generics {
    pub params: Vec<GenericParam>,
    /// `where T: A + B`: bounded type and bounds.
    pub predicates: Vec<(Type, Vec<Path>)>,
}

#[derive(Debug, Clone)]
pub struct GenericParam {
    pub name: Name,
    pub kind: GenericParamKind,
    /// Trait bounds of a type parameter.
    pub bounds: Vec<Path>,
    pub default: Option<Box<Type>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GenericParamKind {
    Lifetime,
    Type,
    Const,
}

#[derive(Debug, Clone)]
pub struct Struct {
    pub generics: Generics,
    pub fields: Fields,
}

#[derive(Debug, Clone)]
pub enum Fields {
    Named(Vec<Field>),
    Tuple(Vec<Field>),
    Unit,
}

impl Fields {
    pub fn all(&self) -> &[Field] {
        match self {
            Fields::Named(fields) | Fields::Tuple(fields) => fields,
            Fields::Unit => &[],
        }
    }
}

#[derive(Debug, Clone)]
pub struct Field {
    /// Decimal position for tuple fields.
    pub name: Ident,
    pub vis: Visibility,
    pub ty: Type,
    pub attrs: Vec<Attr>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Enum {
    pub generics: Generics,
    pub variants: Vec<Variant>,
}

#[derive(Debug, Clone)]
pub struct Variant {
    pub name: Ident,
    pub fields: Fields,
    pub attrs: Vec<Attr>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Trait {
    pub generics: Generics,
    pub supertraits: Vec<Path>,
    pub items: Vec<Arc<Item>>,
}

#[derive(Debug, Clone)]
pub struct Impl {
    pub generics: Generics,
    /// `None` for inherent impls.
    pub trait_: Option<Path>,
    pub self_ty: Type,
    pub items: Vec<Arc<Item>>,
}

#[derive(Debug, Clone)]
pub struct Use {
    pub leading_colon: bool,
    pub tree: UseTree,
}

#[derive(Debug, Clone)]
pub struct UseTree {
    pub kind: UseTreeKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum UseTreeKind {
    Path {
        prefix: Ident,
        rest: Box<UseTree>,
    },
    /// `self` inside a group is a name too.
    Name {
        name: Ident,
        alias: Option<Box<Ident>>,
    },
    Glob,
    Group(Vec<UseTree>),
}

/// One imported name of a `use` tree.
#[derive(Debug, Clone)]
pub struct UseLeaf {
    /// Without a trailing `self`; for a glob the path before `::*`.
    pub path: Vec<Ident>,
    /// Name in scope; `None` for a glob. `_` for `as _`.
    pub name: Option<Name>,
    /// Of the leaf in its tree.
    pub span: Span,
}

impl UseTree {
    /// All names that the tree imports, in order.
    pub fn leaves(&self) -> Vec<UseLeaf> {
        let mut leaves = Vec::new();
        self.collect(&mut Vec::new(), &mut leaves);
        leaves
    }

    fn collect(&self, prefix: &mut Vec<Ident>, leaves: &mut Vec<UseLeaf>) {
        match &self.kind {
            UseTreeKind::Path { prefix: segment, rest } => {
                prefix.push(segment.clone());
                rest.collect(prefix, leaves);
                prefix.pop();
            }
            UseTreeKind::Name { name, alias } => {
                let mut path = Vec::with_capacity(prefix.len() + 1);
                path.extend_from_slice(prefix);
                if name.name != "self" || path.is_empty() {
                    path.push(name.clone());
                }
                let in_scope = alias.as_deref().or(path.last()).map(|ident| ident.name.clone());
                leaves.push(UseLeaf { path, name: in_scope, span: self.span });
            }
            UseTreeKind::Glob => leaves.push(UseLeaf { path: prefix.clone(), name: None, span: self.span }),
            UseTreeKind::Group(trees) => trees.iter().for_each(|tree| tree.collect(prefix, leaves)),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Mod {
    /// `None` for `mod x;`.
    pub items: Option<Vec<Arc<Item>>>,
}

#[derive(Debug, Clone)]
pub struct MacroRules {
    /// The rules between the outer brackets.
    pub body: Span,
}

/// A macro invocation with its arguments parsed as far as they are expressions.
#[derive(Debug, Clone)]
pub struct MacroCall {
    pub path: Path,
    /// Arguments that parse as expressions, in order; for block-like macros every expression found inside.
    pub args: Vec<MacroArg>,
    /// Between the brackets.
    pub tokens: Span,
}

#[derive(Debug, Clone)]
pub struct MacroArg {
    /// `name` of `name = expr`.
    pub name: Option<Name>,
    pub expr: Expr,
}

#[derive(Debug, Clone)]
pub struct Type {
    pub kind: TypeKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum TypeKind {
    Path(Path),
    Ref(Box<Type>),
    Ptr(Box<Type>),
    Tuple(Vec<Type>),
    /// Arrays too.
    Slice(Box<Type>),
    ImplTrait(Vec<Path>),
    DynTrait(Vec<Path>),
    FnPtr {
        params: Vec<Type>,
        ret: Option<Box<Type>>,
    },
    Never,
    Infer,
    Other,
}

#[derive(Debug, Clone)]
pub struct Pat {
    pub kind: PatKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum PatKind {
    Ident { ident: Ident, by_ref: bool, sub: Option<Box<Pat>> },
    Wild,
    Rest,
    Tuple(Vec<Pat>),
    TupleStruct { path: Path, elems: Vec<Pat> },
    Struct { path: Path, fields: Vec<(Ident, Pat)>, rest: bool },
    Path(Path),
    Ref(Box<Pat>),
    Or(Vec<Pat>),
    Slice(Vec<Pat>),
    Typed { pat: Box<Pat>, ty: Type },
    Lit(Box<Expr>),
    Other,
}

#[derive(Debug, Clone)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    /// Braces included.
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Stmt {
    pub kind: StmtKind,
    pub attrs: Vec<Attr>,
    /// With the semicolon.
    pub span: Span,
}

#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "`let` is the most common statement; a box would cost more than it saves"
)]
pub enum StmtKind {
    Let { pat: Pat, ty: Option<Type>, init: Option<Expr>, else_: Option<Expr> },
    Expr { expr: Expr, semi: bool },
    Item(Arc<Item>),
}

#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    Path(Path),
    Lit(Lit),
    Call {
        callee: Box<Expr>,
        args: Vec<Expr>,
    },
    MethodCall(Box<MethodCall>),
    Field {
        base: Box<Expr>,
        name: Ident,
    },
    Macro(Box<MacroCall>),
    Block(Block),
    Unsafe(Block),
    Async {
        block: Block,
    },
    If {
        cond: Box<Expr>,
        then: Block,
        else_: Option<Box<Expr>>,
    },
    /// `let PAT = EXPR` in a condition.
    Let {
        pat: Box<Pat>,
        expr: Box<Expr>,
    },
    Match {
        scrutinee: Box<Expr>,
        arms: Vec<Arm>,
    },
    Loop {
        body: Block,
    },
    While {
        cond: Box<Expr>,
        body: Block,
    },
    For {
        pat: Box<Pat>,
        iter: Box<Expr>,
        body: Block,
    },
    Closure(Box<Closure>),
    Assign {
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Binary {
        op: BinOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `!` and `-`.
    Unary(Box<Expr>),
    Deref(Box<Expr>),
    Ref(Box<Expr>),
    Try(Box<Expr>),
    Await(Box<Expr>),
    Struct(Box<StructLit>),
    Tuple(Vec<Expr>),
    Array(Vec<Expr>),
    Index {
        base: Box<Expr>,
        index: Box<Expr>,
    },
    Cast {
        expr: Box<Expr>,
        ty: Box<Type>,
    },
    Range {
        from: Option<Box<Expr>>,
        to: Option<Box<Expr>>,
    },
    Return(Option<Box<Expr>>),
    Break(Option<Box<Expr>>),
    Continue,
    Other,
}

impl ExprKind {
    /// Whether the expression is one operand wherever it is put: no operator, no keyword that reaches beyond it.
    pub fn is_operand(&self) -> bool {
        matches!(
            self,
            ExprKind::Path(_)
                | ExprKind::Lit(_)
                | ExprKind::Call { .. }
                | ExprKind::MethodCall(_)
                | ExprKind::Field { .. }
                | ExprKind::Macro(_)
                | ExprKind::Try(_)
                | ExprKind::Await(_)
                | ExprKind::Tuple(_)
                | ExprKind::Array(_)
                | ExprKind::Index { .. }
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinOp {
    Add,
    AddAssign,
    Sub,
    SubAssign,
    Mul,
    MulAssign,
    Div,
    DivAssign,
    Rem,
    RemAssign,
    /// `==` and `!=`.
    Equal,
    /// `<`, `<=`, `>` and `>=`.
    Order,
    Other,
}

#[derive(Debug, Clone)]
pub struct MethodCall {
    pub receiver: Expr,
    pub method: Ident,
    pub turbofish: Vec<Type>,
    pub args: Vec<Expr>,
    /// From the dot to the closing parenthesis: what is deleted to take the call out of a chain.
    pub call_span: Span,
    /// From `(` to `)`.
    pub args_span: Span,
}

#[derive(Debug, Clone)]
pub struct Closure {
    pub params: Vec<Pat>,
    pub ret: Option<Type>,
    pub body: Expr,
    pub is_async: bool,
}

#[derive(Debug, Clone)]
pub struct StructLit {
    pub path: Path,
    pub fields: Vec<FieldInit>,
    pub rest: Option<Expr>,
}

#[derive(Debug, Clone)]
pub struct FieldInit {
    pub name: Ident,
    pub expr: Expr,
    /// `Self { client }`.
    pub shorthand: bool,
    pub attrs: Vec<Attr>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Arm {
    pub pat: Pat,
    pub guard: Option<Expr>,
    pub body: Expr,
    pub attrs: Vec<Attr>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lit {
    Str(String),
    Int(String),
    Bool(bool),
    Char(char),
    Other,
}
