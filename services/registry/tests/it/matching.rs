//! MatchProducers: what is found, why, and what is never taken for the same.

use kit::testing::{Fresh, backends, statements};
use proto::registry::v1::{self as pb, LegalForm, MatchReason, MatchVerdict};
use reference::tax_code::make;
use registry::migrations::Migrator;
use sea_orm::{ConnectionTrait, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use time::macros::date;
use tonic::Status;

use crate::office::{LA_HAI, Office, TUY_HOA_CITY, WARD_8, everywhere, invalid, mask, on, producer, refused, ymd};

fn ask(display_name: &str) -> pb::MatchProducersRequest {
    pb::MatchProducersRequest { display_name: display_name.to_owned(), unit: WARD_8.to_owned(), ..Default::default() }
}

async fn found(office: &Office, request: pb::MatchProducersRequest) -> Result<Vec<pb::Candidate>, Status> {
    Ok(office.producers().match_producers(office.admin().say(request)).await?.into_inner().candidates)
}

/// Names with their verdicts, in the order of the answer.
async fn verdicts(office: &Office, request: pb::MatchProducersRequest) -> Vec<(String, MatchVerdict)> {
    let all = found(office, request).await.unwrap();
    all.into_iter().map(|c| (c.display_name.clone(), c.verdict())).collect()
}

fn same(name: &str) -> (String, MatchVerdict) {
    (name.to_owned(), MatchVerdict::Same)
}

fn possible(name: &str) -> (String, MatchVerdict) {
    (name.to_owned(), MatchVerdict::Possible)
}

#[tokio::test]
async fn a_producer_is_found_in_any_spelling_with_the_reasons_in_one_statement() {
    everywhere(async |office| {
        let asked = pb::Producer { tax_code: make(1), ..producer("HTX Nông nghiệp Hòa Phong") };
        let made = office.add_producer(asked).await.unwrap();
        office.add_producer(producer("HTX Muối Tuyết Diêm")).await.unwrap();
        let request = ask("Hợp tác xã NN  Ho\u{61}\u{300} PHONG");
        let answer = office.producers().match_producers(office.admin().count(request)).await.unwrap();
        assert_eq!(statements(&answer), 1);
        let [candidate] = answer.into_inner().candidates.try_into().unwrap();
        let expected = pb::Candidate {
            producer: made.name.clone(),
            score: candidate.score,
            verdict: MatchVerdict::Same.into(),
            reasons: [MatchReason::NameEqualFolded, MatchReason::CommuneEqual, MatchReason::LegalFormEqual]
                .map(Into::into)
                .into(),
            display_name: "HTX Nông nghiệp Hòa Phong".to_owned(),
            legal_form: LegalForm::Cooperative.into(),
            tax_code: make(1),
            unit: WARD_8.to_owned(),
            merged_into: String::new(),
        };
        assert!(candidate.score > 0.9 && candidate.score < 1.0);
        assert_eq!(candidate, expected);
        let bare = pb::MatchProducersRequest { unit: "units/22018".to_owned(), ..ask("htx nông nghiệp hòa phong") };
        assert_eq!(verdicts(&office, bare).await, [same("HTX Nông nghiệp Hòa Phong")], "read on today");
        let elsewhere = pb::MatchProducersRequest { unit: LA_HAI.to_owned(), ..ask("HTX NN Hòa Phong") };
        assert_eq!(verdicts(&office, elsewhere).await, [possible("HTX Nông nghiệp Hòa Phong")], "a name alone");
    })
    .await;
}

#[tokio::test]
async fn a_tax_code_is_enough_and_another_one_is_never_the_same() {
    everywhere(async |office| {
        let (code, branch) = (make(1), format!("{}-001", make(1)));
        for (name, tax_code) in [("HTX An Nghiệp", code.as_str()), ("HTX Chi nhánh", &branch), ("HTX Xa lạ", "")] {
            office.add_producer(pb::Producer { tax_code: tax_code.to_owned(), ..producer(name) }).await.unwrap();
        }
        let by_code = pb::MatchProducersRequest { tax_code: format!(" {code} "), ..Default::default() };
        let all = found(&office, by_code.clone()).await.unwrap();
        assert_eq!(all[0].reasons().collect::<Vec<_>>(), [MatchReason::TaxCodeEqual]);
        assert!((all[0].score - 1.0).abs() < f64::EPSILON);
        let told: Vec<_> = all.iter().map(|c| (c.display_name.as_str(), c.verdict())).collect();
        assert_eq!(told, [("HTX An Nghiệp", MatchVerdict::Same), ("HTX Chi nhánh", MatchVerdict::Different)]);
        let renamed = pb::MatchProducersRequest { display_name: "Công ty CP Mới".to_owned(), ..by_code };
        assert_eq!(verdicts(&office, renamed).await[0], same("HTX An Nghiệp"), "whatever it is called now");
        let other = pb::MatchProducersRequest { tax_code: make(2), ..ask("HTX An Nghiệp") };
        assert_eq!(verdicts(&office, other).await, [possible("HTX An Nghiệp")]);
    })
    .await;
}

#[tokio::test]
async fn communes_are_compared_through_the_map_of_units() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2024 - 12 - 15));
        // Phường 8 went wholly into Phường 2, of Phường 9 a part did.
        let ward_9 = || pb::Producer { unit: "units/22024-20180507".to_owned(), ..producer("HTX Phần") };
        for asked in [producer("HTX Trọn"), ward_9()] {
            office.add_producer(asked).await.unwrap();
        }
        let now = |name: &str| pb::MatchProducersRequest { unit: "units/22018".to_owned(), ..ask(name) };
        assert_eq!(verdicts(&office, now("HTX Trọn")).await, [same("HTX Trọn")]);
        assert_eq!(verdicts(&office, now("HTX Phần")).await, [possible("HTX Phần")]);
        let then = pb::MatchProducersRequest { as_of: on(date!(2021 - 06 - 30)), ..now("HTX Trọn") };
        assert_eq!(verdicts(&office, then).await, [same("HTX Trọn")], "the code of then");
        // Both old wards had one: nothing says which of them is meant.
        let old_2 = pb::Producer { unit: "units/22021-20180507".to_owned(), ..producer("HTX Trọn") };
        office.add_producer(old_2).await.unwrap();
        assert_eq!(verdicts(&office, now("HTX Trọn")).await, [possible("HTX Trọn"), possible("HTX Trọn")]);
    })
    .await;
}

