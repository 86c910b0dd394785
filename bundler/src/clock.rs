//! Measures the phases, for `--time`.

use std::time::{Duration, Instant};

/// Times of phases, in the order they ran.
#[derive(Debug, Default)]
pub struct Clock {
    times: Vec<(&'static str, Duration)>,
}

impl Clock {
    /// Runs one phase and notes how long it took.
    pub fn phase<T>(&mut self, name: &'static str, run: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = run();
        self.times.push((name, start.elapsed()));
        result
    }

    /// One line a phase, and the sum.
    pub fn report(&self) -> String {
        let line = |name: &str, time: Duration| format!("{name:<8} {:>9.3} ms\n", time.as_secs_f64() * 1e3);
        let mut text: String = self.times.iter().map(|(name, time)| line(name, *time)).collect();
        text.push_str(&line("all", self.times.iter().map(|(_, time)| *time).sum()));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_reported_in_order_with_their_sum() {
        let mut clock = Clock::default();
        assert_eq!(clock.phase("parse", || 7), 7);
        clock.phase("resolve", || ());
        let names: Vec<String> = clock.report().lines().map(|line| line[..8].trim().to_owned()).collect();
        assert_eq!(names, ["parse", "resolve", "all"]);
    }
}
