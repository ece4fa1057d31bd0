//! What others bring beside the budget: pledges, receipts, and the share of state money.

use kit::testing::statements;
use proto::budget::v1::{self as pb, FundingSource, PledgeMoved, PledgeState, PledgerKind};
use tonic::{Code, Response, Status};

use super::feed::payload;
use super::stage::{
    ID, NEIGHBOUR, PROVINCE, Stage, day, engines, insist, invalid, lump, plan_2021, refused, said, stage,
};

const TUY_HOA: &str = "units/555-20180507";
const PRODUCER: &str = "producers/0192f0c4-0000-7000-8000-000000000001";

pub fn pledge(plan: &str, kind: PledgerKind, amount_vnd: i64) -> pb::Pledge {
    pb::Pledge {
        plan: plan.to_owned(),
        pledger_kind: kind.into(),
        pledger: "Ngân hàng Chính sách xã hội tỉnh".to_owned(),
        amount_vnd,
        pledge_date: Some(day(2021, 5, 4)),
        document_number: "12/BB-CK".to_owned(),
        ..Default::default()
    }
}

pub fn receipt(pledge: &str, amount_vnd: i64) -> pb::Receipt {
    pb::Receipt {
        pledge: pledge.to_owned(),
        amount_vnd,
        receive_date: Some(day(2021, 6, 1)),
        document_number: "PT 07".to_owned(),
        ..Default::default()
    }
}

pub async fn create(stage: &Stage, pledge: pb::Pledge) -> Result<pb::Pledge, Status> {
    let request = pb::CreatePledgeRequest { pledge: Some(pledge), ..Default::default() };
    stage.resources().create_pledge(stage.officer().say(request)).await.map(Response::into_inner)
}

pub async fn receive(stage: &Stage, receipt: pb::Receipt) -> Result<pb::Receipt, Status> {
    let request = pb::CreateReceiptRequest { receipt: Some(receipt), ..Default::default() };
    stage.resources().create_receipt(stage.finance().say(request)).await.map(Response::into_inner)
}

async fn read(stage: &Stage, name: &str) -> pb::Pledge {
    let request = pb::GetPledgeRequest { name: name.to_owned() };
    stage.resources().get_pledge(stage.officer().say(request)).await.unwrap().into_inner()
}

async fn withdraw(stage: &Stage, name: &str) -> Result<pb::Pledge, Status> {
    let request = pb::WithdrawPledgeRequest {
        name: name.to_owned(),
        act_date: Some(day(2021, 9, 1)),
        reason: "Nhà tài trợ dừng chương trình".to_owned(),
        ..Default::default()
    };
    stage.resources().withdraw_pledge(stage.officer().say(request)).await.map(Response::into_inner)
}

