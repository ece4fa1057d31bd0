//! What is wrong with a request, all of it: parse functions add every fault they find instead of stopping at the first.

use std::fmt::{self, Display};
use std::sync::Arc;

use proto::Reason;
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use time::Date;
use tonic_types::{FieldViolation, LocalizedMessage};
use uuid::Uuid;

use crate::page::{Page, PageFault, PageKey};
use crate::reasons::{ReasonId, Told};
use crate::{day, name};

/// One fault of one field.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    field: String,
    reason: ReasonId,
    metadata: Vec<(&'static str, String)>,
}

impl Violation {
    fn texts(&self) -> (String, String) {
        self.reason.texts(|key| self.metadata.iter().find(|(k, _)| *k == key).map(|(_, v)| v.as_str()))
    }
}

impl Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.field, self.texts().1, self.reason.id)
    }
}

/// What parsing one request needs to know beside the request.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) now_us: i64,
    pub(crate) pages: Arc<PageKey>,
    pub(crate) method: &'static str,
}

/// All faults of one request, with the readers that find them.
#[derive(Clone, Default)]
pub struct Violations {
    found: Vec<Violation>,
    frame: Option<Frame>,
}

/// Beyond this many faults the rest is not listed: a caller that sends a thousand has other troubles.
const MOST: usize = 1000;

impl Violations {
    pub(crate) fn within(frame: Frame) -> Self {
        Self { found: Vec::new(), frame: Some(frame) }
    }

