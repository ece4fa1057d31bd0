//! Candidates that share one target of their own. Such a target is kept exactly, by a table over what is still needed;
//! every other limit has a price. The table answers the cheapest way at given prices, and every way that is nearly as cheap.

use super::model::{Choice, Model};

/// A limit that has a price: what a choice adds to it, and how much there must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Row {
    /// A target, in products.
    Target(usize),
    /// A ceiling, in minus millions of đồng.
    Ceiling(usize),
}

/// Candidates with the target that they alone count for.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its candidates.
    pub members: Vec<usize>,
    /// What they need, in steps.
    need: usize,
    /// Per-mille of one step.
    step: i64,
}

/// What is done with the candidates of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The choice of each member.
    pub choices: Vec<Option<usize>>,
    /// What it adds to the goal, which is made small.
    pub goal: f64,
    /// What it adds to each row.
    pub adds: Vec<f64>,
}

/// More ways than may be looked at.
#[derive(Debug)]
pub struct TooMany;

/// A choice with its price.
struct Priced {
    /// Place among the candidate's choices.
    at: usize,
    /// Steps towards the block's need.
    steps: usize,
    price: f64,
}

/// The largest table that is kept: a need over many candidates has a price instead.
const TABLE: usize = 1_000_000;

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The blocks, and the places of the targets that they keep.
#[must_use]
pub fn split(model: &Model) -> (Vec<Block>, Vec<usize>) {
    let members = |target: usize| {
        let of = model.candidates.iter().enumerate().filter(move |(_, c)| c.targets.contains(&target));
        of.map(|(at, _)| at).collect::<Vec<_>>()
    };
    let mut wanted: Vec<(usize, Vec<usize>)> = model
        .targets
        .iter()
        .enumerate()
        .filter(|(_, t)| t.need > 0 && t.stars <= 3)
        .map(|(at, _)| (at, members(at)))
        .collect();
    wanted.sort_by_key(|(at, members)| (members.len(), *at));
    let mut placed = vec![false; model.candidates.len()];
    let (mut blocks, mut kept) = (Vec::new(), Vec::new());
    for (target, members) in wanted {
        let need = model.targets.get(target).map_or(0, |t| t.need);
        let chances =
            members.iter().filter_map(|m| model.candidates.get(*m)).flat_map(|c| &c.choices).map(|c| c.chance);
        let step = chances.fold(0, gcd).max(1);
        let steps = usize::try_from((need + step - 1) / step).unwrap_or(usize::MAX);
        let free = members.iter().all(|m| placed.get(*m) == Some(&false));
        if !free || steps.saturating_mul(members.len()) > TABLE {
            continue;
        }
        for member in &members {
            if let Some(placed) = placed.get_mut(*member) {
                *placed = true;
            }
        }
        blocks.push(Block { members, need: steps, step });
        kept.push(target);
    }
    let alone = placed.iter().enumerate().filter(|(_, placed)| !**placed);
    blocks.extend(alone.map(|(at, _)| Block { members: vec![at], need: 0, step: 1 }));
    (blocks, kept)
}

/// What a choice adds to a row.
#[must_use]
pub fn adds(model: &Model, row: Row, candidate: usize, choice: &Choice) -> f64 {
    match row {
        Row::Target(at) => {
            let inside = model.candidates.get(candidate).is_some_and(|c| c.targets.contains(&at));
            let target = model.targets.get(at).filter(|_| inside);
            target.map_or(0.0, |target| products(choice.adds(target)))
        }
        Row::Ceiling(at) => {
            let ceiling = model.ceilings.get(at).filter(|c| c.holds(choice.source));
            ceiling.map_or(0.0, |_| -millions(choice.cost_vnd))
        }
    }
}

/// Per-mille as products.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub fn products(permille: i64) -> f64 {
    permille as f64 / 1000.0
}

/// Đồng as millions.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "amounts are below 2^53")]
pub fn millions(vnd: i64) -> f64 {
    vnd as f64 / 1_000_000.0
}

/// The table of a block at given prices: for each member and what is still needed from it on, the lowest price.
pub struct Table<'a> {
    block: &'a Block,
    priced: Vec<Vec<Priced>>,
    /// One layer per member and a last one.
    layers: Vec<Vec<f64>>,
}

