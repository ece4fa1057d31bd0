//! A service over real tables for the tests of reading and writing: courses of the contract, with handlers that go wrong
//! where the course's outline tells them to.

mod table;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proto::common::v1::{Audience, ErrorReason as Common, Role, Topic, WatchRequest};
use proto::training::v1::course_service_client::CourseServiceClient;
use proto::training::v1::course_service_server::{CourseService, CourseServiceServer};
use proto::training::v1::feed_service_client::FeedServiceClient;
use proto::training::v1::feed_service_server::{FeedService, FeedServiceServer};
use proto::training::v1::{Course, CreateCourseRequest, GetCourseRequest, ListCoursesRequest, ListCoursesResponse};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use time::macros::date;
use tokio::sync::{Barrier, watch};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

pub(crate) use self::table::{History, count_up, counted};
use crate::auth::{Held, Keys, Verifier};
use crate::cache::Cache;
use crate::call::Territory;
use crate::clock::Clock;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::feed::{Events, Feed};
use crate::journal::Fact;
use crate::link::Link;
use crate::page::{Page, PageKey};
use crate::stack::fake::{LIMITS, Presence, Seen};
use crate::stack::{Stack, StackParts};
use crate::testing::{Backend, Fresh};
use crate::violations::Violations;
use crate::work::{Answer, Kit, KitParts, Write};
use crate::{day, name};

/// Provinces 54 and 66 and a district of the first.
const TERRITORY: Territory = Territory { path: path_of, prefixes: |unit| path_of(unit).into_iter().collect() };

fn path_of(unit: &str) -> Option<String> {
    let path = match unit {
        "units/vn" => "/vn/",
        "units/54" => "/vn/54/",
        "units/555" => "/vn/54/555/",
        "units/66" => "/vn/66/",
        _ => return None,
    };
    Some(path.to_owned())
}

/// What tests see of the handlers, and hold them by.
pub(crate) struct Script {
    pub(crate) seen: Arc<Seen>,
    /// Handlers that are told to wait go on when it is true.
    pub(crate) gate: watch::Sender<bool>,
    /// Two that are told to cross each other meet here once.
    meeting: Barrier,
    /// How often the handler ran for a title.
    tries: Mutex<BTreeMap<String, u32>>,
    /// Finds SQLite's writer busy while a handler holds it.
    rival: DatabaseConnection,
}

impl Script {
    /// How often the handler ran for a title.
    pub(crate) fn tries(&self, title: &str) -> u32 {
        self.tries.lock().unwrap().get(title).copied().unwrap_or(0)
    }

    fn run(&self, title: &str) -> u32 {
        let mut tries = self.tries.lock().unwrap();
        let tries = tries.entry(title.to_owned()).or_default();
        *tries += 1;
        *tries
    }

    /// Loses against another transaction, in the engine's own words.
    async fn contend(&self, w: &Write<New>) -> Result<()> {
        if crate::db::is_postgres(w.tx()) {
            let failing = "DO $$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = 'serialization_failure'; END $$";
            w.tx().execute_unprepared(failing).await?;
        } else {
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            self.rival.begin_with_options(options).await?;
        }
        unreachable!("the engine refuses")
    }

    /// Takes two rows in an order; the other one takes them the other way round.
    async fn cross(&self, w: &Write<New>, first: i32, try_: u32) -> Result<()> {
        table::raise(w.tx(), first).await?;
        if try_ == 1 {
            self.meeting.wait().await;
        }
        table::raise(w.tx(), 3 - first).await
    }
}

/// The service.
#[derive(Clone)]
struct Courses {
    kit: Kit,
    script: Arc<Script>,
}

/// A course to be kept.
pub(crate) struct New {
    unit: String,
    title: String,
    how: String,
}

fn parse(request: &CreateCourseRequest, v: &mut Violations) -> Option<New> {
    let course = request.course.as_ref()?;
    v.act_date("course.adopt_date", course.adopt_date.as_ref());
    if path_of(&course.unit).is_none() {
        v.add("course.unit", Common::UnitUnknown, &[("unit", &course.unit), ("date", "")]);
    }
    Some(New { unit: course.unit.clone(), title: course.title.clone(), how: course.outline.clone() })
}

