//! What every test of insights stands on: the services on fresh databases, short ways to record what their feeds tell,
//! and waiting until the feeds were read to their heads.

use std::collections::BTreeMap;
use std::time::Duration;

use budget::Budget;
use evaluation::Evaluation;
use insights::Insights;
use kit::Link;
use kit::testing::{As, Backend, World, backends, reason, violations};
use proto::budget::v1::plan_service_client::PlanServiceClient;
use proto::budget::v1::{self as budget_pb, Measure, Plan, Target};
use proto::common::v1::{Audience, Topic, WatchRequest};
use proto::evaluation::v1::certificate_service_client::CertificateServiceClient;
use proto::evaluation::v1::{self as evaluation_pb, Certificate};
use proto::google::r#type::Date;
use proto::insights::v1::progress_service_client::ProgressServiceClient;
use proto::insights::v1::{GetPlanProgressRequest, PlanProgress, TargetProgress, UnitProgress};
use proto::registry::v1::manager_service_client::ManagerServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::post_service_client::PostServiceClient;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::{self as registry_pb, LegalForm};
use proto::training::v1 as training_pb;
use proto::training::v1::course_service_client::CourseServiceClient;
use proto::training::v1::session_service_client::SessionServiceClient;
use registry::Registry;
use time::macros::date;
use tonic::{Code, Status};
use training::Training;

/// Phú Yên, as it was in 2021.
pub const PROVINCE: &str = "units/54-20180507";
/// Day on which the clock stands: long after the plan's year.
const TODAY: time::Date = date!(2026 - 11 - 24);
/// All services whose feeds are read.
const SOURCES: [&str; 4] = ["registry", "training", "evaluation", "budget"];

/// Insights with the services it reads.
pub struct Stage {
    world: World,
    sources: Vec<&'static str>,
}

/// The engines at hand.
pub fn engines() -> Vec<Backend> {
    backends()
}

/// Insights with all that it reads.
pub async fn stage(backend: Backend) -> Stage {
    stage_at(backend, TODAY).await
}

/// The same on another day.
pub async fn stage_at(backend: Backend, today: time::Date) -> Stage {
    eprintln!("on {backend:?}");
    let world = World::on(backend).at(today).mount::<Registry>().mount::<Training>().mount::<Evaluation>();
    let world = world.mount::<Budget>().mount::<Insights>().start().await;
    Stage { world, sources: SOURCES.to_vec() }
}

/// Insights where the evaluation is not there.
pub async fn stage_without_evaluation(backend: Backend) -> Stage {
    eprintln!("on {backend:?}");
    let world = World::on(backend).at(TODAY).mount::<Registry>().mount::<Training>();
    let world = world.mount::<Budget>().mount::<Insights>().start().await;
    Stage { world, sources: vec!["registry", "training", "budget"] }
}

