//! The real producers and products of the province, as the press names them, and the recognitions it reports.
//!
//! The press gives no day of registration: what it reports counts as registered by the day of the report. Where it tells
//! only a round or a year of a recognition, the stretch is recorded and nothing more exact.

use std::collections::BTreeMap;

use kit::{BoxError, day};
use proto::evaluation::v1::certificate_service_client::CertificateServiceClient;
use proto::evaluation::v1::{Certificate, RecordCertificateRequest};
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::{
    CreateProducerRequest, CreateProductRequest, LegalForm, Producer, Product, UpdateProductRequest,
};
use serde::Deserialize;
use time::Date;
use time::macros::date;

use super::steps::{Steps, done, request_id};

const ROWS: &str = include_str!("../../demo/phu-yen-2021/products_press.csv");
const READING: &str = include_str!("../../demo/phu-yen-2021/press_products.csv");
const SOURCES: &str = include_str!("../../demo/phu-yen-2021/ocop_products_sources.json");

/// One product of the press.
#[derive(Clone, Debug, Deserialize)]
struct Row {
    id: String,
    source: String,
    province: String,
    product: String,
    producer: String,
    producer_type: String,
    stars: Option<i32>,
    status: String,
    commune_code_2021: String,
}

/// What we read into a row: its product set, and the earlier row about the same product.
#[derive(Clone, Debug, Deserialize)]
struct Reading {
    id: String,
    product_set: String,
    same_as: String,
}

/// A product of the press that is registered.
#[derive(Clone, Debug)]
pub struct Registered {
    row: Row,
    product: Product,
    producer: Producer,
}

/// What a status of the press file says: the last day by which it was so, and for a recognition the first possible day.
struct Report {
    by: Date,
    recognised_from: Option<Date>,
}

fn report(status: &str) -> Result<Report, BoxError> {
    let (by, recognised_from) = match status {
        "candidate_2019_2020" => (date!(2019 - 12 - 31), None),
        "council_2022-04-07" => (date!(2022 - 04 - 07), None),
        "district_council_2022-10-25" => (date!(2022 - 10 - 25), None),
        "district_council_2023_round1" => (date!(2023 - 12 - 31), None),
        "recognised_2022_round2" => (date!(2022 - 12 - 31), Some(date!(2022 - 01 - 01))),
        "recognised_before_2023" => (date!(2022 - 12 - 31), Some(date!(2018 - 05 - 07))),
        "certificate_given_2023-12-29" => (date!(2023 - 12 - 29), Some(date!(2023 - 01 - 01))),
        other => return Err(format!("products_press.csv: the status {other} is not known").into()),
    };
    Ok(Report { by, recognised_from })
}

fn rows() -> Result<Vec<(Row, Reading)>, BoxError> {
    let mut readings = BTreeMap::new();
    for reading in csv::Reader::from_reader(READING.as_bytes()).deserialize::<Reading>() {
        let reading = reading?;
        readings.insert(reading.id.clone(), reading);
    }
    let mut rows = Vec::new();
    for row in csv::Reader::from_reader(ROWS.as_bytes()).deserialize::<Row>() {
        let row = row?;
        if row.province != "Phú Yên" {
            continue;
        }
        let reading = readings.remove(&row.id).ok_or_else(|| format!("press_products.csv lacks {}", row.id))?;
        rows.push((report(&row.status)?.by, row, reading));
    }
    // By the day of the report: a producer is registered by the first one that names it.
    rows.sort_by_key(|(by, ..)| *by);
    Ok(rows.into_iter().map(|(_, row, reading)| (row, reading)).collect())
}

/// Registers the producers and products, each once.
///
/// # Errors
/// The registry refuses.
pub async fn products(steps: &mut Steps<'_>) -> Result<Vec<Registered>, BoxError> {
    steps.begin("chủ thể và sản phẩm theo báo chí (real producers and products)");
    let mut producers: BTreeMap<(String, String), Producer> = BTreeMap::new();
    let (mut registered, mut skipped): (Vec<Registered>, Vec<String>) = (Vec::new(), Vec::new());
    let mut again = 0;
    for (row, reading) in rows()? {
        if let Some(known) = registered.iter_mut().find(|known| known.row.id == reading.same_as) {
            known.product = stand_again(steps, &row, &known.product).await?;
            again += 1;
            continue;
        }
        let Some(place) = place_of(&row, producers.keys()) else {
            skipped.push(format!("{} (nguồn không nêu chủ thể và xã)", row.product));
            continue;
        };
        let producer = match producers.get(&place) {
            Some(producer) => producer.clone(),
            None => create_producer(steps, &row, &place).await?,
        };
        producers.insert(place, producer.clone());
        let product = create_product(steps, &row, &reading, &producer).await?;
        registered.push(Registered { row, product, producer });
    }
    let mut outcome = format!("{} chủ thể, {} sản phẩm", producers.len(), registered.len());
    if again > 0 {
        outcome += &format!("; {again} dòng nói về sản phẩm đã có");
    }
    if !skipped.is_empty() {
        outcome += &format!("; bỏ qua: {}", skipped.join(", "));
    }
    steps.end(&outcome);
    Ok(registered)
}

/// The producer's name and commune. A name in parentheses is one that the press uses for a producer named before.
fn place_of<'k>(row: &Row, known: impl IntoIterator<Item = &'k (String, String)>) -> Option<(String, String)> {
    if let Some(short) = row.producer.strip_prefix('(').and_then(|name| name.strip_suffix(')')) {
        return known.into_iter().find(|(name, _)| name.contains(short)).cloned();
    }
    let complete = !row.producer.is_empty() && !row.commune_code_2021.is_empty();
    complete.then(|| (row.producer.clone(), row.commune_code_2021.clone()))
}

