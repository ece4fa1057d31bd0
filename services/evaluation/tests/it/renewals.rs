//! When a re-evaluation may be filed, who signs a recognition, and which dossier a sitting judges.

use proto::evaluation::v1 as pb;
use sea_orm::DbBackend;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::acts::paper;
use crate::office::{
    Office, TUY_HOA_CITY, because, council, decision, everywhere, everywhere_on, invalid, known, on, refused, round,
    sitting, told,
};

const TODAY: Date = date!(2026 - 11 - 24);
/// What certificates of this day end on is 1 December 2026.
const DECIDED: Date = date!(2023 - 12 - 01);

/// A round of Đắk Lắk under 26/2026/QĐ-TTg.
async fn round_of_2026(office: &Office) -> String {
    let mut of_council = council(1);
    (of_council.unit, of_council.decision_date) = ("units/66".to_owned(), on(date!(2026 - 06 - 01)));
    let of_council = office.add_council(of_council).await.unwrap();
    let mut opened = round(&of_council.name);
    (opened.regime, opened.year, opened.open_date) = ("regimes/q26".to_owned(), 2026, on(date!(2026 - 06 - 02)));
    office.add_round(opened).await.unwrap().name
}

fn filed(round: &str, product: &str, kind: pb::DossierKind, day: Date) -> pb::Sitting {
    let mut wanted = sitting(round, product);
    wanted.kind = kind.into();
    wanted.product_set = "productSets/q26-ca-phe-ca-cao".to_owned();
    (wanted.filing_date, wanted.sitting_date) = (on(day), on(TODAY));
    wanted
}

/// Days on which nothing of `rows` may change: the refusal, and that nothing is stored.
async fn refuses(office: &Office, wanted: pb::Sitting) -> Status {
    let before = office.rows().await;
    let refusal = office.add_sitting(wanted).await.unwrap_err();
    assert_eq!(office.rows().await, before);
    refusal
}

#[tokio::test]
async fn a_re_evaluation_is_filed_in_its_window_late_until_the_end_and_never_early_or_after_it() {
    everywhere_on(TODAY, async |office| {
        let round = round_of_2026(&office).await;
        let renewal = pb::DossierKind::ReEvaluation;
        let product = office.product("Cà phê Một").await;
        let none = refuses(&office, filed(&round, &product, renewal, date!(2026 - 07 - 01))).await;
        assert_eq!(told(&none, "product"), product);
        assert_eq!(refused(Err::<(), _>(none)), because(Code::FailedPrecondition, "RENEWAL_WITHOUT_CERTIFICATE"));

        let held = office.record(known(&product, DECIDED)).await.unwrap().name;
        let early = refuses(&office, filed(&round, &product, renewal, date!(2026 - 06 - 03))).await;
        let days = ["name", "opens", "closes", "end"].map(|key| told(&early, key));
        assert_eq!(days, [held.as_str(), "04/06/2026", "03/08/2026", "01/12/2026"]);
        assert_eq!(refused(Err::<(), _>(early)), because(Code::FailedPrecondition, "RENEWAL_TOO_EARLY"));

        let in_time = office.add_sitting(filed(&round, &product, renewal, date!(2026 - 08 - 03))).await.unwrap();
        assert_eq!(in_time.filed_late_days, 0);
        let second = office.product("Cà phê Hai").await;
        office.record(known(&second, DECIDED)).await.unwrap();
        let late = office.add_sitting(filed(&round, &second, renewal, date!(2026 - 08 - 14))).await.unwrap();
        assert_eq!(late.filed_late_days, 11);
        assert_eq!(office.sitting(&late.name).await.filed_late_days, 11, "it is kept");

        let third = office.product("Cà phê Ba").await;
        office.record(known(&third, date!(2023 - 11 - 01))).await.unwrap();
        let over = refuses(&office, filed(&round, &third, renewal, date!(2026 - 11 - 01))).await;
        assert_eq!(told(&over, "end"), "01/11/2026");
        assert_eq!(refused(Err::<(), _>(over)), because(Code::FailedPrecondition, "RENEWAL_TOO_LATE"));
        let anew = filed(&round, &third, pb::DossierKind::First, date!(2026 - 11 - 01));
        office.add_sitting(anew).await.expect("it is evaluated anew");
    })
    .await;
}

#[tokio::test]
async fn an_upgrade_may_come_at_any_time_and_what_was_revoked_is_not_renewed() {
    everywhere_on(TODAY, async |office| {
        let round = round_of_2026(&office).await;
        let (one, two) = (office.product("Cà phê Một").await, office.product("Cà phê Hai").await);
        office.record(known(&one, date!(2026 - 05 - 25))).await.unwrap();
        let upgrade = filed(&round, &one, pb::DossierKind::Upgrade, date!(2026 - 06 - 05));
        assert_eq!(office.add_sitting(upgrade).await.unwrap().filed_late_days, 0);
        let held = office.record(known(&two, DECIDED)).await.unwrap().name;
        office.revoke(&held, paper("9/QĐ-UBND", date!(2026 - 06 - 20)), date!(2026 - 06 - 10)).await.unwrap();
        let renewal = filed(&round, &two, pb::DossierKind::ReEvaluation, date!(2026 - 07 - 01));
        let ended = refuses(&office, renewal).await;
        assert_eq!([told(&ended, "name"), told(&ended, "status")], [held, "REVOKED".to_owned()]);
        assert_eq!(refused(Err::<(), _>(ended)), because(Code::FailedPrecondition, "RENEWAL_CERTIFICATE_ENDED"));
    })
    .await;
}

