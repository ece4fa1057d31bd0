//! `ocop import units` and `ocop import unit-links`: rows of a reorganisation become a change of units.
//!
//! Units and their links belong together in one change with the act of law that orders it, so the command reads the sheet, by
//! the registry's own reader, has the registry judge every row, and puts the new ones into the draft of that act: the one that
//! is there for the same first day and act, or another one. A file of units and then a file of links thus make one change. It is
//! put in force by `--enforce`, or later by EnforceUnitChange. Rows that say what is in force already are MATCHED and write
//! nothing, and so need no act.
//!
//! Deliberately absent: ends of units without a last day, and changes of units that go on.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use kit::{BoxError, Clock, Told, day};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use proto::registry::v1::unit_change_service_client::UnitChangeServiceClient;
use proto::registry::v1::{
    CreateUnitChangeRequest, EnforceUnitChangeRequest, ErrorReason, GetUnitChangeRequest, ImportReason, ImportSummary,
    ImportVerdict, ImportedRow, ListUnitChangesRequest, Share, UnitChange, UnitChangeState, UnitLinkRow, UnitRow,
    UnitRowOutcome, UnitRowVerdict, UnitType, UpdateUnitChangeRequest, VerifyUnitChangeRequest,
};
use sheet::take;
use sheet::take::cells::{day as read_day, flag};
use sheet::take::columns::{Column, Mapping, column, needed};
use time::Date;
use tonic::Status;
use tonic::transport::Channel;

use super::certificates::{no_sheet, unfit, wrong_header};
use super::show::Show;
use super::{Kind, Options};
use crate::client::Client;

/// Most rows, as the registry takes them in one change.
const MOST: usize = 15_000;

/// The act of law that orders a change.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Act {
    /// For units and unit-links: the first day of the change, yyyy-mm-dd. Known rows need none.
    #[arg(long, value_name = "DAY", value_parser = iso)]
    begin_date: Option<Date>,
    /// For units and unit-links: the act of law that orders it, such as "Nghị quyết 1660/NQ-UBTVQH15".
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// For units and unit-links: the day of the act, yyyy-mm-dd.
    #[arg(long, value_name = "DAY", value_parser = iso)]
    source_date: Option<Date>,
    /// For units and unit-links: put the change in force at once.
    #[arg(long)]
    enforce: bool,
}

fn iso(text: &str) -> Result<Date, String> {
    reference::calendar::parse_iso(text).ok_or_else(|| format!("{text} is no day of the form yyyy-mm-dd"))
}

const UNITS: &[Column] = &[
    needed(column("code", "Mã đơn vị", &["mã"], ["2, 3 hoặc 5 chữ số", "2, 3 or 5 digits"])),
    column("name", "Tên đơn vị", &["tên"], ["Ví dụ Phường 2", "Such as Phường 2"]),
    column("type", "Loại đơn vị", &["loại"], ["Tỉnh, Huyện, Xã, Phường …", "By its Vietnamese title"]),
    column("parent", "Đơn vị cấp trên", &["mã cấp trên", "parent_code"], ["Mã", "Its code"]),
    column("valid_from", "Từ ngày", &[], ["Ngày đầu", "The first day"]),
    column("valid_to", "Đến ngày", &[], ["Ngày cuối, khi kết thúc", "The last day of one that ends"]),
];

const LINKS: &[Column] = &[
    needed(column("from_code", "Mã cũ", &[], ["Mã đơn vị cũ", "The older unit's code"])),
    column("from_name", "Tên cũ", &[], ["Để đối chiếu", "To be compared"]),
    column("district_code", "Mã huyện", &[], ["Không dùng", "Not used"]),
    needed(column("to_code", "Mã mới", &[], ["Mã đơn vị mới", "The newer unit's code"])),
    column("to_name", "Tên mới", &[], ["Để đối chiếu", "To be compared"]),
    column("kind", "Hình thức", &[], ["Không dùng", "Not used"]),
    needed(column("share", "Phần", &[], ["whole, part, remainder", "whole, part, remainder"])),
    column("default_target", "Mặc định", &[], ["1 nếu mặc định", "1 for the default target"]),
];

