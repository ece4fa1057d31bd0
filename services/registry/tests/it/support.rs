//! Support packages: proposal, decision, delivery, lists and sums.

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DAY, LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, mask, on, producer, refused,
    request_id,
};
use crate::promotion::products;

pub fn support(product: &str) -> pb::SupportPackage {
    pb::SupportPackage {
        product: product.to_owned(),
        recognition_year: 2020,
        year: 2021,
        kind: pb::SupportKind::Packaging.into(),
        description: "Bao bì, nhãn mác".to_owned(),
        amount_vnd: 20_000_000,
        propose_date: on(DAY),
        ..Default::default()
    }
}

pub async fn add(office: &Office, new: pb::SupportPackage) -> Result<pb::SupportPackage, Status> {
    let request = pb::CreateSupportPackageRequest { support_package: Some(new), ..Default::default() };
    create(office, request).await
}

fn approval(name: &str) -> pb::ApproveSupportPackageRequest {
    pb::ApproveSupportPackageRequest {
        name: name.to_owned(),
        decision_number: "77/QĐ-UBND".to_owned(),
        decision_date: on(date!(2021 - 07 - 15)),
        ..Default::default()
    }
}

fn delivery(name: &str) -> pb::DeliverSupportPackageRequest {
    pb::DeliverSupportPackageRequest {
        name: name.to_owned(),
        deliver_date: on(date!(2021 - 09 - 01)),
        evidence: "Biên bản bàn giao 05/BB".to_owned(),
        ..Default::default()
    }
}

fn refusal(name: &str) -> pb::RefuseSupportPackageRequest {
    pb::RefuseSupportPackageRequest {
        name: name.to_owned(),
        refuse_date: on(date!(2021 - 07 - 15)),
        reason: "Hết kinh phí".to_owned(),
        ..Default::default()
    }
}

fn cancellation(name: &str) -> pb::CancelSupportPackageRequest {
    pb::CancelSupportPackageRequest {
        name: name.to_owned(),
        cancel_date: on(date!(2021 - 08 - 01)),
        reason: "Chủ thể xin thôi".to_owned(),
        ..Default::default()
    }
}

async fn create(office: &Office, request: pb::CreateSupportPackageRequest) -> Result<pb::SupportPackage, Status> {
    Ok(office.support().create_support_package(office.admin().say(request)).await?.into_inner())
}

async fn update(office: &Office, request: pb::UpdateSupportPackageRequest) -> Result<pb::SupportPackage, Status> {
    Ok(office.support().update_support_package(office.admin().say(request)).await?.into_inner())
}

async fn approve(office: &Office, request: pb::ApproveSupportPackageRequest) -> Result<pb::SupportPackage, Status> {
    Ok(office.support().approve_support_package(office.admin().say(request)).await?.into_inner())
}

async fn refuse(office: &Office, request: pb::RefuseSupportPackageRequest) -> Result<pb::SupportPackage, Status> {
    Ok(office.support().refuse_support_package(office.admin().say(request)).await?.into_inner())
}

async fn deliver(office: &Office, request: pb::DeliverSupportPackageRequest) -> Result<pb::SupportPackage, Status> {
    Ok(office.support().deliver_support_package(office.admin().say(request)).await?.into_inner())
}

async fn cancel(office: &Office, request: pb::CancelSupportPackageRequest) -> Result<pb::SupportPackage, Status> {
    Ok(office.support().cancel_support_package(office.admin().say(request)).await?.into_inner())
}

async fn list(
    office: &Office,
    request: pb::ListSupportPackagesRequest,
) -> Result<pb::ListSupportPackagesResponse, Status> {
    Ok(office.support().list_support_packages(office.admin().say(request)).await?.into_inner())
}

