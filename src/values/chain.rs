//! Calls into other crates: the standard library as far as it passes values on, everything else as a chain.

use std::rc::Rc;

use super::constructions::unwrapped;
use super::eval::{Evaluator, has_env, present};
use super::flow;
use super::frame::FrameId;
use super::macros::{product, texts_of};
use super::text::Text;
use super::value::{Chain, ChainCall, ChainRoot, Element, Thunk, Value, Values};
use crate::resolve::scope::ExternalPath;
use crate::resolve::{DefId, DefKind, Ty};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, MethodCall, Stmt};

/// Methods that give what they are called on, as far as values go.
pub(super) const TRANSPARENT: &[&str] = &[
    "clone",
    "cloned",
    "copied",
    "as_str",
    "to_string",
    "to_owned",
    "into",
    "as_ref",
    "as_deref",
    "as_mut",
    "borrow",
    "deref",
    "unwrap",
    "expect",
    "unwrap_or_default",
    "ok",
    "context",
    "with_context",
    "map_err",
    "inspect_err",
    "inspect",
    "trim",
    "into_boxed_str",
    "to_string_lossy",
    "into_owned",
    "into_string",
    "lock",
    "read",
    "write",
    "leak",
    "iter",
    "iter_mut",
    "into_iter",
    "collect",
    "to_vec",
    "ok_or",
    "ok_or_else",
    "instrument",
    "try_into",
    "flatten",
    "boxed",
    "rev",
    "get_ref",
    "into_inner",
    "as_path",
    "as_os_str",
    "to_str",
    "wrap_err",
    "wrap_err_with",
    "in_current_span",
    "as_slice",
    "into_boxed_slice",
    "load",
    "load_full",
    "upgrade",
    "filter",
    "take",
    "skip",
];

/// Methods of lists that give one of the elements.
const ELEMENT: &[&str] =
    &["first", "last", "next", "find", "pop", "pop_front", "remove", "get", "choose", "nth", "get_mut"];

/// Types of the standard library and its kin whose `new` and `from` hold their one argument.
const HOLDERS: &[&str] = &[
    "Arc", "Box", "Rc", "Mutex", "RwLock", "RefCell", "Cell", "Cow", "Pin", "String", "Vec", "HashMap",
    "BTreeMap", "HashSet", "BTreeSet", "VecDeque", "IndexMap", "Some", "ArcSwap",
];

