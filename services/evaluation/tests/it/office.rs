//! A province that ranks products: a world with registry and evaluation, its callers, and short ways to what a test needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use evaluation::Evaluation;
use kit::day;
use kit::testing::{As, TODAY, World, backends};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::advice_service_client::AdviceServiceClient;
use proto::evaluation::v1::certificate_act_service_client::CertificateActServiceClient;
use proto::evaluation::v1::certificate_paper_service_client::CertificatePaperServiceClient;
use proto::evaluation::v1::certificate_service_client::CertificateServiceClient;
use proto::evaluation::v1::complaint_service_client::ComplaintServiceClient;
use proto::evaluation::v1::council_service_client::CouncilServiceClient;
use proto::evaluation::v1::decision_service_client::DecisionServiceClient;
use proto::evaluation::v1::export_service_client::ExportServiceClient;
use proto::evaluation::v1::feed_service_client::FeedServiceClient;
use proto::evaluation::v1::finding_service_client::FindingServiceClient;
use proto::evaluation::v1::handover_service_client::HandoverServiceClient;
use proto::evaluation::v1::inspection_service_client::InspectionServiceClient;
use proto::evaluation::v1::mark_service_client::MarkServiceClient;
use proto::evaluation::v1::panel_service_client::PanelServiceClient;
use proto::evaluation::v1::result_paper_service_client::ResultPaperServiceClient;
use proto::evaluation::v1::round_service_client::RoundServiceClient;
use proto::evaluation::v1::rule_service_client::RuleServiceClient;
use proto::evaluation::v1::sitting_service_client::SittingServiceClient;
use proto::evaluation::v1::statistics_service_client::StatisticsServiceClient;
use proto::registry::v1 as registry_pb;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use reference::cards::{self, Card};
use registry::Registry;
use sea_orm::{ConnectionTrait, Statement};
use time::Date;
use time::macros::date;
use tonic::{Code, Status};
use tonic_types::StatusExt;

pub use proto::google::r#type::Date as PbDate;

/// Phú Yên as it was in 2021.
pub const PHU_YEN: &str = "units/54-20180507";
/// Its city, a unit of the district level.
pub const TUY_HOA_CITY: &str = "units/555-20180507";
/// A ward of it.
pub const WARD_8: &str = "units/22018-20180507";
/// The set of the products here.
pub const SET: &str = "q1048-ca-phe-ca-cao";
/// When dossiers are filed.
pub const FILED: Date = date!(2021 - 09 - 01);
/// When the council sits.
pub const SAT: Date = date!(2021 - 10 - 05);

/// What the caller holds who may do everything: the national administration marks nothing.
const EVERY_ROLE: [&str; 3] = ["national_admin@units/vn", "council_secretary@units/vn", "council_member@units/vn"];

/// Every table of the service.
const TABLES: &[&str] = &[
    "council",
    "round",
    "sitting",
    "sitting_goods",
    "mark_sheet",
    "pre_score",
    "grading",
    "decision",
    "certificate",
    "certificate_end",
    "certificate_goods",
    "certificate_span",
    "certificate_act",
    "inspection_plan",
    "inspection_visit",
    "finding",
    "complaint",
    "certificate_paper",
    "signing_key",
    "sealed_dossier",
    "recognised_product",
    "journal",
    "request",
];

/// The province's office.
pub struct Office {
    pub world: World,
    /// May do everything in Phú Yên.
    pub admin: As,
    /// May do everything, marking included.
    pub nation: As,
}

/// Runs a test on every engine, each time in a fresh office late in 2021.
pub async fn everywhere(test: impl AsyncFn(Arc<Office>)) {
    everywhere_on(TODAY, test).await;
}

