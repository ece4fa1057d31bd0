use super::*;

fn set(id: &str) -> &'static ProductSet {
    products::set(id).expect("a set")
}

fn needed(regime: &str, of: &str, kind: DossierKind) -> Vec<&'static str> {
    let intake = intake(regime).expect("an intake");
    intake.papers_for(set(of), kind).filter(|p| p.need != Need::Supporting).map(|p| p.id.as_str()).collect()
}

#[test]
fn what_is_required_depends_on_regime_and_set() {
    for (regime, of, papers) in [
        ("q26", "q26-tuong-nuoc-mam-gia-vi-long", vec!["business-registration", "food-safety"]),
        ("q26", "q26-do-uong-co-con-khac", vec!["business-registration", "food-safety", "production-licence"]),
        ("q26", "q26-thuc-pham-chuc-nang-thuoc", vec!["business-registration", "gmp", "herbal-declaration"]),
        (
            "q26",
            "q26-my-pham-tu-duoc-lieu",
            vec!["business-registration", "production-conditions", "cosmetic-declaration"],
        ),
        ("q26", "q26-thu-cong-my-nghe", vec!["business-registration"]),
        ("q26", "q26-du-lich-cong-dong-sinh-thai", vec!["business-registration"]),
        ("q1048", "q1048-ruou-trang", vec!["business-plan", "introduction", "business-registration", "food-safety"]),
        ("q1048", "q1048-vai-may-mac", vec!["business-plan", "introduction", "business-registration"]),
    ] {
        assert_eq!(needed(regime, of, DossierKind::First), papers, "{of}");
    }
}

#[test]
fn farms_take_part_from_2026_and_tourism_bodies_with_tourism_only() {
    let (old, new) = (intake("q1048").expect("it is there"), intake("q26").expect("it is there"));
    for (intake, form, group, entitled) in [
        (old, "farm", Group::Food, false),
        (new, "farm", Group::Food, true),
        (new, "tourism_body", Group::Food, false),
        (new, "tourism_body", Group::Tourism, true),
        (old, "cooperative", Group::Food, true),
        (new, "facility", Group::Food, false),
    ] {
        assert_eq!(intake.entitles(form, group), entitled, "{} {form}", intake.regime_id);
    }
}

#[test]
fn five_samples_go_with_goods_and_none_with_services() {
    for intake in all() {
        assert_eq!((intake.samples_for(Group::Food), intake.samples_for(Group::Tourism)), (5, 0));
    }
}

#[test]
fn upgrades_and_re_evaluations_say_what_changed() {
    let report = form("q26-02").expect("form 02");
    let required = |kind| -> Vec<&str> {
        let only = report.fields.iter().filter(|f| f.required && !f.kinds.is_empty() && f.is_for(kind));
        only.map(|f| f.id.as_str()).collect()
    };
    assert_eq!(required(DossierKind::First), Vec::<&str>::new());
    assert_eq!(required(DossierKind::Upgrade), ["changes_since_recognition"]);
    assert_eq!(required(DossierKind::ReEvaluation), ["updates"]);
    assert_eq!(report.field("self_marks").map(|f| f.kind), Some(FieldKind::Marks));
}

#[test]
fn the_lists_say_what_was_seen() {
    assert_eq!(intake("q148").map(|i| i.listing), Some(Listing::Partial));
    let q26 = intake("q26").expect("it is there");
    assert!(q26.listing == Listing::Complete && q26.papers.iter().all(|p| p.mark == Mark::V));
    assert_eq!(q26.contents.len(), 4);
    assert_eq!(q26.forms.iter().map(|f| f.number.as_str()).collect::<Vec<_>>(), ["01", "02", "03"]);
}

#[test]
fn broken_files_are_refused_with_every_fault() {
    let faults = load("intakes: []").expect_err("no intakes");
    assert_eq!(faults.len(), regimes::all().len());
    assert!(load("intakes: 7").is_err());
    let paper = "{id: a, need: conditional, fulfilled_by: [], title_vi: a, title_en: a, mark: V, source: a, sets: [x]}";
    let text = format!(
        "intakes: [{{regime: q26, listing: complete, samples: 5, samples_exempt_groups: [], legal_forms: [], \
         contents: [], forms: [], papers: [{paper}, {paper}]}}]"
    );
    let faults = load(&text).expect_err("a broken intake");
    for part in ["stands twice", "nothing fulfils", "without a condition", "no set of the regime", "q148 has not one"] {
        assert!(faults.iter().any(|f| f.contains(part)), "{part}: {faults:?}");
    }
}
