//! Money that moves between lines and years, and what the database itself holds of entries.

use kit::testing::statements;
use proto::budget::v1::{
    self as pb, Account, CarryOverRule, EntryKind, EntryPosted, FundingSource, Plan, TransferKind,
};
use time::macros::date;
use tonic::Code;

use super::feed::payload;
use super::stage::{
    ID, NEIGHBOUR, day, engines, entry, insist, invalid, lump, moving, plan_2021, refused, said, stage,
};

/// Money that comes back by another document.
fn back(from: &str, to: &str, amount_vnd: i64) -> pb::Transfer {
    pb::Transfer { document_number: "89/QĐ-STC".to_owned(), ..moving(from, to, amount_vnd) }
}

fn rule(reason: &str) -> (Code, String, Vec<String>) {
    refused(Code::FailedPrecondition, reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_two_entries_of_one_act_that_together_move_nothing() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(40)]).await;
        let [from, to] = [0, 1].map(|at| estimate.lines[at].name.as_str());
        let before = stage.trial(&estimate.plan).await;
        let moved = stage.transfer(moving(from, to, 30)).await.unwrap();
        assert_eq!((stage.balances(from).await, stage.balances(to).await), ((70, 0, 0, 0), (70, 0, 0, 0)));
        assert_eq!((moved.kind(), moved.document_number.as_str()), (TransferKind::Transfer, "88/QĐ-STC"));
        let trial = stage.trial(&estimate.plan).await;
        let balances = |t: &pb::TrialBalance| t.accounts.iter().map(|a| a.balance_vnd).collect::<Vec<_>>();
        assert_eq!(balances(&trial), balances(&before), "the plan has what it had");

        let [given, taken] =
            [&moved.from_entry, &moved.to_entry].map(|name| pb::GetEntryRequest { name: name.clone() });
        let given = stage.ledger().get_entry(stage.finance().say(given)).await.unwrap().into_inner();
        let taken = stage.ledger().get_entry(stage.finance().say(taken)).await.unwrap().into_inner();
        assert_eq!(
            (given.kind(), given.debit(), given.credit()),
            (EntryKind::TransferOut, Account::Funding, Account::Available)
        );
        assert_eq!(
            (taken.kind(), taken.debit(), taken.credit()),
            (EntryKind::TransferIn, Account::Available, Account::Funding)
        );
        assert_eq!((&given.transfer, &taken.transfer, given.line.as_str()), (&moved.name, &moved.name, from));
        let read = pb::GetTransferRequest { name: moved.name.clone() };
        let read = stage.transfers().get_transfer(stage.officer().say(read)).await.unwrap().into_inner();
        assert_eq!(read, moved);
        let events = stage.events().await;
        let told: Vec<EntryPosted> = events[events.len() - 2..].iter().map(payload).collect();
        assert_eq!((&told[0].transfer, told[1].kind.as_str()), (&moved.name, "ENTRY_KIND_TRANSFER_IN"));
        assert_eq!(told[0].category, "SPENDING_CATEGORY_TRADE_PROMOTION");
        assert_eq!(told[0].source, "FUNDING_SOURCE_PROVINCIAL");

        // What was moved wrongly is moved back by another transfer, and by nothing else.
        let wrong = pb::PostEntryRequest { reverses: given.name.clone(), ..entry(from, EntryKind::TransferOut, 30) };
        assert_eq!(said(stage.post(wrong).await), invalid(&["kind FIELD_FORMAT"]));
        stage.transfer(back(to, from, 30)).await.unwrap();
        assert_eq!((stage.balances(from).await, stage.balances(to).await), ((100, 0, 0, 0), (40, 0, 0, 0)));
        let verdict = stage.verdict(&estimate.plan).await;
        assert!(verdict.sound && verdict.lines == 2 && verdict.entries == 6 && verdict.broken_transfers == 0);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_gives_only_what_is_available_and_only_to_a_line_that_may_take_it() {
    for engine in engines() {
        let stage = stage(engine).await;
        let central = pb::EstimateLine { source: FundingSource::Central.into(), ..lump(50) };
        let estimate = stage.assigned(vec![lump(100), lump(40), central]).await;
        let lines: Vec<&str> = estimate.lines.iter().map(|l| l.name.as_str()).collect();
        let next = stage.plan(Plan { year: 2022, ..plan_2021() }).await;
        let other = stage.assigned_of(&next, vec![lump(10)], day(2021, 12, 10)).await;
        let draft = stage.draft_of(&next, vec![lump(10)]).await;
        stage.post(entry(lines[0], EntryKind::Commit, 60)).await.unwrap();
        stage.close(&estimate.plan, 1, day(2021, 12, 15)).await.unwrap();
        let (before, december) = (stage.stored().await, Some(day(2021, 12, 12)));
        for (transfer, expected) in [
            (moving(lines[0], lines[1], 41), rule("BALANCE_TOO_LOW")),
            (moving(lines[0], lines[2], 1), rule("SOURCES_DIFFER")),
            (pb::Transfer { act_date: december, ..moving(lines[0], &other.lines[0].name, 1) }, rule("PLANS_DIFFER")),
            (moving(lines[0], &draft.lines[0].name, 1), rule("NOT_ASSIGNED")),
            (moving(lines[0], lines[0], 1), invalid(&["transfer.to_line TRANSFER_TO_ITSELF"])),
            (
                pb::Transfer { act_date: Some(day(2021, 3, 31)), ..moving(lines[0], lines[1], 1) },
                invalid(&["transfer.act_date DATE_ORDER"]),
            ),
            (
                moving("lines/0192f0c4-0000-7000-8000-000000000000", "lines/0192f0c4-0000-7000-8000-000000000001", 1),
                invalid(&["transfer.from_line REFERENCE_UNKNOWN", "transfer.to_line REFERENCE_UNKNOWN"]),
            ),
        ] {
            assert_eq!(said(stage.transfer(transfer.clone()).await), expected, "{transfer:?}");
        }
        let wrong = pb::Transfer {
            from_line: "lines/x".to_owned(),
            act_date: Some(day(2021, 12, 16)),
            amount_vnd: -5,
            ..Default::default()
        };
        let (code, _, mut found) = said(stage.transfer(wrong).await);
        found.sort();
        let expected = [
            "transfer.act_date DATE_IN_FUTURE",
            "transfer.amount_vnd FIELD_RANGE",
            "transfer.document_number FIELD_REQUIRED",
            "transfer.from_line FIELD_FORMAT",
            "transfer.reason FIELD_REQUIRED",
            "transfer.to_line FIELD_REQUIRED",
        ];
        assert_eq!((code, found), (Code::InvalidArgument, expected.map(str::to_owned).to_vec()));
        let foreign = stage.world().as_role("finance_officer", NEIGHBOUR);
        let request = pb::CreateTransferRequest { transfer: Some(moving(lines[0], lines[1], 1)), ..Default::default() };
        let foreign = stage.transfers().create_transfer(foreign.say(request.clone())).await;
        assert_eq!(said(foreign), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let dry = pb::CreateTransferRequest { validate_only: true, ..request.clone() };
        stage.transfers().create_transfer(stage.finance().say(dry)).await.unwrap();
        assert_eq!((stage.stored().await, stage.balances(lines[0]).await), (before, (40, 60, 0, 0)));

        let once = pb::CreateTransferRequest { request_id: ID.to_owned(), ..request };
        let first = stage.transfers().create_transfer(stage.finance().say(once.clone())).await.unwrap().into_inner();
        let again = stage.transfers().create_transfer(stage.finance().say(once)).await.unwrap().into_inner();
        assert_eq!((again, stage.balances(lines[0]).await), (first, (39, 60, 0, 0)));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_document_does_not_move_money_in_a_circle() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(100), lump(100), lump(100)]).await;
        let line = |at: usize| estimate.lines[at].name.as_str();
        for (from, to) in [(0, 1), (1, 2), (0, 2), (0, 1)] {
            stage.transfer(moving(line(from), line(to), 5)).await.unwrap();
        }
        let before = stage.stored().await;
        for (from, to) in [(1, 0), (2, 1), (2, 0)] {
            let circle = stage.transfer(moving(line(from), line(to), 1)).await.unwrap_err();
            let told = kit::explain::refusal(&circle)["message"].to_string();
            assert!(told.contains("88/QĐ-STC") && told.contains(line(from)), "{told}");
            assert_eq!(said(Err::<(), _>(circle)), rule("TRANSFER_CIRCLE"));
        }
        assert_eq!(stage.stored().await, before);
        stage.transfer(moving(line(2), line(3), 1)).await.unwrap();
        stage.transfer(back(line(2), line(0), 1)).await.unwrap();
        let later = pb::Transfer { act_date: Some(day(2021, 6, 2)), ..moving(line(1), line(0), 1) };
        stage.transfer(later).await.unwrap();
        stage.end().await;
    }
}

