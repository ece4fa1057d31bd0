//! From the council to the stars: marks, knock-outs, agreed answers, marking again, and the recomputation.

use kit::testing::TODAY;
use proto::evaluation::v1 as pb;
use reference::cards::{self, Card, KnockoutEffect};
use time::macros::date;
use tonic::Code;

use crate::office::{
    Office, PHU_YEN, answer, because, card, council, everywhere, everywhere_on, invalid, marks, on, refused, round,
    sitting, told,
};

async fn knock_out(office: &Office, sitting: &str, criterion: &str, effect: i32) -> Result<pb::Sitting, tonic::Status> {
    let request = pb::RaiseKnockoutRequest {
        name: sitting.to_owned(),
        criterion: criterion.to_owned(),
        effect,
        ground: "Hồ sơ thiếu giấy".to_owned(),
        ..Default::default()
    };
    Ok(office.sittings().raise_knockout(office.admin.say(request)).await?.into_inner())
}

async fn agree(office: &Office, sitting: &str, answers: Vec<pb::Answer>) -> Result<pb::Sitting, tonic::Status> {
    let request = pb::SetAgreedAnswersRequest { name: sitting.to_owned(), answers, ..Default::default() };
    Ok(office.sittings().set_agreed_answers(office.nation.say(request)).await?.into_inner())
}

#[tokio::test]
async fn a_product_goes_from_the_members_marks_to_its_stars_and_the_result_keeps_everything() {
    everywhere(async |office| {
        let mut of_council = council(4);
        of_council.members[3].counted = false;
        let of_council = office.add_council(of_council).await.unwrap();
        let round = office.add_round(round(&of_council.name)).await.unwrap();
        let product = office.product("Cà phê Tuy An").await;
        let mut wanted = sitting(&round.name, &product);
        wanted.dossier_digest = "ab".repeat(32);
        let made = office.add_sitting(wanted).await.unwrap();
        assert_eq!((made.state(), made.attempt, made.spread_limit), (pb::SittingState::Open, 1, 10));
        assert_eq!(
            (made.regime.as_str(), made.scorecard.as_str()),
            ("regimes/q1048", "scorecards/q1048-ca-phe-ca-cao")
        );
        assert_eq!((&made.scorecard_digest, made.council.as_str()), (&card().digest, of_council.name.as_str()));
        assert_eq!((made.product_display_name.as_str(), made.unit.as_str()), ("Cà phê Tuy An", crate::office::PHU_YEN));

        office.mark_all(&made, &[78, 80]).await;
        let early = office.grade(&made.name).await.unwrap_err();
        assert_eq!(told(&early, "members"), "m3 (Ủy viên 3)");
        assert_eq!(refused(Err::<(), _>(early)), because(Code::FailedPrecondition, "MARKS_MISSING"));
        office.mark(&made.name, "m3", marks(card(), 78)).await.unwrap();
        let graded = office.grade(&made.name).await.unwrap();
        let result = graded.result.clone().unwrap();
        assert_eq!((graded.state(), result.outcome()), (pb::SittingState::Graded, pb::Outcome::Graded));
        assert_eq!((result.mean.as_str(), result.mean_numerator, result.mean_denominator), ("78.67", 236, 3));
        assert_eq!((result.spread, result.band_stars, result.stars), (2, 4, 4));
        assert_eq!((result.dossier_digest, &result.scorecard_digest), ("ab".repeat(32), &card().digest));
        let sheets: Vec<(&str, i32)> = result.marks.iter().map(|sheet| (sheet.member.as_str(), sum(sheet))).collect();
        assert_eq!(sheets, [("m1", 78), ("m2", 80), ("m3", 78)]);
        assert_eq!([result.input_digest.len(), result.result_digest.len()], [64, 64]);
        assert_eq!(result.program_version, env!("CARGO_PKG_VERSION"));
        assert_eq!(office.sitting(&made.name).await, graded);

        let again = office.grade(&made.name).await;
        assert_eq!(refused(again), because(Code::FailedPrecondition, "SITTING_STATE"));
        let more = office.mark(&made.name, "m1", marks(card(), 10)).await;
        assert_eq!(refused(more), because(Code::FailedPrecondition, "SITTING_STATE"));
        let found = office.verify(&made.name).await.unwrap();
        assert!(found.equal && found.differences.is_empty());
        assert_eq!(found.stored_digest, found.recomputed_digest);
        let bytes = evaluation::sittings::domain::record::digest(&found.recomputed_result);
        assert_eq!(bytes, found.stored_digest, "the recomputation answers the bytes that are stored");
        assert_eq!(office.close_round(&round.name).await.unwrap().state(), pb::RoundState::Closed);
    })
    .await;
}

