//! Accounts: who speaks for a producer, and what a producer may do.

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{DAY, LA_HAI, Office, WARD_8, because, everywhere, invalid, on, producer, refused, request_id};

fn account(producer: &str, subject: &str) -> pb::CreateProducerAccountRequest {
    let account = pb::ProducerAccount {
        producer: producer.to_owned(),
        subject: subject.to_owned(),
        begin_date: on(DAY),
        ..Default::default()
    };
    pb::CreateProducerAccountRequest { producer_account: Some(account), ..Default::default() }
}

async fn add(office: &Office, request: pb::CreateProducerAccountRequest) -> Result<pb::ProducerAccount, tonic::Status> {
    Ok(office.accounts().create_producer_account(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn an_account_is_given_once_repeats_safely_and_ends() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let request = pb::CreateProducerAccountRequest { request_id: request_id(1), ..account(&maker, "grower-1") };
        let made = add(&office, request.clone()).await.unwrap();
        assert_eq!(add(&office, request).await.unwrap(), made);
        let held = because(Code::AlreadyExists, "ACCOUNT_HELD");
        assert_eq!(refused(add(&office, account(&maker, "grower-1")).await), held);
        let end =
            |day| pb::EndProducerAccountRequest { name: made.name.clone(), end_date: on(day), ..Default::default() };
        let mut client = office.accounts();
        let early = client.end_producer_account(office.admin().say(end(date!(2021 - 06 - 29)))).await;
        assert_eq!(refused(early), invalid(&[("end_date", "DATE_ORDER")]));
        let stale = pb::EndProducerAccountRequest { etag: "\"9\"".to_owned(), ..end(DAY) };
        let stale = client.end_producer_account(office.admin().say(stale)).await;
        assert_eq!(refused(stale), because(Code::Aborted, "ETAG_STALE"));
        client.end_producer_account(office.admin().say(end(DAY))).await.unwrap();
        let again = client.end_producer_account(office.admin().say(end(DAY))).await;
        assert_eq!(refused(again), because(Code::FailedPrecondition, "RECORD_ENDED"));
        let request = pb::GetProducerAccountRequest { name: made.name.clone() };
        let now = client.get_producer_account(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(now.end_date, on(DAY));
        add(&office, account(&maker, "grower-1")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn accounts_are_listed_in_one_statement_and_wrong_ones_are_refused_whole() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        for n in 0..3 {
            add(&office, account(&maker, &format!("grower-{n}"))).await.unwrap();
        }
        let before = office.rows().await;
        let wrong = pb::CreateProducerAccountRequest {
            producer_account: Some(pb::ProducerAccount {
                producer: "x".to_owned(),
                subject: " ".to_owned(),
                begin_date: on(date!(2022 - 01 - 01)),
                ..Default::default()
            }),
            ..Default::default()
        };
        let all = [
            ("producer_account.producer", "FIELD_FORMAT"),
            ("producer_account.subject", "FIELD_REQUIRED"),
            ("producer_account.begin_date", "DATE_IN_FUTURE"),
        ];
        assert_eq!(refused(add(&office, wrong).await), invalid(&all));
        let nobody = account(&format!("producers/{}", uuid::Uuid::nil()), "grower");
        let unknown = invalid(&[("producer_account.producer", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(add(&office, nobody).await), unknown);
        assert_eq!(office.rows().await, before);
        let request = pb::ListProducerAccountsRequest { page_size: 2, ..Default::default() };
        let answer = office.accounts().list_producer_accounts(office.admin().count(request)).await.unwrap();
        assert_eq!(statements(&answer), 1);
        let page = answer.into_inner();
        assert_eq!(page.producer_accounts.len(), 2);
        let request =
            pb::ListProducerAccountsRequest { page_size: 2, page_token: page.next_page_token, ..Default::default() };
        let rest = office.accounts().list_producer_accounts(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!((rest.producer_accounts.len(), rest.next_page_token.as_str()), (1, ""));
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let none =
            office.accounts().list_producer_accounts(foreign.say(pb::ListProducerAccountsRequest::default())).await;
        assert!(none.unwrap().into_inner().producer_accounts.is_empty());
        let unit = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let request = account(&maker, "grower-9");
        assert_eq!(refused(office.accounts().create_producer_account(foreign.say(request)).await), unit);
    })
    .await;
}

#[tokio::test]
async fn a_producer_reaches_what_is_its_own_until_its_account_ends() {
    everywhere(async |office| {
        let own = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let other = office.add_producer(producer("HTX Bình Minh")).await.unwrap().name;
        let grower = office.speaker("grower-1", &own, WARD_8).await;
        let site = |maker: &str| pb::CreateSiteRequest { site: Some(crate::sites::site(maker)), ..Default::default() };
        let mut client = office.sites();
        client.create_site(grower.say(site(&own))).await.unwrap();
        let foreign = client.create_site(office.admin().say(site(&other))).await.unwrap().into_inner();
        let not_own = because(Code::PermissionDenied, "PRODUCER_NOT_OWN");
        assert_eq!(refused(client.create_site(grower.say(site(&other))).await), not_own);
        let request = pb::GetSiteRequest { name: foreign.name };
        assert_eq!(refused(client.get_site(grower.say(request)).await), not_own);
        let list = async |who: &kit::testing::As| {
            let answer = office.sites().list_sites(who.count(pb::ListSitesRequest::default())).await.unwrap();
            assert_eq!(statements(&answer), 1);
            answer.into_inner().sites.len()
        };
        assert_eq!((list(&grower).await, list(&office.admin()).await), (1, 2));
        assert_eq!(list(&office.stranger("somebody", WARD_8)).await, 0, "a role at the unit is not enough");
        assert_eq!(list(&office.stranger("grower-1", LA_HAI)).await, 0, "neither is an account without the unit");
        let accounts = pb::ListProducerAccountsRequest { producer: own, ..Default::default() };
        let accounts =
            office.accounts().list_producer_accounts(office.admin().say(accounts)).await.unwrap().into_inner();
        let end = pb::EndProducerAccountRequest {
            name: accounts.producer_accounts[0].name.clone(),
            end_date: on(DAY),
            ..Default::default()
        };
        office.accounts().end_producer_account(office.admin().say(end)).await.unwrap();
        assert_eq!(list(&grower).await, 0, "its last day is over");
    })
    .await;
}