/// Rows of the file with their places in the sheet.
#[derive(Default)]
struct Rows {
    units: Vec<UnitRow>,
    links: Vec<UnitLinkRow>,
    places: Vec<i32>,
    /// Rows that could not be read.
    faulty: Vec<ImportedRow>,
}

fn fault(told: Told, column: &str) -> ImportReason {
    ImportReason { reason: told.id.to_owned(), column: column.to_owned(), message_vi: told.vi, message_en: told.en }
}

/// The type that a unit's Vietnamese title says.
fn unit_type(title: &str) -> Option<UnitType> {
    let folded = reference::text::fold(title);
    // Longer titles first: "thị trấn" and "thị xã" begin alike, and "thành phố" is told apart by its code.
    [
        ("thanh pho truc thuoc trung uong", UnitType::CentralCity),
        ("thanh pho", UnitType::ProvincialCity),
        ("thi tran", UnitType::Township),
        ("thi xa", UnitType::Town),
        ("tinh", UnitType::Province),
        ("huyen", UnitType::District),
        ("quan", UnitType::UrbanDistrict),
        ("phuong", UnitType::Ward),
        ("xa", UnitType::Commune),
    ]
    .into_iter()
    .find(|(word, _)| folded == *word || folded.starts_with(&format!("{word} ")))
    .map(|(_, unit_type)| unit_type)
}

/// The type of a unit by its column, or else by its name; a city with the code of a province is a central one.
fn type_of(told: &str, name: &str, code: &str) -> UnitType {
    let by_name = unit_type(if told.is_empty() { name } else { told });
    match by_name.or_else(|| UnitType::from_str_name(told)) {
        Some(UnitType::ProvincialCity) if code.len() == 2 => UnitType::CentralCity,
        found => found.unwrap_or_default(),
    }
}

fn text(mapping: &Mapping, row: &take::Row, name: &str) -> String {
    mapping.cell(&row.cells, name).as_text().unwrap_or_default()
}

impl Rows {
    fn read(&mut self, kind: Kind, mapping: &Mapping, row: &take::Row) {
        let number = i32::try_from(row.number).unwrap_or(i32::MAX);
        let reasons = match kind {
            Kind::Units => self.unit(mapping, row),
            _ => self.link(mapping, row),
        };
        if reasons.is_empty() {
            self.places.push(number);
        } else {
            let verdict = ImportVerdict::Rejected.into();
            self.faulty.push(ImportedRow { row: number, verdict, reasons, names: Vec::new() });
        }
    }

    fn unit(&mut self, mapping: &Mapping, row: &take::Row) -> Vec<ImportReason> {
        let [code, name, told, parent] = ["code", "name", "type", "parent"].map(|column| text(mapping, row, column));
        let mut reasons = Vec::new();
        let mut date = |column: &str| {
            read_day(mapping.cell(&row.cells, column)).unwrap_or_else(|_| {
                reasons.push(fault(Told::of(Common::DateInvalid, &[]), column));
                None
            })
        };
        let (from, to) = (date("valid_from"), date("valid_to"));
        if code.is_empty() {
            reasons.push(fault(Told::of(Common::FieldRequired, &[]), "code"));
        }
        if reasons.is_empty() {
            self.units.push(UnitRow {
                r#type: type_of(&told, &name, &code).into(),
                parent: if parent.is_empty() || parent.starts_with("units/") {
                    parent
                } else {
                    format!("units/{parent}")
                },
                valid_from: from.map(day::pb),
                valid_to: to.map(day::pb),
                code,
                display_name: name,
            });
        }
        reasons
    }

