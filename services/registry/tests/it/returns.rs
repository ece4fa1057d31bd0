//! Yearly returns: drafts, decisions, corrections, lists and sums.

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DAY, LA_HAI, Office, WARD_8, because, everywhere, invalid, mask, on, producer, refused, request_id,
};

pub fn year_2020(producer: &str) -> pb::YearlyReturn {
    pb::YearlyReturn {
        producer: producer.to_owned(),
        year: 2020,
        turnover_vnd: 900_000_000,
        export_percent: 10,
        workers: 12,
        women: 7,
        minorities: 2,
        locals: 12,
        lines: vec![pb::ReturnLine {
            display_name: "Gạo nếp".to_owned(),
            measure: pb::OutputMeasure::Kilogram.into(),
            quantity_milli: 1_500_500,
            ..Default::default()
        }],
        ..Default::default()
    }
}

async fn create(office: &Office, new: pb::YearlyReturn) -> Result<pb::YearlyReturn, Status> {
    let request = pb::CreateYearlyReturnRequest { yearly_return: Some(new), ..Default::default() };
    Ok(office.returns().create_yearly_return(office.admin().say(request)).await?.into_inner())
}

async fn submit(office: &Office, name: &str) -> Result<pb::YearlyReturn, Status> {
    let request = pb::SubmitYearlyReturnRequest { name: name.to_owned(), submit_date: on(DAY), ..Default::default() };
    Ok(office.returns().submit_yearly_return(office.admin().say(request)).await?.into_inner())
}

async fn accept(office: &Office, name: &str) -> Result<pb::YearlyReturn, Status> {
    let request = pb::AcceptYearlyReturnRequest { name: name.to_owned(), accept_date: on(DAY), ..Default::default() };
    Ok(office.returns().accept_yearly_return(office.admin().say(request)).await?.into_inner())
}

async fn correct(office: &Office, name: &str) -> Result<pb::YearlyReturn, Status> {
    let request = pb::CorrectYearlyReturnRequest { name: name.to_owned(), ..Default::default() };
    Ok(office.returns().correct_yearly_return(office.admin().say(request)).await?.into_inner())
}

async fn update(office: &Office, new: pb::YearlyReturn, paths: &[&str]) -> Result<pb::YearlyReturn, Status> {
    let request =
        pb::UpdateYearlyReturnRequest { yearly_return: Some(new), update_mask: mask(paths), ..Default::default() };
    Ok(office.returns().update_yearly_return(office.admin().say(request)).await?.into_inner())
}

async fn totals(office: &Office, unit: &str) -> pb::ReturnTotals {
    let request = pb::GetReturnTotalsRequest { year: 2020, unit: unit.to_owned() };
    let answer = office.returns().get_return_totals(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 2);
    answer.into_inner()
}

#[tokio::test]
async fn a_return_is_drafted_sent_back_submitted_again_and_accepted() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let made = create(&office, year_2020(&maker)).await.unwrap();
        assert_eq!((made.state(), made.revision), (pb::ReturnState::Draft, 1));
        let step = because(Code::FailedPrecondition, "STEP_NOT_ALLOWED");
        let early = accept(&office, &made.name).await;
        assert!(early.as_ref().unwrap_err().message().contains("UpdateYearlyReturn, SubmitYearlyReturn"));
        assert_eq!(refused(early), step);
        submit(&office, &made.name).await.unwrap();
        let back = |reason: &str| pb::ReturnYearlyReturnRequest {
            name: made.name.clone(),
            return_date: on(DAY),
            reason: reason.to_owned(),
            ..Default::default()
        };
        let silent = office.returns().return_yearly_return(office.admin().say(back(" "))).await;
        assert_eq!(refused(silent), invalid(&[("reason", "FIELD_REQUIRED")]));
        let sent = office.returns().return_yearly_return(office.admin().say(back("Thiếu sản lượng"))).await.unwrap();
        assert_eq!(sent.into_inner().state(), pb::ReturnState::Returned);
        let more = pb::YearlyReturn { etag: String::new(), workers: 5, women: 6, ..made.clone() };
        let too_many = update(&office, more.clone(), &["women", "workers"]).await;
        let beyond = [("yearly_return.women", "FIELD_RANGE"), ("yearly_return.locals", "FIELD_RANGE")];
        assert_eq!(refused(too_many), invalid(&beyond), "what stays is judged with what changes");
        let now = update(&office, pb::YearlyReturn { workers: 20, ..more }, &["workers"]).await.unwrap();
        assert_eq!((now.workers, now.women, now.lines.len()), (20, 7, 1));
        submit(&office, &made.name).await.unwrap();
        let done = accept(&office, &made.name).await.unwrap();
        assert_eq!(done.state(), pb::ReturnState::Accepted);
        let request = pb::GetYearlyReturnRequest { name: made.name.clone() };
        let answer = office.returns().get_yearly_return(office.admin().count(request)).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner(), done);
        assert_eq!(refused(update(&office, pb::YearlyReturn { etag: String::new(), ..done }, &["note"]).await), step);
    })
    .await;
}

