//! Certificates between the wire and the domain.

use kit::{Page, Scope, Violations, day, instant, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::registry::v1::Product;
use reference::regimes::{self, Regime};
use time::{Date, Duration, Month};
use uuid::Uuid;

use super::domain::renewal::{self, Due, Reminder};
use super::domain::{Decided, EndConvention, EndKind, Event, SpanKind, Status, Term, status, windows};
use super::store::{Certificate, Filter, Standing};
use crate::shared::wire::{self as shared, regime_name};

/// The collection.
pub const COLLECTION: &str = "certificates";

/// The name of a certificate.
#[must_use]
pub fn name(id: Uuid) -> String {
    names::of(COLLECTION, id)
}

/// One certificate asked for.
pub struct Get {
    /// Its id.
    pub id: Uuid,
    /// The day.
    pub as_of: Date,
}

/// Reminders asked for.
pub struct Reminders {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The units asked for.
    pub within: Scope,
    /// The page.
    pub page: Page,
}

/// A page of certificates.
pub struct List {
    /// The day.
    pub as_of: Date,
    /// The units asked for.
    pub within: Scope,
    /// Of this product.
    pub product: Option<Uuid>,
    /// Decided, or perhaps decided, between these days.
    pub between: Option<(Date, Date)>,
    /// With this status.
    pub status: Option<Status>,
    /// The page.
    pub page: Page,
}

impl List {
    /// What the store is asked for.
    #[must_use]
    pub fn filter(&self, scope: Scope) -> Filter {
        Filter {
            scope,
            within: self.within.clone(),
            product: self.product,
            decision: None,
            round: None,
            between: self.between,
            status: self.status,
            as_of: self.as_of,
        }
    }
}

/// A certificate to be recorded.
pub struct Record {
    /// Its product.
    pub product: Uuid,
    /// The product as the registry has it.
    pub of: ProductFacts,
    /// Stars.
    pub stars: i32,
    /// Its number.
    pub number: String,
    /// The decision's number.
    pub decision_number: String,
    /// When and for how long.
    pub term: Term,
    /// Who decided.
    pub authority: String,
    /// The regime in force on the latest possible day.
    pub regime: &'static Regime,
    /// What it rests on.
    pub source_text: String,
    /// Where that can be read.
    pub source_url: String,
    /// An invented sample.
    pub sample: bool,
}

/// What is copied from the registry.
pub struct ProductFacts {
    /// The product's name.
    pub display_name: String,
    /// Its code.
    pub code: String,
    /// Its unit.
    pub unit: String,
}

/// Reads a request.
pub fn get(req: &pb::GetCertificateRequest, v: &mut Violations) -> Option<Get> {
    let id = v.name("name", &req.name, COLLECTION);
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    Some(Get { id: id?, as_of: as_of? })
}

/// Reads a request.
pub fn list(req: &pb::ListCertificatesRequest, v: &mut Violations) -> Option<List> {
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    let within = reference::wire::within(v, &req.unit);
    let product = v.opt_name("product", &req.product, "products");
    let day = as_of.map(day::iso).unwrap_or_default();
    let selects = [&day, &req.unit, &req.product, &req.year.to_string(), &req.status.to_string()];
    let page = v.page(req.page_size, &req.page_token, &selects.map(String::as_str));
    Some(List {
        as_of: as_of?,
        within: within?,
        product: product?,
        between: year(req.year),
        status: status_of(req.status),
        page: page?,
    })
}

/// Reads a request.
pub fn list_reminders(req: &pb::ListCertificateRemindersRequest, v: &mut Violations) -> Option<Reminders> {
    let from = v.date_or("date", req.date.as_ref(), v.today());
    let within = reference::wire::within(v, &req.unit);
    let day = from.map(day::iso).unwrap_or_default();
    let page = v.page(req.page_size, &req.page_token, &[&day, &req.unit, &req.days.to_string()]);
    let from = from?;
    let more = Duration::days(i64::from(req.days.max(1)) - 1);
    Some(Reminders { from, to: super::domain::later(from, more), within: within?, page: page? })
}

/// First and last day of a year; none for 0.
fn year(year: i32) -> Option<(Date, Date)> {
    let first = Date::from_calendar_date(year, Month::January, 1).ok()?;
    let last = Date::from_calendar_date(year, Month::December, 31).ok()?;
    (year > 0).then_some((first, last))
}

/// Reads a request. `product` is what the registry answered, and `bundled` whether it knows the bundle.
pub fn record(
    req: &pb::RecordCertificateRequest,
    product: Option<&Product>,
    bundled: bool,
    v: &mut Violations,
) -> Option<Record> {
    let certificate = req.certificate.as_ref()?;
    let id = v.name("certificate.product", &certificate.product, "products");
    if id.is_some() && product.is_none() {
        v.add("certificate.product", Common::ReferenceUnknown, &[("name", &certificate.product)]);
    }
    if let Some(bundle) = certificate.bundle.as_ref().filter(|_| !bundled) {
        v.add("certificate.bundle.bundle", Common::ReferenceUnknown, &[("name", &bundle.bundle)]);
    }
    let decided = decided(certificate, v);
    let authority = reference::wire::line(v, "certificate.authority", &certificate.authority);
    let (id, product, decided) = (id?, product?, decided?);
    let regime = regime_on(decided.latest)?;
    Some(Record {
        product: id,
        of: ProductFacts {
            display_name: product.display_name.clone(),
            code: product.code.clone(),
            unit: product.unit.clone(),
        },
        stars: certificate.stars,
        number: reference::wire::clean(&certificate.number),
        decision_number: reference::wire::clean(&certificate.decision_number),
        term: Term { decided, months: months(regime), convention: shared::convention_of(certificate.end_convention) },
        authority: authority?,
        regime,
        source_text: reference::wire::clean(&certificate.source_text),
        source_url: certificate.source_url.clone(),
        sample: certificate.sample || product.sample,
    })
}

/// The day of the decision, or the stretch in which it lies: one of the two is told, not both.
fn decided(certificate: &pb::Certificate, v: &mut Violations) -> Option<Decided> {
    let set = |date: &Option<proto::google::r#type::Date>| date.as_ref().is_some_and(|date| !day::is_unset(date));
    let stretch = set(&certificate.earliest_decision_date) || set(&certificate.latest_decision_date);
    if !stretch {
        return v.act_date("certificate.decision_date", certificate.decision_date.as_ref()).map(Decided::on);
    }
    let earliest = v.date("certificate.earliest_decision_date", certificate.earliest_decision_date.as_ref());
    let latest = v.act_date("certificate.latest_decision_date", certificate.latest_decision_date.as_ref());
    let exact = v.opt_date("certificate.decision_date", certificate.decision_date.as_ref());
    let (earliest, latest, exact) = (earliest?, latest?, exact?);
    if earliest > latest {
        v.add("certificate.latest_decision_date", Common::DateOrder, &[("detail", "earliest, latest")]);
        return None;
    }
    // What an answer carries may be sent as it is.
    if exact.is_some_and(|exact| (exact, exact) != (earliest, latest)) {
        let expected = "decision_date, or earliest_decision_date with latest_decision_date";
        v.add("certificate.decision_date", Common::FieldFormat, &[("expected", expected)]);
        return None;
    }
    Some(Decided { earliest, latest })
}

/// The regime in force on a day; the first one for days before it (a recognition under 490/QĐ-TTg of 2018).
fn regime_on(day: Date) -> Option<&'static Regime> {
    let all = regimes::all();
    all.iter().rev().find(|regime| regime.in_force_from <= day).or_else(|| all.first())
}

