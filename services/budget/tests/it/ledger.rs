//! The ledger.

use kit::testing::statements;
use proto::budget::v1::{self as pb, Account, EntryKind};
use tonic::Code;

use super::stage::{Stage, day, engines, entry, invalid, lump, refused, said, stage};

fn correcting(line: &str, kind: EntryKind, amount_vnd: i64, of: &str) -> pb::PostEntryRequest {
    pb::PostEntryRequest { reverses: of.to_owned(), ..entry(line, kind, amount_vnd) }
}

/// The trial balance sums to zero, agrees with the balances kept on the lines, and each account with its entries.
async fn prove(stage: &Stage, plan: &str) {
    let trial = stage.trial(plan).await;
    assert_eq!(trial.total_vnd, 0);
    assert_eq!(trial.accounts.iter().map(|a| a.balance_vnd).sum::<i64>(), 0);
    let ask = pb::ListLineBalancesRequest { plan: plan.to_owned(), page_size: 1000, ..Default::default() };
    let lines = stage.ledger().list_line_balances(stage.finance().say(ask)).await.unwrap().into_inner().line_balances;
    let kept = |of: fn(&pb::LineBalance) -> i64| lines.iter().map(of).sum::<i64>();
    let kept = [
        kept(|l| l.funding_vnd),
        kept(|l| l.available_vnd),
        kept(|l| l.committed_vnd),
        kept(|l| l.paid_vnd),
        kept(|l| l.settled_vnd),
    ];
    let summed: Vec<i64> = trial.accounts.iter().map(|a| a.balance_vnd).collect();
    assert_eq!(summed, kept, "the entries prove what the lines carry");
    let cut = |of: fn(&pb::BalancePart) -> i64| trial.parts.iter().map(of).sum::<i64>();
    let cut = [
        cut(|p| p.funding_vnd),
        cut(|p| p.available_vnd),
        cut(|p| p.committed_vnd),
        cut(|p| p.paid_vnd),
        cut(|p| p.settled_vnd),
    ];
    assert_eq!(summed, cut, "the parts are the whole");
    let entries = stage.entries("").await;
    for account in &trial.accounts {
        let sum = |side: fn(&pb::Entry) -> i32| {
            entries.iter().filter(|e| side(e) == account.account).map(|e| e.amount_vnd).sum::<i64>()
        };
        assert_eq!((account.debit_vnd, account.credit_vnd), (sum(|e| e.debit), sum(|e| e.credit)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_balance_is_cut_by_unit_source_and_category() {
    use pb::{FundingSource as F, SpendingCategory as C};
    for engine in engines() {
        let stage = stage(engine).await;
        let central = pb::EstimateLine { source: F::Central.into(), ..lump(50) };
        let training = pb::EstimateLine { category: C::Training.into(), ..lump(7) };
        let estimate = stage.assigned(vec![lump(100), training, central, lump(20)]).await;
        stage.post(entry(&estimate.lines[3].name, EntryKind::Commit, 15)).await.unwrap();
        let trial = stage.trial(&estimate.plan).await;
        let parts =
            trial.parts.iter().map(|p| (p.source(), p.category(), p.funding_vnd, p.available_vnd, p.committed_vnd));
        let expected = [
            (F::Central, C::TradePromotion, -50, 50, 0),
            (F::Provincial, C::Training, -7, 7, 0),
            (F::Provincial, C::TradePromotion, -120, 105, 15),
        ];
        assert_eq!(parts.collect::<Vec<_>>(), expected);
        assert!(trial.parts.iter().all(|part| part.unit == estimate.unit));
        let request = pb::GetTrialBalanceRequest {
            plan: estimate.plan.clone(),
            as_of: Some(day(2021, 5, 31)),
            ..Default::default()
        };
        let before = stage.ledger().get_trial_balance(stage.finance().count(request)).await.unwrap();
        assert_eq!((statements(&before), before.get_ref().parts[2].available_vnd), (2, 120), "the plan, and the sums");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_goes_from_assigned_to_settled_and_all_accounts_together_stay_zero() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(40)]).await;
        let line = estimate.lines[0].name.as_str();
        for (kind, amount, after) in [
            (EntryKind::Commit, 80, (20, 80, 0, 0)),
            (EntryKind::Release, 10, (30, 70, 0, 0)),
            (EntryKind::Pay, 60, (30, 10, 60, 0)),
            (EntryKind::Refund, 5, (35, 10, 55, 0)),
            (EntryKind::Settle, 55, (35, 10, 0, 55)),
        ] {
            let posted = stage.post(entry(line, kind, amount)).await.unwrap();
            assert_eq!((posted.kind(), posted.amount_vnd, posted.line.as_str()), (kind, amount, line));
            assert_eq!((&posted.estimate, &posted.plan), (&estimate.name, &estimate.plan));
            assert_eq!((posted.act_date, posted.note.as_str()), (Some(day(2021, 6, 1)), "Hợp đồng 07/2021"));
            let read = pb::GetEntryRequest { name: posted.name.clone() };
            let read = stage.ledger().get_entry(stage.officer().say(read)).await.unwrap().into_inner();
            assert_eq!(read, posted);
            assert_eq!(stage.balances(line).await, after, "{kind:?}");
            prove(&stage, &estimate.plan).await;
        }
        assert_eq!(stage.balances(&estimate.lines[1].name).await, (40, 0, 0, 0), "the other line stays");
        let trial = stage.trial(&estimate.plan).await;
        let accounts: Vec<(Account, i64)> = trial.accounts.iter().map(|a| (a.account(), a.balance_vnd)).collect();
        assert_eq!(
            accounts,
            [
                (Account::Funding, -140),
                (Account::Available, 75),
                (Account::Committed, 10),
                (Account::Paid, 0),
                (Account::Settled, 55),
            ]
        );
        assert!(!trial.sample);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_account_gives_more_than_it_holds() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let line = estimate.lines[0].name.as_str();
        stage.post(entry(line, EntryKind::Commit, 60)).await.unwrap();
        stage.post(entry(line, EntryKind::Pay, 20)).await.unwrap();
        let before = (stage.balances(line).await, stage.stored().await);
        for (kind, amount, reason) in [
            (EntryKind::Commit, 41, "OVER_COMMITTED"),
            (EntryKind::Commit, i64::MAX, "OVER_COMMITTED"),
            (EntryKind::Release, 41, "BALANCE_TOO_LOW"),
            (EntryKind::Pay, 41, "BALANCE_TOO_LOW"),
            (EntryKind::Refund, 21, "BALANCE_TOO_LOW"),
            (EntryKind::Settle, 21, "BALANCE_TOO_LOW"),
        ] {
            let answer = stage.post(entry(line, kind, amount)).await;
            assert_eq!(said(answer), refused(Code::FailedPrecondition, reason), "{kind:?} {amount}");
        }
        assert_eq!((stage.balances(line).await, stage.stored().await), before);
        let much = stage.post(entry(line, EntryKind::Commit, 80_000_000)).await.unwrap_err();
        let told = kit::explain::refusal(&much);
        assert_eq!(told["messageVi"], "Chỉ còn 40 đồng, không đủ 80.000.000 đồng.");
        assert_eq!(much.message(), "40 đồng are available, 80,000,000 were asked for");
        stage.end().await;
    }
}

/// The one promise that concurrency could break: sixteen writers want ten each of a hundred.
#[tokio::test(flavor = "multi_thread")]
async fn sixteen_writers_at_once_never_over_commit_a_line() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let line = estimate.lines[0].name.clone();
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (mut ledger, finance, line) = (stage.ledger(), stage.finance(), line.clone());
            writers.spawn(async move {
                // A lost race (ABORTED) or a full queue says to try again; a writer does, until the rule answers.
                loop {
                    match ledger.post_entry(finance.say(entry(&line, EntryKind::Commit, 10))).await {
                        Ok(_) => return true,
                        Err(status) if status.code() == Code::FailedPrecondition => {
                            assert_eq!(kit::testing::reason(&status), "OVER_COMMITTED");
                            return false;
                        }
                        Err(status) => {
                            assert!(matches!(status.code(), Code::Aborted | Code::ResourceExhausted), "{status:?}")
                        }
                    }
                }
            });
        }
        let mut won = 0;
        while let Some(done) = writers.join_next().await {
            won += usize::from(done.unwrap());
        }
        assert_eq!(won, 10);
        assert_eq!(stage.balances(&line).await, (0, 100, 0, 0));
        assert_eq!(stage.entries(&line).await.len(), 11, "the assignment and ten commitments");
        prove(&stage, &estimate.plan).await;
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_writers_of_every_kind_leave_a_ledger_that_sums_to_zero() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(500), lump(300)]).await;
        let kinds = [EntryKind::Commit, EntryKind::Release, EntryKind::Pay, EntryKind::Refund, EntryKind::Settle];
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0_usize..16 {
            let (mut ledger, finance) = (stage.ledger(), stage.finance());
            let line = estimate.lines[writer % 2].name.clone();
            writers.spawn(async move {
                let mut posted = 0_usize;
                for step in 0..6 {
                    let kind = kinds[(writer + step) % kinds.len()];
                    let request = entry(&line, kind, 7 + i64::try_from(writer * 3 + step).unwrap());
                    match ledger.post_entry(finance.say(request)).await {
                        Ok(_) => posted += 1,
                        Err(status) => assert!(
                            matches!(status.code(), Code::FailedPrecondition | Code::Aborted | Code::ResourceExhausted),
                            "{status:?}"
                        ),
                    }
                }
                posted
            });
        }
        let mut posted = 0;
        while let Some(done) = writers.join_next().await {
            posted += done.unwrap();
        }
        assert_eq!(stage.entries("").await.len(), posted + 2);
        for line in &estimate.lines {
            let (available, committed, paid, settled) = stage.balances(&line.name).await;
            assert!([available, committed, paid, settled].iter().all(|balance| *balance >= 0));
        }
        prove(&stage, &estimate.plan).await;
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_a_new_entry_that_moves_back_what_is_left_of_the_one_it_names() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100), lump(100)]).await;
        let [line, other] = [0, 1].map(|at| estimate.lines[at].name.as_str());
        let wrong = stage.post(entry(line, EntryKind::Commit, 80)).await.unwrap();
        let first = stage.post(correcting(line, EntryKind::Commit, 30, &wrong.name)).await.unwrap();
        assert_eq!((first.debit(), first.credit()), (Account::Available, Account::Committed));
        assert_eq!((first.kind(), &first.reverses), (EntryKind::Commit, &wrong.name));
        assert_eq!(stage.balances(line).await, (50, 50, 0, 0));

        let mismatch = refused(Code::FailedPrecondition, "CORRECTION_MISMATCH");
        let large = stage.post(correcting(line, EntryKind::Commit, 51, &wrong.name)).await;
        assert_eq!(said(large), refused(Code::FailedPrecondition, "CORRECTION_TOO_LARGE"));
        for request in [
            correcting(line, EntryKind::Pay, 1, &wrong.name),
            correcting(other, EntryKind::Commit, 1, &wrong.name),
            correcting(line, EntryKind::Commit, 1, &first.name),
        ] {
            assert_eq!(said(stage.post(request).await), mismatch);
        }
        let mut early = correcting(line, EntryKind::Commit, 1, &wrong.name);
        early.act_date = Some(day(2021, 5, 31));
        assert_eq!(said(stage.post(early).await), invalid(&["act_date DATE_ORDER"]));
        let nothing = correcting(line, EntryKind::Commit, 1, "entries/0192f0c4-0000-7000-8000-000000000000");
        assert_eq!(said(stage.post(nothing).await), invalid(&["reverses REFERENCE_UNKNOWN"]));

        // What was paid since cannot be taken out of the commitment any more.
        stage.post(entry(line, EntryKind::Pay, 45)).await.unwrap();
        let gone = stage.post(correcting(line, EntryKind::Commit, 6, &wrong.name)).await;
        assert_eq!(said(gone), refused(Code::FailedPrecondition, "BALANCE_TOO_LOW"));
        stage.post(correcting(line, EntryKind::Commit, 5, &wrong.name)).await.unwrap();
        assert_eq!(stage.balances(line).await, (55, 0, 45, 0));
        let kept = pb::GetEntryRequest { name: wrong.name.clone() };
        let kept = stage.ledger().get_entry(stage.finance().say(kept)).await.unwrap().into_inner();
        assert_eq!(kept, wrong, "an entry never changes");
        prove(&stage, &estimate.plan).await;
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_at_once_never_take_back_more_than_the_entry_moved() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let line = estimate.lines[0].name.clone();
        stage.post(entry(&line, EntryKind::Commit, 50)).await.unwrap();
        let wrong = stage.post(entry(&line, EntryKind::Commit, 40)).await.unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (mut ledger, finance) = (stage.ledger(), stage.finance());
            let request = correcting(&line, EntryKind::Commit, 10, &wrong.name);
            writers.spawn(async move {
                loop {
                    match ledger.post_entry(finance.say(request.clone())).await {
                        Ok(_) => return true,
                        Err(status) if status.code() == Code::FailedPrecondition => {
                            assert_eq!(kit::testing::reason(&status), "CORRECTION_TOO_LARGE");
                            return false;
                        }
                        Err(status) => {
                            assert!(matches!(status.code(), Code::Aborted | Code::ResourceExhausted), "{status:?}")
                        }
                    }
                }
            });
        }
        let mut won = 0;
        while let Some(done) = writers.join_next().await {
            won += usize::from(done.unwrap());
        }
        assert_eq!((won, stage.balances(&line).await), (4, (50, 50, 0, 0)));
        prove(&stage, &estimate.plan).await;
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_posted_before_the_assignment_or_dated_before_it() {
    for engine in engines() {
        let stage = stage(engine).await;
        let draft = stage.draft(vec![lump(100)]).await;
        let line = draft.lines[0].name.as_str();
        let early = stage.post(entry(line, EntryKind::Commit, 1)).await;
        assert_eq!(said(early), refused(Code::FailedPrecondition, "NOT_ASSIGNED"));
        assert_eq!(stage.balances(line).await, (0, 0, 0, 0));
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        stage.appraise(&draft, None, day(2021, 3, 6)).await.unwrap();
        stage.approve(&draft.name, day(2021, 3, 7)).await.unwrap();
        stage.assign(&draft.name, day(2021, 4, 1)).await.unwrap();
        let dated = |day| pb::PostEntryRequest { act_date: Some(day), ..entry(line, EntryKind::Commit, 1) };
        assert_eq!(said(stage.post(dated(day(2021, 3, 31))).await), invalid(&["act_date DATE_ORDER"]));
        stage.post(dated(day(2021, 4, 1))).await.unwrap();
        stage.end().await;
    }
}