impl Courses {
    /// Creates a course, and goes wrong as its outline says.
    async fn create(script: Arc<Script>, id: uuid::Uuid, w: Write<New>) -> Result<Course> {
        let _here = Presence::of(&script.seen);
        let (how, number) = w.want.how.split_once(' ').unwrap_or((&w.want.how, "0"));
        let number: u32 = number.parse().unwrap();
        let run = script.run(&w.want.title);
        if how != "unjudged" {
            w.call.at(&w.want.unit)?;
        }
        let slot = (how == "once").then(|| w.want.title.clone());
        let path = path_of(&w.want.unit).unwrap();
        let row = table::insert(w.tx(), id, &w.want.unit, &path, &w.want.title, slot).await?;
        match how {
            "contends" if run <= number => script.contend(&w).await?,
            "crosses" => script.cross(&w, i32::try_from(number).unwrap(), run).await?,
            "refuses" => return Err(Error::refused(Common::PositionUnknown)),
            "counts" => table::count_up(w.tx()).await?,
            _ => {}
        }
        if how != "factless" {
            w.record(Fact::of(&name::of("courses", id)).at(&w.want.unit).tells(&answer(row.clone())));
        }
        if how == "waits" {
            script.seen.settled();
            let mut gate = script.gate.subscribe();
            gate.wait_for(|open| *open).await.unwrap();
        }
        Ok(answer(row))
    }
}

fn answer(row: table::Row) -> Course {
    Course { name: name::of("courses", row.id), unit: row.unit, title: row.title, ..Course::default() }
}

#[tonic::async_trait]
impl CourseService for Courses {
    async fn create_course(&self, request: Request<CreateCourseRequest>) -> Answer<Course> {
        let id = self.kit.new_id();
        self.kit.write(request, parse, move |w| Self::create(self.script.clone(), id, w)).await
    }

    async fn get_course(&self, request: Request<GetCourseRequest>) -> Answer<Course> {
        let parse = |q: &GetCourseRequest, v: &mut Violations| v.name("name", &q.name, "courses");
        let forgets = self.script.tries("forget the unit") > 0;
        self.kit
            .read(request, parse, |r| async move {
                let row = table::fetch(r.db(), r.want).await?;
                let row = row.ok_or_else(|| Error::not_found(name::of("courses", r.want)))?;
                if !forgets {
                    r.call.at(&row.unit_path)?;
                }
                Ok(answer(row))
            })
            .await
    }

    async fn list_courses(&self, request: Request<ListCoursesRequest>) -> Answer<ListCoursesResponse> {
        let parse = |q: &ListCoursesRequest, v: &mut Violations| -> Option<(String, Page)> {
            let page = v.page(q.page_size, &q.page_token, &[&q.unit])?;
            Some((q.unit.clone(), page))
        };
        self.kit
            .read(request, parse, |r| async move {
                let (unit, page) = &r.want;
                let rows = table::list(r.db(), &r.call.scope(), unit, page).await?;
                let (rows, next_page_token) = page.cut(rows, |c| vec![c.title.clone(), c.id.to_string()]);
                Ok(ListCoursesResponse { courses: rows.into_iter().map(answer).collect(), next_page_token })
            })
            .await
    }
}

#[tonic::async_trait]
impl FeedService for Courses {
    type WatchStream = Events;

    async fn watch(&self, request: Request<WatchRequest>) -> std::result::Result<Response<Events>, Status> {
        self.kit.feed()?.watch(request).await
    }
}

/// One replica of the service on a database.
pub(crate) struct Replica {
    pub(crate) database: Database,
    pub(crate) feed: Feed,
    pub(crate) script: Arc<Script>,
    stack: Stack,
    keys: Arc<Keys>,
    stop: CancellationToken,
}

/// The service on a fresh database.
pub(crate) struct World {
    pub(crate) fresh: Fresh,
    pub(crate) replica: Replica,
    pages: Arc<PageKey>,
}

/// 15 December 2021, noon.
fn clock() -> Clock {
    Clock::at_noon(date!(2021 - 12 - 15))
}

impl World {
    pub(crate) async fn on(backend: Backend) -> Self {
        let mut fresh = Fresh::on(backend).await;
        fresh.config.max_connections = 8;
        let pages = Arc::new(PageKey::random());
        let keys = Arc::new(Keys::generate().unwrap());
        let replica = Replica::on(&fresh, Cache::memory(), keys, pages.clone()).await;
        Self { fresh, replica, pages }
    }

