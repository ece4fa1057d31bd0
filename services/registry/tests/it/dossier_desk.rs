//! The desk at which tests make dossiers and send them on their way.

use kit::testing::As;
use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::Status;

use crate::evidence_files::{pdf, upload};
use crate::office::{Office, on, person, producer, product};

/// Under 26/2026: fish sauce and other liquid seasoning.
pub const SAUCE: &str = "productSets/q26-tuong-nuoc-mam-gia-vi-long";
/// A commune of today's Đắk Lắk.
pub const TAY_HOA: &str = "units/22255";

/// A producer with a product and somebody who represents it.
pub struct House {
    pub maker: String,
    pub product: String,
    pub person: String,
}

/// A house of Ward 8 in 2021.
pub async fn house(office: &Office, title: &str) -> House {
    let maker = office.add_producer(producer(title)).await.unwrap().name;
    let product = office.add_product(product(&maker, &format!("Rượu {title}"))).await.unwrap().name;
    let person = office.add_person(person("Người đại diện mẫu")).await.unwrap().name;
    House { maker, product, person }
}

/// A house of Tây Hòa in 2026.
pub async fn house_of_2026(office: &Office, title: &str) -> House {
    let day = on(date!(2026 - 02 - 02));
    let maker = pb::Producer { unit: TAY_HOA.to_owned(), registration_date: day, ..producer(title) };
    let maker = office.add_producer(maker).await.unwrap().name;
    let goods = pb::Product {
        product_set: SAUCE.to_owned(),
        registration_date: day,
        ..product(&maker, &format!("Nước mắm {title}"))
    };
    let product = office.add_product(goods).await.unwrap().name;
    let person =
        pb::Person { unit: TAY_HOA.to_owned(), registration_date: day, ..person("Người đại diện mẫu") };
    let person = office.add_person(person).await.unwrap().name;
    House { maker, product, person }
}

/// A dossier to be begun.
pub fn wanted(product: &str) -> pb::Dossier {
    pb::Dossier { product: product.to_owned(), kind: pb::DossierKind::First.into(), ..Default::default() }
}

pub async fn begin(office: &Office, dossier: pb::Dossier) -> Result<pb::Dossier, Status> {
    let request = pb::CreateDossierRequest { dossier: Some(dossier), ..Default::default() };
    Ok(office.dossiers().create_dossier(office.admin().say(request)).await?.into_inner())
}

pub async fn get(office: &Office, name: &str) -> pb::Dossier {
    let request = pb::GetDossierRequest { name: name.to_owned(), ..Default::default() };
    office.dossiers().get_dossier(office.admin().say(request)).await.unwrap().into_inner()
}

/// Answers of a form, one value each.
pub fn answers(form: &str, fields: &[(&str, &str)]) -> pb::FormAnswers {
    let answer = |(field, value): &(&str, &str)| pb::FieldAnswer {
        field: (*field).to_owned(),
        values: vec![(*value).to_owned()],
    };
    pb::FormAnswers { form: form.to_owned(), answers: fields.iter().map(answer).collect(), self_marks: Vec::new() }
}

/// Every criterion of a card with no points.
pub fn marks(card: &str) -> Vec<pb::SelfMark> {
    let card = reference::cards::get(card).unwrap();
    let mark = |c: &reference::cards::Criterion| pb::SelfMark {
        criterion: c.id.clone(),
        points: Some(0),
        evidence: String::new(),
    };
    card.criteria().map(mark).collect()
}

pub async fn fill(office: &Office, name: &str, answers: pb::FormAnswers) -> Result<pb::Dossier, Status> {
    let request = pb::SetFormAnswersRequest { name: name.to_owned(), answers: Some(answers), ..Default::default() };
    Ok(office.dossiers().set_form_answers(office.admin().say(request)).await?.into_inner())
}

/// Uploads evidence that is good between two days.
pub async fn evidence(office: &Office, maker: &str, kind: pb::EvidenceKind, from: Date, to: Date) -> String {
    let first = pb::UploadEvidenceRequest {
        evidence: Some(pb::Evidence {
            producer: maker.to_owned(),
            kind: kind.into(),
            title: format!("Giấy {}", kind.as_str_name()),
            valid_from: on(from),
            valid_to: on(to),
            ..Default::default()
        }),
        file_name: "giay.pdf".to_owned(),
        ..Default::default()
    };
    upload(office, first, &pdf(2000, kind as u64)).await.unwrap().name
}

pub fn attachment(name: &str, paper: &str, evidence: &str) -> pb::AttachPaperRequest {
    pb::AttachPaperRequest {
        name: name.to_owned(),
        paper: paper.to_owned(),
        evidence: evidence.to_owned(),
        ..Default::default()
    }
}

