//! Text -> tokens: names, literals, single punctuation marks and brackets that know their mates.
//!
//! The rules are those of the Rust reference, "Lexical structure". A text that breaks them is refused, and `syn` says why.

use super::parser::Refused;

/// One token. Doc comments are tokens, other comments are not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Of a punctuation mark: whether another follows at once, so that the two may be one operator.
    pub(super) joint: bool,
    pub(super) start: u32,
    pub(super) end: u32,
    /// Position of the other bracket.
    pub(super) mate: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name that is no keyword, raw ones included.
    Ident,
    Word(Word),
    /// `'a`.
    Lifetime,
    Str,
    Char,
    Int,
    Float,
    /// Bytes, byte strings and C strings.
    Bytes,
    Punct(u8),
    Open(Delim),
    Close(Delim),
    DocOuter,
    DocInner,
    /// Behind the last token.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delim {
    Paren,
    Bracket,
    Brace,
}

macro_rules! words {
    ($($word:ident $text:literal,)*) => {
        /// A keyword, strict or reserved.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Word { $($word,)* }

        fn word(text: &[u8]) -> Option<Word> {
            const {
                $(assert!($text.len() <= LONGEST_WORD);)*
            }
            match text {
                $($text => Some(Word::$word),)*
                _ => None,
            }
        }
    };
}

const LONGEST_WORD: usize = 8;

words! {
    Underscore b"_", Abstract b"abstract", As b"as", Async b"async", Await b"await", Become b"become", Box b"box",
    Break b"break", Const b"const", Continue b"continue", Crate b"crate", Do b"do", Dyn b"dyn", Else b"else",
    Enum b"enum", Extern b"extern", False b"false", Final b"final", Fn b"fn", For b"for", If b"if", Impl b"impl",
    In b"in", Let b"let", Loop b"loop", Macro b"macro", Match b"match", Mod b"mod", Move b"move", Mut b"mut",
    Override b"override", Priv b"priv", Pub b"pub", Ref b"ref", Return b"return", SelfType b"Self", SelfValue b"self",
    Static b"static", Struct b"struct", Super b"super", Trait b"trait", True b"true", Try b"try", Type b"type",
    Typeof b"typeof", Unsafe b"unsafe", Unsized b"unsized", Use b"use", Virtual b"virtual", Where b"where",
    While b"while", Yield b"yield",
}

