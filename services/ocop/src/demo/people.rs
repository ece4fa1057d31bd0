//! Who holds the posts, who manages the producers, and their training. All persons are samples and named by post.

use kit::BoxError;
use proto::common::v1::{Audience, Topic};
use proto::google::r#type::Date;
use proto::registry::v1::manager_service_client::ManagerServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::post_service_client::PostServiceClient;
use proto::registry::v1::{
    CreateManagerRequest, CreatePersonRequest, CreatePostRequest, Manager, Person, Post, Producer,
};
use proto::training::v1::course_service_client::CourseServiceClient;
use proto::training::v1::session_service_client::SessionServiceClient;
use proto::training::v1::{
    Attendance, Course, CreateCourseRequest, CreateSessionRequest, RecordAttendanceRequest, Session,
};

use super::PROVINCE;
use super::plan::Units;
use super::samples::Sample;
use super::steps::{Steps, date, done, request_id};

/// Records an officer of the programme at the province, in every district and in every commune. Answers the persons.
///
/// # Errors
/// The registry refuses.
pub async fn officers(steps: &mut Steps<'_>, units: &Units) -> Result<Vec<String>, BoxError> {
    steps.begin("cán bộ OCOP ba cấp (officers, samples)");
    let province = (PROVINCE, "tỉnh Phú Yên".to_owned());
    let below = units.districts.iter().chain(&units.communes);
    let below = below.map(|unit| (unit.name.as_str(), lowered(&unit.display_name)));
    let mut officers = Vec::new();
    for (unit, title) in std::iter::once(province).chain(below) {
        let person = person(steps, &format!("officer/{unit}"), &format!("Cán bộ OCOP {title}"), unit).await?;
        let post = Post {
            person: person.name.clone(),
            title: "Cán bộ OCOP".to_owned(),
            unit: unit.to_owned(),
            begin_date: date(2021, 1, 15),
            sample: true,
            ..Default::default()
        };
        let request_id = request_id(&format!("post/{unit}"));
        let request = CreatePostRequest { post: Some(post), request_id, validate_only: false };
        let mut registry = PostServiceClient::new(steps.client.channel.clone());
        done("a post", registry.create_post(steps.client.request(request)).await)?;
        officers.push(person.name);
    }
    steps.end(&format!("{} cán bộ: 1 cấp tỉnh, mỗi huyện và mỗi xã một người", officers.len()));
    Ok(officers)
}

/// A unit's name inside a sentence: "Huyện Tuy An" becomes "huyện Tuy An".
fn lowered(name: &str) -> String {
    let mut letters = name.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_lowercase).collect();
    first + letters.as_str()
}

async fn person(steps: &Steps<'_>, key: &str, display_name: &str, unit: &str) -> Result<Person, BoxError> {
    let person = Person {
        display_name: display_name.to_owned(),
        unit: unit.to_owned(),
        registration_date: date(2021, 1, 15),
        sample: true,
        ..Default::default()
    };
    let request_id = request_id(&format!("person/{key}"));
    let request = CreatePersonRequest { person: Some(person), request_id, validate_only: false };
    let mut registry = PersonServiceClient::new(steps.client.channel.clone());
    done("a person", registry.create_person(steps.client.request(request)).await)
}

/// Records a manager for each producer that registered by the end of 2021. Answers the persons.
///
/// # Errors
/// The registry refuses.
pub async fn managers(steps: &mut Steps<'_>, real: &[Producer], samples: &[Sample]) -> Result<Vec<String>, BoxError> {
    steps.begin("người quản lý chủ thể (managers, samples)");
    let in_time = |producer: &&Producer| producer.registration_date.as_ref().is_some_and(|date| date.year <= 2021);
    let mut managers = Vec::new();
    for producer in real.iter().filter(in_time).chain(samples.iter().map(|sample| &sample.producer)) {
        let name = format!("Người quản lý {}", producer.display_name);
        let person = person(steps, &format!("manager/{}", producer.name), &name, &producer.unit).await?;
        let manager = Manager {
            person: person.name.clone(),
            producer: producer.name.clone(),
            title: "Người quản lý".to_owned(),
            begin_date: producer.registration_date,
            sample: true,
            ..Default::default()
        };
        let request_id = request_id(&format!("manager/{}", producer.name));
        let request = CreateManagerRequest { manager: Some(manager), request_id, validate_only: false };
        let mut registry = ManagerServiceClient::new(steps.client.channel.clone());
        done("a manager", registry.create_manager(steps.client.request(request)).await)?;
        managers.push(person.name);
    }
    steps.end(&format!("{} người quản lý chủ thể đăng ký đến hết năm 2021", managers.len()));
    Ok(managers)
}

