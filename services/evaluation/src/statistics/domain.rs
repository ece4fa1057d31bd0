//! The figures. Pure; medians and ratios are advice, so that floating point may carry them, and every figure is printed with two
//! decimals. The legal mean is not computed here.

use std::collections::{BTreeMap, BTreeSet};

use reference::cards::Card;

use crate::rules::domain::{GradeInput, MemberMarks, grade, two_decimals};

/// Fewest members of whom something is said.
pub const FEWEST_MEMBERS: usize = 3;
/// Fewest products over which something is said of a round or a member.
pub const FEWEST_PRODUCTS: usize = 5;
/// Most disputed criteria that are named.
const MOST_DISPUTED: usize = 5;
/// Sweeps of a median polish; panels settle in two or three.
const SWEEPS: usize = 20;

/// What a product would have come to without one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Without {
    /// The member.
    pub member: String,
    /// The mean of the others.
    pub mean: String,
    /// Their stars.
    pub stars: u8,
}

/// How far members differ on a criterion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed {
    /// The criterion.
    pub criterion: String,
    /// Highest points.
    pub highest: i32,
    /// Lowest points.
    pub lowest: i32,
}

/// Leaves each member out in turn and grades the others.
#[must_use]
pub fn without_each(card: &Card, input: &GradeInput) -> Vec<Without> {
    let others = |left_out: usize| GradeInput {
        members: input.members.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, m)| m.clone()).collect(),
        // Who is left may lie less far apart, never further: the spread stands in no way of the stars.
        spread_limit: Some(card.max_total),
        ..input.clone()
    };
    let of = |(at, member): (usize, &MemberMarks)| {
        let graded = grade(card, &others(at)).ok()?;
        Some(Without { member: member.member.clone(), mean: graded.mean, stars: graded.stars })
    };
    input.members.iter().enumerate().filter_map(of).collect()
}

/// The median of whole numbers, with two decimals; none of none.
#[must_use]
pub fn median(numbers: &[i32]) -> Option<String> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(two_decimals(i64::from(lower) + i64::from(upper), 2))
}

/// The criteria on which members differ, the widest first.
#[must_use]
pub fn disputed(card: &Card, members: &[MemberMarks]) -> Vec<Disputed> {
    let of = |criterion: &reference::cards::Criterion| {
        let points = points_of(members, &criterion.id);
        let (highest, lowest) = (*points.iter().max()?, *points.iter().min()?);
        (highest > lowest).then(|| Disputed { criterion: criterion.id.clone(), highest, lowest })
    };
    let mut found: Vec<Disputed> = card.criteria().filter_map(of).collect();
    // stable, so the card's order stays among equals
    found.sort_by_key(|one| std::cmp::Reverse(one.highest - one.lowest));
    found.truncate(MOST_DISPUTED);
    found
}

fn points_of(members: &[MemberMarks], criterion: &str) -> Vec<i32> {
    let of = |member: &MemberMarks| member.answers.iter().find(|answer| answer.criterion == criterion)?.points;
    members.iter().filter_map(of).collect()
}

/// Each criterion's marks as shares of its highest points: what the agreement of one sitting is computed over.
#[must_use]
pub fn shares(card: &Card, members: &[MemberMarks]) -> Vec<Vec<f64>> {
    let scored = card.criteria().filter(|criterion| criterion.max > 0);
    let of = |criterion: &reference::cards::Criterion| {
        let points = points_of(members, &criterion.id).into_iter();
        points.map(|points| f64::from(points) / f64::from(criterion.max)).collect()
    };
    scored.map(of).collect()
}

/// Krippendorff's alpha for intervals over units that several raters rated; units with one value say nothing. None where fewer
/// than two values can be compared, or nothing varies.
#[must_use]
pub fn alpha(units: &[Vec<f64>]) -> Option<f64> {
    let units: Vec<&Vec<f64>> = units.iter().filter(|values| values.len() > 1).collect();
    let all: Vec<f64> = units.iter().flat_map(|values| values.iter().copied()).collect();
    let many = all.len();
    if many < 2 {
        return None;
    }
    let observed: f64 =
        units.iter().map(|values| squares(values) / number(values.len() - 1)).sum::<f64>() / number(many);
    let expected = squares(&all) / (number(many) * number(many - 1));
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

/// The sum of the squared differences of all ordered pairs, which is 2 (n Σx² − (Σx)²); taken about the mean, so that equal
/// values give exactly nothing.
fn squares(values: &[f64]) -> f64 {
    let n = number(values.len());
    let middle = values.iter().sum::<f64>() / n;
    2.0 * n * values.iter().map(|value| (value - middle) * (value - middle)).sum::<f64>()
}

#[expect(clippy::cast_precision_loss, reason = "counts of marks are far below 2^52")]
fn number(count: usize) -> f64 {
    count as f64
}

/// One member's total for one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The member.
    pub member: String,
    /// The product's place among the sittings.
    pub product: usize,
    /// The total.
    pub total: i32,
}

