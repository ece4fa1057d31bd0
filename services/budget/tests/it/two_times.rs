//! Balances as of a day and as known at an instant.

use kit::testing::statements;
use proto::budget::v1::{self as pb, EntryKind};
use time::macros::date;

use super::stage::{Stage, day, engines, entry, invalid, lump, moving, said, stage};

type Asked = (Option<proto::google::r#type::Date>, Option<prost_types::Timestamp>);

async fn line(stage: &Stage, line: &str, (as_of, known_at): Asked) -> (i64, i64, i64) {
    let request = pb::GetLineBalanceRequest { line: line.to_owned(), as_of, known_at };
    let found = stage.ledger().get_line_balance(stage.finance().count(request)).await.unwrap();
    assert_eq!(statements(&found), 1);
    let found = found.into_inner();
    let sum = found.funding_vnd + found.available_vnd + found.committed_vnd + found.paid_vnd + found.settled_vnd;
    assert_eq!(sum, 0);
    (-found.funding_vnd, found.available_vnd, found.committed_vnd)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_is_answered_as_of_a_day_and_as_known_at_an_instant() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(50)]).await;
        let [first, second] = [0, 1].map(|at| estimate.lines[at].name.as_str());
        let dated =
            |act, amount| pb::PostEntryRequest { act_date: Some(act), ..entry(first, EntryKind::Commit, amount) };
        stage.post(dated(day(2021, 6, 1), 10)).await.unwrap();
        let known = stage.entries(first).await.last().unwrap().create_time;
        // Recorded two days later: an act of May, one of June, and a transfer of September.
        stage.world().clock.set_noon(date!(2021 - 12 - 17));
        stage.post(dated(day(2021, 5, 1), 20)).await.unwrap();
        stage.post(dated(day(2021, 6, 2), 30)).await.unwrap();
        stage.transfer(pb::Transfer { act_date: Some(day(2021, 9, 1)), ..moving(first, second, 5) }).await.unwrap();
        for (asked, expected) in [
            ((None, None), (95, 35, 60)),
            ((Some(day(2021, 12, 17)), None), (95, 35, 60)),
            ((Some(day(2021, 8, 31)), None), (100, 40, 60)),
            ((Some(day(2021, 6, 1)), None), (100, 70, 30)),
            ((Some(day(2021, 5, 31)), None), (100, 80, 20)),
            ((Some(day(2021, 3, 31)), None), (0, 0, 0)),
            ((None, known), (100, 90, 10)),
            ((Some(day(2021, 5, 31)), known), (100, 100, 0)),
        ] {
            assert_eq!(line(&stage, first, asked).await, expected, "{asked:?}");
            let (as_of, known_at) = asked;
            let list =
                pb::ListLineBalancesRequest { plan: estimate.plan.clone(), as_of, known_at, ..Default::default() };
            let list = stage.ledger().list_line_balances(stage.finance().count(list)).await.unwrap();
            assert_eq!(statements(&list), 1);
            let list = list.into_inner().line_balances;
            assert_eq!(list.iter().map(|l| l.line.as_str()).collect::<Vec<_>>(), [first, second]);
            let found = &list[0];
            assert_eq!((-found.funding_vnd, found.available_vnd, found.committed_vnd), expected, "{asked:?}");
            let trial = pb::GetTrialBalanceRequest { plan: estimate.plan.clone(), as_of, known_at };
            let trial = stage.ledger().get_trial_balance(stage.finance().say(trial)).await.unwrap().into_inner();
            let available = list.iter().map(|l| l.available_vnd).sum::<i64>();
            assert_eq!((trial.total_vnd, trial.accounts[1].balance_vnd), (0, available), "{asked:?}");
        }
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_of_two_times_come_in_pages_and_not_from_the_future() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned((1..=5).map(lump).collect()).await;
        for line in &estimate.lines {
            stage.post(entry(&line.name, EntryKind::Commit, 1)).await.unwrap();
        }
        let as_of = Some(day(2021, 5, 31));
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListLineBalancesRequest {
                estimate: estimate.name.clone(),
                as_of,
                page_size: 2,
                page_token: token,
                ..Default::default()
            };
            let page = stage.ledger().list_line_balances(stage.finance().say(request)).await.unwrap().into_inner();
            found.extend(page.line_balances.iter().map(|l| (l.available_vnd, l.committed_vnd)));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(found, (1..=5).map(|amount| (amount, 0)).collect::<Vec<_>>());
        let later = kit::instant::pb(stage.world().clock.now_us() + 86_400_000_000);
        let future = pb::GetTrialBalanceRequest {
            plan: estimate.plan.clone(),
            as_of: Some(day(2021, 12, 16)),
            known_at: Some(later),
        };
        let answer = stage.ledger().get_trial_balance(stage.finance().say(future)).await;
        assert_eq!(said(answer), invalid(&["as_of DATE_IN_FUTURE", "known_at DATE_IN_FUTURE"]));
        let at = |us| pb::GetTrialBalanceRequest {
            plan: estimate.plan.clone(),
            as_of: None,
            known_at: Some(kit::instant::pb(stage.world().clock.now_us() + us)),
        };
        let later = stage.ledger().get_trial_balance(stage.finance().say(at(1))).await;
        assert_eq!(said(later), invalid(&["known_at DATE_IN_FUTURE"]), "later today is to come, too");
        stage.ledger().get_trial_balance(stage.finance().say(at(0))).await.unwrap();
        stage.end().await;
    }
}
