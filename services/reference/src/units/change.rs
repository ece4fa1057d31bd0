//! A reorganisation as data: what its rows say, whether they fit the units that are known, and the table that follows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use time::Date;

use super::build::{index, same_name};
use super::{Level, Link, ROOT, Share, Table, Unit, UnitType};
use crate::calendar::format_compact;

/// A reorganisation that begins on one day.
#[derive(Clone, Debug)]
pub struct Change {
    /// Tells it from others.
    pub id: String,
    /// Its first day: units end on the day before, and others begin.
    pub begin_date: Date,
    /// Units that begin or end.
    pub units: Vec<NewUnit>,
    /// What became of those that end.
    pub links: Vec<NewLink>,
}

/// One unit that begins or ends.
#[derive(Clone, Debug)]
pub enum NewUnit {
    /// A unit begins on the first day.
    Begins {
        /// Its code.
        code: String,
        /// Title and name.
        display_name: String,
        /// Kind.
        kind: UnitType,
        /// Dated name or bare code of the unit above it, this change's own units included; empty for a province.
        parent: String,
    },
    /// A unit ends on the day before.
    Ends {
        /// Its code.
        code: String,
        /// Its name, to be sure; may be empty.
        display_name: String,
    },
}

/// One link from an older unit to a newer one.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// Code of the older unit.
    pub from_code: String,
    /// Its name, to be sure; may be empty.
    pub from_name: String,
    /// Code of the newer unit.
    pub to_code: String,
    /// Its name, to be sure; may be empty.
    pub to_name: String,
    /// How much of the older one went along.
    pub share: Share,
    /// Whether the newer one stands for the older where one only can.
    pub default_target: bool,
}

/// Why a row does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A code of this level has so many digits.
    CodeForm(usize),
    /// The code means this unit on that day already.
    Overlaps(String),
    /// No unit with this code is in force on the day before and can end there.
    NotBefore(String),
    /// The unit above is unknown on that day, ends, or stands no higher.
    Parent(String),
    /// This unit would stand below one that has ended.
    ChildLeft(String),
    /// The code has this name on the map.
    NameDiffers(String),
    /// This unit goes on; a link leads from one that ends on the day before.
    Lasts(String),
    /// No unit with this code begins on that day on the older unit's level.
    Target(String),
    /// This unit's links give it no default target, or more than one.
    Defaults(String),
    /// This unit would go wholly to one unit and to another as well.
    WholeAndMore(String),
    /// A link between the two is known and says something else.
    Contradicts(String),
    /// The row repeats this one (from 1).
    Repeats(usize),
}

/// What is to be said about a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why it is refused; none where it is not.
    pub faults: Vec<Fault>,
    /// True where the units in force say the same already.
    pub known: bool,
    /// Dated names of the units that it is about, as far as they are known.
    pub names: Vec<String>,
}

impl Verdict {
    /// True for a row that is neither refused nor known.
    #[must_use]
    pub fn is_new(&self) -> bool {
        !self.known && self.faults.is_empty()
    }

    /// True for a row that says what is in force.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known && self.faults.is_empty()
    }
}

/// What is to be said about a change, in the order of its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// On its units.
    pub units: Vec<Verdict>,
    /// On its links.
    pub links: Vec<Verdict>,
    /// The change begins before this day, the first of the newest map.
    pub too_early: Option<Date>,
}

impl Verdicts {
    /// All rows' verdicts.
    pub fn rows(&self) -> impl Iterator<Item = &Verdict> {
        self.units.iter().chain(&self.links)
    }
}

/// What the rows of a change say together, against a table.
struct Checker<'a> {
    table: &'a Table,
    day: Date,
    before: Date,
    /// Places of the units that end by a row.
    ended: BTreeMap<usize, usize>,
    /// Rows of the units that begin, by code: row, name, kind.
    begun: BTreeMap<&'a str, (usize, &'a str, UnitType)>,
}

