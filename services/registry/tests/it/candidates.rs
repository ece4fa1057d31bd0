//! Candidates of a locality and year: proposal, acceptance, dossier, lists, counts, and the next year.

use kit::testing::{As, statements};
use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DAY, LA_HAI, Office, PHU_YEN, SET, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, mask, on, producer, product,
    refused, request_id,
};
use crate::promotion::products;

/// In December the list may be carried over.
const DECEMBER: Date = date!(2021 - 12 - 10);

fn of_product(product: &str) -> pb::ProductCandidate {
    pb::ProductCandidate {
        product: product.to_owned(),
        year: 2021,
        target_stars: 3,
        kind: pb::CandidateKind::First.into(),
        propose_date: on(DAY),
        ..Default::default()
    }
}

fn idea(display_name: &str, unit: &str) -> pb::ProductCandidate {
    pb::ProductCandidate { display_name: display_name.to_owned(), unit: unit.to_owned(), ..of_product("") }
}

async fn add_as(office: &Office, who: &As, new: pb::ProductCandidate) -> Result<pb::ProductCandidate, Status> {
    let request = pb::CreateProductCandidateRequest { candidate: Some(new), ..Default::default() };
    Ok(office.candidates().create_product_candidate(who.say(request)).await?.into_inner())
}

async fn add(office: &Office, new: pb::ProductCandidate) -> Result<pb::ProductCandidate, Status> {
    add_as(office, &office.admin(), new).await
}

async fn accept(office: &Office, name: &str, day: Date) -> Result<pb::ProductCandidate, Status> {
    let request = pb::AcceptCandidateRequest { name: name.to_owned(), accept_date: on(day), ..Default::default() };
    Ok(office.candidates().accept_candidate(office.admin().say(request)).await?.into_inner())
}

async fn file(office: &Office, name: &str, dossier: &str) -> Result<pb::ProductCandidate, Status> {
    let request = pb::FileCandidateRequest {
        name: name.to_owned(),
        file_date: on(date!(2021 - 08 - 01)),
        dossier: dossier.to_owned(),
        ..Default::default()
    };
    Ok(office.candidates().file_candidate(office.admin().say(request)).await?.into_inner())
}

async fn drop(office: &Office, name: &str) -> Result<pb::ProductCandidate, Status> {
    let request = pb::DropCandidateRequest {
        name: name.to_owned(),
        drop_date: on(date!(2021 - 08 - 01)),
        reason: " Chưa đủ vùng nguyên liệu ".to_owned(),
        ..Default::default()
    };
    Ok(office.candidates().drop_candidate(office.admin().say(request)).await?.into_inner())
}

async fn update(office: &Office, new: pb::ProductCandidate, paths: &[&str]) -> Result<pb::ProductCandidate, Status> {
    let request =
        pb::UpdateProductCandidateRequest { candidate: Some(new), update_mask: mask(paths), ..Default::default() };
    Ok(office.candidates().update_product_candidate(office.admin().say(request)).await?.into_inner())
}

async fn register(office: &Office, name: &str, product: &str) -> Result<pb::ProductCandidate, Status> {
    let request =
        pb::RegisterCandidateRequest { name: name.to_owned(), product: product.to_owned(), ..Default::default() };
    Ok(office.candidates().register_candidate(office.admin().say(request)).await?.into_inner())
}

