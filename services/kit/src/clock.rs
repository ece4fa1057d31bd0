//! The only caller of now(). Tests own the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use time::Date;

use crate::values::day;

/// Tells the time: the machine's, or one that a test sets.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Stands still until it is set.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn fixed(us: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(us)))
    }

    /// A clock that stands at noon of a day in Viet Nam.
    #[must_use]
    pub fn at_noon(date: Date) -> Self {
        let clock = Self::fixed(0);
        clock.set_noon(date);
        clock
    }

    /// Moves a fixed clock to noon of a day in Viet Nam; the machine's clock stays as it is.
    pub fn set_noon(&self, date: Date) {
        if let Self::Fixed(us) = self {
            let noon = date.midnight().assume_utc().unix_timestamp() + 5 * 3600;
            us.store(noon * 1_000_000, Ordering::SeqCst);
        }
    }

    /// Microseconds since 1970 in UTC.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now_us(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX)),
            Self::Fixed(us) => us.load(Ordering::SeqCst),
        }
    }

    /// Today in Asia/Ho_Chi_Minh.
    #[must_use]
    pub fn today(&self) -> Date {
        day::at(self.now_us())
    }
}