impl Stage {
    /// Ends it.
    pub async fn end(self) {
        self.world.stop().await;
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    pub fn link(&self, service: &str) -> Link {
        self.world.link(service)
    }

    /// Runs the installation; may record everything.
    pub fn admin(&self) -> As {
        self.world.as_role("national_admin", "units/vn")
    }

    /// Reads the province's figures.
    pub fn analyst(&self) -> As {
        self.world.as_role("analyst", PROVINCE)
    }

    pub fn progress_service(&self) -> ProgressServiceClient<Link> {
        ProgressServiceClient::new(self.link("insights"))
    }

    /// The plan of a unit and year: at least 15 recognised, all officers and all managers trained.
    pub async fn plan(&self, unit: &str, year: i32, sample: bool) -> Plan {
        self.plan_about(unit, year, sample, [&[], &[]]).await
    }

    /// The same where officers and managers are to be trained in some topics; none for any.
    pub async fn plan_about(&self, unit: &str, year: i32, sample: bool, [officers, managers]: [&[Topic]; 2]) -> Plan {
        let target = |measure: Measure, value, topics: &[Topic]| Target {
            measure: measure.into(),
            value,
            topics: topics.iter().map(|topic| i32::from(*topic)).collect(),
            ..Default::default()
        };
        let plan = Plan {
            unit: unit.to_owned(),
            year,
            title: format!("Kế hoạch OCOP năm {year}"),
            decision_number: "37/KH-UBND".to_owned(),
            decision_date: Some(day(year, 2, 26)),
            targets: vec![
                target(Measure::ProductsRecognised, 15, &[]),
                target(Measure::OfficersTrainedPercent, 100, officers),
                target(Measure::ProducerManagersTrainedPercent, 100, managers),
            ],
            sample,
            ..Default::default()
        };
        let request = budget_pb::CreatePlanRequest { plan: Some(plan), ..Default::default() };
        let mut plans = PlanServiceClient::new(self.link("budget"));
        plans.create_plan(self.admin().say(request)).await.expect("a plan").into_inner()
    }

    /// The plan's officers and managers are to be trained in these topics from now on; none for any.
    pub async fn ask_topics(&self, plan: &Plan, topics: [&[Topic]; 2]) {
        let mut changed = Plan { etag: String::new(), ..plan.clone() };
        for (measure, topics) in
            [Measure::OfficersTrainedPercent, Measure::ProducerManagersTrainedPercent].iter().zip(topics)
        {
            let target = changed.targets.iter_mut().find(|t| t.measure() == *measure).expect("the plan has the target");
            target.topics = topics.iter().map(|topic| i32::from(*topic)).collect();
        }
        self.update_plan(changed).await;
    }

    /// A plan of the province for 2021 with these targets and tasks.
    pub async fn plan_of(&self, unit: &str, targets: Vec<Target>, tasks: Vec<budget_pb::Task>) -> Plan {
        let plan = Plan {
            unit: unit.to_owned(),
            year: 2021,
            title: "Kế hoạch OCOP năm 2021".to_owned(),
            decision_number: "37/KH-UBND".to_owned(),
            decision_date: Some(day(2021, 2, 26)),
            targets,
            tasks,
            ..Default::default()
        };
        let request = budget_pb::CreatePlanRequest { plan: Some(plan), ..Default::default() };
        let mut plans = PlanServiceClient::new(self.link("budget"));
        plans.create_plan(self.admin().say(request)).await.expect("a plan").into_inner()
    }

    pub async fn update_plan(&self, plan: Plan) -> Plan {
        let request = budget_pb::UpdatePlanRequest { plan: Some(plan), ..Default::default() };
        let mut plans = PlanServiceClient::new(self.link("budget"));
        plans.update_plan(self.admin().say(request)).await.expect("a plan").into_inner()
    }

    pub async fn person(&self, post: &str, sample: bool) -> String {
        let person = registry_pb::Person {
            display_name: post.to_owned(),
            unit: PROVINCE.to_owned(),
            registration_date: Some(day(2021, 1, 4)),
            sample,
            ..Default::default()
        };
        let request = registry_pb::CreatePersonRequest { person: Some(person), ..Default::default() };
        let mut persons = PersonServiceClient::new(self.link("registry"));
        persons.create_person(self.admin().say(request)).await.expect("a person").into_inner().name
    }

    /// A person holds a post at a unit. Answers the post.
    pub async fn post(&self, person: &str, unit: &str, since: Date) -> String {
        let post = registry_pb::Post {
            person: person.to_owned(),
            title: "Cán bộ OCOP".to_owned(),
            unit: unit.to_owned(),
            begin_date: Some(since),
            ..Default::default()
        };
        let request = registry_pb::CreatePostRequest { post: Some(post), ..Default::default() };
        let mut posts = PostServiceClient::new(self.link("registry"));
        posts.create_post(self.admin().say(request)).await.expect("a post").into_inner().name
    }

    pub async fn end_post(&self, name: &str, last: Date) {
        let request = registry_pb::EndPostRequest { name: name.to_owned(), end_date: Some(last), ..Default::default() };
        let mut posts = PostServiceClient::new(self.link("registry"));
        posts.end_post(self.admin().say(request)).await.expect("it ends");
    }

    /// An officer at a unit since the beginning of 2021. Answers the person.
    pub async fn officer(&self, unit: &str, sample: bool) -> String {
        let person = self.person("Cán bộ OCOP", sample).await;
        self.post(&person, unit, day(2021, 1, 4)).await;
        person
    }

    pub async fn producer(&self, commune: &str, sample: bool) -> String {
        let producer = registry_pb::Producer {
            display_name: "Hợp tác xã mẫu".to_owned(),
            legal_form: LegalForm::Cooperative.into(),
            unit: commune.to_owned(),
            registration_date: Some(day(2019, 1, 7)),
            sample,
            ..Default::default()
        };
        let request = registry_pb::CreateProducerRequest { producer: Some(producer), ..Default::default() };
        let mut producers = ProducerServiceClient::new(self.link("registry"));
        producers.create_producer(self.admin().say(request)).await.expect("a producer").into_inner().name
    }

    pub async fn manage(&self, person: &str, producer: &str) {
        let manager = registry_pb::Manager {
            person: person.to_owned(),
            producer: producer.to_owned(),
            title: "Giám đốc".to_owned(),
            begin_date: Some(day(2021, 1, 4)),
            ..Default::default()
        };
        let request = registry_pb::CreateManagerRequest { manager: Some(manager), ..Default::default() };
        let mut managers = ManagerServiceClient::new(self.link("registry"));
        managers.create_manager(self.admin().say(request)).await.expect("a manager");
    }

    /// A product of a new producer in a commune.
    pub async fn product(&self, commune: &str, sample: bool) -> String {
        let product = registry_pb::Product {
            producer: self.producer(commune, sample).await,
            product_set: "productSets/q1048-tuong-nuoc-mam-gia-vi-long".to_owned(),
            display_name: "Sản phẩm mẫu".to_owned(),
            registration_date: Some(day(2019, 2, 1)),
            ..Default::default()
        };
        let request = registry_pb::CreateProductRequest { product: Some(product), ..Default::default() };
        let mut products = ProductServiceClient::new(self.link("registry"));
        products.create_product(self.admin().say(request)).await.expect("a product").into_inner().name
    }

    /// Records that a product was recognised on a day.
    pub async fn recognise(&self, product: &str, on: Date) {
        self.record(Certificate { decision_date: Some(on), ..certificate(product) }).await;
    }

    pub async fn record(&self, certificate: Certificate) {
        let request = evaluation_pb::RecordCertificateRequest { certificate: Some(certificate), ..Default::default() };
        let mut certificates = CertificateServiceClient::new(self.link("evaluation"));
        certificates.record_certificate(self.admin().say(request)).await.expect("a certificate");
    }

    /// A session of two half days for an audience that ends on a day.
    pub async fn session(&self, audience: Audience, on: Date, sample: bool) -> String {
        self.session_about(audience, Topic::ProgrammeManagement, on, sample).await
    }

    /// The same about a topic.
    pub async fn session_about(&self, audience: Audience, topic: Topic, on: Date, sample: bool) -> String {
        let course = training_pb::Course {
            unit: PROVINCE.to_owned(),
            title: "Tập huấn".to_owned(),
            audience: audience.into(),
            topic: topic.into(),
            half_days: 2,
            adopt_date: Some(day(2020, 1, 6)),
            sample,
            ..Default::default()
        };
        let request = training_pb::CreateCourseRequest { course: Some(course), ..Default::default() };
        let mut courses = CourseServiceClient::new(self.link("training"));
        let course = courses.create_course(self.admin().say(request)).await.expect("a course").into_inner().name;
        let session = training_pb::Session {
            course,
            unit: PROVINCE.to_owned(),
            begin_date: Some(on),
            end_date: Some(on),
            ..Default::default()
        };
        let request = training_pb::CreateSessionRequest { session: Some(session), ..Default::default() };
        let mut sessions = SessionServiceClient::new(self.link("training"));
        sessions.create_session(self.admin().say(request)).await.expect("a session").into_inner().name
    }

    /// Records how many of a session's two half days each of some persons attended.
    pub async fn attend(&self, session: &str, persons: &[&str], half_days: i32) {
        let attendance = |person: &&str| training_pb::Attendance {
            person: (*person).to_owned(),
            half_days_attended: half_days,
            ..Default::default()
        };
        let request = training_pb::RecordAttendanceRequest {
            session: session.to_owned(),
            attendances: persons.iter().map(attendance).collect(),
            correction_reason: "Đối chiếu danh sách ký".to_owned(),
            ..Default::default()
        };
        let mut sessions = SessionServiceClient::new(self.link("training"));
        sessions.record_attendance(self.admin().say(request)).await.expect("attendance");
    }

    /// A new session on a day which these persons passed.
    pub async fn train(&self, audience: Audience, on: Date, persons: &[&str]) {
        self.train_about(audience, Topic::ProgrammeManagement, on, persons).await;
    }

    /// The same about a topic.
    pub async fn train_about(&self, audience: Audience, topic: Topic, on: Date, persons: &[&str]) {
        let session = self.session_about(audience, topic, on, false).await;
        self.attend(&session, persons, 2).await;
    }

    /// The head of each feed that is there.
    pub async fn heads(&self) -> BTreeMap<&'static str, i64> {
        use proto::{budget, evaluation, registry, training};
        let reader = self.world.as_role("service", "units/vn");
        let ask = || reader.say(WatchRequest { after_position: 0, until_head: true });
        let mut heads = BTreeMap::new();
        for source in &self.sources {
            let link = self.link(source);
            let answer = match *source {
                "registry" => registry::v1::feed_service_client::FeedServiceClient::new(link).watch(ask()).await,
                "training" => training::v1::feed_service_client::FeedServiceClient::new(link).watch(ask()).await,
                "evaluation" => evaluation::v1::feed_service_client::FeedServiceClient::new(link).watch(ask()).await,
                _ => budget::v1::feed_service_client::FeedServiceClient::new(link).watch(ask()).await,
            };
            let first = answer.expect("a feed").into_inner().message().await.expect("a message").expect("a head");
            heads.insert(*source, first.head_position);
        }
        heads
    }

