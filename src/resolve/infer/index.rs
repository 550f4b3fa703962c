//! Signatures, fields and bounds of all definitions, lowered when asked for; methods by name.

use std::sync::OnceLock;

use crate::ordered::UnorderedMap;
use crate::resolve::program::{Def, DefId, DefKind, ImplId, Program};
use crate::resolve::types::{Bound, Ty, TypeContext};
use crate::syntax::ast::{self, GenericParamKind};
use crate::syntax::{ItemKind, Name};

/// A function's signature with its types lowered.
#[derive(Debug, Clone)]
pub struct Sig {
    /// `&Self` or what is written; `None` without `self`.
    pub receiver: Option<Ty>,
    /// Without the receiver.
    pub params: Vec<Ty>,
    /// What a call gives: a future for `async fn`.
    pub ret: Ty,
    /// Type parameters of the function and of the impl or trait around it.
    pub generics: Vec<Name>,
    /// Of those, the function's own: what a turbofish names.
    pub own_generics: Vec<Name>,
    /// Bounds on the function's own type parameters.
    pub bounds: Vec<(Ty, Vec<Bound>)>,
}

/// A method or associated function with its owner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) def: DefId,
    pub(super) owner: Owner,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Inherent(ImplId),
    TraitImpl(ImplId),
    Trait(DefId),
}

/// Everything about definitions that inference of a body looks up.
#[derive(Debug, Default)]
pub struct Index {
    /// By `DefId`; lowered when asked for.
    lowered: Vec<OnceLock<Box<Lowered>>>,
    members: UnorderedMap<Name, Vec<Member>>,
    /// Impls with a `Deref` trait.
    pub(super) derefs: Vec<ImplId>,
    /// `impl From<Own> for Foreign` by the type of the program.
    conversions: UnorderedMap<DefId, Vec<ImplId>>,
    /// Types with a `Drop` of the program.
    pub(super) drops: Vec<DefId>,
}

#[derive(Debug, Default)]
struct Lowered {
    sig: Option<Sig>,
    fields: Vec<(Name, Ty)>,
    /// Of a const, static, alias or associated type.
    ty: Option<Ty>,
    /// What `#[derive(Deref)]` dereferences to.
    derefs_to: Option<Ty>,
    /// Bounds of the generics of an impl, trait or type; for a trait also its supertraits on `Self`.
    bounds: Vec<(Ty, Vec<Bound>)>,
}

impl Index {
    /// Impls of `From` for types of other crates that take this type.
    pub(super) fn conversions_of(&self, def: DefId) -> &[ImplId] {
        self.conversions.get(&def).map_or(&[], Vec::as_slice)
    }

    /// Whether a trait of the program declares a member of that name.
    pub fn is_trait_member(&self, name: &str) -> bool {
        self.members(name).iter().any(|member| matches!(member.owner, Owner::Trait(_)))
    }

    pub(super) fn members(&self, name: &str) -> &[Member] {
        self.members.get(name).map_or(&[], Vec::as_slice)
    }
}

impl Program {
    fn lowered(&self, id: DefId) -> Option<&Lowered> {
        let lowered = self.index.lowered.get(id.0 as usize)?;
        Some(lowered.get_or_init(|| Box::new(lower(self, self.def(id)))))
    }

    /// Lowered signature of a function of the program.
    pub fn sig(&self, func: DefId) -> Option<&Sig> {
        self.lowered(func)?.sig.as_ref()
    }

    /// Lowered types of the fields of a struct or variant.
    pub fn field_types(&self, def: DefId) -> &[(Name, Ty)] {
        self.lowered(def).map_or(&[], |lowered| &lowered.fields)
    }

    /// Type of a const or static, or the type behind an associated type.
    pub(super) fn ty_of(&self, def: DefId) -> Option<&Ty> {
        self.lowered(def)?.ty.as_ref()
    }

    /// What a derived `Deref` of a struct gives.
    pub(super) fn derived_deref(&self, def: DefId) -> Option<&Ty> {
        self.lowered(def)?.derefs_to.as_ref()
    }

    /// Bounds of the generics of an impl, trait or type.
    pub(super) fn bounds_on(&self, def: DefId) -> &[(Ty, Vec<Bound>)] {
        self.lowered(def).map_or(&[], |lowered| &lowered.bounds)
    }

