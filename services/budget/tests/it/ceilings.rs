//! Check figures of a plan: submissions within, beyond, and at once.

use proto::budget::v1::{self as pb, Ceiling, CeilingMode, EstimateLine, FundingSource};
use tonic::{Code, Response, Status};

use super::stage::{ID, NEIGHBOUR, Stage, day, engines, granted, invalid, lump, plan_2021, refused, said, stage};

fn ceiling(source: FundingSource, amount_vnd: i64) -> Ceiling {
    Ceiling { source: source.into(), amount_vnd, asked_vnd: 0 }
}

fn ask(plan: &str, ceilings: Vec<Ceiling>, mode: CeilingMode) -> pb::SetCeilingsRequest {
    pb::SetCeilingsRequest {
        plan: plan.to_owned(),
        mode: mode.into(),
        ceilings,
        document_number: "45/STC-QLNS".to_owned(),
        act_date: Some(day(2020, 5, 25)),
        ..Default::default()
    }
}

async fn set(stage: &Stage, request: pb::SetCeilingsRequest) -> Result<pb::Ceilings, Status> {
    stage.ceilings().set_ceilings(stage.finance().say(request)).await.map(Response::into_inner)
}

async fn get(stage: &Stage, plan: &str) -> Result<pb::Ceilings, Status> {
    let request = pb::GetCeilingsRequest { plan: plan.to_owned() };
    stage.ceilings().get_ceilings(stage.officer().say(request)).await.map(Response::into_inner)
}

