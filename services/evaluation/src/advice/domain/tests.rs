use super::*;
use crate::rules::domain::{MemberMarks, grade};
use proptest::prelude::*;
use reference::cards;

fn card(id: &str) -> &'static Card {
    cards::get(id).unwrap()
}

/// Marks of members who chose these rungs, by places that wrap around; rung 0 is the lowest points.
fn input(card: &Card, members: &[Vec<usize>]) -> GradeInput {
    let member = |(at, rungs): (usize, &Vec<usize>)| {
        let answer = |(place, criterion): (usize, &Criterion)| {
            let mut points: Vec<i32> = (0..=criterion.max).filter(|points| criterion.gives(*points)).collect();
            points.sort_unstable();
            let rung = rungs[place % rungs.len()] % points.len();
            Answer { criterion: criterion.id.clone(), points: Some(points[rung]), option: 0 }
        };
        MemberMarks { member: format!("m{at}"), answers: card.criteria().enumerate().map(answer).collect() }
    };
    GradeInput {
        members: members.iter().enumerate().map(member).collect(),
        spread_limit: Some(card.max_total),
        ..GradeInput::default()
    }
}

/// The least weight of all ways to change some criteria, by trying every one.
fn by_trying(card: &Card, input: &GradeInput, target: u8, wishes: &Wishes, free: &[&Criterion]) -> Option<Weight> {
    fn go(
        card: &Card,
        input: &GradeInput,
        (target, members): (u8, i64),
        wishes: &Wishes,
        free: &[&Criterion],
        so_far: (Weight, &mut Vec<Change>),
    ) -> Option<Weight> {
        let (weighs, changes) = so_far;
        let Some((criterion, rest)) = free.split_first() else {
            let plan =
                Plan { target, reachable: true, lacking: 0, changes: changes.clone(), sum: 0, blocked: Vec::new() };
            let graded = grade(card, &carried_out(input, &plan)).unwrap();
            return (graded.stars >= target).then_some(weighs);
        };
        let sum = sums(input)[criterion.id.as_str()];
        let mut least = go(card, input, (target, members), wishes, rest, (weighs, changes));
        for option in criterion.options().filter(|option| i64::from(option.points) * members >= sum) {
            let gain = usize::try_from(i64::from(option.points) * members - sum).unwrap();
            let made = choice(criterion, option, (sum, gain), &[], members, wishes);
            changes.push(made.change.unwrap());
            let found = go(card, input, (target, members), wishes, rest, (weighs + made.weight, changes));
            changes.pop();
            least = [least, found].into_iter().flatten().min();
        }
        least
    }
    let members = i64::try_from(input.members.len()).unwrap();
    go(card, input, (target, members), wishes, free, (0, &mut Vec::new()))
}

fn weighs(plan: &Plan) -> Weight {
    plan.changes.iter().map(|change| weight(change.cost, change.steps)).sum()
}

#[test]
fn a_product_that_has_the_stars_needs_nothing() {
    let card = card("q26-ca-phe-ca-cao");
    let best = input(card, &[vec![usize::MAX - 1]]);
    let top: Vec<Answer> =
        card.criteria().map(|c| Answer { criterion: c.id.clone(), points: Some(c.max), option: 0 }).collect();
    let best = GradeInput { members: vec![MemberMarks { member: "m".into(), answers: top }], ..best };
    let plan = plan(card, &best, 5, &Wishes::default());
    assert_eq!((plan.reachable, plan.lacking, plan.changes.len(), plan.sum), (true, 0, 0, 100));
}

#[test]
fn a_failed_minimum_mark_is_lifted_though_the_points_are_enough() {
    let card = card("q26-ca-phe-ca-cao");
    let of = |criterion: &Criterion| {
        // The 3-star mark of A1.1 asks for 2 points.
        let points = if criterion.id == "A1.1" { 1 } else { criterion.max };
        Answer { criterion: criterion.id.clone(), points: Some(points), option: 0 }
    };
    let members = vec![MemberMarks { member: "m".into(), answers: card.criteria().map(of).collect() }];
    let input = GradeInput { members, ..GradeInput::default() };
    assert_eq!(grade(card, &input).unwrap().stars, 0);
    let found = plan(card, &input, 3, &Wishes::default());
    let changes: Vec<(&str, i32, u8)> =
        found.changes.iter().map(|c| (c.criterion.as_str(), c.points, c.for_stars)).collect();
    assert_eq!((found.lacking, changes), (0, vec![("A1.1", 2, 3)]));
    assert_eq!(grade(card, &carried_out(&input, &found)).unwrap().stars, 5, "nothing else was missing");

    let wishes = Wishes { fixed: ["A1.1".to_owned()].into(), ..Wishes::default() };
    let stuck = plan(card, &input, 3, &wishes);
    assert_eq!((stuck.reachable, stuck.blocked, stuck.sum), (false, vec!["A1.1".to_owned()], 98));
}

