use proptest::prelude::*;
use reference::forms::Filler;
use time::macros::date;

use super::answers::{AnswerFault, sheet};
use super::check::{Code, Facts, Finding, Holds, Pinned, check};
use super::*;
use crate::evidence::domain::Span;
use crate::shared::states::step;

const SAUCE: &str = "productSets/q26-tuong-nuoc-mam-gia-vi-long";

#[test]
fn a_dossier_walks_its_table_and_nothing_else() {
    let edits = [V::Update, V::Answer, V::Attach, V::Waive, V::Detach];
    for state in S::ALL {
        for verb in V::ALL {
            let expected = match (state, verb) {
                (S::Draft | S::Returned, V::Submit) => Some(S::Submitted),
                (S::Draft | S::Returned, edit) if edits.contains(edit) => Some(*state),
                (S::Submitted, V::Begin) => Some(S::Assessing),
                (S::Assessing, V::Assess) => Some(S::Assessing),
                (S::Assessing, V::Forward) => Some(S::Forwarded),
                (S::Assessing | S::Forwarded, V::Return) => Some(S::Returned),
                (S::Assessing | S::Forwarded, V::Reject) => Some(S::Rejected),
                (S::Draft | S::Submitted | S::Assessing | S::Returned, V::Withdraw) => Some(S::Withdrawn),
                (S::Forwarded, V::Seal) => Some(S::Sealed),
                (S::Draft | S::Submitted | S::Assessing | S::Returned | S::Forwarded, V::Advise) => Some(*state),
                (S::Submitted | S::Assessing | S::Returned | S::Forwarded, V::HandIn) => Some(*state),
                _ => None,
            };
            assert_eq!(step(DOSSIER, *state, *verb).ok(), expected, "{state:?} {verb:?}");
        }
    }
}

#[test]
fn the_day_of_filing_and_the_kind_choose_the_regime() {
    let old = "productSets/q1048-ruou-trang";
    for (filed, kind, set, expected) in [
        (date!(2021 - 06 - 30), DossierKind::First, old, Ok(("q1048", true))),
        (date!(2026 - 05 - 21), DossierKind::First, SAUCE, Ok(("q148", false))),
        (date!(2026 - 05 - 22), DossierKind::First, SAUCE, Ok(("q26", true))),
        (date!(2026 - 06 - 01), DossierKind::First, old, Err(RulesFault::OtherRegime("q26"))),
        (date!(2021 - 06 - 30), DossierKind::First, SAUCE, Err(RulesFault::OtherRegime("q1048"))),
        (date!(2021 - 06 - 30), DossierKind::First, "productSets/none", Err(RulesFault::SetUnknown)),
        (date!(2019 - 08 - 20), DossierKind::First, old, Err(RulesFault::BeforeFirst(date!(2019 - 08 - 21)))),
    ] {
        let found = rules(filed, kind, set).map(|rules| (rules.regime.id.as_str(), rules.card.is_some()));
        assert_eq!(found, expected, "{filed} {set}");
    }
}

#[test]
fn the_commune_has_fifteen_working_days_under_q26_and_no_term_before() {
    let filed = date!(2026 - 06 - 01);
    let new = rules(filed, DossierKind::First, SAUCE).expect("rules");
    assert_eq!(new.due(filed, filed).map(|due| due.map(|due| due.date)), Ok(Some(date!(2026 - 06 - 22))));
    assert_eq!(new.due(filed, date!(2027 - 12 - 30)), Err(YearUnknown(2028)));
    let filed = date!(2021 - 06 - 30);
    let old = rules(filed, DossierKind::First, "productSets/q1048-ruou-trang").expect("rules");
    assert_eq!(old.due(filed, filed), Ok(None));
    assert!(old.over_district(filed, filed) && !new.over_district(filed, date!(2026 - 06 - 10)));
    assert!(!old.over_district(filed, date!(2025 - 07 - 01)), "there are no districts any more");
}

#[test]
fn overdue_is_what_lies_with_the_commune_past_its_day() {
    let due = Some(date!(2026 - 06 - 22));
    for (state, as_of, late) in [
        (S::Submitted, date!(2026 - 06 - 22), false),
        (S::Submitted, date!(2026 - 06 - 23), true),
        (S::Assessing, date!(2026 - 06 - 23), true),
        (S::Forwarded, date!(2026 - 06 - 23), false),
    ] {
        assert_eq!(overdue(state.number(), due, as_of), late, "{state:?} {as_of}");
    }
    assert!(!overdue(S::Submitted.number(), None, date!(2030 - 01 - 01)));
}