fn sum(sheet: &pb::MemberMarks) -> i32 {
    sheet.answers.iter().filter_map(|answer| answer.points).sum()
}

#[tokio::test]
async fn marks_are_sealed_until_they_are_graded_and_may_be_replaced_until_then() {
    everywhere(async |office| {
        let round = office.round_of(2).await;
        let product = office.product("Ca cao Sơn Hòa").await;
        let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
        let marked = office.mark(&made.name, "m2", marks(card(), 61)).await.unwrap();
        let handed_in: Vec<bool> = marked.members.iter().map(|member| member.handed_in).collect();
        assert_eq!(handed_in, [false, true]);
        let list = pb::ListSittingsRequest { round: round.clone(), ..Default::default() };
        let listed =
            office.sittings().list_sittings(office.admin.say(list.clone())).await.unwrap().into_inner().sittings;
        for seen in [&marked, &office.sitting(&made.name).await, &listed[0]] {
            assert_eq!(seen.result, None);
            assert!(!format!("{seen:?}").contains("MemberMarks"), "no marks before grading");
        }
        let mut turned = marks(card(), 55);
        turned.reverse();
        office.mark(&made.name, "m2", turned).await.unwrap();
        office.mark(&made.name, "m1", marks(card(), 60)).await.unwrap();
        let graded = office.grade(&made.name).await.unwrap().result.unwrap();
        let totals: Vec<i32> = graded.member_totals.iter().map(|total| total.total).collect();
        assert_eq!(totals, [60, 55]);
        let order: Vec<&str> = graded.marks[1].answers.iter().map(|answer| answer.criterion.as_str()).collect();
        let card_order: Vec<&str> = card().criteria().map(|criterion| criterion.id.as_str()).collect();
        assert_eq!(order, card_order);
        let listed = office.sittings().list_sittings(office.admin.say(list)).await.unwrap().into_inner().sittings;
        let result = listed[0].result.as_ref().unwrap();
        assert_eq!((result.marks.len(), result.mean.as_str()), (0, "57.50"));
    })
    .await;
}

#[tokio::test]
async fn totals_too_far_apart_are_marked_again_and_each_attempt_keeps_its_own_marks() {
    everywhere(async |office| {
        let round = office.round_of(2).await;
        let product = office.product("Cà phê Vân Hòa").await;
        let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
        office.mark_all(&made, &[60, 71]).await;
        let first = office.grade(&made.name).await.unwrap();
        let result = first.result.clone().unwrap();
        assert_eq!((first.state(), first.attempt, result.attempt), (pb::SittingState::Rescore, 2, 1));
        assert_eq!((result.outcome(), result.spread, result.stars), (pb::Outcome::RescoreRequired, 11, 0));
        assert_eq!(result.band_stars, 3);
        assert!(first.members.iter().all(|member| !member.handed_in));
        assert!(office.verify(&made.name).await.unwrap().equal);
        assert_eq!(refused(office.grade(&made.name).await), because(Code::FailedPrecondition, "MARKS_MISSING"));
        let closing = office.close_round(&round).await;
        assert_eq!(refused(closing), because(Code::FailedPrecondition, "ROUND_HAS_OPEN_SITTINGS"));

        // What is agreed while they mark again is not what the first attempt was graded with.
        let criterion = card().criteria().next().unwrap();
        agree(&office, &made.name, vec![answer(&criterion.id, 0)]).await.unwrap();
        office.mark(&made.name, "m1", marks(card(), 62)).await.unwrap();
        assert!(office.verify(&made.name).await.unwrap().equal);
        office.mark(&made.name, "m2", marks(card(), 72)).await.unwrap();
        let second = office.grade(&made.name).await.unwrap();
        let result = second.result.clone().unwrap();
        assert_eq!((second.state(), result.attempt, result.spread), (pb::SittingState::Graded, 2, 10));
        assert_eq!((result.mean.as_str(), result.stars), ("67.00", 3));
        assert!(office.verify(&made.name).await.unwrap().equal);
    })
    .await;
}

/// A card of q1048 with two knock-outs of these effects.
fn with_knockouts(effects: &[KnockoutEffect]) -> Option<(&'static Card, Vec<String>)> {
    cards::all().iter().filter(|card| card.regime_id == "q1048").find_map(|card| {
        let of = |effect: &KnockoutEffect| {
            let has = |c: &&cards::Criterion| c.knockouts.iter().any(|k| k.effect == *effect);
            card.criteria().find(has).map(|c| c.id.clone())
        };
        Some((card, effects.iter().map(of).collect::<Option<Vec<_>>>()?))
    })
}

