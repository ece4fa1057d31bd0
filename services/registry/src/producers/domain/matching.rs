//! Whether two registrations are of one producer, and why.
//!
//! No false SAME is worth more than a found duplicate: what is not certain is POSSIBLE, and a person decides.

use reference::names::{Kind, ProducerName, likeness};
use reference::units::{self, Share, Unit};

use super::TaxCode;
use crate::shared::domain::DisplayName;

/// Most candidates that are answered.
pub const MOST: usize = 20;

/// The numbers of the contract's `LegalForm`.
mod form {
    pub const COMPANY: i32 = 1;
    pub const COOPERATIVE: i32 = 2;
    pub const COOPERATIVE_GROUP: i32 = 3;
    pub const HOUSEHOLD: i32 = 4;
    pub const FARM: i32 = 5;
    pub const FACILITY: i32 = 7;
}

/// The producer that is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its name; none where only a tax code is told.
    pub display_name: Option<DisplayName>,
    /// Its tax code.
    pub tax_code: Option<TaxCode>,
    /// Its commune.
    pub unit: Option<&'static Unit>,
    /// What it is by law; 0 where it was not told.
    pub legal_form: i32,
}

/// A registered producer beside it.
#[derive(Clone, Debug)]
pub struct Registered<'a> {
    /// Its name.
    pub display_name: &'a str,
    /// Its tax code.
    pub tax_code: Option<&'a str>,
    /// Dated name of its commune.
    pub unit: &'a str,
    /// What it is by law.
    pub legal_form: i32,
}

/// What follows; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// One producer.
    Same,
    /// Perhaps one.
    Possible,
    /// Two.
    Different,
}

/// What speaks for or against one producer, in the contract's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// One tax code.
    TaxCodeEqual,
    /// Of one taxpayer and its dependent units.
    TaxCodeBranch,
    /// Of two taxpayers.
    TaxCodeDiffers,
    /// As typed.
    NameEqual,
    /// Once folded.
    NameEqualFolded,
    /// Once folded, but for the legal-form words.
    NameEqualButForm,
    /// Without marks and breaks.
    NameEqualWithoutMarks,
    /// What names them, but not the activities.
    NameEqualButActivity,
    /// Most letters.
    NameSimilar,
    /// Not even those, or another number.
    NameDiffers,
    /// It names nobody.
    NameNotDistinct,
    /// One commune, or all of one went into the other.
    CommuneEqual,
    /// A part went into the other.
    CommunePart,
    /// Two communes.
    CommuneDiffers,
    /// One legal form.
    LegalFormEqual,
    /// Two legal forms.
    LegalFormDiffers,
}

/// What was found about two registrations.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What follows.
    pub verdict: Verdict,
    /// From 0 to 1.
    pub score: f64,
    /// Why, in order.
    pub reasons: Vec<Reason>,
    /// The communes are two that a reorganisation joins.
    pub over_link: bool,
}

/// The asked producer with what is worked out once.
#[derive(Debug)]
pub struct Matcher {
    asked: Asked,
    name: Option<ProducerName>,
    kin: Vec<(&'static Unit, Share)>,
}

/// A commune with those that it came from or went into, on every known map, and how much of the older went.
fn kin(unit: &'static Unit) -> Vec<(&'static Unit, Share)> {
    let mut kin = vec![(unit, Share::Whole)];
    for day in units::days() {
        // Without a known link there is nothing on that map.
        let links = units::map(&unit.name, unit.valid_from, day).unwrap_or_default();
        let new = links.into_iter().filter(|link| link.unit.name != unit.name);
        kin.extend(new.map(|link| (link.unit, link.share)));
    }
    kin.sort_by(|(a, share_a), (b, share_b)| (&a.name, share_a).cmp(&(&b.name, share_b)));
    kin.dedup_by(|(a, _), (b, _)| a.name == b.name);
    kin
}

/// The legal form that a name's own words say.
#[must_use]
pub fn form_of(kind: Kind) -> i32 {
    match kind {
        Kind::Cooperative | Kind::CooperativeUnion => form::COOPERATIVE,
        Kind::CooperativeGroup => form::COOPERATIVE_GROUP,
        Kind::Household => form::HOUSEHOLD,
        Kind::Facility => form::FACILITY,
        Kind::Farm => form::FARM,
        Kind::Company | Kind::Limited | Kind::LimitedOne | Kind::JointStock | Kind::Partnership | Kind::Private => {
            form::COMPANY
        }
    }
}

/// The words that a legal form would put before a name that has none.
fn kind_of(legal_form: i32) -> Option<Kind> {
    match legal_form {
        form::COMPANY => Some(Kind::Company),
        form::COOPERATIVE => Some(Kind::Cooperative),
        form::COOPERATIVE_GROUP => Some(Kind::CooperativeGroup),
        form::HOUSEHOLD => Some(Kind::Household),
        form::FARM => Some(Kind::Farm),
        form::FACILITY => Some(Kind::Facility),
        _ => None,
    }
}

impl Matcher {
    /// Prepares.
    #[must_use]
    pub fn new(asked: Asked) -> Self {
        let name = asked.display_name.as_ref().map(|name| ProducerName::of(name.as_str()));
        let kin = asked.unit.map(kin).unwrap_or_default();
        Self { asked, name, kin }
    }