/// Runs a test on every engine, each time in a fresh office on a day.
pub async fn everywhere_on(today: Date, test: impl AsyncFn(Arc<Office>)) {
    for backend in backends() {
        println!("on {backend:?}");
        let world = World::on(backend).mount::<Registry>().mount::<Evaluation>().at(today).start().await;
        let admin = world.as_role("province_admin", PHU_YEN);
        let nation =
            world.as_subject("test-nation", &EVERY_ROLE.map(|held| held.parse().expect("a role held at a unit")));
        let office = Arc::new(Office { world, admin, nation });
        test(office.clone()).await;
        Arc::into_inner(office).expect("the test keeps nothing").world.stop().await;
    }
}

macro_rules! clients {
    ($($name:ident: $client:ident),*) => {
        impl Office {
            $(pub fn $name(&self) -> $client<kit::Link> {
                $client::new(self.world.link("evaluation"))
            })*
        }
    };
}

clients! {
    rules: RuleServiceClient,
    councils: CouncilServiceClient,
    rounds: RoundServiceClient,
    sittings: SittingServiceClient,
    decisions: DecisionServiceClient,
    certificates: CertificateServiceClient,
    marks: MarkServiceClient,
    panels: PanelServiceClient,
    statistics: StatisticsServiceClient,
    advice: AdviceServiceClient,
    acts: CertificateActServiceClient,
    papers: CertificatePaperServiceClient,
    results: ResultPaperServiceClient,
    inspections: InspectionServiceClient,
    findings: FindingServiceClient,
    complaints: ComplaintServiceClient,
    feed: FeedServiceClient,
    handover: HandoverServiceClient,
    exports: ExportServiceClient
}

/// A day on the wire.
pub fn on(date: Date) -> Option<PbDate> {
    Some(day::pb(date))
}

/// The numbers of a day, which need not exist.
pub fn ymd(year: i32, month: i32, day: i32) -> Option<PbDate> {
    Some(PbDate { year, month, day })
}

/// A council of the province whose members all count.
pub fn council(members: usize) -> pb::Council {
    let member = |at: usize| pb::CouncilMember {
        display_name: format!("Ủy viên {at}"),
        role: if at == 1 { pb::CouncilRole::Chair } else { pb::CouncilRole::Member }.into(),
        counted: true,
        ..Default::default()
    };
    pb::Council {
        unit: PHU_YEN.to_owned(),
        level: pb::CouncilLevel::Province.into(),
        decision_number: "15/QĐ-UBND".to_owned(),
        decision_date: on(date!(2021 - 03 - 01)),
        title: "Hội đồng OCOP cấp tỉnh".to_owned(),
        members: (1..=members).map(member).collect(),
        ..Default::default()
    }
}

/// A round of a council.
pub fn round(council: &str) -> pb::Round {
    pb::Round {
        council: council.to_owned(),
        year: 2021,
        title: "Đợt 1".to_owned(),
        regime: "regimes/q1048".to_owned(),
        open_date: on(date!(2021 - 06 - 01)),
        ..Default::default()
    }
}

/// A product before the council.
pub fn sitting(round: &str, product: &str) -> pb::Sitting {
    pb::Sitting {
        round: round.to_owned(),
        product: product.to_owned(),
        kind: pb::DossierKind::First.into(),
        filing_date: on(FILED),
        sitting_date: on(SAT),
        ..Default::default()
    }
}

/// A decision of the province.
pub fn decision(number: &str, date: Date, sittings: &[&str]) -> pb::Decision {
    pb::Decision {
        unit: PHU_YEN.to_owned(),
        number: number.to_owned(),
        decision_date: on(date),
        signed_by: "Phó Chủ tịch UBND tỉnh".to_owned(),
        sittings: sittings.iter().map(ToString::to_string).collect(),
        ..Default::default()
    }
}

/// A certificate that is known from elsewhere.
pub fn known(product: &str, date: Date) -> pb::Certificate {
    pb::Certificate {
        product: product.to_owned(),
        stars: 3,
        decision_date: on(date),
        authority: "Ủy ban nhân dân tỉnh Phú Yên".to_owned(),
        ..Default::default()
    }
}

