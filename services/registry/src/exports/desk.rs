//! What one dossier has, and one piece of evidence: history, advice, samples, versions.

use kit::{Call, Page, Result, Violations};
use proto::registry::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::{Asked, Cell, Column, List, Sheet, asked};
use uuid::Uuid;

use super::lineup::dossier_state;
use crate::dossiers::domain::DossierStep;
use crate::{dossiers, evidence, guidance, samples};

/// The dossier is there and the caller may see it.
async fn judged(tx: &DatabaseTransaction, call: &Call, id: Uuid) -> Result<()> {
    dossiers::api::judge(call, &dossiers::api::found(tx, id).await?)
}

/// A page of the rows of a dossier's history.
async fn entries(
    tx: &DatabaseTransaction,
    call: &Call,
    (id, step): (Uuid, Option<i32>),
    page: &Page,
) -> Result<(Vec<dossiers::store::Entry>, Option<Page>)> {
    judged(tx, call, id).await?;
    let found = dossiers::store::entry_list(tx, id, step, page).await?;
    Ok(page.turn(found, |e| vec![e.id.to_string()]))
}

pub(super) struct DossierEntries;

fn step(word: &str) -> Cell {
    use DossierStep as S;
    let known = DossierStep::ALL.iter().find(|step| step.word() == word);
    Cell::from(known.map_or(word, |step| match step {
        S::Update => "Sửa hồ sơ",
        S::Answer => "Điền biểu mẫu",
        S::Attach => "Đính kèm tài liệu",
        S::Waive => "Ghi không cần tài liệu",
        S::Detach => "Rút tài liệu",
        S::Submit => "Nộp hồ sơ",
        S::Begin => "Bắt đầu đánh giá cấp xã",
        S::Assess => "Ghi kết quả đánh giá cấp xã",
        S::Return => "Trả lại hồ sơ",
        S::Forward => "Chuyển cấp trên",
        S::Reject => "Không tiếp nhận",
        S::Withdraw => "Rút hồ sơ",
        S::Seal => "Niêm phong",
        S::Advise => "Hướng dẫn",
        S::HandIn => "Nhận mẫu",
        S::Create => "Lập hồ sơ",
    }))
}

/// A line for each remark: of what, and what is wrong.
fn remarks(entry: &pb::DossierEntry) -> Cell {
    let line = |remark: &pb::PaperRemark| format!("{}: {}", remark.subject, remark.text);
    Cell::from(entry.remarks.iter().map(line).collect::<Vec<_>>().join("\n"))
}

