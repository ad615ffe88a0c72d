//! `sfbox query`.

use clap::Args;
use sfbox::{Options, Org, Page, QueryOptions, Rows};

use super::records::{self, Output};
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
    #[command(flatten)]
    output: Output,
}

impl Query {
    pub(super) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        let options = QueryOptions {
            call: options.clone(),
            rows: if self.all_rows { Rows::All } else { Rows::Live },
            batch_size: self.batch_size,
        };
        let mut page = org.query(&self.soql, &options).await?;
        let mut records = self.output.open();
        if is_count(&self.soql) {
            records.record(&format!("{{\"totalSize\":{}}}", page.total_size))?;
        }
        loop {
            records.page(&parse(&page)?)?;
            let Some(next) = page.next else { break };
            page = org.query_more(&next, &options).await?;
        }
        Ok(records.end()?)
    }
}

/// Whether a statement asks for `COUNT()`, whose answer has no record. The answer
/// does not tell: nothing counted looks like nothing found.
fn is_count(soql: &str) -> bool {
    const COUNT: &str = "selectcount()";
    let letters = soql.chars().filter(|letter| !letter.is_whitespace());
    let start: String = letters.take(COUNT.len()).collect();
    start.eq_ignore_ascii_case(COUNT)
}

fn parse(page: &Page) -> Result<records::Page<'_>, Unreadable> {
    records::Page::parse(&page.body).map_err(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_count_of_rows_is_a_count() {
        for (soql, is) in [
            ("SELECT COUNT() FROM Account", true),
            (" select\n Count ( ) from Account", true),
            ("SELECT COUNT(Id) FROM Account", false),
            ("SELECT Id FROM Account", false),
            ("SELECT Id, COUNT() FROM Account", false),
            ("", false),
        ] {
            assert_eq!(is_count(soql), is, "{soql}");
        }
    }
}