    /// Another process on the same database.
    pub(crate) async fn another(&self, cache: Cache) -> Replica {
        Replica::on(&self.fresh, cache, self.replica.keys.clone(), self.pages.clone()).await
    }

    pub(crate) async fn end(self) {
        self.replica.end().await;
        self.fresh.remove().await;
    }
}

impl std::ops::Deref for World {
    type Target = Replica;

    fn deref(&self) -> &Replica {
        &self.replica
    }
}

impl Replica {
    async fn on(fresh: &Fresh, cache: Cache, keys: Arc<Keys>, pages: Arc<PageKey>) -> Self {
        let database = fresh.open::<History>().await;
        let mut options = ConnectOptions::new(fresh.config.url.clone());
        options.max_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(|o| o.busy_timeout(Duration::from_millis(10)));
        let rival = sea_orm::Database::connect(options).await.unwrap();
        let script = Arc::new(Script {
            seen: Arc::default(),
            gate: watch::Sender::new(false),
            meeting: Barrier::new(2),
            tries: Mutex::default(),
            rival,
        });
        let stop = CancellationToken::new();
        let feed = Feed::new("training", database.clone(), cache.clone(), clock(), stop.clone());
        tokio::spawn(feed.clone().run());
        let kit = Kit::new(KitParts {
            service: "training",
            database: Some(database.clone()),
            clock: clock(),
            pages,
            territory: TERRITORY,
            signer: None,
            feed: Some(feed.clone()),
        });
        let courses = Courses { kit, script: script.clone() };
        let stack = Stack::new(StackParts {
            host: "training",
            routes: Routes::new(CourseServiceServer::new(courses.clone())).add_service(FeedServiceServer::new(courses)),
            verifier: Arc::new(Verifier::new(keys.clone()).unwrap()),
            cache,
            clock: clock(),
            limits: LIMITS,
            stop: stop.clone(),
        });
        Self { database, feed, script, stack, keys, stop }
    }

    pub(crate) fn courses(&self) -> CourseServiceClient<Link> {
        CourseServiceClient::new(Link::local(self.stack.clone()))
    }

    pub(crate) fn events(&self) -> FeedServiceClient<Link> {
        FeedServiceClient::new(Link::local(self.stack.clone()))
    }

    /// A request in the name of somebody who holds a role at a unit.
    pub(crate) fn by<T>(&self, subject: &str, role: Role, unit: &str, message: T) -> Request<T> {
        let held = [Held { role, unit: unit.to_owned() }];
        let signer = self.keys.signer().unwrap();
        let token = signer.mint(subject, &held, Duration::from_secs(600), clock().now_us()).unwrap();
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    }

    /// A request of an officer of province 54.
    pub(crate) fn say<T>(&self, message: T) -> Request<T> {
        self.by("officer", Role::ProvinceOfficer, "units/54", message)
    }

    /// A request of the service that reads feeds.
    pub(crate) fn reader<T>(&self, message: T) -> Request<T> {
        self.by("insights", Role::Service, "units/vn", message)
    }

    /// Creates a course as the officer does.
    pub(crate) async fn create(&self, request: CreateCourseRequest) -> std::result::Result<Course, Status> {
        Ok(self.courses().create_course(self.say(request)).await?.into_inner())
    }

    /// How many rows the service's tables hold: courses, facts, kept replies.
    pub(crate) async fn stored(&self) -> (u64, u64, u64) {
        table::stored(&self.database).await
    }

    /// The counter that courses with the outline "counts" raise.
    pub(crate) async fn counted(&self) -> i64 {
        table::counted(&self.database).await
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.database.close().await;
    }
}

/// A good course with a title, in a way that its outline names, repeatable by a number.
pub(crate) fn course(title: &str, how: &str, id: Option<u128>) -> CreateCourseRequest {
    let course = Course {
        unit: "units/555".to_owned(),
        title: title.to_owned(),
        audience: Audience::Officers.into(),
        topic: Topic::ProgrammeManagement.into(),
        half_days: 4,
        outline: how.to_owned(),
        adopt_date: Some(day::pb(date!(2021 - 3 - 1))),
        ..Course::default()
    };
    let request_id = id.map(|n| uuid::Uuid::from_u128(n).to_string()).unwrap_or_default();
    CreateCourseRequest { course: Some(course), request_id, validate_only: false }
}