async fn totals(office: &Office, request: pb::GetSupportTotalsRequest) -> Result<pb::SupportTotals, Status> {
    Ok(office.support().get_support_totals(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn a_package_is_proposed_decided_and_delivered_with_evidence() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 1).await;
        let made = add(&office, support(&goods[0])).await.unwrap();
        assert_eq!((made.state(), made.unit.as_str()), (pb::SupportState::Proposed, WARD_8));
        let forbidden = because(Code::FailedPrecondition, "STEP_NOT_ALLOWED");
        let early = deliver(&office, delivery(&made.name)).await;
        assert!(early.as_ref().unwrap_err().message().contains("ApproveSupportPackage, RefuseSupportPackage"));
        assert_eq!(refused(early), forbidden);
        let granted = approve(&office, approval(&made.name)).await.unwrap();
        assert_eq!((granted.state(), granted.decision_number.as_str()), (pb::SupportState::Approved, "77/QĐ-UBND"));
        assert_eq!(refused(refuse(&office, refusal(&made.name)).await), forbidden);
        let stale = pb::DeliverSupportPackageRequest { etag: made.etag.clone(), ..delivery(&made.name) };
        assert_eq!(refused(deliver(&office, stale).await), because(Code::Aborted, "ETAG_STALE"));
        let done = deliver(&office, delivery(&made.name)).await.unwrap();
        assert_eq!((done.state(), done.evidence.as_str()), (pb::SupportState::Delivered, "Biên bản bàn giao 05/BB"));
        assert_eq!(refused(cancel(&office, cancellation(&made.name)).await), forbidden);
        let request = office.admin().count(pb::GetSupportPackageRequest { name: made.name });
        let answer = office.support().get_support_package(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner(), done);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_package_is_refused_with_everything_that_is_wrong_with_it() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 1).await;
        let before = office.rows().await;
        let wrong = pb::SupportPackage {
            product: "products/x".to_owned(),
            recognition_year: 2022,
            kind: 0,
            description: " ".to_owned(),
            amount_vnd: 0,
            propose_date: on(date!(2021 - 12 - 16)),
            ..support("")
        };
        let all = [
            ("support_package.product", "FIELD_FORMAT"),
            ("support_package.recognition_year", "FIELD_RANGE"),
            ("support_package.kind", "FIELD_REQUIRED"),
            ("support_package.description", "FIELD_REQUIRED"),
            ("support_package.amount_vnd", "FIELD_RANGE"),
            ("support_package.propose_date", "DATE_IN_FUTURE"),
        ];
        assert_eq!(refused(add(&office, wrong).await), invalid(&all));
        let nobody = support(&format!("products/{}", uuid::Uuid::nil()));
        let unknown = invalid(&[("support_package.product", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(add(&office, nobody).await), unknown);
        let early = pb::SupportPackage { propose_date: on(date!(2021 - 06 - 29)), ..support(&goods[0]) };
        let order = invalid(&[("support_package.propose_date", "DATE_ORDER")]);
        assert_eq!(refused(add(&office, early).await), order, "before the product's registration");
        let request = pb::CreateSupportPackageRequest {
            support_package: Some(support(&goods[0])),
            validate_only: true,
            ..Default::default()
        };
        create(&office, request).await.unwrap();
        assert_eq!(office.rows().await, before);
        let made = add(&office, support(&goods[0])).await.unwrap();
        let approval = pb::ApproveSupportPackageRequest {
            decision_number: String::new(),
            decision_date: on(date!(2021 - 06 - 29)),
            ..approval(&made.name)
        };
        let number = invalid(&[("decision_number", "FIELD_REQUIRED")]);
        assert_eq!(refused(approve(&office, approval.clone()).await), number);
        let approval = pb::ApproveSupportPackageRequest { decision_number: "1".to_owned(), ..approval };
        let order = invalid(&[("decision_date", "DATE_ORDER")]);
        assert_eq!(refused(approve(&office, approval).await), order, "before the proposal");
        let late = pb::CancelSupportPackageRequest { cancel_date: on(date!(2021 - 12 - 16)), ..cancellation("x") };
        let all = invalid(&[("name", "FIELD_FORMAT"), ("cancel_date", "DATE_IN_FUTURE")]);
        assert_eq!(refused(cancel(&office, late).await), all);
    })
    .await;
}