#[tokio::test]
async fn similar_names_are_shown_behind_equal_ones_and_a_changed_name_is_found_by_its_new_keys() {
    everywhere(async |office| {
        let first = office.add_producer(producer("HTX Muối Tuyết Diêm")).await.unwrap();
        office.add_producer(producer("Tổ hợp tác Tuyết Diêm")).await.unwrap();
        office.add_producer(producer("HTX Muoi Tuyet Diem")).await.unwrap();
        office.add_producer(producer("HTX Đồng Din")).await.unwrap();
        let all = verdicts(&office, ask("HTX Muối Tuyết Diêm")).await;
        let expected =
            [same("HTX Muối Tuyết Diêm"), possible("HTX Muoi Tuyet Diem"), possible("Tổ hợp tác Tuyết Diêm")];
        assert_eq!(all, expected);
        let request = pb::UpdateProducerRequest {
            producer: Some(pb::Producer { display_name: "HTX Hòa Tâm".to_owned(), ..first }),
            update_mask: mask(&["display_name"]),
            ..Default::default()
        };
        office.producers().update_producer(office.admin().say(request)).await.unwrap();
        assert_eq!(verdicts(&office, ask("HTX Hoà Tâm")).await, [same("HTX Hòa Tâm")]);
        assert_eq!(verdicts(&office, ask("HTX Muối Tuyết Diêm")).await, expected[1..].to_vec());
    })
    .await;
}

#[tokio::test]
async fn twenty_at_most_are_answered_and_the_one_of_the_commune_is_among_them() {
    everywhere(async |office| {
        for _ in 0..60 {
            let far = pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX Hòa Tâm") };
            office.add_producer(far).await.unwrap();
        }
        let near = office.add_producer(producer("HTX Hòa Tâm")).await.unwrap();
        let all = found(&office, ask("HTX Hòa Tâm")).await.unwrap();
        assert_eq!((all.len(), all[0].producer.as_str(), all[0].verdict()), (20, &*near.name, MatchVerdict::Same));
        assert!(all[1..].iter().all(|c| c.verdict() == MatchVerdict::Possible));
        assert_eq!(found(&office, ask("HTX Hòa Tâm")).await.unwrap(), all, "the same answer again");
    })
    .await;
}

