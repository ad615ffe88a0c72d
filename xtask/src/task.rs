//! What one can type behind `cargo xtask`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Build, try, test and check sfbox.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
pub(crate) struct Xtask {
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// What a first look needs, and what does not need the whole tool.
#[derive(Subcommand)]
pub(crate) enum Task {
    /// Build a first look at sfbox and run a query on the built-in org
    Demo,
    /// Build the release binary: target/release/sfbox
    Build,
    /// Build the release binary and install it as cargo installs programs
    Install {
        /// Install to DIR/bin instead of cargo's own folder
        #[arg(long, value_name = "DIR", value_parser = |dir: &str| std::path::absolute(dir))]
        root: Option<PathBuf>,
    },
    /// Build target/component/sfbox.wasm and its native image, and nothing else
    Image {
        /// Compile the image for another machine, such as aarch64-unknown-linux-gnu
        #[arg(long, value_name = "TRIPLE")]
        target: Option<String>,
    },
    #[command(flatten)]
    Full(FullTask),
}

/// What needs the whole tool: see the feature `full`.
#[derive(Subcommand)]
pub(crate) enum FullTask {
    /// Build every component into target/component/: the product, the adapters, the product
    /// composed with each
    Component,
    /// Write docs/contract.md and wit-0.2/ from wit/
    Contract,
    /// Run every test
    Test {
        #[command(flatten)]
        extent: Extent,
        /// Passed on to the test runner, such as the name of a test
        filter: Vec<String>,
    },
    /// Measure sfbox beside other clients
    Bench(Bench),
    /// Build the binary of the container image into target/static/: one that needs no other file
    Static,
    /// Build a release into target/dist/: components, OCI layouts, the binary, bills of
    /// materials, checksums
    Dist,
    /// Run the components on hosts that others wrote, and write the results into docs/hosts.md
    Foreign {
        /// Measure instead, one host at a time, and print the figures
        #[arg(long)]
        figures: bool,
    },
    /// Check everything that a change must hold to, then run every test
    Ci {
        #[command(flatten)]
        extent: Extent,
    },
}

/// How much of the longest tests is run.
#[derive(Args, Clone, Copy)]
pub(crate) struct Extent {
    /// Run the longest tests and checks whole, as before a release: by default they run at a
    /// tenth
    #[arg(long)]
    pub(crate) whole: bool,
}

/// What `cargo xtask bench` was told.
#[derive(Args)]
pub(crate) struct Bench {
    /// Fewer and shorter rounds, and a tenth of the rows
    #[arg(long)]
    pub(crate) quick: bool,
    /// Put the table into docs/benchmarks.md
    #[arg(long, conflicts_with = "parts")]
    pub(crate) save: bool,
    /// What to measure [default: all of it]
    #[arg(value_name = "NAME", value_enum)]
    pub(crate) parts: Vec<Part>,
}

/// What there is to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// A small query, 1, 8 and 64 in flight
    Small,
    /// A page of 2,000 rows
    Page,
    /// Both of them on our emulator
    Emulator,
    /// Records created, 1 and 8 calls in flight, and those of a file of a million rows
    Records,
    /// A million rows of 20 fields as NDJSON and CSV, and pages that are fetched ahead
    Rows,
    /// A million rows as NDJSON and CSV, and the memory that it takes
    Export,
    /// A small query from a program's start to its end
    ColdStart,
    /// The door of `sfbox serve` beside nginx as a proxy
    Door,
    /// Of what is shipped
    Sizes,
}
