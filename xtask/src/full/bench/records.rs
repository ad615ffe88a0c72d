//! Records created: how many a second, beside other clients, and what a file of many takes.

mod count;
mod creator;
mod descriptions;
mod input;
mod load;
mod org;

use self::creator::Creator;
use self::descriptions::Descriptions;
use self::input::Input;
use self::org::Org;
use super::aim::{Aim, Bound};
use super::emulator::Emulator;
use super::peers::{Contenders, FORCE_BATCHES, FORCE_GRAPHS, JSFORCE, LIBRARY, SIMPLE_SALESFORCE};
use super::plan::Plan;
use super::report::Report;
use super::table::Unit;

/// Calls at once.
const IN_FLIGHT: [usize; 2] = [1, 8];

/// How many times the others' rate ours should be, where an org takes its time.
const AIMS: [(&str, f64); 4] = [
    (SIMPLE_SALESFORCE, 20.0),
    (JSFORCE, 1.0),
    (FORCE_BATCHES, 1.0),
    (FORCE_GRAPHS, 1.0),
];

/// Measures all of it.
///
/// # Errors
///
/// When an org does not start, or a file cannot be written.
pub(super) fn measure(
    contenders: &Contenders,
    plan: &Plan,
    report: &mut Report,
) -> anyhow::Result<()> {
    let emulator = Emulator::start(&contenders.release)?;
    let descriptions = Descriptions::of(&emulator.site, &contenders.release)?;
    drop(emulator);
    for org in [Org::Emulator, Org::Slow(&descriptions)] {
        for in_flight in IN_FLIGHT {
            let title = format!("records created, {in_flight} in flight, {}", org.name());
            rates(&title, org, in_flight, contenders, plan, report)?;
            if matches!(org, Org::Slow(_)) {
                aims(&title, report);
            }
        }
    }
    load::measure(&descriptions, contenders, plan, report)
}

/// Rounds of all contenders, in turns.
fn rates(
    title: &str,
    org: Org<'_>,
    in_flight: usize,
    contenders: &Contenders,
    plan: &Plan,
    report: &mut Report,
) -> anyhow::Result<()> {
    eprintln!("measuring: {title}");
    let input = Input::write(creator::file_rows(in_flight))?;
    let mut creators: Vec<Creator<'_>> = contenders.creators.iter().map(Creator::driver).collect();
    creators.push(Creator::command(&input));
    // The one that the others are compared with comes first.
    creators.sort_by_key(|creator| creator.name != SIMPLE_SALESFORCE);
    let mut values: Vec<Option<Vec<f64>>> = vec![Some(Vec::new()); creators.len()];
    for _ in 0..plan.rounds {
        for (creator, values) in creators.iter().zip(&mut values) {
            let Some(rates) = values else {
                continue;
            };
            let running = org.start(&contenders.release)?;
            let round = creator.round(running.site(), &contenders.release, in_flight, plan);
            match round {
                Ok(round) => rates.push(round.rate()),
                Err(error) => {
                    report.absent(&format!("{}, {title}", creator.name), &error);
                    *values = None;
                }
            }
        }
    }
    let names = creators.iter().map(|creator| creator.name.to_owned());
    let values = values.into_iter().map(Option::unwrap_or_default);
    let values = names.zip(values).collect();
    report.add(title, Unit::Rate, SIMPLE_SALESFORCE, values);
    Ok(())
}

fn aims(title: &str, report: &mut Report) {
    for (other, least) in AIMS {
        report.aim(&Aim {
            task: title.to_owned(),
            ours: LIBRARY,
            other: other.to_owned(),
            bound: Bound::AtLeast(least),
        });
    }
}
