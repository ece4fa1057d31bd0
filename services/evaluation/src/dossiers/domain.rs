//! Which sealed dossier a sitting judges. Pure.

use reference::regimes::DossierKind;
use time::Date;
use uuid::Uuid;

/// A sealed dossier, as far as a sitting asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The dossier.
    pub dossier: Uuid,
    /// Its product.
    pub product: Uuid,
    /// What it asks for.
    pub kind: DossierKind,
    /// When it was filed.
    pub filing_date: Date,
    /// SHA-256 of its snapshot, hex.
    pub digest: String,
    /// The products that it says are judged.
    pub judged: Judged,
}

/// The products that a dossier says are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It was told before that was.
    Untold,
    /// Its product alone.
    Alone,
    /// A bundle, and its products as the dossier fixed them.
    Bundle(Uuid, Vec<Uuid>),
}

/// Why a sitting cannot be opened with what is told of its dossier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The dossier of that filing has another digest.
    Digest(Sealed),
    /// None was sealed for that day, but one was for an earlier day: this one.
    OtherDay(Sealed),
    /// There is none, and the council wants one.
    Missing,
}

/// The digest that a sitting carries: that of the dossier of its kind and filing day where one was sealed, else the one that is told.
/// A filing later than a sealed dossier of the kind must be sealed itself; one from before the first is from paper.
///
/// # Errors
/// Why it cannot be opened so.
pub fn digest(
    sealed: &[Sealed],
    (kind, filed): (DossierKind, Date),
    told: &str,
    required: bool,
) -> Result<String, Refusal> {
    if let Some(found) = of_filing(sealed, (kind, filed), told) {
        return Ok(found.digest.clone());
    }
    let of_kind = || sealed.iter().filter(|dossier| dossier.kind == kind);
    if let Some(other) = of_kind().find(|dossier| dossier.filing_date == filed) {
        return Err(Refusal::Digest(other.clone()));
    }
    match of_kind().filter(|dossier| dossier.filing_date < filed).max_by_key(|dossier| dossier.filing_date) {
        Some(before) => Err(Refusal::OtherDay(before.clone())),
        None if required => Err(Refusal::Missing),
        None => Ok(told.to_owned()),
    }
}

/// The dossier of a kind and filing day. Two dossiers of one day are told apart by the digest; without one it is the newer of them (ids
/// grow with time).
#[must_use]
pub fn of_filing<'s>(sealed: &'s [Sealed], (kind, filed): (DossierKind, Date), told: &str) -> Option<&'s Sealed> {
    let mut of_day = sealed.iter().filter(|dossier| dossier.kind == kind && dossier.filing_date == filed);
    match told {
        "" => of_day.max_by_key(|dossier| dossier.dossier),
        told => of_day.find(|dossier| dossier.digest == told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const DAY: Date = date!(2026 - 07 - 30);

    fn sealed(number: u128, kind: DossierKind, filing_date: Date) -> Sealed {
        let digest = format!("{number:064x}");
        let (dossier, product) = (Uuid::from_u128(number), Uuid::nil());
        Sealed { dossier, product, kind, filing_date, digest, judged: Judged::Untold }
    }

    #[test]
    fn a_sitting_carries_the_digest_of_the_dossier_that_was_sealed_for_it() {
        use DossierKind::{First, Upgrade};
        let of = sealed(7, First, DAY);
        let known = [of.clone(), sealed(8, Upgrade, date!(2026 - 01 - 10))];
        let next = DAY.next_day().unwrap();
        let other = "f".repeat(64);
        for (filing, told, required, expected) in [
            ((First, DAY), "", false, Ok(of.digest.clone())),
            ((First, DAY), of.digest.as_str(), true, Ok(of.digest.clone())),
            ((First, DAY), other.as_str(), false, Err(Refusal::Digest(of.clone()))),
            ((First, next), "", false, Err(Refusal::OtherDay(of.clone()))),
            ((First, next), other.as_str(), false, Err(Refusal::OtherDay(of.clone()))),
            ((First, date!(2021 - 09 - 01)), "", false, Ok(String::new())),
            ((First, date!(2021 - 09 - 01)), "", true, Err(Refusal::Missing)),
            ((DossierKind::ReEvaluation, DAY), other.as_str(), false, Ok(other.clone())),
            ((DossierKind::ReEvaluation, DAY), other.as_str(), true, Err(Refusal::Missing)),
        ] {
            assert_eq!(digest(&known, filing, told, required), expected, "{filing:?} {told} {required}");
        }
        let twice = [of.clone(), sealed(9, First, DAY)];
        assert_eq!(digest(&twice, (First, DAY), &of.digest, false), Ok(of.digest.clone()));
        assert_eq!(digest(&twice, (First, DAY), "", false), Ok(twice[1].digest.clone()));
        assert_eq!(digest(&[], (First, DAY), "", false), Ok(String::new()));
        let later = sealed(10, First, date!(2026 - 09 - 30));
        let two = [later.clone(), of.clone()];
        for (day, expected) in [
            (date!(2026 - 07 - 29), Ok(String::new())),
            (next, Err(Refusal::OtherDay(of.clone()))),
            (date!(2026 - 09 - 29), Err(Refusal::OtherDay(of))),
            (date!(2026 - 09 - 30), Ok(later.digest.clone())),
            (date!(2026 - 10 - 01), Err(Refusal::OtherDay(later))),
        ] {
            assert_eq!(digest(&two, (First, day), "", false), expected, "{day}");
        }
    }
}
