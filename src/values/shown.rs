//! The text of a value of the program: what its `Display`, its conversion into a string or a derive of `strum` makes of it.
//!
//! Input: a value in the place of a text. Output: the texts that it can be there. Deliberately absent: padding and precision, and `Display`
//! that writes piece by piece.

use std::rc::Rc;

use super::eval::Evaluator;
use super::frame::Frame;
use super::text::Text;
use super::value::{MAX_VALUES, Value};
use crate::certainty::Certainty;
use crate::resolve::{DefId, DefKind, ImplInfo, Res, Ty};
use crate::syntax::ast::{self, Block, ExprKind, Fn, Stmt, StmtKind, setting};
use crate::syntax::{ItemKind, Name, visit};

/// How deep the texts of values may hold those of others.
const MAX_SHOWN: u32 = 4;

/// Derives of `strum` by which a variant is a text, beside `Display`.
const STRUM: &[&str] = &["AsRefStr", "IntoStaticStr"];

/// Packages that have a derive `Display` as `strum` has one.
const OTHERS: &[&str] = &["derive_more", "displaydoc", "parse-display"];

/// Derives of `derive_more` and its like that make a struct of one field be what the field is.
const NEWTYPE: &[&str] = &["AsRef", "Deref", "Display", "Into"];

impl<'p> Evaluator<'p> {
    /// The texts of values; what is no text and has none is unknown. `Absent` values are left out where there are others.
    pub fn shown(&mut self, values: &[Value<'p>]) -> Vec<Text> {
        let mut texts: Vec<Text> = Vec::new();
        for value in values {
            let found = match value {
                Value::Absent => continue,
                Value::Text(text) => vec![text.clone()],
                Value::Struct { .. } | Value::Of(_) => self.shown_by_impls(value),
                _ => vec![Text::unknown()],
            };
            for text in found {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        if texts.is_empty() || texts.len() > MAX_VALUES { vec![Text::unknown()] } else { texts }
    }

    fn shown_by_impls(&mut self, value: &Value<'p>) -> Vec<Text> {
        let of = match value {
            Value::Struct { def, .. } => Some(self.type_of(*def)),
            Value::Of(ty) => ty.peel().def(),
            _ => None,
        };
        let Some(def) = of.filter(|_| self.showing < MAX_SHOWN) else { return vec![Text::unknown()] };
        let mut values = Vec::new();
        self.showing += 1;
        for (function, given) in self.text_functions(def) {
            let frame = self.frames.add(Frame {
                owner: function,
                caller: None,
                self_ty: None,
                type_args: Vec::new(),
                certainty: Certainty::Proved,
                depth: 0,
                closures: Rc::default(),
                around: None,
                given: Some((given, Rc::new(vec![value.clone()]))),
            });
            values.extend(self.results(&[frame]));
        }
        let mut texts = self.shown(&values);
        if values.is_empty() {
            texts = match self.field_of_newtype(def) {
                Some(field) => {
                    let held = self.fields(std::slice::from_ref(value), &field);
                    self.shown(&held)
                }
                None => self.variant_names(def, value).unwrap_or(texts),
            };
        }
        self.showing -= 1;
        texts
    }

    /// The only field of a struct that a derive makes to be what the field is.
    fn field_of_newtype(&self, def: DefId) -> Option<Name> {
        let item = &self.program.def(def).item;
        let ItemKind::Struct(strukt) = &item.kind else { return None };
        let [field] = strukt.fields.all() else { return None };
        NEWTYPE.iter().any(|derive| ast::derives(&item.attrs, derive)).then(|| field.name.name.clone())
    }

    /// The functions that make a text of a type's values, each with the parameter for the value; `None` is `self`.
    fn text_functions(&self, def: DefId) -> Vec<(DefId, Option<usize>)> {
        let program = self.program;
        let function = |info: &ImplInfo, name: &str| {
            info.items.iter().copied().find(|&item| program.def(item).name == name)
        };
        let is_external = |info: &ImplInfo, name: &str| matches!(&info.trait_, Some(Res::External(path)) if path.krate() == "std" && path.last() == name);
        let mut found = Vec::new();
        for &id in program.impls_of_type(def) {
            let info = program.impl_info(id);
            if is_external(info, "Display") {
                let fmt = function(info, "fmt").filter(|&fmt| program.func(fmt).is_some_and(writes_once));
                found.extend(fmt.map(|fmt| (fmt, None)));
            }
            if is_external(info, "Deref") {
                found.extend(function(info, "deref").map(|deref| (deref, None)));
            }
        }
        let is_string =
            |ty: &Ty| matches!(ty.peel(), Ty::External(path, _) if matches!(path.last(), "String" | "str"));
        for info in program.impls.iter().filter(|info| is_string(&info.self_ty) && is_external(info, "From"))
        {
            if info.trait_args.first().and_then(|ty| ty.peel().def()) == Some(def) {
                found.extend(function(info, "from").map(|from| (from, Some(0))));
            }
        }
        found
    }

    /// The names of an enum's variants, as derives of `strum` write them: of the value's variant, or of all.
    fn variant_names(&self, def: DefId, value: &Value<'p>) -> Option<Vec<Text>> {
        let program = self.program;
        let item = &program.def(def).item;
        let ItemKind::Enum(enumeration) = &item.kind else { return None };
        let derives = |names: &[&str]| names.iter().any(|name| ast::derives(&item.attrs, name));
        let uses =
            |names: &[&str]| program.tree.dependencies().any(|one| names.contains(&one.package.as_str()));
        // Other crates have a derive `Display` too.
        let shows = || derives(&["Display"]) && uses(&["strum", "strum_macros"]) && !uses(OTHERS);
        if !derives(STRUM) && !shows() {
            return None;
        }
        let rule = setting(&item.attrs, &["strum"], "serialize_all");
        let of_value = match value {
            Value::Struct { def, .. } if program.def(*def).kind == DefKind::Variant => {
                Some(&program.def(*def).name)
            }
            _ => None,
        };
        let variants =
            enumeration.variants.iter().filter(|one| of_value.is_none_or(|name| one.name.name == *name));
        let name = |variant: &ast::Variant| {
            let set = |key: &str| setting(&variant.attrs, &["strum"], key);
            let name = set("to_string").or_else(|| set("serialize"));
            let name = name.or_else(|| match &rule {
                Some(rule) => in_case(&variant.name.name, rule),
                None => Some(variant.name.name.to_string()),
            });
            name.map_or_else(Text::unknown, Text::literal)
        };
        Some(variants.map(name).collect())
    }
}

/// Whether each way through a function writes once, at its end: a `Display` whose text is what its last expression writes.
fn writes_once(func: &Fn) -> bool {
    let Some(body) = func.block() else { return false };
    let mut once = ends_with_its_only_write(body);
    visit::exprs_in_block(body, &mut |expr| {
        once &= match &expr.kind {
            ExprKind::Block(block) | ExprKind::If { then: block, .. } => ends_with_its_only_write(block),
            ExprKind::For { .. } | ExprKind::While { .. } | ExprKind::Loop { .. } | ExprKind::Unsafe(_) => {
                false
            }
            _ => true,
        };
    });
    once
}

/// Whether nothing in a block comes before its last expression but plain bindings.
fn ends_with_its_only_write(block: &Block) -> bool {
    let Some((last, before)) = block.stmts.split_last() else { return false };
    let is_plain = |stmt: &Stmt| match &stmt.kind {
        StmtKind::Let { init, .. } => {
            let mut plain = true;
            if let Some(init) = init {
                visit::exprs(init, &mut |expr| {
                    plain &= !matches!(expr.kind, ExprKind::Macro(_) | ExprKind::Try(_));
                });
            }
            plain
        }
        StmtKind::Expr { .. } => false,
        StmtKind::Item(_) => true,
    };
    matches!(&last.kind, StmtKind::Expr { .. }) && before.iter().all(is_plain)
}

/// A variant's name in the case of a rule of `strum`; `None` where its words are not plain.
fn in_case(name: &str, rule: &str) -> Option<String> {
    let is_plain = name.chars().all(|c| c.is_ascii_alphabetic())
        && !name.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase));
    if !is_plain {
        return None;
    }
    let starts: Vec<usize> =
        name.char_indices().filter(|(_, c)| c.is_uppercase()).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([name.len()]);
    let words: Vec<String> =
        starts.iter().zip(ends).map(|(&start, end)| name[start..end].to_lowercase()).collect();
    Some(match rule {
        "snake_case" => words.join("_"),
        "kebab-case" | "kebab_case" => words.join("-"),
        "SCREAMING_SNAKE_CASE" | "shouty_snake_case" => words.join("_").to_uppercase(),
        "SCREAMING-KEBAB-CASE" => words.join("-").to_uppercase(),
        "lowercase" => words.concat(),
        "UPPERCASE" => words.concat().to_uppercase(),
        "PascalCase" => name.to_string(),
        "camelCase" => format!("{}{}", words.first()?, &name[words.first()?.len()..]),
        _ => return None,
    })
}
