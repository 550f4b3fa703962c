//! Types as far as method calls need them.

use std::sync::Arc;

use std::fmt;

use super::derived;
use super::program::{DefId, Program};
use super::scope::{ExternalPath, Namespace, Res};
use crate::load::ModuleId;
use crate::syntax::Name;
use crate::syntax::ast::{GenericParamKind, ItemKind, Path, Type, TypeKind};

/// A type, with what is not known marked as such.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ty {
    /// A struct, enum, union or trait-less alias target of the program, with its type arguments.
    Def(DefId, Vec<Ty>),
    /// A type of another crate: `aws_sdk_dynamodb::Client`, `std::sync::Arc`. Primitive types are `std::str`, `std::u32`, ...
    External(ExternalPath, Vec<Ty>),
    /// What a method of an external type returns, where nothing more is known: `client.get_item()`.
    MethodResult {
        receiver: Arc<Ty>,
        method: Name,
    },
    /// What an external function returns.
    CallResult {
        function: ExternalPath,
    },
    /// A type parameter of the definition under view.
    Param(Name),
    /// An associated type of a type: `T::Item`.
    Assoc(Box<Ty>, Name),
    Dyn(Vec<Bound>),
    Impl(Vec<Bound>),
    Ref(Box<Ty>),
    Tuple(Vec<Ty>),
    Slice(Box<Ty>),
    /// A function of the program as a value.
    FnDef(DefId),
    FnPtr(Box<Ty>),
    /// A future of the program: what `.await` gives.
    Future(Box<Ty>),
    /// A closure, with what its body gives.
    Closure(Box<Ty>),
    Unknown,
}

/// A trait bound.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bound {
    pub trait_: Res,
    pub args: Vec<Ty>,
    /// `Item = T`, and `Output` of `Fn(A) -> T`.
    pub assoc: Vec<(Name, Ty)>,
}

impl Ty {
    pub fn external(path: &str) -> Ty {
        Ty::External(ExternalPath::parse(path), Vec::new())
    }

    /// Without references and the smart pointers through which method calls look: `&`, `Arc`, `Box`, `Rc`, `Pin`, `Cow`.
    pub fn peel(&self) -> &Ty {
        match self {
            Ty::Ref(inner) => inner.peel(),
            Ty::External(path, args) if is_pointer(path) && !args.is_empty() => args[0].peel(),
            other => other,
        }
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Ty::Unknown)
    }

    /// The definition, where it is a type of the program.
    pub fn def(&self) -> Option<DefId> {
        match self {
            Ty::Def(id, _) => Some(*id),
            _ => None,
        }
    }

    /// Replaces type parameters by what they stand for.
    #[must_use]
    pub fn substitute(&self, map: &[(Name, Ty)]) -> Ty {
        let all = |tys: &[Ty]| tys.iter().map(|ty| ty.substitute(map)).collect::<Vec<_>>();
        let bounds = |bounds: &[Bound]| bounds.iter().map(|bound| bound.substitute(map)).collect();
        match self {
            Ty::Param(name) => {
                map.iter().find(|(known, _)| known == name).map_or_else(|| self.clone(), |(_, ty)| ty.clone())
            }
            Ty::Def(id, args) => Ty::Def(*id, all(args)),
            Ty::External(path, args) => Ty::External(path.clone(), all(args)),
            Ty::MethodResult { receiver, method } => {
                Ty::MethodResult { receiver: Arc::new(receiver.substitute(map)), method: method.clone() }
            }
            Ty::Assoc(ty, name) => Ty::Assoc(Box::new(ty.substitute(map)), name.clone()),
            Ty::Dyn(all_bounds) => Ty::Dyn(bounds(all_bounds)),
            Ty::Impl(all_bounds) => Ty::Impl(bounds(all_bounds)),
            Ty::Ref(inner) => Ty::Ref(Box::new(inner.substitute(map))),
            Ty::Tuple(tys) => Ty::Tuple(all(tys)),
            Ty::Slice(inner) => Ty::Slice(Box::new(inner.substitute(map))),
            Ty::FnPtr(ret) => Ty::FnPtr(Box::new(ret.substitute(map))),
            Ty::Future(inner) => Ty::Future(Box::new(inner.substitute(map))),
            Ty::Closure(inner) => Ty::Closure(Box::new(inner.substitute(map))),
            Ty::FnDef(_) | Ty::CallResult { .. } | Ty::Unknown => self.clone(),
        }
    }
}

impl Bound {
    /// Replaces type parameters by what they stand for.
    #[must_use]
    pub fn substitute(&self, map: &[(Name, Ty)]) -> Bound {
        Bound {
            trait_: self.trait_.clone(),
            args: self.args.iter().map(|ty| ty.substitute(map)).collect(),
            assoc: self.assoc.iter().map(|(name, ty)| (name.clone(), ty.substitute(map))).collect(),
        }
    }
}