pub async fn attach(office: &Office, name: &str, paper: &str, evidence: &str) -> Result<pb::Dossier, Status> {
    let request = attachment(name, paper, evidence);
    Ok(office.dossiers().attach_paper(office.admin().say(request)).await?.into_inner())
}

pub async fn waive(office: &Office, name: &str, paper: &str) -> Result<pb::Dossier, Status> {
    let request = pb::WaivePaperRequest {
        name: name.to_owned(),
        paper: paper.to_owned(),
        reason: "Không thuộc diện phải có".to_owned(),
        ..Default::default()
    };
    Ok(office.dossiers().waive_paper(office.admin().say(request)).await?.into_inner())
}

pub async fn check(office: &Office, name: &str, as_of: Date) -> pb::CompletenessReport {
    let request = pb::CheckCompletenessRequest { name: name.to_owned(), as_of: on(as_of) };
    office.dossiers().check_completeness(office.admin().say(request)).await.unwrap().into_inner()
}

/// What holds submission back: code and subject.
pub async fn held(office: &Office, name: &str, as_of: Date) -> Vec<(String, String)> {
    let report = check(office, name, as_of).await;
    let blocking = report.findings.into_iter().filter(|finding| finding.blocking);
    blocking.map(|f| (f.code().as_str_name().replace("FINDING_CODE_", ""), f.subject)).collect()
}

pub fn submission(name: &str, day: Date) -> pb::SubmitDossierRequest {
    pb::SubmitDossierRequest { name: name.to_owned(), submit_date: on(day), ..Default::default() }
}

pub async fn submit_as(office: &Office, who: &As, request: pb::SubmitDossierRequest) -> Result<pb::Dossier, Status> {
    Ok(office.dossiers().submit_dossier(who.say(request)).await?.into_inner())
}

pub async fn submit(office: &Office, name: &str, day: Date) -> Result<pb::Dossier, Status> {
    submit_as(office, &office.admin(), submission(name, day)).await
}

pub async fn take_up(office: &Office, name: &str, day: Date) -> Result<pb::Dossier, Status> {
    let request = pb::BeginAssessmentRequest { name: name.to_owned(), begin_date: on(day), ..Default::default() };
    Ok(office.dossiers().begin_assessment(office.admin().say(request)).await?.into_inner())
}

/// Findings of the commune on these contents.
pub fn findings(name: &str, day: Date, contents: &[&str]) -> pb::RecordAssessmentRequest {
    let content =
        |id: &&str| pb::ContentAssessment { content: (*id).to_owned(), fulfilled: true, finding: "Đạt".to_owned() };
    pb::RecordAssessmentRequest {
        name: name.to_owned(),
        assessment: Some(pb::CommuneAssessment {
            assess_date: on(day),
            contents: contents.iter().map(content).collect(),
            proposal: "Đề nghị đánh giá, phân hạng".to_owned(),
            letter_number: "45/UBND".to_owned(),
        }),
        ..Default::default()
    }
}

/// The four contents of 26/2026, not in its order.
pub const FOUR: [&str; 4] = ["identity", "origin", "labour", "idea"];

pub async fn assess(office: &Office, request: pb::RecordAssessmentRequest) -> Result<pb::Dossier, Status> {
    Ok(office.dossiers().record_assessment(office.admin().say(request)).await?.into_inner())
}

pub async fn give_back(office: &Office, name: &str, day: Date, subjects: &[&str]) -> Result<pb::Dossier, Status> {
    let remark = |subject: &&str| pb::PaperRemark { subject: (*subject).to_owned(), text: "Bổ sung".to_owned() };
    let request = pb::ReturnDossierRequest {
        name: name.to_owned(),
        return_date: on(day),
        remarks: subjects.iter().map(remark).collect(),
        ..Default::default()
    };
    Ok(office.dossiers().return_dossier(office.admin().say(request)).await?.into_inner())
}

pub async fn forward(office: &Office, name: &str, day: Date) -> Result<pb::Dossier, Status> {
    let request = pb::ForwardDossierRequest { name: name.to_owned(), forward_date: on(day), ..Default::default() };
    Ok(office.dossiers().forward_dossier(office.admin().say(request)).await?.into_inner())
}

pub async fn reject(office: &Office, name: &str, day: Date) -> Result<pb::Dossier, Status> {
    let request = pb::RejectDossierRequest {
        name: name.to_owned(),
        reject_date: on(day),
        reason: "Hồ sơ giả mạo".to_owned(),
        ..Default::default()
    };
    Ok(office.dossiers().reject_dossier(office.admin().say(request)).await?.into_inner())
}

