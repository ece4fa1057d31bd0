//! Certificates under random hands. First one after the other: the register of `register` predicts every answer. Then two secretaries
//! and eleven officers at once, in an order that nobody knows beforehand: the feed tells it afterwards, and the register, led through
//! what was accepted in that order, must allow all of it and come to what is stored. Nothing is lost, nothing is done twice.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use kit::testing::As;
use proto::evaluation::v1 as pb;
use proto::registry::v1 as registry_pb;
use proto::registry::v1::product_service_client::ProductServiceClient;
use time::{Date, Month};
use tonic::Status;

use crate::acts::paper;
use crate::model::{Dice, send};
use crate::office::{Office, PHU_YEN, decision, everywhere_on, known, on, round, sitting, status};
use crate::register::{Doing, Held, Register};

const TODAY: Date = time::macros::date!(2022 - 12 - 15);
const OFFICERS: usize = 11;
const PRODUCTS: usize = 3;
/// Steps of each actor, and of the one that is alone.
const STEPS: usize = 12;
const ALONE: usize = 120;

/// A day between the first certificates and today.
fn any_day(dice: &mut Dice, first_year: usize) -> Date {
    let year = i32::try_from(first_year + dice.roll(2023 - first_year)).unwrap();
    let month = Month::try_from(u8::try_from(1 + dice.roll(12)).unwrap()).unwrap();
    let day = Date::from_calendar_date(year, month, u8::try_from(1 + dice.roll(28)).unwrap()).unwrap();
    day.min(TODAY)
}

/// What was accepted of one actor.
#[derive(Default)]
struct Done {
    /// Acts by name: the certificate, what was done, and the paper's number and day.
    acts: BTreeMap<String, (String, Doing, (String, Date))>,
    /// Certificates by name.
    issued: BTreeMap<String, Held>,
}

/// Whatever stands in the register at the beginning of a test.
struct Ground {
    office: Arc<Office>,
    products: Vec<String>,
    producers: Vec<String>,
    /// Graded sittings that wait for a decision, with their products and days.
    graded: Vec<(String, String)>,
}

async fn producer_of(office: &Office, product: &str) -> String {
    let request = registry_pb::GetProductRequest { name: product.to_owned() };
    let link = office.world.link("registry");
    ProductServiceClient::new(link).get_product(office.admin.say(request)).await.unwrap().into_inner().producer
}

async fn ground(office: &Arc<Office>, seed: u64) -> Ground {
    let mut products = Vec::new();
    for at in 0..PRODUCTS {
        products.push(office.product(&format!("Sản phẩm {seed} {at}")).await);
    }
    let mut producers = Vec::new();
    for product in &products {
        producers.push(producer_of(office, product).await);
    }
    let mut graded = Vec::new();
    let council = office.add_council(crate::office::council(1)).await.unwrap().name;
    for _ in 0..3 {
        let opened = office.add_round(round(&council)).await.unwrap().name;
        for product in &products {
            graded.push((office.graded(sitting(&opened, product), 78).await, product.clone()));
        }
    }
    Ground { office: office.clone(), products, producers, graded }
}

impl Ground {
    fn register(&self) -> Register {
        let producers = self.products.iter().cloned().zip(self.producers.iter().cloned()).collect();
        Register { producers, ..Register::default() }
    }

    /// Records a certificate from elsewhere.
    async fn record(&self, who: &As, dice: &mut Dice, done: &mut Done) -> (String, Date, Result<String, Status>) {
        let product = self.products[dice.roll(PRODUCTS)].clone();
        let day = any_day(dice, 2019);
        let request = pb::RecordCertificateRequest {
            certificate: Some(known(&product, day)),
            request_id: dice.request_id(),
            ..Default::default()
        };
        let record = || {
            let (mut certificates, request) = (self.office.certificates(), who.say(request.clone()));
            async move { certificates.record_certificate(request).await.map(tonic::Response::into_inner) }
        };
        let answer = send(dice, record).await;
        let answer = answer.map(|made| {
            done.issued.insert(made.name.clone(), Held::new(&product, &made.product_display_name, day));
            made.name
        });
        (product, day, answer)
    }

