//! `meter COMMAND [ARGUMENT…]` runs a command, throws away what it prints to
//! stdout, and prints how long it took and how much memory.
//!
//! A program of its own because it is small: on Linux a child begins with the
//! peak memory of the process that started it.
#![expect(clippy::print_stdout, reason = "the figures are its output")]

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use wait4::Wait4 as _;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments
        .next()
        .context("usage: meter COMMAND [ARGUMENT…]")?;
    let mut command = Command::new(&program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let begun = Instant::now();
    let used = command
        .spawn()
        .and_then(|child| child.wait4())
        .with_context(|| format!("{} cannot be run", program.display()))?;
    let elapsed_ns = begun.elapsed().as_nanos();
    anyhow::ensure!(used.status.success(), "it failed: {}", used.status);
    let peak_bytes = used.rusage.maxrss;
    println!("{{\"elapsed_ns\":{elapsed_ns},\"peak_bytes\":{peak_bytes}}}");
    Ok(())
}
