//! An office that works with the registry: a world, its callers, and short ways to make what a test needs.

use std::sync::Arc;

use kit::testing::{As, World, backends, start};
use kit::{Config, day};
use prost_types::FieldMask;
use proto::registry::v1 as pb;
use proto::registry::v1::bundle_service_client::BundleServiceClient;
use proto::registry::v1::candidate_service_client::CandidateServiceClient;
use proto::registry::v1::checklist_service_client::ChecklistServiceClient;
use proto::registry::v1::contact_service_client::ContactServiceClient;
use proto::registry::v1::dossier_service_client::DossierServiceClient;
use proto::registry::v1::duty_service_client::DutyServiceClient;
use proto::registry::v1::eligibility_service_client::EligibilityServiceClient;
use proto::registry::v1::erasure_service_client::ErasureServiceClient;
use proto::registry::v1::evidence_service_client::EvidenceServiceClient;
use proto::registry::v1::export_service_client::ExportServiceClient;
use proto::registry::v1::feed_service_client::FeedServiceClient;
use proto::registry::v1::guidance_service_client::GuidanceServiceClient;
use proto::registry::v1::import_service_client::ImportServiceClient;
use proto::registry::v1::manager_service_client::ManagerServiceClient;
use proto::registry::v1::material_area_service_client::MaterialAreaServiceClient;
use proto::registry::v1::person_merge_service_client::PersonMergeServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::post_service_client::PostServiceClient;
use proto::registry::v1::producer_change_service_client::ProducerChangeServiceClient;
use proto::registry::v1::producer_merge_service_client::ProducerMergeServiceClient;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::promotion_service_client::PromotionServiceClient;
use proto::registry::v1::sample_service_client::SampleServiceClient;
use proto::registry::v1::site_service_client::SiteServiceClient;
use proto::registry::v1::support_service_client::SupportServiceClient;
use proto::registry::v1::unit_assignment_service_client::UnitAssignmentServiceClient;
use proto::registry::v1::unit_service_client::UnitServiceClient;
use proto::registry::v1::vacancy_service_client::VacancyServiceClient;
use proto::registry::v1::visit_service_client::VisitServiceClient;
use proto::registry::v1::yearly_return_service_client::YearlyReturnServiceClient;
use registry::Registry;
use sea_orm::{ConnectionTrait, Statement};
use time::Date;
use time::macros::date;
use tonic::{Code, Status};
use tonic_types::StatusExt;

pub use proto::google::r#type::Date as PbDate;

/// Phú Yên as it was in 2021.
pub const PHU_YEN: &str = "units/54-20180507";
/// A district of it.
pub const TUY_HOA_CITY: &str = "units/555-20180507";
/// Phường 8 of Tuy Hòa as it was in 2021.
pub const WARD_8: &str = "units/22018-20180507";
/// A commune of another district.
pub const LA_HAI: &str = "units/22081-20180507";
/// The day on which the office does its work.
pub const DAY: Date = date!(2021 - 06 - 30);
/// A product set that is known.
pub const SET: &str = "productSets/q1048-ruou-trang";

/// Every table of the registry.
const TABLES: &[&str] = &[
    "producer",
    "product",
    "serial",
    "person",
    "person_merge",
    "duty",
    "journal",
    "request",
    "fair",
    "application",
    "support_package",
    "visit",
    "candidate",
    "bundle",
    "recognition",
    "recognition_suspension",
    "producer_word",
    "product_word",
    "person_word",
    "evidence",
    "evidence_version",
    "import_run",
    "import_batch",
    "unit_change",
    "unit_assignment",
    "dossier",
    "dossier_goods",
    "dossier_entry",
    "dossier_snapshot",
    "dossier_slip",
    "sample_handover",
    "producer_size",
    "site",
    "material_area",
    "yearly_return",
    "return_line",
    "contact",
    "personal_number",
    "erasure",
    "producer_change",
    "producer_owner",
];

/// The office.
pub struct Office {
    pub world: World,
}

/// Runs a test on every engine, each time in a fresh office.
pub async fn everywhere(test: impl AsyncFn(Arc<Office>)) {
    for backend in backends() {
        println!("on {backend:?}");
        let world = start::<Registry>(backend).await;
        let office = Arc::new(Office { world });
        test(office.clone()).await;
        Arc::into_inner(office).expect("the test keeps nothing").world.stop().await;
    }
}

