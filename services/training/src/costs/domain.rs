//! Adding costs up.

use time::Date;
use uuid::Uuid;

use crate::sessions::domain::SessionState;

/// What one session cost and whom it trained.
#[derive(Clone, Debug)]
pub struct SessionCost {
    /// The course and its title.
    pub course: (Uuid, String),
    /// Whether it was held.
    pub state: SessionState,
    /// Its last day.
    pub end_date: Date,
    /// Planned cost.
    pub planned_vnd: Option<i64>,
    /// Actual cost.
    pub actual_vnd: Option<i64>,
    /// Completions.
    pub trained: i64,
    /// The session, or a completion, is an invented sample.
    pub sample: bool,
}

/// Sums over sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Held, or to be.
    pub sessions: i32,
    /// Cancelled.
    pub cancelled: i32,
    /// Planned costs.
    pub planned_vnd: i64,
    /// Actual costs.
    pub actual_vnd: i64,
    /// Held without known costs.
    pub without_actual: i32,
    /// Completions.
    pub trained: i64,
    /// A sample is among them.
    pub sample: bool,
}

impl Figures {
    /// Adds a session as it stands today.
    pub fn add(&mut self, session: &SessionCost, today: Date) {
        let cancelled = session.state == SessionState::Cancelled;
        self.sessions += i32::from(!cancelled);
        self.cancelled += i32::from(cancelled);
        self.planned_vnd = self.planned_vnd.saturating_add(session.planned_vnd.unwrap_or(0));
        self.actual_vnd = self.actual_vnd.saturating_add(session.actual_vnd.unwrap_or(0));
        self.without_actual += i32::from(!cancelled && session.end_date <= today && session.actual_vnd.is_none());
        self.trained += session.trained;
        self.sample |= session.sample;
    }

    /// Actual costs for one completion, half up; none where nobody was trained or costs are missing.
    #[must_use]
    pub fn per_trained(&self) -> Option<i64> {
        if self.trained <= 0 || self.without_actual > 0 {
            return None;
        }
        let rounded = (i128::from(self.actual_vnd) * 2 + i128::from(self.trained)) / (i128::from(self.trained) * 2);
        i64::try_from(rounded).ok()
    }
}

/// A course by its id and title, with the figures of its sessions.
pub type CourseFigures = ((Uuid, String), Figures);

/// The figures of all sessions and of each course, in the order in which the courses first stand.
#[must_use]
pub fn figures(sessions: &[SessionCost], today: Date) -> (Figures, Vec<CourseFigures>) {
    let mut total = Figures::default();
    let mut courses: Vec<CourseFigures> = Vec::new();
    for session in sessions {
        total.add(session, today);
        match courses.iter_mut().find(|(course, _)| course.0 == session.course.0) {
            Some((_, figures)) => figures.add(session, today),
            None => {
                let mut figures = Figures::default();
                figures.add(session, today);
                courses.push((session.course.clone(), figures));
            }
        }
    }
    (total, courses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2021 - 12 - 15);

    fn session(course: u128, actual_vnd: Option<i64>, trained: i64) -> SessionCost {
        SessionCost {
            course: (Uuid::from_u128(course), String::new()),
            state: SessionState::Planned,
            end_date: date!(2021 - 05 - 12),
            planned_vnd: Some(10_000_000),
            actual_vnd,
            trained,
            sample: false,
        }
    }

    #[test]
    fn a_person_costs_what_was_paid_divided_half_up_and_nothing_where_costs_are_missing() {
        for (actual, trained, expected) in [
            (Some(10), 3, Some(3)),
            (Some(11), 2, Some(6)),
            (Some(0), 5, Some(0)),
            (Some(10), 0, None),
            (None, 5, None),
        ] {
            let (total, _) = figures(&[session(1, actual, trained)], TODAY);
            assert_eq!(total.per_trained(), expected, "{actual:?} for {trained}");
        }
        let to_come = SessionCost { end_date: date!(2021 - 12 - 20), ..session(1, None, 0) };
        let (total, _) = figures(&[session(1, Some(100), 4), to_come], TODAY);
        assert_eq!((total.without_actual, total.per_trained()), (0, Some(25)), "what is to come misses nothing yet");
    }

    #[test]
    fn the_total_is_the_sum_of_the_courses_and_a_cancelled_session_costs_what_was_paid() {
        let cancelled = SessionCost { state: SessionState::Cancelled, ..session(2, Some(1_000_000), 0) };
        let sessions = [session(1, Some(8_000_000), 20), session(2, Some(6_000_000), 10), cancelled];
        let (total, courses) = figures(&sessions, TODAY);
        assert_eq!((total.sessions, total.cancelled, total.actual_vnd, total.trained), (2, 1, 15_000_000, 30));
        assert_eq!(total.actual_vnd, courses.iter().map(|(_, f)| f.actual_vnd).sum::<i64>());
        assert_eq!(courses.len(), 2);
        assert_eq!(total.per_trained(), Some(500_000));
    }
}