    /// Adds a fault of a field; the path is the proto's, such as `marks[2].answers[0].points`.
    pub fn add(&mut self, field: impl Into<String>, reason: impl Reason, metadata: &[(&'static str, &str)]) {
        let field = field.into();
        let reason = ReasonId::of(reason);
        if !self.found.iter().any(|v| v.field == field && v.reason == reason) {
            self.list(field, reason, metadata);
        }
    }

    fn list(&mut self, field: String, reason: ReasonId, metadata: &[(&'static str, &str)]) {
        if self.found.len() < MOST {
            let metadata = metadata.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
            self.found.push(Violation { field, reason, metadata });
        }
    }

    /// Reads a message that lies in a field of the request; its faults are told with the field before their own.
    pub fn inside<T>(&mut self, field: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let mut inner = Self { found: Vec::new(), frame: self.frame.clone() };
        let value = read(&mut inner);
        for mut violation in inner.found {
            violation.field = format!("{field}.{}", violation.field);
            let known = |v: &Violation| v.field == violation.field && v.reason == violation.reason;
            if self.found.len() < MOST && !self.found.iter().any(known) {
                self.found.push(violation);
            }
        }
        value
    }

    /// True while nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many were found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// True where this field has a fault already.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.found.iter().any(|v| v.field == field)
    }

    /// Today in Asia/Ho_Chi_Minh, by the service's clock.
    #[must_use]
    pub fn today(&self) -> Date {
        self.frame.as_ref().map_or(Date::MIN, |f| day::at(f.now_us))
    }

    /// Now in microseconds since 1970, by the service's clock.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        self.frame.as_ref().map_or(i64::MIN, |f| f.now_us)
    }

    /// A required day.
    pub fn date(&mut self, field: &str, date: Option<&PbDate>) -> Option<Date> {
        let Some(date) = date.filter(|d| !day::is_unset(d)) else {
            self.add(field, Common::FieldRequired, &[]);
            return None;
        };
        let read = day::of(date);
        if read.is_none() {
            self.add(field, Common::DateInvalid, &[]);
        }
        read
    }

    /// A day, or `default` where it is not set.
    pub fn date_or(&mut self, field: &str, date: Option<&PbDate>, default: Date) -> Option<Date> {
        match date.filter(|d| !day::is_unset(d)) {
            Some(date) => self.date(field, Some(date)),
            None => Some(default),
        }
    }

    /// A day that may be left out: `Some(None)` where it is.
    pub fn opt_date(&mut self, field: &str, date: Option<&PbDate>) -> Option<Option<Date>> {
        match date.filter(|d| !day::is_unset(d)) {
            Some(date) => self.date(field, Some(date)).map(Some),
            None => Some(None),
        }
    }

    /// The required day of an act of law, which never lies in the future.
    pub fn act_date(&mut self, field: &str, date: Option<&PbDate>) -> Option<Date> {
        let date = self.date(field, date)?;
        if date > self.today() {
            self.add(field, Common::DateInFuture, &[("date", &day::text(date))]);
            return None;
        }
        Some(date)
    }

    /// The required name of a resource of a collection, such as `producers/<uuid>`.
    pub fn name(&mut self, field: &str, value: &str, collection: &'static str) -> Option<Uuid> {
        if value.is_empty() {
            self.add(field, Common::FieldRequired, &[]);
            return None;
        }
        let id = name::parse(value, collection);
        if id.is_none() {
            self.add(field, Common::FieldFormat, &[("expected", &format!("{collection}/<uuid>"))]);
        }
        id
    }

    /// The name of a resource that may be left out: `Some(None)` where it is.
    pub fn opt_name(&mut self, field: &str, value: &str, collection: &'static str) -> Option<Option<Uuid>> {
        if value.is_empty() { Some(None) } else { self.name(field, value, collection).map(Some) }
    }

    /// Which of the changeable fields an update changes. `fields` tells of each whether the request sets it, for requests
    /// without a mask; "*" stands for all of them, and alone.
    pub fn mask(
        &mut self,
        mask: Option<&prost_types::FieldMask>,
        fields: &[(&'static str, bool)],
    ) -> Option<Vec<&'static str>> {
        let paths = mask.map(|m| m.paths.as_slice()).unwrap_or_default();
        match paths {
            [] => return Some(fields.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect()),
            [star] if star == "*" => return Some(fields.iter().map(|(name, _)| *name).collect()),
            _ => {}
        }
        let mut found = Vec::with_capacity(paths.len());
        for path in paths {
            match fields.iter().find(|(name, _)| name == path) {
                Some((name, _)) => found.push(*name),
                // Each unknown path is a fault of its own, though all stand in one field.
                None => self.list("update_mask".to_owned(), ReasonId::of(Common::UpdateMaskInvalid), &[("path", path)]),
            }
        }
        (found.len() == paths.len()).then_some(found)
    }

    /// The page asked for. `fingerprint` is everything that selects and orders the rows: a token of another
    /// selection is refused.
    pub fn page(&mut self, size: i32, token: &str, fingerprint: &[&str]) -> Option<Page> {
        let frame = self.frame.clone()?;
        match frame.pages.open(frame.method, size, token, fingerprint) {
            Ok(page) => Some(page),
            Err(PageFault::NegativeSize) => {
                self.add("page_size", Common::FieldRange, &[("expected", ">= 0")]);
                None
            }
            Err(PageFault::BadToken) => {
                self.add("page_token", Common::PageTokenInvalid, &[]);
                None
            }
        }
    }

    /// What was found, each with its field and its texts: for answers that carry reasons themselves.
    pub fn told(&self) -> impl Iterator<Item = (&str, Told)> {
        self.found.iter().map(|v| {
            let (vi, en) = v.texts();
            (v.field.as_str(), Told { id: v.reason.id, vi, en })
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.found.iter()
    }

    /// The first few in one line, for the status message.
    pub(crate) fn summary(&self) -> String {
        let mut parts: Vec<String> = self.found.iter().take(3).map(ToString::to_string).collect();
        if self.found.len() > 3 {
            parts.push(format!("and {} more", self.found.len() - 3));
        }
        parts.join("; ")
    }

    pub(crate) fn into_details(self) -> Vec<FieldViolation> {
        let detail = |v: Violation| {
            let (vi, en) = v.texts();
            FieldViolation {
                field: v.field,
                description: en,
                reason: v.reason.id.to_owned(),
                localized_message: Some(LocalizedMessage { locale: "vi-VN".to_owned(), message: vi }),
            }
        };
        self.found.into_iter().map(detail).collect()
    }
}

impl fmt::Debug for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.found.iter().map(ToString::to_string)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_names_changeable_fields_or_all_or_what_is_set() {
        let fields = [("title", true), ("targets", false)];
        let read = |paths: &[&str]| {
            let mut v = Violations::default();
            let sent = prost_types::FieldMask { paths: paths.iter().map(ToString::to_string).collect() };
            (v.mask(Some(&sent), &fields), v.len())
        };
        assert_eq!(read(&[]), (Some(vec!["title"]), 0));
        assert_eq!(read(&["*"]), (Some(vec!["title", "targets"]), 0));
        assert_eq!(read(&["targets"]), (Some(vec!["targets"]), 0));
        assert_eq!(read(&["year"]), (None, 1));
        assert_eq!(read(&["year", "*", "title"]), (None, 2), "the star stands alone");
        assert_eq!(Violations::default().mask(None, &fields), Some(vec!["title"]));
    }

    #[test]
    fn faults_inside_a_field_are_told_with_its_name_and_once() {
        let mut v = Violations::default();
        v.add("list.unit", Common::UnitUnknown, &[]);
        let read = v.inside("list", |v| {
            v.add("unit", Common::UnitUnknown, &[]);
            v.add("as_of", Common::FieldRequired, &[]);
            v.len()
        });
        let fields: Vec<_> = v.iter().map(|v| v.field.as_str()).collect();
        assert_eq!((read, fields), (2, vec!["list.unit", "list.as_of"]));
    }
}
