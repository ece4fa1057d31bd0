//! Marks between the wire and the domain.

use kit::{Page, Violations, instant, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use reference::cards::Card;
use uuid::Uuid;

use super::domain::{Progress, progress};
use super::store::PreScore;
use crate::rules::domain::Answer;
use crate::rules::wire::{answer_of, failed_minimum};
use crate::sittings::domain::{Note, SheetState};
use crate::sittings::store::MarkSheet;
use crate::sittings::wire::{COLLECTION, name, render};

/// Marks to be saved.
pub struct Save {
    /// The sitting.
    pub sitting: Uuid,
    /// The member.
    pub member: String,
    /// The answers.
    pub answers: Vec<Answer>,
    /// The remarks.
    pub notes: Vec<Note>,
}

/// One member's sheet of a sitting.
pub struct Of {
    /// The sitting.
    pub sitting: Uuid,
    /// The member.
    pub member: String,
}

/// A page of sheets.
pub struct List {
    /// The sitting.
    pub sitting: Uuid,
    /// The marking; none for the present one.
    pub attempt: Option<i32>,
    /// The page.
    pub page: Page,
}

/// A pre-score to be recorded.
pub struct Pre {
    /// The sitting.
    pub sitting: Uuid,
    /// The answers.
    pub answers: Vec<Answer>,
    /// The remarks.
    pub notes: Vec<Note>,
}

/// Reads a request; what the answers are worth is judged by the sitting's card.
pub fn save(req: &pb::SaveMarksRequest, v: &mut Violations) -> Option<Save> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let notes = notes(&req.notes, v);
    let answers = req.answers.iter().map(answer_of).collect();
    Some(Save { sitting: sitting?, member: req.member.clone(), answers, notes: notes? })
}

fn notes(sent: &[pb::MarkNote], v: &mut Violations) -> Option<Vec<Note>> {
    let before = v.len();
    for (at, note) in sent.iter().enumerate() {
        for (place, evidence) in note.evidence.iter().enumerate() {
            if names::parse(evidence, "evidence").is_none() {
                let field = format!("notes[{at}].evidence[{place}]");
                v.add(field, Common::FieldFormat, &[("expected", "evidence/<uuid>")]);
            }
        }
    }
    let note = |note: &pb::MarkNote| Note {
        criterion: note.criterion.clone(),
        comment: reference::wire::clean(&note.comment),
        evidence: note.evidence.clone(),
    };
    (v.len() == before).then(|| sent.iter().map(note).collect())
}

/// Reads a request.
pub fn lock(req: &pb::LockMarksRequest, v: &mut Violations) -> Option<Of> {
    Some(Of { sitting: v.name("name", &req.name, COLLECTION)?, member: req.member.clone() })
}

/// Reads a request.
pub fn unlock(req: &pb::UnlockMarksRequest, v: &mut Violations) -> Option<Of> {
    Some(Of { sitting: v.name("name", &req.name, COLLECTION)?, member: req.member.clone() })
}

/// Reads a request.
pub fn get(req: &pb::GetMarkSheetRequest, v: &mut Violations) -> Option<Of> {
    Some(Of { sitting: v.name("name", &req.name, COLLECTION)?, member: req.member.clone() })
}

/// Reads a request.
pub fn list(req: &pb::ListMarkSheetsRequest, v: &mut Violations) -> Option<List> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let page = v.page(req.page_size, &req.page_token, &[&req.name, &req.attempt.to_string()]);
    Some(List { sitting: sitting?, attempt: (req.attempt > 0).then_some(req.attempt), page: page? })
}

/// Reads a request; what the answers are worth is judged by the sitting's card.
pub fn pre(req: &pb::RecordPreScoreRequest, v: &mut Violations) -> Option<Pre> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let notes = notes(&req.notes, v);
    Some(Pre { sitting: sitting?, answers: req.answers.iter().map(answer_of).collect(), notes: notes? })
}

/// Reads a request.
pub fn get_pre(req: &pb::GetPreScoreRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// A sheet as it is answered to whoever may see it.
#[must_use]
pub fn sheet(card: &Card, sheet: &MarkSheet) -> pb::MarkSheet {
    pb::MarkSheet {
        answers: sheet.answers.iter().map(render::answer).collect(),
        notes: sheet.notes.iter().map(note).collect(),
        progress: Some(made(&progress(card, &sheet.answers))),
        ..cover(sheet)
    }
}

/// A sheet without what is sealed.
#[must_use]
pub fn cover(sheet: &MarkSheet) -> pb::MarkSheet {
    let state = match sheet.state {
        SheetState::Draft => pb::MarkSheetState::Draft,
        SheetState::HandedIn => pb::MarkSheetState::HandedIn,
        SheetState::Locked => pb::MarkSheetState::Locked,
    };
    pb::MarkSheet {
        sitting: name(sheet.sitting),
        member: sheet.member.clone(),
        attempt: sheet.attempt,
        state: state.into(),
        kept: sheet.kept,
        answers: Vec::new(),
        notes: Vec::new(),
        progress: None,
        update_time: Some(instant::pb(sheet.record_us)),
    }
}

fn note(note: &Note) -> pb::MarkNote {
    pb::MarkNote { criterion: note.criterion.clone(), comment: note.comment.clone(), evidence: note.evidence.clone() }
}

fn count(many: usize) -> i32 {
    i32::try_from(many).unwrap_or(i32::MAX)
}

fn made(progress: &Progress) -> pb::MarkProgress {
    let [part_a, part_b, part_c] = progress.parts;
    pb::MarkProgress {
        total: progress.total,
        part_a,
        part_b,
        part_c,
        answered: count(progress.answered),
        criteria: count(progress.criteria),
        missing: progress.missing.clone(),
        band_stars: progress.band_stars.into(),
        stars: progress.stars.into(),
        failed_minimums: progress.failed_minimums.iter().map(failed_minimum).collect(),
        open_points: progress.open_points,
    }
}

/// A pre-score as it is answered.
#[must_use]
pub fn pre_score(card: &Card, score: &PreScore, council_mean: String) -> pb::PreScore {
    pb::PreScore {
        sitting: name(score.sitting),
        answers: score.answers.iter().map(render::answer).collect(),
        notes: score.notes.iter().map(note).collect(),
        progress: Some(made(&progress(card, &score.answers))),
        council_mean,
        update_time: Some(instant::pb(score.record_us)),
    }
}