#[test]
fn slips_are_numbered_by_the_places_of_the_day() {
    let then = date!(2021 - 06 - 30);
    let ward = commune_on("units/22018-20180507", then).expect("itself");
    assert_eq!(ward.code, "22018");
    let now = date!(2026 - 06 - 01);
    let new = commune_on("units/22018-20180507", now).expect("its default target");
    assert_eq!(new.name, "units/22015-20250701");
    assert_eq!(slip("PĐK", new, now, false), Some(("22015-2026".to_owned(), "/PĐK-66-22015-2026".to_owned())));
    assert_eq!(slip("PĐK", new, now, true), Some(("66-2026".to_owned(), "/PĐK-66-22015-2026".to_owned())));
    assert!(commune_on("units/none", now).is_none());
}

fn complete(as_of: Date) -> Facts {
    let rules = rules(as_of, DossierKind::First, SAUCE).expect("rules");
    let card = rules.card.expect("a card");
    let mut sheets = Vec::new();
    for form in rules.intake.forms.iter().filter(|form| form.filled_by == Filler::Producer) {
        let fields = form.fields.iter().filter(|f| f.required && f.is_for(DossierKind::First));
        let answers = fields.map(|f| Answer { field: f.id.clone(), values: vec!["true".to_owned()] }).collect();
        let marks = card.criteria().map(|c| SelfMark { criterion: c.id.clone(), points: 0, evidence: String::new() });
        sheets.push(Sheet { form: form.id.clone(), answers, marks: marks.collect() });
    }
    let papers = [("business-registration", 1, "business_registration"), ("food-safety", 2, "food_safety")];
    let evidence = papers.iter().map(|(_, id, kind)| Pinned {
        evidence: Uuid::from_u128(*id),
        version: 1,
        latest: 1,
        kind: (*kind).to_owned(),
        span: Span { from: Some(date!(2025 - 01 - 01)), to: Some(date!(2028 - 01 - 01)) },
        withdrawn: false,
        own: true,
    });
    let attached = |(paper, id, _): &(&str, u128, &str)| Attached {
        paper: (*paper).to_owned(),
        evidence: Some(Uuid::from_u128(*id)),
        version: 1,
        waive_reason: String::new(),
    };
    let assessment =
        Assessment { date: String::new(), contents: vec![], proposal: String::new(), letter_number: String::new() };
    Facts {
        kind: DossierKind::First,
        rules: Ok(rules),
        filed: as_of,
        as_of,
        takes_part: true,
        legal_form: "cooperative".to_owned(),
        certificate: String::new(),
        certificate_end: None,
        bundle_dissolved: false,
        bundle_foreign: false,
        sheets,
        evidence: evidence.collect(),
        papers: papers.iter().map(attached).collect(),
        samples: 5,
        assessment: Some(assessment),
    }
}

fn told(facts: &Facts) -> Vec<(Code, Holds, String)> {
    let told = |f: Finding| (f.code, f.holds, f.subject);
    check(facts).into_iter().map(told).collect()
}