    fn link(&mut self, mapping: &Mapping, row: &take::Row) -> Vec<ImportReason> {
        let [from_code, from_name, to_code, to_name] =
            ["from_code", "from_name", "to_code", "to_name"].map(|column| text(mapping, row, column));
        let told = text(mapping, row, "share");
        let mut reasons = Vec::new();
        for (code, column) in [(&from_code, "from_code"), (&to_code, "to_code")] {
            if code.is_empty() {
                reasons.push(fault(Told::of(Common::FieldRequired, &[]), column));
            }
        }
        let share = match reference::text::fold(&told).as_str() {
            "whole" | "toan bo" => Some((Share::Whole, true)),
            "part" | "mot phan" => Some((Share::Part, false)),
            "remainder" | "con lai" => Some((Share::Part, true)),
            _ => None,
        };
        let default = text(mapping, row, "default_target");
        let default = if default.is_empty() { None } else { Some(flag(&default).unwrap_or(false)) };
        match share {
            None => {
                reasons.push(fault(Told::of(Common::FieldFormat, &[("expected", "whole, part, remainder")]), "share"))
            }
            Some((share, usual)) if reasons.is_empty() => self.links.push(UnitLinkRow {
                from_code,
                from_name,
                to_code,
                to_name,
                share: share.into(),
                default_target: default.unwrap_or(usual),
            }),
            Some(_) => {}
        }
        reasons
    }
}

/// Everything that the file says.
fn rows_of(kind: Kind, file: &mut File) -> Result<Rows, Box<Status>> {
    let columns = if kind == Kind::Units { UNITS } else { LINKS };
    take::survey(file).map_err(no_sheet)?;
    let (mut mapping, mut rows) = (None, Rows::default());
    take::rows(file, &mut |row| {
        match &mapping {
            None => mapping = Some(Mapping::of(columns, &row.cells)),
            Some(Ok(mapping)) => rows.read(kind, mapping, &row),
            Some(Err(_)) => return ControlFlow::Break(()),
        }
        if rows.places.len() > MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .map_err(no_sheet)?;
    match mapping {
        Some(Ok(_)) if rows.places.len() > MOST => {
            Err(unfit(ErrorReason::SheetTooManyRows, &[("most", &MOST.to_string())]))
        }
        Some(Ok(_)) if !rows.places.is_empty() || !rows.faulty.is_empty() => Ok(rows),
        Some(Err(faults)) => Err(wrong_header(columns, &faults)),
        _ => Err(unfit(ErrorReason::SheetEmpty, &[])),
    }
}

/// The registry's calls.
struct Work<'a> {
    client: &'a Client,
    changes: UnitChangeServiceClient<Channel>,
}

impl Work<'_> {
    /// The draft of this act for this day, with its rows.
    async fn draft(&mut self, act: &Act) -> Result<Option<UnitChange>, Box<Status>> {
        let (Some(begin), Some(source)) = (act.begin_date, &act.source) else { return Ok(None) };
        let mut page_token = String::new();
        loop {
            let state = UnitChangeState::Draft.into();
            let ask = ListUnitChangesRequest { state, page_size: 1000, page_token };
            let page = self.changes.list_unit_changes(self.client.request(ask)).await.map_err(Box::new)?.into_inner();
            let of_act = |c: &UnitChange| c.source == *source && c.begin_date.as_ref().and_then(day::of) == Some(begin);
            if let Some(found) = page.unit_changes.into_iter().find(of_act) {
                let ask = self.client.request(GetUnitChangeRequest { name: found.name });
                return Ok(Some(self.changes.get_unit_change(ask).await.map_err(Box::new)?.into_inner()));
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(None);
            }
        }
    }

    async fn judge(&mut self, begin: Option<PbDate>, units: &[UnitRow], links: &[UnitLinkRow]) -> Judged {
        let ask = VerifyUnitChangeRequest {
            begin_date: begin,
            unit_rows: units.to_vec(),
            link_rows: links.to_vec(),
            ..Default::default()
        };
        let answer = self.changes.verify_unit_change(self.client.request(ask)).await.map_err(Box::new)?;
        Ok(answer.into_inner().verdicts)
    }

    /// Keeps the rows in the draft, and puts it in force where that is asked for.
    async fn keep(&mut self, act: &Act, change: UnitChange) -> Result<UnitChange, Box<Status>> {
        let kept = if change.name.is_empty() {
            let ask = CreateUnitChangeRequest { unit_change: Some(change), ..Default::default() };
            self.changes.create_unit_change(self.client.request(ask)).await
        } else {
            let ask = UpdateUnitChangeRequest { unit_change: Some(change), ..Default::default() };
            self.changes.update_unit_change(self.client.request(ask)).await
        };
        let kept = kept.map_err(Box::new)?.into_inner();
        if !act.enforce {
            return Ok(kept);
        }
        let today = reference::calendar::vn_date(Clock::System.now_us());
        let ask = EnforceUnitChangeRequest {
            name: kept.name,
            force_date: Some(day::pb(today)),
            etag: kept.etag,
            ..Default::default()
        };
        Ok(self.changes.enforce_unit_change(self.client.request(ask)).await.map_err(Box::new)?.into_inner())
    }
}

