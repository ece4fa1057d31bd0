//! What a row of a sheet says, and what becomes of it.

pub mod columns;
mod reading;

use time::Date;
use uuid::Uuid;

use crate::producers::domain::NewProducer;
use crate::producers::domain::matching::{Finding, Reason, Verdict as Match};
use crate::shared::domain::DisplayName;

pub use reading::read;
use reference::units::Unit;

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing is in it.
    Required,
    /// More than these characters.
    TooLong(usize),
    /// Characters that no keyboard writes.
    Unclean,
    /// No day.
    NoDay,
    /// A day to come.
    InFuture(Date),
    /// A day before this one, from which on units are known.
    BeforeKnown(Date),
    /// A day before this one, which comes first.
    BeforeBegin(Date),
    /// No unit on that day.
    UnitUnknown(String, Date),
    /// Several units.
    UnitSeveral(String),
    /// What became of the unit by that day is not known.
    UnitNoLink(String, Date),
    /// No commune.
    NotCommune(String),
    /// No tax code.
    TaxCode,
    /// No legal form.
    LegalForm(String),
    /// No product set.
    ProductSet(String),
    /// Not of this form.
    Form(&'static str),
    /// Not one of these values.
    Range(&'static str),
}

/// What is wrong with a row, in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column; empty for the row as a whole.
    pub column: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

/// A product of a row.
#[derive(Clone, Debug)]
pub struct ProductItem {
    /// Its producer, as it would be registered.
    pub producer: NewProducer,
    /// Its name.
    pub display_name: DisplayName,
    /// Its product set; empty where it is not told.
    pub product_set: String,
    /// Day of registration.
    pub registration_date: Date,
    /// The year aimed at; 0 for none.
    pub target_year: i32,
    /// The stars aimed at; 0 for none.
    pub target_stars: i32,
    /// An invented sample.
    pub sample: bool,
}

/// A person of a row.
#[derive(Clone, Debug)]
pub struct PersonItem {
    /// The name.
    pub display_name: DisplayName,
    /// The unit.
    pub unit: &'static Unit,
    /// Day of registration.
    pub registration_date: Date,
    /// An invented sample.
    pub sample: bool,
}

/// A post of a row.
#[derive(Clone, Debug)]
pub struct PostItem {
    /// Who holds it.
    pub person: PersonItem,
    /// What it is.
    pub title: DisplayName,
    /// Its last day, where it has ended.
    pub end_date: Option<Date>,
}

/// What a row says.
#[derive(Clone, Debug)]
pub enum Item {
    /// A producer.
    Producer(NewProducer),
    /// A product.
    Product(Box<ProductItem>),
    /// A person.
    Person(PersonItem),
    /// An officer; the post begins on the person's day.
    Officer(PostItem),
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It is stored.
    Created,
    /// It is there.
    Matched,
    /// A person has to decide.
    Ambiguous,
    /// It cannot be stored.
    Rejected,
}

/// Why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A cell is wrong.
    Fault(Fault),
    /// What speaks for the producer that is there.
    Match(Reason),
    /// An earlier row says the same.
    Repeated(u32),
    /// The producer has this product.
    ProductEqual,
    /// The producer has one that is written alike.
    ProductAlike,
    /// The person is there.
    PersonEqual,
    /// Several persons have the name.
    PersonSeveral,
    /// The post is held already.
    PostHeld(Uuid),
    /// Outside the caller's units.
    Forbidden,
    /// A producer outside the caller's units has the tax code.
    TaxCodeTaken(Uuid),
    /// The producer was registered later, on this day.
    NotYetRegistered(Uuid, Date),
    /// The producer may not take part by this decision, for this reason.
    NotEligible(Uuid, &'static str, &'static str),
    /// It is stored, in the default part of a divided commune: nobody has said to which part the producer belongs.
    PartByDefault(String),
}

/// A resource of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource(pub &'static str, pub Uuid);

/// The verdict on a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The sheet's row; the header is 1.
    pub row: u32,
    /// What becomes of it.
    pub ruling: Ruling,
    /// Why.
    pub why: Vec<Why>,
    /// What it makes, is or may be.
    pub names: Vec<Resource>,
}

impl Verdict {
    /// A row that cannot be stored.
    #[must_use]
    pub fn rejected(row: u32, why: impl IntoIterator<Item = Why>) -> Self {
        Self { row, ruling: Ruling::Rejected, why: why.into_iter().collect(), names: Vec::new() }
    }
}

/// How many rows got which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows in all.
    pub rows: u32,
    /// Stored, or to be stored.
    pub created: u32,
    /// There.
    pub matched: u32,
    /// To be decided by a person.
    pub ambiguous: u32,
    /// Not to be stored.
    pub rejected: u32,
}

