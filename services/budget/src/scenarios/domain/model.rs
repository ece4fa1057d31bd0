//! What a scenario is made of, in whole numbers: đồng, per-mille of a chance, persons, products.

use std::collections::BTreeSet;

/// A way to go for a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The stars that it aims at.
    pub stars: i32,
    /// What it costs.
    pub cost_vnd: i64,
    /// How likely it is to reach them, in per-mille.
    pub chance: i64,
    /// Which source pays, by its place.
    pub source: usize,
}

/// A product that may be brought to recognition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The ways to go; at most one is chosen.
    pub choices: Vec<Choice>,
    /// The targets that it counts for by its unit.
    pub targets: Vec<usize>,
}

/// How many products are to be recognised, as an expected number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Only choices that aim at these stars or more count.
    pub stars: i32,
    /// The least expected number, in per-mille of a product.
    pub need: i64,
}

/// People of one place and audience who are to be trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// How many.
    pub persons: i64,
}

/// A training session that may be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What one run costs.
    pub cost_vnd: i64,
    /// Which source pays.
    pub source: usize,
    /// Seats of one run.
    pub seats: i64,
    /// How many runs there can be.
    pub most: i64,
    /// The groups that may come.
    pub groups: Vec<usize>,
}

/// Support for products that were recognised before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// What it costs.
    pub cost_vnd: i64,
    /// Which source pays.
    pub source: usize,
    /// How many products it supports.
    pub products: i64,
    /// The support targets that it counts for by its unit.
    pub targets: Vec<usize>,
}

/// What may be spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// Of this source; none for all together.
    pub source: Option<usize>,
    /// The most; none where the limit is set aside.
    pub most_vnd: Option<i64>,
}

/// What the best plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The one that costs least.
    Cheapest,
    /// The one with the most expected recognised products.
    MostRecognised,
}

/// A limit by its kind and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// A target for recognised products.
    Target(usize),
    /// Everyone of a group is trained.
    Group(usize),
    /// A target for supported products.
    Support(usize),
    /// A ceiling of money.
    Ceiling(usize),
}

/// The whole question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// What is best.
    pub goal: Goal,
    /// The products.
    pub candidates: Vec<Candidate>,
    /// What is to be recognised.
    pub targets: Vec<Target>,
    /// Who is to be trained.
    pub groups: Vec<Group>,
    /// How they can be.
    pub sessions: Vec<Session>,
    /// What can be given to products recognised before.
    pub packages: Vec<Package>,
    /// How many of them are to be given something, each.
    pub supports: Vec<i64>,
    /// What may be spent.
    pub ceilings: Vec<Ceiling>,
}

/// An answer: what is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The choice taken for each candidate.
    pub choices: Vec<Option<usize>>,
    /// How often each session runs.
    pub runs: Vec<i64>,
    /// Whether each package is given.
    pub packages: Vec<bool>,
}

/// What a plan comes to, counted in whole numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What everything costs.
    pub cost_vnd: i64,
    /// What is spent under each ceiling.
    pub spent_vnd: Vec<i64>,
    /// Expected recognised products, in per-mille.
    pub expected: i64,
    /// The same for each target.
    pub reached: Vec<i64>,
    /// Persons of each group that have a seat.
    pub trained: Vec<i64>,
    /// Who sits where: session, group, persons.
    pub seats: Vec<(usize, usize, i64)>,
    /// Products supported, for each support target.
    pub supported: Vec<i64>,
    /// The limits that do not hold.
    pub broken: Vec<Limit>,
}

impl Choice {
    fn counts_for(&self, target: &Target) -> bool {
        self.stars >= target.stars
    }

    /// What it adds to a target that its candidate is in.
    #[must_use]
    pub fn adds(&self, target: &Target) -> i64 {
        if self.counts_for(target) { self.chance } else { 0 }
    }
}

impl Ceiling {
    /// True where money of a source falls under it.
    #[must_use]
    pub fn holds(&self, source: usize) -> bool {
        self.source.is_none_or(|own| own == source)
    }
}

