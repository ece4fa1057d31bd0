//! `ocop import certificates`: rows become calls of the evaluation service's RecordCertificate.
//!
//! Certificates belong to the evaluation service, which takes no sheets; so the command reads the sheet, by the registry's
//! own reader, and asks for each row. The products must be there: a row names one by its code, or by its name and its
//! producer's. First every row is rehearsed; only where none is refused (or with --partial) the rows are recorded, each in a
//! transaction of its own with a request id that follows from the file and the row: the same file imported again after a kill
//! records nothing twice.
//!
//! Deliberately absent: one transaction for all rows. A suite that goes away between two rows leaves the first ones, and the
//! repeat tells them as MATCHED.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use kit::{BoxError, Told, day, explain};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1::certificate_service_client::CertificateServiceClient;
use proto::evaluation::v1::{Certificate, RecordCertificateRequest};
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::{
    ErrorReason, ImportReason, ImportSummary, ImportVerdict, ImportedRow, ListProductsRequest, Product,
};
use reference::names::spell;
use sha2::{Digest, Sha256};
use sheet::take::cells::{day as read_day, flag};
use sheet::take::columns::{Column, HeaderFault, Mapping, column, needed};
use sheet::take::{self, SheetFault, faults};
use tonic::{Code, Status};

use super::Options;
use super::show::Show;
use crate::client::Client;

/// Most rows: they are held in memory.
const MOST: usize = 20_000;

const COLUMNS: &[Column] = &[
    column("product_code", "Mã sản phẩm", &["code"], ["Mã sản phẩm", "The product's code"]),
    column("product", "Tên sản phẩm", &["sản phẩm"], ["Khi không có mã", "Where there is no code"]),
    column("producer", "Tên chủ thể", &["chủ thể"], ["Cùng với tên sản phẩm", "With the product's name"]),
    needed(column("certificate_stars", "Hạng sao", &["sao"], ["3 đến 5", "3 to 5"])),
    needed(column("decision_date", "Ngày quyết định", &["ngày", "date"], ["dd/mm/yyyy", "dd/mm/yyyy"])),
    column("decision_number", "Số quyết định", &["quyết định"], ["Số quyết định", "The decision's number"]),
    needed(column("authority", "Cơ quan ban hành", &["cơ quan quyết định"], ["Cơ quan", "The authority"])),
    column("number", "Số giấy chứng nhận", &["số gcn"], ["Số giấy", "The certificate's number"]),
    column("source_text", "Nguồn tin", &[], ["Nguồn", "What it rests on"]),
    column("sample", "Dữ liệu mẫu", &["mẫu"], ["x nếu là mẫu", "x for a sample"]),
];

/// A row that was read.
struct Row {
    number: i32,
    product: Asked,
    certificate: Certificate,
}

/// How a row names its product.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Asked {
    Code(String),
    Named { product: String, producer: String },
}

fn fault(told: Told, column: &str) -> ImportReason {
    ImportReason { reason: told.id.to_owned(), column: column.to_owned(), message_vi: told.vi, message_en: told.en }
}

fn refused(row: i32, verdict: ImportVerdict, reasons: Vec<ImportReason>) -> ImportedRow {
    ImportedRow { row, verdict: verdict.into(), reasons, names: Vec::new() }
}

