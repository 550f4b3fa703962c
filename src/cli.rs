//! Arguments -> library calls -> exit code.
//!
//! Results go to stdout; messages, findings and progress go to stderr. Deliberately absent: any knowledge of the program under analysis.

use std::panic::AssertUnwindSafe;

use crate::stack::{on_all_cores, on_deep_stack};

use clap::Parser as _;

pub mod args;

mod absolute;
mod affected;
mod analyze;
mod answers;
mod cache;
mod console;
mod diff;
mod exit;
mod explain;
mod failure;
mod generate;
mod local;
mod only;
mod pipeline;
mod plan;
mod planned;
mod programs;
mod progress;
mod revision;
mod run;
mod snippet;
mod taken;
mod verify;

pub use exit::Exit;

use args::{Cli, Command};
use console::Console;

/// Runs the program on the arguments of the process.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            // Nothing is left to do where the terminal is gone.
            let _ = error.print();
            return exit;
        }
    };
    let console = Console::new(&cli.console);
    // The panic hook has printed what happened.
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| run(&cli, &console)));
    match outcome {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            console.error(&format!("{error:#}"));
            failure::exit_of(&error)
        }
        Err(_) => {
            console.error("this is a bug in lith-split; please report it with the message above");
            Exit::Internal
        }
    }
}

fn run(cli: &Cli, console: &Console) -> anyhow::Result<Exit> {
    match &cli.command {
        // In the pool from the start, what is done in parallel waits for no other thread to wake.
        Command::Analyze(args) => on_all_cores(|| analyze::run(args, console)),
        Command::Plan(args) => on_all_cores(|| plan::run(args, console)),
        Command::Generate(args) => on_all_cores(|| generate::run(args, console)),
        Command::Diff(args) => on_all_cores(|| diff::run(args, console)),
        Command::Explain(args) => on_all_cores(|| explain::run(args, console)),
        // These wait for others most of the time.
        Command::Verify(args) => on_deep_stack(|| verify::run(args, console))?,
        Command::Run(args) => on_deep_stack(|| run::run(args, console))?,
        Command::Completions { shell } => args::completions(*shell, console),
        Command::Man => args::man(console),
    }
}
