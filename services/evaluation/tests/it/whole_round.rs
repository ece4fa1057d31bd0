//! A round of sixty products and nine members, under the first regime and under the newest, with every way that a product can
//! take, from the marks to decision and summary.

use std::sync::Arc;

use kit::testing::TODAY;
use proto::evaluation::v1 as pb;
use reference::cards::{self, Card};
use time::Date;
use time::macros::date;

use crate::office::{Office, card, council, decision, everywhere_on, marks, marks_that_hold, on, round, sitting};

const PRODUCTS: usize = 60;
const MEMBERS: usize = 9;

/// One regime's round.
struct Year {
    card: &'static Card,
    regime: &'static str,
    unit: &'static str,
    set_up: Date,
    opens: Date,
    filed: Date,
    sits: Date,
    decided: Date,
}

fn first_regime() -> Year {
    Year {
        card: card(),
        regime: "regimes/q1048",
        unit: "units/54-20180507",
        set_up: date!(2021 - 03 - 01),
        opens: date!(2021 - 06 - 01),
        filed: date!(2021 - 09 - 01),
        sits: date!(2021 - 10 - 05),
        decided: date!(2021 - 12 - 01),
    }
}

fn newest_regime() -> Year {
    Year {
        card: cards::get("q26-ca-phe-ca-cao").unwrap(),
        regime: "regimes/q26",
        unit: "units/66-20250701",
        set_up: date!(2026 - 06 - 01),
        opens: date!(2026 - 07 - 02),
        filed: date!(2026 - 08 - 01),
        sits: date!(2026 - 10 - 01),
        decided: date!(2026 - 11 - 01),
    }
}

/// The marks with which a product comes to the stars of a total, minimum marks included.
fn sheet(card: &Card, total: i32) -> Vec<pb::Answer> {
    if card.regime_id == "q1048" || total < 60 { marks(card, total) } else { marks_that_hold(card, total) }
}

async fn mark_by_all(office: &Office, made: &pb::Sitting, answers: &[pb::Answer], without: &[usize]) {
    for at in (1..=MEMBERS).filter(|at| !without.contains(at)) {
        office.mark(&made.name, &format!("m{at}"), answers.to_vec()).await.unwrap();
    }
}

async fn knock_out(office: &Office, made: &pb::Sitting, card: &Card) {
    let (criterion, effect) =
        card.criteria().find_map(|c| Some((c.id.clone(), c.knockouts.first()?.effect))).expect("the card has one");
    let request = pb::RaiseKnockoutRequest {
        name: made.name.clone(),
        criterion,
        effect: evaluation::rules::wire::effect(effect).into(),
        ground: "Không rõ nguồn gốc".to_owned(),
        ..Default::default()
    };
    office.sittings().raise_knockout(office.nation.say(request)).await.unwrap();
}

async fn keep_out(office: &Office, made: &pb::Sitting, member: &str) {
    let request = pb::DeclareConflictRequest {
        name: made.name.clone(),
        member: member.to_owned(),
        ground: pb::ConflictGround::Financial.into(),
        ..Default::default()
    };
    office.panels().declare_conflict(office.nation.say(request)).await.unwrap();
}

async fn absent(office: &Office, made: &pb::Sitting, members: &[&str]) {
    let one = |member: &&str| pb::Attendance {
        member: (*member).to_owned(),
        presence: pb::Presence::Absent.into(),
        ..Default::default()
    };
    let attendance = members.iter().map(one).collect();
    let request = pb::RecordAttendanceRequest { name: made.name.clone(), attendance, ..Default::default() };
    office.panels().record_attendance(office.nation.say(request)).await.unwrap();
}