#[test]
fn a_complete_dossier_lacks_nothing_and_each_change_is_found() {
    let day = date!(2026 - 06 - 01);
    assert_eq!(told(&complete(day)), []);
    let with = |change: &dyn Fn(&mut Facts)| {
        let mut facts = complete(day);
        change(&mut facts);
        told(&facts)
    };
    let submission = |code, subject: &str| (code, Holds::Submission, subject.to_owned());
    let warning = |code, subject: &str| (code, Holds::Nothing, subject.to_owned());
    let paper = "food-safety";
    let bad = |code| vec![submission(code, paper), submission(Code::PaperMissing, paper)];
    assert_eq!(with(&|f| f.bundle_foreign = true), [submission(Code::BundleForeign, "bundle")]);
    assert_eq!(with(&|f| f.evidence[1].kind = "photo".to_owned()), bad(Code::PaperWrongKind));
    assert_eq!(with(&|f| f.evidence[1].withdrawn = true), bad(Code::PaperWithdrawn));
    assert_eq!(with(&|f| f.evidence[1].own = false), bad(Code::PaperForeign));
    assert_eq!(with(&|f| f.evidence[1].span.to = Some(date!(2026 - 05 - 31))), bad(Code::PaperExpired));
    assert_eq!(with(&|f| f.evidence[1].span.from = Some(date!(2026 - 06 - 02))), bad(Code::PaperNotYetValid));
    let soon = date!(2026 - 06 - 30);
    assert_eq!(with(&|f| f.evidence[1].span.to = Some(soon)), [warning(Code::PaperExpiresSoon, paper)]);
    assert_eq!(with(&|f| f.evidence[1].latest = 2), [warning(Code::PaperNewerVersion, paper)]);
    assert_eq!(with(&|f| f.papers.truncate(1)), [submission(Code::PaperMissing, paper)]);
    assert_eq!(with(&|f| f.papers[1].paper = "gmp".to_owned())[0], submission(Code::PaperNotListed, "gmp"));
    assert_eq!(with(&|f| f.legal_form = "tourism_body".to_owned())[0].0, Code::LegalFormNotEntitled);
    assert_eq!(with(&|f| f.legal_form = "facility".to_owned()), [warning(Code::LegalFormUnknown, "producer")]);
    assert_eq!(with(&|f| f.takes_part = false), [submission(Code::ProducerGone, "producer")]);
    assert_eq!(with(&|f| f.samples = 4), [(Code::SamplesMissing, Holds::Sealing, "samples".to_owned())]);
    assert_eq!(with(&|f| f.assessment = None)[0].0, Code::AssessmentMissing);
    assert_eq!(with(&|f| f.sheets[0].answers.truncate(0)).len(), 4, "all missing fields at once");
    assert_eq!(with(&|f| f.sheets[1].marks[0].points = 77)[0].0, Code::SelfMarkInvalid);
    assert_eq!(with(&|f| drop(f.sheets[1].marks.remove(0)))[0].0, Code::SelfMarkMissing);
    assert_eq!(with(&|f| f.rules = Err(RulesFault::OtherRegime("q26")))[0].0, Code::SetOtherRegime);
    assert_eq!(with(&|f| f.rules = Err(RulesFault::BeforeFirst(day)))[0].0, Code::RegimeMissing);
    assert_eq!(with(&|f| f.kind = DossierKind::Upgrade)[0].0, Code::FormFieldMissing);
}

#[test]
fn an_old_test_report_is_a_warning() {
    let mut facts = complete(date!(2026 - 06 - 01));
    facts.evidence[0].kind = "test_report".to_owned();
    facts.papers[0].paper = "test-report".to_owned();
    let old: Vec<Finding> = check(&facts).into_iter().filter(|f| f.code == Code::PaperTooOld).collect();
    assert_eq!((old[0].holds, old[0].date), (Holds::Nothing, Some(date!(2026 - 01 - 01))));
}

#[test]
fn a_conditional_paper_is_attached_or_said_not_to_be_needed() {
    let day = date!(2026 - 06 - 01);
    let mut facts = complete(day);
    facts.rules = rules(day, DossierKind::First, "productSets/q26-do-uong-co-con-khac");
    let open = |facts: &Facts| check(facts).iter().any(|f| f.code == Code::PaperConditionOpen);
    assert!(open(&facts));
    let waive_reason = "Không thuộc diện".to_owned();
    facts.papers.push(Attached { paper: "production-licence".to_owned(), evidence: None, version: 0, waive_reason });
    assert!(!open(&facts));
}

#[test]
fn re_evaluations_are_filed_180_to_120_days_before_the_end() {
    let end = date!(2027 - 03 - 01);
    let found = |filed: Date, kind: DossierKind| -> Vec<(Code, Option<Date>)> {
        let mut facts = complete(filed);
        facts.kind = kind;
        facts.certificate = "12/GCN".to_owned();
        facts.certificate_end = Some(end);
        let window = [Code::TooEarly, Code::Late, Code::CertificateEnded, Code::CertificateMissing];
        let of_window = check(&facts).into_iter().filter(|f| window.contains(&f.code));
        of_window.map(|f| (f.code, f.date)).collect()
    };
    let (opens, closes) = (date!(2026 - 09 - 02), date!(2026 - 11 - 01));
    let again = DossierKind::ReEvaluation;
    assert_eq!(found(date!(2026 - 09 - 01), again), [(Code::TooEarly, Some(opens))]);
    assert_eq!(found(opens, again), []);
    assert_eq!(found(closes, again), []);
    assert_eq!(found(date!(2026 - 11 - 02), again), [(Code::Late, Some(closes))]);
    assert_eq!(found(end, again), [(Code::CertificateEnded, Some(end))]);
    assert_eq!(found(date!(2026 - 06 - 01), DossierKind::Upgrade), [], "upgrades have no window");
    let mut facts = complete(opens);
    facts.kind = again;
    assert_eq!(check(&facts).iter().filter(|f| f.code == Code::CertificateMissing).count(), 2);
}

