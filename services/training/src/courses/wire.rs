//! Courses between the wire and the domain.

use kit::{Error, Page, Violations, day, instant, name};
use proto::common::v1::{self as common, ErrorReason as Common};
use proto::training::v1::{self as pb, ErrorReason};
use uuid::Uuid;

use super::domain::{Audience, CORRECTION_DAYS, NewCourse, PASS_PERCENT, Topic};
use super::store::{Course, Filter};
use crate::shared::wire::{audience, audience_of};
use reference::wire::{clean, title, unit_on, within};

/// Reads a request.
pub fn create_course(req: &pb::CreateCourseRequest, v: &mut Violations) -> Option<NewCourse> {
    let course = req.course.as_ref()?;
    let adopt_date = v.act_date("course.adopt_date", course.adopt_date.as_ref());
    let unit = unit_on(v, "course.unit", &course.unit, ("course.adopt_date", adopt_date));
    let title = title(v, "course.title", &course.title);
    let replaces = v.opt_name("course.replaces", &course.replaces, "courses");
    Some(NewCourse {
        test_pass_points: course.test_pass_points,
        validity_months: course.validity_months,
        correction_days: course.correction_days.unwrap_or(CORRECTION_DAYS),
        replaces: replaces?,
        hours: course.hours,
        unit: unit?,
        title: title?,
        audience: audience_of(course.audience)?,
        topic: topic_of(course.topic)?,
        half_days: course.half_days,
        pass_percent: course.pass_percent.unwrap_or(PASS_PERCENT),
        outline: clean(&course.outline),
        adopt_date: adopt_date?,
        sample: course.sample,
    })
}

/// Reads a request.
pub fn get_course(req: &pb::GetCourseRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "courses")
}

/// Reads a request.
pub fn list_courses(req: &pb::ListCoursesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let within = within(v, &req.unit);
    let fingerprint = [req.unit.as_str(), &req.audience.to_string(), &req.topic.to_string()];
    let page = v.page(req.page_size, &req.page_token, &fingerprint);
    Some((Filter { within: within?, audience: audience_of(req.audience), topic: topic_of(req.topic) }, page?))
}

/// The name of a course.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("courses", id)
}

/// A course as it is answered.
#[must_use]
pub fn course(course: Course) -> pb::Course {
    pb::Course {
        name: name_of(course.id),
        unit: course.unit,
        title: course.title,
        audience: Audience::of(&course.audience).map_or(0, |a| audience(a).into()),
        topic: Topic::of(&course.topic).map_or(0, |t| topic(t).into()),
        half_days: course.half_days,
        pass_percent: Some(course.pass_percent),
        outline: course.outline,
        adopt_date: Some(day::pb(course.adopt_date)),
        sample: course.sample,
        create_time: Some(instant::pb(course.create_us)),
        test_pass_points: course.test_pass_points,
        validity_months: course.validity_months,
        correction_days: Some(course.correction_days),
        replaces: course.replaces.map(name_of).unwrap_or_default(),
        edition: course.edition,
        hours: course.hours,
    }
}

/// The course that is to be replaced does not exist.
#[must_use]
pub fn no_earlier(course: Uuid) -> Error {
    Error::violation("course.replaces", Common::ReferenceUnknown, &[("name", &name_of(course))])
}

/// The course that is to be replaced was replaced already.
#[must_use]
pub fn replaced(course: Uuid, next: Uuid) -> Error {
    Error::refused(ErrorReason::CourseReplaced).with("course", name_of(course)).with("next", name_of(next))
}

/// What the others are told of a new course.
#[must_use]
pub fn course_set(course: &Course, to: Audience) -> pb::CourseSet {
    pb::CourseSet { course: name_of(course.id), audience: audience(to).into() }
}

/// A topic as it is answered.
#[must_use]
pub fn topic(topic: Topic) -> common::Topic {
    match topic {
        Topic::ProgrammeManagement => common::Topic::ProgrammeManagement,
        Topic::EvaluationAndRanking => common::Topic::EvaluationAndRanking,
        Topic::BusinessManagement => common::Topic::BusinessManagement,
        Topic::ProductDevelopment => common::Topic::ProductDevelopment,
        Topic::BusinessPlan => common::Topic::BusinessPlan,
        Topic::Standardisation => common::Topic::Standardisation,
        Topic::Promotion => common::Topic::Promotion,
    }
}

/// A topic, if one is told. Numbers that are no topic were found by the contract's own check.
#[must_use]
pub fn topic_of(number: i32) -> Option<Topic> {
    let told = common::Topic::try_from(number).ok()?;
    Topic::ALL.into_iter().find(|t| topic(*t) == told)
}
