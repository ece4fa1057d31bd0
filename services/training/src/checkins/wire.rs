//! Check-ins between the wire and the domain.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::{Error, Page, Result, Violations, day, instant};
use proto::common::v1::ErrorReason as Common;
use proto::training::v1::{self as pb, ErrorReason};
use time::PrimitiveDateTime;
use uuid::Uuid;

use super::domain::{How, Shown, typed};
use super::store::CheckIn;
use crate::sessions::domain::{HalfDay, Hours};
use crate::sessions::store::Session;
use crate::sessions::wire::{half_days, name_of as session_name, person_name};

/// What somebody checks in with.
pub enum With {
    /// The token of the room and the own pass.
    Token {
        /// The token.
        token: String,
        /// The pass.
        pass: String,
    },
    /// A one-time code.
    Code {
        /// The code, as it is compared.
        code: String,
        /// The session.
        session: Uuid,
        /// Number of the half day.
        number: i32,
        /// The pass beside it; empty where there is none.
        pass: String,
    },
}

/// Reads a request.
pub fn token(req: &pb::GetCheckInTokenRequest, v: &mut Violations) -> Option<(Uuid, i32)> {
    Some((v.name("session", &req.session, "sessions")?, req.half_day))
}

/// Reads a request.
pub fn codes(req: &pb::ListCheckInCodesRequest, v: &mut Violations) -> Option<(Uuid, i32, Page)> {
    let session = v.name("session", &req.session, "sessions");
    let page = v.page(req.page_size, &req.page_token, &[&req.session, &req.half_day.to_string()]);
    Some((session?, req.half_day, page?))
}

/// Reads a request.
pub fn list(req: &pb::ListCheckInsRequest, v: &mut Violations) -> Option<(Uuid, Option<i32>, Page)> {
    let session = v.name("session", &req.session, "sessions");
    let page = v.page(req.page_size, &req.page_token, &[&req.session, &req.half_day.to_string()]);
    Some((session?, (req.half_day != 0).then_some(req.half_day), page?))
}

/// Reads a request.
pub fn enter(req: &pb::EnterHalfDayRequest, v: &mut Violations) -> Option<With> {
    let mut needs = |field: &str, told: bool| {
        if !told {
            v.add(field, Common::FieldRequired, &[]);
        }
    };
    if !req.token.is_empty() {
        needs("pass", !req.pass.is_empty());
        return Some(With::Token { token: req.token.clone(), pass: req.pass.clone() });
    }
    needs("token", !req.code.is_empty());
    needs("half_day", req.code.is_empty() || req.half_day > 0);
    if req.code.is_empty() {
        return None;
    }
    let session = v.name("session", &req.session, "sessions")?;
    Some(With::Code { code: typed(&req.code), session, number: req.half_day, pass: req.pass.clone() })
}

/// A token as it is shown.
#[must_use]
pub fn shown(shown: &Shown, stamp: [u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode([shown.bytes(), stamp.to_vec()].concat())
}

/// What a token says, and its stamp.
#[must_use]
pub fn read(token: &str) -> Option<(Shown, [u8; 16])> {
    Shown::of_bytes(&URL_SAFE_NO_PAD.decode(token.trim()).ok()?)
}

/// A violation of what somebody checks in with.
#[must_use]
pub fn invalid(field: &str) -> Error {
    let reason = match field {
        "token" => ErrorReason::CheckInTokenInvalid,
        "pass" => ErrorReason::CheckInPassInvalid,
        _ => ErrorReason::CheckInCodeInvalid,
    };
    Error::violation(field, reason, &[])
}

/// The person has no place in the session any more.
#[must_use]
pub fn no_place(person: Uuid) -> Error {
    Error::violation("pass", ErrorReason::NotRegistered, &[("person", &person_name(person))])
}

/// A half day of a session.
///
/// # Errors
/// The violation HALF_DAYS_TOO_MANY.
pub fn half_day(session: &Session, number: i32) -> Result<HalfDay> {
    let all = half_days(session);
    let at = usize::try_from(number - 1).ok();
    at.and_then(|at| all.get(at).copied())
        .ok_or_else(|| Error::violation("half_day", ErrorReason::HalfDaysTooMany, &[("most", &all.len().to_string())]))
}

fn us(at: PrimitiveDateTime) -> i64 {
    let since = at - PrimitiveDateTime::new(time::macros::date!(1970 - 01 - 01), time::Time::MIDNIGHT);
    i64::try_from(since.whole_microseconds()).unwrap_or(i64::MAX)
}

/// Whether persons check in to a half day now.
///
/// # Errors
/// FAILED_PRECONDITION CHECK_IN_CLOSED.
pub fn open(session: &Session, half_day: HalfDay, now_us: i64) -> Result<()> {
    let (from, until) = Hours::of_line(&session.hours).check_in(half_day);
    if us(from) <= now_us && now_us < us(until) {
        return Ok(());
    }
    let text = |at: PrimitiveDateTime| {
        let here = at + time::Duration::hours(7);
        format!("{:02}:{:02} {}", here.hour(), here.minute(), day::text(here.date()))
    };
    Err(Error::refused(ErrorReason::CheckInClosed).with("from", text(from)).with("until", text(until)))
}

/// A check-in as it is answered.
#[must_use]
pub fn check_in(check_in: &CheckIn) -> pb::CheckIn {
    pb::CheckIn {
        session: session_name(check_in.session_id),
        half_day: check_in.number,
        person: person_name(check_in.person),
        way: check_in.how,
        create_time: Some(instant::pb(check_in.create_us)),
    }
}

/// How somebody checked in.
#[must_use]
pub fn how(with: &With) -> i32 {
    match with {
        With::Token { .. } => How::Token.number(),
        With::Code { .. } => How::Code.number(),
    }
}

/// What one person checks in with.
#[must_use]
pub fn code(person: Uuid, code: String, pass: String) -> pb::CheckInCode {
    pb::CheckInCode { person: person_name(person), code, pass }
}
