//! Rows and units: every role of a method, held where it covers a row and where it does not. One representative of every
//! kind of scope in every service that keeps rows: Create is judged on the request, Get on the row, List on every row.

use std::collections::HashMap;

use kit::auth::role_name;
use kit::inventory::Method;
use kit::testing::{As, backends};
use prost::Message as _;
use prost_reflect::DynamicMessage;
use proto::common::v1::Scope;
use serde_json::{Value, json};
use tests::raw::{Outcome, call};
use tests::suite::{Suite, method};
use tonic::{Code, Status};

use crate::{none, told};

const PHU_YEN: &str = "units/54-20180507";
const TUY_HOA_CITY: &str = "units/555-20180507";
const WARD_8: &str = "units/22018-20180507";
/// A commune of another district of Phú Yên.
const LA_HAI: &str = "units/22081-20180507";
/// A neighbouring province.
const KHANH_HOA: &str = "units/56-20180507";
/// Takes the place of Phú Yên from July 2025.
const DAK_LAK: &str = "units/66-20250701";
const ROOT: &str = "units/vn";

/// Units at which a role covers a row, and units at which it does not.
type Held = (&'static [&'static str], &'static [&'static str]);

/// For rows of the province: its districts do not cover it.
const OF_PROVINCE: Held = (&[ROOT, PHU_YEN, DAK_LAK], &[KHANH_HOA, TUY_HOA_CITY, WARD_8]);
/// For rows of a ward.
const OF_WARD: Held = (&[ROOT, PHU_YEN, TUY_HOA_CITY, WARD_8, DAK_LAK], &[KHANH_HOA, LA_HAI]);

/// A resource with its standard methods.
struct Kind {
    /// `registry.v1.ProducerService`.
    service: &'static str,
    /// `Producer`; `Create`, `Get` and `List` stand before it.
    noun: &'static str,
    /// The request's field for the resource.
    field: &'static str,
    held: Held,
}

const fn kind(service: &'static str, noun: &'static str, field: &'static str, held: Held) -> Kind {
    Kind { service, noun, field, held }
}

/// In the order in which they are made: what is named stands before what names it.
const KINDS: &[Kind] = &[
    kind("registry.v1.ProducerService", "Producer", "producer", OF_WARD),
    kind("registry.v1.SiteService", "Site", "site", OF_WARD),
    kind("registry.v1.ProductService", "Product", "product", OF_WARD),
    kind("registry.v1.PersonService", "Person", "person", OF_WARD),
    kind("registry.v1.PostService", "Post", "post", OF_WARD),
    kind("registry.v1.DossierService", "Dossier", "dossier", OF_WARD),
    kind("registry.v1.SupportService", "SupportPackage", "supportPackage", OF_WARD),
    kind("registry.v1.VisitService", "Visit", "visit", OF_WARD),
    kind("registry.v1.CandidateService", "ProductCandidate", "candidate", OF_WARD),
    kind("training.v1.CourseService", "Course", "course", OF_PROVINCE),
    kind("training.v1.SessionService", "Session", "session", OF_WARD),
    kind("training.v1.RequirementService", "Requirement", "requirement", OF_PROVINCE),
    kind("evaluation.v1.CouncilService", "Council", "council", OF_PROVINCE),
    kind("evaluation.v1.RoundService", "Round", "round", OF_PROVINCE),
    kind("budget.v1.PlanService", "Plan", "plan", OF_PROVINCE),
    kind("budget.v1.TaskService", "Task", "task", OF_PROVINCE),
];

