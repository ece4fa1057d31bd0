use reference::tax_code::make;
use reference::units::by_name;

use super::*;

/// Phường 8 of 2021, all of which went into Phường 2 of November 2024, as did Phường 2 of 2021.
const WARD_8: &str = "units/22018-20180507";
const OLD_WARD_2: &str = "units/22021-20180507";
const WARD_2: &str = "units/22018-20241101";
/// Phường 9 of 2021; a part of it went into Phường 2.
const WARD_9: &str = "units/22024-20180507";
const LA_HAI: &str = "units/22081-20180507";

const COMPANY: i32 = form::COMPANY;
const COOPERATIVE: i32 = form::COOPERATIVE;
const HOUSEHOLD: i32 = form::HOUSEHOLD;
const TOURISM_BODY: i32 = 6;
const FACILITY: i32 = form::FACILITY;

fn asked(name: &str, unit: &str, legal_form: i32, tax_code: &str) -> Asked {
    Asked {
        display_name: DisplayName::new(name).ok(),
        tax_code: TaxCode::new(tax_code),
        unit: by_name(unit),
        legal_form,
    }
}

fn finding(asked: Asked, name: &str, unit: &str, legal_form: i32, tax_code: &str) -> Finding {
    let tax_code = Some(tax_code).filter(|code| !code.is_empty());
    Matcher::new(asked).judge(&Registered { display_name: name, tax_code, unit, legal_form })
}

#[test]
fn same_needs_a_tax_code_or_name_commune_and_legal_form() {
    use Verdict::{Different, Possible, Same};
    const NAME: &str = "HTX Muối Tuyết Diêm";
    for (name, unit, form, other, other_unit, other_form, verdict) in [
        (NAME, WARD_8, 0, "HTX Muối Tuyết Diêm", WARD_8, COOPERATIVE, Same),
        (NAME, WARD_8, 0, "Hợp tác xã muối TUYẾT DIÊM", WARD_8, COOPERATIVE, Same),
        (NAME, WARD_8, COOPERATIVE, "Muối Tuyết Diêm", WARD_8, COOPERATIVE, Same),
        ("Muối Tuyết Diêm", WARD_8, COOPERATIVE, NAME, WARD_8, COOPERATIVE, Same),
        // A name alone, or with one of the two others.
        (NAME, "", 0, NAME, WARD_8, COOPERATIVE, Possible),
        (NAME, LA_HAI, 0, NAME, WARD_8, COOPERATIVE, Possible),
        (NAME, WARD_8, COMPANY, NAME, WARD_8, COOPERATIVE, Possible),
        ("Muối Tuyết Diêm", WARD_8, 0, NAME, WARD_8, COOPERATIVE, Possible),
        ("Muối Tuyết Diêm", WARD_8, 0, "Muối Tuyết Diêm", WARD_8, COOPERATIVE, Possible),
        // Legal-form words that differ within one legal form are two legal persons.
        ("Công ty TNHH An Phát", WARD_8, 0, "Công ty CP An Phát", WARD_8, COMPANY, Possible),
        ("An Phát", WARD_8, COMPANY, "Công ty CP An Phát", WARD_8, COMPANY, Possible),
        ("Cơ sở An Phát", WARD_8, 0, "Hộ kinh doanh An Phát", WARD_8, HOUSEHOLD, Possible),
        ("Cơ sở An Phát", WARD_8, 0, "Cơ sở sản xuất An Phát", WARD_8, HOUSEHOLD, Same),
        ("Cơ sở An Phát", WARD_8, 0, "Cơ sở sản xuất An Phát", WARD_8, FACILITY, Same),
        ("hội du lịch An Hải", WARD_8, TOURISM_BODY, "Hội Du lịch An Hải", WARD_8, TOURISM_BODY, Same),
        ("hội du lịch An Hải", WARD_8, 0, "Hội Du lịch An Hải", WARD_8, TOURISM_BODY, Possible),
        // Spellings that two producers may have.
        ("HTX Thanh An", WARD_8, 0, "HTX Thạnh An", WARD_8, COOPERATIVE, Possible),
        ("HTX Ea Trol", WARD_8, 0, "HTX EaTrol", WARD_8, COOPERATIVE, Possible),
        ("HTX muoi tuyet diem", WARD_8, 0, NAME, WARD_8, COOPERATIVE, Possible),
        ("HTX An Nghiệp", WARD_8, 0, "HTX Nông nghiệp An Nghiệp", WARD_8, COOPERATIVE, Possible),
        ("HTX Muối Tuyết Diễn", WARD_8, 0, NAME, WARD_8, COOPERATIVE, Possible),
        ("HTX xã An Bình", WARD_8, 0, "HTX Nông nghiệp phường An Bình", WARD_8, COOPERATIVE, Possible),
        ("HTX Muối Tuyết Diễn", LA_HAI, 0, NAME, WARD_8, COOPERATIVE, Different),
        ("HTX Hòa Xuân Tây 1", WARD_8, 0, "HTX Hòa Xuân Tây 2", WARD_8, COOPERATIVE, Different),
        ("HTX Đồng Din", WARD_8, 0, NAME, WARD_8, COOPERATIVE, Different),
        // Nobody's name.
        ("Hộ kinh doanh [cá nhân]", WARD_8, 0, "Hộ kinh doanh [cá nhân]", WARD_8, HOUSEHOLD, Possible),
        ("Hộ kinh doanh [cá nhân A]", WARD_8, 0, "Hộ kinh doanh [cá nhân A]", WARD_8, HOUSEHOLD, Same),
        ("HTX Nông nghiệp", WARD_8, 0, "HTX Nông nghiệp", WARD_8, COOPERATIVE, Possible),
        // The map of units.
        (NAME, WARD_2, 0, NAME, WARD_8, COOPERATIVE, Same),
        (NAME, WARD_8, 0, NAME, WARD_2, COOPERATIVE, Same),
        (NAME, WARD_2, 0, NAME, WARD_9, COOPERATIVE, Possible),
        (NAME, WARD_9, 0, NAME, WARD_2, COOPERATIVE, Possible),
        (NAME, OLD_WARD_2, 0, NAME, WARD_8, COOPERATIVE, Possible),
    ] {
        let found = finding(asked(name, unit, form, ""), other, other_unit, other_form, "");
        assert_eq!(found.verdict, verdict, "{name} at {unit:?} ({form}), {other} at {other_unit}: {found:?}");
        assert!((0.0..1.0).contains(&found.score), "{found:?}");
    }
}

