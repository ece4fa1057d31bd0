//! The RPCs of courses.

use kit::{Answer, Error, Fact, Kit};
use proto::training::v1::course_service_server::CourseService;
use proto::training::v1::{self as pb, Course, ListCoursesResponse};
use tonic::{Request, async_trait};

use super::{store, wire};

/// The RPCs.
pub struct Api {
    kit: Kit,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

#[async_trait]
impl CourseService for Api {
    async fn create_course(&self, request: Request<pb::CreateCourseRequest>) -> Answer<Course> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create_course, move |w| async move {
                let new = &w.want;
                w.call.at(&new.unit.path)?;
                let mut edition = 1;
                if let Some(earlier) = new.replaces {
                    let replaced = store::lock(w.tx(), earlier).await?.ok_or_else(|| wire::no_earlier(earlier))?;
                    if let Some(next) = store::next(w.tx(), earlier).await? {
                        return Err(wire::replaced(earlier, next));
                    }
                    edition += replaced.edition;
                }
                let course = store::insert(w.tx(), id, (new, edition), w.call.now_us).await?;
                w.record(
                    Fact::of(&wire::name_of(id))
                        .at(&course.unit)
                        .on(course.adopt_date)
                        .sample(course.sample)
                        .tells(&wire::course_set(&course, new.audience)),
                );
                Ok(wire::course(course))
            })
            .await
    }

    async fn get_course(&self, request: Request<pb::GetCourseRequest>) -> Answer<Course> {
        self.kit
            .read(request, wire::get_course, |r| async move {
                let course = store::fetch(r.db(), r.want).await?;
                let course = course.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&course.unit_path)?;
                Ok(wire::course(course))
            })
            .await
    }

    async fn list_courses(&self, request: Request<pb::ListCoursesRequest>) -> Answer<ListCoursesResponse> {
        self.kit
            .read(request, wire::list_courses, |r| async move {
                let (filter, page) = &r.want;
                let courses = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (courses, next_page_token) = page.cut(courses, |c| vec![c.title_key.clone(), c.id.to_string()]);
                Ok(ListCoursesResponse { courses: courses.into_iter().map(wire::course).collect(), next_page_token })
            })
            .await
    }
}