/// The candidates that a caller sees, in one statement.
async fn list(office: &Office, who: &As, request: pb::ListProductCandidatesRequest) -> Vec<String> {
    let answer = office.candidates().list_product_candidates(who.count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().candidates.into_iter().map(|c| c.name).collect()
}

async fn totals(office: &Office, request: pb::GetCandidateTotalsRequest) -> pb::CandidateTotals {
    let answer = office.candidates().get_candidate_totals(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner()
}

fn step_forbidden() -> crate::office::Refused {
    because(Code::FailedPrecondition, "STEP_NOT_ALLOWED")
}

#[tokio::test]
async fn a_product_is_proposed_accepted_and_filed() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 1).await;
        let made = add(&office, of_product(&goods[0])).await.unwrap();
        assert_eq!((made.state(), made.unit.as_str()), (pb::CandidateState::Proposed, WARD_8));
        assert_eq!((made.display_name.as_str(), made.product_set.as_str()), ("Rượu 0", SET));
        assert!(!made.producer.is_empty());
        let again = refused(add(&office, pb::ProductCandidate { target_stars: 4, ..of_product(&goods[0]) }).await);
        assert_eq!(again, because(Code::AlreadyExists, "CANDIDATE_EXISTS"));
        assert_eq!(refused(file(&office, &made.name, "").await), step_forbidden());
        let early = refused(accept(&office, &made.name, date!(2021 - 06 - 29)).await);
        assert_eq!(early, invalid(&[("accept_date", "DATE_ORDER")]));
        let taken = accept(&office, &made.name, date!(2021 - 07 - 01)).await.unwrap();
        assert_eq!((taken.state(), taken.accept_date), (pb::CandidateState::Accepted, on(date!(2021 - 07 - 01))));
        assert_eq!(refused(accept(&office, &made.name, DECEMBER).await), step_forbidden());
        let wrong = refused(file(&office, &made.name, "dossiers/x").await);
        assert_eq!(wrong, invalid(&[("dossier", "FIELD_FORMAT")]));
        let dossier = format!("dossiers/{}", uuid::Uuid::from_u128(7));
        let filed = file(&office, &made.name, &dossier).await.unwrap();
        assert_eq!((filed.state(), &filed.dossier), (pb::CandidateState::Filed, &dossier));
        assert_eq!(refused(drop(&office, &made.name).await), step_forbidden());
        let request = pb::GetProductCandidateRequest { name: made.name };
        let answer = office.candidates().get_product_candidate(office.admin().count(request)).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner(), filed);
    })
    .await;
}

