//! The session's promises, whatever comes between: a few processes that share a
//! secret, in a world of virtual time, with steps in any order.

mod course;
mod fleet;
mod refusal;
mod schedule;

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use course::{Apart, Course};
use schedule::{Schedule, Troubles};

/// How far a read may be behind: beyond anything that AWS shows, and less than the
/// shortest session lives, so that no call meets more ends than it tries again.
const BEHIND: Duration = Duration::from_secs(10);

/// The same cases every time, unless the environment has a seed.
fn config() -> Config {
    let config = Config::default();
    Config {
        rng_seed: match config.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            fixed @ RngSeed::Fixed(_) => fixed,
        },
        failure_persistence: None,
        ..config
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn each_end_costs_one_login(schedule in Schedule::any(Troubles::default())) {
        let course = Course::of(&schedule);
        course.check_secret();
        course.check_turns(course.apart());
        course.check_ends();
        course.check_logins(course.unstored().logins_max());
        course.check_calls();
    }

    #[test]
    fn an_end_before_the_session_is_stored_costs_two_logins_at_most(
        schedule in Schedule::any(Troubles { early_ends: true, ..Troubles::default() }),
    ) {
        let course = Course::of(&schedule);
        course.check_secret();
        course.check_turns(course.apart());
        course.check_ends();
        course.check_logins(course.unstored().logins_max());
        course.check_calls_by_early_ends();
    }

    #[test]
    fn a_lost_reply_costs_no_login(
        schedule in Schedule::any(Troubles { losses: true, ..Troubles::default() }),
    ) {
        let course = Course::of(&schedule);
        course.check_secret();
        course.check_turns(course.apart());
        course.check_ends();
        course.check_logins(course.unstored().logins_max());
        course.check_calls();
    }

    #[test]
    fn a_crash_costs_one_login_at_most(
        schedule in Schedule::any(Troubles { crashes: true, ..Troubles::default() }),
    ) {
        let course = Course::of(&schedule);
        course.check_secret();
        course.check_turns(course.apart());
        course.check_ends();
        course.check_logins(course.unstored().logins_max());
        course.check_calls();
    }

    /// Once there is a session in the store. Before, its claim is released when it
    /// is stored, and who reads behind that logs in as well.
    #[test]
    fn a_stale_read_costs_no_login(
        schedule in Schedule::any(Troubles { staleness: BEHIND, ..Troubles::default() }),
    ) {
        let course = Course::of(&Schedule { has_session: true, ..schedule });
        course.check_secret();
        course.check_turns(course.apart());
        course.check_ends();
        course.check_logins(course.unstored().logins_max());
        course.check_calls();
    }

    #[test]
    fn whatever_comes_together_is_survived(
        schedule in Schedule::any(Troubles {
            crashes: true,
            staleness: BEHIND,
            losses: true,
            early_ends: false,
        }),
    ) {
        let course = Course::of(&schedule);
        course.check_secret();
        course.check_turns(Apart::SameEnd);
        course.check_ends();
        course.check_calls();
    }
}
