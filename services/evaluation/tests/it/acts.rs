//! Acts on certificates: what each does, when it is possible, who may, and what is told.

use proto::evaluation::v1 as pb;
use proto::registry::v1 as registry_pb;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use time::Date;
use time::macros::date;
use tonic::Code;

use crate::office::{
    Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere_on, invalid, known, on, refused, status, told,
};

const DAK_LAK: &str = "units/66-20250701";
const TODAY: Date = date!(2026 - 11 - 24);

pub fn paper(number: &str, act_date: Date) -> pb::ActPaper {
    pb::ActPaper {
        unit: DAK_LAK.to_owned(),
        number: number.to_owned(),
        act_date: on(act_date),
        signed_by: "Phó Chủ tịch UBND tỉnh".to_owned(),
        ground: "Theo kết luận kiểm tra".to_owned(),
        ..Default::default()
    }
}

/// What an act answers, in a test's short form.
type Act = Result<pb::CertificateAct, tonic::Status>;

impl Office {
    pub async fn suspend(&self, name: &str, paper: pb::ActPaper) -> Act {
        let request = pb::SuspendCertificateRequest { name: name.to_owned(), paper: Some(paper), ..Default::default() };
        Ok(self.acts().suspend_certificate(self.nation.say(request)).await?.into_inner())
    }

    async fn lift(&self, name: &str, paper: pb::ActPaper) -> Act {
        let request = pb::LiftSuspensionRequest { name: name.to_owned(), paper: Some(paper), ..Default::default() };
        Ok(self.acts().lift_suspension(self.nation.say(request)).await?.into_inner())
    }

    pub async fn revoke(&self, name: &str, paper: pb::ActPaper, conclusion: Date) -> Act {
        let request = pb::RevokeCertificateRequest {
            name: name.to_owned(),
            paper: Some(paper),
            cause: pb::RevocationCause::MarkMisused.into(),
            conclusion_date: on(conclusion),
            ..Default::default()
        };
        Ok(self.acts().revoke_certificate(self.nation.say(request)).await?.into_inner())
    }

    async fn surrender(&self, name: &str, paper: pb::ActPaper) -> Act {
        let request =
            pb::SurrenderCertificateRequest { name: name.to_owned(), paper: Some(paper), ..Default::default() };
        Ok(self.acts().surrender_certificate(self.nation.say(request)).await?.into_inner())
    }

    async fn transfer(&self, name: &str, paper: pb::ActPaper, holder: &str) -> Act {
        let (name, holder) = (name.to_owned(), holder.to_owned());
        let request = pb::TransferCertificateRequest { name, paper: Some(paper), holder, ..Default::default() };
        Ok(self.acts().transfer_certificate(self.nation.say(request)).await?.into_inner())
    }

    /// A certificate of a new product, decided on a day.
    pub async fn recognised(&self, display_name: &str, decided: Date) -> pb::Certificate {
        let product = self.product(display_name).await;
        self.record(known(&product, decided)).await.unwrap()
    }

    async fn status_on(&self, name: &str, day: Date) -> &'static str {
        status(&self.certificate(name, day).await)
    }
}

