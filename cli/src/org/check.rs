//! `sfbox org check`.

mod fix;
mod judgement;
mod report;
mod step;
mod step_failed;
mod walk;
mod witness;

use std::sync::Arc;

use clap::Args;
use sfbox::Options;
use sfbox::secret_store::SecretName;

use crate::destination::Destination;
use crate::interrupt::Interrupts;
use crate::leaving;
use crate::progress::Progress;
use crate::records::Output;
use crate::target::Target;
use report::Report;
pub(crate) use step_failed::StepFailed;
use walk::Walk;
use witness::Witness;

/// Test each step of the connection to an org, and say what to do if a step fails
///
/// Each step is printed when it is done:
///
///   {"step":"login","ok":false,"detail":"what happened","fix":"what to do"}
///
/// If an IAM policy lacks a right, the field `statement` is the JSON to paste into
/// the policy. If a step is `ok` and has a `fix`, it works, but should be improved.
/// After a failed step, steps that depend on it are not run.
///
///   secret          the secret with the credentials can be read
///   session-secret  the secret of `--session-secret` can be read
///   layout          the secret has the members of an org, such as `Domain`
///   rotation        AWS does not rotate the secret that holds the token
///   claims          processes can agree which one logs in
///   login           a session exists: stored, or from a new login
///   call            a query works
///   write-back      the token is stored, and other processes use it
///
/// Like a query, the command logs in only if no stored session works. The step
/// `claims` creates a mark and removes it, as a process does before it logs in. In
/// AWS, creating the mark adds one version to the secret, and removing the mark adds
/// one more.
///
/// The exit status is that of the first step that failed.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:
  sfbox --org prod/salesforce org check
  sfbox --org prod/salesforce org check --output ndjson | jq 'select(.ok | not)'"
)]
pub(crate) struct Check {
    #[command(flatten)]
    output: Output,
}

impl Check {
    pub(crate) async fn run(&self, mut target: Target, options: &Options) -> anyhow::Result<()> {
        let store = Arc::new(Witness::new(Arc::clone(&target.store)));
        target.store = Arc::<Witness>::clone(&store);
        let (name, session) = (target.name.clone(), target.session.clone());
        let typed = target.typed;
        // It refuses names that are none.
        let (runtime, org) = target.open()?;
        let walk = Walk {
            runtime: &runtime,
            org: &org,
            store: &store,
            credentials: SecretName::parse(&name)?,
            session: session.as_deref().map(SecretName::parse).transpose()?,
            options,
            progress: Progress::of(&org),
        };
        let format = self.output.format();
        let mut report = Report::new(Destination::stdout(format.escape()), format);
        let mut interrupts = Interrupts::with_backstop()?;
        let walked = interrupts.unless(walk.to_the_end(&mut report)).await;
        let done = match walked {
            Ok(walked) => walked.and_then(|()| report.end(&name)),
            Err(interrupted) => Err(interrupted.into()),
        };
        leaving::leave(&runtime, done, typed).await
    }
}
