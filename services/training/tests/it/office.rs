//! An office that trains people: a registry and the training beside it, and short ways to make what a test needs.

use std::sync::Arc;

use kit::day;
use kit::testing::{As, World, backends};
use proto::common::v1::{Audience, Topic, WatchRequest};
use proto::registry::v1 as registry;
use proto::registry::v1::contact_service_client::ContactServiceClient;
use proto::registry::v1::feed_service_client::FeedServiceClient as RegistryFeed;
use proto::registry::v1::manager_service_client::ManagerServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::post_service_client::PostServiceClient;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::training::v1 as pb;
use proto::training::v1::check_in_service_client::CheckInServiceClient;
use proto::training::v1::completion_service_client::CompletionServiceClient;
use proto::training::v1::cost_service_client::CostServiceClient;
use proto::training::v1::course_service_client::CourseServiceClient;
use proto::training::v1::coverage_service_client::CoverageServiceClient;
use proto::training::v1::feed_service_client::FeedServiceClient;
use proto::training::v1::import_service_client::ImportServiceClient;
use proto::training::v1::invitation_mail_service_client::InvitationMailServiceClient;
use proto::training::v1::invitation_service_client::InvitationServiceClient;
use proto::training::v1::paper_completion_service_client::PaperCompletionServiceClient;
use proto::training::v1::registration_service_client::RegistrationServiceClient;
use proto::training::v1::requirement_service_client::RequirementServiceClient;
use proto::training::v1::session_feedback_service_client::SessionFeedbackServiceClient;
use proto::training::v1::session_paper_service_client::SessionPaperServiceClient;
use proto::training::v1::session_service_client::SessionServiceClient;
use proto::training::v1::training_paper_service_client::TrainingPaperServiceClient;
use sea_orm::{ConnectionTrait, Statement};
use time::Date;
use time::macros::date;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use training::Training;

pub use proto::google::r#type::Date as PbDate;

/// Phú Yên as it was in 2021.
pub const PHU_YEN: &str = "units/54-20180507";
/// Two of its districts.
pub const TUY_HOA_CITY: &str = "units/555-20180507";
pub const DONG_XUAN: &str = "units/558-20180507";
/// A commune in each of them.
pub const WARD_8: &str = "units/22018-20180507";
pub const LA_HAI: &str = "units/22081-20180507";
/// The day on which the office's course was adopted.
pub const ADOPTED: Date = date!(2021 - 03 - 01);

/// Every table of training.
const TABLES: [&str; 14] = [
    "course",
    "session",
    "half_day",
    "registration",
    "invitation",
    "mail",
    "check_in",
    "attendance",
    "completion",
    "paper_completion",
    "completion_certificate",
    "requirement",
    "journal",
    "request",
];

/// The office.
pub struct Office {
    pub world: World,
}

/// Runs a test on every engine, each time in a fresh office.
pub async fn everywhere(test: impl AsyncFn(Arc<Office>)) {
    for backend in backends() {
        println!("on {backend:?}");
        let world = World::on(backend).mount::<::registry::Registry>().mount::<Training>().start().await;
        let office = Arc::new(Office { world });
        test(office.clone()).await;
        Arc::into_inner(office).expect("the test keeps nothing").world.stop().await;
    }
}

/// A day on the wire.
pub fn on(date: Date) -> Option<PbDate> {
    Some(day::pb(date))
}

/// The numbers of a day, which need not exist.
pub fn ymd(year: i32, month: i32, day: i32) -> Option<PbDate> {
    Some(PbDate { year, month, day })
}

/// A course to be set up by Phú Yên: five half days.
pub fn course(audience: Audience, topic: Topic) -> pb::Course {
    pb::Course {
        unit: PHU_YEN.to_owned(),
        title: "Tập huấn mẫu".to_owned(),
        audience: audience.into(),
        topic: topic.into(),
        half_days: 5,
        adopt_date: on(ADOPTED),
        ..Default::default()
    }
}

/// A session of three days from a day on.
pub fn session(course: &str, begin_date: Date) -> pb::Session {
    pb::Session {
        course: course.to_owned(),
        unit: PHU_YEN.to_owned(),
        begin_date: on(begin_date),
        end_date: on(begin_date + time::Duration::days(2)),
        ..Default::default()
    }
}

macro_rules! clients {
    ($($name:ident: $client:ident of $service:literal),*) => {
        impl Office {
            $(pub fn $name(&self) -> $client<kit::Link> {
                $client::new(self.world.link($service))
            })*
        }
    };
}