#[tokio::test]
async fn the_accepted_version_counts_until_its_correction_is_accepted() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let first = create(&office, year_2020(&maker)).await.unwrap();
        assert_eq!(totals(&office, "").await.returns, 0, "a draft does not count");
        submit(&office, &first.name).await.unwrap();
        accept(&office, &first.name).await.unwrap();
        let second = correct(&office, &first.name).await.unwrap();
        assert_eq!((second.revision, second.turnover_vnd, second.lines.len()), (2, 900_000_000, 1));
        let twice = because(Code::AlreadyExists, "RETURN_EXISTS");
        assert_eq!(refused(correct(&office, &first.name).await), twice);
        assert_eq!(refused(create(&office, year_2020(&maker)).await), twice);
        let mut more = pb::YearlyReturn { turnover_vnd: 1_000_000_000, ..second.clone() };
        more.lines[0].quantity_milli = 2_000_000;
        update(&office, more, &["turnover_vnd", "lines"]).await.unwrap();
        submit(&office, &second.name).await.unwrap();
        assert_eq!(totals(&office, "").await.turnover_vnd, 900_000_000);
        accept(&office, &second.name).await.unwrap();
        let sums = totals(&office, "").await;
        assert_eq!((sums.returns, sums.turnover_vnd, sums.sample), (1, 1_000_000_000, false));
        assert_eq!(sums.outputs[0].quantity_milli, 2_000_000, "the lines of the first version count no more");
        let request = pb::ListYearlyReturnsRequest { state: pb::ReturnState::Superseded.into(), ..Default::default() };
        let old = office.returns().list_yearly_returns(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(old.yearly_returns[0].name, first.name);
        let step = because(Code::FailedPrecondition, "STEP_NOT_ALLOWED");
        assert_eq!(refused(correct(&office, &first.name).await), step);
    })
    .await;
}

#[tokio::test]
async fn returns_are_summed_by_commune_and_walked_in_pages() {
    everywhere(async |office| {
        let near = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let sample = pb::Producer { sample: true, ..producer("HTX Mẫu") };
        let sample = office.add_producer(sample).await.unwrap().name;
        let far = pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX La Hai") };
        let far = office.add_producer(far).await.unwrap().name;
        let mut names = Vec::new();
        for maker in [&near, &sample, &far] {
            let made = create(&office, year_2020(maker)).await.unwrap();
            submit(&office, &made.name).await.unwrap();
            accept(&office, &made.name).await.unwrap();
            names.push(made.name);
        }
        let sums = totals(&office, "").await;
        assert_eq!((sums.returns, sums.turnover_vnd, sums.sample), (3, 2_700_000_000, true));
        let by_unit: Vec<_> = sums.units.iter().map(|u| (u.unit.as_str(), u.returns, u.women, u.sample)).collect();
        assert_eq!(by_unit, [(WARD_8, 2, 14, true), (LA_HAI, 1, 7, false)]);
        assert_eq!(sums.outputs[0].quantity_milli, 3 * 1_500_500);
        assert_eq!(totals(&office, LA_HAI).await.returns, 1);
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request =
                pb::ListYearlyReturnsRequest { year: 2020, page_size: 2, page_token: token, ..Default::default() };
            let answer = office.returns().list_yearly_returns(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.yearly_returns.into_iter().map(|r| r.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, names);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_return_stores_nothing_and_a_producer_reports_for_itself_only() {
    everywhere(async |office| {
        let own = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let other = office.add_producer(producer("HTX Bình Minh")).await.unwrap().name;
        let before = office.rows().await;
        let wrong = pb::YearlyReturn {
            producer: "x".to_owned(),
            year: 2022,
            turnover_vnd: -1,
            women: 13,
            lines: vec![pb::ReturnLine { product: "products/x".to_owned(), ..Default::default() }],
            ..year_2020("")
        };
        let all = [
            ("yearly_return.producer", "FIELD_FORMAT"),
            ("yearly_return.year", "FIELD_RANGE"),
            ("yearly_return.turnover_vnd", "FIELD_RANGE"),
            ("yearly_return.lines[0].display_name", "FIELD_REQUIRED"),
            ("yearly_return.lines[0].product", "FIELD_FORMAT"),
            ("yearly_return.lines[0].measure", "FIELD_REQUIRED"),
            ("yearly_return.lines[0].quantity_milli", "FIELD_RANGE"),
        ];
        assert_eq!(refused(create(&office, wrong).await), invalid(&all));
        let women = pb::YearlyReturn { women: 13, ..year_2020(&own) };
        assert_eq!(refused(create(&office, women).await), invalid(&[("yearly_return.women", "FIELD_RANGE")]));
        assert_eq!(office.rows().await, before);
        let grower = office.world.as_producer(&own, WARD_8);
        let request = |maker: &str| pb::CreateYearlyReturnRequest {
            yearly_return: Some(year_2020(maker)),
            request_id: request_id(7),
            ..Default::default()
        };
        let mut client = office.returns();
        let made = client.create_yearly_return(grower.say(request(&own))).await.unwrap().into_inner();
        assert_eq!(client.create_yearly_return(grower.say(request(&own))).await.unwrap().into_inner(), made);
        let foreign = pb::CreateYearlyReturnRequest { request_id: String::new(), ..request(&other) };
        let not_own = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(refused(client.create_yearly_return(grower.say(foreign)).await), not_own);
        let mine = pb::AcceptYearlyReturnRequest {
            name: made.name,
            accept_date: on(date!(2021 - 06 - 01)),
            ..Default::default()
        };
        let role = because(Code::PermissionDenied, "ROLE_MISSING");
        assert_eq!(refused(client.accept_yearly_return(grower.say(mine.clone())).await), role);
        submit(&office, &mine.name).await.unwrap();
        let early = client.accept_yearly_return(office.admin().say(mine)).await;
        assert_eq!(refused(early), invalid(&[("accept_date", "DATE_ORDER")]));
    })
    .await;
}
