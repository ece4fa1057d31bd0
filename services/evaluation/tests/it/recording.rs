//! Certificates that are known from elsewhere: what is claimed of them, and how they find their place in the row.

use proto::evaluation::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::Code;

use crate::office::{
    Office, because, decision, everywhere, everywhere_on, invalid, known, on, refused, sitting, status, ymd,
};

fn vague(product: &str, earliest: Date, latest: Date) -> pb::Certificate {
    pb::Certificate {
        decision_date: None,
        earliest_decision_date: on(earliest),
        latest_decision_date: on(latest),
        ..known(product, latest)
    }
}

#[tokio::test]
async fn a_stretch_of_days_claims_nothing_more_exact() {
    everywhere_on(date!(2026 - 11 - 24), async |office| {
        let product = office.product("Cà phê").await;
        let wanted = vague(&product, date!(2022 - 01 - 01), date!(2022 - 12 - 31));
        let made = office.record(wanted).await.unwrap();
        assert_eq!((made.decision_date, made.end_date, made.regime.as_str()), (None, None, "regimes/q1048"));
        assert_eq!(made.earliest_decision_date, on(date!(2022 - 01 - 01)));
        assert_eq!(made.latest_decision_date, on(date!(2022 - 12 - 31)));
        assert!(made.first_recognition);
        for (day, expected, in_force) in [
            (date!(2021 - 12 - 31), "NOT_YET_VALID", false),
            (date!(2022 - 01 - 01), "DATE_UNCERTAIN", false),
            (date!(2022 - 12 - 30), "DATE_UNCERTAIN", false),
            (date!(2022 - 12 - 31), "VALID", true),
            (date!(2024 - 07 - 04), "VALID", true),
            (date!(2024 - 07 - 05), "DATE_UNCERTAIN", false),
            (date!(2025 - 12 - 30), "DATE_UNCERTAIN", false),
            (date!(2025 - 12 - 31), "EXPIRED", false),
        ] {
            let certificate = office.certificate(&made.name, day).await;
            assert_eq!((status(&certificate), certificate.in_force), (expected, in_force), "{day}");
        }
        let one_day = office.product("Trà").await;
        let made = office.record(vague(&one_day, date!(2022 - 05 - 05), date!(2022 - 05 - 05))).await.unwrap();
        assert_eq!((made.decision_date, made.end_date), (on(date!(2022 - 05 - 05)), on(date!(2025 - 05 - 05))));
    })
    .await;
}

/// What the feed tells of certificates, as (event, certificate, first or status, day).
async fn told(office: &Office) -> Vec<(String, String, String, Option<crate::office::PbDate>)> {
    let mut told = Vec::new();
    for event in office.events().await {
        let payload = event.payload.unwrap();
        if payload.type_url.ends_with("CertificateIssued") {
            let event: pb::CertificateIssued = payload.to_msg().unwrap();
            told.push((
                "issued".to_owned(),
                event.certificate,
                event.first_recognition.to_string(),
                event.decision_date,
            ));
        } else if payload.type_url.ends_with("CertificateEnded") {
            let event: pb::CertificateEnded = payload.to_msg().unwrap();
            told.push(("ended".to_owned(), event.certificate, event.superseded_by, event.end_date));
        }
    }
    told
}

