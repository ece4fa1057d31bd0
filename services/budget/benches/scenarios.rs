//! What an exact answer costs: 2,000 candidates of 9 districts or 110 communes, each to three stars, to four or left out.
//!
//! Run with `cargo bench -p budget --bench scenarios`. What is promised: at most two seconds for each. Run as a test, each is
//! answered once and nothing is measured. The numbers are drawn from a fixed seed; no real product stands behind them.

use std::hint::black_box;
use std::time::Duration;

use budget::scenarios::domain::answer::{Question, answer};
use budget::scenarios::domain::effort::Effort;
use budget::scenarios::domain::model::{Candidate, Ceiling, Choice, Goal, Group, Model, Session, Target};
use budget::scenarios::domain::solve::Found;
use criterion::{Criterion, criterion_group, criterion_main};

/// The same numbers every time.
struct Draws(u64);

impl Draws {
    fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + i64::try_from(self.0 % u64::try_from(high - low + 1).unwrap_or(1)).unwrap_or(0)
    }
}

/// So many units, each with its own target, and one for all; everybody trained.
fn model(units: usize, each: i64, all: i64, goal: Goal, ceiling_vnd: i64) -> Model {
    let mut draws = Draws(0x2545_F491_4F6C_DD1D);
    let mut targets: Vec<Target> = (0..units).map(|_| Target { stars: 3, need: each }).collect();
    targets.push(Target { stars: 3, need: all });
    let candidate = |at: usize, draws: &mut Draws| {
        let (cost, chance) = (draws.between(20, 200) * 1_000_000, draws.between(200, 950));
        let four = (cost * draws.between(12, 25) / 10, chance * draws.between(40, 95) / 100);
        let choice = |stars, (cost_vnd, chance)| Choice { stars, cost_vnd, chance, source: 2 };
        Candidate { choices: vec![choice(3, (cost, chance)), choice(4, four)], targets: vec![at % units, units] }
    };
    let candidates = (0..2000).map(|at| candidate(at, &mut draws)).collect();
    // Officers and managers of each district; a session of the district for either, and two of the province for all.
    let groups: Vec<Group> = (0..18).map(|_| Group { persons: draws.between(10, 60) }).collect();
    let session = |cost_vnd, seats, groups| Session { cost_vnd, source: 2, seats, most: 9, groups };
    let mut sessions: Vec<Session> =
        (0..18).map(|group| session(draws.between(8, 20) * 1_000_000, draws.between(30, 60), vec![group])).collect();
    sessions.push(session(45_000_000, 110, (0..18).step_by(2).collect()));
    sessions.push(session(60_000_000, 150, (1..18).step_by(2).collect()));
    Model {
        goal,
        candidates,
        targets,
        groups,
        sessions,
        packages: Vec::new(),
        supports: Vec::new(),
        ceilings: vec![Ceiling { source: None, most_vnd: Some(ceiling_vnd) }],
    }
}

fn scenarios(c: &mut Criterion) {
    let stop = || false;
    let effort = Effort { nodes: 40_000, columns: 4_000, time: Duration::from_millis(1500), first: false, stop: &stop };
    let mut group = c.benchmark_group("scenarios");
    group.sample_size(10);
    for (name, model) in [
        ("cheapest, 9 districts", model(9, 2000, 25_000, Goal::Cheapest, 20_000_000_000)),
        ("cheapest, 110 communes", model(110, 1000, 150_000, Goal::Cheapest, 90_000_000_000)),
        ("most recognised, 9 districts", model(9, 2000, 15_000, Goal::MostRecognised, 4_000_000_000)),
        ("most recognised, 110 communes", model(110, 500, 60_000, Goal::MostRecognised, 9_000_000_000)),
    ] {
        let question = Question { likely: model, corners: Vec::new() };
        group.bench_function(name, |b| b.iter(|| answer(black_box(&question), &effort)));
        let kind = match answer(&question, &effort).found {
            Found::Best(found) => format!("proven, {} đồng, {} per-mille", found.tally.cost_vnd, found.tally.expected),
            Found::Good(found) => {
                format!("not proven, {} đồng, {} per-mille", found.tally.cost_vnd, found.tally.expected)
            }
            other => format!("{other:?}"),
        };
        eprintln!("{name}: {kind}");
    }
    group.finish();
}

criterion_group!(benches, scenarios);
criterion_main!(benches);
