//! A session in words, as papers and messages tell it.

use time::Date;
use uuid::Uuid;

use crate::sessions::domain::{HalfDay, Hours, Part, clock};

pub mod calendar;
pub mod letter;

/// A session as its papers tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: Uuid,
    /// How often it was changed.
    pub sequence: i64,
    /// The course's title.
    pub title: String,
    /// The unit that holds it, such as "tỉnh Phú Yên".
    pub unit: String,
    /// Where.
    pub place: String,
    /// Who teaches.
    pub trainer: String,
    /// What is handed out.
    pub materials: Vec<String>,
    /// Its half days in order.
    pub half_days: Vec<HalfDay>,
    /// When they begin and end.
    pub hours: Hours,
    /// Why it was cancelled; none where it was not.
    pub cancelled: Option<String>,
    /// An invented sample.
    pub sample: bool,
}

impl Plan {
    /// A half day in words: "Sáng 20/12/2021 (07:30–11:30)".
    #[must_use]
    pub fn when(&self, half_day: HalfDay) -> String {
        let (begin, end) = self.hours.of(half_day.part);
        let part = match half_day.part {
            Part::Morning => "Sáng",
            Part::Afternoon => "Chiều",
        };
        format!("{part} {} ({}–{})", kit::day::text(half_day.date), clock(begin), clock(end))
    }

    /// All half days in words.
    #[must_use]
    pub fn times(&self) -> String {
        self.half_days.iter().map(|half_day| self.when(*half_day)).collect::<Vec<_>>().join("; ")
    }
}

/// Somebody who is invited, as the papers name the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The name; empty for somebody who was erased.
    pub name: String,
    /// The unit, such as "Phường 8".
    pub unit: String,
    /// Day by which an answer is asked for.
    pub reply_by: Date,
    /// The code by which the person answers, or the address of the page with it.
    pub code: String,
    /// Where the invitation stands, in words.
    pub state: &'static str,
    /// An invented sample.
    pub sample: bool,
}

/// A unit's name within a sentence: "tỉnh Phú Yên".
#[must_use]
pub fn within_sentence(display_name: &str) -> String {
    let mut letters = display_name.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
