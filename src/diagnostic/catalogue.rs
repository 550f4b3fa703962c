//! Every finding code: number, severity and the page that explains it.
//!
//! The pages are `docs/findings/CODE.md`; `lith-split explain CODE` prints them.
//!
//! `LS00xx`: reading the input. `LS01xx`: names and types. `LS02xx`: routes. `LS03xx`: accesses and permissions.
//! `LS04xx`: hazards of splitting. `LS05xx`: plan. `LS06xx`: generating. `LS07xx`: what is deployed.

use super::Severity;

/// A stable finding code, for example `LS0101`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

/// What the catalogue knows about a code.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub code: Code,
    pub severity: Severity,
    /// Text of `docs/findings/CODE.md`: the heading `# CODE: title`, the severity and what the finding means, then sections.
    pub page: &'static str,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        self.0
    }

    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    pub fn entry(self) -> &'static Entry {
        CATALOGUE.iter().find(|entry| entry.code == self).expect("every code constant has a catalogue entry")
    }

    /// The entry for a code as a person types it (`LS0101` or `ls0101`).
    pub fn parse(text: &str) -> Option<&'static Entry> {
        CATALOGUE.iter().find(|entry| entry.code.0.eq_ignore_ascii_case(text))
    }
}

impl Entry {
    /// A short noun phrase.
    pub fn title(&self) -> &'static str {
        let heading = self.page.lines().next().unwrap_or_default();
        heading.split_once(": ").map_or(heading, |(_, title)| title)
    }

    /// What stands below the heading: plain sentences, then sections.
    pub fn text(&self) -> &'static str {
        let text = self.page.split_once("\n\n").map_or("", |(_, text)| text);
        text.split_once(". ").map_or(text, |(_, text)| text)
    }
}

macro_rules! catalogue {
    ($($name:ident = $code:literal, $severity:ident;)*) => {
        impl Code {
            $(pub const $name: Code = Code($code);)*
        }
        /// All codes in order.
        pub const CATALOGUE: &[Entry] = &[
            $(Entry {
                code: Code($code),
                severity: Severity::$severity,
                page: include_str!(concat!("../../docs/findings/", $code, ".md")),
            },)*
        ];
    };
}