#[tokio::test]
async fn a_knock_out_ends_grading_whatever_the_spread_and_the_first_in_order_counts() {
    use KnockoutEffect::{Disqualify, NotAssessed, Precondition, StopScoring};
    everywhere(async |office| {
        let round = office.round_of(2).await;
        let orders: [&[KnockoutEffect]; 6] = [
            &[Disqualify],
            &[Precondition],
            &[StopScoring],
            &[NotAssessed],
            &[StopScoring, Disqualify],
            &[NotAssessed, StopScoring],
        ];
        let mut tried = 0;
        for (at, effects) in orders.iter().enumerate() {
            let Some((card, criteria)) = with_knockouts(effects) else { continue };
            tried += 1;
            let product = office.product(&format!("Sản phẩm {at}")).await;
            let mut wanted = sitting(&round, &product);
            wanted.product_set = format!("productSets/{}", card.id);
            let made = office.add_sitting(wanted).await.unwrap();
            for (effect, criterion) in effects.iter().zip(&criteria) {
                let effect = evaluation::rules::wire::effect(*effect).into();
                knock_out(&office, &made.name, criterion, effect).await.unwrap();
                let again = knock_out(&office, &made.name, criterion, effect).await;
                assert_eq!(refused(again), because(Code::AlreadyExists, "KNOCKOUT_RAISED"));
            }
            office.mark_all(&made, &[40, 80]).await;
            let graded = office.grade(&made.name).await.unwrap();
            let result = graded.result.clone().unwrap();
            let expected = match effects.last().unwrap() {
                Disqualify | Precondition => pb::Outcome::Disqualified,
                StopScoring => pb::Outcome::Stopped,
                NotAssessed => pb::Outcome::NotAssessed,
            };
            assert_eq!((result.outcome(), result.stars, result.spread), (expected, 0, 40), "{effects:?}");
            assert_eq!((result.mean.as_str(), result.band_stars), ("60.00", 3));
            assert_eq!((graded.state(), graded.knockouts.len()), (pb::SittingState::Graded, effects.len()));
            assert_eq!(graded.knockouts[0].ground, "Hồ sơ thiếu giấy");
            assert!(office.verify(&made.name).await.unwrap().equal);
        }
        assert!(tried >= 2, "the cards of q1048 know knock-outs");
        let product = office.product("Không có").await;
        let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
        let unknown = knock_out(&office, &made.name, "Z9", 1).await;
        assert_eq!(refused(unknown), invalid(&[("criterion", "CRITERION_UNKNOWN")]));
    })
    .await;
}

