//! Who may take part, between the wire and the domain.

use kit::{Error, Page, Violations, day, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::participation::{Entry, List, Verdict};
use reference::wire::title;
use time::Date;
use uuid::Uuid;

use super::domain::{self, Judged};
use super::store::Size;
use crate::shared::records::Filter;
use crate::shared::wire::of_producers;

pub(super) struct NewSize {
    pub(super) producer: Uuid,
    pub(super) size_class: i32,
    pub(super) begin_date: Date,
    pub(super) basis: String,
    pub(super) sample: bool,
}

pub(super) fn get(req: &pb::GetEligibilityRequest, v: &mut Violations) -> Option<(Uuid, Date)> {
    let producer = v.name("producer", &req.producer, "producers");
    let today = v.today();
    let as_of = v.date_or("as_of", req.as_of.as_ref(), today);
    Some((producer?, as_of?))
}

pub(super) fn get_participation(
    req: &pb::GetParticipationRequest,
    v: &mut Violations,
) -> Option<(Date, &'static List)> {
    let today = v.today();
    let as_of = v.date_or("as_of", req.as_of.as_ref(), today)?;
    let list = reference::participation::on(as_of);
    if let (None, Some(first)) = (list, reference::participation::all().first()) {
        v.add("as_of", Common::DateBeforeKnown, &[("date", &day::text(first.in_force_from))]);
    }
    Some((as_of, list?))
}

pub(super) fn create(req: &pb::CreateProducerSizeRequest, v: &mut Violations) -> Option<NewSize> {
    let new = req.producer_size.as_ref()?;
    let producer = v.name("producer_size.producer", &new.producer, "producers");
    let begin_date = v.act_date("producer_size.begin_date", new.begin_date.as_ref());
    let basis = title(v, "producer_size.basis", &new.basis);
    Some(NewSize {
        producer: producer?,
        size_class: new.size_class,
        begin_date: begin_date?,
        basis: basis?,
        sample: new.sample,
    })
}

pub(crate) fn list(req: &pb::ListProducerSizesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    of_producers(v, (&req.unit, &req.producer), (req.page_size, &req.page_token), "")
}

fn verdict(verdict: Verdict) -> pb::ParticipationVerdict {
    match verdict {
        Verdict::May => pb::ParticipationVerdict::May,
        Verdict::TourismOnly => pb::ParticipationVerdict::TourismOnly,
        Verdict::MayNot => pb::ParticipationVerdict::MayNot,
        Verdict::Unknown => pb::ParticipationVerdict::Unknown,
    }
}

pub(super) fn eligibility(producer: Uuid, as_of: Date, (form, size): (i32, i32)) -> pb::Eligibility {
    let judged = domain::judge(form, size, as_of);
    let unknown = pb::ParticipationVerdict::Unknown;
    pb::Eligibility {
        producer: name::of("producers", producer),
        as_of: Some(day::pb(as_of)),
        legal_form: form,
        size_class: size,
        verdict: judged.map_or(unknown, |j| verdict(j.entry.verdict)).into(),
        binding: judged.is_some_and(|j| j.list.refuses),
        decision: judged.map(|j| j.list.decision.clone()).unwrap_or_default(),
        reason_vi: judged.map_or("Chương trình chưa bắt đầu.", |j| j.entry.vi.as_str()).to_owned(),
        reason_en: judged.map_or("the programme had not begun", |j| j.entry.en.as_str()).to_owned(),
    }
}

fn form_verdicts(entry: &Entry) -> Vec<pb::FormVerdict> {
    let form = reference::participation::Form::ALL.iter().position(|form| *form == entry.form).unwrap_or_default() + 1;
    let of = |size: i32| pb::FormVerdict {
        legal_form: i32::try_from(form).unwrap_or_default(),
        size_class: size,
        verdict: verdict(entry.verdict).into(),
        reason_vi: entry.vi.clone(),
        reason_en: entry.en.clone(),
    };
    if entry.sizes.is_empty() {
        return vec![of(0)];
    }
    (1..=4).filter(|n| domain::size(*n).is_some_and(|size| entry.sizes.contains(&size))).map(of).collect()
}

pub(super) fn participation(as_of: Date, list: &List) -> pb::Participation {
    pb::Participation {
        as_of: Some(day::pb(as_of)),
        decision: list.decision.clone(),
        source_note: list.source_note.clone(),
        verified: list.verified,
        forms: list.forms.iter().flat_map(form_verdicts).collect(),
    }
}

/// A list in force shuts the producer out.
pub(crate) fn not_eligible(producer: Uuid, judged: &Judged) -> Error {
    let refusal = Error::refused(ErrorReason::FormNotEligible).with("producer", name::of("producers", producer));
    refusal.with("decision", &judged.list.decision).with("form", &judged.entry.vi)
}

pub(crate) fn size(s: Size) -> pb::ProducerSize {
    pb::ProducerSize {
        name: name::of("producerSizes", s.id),
        producer: name::of("producers", s.producer_id),
        unit: s.unit,
        size_class: s.size_class,
        begin_date: Some(day::pb(s.begin_date)),
        basis: s.basis,
        sample: s.sample,
        create_time: Some(instant::pb(s.create_us)),
    }
}

pub(super) fn recorded(s: &Size) -> pb::ProducerSizeRecorded {
    let class = pb::SizeClass::try_from(s.size_class).unwrap_or_default();
    pb::ProducerSizeRecorded {
        producer: name::of("producers", s.producer_id),
        size_class: class.as_str_name().to_owned(),
        begin_date: Some(day::pb(s.begin_date)),
    }
}