#[tokio::test]
async fn an_idea_becomes_a_product_before_its_dossier_is_filed() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Một")).await.unwrap().name;
        let other = office.add_producer(producer("HTX Hai")).await.unwrap().name;
        let new = pb::ProductCandidate { producer: maker.clone(), ..idea("Mắm ruột", WARD_8) };
        let made = add(&office, new).await.unwrap();
        assert_eq!((made.product.as_str(), &made.producer), ("", &maker));
        assert_eq!(
            refused(add(&office, idea(" MAM ruot", WARD_8)).await),
            because(Code::AlreadyExists, "CANDIDATE_EXISTS")
        );
        accept(&office, &made.name, DAY).await.unwrap();
        let unregistered = because(Code::FailedPrecondition, "CANDIDATE_UNREGISTERED");
        assert_eq!(refused(file(&office, &made.name, "").await), unregistered);
        let foreign = office.add_product(product(&other, "Mắm")).await.unwrap().name;
        let unknown = invalid(&[("product", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(register(&office, &made.name, &foreign).await), unknown);
        let own = office.add_product(product(&maker, "Mắm ruột cá ngừ")).await.unwrap().name;
        let now = register(&office, &made.name, &own).await.unwrap();
        assert_eq!((&now.product, now.display_name.as_str()), (&own, "Mắm ruột cá ngừ"));
        let registered = because(Code::FailedPrecondition, "CANDIDATE_REGISTERED");
        assert_eq!(refused(register(&office, &made.name, &own).await), registered);
        let renamed = pb::ProductCandidate { display_name: "Khác".to_owned(), ..now.clone() };
        assert_eq!(refused(update(&office, renamed, &["display_name"]).await), registered);
        assert!(file(&office, &made.name, "").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn what_is_aimed_at_changes_while_a_candidate_is_open() {
    everywhere(async |office| {
        let made = add(&office, idea("Mắm ruột", WARD_8)).await.unwrap();
        let higher = pb::ProductCandidate { target_stars: 4, product_set: SET.to_owned(), ..made.clone() };
        let now = update(&office, higher.clone(), &["target_stars", "product_set"]).await.unwrap();
        assert_eq!((now.target_stars, now.product_set.as_str()), (4, SET));
        assert_eq!(refused(update(&office, higher, &["target_stars"]).await), because(Code::Aborted, "ETAG_STALE"));
        let upgrade = pb::ProductCandidate { kind: pb::CandidateKind::Upgrade.into(), ..now.clone() };
        let wrong = refused(update(&office, upgrade, &["kind"]).await);
        assert_eq!(wrong, invalid(&[("candidate.kind", "FIELD_RANGE")]));
        add(&office, idea("Mắm nêm", WARD_8)).await.unwrap();
        let clash = pb::ProductCandidate { display_name: "MẮM NÊM".to_owned(), ..now.clone() };
        let taken = refused(update(&office, clash, &["display_name"]).await);
        assert_eq!(taken, because(Code::AlreadyExists, "CANDIDATE_EXISTS"));
        let gone = drop(&office, &made.name).await.unwrap();
        assert_eq!((gone.state(), gone.reason.as_str()), (pb::CandidateState::Dropped, "Chưa đủ vùng nguyên liệu"));
        let late = pb::ProductCandidate { etag: gone.etag.clone(), ..now };
        assert_eq!(refused(update(&office, late, &["target_stars"]).await), step_forbidden());
        assert!(add(&office, idea("Mắm ruột", WARD_8)).await.is_ok(), "what was dropped may be proposed again");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_candidate_is_refused_with_everything_that_is_wrong_with_it() {
    everywhere(async |office| {
        let before = office.rows().await;
        let wrong = pb::ProductCandidate {
            year: 2020,
            kind: pb::CandidateKind::Upgrade.into(),
            producer: "x".to_owned(),
            product_set: "productSets/x".to_owned(),
            visit: "x".to_owned(),
            ..idea(" ", PHU_YEN)
        };
        let all = [
            ("candidate.unit", "UNIT_NOT_COMMUNE"),
            ("candidate.display_name", "FIELD_REQUIRED"),
            ("candidate.producer", "FIELD_FORMAT"),
            ("candidate.product_set", "REFERENCE_UNKNOWN"),
            ("candidate.kind", "FIELD_RANGE"),
            ("candidate.visit", "FIELD_FORMAT"),
            ("candidate.year", "FIELD_RANGE"),
        ];
        assert_eq!(refused(add(&office, wrong).await), invalid(&all));
        let stars = pb::ProductCandidate { target_stars: 2, kind: 0, ..idea("Mắm", WARD_8) };
        let all = [("candidate.kind", "FIELD_REQUIRED"), ("candidate.target_stars", "FIELD_RANGE")];
        assert_eq!(refused(add(&office, stars).await), invalid(&all));
        let nil = uuid::Uuid::nil();
        let unknown = refused(add(&office, of_product(&format!("products/{nil}"))).await);
        assert_eq!(unknown, invalid(&[("candidate.product", "REFERENCE_UNKNOWN")]));
        let future = pb::ProductCandidate { propose_date: on(date!(2021 - 12 - 16)), ..idea("Mắm", WARD_8) };
        assert_eq!(refused(add(&office, future).await), invalid(&[("candidate.propose_date", "DATE_IN_FUTURE")]));
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let elsewhere = refused(add_as(&office, &foreign, idea("Mắm", WARD_8)).await);
        assert_eq!(elsewhere, because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let request = pb::CreateProductCandidateRequest {
            candidate: Some(idea("Mắm", WARD_8)),
            validate_only: true,
            request_id: request_id(1),
        };
        assert!(office.candidates().create_product_candidate(office.admin().say(request)).await.is_ok());
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_cut_by_unit_year_stars_state_and_kind_and_walked_in_pages() {
    everywhere(async |office| {
        let ward = products(&office, WARD_8, 2).await;
        let town = products(&office, LA_HAI, 1).await;
        let one = add(&office, of_product(&ward[0])).await.unwrap().name;
        let two = add(&office, pb::ProductCandidate { target_stars: 4, ..of_product(&ward[1]) }).await.unwrap().name;
        let kind = pb::CandidateKind::Upgrade.into();
        let three = add(&office, pb::ProductCandidate { kind, ..of_product(&town[0]) }).await.unwrap().name;
        let four = add(&office, pb::ProductCandidate { year: 2022, ..idea("Mắm", LA_HAI) }).await.unwrap().name;
        accept(&office, &one, DAY).await.unwrap();
        let all = pb::ListProductCandidatesRequest::default;
        let city = TUY_HOA_CITY.to_owned();
        for (request, names) in [
            (all(), vec![&one, &two, &three, &four]),
            (pb::ListProductCandidatesRequest { unit: city, ..all() }, vec![&one, &two]),
            (pb::ListProductCandidatesRequest { year: 2022, ..all() }, vec![&four]),
            (pb::ListProductCandidatesRequest { target_stars: 4, ..all() }, vec![&two]),
            (pb::ListProductCandidatesRequest { state: pb::CandidateState::Accepted.into(), ..all() }, vec![&one]),
            (pb::ListProductCandidatesRequest { kind, ..all() }, vec![&three]),
            (pb::ListProductCandidatesRequest { product: ward[1].clone(), ..all() }, vec![&two]),
        ] {
            assert_eq!(list(&office, &office.admin(), request).await, names.into_iter().cloned().collect::<Vec<_>>());
        }
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        assert_eq!(list(&office, &foreign, all()).await, [three.clone(), four.clone()]);
        let mut token = String::new();
        let mut walked = Vec::new();
        loop {
            let request = pb::ListProductCandidatesRequest { page_size: 3, page_token: token, ..all() };
            let page = office.candidates().list_product_candidates(office.admin().say(request)).await.unwrap();
            let page = page.into_inner();
            walked.extend(page.candidates.into_iter().map(|c| c.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, [one, two, three, four]);
    })
    .await;
}

#[tokio::test]
async fn counts_are_by_unit_of_a_days_map() {
    everywhere(async |office| {
        let ward = products(&office, WARD_8, 2).await;
        let one = add(&office, of_product(&ward[0])).await.unwrap().name;
        add(&office, pb::ProductCandidate { target_stars: 5, ..of_product(&ward[1]) }).await.unwrap();
        add(&office, pb::ProductCandidate { sample: true, ..idea("Mắm", LA_HAI) }).await.unwrap();
        accept(&office, &one, DAY).await.unwrap();
        let gone = add(&office, idea("Bánh", WARD_8)).await.unwrap().name;
        drop(&office, &gone).await.unwrap();
        let ask = |unit: &str, day: Date| pb::GetCandidateTotalsRequest {
            unit: unit.to_owned(),
            year: 2021,
            as_of: on(day),
            level: 0,
        };
        let all = totals(&office, ask(PHU_YEN, DAY)).await;
        let total = all.total.clone().unwrap();
        assert_eq!((total.candidates, total.proposed, total.accepted, total.dropped), (3, 2, 1, 1));
        assert_eq!((total.three_stars, total.five_stars, total.ideas, total.samples), (2, 1, 1, 1));
        let units: Vec<(&str, i32)> = all.units.iter().map(|u| (u.unit.as_str(), u.candidates)).collect();
        assert_eq!(units, [(TUY_HOA_CITY, 2), ("units/558-20180507", 1)]);
        let later = office.world.as_role("province_admin", "units/66-20250701");
        let request = ask("units/66-20250701", date!(2026 - 01 - 01));
        let map = office.candidates().get_candidate_totals(later.say(request)).await.unwrap().into_inner();
        assert_eq!(map.total.unwrap().candidates, 3);
        assert_eq!(map.units.iter().map(|u| u.candidates).sum::<i32>(), 3, "each of them at one commune of the map");
        assert!(map.units.iter().all(|u| u.unit.ends_with("-20250701")), "{:?}", map.units);
    })
    .await;
}

#[tokio::test]
async fn what_is_open_goes_on_on_the_next_years_list() {
    everywhere(async |office| {
        let ward = products(&office, WARD_8, 3).await;
        let mut names = Vec::new();
        for product in &ward {
            names.push(add(&office, of_product(product)).await.unwrap().name);
        }
        accept(&office, &names[0], DAY).await.unwrap();
        drop(&office, &names[1]).await.unwrap();
        add(&office, pb::ProductCandidate { year: 2022, ..of_product(&ward[2]) }).await.unwrap();
        let ask = |day: Date, id: u128| pb::CarryOverCandidatesRequest {
            unit: TUY_HOA_CITY.to_owned(),
            year: 2021,
            carry_date: on(day),
            request_id: request_id(id),
        };
        let carry = async |request| office.candidates().carry_over_candidates(office.admin().say(request)).await;
        let early = refused(carry(ask(date!(2021 - 11 - 30), 1)).await);
        assert_eq!(early, invalid(&[("carry_date", "DATE_ORDER")]));
        let done = carry(ask(DECEMBER, 2)).await.unwrap().into_inner();
        assert_eq!((done.candidates.len(), done.known, done.remaining), (1, 1, 0));
        let next = &done.candidates[0];
        assert_eq!((next.year, next.state(), &next.carried_from), (2022, pb::CandidateState::Proposed, &names[0]));
        assert_eq!((&next.product, next.accept_date), (&ward[0], None));
        assert_eq!(carry(ask(DECEMBER, 2)).await.unwrap().into_inner(), done, "a repeat takes no effect");
        let nothing = because(Code::FailedPrecondition, "NOTHING_TO_CARRY");
        assert_eq!(refused(carry(ask(DECEMBER, 3)).await), nothing);
        let closed =
            pb::ListProductCandidatesRequest { state: pb::CandidateState::CarriedOver.into(), ..Default::default() };
        assert_eq!(list(&office, &office.admin(), closed).await, [names[0].clone(), names[2].clone()]);
    })
    .await;
}

#[tokio::test]
async fn a_visit_proposes_what_it_found() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 2).await;
        let who = crate::visits::officer(&office).await;
        let seen = pb::Visit { candidates: goods.clone(), ..crate::visits::visit(WARD_8, &who, DAY) };
        let seen = crate::visits::add(&office, seen).await.unwrap().name;
        let there = add(&office, of_product(&goods[0])).await.unwrap();
        let ask = |visit: &str, day: Date| pb::ProposeFromVisitRequest {
            visit: visit.to_owned(),
            year: 2021,
            target_stars: 4,
            kind: pb::CandidateKind::First.into(),
            propose_date: on(day),
            request_id: String::new(),
        };
        let propose = async |request| office.candidates().propose_from_visit(office.admin().say(request)).await;
        let early = refused(propose(ask(&seen, date!(2021 - 06 - 29))).await);
        assert_eq!(early, invalid(&[("propose_date", "DATE_ORDER")]));
        let found = propose(ask(&seen, DAY)).await.unwrap().into_inner();
        assert_eq!((found.candidates.len(), &found.known), (1, &vec![there.product]));
        let new = &found.candidates[0];
        assert_eq!((&new.product, &new.visit, new.target_stars), (&goods[1], &seen, 4));
        let again = propose(ask(&seen, DAY)).await.unwrap().into_inner();
        assert_eq!((again.candidates.len(), again.known.len()), (0, 2));
        let bare = crate::visits::add(&office, crate::visits::visit(LA_HAI, &who, DAY)).await.unwrap().name;
        let nothing = because(Code::FailedPrecondition, "VISIT_WITHOUT_CANDIDATES");
        assert_eq!(refused(propose(ask(&bare, DAY)).await), nothing);
        let elsewhere = pb::ProductCandidate { visit: bare, ..idea("Mắm", WARD_8) };
        assert_eq!(refused(add(&office, elsewhere).await), because(Code::FailedPrecondition, "VISIT_ELSEWHERE"));
        assert!(add(&office, pb::ProductCandidate { visit: seen, ..idea("Mắm", WARD_8) }).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn of_two_that_propose_the_same_one_is_told_of_the_other() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 1).await;
        let all = (0..4).map(|_| {
            let (office, goods) = (office.clone(), goods.clone());
            tokio::spawn(async move { add(&office, of_product(&goods[0])).await })
        });
        let mut made = 0;
        for task in all.collect::<Vec<_>>() {
            match task.await.unwrap() {
                Ok(_) => made += 1,
                refusal => assert_eq!(refused(refusal), because(Code::AlreadyExists, "CANDIDATE_EXISTS")),
            }
        }
        assert_eq!(made, 1);
        assert_eq!(office.rows_of(&["candidate"]).await, [("candidate", 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_producer_names_its_own_candidates_and_sees_no_others() {
    everywhere(async |office| {
        let mine = office.add_producer(producer("HTX Một")).await.unwrap().name;
        let other = office.add_producer(producer("HTX Hai")).await.unwrap().name;
        let me = office.world.as_producer(&mine, WARD_8);
        let own = pb::ProductCandidate { producer: mine.clone(), ..idea("Mắm", WARD_8) };
        let own = add_as(&office, &me, own).await.unwrap();
        let theirs = pb::ProductCandidate { producer: other, ..idea("Bánh", WARD_8) };
        let forbidden = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(refused(add_as(&office, &me, theirs.clone()).await), forbidden);
        assert_eq!(refused(add_as(&office, &me, idea("Trà", WARD_8)).await), forbidden);
        let theirs = add(&office, theirs).await.unwrap();
        let nobodys = add(&office, idea("Trà", WARD_8)).await.unwrap();
        assert_eq!(
            list(&office, &me, pb::ListProductCandidatesRequest::default()).await,
            std::slice::from_ref(&own.name)
        );
        let get = async |name: &str| {
            let request = pb::GetProductCandidateRequest { name: name.to_owned() };
            office.candidates().get_product_candidate(me.say(request)).await
        };
        assert!(get(&own.name).await.is_ok());
        assert_eq!(refused(get(&theirs.name).await), forbidden);
        assert_eq!(refused(get(&nobodys.name).await), forbidden);
    })
    .await;
}
