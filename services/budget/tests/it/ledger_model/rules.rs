//! The model: what each operation does and what refuses it, in maps and arrays, written without the service's own rules.

use std::collections::HashMap;

use proto::budget::v1::{EntryKind, FundingSource};
use time::{Date, Duration, Month};

use super::TODAY;

/// SplitMix64: small, and the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    pub fn amount(&mut self, about: i64) -> i64 {
        let most = usize::try_from(about.max(1)).unwrap();
        i64::try_from(self.below(most + most / 5 + 1)).unwrap() + 1
    }
}

impl Dice {
    /// An amount out of an account: mostly a small part of it, sometimes more than it holds.
    pub fn part(&mut self, held: i64) -> i64 {
        let about = if self.below(8) == 0 { held } else { held / 20 };
        self.amount(about)
    }
}

pub const FUNDING: usize = 0;
pub const AVAILABLE: usize = 1;
/// Each kind with the account that it debits and the one that it credits.
pub const KINDS: [(EntryKind, usize, usize); 5] = [
    (EntryKind::Commit, 2, AVAILABLE),
    (EntryKind::Release, AVAILABLE, 2),
    (EntryKind::Pay, 3, 2),
    (EntryKind::Refund, AVAILABLE, 3),
    (EntryKind::Settle, 4, 3),
];

pub struct Line {
    pub plan: usize,
    pub source: FundingSource,
    pub assigned: Date,
    pub accounts: [i64; 5],
}

pub struct Entry {
    pub line: String,
    pub kind: EntryKind,
    pub debit: usize,
    pub credit: usize,
    pub amount: i64,
    pub act: Date,
    pub known_us: i64,
    pub correction: bool,
    pub taken_back: i64,
}

/// A year: which of its periods are closed.
pub struct Year {
    pub year: i32,
    pub closed: [bool; 14],
}

impl Year {
    pub fn first(&self) -> Date {
        Date::from_calendar_date(self.year, Month::January, 1).unwrap()
    }

    pub fn period(&self, act: Date) -> Option<usize> {
        if act.year() == self.year {
            return Some(usize::from(u8::from(act.month())));
        }
        (act.year() == self.year + 1 && act.month() == Month::January).then_some(13)
    }

    pub fn end(&self, period: usize) -> Date {
        match u8::try_from(period + 1).ok().and_then(|next| Month::try_from(next).ok()) {
            Some(next) => Date::from_calendar_date(self.year, next, 1).unwrap() - Duration::DAY,
            None if period == 12 => Date::from_calendar_date(self.year, Month::December, 31).unwrap(),
            None => Date::from_calendar_date(self.year + 1, Month::January, 31).unwrap(),
        }
    }

    /// Whether a day takes an entry: `brings` money in, or `binds` some within the year.
    pub fn admits(&self, act: Date, brings: bool, binds: bool) -> Result<(), &'static str> {
        let period = if brings && act < self.first() { Some(1) } else { self.period(act) };
        match period.filter(|p| *p < 13 || !binds) {
            None => Err("DATE_OUTSIDE_YEAR"),
            Some(period) if self.closed[period] => Err("PERIOD_CLOSED"),
            Some(_) => Ok(()),
        }
    }
}

pub struct Model {
    pub years: [Year; 2],
    pub names: Vec<String>,
    pub lines: HashMap<String, Line>,
    pub entries: Vec<(String, Entry)>,
}

pub fn rule(holds: bool, reason: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(reason) }
}

impl Model {
    /// Moves an amount between two accounts of a line, if the giving one holds it.
    pub fn move_money(&mut self, line: &str, (debit, credit): (usize, usize), amount: i64) -> bool {
        let accounts = &mut self.lines.get_mut(line).unwrap().accounts;
        let holds = match (debit, credit) {
            (_, FUNDING) => true,
            // What goes back into funding was brought in before: it lies in the credited account.
            (_, credit) => accounts[credit] >= amount,
        };
        if holds {
            accounts[debit] += amount;
            accounts[credit] -= amount;
        }
        holds
    }

    pub fn post(&mut self, of: &Post) -> Result<(usize, usize), &'static str> {
        let line = &self.lines[&of.line];
        rule(of.act >= line.assigned, "DATE_ORDER")?;
        let (kind, mut debit, mut credit) = KINDS[of.kind];
        if let Some(at) = of.corrects {
            let corrected = &self.entries[at].1;
            rule(of.act >= corrected.act, "DATE_ORDER")?;
            let same = corrected.line == of.line && corrected.kind == kind && !corrected.correction;
            rule(same, "CORRECTION_MISMATCH")?;
            rule(of.amount <= corrected.amount - corrected.taken_back, "CORRECTION_TOO_LARGE")?;
            (debit, credit) = (credit, debit);
        }
        // Committed or paid out of what was available: a correction of a release or a refund binds, too.
        let binds = credit == AVAILABLE && (debit == 2 || debit == 3);
        self.years[line.plan].admits(of.act, false, binds)?;
        rule(!of.officer || TODAY - of.act <= Duration::days(31), "BACKDATING_FORBIDDEN")?;
        if !self.move_money(&of.line, (debit, credit), of.amount) {
            let commits = kind == EntryKind::Commit && of.corrects.is_none();
            return Err(if commits { "OVER_COMMITTED" } else { "BALANCE_TOO_LOW" });
        }
        if let Some(at) = of.corrects {
            self.entries[at].1.taken_back += of.amount;
        }
        Ok((debit, credit))
    }

    pub fn transfer(
        &mut self,
        from: &str,
        to: &str,
        amount: i64,
        act: Date,
        next_year: bool,
    ) -> Result<(), &'static str> {
        rule(from != to, "TRANSFER_TO_ITSELF")?;
        let (giving, taking) = (&self.lines[from], &self.lines[to]);
        rule(act >= giving.assigned && act >= taking.assigned, "DATE_ORDER")?;
        let plans = if next_year { giving.plan == 0 && taking.plan == 1 } else { giving.plan == taking.plan };
        rule(plans, "PLANS_DIFFER")?;
        rule(giving.source == taking.source, "SOURCES_DIFFER")?;
        self.years[giving.plan].admits(act, false, !next_year)?;
        self.years[taking.plan].admits(act, next_year, !next_year)?;
        rule(giving.accounts[AVAILABLE] >= amount, "BALANCE_TOO_LOW")?;
        self.move_money(from, (FUNDING, AVAILABLE), amount);
        self.move_money(to, (AVAILABLE, FUNDING), amount);
        Ok(())
    }

    pub fn step(&mut self, plan: usize, period: usize, close: bool) -> Result<(), &'static str> {
        let year = &mut self.years[plan];
        rule(year.closed[period] != close, "PERIOD_STATE_FORBIDS")?;
        if close {
            rule(year.closed[1..period].iter().all(|closed| *closed), "PERIOD_STILL_OPEN")?;
            rule(TODAY > year.end(period), "DATE_ORDER")?;
        }
        year.closed[period] = close;
        Ok(())
    }
}

pub struct Post {
    pub line: String,
    pub kind: usize,
    pub amount: i64,
    pub act: Date,
    pub corrects: Option<usize>,
    pub officer: bool,
}