    /// Decides one of the graded sittings.
    async fn decide(&self, who: &As, dice: &mut Dice, done: &mut Done) -> (usize, Date, Result<String, Status>) {
        let at = dice.roll(self.graded.len());
        let (sitting, product) = &self.graded[at];
        let day = any_day(dice, 2022);
        let wanted = decision(&format!("{}/QĐ-UBND", dice.roll(1 << 20)), day, &[sitting]);
        let (decision, request_id) = (Some(wanted), dice.request_id());
        let request = pb::IssueDecisionRequest { decision, request_id, validate_only: false };
        let issue = || {
            let (mut decisions, request) = (self.office.decisions(), who.say(request.clone()));
            async move { decisions.issue_decision(request).await.map(tonic::Response::into_inner) }
        };
        let answer = send(dice, issue).await;
        let answer = match answer {
            Ok(made) => {
                let name = made.certificates[0].clone();
                // Somebody may have corrected the certificate since; the sitting has the name that it began with.
                let title = self.office.sitting(sitting).await.product_display_name;
                done.issued.insert(name.clone(), Held::new(product, &title, day));
                Ok(name)
            }
            Err(status) => Err(status),
        };
        (at, day, answer)
    }

    /// Does something with a certificate.
    async fn act(
        &self,
        who: &As,
        dice: &mut Dice,
        name: &str,
        done: &mut Done,
    ) -> (Doing, (String, Date), Option<Status>) {
        let doing = match dice.roll(12) {
            0..=3 => Doing::Suspend,
            4..=6 => Doing::Lift,
            7 => Doing::Revoke,
            8 => Doing::Surrender,
            9 | 10 => Doing::Correct(format!("Tên {}", dice.roll(3))),
            _ => Doing::Transfer(self.producers[dice.roll(PRODUCTS)].clone()),
        };
        // Few numbers, so that some are taken.
        let of = (format!("{}/QĐ-UBND", dice.roll(40)), any_day(dice, 2019));
        let written = pb::ActPaper { unit: PHU_YEN.to_owned(), ..paper(&of.0, of.1) };
        let answer = self.carry_out(who, dice, name, &doing, written).await;
        let refused = match answer {
            Ok(act) => {
                let before = done.acts.insert(act.name, (name.to_owned(), doing.clone(), of.clone()));
                assert!(before.is_none(), "an act is made once");
                None
            }
            Err(status) => Some(status),
        };
        (doing, of, refused)
    }

    async fn carry_out(
        &self,
        who: &As,
        dice: &mut Dice,
        name: &str,
        doing: &Doing,
        paper: pb::ActPaper,
    ) -> Result<pb::CertificateAct, Status> {
        let (name, request_id, day) = (name.to_owned(), dice.request_id(), paper.act_date);
        let paper = Some(paper);
        macro_rules! sent {
            ($method:ident, $request:expr) => {{
                let request = $request;
                let call = || {
                    let (mut acts, request) = (self.office.acts(), who.say(request.clone()));
                    async move { acts.$method(request).await.map(tonic::Response::into_inner) }
                };
                send(dice, call).await
            }};
        }
        match doing.clone() {
            Doing::Suspend => {
                let request = pb::SuspendCertificateRequest { name, paper, request_id, ..Default::default() };
                sent!(suspend_certificate, request)
            }
            Doing::Lift => {
                sent!(lift_suspension, pb::LiftSuspensionRequest { name, paper, request_id, ..Default::default() })
            }
            Doing::Revoke => {
                let (cause, conclusion_date) = (pb::RevocationCause::MarkMisused.into(), day);
                let of = pb::RevokeCertificateRequest { name, paper, cause, conclusion_date, ..Default::default() };
                sent!(revoke_certificate, pb::RevokeCertificateRequest { request_id, ..of })
            }
            Doing::Surrender => {
                let request = pb::SurrenderCertificateRequest { name, paper, request_id, ..Default::default() };
                sent!(surrender_certificate, request)
            }
            Doing::Correct(product_display_name) => {
                let of = pb::CorrectCertificateRequest { name, paper, product_display_name, ..Default::default() };
                sent!(correct_certificate, pb::CorrectCertificateRequest { request_id, ..of })
            }
            Doing::Transfer(holder) => {
                let request = pb::TransferCertificateRequest { name, paper, holder, request_id, ..Default::default() };
                sent!(transfer_certificate, request)
            }
        }
    }

