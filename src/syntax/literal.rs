//! Values of literals: text with its escapes resolved, digits of a number.

/// The text of a string literal, cooked or raw; `None` where an escape is not understood.
pub(super) fn string(token: &str) -> Option<String> {
    if let Some(raw) = token.strip_prefix('r') {
        let hashes = raw.bytes().take_while(|&byte| byte == b'#').count();
        let from = hashes + 2;
        let to = token.rfind('"')?;
        return Some(without_returns(token.get(from..to)?));
    }
    let inside = token.get(1..token.rfind('"')?)?;
    if inside.contains(['\\', '\r']) { unescape(inside) } else { Some(inside.to_string()) }
}

/// The character of `'x'`.
pub(super) fn character(token: &str) -> Option<char> {
    let inside = token.get(1..token.rfind('\'')?)?;
    if inside.starts_with('\\') { unescape(inside)?.chars().next() } else { inside.chars().next() }
}

/// The digits of a whole number to base ten, without `_` and suffix.
pub(super) fn digits(token: &str) -> Option<String> {
    let (base, rest) = match token.as_bytes() {
        [b'0', b'x', ..] => (16, &token[2..]),
        [b'0', b'o', ..] => (8, &token[2..]),
        [b'0', b'b', ..] => (2, &token[2..]),
        _ => (10, token),
    };
    let end = rest.find(|c: char| c != '_' && !c.is_digit(base)).unwrap_or(rest.len());
    let (digits, suffix) = rest.split_at(end);
    // Digits of a larger base, and numbers that look like an exponent without one, are left to `syn`.
    if suffix.starts_with(|c: char| c.is_ascii_digit()) || (base == 10 && suffix.starts_with(['e', 'E'])) {
        return None;
    }
    let digits: String = digits.chars().filter(|&c| c != '_').collect();
    u128::from_str_radix(&digits, base).ok().map(|value| value.to_string())
}

fn without_returns(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n") } else { text.to_string() }
}

fn unescape(text: &str) -> Option<String> {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\r' {
            // A line's end is one character, whatever the file uses.
            if chars.as_str().starts_with('\n') {
                continue;
            }
            return None;
        }
        if c != '\\' {
            value.push(c);
            continue;
        }
        match chars.next()? {
            'n' => value.push('\n'),
            'r' => value.push('\r'),
            't' => value.push('\t'),
            '0' => value.push('\0'),
            c @ ('\\' | '\'' | '"') => value.push(c),
            'x' => {
                let code = u8::from_str_radix(chars.as_str().get(..2)?, 16).ok()?;
                value.push(char::from(code));
                chars = chars.as_str()[2..].chars();
            }
            'u' => {
                let (code, rest) = chars.as_str().strip_prefix('{')?.split_once('}')?;
                let digits: String = code.chars().filter(|&c| c != '_').collect();
                value.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                chars = rest.chars();
            }
            '\n' | '\r' => chars = chars.as_str().trim_start_matches([' ', '\t', '\n', '\r']).chars(),
            _ => return None,
        }
    }
    Some(value)
}