impl Kind {
    fn method(&self, verb: &str, plural: &str) -> &'static Method {
        method(&format!("{}/{verb}{}{plural}", self.service, self.noun))
    }

    /// The resource as it is asked for. `name` gives the name of what was made before.
    fn body(&self, name: impl Fn(&str) -> String) -> Value {
        let day = |month: i32, day: i32| json!({"year": 2021, "month": month, "day": day});
        match self.noun {
            "Producer" => json!({"displayName": "HTX mẫu", "legalForm": "LEGAL_FORM_COOPERATIVE", "unit": WARD_8,
                "registrationDate": day(1, 15), "sample": true}),
            "Site" => json!({"producer": name("Producer"), "kind": "SITE_KIND_SHOP", "displayName": "Cửa hàng mẫu",
                "unit": WARD_8, "beginDate": day(3, 1), "sample": true}),
            "Product" => json!({"producer": name("Producer"), "productSet": "productSets/q1048-ruou-trang",
                "displayName": "Sản phẩm mẫu", "registrationDate": day(6, 30), "sample": true}),
            "Person" => json!({"displayName": "Cán bộ OCOP Phường 8", "unit": WARD_8, "registrationDate": day(1, 15),
                "sample": true}),
            "Post" => json!({"person": name("Person"), "title": "Cán bộ OCOP", "unit": WARD_8, "beginDate": day(3, 1),
                "sample": true}),
            "Dossier" => json!({"product": name("Product"), "kind": "DOSSIER_KIND_FIRST", "sample": true}),
            "SupportPackage" => json!({"product": name("Product"), "recognitionYear": 2020, "year": 2021,
                "kind": "SUPPORT_KIND_PACKAGING", "description": "Bao bì", "amountVnd": "20000000",
                "proposeDate": day(7, 1), "sample": true}),
            "Visit" => json!({"unit": WARD_8, "visitDate": day(8, 2), "officers": [name("Post")],
                "findings": "Đủ nguyên liệu", "sample": true}),
            "ProductCandidate" => json!({"product": name("Product"), "year": 2021, "targetStars": 3,
                "kind": "CANDIDATE_KIND_FIRST", "proposeDate": day(7, 1), "sample": true}),
            "Course" => json!({"unit": PHU_YEN, "title": "Quản lý chương trình", "audience": "AUDIENCE_OFFICERS",
                "topic": "TOPIC_PROGRAMME_MANAGEMENT", "halfDays": 2, "adoptDate": day(2, 1), "sample": true}),
            "Session" => json!({"course": name("Course"), "unit": WARD_8, "beginDate": day(4, 1), "endDate": day(4, 2),
                "sample": true}),
            "Requirement" => json!({"unit": PHU_YEN, "title": "Tập huấn cán bộ", "audience": "AUDIENCE_OFFICERS",
                "beginDate": day(1, 1), "dueDate": day(12, 31), "sample": true}),
            "Council" => json!({"unit": PHU_YEN, "level": "COUNCIL_LEVEL_PROVINCE", "decisionNumber": "15/QĐ-UBND",
                "decisionDate": day(3, 1), "title": "Hội đồng mẫu", "sample": true, "members": [
                    {"displayName": "Chủ tịch Hội đồng", "role": "COUNCIL_ROLE_CHAIR", "counted": true}]}),
            "Round" => json!({"council": name("Council"), "year": 2021, "title": "Đợt 1", "regime": "regimes/q1048",
                "openDate": day(6, 1), "sample": true}),
            "Plan" => json!({"unit": PHU_YEN, "year": 2021, "title": "Kế hoạch mẫu", "decisionNumber": "37/KH-UBND",
                "decisionDate": day(2, 26), "targets": [{"measure": "MEASURE_PRODUCTS_RECOGNISED", "value": 15}],
                "sample": true}),
            "Task" => json!({"plan": name("Plan"), "title": "Nhiệm vụ mẫu", "leadAgency": "Sở Nông nghiệp"}),
            other => panic!("nothing is known of a {other}"),
        }
    }
}

/// Calls a method through the gateway, JSON in and out.
async fn say(suite: &Suite, who: &As, method: &Method, request: &Value) -> Result<Value, Status> {
    let message = DynamicMessage::deserialize(method.input.clone(), request);
    let message = message.unwrap_or_else(|e| panic!("{}: {request}: {e}", method.path));
    let answer = call(suite.gateway(), method, Some(&who.token), message.encode_to_vec().into()).await?;
    let answer = DynamicMessage::decode(method.output.clone(), answer).expect("the answer is of its type");
    Ok(serde_json::to_value(&answer).expect("a message is JSON"))
}

/// What a test has stored, by kind.
type Made = Vec<(&'static str, String)>;

fn name_of(made: &Made) -> impl Fn(&str) -> String + '_ {
    |noun| made.iter().find(|(kind, _)| *kind == noun).map(|(_, name)| name.clone()).expect("it was made before")
}

/// One row of each kind.
async fn stored(suite: &Suite) -> Made {
    let nation = suite.world.as_role("national_admin", ROOT);
    let secretary = suite.world.as_role("council_secretary", ROOT);
    let mut made = Made::new();
    for kind in KINDS {
        let create = kind.method("Create", "");
        let may = create.roles.contains(&proto::common::v1::Role::NationalAdmin);
        let request = json!({kind.field: kind.body(name_of(&made))});
        let answer = say(suite, if may { &nation } else { &secretary }, create, &request).await;
        let answer =
            answer.unwrap_or_else(|status| panic!("{}: {}", create.path, told(&Outcome::of(&Err::<(), _>(status)))));
        made.push((kind.noun, answer["name"].as_str().expect("a row has a name").to_owned()));
    }
    made
}

/// True where a call that covers nothing ended as it must: refused for the unit, or a list without rows.
fn shows_nothing(answer: &Result<Value, Status>, scope: Scope) -> bool {
    match (scope, answer) {
        (Scope::List, Ok(answer)) => rows(answer) == 0,
        (Scope::List, Err(_)) | (_, Ok(_)) => false,
        (_, Err(status)) => status.code() == Code::PermissionDenied && kit::testing::reason(status) == "UNIT_FORBIDDEN",
    }
}

