//! Structs that code of another crate fills: from variables (`envy`, `config`, `figment`, `clap`, `envconfig`), field by field.
//!
//! Input: the chain of calls that fills one, and the attributes of the struct. Output: what each field holds.
//! Names: the documentation of each crate, as said at its function; `serde`'s attributes rename.

use std::rc::Rc;

use super::attributes::{CLAP, SERDE, renamed};
use super::constructions::is_concrete;
use super::document::{Document, Syntax};
use super::eval::Evaluator;
use super::text::{Piece, Text};
use super::value::{Chain, ChainCall, ChainRoot, Thunk, Value};
use crate::resolve::{DefId, Namespace, Program, Ty};
use crate::syntax::ast::{Expr, ExprKind, Field, Fields, Fn, StmtKind, has_word, setting};
use crate::syntax::{Attr, Name, visit};

/// Where a filled struct's fields come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled<'p> {
    /// The variables, where there are some.
    variables: Option<Variables>,
    /// Values of which the fields are taken where no variable covers them.
    defaults: Vec<Thunk<'p>>,
    /// Texts of files that say what no variable does; the last one that has a field wins.
    documents: Vec<Rc<Document>>,
    /// Names of the fields on the way from the outermost struct.
    path: Vec<String>,
}

/// How variables are named.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Variables {
    /// Before the first name, its separator included.
    prefix: String,
    /// Between names of nested structs; without one only the outermost struct is filled.
    separator: Option<String>,
}

/// Crates that fill structs from variables.
const FILLERS: &[&str] = &["envy", "config", "figment", "clap", "structopt", "envconfig"];

/// Derives with which a struct is filled from arguments or variables by a function of its own.
const ARGUMENTS: &[&str] = &["Parser", "Args", "StructOpt", "Envconfig"];

/// Deeper nested structs are not looked into.
const MAX_NESTED: usize = 8;

/// Whether the program depends on a crate that fills structs from variables.
pub fn fills_structs(program: &Program) -> bool {
    program.tree.dependencies().any(|dependency| FILLERS.contains(&dependency.package.as_str()))
}

/// Whether what has a method that fills a struct by its name may be of such a crate: axum's `parts.extract()` is not.
pub fn may_be_filler(ty: &Ty) -> bool {
    match ty.peel() {
        Ty::External(path, _) | Ty::CallResult { function: path } => FILLERS.contains(&path.krate()),
        Ty::MethodResult { receiver, .. } => may_be_filler(receiver),
        _ => true,
    }
}

/// Whether an expression is, by its names, a call with which a struct is filled.
pub fn may_fill(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::MethodCall(call) => {
            matches!(call.method.name.as_str(), "from_env" | "try_deserialize" | "extract")
                && call.args.is_empty()
        }
        ExprKind::Call { callee, args } => {
            let ExprKind::Path(path) = &callee.kind else { return false };
            let names = ["from_env", "parse", "try_parse", "from_args", "init_from_env"];
            args.is_empty() && path.segments.len() > 1 && names.contains(&path.last().ident.name.as_str())
        }
        _ => false,
    }
}

impl<'p> Evaluator<'p> {
    /// What a chain fills a struct of the program with, where it is one of the crates known here.
    pub(super) fn filled(&mut self, chain: &Chain<'p>) -> Option<Filled<'p>> {
        let ChainRoot::Function { path, args, .. } = &chain.root else { return None };
        let last = chain.calls.last().map_or(path.last(), |call| call.method.as_str());
        match (path.krate(), last) {
            ("envy", "from_env") => self.filled_by_envy(path.last(), args),
            ("config", "try_deserialize" | "try_into") => self.filled_by_config(&chain.calls),
            ("figment", "extract") => self.filled_by_figment(path.last(), args, &chain.calls),
            (krate, "from_str" | "from_slice") if chain.calls.is_empty() => {
                let syntax = Syntax::of_crate(krate)?;
                let text = self.one_text(*args.first()?)?;
                let documents = vec![Rc::new(Document::parse(&text, syntax)?)];
                Some(Filled { documents, ..Filled::default() })
            }
            _ => None,
        }
    }

    /// How a struct is filled anywhere in the program, for values of which only the type is known.
    pub(super) fn fillings(&mut self, def: DefId) -> Vec<Value<'p>> {
        let index = self.index.clone();
        let mut found: Vec<Value<'p>> = Vec::new();
        for site in index.fillings() {
            let frame = self.root(site.owner, None);
            for value in self.fillings_by(Thunk { expr: site.expr, frame }) {
                let is_it = matches!(&value, Value::Filled(ty, _) if ty.peel().def() == Some(def));
                if is_it && !found.contains(&value) {
                    found.push(value);
                }
            }
        }
        found
    }

