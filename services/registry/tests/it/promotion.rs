//! Fairs: the call, applications, places that are never given twice, results and what they come to.

use kit::testing::{As, statements};
use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DAY, LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, mask, on, producer, product,
    refused,
};

pub fn fair(title: &str) -> pb::Fair {
    pb::Fair {
        title: title.to_owned(),
        organiser: "Sở Công Thương".to_owned(),
        unit: PHU_YEN.to_owned(),
        place: "Nhà văn hóa tỉnh".to_owned(),
        location: pb::FairLocation::Inside.into(),
        begin_date: on(date!(2021 - 09 - 01)),
        end_date: on(date!(2021 - 09 - 05)),
        places: 2,
        call_begin_date: on(date!(2021 - 06 - 01)),
        call_end_date: on(date!(2021 - 07 - 31)),
        decision_number: "12/KH-UBND".to_owned(),
        decision_date: on(date!(2021 - 03 - 01)),
        ..Default::default()
    }
}

pub async fn add(office: &Office, fair: pb::Fair) -> Result<pb::Fair, Status> {
    let request = pb::CreateFairRequest { fair: Some(fair), ..Default::default() };
    Ok(office.promotion().create_fair(office.admin().say(request)).await?.into_inner())
}

pub async fn open(office: &Office, name: &str, day: Date) -> Result<pb::Fair, Status> {
    let request = pb::OpenFairRequest { name: name.to_owned(), open_date: on(day), ..Default::default() };
    Ok(office.promotion().open_fair(office.admin().say(request)).await?.into_inner())
}

async fn close(office: &Office, name: &str, day: Date) -> Result<pb::Fair, Status> {
    let request = pb::CloseFairRequest { name: name.to_owned(), close_date: on(day), ..Default::default() };
    Ok(office.promotion().close_fair(office.admin().say(request)).await?.into_inner())
}

async fn hold(office: &Office, name: &str, day: Date) -> Result<pb::Fair, Status> {
    let request = pb::HoldFairRequest { name: name.to_owned(), hold_date: on(day), ..Default::default() };
    Ok(office.promotion().hold_fair(office.admin().say(request)).await?.into_inner())
}

pub async fn apply(office: &Office, who: &As, fair: &str, product: &str, day: Date) -> Result<pb::Application, Status> {
    let request = pb::ApplyToFairRequest {
        fair: fair.to_owned(),
        product: product.to_owned(),
        apply_date: on(day),
        ..Default::default()
    };
    Ok(office.promotion().apply_to_fair(who.say(request)).await?.into_inner())
}

async fn choose(office: &Office, fair: &str, names: &[&str]) -> Result<pb::ChooseApplicationsResponse, Status> {
    let request = pb::ChooseApplicationsRequest {
        fair: fair.to_owned(),
        names: names.iter().map(ToString::to_string).collect(),
        choose_date: on(date!(2021 - 08 - 02)),
        ..Default::default()
    };
    Ok(office.promotion().choose_applications(office.admin().say(request)).await?.into_inner())
}

async fn withdraw(office: &Office, name: &str) -> Result<pb::Application, Status> {
    let request = pb::WithdrawApplicationRequest {
        name: name.to_owned(),
        withdraw_date: on(date!(2021 - 08 - 03)),
        ..Default::default()
    };
    Ok(office.promotion().withdraw_application(office.admin().say(request)).await?.into_inner())
}

async fn refuse(office: &Office, name: &str, reason: &str) -> Result<pb::Application, Status> {
    let request = pb::RefuseApplicationRequest {
        name: name.to_owned(),
        refuse_date: on(date!(2021 - 08 - 02)),
        reason: reason.to_owned(),
        ..Default::default()
    };
    Ok(office.promotion().refuse_application(office.admin().say(request)).await?.into_inner())
}

pub fn result(sales_vnd: i64, contracts: i32, contracts_vnd: i64) -> pb::FairResult {
    pb::FairResult {
        report_date: on(date!(2021 - 09 - 10)),
        sales_vnd,
        contracts,
        contracts_vnd,
        visitors_note: "Khách hỏi nhiều về bao bì.\nĐề nghị có quà tặng.".to_owned(),
    }
}

async fn report(office: &Office, name: &str, result: pb::FairResult) -> Result<pb::Application, Status> {
    let request = pb::RecordResultRequest { name: name.to_owned(), result: Some(result), ..Default::default() };
    Ok(office.promotion().record_result(office.admin().say(request)).await?.into_inner())
}