    /// Compares what is stored with the register: every certificate, on the days on which something happens and around them.
    async fn audit(&self, register: &Register) {
        let rows = self.office.rows().await;
        let count = |table: &str| rows.iter().find(|(of, _)| *of == table).map(|(_, count)| *count).unwrap();
        assert_eq!(count("certificate"), i64::try_from(register.held.len()).unwrap());
        let mut days = vec![TODAY, any_day(&mut Dice(1), 2019), any_day(&mut Dice(2), 2019)];
        for held in register.held.values() {
            days.extend([held.decided, held.decided.previous_day().unwrap()]);
            days.extend(held.ended.iter().map(|(day, ..)| *day));
        }
        for (name, held) in &register.held {
            for day in &days {
                let stored = self.office.certificate(name, *day).await;
                assert_eq!(status(&stored), held.on(*day).text(), "{name} on {day}: {held:?}");
            }
            let stored = self.office.certificate(name, TODAY).await;
            let by = held.ended.as_ref().map(|(_, _, by)| by.clone()).unwrap_or_default();
            assert_eq!(stored.superseded_by, by, "{held:?}");
            assert_eq!(stored.product_display_name, held.display_name);
            assert_eq!(stored.holder, held.holder.clone().unwrap_or_default());
            assert_eq!(stored.first_recognition, register.first(name), "{held:?}");
            assert_eq!(stored.decision_date, on(held.decided));
        }
    }
}

/// The reason of a refusal, or of its only violation.
fn why(status: &Status) -> String {
    match kit::testing::violations(status).as_slice() {
        [(_, reason)] => reason.clone(),
        _ => kit::testing::reason(status),
    }
}

#[tokio::test]
async fn whatever_is_done_with_certificates_one_after_the_other_the_register_predicts_the_answer() {
    everywhere_on(TODAY, async |office| {
        let seed = RandomState::new().hash_one("alone") >> 1;
        println!("seed {seed}");
        let ground = ground(&office, seed).await;
        let (mut register, mut done, mut dice) = (ground.register(), Done::default(), Dice(seed));
        let who = office.nation.clone();
        let mut decided = vec![false; ground.graded.len()];
        for step in 0..ALONE {
            match dice.roll(8) {
                0 | 1 => {
                    let (product, day, answer) = ground.record(&who, &mut dice, &mut done).await;
                    let name = answer.clone().unwrap_or_default();
                    let title = done.issued.get(&name).map(|held| held.display_name.clone()).unwrap_or_default();
                    let predicted = register.enter(&name, Held::new(&product, &title, day));
                    assert_eq!(
                        answer.map_err(|s| why(&s)).map(|_| ()),
                        predicted.map_err(|no| no.reason().to_owned()),
                        "step {step}"
                    );
                }
                2 if decided.iter().any(|is| !is) => {
                    let (at, day, answer) = ground.decide(&who, &mut dice, &mut done).await;
                    let name = answer.clone().unwrap_or_default();
                    let reason = answer.map_err(|s| why(&s)).map(|_| ());
                    if decided[at] {
                        assert_eq!(reason, Err("SITTINGS_REFUSED".to_owned()), "step {step}");
                        continue;
                    }
                    let held = done.issued.get(&name).cloned();
                    let held = held.unwrap_or_else(|| Held::new(&ground.graded[at].1, "", day));
                    let predicted = register.enter(&name, held);
                    assert_eq!(reason, predicted.map_err(|no| no.reason().to_owned()), "step {step}");
                    decided[at] = predicted.is_ok();
                }
                _ if !register.held.is_empty() => {
                    let names: Vec<String> = register.held.keys().cloned().collect();
                    let name = names[dice.roll(names.len())].clone();
                    let (doing, (number, day), refused) = ground.act(&who, &mut dice, &name, &mut done).await;
                    let predicted = register.act(&name, &doing, (&number, day));
                    let answer = refused.map_or(Ok(()), |status| Err(why(&status)));
                    assert_eq!(answer, predicted.map_err(|no| no.reason().to_owned()), "step {step}: {doing:?} {day}");
                }
                _ => {}
            }
        }
        ground.audit(&register).await;
    })
    .await;
}

