//! The invented candidates of 2021: producers and products that are samples in name and in every row.

use kit::BoxError;
use proto::registry::v1::producer_service_client::ProducerServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::{CreateProducerRequest, CreateProductRequest, LegalForm, Producer, Product};
use serde::Deserialize;

use super::steps::{Steps, date, done, request_id};

const ROWS: &str = include_str!("../../demo/phu-yen-2021/samples.csv");

/// How the council gets through a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// The members agree well enough at once.
    Plain,
    /// They lie too far apart at first and mark again.
    Spread,
    /// A knock-out is raised.
    Knockout,
}

/// One row of the file.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    /// Its number.
    pub number: u32,
    commune: String,
    /// The product set.
    pub set: String,
    goods: String,
    legal_form: String,
    /// What the members' totals come to, about.
    pub points: i32,
    /// The round in which it is judged.
    pub round: u32,
    /// How that goes.
    pub course: Course,
}

/// A sample that is registered.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The row.
    pub row: Row,
    /// Its producer.
    pub producer: Producer,
    /// Its product.
    pub product: Product,
}

/// The rows.
///
/// # Errors
/// The file cannot be read.
pub fn rows() -> Result<Vec<Row>, BoxError> {
    Ok(csv::Reader::from_reader(ROWS.as_bytes()).deserialize().collect::<Result<_, _>>()?)
}

/// Registers a producer and a product for each row.
///
/// # Errors
/// The registry refuses.
pub async fn products(steps: &mut Steps<'_>) -> Result<Vec<Sample>, BoxError> {
    steps.begin("chủ thể và sản phẩm mẫu của năm 2021 (samples)");
    let mut samples = Vec::new();
    for row in rows()? {
        let producer = producer(steps, &row).await?;
        let product = product(steps, &row, &producer).await?;
        samples.push(Sample { row, producer, product });
    }
    steps.end(&format!("{} sản phẩm mẫu, mỗi sản phẩm một chủ thể mẫu", samples.len()));
    Ok(samples)
}

async fn producer(steps: &Steps<'_>, row: &Row) -> Result<Producer, BoxError> {
    let (legal_form, form) = match row.legal_form.as_str() {
        "company" => (LegalForm::Company, "Công ty"),
        "cooperative" => (LegalForm::Cooperative, "Hợp tác xã"),
        "cooperative_group" => (LegalForm::CooperativeGroup, "Tổ hợp tác"),
        "farm" => (LegalForm::Farm, "Trang trại"),
        "household" => (LegalForm::Household, "Hộ kinh doanh"),
        other => return Err(format!("samples.csv: the legal form {other} is not known").into()),
    };
    let producer = Producer {
        display_name: format!("{form} mẫu {:02}", row.number),
        legal_form: legal_form.into(),
        unit: format!("units/{}", row.commune),
        registration_date: date(2021, 2, 15),
        sample: true,
        ..Default::default()
    };
    let request_id = request_id(&format!("sample/producer/{}", row.number));
    let request = CreateProducerRequest { producer: Some(producer), request_id, validate_only: false };
    let mut registry = ProducerServiceClient::new(steps.client.channel.clone());
    done("a sample producer", registry.create_producer(steps.client.request(request)).await)
}

async fn product(steps: &Steps<'_>, row: &Row, producer: &Producer) -> Result<Product, BoxError> {
    let product = Product {
        producer: producer.name.clone(),
        product_set: format!("productSets/{}", row.set),
        display_name: format!("Sản phẩm mẫu {:02}: {}", row.number, row.goods),
        registration_date: date(2021, 3, 15),
        target_year: 2021,
        target_stars: if row.points >= 70 { 4 } else { 3 },
        sample: true,
        ..Default::default()
    };
    let request_id = request_id(&format!("sample/product/{}", row.number));
    let request = CreateProductRequest { product: Some(product), request_id, validate_only: false };
    let mut registry = ProductServiceClient::new(steps.client.channel.clone());
    done("a sample product", registry.create_product(steps.client.request(request)).await)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use time::macros::date;

    #[test]
    fn every_district_has_two_samples_and_several_cards_are_used() {
        let rows = rows().unwrap();
        let mut of_district: BTreeMap<&str, u32> = BTreeMap::new();
        for row in &rows {
            let unit = reference::units::resolve(&format!("units/{}", row.commune), date!(2021 - 06 - 30)).unwrap();
            *of_district.entry(&reference::units::district_of(unit).unwrap().name).or_default() += 1;
            assert!(reference::cards::get(&row.set).is_some(), "{}", row.set);
        }
        assert_eq!(of_district.len(), 9);
        assert!(of_district.values().all(|count| *count >= 2), "{of_district:?}");
        let cards: BTreeSet<&str> = rows.iter().map(|row| row.set.as_str()).collect();
        assert!(cards.len() >= 10);
    }
}
