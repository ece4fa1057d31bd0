//! Requests for papers.

use kit::{Error, Page, Result, Violations};
use proto::training::v1::{self as pb, ErrorReason};
use uuid::Uuid;

use crate::coverage;

/// Most rows of a list.
pub(crate) const MOST: usize = 1000;
/// The same as a page of the coverage's missing persons.
const PAGE: i32 = 1000;

/// A list of a session that is asked for.
pub(crate) struct Want {
    pub(crate) session: Uuid,
    /// The half day; 0 for all.
    pub(crate) half_day: i32,
    pub(crate) xlsx: bool,
    /// As much of a list as is printed.
    pub(crate) page: Page,
}

fn want(v: &mut Violations, session: &str, half_day: i32, format: i32) -> Option<Want> {
    let id = v.name("session", session, "sessions");
    let page = v.page(PAGE, "", &[session]);
    Some(Want { session: id?, half_day, xlsx: is_xlsx(format), page: page? })
}

fn is_xlsx(format: i32) -> bool {
    format == i32::from(pb::TrainingPaperFormat::Xlsx)
}

/// Reads a request.
pub(crate) fn sign_in(req: &pb::DownloadSignInSheetRequest, v: &mut Violations) -> Option<Want> {
    want(v, &req.session, req.half_day, req.format)
}

/// Reads a request.
pub(crate) fn participants(req: &pb::DownloadParticipantListRequest, v: &mut Violations) -> Option<Want> {
    want(v, &req.session, 0, req.format)
}

/// Reads a request.
pub(crate) fn results(req: &pb::DownloadResultListRequest, v: &mut Violations) -> Option<Want> {
    want(v, &req.session, 0, req.format)
}

/// Reads a request: the coverage's own with as many missing persons as a report names, and whether a workbook is asked for.
pub(crate) fn report(
    req: &pb::DownloadCoverageReportRequest,
    v: &mut Violations,
) -> Option<(coverage::wire::Asked, bool)> {
    let asked = pb::GetCoverageRequest { page_size: PAGE, ..req.coverage.clone()? };
    let asked = v.inside("coverage", |v| coverage::wire::get_coverage(&asked, v));
    Some((asked?, is_xlsx(req.format)))
}

/// The half day that is asked for, of so many.
///
/// # Errors
/// The violation HALF_DAYS_TOO_MANY.
pub(crate) fn held(half_days: i32, half_day: i32) -> Result<usize> {
    if half_day > half_days {
        let most = half_days.to_string();
        return Err(Error::violation("half_day", ErrorReason::HalfDaysTooMany, &[("most", &most)]));
    }
    Ok(usize::try_from(half_day).unwrap_or_default())
}