impl<'p> Evaluator<'p> {
    /// What a function of another crate gives.
    pub(super) fn external_call(
        &mut self,
        path: &ExternalPath,
        args: &'p [Expr],
        thunk: Thunk<'p>,
    ) -> Vec<Value<'p>> {
        let frame = thunk.frame;
        let first = args.first().map(|expr| Thunk { expr, frame });
        let names = &path.0;
        let holder = names.len().checked_sub(2).map_or("", |at| names[at].as_str());
        match (path.krate(), holder, path.last()) {
            (_, _, "Err") => return Vec::new(),
            ("std", "env", "var" | "var_os") | ("dotenv" | "dotenvy", _, "var") => {
                return first.map_or_else(|| vec![Value::Unknown], |name| self.env(name));
            }
            ("std" | "tokio" | "fs_err", "fs", "read_to_string" | "read") if args.len() == 1 => {
                return first.map_or_else(|| vec![Value::Unknown], |path| self.read_file(path));
            }
            (_, "LazyLock" | "Lazy" | "LazyCell", "new") => {
                let functions = first.map(|first| self.eval(first)).unwrap_or_default();
                return self.apply(&functions, &[]);
            }
            ("std", "String", "new") => return vec![Value::Text(Text::default())],
            ("std", holder, "new" | "with_capacity" | "default")
                if HOLDERS.contains(&holder) && is_empty(args, path) =>
            {
                return vec![Value::List(Rc::default())];
            }
            (
                _,
                holder,
                "new" | "from" | "from_iter" | "pin" | "leak" | "Borrowed" | "Owned" | "from_pointee",
            ) if HOLDERS.contains(&holder) => {
                return first.map_or_else(|| vec![Value::Unknown], |first| self.eval(first).to_vec());
            }
            ("std", "Display", "fmt") if args.len() == 2 => {
                return first.map_or_else(|| vec![Value::Unknown], |first| self.eval(first).to_vec());
            }
            ("std", _, "clone" | "to_string" | "to_owned" | "into" | "as_ref") if args.len() == 1 => {
                return first.map_or_else(|| vec![Value::Unknown], |first| self.eval(first).to_vec());
            }
            (_, _, last) if args.len() == 1 && last.starts_with(char::is_uppercase) => {
                return first.map_or_else(|| vec![Value::Unknown], |first| self.eval(first).to_vec());
            }
            _ => {}
        }
        let args = args.iter().map(|expr| Thunk { expr, frame }).collect();
        let location = self.location(frame, thunk.expr.span);
        let root = ChainRoot::Function { path: path.clone(), args, location };
        vec![Value::Chain(Rc::new(Chain { root, frame, calls: Vec::new() }))]
    }

    /// What a method call gives.
    pub(super) fn method_call(&mut self, call: &'p MethodCall, thunk: Thunk<'p>) -> Vec<Value<'p>> {
        let frame = thunk.frame;
        let targets = self.targets(thunk);
        if !targets.is_empty() {
            return self.results(&targets);
        }
        let values = self.external_method(call, thunk);
        match call.turbofish.as_slice() {
            // `extract::<Settings>()`.
            [ty] => {
                let ty = self.lower(ty, frame);
                self.coerce(values, &ty)
            }
            _ => values,
        }
    }

    fn external_method(&mut self, call: &'p MethodCall, thunk: Thunk<'p>) -> Vec<Value<'p>> {
        let frame = thunk.frame;
        let owner = self.owner(frame);
        let mut receiver_ty = match self.program.body(owner) {
            Some(body) => self.concrete(body.ty(call.receiver.span), frame),
            None => Ty::Unknown,
        };
        let method = call.method.name.as_str();
        let target = (!TRANSPARENT.contains(&method)).then(|| self.deref_target(&receiver_ty)).flatten();
        if let Some(target) = &target {
            receiver_ty = target.clone();
        }
        if is_handle(&receiver_ty) && method != "clone" {
            return vec![self.chain(
                ChainRoot::Typed(receiver_ty.peel().clone()),
                &[],
                call,
                receiver_ty,
                frame,
            )];
        }
        let receivers = match target {
            Some(target) => Rc::new(vec![Value::Of(target)]),
            None => self.eval(Thunk { expr: &call.receiver, frame }),
        };
        if let Some(values) = self.derived_method(&receivers, &receiver_ty, call, frame) {
            return values;
        }
        let arg = |at: usize| call.args.get(at).map(|expr| Thunk { expr, frame });
        match method {
            "unwrap_or" | "or" | "unwrap_or_else" | "or_else" | "map_or" | "map_or_else"
                if !is_chain(&receivers) =>
            {
                return self.with_default(&receivers, call, frame);
            }
            "map" | "and_then" | "filter_map" | "flat_map" | "then" if !is_chain(&receivers) => {
                let mut values = self.mapped(&receivers, arg(0));
                // That of `bool`.
                let has_no_param = |arg: Thunk<'_>| matches!(&arg.expr.kind, ExprKind::Closure(closure) if closure.params.is_empty());
                values.extend(arg(0).is_some_and(has_no_param).then_some(Value::Absent));
                // What is made of a variable is missing where the variable is.
                if receivers.iter().any(has_env) && !values.iter().any(has_env) {
                    values.push(Value::Absent);
                }
                return values;
            }
            "then_some" => {
                let mut values = arg(0).map(|arg| self.eval(arg).to_vec()).unwrap_or_default();
                values.push(Value::Absent);
                return values;
            }
            // In a `Display`, what it writes is its text.
            "write_str" | "pad" if call.args.len() == 1 => {
                return arg(0).map(|text| self.eval(text).to_vec()).unwrap_or_default();
            }
            "fmt" if call.args.len() == 1 && !is_chain(&receivers) => return receivers.to_vec(),
            "get_or_init" | "get_or_try_init" | "get_or_insert_with" => {
                let functions = arg(0).map(|arg| self.eval(arg)).unwrap_or_default();
                return self.apply(&functions, &[]);
            }
            "join" | "concat" if receivers.iter().any(|value| matches!(value, Value::List(_))) => {
                let separators = match arg(0) {
                    Some(separator) => self.texts(separator),
                    None => vec![Text::default()],
                };
                return receivers.iter().flat_map(|list| self.joined(list, &separators)).collect();
            }
            "enumerate" | "zip" if receivers.iter().any(|value| matches!(value, Value::List(_))) => {
                return self.paired(&receivers, arg(0));
            }
            "keys" | "into_keys" | "values" | "into_values" => {
                return vec![keys_or_values(&receivers, method)];
            }
            _ => {}
        }
        let mut values = Vec::new();
        for receiver in receivers.iter() {
            values.push(match receiver {
                Value::Chain(chain) if !TRANSPARENT.contains(&method) => {
                    self.chain(chain.root.clone(), &chain.calls, call, receiver_ty.clone(), frame)
                }
                Value::List(_) if ELEMENT.contains(&method) => {
                    let key = if method == "find" { None } else { arg(0) };
                    values.extend(self.element(receiver, key));
                    continue;
                }
                Value::Absent if !matches!(method, "unwrap" | "expect" | "unwrap_or_default") => {
                    Value::Absent
                }
                Value::Absent => continue,
                Value::Of(Ty::External(path, args))
                    if matches!(path.last(), "Option" | "Result")
                        && !args.is_empty()
                        && TRANSPARENT.contains(&method) =>
                {
                    Value::Of(args[0].clone())
                }
                Value::Text(_) | Value::Struct { .. } if method == "filter" => {
                    values.extend([receiver.clone(), Value::Absent]);
                    continue;
                }
                value if TRANSPARENT.contains(&method) => value.clone(),
                // The contents of a cell are its value.
                value if matches!(method, "get" | "wait" | "get_unchecked") && call.args.is_empty() => {
                    value.clone()
                }
                Value::Text(text) if matches!(method, "to_lowercase" | "to_uppercase") => match text
                    .as_literal()
                {
                    Some(text) if method == "to_lowercase" => Value::Text(Text::literal(text.to_lowercase())),
                    Some(text) => Value::Text(Text::literal(text.to_uppercase())),
                    None => Value::Unknown,
                },
                Value::Of(ty) if matches!(ty.peel(), Ty::External(..)) => {
                    self.chain(ChainRoot::Typed(ty.peel().clone()), &[], call, receiver_ty.clone(), frame)
                }
                Value::Unknown => self.chain(ChainRoot::Unknown, &[], call, receiver_ty.clone(), frame),
                _ => Value::Unknown,
            });
        }
        values
    }

    fn chain(
        &self,
        root: ChainRoot<'p>,
        before: &[ChainCall<'p>],
        call: &'p MethodCall,
        receiver: Ty,
        frame: FrameId,
    ) -> Value<'p> {
        let mut calls = before.to_vec();
        calls.push(ChainCall {
            method: call.method.name.clone(),
            location: self.location(frame, call.method.span),
            args: call.args.iter().map(|expr| Thunk { expr, frame }).collect(),
            receiver,
            always: true,
            certainty: self.frame(frame).certainty,
        });
        Value::Chain(Rc::new(Chain { root, frame, calls }))
    }

    /// `x.unwrap_or(d)`: a default of a variable does not change which variable it is.
    fn with_default(
        &mut self,
        receivers: &[Value<'p>],
        call: &'p MethodCall,
        frame: FrameId,
    ) -> Vec<Value<'p>> {
        let mut values = present(receivers);
        let certain = !values.is_empty() && values.len() == receivers.len();
        let all_known = values.iter().all(|value| !matches!(value, Value::Unknown | Value::Of(_)));
        let is_other = call.method.name.starts_with("or");
        if !is_other && (values.iter().any(has_env) || (certain && all_known)) {
            return values;
        }
        if let Some(expr) = call.args.first() {
            let defaults = self.eval(Thunk { expr, frame });
            let is_function = call.method.name.ends_with("_else");
            let unknown: Values<'p> = Rc::new(vec![Value::Unknown]);
            values.extend(if is_function { self.apply(&defaults, &[unknown]) } else { defaults.to_vec() });
        }
        values
    }

    /// One element of a list; of a map the values under the key, where keys are known.
    pub(super) fn element(&mut self, list: &Value<'p>, key: Option<Thunk<'p>>) -> Vec<Value<'p>> {
        let mut values = Vec::new();
        let wanted = key.map(|key| self.texts(key)).unwrap_or_default();
        for element in self.elements(std::slice::from_ref(list)) {
            match element {
                Value::Tuple(pair) if pair.len() == 2 && !wanted.is_empty() => {
                    let own = self.texts(pair[0]);
                    let differs =
                        |own: &Text| own.is_known() && wanted.iter().all(|key| key.is_known() && key != own);
                    if !own.iter().all(differs) {
                        values.extend(self.eval(pair[1]).iter().cloned());
                    }
                }
                element => values.push(element),
            }
        }
        if values.is_empty() { vec![Value::Unknown] } else { values }
    }

    /// The elements of a list in a row, with a separator between them.
    fn joined(&mut self, list: &Value<'p>, separators: &[Text]) -> Vec<Value<'p>> {
        let Value::List(elements) = list else { return vec![Value::Unknown] };
        let mut parts = Vec::new();
        for element in elements.iter() {
            if !parts.is_empty() {
                parts.push(separators.to_vec());
            }
            parts.push(match element {
                Element::One(thunk) => self.texts(*thunk),
                Element::Value(value) => self.shown(std::slice::from_ref(value)),
                Element::Pair(..) => vec![Text::unknown()],
            });
        }
        product(parts)
    }

    fn mapped(&mut self, receivers: &[Value<'p>], function: Option<Thunk<'p>>) -> Vec<Value<'p>> {
        let Some(function) = function else { return vec![Value::Unknown] };
        let passes = |evaluator: &Self| match &function.expr.kind {
            ExprKind::Path(path) => match evaluator.resolve(path, function.frame) {
                Some(crate::resolve::Res::External(path)) => {
                    TRANSPARENT.contains(&path.last())
                        || matches!(path.last(), "from" | "new" | "Some" | "Ok")
                }
                // `str::to_owned`: paths of primitive types.
                None => path.segments.len() == 2 && TRANSPARENT.contains(&path.last().ident.name.as_str()),
                _ => false,
            },
            _ => false,
        };
        if passes(self) {
            return receivers.to_vec();
        }
        let functions = self.eval(function);
        let mut values = Vec::new();
        for receiver in receivers {
            let one = std::slice::from_ref(receiver);
            match receiver {
                Value::Absent => values.push(Value::Absent),
                Value::List(_) => {
                    let mut elements = Vec::new();
                    for element in self.elements(one) {
                        let results = self.apply(&functions, &[Rc::new(vec![element])]);
                        elements.extend(present(&results).into_iter().map(Element::Value));
                    }
                    values.push(Value::List(Rc::new(elements)));
                }
                _ => {
                    let content = unwrapped(one);
                    values.extend(self.apply(&functions, &[Rc::new(content)]));
                }
            }
        }
        values
    }

    /// Elements of lists with those of another list, or with their numbers, which are not known.
    fn paired(&mut self, lists: &[Value<'p>], with: Option<Thunk<'p>>) -> Vec<Value<'p>> {
        let others = with.map(|with| {
            let other = self.eval(with);
            self.elements(&other)
        });
        let elements = self.elements(lists);
        let is_known =
            lists.len() == 1 && others.as_ref().is_some_and(|others| others.len() == elements.len());
        let pair = |(at, element): (usize, Value<'p>)| {
            let element = Rc::new(vec![element]);
            let pair = match &others {
                None => [Rc::new(vec![Value::Unknown]), element],
                Some(others) if is_known => [element, Rc::new(vec![others[at].clone()])],
                Some(others) => [element, Rc::new(others.clone())],
            };
            Element::Value(Value::Pair(Rc::new(pair)))
        };
        vec![Value::List(Rc::new(elements.into_iter().enumerate().map(pair).collect()))]
    }

    /// Adds what is pushed into a list or put behind a string before a place; forgets what is changed in other ways.
    pub(super) fn add_mutations(
        &mut self,
        values: &mut Vec<Value<'p>>,
        scope: &'p [Stmt],
        name: &str,
        at: Span,
        frame: FrameId,
    ) {
        if values.iter().any(|value| matches!(value, Value::Text(_))) {
            let texts = match flow::appended(scope, name, at) {
                Some(appended) if appended.is_empty() => None,
                Some(appended) => {
                    let mut parts = vec![texts_of(values)];
                    parts.extend(appended.into_iter().map(|expr| self.texts(Thunk { expr, frame })));
                    Some(product(parts))
                }
                None => Some(vec![Value::Unknown]),
            };
            if let Some(texts) = texts {
                *values = texts;
            }
        }
        self.add_given(values, scope, name, at, frame);
        let is_lent = flow::is_lent(scope, name);
        for value in values {
            let Value::List(elements) = value else { continue };
            let changes = flow::mutations(scope, name, &["push", "push_back", "insert", "extend", "append"]);
            let mut all = (**elements).clone();
            for change in changes {
                let ExprKind::MethodCall(call) = &change.kind else { continue };
                let with = |expr| Thunk { expr, frame };
                match call.args.as_slice() {
                    [one] if call.method.name == "extend" || call.method.name == "append" => {
                        let lists = self.eval(with(one));
                        all.extend(self.elements(&lists).into_iter().map(Element::Value));
                    }
                    [one] => all.push(Element::One(with(one))),
                    [key, value] => all.push(Element::Pair(with(key), with(value))),
                    _ => {}
                }
            }
            if is_lent {
                all.push(Element::Value(Value::Unknown));
            }
            *value = Value::List(Rc::new(all));
        }
    }

    /// What is put into a static cell after its construction.
    pub(super) fn with_cell_contents(&mut self, def: DefId, values: Vec<Value<'p>>) -> Vec<Value<'p>> {
        if self.program.def(def).kind != DefKind::Static {
            return values;
        }
        let mut contents = Vec::new();
        let index = self.index.clone();
        for site in index.on_static(def) {
            let ExprKind::MethodCall(call) = &site.expr.kind else { continue };
            let Some(arg) = call.args.first() else { continue };
            let frame = self.root(site.owner, None);
            let given = self.eval(Thunk { expr: arg, frame });
            match call.method.name.as_str() {
                "set" => contents.extend(given.iter().cloned()),
                "get_or_init" | "get_or_try_init" => contents.extend(self.apply(&given, &[])),
                _ => {}
            }
        }
        if contents.is_empty() { values } else { contents }
    }
}

/// Whether a type is a handle whose origin does not matter: the `Client` of an external crate.
fn is_handle(ty: &Ty) -> bool {
    matches!(ty.peel(), Ty::External(path, _) if path.krate() != "std" && path.last() == "Client")
}

fn is_chain(values: &[Value<'_>]) -> bool {
    values.iter().any(|value| matches!(value, Value::Chain(_)))
}

/// `Vec::new()`, `Vec::with_capacity(n)`.
fn is_empty(args: &[Expr], path: &ExternalPath) -> bool {
    args.is_empty() || path.last() == "with_capacity"
}

fn keys_or_values<'p>(receivers: &[Value<'p>], method: &str) -> Value<'p> {
    let mut all = Vec::new();
    for receiver in receivers {
        let Value::List(elements) = receiver else { return Value::Unknown };
        for element in elements.iter() {
            let Element::Pair(key, value) = element else { return Value::Unknown };
            all.push(Element::One(if method.ends_with("keys") { *key } else { *value }));
        }
    }
    Value::List(Rc::new(all))
}