#[test]
fn the_tax_code_decides_before_the_name_and_two_taxpayers_are_never_one() {
    let (one, two) = (make(1), make(2));
    let branch = format!("{one}-001");
    let judged = |code: &str, other: &str, name: &str, other_code: &str| {
        let found = finding(asked(name, WARD_8, 0, code), other, WARD_8, COOPERATIVE, other_code);
        (found.verdict, found.reasons[0])
    };
    let (a, b) = ("HTX An Nghiệp", "HTX Đồng Din");
    assert_eq!(judged(&one, a, b, &one), (Verdict::Same, Reason::TaxCodeEqual), "whatever it is called");
    assert_eq!(judged(&one, a, a, &two), (Verdict::Possible, Reason::TaxCodeDiffers));
    assert_eq!(judged(&one, a, b, &two), (Verdict::Different, Reason::TaxCodeDiffers));
    assert_eq!(judged(&one, "HTX An Nghiệm", a, &two).0, Verdict::Different);
    assert_eq!(judged(&one, a, a, &branch), (Verdict::Possible, Reason::TaxCodeBranch), "a dependent unit is another");
    assert_eq!(judged(&branch, a, b, &format!("{one}-002")), (Verdict::Different, Reason::TaxCodeBranch));
    assert_eq!(judged(&one, a, a, "").0, Verdict::Same, "one without a code may be the same");
    let code_alone = Asked { display_name: None, tax_code: TaxCode::new(&one), unit: None, legal_form: 0 };
    let found = finding(code_alone, a, WARD_8, COOPERATIVE, &one);
    assert_eq!((found.verdict, found.reasons), (Verdict::Same, vec![Reason::TaxCodeEqual]));
}

