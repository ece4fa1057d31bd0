//! The book of a year: its rules, its periods, and what is closed.

use kit::testing::statements;
use proto::budget::v1::{self as pb, CarryOverRule, EntryKind, PeriodLength, PeriodState, Plan};
use time::macros::date;
use tonic::Code;

use super::stage::{NEIGHBOUR, Stage, day, engines, entry, insist, invalid, lump, plan_2021, refused, said, stage};

async fn book(stage: &Stage, plan: &str) -> pb::LedgerBook {
    let request = pb::GetLedgerBookRequest { plan: plan.to_owned() };
    stage.periods().get_ledger_book(stage.officer().say(request)).await.unwrap().into_inner()
}

async fn change(stage: &Stage, book: pb::LedgerBook, paths: &[&str]) -> Result<pb::LedgerBook, tonic::Status> {
    let paths = paths.iter().map(ToString::to_string).collect();
    let update_mask = Some(prost_types::FieldMask { paths });
    let request = pb::UpdateLedgerBookRequest { ledger_book: Some(book), update_mask, ..Default::default() };
    stage.periods().update_ledger_book(stage.leader().say(request)).await.map(tonic::Response::into_inner)
}

async fn periods(stage: &Stage, plan: &str) -> Vec<pb::Period> {
    let request = pb::ListPeriodsRequest { plan: plan.to_owned(), ..Default::default() };
    stage.periods().list_periods(stage.officer().say(request)).await.unwrap().into_inner().periods
}

fn on(line: &str, kind: EntryKind, amount: i64, act: proto::google::r#type::Date) -> pb::PostEntryRequest {
    pb::PostEntryRequest { act_date: Some(act), ..entry(line, kind, amount) }
}