/// Circles of four lines, of which no two neighbours have a line with the third in common.
#[tokio::test(flavor = "multi_thread")]
async fn one_document_closes_no_circle_however_many_move_by_it_at_once() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(100), lump(100), lump(100)]).await;
        for round in 0..4 {
            let mut calls = tokio::task::JoinSet::new();
            for at in 0..4_usize {
                let (from, to) = (&estimate.lines[at].name, &estimate.lines[(at + 1) % 4].name);
                let transfer = pb::Transfer { document_number: format!("{round}/QĐ-STC"), ..moving(from, to, 1) };
                let request = pb::CreateTransferRequest { transfer: Some(transfer), ..Default::default() };
                let (transfers, finance) = (stage.transfers(), stage.finance());
                calls.spawn(async move {
                    insist(|| {
                        let (mut transfers, request) = (transfers.clone(), finance.say(request.clone()));
                        async move { transfers.create_transfer(request).await }
                    })
                    .await
                });
            }
            let answers = calls.join_all().await;
            let refused: Vec<_> = answers.into_iter().filter(Result::is_err).map(said).collect();
            assert_eq!(refused, [rule("TRANSFER_CIRCLE")], "the last one");
        }
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_year_is_carried_over_into_the_next_one_as_its_rule_allows() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let from = estimate.lines[0].name.as_str();
        let next = stage.plan(Plan { year: 2022, ..plan_2021() }).await;
        let after = stage.plan(Plan { year: 2023, ..plan_2021() }).await;
        let opened = stage.assigned_of(&next, vec![lump(10)], day(2021, 12, 10)).await;
        let later = stage.assigned_of(&after, vec![lump(10)], day(2021, 12, 10)).await;
        let to = opened.lines[0].name.as_str();
        stage.world().clock.set_noon(date!(2022 - 02 - 20));
        stage.post(entry(from, EntryKind::Commit, 70)).await.unwrap();
        let on = |act, to: &str| pb::Transfer { act_date: Some(act), ..moving(from, to, 30) };
        let last = day(2021, 12, 31);
        assert_eq!(said(stage.carry(on(last, &later.lines[0].name)).await), rule("PLANS_DIFFER"));
        assert_eq!(said(stage.carry(on(day(2022, 2, 1), to)).await), invalid(&["transfer.act_date DATE_OUTSIDE_YEAR"]));
        let much = pb::Transfer { amount_vnd: 31, ..on(last, to) };
        assert_eq!(said(stage.carry(much).await), rule("BALANCE_TOO_LOW"), "what is bound is released first");
        let rule_of = |rule: CarryOverRule| pb::UpdateLedgerBookRequest {
            ledger_book: Some(pb::LedgerBook {
                plan: estimate.plan.clone(),
                carry_over_rule: rule.into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let mut periods = stage.periods();
        periods.update_ledger_book(stage.leader().say(rule_of(CarryOverRule::Nothing))).await.unwrap();
        assert_eq!(said(stage.carry(on(last, to)).await), rule("CARRY_OVER_FORBIDDEN"));
        periods.update_ledger_book(stage.leader().say(rule_of(CarryOverRule::Available))).await.unwrap();
        let carried = stage.carry(on(last, to)).await.unwrap();
        assert_eq!(
            (carried.kind(), &carried.from_plan, &carried.to_plan),
            (TransferKind::CarryOver, &estimate.plan, &next.name)
        );
        assert_eq!((stage.balances(from).await, stage.balances(to).await), ((0, 70, 0, 0), (40, 0, 0, 0)));
        for plan in [&estimate.plan, &next.name] {
            assert!(stage.verdict(plan).await.sound);
            assert_eq!(stage.trial(plan).await.total_vnd, 0);
        }
        let list = pb::ListTransfersRequest { plan: next.name.clone(), ..Default::default() };
        let list = stage.transfers().list_transfers(stage.officer().count(list)).await.unwrap();
        assert_eq!((statements(&list), list.into_inner().transfers), (1, vec![carried]));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_are_listed_by_plan_and_line_page_by_page() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(100), lump(100)]).await;
        let lines: Vec<&str> = estimate.lines.iter().map(|l| l.name.as_str()).collect();
        let mut made = Vec::new();
        for (from, to) in [(0, 1), (1, 2), (2, 0), (0, 2), (1, 0)] {
            let transfer = if to == 0 { back } else { moving }(lines[from], lines[to], 5);
            made.push(stage.transfer(transfer).await.unwrap());
        }
        let list = async |line: &str, officer: kit::testing::As| {
            let (mut found, mut token) = (Vec::new(), String::new());
            loop {
                let request = pb::ListTransfersRequest {
                    line: line.to_owned(),
                    page_size: 2,
                    page_token: token,
                    ..Default::default()
                };
                let page = stage.transfers().list_transfers(officer.say(request)).await.unwrap().into_inner();
                found.extend(page.transfers);
                token = page.next_page_token;
                if token.is_empty() {
                    return found;
                }
            }
        };
        assert_eq!(list("", stage.officer()).await, made);
        let of_second: Vec<_> = [0, 1, 4].map(|at: usize| made[at].clone()).to_vec();
        assert_eq!(list(lines[1], stage.officer()).await, of_second);
        assert_eq!(list("", stage.world().as_role("province_officer", NEIGHBOUR)).await, []);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_itself_refuses_to_change_or_remove_an_entry_or_to_overdraw_a_line() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(40)]).await;
        stage.transfer(moving(&estimate.lines[0].name, &estimate.lines[1].name, 30)).await.unwrap();
        let before = stage.entries("").await;
        for statement in [
            "UPDATE entry SET amount_vnd = amount_vnd + 1",
            "UPDATE entry SET note = 'khác'",
            "DELETE FROM entry",
            "UPDATE line SET available_vnd = available_vnd + 1",
            "UPDATE line SET available_vnd = -1, committed_vnd = committed_vnd + available_vnd + 1",
            "UPDATE transfer SET to_line = from_line",
        ] {
            assert!(stage.tamper(statement).await.is_err(), "{statement}");
        }
        assert_eq!(stage.entries("").await, before);
        assert!(stage.verdict(&estimate.plan).await.sound);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recount_finds_what_somebody_changed_behind_the_ledgers_back() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(40)]).await;
        let (from, to) = (estimate.lines[0].name.as_str(), estimate.lines[1].name.as_str());
        stage.transfer(moving(from, to, 30)).await.unwrap();
        // Sum zero and no overdraft: the table's checks have nothing against it, the recount has.
        let moved =
            "UPDATE line SET available_vnd = available_vnd - 5, committed_vnd = committed_vnd + 5 WHERE place = 0";
        stage.tamper(moved).await.unwrap();
        let verdict = stage.verdict(&estimate.plan).await;
        let faults: Vec<_> =
            verdict.faults.iter().map(|f| (f.line.as_str(), f.account(), f.kept_vnd, f.summed_vnd)).collect();
        assert_eq!(faults, [(from, Account::Available, 65, 70), (from, Account::Committed, 5, 0)]);
        assert!(!verdict.sound && verdict.broken_transfers == 0);
        stage.tamper("UPDATE transfer SET amount_vnd = amount_vnd + 1").await.unwrap();
        let request = pb::VerifyLedgerRequest { plan: estimate.plan.clone() };
        let verdict = stage.ledger().verify_ledger(stage.finance().count(request)).await.unwrap();
        assert_eq!(verdict.get_ref().broken_transfers, 1);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_invented_money_reaches_says_so() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(40), lump(10)]).await;
        let [from, to, untouched] = [0, 1, 2].map(|at| estimate.lines[at].name.clone());
        stage.transfer(pb::Transfer { sample: true, ..moving(&from, &to, 30) }).await.unwrap();
        for (line, expected) in [(&from, true), (&to, true), (&untouched, false)] {
            let request = pb::GetLineBalanceRequest { line: line.clone(), ..Default::default() };
            let balance = stage.ledger().get_line_balance(stage.officer().say(request)).await.unwrap().into_inner();
            assert_eq!(balance.sample, expected, "{line}");
        }
        stage.end().await;
    }
}