#[tokio::test]
async fn a_decision_is_signed_by_the_posts_of_the_law_or_by_a_paper_that_authorises_another() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let graded = office.graded(sitting(&round, &office.product("Cà phê Một").await), 78).await;
        let day = date!(2021 - 12 - 01);
        let by = |post: &str| {
            let mut wanted = decision("15/QĐ-UBND", day, &[&graded]);
            wanted.signed_by = post.to_owned();
            wanted
        };
        let before = office.rows().await;
        for post in ["Giám đốc Sở Nông nghiệp", "Chủ tịch UBND huyện Tuy An", "Bộ trưởng", "Phó Chủ tịch Hội đồng"]
        {
            let wrong = office.decide(by(post)).await;
            assert_eq!(refused(wrong), invalid(&[("decision.signed_by", "SIGNER_WRONG")]), "{post}");
        }
        let mut many = by("Giám đốc Sở");
        many.number = String::new();
        let wrong = [("decision.number", "FIELD_REQUIRED"), ("decision.signed_by", "SIGNER_WRONG")];
        assert_eq!(refused(office.decide(many).await), invalid(&wrong));
        assert_eq!(office.rows().await, before);
        let mut authorised = by("Giám đốc Sở Nông nghiệp");
        authorised.signer_authorisation = "Quyết định ủy quyền số 3/QĐ-UBND".to_owned();
        let made = office.decide(authorised).await.unwrap();
        let request = pb::GetDecisionRequest { name: made.name.clone() };
        let kept = office.decisions().get_decision(office.admin.say(request)).await.unwrap().into_inner();
        assert_eq!(kept.signer_authorisation, "Quyết định ủy quyền số 3/QĐ-UBND");
        let mut of_district = by("Chủ tịch UBND thành phố Tuy Hòa");
        of_district.unit = TUY_HOA_CITY.to_owned();
        let refusal = refused(office.decide(of_district).await);
        assert_eq!(refusal, because(Code::FailedPrecondition, "SITTINGS_REFUSED"), "the post is right for a city");
    })
    .await;
}

/// Puts a sealed dossier into the copy, as the registry's feed would.
pub async fn seal(
    office: &Office,
    number: u128,
    product: &str,
    day: Date,
    bundle: Option<(&str, &[&str])>,
) -> (String, String) {
    let (id, digest) = (uuid::Uuid::from_u128(number), format!("{number:064x}"));
    let product = kit::name::parse(product, "products").unwrap();
    let bundle = bundle.map_or_else(String::new, |(bundle, products)| {
        let products: Vec<String> =
            products.iter().map(|of| format!("\"{}\"", of.strip_prefix("products/").unwrap())).collect();
        format!("[\"{}\",[{}]]", bundle.strip_prefix("bundles/").unwrap(), products.join(","))
    });
    let database = office.world.database("evaluation");
    let text = |id: uuid::Uuid| match database.reader().get_database_backend() {
        DbBackend::Sqlite => format!("X'{}'", id.simple()),
        _ => format!("'{id}'"),
    };
    let insert = format!(
        "INSERT INTO sealed_dossier (dossier, product, kind, filing_date, digest, bundle) \
         VALUES ({}, {}, 'first', '{}', '{digest}', '{bundle}')",
        text(id),
        text(product),
        kit::day::iso(day),
    );
    assert_eq!(office.tamper(&insert).await, 1);
    (kit::name::of("dossiers", id), digest)
}

#[tokio::test]
async fn a_sitting_carries_the_digest_of_the_sealed_dossier_and_no_other() {
    everywhere(async |office| {
        let council = office.add_council(council(1)).await.unwrap().name;
        let round = office.add_round(round(&council)).await.unwrap().name;
        let product = office.product("Cà phê Một").await;
        let paper = office.product("Cà phê Hai").await;
        let day = crate::office::FILED;
        let (dossier, digest) = seal(&office, 7, &product, day, None).await;
        let wanted = |told: &str| pb::Sitting { dossier_digest: told.to_owned(), ..sitting(&round, &product) };
        let wrong = refuses(&office, wanted(&"f".repeat(64))).await;
        assert_eq!([told(&wrong, "name"), told(&wrong, "digest")], [dossier.clone(), digest.clone()]);
        assert_eq!(refused(Err::<(), _>(wrong)), because(Code::FailedPrecondition, "DOSSIER_DIGEST_MISMATCH"));
        let mut later = wanted("");
        later.filing_date = day.next_day().map(kit::day::pb);
        let later = refuses(&office, later).await;
        assert_eq!([told(&later, "name"), told(&later, "date")], [dossier, "01/09/2021".to_owned()]);
        assert_eq!(refused(Err::<(), _>(later)), because(Code::FailedPrecondition, "DOSSIER_OTHER_DAY"));
        assert_eq!(office.add_sitting(wanted("")).await.unwrap().dossier_digest, digest, "it is filled in");

        let told_by_caller = pb::Sitting { dossier_digest: "a".repeat(64), ..sitting(&round, &paper) };
        assert_eq!(office.add_sitting(told_by_caller).await.unwrap().dossier_digest, "a".repeat(64));
        let rules = pb::CouncilRules { from_date: on(day), dossier_required: true, ..Default::default() };
        let request = pb::SetCouncilRulesRequest { name: council, rules: Some(rules), ..Default::default() };
        let set = office.councils().set_council_rules(office.admin.say(request)).await.unwrap().into_inner();
        assert!(set.rules[0].dossier_required);
        let third = office.product("Cà phê Ba").await;
        let missing = refuses(&office, sitting(&round, &third)).await;
        assert_eq!(told(&missing, "product"), third);
        assert_eq!(refused(Err::<(), _>(missing)), because(Code::FailedPrecondition, "DOSSIER_MISSING"));
        let (_, digest) = seal(&office, 9, &third, day, None).await;
        assert_eq!(office.add_sitting(sitting(&round, &third)).await.unwrap().dossier_digest, digest);
    })
    .await;
}