/// An officer acts on whatever certificates there are.
async fn officer(ground: Arc<Ground>, who: As, mut dice: Dice) -> Done {
    let mut done = Done::default();
    for _ in 0..STEPS {
        let product = ground.products[dice.roll(PRODUCTS)].clone();
        let request = pb::ListCertificatesRequest { product, ..Default::default() };
        let listed = ground.office.certificates().list_certificates(who.say(request)).await.unwrap().into_inner();
        if listed.certificates.is_empty() {
            tokio::task::yield_now().await;
            continue;
        }
        let name = listed.certificates[dice.roll(listed.certificates.len())].name.clone();
        let (doing, of, refused) = ground.act(&who, &mut dice, &name, &mut done).await;
        if let Some(status) = refused {
            let reason = why(&status);
            let known = ["CERTIFICATE_STATUS_FORBIDS", "ACT_NUMBER_TAKEN", "HOLDER_SAME", "NOTHING_TO_CORRECT"];
            assert!(known.contains(&reason.as_str()), "{doing:?} {of:?}: {status:?}");
        }
    }
    done
}

/// A secretary enters certificates from decisions and from elsewhere.
async fn secretary(ground: Arc<Ground>, who: As, mut dice: Dice) -> Done {
    let mut done = Done::default();
    for _ in 0..STEPS {
        let refused = if dice.roll(2) == 0 {
            ground.record(&who, &mut dice, &mut done).await.2.err()
        } else {
            ground.decide(&who, &mut dice, &mut done).await.2.err()
        };
        if let Some(status) = refused {
            let reason = why(&status);
            let known = ["CERTIFICATE_EXISTS", "SITTINGS_REFUSED", "DECISION_NUMBER_TAKEN"];
            assert!(known.contains(&reason.as_str()), "{status:?}");
        }
    }
    done
}

/// Leads the register through the feed: what was accepted, in the order in which it became true.
async fn replayed(ground: &Ground, all: &[Done]) -> Register {
    let issued: BTreeMap<&String, &Held> = all.iter().flat_map(|done| &done.issued).collect();
    let acts: BTreeMap<_, _> = all.iter().flat_map(|done| &done.acts).collect();
    let mut register = ground.register();
    let mut acted = 0;
    for event in ground.office.events().await {
        let told = kit::follow::Told::of(&event);
        if told.is::<pb::CertificateIssued>() {
            let name = told.read::<pb::CertificateIssued>().unwrap().certificate;
            // One that is told again is first no more, or first at last.
            if !register.held.contains_key(&name) {
                let new = (*issued.get(&name).expect("somebody entered it")).clone();
                register.enter(&name, new).expect("the register takes it too");
            }
        } else if told.is::<pb::CertificateActRecorded>() {
            let act = told.read::<pb::CertificateActRecorded>().unwrap().act;
            let (name, doing, (number, day)) = acts.get(&act).expect("somebody did it");
            let may = register.act(name, doing, (number, *day));
            assert_eq!(may, Ok(()), "{name} {doing:?} {day}: {:?}", register.held[name]);
            acted += 1;
        }
    }
    assert_eq!(acted, acts.len(), "each act that was answered is told once");
    assert_eq!(register.held.len(), issued.len());
    register
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_secretaries_and_eleven_officers_at_once_leave_a_register_that_some_order_explains() {
    everywhere_on(TODAY, async |office| {
        let seed = RandomState::new().hash_one("at once") >> 1;
        println!("seed {seed}");
        let ground = Arc::new(ground(&office, seed).await);
        let dice = |actor: usize| Dice(seed ^ (u64::try_from(actor).unwrap() << 40));
        let mut tasks = Vec::new();
        for at in 0..2 {
            let held =
                ["province_officer", "council_secretary"].map(|role| format!("{role}@units/vn").parse().unwrap());
            let who = office.world.as_subject(&format!("secretary-{at}"), &held);
            tasks.push(tokio::spawn(secretary(ground.clone(), who, dice(at))));
        }
        for at in 0..OFFICERS {
            let who = office.login(&format!("officer-{at}"), "province_officer");
            tasks.push(tokio::spawn(officer(ground.clone(), who, dice(100 + at))));
        }
        let mut all = Vec::new();
        for task in tasks {
            all.push(task.await.expect("nobody panics"));
        }
        let register = replayed(&ground, &all).await;
        ground.audit(&register).await;
        drop(Arc::into_inner(ground).expect("nobody works any more"));
    })
    .await;
}