clients! {
    courses: CourseServiceClient of "training",
    sessions: SessionServiceClient of "training",
    invitations: InvitationServiceClient of "training",
    feedback: SessionFeedbackServiceClient of "training",
    check_ins: CheckInServiceClient of "training",
    mails: InvitationMailServiceClient of "training",
    letters: SessionPaperServiceClient of "training",
    registrations: RegistrationServiceClient of "training",
    completions: CompletionServiceClient of "training",
    costs: CostServiceClient of "training",
    elsewhere: PaperCompletionServiceClient of "training",
    requirements: RequirementServiceClient of "training",
    coverages: CoverageServiceClient of "training",
    feed: FeedServiceClient of "training",
    imports: ImportServiceClient of "training",
    papers: TrainingPaperServiceClient of "training",
    persons: PersonServiceClient of "registry",
    posts: PostServiceClient of "registry",
    contacts: ContactServiceClient of "registry",
    managers: ManagerServiceClient of "registry",
    producers: ProducerServiceClient of "registry"
}

impl Office {
    /// May do everything in Phú Yên. Its token is as fresh as the world's clock.
    pub fn admin(&self) -> As {
        self.world.as_role("province_admin", PHU_YEN)
    }

    /// Sets up a course.
    pub async fn add_course(&self, course: pb::Course) -> Result<pb::Course, Status> {
        let request = pb::CreateCourseRequest { course: Some(course), ..Default::default() };
        Ok(self.courses().create_course(self.admin().say(request)).await?.into_inner())
    }

    /// Plans a session.
    pub async fn add_session(&self, session: pb::Session) -> Result<pb::Session, Status> {
        let request = pb::CreateSessionRequest { session: Some(session), ..Default::default() };
        Ok(self.sessions().create_session(self.admin().say(request)).await?.into_inner())
    }

    /// A session of a new course, from a day on.
    pub async fn session_of(&self, audience: Audience, topic: Topic, begin_date: Date) -> String {
        let course = self.add_course(course(audience, topic)).await.unwrap();
        self.add_session(session(&course.name, begin_date)).await.unwrap().name
    }

    /// Records attendance.
    pub async fn attend(&self, session: &str, list: &[(&str, i32)]) -> Result<pb::RecordAttendanceResponse, Status> {
        let request = pb::RecordAttendanceRequest {
            session: session.to_owned(),
            attendances: list.iter().map(|(person, half_days)| attended(person, *half_days)).collect(),
            correction_reason: "Đối chiếu danh sách ký".to_owned(),
            ..Default::default()
        };
        Ok(self.sessions().record_attendance(self.admin().say(request)).await?.into_inner())
    }