pub(super) fn check(table: &Table, change: &Change) -> Verdicts {
    let day = change.begin_date;
    let last = table.days.last().copied().unwrap_or(day);
    let mut checker = Checker {
        table,
        day,
        before: day.previous_day().unwrap_or(day),
        ended: BTreeMap::new(),
        begun: BTreeMap::new(),
    };
    let mut units: Vec<Verdict> = change.units.iter().map(|_| Verdict::default()).collect();
    for (row, (unit, verdict)) in change.units.iter().zip(&mut units).enumerate() {
        checker.note(row, unit, verdict);
    }
    for (unit, verdict) in change.units.iter().zip(&mut units) {
        checker.judge(unit, verdict);
    }
    let links = checker.links(&change.links);
    Verdicts { units, links, too_early: (day < last).then_some(last) }
}

fn id(code: &str, day: Date) -> String {
    format!("units/{code}-{}", format_compact(day))
}

fn digits(level: Level) -> usize {
    match level {
        Level::Country => 0,
        Level::Province => 2,
        Level::District => 3,
        Level::Commune => 5,
    }
}

impl<'a> Checker<'a> {
    /// First pass: which units end, which codes begin; each once.
    fn note(&mut self, row: usize, unit: &'a NewUnit, verdict: &mut Verdict) {
        match unit {
            NewUnit::Begins { code, display_name, kind, .. } => {
                if let Some((first, ..)) = self.begun.get(code.as_str()) {
                    verdict.faults.push(Fault::Repeats(first + 1));
                } else {
                    self.begun.insert(code, (row, display_name, *kind));
                }
            }
            NewUnit::Ends { code, display_name } => {
                let found = self.table.on(code, self.before).filter(|unit| unit.level != Level::Country);
                let place = found.and_then(|unit| self.table.position(&unit.name));
                let (Some(unit), Some(place)) = (found, place) else {
                    verdict.faults.push(Fault::NotBefore(code.clone()));
                    return;
                };
                verdict.names.push(unit.name.clone());
                named(display_name, unit, verdict);
                if unit.valid_to == Some(self.before) {
                    verdict.known = true;
                } else if unit.valid_to.is_some() {
                    verdict.faults.push(Fault::NotBefore(code.clone()));
                } else if let Some(first) = self.ended.get(&place) {
                    verdict.faults.push(Fault::Repeats(first + 1));
                } else {
                    self.ended.insert(place, row);
                }
            }
        }
    }

    /// True for a unit that this change ends.
    fn ends(&self, unit: &Unit) -> bool {
        self.table.position(&unit.name).is_some_and(|place| self.ended.contains_key(&place))
    }