/// The card of the products here.
pub fn card() -> &'static Card {
    cards::get(SET).unwrap()
}

/// An answer.
pub fn answer(criterion: &str, points: i32) -> pb::Answer {
    pb::Answer { criterion: criterion.to_owned(), points: Some(points), option: 0 }
}

/// Answers with exactly this total.
pub fn marks(card: &Card, total: i32) -> Vec<pb::Answer> {
    let mut reached: BTreeMap<i32, Vec<pb::Answer>> = BTreeMap::from([(0, Vec::new())]);
    for criterion in card.criteria() {
        let mut next = BTreeMap::new();
        for (sum, answers) in &reached {
            for points in (0..=criterion.max).filter(|points| criterion.gives(*points) && sum + points <= total) {
                let more = || [answers.clone(), vec![answer(&criterion.id, points)]].concat();
                next.entry(sum + points).or_insert_with(more);
            }
        }
        reached = next;
    }
    reached.remove(&total).expect("the card gives this total")
}

/// The best marks, but for criteria without a minimum mark, which get nothing until the total is at most this.
pub fn marks_that_hold(card: &Card, most: i32) -> Vec<pb::Answer> {
    let mut answers: Vec<pb::Answer> = card.criteria().map(|c| answer(&c.id, c.max)).collect();
    let mut total = card.sum_of_option_maxima;
    for (at, criterion) in card.criteria().enumerate().filter(|(_, c)| c.star_minimum.is_empty() && c.gives(0)) {
        if total > most {
            (answers[at].points, total) = (Some(0), total - criterion.max);
        }
    }
    assert!(total <= most, "{} has too many minimum marks", card.id);
    answers
}

impl Office {
    /// A login that holds one role over Phú Yên.
    pub fn login(&self, subject: &str, role: &str) -> As {
        let held = format!("{role}@{PHU_YEN}").parse().expect("a role held at a unit");
        self.world.as_subject(subject, &[held])
    }

    /// Seats a login as a member, and answers it.
    pub async fn seated(&self, council: &str, member: &str) -> As {
        let subject = format!("login-{member}");
        let request = pb::AssignSeatRequest {
            name: council.to_owned(),
            member: member.to_owned(),
            subject: subject.clone(),
            begin_date: on(date!(2021 - 03 - 01)),
            ..Default::default()
        };
        self.councils().assign_seat(self.admin.say(request)).await.unwrap();
        self.login(&subject, "council_member")
    }

    /// Registers a product of a new producer.
    pub async fn product(&self, display_name: &str) -> String {
        let producer = registry_pb::Producer {
            display_name: format!("Hợp tác xã {display_name}"),
            legal_form: registry_pb::LegalForm::Cooperative.into(),
            unit: WARD_8.to_owned(),
            registration_date: on(date!(2019 - 01 - 15)),
            ..Default::default()
        };
        let link = self.world.link("registry");
        let request = registry_pb::CreateProducerRequest { producer: Some(producer), ..Default::default() };
        let made = ProducerServiceClient::new(link.clone()).create_producer(self.admin.say(request)).await;
        let product = registry_pb::Product {
            producer: made.unwrap().into_inner().name,
            product_set: format!("productSets/{SET}"),
            display_name: display_name.to_owned(),
            registration_date: on(date!(2019 - 02 - 01)),
            ..Default::default()
        };
        let request = registry_pb::CreateProductRequest { product: Some(product), ..Default::default() };
        let made = ProductServiceClient::new(link).create_product(self.admin.say(request)).await;
        made.unwrap().into_inner().name
    }

    /// Records a council.
    pub async fn add_council(&self, council: pb::Council) -> Result<pb::Council, Status> {
        let request = pb::CreateCouncilRequest { council: Some(council), ..Default::default() };
        Ok(self.councils().create_council(self.nation.say(request)).await?.into_inner())
    }

