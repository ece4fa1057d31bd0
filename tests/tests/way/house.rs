//! A producer with its product, its vault and its dossier.

use kit::testing::As;
use proto::registry::v1 as pb;
use proto::registry::v1::evidence_service_client::EvidenceServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use time::Date;
use tonic::Status;

use crate::council::scorecard;
use crate::office::{Office, on};

/// The house.
pub struct House {
    pub candidate: String,
    pub producer: String,
    pub product: String,
    person: String,
}

/// A PDF as far as its first bytes tell; another one for each seed.
fn pdf(seed: u8) -> Vec<u8> {
    [b"%PDF-1.7\n".to_vec(), vec![seed; 2000]].concat()
}

impl House {
    /// The commune registers producer, representative and product.
    pub async fn settle(office: &Office, candidate: &str) -> Self {
        let (unit, day) = (office.year.commune.to_owned(), on(office.year.accepted));
        let producer = pb::Producer {
            display_name: "Hợp tác xã mẫu".to_owned(),
            legal_form: pb::LegalForm::Cooperative.into(),
            unit: unit.clone(),
            registration_date: day,
            sample: true,
            ..Default::default()
        };
        let request = pb::CreateProducerRequest { producer: Some(producer), ..Default::default() };
        let mut producers = ProducerServiceClient::new(office.suite.gateway());
        let producer = producers.create_producer(office.commune().say(request)).await.unwrap().into_inner().name;
        let person = pb::Person {
            display_name: "Người đại diện mẫu".to_owned(),
            unit,
            registration_date: day,
            sample: true,
            ..Default::default()
        };
        let request = pb::CreatePersonRequest { person: Some(person), ..Default::default() };
        let mut persons = PersonServiceClient::new(office.suite.gateway());
        let person = persons.create_person(office.commune().say(request)).await.unwrap().into_inner().name;
        let product = pb::Product {
            producer: producer.clone(),
            product_set: format!("productSets/{}", office.year.set),
            display_name: "Sản phẩm mẫu của xã".to_owned(),
            registration_date: day,
            target_year: office.year.listed.year(),
            target_stars: 4,
            ..Default::default()
        };
        let request = pb::CreateProductRequest { product: Some(product), ..Default::default() };
        let product = office.products().create_product(office.commune().say(request)).await.unwrap().into_inner().name;
        Self { candidate: candidate.to_owned(), producer, product, person }
    }

    /// The producer's own account.
    pub fn maker(&self, office: &Office) -> As {
        office.world().as_producer(&self.producer, office.year.commune)
    }

    pub async fn begin(&self, office: &Office) -> String {
        let dossier =
            pb::Dossier { product: self.product.clone(), kind: pb::DossierKind::First.into(), ..Default::default() };
        let request = pb::CreateDossierRequest { dossier: Some(dossier), ..Default::default() };
        let made = office.dossiers().create_dossier(self.maker(office).say(request)).await.unwrap().into_inner();
        assert_eq!((made.state(), made.sample), (pb::DossierState::Draft, true));
        made.name
    }

    pub async fn check(&self, office: &Office, name: &str, as_of: Date) -> pb::CompletenessReport {
        let request = pb::CheckCompletenessRequest { name: name.to_owned(), as_of: on(as_of) };
        office.dossiers().check_completeness(self.maker(office).say(request)).await.unwrap().into_inner()
    }

    /// What an empty dossier lacks by the checklist, in its order: fields, marks, papers that nothing goes without or whose condition is
    /// open.
    pub async fn needed(&self, office: &Office) -> Vec<String> {
        let checklist = office.checklist().await;
        let criteria: Vec<String> = scorecard(office).await.into_iter().map(|c| c.criterion).collect();
        let mut needed = Vec::new();
        for form in checklist.forms.iter().filter(|form| !form.filled_by_commune) {
            for field in form.fields.iter().filter(|field| field.required) {
                if field.kind() == pb::FormFieldKind::Marks {
                    needed.extend(criteria.iter().cloned());
                } else {
                    needed.push(format!("{}.{}", form.form, field.field));
                }
            }
        }
        let supporting = |paper: &&pb::ChecklistPaper| paper.need() != pb::PaperNeed::Supporting;
        needed.extend(checklist.papers.iter().filter(supporting).map(|paper| paper.paper.clone()));
        needed
    }

