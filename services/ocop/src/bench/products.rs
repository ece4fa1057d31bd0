//! `ocop bench products`: searches and lists of a nation's products, through all layers, beside the bare rows.
//!
//! The registry is filled straight in the database: products with names of common words and a number, their words and codes,
//! producers, and certificates for one product in ten. Each question is then asked with ListProducts, one call after the other,
//! and beside it its limit: the ids of the same rows by a statement of its own on the same database, without the service, the
//! producers' names and the standing that every row is answered with. Printed are the medians, the slowest call, the ratio
//! of the medians and the statements of one call. Every answer's rows are those of the limit. Times are printed and never
//! judged.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use kit::config::DatabaseConfig;
use kit::{BoxError, Database, day};
use proto::common::v1::Role;
use proto::registry::v1::ListProductsRequest;
use proto::registry::v1::RecognitionState;
use proto::registry::v1::product_service_client::ProductServiceClient;
use reference::text::sort_key;
use reference::units::{self, Level, Unit};
use registry::shared::words;
use sea_orm::{ConnectionTrait, Statement};
use time::Date;
use time::macros::date;
use tonic::transport::Channel;

use super::ground::{Ground, Side};
use super::stand::{self, Stand, ms};

/// The province of all products.
const PROVINCE: &str = "units/54-20180507";
/// The day of all questions.
const DAY: Date = date!(2021 - 12 - 31);
/// Products of one producer.
const EACH: u32 = 2;
/// Rows of one statement that fills.
const CHUNK: u32 = 500;
/// Rows of a page.
const PAGE: i32 = 50;
const WHAT: [&str; 7] = ["Nước mắm", "Rượu đế", "Bánh tráng", "Chả cá", "Mật ong", "Gạo", "Trà sâm"];
const WHERE: [&str; 9] = ["Tuy An", "Hòa Phú", "Gành Đỏ", "Sơn Hòa", "Ô Loan", "Vân Hòa", "La Hai", "Phú Mỡ", "Đa Lộc"];

