//! Who may take part on which day, and the sizes of enterprises.

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::Code;

use crate::office::{DAY, Office, WARD_8, because, everywhere, invalid, on, producer, product, refused, request_id};

pub fn size(producer: &str, class: pb::SizeClass, from: Date) -> pb::CreateProducerSizeRequest {
    let fact = pb::ProducerSize {
        producer: producer.to_owned(),
        size_class: class.into(),
        begin_date: on(from),
        basis: "Báo cáo tài chính".to_owned(),
        ..Default::default()
    };
    pb::CreateProducerSizeRequest { producer_size: Some(fact), ..Default::default() }
}

async fn record(office: &Office, request: pb::CreateProducerSizeRequest) -> Result<pb::ProducerSize, tonic::Status> {
    Ok(office.eligibility().create_producer_size(office.admin().say(request)).await?.into_inner())
}

async fn ask(office: &Office, producer: &str, day: Date) -> pb::Eligibility {
    let request = pb::GetEligibilityRequest { producer: producer.to_owned(), as_of: on(day) };
    office.eligibility().get_eligibility(office.admin().say(request)).await.unwrap().into_inner()
}

fn company(name: &str) -> pb::Producer {
    pb::Producer { legal_form: pb::LegalForm::Company.into(), ..producer(name) }
}

#[tokio::test]
async fn large_enterprises_and_farms_take_part_by_the_list_of_the_day() {
    everywhere(async |office| {
        let firm = office.add_producer(company("Công ty TNHH Sông Ba")).await.unwrap().name;
        let farm = pb::Producer { legal_form: pb::LegalForm::Farm.into(), ..producer("Trang trại Sông Ba") };
        let farm = office.add_producer(farm).await.unwrap().name;
        let (before, after) = (date!(2026 - 05 - 21), date!(2026 - 05 - 22));
        assert_eq!(ask(&office, &firm, after).await.verdict(), pb::ParticipationVerdict::May, "no size is told");
        record(&office, size(&firm, pb::SizeClass::Large, DAY)).await.unwrap();
        let now = ask(&office, &firm, after).await;
        assert_eq!((now.verdict(), now.binding), (pb::ParticipationVerdict::MayNot, true));
        assert_eq!((now.decision.as_str(), now.size_class()), ("26/2026/QĐ-TTg", pb::SizeClass::Large));
        assert_eq!(ask(&office, &firm, before).await.verdict(), pb::ParticipationVerdict::Unknown);
        assert_eq!(ask(&office, &firm, date!(2021 - 06 - 29)).await.size_class(), pb::SizeClass::Unspecified);
        assert_eq!(ask(&office, &farm, before).await.verdict(), pb::ParticipationVerdict::MayNot);
        assert_eq!(ask(&office, &farm, after).await.verdict(), pb::ParticipationVerdict::May);
        assert_eq!(ask(&office, &farm, date!(2018 - 01 - 01)).await.decision, "");
        office.world.clock.set_noon(date!(2026 - 06 - 01));
        let later =
            |maker: &str| pb::Product { registration_date: on(date!(2026 - 06 - 01)), ..product(maker, "Rượu") };
        let shut_out = office.add_product(later(&firm)).await;
        assert_eq!(refused(shut_out), because(Code::FailedPrecondition, "FORM_NOT_ELIGIBLE"));
        office.add_product(later(&farm)).await.unwrap();
        record(&office, size(&firm, pb::SizeClass::Medium, date!(2026 - 01 - 01))).await.unwrap();
        office.add_product(later(&firm)).await.unwrap();
        let body = pb::Producer { legal_form: pb::LegalForm::TourismBody.into(), ..producer("Hiệp hội Du lịch") };
        let body = office.add_producer(body).await.unwrap().name;
        assert_eq!(
            refused(office.add_product(later(&body)).await),
            because(Code::FailedPrecondition, "FORM_NOT_ELIGIBLE")
        );
        let stay = "productSets/q26-du-lich-cong-dong-sinh-thai".to_owned();
        office.add_product(pb::Product { product_set: stay, ..later(&body) }).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_list_of_a_day_has_every_form_with_its_source() {
    everywhere(async |office| {
        let ask = async |day| {
            let request = pb::GetParticipationRequest { as_of: on(day) };
            office.eligibility().get_participation(office.admin().say(request)).await
        };
        let list = ask(date!(2026 - 11 - 24)).await.unwrap().into_inner();
        assert!(list.verified && list.source_note.contains("article 2"));
        assert_eq!(list.forms.len(), 10, "four sizes of enterprises and six other forms");
        let early = ask(date!(2018 - 05 - 06)).await;
        assert_eq!(refused(early), invalid(&[("as_of", "DATE_BEFORE_KNOWN")]));
    })
    .await;
}

#[tokio::test]
async fn a_size_is_recorded_once_a_day_and_listed_to_its_own_producer() {
    everywhere(async |office| {
        let firm = office.add_producer(company("Công ty TNHH Sông Ba")).await.unwrap().name;
        let request =
            pb::CreateProducerSizeRequest { request_id: request_id(1), ..size(&firm, pb::SizeClass::Small, DAY) };
        let made = record(&office, request.clone()).await.unwrap();
        assert_eq!(record(&office, request).await.unwrap(), made);
        let twice = record(&office, size(&firm, pb::SizeClass::Micro, DAY)).await;
        assert_eq!(refused(twice), because(Code::AlreadyExists, "RESOURCE_EXISTS"));
        let mut wrong = size("x", pb::SizeClass::Unspecified, date!(2022 - 01 - 01));
        wrong.producer_size.as_mut().unwrap().basis = String::new();
        let all = [
            ("producer_size.producer", "FIELD_FORMAT"),
            ("producer_size.size_class", "FIELD_REQUIRED"),
            ("producer_size.begin_date", "DATE_IN_FUTURE"),
            ("producer_size.basis", "FIELD_REQUIRED"),
        ];
        assert_eq!(refused(record(&office, wrong).await), invalid(&all));
        let grower = office.world.as_producer(&firm, WARD_8);
        for (who, count) in [(&grower, 1), (&office.world.as_role("producer", WARD_8), 0)] {
            let request = who.count(pb::ListProducerSizesRequest::default());
            let answer = office.eligibility().list_producer_sizes(request).await.unwrap();
            assert_eq!(statements(&answer), 1);
            assert_eq!(answer.into_inner().producer_sizes.len(), count);
        }
    })
    .await;
}
