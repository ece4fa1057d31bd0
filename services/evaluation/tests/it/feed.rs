//! What other services are told, and in which order.

use proto::evaluation::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{because, decision, everywhere, on, refused, sitting};

#[tokio::test]
async fn the_way_of_a_product_is_told_in_its_order_without_gaps() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let product = office.product("Cà phê").await;
        let graded = office.graded(sitting(&round, &product), 75).await;
        let made = office.decide(decision("1/QĐ-UBND", date!(2021 - 12 - 01), &[&graded])).await.unwrap();
        office.close_round(&round).await.unwrap();

        let events = office.events().await;
        let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
        assert_eq!(positions, (1..=i64::try_from(events.len()).unwrap()).collect::<Vec<_>>());
        let kinds: Vec<&str> =
            events.iter().map(|e| e.payload.as_ref().unwrap().type_url.rsplit('.').next().unwrap()).collect();
        assert_eq!(
            kinds,
            [
                "SittingChanged",    // the council
                "SittingChanged",    // the round
                "SittingChanged",    // the sitting
                "SittingChanged",    // its marks
                "SittingGraded",     // its result
                "SittingChanged",    // its new state
                "DecisionIssued",    // the decision
                "CertificateIssued", // its certificate
                "SittingChanged",    // the round is closed
            ]
        );
        let graded_event: pb::SittingGraded = events[4].payload.as_ref().unwrap().to_msg().unwrap();
        let expected = pb::SittingGraded {
            sitting: graded,
            product: product.clone(),
            mean: "75.00".to_owned(),
            outcome: "OUTCOME_GRADED".to_owned(),
            stars: 4,
            products: vec![product.clone()],
        };
        assert_eq!(graded_event, expected);
        let decided: pb::DecisionIssued = events[6].payload.as_ref().unwrap().to_msg().unwrap();
        assert_eq!((decided.decision, decided.certificates), (made.name.clone(), 1));
        let issued: pb::CertificateIssued = events[7].payload.as_ref().unwrap().to_msg().unwrap();
        assert_eq!(
            (issued.certificate, issued.product, issued.stars),
            (made.certificates[0].clone(), product.clone(), 4)
        );
        assert_eq!(issued.products, [product]);
        assert!(issued.first_recognition);
        assert_eq!((events[7].act_date, events[7].unit.as_str()), (on(date!(2021 - 12 - 01)), crate::office::WARD_8));
        assert_eq!(
            (events[6].resource.as_str(), events[6].unit.as_str()),
            (made.name.as_str(), crate::office::PHU_YEN)
        );
        let closed: pb::SittingChanged = events[8].payload.as_ref().unwrap().to_msg().unwrap();
        assert_eq!((closed.resource, closed.state.as_str()), (round, "ROUND_STATE_CLOSED"));
    })
    .await;
}

#[tokio::test]
async fn the_feed_is_open_to_services_and_the_nation_only() {
    everywhere(async |office| {
        let request = proto::common::v1::WatchRequest { after_position: 0, until_head: true };
        let answer = office.feed().watch(office.admin.say(request)).await.map(|_| ());
        assert_eq!(refused(answer), because(Code::PermissionDenied, "ROLE_MISSING"));
    })
    .await;
}