    /// Registers persons whom Phú Yên sends.
    pub async fn register(&self, session: &str, persons: &[&str]) -> Result<pb::RegisterPersonsResponse, Status> {
        let request = pb::RegisterPersonsRequest {
            session: session.to_owned(),
            unit: PHU_YEN.to_owned(),
            persons: persons.iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        Ok(self.registrations().register_persons(self.admin().say(request)).await?.into_inner())
    }

    /// A session's list: person, state, place in the queue.
    pub async fn door(&self, session: &str) -> Vec<(String, i32, i32)> {
        let request = pb::ListRegistrationsRequest { session: session.to_owned(), ..Default::default() };
        let answer = self.registrations().list_registrations(self.admin().say(request)).await.unwrap();
        let read = |r: pb::Registration| (r.person, r.state, r.waiting_place);
        answer.into_inner().registrations.into_iter().map(read).collect()
    }

    /// Records a person in the registry.
    pub async fn person(&self, sample: bool) -> String {
        self.person_of("Người mẫu", PHU_YEN, sample).await
    }

    /// Records a person of a name in a unit.
    pub async fn person_named(&self, name: &str, unit: &str) -> String {
        self.person_of(name, unit, false).await
    }

    async fn person_of(&self, name: &str, unit: &str, sample: bool) -> String {
        let person = registry::Person {
            display_name: name.to_owned(),
            unit: unit.to_owned(),
            registration_date: on(date!(2021 - 01 - 01)),
            sample,
            ..Default::default()
        };
        let request = registry::CreatePersonRequest { person: Some(person), ..Default::default() };
        self.persons().create_person(self.admin().say(request)).await.unwrap().into_inner().name
    }

    /// Has a person hold a post in a unit from a day on.
    pub async fn post(&self, person: &str, unit: &str, begin_date: Date) -> String {
        let post = registry::Post {
            person: person.to_owned(),
            title: "Cán bộ OCOP".to_owned(),
            unit: unit.to_owned(),
            begin_date: on(begin_date),
            ..Default::default()
        };
        let request = registry::CreatePostRequest { post: Some(post), ..Default::default() };
        self.posts().create_post(self.admin().say(request)).await.unwrap().into_inner().name
    }

    /// Ends a post.
    pub async fn end_post(&self, name: &str, last: Date) {
        let request = registry::EndPostRequest { name: name.to_owned(), end_date: on(last), ..Default::default() };
        self.posts().end_post(self.admin().say(request)).await.unwrap();
    }

    /// Registers a producer in a commune.
    pub async fn producer(&self, unit: &str) -> String {
        let producer = registry::Producer {
            display_name: "Chủ thể mẫu".to_owned(),
            legal_form: registry::LegalForm::Household.into(),
            unit: unit.to_owned(),
            registration_date: on(date!(2021 - 02 - 01)),
            ..Default::default()
        };
        let request = registry::CreateProducerRequest { producer: Some(producer), ..Default::default() };
        self.producers().create_producer(self.admin().say(request)).await.unwrap().into_inner().name
    }

    /// Has a person manage a producer from a day on.
    pub async fn manager(&self, person: &str, producer: &str, begin_date: Date) -> String {
        let manager = registry::Manager {
            person: person.to_owned(),
            producer: producer.to_owned(),
            title: "Chủ hộ".to_owned(),
            begin_date: on(begin_date),
            ..Default::default()
        };
        let request = registry::CreateManagerRequest { manager: Some(manager), ..Default::default() };
        self.managers().create_manager(self.admin().say(request)).await.unwrap().into_inner().name
    }

    /// Waits until training's copy of the duties holds everything that the registry has told so far.
    pub async fn settled(&self) {
        let ask = pb::GetCoverageRequest {
            unit: PHU_YEN.to_owned(),
            audience: Audience::Officers.into(),
            as_of: on(date!(2021 - 12 - 01)),
            ..Default::default()
        };
        self.coverage(ask).await.unwrap();
    }

    /// A coverage counted from a copy that holds everything that the registry has told so far.
    pub async fn coverage(&self, request: pb::GetCoverageRequest) -> Result<pb::Coverage, Status> {
        self.coverage_as(&self.admin(), request).await
    }

    /// The same for another caller.
    pub async fn coverage_as(&self, caller: &As, request: pb::GetCoverageRequest) -> Result<pb::Coverage, Status> {
        let reader = self.world.as_role("service", "units/vn");
        let ask = WatchRequest { after_position: 0, until_head: true };
        let told = RegistryFeed::new(self.world.link("registry")).watch(reader.say(ask)).await.unwrap();
        let head = told.into_inner().message().await.unwrap().map_or(0, |first| first.head_position);
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(10));
        loop {
            tick.tick().await;
            let found = match self.coverages().get_coverage(caller.say(request.clone())).await {
                Ok(found) => found.into_inner(),
                // The copy was never read to the feed's head.
                Err(status) if status.code() == Code::Unavailable => continue,
                Err(status) => return Err(status),
            };
            if found.freshness.as_ref().is_some_and(|f| f.position >= head) {
                return Ok(found);
            }
        }
    }

    /// How many rows each table of training has: what must not change by a refused call.
    pub async fn rows(&self) -> Vec<(&'static str, i64)> {
        rows(&self.world).await
    }
}

/// How many rows each table of training has.
pub async fn rows(world: &World) -> Vec<(&'static str, i64)> {
    let database = world.database("training");
    let mut rows = Vec::new();
    for table in TABLES {
        let count = format!("SELECT count(*) AS n FROM {table}");
        let count = Statement::from_string(database.reader().get_database_backend(), count);
        let row = database.reader().query_one_raw(count).await.unwrap().unwrap();
        rows.push((table, row.try_get("", "n").unwrap()));
    }
    rows
}

/// What a person attended, as it is sent.
pub fn attended(person: &str, half_days_attended: i32) -> pb::Attendance {
    pb::Attendance { person: person.to_owned(), half_days_attended, ..Default::default() }
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
    let details = status.get_error_details();
    let mut texts = vec![status.message().to_owned()];
    texts.extend(details.localized_message().map(|text| text.message.clone()));
    let found = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    texts.extend(found.into_iter().map(|violation| violation.description));
    assert!(texts.iter().all(|text| !text.contains(['{', '}'])), "unfilled: {texts:?}");
    let mut violations = kit::testing::violations(&status);
    violations.sort();
    Refused { code: status.code(), reason: kit::testing::reason(&status), violations }
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
