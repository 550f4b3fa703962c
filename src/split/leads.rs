//! Leads: what each name in a definition's text leads to, worked out once for all functions.
//!
//! Input: the program. Output: per definition the places of its names, each with the definitions that it keeps alive or the method name that
//! it calls. Deliberately absent: what a function cuts out (`live`).

use std::cell::RefCell;
use std::rc::Rc;

use super::bound::parameter_names;
use super::derives;
use super::live::{MacroItems, method_calls};
use super::names::leaves;
use super::proc_macros::ProcMacros;
use super::templates;
use crate::load::ModuleId;
use crate::ordered::UnorderedMap;
use crate::resolve::{DefId, DefKind, Namespace, Program, Res};
use crate::span::Span;
use crate::syntax::ast::{Fn, UseLeaf};
use crate::syntax::{Mention, MentionKind, Name};

/// How many imports are followed one after the other to what a macro makes.
const MAX_IMPORTS: usize = 3;

/// One name in the text.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    pub(super) span: Span,
    /// Definitions that the name needs.
    pub(super) defs: Vec<DefId>,
    /// The method or associated item that it calls on a type which is not known.
    pub(super) called: Option<Name>,
}

/// The leads of every definition that was asked for.
pub(super) struct Leads<'a> {
    program: &'a Program,
    macro_items: MacroItems,
    proc_macros: ProcMacros,
    imports: UnorderedMap<ModuleId, Rc<[(bool, UseLeaf)]>>,
    /// By the module that defines them.
    traits: UnorderedMap<ModuleId, Vec<DefId>>,
    known: RefCell<UnorderedMap<DefId, Rc<[Lead]>>>,
}