#[tokio::test]
async fn only_a_proposal_is_changed_and_it_is_judged_with_what_stays() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 1).await;
        let made = add(&office, support(&goods[0])).await.unwrap();
        let change = |new: pb::SupportPackage, paths: &[&str]| pb::UpdateSupportPackageRequest {
            support_package: Some(new),
            update_mask: mask(paths),
            ..Default::default()
        };
        let more = pb::SupportPackage { amount_vnd: 30_000_000, year: 2022, ..made.clone() };
        let now = update(&office, change(more, &["amount_vnd"])).await.unwrap();
        assert_eq!((now.amount_vnd, now.year), (30_000_000, 2021));
        let before = pb::SupportPackage { year: 2019, ..now.clone() };
        let year = invalid(&[("support_package.year", "FIELD_RANGE")]);
        assert_eq!(refused(update(&office, change(before, &["year"])).await), year);
        let state = invalid(&[("update_mask", "UPDATE_MASK_INVALID")]);
        assert_eq!(refused(update(&office, change(now.clone(), &["state"])).await), state);
        refuse(&office, refusal(&made.name)).await.unwrap();
        let now = pb::SupportPackage { etag: String::new(), ..now };
        let forbidden = because(Code::FailedPrecondition, "STEP_NOT_ALLOWED");
        assert_eq!(refused(update(&office, change(now, &["amount_vnd"])).await), forbidden);
    })
    .await;
}

