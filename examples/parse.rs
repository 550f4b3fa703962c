//! The yardstick of `scripts/measure.py`: `syn::parse_file` alone, with the allocator and the features that `lith-split` is built with.
//!
//! `parse files MANIFEST` prints the files that `mod` reaches; `parse` reads such a list from standard input and parses each file.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [command, manifest] if command == "files" => files(PathBuf::from(manifest)),
        [] => parse(),
        _ => Err(std::io::Error::other("usage: parse files MANIFEST | parse < LIST")),
    }
}

fn files(manifest: PathBuf) -> std::io::Result<()> {
    let options = lith_split::load::Options { manifest_path: Some(manifest), ..Default::default() };
    let mut diagnostics = lith_split::diagnostic::Diagnostics::default();
    let tree = lith_split::load::load(&options, &mut diagnostics).map_err(std::io::Error::other)?;
    let mut out = std::io::stdout().lock();
    for (_, file) in tree.sources.iter() {
        writeln!(out, "{}", tree.packages[0].dir.join(&file.path).display())?;
    }
    Ok(())
}

fn parse() -> std::io::Result<()> {
    let (mut parsed, mut lines) = (0, 0);
    for path in std::io::stdin().lock().lines() {
        let text = std::fs::read_to_string(path?)?;
        lines += text.bytes().filter(|&byte| byte == b'\n').count();
        parsed += usize::from(syn::parse_file(&text).is_ok());
        // As `lith-split` did when it parsed with `syn`: the positions of a file are of no use after it.
        proc_macro2::extra::invalidate_current_thread_spans();
    }
    writeln!(std::io::stdout().lock(), "{parsed} files, {lines} lines")
}