/// The life of a certificate under a regime.
#[must_use]
pub fn months(regime: &Regime) -> i32 {
    i32::try_from(regime.certificate_months).unwrap_or(i32::MAX)
}

fn status_of(number: i32) -> Option<Status> {
    use pb::CertificateStatus as S;
    Some(match S::try_from(number).ok()? {
        S::Unspecified => return None,
        S::NotYetValid => Status::NotYetValid,
        S::Valid => Status::Valid,
        S::Expiring => Status::Expiring,
        S::Grace => Status::Grace,
        S::Expired => Status::Expired,
        S::Suspended => Status::Suspended,
        S::Revoked => Status::Revoked,
        S::Surrendered => Status::Surrendered,
        S::Superseded => Status::Superseded,
        S::DateUncertain => Status::DateUncertain,
    })
}

fn status_pb(status: Status) -> pb::CertificateStatus {
    use pb::CertificateStatus as S;
    match status {
        Status::NotYetValid => S::NotYetValid,
        Status::Valid => S::Valid,
        Status::Expiring => S::Expiring,
        Status::Grace => S::Grace,
        Status::Expired => S::Expired,
        Status::Suspended => S::Suspended,
        Status::Revoked => S::Revoked,
        Status::Surrendered => S::Surrendered,
        Status::Superseded => S::Superseded,
        Status::DateUncertain => S::DateUncertain,
    }
}