/// The tokens of a text, with one of kind `End` behind the last.
pub(super) fn lex(text: &str, max_nesting: usize) -> Result<Vec<Token>, Refused> {
    let mut lexer =
        Lexer { text, bytes: text.as_bytes(), at: 0, tokens: Vec::with_capacity(text.len() / 5 + 8) };
    lexer.run(max_nesting)?;
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self, max_nesting: usize) -> Result<(), Refused> {
        let mut open: Vec<u32> = Vec::new();
        loop {
            self.skip_blank()?;
            let start = self.at;
            let Some(&first) = self.bytes.get(start) else { break };
            let kind = match first {
                b'(' | b'[' | b'{' => {
                    self.at += 1;
                    open.push(self.tokens.len() as u32);
                    if open.len() > max_nesting {
                        return Err(Refused::TooDeep(start as u32));
                    }
                    Kind::Open(delim(first))
                }
                b')' | b']' | b'}' => {
                    self.at += 1;
                    let mate = open.pop().ok_or(Refused::Unclear)?;
                    if self.tokens[mate as usize].kind != Kind::Open(delim(first)) {
                        return Err(Refused::Unclear);
                    }
                    self.tokens[mate as usize].mate = self.tokens.len() as u32;
                    self.push(Kind::Close(delim(first)), start, mate);
                    continue;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.name_or_prefixed()?,
                b'0'..=b'9' => self.number(),
                b'"' => {
                    self.at += 1;
                    self.quoted(b'"')?;
                    self.suffix();
                    Kind::Str
                }
                b'\'' => self.quote()?,
                // Blanks are skipped, so a slash before a slash or star starts a doc comment.
                b'/' if matches!(self.bytes.get(start + 1), Some(b'/' | b'*')) => self.doc_comment()?,
                _ if is_mark(first) => {
                    self.at += 1;
                    let next = self.bytes.get(self.at).copied().unwrap_or(0);
                    let comment = next == b'/' && matches!(self.bytes.get(self.at + 1), Some(b'/' | b'*'));
                    let joint = !comment && (is_mark(next) || next == b'\'');
                    self.tokens.push(Token {
                        kind: Kind::Punct(first),
                        joint,
                        start: start as u32,
                        end: self.at as u32,
                        mate: 0,
                    });
                    continue;
                }
                _ => return Err(Refused::Unclear),
            };
            self.push(kind, start, 0);
        }
        if !open.is_empty() {
            return Err(Refused::Unclear);
        }
        self.push(Kind::End, self.at, 0);
        Ok(())
    }

    fn push(&mut self, kind: Kind, start: usize, mate: u32) {
        self.tokens.push(Token { kind, joint: false, start: start as u32, end: self.at as u32, mate });
    }

    /// Skips white space and comments that document nothing.
    fn skip_blank(&mut self) -> Result<(), Refused> {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | 0x09..=0x0d => self.at += 1,
                b'/' => {
                    let rest = &self.bytes[self.at..];
                    if rest.starts_with(b"//") {
                        if (rest.starts_with(b"///") && !rest.starts_with(b"////"))
                            || rest.starts_with(b"//!")
                        {
                            return Ok(());
                        }
                        self.at = self.line_end();
                    } else if rest.starts_with(b"/*") {
                        let documents = (rest.starts_with(b"/**")
                            && !rest.starts_with(b"/***")
                            && !rest.starts_with(b"/**/"))
                            || rest.starts_with(b"/*!");
                        if documents {
                            return Ok(());
                        }
                        self.block_comment()?;
                    } else {
                        return Ok(());
                    }
                }
                0x80.. => {
                    let blank = |c: &char| c.is_whitespace() || matches!(c, '\u{200e}' | '\u{200f}');
                    match self.text[self.at..].chars().next().filter(blank) {
                        Some(c) => self.at += c.len_utf8(),
                        None => return Ok(()),
                    }
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Position of the line's end.
    fn line_end(&self) -> usize {
        let rest = &self.bytes[self.at..];
        self.at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
    }

    fn block_comment(&mut self) -> Result<(), Refused> {
        let mut depth = 0usize;
        while self.at + 1 < self.bytes.len() {
            match (self.bytes[self.at], self.bytes[self.at + 1]) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
        Err(Refused::Unclear)
    }

    fn doc_comment(&mut self) -> Result<Kind, Refused> {
        let inner = self.bytes.get(self.at + 2) == Some(&b'!');
        if self.bytes[self.at + 1] == b'/' {
            let end = self.line_end();
            let has_return = end < self.bytes.len() && self.bytes[end - 1] == b'\r';
            self.at = if has_return { end - 1 } else { end };
        } else {
            self.block_comment()?;
        }
        Ok(if inner { Kind::DocInner } else { Kind::DocOuter })
    }

    fn name_or_prefixed(&mut self) -> Result<Kind, Refused> {
        let rest = &self.bytes[self.at..];
        let prefix = match rest {
            [b'b' | b'c', b'"', ..] => Some((1, b'"')),
            [b'b', b'\'', ..] => Some((1, b'\'')),
            [b'b' | b'c', b'r', b'"' | b'#', ..] => Some((2, b'r')),
            [b'r', b'"', ..] => Some((1, b'r')),
            [b'r', b'#', next, ..] if *next == b'"' || *next == b'#' => Some((1, b'r')),
            _ => None,
        };
        if let Some((len, quote)) = prefix {
            let kind = if rest[0] == b'r' { Kind::Str } else { Kind::Bytes };
            self.at += len;
            if quote == b'r' {
                self.raw_string()?;
            } else {
                self.at += 1;
                self.quoted(quote)?;
            }
            self.suffix();
            return Ok(kind);
        }
        if rest.starts_with(b"r#") {
            self.at += 2;
            self.name()?;
            return Ok(Kind::Ident);
        }
        let start = self.at;
        self.name()?;
        let name = &self.bytes[start..self.at];
        let known = if name.len() <= LONGEST_WORD { word(name) } else { None };
        Ok(known.map_or(Kind::Ident, Kind::Word))
    }

    /// Moves behind a name, which must stand here.
    fn name(&mut self) -> Result<(), Refused> {
        let start = self.at;
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte < 0x80 {
                if !is_name_byte(byte) {
                    break;
                }
                self.at += 1;
            } else {
                let c = self.text[self.at..].chars().next().ok_or(Refused::Unclear)?;
                let belongs = if self.at == start { c.is_alphabetic() } else { c.is_alphanumeric() };
                if !belongs {
                    // Marks that continue a name are rare enough to be left to `syn`.
                    return Err(Refused::Unclear);
                }
                self.at += c.len_utf8();
            }
        }
        if self.at == start { Err(Refused::Unclear) } else { Ok(()) }
    }

    /// The type's name behind a literal: `u8` of `1u8`.
    fn suffix(&mut self) {
        if self.bytes.get(self.at).is_some_and(|&byte| byte == b'_' || byte.is_ascii_alphabetic()) {
            while self.bytes.get(self.at).is_some_and(|&byte| is_name_byte(byte)) {
                self.at += 1;
            }
        }
    }

    /// Moves behind the closing quote; the opening one is read.
    fn quoted(&mut self, quote: u8) -> Result<(), Refused> {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            if byte == quote {
                return Ok(());
            }
            if byte == b'\\' {
                self.at += 1;
            }
        }
        Err(Refused::Unclear)
    }

    /// `#..#"text"#..#`; the prefix is read.
    fn raw_string(&mut self) -> Result<(), Refused> {
        let hashes = self.bytes[self.at..].iter().take_while(|&&byte| byte == b'#').count();
        self.at += hashes;
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(Refused::Unclear);
        }
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            if byte == b'"'
                && self.bytes[self.at..].iter().take(hashes).filter(|&&byte| byte == b'#').count() == hashes
            {
                self.at += hashes;
                return Ok(());
            }
        }
        Err(Refused::Unclear)
    }

    /// A character or a lifetime.
    fn quote(&mut self) -> Result<Kind, Refused> {
        self.at += 1;
        let c = self.text[self.at..].chars().next().ok_or(Refused::Unclear)?;
        if c == '\\' {
            self.quoted(b'\'')?;
            self.suffix();
            return Ok(Kind::Char);
        }
        if self.bytes.get(self.at + c.len_utf8()) == Some(&b'\'') {
            self.at += c.len_utf8() + 1;
            self.suffix();
            return Ok(Kind::Char);
        }
        if self.bytes[self.at..].starts_with(b"r#") {
            self.at += 2;
        }
        if c.is_ascii_digit() {
            return Err(Refused::Unclear);
        }
        self.name()?;
        if self.bytes.get(self.at) == Some(&b'\'') { Err(Refused::Unclear) } else { Ok(Kind::Lifetime) }
    }

    fn number(&mut self) -> Kind {
        let kind = match self.float_end() {
            Some(end) => {
                self.at = end;
                Kind::Float
            }
            None => {
                let based = matches!(&self.bytes[self.at..], [b'0', b'x' | b'o' | b'b', ..]);
                let hex = matches!(&self.bytes[self.at..], [b'0', b'x', ..]);
                if based {
                    self.at += 2;
                }
                while self
                    .bytes
                    .get(self.at)
                    .is_some_and(|&b| b == b'_' || b.is_ascii_digit() || (hex && b.is_ascii_hexdigit()))
                {
                    self.at += 1;
                }
                Kind::Int
            }
        };
        self.suffix();
        kind
    }

    /// End of the digits of a floating point number, where one stands here.
    fn float_end(&self) -> Option<usize> {
        let byte = |at: usize| self.bytes.get(at).copied().unwrap_or(0);
        let mut at = self.at + 1;
        let mut has_dot = false;
        loop {
            match byte(at) {
                b'0'..=b'9' | b'_' => at += 1,
                b'.' if has_dot => break,
                b'.' => {
                    let next = byte(at + 1);
                    if next == b'.' || next == b'_' || next.is_ascii_alphabetic() || next >= 0x80 {
                        return None;
                    }
                    at += 1;
                    has_dot = true;
                }
                b'e' | b'E' => {
                    let before = has_dot.then_some(at);
                    let mut digits = at + 1;
                    if matches!(byte(digits), b'+' | b'-') {
                        digits += 1;
                    }
                    let end = digits
                        + self.bytes[digits.min(self.bytes.len())..]
                            .iter()
                            .take_while(|&&b| b == b'_' || b.is_ascii_digit())
                            .count();
                    let has_value = self.bytes[digits.min(self.bytes.len())..end.min(self.bytes.len())]
                        .iter()
                        .any(u8::is_ascii_digit);
                    return if has_value { Some(end) } else { before };
                }
                _ => break,
            }
        }
        has_dot.then_some(at)
    }
}

fn delim(byte: u8) -> Delim {
    match byte {
        b'(' | b')' => Delim::Paren,
        b'[' | b']' => Delim::Bracket,
        _ => Delim::Brace,
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn is_mark(byte: u8) -> bool {
    matches!(
        byte,
        b'~' | b'!'
            | b'@'
            | b'#'
            | b'$'
            | b'%'
            | b'^'
            | b'&'
            | b'*'
            | b'-'
            | b'='
            | b'+'
            | b'|'
            | b';'
            | b':'
            | b','
            | b'<'
            | b'.'
            | b'>'
            | b'/'
            | b'?'
    )
}