impl Tally {
    /// Counts a verdict.
    pub fn add(&mut self, ruling: Ruling) {
        self.rows += 1;
        match ruling {
            Ruling::Created => self.created += 1,
            Ruling::Matched => self.matched += 1,
            Ruling::Ambiguous => self.ambiguous += 1,
            Ruling::Rejected => self.rejected += 1,
        }
    }

    /// True where a file that is stored wholly or not at all is not stored.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.ambiguous + self.rejected > 0
    }
}

/// Which of the producers that are there a row means.
#[derive(Clone, Debug, PartialEq)]
pub enum Meant<T> {
    /// None of them.
    None,
    /// This one.
    One(T, Vec<Reason>),
    /// One of these, or none.
    Perhaps(Vec<T>, Vec<Reason>),
}

/// Chooses among the candidates as [`crate::producers::domain::matching::best`] has left them. A tax code decides among
/// several that are SAME. Names that are only alike are no reason to stop a file: they are many; neither is a name that names
/// nobody ("hộ kinh doanh") in another commune. `as_new` says that the row is none of those that it may be.
#[must_use]
pub fn meant<T: Clone + PartialEq>(best: &[(Finding, T)], as_new: bool) -> Meant<T> {
    let same: Vec<&(Finding, T)> = best.iter().filter(|(f, _)| f.verdict == Match::Same).collect();
    let taxed = || same.iter().find(|(f, _)| f.reasons.contains(&Reason::TaxCodeEqual));
    let first = same.first();
    let alone = first.filter(|first| same.iter().all(|(_, other)| *other == first.1));
    if let Some((finding, one)) = taxed().or(alone) {
        return Meant::One(one.clone(), finding.reasons.clone());
    }
    let near = |f: &Finding| {
        let named = f.reasons.iter().any(|r| (Reason::NameEqual..=Reason::NameEqualButActivity).contains(r));
        let nobody = [Reason::NameNotDistinct, Reason::CommuneDiffers].iter().all(|r| f.reasons.contains(r));
        f.verdict == Match::Same || (f.verdict == Match::Possible && named && !nobody && !as_new)
    };
    let mut perhaps: Vec<T> = Vec::new();
    let mut reasons = Vec::new();
    for (finding, one) in best.iter().filter(|(f, _)| near(f)) {
        if reasons.is_empty() {
            reasons.clone_from(&finding.reasons);
        }
        if !perhaps.contains(one) {
            perhaps.push(one.clone());
        }
    }
    if perhaps.is_empty() { Meant::None } else { Meant::Perhaps(perhaps, reasons) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(verdict: Match, reason: Reason) -> Finding {
        Finding { verdict, score: 0.5, reasons: vec![reason], over_link: false }
    }

    #[test]
    fn one_that_is_the_same_is_meant_and_a_tax_code_decides_among_several() {
        let named = || finding(Match::Same, Reason::NameEqual);
        let taxed = || finding(Match::Same, Reason::TaxCodeEqual);
        assert_eq!(meant::<u8>(&[], false), Meant::None);
        assert_eq!(meant(&[(named(), 1)], false), Meant::One(1, vec![Reason::NameEqual]));
        assert_eq!(meant(&[(named(), 1), (named(), 1)], false), Meant::One(1, vec![Reason::NameEqual]));
        assert_eq!(meant(&[(named(), 1), (named(), 2)], true), Meant::Perhaps(vec![1, 2], vec![Reason::NameEqual]));
        assert_eq!(meant(&[(named(), 1), (taxed(), 2)], false), Meant::One(2, vec![Reason::TaxCodeEqual]));
    }

    #[test]
    fn equal_names_may_be_one_and_alike_ones_do_not_stop_a_file() {
        let possible = |reason| vec![(finding(Match::Possible, reason), 1)];
        let perhaps = |reason| Meant::Perhaps(vec![1], vec![reason]);
        for reason in [Reason::NameEqual, Reason::NameEqualButForm, Reason::NameEqualWithoutMarks] {
            assert_eq!(meant(&possible(reason), false), perhaps(reason));
            assert_eq!(meant(&possible(reason), true), Meant::None);
        }
        assert_eq!(meant(&possible(Reason::NameSimilar), false), Meant::None);
        let mut nobody = possible(Reason::NameEqual);
        nobody[0].0.reasons.push(Reason::NameNotDistinct);
        assert!(matches!(meant(&nobody, false), Meant::Perhaps(..)));
        nobody[0].0.reasons.push(Reason::CommuneDiffers);
        assert_eq!(meant(&nobody, false), Meant::None);
        assert_eq!(meant(&[(finding(Match::Different, Reason::NameEqual), 1)], false), Meant::None);
    }

    #[test]
    fn only_rows_that_need_somebody_refuse_a_file() {
        let mut tally = Tally::default();
        tally.add(Ruling::Created);
        tally.add(Ruling::Matched);
        assert!(!tally.refuses());
        tally.add(Ruling::Ambiguous);
        assert!(tally.refuses() && tally.rows == 3);
    }
}
