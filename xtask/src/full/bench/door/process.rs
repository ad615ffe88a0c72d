//! What a process has taken of the machine, as Linux says (proc(5)).

use std::fs;

use anyhow::Context as _;
/// What the kernel calls a second there, on every architecture that this runs on
/// (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// The processor time that it has taken by now, in seconds.
///
/// # Errors
///
/// When it has ended.
#[expect(
    clippy::cast_precision_loss,
    reason = "no process takes 2^52 hundredths of a second"
)]
pub(super) fn seconds(id: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    let ticks = ticks(&stat).context("its processor time cannot be read")?;
    Ok(ticks as f64 / TICKS_PER_SECOND)
}

/// The memory that it has now, in bytes.
///
/// # Errors
///
/// When it has ended.
#[expect(clippy::cast_precision_loss, reason = "no memory has 2^52 bytes")]
pub(super) fn memory(id: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let kib = kib(&status).context("its memory cannot be read")?;
    Ok(kib as f64 * 1024.0)
}

/// In user mode and in the kernel. The name of the program may have spaces and parentheses.
fn ticks(stat: &str) -> Option<u64> {
    const BEFORE: usize = 11;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut numbers = rest.split(' ').skip(BEFORE);
    let user: u64 = numbers.next()?.parse().ok()?;
    let system: u64 = numbers.next()?.parse().ok()?;
    Some(user + system)
}

fn kib(status: &str) -> Option<u64> {
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    resident.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_modes_count_whatever_the_program_is_called() {
        let stat = "12 (a) b) S 1 12 12 0 -1 4194560 1 2 3 4 50 7 0 0 20 0 3 0 9 8 7";
        assert_eq!(ticks(stat), Some(57));
        assert_eq!(ticks("12 (a) S 1"), None);
    }

    #[test]
    fn what_is_resident_counts() {
        let status = "Name:\ta\nVmHWM:\t 900 kB\nVmRSS:\t     512 kB\nThreads:\t3\n";
        assert_eq!(kib(status), Some(512));
        assert_eq!(kib("Name:\ta\n"), None);
    }

    #[test]
    fn this_process_has_taken_something() {
        let id = std::process::id();
        assert!(memory(id).unwrap() > 0.0);
        assert!(seconds(id).unwrap() >= 0.0);
        assert!(seconds(u32::MAX).is_err());
    }
}