/// What `ocop bench products` is told.
#[derive(Args)]
pub(super) struct Arguments {
    /// Products; one in ten has a certificate.
    #[arg(long, default_value_t = 160_000, value_parser = clap::value_parser!(u32).range(1000..=2_000_000))]
    products: u32,
    /// Calls of each question that are timed.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    calls: u32,
    /// A PostgreSQL server on this machine whose user may make databases; one is made and dropped. Without it a SQLite
    /// file in a temporary folder.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// Measures and prints.
pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, BoxError> {
    let ground = Ground::prepare(arguments.database_url.as_deref()).await?;
    let outcome = measure(arguments, &ground).await;
    ground.clear().await?;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn measure(arguments: &Arguments, ground: &Ground) -> Result<(), BoxError> {
    let stand = Stand::start::<registry::Registry>(ground, &[Role::Analyst]).await?;
    let config = DatabaseConfig { url: ground.url(Side::Suite), ..DatabaseConfig::default() };
    let database = Database::open(&config, "registry").await?;
    fill(&database, ground.is_postgres(), arguments.products).await?;
    let mut asker = Asker {
        client: ProductServiceClient::new(stand.endpoint()?.connect().await?),
        database: &database,
        stand: &stand,
        calls: arguments.calls.max(1),
    };
    println!("{}", ground.line().await?);
    println!("{} products, {} calls of each question, a page of {PAGE}:", arguments.products, asker.calls);
    println!("{:<34} {:>9} {:>9} {:>9} {:>7} {:>5}", "question", "median ms", "slowest", "limit ms", "ratio", "SQL");
    for question in questions(arguments.products) {
        asker.ask(&question).await?;
    }
    stand.stop().await;
    Ok(())
}

/// What is asked, and the same rows by a statement of its own.
struct Question {
    title: &'static str,
    request: ListProductsRequest,
    limit: String,
}

/// Products that have a certificate of some stars in force.
fn starred(stars: Option<i32>) -> String {
    let stars = stars.map(|stars| format!("stars = {stars} AND ")).unwrap_or_default();
    format!(
        "id IN (SELECT product_id FROM recognition WHERE {stars}decision_date <= '2021-12-31' AND first_out > '2021-12-31' \
         AND (end_date IS NULL OR end_date > '2021-12-31'))"
    )
}

/// Products of which a word begins with this.
fn worded(prefix: &str) -> String {
    let last = '\u{10FFFF}';
    format!("id IN (SELECT owner_id FROM product_word WHERE word >= '{prefix}' AND word < '{prefix}{last}')")
}

fn questions(products: u32) -> Vec<Question> {
    let commune = communes().into_iter().nth(7).map_or(PROVINCE, |unit| unit.name.as_str());
    let path = units::by_name(commune).map(|unit| unit.path.clone()).unwrap_or_default();
    let end = format!("{}0", path.trim_end_matches('/'));
    let within = format!("unit_path >= '{path}' AND unit_path < '{end}'");
    let set = "product_set = 'productSets/q1048-ruou-trang'";
    let rare = (products / 2 + 7).to_string();
    let base = ListProductsRequest { page_size: PAGE, as_of: Some(day::pb(DAY)), ..Default::default() };
    let of = |title, request, holds: &str| Question {
        title,
        request,
        limit: format!("SELECT id FROM product WHERE {holds} ORDER BY sort_key, id LIMIT {PAGE}"),
    };
    let searched = |query: &str| ListProductsRequest { query: query.to_owned(), ..base.clone() };
    let starring = |stars| ListProductsRequest { stars, ..base.clone() };
    let in_commune = ListProductsRequest { unit: commune.to_owned(), ..base.clone() };
    let of_set = ListProductsRequest { product_set: "productSets/q1048-ruou-trang".to_owned(), ..base.clone() };
    let in_force = ListProductsRequest { recognition_state: RecognitionState::InForce.into(), ..base.clone() };
    let all = ListProductsRequest { stars: 3, product_set: of_set.product_set.clone(), ..in_commune.clone() };
    let words = format!("{} AND {}", worded("mam"), worded("do"));
    vec![
        of("all, first page", base.clone(), "1 = 1"),
        of("a rare word", searched(&rare), &worded(&rare)),
        of("two common words", searched("mắm đỏ"), &words),
        of("the beginning of a code", searched("54-555-22018-12"), &worded("54-555-22018-12")),
        of("a commune", in_commune, &within),
        of("a product set", of_set, set),
        of("five stars", starring(5), &starred(Some(5))),
        of("three stars", starring(3), &starred(Some(3))),
        of("in force", in_force, &starred(None)),
        of("commune, set and three stars", all, &format!("{within} AND {set} AND {}", starred(Some(3)))),
    ]
}

struct Asker<'d> {
    client: ProductServiceClient<Channel>,
    database: &'d Database,
    stand: &'d Stand,
    calls: u32,
}

impl Asker<'_> {
    /// Asks one question and its limit in turns, and prints what they took.
    async fn ask(&mut self, question: &Question) -> Result<(), BoxError> {
        let (mut times, mut limits, mut statements) = (Vec::new(), Vec::new(), String::new());
        for _ in 0..self.calls {
            let request = self.stand.counted(question.request.clone())?;
            let began = Instant::now();
            let answer = self.client.list_products(request).await?;
            times.push(began.elapsed());
            statements = stand::statements(&answer)?;
            let found = answer.into_inner().products.len();
            let began = Instant::now();
            let rows = self.bare(&question.limit).await?;
            limits.push(began.elapsed());
            if found != rows {
                return Err(format!("{}: {found} rows beside {rows} of the limit", question.title).into());
            }
        }
        let (median, slowest) = (ms(&mut times, |n| n / 2), ms(&mut times, |n| n - 1));
        let limit = ms(&mut limits, |n| n / 2);
        let ratio = if median > 0.0 { limit / median } else { 0.0 };
        let title = question.title;
        println!("{title:<34} {median:>9.1} {slowest:>9.1} {limit:>9.1} {ratio:>7.2} {statements:>5}");
        Ok(())
    }