type Judged = Result<Vec<UnitRowVerdict>, Box<Status>>;

fn verdict(row: i32, found: &UnitRowVerdict) -> ImportedRow {
    let verdict = match found.outcome() {
        UnitRowOutcome::New => ImportVerdict::Created,
        UnitRowOutcome::Known => ImportVerdict::Matched,
        UnitRowOutcome::Refused | UnitRowOutcome::Unspecified => ImportVerdict::Rejected,
    };
    let reason = |r: &proto::registry::v1::UnitRowReason| ImportReason {
        reason: r.reason.clone(),
        column: String::new(),
        message_vi: r.text_vi.clone(),
        message_en: r.text_en.clone(),
    };
    let reasons = found.reasons.iter().map(reason).collect();
    ImportedRow { row, verdict: verdict.into(), reasons, names: found.units.clone() }
}

/// The change with the rows of the file that are new beside those that it has.
fn united(draft: Option<UnitChange>, act: &Act, units: Vec<UnitRow>, links: Vec<UnitLinkRow>) -> UnitChange {
    let mut change = draft.unwrap_or_else(|| UnitChange {
        title: act.source.clone().unwrap_or_default(),
        begin_date: act.begin_date.map(day::pb),
        source: act.source.clone().unwrap_or_default(),
        source_date: act.source_date.map(day::pb),
        ..Default::default()
    });
    change.unit_rows.extend(units);
    change.link_rows.extend(links);
    change
}

/// Imports the file.
///
/// # Errors
/// The file cannot be read.
pub async fn import(
    client: &Client,
    path: &Path,
    (options, act): (Options, &Act),
    show: &mut Show,
) -> Result<Result<ImportSummary, Box<Status>>, BoxError> {
    let rows = match rows_of(options.kind, &mut File::open(path)?) {
        Ok(rows) => rows,
        Err(status) => return Ok(Err(status)),
    };
    let mut work = Work { client, changes: UnitChangeServiceClient::new(client.channel.clone()) };
    match take_in(&mut work, rows, options, act).await {
        Ok((verdicts, summary)) => {
            verdicts.into_iter().try_for_each(|row| show.row(row))?;
            Ok(Ok(summary))
        }
        Err(status) => Ok(Err(status)),
    }
}

