//! What the pure rules cost: grading a council of nine, and planning a product's way to five stars.
//!
//! Run with `cargo bench -p evaluation`. What is promised: at most 30 µs for a grading, 10 ms for a plan. Run as a test, each is
//! carried out once and nothing is measured.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use evaluation::advice::domain::{Wishes, plan};
use evaluation::rules::domain::{Answer, GradeInput, MemberMarks, grade};
use reference::cards::{self, Card};

/// Marks of so many members who mostly agree, a good deal below the best.
fn input(card: &Card, members: usize) -> GradeInput {
    let member = |at: usize| {
        let answer = |(place, criterion): (usize, &cards::Criterion)| {
            let lowered = if (place + at).is_multiple_of(7) { criterion.max } else { criterion.max / 2 };
            let points = (0..=lowered).rev().find(|points| criterion.gives(*points)).or(Some(criterion.max));
            Answer { criterion: criterion.id.clone(), points, option: 0 }
        };
        MemberMarks { member: format!("m{}", at + 1), answers: card.criteria().enumerate().map(answer).collect() }
    };
    GradeInput {
        members: (0..members).map(member).collect(),
        spread_limit: Some(card.max_total),
        ..GradeInput::default()
    }
}

fn rules(c: &mut Criterion) {
    let card = cards::get("q26-ca-phe-ca-cao").or_else(|| cards::all().first());
    let Some(card) = card else { return };
    let nine = input(card, 9);
    c.bench_function("grade, 9 members", |b| b.iter(|| grade(black_box(card), black_box(&nine))));
    for members in [1, 9, 50] {
        let marks = input(card, members);
        let wishes = Wishes::default();
        c.bench_function(&format!("advice, {members} members"), |b| {
            b.iter(|| plan(black_box(card), black_box(&marks), 5, &wishes));
        });
    }
}

criterion_group!(benches, rules);
criterion_main!(benches);