#[test]
fn every_finding_says_why() {
    use Reason::{
        CommuneDiffers, CommuneEqual, CommunePart, LegalFormDiffers, LegalFormEqual, NameEqual, NameEqualButActivity,
        NameEqualButForm, NameEqualFolded, NameEqualWithoutMarks, NameNotDistinct, NameSimilar,
    };
    let all = |name: &str, unit: &str, other: &str| finding(asked(name, unit, 0, ""), other, WARD_8, 2, "").reasons;
    assert_eq!(all("HTX An", WARD_8, "HTX An"), [NameEqual, CommuneEqual, LegalFormEqual]);
    assert_eq!(all("Htx an", WARD_8, "HTX An"), [NameEqualFolded, CommuneEqual, LegalFormEqual]);
    assert_eq!(all("Tổ hợp tác An", LA_HAI, "HTX An"), [NameEqualButForm, CommuneDiffers, LegalFormDiffers]);
    assert_eq!(all("HTX Ân", WARD_8, "HTX An"), [NameEqualWithoutMarks, CommuneEqual, LegalFormEqual]);
    assert_eq!(all("An Nghiệp", "", "HTX Nông nghiệp An Nghiệp"), [NameEqualButActivity]);
    assert_eq!(all("HTX Muối Diêm", WARD_8, "HTX Muối Diên"), [NameSimilar, CommuneEqual, LegalFormEqual]);
    assert_eq!(all("HTX", WARD_8, "HTX"), [NameEqual, NameNotDistinct, CommuneEqual, LegalFormEqual]);
    let part = finding(asked("HTX An", WARD_2, 0, ""), "HTX An", WARD_9, 2, "").reasons;
    assert_eq!(part, [NameEqual, CommunePart, LegalFormEqual]);
}

fn with(verdict: Verdict, score: f64, reasons: &[Reason], over_link: bool) -> Finding {
    Finding { verdict, score, reasons: reasons.to_vec(), over_link }
}

#[test]
fn the_best_stand_first_and_what_shares_nothing_is_left_out() {
    let name = [Reason::NameSimilar];
    let mut judged: Vec<(Finding, usize)> =
        (0..30).map(|n| (with(Verdict::Possible, 0.5 + n as f64 / 100.0, &name, false), n)).collect();
    judged.push((with(Verdict::Same, 0.9, &[Reason::NameEqual], false), 30));
    judged.push((with(Verdict::Different, 0.1, &[Reason::NameDiffers], false), 31));
    let best = best(judged);
    let order: Vec<usize> = best.iter().map(|(_, n)| *n).collect();
    assert_eq!(order, [vec![30], (11..30).rev().collect()].concat());
}

#[test]
fn of_two_that_joined_communes_brought_along_none_is_taken_for_the_one_asked_for() {
    let equal = [Reason::NameEqual];
    let same = |over_link| with(Verdict::Same, 0.9, &equal, over_link);
    let verdicts = |judged: Vec<(Finding, ())>| best(judged).into_iter().map(|(f, ())| f.verdict).collect::<Vec<_>>();
    assert_eq!(verdicts(vec![(same(true), ())]), [Verdict::Same]);
    assert_eq!(verdicts(vec![(same(true), ()), (same(true), ())]), [Verdict::Possible; 2]);
    assert_eq!(verdicts(vec![(same(true), ()), (same(false), ())]), [Verdict::Same, Verdict::Possible]);
    let taxed = with(Verdict::Same, 1.0, &[Reason::TaxCodeEqual], true);
    assert_eq!(verdicts(vec![(same(true), ()), (taxed, ())]), [Verdict::Same, Verdict::Possible]);
}

/// The real producers of the demo: none is taken for another, each is found in its own commune.
#[test]
fn no_two_of_the_real_producers_are_the_same() {
    let table = include_str!("../../../../../ocop/demo/phu-yen-2021/products_press.csv");
    let mut producers: Vec<(String, String)> = Vec::new();
    for row in csv::Reader::from_reader(table.as_bytes()).records() {
        let row = row.expect("a row");
        let (name, code) = (row.get(6).expect("a producer"), row.get(12).expect("a commune"));
        if !name.is_empty() && !code.is_empty() {
            producers.push((name.to_owned(), format!("units/{code}-20180507")));
        }
    }
    producers.sort();
    producers.dedup();
    assert!(producers.len() >= 30, "{}", producers.len());
    for (name, unit) in &producers {
        assert!(by_name(unit).is_some(), "{unit}");
        let matcher = Matcher::new(asked(name, unit, 0, ""));
        let form = ProducerName::of(name).kind.map_or(0, form_of);
        for (other, other_unit) in &producers {
            let other_form = ProducerName::of(other).kind.map_or(0, form_of);
            let found = Registered { display_name: other, tax_code: None, unit: other_unit, legal_form: other_form };
            let found = matcher.judge(&found);
            let itself = (name, unit) == (other, other_unit) && form != 0 && !name.ends_with("[cá nhân]");
            assert_eq!(found.verdict == Verdict::Same, itself, "{name} {unit}, {other} {other_unit}: {found:?}");
            let apart = found.verdict == Verdict::Different;
            assert_eq!(
                apart,
                ProducerName::of(name) != ProducerName::of(other),
                "nor is anybody asked: {name} {unit}, {other} {other_unit}: {found:?}"
            );
        }
    }
}