    /// Whether a method of the program has that name, and none of std is so called.
    pub fn may_name_method(&self, name: &str) -> bool {
        self.methods_named(name).next().is_some()
    }

    /// Whether a method of the program has that name.
    pub fn has_method(&self, name: &str) -> bool {
        self.index.members(name).iter().any(|member| self.takes_self(member.def))
    }

    /// The methods of that name and number of arguments, whatever std has.
    pub fn methods_with(&self, name: &str, arguments: usize) -> impl Iterator<Item = DefId> {
        let members = self.index.members(name).iter().map(|member| member.def);
        members.filter(move |&def| self.takes_self(def) && self.arity(def) == arguments)
    }

    /// The methods of that name, unless one of std is so called.
    pub(in crate::resolve) fn methods_named(&self, name: &str) -> impl Iterator<Item = DefId> {
        let members = if super::known::is_common(name) { &[] } else { self.index.members(name) };
        members.iter().map(|member| member.def).filter(|&def| self.takes_self(def))
    }

    pub(super) fn takes_self(&self, id: DefId) -> bool {
        self.func(id).is_some_and(|func| func.sig().receiver.is_some())
    }

    /// Number of parameters without `self`.
    pub(super) fn arity(&self, id: DefId) -> usize {
        self.func(id).map_or(0, |func| func.sig().params.len())
    }

    /// Whether a body calls what its function is called on `self`: the type has a method of that name of its own.
    pub(super) fn forwards(&self, id: DefId) -> bool {
        self.func(id).is_some_and(|func| forwards(func, &self.def(id).name))
    }
}

pub(super) fn build(program: &Program) -> Index {
    let lowered = program.defs.iter().map(|_| OnceLock::new()).collect();
    let mut index = Index { lowered, ..Index::default() };
    for def in &program.defs {
        if def.kind != DefKind::Method {
            continue;
        }
        let Some(parent) = def.parent else { continue };
        let owner = match (program.def(parent).kind, program.impl_id(parent)) {
            (DefKind::Trait, _) => Owner::Trait(parent),
            (_, Some(id)) if program.impl_info(id).trait_.is_some() => Owner::TraitImpl(id),
            (_, Some(id)) => Owner::Inherent(id),
            _ => continue,
        };
        let member = Member { def: def.id, owner };
        index.members.entry(def.name.clone()).or_default().push(member);
    }
    for (at, info) in program.impls.iter().enumerate() {
        if super::implicit::is_trait(info.trait_.as_ref(), "Deref") {
            index.derefs.push(ImplId(at as u32));
        }
        if super::implicit::is_trait(info.trait_.as_ref(), "From")
            && super::implicit::own_type(&info.self_ty).is_none()
            && let Some(source) = info.trait_args.first().and_then(|ty| ty.peel().def())
        {
            index.conversions.entry(source).or_default().push(ImplId(at as u32));
        }
        if super::implicit::is_trait(info.trait_.as_ref(), "Drop") {
            index.drops.extend(info.self_ty.def());
        }
    }
    index
}

/// Whether a body ends with `self.name(..)`.
fn forwards(func: &ast::Fn, name: &Name) -> bool {
    let last = func.block().and_then(|body| body.stmts.last());
    let Some(ast::StmtKind::Expr { expr, .. }) = last.map(|stmt| &stmt.kind) else { return false };
    let ast::ExprKind::MethodCall(call) = &expr.kind else { return false };
    let ast::ExprKind::Path(path) = &call.receiver.kind else { return false };
    call.method.name == *name && path.as_ident().is_some_and(|ident| ident == "self")
}

