//! `.lith-split/base.gz`: the text of each generated file as it was generated, so that edits can be told from what the next run changes.
//!
//! Input: a finished `FileSet`. Output: its texts, each once, compressed; the same bytes for the same files. Deliberately absent: files that
//! are no text, which cannot be merged, and `Cargo.lock`, which nobody edits.
//!
//! Tools that generate from a template of their own (copier, cruft) make the old text anew from the template's old version. The input here is
//! a program that goes on changing, so the text itself is kept. A plain copy beside each file would be found by every search in the
//! workspace, and doubles it; compressed it is about a tenth.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::manifest::LOCK;
use super::{FileSet, MANIFEST};

/// Where the texts stand in the generated folder.
pub const BASE: &str = ".lith-split/base.gz";

/// More is not read: no generated workspace is near it.
const LIMIT: u64 = 1 << 30;

#[derive(Serialize, Deserialize)]
struct Base<'a> {
    version: u32,
    #[serde(borrow)]
    texts: Vec<std::borrow::Cow<'a, str>>,
    /// Path -> position in `texts`.
    files: BTreeMap<String, usize>,
}

/// The texts of a set of files.
pub(super) fn pack(files: &FileSet) -> Vec<u8> {
    let mut paths: Vec<&String> =
        files.files.keys().filter(|path| ![MANIFEST, BASE, LOCK].contains(&path.as_str())).collect();
    // Files of one name are alike, and compression sees what is near.
    paths.sort_by_key(|path| (path.rsplit('/').next(), path.as_str()));
    let mut base = Base { version: 1, texts: Vec::new(), files: BTreeMap::new() };
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths {
        let Some(text) = files.text(path) else { continue };
        let at = *known.entry(text).or_insert_with(|| {
            base.texts.push(text.into());
            base.texts.len() - 1
        });
        base.files.insert(path.clone(), at);
    }
    let json = serde_json::to_vec(&base).expect("strings and numbers can be written as JSON");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&json).and_then(|()| encoder.finish()).expect("writing to a vector does not fail")
}

/// Path -> text; nothing of what is no such file.
pub(super) fn unpack(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut json = String::new();
    if GzDecoder::new(bytes).take(LIMIT).read_to_string(&mut json).is_err() {
        return BTreeMap::new();
    }
    let Ok(base) = serde_json::from_str::<Base>(&json) else { return BTreeMap::new() };
    let text = |(path, at): (String, usize)| Some((path, base.texts.get(at)?.to_string()));
    if base.version == 1 { base.files.into_iter().filter_map(text).collect() } else { BTreeMap::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_and_nothing_else_does() {
        let mut files = FileSet::default();
        files.insert("a/main.rs", "fn main() {}\n");
        files.insert("b/main.rs", "fn main() {}\n");
        files.insert("logo.png", vec![0xff, 0xd8]);
        files.insert(LOCK, "version = 4\n");
        files.insert(MANIFEST, "{}");
        let packed = pack(&files);
        assert_eq!(packed, pack(&files));
        let texts = unpack(&packed);
        assert_eq!(texts.keys().collect::<Vec<_>>(), ["a/main.rs", "b/main.rs"]);
        assert_eq!(texts["b/main.rs"], "fn main() {}\n");
    }

    #[test]
    fn what_is_no_base_has_no_texts() {
        assert!(unpack(b"").is_empty() && unpack(b"not compressed").is_empty());
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(br#"{"version":2,"texts":["a"],"files":{"x":0}}"#).unwrap();
        assert!(unpack(&encoder.finish().unwrap()).is_empty());
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(br#"{"version":1,"texts":["a"],"files":{"x":0,"y":7}}"#).unwrap();
        assert_eq!(unpack(&encoder.finish().unwrap()).len(), 1);
    }

    #[test]
    fn many_files_that_are_alike_take_little_room() {
        let mut files = FileSet::default();
        for at in 0..300 {
            let text: String = format!("fn main() {{\n    let value = table_{at}();\n}}\n").repeat(30);
            files.insert(format!("services/s/functions/f{at}/src/main.rs"), text);
        }
        let plain: usize = files.files.values().map(Vec::len).sum();
        assert!(pack(&files).len() * 10 < plain, "{} of {plain}", pack(&files).len());
    }
}
