//! A bundle of the registry is judged, decided, certified and handed over as a whole.

use std::time::Duration;

use proto::common::v1::{SheetFormat, SheetOptions};
use proto::evaluation::v1 as pb;
use proto::registry::v1 as registry_pb;
use proto::registry::v1::bundle_service_client::BundleServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use time::Date;
use time::macros::date;
use tonic::Code;

use crate::handover::{got, records, says};
use crate::office::{
    FILED, Office, SET, because, decision, everywhere, everywhere_on, invalid, known, on, refused, sitting, status,
    told,
};
use crate::papers::first;
use crate::renewals::seal;
use crate::results::text;

const DECIDED: Date = date!(2021 - 12 - 01);

impl Office {
    fn bundles(&self) -> BundleServiceClient<kit::Link> {
        BundleServiceClient::new(self.world.link("registry"))
    }

    async fn registered(&self, product: &str) -> registry_pb::Product {
        let request = registry_pb::GetProductRequest { name: product.to_owned() };
        let mut products = ProductServiceClient::new(self.world.link("registry"));
        products.get_product(self.nation.say(request)).await.unwrap().into_inner()
    }

    /// Another product of the producer of one.
    async fn beside(&self, product: &str, display_name: &str) -> String {
        let product = registry_pb::Product {
            producer: self.registered(product).await.producer,
            product_set: format!("productSets/{SET}"),
            display_name: display_name.to_owned(),
            registration_date: on(date!(2019 - 02 - 01)),
            ..Default::default()
        };
        let request = registry_pb::CreateProductRequest { product: Some(product), ..Default::default() };
        let mut products = ProductServiceClient::new(self.world.link("registry"));
        products.create_product(self.admin.say(request)).await.unwrap().into_inner().name
    }

    /// Puts products together; the first leads.
    async fn bundle(&self, display_name: &str, products: &[&str], formed: Date) -> String {
        let bundle = registry_pb::Bundle {
            display_name: display_name.to_owned(),
            lead: products[0].to_owned(),
            // In the registry's order the lead need not be the first.
            products: products.iter().rev().map(ToString::to_string).collect(),
            form_date: on(formed),
            ..Default::default()
        };
        let request = registry_pb::CreateBundleRequest { bundle: Some(bundle), ..Default::default() };
        self.bundles().create_bundle(self.admin.say(request)).await.unwrap().into_inner().name
    }

    async fn dissolve(&self, bundle: &str, day: Date) {
        let request = registry_pb::DissolveBundleRequest {
            name: bundle.to_owned(),
            dissolve_date: on(day),
            reason: "Bán riêng".to_owned(),
            ..Default::default()
        };
        self.bundles().dissolve_bundle(self.admin.say(request)).await.unwrap();
    }

    async fn certificates_of(&self, product: &str) -> Vec<pb::Certificate> {
        let request = pb::ListCertificatesRequest { product: product.to_owned(), ..Default::default() };
        self.certificates().list_certificates(self.nation.say(request)).await.unwrap().into_inner().certificates
    }
}

fn names(bundle: Option<&pb::JudgedBundle>) -> Vec<&str> {
    bundle.into_iter().flat_map(|bundle| &bundle.products).map(|of| of.product.as_str()).collect()
}

/// What a paper, its check by everybody and the hand-over say of a certificate.
async fn handed_on(office: &Office, certificate: &str, judged: &pb::JudgedBundle) {
    let paper = pb::IssueCertificatePaperRequest { paper_date: on(date!(2021 - 12 - 02)), ..first(certificate) };
    let paper = office.papers().issue_certificate_paper(office.nation.say(paper)).await.unwrap().into_inner();
    let print = pb::DownloadCertificatePaperRequest { name: paper.name };
    let print = office.papers().download_certificate_paper(office.nation.say(print)).await.unwrap().into_inner();
    assert!(print.content.starts_with(b"%PDF-"));
    let check = pb::VerifyCertificateRequest { token: paper.token, ..Default::default() };
    let check = office.papers().verify_certificate(tonic::Request::new(check)).await.unwrap().into_inner();
    assert_eq!(check.certificates[0].bundle, Some(judged.clone()), "everybody sees what stands under it");

    let list = pb::ListHandoverRequest::default();
    let rows = office.handover().list_handover(office.nation.say(list)).await.unwrap().into_inner().handover;
    assert_eq!(rows.iter().map(|row| row.product.clone().unwrap().bundle).collect::<Vec<_>>(), [Some(judged.clone())]);
    let sheet = Some(SheetOptions { format: SheetFormat::Csv.into(), ..Default::default() });
    let request = pb::ExportHandoverRequest { sheet, ..Default::default() };
    let (_, bytes) = got(office.exports().export_handover(office.nation.say(request)).await).await.unwrap();
    let rows = records(&bytes);
    assert_eq!(rows.len(), 2, "one row for the bundle");
    assert_eq!(says(&rows, 1, "Các sản phẩm chung giấy"), "Cà phê bột; Cà phê hạt; Cà phê túi lọc");
}

