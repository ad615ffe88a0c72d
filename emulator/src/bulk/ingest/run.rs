//! The end of a job that writes: it runs, or is aborted.

use std::sync::Arc;

use super::{Next, ingest_mut};
use crate::bulk::refusal;
use crate::bulk::rows::{Failure, Heading, Lines};
use crate::bulk::table::{ends_as_said, reader};
use crate::bulk::work;
use crate::call::Call;
use crate::error::ApiError;
use crate::jobs::{About, Ingest, Outcome, State, Table, Task};

/// What became of an upload.
type Ended = Result<(Arc<[Outcome]>, u64), Failure>;

/// Takes the step, and answers the job as it is before its end: clients wait for
/// that by asking.
pub(super) fn advance(call: &Call<'_>, next: Next) -> Result<(About, Ingest), ApiError> {
    let (about, told, upload) = {
        let mut state = call.org.state();
        let job = state.jobs.get_mut(call.segments.get("job"));
        let (about, ingest) = job.and_then(ingest_mut).ok_or_else(refusal::no_job)?;
        let (now, told) = match (ingest.state, next) {
            (State::Open, Next::UploadComplete) => (State::InProgress, State::UploadComplete),
            (State::Open | State::UploadComplete, Next::Aborted) => {
                (State::Aborted, State::Aborted)
            }
            (state, Next::Aborted) => return Err(refusal::abort(state)),
            (_, Next::UploadComplete) => {
                return Err(refusal::state("only an open job waits for its upload"));
            }
        };
        ingest.state = now;
        about.changed_ms = call.org.clock.now_ms();
        let told = Ingest {
            state: told,
            ..Ingest::new(ingest.task.clone(), ingest.table)
        };
        (about.clone(), told, ingest.upload.clone())
    };
    if let Next::UploadComplete = next {
        let upload = upload.unwrap_or_default();
        let ended = run(call, &about, (&told.task, told.table), &upload);
        end(call, &about, ended);
    }
    Ok((about, told))
}

fn run(call: &Call<'_>, about: &About, (task, table): (&Task, Table), upload: &[u8]) -> Ended {
    if !ends_as_said(upload, table) {
        // Source: errors of jobs that users of Salesforce CLI show. Nobody could
        // confirm that the first line alone is looked at.
        return Err(format!(
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {}",
            table.line_ending.name()
        ));
    }
    let mut text = reader(upload, table);
    let names = text.headers();
    let names = names
        .map_err(|error| format!("InvalidBatch : {error}"))?
        .clone();
    if names.is_empty() {
        return Ok((Arc::new([]), 0));
    }
    let heading = Heading {
        schema: &call.org.schema,
        sobject: &about.object,
        task,
    };
    let columns = heading.columns(names.iter())?;
    let work = work::Work {
        org: call.org,
        route: call.route,
        sobject: &about.object,
        task,
    };
    Ok(work.carry_out(Lines::new(columns, text.records())))
}

fn end(call: &Call<'_>, about: &About, ended: Ended) {
    let mut state = call.org.state();
    // It is gone if the org was reset, or others needed its room.
    let job = state.jobs.get_mut(about.id.as_str());
    let Some((about, ingest)) = job.and_then(ingest_mut) else {
        return;
    };
    let now_ms = call.org.clock.now_ms();
    about.changed_ms = now_ms;
    match ended {
        Ok((outcomes, took_ms)) => {
            ingest.outcomes = outcomes;
            ingest.took_ms = took_ms;
            ingest.state = State::JobComplete;
        }
        Err(failure) => {
            ingest.failure = Some(failure);
            ingest.state = State::Failed;
        }
    }
    let id = about.id.clone();
    state.jobs.forget_old(&id, now_ms);
}
