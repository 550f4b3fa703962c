//! A SCIP index, as `rust-analyzer scip` writes it: bytes -> names and where they are defined and used.
//!
//! Only what edges need is read of the protocol buffers (scip.proto: `Index`, `Document`, `Occurrence`), by their wire format, so
//! fields that later versions add are passed over. Deliberately absent: what the names mean for the program (`confirm`).

use std::fmt;

/// Files of an index.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scip {
    pub documents: Vec<Document>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// With `/`, from the root of the project.
    pub path: String,
    pub occurrences: Vec<Occurrence>,
}

/// A name in the text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Occurrence {
    /// Line and column in bytes at which it starts, from 0.
    pub start: (u32, u32),
    pub symbol: String,
    pub is_definition: bool,
}

/// The bytes are no index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file is no SCIP index, or not a whole one")
    }
}

/// A value of a field, by wire type.
enum Value<'b> {
    Number(u64),
    Bytes(&'b [u8]),
    /// Fixed 32 and 64 bits, of which the fields that are read have none.
    Fixed,
}

/// Reads an index.
///
/// # Errors
/// Where the bytes are no protocol buffers.
pub fn read(bytes: &[u8]) -> Result<Scip, Malformed> {
    let mut scip = Scip::default();
    each_field(bytes, |number, value| {
        if let (2, Value::Bytes(bytes)) = (number, value) {
            scip.documents.push(document(bytes)?);
        }
        Ok(())
    })?;
    Ok(scip)
}

fn document(bytes: &[u8]) -> Result<Document, Malformed> {
    let mut document = Document::default();
    each_field(bytes, |number, value| {
        match (number, value) {
            (1, Value::Bytes(bytes)) => document.path = text(bytes)?,
            (2, Value::Bytes(bytes)) => document.occurrences.push(occurrence(bytes)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(document)
}

fn occurrence(bytes: &[u8]) -> Result<Occurrence, Malformed> {
    /// `SymbolRole::Definition`.
    const DEFINITION: u64 = 1;
    let mut occurrence = Occurrence::default();
    let mut range = Vec::new();
    each_field(bytes, |number, value| {
        match (number, value) {
            (1, Value::Bytes(mut packed)) => {
                while !packed.is_empty() {
                    range.push(varint(&mut packed)?);
                }
            }
            (1, Value::Number(one)) => range.push(one),
            (2, Value::Bytes(bytes)) => occurrence.symbol = text(bytes)?,
            (3, Value::Number(roles)) => occurrence.is_definition = roles & DEFINITION != 0,
            _ => {}
        }
        Ok(())
    })?;
    if let [line, column, ..] = range[..] {
        let small = |number: u64| u32::try_from(number).map_err(|_| Malformed);
        occurrence.start = (small(line)?, small(column)?);
    }
    Ok(occurrence)
}

fn each_field<'b>(
    mut bytes: &'b [u8],
    mut field: impl FnMut(u64, Value<'b>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut bytes)?),
            1 => take(&mut bytes, 8).map(|_| Value::Fixed)?,
            2 => {
                let len = usize::try_from(varint(&mut bytes)?).map_err(|_| Malformed)?;
                Value::Bytes(take(&mut bytes, len)?)
            }
            5 => take(&mut bytes, 4).map(|_| Value::Fixed)?,
            _ => return Err(Malformed),
        };
        field(tag >> 3, value)?;
    }
    Ok(())
}

fn take<'b>(bytes: &mut &'b [u8], len: usize) -> Result<&'b [u8], Malformed> {
    let (taken, rest) = bytes.split_at_checked(len).ok_or(Malformed)?;
    *bytes = rest;
    Ok(taken)
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0;
    for at in 0..10 {
        let byte = take(bytes, 1)?[0];
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Malformed)
}

fn text(bytes: &[u8]) -> Result<String, Malformed> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Malformed)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        let mut len = bytes.len();
        while len >= 0x80 {
            out.push((len & 0x7f) as u8 | 0x80);
            len >>= 7;
        }
        out.push(len as u8);
        out.extend(bytes);
        out
    }

    /// An index of one file: line, column, symbol, whether it is a definition.
    pub(crate) fn index(path: &str, occurrences: &[(u8, u8, &str, bool)]) -> Vec<u8> {
        let mut document = field(1, path.as_bytes());
        for &(line, column, symbol, is_definition) in occurrences {
            let mut one = field(1, &[line, column, column + 1]);
            one.extend(field(2, symbol.as_bytes()));
            if is_definition {
                one.extend([3 << 3, 1]);
            }
            document.extend(field(2, &one));
        }
        // Metadata before, a field of a later version behind.
        [field(1, b"\x08\x00"), field(2, &document), field(9, b"later")].concat()
    }

    #[test]
    fn names_and_places_are_read_and_other_fields_passed_over() {
        let bytes = index("src/main.rs", &[(0, 3, "x f().", true), (7, 90, "x f().", false)]);
        let [document] = &read(&bytes).expect("an index").documents[..] else { panic!("one file") };
        assert_eq!(document.path, "src/main.rs");
        let found: Vec<_> = document.occurrences.iter().map(|one| (one.start, one.is_definition)).collect();
        assert_eq!(found, [((0, 3), true), ((7, 90), false)]);
        assert_eq!(document.occurrences[0].symbol, "x f().");
    }

    #[test]
    fn bytes_that_are_no_index_are_refused() {
        let whole = index("src/main.rs", &[(0, 3, "x f().", true)]);
        assert_eq!(read(&whole[..whole.len() - 3]), Err(Malformed));
        assert_eq!(read(b"{ \"json\": 1 }"), Err(Malformed));
        assert_eq!(read(&[0xff; 20]), Err(Malformed));
    }
}
