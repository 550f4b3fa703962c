//! Input that no person writes: each ends in a result or a finding, never in a crash or without an end.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A program whose `main` serves `GET /a`, with more code behind it.
struct Program(tempfile::TempDir);

impl Program {
    fn new(more: &str) -> Self {
        Self::serving("Router::new().route(\"/a\", get(h))", more)
    }

    fn serving(router: &str, more: &str) -> Self {
        let program = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir_all(program.path("src")).expect("written");
        let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\naxum = \"0.8\"\n";
        fs::write(program.path("Cargo.toml"), manifest).expect("written");
        let main = format!(
            "use axum::{{Router, routing::get}};\nasync fn h() -> &'static str {{ \"\" }}\n#[tokio::main]\nasync fn main() {{\n    \
             let app = {router};\n    let l = tokio::net::TcpListener::bind(\"0.0.0.0:3000\").await.unwrap();\n    \
             axum::serve(l, app).await.unwrap();\n}}\n{more}\n"
        );
        fs::write(program.path("src/main.rs"), main).expect("written");
        program
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), bytes).expect("written");
        self
    }

    /// Exit code and both streams of `analyze`.
    fn analyze(&self) -> (i32, String) {
        let mut program = Command::cargo_bin("lith-split").expect("the program is built");
        program.env("NO_COLOR", "1").env("LITH_SPLIT_NO_CACHE", "1");
        program.args(["analyze", "-v", "--manifest-path"]).arg(self.path("Cargo.toml"));
        let output = program.output().expect("the program runs");
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code().unwrap_or_else(|| panic!("killed: {text}")), text)
    }

    /// The route is found whatever else the program holds.
    #[track_caller]
    fn finds_its_route(&self) -> String {
        let (exit, text) = self.analyze();
        assert!(exit == 0 && text.contains("1 route in"), "{exit} {}", &text[..text.len().min(2000)]);
        text
    }
}

fn link(from: &Path, to: &Path) {
    std::os::unix::fs::symlink(to, from).expect("a link");
}

#[test]
fn two_hundred_levels_of_nesting_are_read() {
    let modules = "mod m { ".repeat(200);
    let more = [
        format!("fn a() -> u32 {{ {}1{} }}", "(".repeat(200), ")".repeat(200)),
        format!("fn b() -> {}u8{} {{ todo!() }}", "Vec<".repeat(200), ">".repeat(200)),
        format!("fn c() {{ {}{} }}", "{".repeat(200), "}".repeat(200)),
        format!("fn d() -> u32 {{ {}1{} }}", "if true { ".repeat(200), " } else { 0 }".repeat(200)),
        format!("fn e() {{ {}1{} }}", "m!{ x => ".repeat(200), " }".repeat(200)),
        format!("{modules}{}", "}".repeat(200)),
    ];
    Program::new(&more.join("\n")).finds_its_route();
    let nested = format!(
        "Router::new(){}.route(\"/a\", get(h)){}",
        ".nest(\"/b\", Router::new()".repeat(200),
        ")".repeat(200)
    );
    assert_eq!(Program::serving(&nested, "").analyze().0, 0);
}

#[test]
fn what_nests_without_an_end_is_a_finding() {
    let forms = [
        format!("fn f() {{ let x = {}1; }}", "&".repeat(200_000)),
        format!("fn f() {{ let x = {}1; }}", "! ".repeat(200_000)),
        format!("fn f() {{ {}1; }}", "a = ".repeat(200_000)),
        format!("fn f() {{ {}1; }}", "|x| ".repeat(200_000)),
        format!("fn f() {{ {}{{}} }}", "if a {} else ".repeat(100_000)),
        format!("fn f() {{ let x = {}1; }}", "1 + ".repeat(200_000)),
        format!("fn f() {{ a{}; }}", ".b()".repeat(200_000)),
        format!("fn f() -> {}u8 {{}}", "&".repeat(200_000)),
        format!("use {}b;", "a::".repeat(200_000)),
        // Beyond both parsers: a stray quote behind a long row of marks.
        format!("fn f() {{ let x = {}1; }} '", "&".repeat(500_000)),
        format!("fn f() {{ {}1; }} '", "a = ".repeat(500_000)),
        "{".repeat(100_000),
        "m!(".repeat(100_000),
    ];
    for form in &forms {
        let program = Program::new("mod deep;");
        program.write("src/deep.rs", form);
        let text = program.finds_its_route();
        assert!(text.contains("does not parse"), "{}", &form[..60]);
    }
}

#[test]
fn modules_and_links_in_a_circle_are_findings() {
    let program = Program::new("mod a;\nmod b;\n#[path = \"main.rs\"] mod c;");
    program.write("src/a.rs", "#[path = \"b.rs\"] mod b;").write("src/b.rs", "#[path = \"a.rs\"] mod a;");
    assert!(program.finds_its_route().contains("includes a file that includes it"));

    let program = Program::new("mod loops;\nmod selfish;\n#[path = \"folder/folder/main.rs\"] mod again;");
    link(&program.path("src/folder"), &program.path("src"));
    link(&program.path("src/loops.rs"), &program.path("src/loops.rs"));
    link(&program.path("src/selfish"), &program.path("src/selfish"));
    program.analyze();
}

#[test]
fn bytes_that_are_no_text_are_a_finding() {
    let program = Program::new("mod bad;\nmod zero;");
    program.write("src/bad.rs", b"fn f() { \"\xff\xfe\" }").write("src/zero.rs", b"fn f() {}\0");
    let text = program.finds_its_route();
    assert!(text.contains("it is not UTF-8") && text.contains("`src/zero.rs` does not parse"), "{text}");
}

#[test]
fn large_files_are_read_up_to_a_limit() {
    let program = Program::new("mod large;\nmod larger;\nmod same;");
    program.write("src/large.rs", format!("// {}\n", "x".repeat(996)).repeat(50 * 1024));
    program.write("src/same.rs", "pub fn f() -> u32 { 1 }\n".repeat(20_000));
    let larger = fs::File::create(program.path("src/larger.rs")).expect("created");
    larger.set_len(65 * 1024 * 1024).expect("a file of zeros that takes no space");
    assert!(program.finds_its_route().contains("more than the limit"));
}

#[test]
fn ten_thousand_routes_are_listed() {
    use std::fmt::Write as _;
    let mut router = "Router::new()".to_string();
    for at in 0..10_000 {
        write!(router, ".route(\"/r{at}\", get(h))").expect("a string takes all");
    }
    let (exit, text) = Program::serving(&router, "").analyze();
    assert!(exit == 0 && text.contains("10000 routes in"), "{exit}");
}