impl Model {
    /// All limits that ask for something.
    #[must_use]
    pub fn limits(&self) -> Vec<Limit> {
        let targets = self.targets.iter().enumerate().filter(|(_, t)| t.need > 0).map(|(at, _)| Limit::Target(at));
        let groups = self.groups.iter().enumerate().filter(|(_, g)| g.persons > 0).map(|(at, _)| Limit::Group(at));
        let supports = self.supports.iter().enumerate().filter(|(_, s)| **s > 0).map(|(at, _)| Limit::Support(at));
        let ceilings = self.ceilings.iter().enumerate().filter(|(_, c)| c.most_vnd.is_some());
        targets.chain(groups).chain(supports).chain(ceilings.map(|(at, _)| Limit::Ceiling(at))).collect()
    }

    /// The same question with only these of its limits; every place stays where it is.
    #[must_use]
    pub fn only(&self, limits: &BTreeSet<Limit>) -> Self {
        let mut model = self.clone();
        let left_out = |limit: Limit| !limits.contains(&limit);
        for (at, target) in model.targets.iter_mut().enumerate() {
            target.need = if left_out(Limit::Target(at)) { 0 } else { target.need };
        }
        for (at, group) in model.groups.iter_mut().enumerate() {
            group.persons = if left_out(Limit::Group(at)) { 0 } else { group.persons };
        }
        for (at, need) in model.supports.iter_mut().enumerate() {
            *need = if left_out(Limit::Support(at)) { 0 } else { *need };
        }
        for (at, ceiling) in model.ceilings.iter_mut().enumerate() {
            ceiling.most_vnd = ceiling.most_vnd.filter(|_| !left_out(Limit::Ceiling(at)));
        }
        model
    }

    /// What a plan comes to, from the whole numbers alone.
    #[must_use]
    pub fn tally(&self, plan: &Plan) -> Tally {
        let mut tally = Tally {
            spent_vnd: vec![0; self.ceilings.len()],
            reached: vec![0; self.targets.len()],
            supported: vec![0; self.supports.len()],
            ..Tally::default()
        };
        let taken = self.candidates.iter().zip(&plan.choices);
        for (candidate, choice) in taken.filter_map(|(of, at)| Some((of, of.choices.get((*at)?)?))) {
            self.pay(&mut tally, choice.source, choice.cost_vnd);
            tally.expected += choice.chance;
            for at in &candidate.targets {
                if let (Some(target), Some(reached)) = (self.targets.get(*at), tally.reached.get_mut(*at)) {
                    *reached += choice.adds(target);
                }
            }
        }
        for (session, runs) in self.sessions.iter().zip(&plan.runs) {
            self.pay(&mut tally, session.source, session.cost_vnd.saturating_mul(*runs));
        }
        for package in self.packages.iter().zip(&plan.packages).filter(|(_, given)| **given).map(|(of, _)| of) {
            self.pay(&mut tally, package.source, package.cost_vnd);
            for at in &package.targets {
                if let Some(supported) = tally.supported.get_mut(*at) {
                    *supported += package.products;
                }
            }
        }
        (tally.trained, tally.seats) = super::seats::place(self, &plan.runs);
        tally.broken = self.limits().into_iter().filter(|limit| !self.holds(*limit, &tally)).collect();
        tally
    }

    fn pay(&self, tally: &mut Tally, source: usize, vnd: i64) {
        tally.cost_vnd = tally.cost_vnd.saturating_add(vnd);
        let under = tally.spent_vnd.iter_mut().zip(&self.ceilings).filter(|(_, ceiling)| ceiling.holds(source));
        for (spent, _) in under {
            *spent = spent.saturating_add(vnd);
        }
    }

    /// What a limit asks for and what a plan gives: (asked, got).
    #[must_use]
    pub fn measure(&self, limit: Limit, tally: &Tally) -> (i64, i64) {
        let pair = match limit {
            Limit::Target(at) => self.targets.get(at).map(|t| t.need).zip(tally.reached.get(at).copied()),
            Limit::Group(at) => self.groups.get(at).map(|g| g.persons).zip(tally.trained.get(at).copied()),
            Limit::Support(at) => self.supports.get(at).copied().zip(tally.supported.get(at).copied()),
            Limit::Ceiling(at) => self.ceilings.get(at).and_then(|c| c.most_vnd).zip(tally.spent_vnd.get(at).copied()),
        };
        pair.unwrap_or((0, 0))
    }

    fn holds(&self, limit: Limit, tally: &Tally) -> bool {
        let (asked, got) = self.measure(limit, tally);
        if matches!(limit, Limit::Ceiling(_)) { got <= asked } else { got >= asked }
    }
}