#[tokio::test]
async fn a_suspension_counts_from_its_day_until_it_is_lifted() {
    everywhere_on(TODAY, async |office| {
        let name = office.recognised("Cà phê", date!(2024 - 03 - 01)).await.name;
        let act = office.suspend(&name, paper("7/QĐ-UBND", date!(2026 - 02 - 10))).await.unwrap();
        assert_eq!(act.kind(), pb::CertificateActKind::Suspend);
        assert_eq!(act.paper.as_ref().unwrap().authority, "Ủy ban nhân dân tỉnh Đắk Lắk");
        assert_eq!(office.status_on(&name, date!(2026 - 02 - 09)).await, "VALID");
        assert_eq!(office.status_on(&name, date!(2026 - 02 - 10)).await, "SUSPENDED");
        assert_eq!(office.status_on(&name, TODAY).await, "SUSPENDED");
        let again = office.suspend(&name, paper("8/QĐ-UBND", date!(2026 - 02 - 11))).await.unwrap_err();
        assert_eq!(told(&again, "status"), "SUSPENDED");
        assert_eq!(told(&again, "possible"), "LIFT, REVOKE, SURRENDER, CORRECT, TRANSFER");
        assert_eq!(refused(Err::<(), _>(again)), because(Code::FailedPrecondition, "CERTIFICATE_STATUS_FORBIDS"));
        office.lift(&name, paper("9/QĐ-UBND", date!(2026 - 03 - 10))).await.unwrap();
        assert_eq!(office.status_on(&name, date!(2026 - 03 - 09)).await, "SUSPENDED");
        assert_eq!(office.status_on(&name, date!(2026 - 03 - 10)).await, "VALID");
        let lifted = office.lift(&name, paper("10/QĐ-UBND", date!(2026 - 03 - 11))).await;
        assert_eq!(refused(lifted), because(Code::FailedPrecondition, "CERTIFICATE_STATUS_FORBIDS"));
        let same = office.suspend(&name, paper(" 7 / QĐ-UBND", date!(2026 - 04 - 01))).await;
        assert_eq!(refused(same), because(Code::AlreadyExists, "ACT_NUMBER_TAKEN"));

        let request = pb::ListCertificateActsRequest { certificate: name.clone(), ..Default::default() };
        let listed = office.acts().list_certificate_acts(office.nation.count(request)).await.unwrap();
        assert_eq!(kit::testing::statements(&listed), 1);
        let numbers: Vec<String> = listed.into_inner().acts.into_iter().map(|act| act.paper.unwrap().number).collect();
        assert_eq!(numbers, ["9/QĐ-UBND", "7/QĐ-UBND"], "the newest first");
        let request = pb::ListCertificateActsRequest {
            kind: pb::CertificateActKind::Lift.into(),
            page_size: 1,
            ..Default::default()
        };
        let listed = office.acts().list_certificate_acts(office.nation.say(request)).await.unwrap().into_inner();
        assert_eq!((listed.acts.len(), listed.next_page_token.as_str()), (1, ""));
        let get = pb::GetCertificateActRequest { name: act.name.clone() };
        assert_eq!(office.acts().get_certificate_act(office.nation.say(get)).await.unwrap().into_inner(), act);
    })
    .await;
}

#[tokio::test]
async fn a_revocation_tells_by_how_much_it_is_late_and_ends_the_certificate_for_good() {
    everywhere_on(TODAY, async |office| {
        let certificate = office.recognised("Cà phê", date!(2024 - 03 - 01)).await;
        let name = certificate.name;
        let act = office.revoke(&name, paper("1/QĐ-UBND", date!(2026 - 10 - 20)), date!(2026 - 10 - 01)).await.unwrap();
        assert_eq!((act.due_date, act.days_late), (on(date!(2026 - 10 - 16)), 4));
        assert_eq!(act.cause(), pb::RevocationCause::MarkMisused);
        assert_eq!(office.status_on(&name, date!(2026 - 10 - 19)).await, "EXPIRING");
        assert_eq!(office.status_on(&name, date!(2026 - 10 - 20)).await, "REVOKED");
        let back = office.surrender(&name, paper("2/QĐ-UBND", date!(2026 - 11 - 01))).await;
        assert_eq!(refused(back), because(Code::FailedPrecondition, "CERTIFICATE_STATUS_FORBIDS"));
        let kinds: Vec<String> = office.events().await.into_iter().map(|e| e.payload.unwrap().type_url).collect();
        let told = |kind: &str| kinds.iter().filter(|url| url.ends_with(kind)).count();
        assert_eq!((told("CertificateActRecorded"), told("CertificateEnded")), (1, 1));

        // One that had expired is cleared from the register all the same; one given back is given back.
        let old = office.recognised("Chè", date!(2020 - 03 - 01)).await.name;
        office.revoke(&old, paper("3/QĐ-UBND", date!(2026 - 10 - 20)), date!(2026 - 10 - 20)).await.unwrap();
        assert_eq!(office.status_on(&old, TODAY).await, "REVOKED");
        let third = office.recognised("Mật ong", date!(2024 - 03 - 01)).await.name;
        office.surrender(&third, paper("4/QĐ-UBND", date!(2026 - 01 - 20))).await.unwrap();
        assert_eq!(office.status_on(&third, date!(2026 - 01 - 20)).await, "SURRENDERED");
    })
    .await;
}