/// Reads a row, or says all that is wrong with it.
fn read(mapping: &Mapping, row: &take::Row) -> Result<Row, ImportedRow> {
    let mut reasons = Vec::new();
    let mut text = |name: &str, most: usize| {
        let text = mapping.cell(&row.cells, name).as_text().filter(|text| text.chars().count() <= most);
        if text.is_none() {
            reasons.push(fault(Told::of(Common::FieldLength, &[("expected", &format!("<= {most}"))]), name));
        }
        text.unwrap_or_default()
    };
    let [code, product, producer] = ["product_code", "product", "producer"].map(|name| text(name, 300));
    let [decision_number, number] = ["decision_number", "number"].map(|name| text(name, 100));
    let [authority, stars, sample] =
        [("authority", 300), ("certificate_stars", 5), ("sample", 5)].map(|(n, m)| text(n, m));
    let source_text = text("source_text", 1000);
    let mut required = |name: &'static str| reasons.push(fault(Told::of(Common::FieldRequired, &[]), name));
    if code.is_empty() && (product.is_empty() || producer.is_empty()) {
        required("product_code");
    }
    if authority.is_empty() {
        required("authority");
    }
    let decided = read_day(mapping.cell(&row.cells, "decision_date"));
    match decided {
        Ok(None) => required("decision_date"),
        Ok(Some(_)) => {}
        Err(_) => reasons.push(fault(Told::of(Common::DateInvalid, &[]), "decision_date")),
    }
    let stars = stars.parse().ok().filter(|stars| (3..=5).contains(stars));
    if stars.is_none() {
        reasons.push(fault(Told::of(Common::FieldRange, &[("expected", "3..5")]), "certificate_stars"));
    }
    let row_number = i32::try_from(row.number).unwrap_or(i32::MAX);
    if !reasons.is_empty() {
        return Err(refused(row_number, ImportVerdict::Rejected, reasons));
    }
    let certificate = Certificate {
        stars: stars.unwrap_or_default(),
        number,
        decision_number,
        decision_date: decided.ok().flatten().map(day::pb),
        authority,
        source_text,
        sample: flag(&sample).unwrap_or(false),
        ..Certificate::default()
    };
    let product = if code.is_empty() { Asked::Named { product, producer } } else { Asked::Code(code) };
    Ok(Row { number: row_number, product, certificate })
}