pub async fn totals(office: &Office, fair: &str) -> pb::FairTotals {
    let request = pb::GetFairTotalsRequest { fair: fair.to_owned() };
    office.promotion().get_fair_totals(office.admin().say(request)).await.unwrap().into_inner()
}

/// Some products of a producer of a unit, by name.
pub async fn products(office: &Office, unit: &str, count: usize) -> Vec<String> {
    let maker = pb::Producer { unit: unit.to_owned(), ..producer(&format!("HTX {unit}")) };
    let maker = office.add_producer(maker).await.unwrap().name;
    let mut names = Vec::new();
    for n in 0..count {
        names.push(office.add_product(product(&maker, &format!("Rượu {n}"))).await.unwrap().name);
    }
    names
}

fn forbidden() -> crate::office::Refused {
    because(Code::FailedPrecondition, "STEP_NOT_ALLOWED")
}

#[tokio::test]
async fn a_fair_goes_from_plan_to_result() {
    everywhere(async |office| {
        let made = add(&office, fair("Hội chợ OCOP Phu\u{301} Yên")).await.unwrap();
        assert_eq!((made.title.as_str(), made.state()), ("Hội chợ OCOP Phú Yên", pb::FairState::Planned));
        let request = office.admin().count(pb::GetFairRequest { name: made.name.clone() });
        let answer = office.promotion().get_fair(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner(), made);

        let goods = products(&office, WARD_8, 3).await;
        let officer = office.world.as_role("commune_officer", WARD_8);
        let early = apply(&office, &officer, &made.name, &goods[0], DAY).await;
        assert!(early.as_ref().unwrap_err().message().contains("UpdateFair, OpenFair, CancelFair"));
        assert_eq!(refused(early), forbidden());
        open(&office, &made.name, date!(2021 - 06 - 01)).await.unwrap();
        let mut asked = Vec::new();
        for name in &goods {
            asked.push(apply(&office, &officer, &made.name, name, DAY).await.unwrap());
        }
        assert_eq!((asked[0].unit.as_str(), asked[0].state()), (WARD_8, pb::ApplicationState::Applied));
        close(&office, &made.name, date!(2021 - 08 - 01)).await.unwrap();
        let chosen = choose(&office, &made.name, &[&asked[1].name, &asked[0].name]).await.unwrap();
        let names: Vec<_> = chosen.applications.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, [&*asked[1].name, &*asked[0].name], "in the order asked for");
        assert_eq!(chosen.fair.unwrap().chosen, 2);
        let no = refuse(&office, &asked[2].name, "Hết gian hàng").await.unwrap();
        assert_eq!((no.state(), no.reason.as_str()), (pb::ApplicationState::Refused, "Hết gian hàng"));
        assert_eq!(refused(report(&office, &asked[0].name, result(1, 0, 0)).await), forbidden(), "not held yet");
        hold(&office, &made.name, date!(2021 - 09 - 05)).await.unwrap();

        report(&office, &asked[0].name, result(15_000_000, 0, 0)).await.unwrap();
        let told = report(&office, &asked[0].name, result(25_000_000, 2, 300_000_000)).await.unwrap();
        assert_eq!(told.result, Some(result(25_000_000, 2, 300_000_000)), "told again, it takes the place");
        report(&office, &asked[1].name, result(5_000_000, 1, 50_000_000)).await.unwrap();
        assert_eq!(refused(report(&office, &asked[2].name, result(1, 0, 0)).await), forbidden(), "it had no place");
        let sum = totals(&office, &made.name).await;
        assert_eq!((sum.applied, sum.chosen, sum.refused, sum.withdrawn, sum.reported), (0, 2, 1, 0, 2));
        assert_eq!((sum.sales_vnd, sum.contracts, sum.contracts_vnd), (30_000_000, 3, 350_000_000));
        assert!(!sum.sample);
        let request = pb::GetApplicationRequest { name: told.name.clone() };
        let read = office.promotion().get_application(officer.say(request)).await.unwrap().into_inner();
        assert_eq!(read, told);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_fair_is_refused_with_everything_that_is_wrong_with_it() {
    everywhere(async |office| {
        let before = office.rows().await;
        let wrong = pb::Fair {
            title: " ".to_owned(),
            organiser: "a\nb".to_owned(),
            unit: "units/00000".to_owned(),
            location: 9,
            places: 0,
            begin_date: on(date!(2021 - 07 - 30)),
            end_date: on(date!(2021 - 07 - 29)),
            call_begin_date: on(date!(2021 - 08 - 01)),
            decision_number: String::new(),
            ..fair("x")
        };
        let all = [
            ("fair.title", "FIELD_REQUIRED"),
            ("fair.organiser", "TEXT_UNCLEAN"),
            ("fair.unit", "UNIT_UNKNOWN"),
            ("fair.location", "ENUM_UNKNOWN"),
            ("fair.places", "FIELD_RANGE"),
            ("fair.begin_date", "DATE_ORDER"),
            ("fair.end_date", "DATE_ORDER"),
            ("fair.call_end_date", "DATE_ORDER"),
            ("fair.decision_number", "FIELD_REQUIRED"),
        ];
        assert_eq!(refused(add(&office, wrong).await), invalid(&all));
        let late = pb::Fair { decision_date: on(date!(2021 - 12 - 16)), ..fair("x") };
        assert_eq!(refused(add(&office, late).await), invalid(&[("fair.decision_date", "DATE_IN_FUTURE")]));
        let request = pb::CreateFairRequest { fair: Some(fair("x")), validate_only: true, ..Default::default() };
        office.promotion().create_fair(office.admin().say(request)).await.unwrap();
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn steps_out_of_turn_or_out_of_time_are_refused_and_change_nothing() {
    everywhere(async |office| {
        let name = add(&office, fair("Hội chợ")).await.unwrap().name;
        assert_eq!(refused(close(&office, &name, DAY).await), forbidden());
        assert_eq!(refused(hold(&office, &name, DAY).await), forbidden());
        let early = refused(open(&office, &name, date!(2021 - 02 - 28)).await);
        assert_eq!(early, invalid(&[("open_date", "DATE_ORDER")]), "before the decision");
        let late = refused(open(&office, &name, date!(2021 - 12 - 16)).await);
        assert_eq!(late, invalid(&[("open_date", "DATE_IN_FUTURE")]));
        let opened = open(&office, &name, date!(2021 - 07 - 01)).await.unwrap();
        assert_eq!(refused(open(&office, &name, DAY).await), forbidden());
        assert_eq!(refused(close(&office, &name, DAY).await), invalid(&[("close_date", "DATE_ORDER")]));

        let goods = products(&office, WARD_8, 1).await;
        let outside = because(Code::FailedPrecondition, "FAIR_CALL_DATES");
        for day in [DAY, date!(2021 - 08 - 01)] {
            assert_eq!(refused(apply(&office, &office.admin(), &name, &goods[0], day).await), outside, "{day}");
        }
        let day = date!(2021 - 06 - 29);
        let unregistered = refused(apply(&office, &office.admin(), &name, &goods[0], day).await);
        assert_eq!(unregistered, invalid(&[("apply_date", "DATE_ORDER")]));
        let day = date!(2021 - 07 - 31);
        let asked = apply(&office, &office.admin(), &name, &goods[0], day).await.unwrap();
        let twice = apply(&office, &office.admin(), &name, &goods[0], day).await;
        assert!(twice.as_ref().unwrap_err().message().contains(&asked.name));
        assert_eq!(refused(twice), because(Code::AlreadyExists, "PRODUCT_APPLIED"));
        close(&office, &name, date!(2021 - 08 - 01)).await.unwrap();
        assert_eq!(refused(hold(&office, &name, date!(2021 - 08 - 31)).await), invalid(&[("hold_date", "DATE_ORDER")]));
        let no_reason = refused(refuse(&office, &asked.name, " ").await);
        assert_eq!(no_reason, invalid(&[("reason", "FIELD_REQUIRED")]));

        let cancel = |reason: &str, etag: &str| pb::CancelFairRequest {
            name: name.clone(),
            cancel_date: on(date!(2021 - 08 - 20)),
            reason: reason.to_owned(),
            etag: etag.to_owned(),
            ..Default::default()
        };
        let stale = office.promotion().cancel_fair(office.admin().say(cancel("Dịch bệnh", &opened.etag))).await;
        assert_eq!(refused(stale), because(Code::Aborted, "ETAG_STALE"));
        let off = office.promotion().cancel_fair(office.admin().say(cancel("Dịch bệnh", ""))).await.unwrap();
        assert_eq!(off.into_inner().state(), pb::FairState::Cancelled);
        assert_eq!(refused(choose(&office, &name, &[&asked.name]).await), forbidden());
        assert_eq!(refused(withdraw(&office, &asked.name).await), forbidden());
        assert_eq!(refused(hold(&office, &name, date!(2021 - 09 - 05)).await), forbidden());
    })
    .await;
}

#[tokio::test]
async fn an_update_is_judged_with_what_stays_and_never_takes_a_place_away() {
    everywhere(async |office| {
        let made = add(&office, fair("Hội chợ")).await.unwrap();
        let update = async |new: pb::Fair, paths: &[&str]| {
            let request = pb::UpdateFairRequest { fair: Some(new), update_mask: mask(paths), ..Default::default() };
            office.promotion().update_fair(office.admin().say(request)).await.map(tonic::Response::into_inner)
        };
        let longer = pb::Fair { places: 1, end_date: on(date!(2021 - 09 - 07)), ..made.clone() };
        let now = update(longer.clone(), &["places", "end_date"]).await.unwrap();
        assert_eq!((now.places, now.end_date, now.title.as_str()), (1, longer.end_date, "Hội chợ"));
        assert_eq!(refused(update(longer, &["places"]).await), because(Code::Aborted, "ETAG_STALE"));
        let now = pb::Fair { etag: String::new(), ..now };
        let early = pb::Fair { end_date: on(date!(2021 - 08 - 30)), ..now.clone() };
        assert_eq!(refused(update(early, &["end_date"]).await), invalid(&[("fair.end_date", "DATE_ORDER")]));
        let unit = refused(update(now.clone(), &["unit"]).await);
        assert_eq!(unit, invalid(&[("update_mask", "UPDATE_MASK_INVALID")]));

        let goods = products(&office, WARD_8, 2).await;
        open(&office, &made.name, date!(2021 - 06 - 01)).await.unwrap();
        let one = apply(&office, &office.admin(), &made.name, &goods[0], DAY).await.unwrap().name;
        let two = apply(&office, &office.admin(), &made.name, &goods[1], DAY).await.unwrap().name;
        let taken = because(Code::FailedPrecondition, "FAIR_PLACES_TAKEN");
        assert_eq!(refused(choose(&office, &made.name, &[&one, &two]).await), taken, "one place for two");
        choose(&office, &made.name, &[&one]).await.unwrap();
        assert_eq!(refused(choose(&office, &made.name, &[&two]).await), taken);
        update(pb::Fair { places: 2, ..now.clone() }, &["places"]).await.unwrap();
        choose(&office, &made.name, &[&two]).await.unwrap();
        assert_eq!(refused(update(pb::Fair { places: 1, ..now.clone() }, &["places"]).await), taken);
        assert_eq!(withdraw(&office, &one).await.unwrap().state(), pb::ApplicationState::Withdrawn);
        update(pb::Fair { places: 1, ..now }, &["places"]).await.unwrap();
        let again = apply(&office, &office.admin(), &made.name, &goods[0], DAY).await.unwrap();
        assert_ne!(again.name, one, "what was withdrawn is no obstacle");
        assert_eq!(refused(choose(&office, &made.name, &[&again.name]).await), taken);
    })
    .await;
}

#[tokio::test]
async fn a_choice_takes_all_of_its_applications_or_none() {
    everywhere(async |office| {
        let here = add(&office, pb::Fair { places: 10, ..fair("Ở đây") }).await.unwrap().name;
        let there = add(&office, fair("Nơi khác")).await.unwrap().name;
        let goods = products(&office, WARD_8, 2).await;
        for name in [&here, &there] {
            open(&office, name, date!(2021 - 06 - 01)).await.unwrap();
        }
        let one = apply(&office, &office.admin(), &here, &goods[0], DAY).await.unwrap().name;
        let two = apply(&office, &office.admin(), &here, &goods[1], DAY).await.unwrap().name;
        let other = apply(&office, &office.admin(), &there, &goods[0], DAY).await.unwrap().name;
        let tables = ["fair", "application"];
        let before = office.rows_of(&tables).await;
        let foreign = refused(choose(&office, &here, &[&one, &other]).await);
        assert_eq!(foreign, invalid(&[("names[1]", "REFERENCE_UNKNOWN")]));
        let wrong = refused(choose(&office, &here, &[&one, "x", &one]).await);
        assert_eq!(wrong, invalid(&[("names[1]", "FIELD_FORMAT"), ("names[2]", "RESOURCE_EXISTS")]));
        refuse(&office, &two, "Chưa đủ hồ sơ").await.unwrap();
        let answer = choose(&office, &here, &[&one, &two]).await;
        assert!(answer.as_ref().unwrap_err().message().contains(&two));
        assert_eq!(refused(answer), forbidden());
        let sum = totals(&office, &here).await;
        assert_eq!((sum.applied, sum.chosen, sum.refused), (1, 0, 1));
        assert_eq!(office.rows_of(&tables).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_at_once_never_give_more_places_than_there_are() {
    everywhere(async |office| {
        let name = add(&office, pb::Fair { places: 5, ..fair("Đông") }).await.unwrap().name;
        open(&office, &name, date!(2021 - 06 - 01)).await.unwrap();
        let mut asked = Vec::new();
        for product in products(&office, WARD_8, 16).await {
            asked.push(apply(&office, &office.admin(), &name, &product, DAY).await.unwrap().name);
        }
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let (office, fair, mine) = (office.clone(), name.clone(), asked[writer].clone());
                tokio::spawn(async move {
                    let chosen = choose(&office, &fair, &[&mine]).await;
                    // Every third gives its place back, for whoever comes next.
                    if chosen.is_ok() && writer % 3 == 0 {
                        withdraw(&office, &mine).await.unwrap();
                        return Ok(false);
                    }
                    chosen.map(|_| true)
                })
            })
            .collect();
        let (mut kept, taken) = (0, because(Code::FailedPrecondition, "FAIR_PLACES_TAKEN"));
        for writer in writers {
            match writer.await.unwrap() {
                Ok(holds) => kept += i64::from(holds),
                Err(status) => assert_eq!(refused(Err::<(), _>(status)), taken),
            }
        }
        let sum = totals(&office, &name).await;
        assert_eq!(sum.chosen, kept);
        assert!((1..=5).contains(&kept), "{kept} of five places");
        let request = pb::GetFairRequest { name: name.clone() };
        let fair = office.promotion().get_fair(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(i64::from(fair.chosen), kept, "the fair's count is that of its applications");
    })
    .await;
}

#[tokio::test]
async fn everybody_reads_the_call_and_only_its_units_see_and_move_an_application() {
    everywhere(async |office| {
        let city = add(&office, pb::Fair { unit: TUY_HOA_CITY.to_owned(), ..fair("Thành phố") }).await.unwrap();
        open(&office, &city.name, date!(2021 - 06 - 01)).await.unwrap();
        let goods = products(&office, LA_HAI, 1).await;
        let far = office.world.as_role("commune_officer", LA_HAI);
        let request = pb::GetFairRequest { name: city.name.clone() };
        office.promotion().get_fair(far.say(request)).await.expect("a call is for everybody");
        let asked = apply(&office, &far, &city.name, &goods[0], DAY).await.unwrap().name;
        let no = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let near = office.world.as_role("commune_officer", WARD_8);
        assert_eq!(refused(apply(&office, &near, &city.name, &goods[0], DAY).await), no);
        let organiser = office.world.as_role("district_officer", TUY_HOA_CITY);
        let other = office.world.as_role("district_officer", "units/558-20180507");
        let seen = async |who: &As| {
            let one = pb::GetApplicationRequest { name: asked.clone() };
            let one = office.promotion().get_application(who.say(one)).await;
            let all = pb::ListApplicationsRequest::default();
            let all = office.promotion().list_applications(who.say(all)).await.unwrap().into_inner();
            (one.is_ok(), all.applications.len())
        };
        assert_eq!(seen(&far).await, (true, 1), "the product's commune");
        assert_eq!(seen(&organiser).await, (true, 1), "the fair's city");
        assert_eq!(seen(&near).await, (false, 0));
        let choice = pb::ChooseApplicationsRequest {
            fair: city.name.clone(),
            names: vec![asked.clone()],
            choose_date: on(date!(2021 - 08 - 02)),
            ..Default::default()
        };
        let answer = office.promotion().choose_applications(other.say(choice.clone())).await;
        assert_eq!(refused(answer), no, "the product's district does not choose");
        office.promotion().choose_applications(organiser.say(choice)).await.unwrap();
        let back = pb::WithdrawApplicationRequest {
            name: asked.clone(),
            withdraw_date: on(date!(2021 - 08 - 03)),
            ..Default::default()
        };
        let answer = office.promotion().withdraw_application(organiser.say(back)).await;
        assert_eq!(refused(answer), no, "the fair's city does not withdraw");
        let provincial = pb::CreateFairRequest { fair: Some(fair("Tỉnh")), ..Default::default() };
        assert_eq!(refused(office.promotion().create_fair(organiser.say(provincial)).await), no);
    })
    .await;
}
