//! A candidate's way from the list of its locality to the star in the list of products: through the gateway, each act by those whose
//! work it is and on its day, under the first regime and under the newest, on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something else has failed"
)]

#[path = "way/council.rs"]
mod council;
#[path = "way/house.rs"]
mod house;
#[path = "way/office.rs"]
mod office;

use kit::testing::{backends, reason};
use proto::insights::v1::PipelineStage as Stage;
use proto::registry::v1::{self as pb, CandidateState, DossierLevel, DossierState, RecognitionState};
use time::Date;
use time::macros::date;

use crate::council::Council;
use crate::house::House;
use crate::office::{Office, Year, on};

/// Phú Yên in 2021: a ward of Tuy Hòa, its city, the province.
fn first_regime() -> Year {
    Year {
        regime: "regimes/q1048",
        set: "q1048-ruou-trang",
        province: "units/54-20180507",
        upper: ("district_officer", "units/555-20180507", DossierLevel::District),
        commune: "units/22018-20180507",
        listed: date!(2021 - 02 - 15),
        accepted: date!(2021 - 03 - 10),
        filed: date!(2021 - 07 - 05),
        returned: date!(2021 - 07 - 09),
        again: date!(2021 - 07 - 12),
        assessed: date!(2021 - 07 - 14),
        forwarded: date!(2021 - 07 - 15),
        sealed: date!(2021 - 07 - 20),
        sits: date!(2021 - 08 - 20),
        decided: date!(2021 - 09 - 15),
        first_out: date!(2024 - 09 - 15),
        term: None,
        stars: 4,
    }
}

