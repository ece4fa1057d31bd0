//! MarkService.

use kit::{Answer, Error, Kit, Result, Violations};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::mark_service_server::MarkService;
use reference::cards::Card;
use tonic::Request;
use uuid::Uuid;

use super::domain::{merged, merged_notes, notes_faults, progress};
use super::store::{self, PreScore};
use super::{seats, wire};
use crate::councils::domain::{Seat, owns};
use crate::rules::domain::GradeViolation;
use crate::rules::wire::add_violations;
use crate::shared::store::of_text;
use crate::sittings::api::{fact, steps};
use crate::sittings::domain::record::Output;
use crate::sittings::domain::{SheetState, State, Verb, agreed_faults, in_card_order, marks_faults};
use crate::sittings::store::{self as sittings, MarkSheet, Sitting, Whole};
use crate::sittings::wire::{name, render};

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
}

impl Api {
    /// The RPCs over a kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

#[tonic::async_trait]
impl MarkService for Api {
    async fn save_marks(&self, request: Request<pb::SaveMarksRequest>) -> Answer<pb::MarkSheet> {
        let handler = |w: kit::Write<wire::Save>| async move {
            let (sitting, card) = marked(&w, w.want.sitting).await?;
            let mut faults = agreed_faults(card, &w.want.answers);
            faults.extend(notes_faults(card, &w.want.notes));
            steps::refuse(steps::counted(&sitting, &w.want.member), &faults)?;
            steps::marking(&sitting, &w.want.member)?;
            let known = seats::sheet_of(w.tx(), &sitting, &w.want.member).await?;
            seats::own(w.tx(), &w.call, &sitting, &w.want.member, known.as_ref()).await?;
            let sheet = seats::blank(&w.call, &sitting, &w.want.member, known)?;
            let sheet = MarkSheet {
                answers: merged(card, &sheet.answers, &w.want.answers),
                notes: merged_notes(card, &sheet.notes, &w.want.notes),
                state: SheetState::Draft,
                ..sheet
            };
            keep(&w, &sitting, &sheet).await?;
            Ok(wire::sheet(card, &sheet))
        };
        self.kit.write(request, wire::save, handler).await
    }

    async fn lock_marks(&self, request: Request<pb::LockMarksRequest>) -> Answer<pb::MarkSheet> {
        let handler = |w: kit::Write<wire::Of>| async move {
            let (sitting, card) = marked(&w, w.want.sitting).await?;
            steps::refuse(steps::counted(&sitting, &w.want.member), &[])?;
            steps::marking(&sitting, &w.want.member)?;
            let known = seats::sheet_of(w.tx(), &sitting, &w.want.member).await?;
            seats::own(w.tx(), &w.call, &sitting, &w.want.member, known.as_ref()).await?;
            let sheet = seats::blank(&w.call, &sitting, &w.want.member, known)?;
            let answers: Vec<_> = sheet.answers.iter().map(crate::sittings::domain::Mark::answer).collect();
            steps::refuse(Ok(()), &marks_faults(card, &answers))?;
            let sheet = MarkSheet { state: SheetState::Locked, ..sheet };
            keep(&w, &sitting, &sheet).await?;
            Ok(wire::sheet(card, &sheet))
        };
        self.kit.write(request, wire::lock, handler).await
    }

    async fn unlock_marks(&self, request: Request<pb::UnlockMarksRequest>) -> Answer<pb::MarkSheet> {
        let handler = |w: kit::Write<wire::Of>| async move {
            let (sitting, card) = marked(&w, w.want.sitting).await?;
            known_member(&sitting, &w.want.member)?;
            let sheets = sittings::sheets(w.tx(), sitting.id, sitting.attempt).await?;
            let is_locked = |sheet: &&MarkSheet| sheet.member == w.want.member && sheet.state == SheetState::Locked;
            let Some(sheet) = sheets.iter().find(is_locked).cloned() else {
                return Err(Error::refused(ErrorReason::MarksNotLocked).with("member", &w.want.member));
            };
            if !sitting.panel.is_sealed(&sitting.members, &locked(&sheets)) {
                return Err(Error::refused(ErrorReason::MarksUnsealed).with("name", name(sitting.id)));
            }
            let sheet = MarkSheet { state: SheetState::Draft, kept: false, record_us: w.call.now_us, ..sheet };
            keep(&w, &sitting, &sheet).await?;
            let seats = seats::of(w.tx(), &sitting).await?;
            let own = owns(&seats, &sheet.member, &w.call.caller.subject, Some(&sheet.author), w.call.today);
            Ok(if own { wire::sheet(card, &sheet) } else { wire::cover(&sheet) })
        };
        self.kit.write(request, wire::unlock, handler).await
    }

