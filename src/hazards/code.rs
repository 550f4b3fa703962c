//! Looking at a piece of Rust text without its comments and strings.

use crate::span::Span;

/// Text with a mask of the same length in which comments and string contents are blank.
pub struct Code<'a> {
    text: &'a str,
    masked: String,
}

impl<'a> Code<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, masked: mask(text) }
    }

    /// The first place of `needle` in the code, as a word of its own.
    pub fn find(&self, needle: &str) -> Option<Span> {
        find_word(&self.masked, needle, 0).map(|at| Span::new(at as u32, (at + needle.len()) as u32))
    }

    pub fn holds_words(&self, needle: &str) -> bool {
        self.find(needle).is_some()
    }

    /// The first `env!("VARIABLE..")` or `option_env!("VARIABLE..")`.
    pub fn find_env(&self, variable: &str) -> Option<Span> {
        let mut from = 0;
        while let Some(found) = self.masked[from..].find("env!(") {
            let at = from + found;
            from = at + "env!(".len();
            let argument = self.text[from..].trim_start().trim_start_matches('"');
            if argument.starts_with(variable) {
                return Some(Span::new(at as u32, from as u32));
            }
        }
        None
    }

    /// What stands between `->` and the body of the first function.
    pub fn answer_type(&self) -> Option<&str> {
        let start = find_word(&self.masked, "fn", 0)?;
        let body = self.masked[start..].find('{').map_or(self.masked.len(), |at| start + at);
        let signature = &self.masked[start..body];
        // The last arrow outside of the parameters: parameters may hold arrows of their own.
        let close = signature.rfind(')').unwrap_or(0);
        let arrow = signature.find("->")?;
        let arrow = if arrow > close { arrow } else { last_arrow(signature)? };
        Some(&signature[arrow + 2..])
    }

    /// Tasks spawned by a statement that drops the handle: the span of the callee, and the argument.
    pub fn detached_spawns(&self) -> Vec<(Span, Code<'a>)> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = find_word(&self.masked, "spawn", from) {
            from = at + "spawn".len();
            if !self.masked[from..].starts_with('(') {
                continue;
            }
            let start = callee_start(&self.masked, at);
            let path = &self.masked[start..at];
            if !matches!(path, "tokio::" | "task::" | "tokio::task::" | "") {
                continue;
            }
            let Some(close) = closing(&self.masked, from) else { continue };
            let dropped = self.masked[close + 1..].trim_start().starts_with(';');
            let before = self.masked[..start].trim_end();
            let statement = before.ends_with([';', '{', '}']) || before.ends_with("let _ =");
            if dropped && statement {
                let argument = Code::new(&self.text[from + 1..close]);
                found.push((Span::new(start as u32, from as u32), argument));
            }
        }
        found
    }
}

/// Whether a type as written names `name` as a whole word.
pub fn names(written: &str, name: &str) -> bool {
    find_word(written, name, 0).is_some()
}

/// The words of a type as written.
pub fn words(written: &str) -> impl Iterator<Item = &str> {
    written.split(|c: char| !is_word(c)).filter(|word| !word.is_empty())
}

fn last_arrow(signature: &str) -> Option<usize> {
    let mut depth = 0_i32;
    let bytes = signature.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'-' if depth == 0 && bytes.get(at + 1) == Some(&b'>') => return Some(at),
            _ => {}
        }
    }
    None
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn find_word(text: &str, needle: &str, from: usize) -> Option<usize> {
    let mut start = from;
    while let Some(found) = text.get(start..)?.find(needle) {
        let at = start + found;
        let end = at + needle.len();
        let free_before = !text[..at].ends_with(is_word) || !needle.starts_with(is_word);
        let free_after = !text[end..].starts_with(is_word) || !needle.ends_with(is_word);
        if free_before && free_after {
            return Some(at);
        }
        start = end;
    }
    None
}

/// Where the path that ends at `at` begins.
fn callee_start(text: &str, at: usize) -> usize {
    text[..at]
        .rfind(|c: char| !is_word(c) && c != ':')
        .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8))
}

/// The parenthesis that closes the one at `open`.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Blanks comments and the contents of strings and character literals; every byte keeps its place.
fn mask(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |n| at + n)
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => block_comment(bytes, at),
            b'"' => string(bytes, at),
            b'r' if !text[..at].ends_with(is_word) || text[..at].ends_with('b') => {
                raw_string(bytes, at).unwrap_or(at)
            }
            b'\'' => character(text, at).unwrap_or(at),
            _ => at,
        };
        if end == at {
            at += 1;
            continue;
        }
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8(out).expect("whole comments and literals were blanked")
}

fn block_comment(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn raw_string(bytes: &[u8], start: usize) -> Option<usize> {
    let hashes = bytes[start + 1..].iter().take_while(|&&b| b == b'#').count();
    if bytes.get(start + 1 + hashes) != Some(&b'"') {
        return None;
    }
    let body = start + 2 + hashes;
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let found = bytes[body..].windows(close.len()).position(|window| window == close);
    Some(found.map_or(bytes.len(), |at| body + at + close.len()))
}

/// The end of a character literal; none for a lifetime.
fn character(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start + 1..];
    if let Some(escape) = rest.strip_prefix('\\') {
        let skipped = 1 + escape.chars().next()?.len_utf8();
        let end = rest[skipped..].find('\'')?;
        return Some(start + 1 + skipped + end + 1);
    }
    let first = rest.chars().next()?;
    rest[first.len_utf8()..].starts_with('\'').then(|| start + 1 + first.len_utf8() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_blank_and_lifetimes_stay() {
        let text =
            "a // loop\n/* loop /* x */ */ \"loop \\\" loop\" r#\"loop \" \"# 'l' '\\n' b\"é\" &'a str";
        let masked = mask(text);
        assert_eq!(masked.len(), text.len());
        assert!(!masked.contains("loop"), "{masked}");
        assert!(masked.contains("&'a str"), "{masked}");
    }

    #[test]
    fn unfinished_text_does_not_end_in_a_panic() {
        for text in ["\"", "r#\"", "'", "'\\", "/*", "/", "b'", "fn", "spawn(", "env!(", "'\\é"] {
            let code = Code::new(text);
            code.detached_spawns();
            code.answer_type();
            code.find_env("X");
        }
    }

    #[test]
    fn the_answer_type_is_after_the_parameters() {
        let code = Code::new("#[x] async fn f(g: fn(u8) -> u8) -> Sse<impl Stream> { a -> b }");
        assert_eq!(code.answer_type().map(str::trim), Some("Sse<impl Stream>"));
        assert_eq!(Code::new("fn f(g: fn(u8) -> u8) { }").answer_type(), None);
    }
}
