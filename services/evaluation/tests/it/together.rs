//! What happens when several act at once.

use std::sync::Arc;

use proto::evaluation::v1 as pb;
use time::macros::date;

use crate::office::{Office, card, decision, everywhere, known, marks, refused, sitting, status};

/// Runs so many calls at once, each in its own task, and answers what they answered.
async fn at_once<A, Fut>(office: &Arc<Office>, many: usize, call: impl Fn(Arc<Office>, usize) -> Fut) -> Vec<A>
where
    A: Send + 'static,
    Fut: Future<Output = A> + Send + 'static,
{
    let tasks: Vec<_> = (0..many).map(|at| tokio::spawn(call(office.clone(), at))).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("no task panics"));
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_decisions_about_the_same_sittings_exactly_one_is_made() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let mut graded = Vec::new();
        for at in 0..3 {
            graded.push(office.graded(sitting(&round, &office.product(&format!("Sản phẩm {at}")).await), 60).await);
        }
        let answers = at_once(&office, 8, |office, at| {
            // The same sittings in another order each time, under another number.
            let mut graded = graded.clone();
            graded.rotate_left(at % 3);
            async move {
                let names: Vec<&str> = graded.iter().map(String::as_str).collect();
                office.decide(decision(&format!("{at}/QĐ-UBND"), date!(2021 - 12 - 01), &names)).await
            }
        })
        .await;
        let (made, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!((made.len(), lost.len()), (1, 7));
        for lost in lost {
            let lost = refused(lost);
            assert!(["SITTINGS_REFUSED", "CONFLICT"].contains(&lost.reason.as_str()), "{lost:?}");
        }
        let rows = office.rows().await;
        for (table, count) in [("decision", 1), ("certificate", 3), ("recognised_product", 3)] {
            assert!(rows.contains(&(table, count)), "{table} {rows:?}");
        }
        let made = made.into_iter().next().unwrap().unwrap();
        for name in &graded {
            assert_eq!(office.sitting(name).await.decision, made.name);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_decisions_with_the_same_number_exactly_one_is_made() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let mut graded = Vec::new();
        for at in 0..8 {
            graded.push(office.graded(sitting(&round, &office.product(&format!("Sản phẩm {at}")).await), 60).await);
        }
        let answers = at_once(&office, 8, |office, at| {
            let name = graded[at].clone();
            async move { office.decide(decision("1/QĐ-UBND", date!(2021 - 12 - 01), &[&name])).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for lost in answers.into_iter().filter(Result::is_err) {
            assert_eq!(refused(lost).reason, "DECISION_NUMBER_TAKEN");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eleven_members_who_mark_at_once_lose_nothing() {
    everywhere(async |office| {
        let round = office.round_of(11).await;
        let made = office.add_sitting(sitting(&round, &office.product("Cà phê").await)).await.unwrap();
        let answers = at_once(&office, 11, |office, at| {
            let name = made.name.clone();
            async move {
                let total = 60 + i32::try_from(at % 5).unwrap();
                office.mark(&name, &format!("m{}", at + 1), marks(card(), total)).await
            }
        })
        .await;
        for answer in answers {
            answer.unwrap();
        }
        let stored = office.sitting(&made.name).await;
        assert!(stored.members.iter().all(|member| member.handed_in));
        let graded = office.grade(&made.name).await.unwrap().result.unwrap();
        let totals: Vec<(String, i32)> = graded.member_totals.into_iter().map(|t| (t.member, t.total)).collect();
        let expected: Vec<(String, i32)> = (0..11).map(|at| (format!("m{}", at + 1), 60 + at % 5)).collect();
        assert_eq!(totals, expected, "in the council's order, m2 before m10");
        assert!(office.verify(&made.name).await.unwrap().equal);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_that_meet_the_grading_are_either_in_it_or_refused() {
    everywhere(async |office| {
        let round = office.round_of(2).await;
        for turn in 0..8 {
            let product = office.product(&format!("Sản phẩm {turn}")).await;
            let made = office.add_sitting(sitting(&round, &product)).await.unwrap();
            office.mark_all(&made, &[60, 60]).await;
            let answers = at_once(&office, 2, |office, at| {
                let name = made.name.clone();
                async move {
                    if at == 0 { office.grade(&name).await } else { office.mark(&name, "m2", marks(card(), 64)).await }
                }
            })
            .await;
            let [graded, marked] = <[_; 2]>::try_from(answers).unwrap();
            let total = graded.unwrap().result.unwrap().member_totals[1].total;
            match marked {
                Ok(_) => assert_eq!(total, 64),
                Err(status) => {
                    assert_eq!((total, refused(Err::<(), _>(status)).reason.as_str()), (60, "SITTING_STATE"));
                }
            }
            assert!(office.verify(&made.name).await.unwrap().equal);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_of_one_product_recorded_at_once_stand_in_one_row() {
    everywhere(async |office| {
        let product = office.product("Nước mắm").await;
        let days = [
            date!(2019 - 12 - 23),
            date!(2020 - 03 - 01),
            date!(2020 - 06 - 01),
            date!(2020 - 09 - 01),
            date!(2020 - 12 - 01),
            date!(2021 - 03 - 01),
            date!(2021 - 06 - 01),
            date!(2021 - 09 - 01),
        ];
        let answers = at_once(&office, days.len(), |office, at| {
            let certificate = known(&product, days[at]);
            async move { office.record(certificate).await }
        })
        .await;
        let names: Vec<String> = answers.into_iter().map(|answer| answer.unwrap().name).collect();
        for (at, name) in names.iter().enumerate() {
            let now = office.certificate(name, date!(2021 - 12 - 15)).await;
            assert_eq!(now.first_recognition, at == 0, "{at}");
            assert_eq!(now.superseded_by, names.get(at + 1).cloned().unwrap_or_default(), "{at}");
            assert_eq!(status(&now), if at == 7 { "VALID" } else { "SUPERSEDED" });
        }
        let told: Vec<pb::CertificateIssued> = office
            .events()
            .await
            .into_iter()
            .filter_map(|event| event.payload.filter(|p| p.type_url.ends_with("CertificateIssued")))
            .map(|payload| payload.to_msg().unwrap())
            .collect();
        for (at, name) in names.iter().enumerate() {
            let last = told.iter().rfind(|event| event.certificate == *name).unwrap();
            assert_eq!(last.first_recognition, at == 0, "the last event about a certificate holds");
        }
    })
    .await;
}