fn rule(reason: &str) -> (Code, String, Vec<String>) {
    refused(Code::FailedPrecondition, reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pledge_is_as_far_as_what_was_received_of_it_says() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await.name;
        let due = Some(day(2021, 8, 1));
        let made =
            create(&stage, pb::Pledge { due_date: due, ..pledge(&plan, PledgerKind::Lender, 100) }).await.unwrap();
        assert_eq!(
            (made.source(), made.state(), made.unit.as_str()),
            (FundingSource::Credit, PledgeState::Pledged, PROVINCE)
        );
        assert!(made.overdue && made.received_vnd == 0);
        let first = receive(&stage, receipt(&made.name, 60)).await.unwrap();
        assert_eq!(
            (first.plan.as_str(), read(&stage, &made.name).await.state()),
            (plan.as_str(), PledgeState::PartlyReceived)
        );
        let second = receive(&stage, receipt(&made.name, 70)).await.unwrap();
        let full = read(&stage, &made.name).await;
        assert_eq!((full.state(), full.received_vnd, full.overdue), (PledgeState::Received, 130, false));
        assert_eq!(said(withdraw(&stage, &made.name).await), rule("PLEDGE_STATE_FORBIDS"));

        let back = |amount, of: &str| pb::Receipt { reverses: of.to_owned(), ..receipt(&made.name, amount) };
        let correction = receive(&stage, back(50, &second.name)).await.unwrap();
        assert_eq!(said(receive(&stage, back(21, &second.name)).await), rule("CORRECTION_TOO_LARGE"));
        assert_eq!(said(receive(&stage, back(1, &correction.name)).await), rule("CORRECTION_MISMATCH"));
        let early = pb::Receipt { receive_date: Some(day(2021, 5, 31)), ..back(1, &second.name) };
        assert_eq!(said(receive(&stage, early).await), invalid(&["receipt.receive_date DATE_ORDER"]));
        let unknown = back(1, "receipts/0192f0c4-0000-7000-8000-000000000000");
        assert_eq!(said(receive(&stage, unknown).await), invalid(&["receipt.reverses REFERENCE_UNKNOWN"]));
        let left = withdraw(&stage, &made.name).await.unwrap();
        assert_eq!(
            (left.state(), left.received_vnd, left.withdraw_date),
            (PledgeState::Withdrawn, 80, Some(day(2021, 9, 1)))
        );
        assert_eq!(said(receive(&stage, receipt(&made.name, 1)).await), rule("PLEDGE_STATE_FORBIDS"));
        receive(&stage, back(20, &second.name)).await.unwrap();
        assert_eq!(read(&stage, &made.name).await.received_vnd, 60);
        let list = pb::ListReceiptsRequest { pledge: made.name.clone(), ..Default::default() };
        let list = stage.resources().list_receipts(stage.officer().count(list)).await.unwrap();
        assert_eq!((statements(&list), list.get_ref().receipts.len()), (1, 4));
        assert_eq!(list.get_ref().receipts[0], first);
        let moved: PledgeMoved = payload(stage.events().await.last().unwrap());
        assert_eq!((moved.state.as_str(), moved.received_vnd), ("PLEDGE_STATE_WITHDRAWN", 60));
        for statement in ["UPDATE receipt SET amount_vnd = 1", "DELETE FROM receipt"] {
            assert!(stage.tamper(statement).await.is_err(), "{statement}");
        }
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_a_pledge_is_said_at_once_and_nothing_is_stored() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await.name;
        let before = stage.stored().await;
        let wrong = pb::Pledge {
            producer: PRODUCER.to_owned(),
            source: FundingSource::Central.into(),
            unit: "units/99999".to_owned(),
            pledger: " ".to_owned(),
            due_date: Some(day(2021, 5, 3)),
            ..pledge(&plan, PledgerKind::Donor, -1)
        };
        let (code, _, mut found) = said(create(&stage, wrong).await);
        found.sort();
        let expected = [
            "pledge.amount_vnd FIELD_RANGE",
            "pledge.due_date DATE_ORDER",
            "pledge.pledger FIELD_REQUIRED",
            "pledge.producer PRODUCER_MISPLACED",
            "pledge.source SOURCE_MISMATCH",
            "pledge.unit UNIT_UNKNOWN",
        ];
        assert_eq!((code, found), (Code::InvalidArgument, expected.map(str::to_owned).to_vec()));
        let elsewhere = pb::Pledge { unit: NEIGHBOUR.to_owned(), ..pledge(&plan, PledgerKind::Donor, 5) };
        let request = pb::CreatePledgeRequest { pledge: Some(elsewhere), ..Default::default() };
        let nation = stage.world().as_role("finance_officer", "units/vn");
        let outside = stage.resources().create_pledge(nation.say(request)).await;
        assert_eq!(said(outside), invalid(&["pledge.unit UNIT_OUTSIDE_PLAN"]));
        let unknown = pledge("plans/0192f0c4-0000-7000-8000-000000000000", PledgerKind::Donor, 5);
        assert_eq!(said(create(&stage, unknown).await), invalid(&["pledge.plan REFERENCE_UNKNOWN"]));
        let unknown = receipt("pledges/0192f0c4-0000-7000-8000-000000000000", 5);
        assert_eq!(said(receive(&stage, unknown).await), invalid(&["receipt.pledge REFERENCE_UNKNOWN"]));
        let dry = pb::CreatePledgeRequest {
            pledge: Some(pledge(&plan, PledgerKind::Donor, 5)),
            validate_only: true,
            ..Default::default()
        };
        stage.resources().create_pledge(stage.officer().say(dry.clone())).await.unwrap();
        assert_eq!(stage.stored().await, before);
        let foreign = stage.world().as_role("province_officer", NEIGHBOUR);
        let foreign = stage.resources().create_pledge(foreign.say(dry)).await;
        assert_eq!(said(foreign), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pledges_are_found_by_plan_unit_source_state_and_producer_page_by_page() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await.name;
        let mut made = Vec::new();
        for (kind, unit, producer) in [
            (PledgerKind::Producer, TUY_HOA, PRODUCER),
            (PledgerKind::Lender, "", ""),
            (PledgerKind::Producer, "", ""),
            (PledgerKind::Commune, TUY_HOA, ""),
        ] {
            let (unit, producer) = (unit.to_owned(), producer.to_owned());
            made.push(create(&stage, pb::Pledge { unit, producer, ..pledge(&plan, kind, 10) }).await.unwrap().name);
        }
        receive(&stage, receipt(&made[1], 10)).await.unwrap();
        receive(&stage, receipt(&made[2], 4)).await.unwrap();
        withdraw(&stage, &made[3]).await.unwrap();
        let all = pb::ListPledgesRequest { plan: plan.clone(), page_size: 1, ..Default::default() };
        for (ask, expected) in [
            (all.clone(), vec![0, 1, 2, 3]),
            (pb::ListPledgesRequest { unit: TUY_HOA.to_owned(), ..all.clone() }, vec![0, 3]),
            (pb::ListPledgesRequest { source: FundingSource::ProducersOwn.into(), ..all.clone() }, vec![0, 2]),
            (pb::ListPledgesRequest { producer: PRODUCER.to_owned(), ..all.clone() }, vec![0]),
            (pb::ListPledgesRequest { state: PledgeState::Pledged.into(), ..all.clone() }, vec![0]),
            (pb::ListPledgesRequest { state: PledgeState::Received.into(), ..all.clone() }, vec![1]),
            (pb::ListPledgesRequest { state: PledgeState::PartlyReceived.into(), ..all.clone() }, vec![2]),
            (pb::ListPledgesRequest { state: PledgeState::Withdrawn.into(), ..all.clone() }, vec![3]),
        ] {
            let (mut found, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = pb::ListPledgesRequest { page_token, ..ask.clone() };
                let page = stage.resources().list_pledges(stage.officer().count(request)).await.unwrap();
                assert_eq!(statements(&page), 1);
                let page = page.into_inner();
                found.extend(page.pledges.into_iter().map(|p| p.name));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            let expected: Vec<&String> = expected.iter().map(|at: &usize| &made[*at]).collect();
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{ask:?}");
        }
        let city = stage.world().as_role("district_officer", TUY_HOA);
        let own = stage.resources().list_pledges(city.say(pb::ListPledgesRequest::default())).await.unwrap();
        assert_eq!(own.into_inner().pledges.len(), 2, "a district sees its own");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_of_state_money_is_said_of_what_came_and_of_what_is_planned() {
    for engine in engines() {
        let stage = stage(engine).await;
        let own = pb::EstimateLine { source: FundingSource::ProducersOwn.into(), ..lump(20) };
        let plan = stage.assigned(vec![lump(100), own]).await.plan;
        let summary = async || {
            let request = pb::GetResourceSummaryRequest { plan: plan.clone() };
            let found = stage.resources().get_resource_summary(stage.officer().count(request)).await.unwrap();
            assert_eq!(statements(&found), 2, "the plan, and all sources");
            found.into_inner()
        };
        let first = summary().await;
        assert_eq!((first.state_percent.as_str(), first.planned_state_percent.as_str()), ("83.33", "83.33"));
        let donor = create(&stage, pledge(&plan, PledgerKind::Donor, 60)).await.unwrap();
        let centre = create(&stage, pledge(&plan, PledgerKind::CentralProgramme, 40)).await.unwrap();
        receive(&stage, receipt(&donor.name, 30)).await.unwrap();
        receive(&stage, receipt(&centre.name, 40)).await.unwrap();
        let found = summary().await;
        let rows: Vec<_> =
            found.sources.iter().map(|s| (s.source(), s.assigned_vnd, s.pledged_vnd, s.received_vnd)).collect();
        let expected = [
            (FundingSource::Central, 0, 40, 40),
            (FundingSource::Provincial, 100, 0, 0),
            (FundingSource::District, 0, 0, 0),
            (FundingSource::ProducersOwn, 20, 0, 0),
            (FundingSource::Credit, 0, 0, 0),
            (FundingSource::Donor, 0, 60, 30),
        ];
        assert_eq!(rows, expected);
        // 140 of 190 came, 140 of 220 are planned.
        assert_eq!((found.state_percent.as_str(), found.planned_state_percent.as_str()), ("73.68", "63.64"));
        withdraw(&stage, &donor.name).await.unwrap();
        let total = summary().await.total.unwrap();
        assert_eq!((total.assigned_vnd, total.pledged_vnd, total.received_vnd), (120, 70, 70));
        let empty = stage.plan(pb::Plan { year: 2022, ..plan_2021() }).await.name;
        let request = pb::GetResourceSummaryRequest { plan: empty };
        let empty = stage.resources().get_resource_summary(stage.officer().say(request)).await.unwrap().into_inner();
        assert_eq!((empty.state_percent.as_str(), empty.sources.len()), ("", 6), "of nothing there is no share");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_at_once_lose_nothing_and_a_repeat_counts_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await.name;
        let made = create(&stage, pledge(&plan, PledgerKind::Donor, 1000)).await.unwrap().name;
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..16 {
            let (resources, finance) = (stage.resources(), stage.finance());
            let (receipt, request_id) = (Some(receipt(&made, 10 + writer)), String::new());
            let request = pb::CreateReceiptRequest { receipt, request_id, ..Default::default() };
            writers.spawn(async move {
                let call = || {
                    let (mut resources, request) = (resources.clone(), finance.say(request.clone()));
                    async move { resources.create_receipt(request).await }
                };
                insist(call).await.unwrap();
            });
        }
        while let Some(done) = writers.join_next().await {
            done.unwrap();
        }
        let request = pb::CreateReceiptRequest {
            receipt: Some(receipt(&made, 1)),
            request_id: ID.to_owned(),
            ..Default::default()
        };
        for _ in 0..2 {
            stage.resources().create_receipt(stage.finance().say(request.clone())).await.unwrap();
        }
        assert_eq!(read(&stage, &made).await.received_vnd, 160 + 120 + 1);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pledge_of_which_invented_money_was_received_says_so() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await.name;
        let made = create(&stage, pledge(&plan, PledgerKind::Lender, 100)).await.unwrap();
        assert!(!made.sample);
        let invented = receive(&stage, pb::Receipt { sample: true, ..receipt(&made.name, 40) }).await.unwrap();
        assert!(invented.sample && read(&stage, &made.name).await.sample);
        let request = pb::GetResourceSummaryRequest { plan };
        let summary = stage.resources().get_resource_summary(stage.officer().say(request)).await.unwrap().into_inner();
        assert!(summary.sample);
        stage.end().await;
    }
}
