//! Results and recognitions as they are asked for and handed over.

use kit::{Page, Scope, Violations, day, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::google::r#type::Date as PbDate;
use reference::{products, regimes};
use time::Date;
use time::macros::date;
use uuid::Uuid;

use super::domain::{CodeForm, code};
use crate::certificates::store::{Filter, Standing};
use crate::sittings::store::{Finished, Sitting, Whole};
use crate::sittings::wire::render;
use crate::{certificates, decisions, rounds};

/// A page of results.
pub struct Results {
    within: Scope,
    round: Option<Uuid>,
    decision: Option<Uuid>,
    between: (Date, Date),
    /// The page.
    pub page: Page,
}

impl Results {
    /// What the store is asked for.
    #[must_use]
    pub fn filter(&self, scope: Scope) -> Finished {
        let (round, decision, between) = (self.round, self.decision, self.between);
        Finished { scope, within: self.within.clone(), round, decision, between }
    }
}

/// A page of recognitions.
pub struct Handover {
    within: Scope,
    round: Option<Uuid>,
    decision: Option<Uuid>,
    between: (Date, Date),
    /// The day of the status.
    pub as_of: Date,
    /// The page.
    pub page: Page,
}

impl Handover {
    /// What the store is asked for.
    #[must_use]
    pub fn filter(&self, scope: Scope) -> Filter {
        Filter {
            scope,
            within: self.within.clone(),
            product: None,
            decision: self.decision,
            round: self.round,
            between: Some(self.between),
            status: None,
            as_of: self.as_of,
        }
    }
}

/// The days between which everything lies that both engines can hold.
const FIRST: Date = date!(0001 - 01 - 01);
const LAST: Date = date!(9999 - 12 - 31);

/// First and last day; the first and the last that can be written where they are not told.
fn between(v: &mut Violations, from: Option<&PbDate>, to: Option<&PbDate>) -> Option<(Date, Date)> {
    let (from, to) = (v.opt_date("from_date", from), v.opt_date("to_date", to));
    let (from, to) = (from?.unwrap_or(FIRST), to?.unwrap_or(LAST));
    if to < from {
        v.add("to_date", Common::DateOrder, &[("detail", "from_date, to_date")]);
        return None;
    }
    Some((from, to))
}

fn text(date: Option<&PbDate>) -> String {
    date.and_then(day::of).map(day::iso).unwrap_or_default()
}

/// Reads a request.
pub fn list_results(req: &pb::ListResultsRequest, v: &mut Violations) -> Option<Results> {
    let within = reference::wire::within(v, &req.unit);
    let round = v.opt_name("round", &req.round, rounds::wire::COLLECTION);
    let decision = v.opt_name("decision", &req.decision, decisions::wire::COLLECTION);
    let between = between(v, req.from_date.as_ref(), req.to_date.as_ref());
    let days = [text(req.from_date.as_ref()), text(req.to_date.as_ref())];
    let [from, to] = &days;
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.round, &req.decision, from, to]);
    Some(Results { within: within?, round: round?, decision: decision?, between: between?, page: page? })
}

/// Reads a request.
pub fn list_handover(req: &pb::ListHandoverRequest, v: &mut Violations) -> Option<Handover> {
    let within = reference::wire::within(v, &req.unit);
    let round = v.opt_name("round", &req.round, rounds::wire::COLLECTION);
    let decision = v.opt_name("decision", &req.decision, decisions::wire::COLLECTION);
    let between = between(v, req.from_date.as_ref(), req.to_date.as_ref());
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    let days = [text(req.from_date.as_ref()), text(req.to_date.as_ref()), as_of.map(day::iso).unwrap_or_default()];
    let [from, to, on] = &days;
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.round, &req.decision, from, to, on]);
    Some(Handover {
        within: within?,
        round: round?,
        decision: decision?,
        between: between?,
        as_of: as_of?,
        page: page?,
    })
}

