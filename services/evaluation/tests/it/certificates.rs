//! The life of a certificate to the day, and the lists that are cut by its status.

use std::collections::BTreeSet;

use proto::evaluation::v1 as pb;
use time::macros::date;
use time::{Date, Duration};
use tonic::Code;

use crate::office::{
    Office, WARD_8, because, council, everywhere_on, invalid, known, on, refused, round, sitting, status,
};

const TODAY: Date = date!(2026 - 11 - 24);

#[tokio::test]
async fn the_end_follows_the_calendar_and_the_convention_to_the_day() {
    use pb::CertificateEndConvention::{Exclusive, Inclusive, Unspecified};
    everywhere_on(TODAY, async |office| {
        for (at, (decided, convention, out)) in [
            (date!(2020 - 02 - 04), Unspecified, date!(2023 - 02 - 04)),
            (date!(2020 - 02 - 04), Exclusive, date!(2023 - 02 - 04)),
            (date!(2019 - 12 - 23), Inclusive, date!(2022 - 12 - 24)),
            (date!(2020 - 02 - 29), Exclusive, date!(2023 - 02 - 28)),
            (date!(2020 - 02 - 29), Inclusive, date!(2023 - 03 - 01)),
            (date!(2021 - 02 - 28), Exclusive, date!(2024 - 02 - 28)),
            (date!(2021 - 02 - 28), Inclusive, date!(2024 - 02 - 29)),
            (date!(2021 - 12 - 31), Inclusive, date!(2025 - 01 - 01)),
            (date!(2021 - 08 - 31), Exclusive, date!(2024 - 08 - 31)),
        ]
        .into_iter()
        .enumerate()
        {
            let product = office.product(&format!("Sản phẩm {at}")).await;
            let mut certificate = known(&product, decided);
            certificate.end_convention = convention.into();
            let made = office.record(certificate).await.unwrap();
            assert_eq!(made.end_date, on(out), "{decided} {convention:?}");
            for (day, expected) in [
                (decided - Duration::DAY, "NOT_YET_VALID"),
                (decided, "VALID"),
                (out - Duration::days(181), "VALID"),
                (out - Duration::days(180), "EXPIRING"),
                (out - Duration::DAY, "EXPIRING"),
                (out, "EXPIRED"),
            ] {
                let certificate = office.certificate(&made.name, day).await;
                assert_eq!(status(&certificate), expected, "{decided} {convention:?} on {day}");
                assert_eq!(certificate.in_force, ["VALID", "EXPIRING"].contains(&expected));
                assert_eq!(certificate.as_of, on(day));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_council_says_how_the_last_day_of_its_certificates_is_read() {
    everywhere_on(date!(2021 - 12 - 15), async |office| {
        let mut of_council = council(1);
        of_council.certificate_end_convention = pb::CertificateEndConvention::Inclusive.into();
        let of_council = office.add_council(of_council).await.unwrap();
        let round = office.add_round(round(&of_council.name)).await.unwrap().name;
        let product = office.product("Cà phê").await;
        let graded = office.graded(sitting(&round, &product), 60).await;
        let made = office.decide(crate::office::decision("1", date!(2021 - 11 - 01), &[&graded])).await.unwrap();
        let day = |day| office.certificate(&made.certificates[0], day);
        assert_eq!(day(date!(2024 - 11 - 01)).await.end_date, on(date!(2024 - 11 - 02)));
        assert_eq!(status(&day(date!(2024 - 11 - 01)).await), "EXPIRING");
        assert_eq!(status(&day(date!(2024 - 11 - 02)).await), "EXPIRED");
    })
    .await;
}

/// One certificate in each situation: alone, in a row, uncertain, suspended, revoked, given back, in grace.
async fn one_of_each_kind(office: &Office) -> Vec<String> {
    let mut names = Vec::new();
    for at in 0..8 {
        let product = office.product(&format!("Sản phẩm {at}")).await;
        let mut certificate = known(&product, date!(2023 - 10 - 01) + Duration::days(at));
        if at == 1 {
            certificate.decision_date = None;
            certificate.earliest_decision_date = on(date!(2023 - 01 - 01));
            certificate.latest_decision_date = on(date!(2023 - 12 - 31));
        }
        if at == 2 {
            certificate.end_convention = pb::CertificateEndConvention::Inclusive.into();
        }
        names.push(office.record(certificate).await.unwrap().name);
        if at == 3 {
            names.push(office.record(known(&product, date!(2025 - 03 - 01))).await.unwrap().name);
        }
    }
    // What later rooms will write: suspensions, revocations, surrenders, and re-evaluations of any day.
    let id = |name: &str| uuid::Uuid::try_parse(name.strip_prefix("certificates/").unwrap()).unwrap();
    let literal = |id: uuid::Uuid| match office.world.backend() {
        kit::testing::Backend::Sqlite => format!("x'{}'", id.simple()),
        kit::testing::Backend::Postgres => format!("'{id}'"),
    };
    let span = |number: u128, of: usize, kind: &str, from: &str, until: &str| {
        let (key, of) = (literal(uuid::Uuid::from_u128(number)), literal(id(&names[of])));
        format!(
            "INSERT INTO certificate_span (id, certificate, kind, from_date, until_date, create_us) VALUES ({key}, {of}, '{kind}', '{from}', {until}, 0)"
        )
    };
    let end = |of: usize, kind: &str, day: &str| {
        let of = literal(id(&names[of]));
        format!(
            "INSERT INTO certificate_end (certificate, kind, end_date, create_us) VALUES ({of}, '{kind}', '{day}', 0)"
        )
    };
    for statement in [
        span(1, 5, "suspended", "2024-01-10", "'2024-02-10'"),
        span(2, 5, "suspended", "2026-09-01", "NULL"),
        span(3, 6, "re_evaluation", "2026-09-30", "NULL"),
        span(4, 1, "re_evaluation", "2026-06-30", "'2026-12-01'"),
        span(5, 2, "re_evaluation", "2026-12-24", "NULL"),
        end(7, "revoked", "2025-05-05"),
        end(8, "surrendered", "2025-06-06"),
    ] {
        assert_eq!(office.tamper(&statement).await, 1, "{statement}");
    }
    names
}

#[tokio::test]
async fn lists_cut_by_status_hold_exactly_the_certificates_whose_computed_status_it_is() {
    everywhere_on(TODAY, async |office| {
        let names = one_of_each_kind(&office).await;
        let mut seen = BTreeSet::new();
        let marks = [
            date!(2023 - 10 - 02),
            date!(2024 - 01 - 10),
            date!(2024 - 02 - 10),
            date!(2025 - 03 - 01),
            date!(2025 - 05 - 05),
            date!(2025 - 06 - 06),
            date!(2026 - 04 - 05),
            date!(2026 - 09 - 01),
            date!(2026 - 10 - 01),
            date!(2026 - 10 - 08),
            date!(2026 - 12 - 01),
            date!(2027 - 03 - 30),
            date!(2027 - 04 - 05),
            date!(2022 - 12 - 31),
            date!(2023 - 12 - 31),
            date!(2026 - 12 - 31),
            date!(2026 - 07 - 04),
            date!(2024 - 09 - 02),
            date!(2028 - 03 - 01),
            date!(2027 - 06 - 28),
        ];
        let days: BTreeSet<Date> =
            marks.iter().flat_map(|day| [-1, 0, 1].map(|by| *day + Duration::days(by))).collect();
        for as_of in days {
            let all = listed(&office, as_of, pb::CertificateStatus::Unspecified).await;
            assert_eq!(all.len(), names.len());
            let mut told = 0;
            for wanted in (1..=10).map(|number| pb::CertificateStatus::try_from(number).unwrap()) {
                let cut: Vec<String> = listed(&office, as_of, wanted).await.into_iter().map(|c| c.name).collect();
                let computed: Vec<String> =
                    all.iter().filter(|c| c.status() == wanted).map(|c| c.name.clone()).collect();
                assert_eq!(cut, computed, "{wanted:?} on {as_of}");
                told += cut.len();
                if !cut.is_empty() {
                    seen.insert(wanted.as_str_name());
                }
            }
            assert_eq!(told, names.len(), "every certificate has one status on {as_of}");
        }
        assert_eq!(seen.len(), 10, "every status came up: {seen:?}");
    })
    .await;
}

async fn listed(office: &Office, as_of: Date, status: pb::CertificateStatus) -> Vec<pb::Certificate> {
    let request =
        pb::ListCertificatesRequest { as_of: on(as_of), status: status.into(), page_size: 1000, ..Default::default() };
    office.certificates().list_certificates(office.nation.say(request)).await.unwrap().into_inner().certificates
}

#[tokio::test]
async fn certificates_are_listed_by_unit_product_and_possible_year() {
    everywhere_on(TODAY, async |office| {
        let (one, two) = (office.product("Một").await, office.product("Hai").await);
        let sure = office.record(known(&one, date!(2021 - 12 - 31))).await.unwrap();
        let mut vague = known(&two, date!(2021 - 12 - 31));
        vague.decision_date = None;
        vague.earliest_decision_date = on(date!(2021 - 12 - 30));
        vague.latest_decision_date = on(date!(2022 - 01 - 02));
        let vague = office.record(vague).await.unwrap();
        let list = async |unit: &str, product: &str, year: i32| {
            let (unit, product) = (unit.to_owned(), product.to_owned());
            let request = pb::ListCertificatesRequest { unit, product, year, ..Default::default() };
            let answer = office.certificates().list_certificates(office.nation.say(request)).await?.into_inner();
            Ok::<Vec<String>, tonic::Status>(answer.certificates.into_iter().map(|c| c.name).collect())
        };
        let both = [vague.name.clone(), sure.name.clone()];
        assert_eq!(list("", "", 0).await.unwrap(), both);
        assert_eq!(list("", "", 2021).await.unwrap(), both);
        assert_eq!(list("", "", 2022).await.unwrap(), both[..1]);
        assert_eq!(list("", "", 2023).await.unwrap(), [""; 0]);
        assert_eq!(list("", &one, 0).await.unwrap(), both[1..]);
        assert_eq!(list(WARD_8, "", 0).await.unwrap(), both);
        assert_eq!(list("units/66-20250701", "", 0).await.unwrap(), both, "the new province holds the old one's");
        assert_eq!(list("units/56-20180507", "", 0).await.unwrap(), [""; 0]);
        assert_eq!(refused(list("units/99", "", 0).await), invalid(&[("unit", "UNIT_UNKNOWN")]));
        assert_eq!(refused(list("", "products/1", 0).await), invalid(&[("product", "FIELD_FORMAT")]));

        let stranger = office.world.as_role("province_officer", "units/56-20180507");
        let get = pb::GetCertificateRequest { name: sure.name.clone(), as_of: None };
        let answer = office.certificates().get_certificate(stranger.say(get)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let all = office.certificates().list_certificates(stranger.say(pb::ListCertificatesRequest::default())).await;
        assert_eq!(all.unwrap().into_inner().certificates, []);
        let nobody = pb::GetCertificateRequest {
            name: "certificates/0190a0a0-0000-7000-8000-000000000001".to_owned(),
            as_of: None,
        };
        let answer = office.certificates().get_certificate(office.nation.say(nobody)).await;
        assert_eq!(refused(answer), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
    })
    .await;
}