fn is_pointer(path: &ExternalPath) -> bool {
    matches!(path.krate(), "std" | "alloc" | "core")
        && matches!(path.last(), "Arc" | "Box" | "Rc" | "Pin" | "Cow")
}

/// Names of primitive types.
pub(super) const PRIMITIVES: &[&str] = &[
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128",
    "isize", "f32", "f64",
];

/// Where a written type stands: what its names and `Self` mean.
#[derive(Debug, Clone, Copy)]
pub struct TypeContext {
    pub module: ModuleId,
    /// The definition whose generics are in scope.
    pub owner: Option<DefId>,
}

impl Program {
    /// The type that a written type means.
    pub fn lower_type(&self, ty: &Type, context: TypeContext) -> Ty {
        match &ty.kind {
            TypeKind::Path(path) => self.lower_type_path(path, context),
            TypeKind::Ref(inner) | TypeKind::Ptr(inner) => Ty::Ref(Box::new(self.lower_type(inner, context))),
            TypeKind::Tuple(elems) => {
                Ty::Tuple(elems.iter().map(|elem| self.lower_type(elem, context)).collect())
            }
            TypeKind::Slice(inner) => Ty::Slice(Box::new(self.lower_type(inner, context))),
            TypeKind::ImplTrait(bounds) => Ty::Impl(self.lower_bounds(bounds, context)),
            TypeKind::DynTrait(bounds) => Ty::Dyn(self.lower_bounds(bounds, context)),
            TypeKind::FnPtr { ret, .. } => Ty::FnPtr(Box::new(
                ret.as_ref().map_or(Ty::Tuple(Vec::new()), |ret| self.lower_type(ret, context)),
            )),
            TypeKind::Never => Ty::Tuple(Vec::new()),
            TypeKind::Infer | TypeKind::Other => Ty::Unknown,
        }
    }

    pub fn lower_bounds(&self, bounds: &[Path], context: TypeContext) -> Vec<Bound> {
        bounds
            .iter()
            .filter_map(|path| {
                let trait_ = self.resolve_ast_path(path, Namespace::Types, context.module, context.owner)?;
                let last = path.last();
                let mut assoc: Vec<(Name, Ty)> = last
                    .assoc()
                    .iter()
                    .map(|(name, ty)| (name.clone(), self.lower_type(ty, context)))
                    .collect();
                if let Some(output) = last.output() {
                    assoc.push((Name::new("Output"), self.lower_type(output, context)));
                }
                let args = last.args().iter().map(|arg| self.lower_type(arg, context)).collect();
                Some(Bound { trait_, args, assoc })
            })
            .collect()
    }

    fn lower_type_path(&self, path: &Path, context: TypeContext) -> Ty {
        if let Some(qself) = &path.qself {
            let base = self.lower_type(qself, context);
            return Ty::Assoc(Box::new(base), path.last().ident.name.clone());
        }
        let first = &path.segments[0].ident.name;
        if first == "Self" {
            let base = self.self_type(context);
            return path.segments[1..]
                .iter()
                .fold(base, |base, segment| Ty::Assoc(Box::new(base), segment.ident.name.clone()));
        }
        if self.is_type_param(first, context.owner) {
            let base = Ty::Param(first.clone());
            return path.segments[1..]
                .iter()
                .fold(base, |base, segment| Ty::Assoc(Box::new(base), segment.ident.name.clone()));
        }
        let args: Vec<Ty> = path.last().args().iter().map(|arg| self.lower_type(arg, context)).collect();
        match self.resolve_ast_path(path, Namespace::Types, context.module, context.owner) {
            Some(Res::Def(id)) => self.alias_target(id, args),
            // A glob of another crate may seem to bring any name.
            Some(Res::External(external)) => {
                self.builder_type(path, context).unwrap_or(Ty::External(external, args))
            }
            Some(Res::Module(_)) | None => match path.as_ident() {
                Some(name) if PRIMITIVES.contains(&name.as_str()) => Ty::external(&format!("std::{name}")),
                _ => self.builder_type(path, context).unwrap_or(Ty::Unknown),
            },
        }
    }

    /// The builder that a derive adds beside a struct, by the struct's name.
    fn builder_type(&self, path: &Path, context: TypeContext) -> Option<Ty> {
        let made = derived::built_by_name(&path.last().ident.name)?;
        let mut names: Vec<Name> = path.names().cloned().collect();
        *names.last_mut()? = Name::new(made);
        match self.resolve_names(&names, Namespace::Types, context.module, context.owner)? {
            Res::Def(id) if derived::has_builder(self, id) => Some(derived::builder(Ty::Def(id, Vec::new()))),
            _ => None,
        }
    }