pub async fn withdraw(office: &Office, name: &str, day: Date) -> Result<pb::Dossier, Status> {
    let request = pb::WithdrawDossierRequest {
        name: name.to_owned(),
        withdraw_date: on(day),
        reason: "Chủ thể xin rút".to_owned(),
        ..Default::default()
    };
    Ok(office.dossiers().withdraw_dossier(office.admin().say(request)).await?.into_inner())
}

pub fn handing_in(name: &str, count: i32, day: Date) -> pb::HandInSamplesRequest {
    pb::HandInSamplesRequest {
        dossier: name.to_owned(),
        count,
        hand_in_date: on(day),
        received_by: "Văn phòng điều phối nông thôn mới".to_owned(),
        ..Default::default()
    }
}

pub async fn hand_in(office: &Office, request: pb::HandInSamplesRequest) -> Result<pb::SampleHandover, Status> {
    Ok(office.samples().hand_in_samples(office.admin().say(request)).await?.into_inner())
}

pub async fn seal(office: &Office, name: &str, day: Date) -> Result<pb::Dossier, Status> {
    let request = pb::SealDossierRequest { name: name.to_owned(), seal_date: on(day), ..Default::default() };
    Ok(office.dossiers().seal_dossier(office.admin().say(request)).await?.into_inner())
}

pub async fn snapshot(office: &Office, name: &str) -> Result<pb::DossierSnapshot, Status> {
    let request = pb::GetDossierSnapshotRequest { name: name.to_owned() };
    Ok(office.dossiers().get_dossier_snapshot(office.admin().say(request)).await?.into_inner())
}

/// A draft of 2021 that lacks nothing.
pub async fn draft_of_2021(office: &Office, house: &House) -> String {
    let name = begin(office, wanted(&house.product)).await.unwrap().name;
    complete_of_2021(office, house, &name).await;
    name
}

/// Fills what a draft of 2021 needs.
pub async fn complete_of_2021(office: &Office, house: &House, name: &str) {
    let form = answers(
        "q1048-01-02",
        &[
            ("product_description", "Rượu nấu từ gạo địa phương"),
            ("variant", "existing_product"),
            ("representative", &house.person),
            ("address", "Phường 8, Tuy Hòa"),
        ],
    );
    fill(office, name, form).await.unwrap();
    let (from, to) = (date!(2021 - 01 - 01), date!(2024 - 12 - 31));
    let plan = evidence(office, &house.maker, pb::EvidenceKind::BusinessPlan, from, to).await;
    let licence = evidence(office, &house.maker, pb::EvidenceKind::BusinessRegistration, from, to).await;
    attach(office, name, "business-plan", &plan).await.unwrap();
    attach(office, name, "introduction", &plan).await.unwrap();
    attach(office, name, "business-registration", &licence).await.unwrap();
    waive(office, name, "food-safety").await.unwrap();
}

/// The forms of 26/2026, complete for a first evaluation.
pub fn forms_of_2026(house: &House) -> [pb::FormAnswers; 2] {
    let first = answers(
        "q26-01",
        &[("representative", &house.person), ("position", "Giám đốc"), ("address", "Xã Tây Hòa"), ("promise", "true")],
    );
    let second = answers(
        "q26-02",
        &[
            ("registration_number", "01/2026/ĐKKD"),
            ("product_description", "Nước mắm cá cơm"),
            ("market", "Trong tỉnh"),
            ("turnover_vnd", "1200000000"),
            ("plan", "Mở rộng vùng nguyên liệu"),
        ],
    );
    [first, pb::FormAnswers { self_marks: marks("q26-tuong-nuoc-mam-gia-vi-long"), ..second }]
}

/// A draft of 2026 that lacks nothing.
pub async fn draft_of_2026(office: &Office, house: &House) -> String {
    let name = begin(office, wanted(&house.product)).await.unwrap().name;
    complete_of_2026(office, house, &name).await;
    name
}

/// Fills what a draft of 2026 needs.
pub async fn complete_of_2026(office: &Office, house: &House, name: &str) {
    for form in forms_of_2026(house) {
        fill(office, name, form).await.unwrap();
    }
    let (from, to) = (date!(2026 - 01 - 01), date!(2028 - 12 - 31));
    let licence = evidence(office, &house.maker, pb::EvidenceKind::BusinessRegistration, from, to).await;
    let safety = evidence(office, &house.maker, pb::EvidenceKind::FoodSafety, from, to).await;
    attach(office, name, "business-registration", &licence).await.unwrap();
    attach(office, name, "food-safety", &safety).await.unwrap();
}

/// The day of the tests that work in 2026.
pub const IN_2026: Date = date!(2026 - 11 - 24);
