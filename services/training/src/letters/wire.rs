//! Papers of a session between the wire and the domain.

use kit::{Page, Violations};
use proto::training::v1 as pb;
use reference::units;
use time::Date;
use uuid::Uuid;

use super::domain::{Guest, Plan, within_sentence};
use crate::courses::store::Course;
use crate::invitations::domain::InvitationState;
use crate::invitations::store::Invitation;
use crate::sessions::domain::{Hours, SessionState};
use crate::sessions::store::Session;
use crate::sessions::wire::half_days;

/// Most letters in one file.
const LETTERS: u64 = 200;

/// Letters or a list of those invited.
pub struct Print {
    /// The session.
    pub session: Uuid,
    /// The unit, as it was named.
    pub unit: String,
    /// One list in place of letters.
    pub list: bool,
    /// DOCX in place of PDF.
    pub docx: bool,
    /// The day on the paper; none for today.
    pub paper_date: Option<Date>,
    /// Which of them.
    pub page: Page,
}

/// Reads a request.
pub fn calendar(req: &pb::DownloadSessionCalendarRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "sessions")
}

/// Reads a request.
pub fn print(req: &pb::DownloadInvitationsRequest, v: &mut Violations) -> Option<Print> {
    let session = v.name("session", &req.session, "sessions");
    let paper_date = v.opt_date("paper_date", req.paper_date.as_ref());
    let page = v.page(req.page_size, &req.page_token, &[&req.session, &req.unit, &req.paper.to_string()]);
    let list = req.paper() == pb::InvitationPaper::List;
    let mut page = page?;
    if !list {
        page.size = page.size.min(LETTERS);
    }
    let docx = req.format() == pb::PaperFormat::Docx;
    Some(Print { session: session?, unit: req.unit.clone(), list, docx, paper_date: paper_date?, page })
}

/// A session as its papers tell it.
#[must_use]
pub fn plan(session: &Session, course: &Course) -> Plan {
    let unit = units::by_name(&session.unit).map(|unit| within_sentence(&unit.display_name));
    let cancelled = SessionState::of_number(session.state) == Some(SessionState::Cancelled);
    Plan {
        id: session.id,
        sequence: session.version - 1,
        title: course.title.clone(),
        unit: unit.unwrap_or_default(),
        place: session.place.clone(),
        trainer: session.trainer.clone(),
        materials: session.materials.lines().map(str::to_owned).collect(),
        half_days: half_days(session),
        hours: Hours::of_line(&session.hours),
        cancelled: cancelled.then(|| session.cancel_reason.clone()),
        sample: session.sample,
    }
}

/// Somebody who is invited.
#[must_use]
pub fn guest(invitation: &Invitation, name: String, code: String) -> Guest {
    let unit = units::by_name(&invitation.unit).map(|unit| unit.display_name.clone());
    let state = match InvitationState::of_number(invitation.state) {
        Some(InvitationState::Accepted) => "Tham dự",
        Some(InvitationState::Declined) => "Không tham dự",
        _ => "",
    };
    let (reply_by, sample) = (invitation.reply_by, invitation.sample);
    Guest { name, unit: unit.unwrap_or_default(), reply_by, code, state, sample }
}

/// A code as it is printed: with the page that takes it, where there is one.
#[must_use]
pub fn address(answer_url: Option<&str>, code: &str) -> String {
    match answer_url {
        None => code.to_owned(),
        Some(url) => format!("{url}{}code={code}", if url.contains('?') { "&" } else { "?" }),
    }
}

/// A calendar file.
#[must_use]
pub fn calendar_file(plan: &Plan, text: String) -> pb::PaperFile {
    let method = super::domain::calendar::method(plan);
    pb::PaperFile {
        media_type: format!("text/calendar; charset=utf-8; method={method}"),
        file_name: format!("lop-{}.ics", plan.id),
        content: text.into_bytes().into(),
    }
}

/// Printed letters, or the list.
#[must_use]
pub fn printed(want: &Print, content: Vec<u8>) -> pb::PaperFile {
    let (media_type, extension) = match want.docx {
        false => ("application/pdf", "pdf"),
        true => ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    };
    let what = if want.list { "danh-sach-moi" } else { "giay-moi" };
    pb::PaperFile {
        media_type: media_type.to_owned(),
        file_name: format!("{what}-{}.{extension}", want.session),
        content: content.into(),
    }
}
