//! Conflicts that nobody declared, found in the registry's own records.

use proto::evaluation::v1 as pb;
use proto::registry::v1 as registry_pb;
use proto::registry::v1::contact_service_client::ContactServiceClient;
use proto::registry::v1::dossier_service_client::DossierServiceClient;
use proto::registry::v1::guidance_service_client::GuidanceServiceClient;
use proto::registry::v1::person_merge_service_client::PersonMergeServiceClient;
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

    /// A workshop that is no longer in use on the day of the sitting.
    async fn worked(&self, product: &str, address: &str) {
        let name = self.works(product, address).await;
        let request = registry_pb::EndSiteRequest { name, end_date: on(date!(2021 - 06 - 30)), ..Default::default() };
        SiteServiceClient::new(self.world.link("registry")).end_site(self.admin.say(request)).await.unwrap();
    }

    async fn seat(&self, council: &str, member: &str, person: &str) {
        let request = pb::AssignSeatRequest {
            name: council.to_owned(),
            member: member.to_owned(),
            subject: member.to_owned(),
            person: person.to_owned(),
            begin_date: on(date!(2021 - 03 - 01)),
            ..Default::default()
        };
        self.councils().assign_seat(self.admin.say(request)).await.unwrap();
    }

    async fn suspected(&self, sitting: &str) -> pb::SearchConflictsResponse {
        let secretary = self.login("secretary", "council_secretary");
        let request = pb::SearchConflictsRequest { name: sitting.to_owned() };
        self.panels().search_conflicts(secretary.say(request)).await.unwrap().into_inner()
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
        office.worked(&product, "7 Nguyễn Huệ, Phường 8").await;
        let mut persons = Vec::new();
        for post in ["Ủy viên một", "Ủy viên hai", "Ủy viên ba"] {
            persons.push(office.person(post).await);
        }
        office.lives(&persons[0], "Số nhà 12 Lê Lợi, phường 8, Tuy Hòa").await;
        office.lives(&persons[2], "Thôn Phú Lương, xã An Ninh Đông").await;
        office.lives(&persons[2], "7 Nguyễn Huệ, Phường 8").await;
        let advice = office.advises(&persons[1], &product).await;
        office.advises(&persons[2], &office.product("Ca cao").await).await;
        for (member, person) in ["m1", "m2", "m3"].iter().zip(&persons) {
            office.seat(&council, member, person).await;
        }
        let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
        let found = office.suspected(&made.name).await;
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

#[tokio::test]
async fn a_seat_of_a_record_that_was_merged_away_is_searched_as_the_person_who_stays() {
    everywhere(async |office| {
        let council = office.add_council(council(2)).await.unwrap().name;
        let round = office.add_round(round(&council)).await.unwrap().name;
        let product = office.product("Cà phê").await;
        let site = office.works(&product, "12 Lê Lợi, Phường 8").await;
        let (old, stays) = (office.person("Ủy viên một").await, office.person("Ủy viên một").await);
        office.lives(&stays, "12 Lê Lợi, phường 8").await;
        let advice = office.advises(&stays, &product).await;
        office.seat(&council, "m1", &old).await;
        // One that the registry does not know hides nobody else.
        office.seat(&council, "m2", "persons/00000000-0000-7000-8000-000000000009").await;
        let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
        assert_eq!(office.suspected(&made.name).await.suspected_conflicts, []);
        let reason = "Ghi hai lần".to_owned();
        let request = registry_pb::MergePersonsRequest { person: old, into: stays, reason, ..Default::default() };
        let mut merges = PersonMergeServiceClient::new(office.world.link("registry"));
        merges.merge_persons(office.admin.say(request)).await.unwrap();
        let found = office.suspected(&made.name).await.suspected_conflicts;
        let sources: Vec<_> = found.iter().map(|s| (s.member.as_str(), s.source.as_str())).collect();
        assert_eq!(sources, [("m1", site.as_str()), ("m1", advice.as_str())]);
    })
    .await;
}
