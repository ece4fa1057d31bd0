//! Codes that stand for somebody: an id with this installation's stamp over it, in letters that can be typed and sent.
//!
//! Nothing of a code is stored. Who has one can do what it is for and nothing else; a code of another purpose is none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::Kit;
use uuid::Uuid;

/// What a code is for.
pub(crate) const INVITATION: &str = "invitation";

/// The code of an id.
#[must_use]
pub(crate) fn of(kit: &Kit, purpose: &str, id: Uuid) -> String {
    let stamp = kit.stamp(purpose, id.as_bytes());
    URL_SAFE_NO_PAD.encode([*id.as_bytes(), stamp].concat())
}

/// The id of a code; none where this installation did not make it for this purpose.
#[must_use]
pub(crate) fn read(kit: &Kit, purpose: &str, code: &str) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(code.trim()).ok()?;
    let bytes: [u8; 32] = bytes.try_into().ok()?;
    let (id, stamp) = bytes.split_at_checked(16)?;
    let (id, stamp) = (Uuid::from_slice(id).ok()?, <[u8; 16]>::try_from(stamp).ok()?);
    kit.stamped(purpose, id.as_bytes(), &stamp).then_some(id)
}

/// What a pass is for.
const PASS: &str = "pass";

/// The pass of a person in a session: for checking in, and for what the person says of it afterwards.
#[must_use]
pub(crate) fn pass(kit: &Kit, session: Uuid, person: Uuid) -> String {
    let content = [*session.as_bytes(), *person.as_bytes()].concat();
    let stamp = kit.stamp(PASS, &content);
    URL_SAFE_NO_PAD.encode([content, stamp.to_vec()].concat())
}

/// Session and person of a pass; none where this installation did not make it.
#[must_use]
pub(crate) fn read_pass(kit: &Kit, pass: &str) -> Option<(Uuid, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(pass.trim()).ok()?;
    let (content, stamp) = bytes.split_at_checked(32)?;
    let (session, person) = content.split_at_checked(16)?;
    let stamp = <[u8; 16]>::try_from(stamp).ok()?;
    let read = (Uuid::from_slice(session).ok()?, Uuid::from_slice(person).ok()?);
    kit.stamped(PASS, content, &stamp).then_some(read)
}
