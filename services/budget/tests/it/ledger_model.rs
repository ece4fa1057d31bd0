//! The ledger against a model of it: random operations of every kind, each of which a few maps and arrays predict, answer
//! and refusal; and after some of them everything that the ledger keeps is compared with everything the model holds.
//!
//! The calls go through generated clients and all layers in one process, without a network. The seed is printed; a run is
//! repeated with OCOP_LEDGER_SEED, and made longer with OCOP_LEDGER_OPERATIONS.

#[path = "ledger_model/rules.rs"]
mod rules;

use std::collections::HashMap;

use kit::testing::{As, Backend, reason, violations};
use proto::budget::v1::{self as pb, EntryKind, FundingSource, Plan};
use time::macros::date;
use time::{Date, Duration};
use tonic::{Response, Status};

use self::rules::{AVAILABLE, Dice, Entry, FUNDING, KINDS, Line, Model, Post, Year};
use super::stage::{Stage, engines, entry, lump, moving, plan_2021, stage};

/// The day on which everything is recorded: the adjustment period of 2021, and the first period of 2022.
const TODAY: Date = date!(2022 - 01 - 20);
const OPERATIONS: u64 = 300;

#[expect(clippy::disallowed_methods, reason = "who runs the test says how long and with which seed")]
fn told(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The service, the model of it, and who calls.
struct Run {
    stage: Stage,
    model: Model,
    plans: [Plan; 2],
    dice: Dice,
    who: [As; 3],
    done: HashMap<&'static str, u64>,
    refused: u64,
    most_lines: usize,
}

/// The reason of a refusal, or of its first violation.
fn why(status: &Status) -> String {
    match violations(status).into_iter().next() {
        Some((_, reason)) => reason,
        None => reason(status),
    }
}

impl Run {
    async fn on(engine: Backend, (seed, operations): (u64, u64)) -> Self {
        let stage = stage(engine).await;
        stage.world().clock.set_noon(TODAY);
        let first = stage.plan(plan_2021()).await;
        let second = stage.plan(Plan { year: 2022, ..plan_2021() }).await;
        let year = |year| Year { year, closed: [false; 14] };
        let model =
            Model { years: [year(2021), year(2022)], names: Vec::new(), lines: HashMap::new(), entries: Vec::new() };
        // Money that is settled is out of play: a long run gets more of it.
        let most_lines = 30 + usize::try_from(operations / 200).unwrap();
        let who = [stage.finance(), stage.officer(), stage.leader()];
        Self {
            stage,
            model,
            plans: [first, second],
            dice: Dice(seed),
            who,
            done: HashMap::new(),
            refused: 0,
            most_lines,
        }
    }

    /// A new estimate of one of the plans, assigned on a day of it.
    async fn assign(&mut self) {
        let plan = self.dice.below(2);
        let on = if plan == 0 { date!(2021 - 01 - 15) } else { date!(2021 - 12 - 20) }
            + Duration::days(self.dice.below(20) as i64);
        // An assignment into a closed period is another test's.
        if self.model.years[plan].admits(on, true, true).is_err() {
            return;
        }
        let sources = [FundingSource::Provincial, FundingSource::Central];
        let mut lines = Vec::new();
        for _ in 0..=self.dice.below(3) {
            let source = sources[self.dice.below(2)];
            lines.push(pb::EstimateLine { source: source.into(), ..lump(self.dice.amount(1_000_000)) });
        }
        let estimate = self.stage.assigned_of(&self.plans[plan], lines, kit::day::pb(on)).await;
        let known_us = self.stage.world().clock.now_us();
        for line in estimate.lines {
            let (amount, source) = (line.amount_vnd, line.source());
            let accounts = [-amount, amount, 0, 0, 0];
            self.model.lines.insert(line.name.clone(), Line { plan, source, assigned: on, accounts });
            self.model.names.push(line.name.clone());
            let (line, kind, act) = (line.name, EntryKind::Assign, on);
            let entry = Entry {
                line,
                kind,
                debit: AVAILABLE,
                credit: FUNDING,
                amount,
                act,
                known_us,
                correction: false,
                taken_back: 0,
            };
            self.model.entries.push((String::new(), entry));
        }
    }

    fn line(&mut self) -> String {
        let at = self.dice.below(self.model.names.len());
        self.model.names[at].clone()
    }

    /// Mostly days of the line's year, sometimes others, never one to come.
    fn day(&mut self, plan: usize) -> Date {
        let back = match (plan, self.dice.below(10)) {
            (_, 0) => self.dice.below(450),
            (0, _) => 20 + self.dice.below(340),
            (_, _) => self.dice.below(20),
        };
        TODAY - Duration::days(i64::try_from(back).unwrap())
    }

    /// Compares an answer with what the model says.
    fn agree<T: std::fmt::Debug>(
        &mut self,
        what: &'static str,
        predicted: Result<(), &'static str>,
        answer: Result<T, Status>,
    ) -> Option<T> {
        *self.done.entry(what).or_default() += 1;
        let found = answer.as_ref().map(|_| ()).map_err(why);
        assert_eq!(found, predicted.map_err(str::to_owned), "{what}: predicted is to the right");
        self.refused += u64::from(answer.is_err());
        answer.ok()
    }

    fn random_post(&mut self) -> Post {
        let (line, mut kind) = (self.line(), self.dice.below(KINDS.len()));
        let of = &self.model.lines[&line];
        // Mostly a kind for which the line holds something.
        for _ in 0..3 {
            if of.accounts[KINDS[kind].2] == 0 {
                kind = self.dice.below(KINDS.len());
            }
        }
        let (plan, held) = (of.plan, of.accounts[KINDS[kind].2]);
        let mut post = Post {
            act: self.day(plan),
            amount: self.dice.part(held),
            line,
            kind,
            corrects: None,
            officer: self.dice.below(12) == 0,
        };
        let candidates = self.model.entries.len();
        if self.dice.below(8) == 0 && candidates > 0 {
            let at = self.dice.below(candidates);
            let corrected = &self.model.entries[at];
            // An entry of an assignment or a transfer is mostly not tried: its kind cannot be sent.
            if let Some(found) = KINDS.iter().position(|(kind, ..)| *kind == corrected.1.kind) {
                kind = if self.dice.below(10) == 0 { kind } else { found };
                post = Post { corrects: Some(at), kind, ..post };
                let corrected = &self.model.entries[at].1;
                if self.dice.below(10) > 0 {
                    post.line.clone_from(&corrected.line);
                    post.act = post.act.max(corrected.act);
                }
                post.amount = self.dice.amount(self.model.entries[at].1.amount / 2);
            }
        }
        post
    }

    async fn post(&mut self) {
        let of = self.random_post();
        let predicted = self.model.post(&of);
        let reverses = of.corrects.map(|at| self.model.entries[at].0.clone()).unwrap_or_default();
        let request = pb::PostEntryRequest {
            act_date: Some(kit::day::pb(of.act)),
            reverses,
            ..entry(&of.line, KINDS[of.kind].0, of.amount)
        };
        let who = &self.who[usize::from(of.officer)];
        let answer = self.stage.ledger().post_entry(who.say(request)).await.map(Response::into_inner);
        let what = if of.corrects.is_some() { "correct" } else { "post" };
        if let Some(posted) = self.agree(what, predicted.map(|_| ()), answer) {
            let (debit, credit) = predicted.unwrap();
            assert_eq!(
                (posted.debit, posted.credit),
                (i32::try_from(debit + 1).unwrap(), i32::try_from(credit + 1).unwrap())
            );
            let known_us = self.stage.world().clock.now_us();
            let correction = of.corrects.is_some();
            let entry = Entry {
                line: of.line,
                kind: KINDS[of.kind].0,
                debit,
                credit,
                amount: of.amount,
                act: of.act,
                known_us,
                correction,
                taken_back: 0,
            };
            self.model.entries.push((posted.name, entry));
        }
    }

    async fn transfer(&mut self) {
        let (from, to, next_year) = (self.line(), self.line(), self.dice.below(3) == 0);
        let (plan, available) = (self.model.lines[&from].plan, self.model.lines[&from].accounts[AVAILABLE]);
        let act = if next_year { TODAY - Duration::days(self.dice.below(30) as i64) } else { self.day(plan) };
        let amount = self.dice.part(available);
        let predicted = self.model.transfer(&from, &to, amount, act, next_year);
        // Each by a document of its own: what one document may not do is told by tests of its own.
        let document_number = format!("{}/QĐ-STC", self.model.entries.len());
        let act_date = Some(kit::day::pb(act));
        let transfer = pb::Transfer { act_date, document_number, ..moving(&from, &to, amount) };
        let (what, answer) = if next_year {
            let request = pb::CarryOverRequest { transfer: Some(transfer), ..Default::default() };
            ("carry over", self.stage.transfers().carry_over(self.who[0].say(request)).await)
        } else {
            let request = pb::CreateTransferRequest { transfer: Some(transfer), ..Default::default() };
            ("transfer", self.stage.transfers().create_transfer(self.who[0].say(request)).await)
        };
        let Some(moved) = self.agree(what, predicted, answer.map(Response::into_inner)) else { return };
        let known_us = self.stage.world().clock.now_us();
        let sides = [(moved.from_entry, from, FUNDING, AVAILABLE), (moved.to_entry, to, AVAILABLE, FUNDING)];
        for (name, line, debit, credit) in sides {
            let kind = EntryKind::Unspecified;
            let entry = Entry { line, kind, debit, credit, amount, act, known_us, correction: false, taken_back: 0 };
            self.model.entries.push((name, entry));
        }
    }

    async fn step(&mut self, close: bool) {
        let plan = self.dice.below(2);
        let closed: Vec<usize> = (1..14).filter(|n| self.model.years[plan].closed[*n]).collect();
        let period = match (close, closed.last()) {
            _ if self.dice.below(6) == 0 => self.dice.below(13) + 1,
            (true, last) => (last.copied().unwrap_or(0) + 1).min(13),
            (false, _) => closed.get(self.dice.below(closed.len())).copied().unwrap_or(1),
        };
        let predicted = self.model.step(plan, period, close);
        let (name, number) = (self.plans[plan].name.clone(), i32::try_from(period).unwrap());
        let (what, answer) = if close {
            ("close", self.stage.close(&name, number, kit::day::pb(TODAY)).await)
        } else {
            ("reopen", self.stage.reopen(&name, number, kit::day::pb(TODAY)).await)
        };
        self.agree(what, predicted, answer);
    }

    /// Every line, as it is kept, and as its entries sum to at two random times.
    async fn compare(&mut self) {
        let as_of = TODAY - Duration::days(self.dice.below(400) as i64);
        let at = self.dice.below(self.model.entries.len());
        let known_us = self.model.entries[at].1.known_us;
        for (plan, of) in self.plans.iter().enumerate() {
            let verdict = self.stage.verdict(&of.name).await;
            assert!(verdict.sound, "{verdict:?}");
            for times in [None, Some((as_of, known_us))] {
                let found = self.shown(&of.name, times).await;
                let mut lines = self.model.lines.iter().filter(|(_, line)| line.plan == plan);
                assert_eq!(found.len(), lines.clone().count());
                assert!(lines.all(|(name, line)| {
                    let expected = times.map_or(line.accounts, |times| self.summed(name, times));
                    found[name] == expected
                }));
                let sums: [i64; 5] = std::array::from_fn(|at| found.values().map(|accounts| accounts[at]).sum());
                assert_eq!((self.trial(&of.name, times).await, sums.iter().sum::<i64>()), (sums, 0));
            }
        }
    }

    /// What a line's entries sum to as of a day and as known at an instant.
    fn summed(&self, line: &str, (as_of, known_us): (Date, i64)) -> [i64; 5] {
        let mut accounts = [0; 5];
        let seen = |e: &&(String, Entry)| e.1.line == line && e.1.act <= as_of && e.1.known_us <= known_us;
        for (_, entry) in self.model.entries.iter().filter(seen) {
            accounts[entry.debit] += entry.amount;
            accounts[entry.credit] -= entry.amount;
        }
        accounts
    }

    async fn shown(&self, plan: &str, times: Option<(Date, i64)>) -> HashMap<String, [i64; 5]> {
        let request = pb::ListLineBalancesRequest {
            plan: plan.to_owned(),
            page_size: 1000,
            as_of: times.map(|(as_of, _)| kit::day::pb(as_of)),
            known_at: times.map(|(_, known)| kit::instant::pb(known)),
            ..Default::default()
        };
        let found = self.stage.ledger().list_line_balances(self.who[0].say(request)).await.unwrap().into_inner();
        let accounts =
            |l: &pb::LineBalance| [l.funding_vnd, l.available_vnd, l.committed_vnd, l.paid_vnd, l.settled_vnd];
        found.line_balances.iter().map(|l| (l.line.clone(), accounts(l))).collect()
    }

    async fn trial(&self, plan: &str, times: Option<(Date, i64)>) -> [i64; 5] {
        let request = pb::GetTrialBalanceRequest {
            plan: plan.to_owned(),
            as_of: times.map(|(as_of, _)| kit::day::pb(as_of)),
            known_at: times.map(|(_, known)| kit::instant::pb(known)),
        };
        let found = self.stage.ledger().get_trial_balance(self.who[0].say(request)).await.unwrap().into_inner();
        std::array::from_fn(|at| found.accounts[at].balance_vnd)
    }

    async fn operate(&mut self) {
        match self.dice.below(100) {
            0 if self.model.names.len() < self.most_lines => self.assign().await,
            0..80 => self.post().await,
            80..96 => self.transfer().await,
            96..98 => self.step(true).await,
            _ => self.step(false).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_operations_leave_what_the_model_says_on_both_databases() {
    let operations = told("OCOP_LEDGER_OPERATIONS").unwrap_or(OPERATIONS);
    let seed = told("OCOP_LEDGER_SEED").unwrap_or_else(|| kit::Clock::System.now_us().unsigned_abs());
    for engine in engines() {
        eprintln!("{operations} operations, OCOP_LEDGER_SEED={seed}");
        let mut run = Run::on(engine, (seed, operations)).await;
        while run.model.names.len() < 8 {
            run.assign().await;
        }
        for operation in 0..operations {
            if operation % 1000 == 999 {
                run.who = [run.stage.finance(), run.stage.officer(), run.stage.leader()];
            }
            if let kit::Clock::Fixed(us) = &run.stage.world().clock {
                us.fetch_add(1000, std::sync::atomic::Ordering::SeqCst);
            }
            run.operate().await;
            if operation % (operations / 50).clamp(40, 2000) == 0 {
                run.compare().await;
            }
        }
        run.compare().await;
        let entries = run.model.entries.len();
        eprintln!("{engine:?}: {:?}, {} refused, {entries} entries", run.done, run.refused);
        assert!(u64::try_from(entries).unwrap() > operations / 10 && run.refused > 0);
        run.stage.end().await;
    }
}
