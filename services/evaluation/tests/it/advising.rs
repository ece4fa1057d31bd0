//! Figures and plans beside the legal result: they change nothing, and say nothing where there is too little to say.

use proto::evaluation::v1 as pb;
use reference::cards;
use tonic::Code;

use crate::office::{Office, answer, because, card, everywhere, invalid, marks, refused, sitting};

async fn figures(office: &Office, sitting: &str) -> Result<pb::SittingStatistics, tonic::Status> {
    let request = pb::GetSittingStatisticsRequest { name: sitting.to_owned() };
    Ok(office.statistics().get_sitting_statistics(office.admin.say(request)).await?.into_inner())
}

async fn of_round(office: &Office, round: &str) -> pb::RoundStatistics {
    let request = pb::GetRoundStatisticsRequest { name: round.to_owned() };
    office.statistics().get_round_statistics(office.admin.say(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_sittings_figures_stand_beside_the_mean_and_two_members_are_too_few() {
    everywhere(async |office| {
        let round = office.round_of(3).await;
        let made = office.add_sitting(sitting(&round, &office.product("Cà phê").await)).await.unwrap();
        let early = figures(&office, &made.name).await;
        assert_eq!(refused(early), because(Code::FailedPrecondition, "SITTING_NOT_GRADED"));
        office.mark_all(&made, &[68, 69, 75]).await;
        let result = office.grade(&made.name).await.unwrap().result.unwrap();
        assert_eq!((result.mean.as_str(), result.stars), ("70.67", 4));
        let found = figures(&office, &made.name).await.unwrap();
        assert_eq!((found.median.as_str(), found.spread, found.mean.as_str()), ("69.00", 7, "70.67"));
        let without: Vec<(&str, &str, i32)> =
            found.without_member.iter().map(|w| (w.member.as_str(), w.mean.as_str(), w.stars)).collect();
        assert_eq!(without, [("m1", "72.00", 4), ("m2", "71.50", 4), ("m3", "68.50", 3)]);
        assert!(!found.stable, "without the third member it is three stars");
        assert!(!found.agreement.is_empty() && !found.disputed.is_empty());

        let few = office.round_of(2).await;
        let made = office.add_sitting(sitting(&few, &office.product("Ca cao").await)).await.unwrap();
        office.mark_all(&made, &[68, 69]).await;
        office.grade(&made.name).await.unwrap();
        let found = figures(&office, &made.name).await.unwrap();
        assert_eq!((found.too_few, found.members, found.median.as_str()), (true, 2, ""));
    })
    .await;
}

#[tokio::test]
async fn a_rounds_figures_wait_for_five_products_and_then_tell_the_strict_from_the_lenient() {
    everywhere(async |office| {
        let round = office.round_of(3).await;
        for (at, worth) in [60, 64, 68, 72, 76].into_iter().enumerate() {
            let found = of_round(&office, &round).await;
            assert_eq!((found.too_few, found.leniency.len(), found.sittings), (true, 0, i32::try_from(at).unwrap()));
            let product = office.product(&format!("Sản phẩm {at}")).await;
            let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
            office.mark_all(&made, &[worth, worth + 3, worth - 2]).await;
            office.grade(&made.name).await.unwrap();
        }
        let found = of_round(&office, &round).await;
        let leniency: Vec<(&str, &str)> =
            found.leniency.iter().map(|l| (l.member.as_str(), l.points.as_str())).collect();
        assert_eq!(leniency, [("m1", "0.00"), ("m2", "3.00"), ("m3", "-2.00")]);
        assert!(!found.too_few && found.agreement.starts_with("0."), "{}", found.agreement);
        let chair = office.login("member", "council_member");
        let request = pb::GetRoundStatisticsRequest { name: round };
        let hidden = office.statistics().get_round_statistics(chair.say(request)).await;
        assert_eq!(refused(hidden), because(Code::PermissionDenied, "ROLE_MISSING"));
    })
    .await;
}

#[tokio::test]
async fn a_plan_from_a_graded_sitting_leads_to_the_stars_that_it_promises() {
    everywhere(async |office| {
        let round = office.round_of(3).await;
        let made = office.add_sitting(sitting(&round, &office.product("Cà phê").await)).await.unwrap();
        let ask = |wishes: pb::AdviceWishes| pb::ResolveSittingAdviceRequest {
            name: made.name.clone(),
            wishes: Some(wishes),
        };
        let early = office.advice().resolve_sitting_advice(office.admin.say(ask(Default::default()))).await;
        assert_eq!(refused(early), because(Code::FailedPrecondition, "SITTING_NOT_GRADED"));
        office.mark_all(&made, &[64, 66, 65]).await;
        office.grade(&made.name).await.unwrap();
        let plan = office.advice().resolve_sitting_advice(office.admin.say(ask(Default::default()))).await;
        let plan = plan.unwrap().into_inner();
        assert_eq!((plan.mean.as_str(), plan.stars, plan.target_stars), ("65.00", 3, 4));
        assert_eq!((plan.points_needed.as_str(), plan.reachable), ("5.00", true));
        let mean: f64 = plan.planned_mean.parse().unwrap();
        assert!(mean >= 70.0 && !plan.changes.is_empty());
        let change = &plan.changes[0];
        assert!(change.explanation_vi.contains(&change.criterion) && change.explanation_vi.contains("4 sao"));
        assert!(!change.evidence.is_empty() && change.steps >= 1);

        let wishes = pb::AdviceWishes {
            target_stars: 2,
            costs: vec![
                pb::OptionCost { criterion: "Z9".to_owned(), option: 1, cost_vnd: 1 },
                pb::OptionCost { criterion: change.criterion.clone(), option: 90, cost_vnd: 1 },
            ],
            fixed_criteria: vec!["Z8".to_owned()],
        };
        let bad = office.advice().resolve_sitting_advice(office.admin.say(ask(wishes.clone()))).await;
        assert_eq!(refused(bad), invalid(&[("wishes.target_stars", "FIELD_RANGE")]));
        let bad = office
            .advice()
            .resolve_sitting_advice(office.admin.say(ask(pb::AdviceWishes { target_stars: 0, ..wishes })))
            .await;
        let expected = invalid(&[
            ("wishes.costs[0].criterion", "CRITERION_UNKNOWN"),
            ("wishes.costs[1].option", "OPTION_UNKNOWN"),
            ("wishes.fixed_criteria[0]", "CRITERION_UNKNOWN"),
        ]);
        assert_eq!(refused(bad), expected);
    })
    .await;
}

#[tokio::test]
async fn a_plan_from_sent_marks_stores_nothing_and_a_card_without_a_source_plans_nothing() {
    everywhere(async |office| {
        let before = office.rows().await;
        let ask = |scorecard: &str, answers: Vec<pb::Answer>| pb::ResolveAdviceRequest {
            scorecard: scorecard.to_owned(),
            marks: vec![pb::MemberMarks { member: "m1".to_owned(), answers }],
            wishes: Some(pb::AdviceWishes { target_stars: 5, ..Default::default() }),
            ..Default::default()
        };
        let producer = office.login("producer", "producer");
        let q26 = cards::get("q26-ca-phe-ca-cao").unwrap();
        let none: Vec<pb::Answer> = q26.criteria().map(|c| answer(&c.id, if c.gives(0) { 0 } else { 1 })).collect();
        let plan = office.advice().resolve_advice(producer.say(ask("scorecards/q26-ca-phe-ca-cao", none))).await;
        let plan = plan.unwrap().into_inner();
        assert!(plan.reachable && !plan.failed_minimums.is_empty());
        assert!(plan.changes.iter().any(|change| change.for_minimum_of_stars == 3));
        let rice = ask("scorecards/q1048-gao-ngu-coc", marks(card(), 50));
        let rice = office.advice().resolve_advice(producer.say(rice)).await;
        assert_eq!(refused(rice), because(Code::FailedPrecondition, "SCORECARD_UNAVAILABLE"));
        let bad = ask("scorecards/q1048-ca-phe-ca-cao", vec![answer("Z9", 1)]);
        let bad = refused(office.advice().resolve_advice(producer.say(bad)).await);
        assert!(bad.violations.contains(&("marks[0].answers[0].criterion".to_owned(), "CRITERION_UNKNOWN".to_owned())));
        assert_eq!(office.rows().await, before);
    })
    .await;
}
