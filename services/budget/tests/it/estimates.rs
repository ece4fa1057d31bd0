//! Estimates from the draft to the assigned budget.

use proto::budget::v1::{self as pb, EntryKind, Estimate, EstimateStage, estimate_line};
use tonic::Code;

use super::stage::{
    Stage, by_norm, create_estimate, day, engines, estimate, granted, invalid, lump, plan_2021, refused, said, stage,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_norm_times_quantity_times_days_with_its_legal_text_or_a_lump_sum_with_its_reason() {
    for engine in engines() {
        let stage = stage(engine).await;
        let lines = vec![
            by_norm("norms/per-diem", 12, 2, 0),
            by_norm("norms/lecturer-session", 1, 4, 1_600_000),
            lump(35_000_000),
        ];
        let draft = stage.draft(lines).await;
        assert_eq!((draft.stage(), draft.amount_vnd), (EstimateStage::Draft, 4_800_000 + 6_400_000 + 35_000_000));
        assert_eq!((draft.appraised_vnd, draft.submit_date), (None, None));
        let seen: Vec<(i64, i64, &str, bool)> = draft
            .lines
            .iter()
            .map(|line| match line.cost.as_ref().unwrap() {
                estimate_line::Cost::NormCost(c) => {
                    (line.amount_vnd, c.rate_vnd, c.legal_reference.as_str(), c.norm_verified)
                }
                estimate_line::Cost::LumpSum(lump) => (line.amount_vnd, 0, lump.reason.as_str(), false),
            })
            .collect();
        assert_eq!(
            seen,
            [
                (4_800_000, 200_000, "40/2017/TT-BTC", true),
                (6_400_000, 1_600_000, "36/2018/TT-BTC", false),
                (35_000_000, 0, "Chưa có định mức", false),
            ]
        );
        assert!(draft.lines.iter().all(|line| line.name.starts_with("lines/")));
        assert_eq!(stage.read(&draft.name).await, draft);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_goes_over_finance_and_the_committee_to_its_assignment() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100), lump(50), lump(30)]).await;
        let submitted = stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap().into_inner();
        assert_eq!((submitted.stage(), submitted.submit_date), (EstimateStage::Submitted, Some(day(2021, 3, 5))));
        let [a, b, c] = [0, 1, 2].map(|at| draft.lines[at].name.as_str());
        let cut = vec![granted(b, 0, "Không đúng đối tượng"), granted(c, 30, ""), granted(a, 90, "Trùng nội dung")];
        let appraised = stage.appraise(&draft, Some(cut), day(2021, 3, 15)).await.unwrap().into_inner();
        assert_eq!((appraised.stage(), appraised.amount_vnd), (EstimateStage::Appraised, 180));
        assert_eq!(appraised.appraised_vnd, Some(120));
        let of_lines: Vec<_> = appraised.lines.iter().map(|l| (l.appraised_vnd, l.appraisal_reason.as_str())).collect();
        assert_eq!(of_lines, [(Some(90), "Trùng nội dung"), (Some(0), "Không đúng đối tượng"), (Some(30), "")]);
        let approved = stage.approve(&draft.name, day(2021, 3, 15)).await.unwrap().into_inner();
        assert_eq!((approved.stage(), approved.approve_date), (EstimateStage::Approved, Some(day(2021, 3, 15))));

        let assignment = stage.assign(&draft.name, day(2021, 4, 1)).await.unwrap().into_inner();
        assert_eq!((assignment.amount_vnd, &assignment.estimate, &assignment.plan), (120, &draft.name, &draft.plan));
        assert_eq!(stage.read(&draft.name).await.stage(), EstimateStage::Assigned);
        let read = pb::GetAssignmentRequest { name: assignment.name.clone() };
        let read = stage.assignments().get_assignment(stage.finance().say(read)).await.unwrap().into_inner();
        assert_eq!(read, assignment);
        let list = pb::ListAssignmentsRequest { plan: draft.plan.clone(), ..Default::default() };
        let list = stage.assignments().list_assignments(stage.finance().say(list)).await.unwrap().into_inner();
        assert_eq!(list.assignments, [assignment]);

        assert_eq!(stage.balances(a).await, (90, 0, 0, 0));
        assert_eq!(stage.balances(b).await, (0, 0, 0, 0));
        assert_eq!(stage.balances(c).await, (30, 0, 0, 0));
        let opening = stage.entries("").await;
        let opening: Vec<_> = opening.iter().map(|e| (e.kind(), e.line.as_str(), e.amount_vnd)).collect();
        assert_eq!(opening, [(EntryKind::Assign, a, 90), (EntryKind::Assign, c, 30)], "no entry moves nothing");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returned_estimate_is_mended_and_submitted_again() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100)]).await;
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        let returned = stage.send_back(&draft.name, day(2021, 3, 8)).await.unwrap().into_inner();
        assert_eq!(
            (returned.stage(), returned.return_date, returned.return_reason.as_str()),
            (EstimateStage::Draft, Some(day(2021, 3, 8)), "Thiếu căn cứ định mức")
        );
        let mended = update(
            &stage,
            Estimate {
                name: draft.name.clone(),
                lines: vec![by_norm("norms/per-diem", 2, 3, 0), lump(7)],
                ..Default::default()
            },
        )
        .await
        .unwrap();
        assert_eq!((mended.amount_vnd, mended.lines.len(), &mended.title), (1_200_007, 2, &draft.title));
        assert_ne!(mended.lines[0].name, draft.lines[0].name, "lines are replaced whole");
        let early = stage.submit(&draft.name, day(2021, 3, 7)).await;
        assert_eq!(said(early), invalid(&["act_date DATE_ORDER"]), "not before the return");
        let again = stage.submit(&draft.name, day(2021, 3, 8)).await.unwrap().into_inner();
        assert_eq!((again.stage(), again.lines), (EstimateStage::Submitted, mended.lines));
        stage.end().await;
    }
}