    /// The progress once every feed was read to its head.
    pub async fn progress(&self, plan: &Plan) -> PlanProgress {
        self.progress_as(plan, |ask| ask).await
    }

    /// The same for a changed question.
    pub async fn progress_as(
        &self,
        plan: &Plan,
        change: impl FnOnce(GetPlanProgressRequest) -> GetPlanProgressRequest,
    ) -> PlanProgress {
        let heads = self.heads().await;
        let ask = change(GetPlanProgressRequest { name: plan.name.clone(), ..Default::default() });
        until("the feeds are read to their heads", async || {
            let found = self.ask(ask.clone()).await.ok()?;
            let read = |f: &proto::common::v1::Freshness| {
                heads.get(f.service.as_str()).is_none_or(|head| f.position == *head && f.behind == 0)
            };
            found.freshness.iter().all(read).then_some(found)
        })
        .await
    }

    pub async fn ask(&self, request: GetPlanProgressRequest) -> Result<PlanProgress, Status> {
        let analyst = self.analyst();
        self.progress_service().get_plan_progress(analyst.say(request)).await.map(tonic::Response::into_inner)
    }
}

/// Asks again until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        loop {
            tick.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.unwrap_or_else(|_| panic!("never: {what}"))
}

/// A certificate of three stars without a date.
pub fn certificate(product: &str) -> Certificate {
    Certificate {
        product: product.to_owned(),
        stars: 3,
        authority: "Ủy ban nhân dân tỉnh Phú Yên".to_owned(),
        ..Default::default()
    }
}

/// A day of the wire.
pub fn day(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}

/// The row of a measure.
pub fn target(progress: &PlanProgress, measure: Measure) -> &TargetProgress {
    progress.targets.iter().find(|t| t.measure() == measure).expect("the plan has the target")
}

/// The row of a unit.
pub fn unit<'a>(progress: &'a PlanProgress, name: &str) -> &'a UnitProgress {
    progress.units.iter().find(|u| u.unit == name).unwrap_or_else(|| panic!("no row for {name}"))
}

/// What a refusal says: code, reason, and the violations as `field REASON`.
pub fn said<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String, Vec<String>) {
    let status = answer.expect_err("it is refused");
    let found = violations(&status).into_iter().map(|(field, reason)| format!("{field} {reason}")).collect();
    (status.code(), reason(&status), found)
}