fn rule(reason: &str) -> (Code, String, Vec<String>) {
    refused(Code::FailedPrecondition, reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_answers_its_defaults_until_its_rules_are_changed() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await.name;
        let first = book(&stage, &plan).await;
        assert_eq!(
            (first.year, first.period_length(), first.carry_over_rule()),
            (2021, PeriodLength::Month, CarryOverRule::Available)
        );
        assert_eq!((first.adjustment_days, first.backdate_days, first.update_time), (31, 31, None));
        let wanted = pb::LedgerBook {
            plan: plan.clone(),
            period_length: PeriodLength::Quarter.into(),
            backdate_days: 0,
            carry_over_rule: CarryOverRule::Nothing.into(),
            etag: first.etag.clone(),
            ..Default::default()
        };
        let changed =
            change(&stage, wanted.clone(), &["period_length", "backdate_days", "carry_over_rule"]).await.unwrap();
        assert_eq!(
            (changed.period_length(), changed.backdate_days, changed.adjustment_days),
            (PeriodLength::Quarter, 0, 31)
        );
        assert_eq!(book(&stage, &plan).await, changed);
        let ends: Vec<_> = periods(&stage, &plan).await.iter().map(|p| (p.number, p.end_date.unwrap())).collect();
        let expected = [
            (1, day(2021, 3, 31)),
            (2, day(2021, 6, 30)),
            (3, day(2021, 9, 30)),
            (4, day(2021, 12, 31)),
            (5, day(2022, 1, 31)),
        ];
        assert_eq!(ends, expected);

        let stale = change(&stage, wanted.clone(), &["backdate_days"]).await;
        assert_eq!(said(stale), refused(Code::Aborted, "ETAG_STALE"));
        let before = stage.events().await.len();
        let wrong = pb::LedgerBook {
            adjustment_days: 366,
            backdate_days: -1,
            period_length: 9,
            carry_over_rule: 0,
            ..wanted.clone()
        };
        let (code, _, mut found) = said(change(&stage, wrong, &["period_length", "carry_over_rule", "year"]).await);
        found.sort();
        let expected = [
            "ledger_book.adjustment_days FIELD_RANGE",
            "ledger_book.backdate_days FIELD_RANGE",
            "ledger_book.carry_over_rule FIELD_REQUIRED",
            "ledger_book.period_length ENUM_UNKNOWN",
            "update_mask UPDATE_MASK_INVALID",
        ];
        // A mask that names what is no field is not read on.
        assert!(
            code == Code::InvalidArgument && found.iter().all(|f| expected.contains(&f.as_str())) && found.len() >= 4,
            "{found:?}"
        );
        let dry = pb::UpdateLedgerBookRequest {
            ledger_book: Some(pb::LedgerBook { etag: String::new(), backdate_days: 7, ..wanted }),
            validate_only: true,
            ..Default::default()
        };
        let dry = stage.periods().update_ledger_book(stage.finance().say(dry)).await.unwrap().into_inner();
        assert_eq!(dry.backdate_days, 7);
        assert_eq!((book(&stage, &plan).await, stage.events().await.len()), (changed, before));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_period_is_not_cut_shorter_than_its_entries_need_it() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let (plan, line) = (estimate.plan.as_str(), estimate.lines[0].name.as_str());
        stage.post(on(line, EntryKind::Commit, 40, day(2021, 12, 15))).await.unwrap();
        stage.world().clock.set_noon(date!(2022 - 01 - 25));
        stage.post(on(line, EntryKind::Pay, 40, day(2022, 1, 20))).await.unwrap();
        let days = |adjustment_days| pb::LedgerBook { plan: plan.to_owned(), adjustment_days, ..Default::default() };
        for too_few in [0, 19] {
            assert_eq!(said(change(&stage, days(too_few), &["adjustment_days"]).await), rule("ADJUSTMENT_NEEDED"));
        }
        let refusal = change(&stage, days(5), &["adjustment_days"]).await.unwrap_err();
        let told = "Có bút toán ngày 20/01/2022, thời gian chỉnh lý không thể kết thúc vào 05/01/2022.";
        assert_eq!(kit::explain::refusal(&refusal)["messageVi"], told);
        for enough in [20, 60] {
            let changed = change(&stage, days(enough), &["adjustment_days"]).await.unwrap();
            assert_eq!(changed.adjustment_days, enough);
        }
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn periods_close_in_order_take_no_entries_and_open_again_for_a_reason() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let (plan, line) = (estimate.plan.as_str(), estimate.lines[0].name.as_str());
        let today = day(2021, 12, 15);
        assert_eq!(said(stage.close(plan, 2, today).await), rule("PERIOD_STILL_OPEN"));
        assert_eq!(said(stage.reopen(plan, 1, today).await), rule("PERIOD_STATE_FORBIDS"));
        for number in 1..=4 {
            let closed = stage.close(plan, number, today).await.unwrap();
            assert_eq!((closed.number, closed.state(), closed.act_date), (number, PeriodState::Closed, Some(today)));
        }
        assert_eq!(said(stage.close(plan, 4, today).await), rule("PERIOD_STATE_FORBIDS"));
        assert_eq!(said(stage.close(plan, 5, day(2021, 5, 31)).await), invalid(&["act_date DATE_ORDER"]));
        assert_eq!(said(stage.close(plan, 14, today).await), invalid(&["number FIELD_RANGE"]));
        let refusal = stage.post(on(line, EntryKind::Commit, 5, day(2021, 4, 30))).await.unwrap_err();
        assert_eq!(kit::explain::refusal(&refusal)["messageVi"], "Ngày 30/04/2021 thuộc kỳ 4 đã khóa sổ.");
        assert_eq!(said(Err::<(), _>(refusal)), rule("PERIOD_CLOSED"));
        let wrong = stage.post(on(line, EntryKind::Commit, 5, day(2021, 5, 1))).await.unwrap();

        assert_eq!(said(stage.reopen(plan, 4, day(2021, 12, 14)).await), invalid(&["act_date DATE_ORDER"]));
        let opened = stage.reopen(plan, 4, today).await.unwrap();
        assert_eq!((opened.state(), opened.reason.as_str()), (PeriodState::Open, "Bổ sung chứng từ"));
        stage.post(on(line, EntryKind::Commit, 5, day(2021, 4, 30))).await.unwrap();
        stage.close(plan, 4, today).await.unwrap();
        stage.close(plan, 5, today).await.unwrap();
        // What stands in a closed period is corrected in an open one.
        let correction =
            pb::PostEntryRequest { reverses: wrong.name.clone(), ..on(line, EntryKind::Commit, 5, day(2021, 5, 2)) };
        assert_eq!(said(stage.post(correction.clone()).await), rule("PERIOD_CLOSED"));
        stage.post(pb::PostEntryRequest { act_date: Some(day(2021, 6, 1)), ..correction }).await.unwrap();
        let shown = periods(&stage, plan).await;
        let closed: Vec<i32> = shown.iter().filter(|p| p.state() == PeriodState::Closed).map(|p| p.number).collect();
        assert_eq!((closed, shown.len()), (vec![1, 2, 3, 4, 5], 13));
        assert!(shown[12].adjustment && shown[3].document_number == "Biên bản khóa sổ" && shown[3].reason.is_empty());
        let fixed =
            pb::LedgerBook { plan: plan.to_owned(), period_length: PeriodLength::Quarter.into(), ..Default::default() };
        assert_eq!(said(change(&stage, fixed, &["period_length"]).await), rule("PERIODS_FIXED"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_dated_within_its_year_and_nothing_is_bound_after_it() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let line = estimate.lines[0].name.as_str();
        stage.world().clock.set_noon(date!(2022 - 02 - 20));
        stage.post(on(line, EntryKind::Commit, 60, day(2021, 12, 31))).await.unwrap();
        let outside = invalid(&["act_date DATE_OUTSIDE_YEAR"]);
        assert_eq!(said(stage.post(on(line, EntryKind::Commit, 1, day(2022, 1, 3))).await), outside);
        stage.post(on(line, EntryKind::Pay, 60, day(2022, 1, 31))).await.unwrap();
        assert_eq!(said(stage.post(on(line, EntryKind::Settle, 60, day(2022, 2, 1))).await), outside);
        let longer = pb::LedgerBook { plan: estimate.plan.clone(), adjustment_days: 60, ..Default::default() };
        change(&stage, longer, &["adjustment_days"]).await.unwrap();
        stage.post(on(line, EntryKind::Settle, 60, day(2022, 2, 1))).await.unwrap();
        assert_eq!(stage.balances(line).await, (40, 0, 0, 60));
        // An assignment may come before the year, and stands in its first period; after it, it is of another year.
        let plan = stage.plan(Plan { year: 2023, ..plan_2021() }).await;
        stage.assigned_of(&plan, vec![lump(5)], day(2022, 2, 1)).await;
        let late = stage.plan(Plan { year: 2020, ..plan_2021() }).await;
        let draft = stage.draft_of(&late, vec![lump(5)]).await;
        stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
        stage.appraise(&draft, None, day(2021, 3, 5)).await.unwrap();
        stage.approve(&draft.name, day(2021, 3, 5)).await.unwrap();
        let late = stage.assign(&draft.name, day(2021, 3, 5)).await;
        assert_eq!(said(late), invalid(&["decision_date DATE_OUTSIDE_YEAR"]));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_dates_back_as_far_as_the_book_says_and_finance_as_far_as_it_is_open() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let line = estimate.lines[0].name.as_str();
        let post = async |act| {
            let request = on(line, EntryKind::Commit, 1, act);
            stage.ledger().post_entry(stage.officer().say(request)).await.map(tonic::Response::into_inner)
        };
        let forbidden = refused(Code::PermissionDenied, "BACKDATING_FORBIDDEN");
        post(day(2021, 11, 14)).await.unwrap();
        assert_eq!(said(post(day(2021, 11, 13)).await), forbidden);
        stage.post(on(line, EntryKind::Commit, 1, day(2021, 4, 1))).await.unwrap();
        let strict = pb::LedgerBook { plan: estimate.plan.clone(), ..Default::default() };
        change(&stage, strict, &["backdate_days"]).await.unwrap();
        assert_eq!(said(post(day(2021, 12, 14)).await), forbidden);
        post(day(2021, 12, 15)).await.unwrap();
        // Somebody who is finance elsewhere and an officer here is an officer.
        let held = [("finance_officer", NEIGHBOUR), ("province_officer", super::stage::PROVINCE)];
        let held =
            held.map(|(role, unit)| kit::Held { role: kit::auth::role_named(role).unwrap(), unit: unit.to_owned() });
        let both = stage.world().as_subject("both", &held);
        let answer = stage.ledger().post_entry(both.say(on(line, EntryKind::Commit, 1, day(2021, 12, 14)))).await;
        assert_eq!(said(answer), forbidden);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_closes_once_and_for_good_when_nothing_is_bound_or_unsettled() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(100)]).await;
        let (plan, line) = (estimate.plan.as_str(), estimate.lines[0].name.as_str());
        stage.world().clock.set_noon(date!(2022 - 02 - 10));
        for kind in [EntryKind::Commit, EntryKind::Pay] {
            stage.post(on(line, kind, 60, day(2021, 12, 20))).await.unwrap();
        }
        let closing = |act| pb::CloseYearRequest {
            plan: plan.to_owned(),
            act_date: Some(act),
            document_number: "09/QĐ-STC".to_owned(),
            ..Default::default()
        };
        let close = async |act| {
            stage.periods().close_year(stage.leader().say(closing(act))).await.map(tonic::Response::into_inner)
        };
        let (today, before) = (day(2022, 2, 10), day(2022, 1, 31));
        assert_eq!(said(close(today).await), rule("PERIOD_STILL_OPEN"));
        for number in 1..=13 {
            stage.close(plan, number, today).await.unwrap();
        }
        assert_eq!(said(close(today).await), rule("YEAR_NOT_SETTLED"));
        stage.reopen(plan, 12, today).await.unwrap();
        stage.post(on(line, EntryKind::Settle, 60, day(2021, 12, 31))).await.unwrap();
        stage.close(plan, 12, today).await.unwrap();
        assert_eq!(said(close(before).await), invalid(&["act_date DATE_ORDER"]));
        let closed = close(today).await.unwrap();
        assert_eq!((closed.close_date, closed.close_document_number.as_str()), (Some(today), "09/QĐ-STC"));
        assert_eq!(said(close(today).await), rule("YEAR_CLOSED"));
        assert_eq!(said(stage.reopen(plan, 12, today).await), rule("YEAR_CLOSED"));
        assert_eq!(said(stage.close(plan, 12, today).await), rule("YEAR_CLOSED"));
        assert_eq!(said(stage.post(on(line, EntryKind::Commit, 1, day(2021, 12, 31))).await), rule("YEAR_CLOSED"));
        let rules = pb::LedgerBook { plan: plan.to_owned(), backdate_days: 3, ..Default::default() };
        assert_eq!(said(change(&stage, rules, &["backdate_days"]).await), rule("YEAR_CLOSED"));
        assert_eq!(stage.balances(line).await, (40, 0, 0, 60), "what is left lapses and stays to be seen");
        stage.end().await;
    }
}