    /// Answers every required field of every form.
    pub async fn answer(&self, office: &Office, name: &str) {
        let criteria = scorecard(office).await;
        for form in office.checklist().await.forms.into_iter().filter(|form| !form.filled_by_commune) {
            let mut answers = pb::FormAnswers { form: form.form, ..Default::default() };
            for field in form.fields.into_iter().filter(|field| field.required) {
                use pb::FormFieldKind as Kind;
                let value = match field.kind() {
                    Kind::Person => self.person.clone(),
                    Kind::Number => "1200000000".to_owned(),
                    Kind::Flag => "true".to_owned(),
                    Kind::Choice | Kind::Choices => field.choices[0].choice.clone(),
                    Kind::Marks => {
                        let mark = |c: &proto::evaluation::v1::Criterion| pb::SelfMark {
                            criterion: c.criterion.clone(),
                            points: Some(c.max_points),
                            ..Default::default()
                        };
                        answers.self_marks = criteria.iter().map(mark).collect();
                        continue;
                    }
                    _ => "Theo mẫu".to_owned(),
                };
                answers.answers.push(pb::FieldAnswer { field: field.field, values: vec![value] });
            }
            let request =
                pb::SetFormAnswersRequest { name: name.to_owned(), answers: Some(answers), ..Default::default() };
            office.dossiers().set_form_answers(self.maker(office).say(request)).await.unwrap();
        }
    }

    /// Puts a paper into the vault.
    async fn keep(&self, office: &Office, kind: pb::EvidenceKind) -> String {
        let first = pb::UploadEvidenceRequest {
            evidence: Some(pb::Evidence {
                producer: self.producer.clone(),
                kind: kind.into(),
                title: "Giấy tờ mẫu".to_owned(),
                valid_from: on(office.year.listed),
                valid_to: on(office.year.first_out),
                ..Default::default()
            }),
            file_name: "giay-to.pdf".to_owned(),
            ..Default::default()
        };
        let seed = u8::try_from(kind as i32).unwrap();
        let chunk = pb::UploadEvidenceRequest { chunk: pdf(seed).into(), ..Default::default() };
        let stream = self.maker(office).say(tokio_stream::iter([first, chunk]));
        let mut vault = EvidenceServiceClient::new(office.suite.gateway());
        let kept = vault.upload_evidence(stream).await.unwrap().into_inner();
        assert!(kept.sample, "the producer is one");
        kept.name
    }

    /// Attaches from the vault what the checklist requires, and says which conditions do not hold.
    pub async fn prove(&self, office: &Office, name: &str) {
        for paper in office.checklist().await.papers {
            match paper.need() {
                pb::PaperNeed::Required => {
                    let evidence = self.keep(office, paper.fulfilled_by().next().unwrap()).await;
                    let request = pb::AttachPaperRequest {
                        name: name.to_owned(),
                        paper: paper.paper,
                        evidence,
                        ..Default::default()
                    };
                    office.dossiers().attach_paper(self.maker(office).say(request)).await.unwrap();
                }
                pb::PaperNeed::Conditional => {
                    let request = pb::WaivePaperRequest {
                        name: name.to_owned(),
                        paper: paper.paper,
                        reason: "Không thuộc diện phải có".to_owned(),
                        ..Default::default()
                    };
                    office.dossiers().waive_paper(self.maker(office).say(request)).await.unwrap();
                }
                _ => {}
            }
        }
    }

    pub async fn submit(&self, office: &Office, name: &str, day: Date) -> Result<pb::Dossier, Status> {
        let request = pb::SubmitDossierRequest { name: name.to_owned(), submit_date: on(day), ..Default::default() };
        Ok(office.dossiers().submit_dossier(self.maker(office).say(request)).await?.into_inner())
    }

    /// The digest of the snapshot that the producer may read for ever.
    pub async fn snapshot(&self, office: &Office, name: &str) -> String {
        let request = pb::GetDossierSnapshotRequest { name: name.to_owned() };
        office.dossiers().get_dossier_snapshot(self.maker(office).say(request)).await.unwrap().into_inner().digest
    }
}
