//! What the kernel knows of a process, from `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use crate::Outcome;

/// CPU time of each thread of a process, to the nanosecond.
pub(crate) struct CpuTimes(BTreeMap<u32, Duration>);

impl CpuTimes {
    /// What the threads have used until now.
    pub(crate) fn of(pid: u32) -> Outcome<Self> {
        let mut times = BTreeMap::new();
        for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
            let entry = entry?;
            let thread = entry.file_name().to_string_lossy().parse()?;
            let used = first_number(&fs::read_to_string(entry.path().join("schedstat"))?)?;
            times.insert(thread, Duration::from_nanos(used));
        }
        Ok(Self(times))
    }

    /// What all threads together have used since an earlier reading.
    ///
    /// Fails when a thread has ended meanwhile: what it used can't be known.
    pub(crate) fn since(&self, earlier: &Self) -> Outcome<Duration> {
        if earlier.0.keys().any(|thread| !self.0.contains_key(thread)) {
            return Err("a thread of the server ended during the measurement".into());
        }
        let before = |thread| earlier.0.get(thread).copied().unwrap_or_default();
        Ok(self.0.iter().map(|(thread, used)| used.saturating_sub(before(thread))).sum())
    }
}

/// Bytes of a process that are in memory.
pub(crate) fn resident_bytes(pid: u32) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .ok_or("/proc tells no VmRSS of the server")?;
    Ok(first_number(kib)? * 1024)
}

fn first_number(text: &str) -> Outcome<u64> {
    Ok(text.split_whitespace().next().ok_or("a file in /proc is empty")?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times<const N: usize>(threads: [(u32, u64); N]) -> CpuTimes {
        CpuTimes(threads.map(|(thread, used)| (thread, Duration::from_nanos(used))).into())
    }

    #[test]
    fn threads_that_started_meanwhile_count_whole() {
        let used = times([(1, 50), (2, 7)]).since(&times([(1, 20)])).unwrap();

        assert_eq!(used, Duration::from_nanos(37));
    }

    #[test]
    fn a_thread_that_ended_meanwhile_spoils_the_measurement() {
        assert!(times([(1, 50)]).since(&times([(1, 20), (2, 5)])).is_err());
    }
}