    /// The name, taken apart.
    #[must_use]
    pub fn name(&self) -> Option<&ProducerName> {
        self.name.as_ref()
    }

    /// The tax code.
    #[must_use]
    pub fn tax_code(&self) -> Option<&TaxCode> {
        self.asked.tax_code.as_ref()
    }

    /// Dated names of the commune and of those that it came from or went into.
    #[must_use]
    pub fn communes(&self) -> Vec<&'static str> {
        self.kin.iter().map(|(unit, _)| unit.name.as_str()).collect()
    }

    /// Judges a registered producer.
    #[must_use]
    pub fn judge(&self, found: &Registered<'_>) -> Finding {
        let tax = self.tax(found.tax_code);
        let name = self.name.as_ref().map(|name| self.compare_names(name, found));
        let commune = self.commune(found.unit);
        let form = self.form(found);
        let distinct = self.name.as_ref().is_some_and(ProducerName::is_distinct);
        let evidence = Evidence { tax, name, commune, form, distinct };
        let vague = (self.name.is_some() && !distinct).then_some(Reason::NameNotDistinct);
        let named = evidence.name.map(|(reason, _)| reason);
        let reasons = [tax, named, vague, commune, form].into_iter().flatten().collect();
        let joined = matches!(commune, Some(Reason::CommuneEqual | Reason::CommunePart));
        let over_link = joined && self.asked.unit.is_some_and(|unit| unit.name != found.unit);
        Finding { verdict: evidence.verdict(), score: evidence.score(), reasons, over_link }
    }

    fn tax(&self, found: Option<&str>) -> Option<Reason> {
        let (asked, found) = (self.asked.tax_code.as_ref()?.as_str(), found?);
        Some(match () {
            () if asked == found => Reason::TaxCodeEqual,
            () if root(asked) == root(found) => Reason::TaxCodeBranch,
            () => Reason::TaxCodeDiffers,
        })
    }

    /// How near the names are, and what that counts for.
    fn compare_names(&self, asked: &ProducerName, found: &Registered<'_>) -> (Reason, f64) {
        if self.asked.display_name.as_ref().is_some_and(|name| name.as_str() == found.display_name) {
            return (Reason::NameEqual, 1.0);
        }
        let other = ProducerName::of(found.display_name);
        if asked.core() == other.core() {
            // A name without legal-form words is read as if its legal form stood before it.
            let asked_kind = asked.kind.or_else(|| kind_of(self.asked.legal_form));
            let found_kind = other.kind.or_else(|| kind_of(found.legal_form));
            let one_form = asked.kind == other.kind || (asked_kind.is_some() && asked_kind == found_kind);
            return if one_form { (Reason::NameEqualFolded, 0.98) } else { (Reason::NameEqualButForm, 0.9) };
        }
        if asked.numbers() != other.numbers() {
            return (Reason::NameDiffers, 0.3);
        }
        if !asked.key().is_empty() && asked.key() == other.key() {
            return (Reason::NameEqualWithoutMarks, 0.85);
        }
        let (one, two) = (asked.proper(), other.proper());
        match likeness(&asked.untitled(), &other.untitled()) {
            _ if !one.is_empty() && one == two => (Reason::NameEqualButActivity, 0.8),
            alike if alike >= ALIKE => (Reason::NameSimilar, alike * 0.75),
            alike => (Reason::NameDiffers, alike * 0.5),
        }
    }

    fn commune(&self, found: &str) -> Option<Reason> {
        self.asked.unit?;
        let link = self.kin.iter().find(|(unit, _)| unit.name == found);
        Some(match link {
            Some((_, Share::Whole)) => Reason::CommuneEqual,
            Some((_, Share::Part)) => Reason::CommunePart,
            None => Reason::CommuneDiffers,
        })
    }