#[tokio::test]
async fn a_bundle_is_judged_and_recognised_under_its_lead_and_everything_names_all_its_products() {
    everywhere_on(date!(2022 - 02 - 01), async |office| {
        let round = office.round_of(1).await;
        let lead = office.product("Cà phê bột").await;
        let (hat, tui) = (office.beside(&lead, "Cà phê hạt").await, office.beside(&lead, "Cà phê túi lọc").await);
        let all = [lead.as_str(), hat.as_str(), tui.as_str()];
        let bundle = office.bundle("Bộ cà phê Tuy Hòa", &[&lead, &tui, &hat], date!(2019 - 03 - 01)).await;

        let before = office.rows().await;
        let led = office.add_sitting(sitting(&round, &hat)).await.unwrap_err();
        let of = ["product", "bundle", "lead"].map(|key| told(&led, key));
        assert_eq!(of, [hat.clone(), bundle.clone(), lead.clone()]);
        assert_eq!(refused(Err::<(), _>(led)), because(Code::FailedPrecondition, "PRODUCT_IN_BUNDLE"));
        assert_eq!(office.rows().await, before);

        let made = office.add_sitting(sitting(&round, &lead)).await.unwrap();
        let judged = made.bundle.clone().unwrap();
        assert_eq!((judged.bundle.as_str(), judged.display_name.as_str()), (bundle.as_str(), "Bộ cà phê Tuy Hòa"));
        assert_eq!(names(Some(&judged)), all, "the lead first");
        assert_eq!(judged.products[1].display_name, "Cà phê hạt");
        assert_eq!(judged.products[1].code, office.registered(&hat).await.code);
        let request = pb::ListSittingsRequest { product: tui.clone(), ..Default::default() };
        let found = office.sittings().list_sittings(office.nation.say(request)).await.unwrap().into_inner().sittings;
        assert_eq!(found, std::slice::from_ref(&made), "it is found by each of its products");

        office.mark_all(&made, &[78]).await;
        office.grade(&made.name).await.unwrap();
        let draft = pb::DownloadDraftDecisionRequest { name: round.clone(), format: pb::PaperFormat::Docx.into() };
        let draft = office.results().download_draft_decision(office.nation.say(draft)).await.unwrap().into_inner();
        let draft = text(&draft.paper.unwrap());
        let named = "Bộ cà phê Tuy Hòa (gồm 3 sản phẩm: Cà phê bột; Cà phê hạt; Cà phê túi lọc)";
        assert!(draft.contains("Công nhận 1 sản phẩm") && draft.contains(named), "it counts once: {draft}");

        let decided = office.decide(decision("15/QĐ-UBND", DECIDED, &[&made.name])).await.unwrap();
        let certificate = office.certificate(&decided.certificates[0], DECIDED).await;
        assert_eq!((&certificate.product, certificate.bundle.clone()), (&lead, Some(judged.clone())));
        assert!(certificate.first_recognition);
        for product in all {
            let found = office.certificates_of(product).await;
            assert_eq!(found.iter().map(|c| &c.name).collect::<Vec<_>>(), [&certificate.name], "{product}");
        }
        let issued = office.events().await.into_iter().find_map(|event| {
            let payload = event.payload?;
            payload.type_url.ends_with("CertificateIssued").then(|| payload.to_msg::<pb::CertificateIssued>().unwrap())
        });
        assert_eq!(issued.unwrap().products, all);

        handed_on(&office, &certificate.name, &judged).await;

        // The registry's copy, a moment later.
        let copied = async {
            for product in all {
                while office.registered(product).await.recognition.is_none_or(|known| known.stars != 4) {
                    tokio::task::yield_now().await;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), copied).await.expect("each product shows its recognition");
    })
    .await;
}

#[tokio::test]
async fn what_the_sealed_dossier_or_the_day_of_filing_says_is_judged_and_no_product_twice_in_a_round() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        // Formed after the dossier was filed.
        let later = office.product("Trà xanh").await;
        let other = office.beside(&later, "Trà đen").await;
        office.bundle("Bộ trà", &[&later, &other], FILED.next_day().unwrap()).await;
        assert_eq!(office.add_sitting(sitting(&round, &later)).await.unwrap().bundle, None);
        assert_eq!(office.add_sitting(sitting(&round, &other)).await.unwrap().bundle, None);

        // The dossier was sealed for two products; the bundle has a third one since.
        let lead = office.product("Cà phê bột").await;
        let (hat, tui) = (office.beside(&lead, "Cà phê hạt").await, office.beside(&lead, "Cà phê túi lọc").await);
        let bundle = office.bundle("Bộ cà phê", &[&lead, &hat, &tui], date!(2019 - 03 - 01)).await;
        seal(&office, 7, &lead, FILED, Some((&bundle, &[&hat, &lead]))).await;
        let made = office.add_sitting(sitting(&round, &lead)).await.unwrap();
        assert_eq!(names(made.bundle.as_ref()), [lead.as_str(), hat.as_str()]);
        office.dissolve(&bundle, date!(2021 - 10 - 01)).await;
        let before = office.rows().await;
        let twice = office.add_sitting(sitting(&round, &hat)).await;
        assert_eq!(refused(twice), because(Code::AlreadyExists, "SITTING_EXISTS"));
        assert_eq!(office.rows().await, before);
        assert_eq!(office.add_sitting(sitting(&round, &tui)).await.unwrap().bundle, None, "it stands alone again");
    })
    .await;
}

