//! gRPC through the gateway: generated clients over a channel, as other systems call it.

use kit::testing::{reason, violations};
use proto::common::v1::WatchRequest;
use proto::evaluation::v1::{ListRegimesRequest, rule_service_client::RuleServiceClient};
use proto::google::r#type::Date;
use proto::registry::v1 as pb;
use proto::registry::v1::feed_service_client::FeedServiceClient;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::unit_service_client::UnitServiceClient;
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic_types::StatusExt;

use super::stage::{MOST, Stage, WARD_8, foreign_token, stage};

fn producer(name: &str) -> pb::CreateProducerRequest {
    let producer = pb::Producer {
        display_name: name.to_owned(),
        legal_form: pb::LegalForm::Household.into(),
        unit: WARD_8.to_owned(),
        registration_date: Some(Date { year: 2021, month: 6, day: 30 }),
        ..Default::default()
    };
    pb::CreateProducerRequest { producer: Some(producer), ..Default::default() }
}

fn unit(name: &str) -> pb::GetUnitRequest {
    pb::GetUnitRequest { name: name.to_owned(), as_of: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_is_reached_at_one_address() {
    let stage = stage().await;
    let (admin, channel) = (stage.admin(), stage.channel().await);
    let found = UnitServiceClient::new(channel.clone()).get_unit(admin.say(unit(WARD_8))).await.unwrap();
    assert_eq!(found.into_inner().display_name, "Phường 8");
    let regimes = RuleServiceClient::new(channel).list_regimes(admin.say(ListRegimesRequest::default())).await;
    assert_eq!(regimes.unwrap().into_inner().regimes.len(), 3);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_come_through_with_all_their_details() {
    let stage = stage().await;
    let mut producers = ProducerServiceClient::new(stage.channel().await);
    let empty = pb::CreateProducerRequest { producer: Some(pb::Producer::default()), ..Default::default() };
    let status = producers.create_producer(stage.admin().say(empty)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));
    assert!(violations(&status).len() >= 3, "{:?}", violations(&status));
    assert_eq!(status.get_details_localized_message().unwrap().locale, "vi-VN");
    assert_eq!(status.metadata().get("x-trace-id").unwrap().len(), 32);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_good_token_is_refused_at_the_gateway() {
    let stage = stage().await;
    let mut units = UnitServiceClient::new(stage.channel().await);
    let none = units.get_unit(unit(WARD_8)).await.unwrap_err();
    assert_eq!((none.code(), reason(&none).as_str()), (Code::Unauthenticated, "UNAUTHENTICATED"));
    let stranger = kit::testing::As { token: foreign_token(stage.world.clock.now_us()) };
    let foreign = units.get_unit(stranger.say(unit(WARD_8))).await.unwrap_err();
    assert_eq!((foreign.code(), reason(&foreign).as_str()), (Code::Unauthenticated, "TOKEN_INVALID"));
    let analyst = stage.world.as_role("analyst", "units/vn");
    let mut producers = ProducerServiceClient::new(stage.channel().await);
    let denied = producers.create_producer(analyst.say(producer("Hộ mẫu"))).await.unwrap_err();
    assert_eq!((denied.code(), reason(&denied).as_str()), (Code::PermissionDenied, "ROLE_MISSING"));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_beyond_the_limit_is_refused_and_repeating_is_not_suggested() {
    let stage = stage().await;
    let mut units = UnitServiceClient::new(stage.channel().await);
    let status = units.get_unit(stage.admin().say(unit(&"x".repeat(MOST + 1)))).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE"));
    assert!(status.get_details_retry_info().is_none());
    let below = units.get_unit(stage.admin().say(unit(&"x".repeat(MOST - 100)))).await.unwrap_err();
    assert_eq!((below.code(), reason(&below).as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_compresses_is_answered_or_told_in_words() {
    let stage = stage().await;
    let gzip = CompressionEncoding::Gzip;
    let mut units = UnitServiceClient::new(stage.channel().await).accept_compressed(gzip).send_compressed(gzip);
    match units.get_unit(stage.admin().say(unit(WARD_8))).await {
        Ok(found) => assert_eq!(found.into_inner().name, WARD_8),
        Err(status) => {
            assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "MESSAGE_UNDECODABLE"));
            assert!(status.message().contains("gzip"), "{status:?}");
        }
    }
    // A client that would take compressed answers is always served.
    let mut units = UnitServiceClient::new(stage.channel().await).accept_compressed(gzip);
    assert_eq!(units.get_unit(stage.admin().say(unit(WARD_8))).await.unwrap().into_inner().name, WARD_8);
    stage.end().await;
}

async fn events(stage: &Stage, after_position: i64) -> Vec<i64> {
    let request = stage.admin().say(WatchRequest { after_position, until_head: true });
    let mut stream = FeedServiceClient::new(stage.channel().await).watch(request).await.unwrap().into_inner();
    let mut positions = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        positions.extend(message.events.iter().map(|e| e.position));
    }
    positions
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_comes_through_to_its_end() {
    let stage = stage().await;
    let mut producers = ProducerServiceClient::new(stage.channel().await);
    for n in 0..3 {
        producers.create_producer(stage.admin().say(producer(&format!("Hộ mẫu {n}")))).await.unwrap();
    }
    assert_eq!(events(&stage, 0).await, [1, 2, 3]);
    assert_eq!(events(&stage, 2).await, [3]);
    let beyond = stage.admin().say(WatchRequest { after_position: 99, until_head: true });
    let status = FeedServiceClient::new(stage.channel().await).watch(beyond).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "POSITION_UNKNOWN"));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_brings_what_happens_later_and_ends_when_the_gateway_goes_down() {
    let stage = stage().await;
    let watch = stage.admin().say(WatchRequest { after_position: 0, until_head: false });
    let mut stream = FeedServiceClient::new(stage.channel().await).watch(watch).await.unwrap().into_inner();
    assert!(stream.message().await.unwrap().unwrap().events.is_empty());
    let mut producers = ProducerServiceClient::new(stage.channel().await);
    producers.create_producer(stage.admin().say(producer("Hộ mẫu"))).await.unwrap();
    let events = loop {
        let message = stream.message().await.unwrap().unwrap();
        if !message.events.is_empty() {
            break message.events;
        }
    };
    assert_eq!(events[0].position, 1);
    let ending = tokio::spawn(stage.end());
    let status = loop {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a stream that has no end must not end well"),
            Err(status) => break status,
        }
    };
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    ending.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_is_not_stopped_after_two_thousand_calls_in_a_row() {
    let stage = stage().await;
    let (admin, mut units) = (stage.admin(), UnitServiceClient::new(stage.channel().await));
    for n in 0..2_000 {
        let found = units.get_unit(admin.say(unit(WARD_8))).await;
        assert_eq!(found.unwrap_or_else(|s| panic!("call {n}: {s}")).get_ref().code, "22018");
    }
    stage.end().await;
}
