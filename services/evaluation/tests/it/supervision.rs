//! Supervision after recognition: plans, the ranking by risk, visits, findings, complaints, and what rests on them.

use proto::evaluation::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::Code;

use crate::acts::paper;
use crate::office::{Office, PHU_YEN, WARD_8, because, everywhere_on, invalid, on, refused, told};

const TODAY: Date = date!(2026 - 11 - 24);
const DAK_LAK: &str = "units/66-20250701";

impl Office {
    async fn plan(&self) -> pb::InspectionPlan {
        let plan = pb::InspectionPlan {
            unit: DAK_LAK.to_owned(),
            year: 2026,
            title: "Kiểm tra sau công nhận".to_owned(),
            number: "12/KH-SNN".to_owned(),
            plan_date: on(date!(2026 - 01 - 15)),
            ..Default::default()
        };
        let request = pb::CreateInspectionPlanRequest { inspection_plan: Some(plan), ..Default::default() };
        self.inspections().create_inspection_plan(self.nation.say(request)).await.unwrap().into_inner()
    }

    async fn visit(&self, plan: &str, certificate: &str) -> Result<pb::InspectionVisit, tonic::Status> {
        let visit = pb::InspectionVisit {
            plan: plan.to_owned(),
            certificate: certificate.to_owned(),
            kind: pb::InspectionVisitKind::Periodic.into(),
            planned_date: on(date!(2026 - 05 - 10)),
            team: "Chi cục Phát triển nông thôn; Phòng Kinh tế".to_owned(),
            ..Default::default()
        };
        let request = pb::CreateInspectionVisitRequest { inspection_visit: Some(visit), ..Default::default() };
        Ok(self.inspections().create_inspection_visit(self.nation.say(request)).await?.into_inner())
    }

    /// Holds a visit that makes one finding, whose action is due on a day.
    async fn hold(&self, visit: &str, due: Date) -> Result<pb::InspectionVisit, tonic::Status> {
        let finding = pb::NewFinding {
            severity: pb::FindingSeverity::Major.into(),
            description: "Nhãn hàng hóa thiếu ngày sản xuất".to_owned(),
            required_action: "In lại nhãn".to_owned(),
            due_date: on(due),
        };
        let request = pb::HoldInspectionVisitRequest {
            name: visit.to_owned(),
            held_date: on(date!(2026 - 05 - 12)),
            checklist: vec![pb::CheckItem {
                title: "Nhãn hàng hóa".to_owned(),
                result: pb::CheckResult::NotMet.into(),
                note: "Thiếu ngày sản xuất".to_owned(),
            }],
            conclusion: "Cần khắc phục".to_owned(),
            findings: vec![finding],
            ..Default::default()
        };
        Ok(self.inspections().hold_inspection_visit(self.nation.say(request)).await?.into_inner())
    }

    async fn findings_of(&self, certificate: &str, overdue_only: bool) -> Vec<pb::Finding> {
        let request =
            pb::ListFindingsRequest { certificate: certificate.to_owned(), overdue_only, ..Default::default() };
        let answer = self.findings().list_findings(self.nation.count(request)).await.unwrap();
        assert_eq!(kit::testing::statements(&answer), 1);
        answer.into_inner().findings
    }

    async fn complain(&self, complaint: pb::Complaint) -> Result<pb::Complaint, tonic::Status> {
        let request = pb::CreateComplaintRequest { complaint: Some(complaint), ..Default::default() };
        Ok(self.complaints().create_complaint(self.nation.say(request)).await?.into_inner())
    }

    async fn ranked(&self, unit: &str) -> pb::SearchInspectionCandidatesResponse {
        let request = pb::SearchInspectionCandidatesRequest { unit: unit.to_owned(), ..Default::default() };
        let answer = self.inspections().search_inspection_candidates(self.nation.count(request)).await.unwrap();
        assert_eq!(kit::testing::statements(&answer), 4);
        answer.into_inner()
    }
}

