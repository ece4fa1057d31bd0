//! Steps with their documents, and the versions in which an estimate was submitted.

use proto::budget::v1::{
    self as pb, Estimate, EstimateLine, EstimateStage, EstimateStepKind, LineDifferenceKind, LineReturn,
};
use proto::common::v1::Role;
use tonic::{Code, Response, Status};

use super::stage::{NEIGHBOUR, Stage, by_norm, day, engines, invalid, lump, refused, said, stage};

fn named(description: &str, line: EstimateLine) -> EstimateLine {
    EstimateLine { description: description.to_owned(), ..line }
}

async fn steps(stage: &Stage, parent: &str) -> Vec<pb::EstimateStep> {
    let request = pb::ListEstimateStepsRequest { parent: parent.to_owned(), ..Default::default() };
    stage.history().list_estimate_steps(stage.officer().say(request)).await.unwrap().into_inner().steps
}

async fn compare(
    stage: &Stage,
    parent: &str,
    from: i32,
    to: i32,
) -> Result<pb::CompareEstimateVersionsResponse, Status> {
    let request = pb::CompareEstimateVersionsRequest { parent: parent.to_owned(), from_version: from, to_version: to };
    stage.history().compare_estimate_versions(stage.officer().say(request)).await.map(Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_kept_with_its_day_role_and_document() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100), lump(50)]).await;
        let (name, line) = (draft.name.clone(), draft.lines[1].name.clone());
        let submit = |on, number: &str| pb::SubmitEstimateRequest {
            name: name.clone(),
            act_date: Some(on),
            document_number: number.to_owned(),
            ..Default::default()
        };
        let mut estimates = stage.estimates();
        estimates.submit_estimate(stage.officer().say(submit(day(2021, 3, 5), "10/SNN-KH"))).await.unwrap();
        let back = LineReturn { line: line.clone(), reason: "Thiếu báo giá".to_owned() };
        let send_back = pb::ReturnEstimateRequest {
            name: name.clone(),
            act_date: Some(day(2021, 3, 8)),
            reason: "Bổ sung căn cứ".to_owned(),
            document_number: "20/STC".to_owned(),
            lines: vec![back.clone()],
            ..Default::default()
        };
        let returned = estimates.return_estimate(stage.finance().say(send_back)).await.unwrap().into_inner();
        let reasons: Vec<&str> = returned.lines.iter().map(|line| line.return_reason.as_str()).collect();
        assert_eq!(reasons, ["", "Thiếu báo giá"]);
        let again = estimates.submit_estimate(stage.officer().say(submit(day(2021, 3, 9), "11/SNN-KH"))).await;
        let again = again.unwrap().into_inner();
        assert!(
            again.lines.iter().all(|line| line.return_reason.is_empty()),
            "what is submitted again is not returned"
        );
        assert_eq!(again.version_count, 2);
        stage.appraise(&draft, None, day(2021, 3, 15)).await.unwrap();
        stage.approve(&name, day(2021, 3, 20)).await.unwrap();
        stage.assign(&name, day(2021, 4, 1)).await.unwrap();

        let steps = steps(&stage, &name).await;
        let seen: Vec<_> = steps.iter().map(|s| (s.kind(), s.stage(), s.role(), s.act_date.unwrap().day)).collect();
        use {EstimateStage as S, EstimateStepKind as K, Role as R};
        let expected = [
            (K::Draft, S::Draft, R::ProvinceOfficer, 1),
            (K::Submit, S::Submitted, R::ProvinceOfficer, 5),
            (K::Return, S::Draft, R::FinanceOfficer, 8),
            (K::Submit, S::Submitted, R::ProvinceOfficer, 9),
            (K::Appraise, S::Appraised, R::FinanceOfficer, 15),
            (K::Approve, S::Approved, R::CommitteeLeader, 20),
            (K::Assign, S::Assigned, R::CommitteeLeader, 1),
        ];
        assert_eq!(seen, expected);
        let documents: Vec<&str> = steps.iter().map(|s| s.document_number.as_str()).collect();
        assert_eq!(documents, ["", "10/SNN-KH", "20/STC", "11/SNN-KH", "", "", "512/QĐ-UBND"]);
        assert_eq!((steps[2].reason.as_str(), &steps[2].lines), ("Bổ sung căn cứ", &vec![back]));
        assert_eq!(steps.iter().map(|s| s.version).collect::<Vec<_>>(), [0, 1, 0, 2, 0, 0, 0]);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_and_versions_come_in_pages_and_only_to_those_who_may_read_the_estimate() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100)]).await;
        for on in [5, 7, 9] {
            stage.submit(&draft.name, day(2021, 3, on)).await.unwrap();
            stage.send_back(&draft.name, day(2021, 3, on + 1)).await.unwrap();
        }
        let (mut history, parent) = (stage.history(), draft.name.clone());
        let (mut kinds, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListEstimateStepsRequest { parent: parent.clone(), page_size: 2, page_token };
            let page = history.list_estimate_steps(stage.officer().say(request)).await.unwrap().into_inner();
            kinds.extend(page.steps.iter().map(|step| step.kind as usize));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(kinds, [1, 2, 3, 2, 3, 2, 3]);
        let (mut numbers, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListEstimateVersionsRequest { parent: parent.clone(), page_size: 2, page_token };
            let page = history.list_estimate_versions(stage.officer().say(request)).await.unwrap().into_inner();
            assert!(page.versions.iter().all(|version| version.lines.is_empty() && version.line_count == 1));
            numbers.extend(page.versions.iter().map(|version| version.number));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(numbers, [1, 2, 3]);
        let stranger = stage.world().as_role("finance_officer", NEIGHBOUR);
        let forbidden = refused(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let request = pb::ListEstimateStepsRequest { parent: parent.clone(), ..Default::default() };
        assert_eq!(said(history.list_estimate_steps(stranger.say(request)).await), forbidden);
        let request = pb::ListEstimateVersionsRequest { parent: parent.clone(), ..Default::default() };
        assert_eq!(said(history.list_estimate_versions(stranger.say(request)).await), forbidden);
        let request = pb::GetEstimateVersionRequest { name: format!("{parent}/versions/1") };
        assert_eq!(said(history.get_estimate_version(stranger.say(request)).await), forbidden);
        let request = pb::CompareEstimateVersionsRequest { parent, from_version: 1, to_version: 2 };
        assert_eq!(said(history.compare_estimate_versions(stranger.say(request)).await), forbidden);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_keep_what_was_submitted_and_are_compared_line_by_line() {
    for engine in engines() {
        let stage = stage(engine).await;
        let first = vec![
            named("Tập huấn", by_norm("norms/per-diem", 2, 3, 0)),
            named("Hội chợ", lump(500)),
            named("Phần mềm", lump(70)),
        ];
        let draft = stage.draft(first).await;
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        stage.send_back(&draft.name, day(2021, 3, 6)).await.unwrap();
        let lines = vec![
            named("Hội chợ", lump(450)),
            named("Tem truy xuất", lump(33)),
            named("Tập huấn", by_norm("norms/per-diem", 2, 3, 0)),
        ];
        let change = Estimate { name: draft.name.clone(), lines, ..Default::default() };
        let mended = stage.update(change).await.unwrap();
        let shown = |found: &pb::CompareEstimateVersionsResponse| -> Vec<(i32, String, i64)> {
            let text = |d: &pb::LineDifference| {
                let line = d.new_line.as_ref().or(d.old_line.as_ref());
                line.map(|line| line.description.clone()).unwrap_or_default()
            };
            found.differences.iter().map(|d| (d.kind, text(d), d.difference_vnd)).collect()
        };
        use LineDifferenceKind::{Added, Changed, Removed};
        let expected = [(Changed, "Hội chợ", -50), (Added, "Tem truy xuất", 33), (Removed, "Phần mềm", -70)]
            .map(|(kind, text, vnd)| (i32::from(kind), text.to_owned(), vnd));
        let with_draft = compare(&stage, &draft.name, 1, 0).await.unwrap();
        assert_eq!(shown(&with_draft), expected);
        assert_eq!(with_draft.difference_vnd, with_draft.new_amount_vnd - with_draft.old_amount_vnd);
        assert_eq!((with_draft.difference_vnd, with_draft.new_amount_vnd), (-87, mended.amount_vnd));
        stage.submit(&draft.name, day(2021, 3, 7)).await.unwrap();
        let with_second = compare(&stage, &draft.name, 1, 2).await.unwrap();
        assert_eq!(shown(&with_second), expected);
        assert_eq!(compare(&stage, &draft.name, 2, 0).await.unwrap().differences, []);

        let get = |name: String| pb::GetEstimateVersionRequest { name };
        let name = format!("{}/versions/1", draft.name);
        let version = stage.history().get_estimate_version(stage.officer().say(get(name))).await.unwrap().into_inner();
        assert_eq!((version.lines, version.amount_vnd), (draft.lines.clone(), draft.amount_vnd), "as it was submitted");
        for name in [format!("{}/versions/3", draft.name), format!("{}/versions/x", draft.name)] {
            let none = stage.history().get_estimate_version(stage.officer().say(get(name))).await;
            assert_eq!(said(none), refused(Code::NotFound, "RESOURCE_NOT_FOUND"));
        }
        let none = stage.history().get_estimate_version(stage.officer().say(get(draft.name.clone()))).await;
        assert_eq!(said(none), invalid(&["name FIELD_FORMAT"]));
        assert_eq!(said(compare(&stage, &draft.name, 7, 2).await), invalid(&["from_version VERSION_UNKNOWN"]));
        assert_eq!(said(compare(&stage, &draft.name, 1, 7).await), invalid(&["to_version VERSION_UNKNOWN"]));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_names_lines_of_the_estimate_and_each_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100)]).await;
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        let line = draft.lines[0].name.clone();
        let of = |line: &str| LineReturn { line: line.to_owned(), reason: "Thiếu báo giá".to_owned() };
        let request = pb::ReturnEstimateRequest {
            name: draft.name.clone(),
            act_date: Some(day(2021, 3, 6)),
            reason: "Bổ sung".to_owned(),
            lines: vec![of(&line), of(&line), of("lines/0192f0c4-0000-7000-8000-000000000000")],
            ..Default::default()
        };
        let found = said(stage.estimates().return_estimate(stage.finance().say(request)).await);
        assert_eq!(found, invalid(&["lines[1].line LINE_REPEATED", "lines[2].line REFERENCE_UNKNOWN"]));
        assert_eq!(stage.read(&draft.name).await.stage(), EstimateStage::Submitted);
        assert_eq!(steps(&stage, &draft.name).await.len(), 2);
        stage.end().await;
    }
}