    /// The unit that a code means on the first day, if it goes on.
    fn lasting(&self, code: &str) -> Option<&'static Unit> {
        self.table.on(code, self.day).filter(|unit| !self.ends(unit))
    }

    /// Second pass: whether a unit's row fits what is in force and the other rows.
    fn judge(&self, unit: &NewUnit, verdict: &mut Verdict) {
        match unit {
            NewUnit::Begins { code, display_name, kind, parent } => {
                self.judge_new(code, display_name, *kind, parent, verdict);
            }
            NewUnit::Ends { code, .. } => {
                let place = self.table.on(code, self.before).and_then(|unit| self.table.position(&unit.name));
                let children = place.and_then(|place| self.table.children.get(place)).into_iter().flatten();
                let mut children = children.filter_map(|at| self.table.unit(*at));
                let left = children.find(|child| child.in_force(self.day) && !self.ends(child));
                verdict.faults.extend(left.map(|child| Fault::ChildLeft(child.name.clone())));
            }
        }
    }

    fn judge_new(&self, code: &str, display_name: &str, kind: UnitType, parent: &str, verdict: &mut Verdict) {
        let level = kind.level();
        let digits = digits(level);
        if level == Level::Country || code.len() != digits || !code.bytes().all(|b| b.is_ascii_digit()) {
            verdict.faults.push(Fault::CodeForm(digits));
        }
        let above = self.parent(parent, level);
        if above.is_none() {
            verdict.faults.push(Fault::Parent(parent.to_owned()));
        }
        let Some(there) = self.lasting(code) else {
            verdict.names.push(id(code, self.day));
            return;
        };
        verdict.names.push(there.name.clone());
        let same = same_name(&there.display_name, display_name) && there.kind == kind && there.parent == above;
        if same {
            verdict.known = true;
        } else {
            verdict.faults.push(Fault::Overlaps(there.name.clone()));
        }
    }

    /// The dated name of the unit above, where one of that name can stand above a unit of this level from the first day on.
    fn parent(&self, name: &str, level: Level) -> Option<String> {
        if name.is_empty() || name == ROOT {
            return (level == Level::Province).then(|| ROOT.to_owned());
        }
        let code = name.strip_prefix("units/").unwrap_or(name);
        let dated = id(code.split('-').next().unwrap_or(code), self.day);
        let bare = code.split('-').next().unwrap_or(code);
        if let Some((_, _, kind)) = self.begun.get(bare).filter(|_| code == bare || dated == name) {
            // A unit that is known and repeated here keeps its own first day.
            let lasting = self.lasting(bare).map(|unit| unit.name.clone());
            return (kind.level() < level).then(|| lasting.unwrap_or(dated));
        }
        let found = self.table.named(name).or_else(|| self.lasting(code));
        let found = found.filter(|unit| unit.in_force(self.day) && unit.valid_to.is_none() && !self.ends(unit));
        found.filter(|unit| unit.level < level).map(|unit| unit.name.clone())
    }

    fn links(&self, links: &[NewLink]) -> Vec<Verdict> {
        let mut seen = HashMap::new();
        let mut verdicts: Vec<Verdict> = Vec::with_capacity(links.len());
        // Default targets and links in all of an older unit, known ones included, and rows about it.
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (row, link) in links.iter().enumerate() {
            let mut verdict = Verdict::default();
            if let Some(first) = seen.insert((&link.from_code, &link.to_code), row) {
                verdict.faults.push(Fault::Repeats(first + 1));
            }
            if let Some(older) = self.link(link, &mut verdict) {
                groups.entry(older).or_default().push(row);
            }
            verdicts.push(verdict);
        }
        for (older, rows) in groups {
            let known = self.table.forward.get(older).into_iter().flatten();
            let new = rows.iter().filter(|row| verdicts.get(**row).is_some_and(Verdict::is_new));
            let new: Vec<usize> = new.copied().collect();
            let rows = new.iter().filter_map(|row| links.get(*row)).map(|link| (link.share, link.default_target));
            let all: Vec<(Share, bool)> = known.map(|link| (link.share, link.default_target)).chain(rows).collect();
            let name = self.table.unit(older).map(|unit| unit.name.clone()).unwrap_or_default();
            let mut faults = Vec::new();
            if all.iter().filter(|(_, default)| *default).count() != 1 {
                faults.push(Fault::Defaults(name.clone()));
            }
            if all.len() > 1 && all.iter().any(|(share, _)| *share == Share::Whole) {
                faults.push(Fault::WholeAndMore(name));
            }
            for row in new {
                if let Some(verdict) = verdicts.get_mut(row) {
                    verdict.faults.extend(faults.iter().cloned());
                }
            }
        }
        verdicts
    }

    /// Judges one link alone; the place of the older unit where the link can be one.
    fn link(&self, link: &NewLink, verdict: &mut Verdict) -> Option<usize> {
        let Some(older) = self.table.on(&link.from_code, self.before) else {
            verdict.faults.push(Fault::NotBefore(link.from_code.clone()));
            return None;
        };
        verdict.names.push(older.name.clone());
        named(&link.from_name, older, verdict);
        let begun = self.begun.get(link.to_code.as_str()).copied();
        if older.valid_to != Some(self.before) && !self.ends(older) {
            let unchanged = link.to_code == link.from_code && link.share == Share::Whole && begun.is_none();
            if unchanged && (link.to_name.is_empty() || same_name(&link.to_name, &older.display_name)) {
                verdict.known = true;
            } else {
                verdict.faults.push(Fault::Lasts(older.name.clone()));
            }
            return None;
        }
        let place = self.table.position(&older.name)?;
        let there = self.lasting(&link.to_code).filter(|unit| unit.valid_from == self.day);
        let newer = match (there, begun) {
            (Some(unit), _) => Some((unit.name.clone(), unit.display_name.as_str(), unit.level)),
            (None, Some((_, name, kind))) => Some((id(&link.to_code, self.day), name, kind.level())),
            (None, None) => None,
        };
        let Some((name, display_name, _)) = newer.filter(|(.., level)| *level == older.level) else {
            verdict.faults.push(Fault::Target(link.to_code.clone()));
            return None;
        };
        if !link.to_name.is_empty() && !same_name(&link.to_name, display_name) {
            verdict.faults.push(Fault::NameDiffers(display_name.to_owned()));
        }
        let known = self.table.forward.get(place).into_iter().flatten();
        let known = known.filter(|l| self.table.unit(l.newer).is_some_and(|unit| unit.name == name)).last();
        verdict.names.push(name);
        match known {
            Some(l) if l.share == link.share && l.default_target == link.default_target => verdict.known = true,
            Some(_) => verdict.faults.push(Fault::Contradicts(older.name.clone())),
            None => {}
        }
        Some(place)
    }
}