    /// Opens a round.
    pub async fn add_round(&self, round: pb::Round) -> Result<pb::Round, Status> {
        let request = pb::CreateRoundRequest { round: Some(round), ..Default::default() };
        Ok(self.rounds().create_round(self.nation.say(request)).await?.into_inner())
    }

    /// A round of a new council with so many members.
    pub async fn round_of(&self, members: usize) -> String {
        let council = self.add_council(council(members)).await.unwrap();
        self.add_round(round(&council.name)).await.unwrap().name
    }

    /// Closes a round.
    pub async fn close_round(&self, name: &str) -> Result<pb::Round, Status> {
        let request = pb::CloseRoundRequest { name: name.to_owned(), ..Default::default() };
        Ok(self.rounds().close_round(self.admin.say(request)).await?.into_inner())
    }

    /// Puts a product before a council.
    pub async fn add_sitting(&self, sitting: pb::Sitting) -> Result<pb::Sitting, Status> {
        let request = pb::CreateSittingRequest { sitting: Some(sitting), ..Default::default() };
        Ok(self.sittings().create_sitting(self.nation.say(request)).await?.into_inner())
    }

    /// Hands in a member's marks.
    pub async fn mark(&self, sitting: &str, member: &str, answers: Vec<pb::Answer>) -> Result<pb::Sitting, Status> {
        let (name, member) = (sitting.to_owned(), member.to_owned());
        let request = pb::RecordMarksRequest { name, member, answers, ..Default::default() };
        Ok(self.sittings().record_marks(self.nation.say(request)).await?.into_inner())
    }

    /// Hands in marks of all members, with these totals.
    pub async fn mark_all(&self, sitting: &pb::Sitting, totals: &[i32]) {
        let card = cards::get(sitting.scorecard.strip_prefix("scorecards/").unwrap()).unwrap();
        for (member, total) in (1..).zip(totals) {
            self.mark(&sitting.name, &format!("m{member}"), marks(card, *total)).await.unwrap();
        }
    }

    /// Grades a sitting.
    pub async fn grade(&self, sitting: &str) -> Result<pb::Sitting, Status> {
        self.grade_as(&self.nation, sitting).await
    }

    /// Grades a sitting in somebody's name.
    pub async fn grade_as(&self, caller: &As, sitting: &str) -> Result<pb::Sitting, Status> {
        let request = pb::GradeSittingRequest { name: sitting.to_owned(), ..Default::default() };
        Ok(self.sittings().grade_sitting(caller.say(request)).await?.into_inner())
    }

    /// A sitting of a product, in a round of one member, that came to this total.
    pub async fn graded(&self, wanted: pb::Sitting, total: i32) -> String {
        let made = self.add_sitting(wanted).await.unwrap();
        self.mark_all(&made, &[total]).await;
        self.grade(&made.name).await.unwrap().name
    }

    /// A sitting as it is stored.
    pub async fn sitting(&self, name: &str) -> pb::Sitting {
        let request = pb::GetSittingRequest { name: name.to_owned() };
        self.sittings().get_sitting(self.nation.say(request)).await.unwrap().into_inner()
    }

    /// What a recomputation of a sitting finds.
    pub async fn verify(&self, name: &str) -> Result<pb::VerifySittingResponse, Status> {
        let request = pb::VerifySittingRequest { name: name.to_owned() };
        Ok(self.sittings().verify_sitting(self.nation.say(request)).await?.into_inner())
    }

    /// Issues a decision.
    pub async fn decide(&self, decision: pb::Decision) -> Result<pb::Decision, Status> {
        let request = pb::IssueDecisionRequest { decision: Some(decision), ..Default::default() };
        Ok(self.decisions().issue_decision(self.nation.say(request)).await?.into_inner())
    }