/// As [`everywhere`], on another day.
pub async fn everywhere_at(day: Date, test: impl AsyncFn(Arc<Office>)) {
    for backend in backends() {
        println!("on {backend:?}");
        let world = World::on(backend).at(day).mount::<Registry>().start().await;
        let office = Arc::new(Office { world });
        test(office.clone()).await;
        Arc::into_inner(office).expect("the test keeps nothing").world.stop().await;
    }
}

/// As [`everywhere`], with other settings.
pub async fn everywhere_with(change: impl Fn(&mut Config), test: impl AsyncFn(Arc<Office>)) {
    for backend in backends() {
        println!("on {backend:?}");
        let world = World::on(backend).configure(&change).mount::<Registry>().start().await;
        let office = Arc::new(Office { world });
        test(office.clone()).await;
        Arc::into_inner(office).expect("the test keeps nothing").world.stop().await;
    }
}

macro_rules! clients {
    ($($name:ident: $client:ident),*) => {
        impl Office {
            $(pub fn $name(&self) -> $client<kit::Link> {
                $client::new(self.world.link("registry"))
            })*
        }
    };
}

clients! {
    units: UnitServiceClient,
    producers: ProducerServiceClient,
    merges: ProducerMergeServiceClient,
    products: ProductServiceClient,
    persons: PersonServiceClient,
    person_merges: PersonMergeServiceClient,
    posts: PostServiceClient,
    managers: ManagerServiceClient,
    duties: DutyServiceClient,
    promotion: PromotionServiceClient,
    support: SupportServiceClient,
    visits: VisitServiceClient,
    vacancies: VacancyServiceClient,
    candidates: CandidateServiceClient,
    bundles: BundleServiceClient,
    evidence: EvidenceServiceClient,
    imports: ImportServiceClient,
    assignments: UnitAssignmentServiceClient,
    checklists: ChecklistServiceClient,
    dossiers: DossierServiceClient,
    guidance: GuidanceServiceClient,
    samples: SampleServiceClient,
    exports: ExportServiceClient,
    feed: FeedServiceClient,
    eligibility: EligibilityServiceClient,
    sites: SiteServiceClient,
    areas: MaterialAreaServiceClient,
    returns: YearlyReturnServiceClient,
    contacts: ContactServiceClient,
    erasures: ErasureServiceClient,
    changes: ProducerChangeServiceClient
}

/// A day on the wire.
pub fn on(date: Date) -> Option<PbDate> {
    Some(day::pb(date))
}

/// The numbers of a day, which need not exist.
pub fn ymd(year: i32, month: i32, day: i32) -> Option<PbDate> {
    Some(PbDate { year, month, day })
}

/// An update mask.
pub fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() })
}

/// A request id that no other has.
pub fn request_id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

/// A producer to be registered in Ward 8.
pub fn producer(display_name: &str) -> pb::Producer {
    pb::Producer {
        display_name: display_name.to_owned(),
        legal_form: pb::LegalForm::Cooperative.into(),
        unit: WARD_8.to_owned(),
        registration_date: on(date!(2021 - 01 - 15)),
        ..Default::default()
    }
}

/// A product to be registered.
pub fn product(producer: &str, display_name: &str) -> pb::Product {
    pb::Product {
        producer: producer.to_owned(),
        product_set: SET.to_owned(),
        display_name: display_name.to_owned(),
        registration_date: on(DAY),
        ..Default::default()
    }
}

/// A person to be recorded.
pub fn person(display_name: &str) -> pb::Person {
    pb::Person {
        display_name: display_name.to_owned(),
        unit: WARD_8.to_owned(),
        registration_date: on(date!(2021 - 01 - 15)),
        ..Default::default()
    }
}

/// A post to be recorded, held since the beginning of March.
pub fn post(person: &str, unit: &str) -> pb::Post {
    pb::Post {
        person: person.to_owned(),
        title: "Cán bộ OCOP".to_owned(),
        unit: unit.to_owned(),
        begin_date: on(date!(2021 - 03 - 01)),
        ..Default::default()
    }
}

