//! What derives of well-known crates add to a struct: constructors, builders, getters and setters, which have no text to be read.
//!
//! Input: a struct and a name. Output: what a function of that name does with which field. A function that is written comes first: these are for
//! names that the struct has no function of.
//!
//! Sources: the documentation of `derive-new`, `derive_more`, `typed-builder`, `bon`, `derive_builder`, `buildstructor`, `getset`,
//! `derive-getters` and `derive_setters`.

use super::program::{DefId, DefKind, Program};
use super::scope::{ExternalPath, Namespace, Res};
use super::types::Ty;
use crate::syntax::ast::{Field, Fields, ItemKind, TypeKind, derived_by, derives, has_word, setting};
use crate::syntax::{Attr, Name};

/// The type of a builder of a struct, whatever its name, with the struct as argument.
const BUILDER: &str = "derive::Builder";

/// The method that ends a builder's chain, unless an attribute gives it another name.
pub const BUILD: &str = "build";

/// A function that a derive adds.
#[derive(Debug, Clone)]
pub enum Derived<'p> {
    /// `T::new(a, b)`: the fields that its arguments fill, in order.
    Constructor(Vec<&'p Field>),
    /// `T::builder()`, which is then given values one by one.
    Builder,
    /// `value.table()`.
    Getter(&'p Field),
    /// `value.table_mut()`.
    MutGetter(&'p Field),
    /// `value.set_table(x)`, `value.with_table(x)`, `value.table(x)`: gives the value on.
    Setter(&'p Field),
}

/// What `T::name` is.
pub fn function<'p>(program: &'p Program, id: DefId, name: &str) -> Option<Derived<'p>> {
    let attrs = attrs_of(program, id)?;
    match name {
        "new" if derives(attrs, "new") => {
            let is_given = |field: &&Field| {
                let is_filled =
                    ["default", "value"].iter().any(|word| has_word(&field.attrs, &["new"], word));
                let is_marker =
                    matches!(&field.ty.kind, TypeKind::Path(path) if path.last().ident.name == "PhantomData");
                !is_filled && !is_marker
            };
            Some(Derived::Constructor(fields_of(program, id).iter().filter(is_given).collect()))
        }
        "new" if derives(attrs, "Constructor") => {
            Some(Derived::Constructor(fields_of(program, id).iter().collect()))
        }
        "builder" if has_builder(program, id) || wrapped(program, id, "new").is_some() => {
            Some(Derived::Builder)
        }
        _ => None,
    }
}

/// What `value.name(..)` is, with so many arguments.
pub fn method<'p>(program: &'p Program, id: DefId, name: &str, arguments: usize) -> Option<Derived<'p>> {
    let attrs = attrs_of(program, id)?;
    let fields = fields_of(program, id);
    let gets = || ["Getters", "CopyGetters", "CloneGetters"].iter().any(|name| derives(attrs, name));
    let of_getset = || fields.iter().any(|field| has(&field.attrs, GETSET)) || has(attrs, GETSET);
    match arguments {
        0 if gets() && of_getset() => {
            let is_it = |field: &&Field| {
                let mut written =
                    ["get", "get_copy", "get_clone"].iter().filter_map(|key| getset(attrs, field, key));
                written.any(|how| got(&how, name) == Some(&field.name.name))
            };
            fields.iter().find(is_it).map(Derived::Getter)
        }
        0 if derives(attrs, "Getters") => {
            let is_it = |field: &&Field| {
                let renamed = setting(&field.attrs, &["getter"], "rename");
                renamed.as_deref().unwrap_or(&field.name.name) == name
                    && !has_word(&field.attrs, &["getter"], "skip")
            };
            fields.iter().find(is_it).map(Derived::Getter)
        }
        0 if derives(attrs, "MutGetters") => {
            let bare = name.strip_suffix("_mut")?;
            let is_it = |field: &&Field| {
                let how = getset(attrs, field, "get_mut");
                how.is_some_and(|how| got(&how, bare) == Some(&field.name.name))
            };
            fields.iter().find(is_it).map(Derived::MutGetter)
        }
        1 if derives(attrs, "Setters") && of_getset() => {
            let bare = name.strip_prefix("set_")?;
            let is_it = |field: &&Field| field.name.name == bare && getset(attrs, field, "set").is_some();
            fields.iter().find(is_it).map(Derived::Setter)
        }
        1 if derives(attrs, "WithSetters") => {
            let bare = name.strip_prefix("with_")?;
            let is_it =
                |field: &&Field| field.name.name == bare && getset(attrs, field, "set_with").is_some();
            fields.iter().find(is_it).map(Derived::Setter)
        }
        1 if derives(attrs, "Setters") => {
            let prefix = setting(attrs, &["setters"], "prefix").unwrap_or_default();
            let is_it = |field: &&Field| {
                let renamed = setting(&field.attrs, &["setters"], "rename");
                renamed
                    .map_or_else(|| name.strip_prefix(&*prefix) == Some(&*field.name.name), |own| own == name)
            };
            fields.iter().find(is_it).map(Derived::Setter)
        }
        _ => None,
    }
}