/// A file of which no row is looked at.
pub(super) fn unfit(reason: ErrorReason, metadata: &[(&'static str, &str)]) -> Box<Status> {
    Box::new(kit::Error::violation("file", reason, metadata).into())
}

pub(super) fn no_sheet(fault: SheetFault) -> Box<Status> {
    let mut v = kit::Violations::default();
    faults::of_sheet(&mut v, "file", fault);
    Box::new(kit::Error::invalid(v).into())
}

pub(super) fn wrong_header(columns: &'static [Column], found: &[HeaderFault]) -> Box<Status> {
    let mut v = kit::Violations::default();
    faults::of_header(&mut v, columns, found);
    Box::new(kit::Error::invalid(v).into())
}

/// Everything that the file says.
fn sheet_of(file: &mut File) -> Result<Vec<Result<Row, ImportedRow>>, Box<Status>> {
    take::survey(file).map_err(no_sheet)?;
    let (mut mapping, mut rows) = (None, Vec::new());
    take::rows(file, &mut |row| {
        match &mapping {
            None => mapping = Some(Mapping::of(COLUMNS, &row.cells)),
            Some(Ok(mapping)) => rows.push(read(mapping, &row)),
            Some(Err(_)) => return ControlFlow::Break(()),
        }
        if rows.len() > MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .map_err(no_sheet)?;
    match mapping {
        Some(Ok(_)) if rows.len() > MOST => Err(unfit(ErrorReason::SheetTooManyRows, &[("most", &MOST.to_string())])),
        Some(Ok(_)) if !rows.is_empty() => Ok(rows),
        Some(Err(faults)) => Err(wrong_header(COLUMNS, &faults)),
        _ => Err(unfit(ErrorReason::SheetEmpty, &[])),
    }
}

/// Imports the file.
///
/// # Errors
/// The file cannot be read.
pub async fn import(
    client: &Client,
    path: &Path,
    options: Options,
    show: &mut Show,
) -> Result<Result<ImportSummary, Box<Status>>, BoxError> {
    let mark = hex(&Sha256::digest(std::fs::read(path)?));
    let mut work = Work { client, mark, known: HashMap::new(), said: BTreeMap::new() };
    let (mut verdicts, mut good) = (Vec::new(), Vec::new());
    let rows = match sheet_of(&mut File::open(path)?) {
        Ok(rows) => rows,
        Err(status) => return Ok(Err(status)),
    };
    for row in rows {
        let row = match row {
            Ok(row) => row,
            Err(verdict) => {
                verdicts.push(verdict);
                continue;
            }
        };
        match work.rehearse(row).await {
            Ok((verdict, certificate)) => {
                if let Some(certificate) = certificate {
                    good.push((verdicts.len(), verdict.row, certificate));
                }
                verdicts.push(verdict);
            }
            Err(status) => return Ok(Err(status)),
        }
    }
    let count = |verdict: ImportVerdict| verdicts.iter().filter(|row| row.verdict() == verdict).count();
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let mut summary = ImportSummary {
        rows: number(verdicts.len()),
        created: number(count(ImportVerdict::Created)),
        matched: number(count(ImportVerdict::Matched)),
        ambiguous: number(count(ImportVerdict::Ambiguous)),
        rejected: number(count(ImportVerdict::Rejected)),
        ..ImportSummary::default()
    };
    summary.refused = !options.partial && summary.ambiguous + summary.rejected > 0;
    if !summary.refused && !options.dry_run {
        for (at, row, certificate) in good {
            match work.record(row, certificate, false).await {
                Ok(made) => {
                    summary.written += 1;
                    if let Some(verdict) = verdicts.get_mut(at) {
                        verdict.names = vec![made.name];
                    }
                }
                Err(status) => return Ok(Err(status)),
            }
        }
    }
    verdicts.into_iter().try_for_each(|row| show.row(row))?;
    Ok(Ok(summary))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An import under way.
struct Work<'a> {
    client: &'a Client,
    /// Tells this file from another.
    mark: String,
    known: HashMap<Asked, Vec<Product>>,
    /// Which row first told of a product and a day.
    said: BTreeMap<(String, String), i32>,
}

impl Work<'_> {
    /// The verdict on a row, and the certificate where it is to be recorded.
    async fn rehearse(&mut self, row: Row) -> Result<(ImportedRow, Option<Certificate>), Box<Status>> {
        let found = self.products(&row.product).await?;
        let mut verdict = refused(row.number, ImportVerdict::Created, Vec::new());
        let product = match found.as_slice() {
            [product] => product.name.clone(),
            [] => {
                let name = match &row.product {
                    Asked::Code(code) => code.clone(),
                    Asked::Named { product, producer } => format!("{product} ({producer})"),
                };
                let reason = fault(Told::of(Common::ReferenceUnknown, &[("name", &name)]), "product_code");
                return Ok((refused(row.number, ImportVerdict::Rejected, vec![reason]), None));
            }
            several => {
                verdict.set_verdict(ImportVerdict::Ambiguous);
                verdict.reasons = vec![fault(Told::of(ErrorReason::ProductAlike, &[]), "product")];
                verdict.names = several.iter().map(|product| product.name.clone()).collect();
                return Ok((verdict, None));
            }
        };
        let decided = row.certificate.decision_date.as_ref().and_then(day::of).map(day::iso).unwrap_or_default();
        if let Some(first) = self.said.get(&(product.clone(), decided.clone())) {
            let reason = fault(Told::of(ErrorReason::RowRepeated, &[("row", &first.to_string())]), "");
            return Ok((refused(row.number, ImportVerdict::Rejected, vec![reason]), None));
        }
        self.said.insert((product.clone(), decided), row.number);
        let certificate = Certificate { product, ..row.certificate };
        match self.record(row.number, certificate.clone(), true).await {
            Ok(_) => Ok((verdict, Some(certificate))),
            Err(status) => match status.code() {
                Code::AlreadyExists => {
                    verdict.set_verdict(ImportVerdict::Matched);
                    verdict.reasons = reasons(&status);
                    Ok((verdict, None))
                }
                Code::InvalidArgument | Code::FailedPrecondition | Code::PermissionDenied | Code::NotFound => {
                    Ok((refused(row.number, ImportVerdict::Rejected, reasons(&status)), None))
                }
                _ => Err(status),
            },
        }
    }

    async fn record(
        &self,
        row: i32,
        certificate: Certificate,
        validate_only: bool,
    ) -> Result<Certificate, Box<Status>> {
        let hash = Sha256::digest(format!("certificates/{}/{row}", self.mark));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(hash.split_at(16).0);
        let request_id = uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string();
        let request = RecordCertificateRequest { certificate: Some(certificate), request_id, validate_only };
        let mut evaluation = CertificateServiceClient::new(self.client.channel.clone());
        let answer = evaluation.record_certificate(self.client.request(request)).await.map_err(Box::new)?;
        Ok(answer.into_inner())
    }

    /// The products that a row may mean.
    async fn products(&mut self, asked: &Asked) -> Result<Vec<Product>, Box<Status>> {
        if let Some(known) = self.known.get(asked) {
            return Ok(known.clone());
        }
        let query = match asked {
            Asked::Code(code) => code.clone(),
            Asked::Named { product, .. } => product.clone(),
        };
        let request = ListProductsRequest { query, page_size: 1000, ..ListProductsRequest::default() };
        let mut registry = ProductServiceClient::new(self.client.channel.clone());
        let answer = registry.list_products(self.client.request(request)).await.map_err(Box::new)?;
        let is = |product: &Product| match asked {
            Asked::Code(code) => product.code == *code,
            Asked::Named { product: name, producer } => {
                spell(&product.display_name) == spell(name) && spell(&product.producer_display_name) == spell(producer)
            }
        };
        let found: Vec<Product> = answer.into_inner().products.into_iter().filter(is).collect();
        self.known.insert(asked.clone(), found.clone());
        Ok(found)
    }
}

/// Why the evaluation service refused a row.
fn reasons(status: &Status) -> Vec<ImportReason> {
    let said = explain::refusal(status);
    let text =
        |value: &serde_json::Value, key: &str| value.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let reason = |value: &serde_json::Value| ImportReason {
        reason: text(value, "reason"),
        column: text(value, "field").trim_start_matches("certificate.").to_owned(),
        message_vi: text(value, "messageVi"),
        message_en: text(value, "message"),
    };
    let violations: Vec<ImportReason> =
        said.get("violations").and_then(|v| v.as_array()).into_iter().flatten().map(reason).collect();
    if violations.is_empty() { vec![reason(&said)] } else { violations }
}

#[cfg(test)]
mod tests {
    use sheet::take::cells::Cell;

    use super::*;

    fn row(cells: &[&str]) -> take::Row {
        take::Row { number: 2, cells: cells.iter().map(|cell| Cell::text(cell)).collect() }
    }

    fn mapping(header: &[&str]) -> Mapping {
        Mapping::of(COLUMNS, &row(header).cells).unwrap()
    }

    #[test]
    fn a_row_is_read_or_told_all_that_is_wrong_with_it() {
        let mapping = mapping(&["Mã sản phẩm", "Hạng sao", "Ngày quyết định", "Cơ quan ban hành"]);
        let good = read(&mapping, &row(&["54-555-22018-1-2021", "3", "30/06/2021", "UBND tỉnh"])).ok().unwrap();
        assert!(good.product == Asked::Code("54-555-22018-1-2021".to_owned()) && good.certificate.stars == 3);
        let bad = read(&mapping, &row(&["", "2", "31/02/2021", ""])).err().unwrap();
        let found: Vec<(&str, &str)> = bad.reasons.iter().map(|r| (r.column.as_str(), r.reason.as_str())).collect();
        assert_eq!(
            found,
            [
                ("product_code", "FIELD_REQUIRED"),
                ("authority", "FIELD_REQUIRED"),
                ("decision_date", "DATE_INVALID"),
                ("certificate_stars", "FIELD_RANGE"),
            ]
        );
    }
}