impl<'a> Table<'a> {
    /// Fills the table; `price` is that of a choice.
    pub fn new(block: &'a Block, model: &Model, price: impl Fn(usize, usize) -> f64) -> Self {
        let priced: Vec<Vec<Priced>> = block
            .members
            .iter()
            .map(|member| {
                let choices = model.candidates.get(*member).map(|c| c.choices.as_slice()).unwrap_or_default();
                let steps = |choice: &Choice| usize::try_from(choice.chance / block.step).unwrap_or(0).min(block.need);
                let one =
                    |(at, choice): (usize, &Choice)| Priced { at, steps: steps(choice), price: price(*member, at) };
                choices.iter().enumerate().map(one).collect()
            })
            .collect();
        let mut last = vec![f64::INFINITY; block.need + 1];
        if let Some(done) = last.first_mut() {
            *done = 0.0;
        }
        let mut layers = vec![last];
        for choices in priced.iter().rev() {
            let Some(next) = layers.last() else { break };
            let mut layer = next.clone();
            let done = next.first().copied().unwrap_or(f64::INFINITY);
            for choice in choices {
                let (near, far) = layer.split_at_mut(choice.steps.min(block.need + 1));
                for value in near {
                    *value = value.min(choice.price + done);
                }
                for (value, next) in far.iter_mut().zip(next) {
                    *value = value.min(choice.price + next);
                }
            }
            layers.push(layer);
        }
        layers.reverse();
        Self { block, priced, layers }
    }

    fn at(&self, member: usize, need: usize) -> f64 {
        self.layers.get(member).and_then(|layer| layer.get(need)).copied().unwrap_or(f64::INFINITY)
    }

    /// The lowest price of a way that meets the need; infinite where none does.
    #[must_use]
    pub fn lowest(&self) -> f64 {
        self.at(0, self.block.need)
    }

    /// No way is further above the lowest price.
    #[must_use]
    pub fn width(&self) -> f64 {
        let prices = |choices: &Vec<Priced>| {
            choices
                .iter()
                .map(|c| c.price)
                .fold((0.0f64, 0.0f64), |(low, high), price| (low.min(price), high.max(price)))
        };
        self.priced.iter().map(prices).map(|(low, high)| high - low).sum()
    }

    /// A way of the lowest price.
    #[must_use]
    pub fn best(&self) -> Vec<Option<usize>> {
        let mut need = self.block.need;
        let mut way = Vec::with_capacity(self.priced.len());
        for (member, choices) in self.priced.iter().enumerate() {
            let mut best = (self.at(member + 1, need), None, need);
            for choice in choices {
                let left = need.saturating_sub(choice.steps);
                let price = choice.price + self.at(member + 1, left);
                if price < best.0 {
                    best = (price, Some(choice.at), left);
                }
            }
            way.push(best.1);
            need = best.2;
        }
        way
    }

    /// Every way whose price is at most this much above the lowest.
    ///
    /// # Errors
    /// More ways than `most`.
    pub fn near(&self, above: f64, most: usize) -> Result<Vec<Vec<Option<usize>>>, TooMany> {
        let limit = self.lowest() + above;
        // A stack instead of recursion: (member, needed, price so far, choice of the member before).
        let mut stack = vec![(0usize, self.block.need, 0.0f64, None)];
        let mut way: Vec<Option<usize>> = Vec::with_capacity(self.priced.len());
        let mut found = Vec::new();
        while let Some((member, need, price, before)) = stack.pop() {
            if member > 0 {
                way.truncate(member - 1);
                way.push(before);
            }
            let Some(choices) = self.priced.get(member) else {
                if found.len() == most {
                    return Err(TooMany);
                }
                found.push(way.clone());
                continue;
            };
            if price + self.at(member + 1, need) <= limit {
                stack.push((member + 1, need, price, None));
            }
            for choice in choices {
                let (left, price) = (need.saturating_sub(choice.steps), price + choice.price);
                if price + self.at(member + 1, left) <= limit {
                    stack.push((member + 1, left, price, Some(choice.at)));
                }
            }
        }
        Ok(found)
    }
}

/// Leaves out every column that another one beats or equals in the goal and in every row.
#[must_use]
pub fn undominated(mut columns: Vec<Column>) -> Vec<Column> {
    columns.sort_by(|a, b| {
        a.goal.total_cmp(&b.goal).then_with(|| {
            b.adds
                .iter()
                .zip(&a.adds)
                .map(|(b, a)| b.total_cmp(a))
                .find(|o| o.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        })
    });
    let mut kept: Vec<Column> = Vec::new();
    for column in columns {
        let beaten = |by: &Column| by.adds.iter().zip(&column.adds).all(|(by, own)| by >= own);
        if !kept.iter().any(beaten) {
            kept.push(column);
        }
    }
    kept
}
