//! Readers of request fields that several rooms have: units, texts, names of reference data.

use kit::{Scope, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use reference::regimes::{self, DossierKind, Regime};
use reference::text;
use reference::units::{self, Unit, UnitFault};
use time::Date;

use crate::certificates::domain::EndConvention;

/// A unit in the body of a request, read on the day of its act. Without a day the day's own fault is enough.
pub fn unit_on(
    v: &mut Violations,
    field: &str,
    name: &str,
    (date_field, date): (&str, Option<Date>),
) -> Option<&'static Unit> {
    if name.is_empty() {
        v.add(field, Common::FieldRequired, &[]);
        return None;
    }
    let date = date?;
    match units::resolve(name, date) {
        Ok(unit) => Some(unit),
        Err(UnitFault::BeforeKnown { first, .. }) => {
            v.add(date_field, Common::DateBeforeKnown, &[("date", &day::text(first))]);
            None
        }
        Err(_) => {
            v.add(field, Common::UnitUnknown, &[("unit", name), ("date", &day::text(date))]);
            None
        }
    }
}

/// The `unit` filter of a list: the subtree of a dated unit and, as for roles, those of all its predecessors.
pub fn within(v: &mut Violations, name: &str) -> Option<Scope> {
    if name.is_empty() {
        return Some(Scope::All);
    }
    let Some(unit) = units::by_name(name) else {
        v.add("unit", Common::UnitUnknown, &[("unit", name), ("date", "?")]);
        return None;
    };
    Some(Scope::Within(units::prefixes(&unit.name)))
}

/// A required text as typed, in NFC, without blanks at its ends.
pub fn required(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    let text = optional(typed);
    if text.is_empty() {
        v.add(field, Common::FieldRequired, &[]);
        return None;
    }
    Some(text)
}

/// A text as typed, in NFC, without blanks at its ends.
#[must_use]
pub fn optional(typed: &str) -> String {
    text::nfc(typed.trim())
}

/// A regime in the body of a request, `regimes/<id>`.
pub fn regime(v: &mut Violations, field: &str, name: &str) -> Option<&'static Regime> {
    if name.is_empty() {
        v.add(field, Common::FieldRequired, &[]);
        return None;
    }
    let found = name.strip_prefix("regimes/").and_then(regimes::get);
    if found.is_none() {
        v.add(field, Common::ReferenceUnknown, &[("name", name)]);
    }
    found
}

/// The name of a regime.
#[must_use]
pub fn regime_name(id: &str) -> String {
    format!("regimes/{id}")
}

/// The name of a scorecard.
#[must_use]
pub fn card_name(id: &str) -> String {
    format!("scorecards/{id}")
}

/// A kind of dossier; none for what the contract's own check has refused.
#[must_use]
pub fn kind_of(number: i32) -> Option<DossierKind> {
    match pb::DossierKind::try_from(number) {
        Ok(pb::DossierKind::First) => Some(DossierKind::First),
        Ok(pb::DossierKind::Upgrade) => Some(DossierKind::Upgrade),
        Ok(pb::DossierKind::ReEvaluation) => Some(DossierKind::ReEvaluation),
        Ok(pb::DossierKind::Unspecified) | Err(_) => None,
    }
}

/// A kind of dossier as it is answered.
#[must_use]
pub fn kind(kind: DossierKind) -> pb::DossierKind {
    match kind {
        DossierKind::First => pb::DossierKind::First,
        DossierKind::Upgrade => pb::DossierKind::Upgrade,
        DossierKind::ReEvaluation => pb::DossierKind::ReEvaluation,
    }
}

/// The convention for a certificate's last day; exclusive where it is not set.
#[must_use]
pub fn convention_of(number: i32) -> EndConvention {
    match pb::CertificateEndConvention::try_from(number) {
        Ok(pb::CertificateEndConvention::Inclusive) => EndConvention::Inclusive,
        _ => EndConvention::Exclusive,
    }
}

/// The convention as it is answered.
#[must_use]
pub fn convention(convention: EndConvention) -> pb::CertificateEndConvention {
    match convention {
        EndConvention::Exclusive => pb::CertificateEndConvention::Exclusive,
        EndConvention::Inclusive => pb::CertificateEndConvention::Inclusive,
    }
}