#[test]
fn entered_costs_turn_the_plan_away_from_what_is_dear() {
    let card = card("q1048-ca-phe-ca-cao");
    let all: Vec<Answer> =
        card.criteria().map(|c| Answer { criterion: c.id.clone(), points: Some(c.max), option: 0 }).collect();
    let mut answers = all.clone();
    let lowered: Vec<String> = card.criteria().filter(|c| c.max == 5 && c.gives(0)).map(|c| c.id.clone()).collect();
    for answer in answers.iter_mut().filter(|answer| lowered.contains(&answer.criterion)) {
        answer.points = Some(0);
    }
    let members = vec![MemberMarks { member: "m".into(), answers }];
    let input = GradeInput { members, ..GradeInput::default() };
    let free = plan(card, &input, 5, &Wishes::default());
    assert!(free.reachable && !free.changes.is_empty());
    let dear = free.changes[0].criterion.clone();
    let options = card.criterion(&dear).unwrap().options();
    let costs = options.map(|option| ((dear.clone(), option.position), 1_000_000)).collect();
    let cheaper = plan(card, &input, 5, &Wishes { costs, ..Wishes::default() });
    assert!(cheaper.reachable && cheaper.changes.iter().all(|change| change.criterion != dear));
    assert_eq!(cheaper.cost(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_reaches_its_stars_and_says_the_mean_that_it_leads_to(
        at in 0usize..51,
        members in prop::collection::vec(prop::collection::vec(0usize..6, 7), 1..10),
        target in 3u8..=5,
    ) {
        let all = cards::all();
        let card = &all[at % all.len()];
        let input = input(card, &members);
        let found = plan(card, &input, target, &Wishes::default());
        if found.reachable {
            let after = grade(card, &carried_out(&input, &found)).unwrap();
            prop_assert!(after.stars >= target, "{} {found:?}", card.id);
            prop_assert_eq!(after.sum, found.sum);
            let before = grade(card, &input).unwrap();
            prop_assert_eq!(before.stars >= target, found.changes.is_empty());
        }
        // With every criterion free the card's best answers reach five stars, where its points add up to enough.
        prop_assert!(found.reachable);
    }

    #[test]
    fn no_other_way_is_cheaper(
        at in 0usize..51,
        members in prop::collection::vec(prop::collection::vec(1usize..6, 5), 1..4),
        target in 3u8..=5,
        free in prop::collection::btree_set(0usize..40, 1..5),
        costs in prop::collection::vec(0u64..4, 8),
    ) {
        let all = cards::all();
        let card = &all[at % all.len()];
        let criteria: Vec<&Criterion> = card.criteria().collect();
        let free: BTreeSet<usize> = free.into_iter().map(|place| place % criteria.len()).collect();
        let mut input = input(card, &members);
        // Nearly there, so that a few criteria decide.
        for member in &mut input.members {
            for (place, answer) in member.answers.iter_mut().enumerate().filter(|(place, _)| !free.contains(place)) {
                if place % 4 != 0 || target == 5 {
                    answer.points = Some(criteria[place].max);
                }
            }
        }
        let fixed = criteria.iter().enumerate().filter(|(place, _)| !free.contains(place));
        let options = criteria.iter().flat_map(|c| c.options().map(move |o| (c.id.clone(), o.position)));
        let wishes = Wishes {
            target: None,
            costs: options.enumerate().map(|(place, option)| (option, costs[place % costs.len()])).collect(),
            fixed: fixed.map(|(_, criterion)| criterion.id.clone()).collect(),
        };
        let chosen: Vec<&Criterion> = free.iter().map(|place| criteria[*place]).collect();
        let found = plan(card, &input, target, &wishes);
        let least = by_trying(card, &input, target, &wishes, &chosen);
        prop_assert_eq!(found.reachable.then(|| weighs(&found)), least, "{} {:?}", &card.id, found);
    }
}