#[tokio::test]
async fn packages_are_listed_and_summed_by_unit_year_and_kind_in_one_statement() {
    everywhere(async |office| {
        let near = products(&office, WARD_8, 2).await;
        let far = products(&office, LA_HAI, 1).await;
        let stamps = pb::SupportKind::TraceStamps;
        let mut names = Vec::new();
        for (product, kind, year, amount) in [
            (&near[0], pb::SupportKind::Packaging, 2021, 10_000_000),
            (&near[0], stamps, 2021, 3_000_000),
            (&near[1], stamps, 2021, 4_000_000),
            (&far[0], stamps, 2021, 5_000_000),
            (&far[0], pb::SupportKind::Machinery, 2022, 90_000_000),
        ] {
            let new = pb::SupportPackage { kind: kind.into(), year, amount_vnd: amount, ..support(product) };
            names.push(add(&office, new).await.unwrap().name);
        }
        refuse(&office, refusal(&names[2])).await.unwrap();
        let ask = pb::GetSupportTotalsRequest::default;
        let sums = async |request: pb::GetSupportTotalsRequest| {
            let answer = office.support().get_support_totals(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let sums = answer.into_inner();
            (sums.packages, sums.total_vnd)
        };
        assert_eq!(sums(ask()).await, (5, 108_000_000), "what was refused is counted and costs nothing");
        assert_eq!(sums(pb::GetSupportTotalsRequest { year: 2021, ..ask() }).await, (4, 18_000_000));
        assert_eq!(sums(pb::GetSupportTotalsRequest { unit: LA_HAI.to_owned(), ..ask() }).await, (2, 95_000_000));
        assert_eq!(sums(pb::GetSupportTotalsRequest { kind: stamps.into(), ..ask() }).await, (3, 8_000_000));
        assert_eq!(sums(pb::GetSupportTotalsRequest { recognition_year: 2019, ..ask() }).await, (0, 0));
        let all = totals(&office, ask()).await.unwrap();
        let by_kind: Vec<_> = all.totals.iter().map(|t| (t.kind(), t.state(), t.packages, t.total_vnd)).collect();
        let proposed = pb::SupportState::Proposed;
        let expected = [
            (pb::SupportKind::Packaging, proposed, 1, 10_000_000),
            (stamps, proposed, 2, 8_000_000),
            (stamps, pb::SupportState::Refused, 1, 4_000_000),
            (pb::SupportKind::Machinery, proposed, 1, 90_000_000),
        ];
        assert_eq!(by_kind, expected);
        assert!(!all.sample);
    })
    .await;
}

#[tokio::test]
async fn packages_are_walked_without_gap_or_repeat_and_cut_by_product() {
    everywhere(async |office| {
        let near = products(&office, WARD_8, 2).await;
        let mut names = Vec::new();
        for product in [&near[0], &near[0], &near[1], &near[1], &near[1]] {
            names.push(add(&office, support(product)).await.unwrap().name);
        }
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListSupportPackagesRequest { page_size: 2, page_token: token, ..Default::default() };
            let answer = office.support().list_support_packages(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.support_packages.into_iter().map(|s| s.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, names);
        let request = pb::ListSupportPackagesRequest { product: near[0].clone(), ..Default::default() };
        assert_eq!(list(&office, request).await.unwrap().support_packages.len(), 2);
        let wrong = pb::ListSupportPackagesRequest {
            unit: "units/0".to_owned(),
            year: 3000,
            kind: 99,
            page_token: "AAAA".to_owned(),
            ..Default::default()
        };
        let all = [
            ("unit", "UNIT_UNKNOWN"),
            ("year", "FIELD_RANGE"),
            ("kind", "ENUM_UNKNOWN"),
            ("page_token", "PAGE_TOKEN_INVALID"),
        ];
        assert_eq!(refused(list(&office, wrong).await), invalid(&all));
    })
    .await;
}

#[tokio::test]
async fn a_package_is_seen_and_moved_by_its_units_and_roles_only() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 1).await;
        let made = add(&office, support(&goods[0])).await.unwrap();
        let city = office.world.as_role("committee_leader", TUY_HOA_CITY);
        let other = office.world.as_role("committee_leader", LA_HAI);
        let officer = office.world.as_role("province_officer", PHU_YEN);
        let unit = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let role = because(Code::PermissionDenied, "ROLE_MISSING");
        let mut client = office.support();
        assert_eq!(refused(client.approve_support_package(other.say(approval(&made.name))).await), unit);
        assert_eq!(refused(client.approve_support_package(officer.say(approval(&made.name))).await), role);
        client.approve_support_package(city.say(approval(&made.name))).await.unwrap();
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let request = pb::GetSupportPackageRequest { name: made.name };
        assert_eq!(refused(client.get_support_package(foreign.say(request)).await), unit);
        let totals = client.get_support_totals(foreign.say(pb::GetSupportTotalsRequest::default())).await.unwrap();
        assert_eq!(totals.into_inner().packages, 0);
        let request =
            pb::CreateSupportPackageRequest { support_package: Some(support(&goods[0])), ..Default::default() };
        assert_eq!(refused(client.create_support_package(foreign.say(request)).await), unit);
    })
    .await;
}

#[tokio::test]
async fn packages_of_samples_are_samples_and_acts_repeat_safely() {
    everywhere(async |office| {
        let maker = office.add_producer(pb::Producer { sample: true, ..producer("HTX Mẫu") }).await.unwrap().name;
        let good = office.add_product(crate::office::product(&maker, "Rượu mẫu")).await.unwrap().name;
        let request = pb::CreateSupportPackageRequest {
            support_package: Some(support(&good)),
            request_id: request_id(1),
            ..Default::default()
        };
        let made = create(&office, request.clone()).await.unwrap();
        assert!(made.sample);
        assert_eq!(create(&office, request).await.unwrap(), made);
        let approval = pb::ApproveSupportPackageRequest { request_id: request_id(2), ..approval(&made.name) };
        let granted = approve(&office, approval.clone()).await.unwrap();
        let before = office.rows().await;
        assert_eq!(approve(&office, approval).await.unwrap(), granted);
        assert_eq!(office.rows().await, before);
        let off = cancel(&office, cancellation(&made.name)).await.unwrap();
        assert_eq!(off.state(), pb::SupportState::Cancelled);
        let sums = totals(&office, pb::GetSupportTotalsRequest::default()).await.unwrap();
        assert_eq!((sums.packages, sums.total_vnd, sums.sample), (1, 0, true));
    })
    .await;
}