/// A certificate as it is answered, with its status on a day.
#[must_use]
pub fn certificate(standing: &Standing, as_of: Date) -> pb::Certificate {
    let c = &standing.certificate;
    let now = status(&c.term, &standing.events, &windows(), as_of);
    let Decided { earliest, latest } = c.term.decided;
    let convention: EndConvention = c.term.convention;
    let window = c.term.out().day().and_then(renewal::window);
    pb::Certificate {
        name: name(c.id),
        product: names::of("products", c.product),
        stars: c.stars,
        number: c.number.clone(),
        decision_number: c.decision_number.clone(),
        decision_date: c.term.decided.day().map(day::pb),
        earliest_decision_date: Some(day::pb(earliest)),
        latest_decision_date: Some(day::pb(latest)),
        authority: c.authority.clone(),
        end_convention: shared::convention(convention).into(),
        source_text: c.source_text.clone(),
        source_url: c.source_url.clone(),
        sample: c.sample,
        product_display_name: c.product_display_name.clone(),
        product_code: c.product_code.clone(),
        unit: c.unit.clone(),
        decision: c.decision.map(|id| names::of("decisions", id)).unwrap_or_default(),
        sitting: c.sitting.map(|id| names::of("sittings", id)).unwrap_or_default(),
        regime: regime_name(&c.regime),
        months: c.term.months,
        end_date: c.term.decided.day().and_then(|_| c.term.out().day()).map(day::pb),
        status: status_pb(now).into(),
        in_force: now.in_force(),
        as_of: Some(day::pb(as_of)),
        first_recognition: standing.first,
        superseded_by: standing.superseded_by.map(name).unwrap_or_default(),
        create_time: Some(instant::pb(c.create_us)),
        holder: c.holder.map(|id| names::of("producers", id)).unwrap_or_default(),
        renewal_open_date: window.map(|w| day::pb(w.opens)),
        renewal_close_date: window.map(|w| day::pb(w.closes)),
        renewal_state: renewal_state(window.filter(|_| !now.ended_early()), as_of).into(),
        grace_end_date: window.map(|w| day::pb(w.grace_ends)),
        bundle: c.bundle.as_ref().map(shared::bundle),
    }
}

fn renewal_state(window: Option<renewal::Window>, as_of: Date) -> pb::RenewalState {
    use renewal::State;
    match window.map(|window| renewal::state(window, as_of)) {
        None => pb::RenewalState::Unspecified,
        Some(State::NotOpen) => pb::RenewalState::NotOpen,
        Some(State::Open) => pb::RenewalState::Open,
        Some(State::Late) => pb::RenewalState::Late,
        Some(State::Over) => pb::RenewalState::Over,
    }
}

/// The reminders of a certificate between two days.
#[must_use]
pub fn reminders(standing: &Standing, from: Date, to: Date) -> Vec<pb::CertificateReminder> {
    let c = &standing.certificate;
    let Some(out) = c.term.out().day() else { return Vec::new() };
    let pending =
        |event: &Event| matches!(event, Event::Span { kind: SpanKind::ReEvaluation, from, .. } if *from < out);
    let pending = standing.events.iter().any(pending);
    let reminder = |due: Due| pb::CertificateReminder {
        certificate: name(c.id),
        product: names::of("products", c.product),
        product_display_name: c.product_display_name.clone(),
        unit: c.unit.clone(),
        stars: c.stars,
        kind: match due.reminder {
            Reminder::RenewalOpens => pb::ReminderKind::RenewalOpens,
            Reminder::RenewalCloses => pb::ReminderKind::RenewalCloses,
            Reminder::EndsSoon => pb::ReminderKind::EndsSoon,
            Reminder::Ends => pb::ReminderKind::Ends,
            Reminder::GraceEnds => pb::ReminderKind::GraceEnds,
        }
        .into(),
        due_date: Some(day::pb(due.on)),
        end_date: Some(day::pb(out)),
        re_evaluation_pending: pending,
        sample: c.sample,
    };
    renewal::due(out, pending, from, to).into_iter().map(reminder).collect()
}

/// A status as a refusal names it.
#[must_use]
pub fn status_name(status: Status) -> &'static str {
    status_pb(status).as_str_name().trim_start_matches("CERTIFICATE_STATUS_")
}

/// The event of a certificate.
#[must_use]
pub fn issued_event(certificate: &Certificate, first: bool) -> pb::CertificateIssued {
    let Decided { earliest, latest } = certificate.term.decided;
    pb::CertificateIssued {
        certificate: name(certificate.id),
        product: names::of("products", certificate.product),
        stars: certificate.stars,
        decision_date: Some(day::pb(latest)),
        first_recognition: first,
        earliest_decision_date: Some(day::pb(earliest)),
        first_day_out: Some(day::pb(certificate.term.out().earliest)),
        products: shared::products(&certificate.products()),
    }
}

/// The event of an end before its time.
#[must_use]
pub fn ended_event(certificate: &Certificate, kind: EndKind, on: Date, by: Option<Uuid>) -> pb::CertificateEnded {
    let status = match kind {
        EndKind::Revoked => pb::CertificateStatus::Revoked,
        EndKind::Surrendered => pb::CertificateStatus::Surrendered,
        EndKind::Superseded => pb::CertificateStatus::Superseded,
    };
    pb::CertificateEnded {
        certificate: name(certificate.id),
        product: names::of("products", certificate.product),
        status: status.as_str_name().to_owned(),
        end_date: Some(day::pb(on)),
        superseded_by: by.map(name).unwrap_or_default(),
    }
}