fn lower(program: &Program, def: &Def) -> Lowered {
    let context = TypeContext { module: def.module, owner: Some(def.id) };
    let mut lowered = Lowered::default();
    match &def.item.kind {
        _ if def.kind == DefKind::Variant => {
            let outer = TypeContext { owner: def.parent, ..context };
            lowered.fields = fields(program, program.fields(def.id), outer);
        }
        ItemKind::Fn(func) => lowered.sig = Some(signature(program, def, func, context)),
        ItemKind::Struct(strukt) | ItemKind::Union(strukt) => {
            lowered.fields = fields(program, Some(&strukt.fields), context);
            lowered.derefs_to = derived_deref(&def.item.attrs, &strukt.fields, &lowered.fields);
            lowered.bounds = bounds(program, &strukt.generics, context);
        }
        ItemKind::Enum(enumeration) => lowered.bounds = bounds(program, &enumeration.generics, context),
        ItemKind::Impl(implementation) => lowered.bounds = bounds(program, &implementation.generics, context),
        ItemKind::Trait(trait_) => {
            lowered.bounds = bounds(program, &trait_.generics, context);
            let supertraits = program.lower_bounds(&trait_.supertraits, context);
            if !supertraits.is_empty() {
                lowered.bounds.push((Ty::Param(Name::new("Self")), supertraits));
            }
        }
        ItemKind::Const { ty, .. } | ItemKind::Static { ty, .. } => {
            lowered.ty = Some(program.lower_type(ty, context));
        }
        ItemKind::TypeAlias { ty, bounds, .. } => {
            lowered.ty = ty.as_ref().map(|ty| program.lower_type(ty, context));
            if !bounds.is_empty() {
                let itself = Ty::Assoc(Box::new(Ty::Param(Name::new("Self"))), def.name.clone());
                lowered.bounds.push((itself, program.lower_bounds(bounds, context)));
            }
        }
        _ => {}
    }
    lowered
}

/// The only field of a struct with `#[derive(Deref)]`, or the one that `#[deref]` marks.
fn derived_deref(attrs: &[ast::Attr], fields: &ast::Fields, lowered: &[(Name, Ty)]) -> Option<Ty> {
    if !ast::derives(attrs, "Deref") {
        return None;
    }
    let marked = fields.all().iter().position(|field| field.attrs.iter().any(|attr| attr.path == "deref"));
    let at = marked.or((lowered.len() == 1).then_some(0))?;
    lowered.get(at).map(|(_, ty)| ty.clone())
}

fn fields(program: &Program, fields: Option<&ast::Fields>, context: TypeContext) -> Vec<(Name, Ty)> {
    let fields = fields.map_or(&[][..], ast::Fields::all);
    fields.iter().map(|field| (field.name.name.clone(), program.lower_type(&field.ty, context))).collect()
}

fn bounds(program: &Program, generics: &ast::Generics, context: TypeContext) -> Vec<(Ty, Vec<Bound>)> {
    let mut all = Vec::new();
    for param in &generics.params {
        if param.kind == GenericParamKind::Type && !param.bounds.is_empty() {
            all.push((Ty::Param(param.name.clone()), program.lower_bounds(&param.bounds, context)));
        }
    }
    for (ty, paths) in &generics.predicates {
        all.push((program.lower_type(ty, context), program.lower_bounds(paths, context)));
    }
    all
}

pub(super) fn type_param_names(generics: &ast::Generics) -> impl Iterator<Item = Name> + '_ {
    let params = generics.params.iter().filter(|param| param.kind == GenericParamKind::Type);
    params.map(|param| param.name.clone())
}

fn signature(program: &Program, def: &Def, func: &ast::Fn, context: TypeContext) -> Sig {
    let sig = &func.sig();
    let receiver = sig.receiver.as_ref().map(|receiver| match &receiver.ty {
        Some(ty) => program.lower_type(ty, context),
        None if receiver.by_ref => Ty::Ref(Box::new(program.self_type(context))),
        None => program.self_type(context),
    });
    let params = sig.params.iter().map(|param| program.lower_type(&param.ty, context)).collect();
    let ret = sig.ret.as_ref().map_or(Ty::Tuple(Vec::new()), |ret| program.lower_type(ret, context));
    let ret = if sig.is_async { Ty::Future(Box::new(ret)) } else { super::unify::future_of_bounds(ret) };
    let own_generics: Vec<Name> = type_param_names(&sig.generics).collect();
    let mut generics = own_generics.clone();
    if let Some(parent) = def.parent
        && let Some(outer) = program.generics(parent)
        && matches!(program.def(parent).kind, DefKind::Impl | DefKind::Trait)
    {
        generics.extend(type_param_names(outer));
        if program.def(parent).kind == DefKind::Trait {
            generics.push(Name::new("Self"));
        }
    }
    Sig { receiver, params, ret, generics, own_generics, bounds: bounds(program, &sig.generics, context) }
}