/// How strict a member is.
#[derive(Clone, Debug, PartialEq)]
pub struct Leniency {
    /// The member.
    pub member: String,
    /// Products marked.
    pub products: usize,
    /// Points above the council's middle; none under [`FEWEST_PRODUCTS`].
    pub points: Option<f64>,
}

/// How strict each member is: the column effects of a median polish of members by products. One odd mark does not move them.
#[must_use]
pub fn leniency(cells: &[Cell]) -> Vec<Leniency> {
    let members: BTreeSet<&str> = cells.iter().map(|cell| cell.member.as_str()).collect();
    let mut left: Vec<(&str, usize, f64)> =
        cells.iter().map(|cell| (cell.member.as_str(), cell.product, f64::from(cell.total))).collect();
    let mut effects: BTreeMap<&str, f64> = members.iter().map(|member| (*member, 0.0)).collect();
    for _ in 0..SWEEPS {
        let of_products = medians(&left, |(_, product, _)| *product);
        take(&mut left, &of_products, |(_, product, _)| *product);
        let of_members = medians(&left, |(member, _, _)| *member);
        take(&mut left, &of_members, |(member, _, _)| *member);
        for (member, moved) in &of_members {
            *effects.entry(*member).or_default() += moved;
        }
        if of_members.values().all(|moved| moved.abs() < 1e-9) {
            break;
        }
    }
    let middle = middle(effects.values().copied().collect());
    let marked = |member: &str| cells.iter().filter(|cell| cell.member == member).count();
    let of = |(member, effect): (&str, f64)| {
        let products = marked(member);
        let points = (products >= FEWEST_PRODUCTS).then_some(effect - middle);
        Leniency { member: member.to_owned(), products, points }
    };
    effects.into_iter().map(of).collect()
}

type Left<'c> = (&'c str, usize, f64);

fn medians<'c, K: Ord>(left: &[Left<'c>], key: impl Fn(&Left<'c>) -> K) -> BTreeMap<K, f64> {
    let mut groups: BTreeMap<K, Vec<f64>> = BTreeMap::new();
    for cell in left {
        groups.entry(key(cell)).or_default().push(cell.2);
    }
    groups.into_iter().map(|(key, values)| (key, middle(values))).collect()
}

fn take<'c, K: Ord>(left: &mut [Left<'c>], of: &BTreeMap<K, f64>, key: impl Fn(&Left<'c>) -> K) {
    for cell in left {
        cell.2 -= of.get(&key(cell)).copied().unwrap_or(0.0);
    }
}

/// The median; 0 of none.
fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or(0.0);
    f64::midpoint(at(values.len() / 2), at(values.len().saturating_sub(1) / 2))
}