fn misuse(certificate: &str) -> pb::Complaint {
    pb::Complaint {
        kind: pb::ComplaintKind::MarkMisuse.into(),
        certificate: certificate.to_owned(),
        receive_date: on(date!(2026 - 09 - 01)),
        summary: "In năm sao trên bao bì sản phẩm ba sao".to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_plan_closes_when_its_visits_are_held_or_called_off() {
    everywhere_on(TODAY, async |office| {
        let certificate = office.recognised("Cà phê", date!(2024 - 09 - 01)).await.name;
        let plan = office.plan().await;
        let close = async || {
            let request = pb::CloseInspectionPlanRequest { name: plan.name.clone(), ..Default::default() };
            office
                .inspections()
                .close_inspection_plan(office.nation.say(request))
                .await
                .map(tonic::Response::into_inner)
        };
        let first = office.visit(&plan.name, &certificate).await.unwrap();
        let second = office.visit(&plan.name, &certificate).await.unwrap();
        let open = close().await.unwrap_err();
        assert_eq!(told(&open, "count"), "2");
        assert_eq!(refused(Err::<(), _>(open)), because(Code::FailedPrecondition, "INSPECTION_PLAN_HAS_VISITS"));
        office.hold(&first.name, date!(2026 - 06 - 12)).await.unwrap();
        let again = office.hold(&first.name, date!(2026 - 06 - 12)).await;
        assert_eq!(refused(again), because(Code::FailedPrecondition, "SUPERVISION_STATE_FORBIDS"));
        let request = pb::CancelInspectionVisitRequest {
            name: second.name.clone(),
            ground: "Trùng lịch".to_owned(),
            ..Default::default()
        };
        let cancelled = office.inspections().cancel_inspection_visit(office.nation.say(request)).await.unwrap();
        assert_eq!(cancelled.into_inner().state(), pb::InspectionVisitState::Cancelled);
        assert_eq!(close().await.unwrap().state(), pb::InspectionPlanState::Closed);
        assert_eq!(refused(close().await), because(Code::FailedPrecondition, "SUPERVISION_STATE_FORBIDS"));
        let late = office.visit(&plan.name, &certificate).await;
        assert_eq!(refused(late), because(Code::FailedPrecondition, "SUPERVISION_STATE_FORBIDS"));

        let get = pb::GetInspectionPlanRequest { name: plan.name.clone() };
        let got = office.inspections().get_inspection_plan(office.nation.say(get)).await.unwrap().into_inner();
        assert_eq!(got.state(), pb::InspectionPlanState::Closed);
        let list = office.nation.say(pb::ListInspectionPlansRequest::default());
        let listed = office.inspections().list_inspection_plans(list).await.unwrap().into_inner();
        assert_eq!(listed.inspection_plans, [got]);
        let get = pb::GetInspectionVisitRequest { name: first.name.clone() };
        let held = office.inspections().get_inspection_visit(office.nation.say(get)).await.unwrap().into_inner();
        assert_eq!((held.checklist.len(), held.finding_count), (1, 1));
        let list = pb::ListInspectionVisitsRequest {
            plan: plan.name.clone(),
            state: pb::InspectionVisitState::Held.into(),
            ..Default::default()
        };
        let listed = office.inspections().list_inspection_visits(office.nation.say(list)).await.unwrap().into_inner();
        let names: Vec<&str> = listed.inspection_visits.iter().map(|visit| visit.name.as_str()).collect();
        assert_eq!(names, [first.name.as_str()]);
    })
    .await;
}

#[tokio::test]
async fn a_finding_is_acted_on_reopened_and_at_last_escalated_to_a_suspension() {
    everywhere_on(TODAY, async |office| {
        let certificate = office.recognised("Cà phê", date!(2024 - 09 - 01)).await.name;
        let visit = office.visit("", &certificate).await.unwrap();
        office.hold(&visit.name, date!(2026 - 06 - 12)).await.unwrap();
        let finding = office.findings_of(&certificate, true).await.remove(0);
        assert!(finding.overdue);
        let name = finding.name.clone();
        let (note, day) = ("Đã in lại".to_owned(), on(date!(2026 - 06 - 10)));
        let close = pb::CloseFindingRequest { name: name.clone(), date: day, note: note.clone(), ..Default::default() };
        let early = office.findings().close_finding(office.nation.say(close)).await.unwrap_err();
        assert_eq!(told(&early, "possible"), "REPORT, ESCALATE");
        assert_eq!(refused(Err::<(), _>(early)), because(Code::FailedPrecondition, "SUPERVISION_STATE_FORBIDS"));
        let report =
            pb::ReportFindingRequest { name: name.clone(), date: day, note: note.clone(), ..Default::default() };
        let reported = office.findings().report_finding(office.nation.say(report)).await.unwrap().into_inner();
        assert_eq!((reported.state(), reported.overdue), (pb::FindingState::Reported, false));
        let mut reopen = pb::ReopenFindingRequest {
            name: name.clone(),
            date: on(date!(2026 - 06 - 09)),
            note: "Nhãn vẫn sai".to_owned(),
            due_date: on(date!(2026 - 07 - 01)),
            ..Default::default()
        };
        let before = office.findings().reopen_finding(office.nation.say(reopen.clone())).await;
        assert_eq!(refused(before), invalid(&[("date", "DATE_ORDER")]));
        reopen.date = on(date!(2026 - 06 - 20));
        let open = office.findings().reopen_finding(office.nation.say(reopen)).await.unwrap().into_inner();
        assert_eq!((open.state(), open.due_date), (pb::FindingState::Open, on(date!(2026 - 07 - 01))));
        let escalate = pb::EscalateFindingRequest {
            name: name.clone(),
            date: on(date!(2026 - 10 - 01)),
            note: "Không khắc phục".to_owned(),
            ..Default::default()
        };
        let escalated = office.findings().escalate_finding(office.nation.say(escalate)).await.unwrap().into_inner();
        assert_eq!(escalated.act_due_date, on(date!(2026 - 10 - 16)), "15 days to revoke");

        let other = office.recognised("Chè", date!(2024 - 09 - 01)).await.name;
        let mut suspend = pb::SuspendCertificateRequest {
            name: other,
            paper: Some(paper("7/QĐ-UBND", date!(2026 - 10 - 10))),
            basis: name.clone(),
            ..Default::default()
        };
        let wrong = office.acts().suspend_certificate(office.nation.say(suspend.clone())).await;
        assert_eq!(refused(wrong), invalid(&[("basis", "BASIS_OTHER_CERTIFICATE")]));
        suspend.name.clone_from(&certificate);
        let act = office.acts().suspend_certificate(office.nation.say(suspend.clone())).await.unwrap().into_inner();
        assert_eq!(act.basis, name);
        suspend.basis = "findings/0190a0a0-0000-7000-8000-000000000001".to_owned();
        let unknown = office.acts().suspend_certificate(office.nation.say(suspend)).await;
        assert_eq!(refused(unknown), invalid(&[("basis", "REFERENCE_UNKNOWN")]));
    })
    .await;
}

#[tokio::test]
async fn a_finding_that_was_acted_on_is_closed_and_only_its_units_see_it() {
    everywhere_on(TODAY, async |office| {
        let certificate = office.recognised("Cà phê", date!(2024 - 09 - 01)).await.name;
        let visit = office.visit("", &certificate).await.unwrap();
        office.hold(&visit.name, date!(2026 - 12 - 12)).await.unwrap();
        let name = office.findings_of(&certificate, false).await.remove(0).name;
        let (day, note) = (on(date!(2026 - 06 - 10)), "Đã in lại".to_owned());
        let report =
            pb::ReportFindingRequest { name: name.clone(), date: day, note: note.clone(), ..Default::default() };
        office.findings().report_finding(office.nation.say(report)).await.unwrap();
        let close = pb::CloseFindingRequest { name: name.clone(), date: day, note, ..Default::default() };
        let closed = office.findings().close_finding(office.nation.say(close)).await.unwrap().into_inner();
        let get = pb::GetFindingRequest { name: name.clone() };
        assert_eq!(office.findings().get_finding(office.nation.say(get)).await.unwrap().into_inner(), closed);
        assert_eq!(office.findings_of(&certificate, true).await, []);
        let stranger = office.world.as_role("inspector", "units/56");
        let none = office.findings().list_findings(stranger.say(pb::ListFindingsRequest::default())).await.unwrap();
        assert_eq!(none.into_inner().findings, []);
        let get = pb::GetFindingRequest { name };
        let answer = office.findings().get_finding(stranger.say(get)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}

#[tokio::test]
async fn a_complaint_keeps_its_terms_and_an_upheld_one_is_the_basis_of_a_revocation() {
    everywhere_on(TODAY, async |office| {
        let certificate = office.recognised("Cà phê", date!(2024 - 09 - 01)).await.name;
        let made = office.complain(misuse(&certificate)).await.unwrap();
        assert_eq!((made.due_date, made.unit.as_str()), (on(date!(2026 - 09 - 16)), WARD_8));
        assert!(made.term_basis.contains("42/2013/QH13") && !made.due_date_provisional, "ten working days: {made:?}");
        assert!(made.overdue);
        // The law may be read otherwise later: what stands beside the day is what it was reckoned by.
        let get = async || {
            let get = pb::GetComplaintRequest { name: made.name.clone() };
            office.complaints().get_complaint(office.nation.say(get)).await.unwrap().into_inner()
        };
        office.tamper("UPDATE complaint SET due_provisional = true, term_basis = 'as read in 2025'").await;
        let found = get().await;
        assert_eq!((found.term_basis.as_str(), found.due_date_provisional), ("as read in 2025", true));
        office.tamper("UPDATE complaint SET due_provisional = NULL, term_basis = NULL").await;
        assert_eq!(get().await, made, "a row of an older release");
        let (name, note) = (made.name.clone(), "Phòng Kinh tế".to_owned());
        let decide = pb::DecideComplaintRequest {
            name: name.clone(),
            date: on(date!(2026 - 10 - 20)),
            outcome: pb::ComplaintOutcome::Upheld.into(),
            number: "3/KL".to_owned(),
            note: "Đúng như phản ánh".to_owned(),
            ..Default::default()
        };
        let early = office.complaints().decide_complaint(office.nation.say(decide.clone())).await;
        assert_eq!(refused(early), because(Code::FailedPrecondition, "SUPERVISION_STATE_FORBIDS"));
        let accept = pb::AcceptComplaintRequest {
            name: name.clone(),
            date: on(date!(2026 - 09 - 15)),
            note: note.clone(),
            ..Default::default()
        };
        let accepted = office.complaints().accept_complaint(office.nation.say(accept)).await.unwrap().into_inner();
        assert_eq!((accepted.days_late, accepted.due_date), (0, on(date!(2026 - 10 - 15))));
        assert!(accepted.term_basis.contains("no law"), "{accepted:?}");
        let decided = office.complaints().decide_complaint(office.nation.say(decide)).await.unwrap().into_inner();
        assert_eq!(decided.term_basis, "", "no term runs any more");
        assert_eq!((decided.days_late, decided.act_due_date), (5, on(date!(2026 - 11 - 04))));
        let revoke = pb::RevokeCertificateRequest {
            name: certificate.clone(),
            paper: Some(paper("7/QĐ-UBND", date!(2026 - 11 - 04))),
            cause: pb::RevocationCause::MarkMisused.into(),
            conclusion_date: on(date!(2026 - 10 - 20)),
            basis: name.clone(),
            ..Default::default()
        };
        let act = office.acts().revoke_certificate(office.nation.say(revoke)).await.unwrap().into_inner();
        assert_eq!((act.basis, act.days_late), (name, 0));

        let rest = office.complain(misuse(&certificate)).await.unwrap().name;
        let (day, second) = (on(date!(2026 - 09 - 02)), office.complain(misuse(&certificate)).await.unwrap().name);
        let reject = pb::RejectComplaintRequest { name: rest, date: day, note: note.clone(), ..Default::default() };
        let rejected = office.complaints().reject_complaint(office.nation.say(reject)).await.unwrap().into_inner();
        assert_eq!((rejected.state(), rejected.overdue), (pb::ComplaintState::Rejected, false));
        let withdraw = pb::WithdrawComplaintRequest { name: second, date: day, note, ..Default::default() };
        let withdrawn = office.complaints().withdraw_complaint(office.nation.say(withdraw)).await.unwrap().into_inner();
        let get = pb::GetComplaintRequest { name: withdrawn.name.clone() };
        assert_eq!(office.complaints().get_complaint(office.nation.say(get)).await.unwrap().into_inner(), withdrawn);
        let list = pb::ListComplaintsRequest { certificate, ..Default::default() };
        let answer = office.complaints().list_complaints(office.nation.count(list.clone())).await.unwrap();
        assert_eq!(kit::testing::statements(&answer), 1);
        assert_eq!(answer.into_inner().complaints.len(), 3);
        let list = pb::ListComplaintsRequest { overdue_only: true, ..list };
        let answer = office.complaints().list_complaints(office.nation.say(list)).await.unwrap();
        assert_eq!(answer.into_inner().complaints, []);
    })
    .await;
}

#[tokio::test]
async fn what_a_complaint_is_about_must_be_told_and_known() {
    everywhere_on(TODAY, async |office| {
        let before = office.rows().await;
        let look = pb::Complaint { kind: pb::ComplaintKind::LookAgain.into(), ..misuse("") };
        assert_eq!(refused(office.complain(look.clone()).await), invalid(&[("complaint.sitting", "FIELD_REQUIRED")]));
        assert_eq!(refused(office.complain(misuse("")).await), invalid(&[("complaint.unit", "FIELD_REQUIRED")]));
        let nobody = misuse("certificates/0190a0a0-0000-7000-8000-000000000001");
        let expected = invalid(&[("complaint.certificate", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(office.complain(nobody).await), expected);
        let nobody = pb::Complaint { sitting: "sittings/0190a0a0-0000-7000-8000-000000000001".to_owned(), ..look };
        assert_eq!(refused(office.complain(nobody).await), invalid(&[("complaint.sitting", "REFERENCE_UNKNOWN")]));
        assert_eq!(office.rows().await, before);
        // Somebody without a certificate prints stars: only the place is known.
        let place =
            pb::Complaint { unit: "units/22018".to_owned(), receive_date: on(date!(2021 - 05 - 01)), ..misuse("") };
        assert_eq!(office.complain(place).await.unwrap().unit, WARD_8);
        let bad = pb::InspectionPlan { unit: PHU_YEN.to_owned(), year: 2021, ..Default::default() };
        let request = pb::CreateInspectionPlanRequest { inspection_plan: Some(bad), ..Default::default() };
        let answer = office.inspections().create_inspection_plan(office.nation.say(request)).await;
        let expected = [
            ("inspection_plan.number", "FIELD_REQUIRED"),
            ("inspection_plan.plan_date", "FIELD_REQUIRED"),
            ("inspection_plan.title", "FIELD_REQUIRED"),
        ];
        assert_eq!(refused(answer), invalid(&expected));
        let nothing = office.visit("", "certificates/0190a0a0-0000-7000-8000-000000000001").await;
        assert_eq!(refused(nothing), invalid(&[("inspection_visit.certificate", "REFERENCE_UNKNOWN")]));
    })
    .await;
}

#[tokio::test]
async fn products_are_ranked_by_risk_with_the_reasons_of_each_score() {
    everywhere_on(TODAY, async |office| {
        let quiet = office.recognised("A", date!(2025 - 09 - 01)).await.name;
        let ending = office.recognised("B", date!(2024 - 01 - 10)).await.name;
        let troubled = office.recognised("C", date!(2025 - 09 - 02)).await.name;
        office.recognised("D", date!(2020 - 09 - 02)).await;
        let visit = office.visit("", &troubled).await.unwrap();
        office.hold(&visit.name, date!(2026 - 06 - 12)).await.unwrap();
        office.complain(misuse(&troubled)).await.unwrap();
        let ranked = office.ranked("").await;
        let found: Vec<(&str, i32)> = ranked.candidates.iter().map(|c| (c.certificate.as_str(), c.score)).collect();
        // A major finding 15, its action overdue 20, a complaint 10; an end within 60 days 25 and never visited 15.
        assert_eq!(found, [(troubled.as_str(), 45), (ending.as_str(), 40), (quiet.as_str(), 15)]);
        assert_eq!(ranked.considered, 3, "what has expired is not visited");
        let factors: Vec<pb::RiskFactor> = ranked.candidates[0].parts.iter().map(pb::RiskPart::factor).collect();
        use pb::RiskFactor::{ActionOverdue, OpenComplaints, OpenFindings};
        assert_eq!(factors, [OpenFindings, ActionOverdue, OpenComplaints]);
        assert_eq!(office.ranked("units/56-20180507").await.candidates, []);
    })
    .await;
}
