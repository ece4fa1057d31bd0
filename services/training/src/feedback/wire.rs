//! Feedback between the wire and the domain.

use kit::{Error, Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::training::v1::{self as pb, ErrorReason};
use reference::wire::{clean, title};
use time::Date;
use uuid::Uuid;

use super::domain::{LEAST, Said, mean, taken};
use crate::sessions::wire::name_of;

/// Longest comment, in characters.
const LONGEST: usize = 1000;

/// What the holder of a pass says.
pub struct Give {
    /// The pass.
    pub pass: String,
    /// The scores.
    pub scores: Vec<i32>,
    /// The text, in one line.
    pub comment: String,
}

/// Reads a request.
pub fn set(req: &pb::SetFeedbackQuestionsRequest, v: &mut Violations) -> Option<(Uuid, Vec<String>)> {
    let session = v.name("session", &req.session, "sessions");
    let questions = req.questions.iter().enumerate();
    let questions: Option<Vec<String>> = questions.map(|(at, q)| title(v, &format!("questions[{at}]"), q)).collect();
    Some((session?, questions?))
}

/// Reads a request.
pub fn form(req: &pb::GetFeedbackFormRequest, _: &mut Violations) -> Option<String> {
    Some(req.pass.clone())
}

/// Reads a request.
pub fn give(req: &pb::GiveFeedbackRequest, v: &mut Violations) -> Option<Give> {
    let comment = clean(&req.comment).split_whitespace().collect::<Vec<_>>().join(" ");
    if comment.chars().count() > LONGEST {
        v.add("comment", Common::FieldLength, &[("expected", &format!("<= {LONGEST}"))]);
    }
    Some(Give { pass: req.pass.clone(), scores: req.scores.clone(), comment })
}

/// Reads a request.
pub fn summary(req: &pb::GetFeedbackSummaryRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("session", &req.session, "sessions")
}

/// Reads a request.
pub fn download(req: &pb::DownloadFeedbackRequest, v: &mut Violations) -> Option<(Uuid, bool)> {
    Some((v.name("session", &req.session, "sessions")?, req.format() == pb::PaperFormat::Docx))
}

/// The pass is none.
#[must_use]
pub fn no_pass() -> Error {
    Error::violation("pass", ErrorReason::CheckInPassInvalid, &[])
}

/// Somebody has answered.
#[must_use]
pub fn begun() -> Error {
    Error::refused(ErrorReason::FeedbackBegun)
}

/// Whether feedback is taken today.
///
/// # Errors
/// FAILED_PRECONDITION FEEDBACK_CLOSED.
pub fn open(end_date: Date, today: Date) -> kit::Result<()> {
    let (from, until) = taken(end_date);
    if (from..=until).contains(&today) {
        return Ok(());
    }
    let refused = Error::refused(ErrorReason::FeedbackClosed).with("from", day::text(from));
    Err(refused.with("until", day::text(until)))
}

/// The participant has answered.
#[must_use]
pub fn given() -> Error {
    Error::refused(ErrorReason::FeedbackGiven)
}

/// Who holds the pass was not there.
#[must_use]
pub fn not_attended() -> Error {
    Error::refused(ErrorReason::FeedbackNotAttended)
}

/// Whether there is a score for each question.
///
/// # Errors
/// The violation FEEDBACK_SCORES_DIFFER.
pub fn complete(said: &Said, scores: &[i32]) -> kit::Result<()> {
    if said.questions.len() == scores.len() {
        return Ok(());
    }
    let texts = [("expected", &*said.questions.len().to_string()), ("got", &*scores.len().to_string())];
    Err(Error::violation("scores", ErrorReason::FeedbackScoresDiffer, &texts))
}

/// Too few have answered.
#[must_use]
pub fn too_few(said: &Said) -> Error {
    Error::refused(ErrorReason::FeedbackTooFew).with("answers", said.answers).with("least", LEAST)
}

/// Questions as they are answered.
#[must_use]
pub fn questions(session: Uuid, said: Said) -> pb::FeedbackForm {
    pb::FeedbackForm { session: name_of(session), questions: said.questions }
}

/// What participants said, as far as it is shown.
#[must_use]
pub fn summed(session: Uuid, said: Said, sample: bool) -> pb::FeedbackSummary {
    let (session, shown, answers) = (name_of(session), said.is_shown(), said.answers);
    let result = |(question, counts): (String, [i32; 5])| pb::FeedbackResult {
        question,
        counts: counts.to_vec(),
        mean: mean(&counts),
    };
    let results = said.questions.into_iter().zip(said.counts).filter(|_| shown).map(result).collect();
    let comments = if shown { said.comments } else { Vec::new() };
    pb::FeedbackSummary { session, answers, least: LEAST, results, comments, sample }
}

/// The summary as a file.
#[must_use]
pub fn file(session: Uuid, docx: bool, content: Vec<u8>) -> pb::PaperFile {
    let (media_type, extension) = match docx {
        false => ("application/pdf", "pdf"),
        true => ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    };
    pb::PaperFile {
        media_type: media_type.to_owned(),
        file_name: format!("gop-y-{session}.{extension}"),
        content: content.into(),
    }
}
