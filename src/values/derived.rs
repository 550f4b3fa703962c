//! Values that functions give which derives add: constructors, builders, getters and setters.
//!
//! A builder is a chain of calls until it is built; then it is a struct with what its methods were given. Which functions there are:
//! `resolve::derived`.

use std::rc::Rc;

use super::chain::TRANSPARENT;
use super::constructions::behind_pointers;
use super::eval::Evaluator;
use super::flow;
use super::frame::FrameId;
use super::text::Text;
use super::value::{Chain, ChainCall, ChainRoot, Set, Thunk, Value};
use crate::resolve::derived::{self, BUILD, Derived};
use crate::resolve::scope::ExternalPath;
use crate::resolve::{DefId, Ty};
use crate::span::Span;
use crate::syntax::ast::{Attr, Expr, ExprKind, Lit, MethodCall, Stmt};
use crate::syntax::macro_calls::{self, Fragment, Place};

impl<'p> Evaluator<'p> {
    /// What a call gives of a function that a type of the program has, but not in its text.
    pub(super) fn derived_call(&self, function: &ExternalPath, thunk: Thunk<'p>) -> Option<Value<'p>> {
        let ty = self.program.body(self.owner(thunk.frame))?.ty(thunk.expr.span);
        if let Some(def) = derived::built(ty).and_then(Ty::def) {
            let root = ChainRoot::Builder { def, made: thunk };
            return Some(Value::Chain(Rc::new(Chain { root, frame: thunk.frame, calls: Vec::new() })));
        }
        let def = ty.def().filter(|_| function.krate() == "std" && function.owner() == "trait")?;
        let constructs =
            matches!(derived::function(self.program, def, function.last()), Some(Derived::Constructor(_)));
        constructs.then(|| Value::made(def, thunk))
    }

    /// What a method gives that a derive adds: of a builder, a getter or setter.
    pub(super) fn derived_method(
        &mut self,
        receivers: &[Value<'p>],
        receiver_ty: &Ty,
        call: &'p MethodCall,
        frame: FrameId,
    ) -> Option<Vec<Value<'p>>> {
        if derived::built(receiver_ty).is_some() {
            return Some(receivers.iter().map(|value| self.method_of_builder(value, call, frame)).collect());
        }
        let def = behind_pointers(receiver_ty).def()?;
        match derived::method(self.program, def, &call.method.name, call.args.len())? {
            Derived::Getter(field) | Derived::MutGetter(field) => {
                Some(self.fields(receivers, &field.name.name))
            }
            Derived::Setter(field) => {
                let value = Thunk { expr: call.args.first()?, frame };
                let set = Set { field: field.name.name.clone(), value, always: true };
                Some(receivers.iter().map(|value| with_set(value, &set)).collect())
            }
            Derived::Constructor(_) | Derived::Builder => None,
        }
    }

    fn method_of_builder(&self, value: &Value<'p>, call: &'p MethodCall, frame: FrameId) -> Value<'p> {
        let method = call.method.name.as_str();
        let passes_on = call.args.is_empty() && TRANSPARENT.contains(&method);
        match value {
            value if passes_on => value.clone(),
            Value::Chain(chain) => match &chain.root {
                ChainRoot::Builder { def, made } if method == BUILD => self.built(*def, *made, &chain.calls),
                ChainRoot::Builder { .. } => self.with_call(chain, call, frame, true),
                _ => Value::Unknown,
            },
            Value::Of(ty) => match derived::built(ty) {
                Some(made) if method == BUILD => Value::Of(made.clone()),
                _ => value.clone(),
            },
            _ => Value::Unknown,
        }
    }

