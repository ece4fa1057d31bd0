//! Amendments: an assigned estimate gets more, gives back, and gets new lines, through the same steps.

use proto::budget::v1::{self as pb, EntryKind, Estimate, EstimateLine, EstimateStage, FundingSource};
use time::macros::date;
use tonic::Code;

use super::stage::{Stage, day, engines, entry, estimate, granted, invalid, lump, plan_2021, refused, said, stage};

/// A change of a line by an amount.
fn change(line: &str, amount_vnd: i64, decrease: bool) -> EstimateLine {
    EstimateLine { amends_line: line.to_owned(), decrease, ..lump(amount_vnd) }
}

/// An amendment of an estimate, drafted on 1 June 2021.
fn amendment(of: &Estimate, lines: Vec<EstimateLine>) -> Estimate {
    let title = "Điều chỉnh dự toán năm 2021".to_owned();
    let draft_date = Some(day(2021, 6, 1));
    Estimate { amends: of.name.clone(), title, draft_date, ..estimate(&of.plan, lines) }
}

/// The line's assigned budget: minus what its funding account holds.
async fn budget(stage: &Stage, line: &str) -> i64 {
    let (available, committed, paid, settled) = stage.balances(line).await;
    available + committed + paid + settled
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_posts_the_difference_to_the_lines_it_changes_and_opens_new_ones() {
    for engine in engines() {
        let stage = stage(engine).await;
        let assigned = stage.assigned(vec![lump(100), lump(50)]).await;
        let [a, b] = [0, 1].map(|at| assigned.lines[at].name.as_str());
        let lines = vec![change(a, 30, true), change(b, 20, false), lump(40)];
        let draft = stage.create(amendment(&assigned, lines)).await.unwrap();
        assert_eq!((draft.amount_vnd, draft.increase_vnd, draft.decrease_vnd), (90, 60, 30));
        assert_eq!((&draft.amends, &draft.unit, draft.stage()), (&assigned.name, &assigned.unit, EstimateStage::Draft));
        stage.submit(&draft.name, day(2021, 6, 5)).await.unwrap();
        let [x, y, z] = [0, 1, 2].map(|at| draft.lines[at].name.as_str());
        let cut = vec![granted(x, 30, ""), granted(y, 15, "Cân đối"), granted(z, 40, "")];
        let appraised = stage.appraise(&draft, Some(cut), day(2021, 6, 6)).await.unwrap().into_inner();
        assert_eq!((appraised.increase_vnd, appraised.decrease_vnd), (55, 30));
        stage.approve(&draft.name, day(2021, 6, 7)).await.unwrap();
        let assignment = stage.assign(&draft.name, day(2021, 6, 10)).await.unwrap().into_inner();
        assert_eq!(assignment.amount_vnd, 25);
        assert_eq!((budget(&stage, a).await, budget(&stage, b).await, budget(&stage, z).await), (70, 65, 40));
        assert_eq!((budget(&stage, x).await, budget(&stage, y).await), (0, 0), "changes are no lines of their own");
        let entries = stage.entries(a).await;
        let seen: Vec<_> = entries.iter().map(|e| (e.kind(), e.amount_vnd, e.reverses.as_str())).collect();
        assert_eq!(seen, [(EntryKind::Assign, 100, ""), (EntryKind::Assign, 30, entries[0].name.as_str())]);
        let trial = stage.trial(&assigned.plan).await;
        assert_eq!(trial.total_vnd, 0);
        assert_eq!(stage.read(&assigned.name).await.lines, assigned.lines, "what was assigned first stays as it was");
        let post = stage.post(entry(y, EntryKind::Commit, 1)).await;
        assert_eq!(said(post), refused(Code::FailedPrecondition, "NOT_ASSIGNED"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_amends_a_sample_is_one() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let draft = stage.create(Estimate { sample: true, ..estimate(&plan.name, vec![lump(100)]) }).await.unwrap();
        stage.approved(&draft, day(2021, 3, 5)).await;
        stage.assign(&draft.name, day(2021, 4, 1)).await.unwrap();
        let amending = stage.create(amendment(&draft, vec![change(&draft.lines[0].name, 1, false)])).await.unwrap();
        assert!(amending.sample);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_taken_away_than_is_available_and_then_nothing_is_posted() {
    for engine in engines() {
        let stage = stage(engine).await;
        let assigned = stage.assigned(vec![lump(100), lump(50)]).await;
        let [a, b] = [0, 1].map(|at| assigned.lines[at].name.as_str());
        stage.post(entry(a, EntryKind::Commit, 60)).await.unwrap();
        let draft = stage.create(amendment(&assigned, vec![change(b, 5, false), change(a, 41, true)])).await.unwrap();
        stage.approved(&draft, day(2021, 6, 5)).await;
        let before = (stage.stored().await, stage.balances(a).await, stage.balances(b).await);
        let over = stage.assign(&draft.name, day(2021, 6, 10)).await;
        assert_eq!(said(over), refused(Code::FailedPrecondition, "BALANCE_TOO_LOW"));
        assert_eq!((stage.stored().await, stage.balances(a).await, stage.balances(b).await), before);
        stage
            .post(pb::PostEntryRequest { act_date: Some(day(2021, 6, 8)), ..entry(a, EntryKind::Release, 1) })
            .await
            .unwrap();
        stage.assign(&draft.name, day(2021, 6, 10)).await.unwrap();
        assert_eq!((stage.balances(a).await, stage.balances(b).await), ((0, 59, 0, 0), (55, 0, 0, 0)));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn later_amendments_take_back_the_newest_assignments_first_and_never_more_than_all() {
    for engine in engines() {
        let stage = stage(engine).await;
        let assigned = stage.assigned(vec![lump(100)]).await;
        let line = assigned.lines[0].name.as_str();
        for (lines, on) in [(vec![change(line, 40, false)], 5), (vec![change(line, 50, true)], 6)] {
            let draft = stage.create(amendment(&assigned, lines)).await.unwrap();
            stage.approved(&draft, day(2021, 6, on)).await;
            stage.assign(&draft.name, day(2021, 6, on)).await.unwrap();
        }
        let entries = stage.entries(line).await;
        let back = |of: &pb::Entry| entries.iter().position(|entry| entry.name == of.reverses);
        let seen: Vec<_> = entries.iter().map(|e| (e.amount_vnd, back(e))).collect();
        assert_eq!(seen, [(100, None), (40, None), (40, Some(1)), (10, Some(0))]);
        assert_eq!(budget(&stage, line).await, 90);
        let all = stage.create(amendment(&assigned, vec![change(line, 91, true)])).await.unwrap();
        stage.approved(&all, day(2021, 6, 8)).await;
        let over = stage.assign(&all.name, day(2021, 6, 9)).await;
        assert_eq!(said(over), refused(Code::FailedPrecondition, "BALANCE_TOO_LOW"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_amended_is_refused() {
    for engine in engines() {
        let stage = stage(engine).await;
        let assigned = stage.assigned(vec![lump(100), lump(50)]).await;
        let a = assigned.lines[0].name.as_str();
        let plan = stage.plan(pb::Plan { year: 2022, ..plan_2021() }).await;
        let draft = stage.draft_of(&plan, vec![lump(1)]).await;
        let before = stage.stored().await;
        let unfit = invalid(&["estimate.amends AMENDMENT_UNFIT"]);
        assert_eq!(said(stage.create(amendment(&draft, vec![lump(1)])).await), unfit, "not assigned");
        let other = Estimate { plan: plan.name.clone(), ..amendment(&assigned, vec![lump(1)]) };
        assert_eq!(said(stage.create(other).await), unfit, "of another plan");
        let none = "estimates/0192f0c4-0000-7000-8000-000000000000".to_owned();
        let none = Estimate { amends: none, ..amendment(&assigned, vec![lump(1)]) };
        assert_eq!(said(stage.create(none).await), unfit, "not there");
        let elsewhere = Estimate { unit: "units/555".to_owned(), ..amendment(&assigned, vec![lump(1)]) };
        assert_eq!(said(stage.create(elsewhere).await), invalid(&["estimate.unit UNIT_OUTSIDE_PLAN"]));
        let central = EstimateLine { source: FundingSource::Central.into(), ..change(a, 1, false) };
        let no_line = EstimateLine { amends_line: String::new(), ..change(a, 1, true) };
        let lines = vec![
            change(a, 1, false),
            change(a, 2, true),
            central,
            no_line,
            change("lines/0192f0c4-0000-7000-8000-000000000000", 1, false),
        ];
        let expected = [
            "estimate.lines[1].amends_line LINE_REPEATED",
            "estimate.lines[2].amends_line AMENDED_LINE_UNFIT",
            "estimate.lines[3].amends_line AMENDED_LINE_UNFIT",
            "estimate.lines[4].amends_line AMENDED_LINE_UNFIT",
        ];
        assert_eq!(said(stage.create(amendment(&assigned, lines)).await), invalid(&expected));
        let first = estimate(&assigned.plan, vec![change(a, 1, false)]);
        assert_eq!(said(stage.create(first).await), invalid(&["estimate.lines[0].amends_line AMENDED_LINE_UNFIT"]));
        let early = Estimate { draft_date: Some(day(2021, 3, 31)), ..amendment(&assigned, vec![lump(1)]) };
        let early = said(stage.create(early).await);
        assert_eq!(early, invalid(&["estimate.draft_date DATE_ORDER"]), "before the assignment");
        assert_eq!(stage.stored().await, before);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_is_closed_is_not_amended() {
    for engine in engines() {
        let stage = stage(engine).await;
        stage.world().clock.set_noon(date!(2022 - 02 - 10));
        let assigned = stage.assigned(vec![lump(100)]).await;
        let line = assigned.lines[0].name.as_str();
        let closed = refused(Code::FailedPrecondition, "AMENDED_YEAR_CLOSED");
        let late = Estimate { draft_date: Some(day(2022, 1, 1)), ..amendment(&assigned, vec![change(line, 1, false)]) };
        assert_eq!(said(stage.create(late).await), closed);
        let last =
            Estimate { draft_date: Some(day(2021, 12, 31)), ..amendment(&assigned, vec![change(line, 1, false)]) };
        let draft = stage.create(last).await.unwrap();
        stage.approved(&draft, day(2021, 12, 31)).await;
        assert_eq!(said(stage.assign(&draft.name, day(2022, 1, 1)).await), closed);
        stage.assign(&draft.name, day(2021, 12, 31)).await.unwrap();
        assert_eq!(budget(&stage, line).await, 101);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn amendments_of_one_line_that_are_assigned_at_once_take_away_no_more_than_there_is() {
    for engine in engines() {
        let stage = stage(engine).await;
        let assigned = stage.assigned(vec![lump(100)]).await;
        let line = assigned.lines[0].name.as_str();
        let mut names = Vec::new();
        for _ in 0..3 {
            let draft = stage.create(amendment(&assigned, vec![change(line, 40, true)])).await.unwrap();
            stage.approved(&draft, day(2021, 6, 5)).await;
            names.push(draft.name);
        }
        let on = day(2021, 6, 10);
        let answers =
            tokio::join!(stage.assign(&names[0], on), stage.assign(&names[1], on), stage.assign(&names[2], on));
        let answers = [answers.0, answers.1, answers.2];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2);
        for refusal in answers.into_iter().filter(Result::is_err) {
            assert_eq!(said(refusal), refused(Code::FailedPrecondition, "BALANCE_TOO_LOW"));
        }
        assert_eq!(stage.balances(line).await, (20, 0, 0, 0));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_is_not_held_against_the_check_figures() {
    for engine in engines() {
        let stage = stage(engine).await;
        let assigned = stage.assigned(vec![lump(100)]).await;
        let request = pb::SetCeilingsRequest {
            plan: assigned.plan.clone(),
            ceilings: vec![pb::Ceiling { source: FundingSource::Provincial.into(), amount_vnd: 100, asked_vnd: 0 }],
            document_number: "45/STC".to_owned(),
            act_date: Some(day(2021, 5, 1)),
            ..Default::default()
        };
        stage.ceilings().set_ceilings(stage.finance().say(request)).await.unwrap();
        let lines = vec![change(&assigned.lines[0].name, 1_000, false)];
        let draft = stage.create(amendment(&assigned, lines)).await.unwrap();
        let taken = stage.submit(&draft.name, day(2021, 6, 5)).await.unwrap().into_inner();
        assert_eq!(taken.above_ceiling_vnd, 0);
        let mended = Estimate { name: draft.name.clone(), lines: vec![lump(1)], ..Default::default() };
        stage.send_back(&draft.name, day(2021, 6, 6)).await.unwrap();
        let mended = stage.update(mended).await.unwrap();
        assert_eq!((mended.increase_vnd, mended.decrease_vnd, mended.amount_vnd), (1, 0, 1));
        stage.end().await;
    }
}