#[tokio::test]
async fn an_older_recognition_that_becomes_known_later_takes_its_place_and_the_events_are_told_again() {
    everywhere(async |office| {
        let product = office.product("Nước mắm").await;
        let mut wanted = sitting(&office.round_of(1).await, &product);
        wanted.kind = pb::DossierKind::Upgrade.into();
        let graded = office.graded(wanted, 80).await;
        let made = office.decide(decision("5/QĐ-UBND", date!(2021 - 12 - 01), &[&graded])).await.unwrap();
        let new = made.certificates[0].clone();
        assert!(office.certificate(&new, date!(2021 - 12 - 15)).await.first_recognition);

        let oldest = office.record(known(&product, date!(2019 - 12 - 23))).await.unwrap();
        assert!(oldest.first_recognition);
        assert_eq!((status(&oldest), &oldest.superseded_by), ("SUPERSEDED", &new));
        assert!(!office.certificate(&new, date!(2021 - 12 - 15)).await.first_recognition);
        let between = office.record(known(&product, date!(2020 - 12 - 30))).await.unwrap();
        assert_eq!((between.first_recognition, &between.superseded_by), (false, &new));
        let then = office.certificate(&oldest.name, date!(2020 - 12 - 30)).await;
        assert_eq!(
            (status(&then), &then.superseded_by),
            ("SUPERSEDED", &between.name),
            "it ended earlier than was known"
        );
        assert_eq!(status(&office.certificate(&oldest.name, date!(2020 - 12 - 29)).await), "VALID");

        let at = |day| on(day);
        let event = |what: &str, of: &str, how: &str, day| (what.to_owned(), of.to_owned(), how.to_owned(), at(day));
        let expected = [
            event("issued", &new, "true", date!(2021 - 12 - 01)),
            event("issued", &oldest.name, "true", date!(2019 - 12 - 23)),
            event("issued", &new, "false", date!(2021 - 12 - 01)),
            event("ended", &oldest.name, &new, date!(2021 - 12 - 01)),
            event("issued", &between.name, "false", date!(2020 - 12 - 30)),
            event("ended", &oldest.name, &between.name, date!(2020 - 12 - 30)),
            event("ended", &between.name, &new, date!(2021 - 12 - 01)),
        ];
        assert_eq!(told(&office).await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_certificate_that_had_expired_is_not_superseded() {
    everywhere_on(date!(2026 - 11 - 24), async |office| {
        let product = office.product("Muối").await;
        let old = office.record(known(&product, date!(2019 - 12 - 23))).await.unwrap();
        let new = office.record(known(&product, date!(2022 - 12 - 23))).await.unwrap();
        assert_eq!((new.first_recognition, status(&new)), (false, "EXPIRED"));
        let old = office.certificate(&old.name, date!(2022 - 12 - 23)).await;
        assert_eq!((status(&old), old.superseded_by.as_str()), ("EXPIRED", ""));
    })
    .await;
}

#[tokio::test]
async fn stretches_that_overlap_do_not_supersede_each_other() {
    everywhere_on(date!(2026 - 11 - 24), async |office| {
        let product = office.product("Bánh tráng").await;
        let first = office.record(vague(&product, date!(2021 - 01 - 01), date!(2021 - 12 - 31))).await.unwrap();
        let second = office.record(vague(&product, date!(2021 - 06 - 01), date!(2022 - 06 - 30))).await.unwrap();
        assert_eq!((first.first_recognition, second.first_recognition), (true, false));
        let sure = office.record(known(&product, date!(2022 - 07 - 01))).await.unwrap();
        for earlier in [&first, &second] {
            let then = office.certificate(&earlier.name, date!(2022 - 07 - 01)).await;
            assert_eq!((status(&then), &then.superseded_by), ("SUPERSEDED", &sure.name));
        }
        let before = office.certificate(&first.name, date!(2022 - 06 - 30)).await;
        assert_eq!(status(&before), "VALID");
    })
    .await;
}

#[tokio::test]
async fn what_is_recorded_keeps_its_source_and_a_sample_stays_a_sample() {
    everywhere(async |office| {
        let product = office.product("Yến sào").await;
        let wanted = pb::Certificate {
            stars: 4,
            number: " 12 ".to_owned(),
            decision_number: "2500/QĐ-UBND".to_owned(),
            source_text: "Báo Phú Yên".to_owned(),
            source_url: "https://baophuyen.vn/1".to_owned(),
            sample: true,
            ..known(&product, date!(2020 - 12 - 30))
        };
        let made = office.record(wanted.clone()).await.unwrap();
        assert_eq!((made.number.as_str(), &made.decision_number, made.stars), ("12", &wanted.decision_number, 4));
        assert_eq!((&made.source_text, &made.source_url), (&wanted.source_text, &wanted.source_url));
        assert!(made.sample && made.decision.is_empty() && made.sitting.is_empty());
        assert_eq!((made.product_display_name.as_str(), made.unit.as_str()), ("Yến sào", crate::office::WARD_8));
        let event = office.events().await.pop().unwrap();
        assert!(event.sample);
        assert_eq!((event.resource, event.act_date), (made.name.clone(), on(date!(2020 - 12 - 30))));

        let before = office.rows().await;
        let again = office.record(wanted).await;
        assert_eq!(refused(again), because(Code::AlreadyExists, "CERTIFICATE_EXISTS"));
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn what_is_recorded_wrongly_is_told_at_once_and_nothing_is_stored() {
    everywhere(async |office| {
        let product = office.product("Mắm").await;
        let before = office.rows().await;
        let wrong = pb::Certificate {
            product: "products/0190a0a0-0000-7000-8000-000000000001".to_owned(),
            stars: 6,
            decision_date: ymd(2021, 12, 16),
            authority: " ".to_owned(),
            ..Default::default()
        };
        let expected = invalid(&[
            ("certificate.product", "REFERENCE_UNKNOWN"),
            ("certificate.stars", "FIELD_RANGE"),
            ("certificate.decision_date", "DATE_IN_FUTURE"),
            ("certificate.authority", "FIELD_REQUIRED"),
        ]);
        assert_eq!(refused(office.record(wrong).await), expected);
        let turned = office.record(vague(&product, date!(2021 - 02 - 02), date!(2021 - 02 - 01))).await;
        assert_eq!(refused(turned), invalid(&[("certificate.latest_decision_date", "DATE_ORDER")]));
        let mut half = vague(&product, date!(2021 - 01 - 01), date!(2021 - 02 - 01));
        half.latest_decision_date = None;
        assert_eq!(
            refused(office.record(half).await),
            invalid(&[("certificate.latest_decision_date", "FIELD_REQUIRED")])
        );
        let mut both = vague(&product, date!(2021 - 01 - 01), date!(2021 - 02 - 01));
        both.decision_date = on(date!(2021 - 01 - 15));
        assert_eq!(refused(office.record(both).await), invalid(&[("certificate.decision_date", "FIELD_FORMAT")]));
        let mut none = known(&product, date!(2021 - 01 - 01));
        none.decision_date = None;
        assert_eq!(refused(office.record(none).await), invalid(&[("certificate.decision_date", "FIELD_REQUIRED")]));

        let request = pb::RecordCertificateRequest {
            certificate: Some(known(&product, date!(2021 - 01 - 01))),
            validate_only: true,
            ..Default::default()
        };
        let tried = office.certificates().record_certificate(office.admin.say(request.clone())).await;
        assert_eq!(tried.unwrap().into_inner().stars, 3);
        let secretary = office.world.as_role("council_secretary", crate::office::PHU_YEN);
        let answer = office.certificates().record_certificate(secretary.say(request.clone())).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "ROLE_MISSING"));
        let stranger = office.world.as_role("province_admin", "units/56-20180507");
        let answer = office.certificates().record_certificate(stranger.say(request)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        assert_eq!(office.rows().await, before);
    })
    .await;
}
