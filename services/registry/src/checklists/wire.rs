//! Checklists and working days between the wire and the reference data.

use kit::{Page, Result, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::calendar::parse_iso;
use reference::forms::{self, FieldKind, Filler, Listing, Need};
use reference::holidays::{self, HolidayKind, HolidayYear, Mark};
use reference::regimes::{self, DossierKind};
use time::Date;

use crate::dossiers::domain::{Rules, RulesFault, rules};
use crate::dossiers::wire::{holidays_unknown, kind_wanted, product_set};

pub(super) struct Wanted {
    pub(super) product_set: String,
    pub(super) kind: DossierKind,
    pub(super) filed: Date,
    pub(super) rules: Rules,
}

pub(super) fn get(req: &pb::GetChecklistRequest, v: &mut Violations) -> Option<Wanted> {
    let filed = v.date_or("filing_date", req.filing_date.as_ref(), v.today());
    let set = if req.product_set.is_empty() { None } else { product_set(v, "product_set", &req.product_set) };
    let (filed, kind, set) = (filed?, kind_wanted(req.kind)?, set?);
    match rules(filed, kind, &set) {
        Ok(rules) => return Some(Wanted { product_set: set, kind, filed, rules }),
        Err(RulesFault::BeforeFirst(first)) => {
            v.add("filing_date", ErrorReason::DossierBeforeFirstRegime, &[("date", &day::text(first))]);
        }
        Err(RulesFault::OtherRegime(regime)) => {
            let told: [(&'static str, &str); 2] = [("product_set", &set), ("regime", &format!("regimes/{regime}"))];
            v.add("product_set", ErrorReason::DossierSetOtherRegime, &told);
        }
        Err(RulesFault::SetUnknown) => v.add("product_set", Common::ReferenceUnknown, &[("name", &set)]),
    }
    None
}

fn number(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn field_kind(kind: FieldKind) -> pb::FormFieldKind {
    match kind {
        FieldKind::Text => pb::FormFieldKind::Text,
        FieldKind::Number => pb::FormFieldKind::Number,
        FieldKind::Date => pb::FormFieldKind::Date,
        FieldKind::Flag => pb::FormFieldKind::Flag,
        FieldKind::Choice => pb::FormFieldKind::Choice,
        FieldKind::Choices => pb::FormFieldKind::Choices,
        FieldKind::Person => pb::FormFieldKind::Person,
        FieldKind::Marks => pb::FormFieldKind::Marks,
    }
}

fn field(f: &forms::Field) -> pb::ChecklistField {
    let choice = |c: &forms::Choice| pb::FormChoice {
        choice: c.id.clone(),
        label_vi: c.label_vi.clone(),
        label_en: c.label_en.clone(),
    };
    pb::ChecklistField {
        field: f.id.clone(),
        kind: field_kind(f.kind).into(),
        required: f.required,
        label_vi: f.label_vi.clone(),
        label_en: f.label_en.clone(),
        choices: f.choices.iter().map(choice).collect(),
    }
}

fn form(f: &forms::Form, kind: DossierKind) -> pb::ChecklistForm {
    pb::ChecklistForm {
        form: f.id.clone(),
        number: f.number.clone(),
        title_vi: f.title_vi.clone(),
        title_en: f.title_en.clone(),
        filled_by_commune: f.filled_by == Filler::Commune,
        verified: f.mark == Mark::V,
        source: f.source.clone(),
        fields: f.fields.iter().filter(|f| f.is_for(kind)).map(field).collect(),
    }
}

fn paper(p: &forms::Paper) -> pb::ChecklistPaper {
    let need = match p.need {
        Need::Required => pb::PaperNeed::Required,
        Need::Conditional => pb::PaperNeed::Conditional,
        Need::Supporting => pb::PaperNeed::Supporting,
    };
    let kind = |word: &String| {
        let name = format!("EVIDENCE_KIND_{}", word.to_ascii_uppercase());
        pb::EvidenceKind::from_str_name(&name).unwrap_or_default().into()
    };
    pb::ChecklistPaper {
        paper: p.id.clone(),
        need: need.into(),
        fulfilled_by: p.fulfilled_by.iter().map(kind).collect(),
        title_vi: p.title_vi.clone(),
        title_en: p.title_en.clone(),
        condition_vi: p.condition_vi.clone(),
        condition_en: p.condition_en.clone(),
        max_age_days: p.max_age_days.map(number).unwrap_or_default(),
        verified: p.mark == Mark::V,
        source: p.source.clone(),
    }
}

pub(super) fn checklist(w: &Wanted) -> pb::Checklist {
    let Rules { regime, intake, set, card } = w.rules;
    let content = |c: &forms::Content| pb::CommuneContent {
        content: c.id.clone(),
        title_vi: c.title_vi.clone(),
        title_en: c.title_en.clone(),
    };
    let kind = match w.kind {
        DossierKind::First => pb::DossierKind::First,
        DossierKind::Upgrade => pb::DossierKind::Upgrade,
        DossierKind::ReEvaluation => pb::DossierKind::ReEvaluation,
    };
    pb::Checklist {
        product_set: w.product_set.clone(),
        kind: kind.into(),
        regime: format!("regimes/{}", regime.id),
        scorecard: card.map(|card| format!("scorecards/{}", card.id)).unwrap_or_default(),
        partial: intake.listing == Listing::Partial,
        forms: intake.forms.iter().map(|f| form(f, w.kind)).collect(),
        papers: intake.papers_for(set, w.kind).map(paper).collect(),
        samples: number(intake.samples_for(set.group)),
        contents: intake.contents.iter().map(content).collect(),
        assessment_working_days: w.rules.commune_days(w.filed).map(number).unwrap_or_default(),
        refused_when: card.map(|card| card.dossier_disqualified_when.clone()).unwrap_or_default(),
        finish_by_date: regimes::finish_by(w.filed, w.kind).map(day::pb),
    }
}

pub(super) fn list_holidays(req: &pb::ListHolidaysRequest, v: &mut Violations) -> Option<(i32, Page)> {
    let page = v.page(req.page_size, &req.page_token, &[&req.year.to_string()]);
    Some((req.year, page?))
}

/// The free and the worked days of a year in their order.
fn days(year: &HolidayYear) -> Vec<pb::Holiday> {
    let kind = |kind: HolidayKind| match kind {
        HolidayKind::Holiday => pb::HolidayKind::Holiday,
        HolidayKind::Compensation => pb::HolidayKind::Compensation,
        HolidayKind::Swap => pb::HolidayKind::Swap,
    };
    let free = year.free.iter().map(|h| {
        let told = pb::Holiday {
            date: Some(day::pb(h.date)),
            kind: kind(h.kind).into(),
            name_vi: h.name_vi.clone(),
            name_en: h.name_en.clone(),
            verified: h.mark == Mark::V,
            note: h.note.clone().unwrap_or_default(),
        };
        (h.date, told)
    });
    let worked = year.worked.iter().map(|date| {
        let told = pb::Holiday {
            date: Some(day::pb(*date)),
            kind: pb::HolidayKind::Worked.into(),
            name_vi: "Làm bù".to_owned(),
            name_en: "Worked".to_owned(),
            verified: year.mark == Mark::V,
            note: String::new(),
        };
        (*date, told)
    });
    let mut all: Vec<_> = free.chain(worked).collect();
    all.sort_by_key(|(date, _)| *date);
    all.into_iter().map(|(_, told)| told).collect()
}

pub(super) fn holidays(year: i32, page: &Page) -> Result<pb::ListHolidaysResponse> {
    let year = holidays::year(year).map_err(holidays_unknown)?;
    // Tokens are sealed, so the cursor is what this list wrote.
    let after = page.after.as_deref().and_then(|after| parse_iso(after.first()?));
    let date = |h: &pb::Holiday| h.date.as_ref().and_then(day::of);
    let rest = days(year).into_iter().filter(|h| after.is_none_or(|after| date(h).is_some_and(|date| date > after)));
    let rest = rest.take(usize::try_from(page.size).unwrap_or(usize::MAX).saturating_add(1)).collect();
    let (holidays, next_page_token) = page.cut(rest, |h| vec![date(h).map(day::iso).unwrap_or_default()]);
    let (provisional, source) = (year.mark == Mark::M, year.source.clone());
    Ok(pb::ListHolidaysResponse { holidays, next_page_token, provisional, source })
}

pub(super) fn get_due(req: &pb::GetDueDateRequest, v: &mut Violations) -> Option<(Date, u32)> {
    let from = v.date("from_date", req.from_date.as_ref());
    Some((from?, u32::try_from(req.working_days).ok()?))
}

pub(super) fn due(from: Date, days: u32) -> Result<pb::DueDate> {
    let due = holidays::add_working_days(from, days).map_err(holidays_unknown)?;
    Ok(pb::DueDate { due_date: Some(day::pb(due.date)), provisional: due.provisional })
}