/// A name that is told must be the map's own, whichever way it is spelt.
fn named(told: &str, unit: &Unit, verdict: &mut Verdict) {
    if !told.is_empty() && !same_name(told, &unit.display_name) {
        verdict.faults.push(Fault::NameDiffers(unit.display_name.clone()));
    }
}

pub(super) fn apply(table: &Table, change: &Change) -> Table {
    let verdicts = check(table, change);
    let before = change.begin_date.previous_day();
    let mut units = table.units.clone();
    let new = change.units.iter().zip(&verdicts.units).filter(|(_, verdict)| verdict.is_new());
    let new: Vec<(&NewUnit, &Verdict)> = new.collect();
    let mut ended = BTreeSet::new();
    for (_, verdict) in new.iter().filter(|(unit, _)| matches!(unit, NewUnit::Ends { .. })) {
        let place = verdict.names.first().and_then(|name| table.position(name));
        if let Some((place, slot)) = place.and_then(|place| Some((place, units.get_mut(place)?))) {
            *slot = keep(Unit { valid_to: before, ..Unit::clone(slot) });
            ended.insert(place);
        }
    }
    let checker = Checker {
        table,
        day: change.begin_date,
        before: before.unwrap_or(change.begin_date),
        ended: ended.into_iter().map(|place| (place, 0)).collect(),
        begun: begun(change),
    };
    let mut places: HashMap<String, usize> =
        units.iter().enumerate().map(|(at, unit)| (unit.name.clone(), at)).collect();
    // Whatever stands above begins first.
    for level in [Level::Province, Level::District, Level::Commune] {
        for (unit, _) in &new {
            let NewUnit::Begins { code, display_name, kind, parent } = unit else { continue };
            let above = checker.parent(parent, level).and_then(|name| places.get(&name));
            let above = above.and_then(|at| units.get(*at).copied()).filter(|_| kind.level() == level);
            let Some(above) = above else { continue };
            let unit = begin(code, display_name, *kind, above, change.begin_date);
            places.insert(unit.name.clone(), units.len());
            units.push(unit);
        }
    }
    let mut links: Vec<Link> = table.forward.iter().flatten().copied().collect();
    for (link, verdict) in change.links.iter().zip(&verdicts.links).filter(|(_, verdict)| verdict.is_new()) {
        if let [older, newer] = verdict.names.as_slice()
            && let (Some(older), Some(newer)) = (places.get(older), places.get(newer))
        {
            let (share, default_target) = (link.share, link.default_target);
            links.push(Link { older: *older, newer: *newer, share, default_target });
        }
    }
    let changes = table.changes.iter().cloned().chain([change.id.clone()]).collect();
    index(&units, &links, changes)
}

fn begun(change: &Change) -> BTreeMap<&str, (usize, &str, UnitType)> {
    let begins = change.units.iter().enumerate().filter_map(|(row, unit)| match unit {
        NewUnit::Begins { code, display_name, kind, .. } => Some((code.as_str(), (row, display_name.as_str(), *kind))),
        NewUnit::Ends { .. } => None,
    });
    begins.collect()
}

fn begin(code: &str, display_name: &str, kind: UnitType, above: &Unit, from: Date) -> &'static Unit {
    let name = id(code, from);
    keep(Unit {
        path: format!("{}{}/", above.path, name.trim_start_matches("units/")),
        name,
        code: code.to_owned(),
        display_name: display_name.to_owned(),
        kind,
        level: kind.level(),
        parent: Some(above.name.clone()),
        valid_from: from,
        valid_to: None,
    })
}

/// Units live as long as the process: there are as many as the law makes, and answers hold on to them.
fn keep(unit: Unit) -> &'static Unit {
    Box::leak(Box::new(unit))
}