/// Makes one chain of those that start at the same place: calls that only some of them have are not certain.
pub(super) fn merge(values: Vec<Value<'_>>) -> Vec<Value<'_>> {
    let mut merged: Vec<Value<'_>> = Vec::new();
    for value in values {
        let same = match &value {
            Value::Chain(chain) => merged.iter().position(|known| match known {
                Value::Chain(known) => known.starts_as(chain),
                _ => false,
            }),
            _ => None,
        };
        match (same, &value) {
            (Some(at), Value::Chain(chain)) => {
                if let Value::Chain(known) = &merged[at] {
                    merged[at] = Value::Chain(Rc::new(known.join(chain)));
                }
            }
            _ => merged.push(value),
        }
    }
    merged
}

impl<'p> Chain<'p> {
    fn starts_as(&self, other: &Chain<'p>) -> bool {
        let first = |chain: &Chain<'p>| chain.calls.first().map(|call| call.location);
        self.frame == other.frame && self.root == other.root && first(self) == first(other)
    }

    fn join(&self, other: &Chain<'p>) -> Chain<'p> {
        let same = |a: &ChainCall<'p>, b: &ChainCall<'p>| a.location == b.location && a.args == b.args;
        let mut calls = self.calls.clone();
        for call in &mut calls {
            call.always &= other.calls.iter().any(|known| same(known, call) && known.always);
        }
        for call in &other.calls {
            if !calls.iter().any(|known| same(known, call)) {
                calls.push(ChainCall { always: false, ..call.clone() });
            }
        }
        Chain { root: self.root.clone(), frame: self.frame, calls }
    }
}
