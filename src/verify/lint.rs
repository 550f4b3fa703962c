//! What a linter that the machine has says of the templates of a workspace.
//!
//! Input: the folder. Output: a `Check` with each line of what it complains of. The linter is `sam validate --lint`, or `cfn-lint` where there is no `sam`: both
//! judge by the same rules, and the check says which one it was. Deliberately absent: rules of our own, and any wish to install one.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{Check, WorkspaceError, workspace};

/// Codes by which a shell, and a shim that stands for a program, says that there is none to run.
const NOT_RUN: [i32; 2] = [126, 127];

/// A program that judges templates.
#[derive(Debug, Clone, Copy)]
struct Linter {
    program: &'static str,
    arguments: &'static [&'static str],
    /// Which codes say that templates were judged, beside 0.
    complains: fn(i32) -> bool,
    what: &'static str,
}

/// The first that is there is asked.
const LINTERS: [Linter; 2] = [
    Linter {
        program: "sam",
        arguments: &["validate", "--lint", "--template-file"],
        complains: |code| code == 1,
        what: "`sam validate --lint` accepts the templates",
    },
    Linter {
        program: "cfn-lint",
        arguments: &["--format", "parseable"],
        // One bit each for errors, warnings and notes.
        complains: |code| code & !0b1110 == 0,
        what: "`cfn-lint` accepts the templates",
    },
];

/// Why templates could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum LintError {
    #[error(
        "neither `sam` nor `cfn-lint` can be run: install one of them (`pip install cfn-lint`), or leave out --lint"
    )]
    Missing,
    #[error("cannot run `{program}`")]
    NotRun { program: &'static str, source: io::Error },
    #[error("`{program}` did not judge `{template}`: it ended with {code}\n{printed}")]
    Failed { program: &'static str, template: String, code: String, printed: String },
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
}

/// Has a linter judge the template of a generated workspace and those of its nested stacks, in the folder of the workspace, so that its
/// settings count (`samconfig.toml`, `.cfnlintrc`).
///
/// # Errors
/// Where the folder holds no generated workspace, no linter is there, or it fails before it has judged.
pub fn lint(folder: &Path) -> Result<Check, LintError> {
    let templates: Vec<String> = workspace::templates(folder)?.into_iter().map(|(file, _)| file).collect();
    for linter in LINTERS {
        if let Some(check) = linter.judge(folder, &templates)? {
            return Ok(check);
        }
    }
    Err(LintError::Missing)
}

impl Linter {
    /// `None` where the program is not there.
    fn judge(self, folder: &Path, templates: &[String]) -> Result<Option<Check>, LintError> {
        let mut check = Check::new(self.what);
        for template in templates {
            let Some(output) = self.run(folder, template)? else { return Ok(None) };
            let printed = printed(&output, folder);
            match output.status.code() {
                Some(0) => {}
                Some(code) if NOT_RUN.contains(&code) => return Ok(None),
                Some(code) if (self.complains)(code) && printed.is_empty() => {
                    check.differences.push(format!("`{template}`: `{}` ended with {code}", self.program));
                }
                Some(code) if (self.complains)(code) => {
                    // `sam` does not name the file.
                    let named = |line: &str| {
                        if line.contains(template) {
                            line.to_string()
                        } else {
                            format!("`{template}`: {line}")
                        }
                    };
                    check.differences.extend(printed.lines().map(named));
                }
                code => {
                    return Err(LintError::Failed {
                        program: self.program,
                        template: template.clone(),
                        code: code.map_or_else(|| "a signal".to_string(), |code| code.to_string()),
                        printed,
                    });
                }
            }
            check.compared += 1;
        }
        Ok(Some(check))
    }

    fn run(self, folder: &Path, template: &str) -> Result<Option<Output>, LintError> {
        let output = Command::new(self.program)
            .args(self.arguments)
            .arg(template)
            .current_dir(folder)
            .env("NO_COLOR", "1")
            .env("SAM_CLI_TELEMETRY", "0")
            .stdin(Stdio::null())
            .output();
        match output {
            Ok(output) => Ok(Some(output)),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) =>
            {
                Ok(None)
            }
            Err(source) => Err(LintError::NotRun { program: self.program, source }),
        }
    }
}

/// Both streams, with paths as seen from the folder.
fn printed(output: &Output, folder: &Path) -> String {
    let mut text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).join("\n");
    for folder in [Some(folder.to_path_buf()), folder.canonicalize().ok()].into_iter().flatten() {
        text = text.replace(&format!("{}/", folder.display()), "");
    }
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