    /// What a call fills: a struct that it names, that its function returns, or that the `let` around it is written with.
    fn fillings_by(&mut self, call: Thunk<'p>) -> Vec<Value<'p>> {
        let frame = call.frame;
        let owner = self.owner(frame);
        let mut values = self.eval(call).to_vec();
        values.extend(self.results(&[frame]));
        let mut lets = Vec::new();
        if let Some(block) = self.program.func(owner).and_then(Fn::block) {
            visit::stmts(block, &mut |stmt| {
                if let StmtKind::Let { ty: Some(ty), init: Some(init), .. } = &stmt.kind
                    && init.span.contains(call.expr.span)
                {
                    lets.push((ty, init));
                }
            });
        }
        for (ty, init) in lets {
            let made = self.eval(Thunk { expr: init, frame }).to_vec();
            let ty = self.lower(ty, frame);
            values.extend(self.coerce(made, &ty));
        }
        values.retain(|value| matches!(value, Value::Filled(..)));
        values
    }

    /// The variables from which a call fills a struct, each with its default where that is a literal; `None` where they are not known.
    pub fn variables_of_filling(&mut self, call: Thunk<'p>) -> Option<Vec<(String, Option<String>)>> {
        let mut found = Vec::new();
        if let Some(def) = self.parsed_type(call) {
            self.add_variables(&Value::Of(Ty::Def(def, Vec::new())), &mut found, 0);
            return Some(found);
        }
        let fillings = self.fillings_by(call);
        fillings.iter().for_each(|value| self.add_variables(value, &mut found, 0));
        (!fillings.is_empty()).then_some(found)
    }

    /// The struct of `Options::parse()`.
    fn parsed_type(&self, call: Thunk<'p>) -> Option<DefId> {
        let ExprKind::Call { callee, .. } = &call.expr.kind else { return None };
        let ExprKind::Path(path) = &callee.kind else { return None };
        let (_, names) = path.segments.split_last()?;
        let names: Vec<Name> = names.iter().map(|segment| segment.ident.name.clone()).collect();
        let owner = self.owner(call.frame);
        let module = self.program.def(owner).module;
        let def = self.program.resolve_names(&names, Namespace::Types, module, Some(owner))?.def()?;
        self.derives(def, ARGUMENTS).then_some(def)
    }

    fn add_variables(&mut self, value: &Value<'p>, found: &mut Vec<(String, Option<String>)>, depth: usize) {
        let (Value::Of(ty) | Value::Filled(ty, _)) = value else { return };
        let Some(def) = ty.peel().def().filter(|_| depth < MAX_NESTED) else { return };
        let Some(Fields::Named(fields)) = self.program.fields(def) else { return };
        for field in fields {
            let name = &field.name.name;
            let values = match value {
                Value::Filled(ty, filled) => self.field_of_filled(ty, filled, name),
                _ => match self.field_of_arguments(def, name) {
                    Some(value) => vec![value],
                    None => self
                        .field_with_attrs(def, name)
                        .map(|(ty, _)| Value::Of(content(&ty)))
                        .into_iter()
                        .collect(),
                },
            };
            for value in values {
                match &value {
                    Value::Text(Text(pieces)) => {
                        if let [Piece::Env(variable)] = pieces.as_slice() {
                            found.push((variable.clone(), self.default_of(def, field)));
                        }
                    }
                    Value::Of(ty) if ty.peel().def().is_some_and(|def| !self.derives(def, ARGUMENTS)) => {}
                    inner => self.add_variables(inner, found, depth + 1),
                }
            }
        }
    }

    /// What fills a field without its variable, where that is a literal.
    fn default_of(&mut self, def: DefId, field: &'p Field) -> Option<String> {
        if let Some(default) = setting(&field.attrs, CLAP, "default_value") {
            return Some(default);
        }
        let function = setting(&field.attrs, SERDE, "default")?;
        let names: Vec<Name> = function.split("::").map(Name::new).collect();
        let module = self.program.def(def).module;
        let found = self.program.resolve_names(&names, Namespace::Values, module, Some(def))?.def()?;
        let frame = self.root(found, None);
        match super::macros::texts_of(&self.results(&[frame])).as_slice() {
            [text] => text.as_literal().map(str::to_string),
            _ => None,
        }
    }

    /// The variable is the field's name in upper case behind the prefix.
    ///
    /// Source: docs.rs, `envy`.
    fn filled_by_envy(&mut self, function: &str, args: &[Thunk<'p>]) -> Option<Filled<'p>> {
        let prefix = match (function, args.first()) {
            ("prefixed", Some(&prefix)) => self.one_text(prefix)?,
            ("from_env", None) => String::new(),
            _ => return None,
        };
        let variables = Some(Variables { prefix, separator: None });
        Some(Filled { variables, ..Filled::default() })
    }

    /// A source that is added later wins. The prefix ends with `_`, or with the separator where one is set.
    ///
    /// Source: docs.rs, `config::Environment`.
    fn filled_by_config(&mut self, calls: &[ChainCall<'p>]) -> Option<Filled<'p>> {
        let mut filled = Filled::default();
        for call in calls {
            let (method, first) = (call.method.as_str(), call.args.first().copied());
            match (method, first) {
                ("add_source", Some(source)) => {
                    for value in self.eval(source).iter() {
                        let Value::Chain(chain) = value else { return None };
                        let ChainRoot::Function { path, args, .. } = &chain.root else { return None };
                        if path.0.iter().any(|name| name == "Environment") {
                            filled.variables = Some(self.environment(path.last(), args, &chain.calls)?);
                        } else {
                            let file = args.first().and_then(|&file| self.one_text(file));
                            filled.documents.extend(file.and_then(|file| self.document(&file)).map(Rc::new));
                        }
                    }
                }
                ("build" | "try_deserialize" | "try_into" | "set_default" | "clone", _) => {}
                _ => return None,
            }
        }
        Some(filled)
    }

    fn environment(
        &mut self,
        function: &str,
        args: &[Thunk<'p>],
        calls: &[ChainCall<'p>],
    ) -> Option<Variables> {
        let mut prefix = match (function, args.first()) {
            ("with_prefix", Some(&prefix)) => Some(self.one_text(prefix)?),
            ("default", None) => None,
            _ => return None,
        };
        let (mut separator, mut behind) = (None, None);
        for call in calls {
            let first = call.args.first().copied();
            match (call.method.as_str(), first) {
                ("separator", Some(text)) => separator = Some(self.one_text(text)?),
                ("prefix_separator", Some(text)) => behind = Some(self.one_text(text)?),
                ("prefix", Some(text)) => prefix = Some(self.one_text(text)?),
                ("try_parsing" | "ignore_empty" | "list_separator" | "with_list_parse_key", _) => {}
                _ => return None,
            }
        }
        let behind = behind.or_else(|| separator.clone()).unwrap_or_else(|| "_".to_string());
        let prefix = prefix.map_or_else(String::new, |prefix| format!("{prefix}{behind}"));
        Some(Variables { prefix, separator })
    }

    /// Of merged providers the later wins, of joined ones the earlier: a variable is asked for in any case.
    ///
    /// Source: docs.rs, `figment::providers::Env`.
    fn filled_by_figment(
        &mut self,
        function: &str,
        args: &[Thunk<'p>],
        calls: &[ChainCall<'p>],
    ) -> Option<Filled<'p>> {
        let mut providers: Vec<Thunk<'p>> = match (function, args.first()) {
            ("from", Some(&first)) => vec![first],
            ("new", None) => Vec::new(),
            _ => return None,
        };
        for call in calls {
            match (call.method.as_str(), call.args.first()) {
                ("merge" | "join" | "admerge" | "adjoin", Some(&provider)) => providers.push(provider),
                ("extract", None) => {}
                _ => return None,
            }
        }
        let mut filled = Filled::default();
        for provider in providers {
            for value in self.eval(provider).to_vec() {
                let Value::Chain(chain) = value else { return None };
                let ChainRoot::Function { path, args, .. } = &chain.root else { return None };
                let names: Vec<&str> = path.0.iter().rev().take(2).map(Name::as_str).collect();
                match (names.as_slice(), args.first()) {
                    (["prefixed", "Env"], Some(&prefix)) => {
                        let prefix = self.one_text(prefix)?;
                        let separator = self.split_at(&chain.calls)?;
                        filled.variables = Some(Variables { prefix, separator });
                    }
                    (["raw", "Env"], None) => {
                        let separator = self.split_at(&chain.calls)?;
                        filled.variables = Some(Variables { prefix: String::new(), separator });
                    }
                    (["defaults", "Serialized"], Some(&value)) => filled.defaults.push(value),
                    (["file" | "file_exact", _], Some(&file)) => {
                        let file = self.one_text(file);
                        filled.documents.extend(file.and_then(|file| self.document(&file)).map(Rc::new));
                    }
                    (["string", syntax], Some(&text)) => {
                        let text = self.one_text(text);
                        let syntax = Syntax::of_name(&syntax.to_lowercase());
                        let document =
                            text.zip(syntax).and_then(|(text, syntax)| Document::parse(&text, syntax));
                        filled.documents.extend(document.map(Rc::new));
                    }
                    _ => return None,
                }
            }
        }
        Some(filled)
    }

    /// The separator of `Env::split`; `None` where the names are changed in other ways.
    #[expect(clippy::option_option, reason = "whether it is known, and whether there is one")]
    fn split_at(&mut self, calls: &[ChainCall<'p>]) -> Option<Option<String>> {
        match calls {
            [] => Some(None),
            [call] if call.method == "split" => Some(Some(self.one_text(*call.args.first()?)?)),
            _ => None,
        }
    }

    /// A settings file of the package, with or without its extension.
    fn document(&self, path: &str) -> Option<Document> {
        let tree = &self.program.tree;
        let package = tree.packages.first()?;
        let extension = std::path::Path::new(path).extension().and_then(std::ffi::OsStr::to_str);
        let mut names = vec![(path.to_string(), extension.unwrap_or_default().to_string())];
        names.extend(
            ["toml", "json", "yaml", "yml"]
                .map(|extension| (format!("{path}.{extension}"), extension.to_string())),
        );
        names.into_iter().find_map(|(name, extension)| {
            let syntax = Syntax::of_name(&extension)?;
            Document::parse(&tree.text_of_package(package, &name)?, syntax)
        })
    }

    fn one_text(&mut self, thunk: Thunk<'p>) -> Option<String> {
        match self.texts(thunk).as_slice() {
            [text] => text.as_literal().map(str::to_string),
            _ => None,
        }
    }

    /// A field of a struct that is filled so.
    pub(super) fn field_of_filled(&mut self, ty: &Ty, filled: &Filled<'p>, name: &str) -> Vec<Value<'p>> {
        let Some(def) = ty.peel().def() else { return vec![Value::Unknown] };
        let Some((field_ty, attrs)) = self.field_with_attrs(def, name) else { return vec![Value::Unknown] };
        let mut path = filled.path.clone();
        if !has_word(attrs, SERDE, "flatten") {
            path.push(self.serde_name(def, attrs, name));
        }
        if has_word(attrs, SERDE, "skip") || has_word(attrs, SERDE, "skip_deserializing") {
            return vec![Value::Unknown];
        }
        let content = content(&field_ty);
        if content.peel().def().is_some()
            && self.derives(content.peel().def().unwrap_or(def), &["Deserialize"])
        {
            let inner = Filled { path, ..filled.clone() };
            return vec![Value::Filled(content, Rc::new(inner))];
        }
        if let Some(variable) = filled.variables.as_ref().and_then(|variables| variables.name(&path)) {
            return vec![Value::Text(Text::env(variable))];
        }
        if let Some(text) = filled.documents.iter().rev().find_map(|document| document.text(&path)) {
            return vec![Value::Text(Text::literal(text))];
        }
        let mut values: Vec<Value<'p>> = Vec::new();
        for &default in &filled.defaults {
            // What is filled itself says nothing that is not known here: its defaults may be these.
            let made = |mut bases: Vec<Value<'p>>| {
                bases.retain(|base| !matches!(base, Value::Filled(..)));
                bases
            };
            let mut bases = made(self.eval(default).to_vec());
            for outer in &filled.path {
                bases = made(self.fields(&bases, outer));
            }
            values.extend(self.fields(&bases, name));
        }
        if values.is_empty() { vec![Value::Unknown] } else { values }
    }

    fn serde_name(&self, def: DefId, attrs: &[Attr], name: &str) -> String {
        if let Some(name) = setting(attrs, SERDE, "rename") {
            return name;
        }
        match setting(&self.program.def(def).item.attrs, SERDE, "rename_all") {
            Some(rule) => renamed(name, &rule),
            None => name.to_string(),
        }
    }

    /// A field of arguments: a Lambda function is started without any, so a variable or the default fills it.
    ///
    /// Source: docs.rs, `clap`, "Derive Reference", `Arg::env`; `envconfig`.
    pub(super) fn field_of_arguments(&self, def: DefId, name: &str) -> Option<Value<'p>> {
        let (_, attrs) = self.field_with_attrs(def, name)?;
        if self.derives(def, &["Envconfig"]) {
            let variable = setting(attrs, &["envconfig"], "from").unwrap_or_else(|| name.to_uppercase());
            return (!has_word(attrs, &["envconfig"], "nested")).then(|| Value::Text(Text::env(variable)));
        }
        if !self.derives(def, &["Parser", "Args", "StructOpt"]) || has_word(attrs, CLAP, "flatten") {
            return None;
        }
        if let Some(variable) = setting(attrs, CLAP, "env") {
            return Some(Value::Text(Text::env(variable)));
        }
        if has_word(attrs, CLAP, "env") {
            let rule = setting(&self.program.def(def).item.attrs, CLAP, "rename_all_env");
            let variable = renamed(name, rule.as_deref().unwrap_or("SCREAMING_SNAKE_CASE"));
            return Some(Value::Text(Text::env(variable)));
        }
        setting(attrs, CLAP, "default_value").map(|default| Value::Text(Text::literal(default)))
    }
}

impl Variables {
    /// The variable of a field; names are told apart without regard to case, and written in capitals.
    fn name(&self, path: &[String]) -> Option<String> {
        let joined = match (path, &self.separator) {
            ([only], _) => only.clone(),
            (path, Some(separator)) => path.join(separator),
            _ => return None,
        };
        Some(format!("{}{joined}", self.prefix).to_uppercase())
    }
}

/// `T` of `Option<T>` and smart pointers.
fn content(ty: &Ty) -> Ty {
    match ty.peel() {
        Ty::External(path, args)
            if path.krate() == "std"
                && matches!(path.last(), "Option" | "Box" | "Arc" | "Rc")
                && args.first().is_some_and(is_concrete) =>
        {
            content(&args[0])
        }
        other => other.clone(),
    }
}
