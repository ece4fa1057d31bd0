//! When the calls of an open run are due: known before the first is sent, and the same for both sides.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Instants since the start of a run, in order: Poisson arrivals, as from many callers that know nothing of each other.
pub(super) struct Schedule {
    random: StdRng,
    mean_gap: f64,
    at: f64,
    end: f64,
}

impl Schedule {
    /// Arrivals at a rate per second for a time. The same seed gives the same instants.
    pub(super) fn new(rate: f64, time: Duration, seed: u64) -> Self {
        let mean_gap = 1.0 / rate.max(f64::MIN_POSITIVE);
        Self { random: StdRng::seed_from_u64(seed), mean_gap, at: 0.0, end: time.as_secs_f64() }
    }
}

impl Iterator for Schedule {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let uniform: f64 = self.random.random_range(f64::EPSILON..1.0);
        self.at -= uniform.ln() * self.mean_gap;
        (self.at < self.end).then(|| Duration::from_secs_f64(self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_has_its_rate_its_order_and_its_end() {
        let time = Duration::from_secs(20);
        let instants: Vec<Duration> = Schedule::new(1000.0, time, 7).collect();
        // 20,000 arrivals with a standard deviation of 141: seven of them are allowed.
        assert!((19_000..=21_000).contains(&instants.len()), "{}", instants.len());
        assert!(instants.is_sorted());
        assert!(instants.last().is_some_and(|last| *last < time));
    }

    #[test]
    fn gaps_are_those_of_independent_callers() {
        let instants: Vec<Duration> = Schedule::new(1000.0, Duration::from_secs(20), 7).collect();
        let gaps = instants.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1000.0);
        // Of exponential gaps 63 % are shorter than the mean; of even ones none or all would be.
        let short = gaps.filter(|gap| *gap < 1.0).count() as f64 / instants.len() as f64;
        assert!((0.6..0.66).contains(&short), "{short}");
    }

    #[test]
    fn the_same_seed_gives_the_same_schedule_and_another_another() {
        let with = |seed| Schedule::new(500.0, Duration::from_secs(1), seed).collect::<Vec<_>>();
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }
}