/// A product as rows begin with it. What the registry says of it comes later, see `named`.
fn product(regime: &str, (registered, year): (&str, Option<i32>), of: pb::HandoverProduct) -> pb::HandoverProduct {
    let by = regimes::get(regime).map(|regime| regime.product_code_year).unwrap_or_default();
    let (code, form) = match code(by, registered, year) {
        None => (String::new(), pb::CodeForm::Unspecified),
        Some((code, CodeForm::Registered)) => (code, pb::CodeForm::Registered),
        Some((code, CodeForm::Evaluated)) => (code, pb::CodeForm::Evaluated),
        Some((code, CodeForm::Outdated)) => (code, pb::CodeForm::Outdated),
    };
    pb::HandoverProduct {
        code,
        code_form: form.into(),
        registered_code: registered.to_owned(),
        set_number: set_number(&of.product_set),
        regime: crate::shared::wire::regime_name(regime),
        ..of
    }
}

/// The number of a set in the annex of its regime's decision; 0 where no source gives it.
#[must_use]
pub fn set_number(product_set: &str) -> i32 {
    let set = product_set.strip_prefix("productSets/").and_then(products::set);
    set.and_then(|set| set.number).and_then(|number| i32::try_from(number).ok()).unwrap_or(0)
}

fn product_of(s: &Sitting) -> pb::HandoverProduct {
    let of = pb::HandoverProduct {
        product: names::of("products", s.product),
        display_name: s.product_display_name.clone(),
        product_set: format!("productSets/{}", s.product_set),
        unit: s.product_unit.clone(),
        bundle: s.bundle.as_ref().map(crate::shared::wire::bundle),
        ..Default::default()
    };
    product(&s.regime, (&s.product_code, Some(s.sitting_date.year())), of)
}

/// A final result.
///
/// # Errors
/// INTERNAL where a stored result is not one that a release wrote.
pub fn result(whole: &Whole) -> kit::Result<pb::ResultRow> {
    let sitting = render::sitting(whole)?;
    let result = sitting.result.unwrap_or_default();
    Ok(pb::ResultRow {
        product: Some(product_of(&whole.sitting)),
        sitting: sitting.name,
        round: sitting.round,
        council_unit: sitting.unit,
        kind: sitting.kind,
        filing_date: sitting.filing_date,
        sitting_date: sitting.sitting_date,
        members: i32::try_from(result.member_totals.len()).unwrap_or(i32::MAX),
        mean: result.mean,
        outcome: result.outcome,
        stars: result.stars,
        decision: sitting.decision,
        result_digest: result.result_digest,
        sample: sitting.sample,
    })
}

/// A recognition, with the sitting that it came of; what the council found only where the caller may see that sitting.
///
/// # Errors
/// As for [`result`].
pub fn recognition(
    standing: &Standing,
    whole: Option<&Whole>,
    scope: &Scope,
    as_of: Date,
) -> kit::Result<pb::HandoverRow> {
    let c = &standing.certificate;
    let certificate = certificates::wire::certificate(standing, as_of);
    let (of, year) = match whole {
        Some(Whole { sitting, .. }) => (format!("productSets/{}", sitting.product_set), sitting.sitting_date.year()),
        // Of what was recorded from elsewhere the registry knows the set.
        None => (String::new(), c.term.decided.latest.year()),
    };
    let year = (whole.is_some() || c.term.decided.earliest.year() == year).then_some(year);
    let of = pb::HandoverProduct {
        product: certificate.product.clone(),
        display_name: c.product_display_name.clone(),
        product_set: of,
        producer: certificate.holder.clone(),
        unit: c.unit.clone(),
        bundle: certificate.bundle.clone(),
        ..Default::default()
    };
    let mut row = pb::HandoverRow {
        product: Some(product(&c.regime, (&c.product_code, year), of)),
        certificate: Some(certificate),
        ..Default::default()
    };
    if let Some(whole) = whole.filter(|whole| scope.holds(&whole.sitting.unit_path)) {
        let judged = result(whole)?;
        (row.kind, row.sitting_date, row.mean) = (judged.kind, judged.sitting_date, judged.mean);
    }
    Ok(row)
}