#[tokio::test]
async fn only_the_level_with_authority_over_the_stars_and_the_place_acts() {
    everywhere_on(TODAY, async |office| {
        let name = office.recognised("Cà phê", date!(2024 - 03 - 01)).await.name;
        let elsewhere = pb::ActPaper { unit: "units/56".to_owned(), ..paper("1", date!(2026 - 10 - 20)) };
        let answer = office.suspend(&name, elsewhere).await;
        assert_eq!(refused(answer), because(Code::FailedPrecondition, "ACT_UNIT_WRONG"));
        let centre = pb::ActPaper {
            unit: "units/vn".to_owned(),
            authority: "Bộ Nông nghiệp và Môi trường".to_owned(),
            ..paper("1", date!(2026 - 10 - 20))
        };
        let answer = office.suspend(&name, centre.clone()).await;
        assert_eq!(refused(answer), because(Code::FailedPrecondition, "ACT_LEVEL_WRONG"));
        let product = office.product("Yến sào").await;
        let five = pb::Certificate { stars: 5, ..known(&product, date!(2024 - 03 - 01)) };
        let five = office.record(five).await.unwrap().name;
        let answer = office.suspend(&five, paper("1", date!(2026 - 10 - 20))).await;
        assert_eq!(refused(answer), because(Code::FailedPrecondition, "ACT_LEVEL_WRONG"));
        office.suspend(&five, centre).await.unwrap();

        let stranger = office.world.as_role("province_officer", "units/56");
        let request = pb::SuspendCertificateRequest {
            name: name.clone(),
            paper: Some(paper("1", date!(2026 - 10 - 20))),
            ..Default::default()
        };
        let answer = office.acts().suspend_certificate(stranger.say(request)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        // In May 2024 the district recognised three stars, and could act on them.
        let district = pb::ActPaper { unit: TUY_HOA_CITY.to_owned(), ..paper("1", date!(2024 - 05 - 20)) };
        office.suspend(&name, district).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_correction_keeps_the_old_text_and_a_repeat_answers_the_same() {
    everywhere_on(TODAY, async |office| {
        let name = office.recognised("Cà phe", date!(2022 - 12 - 01)).await.name;
        let request = pb::CorrectCertificateRequest {
            name: name.clone(),
            paper: Some(paper("5/QĐ-UBND", date!(2024 - 06 - 01))),
            product_display_name: "Cà phê".to_owned(),
            number: "12/GCN".to_owned(),
            product_code: "54-555-22018-1-2024".to_owned(),
            decision_number: "120/QĐ-UBND".to_owned(),
            authority: "UBND tỉnh Phú Yên".to_owned(),
            request_id: "0190a0a0-0000-4000-8000-000000000001".to_owned(),
            validate_only: false,
        };
        let correct = async |request: &pb::CorrectCertificateRequest| {
            office.acts().correct_certificate(office.nation.say(request.clone())).await.map(tonic::Response::into_inner)
        };
        let mut tried = request.clone();
        (tried.validate_only, tried.request_id) = (true, String::new());
        let before = office.rows().await;
        // The paper's unit of 2024 is the old province.
        assert_eq!(refused(correct(&tried).await).code, Code::InvalidArgument);
        let request = pb::CorrectCertificateRequest {
            paper: Some(pb::ActPaper { unit: PHU_YEN.to_owned(), ..paper("5/QĐ-UBND", date!(2024 - 06 - 01)) }),
            ..request
        };
        tried.paper.clone_from(&request.paper);
        correct(&tried).await.unwrap();
        assert_eq!(office.rows().await, before, "a trial stores nothing");
        let act = correct(&request).await.unwrap();
        assert_eq!(correct(&request).await.unwrap(), act);
        let changed: Vec<(&str, &str, &str)> =
            act.changes.iter().map(|c| (c.field.as_str(), c.before.as_str(), c.after.as_str())).collect();
        assert_eq!(changed.len(), 5);
        assert_eq!(changed[0], ("product_display_name", "Cà phe", "Cà phê"));
        let now = office.certificate(&name, TODAY).await;
        assert_eq!((now.product_display_name.as_str(), now.number.as_str()), ("Cà phê", "12/GCN"));
        assert_eq!(now.authority, "UBND tỉnh Phú Yên");
        let nothing = pb::CorrectCertificateRequest {
            request_id: String::new(),
            paper: Some(paper("6/QĐ-UBND", date!(2026 - 06 - 01))),
            ..request
        };
        assert_eq!(refused(correct(&nothing).await), invalid(&[("paper", "NOTHING_TO_CORRECT")]));
    })
    .await;
}

#[tokio::test]
async fn a_certificate_goes_over_to_the_cooperative_that_a_household_became() {
    everywhere_on(TODAY, async |office| {
        let certificate = office.recognised("Bánh tráng", date!(2024 - 03 - 01)).await;
        let name = certificate.name;
        let producer = registry_pb::Producer {
            display_name: "Hợp tác xã Bánh tráng Mới".to_owned(),
            legal_form: registry_pb::LegalForm::Cooperative.into(),
            unit: WARD_8.to_owned(),
            registration_date: on(date!(2024 - 05 - 15)),
            ..Default::default()
        };
        let link = office.world.link("registry");
        let request = registry_pb::CreateProducerRequest { producer: Some(producer), ..Default::default() };
        let made = ProducerServiceClient::new(link).create_producer(office.nation.say(request)).await.unwrap();
        let holder = made.into_inner().name;
        let day = date!(2026 - 04 - 02);
        let act = office.transfer(&name, paper("9/UBND", day), &holder).await.unwrap();
        assert_eq!(act.holder, holder);
        assert!(act.previous_holder.starts_with("producers/") && act.previous_holder != holder);
        let now = office.certificate(&name, TODAY).await;
        assert_eq!((now.holder.as_str(), now.end_date), (holder.as_str(), certificate.end_date));
        let mut told = office.events().await.into_iter().filter_map(|event| event.payload);
        let told = told.rfind(|payload| payload.type_url.ends_with("CertificateActRecorded")).unwrap();
        let told: pb::CertificateActRecorded = prost::Message::decode(told.value.as_slice()).unwrap();
        assert_eq!((told.act, told.holder), (act.name.clone(), holder.clone()));
        let again = office.transfer(&name, paper("10/UBND", day), &holder).await;
        assert_eq!(refused(again), invalid(&[("holder", "HOLDER_SAME")]));
        let nobody = office.transfer(&name, paper("11/UBND", day), "producers/0190a0a0-0000-7000-8000-000000000001");
        assert_eq!(refused(nobody.await), invalid(&[("holder", "REFERENCE_UNKNOWN")]));
    })
    .await;
}

#[tokio::test]
async fn what_an_act_says_wrongly_is_told_at_once_and_nothing_is_stored() {
    everywhere_on(TODAY, async |office| {
        let name = office.recognised("Cà phê", date!(2024 - 03 - 01)).await.name;
        let before = office.rows().await;
        let request = pb::RevokeCertificateRequest {
            name: "certificates/1".to_owned(),
            paper: Some(pb::ActPaper { act_date: on(date!(2026 - 10 - 01)), ..Default::default() }),
            cause: pb::RevocationCause::FalsePapers.into(),
            conclusion_date: on(date!(2026 - 10 - 02)),
            basis: "products/1".to_owned(),
            ..Default::default()
        };
        let answer = office.acts().revoke_certificate(office.nation.say(request)).await;
        let found = refused(answer);
        assert_eq!(found.code, Code::InvalidArgument);
        for expected in [
            ("name", "FIELD_FORMAT"),
            ("paper.unit", "FIELD_REQUIRED"),
            ("paper.number", "FIELD_REQUIRED"),
            ("paper.signed_by", "FIELD_REQUIRED"),
            ("paper.ground", "FIELD_REQUIRED"),
            ("conclusion_date", "DATE_ORDER"),
            ("basis", "FIELD_FORMAT"),
        ] {
            assert!(found.violations.iter().any(|(f, r)| (f.as_str(), r.as_str()) == expected), "{found:?}");
        }
        let later = office.suspend(&name, paper("1", date!(2026 - 11 - 25))).await;
        assert_eq!(refused(later), invalid(&[("paper.act_date", "DATE_IN_FUTURE")]));
        let nobody = "certificates/0190a0a0-0000-7000-8000-000000000001";
        let answer = office.suspend(nobody, paper("1", date!(2026 - 11 - 24))).await;
        assert_eq!(refused(answer), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn eleven_officers_who_suspend_at_once_suspend_once() {
    everywhere_on(TODAY, async |office| {
        let name = office.recognised("Cà phê", date!(2024 - 03 - 01)).await.name;
        let mut calls = Vec::new();
        for at in 0..11 {
            let (office, name) = (office.clone(), name.clone());
            let call = async move { office.suspend(&name, paper(&format!("{at}/QĐ"), date!(2026 - 10 - 01))).await };
            calls.push(tokio::spawn(call));
        }
        let mut done = 0;
        for call in calls {
            match call.await.unwrap() {
                Ok(_) => done += 1,
                Err(e) => assert_eq!(kit::testing::reason(&e), "CERTIFICATE_STATUS_FORBIDS"),
            }
        }
        assert_eq!(done, 1);
    })
    .await;
}

#[tokio::test]
async fn reminders_fall_due_on_their_days_in_one_statement() {
    everywhere_on(TODAY, async |office| {
        // Their ends: 2027-05-23 opens today; 2027-03-24 closes today; 2026-12-24 in 30 days; 2026-11-24 today.
        for (name, decided) in [
            ("A", date!(2024 - 05 - 23)),
            ("B", date!(2024 - 03 - 24)),
            ("C", date!(2023 - 12 - 24)),
            ("D", date!(2023 - 11 - 24)),
            ("E", date!(2024 - 05 - 24)),
        ] {
            office.recognised(name, decided).await;
        }
        let gone = office.recognised("F", date!(2023 - 11 - 24)).await.name;
        office.surrender(&gone, paper("1", date!(2026 - 11 - 20))).await.unwrap();
        let list = async |days: i32, unit: &str| {
            let request = pb::ListCertificateRemindersRequest { days, unit: unit.to_owned(), ..Default::default() };
            let answer = office.certificates().list_certificate_reminders(office.nation.count(request)).await.unwrap();
            assert_eq!(kit::testing::statements(&answer), 1);
            let reminders = answer.into_inner().reminders.into_iter();
            let found: Vec<(String, pb::ReminderKind)> =
                reminders.map(|r| (r.product_display_name.clone(), r.kind())).collect();
            found
        };
        use pb::ReminderKind::{Ends, EndsSoon, RenewalCloses, RenewalOpens};
        let expected = [("D", Ends), ("C", EndsSoon), ("B", RenewalCloses), ("A", RenewalOpens)];
        let expected: Vec<_> = expected.map(|(name, kind)| (name.to_owned(), kind)).into();
        assert_eq!(list(0, "").await, expected);
        assert_eq!(list(1, WARD_8).await, expected);
        assert_eq!(list(2, DAK_LAK).await.len(), 5, "E opens tomorrow");
        assert_eq!(list(1, "units/56-20180507").await, []);
        let request = office.nation.say(pb::ListCertificatesRequest::default());
        let all = office.certificates().list_certificates(request).await.unwrap().into_inner().certificates;
        let state = |name: &str| all.iter().find(|c| c.product_display_name == name).unwrap().renewal_state();
        use pb::RenewalState::{Late, NotOpen, Open, Over, Unspecified};
        let states = [("A", Open), ("B", Open), ("C", Late), ("D", Over), ("E", NotOpen), ("F", Unspecified)];
        for (name, expected) in states {
            assert_eq!(state(name), expected, "{name}");
        }
    })
    .await;
}