async fn create_producer(steps: &Steps<'_>, row: &Row, place: &(String, String)) -> Result<Producer, BoxError> {
    let (name, commune) = place;
    let legal_form = match row.producer_type.as_str() {
        "company" => LegalForm::Company,
        "cooperative" => LegalForm::Cooperative,
        "cooperative_group" => LegalForm::CooperativeGroup,
        "household" => LegalForm::Household,
        _ => LegalForm::Facility,
    };
    let producer = Producer {
        display_name: name.clone(),
        legal_form: legal_form.into(),
        unit: format!("units/{commune}"),
        registration_date: Some(day::pb(report(&row.status)?.by)),
        ..Default::default()
    };
    let request_id = request_id(&format!("press/producer/{}", row.id));
    let request = CreateProducerRequest { producer: Some(producer), request_id, validate_only: false };
    let mut registry = ProducerServiceClient::new(steps.client.channel.clone());
    done(name, registry.create_producer(steps.client.request(request)).await)
}

async fn create_product(
    steps: &Steps<'_>,
    row: &Row,
    reading: &Reading,
    producer: &Producer,
) -> Result<Product, BoxError> {
    let report = report(&row.status)?;
    let product = Product {
        producer: producer.name.clone(),
        product_set: format!("productSets/{}", reading.product_set),
        display_name: row.product.clone(),
        registration_date: Some(day::pb(report.by)),
        target_year: target_year(&report),
        ..Default::default()
    };
    let request_id = request_id(&format!("press/product/{}", row.id));
    let request = CreateProductRequest { product: Some(product), request_id, validate_only: false };
    let mut registry = ProductServiceClient::new(steps.client.channel.clone());
    done(&row.product, registry.create_product(steps.client.request(request)).await)
}

/// The year for which a candidate stands: candidates of 2019 were named for 2019 and 2020.
fn target_year(report: &Report) -> i32 {
    match report.recognised_from {
        Some(_) => 0,
        None => report.by.year().max(2020),
    }
}

/// A later report about a product that stood as a candidate before: it stands again.
async fn stand_again(steps: &Steps<'_>, row: &Row, known: &Product) -> Result<Product, BoxError> {
    let target_year = report(&row.status)?.by.year();
    let request = UpdateProductRequest {
        product: Some(Product { name: known.name.clone(), target_year, ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["target_year".to_owned()] }),
        request_id: request_id(&format!("press/target/{}", row.id)),
        validate_only: false,
    };
    let mut registry = ProductServiceClient::new(steps.client.channel.clone());
    done(&row.product, registry.update_product(steps.client.request(request)).await)
}

/// Records the recognitions that the press reports.
///
/// # Errors
/// The evaluation service refuses.
pub async fn certificates(steps: &mut Steps<'_>, registered: &[Registered]) -> Result<(), BoxError> {
    steps.begin("giấy chứng nhận theo báo chí (recorded certificates)");
    let sources: BTreeMap<String, String> = serde_json::from_str(SOURCES)?;
    let mut evaluation = CertificateServiceClient::new(steps.client.channel.clone());
    let mut recorded = 0;
    for Registered { row, product, .. } in registered {
        let report = report(&row.status)?;
        let (Some(from), Some(stars)) = (report.recognised_from, row.stars) else { continue };
        let source = sources.get(&row.source).cloned().unwrap_or_default();
        let (source_url, told) =
            if source.starts_with("http") { (source, String::new()) } else { (String::new(), source) };
        let certificate = Certificate {
            product: product.name.clone(),
            stars,
            earliest_decision_date: Some(day::pb(from)),
            latest_decision_date: Some(day::pb(report.by)),
            authority: "(theo báo chí, nguồn không nêu cơ quan quyết định)".to_owned(),
            source_text: format!("{} ({}) {told}", row.id, row.status).trim().to_owned(),
            source_url,
            ..Default::default()
        };
        let request_id = request_id(&format!("press/certificate/{}", row.id));
        let request = RecordCertificateRequest { certificate: Some(certificate), request_id, validate_only: false };
        done(&row.product, evaluation.record_certificate(steps.client.request(request)).await)?;
        recorded += 1;
    }
    steps.end(&format!("{recorded} giấy chứng nhận; ngày quyết định ghi theo khoảng mà nguồn cho biết"));
    Ok(())
}

/// The producers, each once, in the order of their registration.
#[must_use]
pub fn producers_of(registered: &[Registered]) -> Vec<Producer> {
    let mut producers: Vec<Producer> = Vec::new();
    for known in registered {
        if !producers.iter().any(|producer| producer.name == known.producer.name) {
            producers.push(known.producer.clone());
        }
    }
    producers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_province_has_a_known_status_and_a_known_product_set() {
        let rows = rows().unwrap();
        assert_eq!(rows.len(), 47);
        for (row, reading) in &rows {
            report(&row.status).unwrap();
            assert!(reference::products::set(&reading.product_set).is_some(), "{}", reading.product_set);
            let earlier = rows.iter().any(|(other, _)| other.id == reading.same_as);
            assert!(reading.same_as.is_empty() || earlier, "{}", reading.same_as);
        }
    }

    #[test]
    fn a_short_name_stands_for_the_producer_named_before() {
        let rows = rows().unwrap();
        let (short, _) = rows.iter().find(|(row, _)| row.id == "PY2022a-015").unwrap();
        let salt = ("HTX Muối Tuyết Diêm".to_owned(), "22060".to_owned());
        let pineapple = ("HTX Đồng Din".to_owned(), "22319".to_owned());
        assert_eq!(place_of(short, [&salt, &pineapple]), Some(pineapple));
        assert_eq!(place_of(short, [&salt]), None);
    }
}