/// A manager to be recorded, since the beginning of March.
pub fn manager(person: &str, producer: &str) -> pb::Manager {
    pb::Manager {
        person: person.to_owned(),
        producer: producer.to_owned(),
        title: "Giám đốc".to_owned(),
        begin_date: on(date!(2021 - 03 - 01)),
        ..Default::default()
    }
}

impl Office {
    /// May do everything in Phú Yên, from 1 July 2025 as a part of Đắk Lắk. Its token is as fresh as the world's clock.
    pub fn admin(&self) -> As {
        let merged = self.world.clock.today() >= date!(2025 - 07 - 01);
        self.world.as_role("province_admin", if merged { "units/66-20250701" } else { PHU_YEN })
    }

    /// May do everything everywhere.
    pub fn nation(&self) -> As {
        self.world.as_role("national_admin", "units/vn")
    }

    /// Registers a producer.
    pub async fn add_producer(&self, producer: pb::Producer) -> Result<pb::Producer, Status> {
        let request = pb::CreateProducerRequest { producer: Some(producer), ..Default::default() };
        Ok(self.producers().create_producer(self.admin().say(request)).await?.into_inner())
    }

    /// Registers a product.
    pub async fn add_product(&self, product: pb::Product) -> Result<pb::Product, Status> {
        let request = pb::CreateProductRequest { product: Some(product), ..Default::default() };
        Ok(self.products().create_product(self.admin().say(request)).await?.into_inner())
    }

    /// Records a person.
    pub async fn add_person(&self, person: pb::Person) -> Result<pb::Person, Status> {
        let request = pb::CreatePersonRequest { person: Some(person), ..Default::default() };
        Ok(self.persons().create_person(self.admin().say(request)).await?.into_inner())
    }

    /// Records a post.
    pub async fn add_post(&self, post: pb::Post) -> Result<pb::Post, Status> {
        let request = pb::CreatePostRequest { post: Some(post), ..Default::default() };
        Ok(self.posts().create_post(self.admin().say(request)).await?.into_inner())
    }

    /// Records a manager.
    pub async fn add_manager(&self, manager: pb::Manager) -> Result<pb::Manager, Status> {
        let request = pb::CreateManagerRequest { manager: Some(manager), ..Default::default() };
        Ok(self.managers().create_manager(self.admin().say(request)).await?.into_inner())
    }

    /// A producer as it is stored.
    pub async fn get_producer(&self, name: &str) -> pb::Producer {
        let request = pb::GetProducerRequest { name: name.to_owned() };
        self.producers().get_producer(self.admin().say(request)).await.unwrap().into_inner()
    }

    /// How many rows each table has: what must not change by a refused call.
    pub async fn rows(&self) -> Vec<(&'static str, i64)> {
        let database = self.world.database("registry");
        let mut rows = Vec::new();
        for table in TABLES.iter().copied() {
            let count = format!("SELECT count(*) AS n FROM {table}");
            let count = Statement::from_string(database.reader().get_database_backend(), count);
            let row = database.reader().query_one_raw(count).await.unwrap().unwrap();
            rows.push((table, row.try_get("", "n").unwrap()));
        }
        rows
    }

    /// The different values of some columns, as texts.
    pub async fn stored(&self, table: &str, columns: &str) -> Vec<String> {
        let database = self.world.database("registry");
        let sql = format!("SELECT DISTINCT {columns} FROM {table}");
        let select = Statement::from_string(database.reader().get_database_backend(), sql);
        let rows = database.reader().query_all_raw(select).await.unwrap();
        rows.iter().map(|row| format!("{row:?}")).collect()
    }

    /// How many rows some of the tables have.
    pub async fn rows_of(&self, tables: &[&str]) -> Vec<(&'static str, i64)> {
        let mut rows = self.rows().await;
        rows.retain(|(table, _)| tables.contains(table));
        rows
    }
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
    assert!(texts.iter().all(|text| !text.contains(['{', '}'])), "unfilled: {texts:?}");
    let mut violations = kit::testing::violations(&status);
    violations.sort();
    Refused { code: status.code(), reason: kit::testing::reason(&status), violations }
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