impl<'a> Leads<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let (macro_items, imports) = (MacroItems::of(program), leaves(program));
        let mut traits: UnorderedMap<ModuleId, Vec<DefId>> = UnorderedMap::default();
        for def in program.defs.iter().filter(|def| def.kind == DefKind::Trait) {
            traits.entry(def.module).or_default().push(def.id);
        }
        let proc_macros = ProcMacros::of(program);
        Self { program, macro_items, proc_macros, imports, traits, known: RefCell::default() }
    }

    /// Leads of a definition's own text, by place; for impls and traits without their members, none for variants.
    pub(super) fn of(&self, id: DefId) -> Rc<[Lead]> {
        if let Some(known) = self.known.borrow().get(&id) {
            return known.clone();
        }
        let leads: Rc<[Lead]> = self.find(id).into();
        self.known.borrow_mut().insert(id, leads.clone());
        leads
    }

    fn find(&self, id: DefId) -> Vec<Lead> {
        let program = self.program;
        let def = program.def(id);
        if def.kind == DefKind::Variant {
            return Vec::new();
        }
        let calls = method_calls(program, id);
        let mut leads = Vec::new();
        for mention in own_mentions(program, id) {
            let mut lead = Lead { span: mention.span, defs: Vec::new(), called: None };
            match mention.kind {
                MentionKind::Method | MentionKind::Assoc => {
                    let callees = calls.get(&mention.span);
                    lead.defs = callees.map(|callees| callees.defs.clone()).unwrap_or_default();
                    // Behind a bound stands the trait's own method, whatever implements it.
                    if callees.is_none_or(|callees| callees.through_bound) {
                        lead.called = Some(mention.segments[0].name.clone());
                    }
                    if callees.is_none() {
                        lead.defs.extend(self.traits_in_scope(def.module, &mention.segments[0].name));
                    }
                }
                MentionKind::Path
                | MentionKind::Macro
                | MentionKind::InAttribute
                | MentionKind::FormatCapture => {
                    let names: Vec<Name> =
                        mention.segments.iter().map(|segment| segment.name.clone()).collect();
                    self.names(&names, def.module, id, &mut lead);
                }
                MentionKind::Field | MentionKind::Label | MentionKind::Definition => continue,
            }
            if !lead.defs.is_empty() || lead.called.is_some() {
                leads.push(lead);
            }
        }
        for names in templates::names(program, def) {
            let mut lead = Lead { span: def.item.name.span, defs: Vec::new(), called: None };
            match names.as_slice() {
                [name] => {
                    let filter = [Name::new_static("filters"), name.clone()];
                    self.names(&filter, def.module, id, &mut lead);
                    lead.called = Some(name.clone());
                }
                _ => self.names(&names, def.module, id, &mut lead),
            }
            leads.push(lead);
        }
        for name in derives::needed(def) {
            let mut lead = Lead { span: def.item.name.span, defs: Vec::new(), called: None };
            let res = program.resolve_names(std::slice::from_ref(&name), Namespace::Types, def.module, None);
            if let Some(Res::Def(id)) = res {
                lead.defs.push(id);
                leads.push(lead);
            }
        }
        for path in self.proc_macros.paths(program, def) {
            let mut lead = Lead { span: def.item.name.span, defs: Vec::new(), called: None };
            self.names(&path, def.module, id, &mut lead);
            leads.push(lead);
        }
        leads
    }

    /// Traits of the program that a module defines or imports and that declare a method: what is called on a type that is not known may be
    /// an extension of it.
    fn traits_in_scope(&self, module: ModuleId, method: &Name) -> Vec<DefId> {
        let program = self.program;
        let leaves = self.imports.get(&module).map_or(&[][..], |leaves| &**leaves);
        let defined = |module| self.traits.get(&module).into_iter().flatten().copied();
        let mut traits: Vec<DefId> = defined(module).collect();
        for (_, leaf) in leaves {
            let names: Vec<Name> = leaf.path.iter().map(|ident| ident.name.clone()).collect();
            match program.resolve_names(&names, Namespace::Types, module, None) {
                Some(Res::Def(id)) if leaf.name.is_some() => traits.push(id),
                Some(Res::Module(target)) if leaf.name.is_none() => traits.extend(defined(target)),
                _ => {}
            }
        }
        traits.retain(|&id| {
            let mut members = program.members(id).iter();
            program.def(id).kind == DefKind::Trait
                && members.any(|&member| &program.def(member).name == method)
        });
        traits
    }

    /// What the names of a path lead to.
    fn names(&self, names: &[Name], module: ModuleId, owner: DefId, lead: &mut Lead) {
        let mut resolved = false;
        for length in 1..=names.len() {
            let last = length == names.len();
            let namespaces: &[Namespace] = if last {
                &[Namespace::Types, Namespace::Values, Namespace::Macros]
            } else {
                &[Namespace::Types]
            };
            for &namespace in namespaces {
                let res = self.program.resolve_names(&names[..length], namespace, module, Some(owner));
                // A glob of another crate seems to bring what a derive of the module defines, and what that has.
                let is_derived =
                    || (1..=length).any(|length| self.derived(&names[..length], module).is_some());
                let is_seeming = last && matches!(res, Some(Res::External(_))) && is_derived();
                resolved |= last && res.is_some() && !is_seeming;
                if let Some(Res::Def(id)) = res
                    && !lead.defs.contains(&id)
                {
                    lead.defs.push(id);
                }
            }
        }
        if resolved {
            return;
        }
        if let [_, .., name] = names {
            lead.called = Some(name.clone());
        }
        self.item_macros(names, module, MAX_IMPORTS, lead);
    }

    /// The type whose derive defines what a path means.
    fn derived(&self, names: &[Name], module: ModuleId) -> Option<DefId> {
        let (name, before) = names.split_last()?;
        let holder = match before {
            [] => module,
            _ => match self.program.resolve_names(before, Namespace::Types, module, None) {
                Some(Res::Module(holder)) => holder,
                _ => return None,
            },
        };
        self.macro_items.derived(holder, name)
    }

    /// A name that no item defines may be defined by an item macro of the module that the path leads to, through imports too.
    fn item_macros(&self, names: &[Name], module: ModuleId, imports: usize, lead: &mut Lead) {
        for at in 0..names.len() {
            let holder = if at == 0 {
                Some(module)
            } else {
                match self.program.resolve_names(&names[..at], Namespace::Types, module, None) {
                    Some(Res::Module(holder)) => Some(holder),
                    _ => None,
                }
            };
            let Some(holder) = holder else { continue };
            lead.defs.extend(self.macro_items.defining(holder, &names[at]));
            let leaves = self.imports.get(&holder).map_or(&[][..], |leaves| &**leaves);
            for (_, leaf) in leaves.iter().filter(|_| imports > 0) {
                let rest = match &leaf.name {
                    Some(name) if name == &names[at] => &names[at + 1..],
                    Some(_) => continue,
                    None => &names[at..],
                };
                let path = leaf.path.iter().map(|ident| ident.name.clone());
                let path: Vec<Name> = path.chain(rest.iter().cloned()).collect();
                self.item_macros(&path, holder, imports - 1, lead);
            }
        }
    }
}

/// Mentions of a definition's own text: for impls and traits without their members, and without what names a parameter of the function.
pub(super) fn own_mentions(program: &Program, id: DefId) -> impl Iterator<Item = &Mention> {
    let members: Vec<Span> = match program.def(id).kind {
        DefKind::Impl | DefKind::Trait => {
            program.members(id).iter().map(|&member| program.def(member).location.span).collect()
        }
        _ => Vec::new(),
    };
    let body = match program.def(id).kind {
        DefKind::Variant => None,
        _ => program.func(id).and_then(Fn::block).map(|body| body.span),
    };
    let parameters = body.map(|_| parameter_names(program, id)).unwrap_or_default();
    program.mentions(id).iter().filter(move |mention| {
        let is_path = matches!(mention.kind, MentionKind::Path | MentionKind::FormatCapture);
        let is_parameter = is_path
            && mention.segments.len() == 1
            && body.is_some_and(|body| body.contains(mention.span))
            && parameters.contains(&mention.segments[0].name);
        !is_parameter && !members.iter().any(|member| member.contains(mention.span))
    })
}
