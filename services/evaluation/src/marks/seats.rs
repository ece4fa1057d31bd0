//! Whose sheet it is: steps that handlers of marks share.

use kit::{Call, Error, Result};
use proto::common::v1::Role;
use proto::evaluation::v1::ErrorReason;
use sea_orm::ConnectionTrait;

use crate::councils;
use crate::councils::domain::{Seat, owns};
use crate::sittings::domain::SheetState;
use crate::sittings::store::{self, MarkSheet, Sitting};

/// True where the caller holds one of these roles over the sitting's unit.
#[must_use]
pub fn holds(call: &Call, sitting: &Sitting, roles: &[Role]) -> bool {
    let covers = |unit: &str| {
        unit == "units/vn" || reference::units::prefixes(unit).iter().any(|p| sitting.unit_path.starts_with(p.as_str()))
    };
    call.caller.roles.iter().any(|held| roles.contains(&held.role) && covers(&held.unit))
}

/// True for callers who record sheets that came on paper.
#[must_use]
pub fn from_paper(call: &Call, sitting: &Sitting) -> bool {
    holds(call, sitting, &[Role::ProvinceAdmin, Role::CouncilSecretary])
}

/// The seats of the sitting's council.
///
/// # Errors
/// What the database says.
pub async fn of(db: &impl ConnectionTrait, sitting: &Sitting) -> Result<Vec<Seat>> {
    let council = councils::store::find(db, sitting.council).await?;
    Ok(council.ok_or_else(|| Error::internal("a sitting without its council"))?.seats)
}

/// A member's sheet of the present marking.
///
/// # Errors
/// What the database says.
pub async fn sheet_of(db: &impl ConnectionTrait, sitting: &Sitting, member: &str) -> Result<Option<MarkSheet>> {
    let sheets = store::sheets(db, sitting.id, sitting.attempt).await?;
    Ok(sheets.into_iter().find(|sheet| sheet.member == member))
}

/// Refuses unless the member's marks are the caller's.
///
/// # Errors
/// PERMISSION_DENIED SEAT_OF_OTHER.
pub async fn own(
    db: &impl ConnectionTrait,
    call: &Call,
    sitting: &Sitting,
    member: &str,
    sheet: Option<&MarkSheet>,
) -> Result<()> {
    let seats = of(db, sitting).await?;
    let author = sheet.map(|sheet| sheet.author.as_str());
    if owns(&seats, member, &call.caller.subject, author, call.today) {
        return Ok(());
    }
    Err(Error::denied(ErrorReason::SeatOfOther).with("member", member))
}

/// A sheet to be filled in: the known one, or a new one of the caller.
///
/// # Errors
/// FAILED_PRECONDITION MARKS_LOCKED.
pub fn blank(call: &Call, sitting: &Sitting, member: &str, known: Option<MarkSheet>) -> Result<MarkSheet> {
    if known.as_ref().is_some_and(|sheet| sheet.state == SheetState::Locked) {
        return Err(Error::refused(ErrorReason::MarksLocked).with("member", member));
    }
    let new = || MarkSheet {
        sitting: sitting.id,
        attempt: sitting.attempt,
        member: member.to_owned(),
        answers: Vec::new(),
        notes: Vec::new(),
        state: SheetState::Draft,
        author: call.caller.subject.clone(),
        kept: false,
        record_us: call.now_us,
    };
    let sheet = known.unwrap_or_else(new);
    Ok(MarkSheet { kept: false, record_us: call.now_us, ..sheet })
}