    async fn bare(&self, sql: &str) -> Result<usize, BoxError> {
        let db = self.database.reader();
        let statement = Statement::from_string(db.get_database_backend(), sql);
        Ok(db.query_all_raw(statement).await?.len())
    }
}

fn communes() -> Vec<&'static Unit> {
    units::list(Some(PROVINCE), Some(Level::Commune), DAY)
}

/// An id as a literal.
fn id(postgres: bool, kind: u32, n: u32) -> String {
    let digits = format!("{kind:08x}00007000800000000{n:07x}");
    if postgres { format!("'{digits}'") } else { format!("x'{digits}'") }
}

fn title(n: u32) -> String {
    let at = |list: &[&'static str], n: u32| list.get(n as usize % list.len().max(1)).copied().unwrap_or_default();
    format!("{} {} loại {} số {n}", at(&WHAT, n), at(&WHERE, n / 7), n % 50)
}

/// Fills the registry: statements of many rows each, in one transaction.
async fn fill(database: &Database, postgres: bool, products: u32) -> Result<(), BoxError> {
    let places = communes();
    let count = u32::try_from(places.len())?.max(1);
    let sets: Vec<&str> = reference::products::sets("q1048").iter().map(|set| set.id.as_str()).collect();
    let tx = database.begin().await?;
    for from in (0..products).step_by(CHUNK as usize) {
        let (mut makers, mut goods, mut found, mut ranked) =
            (String::new(), String::new(), String::new(), String::new());
        for n in from..products.min(from + CHUNK) {
            let Some(place) = places.get((n % count) as usize) else { continue };
            let (name, serial) = (title(n), n / count + 1);
            let district = units::district_of(place).map(|district| district.code.clone()).unwrap_or_default();
            let code = format!("54-{district}-{}-{serial}-2021", place.code);
            let (key, own, maker) = (sort_key(&name), id(postgres, 2, n), id(postgres, 1, n / EACH));
            let set = sets.get(n as usize % sets.len().max(1)).copied().unwrap_or_default();
            let (unit, path) = (&place.name, &place.path);
            if n % EACH == 0 {
                write!(
                    makers,
                    ",({maker}, '{name}', '{key}', 1, '{unit}', '{path}', '2021-01-15', TRUE, 1, 1, 1, '{n}', '{n}', '{n}')"
                )?;
            }
            write!(
                goods,
                ",({own}, {maker}, '{code}', 'productSets/{set}', '{name}', '{key}', '', '{unit}', '{path}', '2021-01-15', \
                 0, 0, TRUE, 1, 1, 1)"
            )?;
            for word in words::of_name(&name).into_iter().chain(words::of_code(&code)) {
                write!(found, ",('{word}', {own})")?;
            }
            if n.is_multiple_of(10) {
                let stars = if n.is_multiple_of(1000) { 5 } else { 3 };
                write!(ranked, ",({}, {own}, {stars}, '2020-02-04', '2023-02-04', 0)", id(postgres, 3, n))?;
            }
        }
        for (into, rows) in [
            (
                "producer (id, display_name, sort_key, legal_form, unit, unit_path, registration_date, sample, version, \
                 create_us, update_us, match_key, match_head, match_tail)",
                makers,
            ),
            (
                "product (id, producer_id, code, product_set, display_name, sort_key, search_key, unit, unit_path, \
                 registration_date, target_year, target_stars, sample, version, create_us, update_us)",
                goods,
            ),
            ("product_word (word, owner_id)", found),
            ("recognition (certificate, product_id, stars, decision_date, first_out, end_kind)", ranked),
        ] {
            if let Some(rows) = rows.strip_prefix(',') {
                tx.execute_unprepared(&format!("INSERT INTO {into} VALUES {rows}")).await?;
            }
        }
    }
    tx.commit().await?;
    database.reader().execute_unprepared("ANALYZE").await?;
    Ok(())
}
