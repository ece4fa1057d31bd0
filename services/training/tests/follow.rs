//! A service follows the registry's changes of units. The map of units is the whole process's, so this test has one of its own,
//! and in it a registry that only tells one change: whatever the service knows came over its calls.

use kit::testing::{World, backends};
use kit::{BoxError, Error, Kit, Service, Setup, Territory, day};
use proto::common::v1::{Audience, Topic};
use proto::registry::v1 as registry;
use proto::registry::v1::unit_change_service_server::{UnitChangeService, UnitChangeServiceServer};
use proto::training::v1 as pb;
use proto::training::v1::course_service_client::CourseServiceClient;
use time::macros::date;
use tonic::service::Routes;
use tonic::{Request, Response, Status, async_trait};
use training::Training;

/// A registry that has put one change in force.
struct Told;

struct Api {
    kit: Kit,
}

fn change() -> registry::UnitChange {
    let begins = registry::UnitRow {
        code: "22046".to_owned(),
        display_name: "Phường Mẫu Mới".to_owned(),
        r#type: registry::UnitType::Ward.into(),
        parent: "units/66".to_owned(),
        valid_from: Some(day::pb(date!(2027 - 01 - 01))),
        ..Default::default()
    };
    let ends = registry::UnitRow {
        code: "22045".to_owned(),
        valid_to: Some(day::pb(date!(2026 - 12 - 31))),
        ..Default::default()
    };
    let link = registry::UnitLinkRow {
        from_code: "22045".to_owned(),
        to_code: "22046".to_owned(),
        share: registry::Share::Whole.into(),
        default_target: true,
        ..Default::default()
    };
    registry::UnitChange {
        name: "unitChanges/00000000-0000-0000-0000-000000000001".to_owned(),
        begin_date: Some(day::pb(date!(2027 - 01 - 01))),
        unit_rows: vec![ends, begins],
        link_rows: vec![link],
        state: registry::UnitChangeState::InForce.into(),
        place: 1,
        ..Default::default()
    }
}

fn not_asked<T>(method: &'static str) -> Result<Response<T>, Status> {
    Err(Error::unimplemented(method).into())
}

#[async_trait]
impl UnitChangeService for Api {
    async fn list_unit_changes(
        &self,
        request: Request<registry::ListUnitChangesRequest>,
    ) -> Result<Response<registry::ListUnitChangesResponse>, Status> {
        self.kit.compute(request, kit::plain, |_, ()| {
            let head = registry::UnitChange { unit_rows: Vec::new(), link_rows: Vec::new(), ..change() };
            Ok(registry::ListUnitChangesResponse { unit_changes: vec![head], ..Default::default() })
        })
    }

    async fn get_unit_change(
        &self,
        request: Request<registry::GetUnitChangeRequest>,
    ) -> Result<Response<registry::UnitChange>, Status> {
        self.kit.compute(request, kit::plain, |_, ()| Ok(change()))
    }

    async fn create_unit_change(
        &self,
        _: Request<registry::CreateUnitChangeRequest>,
    ) -> Result<Response<registry::UnitChange>, Status> {
        not_asked("CreateUnitChange")
    }

    async fn update_unit_change(
        &self,
        _: Request<registry::UpdateUnitChangeRequest>,
    ) -> Result<Response<registry::UnitChange>, Status> {
        not_asked("UpdateUnitChange")
    }

    async fn verify_unit_change(
        &self,
        _: Request<registry::VerifyUnitChangeRequest>,
    ) -> Result<Response<registry::VerifyUnitChangeResponse>, Status> {
        not_asked("VerifyUnitChange")
    }

    async fn enforce_unit_change(
        &self,
        _: Request<registry::EnforceUnitChangeRequest>,
    ) -> Result<Response<registry::UnitChange>, Status> {
        not_asked("EnforceUnitChange")
    }

    async fn drop_unit_change(
        &self,
        _: Request<registry::DropUnitChangeRequest>,
    ) -> Result<Response<registry::UnitChange>, Status> {
        not_asked("DropUnitChange")
    }
}

impl Service for Told {
    const NAME: &'static str = "registry";
    const PACKAGE: &'static str = "ocop.registry.v1";
    type Migrator = training::migrations::Migrator;

    fn territory() -> Territory {
        Territory { path: reference::units::path, prefixes: reference::units::prefixes }
    }

    async fn build(setup: Setup) -> Result<Routes, BoxError> {
        Ok(Routes::new(UnitChangeServiceServer::new(Api { kit: setup.kit.clone() })))
    }
}

/// A course of the invented ward, set up by its own officer on the day on which it begins.
async fn course(world: &World) -> Result<pb::Course, Status> {
    let course = pb::Course {
        unit: "units/22046".to_owned(),
        title: "Tập huấn mẫu".to_owned(),
        audience: Audience::Officers.into(),
        topic: Topic::ProgrammeManagement.into(),
        half_days: 2,
        adopt_date: Some(day::pb(date!(2027 - 01 - 01))),
        ..Default::default()
    };
    let request = pb::CreateCourseRequest { course: Some(course), validate_only: true, ..Default::default() };
    let mut courses = CourseServiceClient::new(world.link("training"));
    let officer = world.as_role("province_admin", "units/66-20250701");
    Ok(courses.create_course(officer.say(request)).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_the_registry_tells_is_answered_by_without_a_restart() {
    for backend in backends() {
        println!("on {backend:?}");
        reference::units::install(reference::units::World::embedded());
        let world = World::on(backend).at(date!(2027 - 01 - 01)).mount::<Told>().mount::<Training>().start().await;
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(10));
        let asking = async {
            loop {
                tick.tick().await;
                if let Ok(course) = course(&world).await {
                    return course;
                }
            }
        };
        let course = tokio::time::timeout(std::time::Duration::from_secs(60), asking).await.unwrap();
        assert_eq!(course.unit, "units/22046-20270101");
        assert_eq!(reference::units::installed(), [change().name]);
        // A role at the new ward covers what it took the place of, over all reorganisations.
        let covered = reference::units::prefixes("units/22046-20270101");
        assert!(covered.iter().any(|path| path.ends_with("/22045-20250701/")), "{covered:?}");
        assert!(covered.iter().any(|path| path.contains("-20180507/") && path.contains("/54-")), "{covered:?}");
        world.stop().await;
    }
}