catalogue! {
    FILE_NOT_PARSED = "LS0001", Error;
    MODULE_NOT_FOUND = "LS0002", Error;
    FILE_NOT_READ = "LS0003", Error;
    MODULE_CYCLE = "LS0004", Error;
    FILE_NOT_REACHED = "LS0005", Note;
    DEPENDENCY_NOT_READ = "LS0006", Warning;
    CFG_UNKNOWN = "LS0007", Note;
    MACRO_NOT_EXPANDED = "LS0008", Warning;
    NAME_UNRESOLVED = "LS0101", Note;
    CALL_AMBIGUOUS = "LS0102", Note;
    NO_ROUTER = "LS0201", Error;
    ROUTE_PATH_UNKNOWN = "LS0202", Error;
    ROUTER_METHOD_UNKNOWN = "LS0203", Warning;
    ROUTER_UNKNOWN = "LS0204", Error;
    HANDLER_UNKNOWN = "LS0205", Warning;
    ROUTE_CONDITIONAL = "LS0206", Note;
    ROUTER_WRAPPED = "LS0207", Warning;
    SEVERAL_ROUTERS = "LS0208", Warning;
    PATH_REFUSED = "LS0209", Error;
    RESOURCE_UNKNOWN = "LS0301", Error;
    OPERATION_UNKNOWN = "LS0302", Warning;
    SQL_UNKNOWN = "LS0303", Warning;
    LAYER_UNKNOWN = "LS0304", Warning;
    CODE_TOO_WIDE = "LS0305", Warning;
    SCHEMA_CHANGED = "LS0306", Warning;
    VARIABLES_UNKNOWN = "LS0307", Warning;
    CLIENT_GIVEN = "LS0308", Warning;
    OTHER_CREDENTIALS = "LS0309", Warning;
    SHADOWED_SIBLING = "LS0401", Note;
    WEBSOCKET = "LS0402", Error;
    DETACHED_SPAWN = "LS0403", Warning;
    SHARED_MUTABLE_STATE = "LS0404", Warning;
    MERGED_LAYER_404 = "LS0405", Note;
    CRATE_NAME_DEPENDENCE = "LS0406", Note;
    REQUEST_CONTEXT_USE = "LS0407", Warning;
    STREAMING = "LS0408", Warning;
    BACKGROUND_LOOP = "LS0409", Error;
    PEER_ADDRESS = "LS0410", Warning;
    API_DOCUMENT = "LS0411", Note;
    SELF_CALL = "LS0412", Warning;
    LIMIT_ABOVE_GATEWAY = "LS0413", Note;
    LOCAL_FILE = "LS0414", Warning;
    CONNECTION_POOL = "LS0415", Note;
    FILE_BESIDE_PROGRAM = "LS0416", Warning;
    SERVED_SEVERAL_TIMES = "LS0417", Warning;
    PLAN_UNKNOWN_ROUTE = "LS0501", Error;
    PLAN_MISSING_ROUTE = "LS0502", Error;
    PLAN_INVALID = "LS0503", Error;
    TABLE_WRITERS_APART = "LS0504", Warning;
    TOO_MANY_CYCLES = "LS0505", Error;
    TOO_MANY_CROSS_SERVICE_CALLS = "LS0506", Error;
    DEPENDENCY_FORBIDDEN = "LS0507", Error;
    CONSTRAINT_BROKEN = "LS0508", Error;
    SERVICES_OVER_LIMIT = "LS0509", Error;
    CONSTRUCT_NOT_SPLIT = "LS0602", Error;
    NOT_FORMATTED = "LS0603", Warning;
    ROUTE_WITHOUT_KEY = "LS0604", Warning;
    ROUTE_KEYS_COLLIDE = "LS0605", Error;
    AWS_LIMIT = "LS0606", Warning;
    TRAILING_SLASH = "LS0607", Note;
    TESTS_LEFT_OUT = "LS0608", Note;
    ASSET_NOT_TAKEN = "LS0609", Error;
    BUILD_SCRIPT = "LS0610", Note;
    STATE_KEPT = "LS0611", Note;
    KEPT_ROUTE_TAKEN = "LS0612", Error;
    TEMPLATE_NOT_READ = "LS0701", Warning;
    TEMPLATE_NOT_COMPARED = "LS0702", Note;
    ROUTE_NOT_DEPLOYED = "LS0703", Warning;
    GATEWAY_ROUTE_UNANSWERED = "LS0704", Warning;
    VARIABLE_NOT_SET = "LS0705", Warning;
    VARIABLE_NOT_READ = "LS0706", Note;
    PERMISSION_MISSING = "LS0707", Error;
    PERMISSION_EXCESS = "LS0708", Warning;
    INDEX_NOT_DECLARED = "LS0709", Error;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(CATALOGUE.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn each_page_begins_with_its_code_and_severity() {
        for Entry { code, severity, page } in CATALOGUE {
            let code = code.as_str();
            let mut lines = page.lines();
            assert!(lines.next().is_some_and(|line| line.starts_with(&format!("# {code}: "))), "{code}");
            assert_eq!(lines.next(), Some(""), "{code}");
            let word = match severity {
                Severity::Error => "Error. ",
                Severity::Warning => "Warning. ",
                Severity::Note => "Note. ",
            };
            assert!(lines.next().is_some_and(|line| line.starts_with(word)), "{code} does not say `{word}`");
        }
    }

    #[test]
    fn a_title_and_a_text_are_read_off_the_page() {
        let entry = Code::WEBSOCKET.entry();
        assert_eq!(entry.title(), "WebSocket route");
        assert!(entry.text().starts_with("A handler"), "{}", entry.text());
    }
}