    async fn get_mark_sheet(&self, request: Request<pb::GetMarkSheetRequest>) -> Answer<pb::MarkSheet> {
        let handler = |r: kit::Read<wire::Of>| async move {
            let whole = steps::there(sittings::find(r.db(), r.want.sitting).await?, r.want.sitting)?;
            let sitting = &whole.sitting;
            r.call.at(&sitting.unit_path)?;
            let sheet = seats::sheet_of(r.db(), sitting, &r.want.member).await?;
            let open = is_open(&whole, sitting.attempt);
            let seats = if open { Vec::new() } else { seats::of(r.db(), sitting).await? };
            let author = sheet.as_ref().map(|sheet| sheet.author.as_str());
            // Whether a sheet is there is told by the sitting to everybody; what is in it is not.
            if !open && !owns(&seats, &r.want.member, &r.call.caller.subject, author, r.call.today) {
                return Err(Error::refused(ErrorReason::MarksSealed));
            }
            let missing = || Error::not_found(format!("{}/marks/{}", name(sitting.id), r.want.member));
            Ok(wire::sheet(steps::card_of(sitting)?, &sheet.ok_or_else(missing)?))
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_mark_sheets(
        &self,
        request: Request<pb::ListMarkSheetsRequest>,
    ) -> Answer<pb::ListMarkSheetsResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let whole = steps::there(sittings::find(r.db(), r.want.sitting).await?, r.want.sitting)?;
            let sitting = &whole.sitting;
            r.call.at(&sitting.unit_path)?;
            let attempt = r.want.attempt.unwrap_or(sitting.attempt);
            let open = is_open(&whole, attempt);
            let seats = if open { Vec::new() } else { seats::of(r.db(), sitting).await? };
            let mut sheets = sittings::sheets(r.db(), sitting.id, attempt).await?;
            sheets.retain(|sheet| open || is_own(&seats, sheet, &r.call));
            let key = |sheet: &MarkSheet| vec![sheet.member.clone()];
            sheets.retain(|sheet| r.want.page.after.as_ref().is_none_or(|last| key(sheet) > *last));
            let (sheets, next_page_token) = r.want.page.cut(sheets, key);
            let card = steps::card_of(sitting)?;
            let mark_sheets = sheets.iter().map(|sheet| wire::sheet(card, sheet)).collect();
            Ok(pb::ListMarkSheetsResponse { mark_sheets, next_page_token, sealed: !open })
        };
        self.kit.read(request, wire::list, handler).await
    }

    async fn record_pre_score(&self, request: Request<pb::RecordPreScoreRequest>) -> Answer<pb::PreScore> {
        let handler = |w: kit::Write<wire::Pre>| async move {
            let (sitting, card) = marked(&w, w.want.sitting).await?;
            let mut faults = agreed_faults(card, &w.want.answers);
            faults.extend(notes_faults(card, &w.want.notes));
            refuse(&faults)?;
            let answers = in_card_order(card, &w.want.answers);
            let score = PreScore {
                sitting: sitting.id,
                total: progress(card, &answers).total,
                answers,
                notes: merged_notes(card, &[], &w.want.notes),
                record_us: w.call.now_us,
            };
            store::put(w.tx(), &score).await?;
            w.record(fact(&sitting).tells(&render::changed(&sitting)));
            Ok(wire::pre_score(card, &score, String::new()))
        };
        self.kit.write(request, wire::pre, handler).await
    }

    async fn get_pre_score(&self, request: Request<pb::GetPreScoreRequest>) -> Answer<pb::PreScore> {
        let handler = |r: kit::Read<Uuid>| async move {
            let whole = steps::there(sittings::find(r.db(), r.want).await?, r.want)?;
            r.call.at(&whole.sitting.unit_path)?;
            let score = store::find(r.db(), r.want).await?;
            let score = score.ok_or_else(|| Error::not_found(format!("{}/preScore", name(r.want))))?;
            Ok(wire::pre_score(steps::card_of(&whole.sitting)?, &score, council_mean(&whole)?))
        };
        self.kit.read(request, wire::get_pre, handler).await
    }
}

/// A sitting that is being marked, held until the transaction ends, with its card.
async fn marked<P>(w: &kit::Write<P>, id: Uuid) -> Result<(Sitting, &'static Card)> {
    let sitting = steps::there(sittings::lock(w.tx(), id).await?, id)?;
    w.call.at(&sitting.unit_path)?;
    steps::allowed(&sitting, Verb::RecordMarks)?;
    let card = steps::card_of(&sitting)?;
    Ok((sitting, card))
}

/// Keeps a sheet and tells that the sitting changed; what is in it is told to nobody.
async fn keep<P>(w: &kit::Write<P>, sitting: &Sitting, sheet: &MarkSheet) -> Result<()> {
    sittings::put_sheets(w.tx(), std::slice::from_ref(sheet)).await?;
    w.record(fact(sitting).tells(&render::changed(sitting)));
    Ok(())
}

fn refuse(faults: &[GradeViolation]) -> Result<()> {
    let mut violations = Violations::default();
    add_violations(&mut violations, faults, str::to_owned);
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations)) }
}

fn known_member(sitting: &Sitting, member: &str) -> Result<()> {
    if sitting.members.iter().any(|known| known.member == member) {
        return Ok(());
    }
    Err(Error::violation("member", ErrorReason::MemberUnknown, &[("member", member)]))
}

/// The members whose sheets are locked.
pub(crate) fn locked(sheets: &[MarkSheet]) -> Vec<String> {
    sheets.iter().filter(|sheet| sheet.state == SheetState::Locked).map(|sheet| sheet.member.clone()).collect()
}

/// True where a marking's sheets are open: an earlier one, a graded one, or one that all members have locked.
fn is_open(whole: &Whole, attempt: i32) -> bool {
    let sitting = &whole.sitting;
    attempt < sitting.attempt
        || matches!(sitting.state, State::Graded | State::Decided)
        || !sitting.panel.is_sealed(&sitting.members, &whole.locked)
}

fn is_own(seats: &[Seat], sheet: &MarkSheet, call: &kit::Call) -> bool {
    owns(seats, &sheet.member, &call.caller.subject, Some(&sheet.author), call.today)
}

fn council_mean(whole: &Whole) -> Result<String> {
    let graded = matches!(whole.sitting.state, State::Graded | State::Decided);
    match whole.grading.as_ref().filter(|_| graded) {
        Some(grading) => Ok(of_text::<Output>(&grading.record.result)?.mean),
        None => Ok(String::new()),
    }
}