/// Whoever saw the period closed sees nothing slip in afterwards: entries and closing follow one another.
#[tokio::test(flavor = "multi_thread")]
async fn no_entry_slips_into_a_period_while_it_is_being_closed() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(1_000_000), lump(1_000_000)]).await;
        let plan = estimate.plan.clone();
        for number in 1..=5 {
            stage.close(&plan, number, day(2021, 12, 15)).await.unwrap();
        }
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0_usize..8 {
            let (ledger, finance) = (stage.ledger(), stage.finance());
            let line = estimate.lines[writer % 2].name.clone();
            writers.spawn(async move {
                let mut posted = 0_usize;
                loop {
                    let request = entry(&line, EntryKind::Commit, 1);
                    match insist(|| {
                        let (mut ledger, request) = (ledger.clone(), finance.say(request.clone()));
                        async move { ledger.post_entry(request).await }
                    })
                    .await
                    {
                        Ok(_) => posted += 1,
                        Err(status) => {
                            assert_eq!(kit::testing::reason(&status), "PERIOD_CLOSED");
                            return posted;
                        }
                    }
                }
            });
        }
        insist(|| stage.close(&plan, 6, day(2021, 12, 15))).await.unwrap();
        let seen = stage.entries("").await.len();
        let mut posted = 0;
        while let Some(done) = writers.join_next().await {
            posted += done.unwrap();
        }
        assert_eq!(stage.entries("").await.len(), seen, "after the closing nothing came");
        assert_eq!(seen.min(1000), (posted + 2).min(1000));
        assert!(stage.verdict(&plan).await.sound);
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn periods_come_in_pages_and_belong_to_the_unit() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(plan_2021()).await.name;
        let (mut numbers, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListPeriodsRequest { plan: plan.clone(), page_size: 5, page_token: token };
            let page = stage.periods().list_periods(stage.officer().count(request)).await.unwrap();
            assert_eq!(statements(&page), 3, "the plan, its book, all acts");
            let page = page.into_inner();
            numbers.extend(page.periods.iter().map(|p| p.number));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(numbers, (1..=13).collect::<Vec<_>>());
        let before = stage.stored().await;
        let forbidden = refused(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let leader = stage.world().as_role("committee_leader", NEIGHBOUR);
        let read = pb::GetLedgerBookRequest { plan: plan.clone() };
        assert_eq!(said(stage.periods().get_ledger_book(leader.say(read)).await), forbidden);
        let close = pb::ClosePeriodRequest {
            plan: plan.clone(),
            number: 1,
            act_date: Some(day(2021, 12, 15)),
            document_number: "1".to_owned(),
            request_id: super::stage::ID.to_owned(),
        };
        assert_eq!(said(stage.periods().close_period(leader.say(close.clone())).await), forbidden);
        let none = pb::ReopenPeriodRequest::default();
        let expected = invalid(&[
            "number FIELD_RANGE",
            "plan FIELD_REQUIRED",
            "act_date FIELD_REQUIRED",
            "document_number FIELD_REQUIRED",
            "reason FIELD_REQUIRED",
        ]);
        let (code, reason, mut found) = said(stage.periods().reopen_period(stage.leader().say(none)).await);
        let mut wanted = expected.2;
        wanted.sort();
        found.sort();
        found.retain(|fault| fault != "number FIELD_REQUIRED");
        wanted.retain(|fault| !fault.starts_with("number"));
        found.retain(|fault| !fault.starts_with("number"));
        assert_eq!((code, reason, found), (expected.0, expected.1, wanted));
        assert_eq!(stage.stored().await, before);
        // A repeat gets the first answer although the period is closed by then.
        let first = stage.periods().close_period(stage.finance().say(close.clone())).await.unwrap().into_inner();
        let again = stage.periods().close_period(stage.finance().say(close)).await.unwrap().into_inner();
        assert_eq!(again, first);
        stage.end().await;
    }
}
