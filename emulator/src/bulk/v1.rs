//! Jobs of the first Bulk API: another path, another header, other errors.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, the chapters of "Bulk API".

mod asked;
mod batch;
mod info;
mod reply;
mod run;

use http::{HeaderName, StatusCode};

use self::asked::{Asked, next_state};
use self::reply::{Form, Refusal, refused};
use super::ingest;
use crate::answer::Answer;
use crate::authorized;
use crate::jobs::{About, Batches, BatchesState, Job, Jobs, Operation, Task, Work};
use crate::org::{Org, State};
use crate::request::Request;
use crate::resource::Route;
use crate::schema::SObject;
use crate::segments::Segments;
use crate::version::{ApiVersion, Known};

pub(crate) use batch::{add, all, one, request, result, results, too_large};

const SESSION: HeaderName = HeaderName::from_static("x-sfdc-session");

const CONTENT_TYPES: [&str; 6] = ["CSV", "JSON", "XML", "ZIP_CSV", "ZIP_JSON", "ZIP_XML"];

const CONCURRENCY_MODES: [&str; 2] = ["Parallel", "Serial"];

/// Answers `POST /services/async/{version}/job`.
pub(crate) fn create(org: &Org, request: &Request, segments: &Segments) -> Answer {
    let form = Form::of(request);
    match created(org, request, segments, form) {
        Ok(answer) => answer,
        Err(refusal) => form.refusal(&refusal),
    }
}

fn created(
    org: &Org,
    request: &Request,
    segments: &Segments,
    form: Form,
) -> Result<Answer, Refusal> {
    let version = entered(org, request, segments)?;
    let asked = Asked::read(&request.body, form)?;
    let object = org.schema.named(&asked.object);
    let object = object.ok_or_else(|| refused("InvalidJob", "Unknown object"))?;
    let batches = batches(object, asked)?;
    let now_ms = org.clock.now_ms();
    org.stats.record(|stats| stats.wrote(Route::BulkV1Job));
    let mut state = org.state();
    let about = state
        .jobs
        .add(object, version, now_ms, Work::Batches(batches));
    let (about, batches) = known(&state.jobs, about.id.as_str())?;
    let info = info::job(org, about, batches, form);
    Ok(form.written(StatusCode::CREATED, &info))
}

/// The job that is asked for. The codes are documented, the words are the
/// emulator's own.
fn batches(object: &SObject, asked: Asked) -> Result<Batches, Refusal> {
    let invalid = |words: &str| refused("InvalidJob", words);
    let key = asked.external_id.as_deref();
    let operation = match asked.operation.as_str() {
        "insert" => Some(Operation::Insert),
        "update" => Some(Operation::Update),
        "upsert" => Some(Operation::Upsert),
        "delete" => Some(Operation::Delete),
        "hardDelete" => Some(Operation::HardDelete),
        // The guide writes it in both ways; simple-salesforce 1.12 sends the latter.
        "query" | "queryall" | "queryAll" => None,
        _ => return Err(invalid("Unknown operation")),
    };
    let task = match operation {
        Some(operation) => Some(Task {
            operation,
            key: ingest::key(object, operation, key).map_err(invalid)?,
        }),
        None => None,
    };
    if !CONTENT_TYPES.contains(&asked.content_type.as_str()) {
        return Err(invalid("Unknown content type"));
    }
    if !CONCURRENCY_MODES.contains(&asked.concurrency.as_str()) {
        return Err(invalid("Unknown concurrency mode"));
    }
    Ok(Batches {
        operation: asked.operation,
        task,
        concurrency: asked.concurrency,
        content: asked.content_type,
        state: BatchesState::Open,
        batches: Vec::new(),
    })
}

/// Answers `GET /services/async/{version}/job/{job}`.
pub(crate) fn job(org: &Org, request: &Request, segments: &Segments) -> Answer {
    about_job(org, request, segments, |form, state| {
        let (about, batches) = known(&state.jobs, segments.get("job"))?;
        let info = info::job(org, about, batches, form);
        Ok(form.written(StatusCode::OK, &info))
    })
}

/// Answers `POST /services/async/{version}/job/{job}`: the job is closed or aborted.
pub(crate) fn change(org: &Org, request: &Request, segments: &Segments) -> Answer {
    about_job(org, request, segments, |form, state| {
        let next = next_state(&request.body, Form::of(request))?;
        let job = state.jobs.get_mut(segments.get("job"));
        let (about, batches) = job.and_then(batches_mut).ok_or_else(no_job)?;
        if batches.state != BatchesState::Open {
            let (step, state) = (step(next), name(batches.state));
            let words = format!("{step} already {state} Job not allowed");
            return Err(refused("InvalidJobState", &words));
        }
        batches.state = next;
        about.changed_ms = org.clock.now_ms();
        let info = info::job(org, about, batches, form);
        Ok(form.written(StatusCode::OK, &info))
    })
}

/// Source: errors in the tests of ForgeRock's connector for Salesforce.
const fn step(next: BatchesState) -> &'static str {
    match next {
        BatchesState::Open => "Opening",
        BatchesState::Closed => "Closing",
        BatchesState::Aborted => "Aborting",
    }
}

const fn name(state: BatchesState) -> &'static str {
    match state {
        BatchesState::Open => "open",
        BatchesState::Closed => "closed",
        BatchesState::Aborted => "aborted",
    }
}

/// Answers a call about one job, in JSON if the call or the job is in JSON.
fn about_job(
    org: &Org,
    request: &Request,
    segments: &Segments,
    answer: impl FnOnce(Form, &mut State) -> Result<Answer, Refusal>,
) -> Answer {
    let entered = entered(org, request, segments);
    let mut state = org.state();
    let form = match known(&state.jobs, segments.get("job")) {
        Ok((_, batches)) if batches.content == "JSON" => Form::Json,
        _ => Form::of(request),
    };
    let answered = entered.and_then(|_| answer(form, &mut state));
    answered.unwrap_or_else(|refusal| form.refusal(&refusal))
}

/// The version of a call that may come in.
fn entered(org: &Org, request: &Request, segments: &Segments) -> Result<ApiVersion, Refusal> {
    let version = match ApiVersion::parse(&format!("v{}", segments.get("version"))) {
        Known::Served(version) => version,
        Known::Retired | Known::Never => {
            return Err(refused("InvalidVersion", "Unknown API version"));
        }
    };
    let token = request.header(&SESSION);
    if token.and_then(|token| org.session(token)).is_none() {
        return Err(refused("InvalidSessionId", "Invalid session id"));
    }
    authorized::count(org);
    Ok(version)
}

/// The job with that id.
fn known<'j>(jobs: &'j Jobs, id: &str) -> Result<(&'j About, &'j Batches), Refusal> {
    let found = jobs.get(id).and_then(|job| match &job.work {
        Work::Batches(batches) => Some((&job.about, batches)),
        Work::Ingest(_) | Work::Export(_) => None,
    });
    found.ok_or_else(no_job)
}

fn batches_mut(job: &mut Job) -> Option<(&mut About, &mut Batches)> {
    match &mut job.work {
        Work::Batches(batches) => Some((&mut job.about, batches)),
        Work::Ingest(_) | Work::Export(_) => None,
    }
}

fn no_job() -> Refusal {
    refused("InvalidJob", "Invalid job id")
}
