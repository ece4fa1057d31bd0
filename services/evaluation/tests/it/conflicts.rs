//! Conflicts that nobody declared, found in the registry's own records.

use proto::evaluation::v1 as pb;
use proto::registry::v1 as registry_pb;
use proto::registry::v1::contact_service_client::ContactServiceClient;
use proto::registry::v1::dossier_service_client::DossierServiceClient;
use proto::registry::v1::guidance_service_client::GuidanceServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::post_service_client::PostServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::site_service_client::SiteServiceClient;
use time::macros::date;

use crate::office::{Office, WARD_8, council, everywhere, on, round, sitting};

impl Office {
    async fn person(&self, post: &str) -> String {
        let person = registry_pb::Person {
            display_name: post.to_owned(),
            unit: WARD_8.to_owned(),
            registration_date: on(date!(2021 - 01 - 15)),
            ..Default::default()
        };
        let request = registry_pb::CreatePersonRequest { person: Some(person), ..Default::default() };
        let made = PersonServiceClient::new(self.world.link("registry")).create_person(self.admin.say(request)).await;
        made.unwrap().into_inner().name
    }

    /// Where somebody gets letters.
    async fn lives(&self, person: &str, address: &str) {
        let contact = registry_pb::Contact {
            person: person.to_owned(),
            kind: registry_pb::ContactKind::Post.into(),
            value: address.to_owned(),
            ..Default::default()
        };
        let request = registry_pb::CreateContactRequest { contact: Some(contact), ..Default::default() };
        ContactServiceClient::new(self.world.link("registry")).create_contact(self.admin.say(request)).await.unwrap();
    }

    /// A workshop of the producer of a product.
    async fn works(&self, product: &str, address: &str) -> String {
        let link = self.world.link("registry");
        let get = registry_pb::GetProductRequest { name: product.to_owned() };
        let of = ProductServiceClient::new(link.clone()).get_product(self.admin.say(get)).await.unwrap().into_inner();
        let site = registry_pb::Site {
            producer: of.producer,
            kind: registry_pb::SiteKind::Production.into(),
            display_name: "Xưởng".to_owned(),
            unit: WARD_8.to_owned(),
            address: address.to_owned(),
            begin_date: on(date!(2020 - 01 - 01)),
            ..Default::default()
        };
        let request = registry_pb::CreateSiteRequest { site: Some(site), ..Default::default() };
        SiteServiceClient::new(link).create_site(self.admin.say(request)).await.unwrap().into_inner().name
    }

    /// Advice of a person, in a post, on a dossier of a product.
    async fn advises(&self, person: &str, product: &str) -> String {
        let link = self.world.link("registry");
        let post = registry_pb::Post {
            person: person.to_owned(),
            title: "Cán bộ OCOP".to_owned(),
            unit: WARD_8.to_owned(),
            begin_date: on(date!(2021 - 01 - 20)),
            ..Default::default()
        };
        let request = registry_pb::CreatePostRequest { post: Some(post), ..Default::default() };
        let post = PostServiceClient::new(link.clone()).create_post(self.admin.say(request)).await.unwrap();
        let kind = registry_pb::DossierKind::First.into();
        let dossier = registry_pb::Dossier { product: product.to_owned(), kind, ..Default::default() };
        let request = registry_pb::CreateDossierRequest { dossier: Some(dossier), ..Default::default() };
        let dossier = DossierServiceClient::new(link.clone()).create_dossier(self.admin.say(request)).await.unwrap();
        let guidance = registry_pb::Guidance {
            dossier: dossier.into_inner().name,
            officer: post.into_inner().name,
            guide_date: on(date!(2021 - 07 - 01)),
            text: "Bổ sung phiếu kiểm nghiệm".to_owned(),
            ..Default::default()
        };
        let request = registry_pb::CreateGuidanceRequest { guidance: Some(guidance), ..Default::default() };
        let made = GuidanceServiceClient::new(link).create_guidance(self.admin.say(request)).await.unwrap();
        made.into_inner().name
    }
}

#[tokio::test]
async fn who_lives_at_the_producers_or_advised_on_its_dossier_is_found_and_hamlets_say_nothing() {
    everywhere(async |office| {
        let council = office.add_council(council(4)).await.unwrap().name;
        let round = office.add_round(round(&council)).await.unwrap().name;
        let product = office.product("Cà phê").await;
        let site = office.works(&product, "12 Lê Lợi, Phường 8").await;
        office.works(&product, "Thôn Phú Lương, xã An Ninh Đông").await;
        let mut persons = Vec::new();
        for post in ["Ủy viên một", "Ủy viên hai", "Ủy viên ba"] {
            persons.push(office.person(post).await);
        }
        office.lives(&persons[0], "Số nhà 12 Lê Lợi, phường 8, Tuy Hòa").await;
        office.lives(&persons[2], "Thôn Phú Lương, xã An Ninh Đông").await;
        let advice = office.advises(&persons[1], &product).await;
        office.advises(&persons[2], &office.product("Ca cao").await).await;
        for (member, person) in ["m1", "m2", "m3"].iter().zip(&persons) {
            let request = pb::AssignSeatRequest {
                name: council.clone(),
                member: (*member).to_owned(),
                subject: (*member).to_owned(),
                person: person.clone(),
                begin_date: on(date!(2021 - 03 - 01)),
                ..Default::default()
            };
            office.councils().assign_seat(office.admin.say(request)).await.unwrap();
        }
        let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
        let secretary = office.login("secretary", "council_secretary");
        let request = pb::SearchConflictsRequest { name: made.name };
        let found = office.panels().search_conflicts(secretary.say(request)).await.unwrap().into_inner();
        let suspected: Vec<_> = found
            .suspected_conflicts
            .iter()
            .map(|s| (s.member.as_str(), s.ground(), s.source.as_str(), s.former))
            .collect();
        let (household, consultant) = (pb::ConflictGround::Household, pb::ConflictGround::Consultant);
        assert_eq!(suspected, [("m1", household, site.as_str(), false), ("m2", consultant, advice.as_str(), false)]);
        assert_eq!(found.members_without_person, ["m4"]);
        assert!(!format!("{found:?}").contains("Lê Lợi"), "no answer says an address");
    })
    .await;
}