async fn update(stage: &Stage, estimate: Estimate) -> Result<Estimate, tonic::Status> {
    let request = pb::UpdateEstimateRequest { estimate: Some(estimate), ..Default::default() };
    stage.estimates().update_estimate(stage.officer().say(request)).await.map(tonic::Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_that_the_stage_does_not_allow_is_refused_and_changes_nothing() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100)]).await;
        let on = day(2021, 5, 1);
        let names = [
            EstimateStage::Draft,
            EstimateStage::Submitted,
            EstimateStage::Appraised,
            EstimateStage::Approved,
            EstimateStage::Assigned,
        ];
        for at in names {
            let before = stage.read(&draft.name).await;
            assert_eq!(before.stage(), at);
            let forbidden = refused(Code::FailedPrecondition, "STAGE_FORBIDS");
            if at != EstimateStage::Draft {
                assert_eq!(said(stage.submit(&draft.name, on).await), forbidden, "submit at {at:?}");
                let title = Estimate { name: draft.name.clone(), title: "Khác".to_owned(), ..Default::default() };
                assert_eq!(said(update(&stage, title).await), forbidden, "update at {at:?}");
            }
            if at != EstimateStage::Submitted {
                assert_eq!(said(stage.appraise(&draft, None, on).await), forbidden, "appraise at {at:?}");
                assert_eq!(said(stage.send_back(&draft.name, on).await), forbidden, "return at {at:?}");
            }
            if at != EstimateStage::Appraised {
                assert_eq!(said(stage.approve(&draft.name, on).await), forbidden, "approve at {at:?}");
            }
            if at != EstimateStage::Approved {
                assert_eq!(said(stage.assign(&draft.name, on).await), forbidden, "assign at {at:?}");
            }
            assert_eq!(stage.read(&draft.name).await, before);
            match at {
                EstimateStage::Draft => drop(stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap()),
                EstimateStage::Submitted => drop(stage.appraise(&draft, None, day(2021, 3, 6)).await.unwrap()),
                EstimateStage::Appraised => drop(stage.approve(&draft.name, day(2021, 3, 7)).await.unwrap()),
                EstimateStage::Approved => drop(stage.assign(&draft.name, day(2021, 4, 1)).await.unwrap()),
                _ => {}
            }
        }
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appraisal_tells_every_fault_at_once_and_stores_none_of_it() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100), lump(50), lump(30)]).await;
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        let before = (stage.read(&draft.name).await, stage.stored().await);
        let [a, b] = [0, 1].map(|at| draft.lines[at].name.as_str());
        let wrong = vec![
            granted(a, 101, ""),
            granted(a, 99, "Trùng"),
            granted(b, 49, ""),
            granted("lines/0192f0c4-0000-7000-8000-000000000000", 1, ""),
        ];
        let found = said(stage.appraise(&draft, Some(wrong), day(2021, 3, 6)).await);
        let expected = [
            "appraisals[0].appraised_vnd APPRAISED_ABOVE_REQUEST",
            "appraisals[1].line LINE_REPEATED",
            "appraisals[2].reason FIELD_REQUIRED",
            "appraisals[3].line REFERENCE_UNKNOWN",
            "appraisals[4] LINE_MISSING",
        ];
        assert_eq!(found, invalid(&expected));
        let negative = vec![granted(a, -1, "Âm")];
        let found = said(stage.appraise(&draft, Some(negative), day(2021, 3, 4)).await);
        assert_eq!(found, invalid(&["appraisals[0].appraised_vnd FIELD_RANGE"]));
        assert_eq!((stage.read(&draft.name).await, stage.stored().await), before);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_for_a_stale_etag_is_refused() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100)]).await;
        update(&stage, Estimate { name: draft.name.clone(), title: "Khác".to_owned(), ..Default::default() })
            .await
            .unwrap();
        let late = pb::SubmitEstimateRequest {
            name: draft.name.clone(),
            act_date: Some(day(2021, 3, 5)),
            etag: draft.etag.clone(),
            ..Default::default()
        };
        let late = stage.estimates().submit_estimate(stage.officer().say(late)).await;
        assert_eq!(said(late), refused(Code::Aborted, "ETAG_STALE"));
        assert_eq!(stage.read(&draft.name).await.stage(), EstimateStage::Draft);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_assign_the_same_budget_at_once_assign_it_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100)]).await;
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        stage.appraise(&draft, None, day(2021, 3, 6)).await.unwrap();
        stage.approve(&draft.name, day(2021, 3, 7)).await.unwrap();
        let on = day(2021, 4, 1);
        let (first, second) = tokio::join!(stage.assign(&draft.name, on), stage.assign(&draft.name, on));
        let (mut won, mut lost) = (0, Vec::new());
        for answer in [first, second] {
            match answer {
                Ok(_) => won += 1,
                Err(status) => lost.push((status.code(), kit::testing::reason(&status))),
            }
        }
        assert_eq!((won, lost), (1, vec![(Code::FailedPrecondition, "STAGE_FORBIDS".to_owned())]));
        assert_eq!(stage.balances(&draft.lines[0].name).await, (100, 0, 0, 0));
        assert_eq!(stage.entries("").await.len(), 1);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_of_a_sample_is_a_sample_and_the_rest_is_not() {
    for engine in engines() {
        let stage = stage(engine).await;
        let real = stage.plan(plan_2021()).await;
        let invented = stage.plan(pb::Plan { sample: true, year: 2020, ..plan_2021() }).await;
        let mut of_real = estimate(&real.name, vec![lump(10)]);
        assert!(!stage.draft_of(&real, vec![lump(10)]).await.sample);
        assert!(stage.draft_of(&invented, vec![lump(10)]).await.sample, "always where the plan is one");
        of_real.sample = true;
        let sample = stage.estimates().create_estimate(stage.officer().say(create_estimate(of_real))).await.unwrap();
        let sample = sample.into_inner();
        stage.submit(&sample.name, day(2021, 3, 5)).await.unwrap();
        stage.appraise(&sample, None, day(2021, 3, 6)).await.unwrap();
        stage.approve(&sample.name, day(2021, 3, 7)).await.unwrap();
        let assignment = stage.assign(&sample.name, day(2021, 4, 1)).await.unwrap().into_inner();
        assert!(sample.sample && assignment.sample && stage.entries("").await[0].sample);
        assert!(stage.trial(&real.name).await.sample);
        let flags: Vec<bool> = stage.events().await.into_iter().map(|event| event.sample).collect();
        assert_eq!(flags, [false, true, false, true, true, true, true, true, true, true]);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn estimates_are_listed_by_plan_and_stage_without_their_lines() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let mut names = Vec::new();
        for amount in 1..=5 {
            names.push(stage.draft_of(&plan, vec![lump(amount)]).await.name);
        }
        stage.submit(&names[1], day(2021, 3, 5)).await.unwrap();
        let list = |ask: pb::ListEstimatesRequest| {
            let (mut estimates, officer) = (stage.estimates(), stage.officer());
            async move { estimates.list_estimates(officer.say(ask)).await.unwrap().into_inner() }
        };
        let ask = pb::ListEstimatesRequest { plan: plan.name.clone(), page_size: 2, ..Default::default() };
        let (mut seen, mut page) = (Vec::new(), list(ask.clone()).await);
        loop {
            assert!(page.estimates.iter().all(|e| e.lines.is_empty()));
            seen.extend(page.estimates.into_iter().map(|e| e.name));
            if page.next_page_token.is_empty() {
                break;
            }
            page = list(pb::ListEstimatesRequest { page_token: page.next_page_token, ..ask.clone() }).await;
        }
        assert_eq!(seen, names);
        let submitted = pb::ListEstimatesRequest { stage: EstimateStage::Submitted.into(), ..Default::default() };
        let submitted = list(submitted).await.estimates;
        assert_eq!(submitted.iter().map(|e| &e.name).collect::<Vec<_>>(), [&names[1]]);
        stage.end().await;
    }
}
