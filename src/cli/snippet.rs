//! A finding in the form that rustc gives its own.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Severity};
use crate::load::Sources;
use crate::report::plain;
use crate::span::Location;

/// The finding with its source line, coloured; the console strips colour where it must.
pub(super) fn render(finding: &Diagnostic, sources: &Sources) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = plain(&finding.message);
    let mut group = Group::with_title(level.primary_title(message).id(finding.code.as_str()));
    if let Some(location) = finding.location {
        let location = sources.origin(location);
        let file = sources.get(location.source);
        let text = file.on_disk();
        let annotation = AnnotationKind::Primary.span(first_line(location, &text));
        group = group.element(Snippet::source(text).path(&file.path).annotation(annotation));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(plain(help)));
    }
    Renderer::styled().render(&[group])
}

/// The part of a location on its first line with code: an item is marked by its head, not by its whole body.
fn first_line(location: Location, text: &str) -> std::ops::Range<usize> {
    let start = (location.span.start as usize).min(text.len());
    let end = (location.span.end as usize).clamp(start, text.len());
    let mut at = start;
    for line in text[start..end].split_inclusive('\n') {
        let trimmed = line.trim_start();
        if !trimmed.starts_with("//") && !trimmed.starts_with("#[") && !trimmed.trim().is_empty() {
            let from = at + (line.len() - trimmed.len());
            return from..at + line.trim_end().len();
        }
        at += line.len();
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::load::SourceFile;
    use crate::span::{SourceId, Span};

    #[test]
    fn a_finding_shows_the_head_of_its_item() {
        let mut sources = Sources::default();
        let text = "use x;\n/// Doc.\n#[attribute]\npub fn handler() {\n    body()\n}\n";
        sources.push(SourceFile::new("src/main.rs".into(), text));
        let location = Location { source: SourceId(0), span: Span::new(7, text.len() as u32) };
        let finding = Diagnostic::new(Code::DETACHED_SPAWN, "a task\u{1b}[2J").at(location).help("await it");
        let shown = anstream::adapter::strip_str(&render(&finding, &sources)).to_string();
        assert!(shown.starts_with("warning[LS0403]: a task [2J\n --> src/main.rs:4:1"), "{shown}");
        assert!(shown.contains("pub fn handler() {") && !shown.contains("body"), "{shown}");
        assert!(shown.ends_with("help: await it"), "{shown}");
    }

    #[test]
    fn a_place_past_the_end_does_not_end_in_a_panic() {
        let mut sources = Sources::default();
        sources.push(SourceFile::new("src/main.rs".into(), String::new()));
        let location = Location { source: SourceId(0), span: Span::new(0, 0) };
        render(&Diagnostic::new(Code::FILE_NOT_PARSED, "empty").at(location), &sources);
    }
}