impl List for DossierEntries {
    type Request = pb::ExportDossierEntriesRequest;
    type Want = Uuid;
    type Row = pb::DossierEntry;
    const SHEET: Sheet<pb::DossierEntry> = Sheet {
        vi: "Lịch sử hồ sơ",
        en: "History of a dossier",
        file: "lich-su-ho-so",
        columns: &[
            Column::day("Ngày", "Date", |e| Cell::day(e.act_date.as_ref())),
            Column::text("Việc", "Step", |e| step(&e.step)),
            Column::text("Trạng thái", "State", |e| dossier_state(e.state)),
            Column::number("Lượt nộp", "Round", |e| Cell::some(e.round)),
            Column::text("Nội dung", "Text", |e| Cell::from(e.text.as_str())),
            Column::text("Yêu cầu bổ sung", "Remarks", remarks),
            Column::day("Ngày ghi nhận", "Recorded on", |e| Cell::day_of(e.create_time.as_ref())),
        ],
        sample: |e| e.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| dossiers::wire::list_entries(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let (found, next) = entries(tx, call, (*want, None), page).await?;
        Ok((found.iter().map(dossiers::wire::entry).collect::<Result<_>>()?, next))
    }
}

pub(super) struct Guidance;

impl List for Guidance {
    type Request = pb::ExportGuidanceRequest;
    type Want = Uuid;
    type Row = pb::Guidance;
    const SHEET: Sheet<pb::Guidance> = Sheet {
        vi: "Nhật ký hướng dẫn",
        en: "Guidance log",
        file: "nhat-ky-huong-dan",
        columns: &[
            Column::day("Ngày", "Date", |g| Cell::day(g.guide_date.as_ref())),
            Column::text("Nội dung hướng dẫn", "Advice", |g| Cell::from(g.text.as_str())),
            Column::number("Lượt nộp", "Round", |g| Cell::some(g.round)),
            Column::text("Mã cán bộ", "Officer's post", |g| Cell::from(g.officer.as_str())),
            Column::text("Mã hồ sơ", "Dossier", |g| Cell::from(g.dossier.as_str())),
            Column::day("Ngày ghi nhận", "Recorded on", |g| Cell::day_of(g.create_time.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |g| Cell::from(g.name.as_str())),
        ],
        sample: |g| g.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| guidance::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let (found, next) = entries(tx, call, (*want, Some(DossierStep::Advise.number())), page).await?;
        Ok((found.into_iter().map(guidance::wire::guidance).collect(), next))
    }
}

pub(super) struct Samples;

impl List for Samples {
    type Request = pb::ExportSamplesRequest;
    type Want = Uuid;
    type Row = pb::SampleHandover;
    const SHEET: Sheet<pb::SampleHandover> = Sheet {
        vi: "Giao nhận mẫu sản phẩm",
        en: "Samples handed in",
        file: "giao-nhan-mau",
        columns: &[
            Column::day("Ngày nhận", "Handed in on", |s| Cell::day(s.hand_in_date.as_ref())),
            Column::number("Số mẫu nhận", "Handed in", |s| Cell::from(s.count)),
            Column::text("Nơi nhận", "Received by", |s| Cell::from(s.received_by.as_str())),
            Column::day("Ngày trả", "Returned on", |s| Cell::day(s.return_date.as_ref())),
            Column::number("Số mẫu trả", "Returned", |s| Cell::some(s.return_count)),
            Column::text("Mã hồ sơ", "Dossier", |s| Cell::from(s.dossier.as_str())),
            Column::text("Mã hệ thống", "Resource name", |s| Cell::from(s.name.as_str())),
        ],
        sample: |s| s.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| samples::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        judged(tx, call, *want).await?;
        let found = samples::store::handover_list(tx, *want, page).await?;
        let (found, next) = page.turn(found, |h| vec![h.id.to_string()]);
        Ok((found.into_iter().map(samples::wire::handover).collect(), next))
    }
}

pub(super) struct EvidenceVersions;

impl List for EvidenceVersions {
    type Request = pb::ExportEvidenceVersionsRequest;
    type Want = Uuid;
    type Row = pb::EvidenceVersion;
    const SHEET: Sheet<pb::EvidenceVersion> = Sheet {
        vi: "Các bản của minh chứng",
        en: "Versions of evidence",
        file: "ban-minh-chung",
        columns: &[
            Column::number("Bản", "Version", |e| Cell::from(e.version)),
            Column::text("Tên tệp", "File", |e| Cell::from(e.file_name.as_str())),
            Column::text("Định dạng", "Media type", |e| Cell::from(e.media_type.as_str())),
            Column::number("Dung lượng (byte)", "Size (bytes)", |e| Cell::Number(e.size_bytes)),
            Column::text("Nơi cấp", "Issued by", |e| Cell::from(e.issuing_body.as_str())),
            Column::code("Số văn bản", "Document", |e| Cell::from(e.document_number.as_str())),
            Column::day("Hiệu lực từ", "Valid from", |e| Cell::day(e.valid_from.as_ref())),
            Column::day("Hiệu lực đến", "Valid to", |e| Cell::day(e.valid_to.as_ref())),
            Column::day("Ngày tải lên", "Uploaded on", |e| Cell::day_of(e.create_time.as_ref())),
            Column::code("SHA-256", "SHA-256", |e| Cell::from(e.sha256.as_str())),
        ],
        sample: |e| e.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| evidence::wire::list_versions(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let (found, sample) = evidence::api::versions(tx, call, *want, page).await?;
        let (found, next) = page.turn(found, |v| vec![v.place.to_string()]);
        Ok((found.into_iter().map(|v| evidence::wire::version(v, sample)).collect(), next))
    }
}