#[tokio::test]
async fn agreed_answers_decide_minimum_marks_and_never_totals() {
    everywhere_on(date!(2026 - 11 - 24), async |office| {
        let card = cards::get("q26-ca-phe-ca-cao").unwrap();
        let mut of_council = council(1);
        (of_council.unit, of_council.decision_date) = ("units/66".to_owned(), on(date!(2026 - 06 - 01)));
        let of_council = office.add_council(of_council).await.unwrap();
        let mut opened = round(&of_council.name);
        (opened.regime, opened.year, opened.open_date) = ("regimes/q26".to_owned(), 2026, on(date!(2026 - 06 - 02)));
        let opened = office.add_round(opened).await.unwrap().name;
        let best: Vec<pb::Answer> = card.criteria().map(|criterion| answer(&criterion.id, criterion.max)).collect();
        for (at, (agreed, stars, failed)) in [
            (vec![], 5, vec![]),
            (vec![answer("A1.5", 2)], 4, vec![(5, "A1.5")]),
            (vec![answer("A1.5", 1)], 3, vec![(4, "A1.5"), (5, "A1.5")]),
            (vec![answer("A1.1", 1)], 0, vec![(3, "A1.1")]),
        ]
        .into_iter()
        .enumerate()
        {
            let product = office.product(&format!("Cà phê {at}")).await;
            let mut wanted = sitting(&opened, &product);
            wanted.product_set = format!("productSets/{}", card.id);
            (wanted.filing_date, wanted.sitting_date) = (on(date!(2026 - 08 - 01)), on(date!(2026 - 10 - 01)));
            let made = office.add_sitting(wanted).await.unwrap();
            office.mark(&made.name, "m1", best.clone()).await.unwrap();
            // The whole set is replaced.
            agree(&office, &made.name, vec![answer("A1.1", 0)]).await.unwrap();
            let set = agree(&office, &made.name, agreed.clone()).await.unwrap();
            assert_eq!(set.agreed_answers, agreed);
            let result = office.grade(&made.name).await.unwrap().result.unwrap();
            assert_eq!((result.mean.as_str(), result.band_stars, result.stars), ("100.00", 5, stars), "{agreed:?}");
            let told: Vec<(i32, &str)> =
                result.failed_minimums.iter().map(|f| (f.stars, f.criterion.as_str())).collect();
            assert_eq!(told, failed);
            assert_eq!(result.agreed_answers, agreed);
            assert!(office.verify(&made.name).await.unwrap().equal);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_changed_in_the_database_is_found_by_the_recomputation() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let product = office.product("Cà phê Phước Tân").await;
        let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
        let none = office.verify(&made.name).await;
        assert_eq!(refused(none), because(Code::FailedPrecondition, "SITTING_NOT_GRADED"));
        office.mark_all(&made, &[70]).await;
        office.grade(&made.name).await.unwrap();
        let differences = async |change: &str, back: &str| {
            assert_eq!(office.tamper(change).await, 1, "{change}");
            let found = office.verify(&made.name).await.unwrap();
            assert_eq!(found.equal, found.differences.is_empty());
            assert_eq!(office.tamper(back).await, 1, "{back}");
            assert!(office.verify(&made.name).await.unwrap().equal, "{back}");
            found.differences().collect::<Vec<_>>()
        };
        use pb::ResultPart::{Digest, Input, Result, Scorecard, Summary};
        let points = marks(card(), 70)[0].points.unwrap();
        let criterion = card().criteria().next().unwrap();
        let other = (0..=criterion.max).find(|p| *p != points && criterion.gives(*p)).unwrap();
        let (is, was) = (format!("\"points\":{points}"), format!("\"points\":{other}"));
        let head = format!("{{\"criterion\":\"{}\",", criterion.id);
        let swap = |from: &str, to: &str| {
            format!("UPDATE mark_sheet SET answers = replace(answers, '{head}{from}', '{head}{to}')")
        };
        let found = differences(&swap(&is, &was), &swap(&was, &is)).await;
        assert!(found.starts_with(&[Input, Result]), "{found:?}");

        let edit = |from: &str, to: &str| format!("UPDATE grading SET result = replace(result, '{from}', '{to}')");
        assert_eq!(differences(&edit("70.00", "90.00"), &edit("90.00", "70.00")).await, [Result, Digest]);
        assert_eq!(differences("UPDATE sitting SET stars = 5", "UPDATE sitting SET stars = 4").await, [Summary]);
        let digest = |digest: &str| format!("UPDATE sitting SET scorecard_digest = '{digest}'");
        let found = differences(&digest("00"), &digest(&card().digest)).await;
        assert!(found.contains(&Scorecard), "{found:?}");
        let gone = "UPDATE mark_sheet SET member = 'm9'";
        let found = differences(gone, "UPDATE mark_sheet SET member = 'm1'").await;
        assert!(found.contains(&Input), "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn a_sitting_needs_an_open_round_of_the_dossiers_regime_and_a_day_that_has_come() {
    everywhere(async |office| {
        let opened = office.round_of(1).await;
        let product = office.product("Cà phê Sơn Thành").await;
        let mut planned = sitting(&opened, &product);
        planned.sitting_date = on(date!(2021 - 12 - 16));
        let planned = office.add_sitting(planned).await.unwrap();
        office.mark_all(&planned, &[60]).await;
        let early = office.grade(&planned.name).await;
        assert_eq!(refused(early), because(Code::FailedPrecondition, "SITTING_NOT_HELD"));
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        let secretary = office.world.as_role("council_secretary", PHU_YEN);
        office.grade_as(&secretary, &planned.name).await.unwrap();
        office.world.clock.set_noon(TODAY);

        let twice = office.add_sitting(sitting(&opened, &product)).await;
        assert_eq!(refused(twice), because(Code::AlreadyExists, "SITTING_EXISTS"));
        let other = office.product("Cà phê Ea Ly").await;
        let mut rice = sitting(&opened, &other);
        rice.product_set = "productSets/q1048-gao-ngu-coc".to_owned();
        let rice = office.add_sitting(rice).await;
        assert_eq!(refused(rice), because(Code::FailedPrecondition, "SCORECARD_UNAVAILABLE"));
        office.close_round(&opened).await.unwrap();
        let late = office.add_sitting(sitting(&opened, &other)).await;
        assert_eq!(refused(late), because(Code::FailedPrecondition, "ROUND_CLOSED"));
        let twice = office.close_round(&opened).await;
        assert_eq!(refused(twice), because(Code::FailedPrecondition, "ROUND_CLOSED"));
    })
    .await;
}