/// Đắk Lắk in 2026: a commune of what was Phú Yên, no districts.
fn newest_regime() -> Year {
    Year {
        regime: "regimes/q26",
        set: "q26-tuong-nuoc-mam-gia-vi-long",
        province: "units/66-20250701",
        upper: ("province_officer", "units/66-20250701", DossierLevel::Province),
        commune: "units/22255-20250701",
        listed: date!(2026 - 02 - 15),
        accepted: date!(2026 - 03 - 10),
        filed: date!(2026 - 06 - 01),
        returned: date!(2026 - 06 - 05),
        again: date!(2026 - 06 - 08),
        assessed: date!(2026 - 06 - 10),
        forwarded: date!(2026 - 06 - 12),
        sealed: date!(2026 - 07 - 01),
        sits: date!(2026 - 08 - 20),
        decided: date!(2026 - 09 - 15),
        first_out: date!(2029 - 09 - 15),
        term: Some((15, date!(2026 - 06 - 22), date!(2026 - 06 - 29))),
        stars: 4,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_of_the_first_regime_comes_to_its_star() {
    goes(first_regime()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candidate_of_the_newest_regime_comes_to_its_star() {
    goes(newest_regime()).await;
}

async fn goes(year: Year) {
    for backend in backends() {
        println!("on {backend:?}");
        let office = Office::open(backend, year.clone()).await;
        let plan = office.plan().await;
        let house = listed(&office, &plan).await;
        let dossier = filled(&office, &house).await;
        submitted(&office, &house, &dossier, &plan).await;
        let council = Council::set_up(&office).await;
        let digest = assessed_and_sealed(&office, &house, &dossier, &council).await;
        office.stands(&plan, Stage::Sealed).await;
        let sitting = council.judge(&office, &house, &digest).await;
        office.stands(&plan, Stage::Graded).await;
        let certificate = council.decide(&office, &sitting).await;
        recognised(&office, &house, &certificate, &plan).await;
        assert_eq!(
            office.candidate(&house.candidate).await.state(),
            CandidateState::Filed,
            "its list has done its work"
        );
        office.close().await;
    }
}

/// An idea is proposed by the commune, accepted by the level above and becomes a product of a producer.
async fn listed(office: &Office, plan: &str) -> House {
    office.on(office.year.listed);
    let idea = pb::ProductCandidate {
        unit: office.year.commune.to_owned(),
        year: office.year.listed.year(),
        display_name: "Sản phẩm mẫu của xã".to_owned(),
        target_stars: 4,
        kind: pb::CandidateKind::First.into(),
        propose_date: on(office.year.listed),
        sample: true,
        ..Default::default()
    };
    let request = pb::CreateProductCandidateRequest { candidate: Some(idea), ..Default::default() };
    let mut lists = office.candidates();
    let made = lists.create_product_candidate(office.commune().say(request)).await.unwrap().into_inner();
    assert_eq!(made.state(), CandidateState::Proposed);
    office.on(office.year.accepted);
    let accept = pb::AcceptCandidateRequest {
        name: made.name.clone(),
        accept_date: on(office.year.accepted),
        ..Default::default()
    };
    let own = lists.accept_candidate(office.commune().say(accept.clone())).await.unwrap_err();
    assert_eq!(reason(&own), "ROLE_MISSING", "nobody accepts what they proposed");
    let taken = lists.accept_candidate(office.upper().say(accept)).await.unwrap().into_inner();
    assert_eq!(taken.state(), CandidateState::Accepted);
    office.stands(plan, Stage::Candidate).await;
    let house = House::settle(office, &made.name).await;
    let register =
        pb::RegisterCandidateRequest { name: made.name.clone(), product: house.product.clone(), ..Default::default() };
    let known = lists.register_candidate(office.commune().say(register)).await.unwrap().into_inner();
    assert_eq!((known.state(), &known.product, known.sample), (CandidateState::Accepted, &house.product, true));
    house
}

/// The producer begins its dossier, is told all that is missing, and fills it from its vault until nothing is.
async fn filled(office: &Office, house: &House) -> String {
    let dossier = house.begin(office).await;
    let report = house.check(office, &dossier, office.year.filed).await;
    let missing: Vec<(pb::FindingCode, &str)> =
        report.findings.iter().filter(|f| f.blocking).map(|f| (f.code(), f.subject.as_str())).collect();
    let needed = house.needed(office).await;
    assert_eq!(missing.iter().map(|(_, subject)| (*subject).to_owned()).collect::<Vec<_>>(), needed, "{missing:?}");
    assert!(report.findings.iter().all(|f| !f.text_vi.is_empty() && !f.text_en.is_empty()));
    let early = house.submit(office, &dossier, office.year.accepted).await.unwrap_err();
    assert_eq!(reason(&early), "DOSSIER_INCOMPLETE", "an empty dossier is not handed in");
    house.answer(office, &dossier).await;
    house.prove(office, &dossier).await;
    let report = house.check(office, &dossier, office.year.filed).await;
    let left: Vec<_> = report.findings.iter().filter(|f| f.blocking).collect();
    assert!(report.complete && left.is_empty() && !report.sealable, "{left:?}");
    dossier
}

/// Handed in: the candidate is filed with it, and the commune's days run where the regime sets them.
async fn submitted(office: &Office, house: &House, dossier: &str, plan: &str) {
    office.on(office.year.filed);
    let filed = house.submit(office, dossier, office.year.filed).await.unwrap();
    assert_eq!((filed.state(), &*filed.regime, filed.round), (DossierState::Submitted, office.year.regime, 1));
    let candidate = office.candidate(&house.candidate).await;
    assert_eq!((candidate.state(), &*candidate.dossier), (CandidateState::Filed, dossier));
    assert_eq!((candidate.file_date, filed.due_date), (on(office.year.filed), office.year.term.and_then(|t| on(t.1))));
    if let Some((days, due, _)) = office.year.term {
        let counted = office.due(office.year.filed, days).await;
        assert_eq!(counted, due, "the term is counted as the calendar counts");
        let late = |as_of: Date| office.dossier_on(dossier, as_of);
        assert!(!late(due).await.overdue && late(due.next_day().unwrap()).await.overdue);
    }
    office.stands(plan, Stage::Filed).await;
}

/// The commune takes it up and gives it back once; the second time it confirms, forwards, and the level above seals. Answers the digest.
async fn assessed_and_sealed(office: &Office, house: &House, dossier: &str, council: &Council) -> String {
    let year = &office.year;
    office.on(year.returned);
    office.take_up(dossier, year.returned).await;
    let back = office.give_back(dossier, year.returned, &["dossier"]).await;
    assert_eq!((back.state(), back.remarks.len(), back.overdue), (DossierState::Returned, 1, false));
    assert_eq!(office.candidate(&house.candidate).await.state(), CandidateState::Filed, "given back is not taken back");
    office.on(year.again);
    let again = house.submit(office, dossier, year.again).await.unwrap();
    assert_eq!((again.round, again.filing_date), (2, on(year.filed)), "the first filing decides");
    assert_eq!(again.due_date, year.term.and_then(|t| on(t.2)));
    office.on(year.assessed);
    office.take_up(dossier, year.again).await;
    office.assess(dossier, year.assessed).await;
    office.on(year.forwarded);
    let sent = office.forward(dossier, year.forwarded).await;
    assert_eq!((sent.state(), sent.forwarded_to(), sent.overdue), (DossierState::Forwarded, year.upper.2, false));
    council.open(office).await;
    assert_eq!(council.refusal(office, house, "").await, "DOSSIER_MISSING", "what is not sealed is not judged");
    let early = office.seal(dossier, year.forwarded).await.unwrap_err();
    assert_eq!(reason(&early), "DOSSIER_INCOMPLETE", "samples are missing");
    office.hand_in(dossier, year.forwarded).await;
    assert!(house.check(office, dossier, year.forwarded).await.sealable);
    office.on(year.sealed);
    let sealed = office.seal(dossier, year.sealed).await.unwrap();
    assert_eq!((sealed.state(), sealed.digest.len()), (DossierState::Sealed, 64));
    assert_eq!(house.snapshot(office, dossier).await, sealed.digest);
    sealed.digest
}

/// The registry's list shows the star by its copy of the certificate, and the plan counts one product.
async fn recognised(office: &Office, house: &House, certificate: &str, plan: &str) {
    let year = &office.year;
    let product = office.starred(&house.product).await;
    let shown = product.recognition.unwrap();
    assert_eq!((shown.state(), shown.stars, &*shown.certificate), (RecognitionState::InForce, year.stars, certificate));
    assert_eq!((shown.decision_date, shown.first_day_out), (on(year.decided), on(year.first_out)));
    assert!(product.sample);
    let other = pb::ListProductsRequest { stars: 3, unit: year.province.to_owned(), ..Default::default() };
    let page = office.products().list_products(house.maker(office).say(other)).await.unwrap().into_inner();
    assert!(page.products.is_empty(), "it has no other star");
    let forecast = office.recognised(plan).await;
    assert_eq!((forecast.probability_permille, forecast.low_permille), (1000, 1000), "the target of one is reached");
    assert!(forecast.pipeline.iter().all(|stage| stage.count == 0) && forecast.sample);
}