/// Takes one product its way; answers the graded sitting.
async fn judged(office: &Office, year: &Year, made: &pb::Sitting, way: usize) -> pb::Sitting {
    let card = year.card;
    let total = [92, 88, 69, 40, 88, 69, 88, 88, 20, 88][way];
    let answers = sheet(card, total);
    match way {
        4 => {
            knock_out(office, made, card).await;
            mark_by_all(office, made, &answers, &[]).await;
        }
        5 => {
            mark_by_all(office, made, &answers, &[]).await;
            office.mark(&made.name, "m9", marks(card, 45)).await.unwrap();
            let first = office.grade(&made.name).await.unwrap();
            assert_eq!(first.state(), pb::SittingState::Rescore);
            // Everybody lies further than ten from the ninth member, and marks again.
            assert!(first.members.iter().all(|member| !member.handed_in));
            mark_by_all(office, made, &answers, &[]).await;
        }
        6 => {
            mark_by_all(office, made, &answers, &[9]).await;
            office.mark(&made.name, "m9", marks(card, 20)).await.unwrap();
            keep_out(office, made, "m9").await;
        }
        7 => {
            absent(office, made, &["m8", "m9"]).await;
            mark_by_all(office, made, &answers, &[8, 9]).await;
        }
        9 => {
            mark_by_all(office, made, &answers, &[]).await;
            // What the council agrees on decides minimum marks; under q1048 there are none.
            let low = card.criteria().find(|c| c.star_minimum.contains_key(&3) && c.gives(0));
            let answers = low.map(|c| pb::Answer { criterion: c.id.clone(), points: Some(0), option: 0 });
            let name = made.name.clone();
            let answers = answers.into_iter().collect();
            let request = pb::SetAgreedAnswersRequest { name, answers, ..Default::default() };
            office.sittings().set_agreed_answers(office.nation.say(request)).await.unwrap();
        }
        _ => mark_by_all(office, made, &answers, &[]).await,
    }
    office.grade(&made.name).await.unwrap()
}

/// Stars of each way.
fn expected(year: &Year) -> [i32; 10] {
    let agreed = if year.regime == "regimes/q26" { 0 } else { 4 };
    [5, 4, 3, 2, 0, 3, 4, 4, 1, agreed]
}

async fn held(office: Arc<Office>, year: Year) {
    let of_council = pb::Council { unit: year.unit.to_owned(), decision_date: on(year.set_up), ..council(MEMBERS) };
    let of_council = office.add_council(of_council).await.unwrap().name;
    let opened = pb::Round { regime: year.regime.to_owned(), open_date: on(year.opens), ..round(&of_council) };
    let opened = office.add_round(opened).await.unwrap().name;
    let stars = expected(&year);
    let mut recognised = Vec::new();
    for at in 0..PRODUCTS {
        let wanted = pb::Sitting {
            product_set: format!("productSets/{}", year.card.id),
            filing_date: on(year.filed),
            sitting_date: on(year.sits),
            ..sitting(&opened, &office.product(&format!("Sản phẩm {at}")).await)
        };
        let made = office.add_sitting(wanted).await.unwrap();
        let way = at % 10;
        let graded = judged(&office, &year, &made, way).await;
        let result = graded.result.unwrap();
        assert_eq!(result.stars, stars[way], "{} way {way}: {result:?}", year.regime);
        let members = i64::try_from(MEMBERS).unwrap() - [0, 0, 0, 0, 0, 0, 1, 2, 0, 0][way];
        assert_eq!(result.mean_denominator, members, "way {way}");
        assert!(office.verify(&made.name).await.unwrap().equal);
        if (3..=4).contains(&result.stars) {
            recognised.push(made.name);
        }
    }
    let request = pb::GetRoundSummaryRequest { name: opened.clone() };
    let summary = office.rounds().get_round_summary(office.nation.say(request)).await.unwrap().into_inner();
    assert_eq!((summary.products.len(), summary.graded, summary.sent_up), (PRODUCTS, 60, 6));
    let here = summary.products.iter().filter(|p| p.route() == pb::Route::RecognisedHere).count();
    assert_eq!(here, recognised.len());
    let names: Vec<&str> = recognised.iter().map(String::as_str).collect();
    let wanted = pb::Decision { unit: year.unit.to_owned(), ..decision("99/QĐ-UBND", year.decided, &names) };
    assert_eq!(office.decide(wanted).await.unwrap().certificates.len(), recognised.len());
    let request = pb::GetRoundStatisticsRequest { name: opened.clone() };
    let figures = office.statistics().get_round_statistics(office.nation.say(request)).await.unwrap().into_inner();
    assert_eq!((figures.sittings, figures.leniency.len()), (60, MEMBERS));
    let request = pb::CloseRoundRequest { name: opened, ..Default::default() };
    let closed = office.rounds().close_round(office.nation.say(request)).await.unwrap().into_inner();
    assert_eq!(closed.state(), pb::RoundState::Closed);
}

#[tokio::test]
async fn sixty_products_and_nine_members_go_through_the_first_regime() {
    everywhere_on(TODAY, async |office| held(office, first_regime()).await).await;
}

#[tokio::test]
async fn sixty_products_and_nine_members_go_through_the_newest_regime() {
    everywhere_on(date!(2026 - 11 - 24), async |office| held(office, newest_regime()).await).await;
}