/// A course of the year with its two sessions.
struct Plan {
    key: &'static str,
    title: &'static str,
    audience: Audience,
    topic: Topic,
    half_days: i32,
    /// First and last day of each session.
    sessions: [(Date, Date); 2],
}

fn plans() -> [Plan; 2] {
    let day = |month, day| Date { year: 2021, month, day };
    [
        Plan {
            key: "officers",
            title: "Quản lý, điều hành, đánh giá và phân hạng sản phẩm OCOP (mẫu)",
            audience: Audience::Officers,
            topic: Topic::ProgrammeManagement,
            half_days: 4,
            sessions: [(day(4, 12), day(4, 13)), (day(4, 19), day(4, 20))],
        },
        Plan {
            key: "managers",
            title: "Quản trị sản xuất và kinh doanh cho chủ thể OCOP (mẫu)",
            audience: Audience::ProducerManagers,
            topic: Topic::BusinessManagement,
            half_days: 3,
            sessions: [(day(5, 10), day(5, 11)), (day(5, 17), day(5, 18))],
        },
    ]
}

/// Holds the two courses. Some do not come and some leave early, so that somebody is missing at the year's end.
///
/// # Errors
/// The training service refuses.
pub async fn training(steps: &mut Steps<'_>, officers: &[String], managers: &[String]) -> Result<(), BoxError> {
    steps.begin("tập huấn (courses, sessions, attendance; samples)");
    let mut outcomes = Vec::new();
    for plan in plans() {
        let persons = if plan.audience == Audience::Officers { officers } else { managers };
        let passed = hold(steps, &plan, persons).await?;
        outcomes.push(format!("{}: {passed}/{} đạt", plan.title, persons.len()));
    }
    steps.end(&outcomes.join("; "));
    Ok(())
}

async fn hold(steps: &Steps<'_>, plan: &Plan, persons: &[String]) -> Result<i32, BoxError> {
    let course = Course {
        unit: PROVINCE.to_owned(),
        title: plan.title.to_owned(),
        audience: plan.audience.into(),
        topic: plan.topic.into(),
        half_days: plan.half_days,
        adopt_date: date(2021, 3, 1),
        sample: true,
        ..Default::default()
    };
    let request_id = request_id(&format!("course/{}", plan.key));
    let request = CreateCourseRequest { course: Some(course), request_id, validate_only: false };
    let mut courses = CourseServiceClient::new(steps.client.channel.clone());
    let course = done("a course", courses.create_course(steps.client.request(request)).await)?;
    let (first, second) = persons.split_at(persons.len() / 2);
    let mut passed = 0;
    for (at, ((begin, end), persons)) in plan.sessions.into_iter().zip([first, second]).enumerate() {
        let key = format!("{}/{at}", plan.key);
        let session = session(steps, &key, &course, begin, end, persons.len()).await?;
        passed += attend(steps, &key, &session, plan.half_days, persons).await?;
    }
    Ok(passed)
}

async fn session(
    steps: &Steps<'_>,
    key: &str,
    course: &Course,
    begin: Date,
    end: Date,
    persons: usize,
) -> Result<Session, BoxError> {
    let session = Session {
        course: course.name.clone(),
        unit: PROVINCE.to_owned(),
        begin_date: Some(begin),
        end_date: Some(end),
        place: "Hội trường mẫu, thành phố Tuy Hòa".to_owned(),
        capacity: i32::try_from(persons)?,
        sample: true,
        ..Default::default()
    };
    let request_id = request_id(&format!("session/{key}"));
    let request = CreateSessionRequest { session: Some(session), request_id, validate_only: false };
    let mut sessions = SessionServiceClient::new(steps.client.channel.clone());
    done("a session", sessions.create_session(steps.client.request(request)).await)
}

/// Every sixteenth does not come, and every twenty-third leaves after half of it.
async fn attend(
    steps: &Steps<'_>,
    key: &str,
    session: &Session,
    half_days: i32,
    persons: &[String],
) -> Result<i32, BoxError> {
    let came = persons.iter().enumerate().filter(|(at, _)| at % 16 != 9).map(|(at, person)| Attendance {
        person: person.clone(),
        half_days_attended: if at % 23 == 5 { half_days / 2 } else { half_days },
        ..Default::default()
    });
    let request = RecordAttendanceRequest {
        session: session.name.clone(),
        attendances: came.collect(),
        request_id: request_id(&format!("attendance/{key}")),
        ..Default::default()
    };
    let mut sessions = SessionServiceClient::new(steps.client.channel.clone());
    Ok(done("attendance", sessions.record_attendance(steps.client.request(request)).await)?.passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_named_inside_a_sentence() {
        assert_eq!(lowered("Đông Hòa"), "đông Hòa");
        assert_eq!(lowered("Huyện Tuy An"), "huyện Tuy An");
        assert_eq!(lowered(""), "");
    }
}