    /// The legal form told, else that of the name's words; words that agree are enough where it was not told.
    fn form(&self, found: &Registered<'_>) -> Option<Reason> {
        let kind = self.name.as_ref().and_then(|name| name.kind);
        let equal = match (self.asked.legal_form, kind) {
            (0, None) => return None,
            (0, Some(kind)) => {
                form_of(kind) == found.legal_form || ProducerName::of(found.display_name).kind == Some(kind)
            }
            (told, _) => told == found.legal_form,
        };
        Some(if equal { Reason::LegalFormEqual } else { Reason::LegalFormDiffers })
    }
}

/// The taxpayer of a tax code: its first ten digits.
pub(super) fn root(tax_code: &str) -> &str {
    tax_code.split('-').next().unwrap_or(tax_code)
}

/// From which likeness on names are similar.
const ALIKE: f64 = 0.6;

/// What speaks for and against.
struct Evidence {
    tax: Option<Reason>,
    name: Option<(Reason, f64)>,
    commune: Option<Reason>,
    form: Option<Reason>,
    distinct: bool,
}

impl Evidence {
    fn verdict(&self) -> Verdict {
        let near = matches!(self.commune, Some(Reason::CommuneEqual | Reason::CommunePart));
        let name = self.name.map_or(Reason::NameDiffers, |(reason, _)| reason);
        let equal = matches!(name, Reason::NameEqual | Reason::NameEqualFolded);
        let agrees = self.commune == Some(Reason::CommuneEqual) && self.form == Some(Reason::LegalFormEqual);
        match self.tax {
            Some(Reason::TaxCodeEqual) => Verdict::Same,
            Some(Reason::TaxCodeDiffers) if equal && near && self.distinct => Verdict::Possible,
            Some(Reason::TaxCodeDiffers) => Verdict::Different,
            None if equal && agrees && self.distinct => Verdict::Same,
            _ if name == Reason::NameDiffers => Verdict::Different,
            // Similar names are many; only those of one place are worth a look.
            _ if name == Reason::NameSimilar && !near && self.commune.is_some() => Verdict::Different,
            _ => Verdict::Possible,
        }
    }

    fn score(&self) -> f64 {
        if self.tax == Some(Reason::TaxCodeEqual) {
            return 1.0;
        }
        let name = self.name.map_or(0.0, |(_, weight)| weight) * if self.distinct { 1.0 } else { 0.5 };
        let commune = match self.commune {
            Some(Reason::CommuneEqual) => 1.0,
            Some(Reason::CommunePart) => 0.5,
            _ => 0.0,
        };
        let form = if self.form == Some(Reason::LegalFormEqual) { 1.0 } else { 0.0 };
        let all = 0.7 * name + 0.2 * commune + 0.08 * form;
        if self.tax == Some(Reason::TaxCodeDiffers) { all / 2.0 } else { all }
    }
}

/// The best candidates: by verdict, then score, then the order given, at most [`MOST`]. What shares neither name nor
/// taxpayer is left out. Communes that were joined may each have brought a producer of that name: of several that are
/// SAME, those of another commune are POSSIBLE, for nothing says which one is meant.
#[must_use]
pub fn best<T>(mut judged: Vec<(Finding, T)>) -> Vec<(Finding, T)> {
    let idle = |finding: &Finding| {
        let spoken_for = |reason: &Reason| {
            matches!(reason, Reason::TaxCodeEqual | Reason::TaxCodeBranch)
                || (Reason::NameEqual..=Reason::NameSimilar).contains(reason)
        };
        !finding.reasons.iter().any(spoken_for) && finding.score < 0.3
    };
    judged.retain(|(finding, _)| !idle(finding));
    if judged.iter().filter(|(finding, _)| finding.verdict == Verdict::Same).count() > 1 {
        let by_name = |finding: &&mut Finding| {
            finding.verdict == Verdict::Same && finding.over_link && !finding.reasons.contains(&Reason::TaxCodeEqual)
        };
        judged.iter_mut().map(|(finding, _)| finding).filter(by_name).for_each(|f| f.verdict = Verdict::Possible);
    }
    judged.sort_by(|(a, _), (b, _)| a.verdict.cmp(&b.verdict).then(b.score.total_cmp(&a.score)));
    judged.truncate(MOST);
    judged
}

#[cfg(test)]
mod tests;