fn from(source: FundingSource, amount_vnd: i64) -> EstimateLine {
    EstimateLine { source: source.into(), ..lump(amount_vnd) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_beyond_the_check_figure_of_a_source_is_refused() {
    use FundingSource::{Central, Donor, Provincial};
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        assert_eq!(said(get(&stage, &plan.name).await), refused(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let request = ask(&plan.name, vec![ceiling(Provincial, 100), ceiling(Central, 50)], CeilingMode::Unspecified);
        let made = set(&stage, request).await.unwrap();
        assert_eq!((made.mode(), made.document_number.as_str()), (CeilingMode::Refuse, "45/STC-QLNS"));
        let first = stage.draft_of(&plan, vec![from(Provincial, 70), from(Central, 50), from(Donor, 1_000)]).await;
        let second = stage.draft_of(&plan, vec![from(Provincial, 31)]).await;
        stage.submit(&first.name, day(2021, 3, 5)).await.unwrap();
        let found = get(&stage, &plan.name).await.unwrap().ceilings;
        let found: Vec<_> = found.iter().map(|c| (c.source(), c.amount_vnd, c.asked_vnd)).collect();
        assert_eq!(found, [(Central, 50, 50), (Provincial, 100, 70)], "in the order of the sources");
        let over = stage.submit(&second.name, day(2021, 3, 5)).await;
        assert_eq!(said(over), refused(Code::FailedPrecondition, "CEILING_EXCEEDED"));
        // What finance cuts is free again for others.
        let cut = vec![
            granted(&first.lines[0].name, 69, "Cân đối"),
            granted(&first.lines[1].name, 50, ""),
            granted(&first.lines[2].name, 1_000, ""),
        ];
        stage.appraise(&first, Some(cut), day(2021, 3, 6)).await.unwrap();
        let taken = stage.submit(&second.name, day(2021, 3, 6)).await.unwrap().into_inner();
        assert_eq!(taken.above_ceiling_vnd, 0);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_finance_has_cut_and_others_got_is_not_granted_once_more() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let amounts = vec![ceiling(FundingSource::Provincial, 100)];
        set(&stage, ask(&plan.name, amounts.clone(), CeilingMode::Refuse)).await.unwrap();
        let (a, b) = (stage.draft_of(&plan, vec![lump(100)]).await, stage.draft_of(&plan, vec![lump(40)]).await);
        stage.submit(&a.name, day(2021, 3, 5)).await.unwrap();
        let cut = |amount| Some(vec![granted(&a.lines[0].name, amount, "Cân đối")]);
        stage.appraise(&a, cut(60), day(2021, 3, 6)).await.unwrap();
        stage.submit(&b.name, day(2021, 3, 7)).await.unwrap();
        let reopen = pb::ReopenEstimateRequest {
            name: a.name.clone(),
            act_date: Some(day(2021, 3, 8)),
            reason: "Tính lại".to_owned(),
            ..Default::default()
        };
        stage.estimates().reopen_estimate(stage.finance().say(reopen)).await.unwrap();
        for amount in [61, 100] {
            let over = stage.appraise(&a, cut(amount), day(2021, 3, 9)).await;
            assert_eq!(said(over), refused(Code::FailedPrecondition, "CEILING_EXCEEDED"));
        }
        set(&stage, ask(&plan.name, amounts, CeilingMode::Flag)).await.unwrap();
        let flagged = stage.appraise(&a, cut(75), day(2021, 3, 9)).await.unwrap().into_inner();
        assert_eq!(flagged.above_ceiling_vnd, 15);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_only_flags_takes_the_submission_and_says_how_far_it_goes_beyond() {
    use FundingSource::{Central, Provincial};
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let amounts = vec![ceiling(Provincial, 100), ceiling(Central, 0)];
        set(&stage, ask(&plan.name, amounts, CeilingMode::Flag)).await.unwrap();
        let draft = stage.draft_of(&plan, vec![from(Provincial, 130), from(Central, 5)]).await;
        let taken = stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap().into_inner();
        assert_eq!((taken.above_ceiling_vnd, stage.read(&draft.name).await.above_ceiling_vnd), (35, 35));
        set(&stage, ask(&plan.name, vec![], CeilingMode::Refuse)).await.unwrap();
        let free = stage.draft_of(&plan, vec![from(Central, 500)]).await;
        assert_eq!(stage.submit(&free.name, day(2021, 3, 5)).await.unwrap().into_inner().above_ceiling_vnd, 0);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_submissions_at_once_do_not_both_take_what_is_left() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let amounts = vec![ceiling(FundingSource::Provincial, 100)];
        set(&stage, ask(&plan.name, amounts, CeilingMode::Refuse)).await.unwrap();
        let mut drafts = Vec::new();
        for _ in 0..4 {
            drafts.push(stage.draft_of(&plan, vec![lump(60)]).await.name);
        }
        let on = day(2021, 3, 5);
        let [a, b, c, d] = [0, 1, 2, 3].map(|at: usize| drafts[at].as_str());
        let answers = tokio::join!(stage.submit(a, on), stage.submit(b, on), stage.submit(c, on), stage.submit(d, on));
        let answers = [answers.0, answers.1, answers.2, answers.3];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for refusal in answers.into_iter().filter(Result::is_err) {
            assert_eq!(said(refusal), refused(Code::FailedPrecondition, "CEILING_EXCEEDED"));
        }
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ceilings_are_set_by_finance_of_the_plans_unit_whole_and_once_for_each_source() {
    use FundingSource::{Central, Provincial};
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await;
        let wrong = pb::SetCeilingsRequest {
            act_date: Some(day(2099, 1, 1)),
            document_number: " ".to_owned(),
            ..ask(
                &plan.name,
                vec![ceiling(Central, 1), ceiling(Central, 2), ceiling(Provincial, i64::MAX)],
                CeilingMode::Refuse,
            )
        };
        let expected = [
            "ceilings[1].source CEILING_REPEATED",
            "ceilings[2].amount_vnd AMOUNT_OVERFLOW",
            "document_number FIELD_REQUIRED",
            "act_date DATE_IN_FUTURE",
        ];
        assert_eq!(said(set(&stage, wrong).await), invalid(&expected));
        let sound = ask(&plan.name, vec![ceiling(Central, 1)], CeilingMode::Refuse);
        let neighbour = stage.world().as_role("finance_officer", NEIGHBOUR);
        let found = stage.ceilings().set_ceilings(neighbour.say(sound.clone())).await;
        assert_eq!(said(found), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let found = stage.ceilings().set_ceilings(stage.officer().say(sound.clone())).await;
        assert_eq!(said(found), refused(Code::PermissionDenied, "ROLE_MISSING"));
        let once = pb::SetCeilingsRequest { request_id: ID.to_owned(), ..sound.clone() };
        let first = set(&stage, once.clone()).await.unwrap();
        assert_eq!(set(&stage, once).await.unwrap(), first, "a repeat sets nothing anew");
        let second = set(&stage, pb::SetCeilingsRequest { etag: first.etag.clone(), ..sound.clone() }).await.unwrap();
        let stale = set(&stage, pb::SetCeilingsRequest { etag: first.etag, ..sound }).await;
        assert_eq!(said(stale), refused(Code::Aborted, "ETAG_STALE"));
        assert_eq!(get(&stage, &plan.name).await.unwrap(), second);
        stage.end().await;
    }
}
