//! Contender: hyper alone, on one thread, with all pages of a query. `copy SOQL` prints each
//! page as it is, a line a page, and looks only for what names the next one.

use std::io::{Write as _, stdout};

use sfbox_bench::http::{Querier, Versions};
use sfbox_bench::org::Org;

/// Bytes in which a page names the next one: Salesforce does so before the records.
const HEAD: usize = 512;

/// What the path of the next page stands behind.
const NEXT: &str = r#""nextRecordsUrl":""#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let soql = std::env::args().nth(1);
    let soql = soql.ok_or_else(|| anyhow::anyhow!("usage: copy SOQL"))?;
    let querier = Querier::new(&Org::from_env()?, Versions::All)?;
    let mut out = stdout().lock();
    let mut page = querier.query(&soql).await?;
    loop {
        out.write_all(&page)?;
        out.write_all(b"\n")?;
        let Some(next) = next(&page) else {
            return Ok(());
        };
        page = querier.get(&next).await?;
    }
}

fn next(page: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&page[..page.len().min(HEAD)]);
    let (_, next) = head.split_once(NEXT)?;
    let (next, _) = next.split_once('"')?;
    Some(next.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_next_one_before_its_records() {
        let path = "/services/data/v66.0/query/01g-2000";
        let page = format!(r#"{{"totalSize":3,"done":false,{NEXT}{path}","records":[]}}"#);
        assert_eq!(next(page.as_bytes()).as_deref(), Some(path));
        assert_eq!(next(br#"{"totalSize":0,"done":true,"records":[]}"#), None);
    }
}