/// The field that a method of a struct's builder is given the value of.
pub fn field_of_builder<'p>(program: &'p Program, id: DefId, method: &str) -> Option<&'p Field> {
    let attrs = attrs_of(program, id)?;
    fields_of(program, id).iter().find(|field| {
        let name = field.name.name.as_str();
        let prefixes = [attrs, field.attrs.as_slice()].map(|attrs| setting(attrs, &["builder"], "prefix"));
        let mut bare = prefixes.iter().flatten().filter_map(|prefix| method.strip_prefix(prefix.as_str()));
        // `bon` has a second method for what is optional.
        method == name
            || method.strip_prefix("maybe_") == Some(name)
            || bare.any(|bare| bare.trim_start_matches('_') == name)
            || setting(&field.attrs, &["builder"], "name").as_deref() == Some(method)
    })
}

/// Whether a struct's builder works as its crate's documentation has it first: `builder`, a method for each field, `build`.
pub fn has_plain_builder(program: &Program, id: DefId) -> bool {
    const ALTERED: &[&str] =
        &["build_fn", "build_method", "finish_fn", "state_mod", "mutators", "pattern", "start_fn"];
    let altered = |attrs: &[Attr]| ALTERED.iter().any(|word| has_word(attrs, &["builder"], word));
    let attrs = attrs_of(program, id).unwrap_or_default();
    has_builder(program, id)
        && !altered(attrs)
        && !fields_of(program, id).iter().any(|field| altered(&field.attrs))
}

/// The type of a builder of a struct.
pub(super) fn builder(made: Ty) -> Ty {
    Ty::External(ExternalPath::parse(BUILDER), vec![made])
}

/// What a builder makes, of the builder's type.
pub fn built(ty: &Ty) -> Option<&Ty> {
    match ty.peel() {
        Ty::External(path, args) if path.is("derive", "Builder") => args.first(),
        _ => None,
    }
}

/// The struct whose builder has this name: `ConfigBuilder` of `Config`.
pub(super) fn built_by_name(name: &str) -> Option<&str> {
    name.strip_suffix("Builder").filter(|name| !name.is_empty())
}

/// Whether a struct's builder checks what it was given, so that `build` gives a `Result`: that of `derive_builder`.
pub(super) fn may_fail(program: &Program, id: DefId) -> bool {
    const CRATE: &str = "derive_builder";
    let Some(written) = attrs_of(program, id).and_then(|attrs| derived_by(attrs, "Builder")) else {
        return false;
    };
    let names: Vec<Name> = written.split("::").map(|name| Name::new(name.trim())).collect();
    let module = program.def(id).module;
    match program.resolve_names(&names, Namespace::Macros, module, None) {
        Some(Res::External(path)) => path.krate() == CRATE,
        _ if names.len() > 1 => names[0] == CRATE,
        _ => program.tree.package_of(module).dependency(CRATE).is_some(),
    }
}

/// Whether a derive gives the struct a builder.
pub fn has_builder(program: &Program, id: DefId) -> bool {
    attrs_of(program, id).is_some_and(|attrs| derives(attrs, "Builder") || derives(attrs, "TypedBuilder"))
}

/// A function of a type that an attribute makes a builder of, which is called without arguments, and `new` as `builder`: `#[builder] fn new(..)`.
pub(super) fn wrapped(program: &Program, id: DefId, name: &str) -> Option<DefId> {
    let is_wrapped = |&def: &DefId| {
        program.def(def).item.attrs.iter().any(|attr| attr.path.split("::").last() == Some("builder"))
    };
    program.assoc_of_type(id, name).into_iter().find(is_wrapped)
}

const GETSET: &str = "getset";

/// What `getset` is told of a field: `"pub with_prefix"` of `get = "pub with_prefix"`, at the field, else at the struct.
fn getset(attrs: &[Attr], field: &Field, key: &str) -> Option<String> {
    let is_left_out = has_word(&field.attrs, &[GETSET], "skip");
    let own = setting(&field.attrs, &[GETSET], key);
    own.or_else(|| setting(attrs, &[GETSET], key).filter(|_| !is_left_out))
}

/// The name of the field that a getter of `getset` gives, by the getter's own and how it is written.
fn got<'n>(how: &str, name: &'n str) -> Option<&'n str> {
    let is_prefixed = how.split_whitespace().any(|word| word == "with_prefix");
    if is_prefixed { name.strip_prefix("get_") } else { Some(name) }
}

fn has(attrs: &[Attr], name: &str) -> bool {
    attrs.iter().any(|attr| attr.path == name)
}

/// A struct's attributes; none of what is no struct.
fn attrs_of(program: &Program, id: DefId) -> Option<&[Attr]> {
    let def = program.def(id);
    (def.kind == DefKind::Struct && matches!(def.item.kind, ItemKind::Struct(_))).then_some(&def.item.attrs)
}

fn fields_of(program: &Program, id: DefId) -> &[Field] {
    program.fields(id).map_or(&[], Fields::all)
}