#[tokio::test]
async fn a_certificate_of_a_bundle_takes_the_place_of_its_products_own_and_none_of_theirs_takes_its() {
    everywhere_on(date!(2022 - 11 - 24), async |office| {
        let round = office.round_of(1).await;
        let lead = office.product("Cà phê bột").await;
        let hat = office.beside(&lead, "Cà phê hạt").await;
        let own = office.record(known(&hat, date!(2020 - 02 - 04))).await.unwrap().name;
        let bundle = office.bundle("Bộ cà phê", &[&lead, &hat], date!(2021 - 03 - 01)).await;
        let of = |product: &str, bundle: &str| pb::Certificate {
            bundle: Some(pb::JudgedBundle { bundle: bundle.to_owned(), ..Default::default() }),
            ..known(product, date!(2018 - 12 - 01))
        };
        let before = office.rows().await;
        let nowhere = format!("bundles/{}", uuid::Uuid::from_u128(9));
        for unknown in [nowhere.as_str(), "x"] {
            let wrong = office.record(of(&lead, unknown)).await;
            assert_eq!(refused(wrong), invalid(&[("certificate.bundle.bundle", "REFERENCE_UNKNOWN")]), "{unknown}");
        }
        let led = office.record(of(&hat, &bundle)).await;
        assert_eq!(refused(led), because(Code::FailedPrecondition, "PRODUCT_IN_BUNDLE"));
        assert_eq!(office.rows().await, before);
        let graded = office.graded(sitting(&round, &lead), 78).await;
        let decided = office.decide(decision("15/QĐ-UBND", DECIDED, &[&graded])).await.unwrap();
        let whole = decided.certificates[0].clone();
        let old = office.certificate(&own, DECIDED).await;
        assert_eq!((status(&old), &old.superseded_by), ("SUPERSEDED", &whole));
        let found: Vec<String> = office.certificates_of(&hat).await.into_iter().map(|c| c.name).collect();
        assert_eq!(found, [whole.clone(), own]);
        // It leaves the bundle and is recognised alone; the bundle's certificate stands for the rest.
        office.dissolve(&bundle, date!(2022 - 02 - 01)).await;
        let alone = office.record(known(&hat, date!(2022 - 06 - 01))).await.unwrap();
        assert!(!alone.first_recognition, "it was recognised before");
        let still = office.certificate(&whole, date!(2022 - 11 - 24)).await;
        assert_eq!((status(&still), still.superseded_by.as_str()), ("VALID", ""));
        // One that becomes known later and is older than all: the bundle's lead was not recognised before the bundle.
        assert!(office.certificate(&whole, DECIDED).await.first_recognition);
        let older = office.record(known(&lead, date!(2019 - 06 - 01))).await.unwrap();
        assert!(older.first_recognition && !office.certificate(&whole, DECIDED).await.first_recognition);
        // Of elsewhere, for the bundle.
        let elsewhere = office.record(of(&lead, &bundle)).await.unwrap();
        assert_eq!(names(elsewhere.bundle.as_ref()), [lead.as_str(), hat.as_str()]);
        assert_eq!(office.certificates_of(&hat).await.last().map(|c| c.name.as_str()), Some(elsewhere.name.as_str()));
    })
    .await;
}