    /// The type behind an alias of the program, else the type itself.
    fn alias_target(&self, id: DefId, args: Vec<Ty>) -> Ty {
        let def = self.def(id);
        match &def.item.kind {
            ItemKind::TypeAlias { generics, ty: Some(ty), .. } => {
                let target = self.lower_type(ty, TypeContext { module: def.module, owner: Some(id) });
                let params = generics.params.iter().filter(|param| param.kind == GenericParamKind::Type);
                let mut args = args.into_iter();
                let map: Vec<(Name, Ty)> = params
                    .map(|param| {
                        let written = args.next();
                        let default = || {
                            let context = TypeContext { module: def.module, owner: Some(id) };
                            param.default.as_ref().map(|ty| self.lower_type(ty, context))
                        };
                        (param.name.clone(), written.or_else(default).unwrap_or(Ty::Unknown))
                    })
                    .collect();
                target.substitute(&map)
            }
            ItemKind::Trait(_) => Ty::Dyn(vec![Bound { trait_: Res::Def(id), args, assoc: Vec::new() }]),
            _ => Ty::Def(id, args),
        }
    }

    /// The type that `Self` means in an impl, trait or type definition.
    pub fn self_type(&self, context: TypeContext) -> Ty {
        let mut at = context.owner;
        while let Some(owner) = at {
            let def = self.def(owner);
            match &def.item.kind {
                ItemKind::Impl(implementation) => {
                    return self.lower_type(
                        &implementation.self_ty,
                        TypeContext { module: def.module, owner: Some(owner) },
                    );
                }
                ItemKind::Trait(_) => return Ty::Param(Name::new("Self")),
                ItemKind::Struct(strukt) | ItemKind::Union(strukt) => {
                    return Ty::Def(owner, type_params(&strukt.generics));
                }
                ItemKind::Enum(enumeration) => {
                    let id =
                        if def.kind == super::DefKind::Variant { def.parent.unwrap_or(owner) } else { owner };
                    return Ty::Def(id, type_params(&enumeration.generics));
                }
                _ => at = def.parent,
            }
        }
        Ty::Unknown
    }

    /// Whether a name is a type parameter of the definition or of what encloses it.
    pub fn is_type_param(&self, name: &str, owner: Option<DefId>) -> bool {
        let mut at = owner;
        while let Some(id) = at {
            let is_one = |generics: &crate::syntax::ast::Generics| {
                generics.params.iter().any(|param| param.kind == GenericParamKind::Type && param.name == name)
            };
            if self.generics(id).is_some_and(is_one) {
                return true;
            }
            at = self.def(id).parent;
        }
        false
    }
}

fn type_params(generics: &crate::syntax::ast::Generics) -> Vec<Ty> {
    let params = generics.params.iter().filter(|param| param.kind == GenericParamKind::Type);
    params.map(|param| Ty::Param(param.name.clone())).collect()
}

/// For messages: `Arc<Repository>`.
pub struct TyDisplay<'a>(pub &'a Program, pub &'a Ty);

impl fmt::Display for TyDisplay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, args: &[Ty]| {
            for (at, arg) in args.iter().enumerate() {
                write!(f, "{}{}", if at > 0 { ", " } else { "" }, TyDisplay(self.0, arg))?;
            }
            Ok(())
        };
        match self.1 {
            Ty::Def(id, args) if args.is_empty() => f.write_str(&self.0.def(*id).name),
            Ty::Def(id, args) => {
                write!(f, "{}<", self.0.def(*id).name)?;
                list(f, args)?;
                f.write_str(">")
            }
            Ty::External(path, args) if args.is_empty() => f.write_str(path.last()),
            Ty::External(path, args) => {
                write!(f, "{}<", path.last())?;
                list(f, args)?;
                f.write_str(">")
            }
            Ty::MethodResult { receiver, method } => write!(f, "{}.{method}()", TyDisplay(self.0, receiver)),
            Ty::CallResult { function } => write!(f, "{function}()"),
            Ty::Param(name) => f.write_str(name),
            Ty::Assoc(base, name) => write!(f, "{}::{name}", TyDisplay(self.0, base)),
            Ty::Dyn(_) => f.write_str("dyn _"),
            Ty::Impl(_) => f.write_str("impl _"),
            Ty::Ref(inner) => write!(f, "&{}", TyDisplay(self.0, inner)),
            Ty::Tuple(elems) => {
                f.write_str("(")?;
                list(f, elems)?;
                f.write_str(")")
            }
            Ty::Slice(inner) => write!(f, "[{}]", TyDisplay(self.0, inner)),
            Ty::FnDef(id) => write!(f, "fn {}", self.0.def(*id).name),
            Ty::FnPtr(_) => f.write_str("fn(..)"),
            Ty::Future(inner) => write!(f, "impl Future<Output = {}>", TyDisplay(self.0, inner)),
            Ty::Closure(_) => f.write_str("closure"),
            Ty::Unknown => f.write_str("_"),
        }
    }
}