    /// Records a certificate.
    pub async fn record(&self, certificate: pb::Certificate) -> Result<pb::Certificate, Status> {
        let request = pb::RecordCertificateRequest { certificate: Some(certificate), ..Default::default() };
        Ok(self.certificates().record_certificate(self.nation.say(request)).await?.into_inner())
    }

    /// A certificate on a day.
    pub async fn certificate(&self, name: &str, as_of: Date) -> pb::Certificate {
        let request = pb::GetCertificateRequest { name: name.to_owned(), as_of: on(as_of) };
        self.certificates().get_certificate(self.nation.say(request)).await.unwrap().into_inner()
    }

    /// All events from the first on, as (position, event).
    pub async fn events(&self) -> Vec<proto::common::v1::Event> {
        let request = proto::common::v1::WatchRequest { after_position: 0, until_head: true };
        let mut stream = self.feed().watch(self.nation.say(request)).await.unwrap().into_inner();
        let mut events = Vec::new();
        while let Some(message) = stream.message().await.unwrap() {
            events.extend(message.events);
        }
        events
    }

    /// How many rows each table has: what must not change by a refused call.
    pub async fn rows(&self) -> Vec<(&'static str, i64)> {
        let database = self.world.database("evaluation");
        let mut rows = Vec::new();
        for table in TABLES.iter().copied() {
            let count = format!("SELECT count(*) AS n FROM {table}");
            let count = Statement::from_string(database.reader().get_database_backend(), count);
            let row = database.reader().query_one_raw(count).await.unwrap().unwrap();
            rows.push((table, row.try_get("", "n").unwrap()));
        }
        rows
    }

    /// Changes rows behind the service's back.
    pub async fn tamper(&self, statement: &str) -> u64 {
        let tx = self.world.database("evaluation").begin().await.unwrap();
        let changed = tx.execute_unprepared(statement).await.unwrap().rows_affected();
        tx.commit().await.unwrap();
        changed
    }
}

/// A status by its short name.
pub fn status(certificate: &pb::Certificate) -> &'static str {
    certificate.status().as_str_name().trim_start_matches("CERTIFICATE_STATUS_")
}

/// A refusal as a test reads it: code, reason, violations by field.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: Code,
    pub reason: String,
    pub violations: Vec<(String, String)>,
}

/// What a call was refused with; its texts have no unfilled place.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> Refused {
    let status = answer.expect_err("the call is refused");
    let texts = texts(&status);
    assert!(!texts.iter().any(|text| unfilled(text)), "unfilled: {texts:?}");
    let mut violations = kit::testing::violations(&status);
    violations.sort();
    Refused { code: status.code(), reason: kit::testing::reason(&status), violations }
}

/// True for a text with a place such as `{name}` (a pattern's `{64}` is none).
fn unfilled(text: &str) -> bool {
    text.split('{').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Everything that a person reads of a refusal.
fn texts(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let mut texts = vec![status.message().to_owned()];
    texts.extend(details.localized_message().map(|text| text.message.clone()));
    for violation in details.bad_request().into_iter().flat_map(|bad| &bad.field_violations) {
        texts.push(violation.description.clone());
        texts.extend(violation.localized_message.as_ref().map(|text| text.message.clone()));
    }
    texts
}

/// A value told with a refusal.
pub fn told(status: &Status, key: &str) -> String {
    let info = status.get_details_error_info().expect("a refusal carries its reason");
    info.metadata.get(key).cloned().unwrap_or_default()
}

/// A refusal with the reason and no violation.
pub fn because(code: Code, reason: &str) -> Refused {
    Refused { code, reason: reason.to_owned(), violations: Vec::new() }
}

/// A refusal of a request with these violations.
pub fn invalid(violations: &[(&str, &str)]) -> Refused {
    let mut violations: Vec<_> = violations.iter().map(|(f, r)| ((*f).to_owned(), (*r).to_owned())).collect();
    violations.sort();
    Refused { code: Code::InvalidArgument, reason: "REQUEST_INVALID".to_owned(), violations }
}
