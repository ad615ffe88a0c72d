//! `sfbox query`.

use std::io::{BufWriter, stdout};

use clap::Args;
use sfbox::{Options, Org, Page, QueryOptions, Rows};

use super::records::{self, Format, Records};
use super::verdict::Unreadable;

/// Run a SOQL query and print all of its records
///
/// Pages are fetched one after the other and written as they arrive, so memory
/// stays the same however many rows there are. Should the session end between
/// two pages, the command stops with status 4: what was written is right, but
/// not all.
///
/// `SELECT COUNT() FROM …` has no records; its number is printed as
/// `{"totalSize":N}`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox query \"SELECT Id, Name FROM Account WHERE Industry = 'Energy'\"
  sfbox query --all-rows --output ndjson \"SELECT Id, IsDeleted FROM Contact\"")]
pub(super) struct Query {
    /// The SOQL statement
    soql: String,
    /// Also print deleted and archived rows
    #[arg(long)]
    all_rows: bool,
    /// Rows that Salesforce sends at a time [default: its own, 2000]
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u16).range(200..=2000))]
    batch_size: Option<u16>,
    /// How to print the records
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

impl Query {
    pub(super) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        let options = QueryOptions {
            call: options.clone(),
            rows: if self.all_rows { Rows::All } else { Rows::Live },
            batch_size: self.batch_size,
        };
        let mut page = org.query(&self.soql, &options).await?;
        let mut records = Records::new(BufWriter::new(stdout().lock()), self.output);
        if let Some(count) = count_of(&page)? {
            records.record(&count)?;
        }
        loop {
            records.page(&parse(&page)?)?;
            let Some(next) = page.next else { break };
            page = org.query_more(&next, &options).await?;
        }
        Ok(records.end()?)
    }
}

/// The answer to `COUNT()`: rows match, and yet there is no record.
fn count_of(page: &Page) -> Result<Option<String>, Unreadable> {
    let counted = page.total_size > 0 && page.next.is_none() && parse(page)?.is_empty();
    Ok(counted.then(|| format!("{{\"totalSize\":{}}}", page.total_size)))
}

fn parse(page: &Page) -> Result<records::Page<'_>, Unreadable> {
    records::Page::parse(&page.body).map_err(Unreadable)
}
