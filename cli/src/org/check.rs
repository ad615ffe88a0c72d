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

/// Walk the whole path to an org, and say what is missing on it
///
/// Each step is printed when it is done:
///
///   {"step":"login","ok":false,"detail":"what happened","fix":"what to do"}
///
/// Where an IAM policy lacks something, `statement` is what to paste into it. A
/// step that is `ok` and has a `fix` works, but should be changed. Steps that need
/// one that failed are left out.
///
///   secret          the secret can be read
///   session-secret  so can the one of `--session-secret`
///   layout          its members are those of an org
///   rotation        no secret is rotated that the token is written to
///   claims          of many processes, one logs in
///   login           there is a session: the stored one, or a new one
///   call            a query works
///   write-back      the token is stored, and other processes use it
///
/// Nothing is changed but what a query would change: it logs in only if no stored
/// session works. `claims` makes a mark beside the secret and takes it away, which
/// are two versions of it in AWS.
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
