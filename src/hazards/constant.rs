//! Numbers and texts that stand in the code: literals, constants and products of them.

use crate::resolve::{Def, Namespace, Program, Res};
use crate::syntax::ItemKind;
use crate::syntax::ast::{BinOp, Expr, ExprKind, Lit};

/// How many constants are looked through.
const MAX_DEPTH: usize = 8;

/// The number that an expression in a definition has on every way.
pub(super) fn number(program: &Program, def: &Def, expr: &Expr) -> Option<u64> {
    number_at(program, def, expr, MAX_DEPTH)
}

/// The text that an expression in a definition has on every way.
pub(super) fn text(program: &Program, def: &Def, expr: &Expr) -> Option<String> {
    text_at(program, def, expr, MAX_DEPTH)
}

fn number_at(program: &Program, def: &Def, expr: &Expr, depth: usize) -> Option<u64> {
    match &expr.kind {
        ExprKind::Lit(Lit::Int(text)) => integer(text),
        ExprKind::Cast { expr, .. } => number_at(program, def, expr, depth),
        ExprKind::Binary { op, left, right } => {
            let (left, right) =
                (number_at(program, def, left, depth)?, number_at(program, def, right, depth)?);
            match op {
                BinOp::Mul => left.checked_mul(right),
                BinOp::Add => left.checked_add(right),
                BinOp::Sub => left.checked_sub(right),
                _ => None,
            }
        }
        ExprKind::Path(_) => {
            let (def, value) = constant(program, def, expr)?;
            number_at(program, def, value, depth.checked_sub(1)?)
        }
        _ => None,
    }
}

fn text_at(program: &Program, def: &Def, expr: &Expr, depth: usize) -> Option<String> {
    match &expr.kind {
        ExprKind::Lit(Lit::Str(text)) => Some(text.clone()),
        ExprKind::Ref(inner) => text_at(program, def, inner, depth),
        // `Path::new("x")`, `PathBuf::from("x")`, `"x".to_string()`.
        ExprKind::Call { args, .. } if args.len() == 1 => {
            let path = super::unit::called(program, def, expr)?;
            let is_wrapper = path.krate() == "std" && matches!(path.last(), "new" | "from");
            text_at(program, def, &args[0], depth).filter(|_| is_wrapper)
        }
        ExprKind::MethodCall(call)
            if matches!(call.method.name.as_str(), "to_string" | "to_owned" | "into" | "as_ref") =>
        {
            text_at(program, def, &call.receiver, depth)
        }
        ExprKind::Macro(call) if call.path.last().ident.name == "concat" => {
            call.args.iter().map(|arg| text_at(program, def, &arg.expr, depth)).collect()
        }
        // The package's folder on the machine that builds.
        ExprKind::Macro(call) if call.path.last().ident.name == "env" => {
            match &call.args.first()?.expr.kind {
                ExprKind::Lit(Lit::Str(name)) if name == "CARGO_MANIFEST_DIR" => Some(format!("${name}")),
                _ => None,
            }
        }
        ExprKind::Path(_) => {
            let (def, value) = constant(program, def, expr)?;
            text_at(program, def, value, depth.checked_sub(1)?)
        }
        _ => None,
    }
}

/// The value of the constant that a path names, and where it stands.
fn constant<'p>(program: &'p Program, def: &Def, expr: &Expr) -> Option<(&'p Def, &'p Expr)> {
    let ExprKind::Path(path) = &expr.kind else { return None };
    let Res::Def(id) = program.resolve_ast_path(path, Namespace::Values, def.module, Some(def.id))? else {
        return None;
    };
    let def = program.def(id);
    match &def.item.kind {
        ItemKind::Const { expr: Some(value), .. }
        | ItemKind::Static { expr: Some(value), mutable: false, .. } => Some((def, value.get())),
        _ => None,
    }
}

/// `1_000`, `0x10`, `5usize`.
fn integer(text: &str) -> Option<u64> {
    let text = text.replace('_', "");
    let (digits, radix) = match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        Some("0b") => (&text[2..], 2),
        _ => (text.as_str(), 10),
    };
    let end = digits.find(['u', 'i']).unwrap_or(digits.len());
    u64::from_str_radix(&digits[..end], radix).ok()
}

#[cfg(test)]
mod tests {
    use super::integer;

    #[test]
    fn integers_are_read_in_every_form() {
        for (text, value) in [
            ("5", Some(5)),
            ("50_000usize", Some(50_000)),
            ("0x10", Some(16)),
            ("0b11u8", Some(3)),
            ("1.5", None),
        ] {
            assert_eq!(integer(text), value, "{text}");
        }
    }
}