async fn take_in(
    work: &mut Work<'_>,
    rows: Rows,
    options: Options,
    act: &Act,
) -> Result<(Vec<ImportedRow>, ImportSummary), Box<Status>> {
    let draft = work.draft(act).await?;
    let (have_units, have_links) =
        draft.as_ref().map(|d| (d.unit_rows.clone(), d.link_rows.clone())).unwrap_or_default();
    let units: Vec<UnitRow> = have_units.iter().chain(&rows.units).cloned().collect();
    let links: Vec<UnitLinkRow> = have_links.iter().chain(&rows.links).cloned().collect();
    let judged = work.judge(act.begin_date.map(day::pb), &units, &links).await?;
    let of_links = options.kind == Kind::UnitLinks;
    let skip = if of_links { have_links.len() } else { have_units.len() };
    let own: Vec<UnitRowVerdict> = judged.into_iter().filter(|v| v.link == of_links).skip(skip).collect();
    let is_new = |at: usize| own.get(at).is_some_and(|v| v.outcome() == UnitRowOutcome::New);
    let mut verdicts: Vec<ImportedRow> = rows.places.iter().zip(&own).map(|(row, v)| verdict(*row, v)).collect();
    verdicts.extend(rows.faulty);
    verdicts.sort_by_key(|row| row.row);
    let count = |wanted: ImportVerdict| {
        i32::try_from(verdicts.iter().filter(|row| row.verdict() == wanted).count()).unwrap_or(i32::MAX)
    };
    let (created, rejected) = (count(ImportVerdict::Created), count(ImportVerdict::Rejected));
    let mut summary = ImportSummary {
        rows: i32::try_from(verdicts.len()).unwrap_or(i32::MAX),
        created,
        matched: count(ImportVerdict::Matched),
        rejected,
        refused: !options.partial && rejected > 0,
        ..ImportSummary::default()
    };
    if !summary.refused && !options.dry_run && created > 0 {
        let new_units = rows.units.into_iter().enumerate().filter(|(at, _)| is_new(*at)).map(|(_, row)| row).collect();
        let new_links = rows.links.into_iter().enumerate().filter(|(at, _)| is_new(*at)).map(|(_, row)| row).collect();
        let kept = work.keep(act, united(draft, act, new_units, new_links)).await?;
        summary.written = created;
        for row in verdicts.iter_mut().filter(|row| row.verdict() == ImportVerdict::Created) {
            row.names.insert(0, kept.name.clone());
        }
    }
    Ok((verdicts, summary))
}

#[cfg(test)]
mod tests {
    use sheet::take::cells::Cell;

    use super::*;

    fn row(cells: &[&str]) -> take::Row {
        take::Row { number: 2, cells: cells.iter().map(|cell| Cell::text(cell)).collect() }
    }

    #[test]
    fn a_units_type_is_told_by_its_title_and_a_citys_by_its_code() {
        for (told, name, code, expected) in [
            ("", "Phường 2", "22018", UnitType::Ward),
            ("", "Thị trấn La Hai", "22081", UnitType::Township),
            ("", "Thị xã Sông Cầu", "557", UnitType::Town),
            ("Thành phố", "Tuy Hòa", "555", UnitType::ProvincialCity),
            ("Thành phố", "Huế", "46", UnitType::CentralCity),
            ("UNIT_TYPE_COMMUNE", "An Mỹ", "22114", UnitType::Commune),
            ("", "An Mỹ", "22114", UnitType::Unspecified),
        ] {
            assert_eq!(type_of(told, name, code), expected, "{told} {name}");
        }
    }

    #[test]
    fn links_are_read_from_both_published_lists() {
        let header = ["from_code", "from_name", "district_code", "to_code", "to_name", "share", "default_target"];
        let mapping = Mapping::of(LINKS, &row(&header).cells).unwrap();
        let mut rows = Rows::default();
        rows.read(
            Kind::UnitLinks,
            &mapping,
            &row(&["22015", "Phường 1", "555", "22015", "Phường Tuy Hòa", "whole", "1"]),
        );
        rows.read(Kind::UnitLinks, &mapping, &row(&["22015", "", "", "22018", "", "part", ""]));
        rows.read(Kind::UnitLinks, &mapping, &row(&["22015", "", "", "22024", "", "remainder", ""]));
        rows.read(Kind::UnitLinks, &mapping, &row(&["", "", "", "22024", "", "half", ""]));
        let read: Vec<(bool, bool)> =
            rows.links.iter().map(|l| (l.share() == Share::Whole, l.default_target)).collect();
        assert_eq!(read, [(true, true), (false, false), (false, true)]);
        let wrong: Vec<&str> = rows.faulty[0].reasons.iter().map(|r| r.column.as_str()).collect();
        assert_eq!(wrong, ["from_code", "share"]);
    }
}