/// A figure as it is printed: two decimals, half away from zero, and no minus before nothing.
#[must_use]
pub fn printed(figure: f64) -> String {
    let text = format!("{:.2}", (figure * 100.0).round() / 100.0);
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

/// True where too few members marked, or too few products were marked, to say something of a round.
#[must_use]
pub fn too_few(cells: &[Cell]) -> bool {
    let members: BTreeSet<&str> = cells.iter().map(|cell| cell.member.as_str()).collect();
    let products: BTreeSet<usize> = cells.iter().map(|cell| cell.product).collect();
    members.len() < FEWEST_MEMBERS || products.len() < FEWEST_PRODUCTS
}

/// The totals of each product: what the agreement of a round is computed over.
#[must_use]
pub fn by_product(cells: &[Cell]) -> Vec<Vec<f64>> {
    let mut products: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for cell in cells {
        products.entry(cell.product).or_default().push(f64::from(cell.total));
    }
    products.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell(member: &str, product: usize, total: i32) -> Cell {
        Cell { member: member.to_owned(), product, total }
    }

    /// Totals of members with these leanings over products of these worths.
    fn cells(leanings: &[i32], worths: &[i32]) -> Vec<Cell> {
        let of = |(product, worth): (usize, &i32)| {
            let lean = |(at, lean): (usize, &i32)| cell(&format!("m{at}"), product, worth + lean);
            leanings.iter().enumerate().map(lean).collect::<Vec<_>>()
        };
        worths.iter().enumerate().flat_map(of).collect()
    }

    fn points(found: &[Leniency]) -> Vec<String> {
        found.iter().map(|one| one.points.map(printed).unwrap_or_default()).collect()
    }

    #[test]
    fn medians_lie_between_the_two_middle_numbers() {
        assert_eq!(median(&[]), None);
        for (numbers, expected) in
            [(&[70][..], "70.00"), (&[80, 61], "70.50"), (&[1, 100, 2], "2.00"), (&[4, 1, 3, 2], "2.50")]
        {
            assert_eq!(median(numbers).as_deref(), Some(expected), "{numbers:?}");
        }
    }

    #[test]
    fn a_known_example_of_krippendorffs_alpha_comes_out() {
        // Four raters, twelve units, intervals: 0.849 (the worked example of Krippendorff's own note of 2011).
        let table: [&[f64]; 12] = [
            &[1.0, 1.0, 1.0],
            &[2.0, 2.0, 3.0, 2.0],
            &[3.0, 3.0, 3.0, 3.0],
            &[3.0, 3.0, 3.0, 3.0],
            &[2.0, 2.0, 2.0, 2.0],
            &[1.0, 2.0, 3.0, 4.0],
            &[4.0, 4.0, 4.0, 4.0],
            &[1.0, 1.0, 2.0, 1.0],
            &[2.0, 2.0, 2.0, 2.0],
            &[5.0, 5.0, 5.0],
            &[1.0, 1.0],
            &[3.0],
        ];
        let units: Vec<Vec<f64>> = table.iter().map(|unit| unit.to_vec()).collect();
        assert!((alpha(&units).unwrap() - 0.849).abs() < 0.0005, "{:?}", alpha(&units));
    }

    #[test]
    fn full_agreement_is_one_and_nothing_that_varies_has_no_alpha() {
        assert_eq!(alpha(&[vec![1.0, 1.0], vec![2.0, 2.0]]).map(printed).as_deref(), Some("1.00"));
        assert_eq!(alpha(&[vec![2.0, 2.0], vec![2.0, 2.0]]), None);
        assert_eq!(alpha(&[vec![1.0], vec![2.0]]), None);
        assert_eq!(alpha(&[]), None);
    }

    #[test]
    fn leanings_are_found_exactly_and_one_odd_mark_does_not_move_them() {
        let worths = [50, 61, 72, 83, 94, 55, 66];
        let mut cells = cells(&[0, 3, -4, 0, 1], &worths);
        let expected = ["0.00", "3.00", "-4.00", "0.00", "1.00"];
        assert_eq!(points(&leniency(&cells)), expected);
        let odd = cells.iter_mut().find(|c| c.member == "m3" && c.product == 2).unwrap();
        odd.total = 20;
        assert_eq!(points(&leniency(&cells)), expected, "a mean would have moved by seven points");
    }

    #[test]
    fn a_member_who_marked_few_products_is_not_spoken_of() {
        let mut cells = cells(&[0, 2, -2], &[50, 60, 70, 80, 90]);
        cells.retain(|c| c.member != "m1" || c.product < 4);
        let found = leniency(&cells);
        assert_eq!((found[1].products, found[1].points), (4, None));
        assert!(found[0].points.is_some());
        assert!(!too_few(&cells));
        cells.retain(|c| c.product < 4);
        assert!(too_few(&cells), "four products are too few");
    }

    #[test]
    fn what_hangs_on_one_member_shows_when_that_member_is_left_out() {
        let card = reference::cards::get("q1048-ca-phe-ca-cao").unwrap();
        let zero = |member: &str, full: usize| MemberMarks {
            member: member.to_owned(),
            answers: card
                .criteria()
                .enumerate()
                .map(|(at, c)| crate::rules::domain::Answer {
                    criterion: c.id.clone(),
                    points: Some(if at < full { c.max } else { 0 }),
                    option: 0,
                })
                .collect(),
        };
        let many = card.criteria().count();
        let input = GradeInput { members: vec![zero("a", many), zero("b", 0), zero("c", 0)], ..GradeInput::default() };
        let found = without_each(card, &input);
        assert_eq!(found[0], Without { member: "a".into(), mean: "0.00".into(), stars: 1 });
        assert_eq!((found[1].mean.as_str(), found[1].stars), ("50.00", 3));
        let disputed = disputed(card, &input.members);
        assert_eq!(disputed.len(), MOST_DISPUTED);
        assert!(disputed.is_sorted_by_key(|one| std::cmp::Reverse(one.highest - one.lowest)));
    }

    proptest! {
        #[test]
        fn shifting_every_mark_shifts_no_leaning(shift in -20i32..20, totals in prop::collection::vec(0i32..100, 20)) {
            let of = |shift: i32| -> Vec<Cell> {
                let cell_of = |(at, total): (usize, &i32)| cell(&format!("m{}", at % 4), at / 4, total + shift);
                totals.iter().enumerate().map(cell_of).collect()
            };
            prop_assert_eq!(points(&leniency(&of(0))), points(&leniency(&of(shift))));
        }

        #[test]
        fn alpha_never_exceeds_one(units in prop::collection::vec(prop::collection::vec(0.0f64..100.0, 1..6), 1..12)) {
            if let Some(found) = alpha(&units) {
                prop_assert!(found <= 1.0 + 1e-9);
            }
        }
    }
}