#[test]
fn a_dossier_of_the_old_regime_is_not_finished_after_its_last_day() {
    let mut facts = complete(date!(2026 - 06 - 01));
    facts.filed = date!(2026 - 05 - 21);
    facts.rules = rules(facts.filed, facts.kind, SAUCE);
    let last = |as_of: Date| {
        let facts = Facts { as_of, ..facts.clone() };
        check(&facts).into_iter().find(|f| f.code == Code::FinishByPassed).and_then(|f| f.date)
    };
    assert_eq!(last(date!(2026 - 07 - 20)), None);
    assert_eq!(last(date!(2026 - 07 - 21)), Some(date!(2026 - 07 - 20)));
    let codes: Vec<Code> = check(&facts).into_iter().map(|f| f.code).collect();
    assert!(codes.contains(&Code::ScorecardUnknown) && codes.contains(&Code::ChecklistPartial));
}

#[test]
fn answers_are_read_into_one_form_and_misfits_are_told_with_what_fits() {
    let form = forms::form("q26-02").expect("form 02");
    let read = |field: &str, values: &[&str]| {
        let answers = vec![(field.to_owned(), values.iter().map(ToString::to_string).collect())];
        let read = sheet(form, DossierKind::First, &answers, Vec::new(), |text| text == "persons/1");
        read.map(|sheet| sheet.answers[0].values.clone())
    };
    let fits = |values: &[&str]| Ok(values.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(read("market", &["  Trong ti\u{309}nh "]), fits(&["Trong tỉnh"]));
    assert_eq!(read("turnover_vnd", &["+0120"]), fits(&["120"]));
    assert_eq!(read("founded", &["2020-05-01"]), fits(&["2020-05-01"]));
    assert_eq!(read("ip_titles", &["patent", "mark"]), fits(&["mark", "patent"]));
    for (field, values) in [
        ("market", vec![" "]),
        ("market", vec!["a", "b"]),
        ("turnover_vnd", vec!["1.5"]),
        ("founded", vec!["2020-02-30"]),
        ("ip_titles", vec!["mark", "mark"]),
        ("ip_titles", vec!["none"]),
        ("self_marks", vec!["5"]),
    ] {
        assert!(matches!(read(field, &values).unwrap_err()[..], [AnswerFault::Misfit(0, _)]), "{field} {values:?}");
    }
    assert_eq!(read("updates", &["x"]), Err(vec![AnswerFault::FieldUnknown(0)]), "for re-evaluations only");
    let first = forms::form("q26-01").expect("form 01");
    let mark = SelfMark { criterion: "A1.1".to_owned(), points: 1, evidence: String::new() };
    let answers = [("representative", "persons/2"), ("promise", "yes"), ("promise", "true"), ("x", "y")]
        .map(|(field, value)| (field.to_owned(), vec![value.to_owned()]));
    let faults = sheet(first, DossierKind::First, &answers, vec![mark.clone(), mark], |text| text == "persons/1");
    let faults = faults.expect_err("all of it at once");
    assert_eq!(faults.len(), 5, "{faults:?}");
}

proptest! {
    #[test]
    fn the_order_in_which_answers_are_sent_does_not_matter(order in Just((0..6usize).collect::<Vec<_>>()).prop_shuffle()) {
        let form = forms::form("q26-02").expect("form 02");
        let fields = ["market", "plan", "history", "structure", "technology", "packing"];
        let answers: Vec<_> = order.iter().map(|at| (fields[*at].to_owned(), vec![fields[*at].to_owned()])).collect();
        let marks = order.iter().map(|at| SelfMark { criterion: format!("A{at}"), points: 0, evidence: String::new() });
        let read = sheet(form, DossierKind::First, &answers, marks.collect(), |_| false).expect("they fit");
        let names: Vec<&str> = read.answers.iter().map(|answer| answer.field.as_str()).collect();
        prop_assert_eq!(names, ["history", "structure", "technology", "packing", "market", "plan"]);
        prop_assert!(read.marks.windows(2).all(|pair| pair[0].criterion < pair[1].criterion));
    }
}