/// True where a call that covers the row was let in: a list shows it, a repeated Create may be refused by a rule.
fn shows_something(answer: &Result<Value, Status>, scope: Scope) -> bool {
    match (scope, answer) {
        (Scope::List, Ok(answer)) => rows(answer) == 1,
        (_, Ok(_)) => true,
        (Scope::Request | Scope::Row, Err(status)) => {
            matches!(status.code(), Code::AlreadyExists | Code::FailedPrecondition)
        }
        (_, Err(_)) => false,
    }
}

fn rows(answer: &Value) -> usize {
    let lists = answer.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_array());
    lists.map(Vec::len).sum()
}

/// The three calls about one kind of row.
fn calls(kind: &Kind, made: &Made) -> [(&'static Method, Value); 3] {
    let name = name_of(made);
    [
        (kind.method("Create", ""), json!({kind.field: kind.body(&name), "validateOnly": true})),
        (kind.method("Get", ""), json!({"name": name(kind.noun)})),
        (kind.method("List", "s"), json!({})),
    ]
}

/// Callers by role and unit: a signature costs more than a call.
#[derive(Default)]
struct Callers(HashMap<(String, &'static str), As>);

impl Callers {
    fn at(&mut self, suite: &Suite, role: &str, unit: &'static str) -> &As {
        self.0.entry((role.to_owned(), unit)).or_insert_with(|| suite.world.as_role(role, unit))
    }

    /// The account of a producer, where the role is that of producers.
    fn of(&mut self, suite: &Suite, role: &str, unit: &'static str, producer: &str) -> &As {
        self.0.entry((format!("{role} {producer}"), unit)).or_insert_with(|| suite.world.as_producer(producer, unit))
    }
}

/// Some other producer.
const FOREIGN: &str = "producers/0190a000-0000-7000-8000-000000000001";

/// Who calls in a role at a unit, and whether it must be let in where the unit covers the row: a producer's account only
/// where the row is its own.
fn accounts(method: &Method, role: &str, made: &Made) -> Vec<(Option<String>, bool)> {
    if !method.own || role != "producer" {
        return vec![(None, true)];
    }
    vec![(Some(name_of(made)("Producer")), true), (Some(FOREIGN.to_owned()), false), (None, false)]
}

/// Every role of a method at every unit of a kind. Answers how many cells there were.
async fn cells(suite: &Suite, callers: &mut Callers, kind: &Kind, made: &Made, wrong: &mut Vec<String>) -> usize {
    let mut cells = 0;
    let (covering, foreign) = kind.held;
    let units: Vec<_> = covering.iter().map(|u| (*u, true)).chain(foreign.iter().map(|u| (*u, false))).collect();
    for (method, request) in calls(kind, made) {
        for role in method.roles.iter().map(|role| role_name(*role)) {
            for (account, own) in accounts(method, &role, made) {
                for (unit, covers) in &units {
                    cells += 1;
                    let who = match &account {
                        Some(producer) => callers.of(suite, &role, unit, producer),
                        None => callers.at(suite, &role, unit),
                    };
                    let answer = say(suite, who, method, &request).await;
                    let good = if *covers && own { shows_something } else { shows_nothing };
                    if !good(&answer, method.scope) {
                        let found = match &answer {
                            Ok(answer) => format!("{} row(s) in {answer}", rows(answer)),
                            Err(_) => told(&Outcome::of(&answer)),
                        };
                        let who = account.clone().unwrap_or_default();
                        wrong.push(format!("{} as {role} {who} at {unit} (covers: {covers}): {found}", method.path));
                    }
                }
            }
        }
    }
    cells
}

#[tokio::test]
async fn a_role_reaches_what_lies_in_its_units_and_nothing_else() {
    for backend in backends() {
        let suite = Suite::start(backend).await;
        let made = stored(&suite).await;
        let (mut callers, mut wrong, mut count) = (Callers::default(), Vec::new(), 0);
        for kind in KINDS {
            count += cells(&suite, &mut callers, kind, &made, &mut wrong).await;
        }
        println!("{backend:?}: {} kinds × Create, Get, List × roles × units = {count} cells", KINDS.len());
        none(&wrong);
        suite.stop().await;
    }
}

#[test]
fn a_row_shown_to_a_foreigner_would_be_found() {
    let answer = Ok(json!({"producers": [{"name": "producers/1"}], "nextPageToken": ""}));
    assert!(!shows_nothing(&answer, Scope::List) && shows_something(&answer, Scope::List));
    assert!(!shows_nothing(&answer, Scope::Row) && shows_something(&answer, Scope::Row));
    let nothing = Ok(json!({"producers": []}));
    assert!(shows_nothing(&nothing, Scope::List) && !shows_something(&nothing, Scope::List));
}