#[tokio::test]
async fn only_live_producers_of_the_callers_units_are_candidates() {
    everywhere(async |office| {
        let gone = office.add_producer(producer("HTX Hòa Tâm")).await.unwrap();
        let request = pb::DeleteProducerRequest { name: gone.name, ..Default::default() };
        office.producers().delete_producer(office.admin().say(request)).await.unwrap();
        assert_eq!(verdicts(&office, ask("HTX Hòa Tâm")).await, []);
        office.add_producer(producer("HTX Hòa Tâm")).await.unwrap();
        for (role, unit, seen) in [
            ("commune_officer", WARD_8, 1),
            ("district_officer", TUY_HOA_CITY, 1),
            ("commune_officer", LA_HAI, 0),
            ("province_admin", "units/56-20180507", 0),
        ] {
            let caller = office.world.as_role(role, unit);
            let answer = office.producers().match_producers(caller.say(ask("HTX Hòa Tâm"))).await.unwrap();
            assert_eq!(answer.into_inner().candidates.len(), seen, "{role} of {unit}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_question_is_refused_with_everything_that_is_wrong_with_it() {
    everywhere(async |office| {
        let wrong = pb::MatchProducersRequest {
            display_name: "a\u{202e}b".to_owned(),
            tax_code: "123".to_owned(),
            unit: "units/99999".to_owned(),
            ..Default::default()
        };
        let all = [("display_name", "TEXT_UNCLEAN"), ("tax_code", "TAX_CODE_INVALID"), ("unit", "UNIT_UNKNOWN")];
        assert_eq!(refused(found(&office, wrong).await), invalid(&all));
        let nothing = pb::MatchProducersRequest::default();
        assert_eq!(refused(found(&office, nothing).await), invalid(&[("display_name", "FIELD_REQUIRED")]));
        for (unit, as_of, violation) in [
            (TUY_HOA_CITY, None, ("unit", "UNIT_NOT_COMMUNE")),
            ("units/22018", on(date!(2018 - 05 - 06)), ("as_of", "DATE_BEFORE_KNOWN")),
            ("", on(date!(2018 - 05 - 06)), ("as_of", "DATE_BEFORE_KNOWN")),
            ("units/22018", ymd(2021, 2, 29), ("as_of", "DATE_INVALID")),
        ] {
            let request = pb::MatchProducersRequest { unit: unit.to_owned(), as_of, ..ask("HTX An") };
            assert_eq!(refused(found(&office, request).await), invalid(&[violation]), "{unit} {as_of:?}");
        }
        let long = "ệ".repeat(301);
        assert_eq!(refused(found(&office, ask(&long)).await), invalid(&[("display_name", "FIELD_LENGTH")]));
    })
    .await;
}

/// The history as it was before producers had keys.
struct Before;

impl MigratorTrait for Before {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Migrator::migrations().into_iter().take(2).collect()
    }
}

#[tokio::test]
async fn producers_registered_before_there_were_keys_get_theirs_with_the_migration() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<Before>().await;
        let insert = "INSERT INTO producer (id, display_name, sort_key, search_key, legal_form, unit, unit_path, \
                      registration_date, sample, version, create_us, update_us) VALUES ";
        for chunk in 0..3 {
            let row = |n: u32| {
                let id = uuid::Uuid::from_u128(u128::from(chunk * 500 + n) + 1);
                let id = match backend {
                    kit::testing::Backend::Sqlite => format!("x'{}'", id.simple()),
                    kit::testing::Backend::Postgres => format!("'{id}'"),
                };
                format!("({id}, 'HTX NN Hoà Tâm {n}', '', '', 2, 'u', '/', '2021-01-15', FALSE, 1, 0, 0)")
            };
            let rows: Vec<String> = (0..500).map(row).collect();
            database.reader().execute_unprepared(&format!("{insert}{}", rows.join(", "))).await.unwrap();
        }
        database.migrate::<Migrator>().await.unwrap();
        let engine = database.reader().get_database_backend();
        let count = "SELECT count(*) AS n FROM producer WHERE match_key LIKE 'nongnghiephoatam%' \
                     AND match_head = 'hoa tam' AND match_tail LIKE 'tam %'";
        let count = Statement::from_string(engine, count);
        let row = database.reader().query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "n").unwrap(), 1500, "{backend:?}");
        database.close().await;
        fresh.remove().await;
    }
}