    /// A builder that is given one more value.
    fn with_call(
        &self,
        builder: &Chain<'p>,
        call: &'p MethodCall,
        frame: FrameId,
        always: bool,
    ) -> Value<'p> {
        let mut calls = builder.calls.clone();
        calls.push(ChainCall {
            method: call.method.name.clone(),
            location: self.location(frame, call.method.span),
            args: call.args.iter().map(|expr| Thunk { expr, frame }).collect(),
            receiver: Ty::Unknown,
            always,
            certainty: self.frame(frame).certainty,
        });
        Value::Chain(Rc::new(Chain { root: builder.root.clone(), frame: builder.frame, calls }))
    }

    /// What a builder makes that was given these values.
    fn built(&self, def: DefId, made: Thunk<'p>, calls: &[ChainCall<'p>]) -> Value<'p> {
        if !derived::has_builder(self.program, def) {
            // Of a function that is written: it makes the value.
            return Value::Of(Ty::Def(def, Vec::new()));
        }
        let mut set = Vec::new();
        for call in calls {
            let Some(field) = derived::field_of_builder(self.program, def, &call.method) else {
                return Value::Unknown;
            };
            let given = |&value| Set { field: field.name.name.clone(), value, always: call.always };
            set.extend(call.args.first().map(given));
        }
        Value::Struct { def, made, set: set.into() }
    }

    /// Adds what a builder in a local is given before a place: `builder.table(x);`.
    pub(super) fn add_given(
        &self,
        values: &mut [Value<'p>],
        scope: &'p [Stmt],
        name: &str,
        at: Span,
        frame: FrameId,
    ) {
        for value in values {
            let Value::Chain(builder) = value else { continue };
            if !matches!(builder.root, ChainRoot::Builder { .. }) {
                continue;
            }
            let mut whole = (**builder).clone();
            for (call, always) in flow::calls_on(scope, name, at) {
                if let Value::Chain(more) = self.with_call(&whole, call, frame, always) {
                    whole = (*more).clone();
                }
            }
            *value = Value::Chain(Rc::new(whole));
        }
    }

    /// A field of a struct that the call of such a function makes.
    pub(super) fn field_of_derived(
        &mut self,
        def: DefId,
        made: Thunk<'p>,
        args: &'p [Expr],
        name: &str,
    ) -> Vec<Value<'p>> {
        let Some((_, attrs)) = self.field_with_attrs(def, name) else { return vec![Value::Unknown] };
        let given = match derived::function(self.program, def, "new") {
            Some(Derived::Constructor(fields)) => {
                fields.iter().position(|field| field.name.name == name).and_then(|at| args.get(at))
            }
            _ => None,
        };
        match given {
            Some(expr) => self.eval(Thunk { expr, ..made }).to_vec(),
            None => vec![default_of(attrs).map_or(Value::Unknown, |text| Value::Text(Text::literal(text)))],
        }
    }
}

/// A struct with one more field set; of other values the field is not known.
fn with_set<'p>(value: &Value<'p>, set: &Set<'p>) -> Value<'p> {
    match value {
        Value::Struct { def, made, set: before } => {
            let set = before.iter().chain([set]).cloned().collect();
            Value::Struct { def: *def, made: *made, set }
        }
        value => value.clone(),
    }
}

/// The text that an attribute gives a field which is not given, where it is written there: `#[builder(default = "a".to_string())]`,
/// `#[new(value = "String::from(\"a\")")]`.
fn default_of(attrs: &[Attr]) -> Option<String> {
    let attrs = attrs.iter().filter(|attr| attr.path == "builder" || attr.path == "new");
    attrs.filter_map(|attr| parsed(&format!("{}{}", attr.path, attr.args))).find_map(|attr| {
        let ExprKind::Call { args, .. } = &attr.kind else { return None };
        let value = args.iter().find_map(|arg| match &arg.kind {
            ExprKind::Assign { left, right } => {
                let ExprKind::Path(path) = &left.kind else { return None };
                matches!(path.as_ident()?.as_str(), "default" | "value").then_some(right)
            }
            _ => None,
        })?;
        match &value.kind {
            // Code in quotes, or a text.
            ExprKind::Lit(Lit::Str(text)) => {
                parsed(text).and_then(|code| text_of(&code)).or_else(|| Some(text.clone()))
            }
            _ => text_of(value),
        }
    })
}

fn parsed(code: &str) -> Option<Expr> {
    match macro_calls::parse(code, Place::Expression) {
        Ok(Fragment::Expr(expr)) => Some(expr),
        _ => None,
    }
}

/// A literal, as such or made a `String`.
fn text_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Lit(Lit::Str(text)) => Some(text.clone()),
        ExprKind::MethodCall(call)
            if matches!(call.method.name.as_str(), "to_string" | "to_owned" | "into")
                && call.args.is_empty() =>
        {
            text_of(&call.receiver)
        }
        ExprKind::Call { callee, args } => match (&callee.kind, args.as_slice()) {
            (ExprKind::Path(path), [arg]) if path.last().ident.name == "from" => text_of(arg),
            _ => None,
        },
        _ => None,
    }
}
