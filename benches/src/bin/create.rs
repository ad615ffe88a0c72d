//! Contender: records created by sfbox as a library. A call has many records; the library cuts
//! it into requests of 200 and has as many of them in flight as the order says.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use sfbox::{ManyOptions, Org, Outcome};
use sfbox_bench::library::builder;
use sfbox_bench::one_task::in_one_task;
use sfbox_bench::order::{Created, Order, serve};
use sfbox_bench::org::{self, SECRET};

/// Requests of a call, for each that is in flight. More would fill the org in the warm-up, which
/// is one call at least.
const WAVES: usize = 2;

/// Records of a request.
const REQUEST: usize = 200;

/// What all contenders create.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    name: String,
    industry: &'static str,
    annual_revenue: usize,
    number_of_employees: usize,
    billing_city: &'static str,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let runtime = builder(org::Org::from_env()?)?.build()?;
    let org = runtime.org(SECRET)?;
    let next = AtomicUsize::new(0);
    serve(async |order: Order| {
        let options = ManyOptions {
            in_flight: Some(u8::try_from(order.in_flight)?),
            ..ManyOptions::default()
        };
        let records = REQUEST * WAVES * order.in_flight;
        let call = async |_: &str| {
            let first = next.fetch_add(records, Ordering::Relaxed);
            create(&org, first..first + records, &options).await
        };
        // The calls in flight are those of the library.
        let alone = Order {
            in_flight: 1,
            ..order
        };
        Ok(Created::of(&in_one_task(alone, call).await?, records))
    })
    .await?;
    runtime.shut_down().await;
    Ok(())
}

async fn create(
    org: &Org,
    numbers: std::ops::Range<usize>,
    options: &ManyOptions,
) -> anyhow::Result<()> {
    let records = numbers.map(|number| serde_json::to_string(&account(number)));
    let records: Vec<String> = records.collect::<Result<_, _>>()?;
    let outcomes = org.create_many("Account", &records, options).await?;
    if let Some(stopped) = outcomes.stopped {
        anyhow::bail!("{stopped:?}");
    }
    let mut outcomes = outcomes.outcomes.iter();
    match outcomes.find(|outcome| !matches!(outcome, Outcome::Saved(_))) {
        Some(outcome) => anyhow::bail!("not created: {outcome:?}"),
        None => Ok(()),
    }
}

fn account(number: usize) -> Account {
    Account {
        name: format!("Account {number:07}"),
        industry: "Energy",
        annual_revenue: number * 7,
        number_of_employees: number % 1_000,
        billing_city: "Berlin",
    }
}
