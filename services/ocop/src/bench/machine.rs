//! What Linux says of the machine and of the CPU time of processes.

use std::collections::BTreeMap;
use std::time::Duration;

/// Length of the ticks in `/proc/<pid>/stat`: USER_HZ, which is 100 on every architecture that the suite is built for.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of processes by id.
pub(super) type Times = BTreeMap<u32, Duration>;

/// The CPU time, user and system, of all threads of a process since it started; none for one that is gone.
pub(super) fn cpu_of(pid: u32) -> Option<Duration> {
    ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(|ticks| TICK * ticks)
}

/// The CPU times of several processes.
pub(super) fn cpu_of_all(pids: impl IntoIterator<Item = u32>) -> Times {
    pids.into_iter().filter_map(|pid| Some((pid, cpu_of(pid)?))).collect()
}

/// The most memory that a process has had so far, in KiB.
pub(super) fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// utime + stime of a line of `/proc/<pid>/stat`. The program's name may hold blanks and parentheses, so the fields are
/// counted from the last one.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u32>().ok();
    next()?.checked_add(next()?)
}

/// What processes used between two looks. One that was not there at the first look has used all it has.
pub(super) fn used(before: &Times, after: &Times) -> Duration {
    after.iter().map(|(pid, time)| time.saturating_sub(before.get(pid).copied().unwrap_or_default())).sum()
}

/// CPU time of all cores since the machine started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Whole {
    busy: Duration,
    all: Duration,
}

impl Whole {
    /// As it is now; zero where the system does not say.
    pub(super) fn now() -> Self {
        std::fs::read_to_string("/proc/stat").ok().and_then(|stat| Self::read(&stat)).unwrap_or_default()
    }

    /// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guests are in the first two.
    fn read(stat: &str) -> Option<Self> {
        let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8);
        let ticks: Vec<u32> = fields.map(|field| field.parse().ok()).collect::<Option<_>>()?;
        let idle = ticks.get(3..5)?.iter().sum();
        let all: u32 = ticks.iter().sum();
        Some(Self { busy: TICK * all.saturating_sub(idle), all: TICK * all })
    }

    /// The part of the machine that was used since then by others than those who used `own`, the hypervisor among them.
    pub(super) fn others(self, since: Self, own: Duration) -> f64 {
        let all = self.all.saturating_sub(since.all).as_secs_f64();
        let others = self.busy.saturating_sub(since.busy).saturating_sub(own).as_secs_f64();
        if all > 0.0 { others / all } else { 0.0 }
    }
}

/// One line about the machine: cores, processor, kernel.
pub(super) fn line() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores, {}, Linux {}", model(&info).unwrap_or("unknown processor"), kernel.trim())
}

fn model(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, model)| model.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_a_name_of_any_form() {
        let line = "42 (ocop) S 1 42 42 0 -1 4194560 900 0 0 0 157 43 0 0 20 0 5 0 100 1 1";
        assert_eq!(ticks(line), Some(200));
        assert_eq!(ticks(&line.replace("(ocop)", "(a b) (c))")), Some(200));
        assert_eq!(ticks("42 (ocop) S 1 42"), None);
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn what_was_used_is_the_difference_of_each_process_and_all_of_a_new_one() {
        let ms = Duration::from_millis;
        let before = Times::from([(1, ms(100)), (2, ms(50))]);
        let after = Times::from([(1, ms(130)), (3, ms(20))]);
        assert_eq!(used(&before, &after), ms(50));
        assert_eq!(used(&after, &after), Duration::ZERO);
    }

    #[test]
    fn what_others_used_is_what_was_busy_without_our_own() {
        let before = Whole::read("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n").unwrap();
        let after = Whole::read("cpu  160 0 60 820 50 0 0 10 0 0\n").unwrap();
        // 100 ticks more, 80 of them busy, 50 of these our own.
        assert!((after.others(before, TICK * 50) - 0.3).abs() < 1e-9);
        assert!(after.others(after, TICK) == 0.0);
        assert_eq!(Whole::read("cpu 1 2"), None);
        assert_ne!(Whole::now(), Whole::default());
    }

    #[test]
    fn the_own_process_has_a_time_and_one_that_cannot_be_has_none() {
        assert!(cpu_of(std::process::id()).is_some());
        assert_eq!(cpu_of_all([u32::MAX]), Times::new());
    }

    #[test]
    fn the_processor_is_named() {
        assert_eq!(model("processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: B\n"), Some("AMD EPYC"));
        assert_eq!(model("processor\t: 0\n"), None);
        assert!(line().contains("cores, "));
    }
}
