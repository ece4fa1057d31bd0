//! How far a round has come, where its products go, and what is late.

use kit::testing::statements;
use proto::evaluation::v1 as pb;
use time::Date;
use time::macros::date;

use crate::office::{PHU_YEN, card, council, everywhere, everywhere_on, invalid, marks, on, refused, round, sitting};

#[tokio::test]
async fn a_round_of_a_hundred_products_is_summarised_by_one_statement_per_table() {
    everywhere(async |office| {
        let round = office.round_of(2).await;
        let help = office.login("help", "help_team");
        for at in 0..100 {
            let made =
                office.add_sitting(sitting(&round, &office.product(&format!("Sản phẩm {at}")).await)).await.unwrap();
            if at == 0 {
                office.mark_all(&made, &[91, 92]).await;
                office.grade(&made.name).await.unwrap();
            } else if at == 1 {
                office.mark(&made.name, "m2", marks(card(), 70)).await.unwrap();
                let answers = marks(card(), 66);
                let request = pb::RecordPreScoreRequest { name: made.name.clone(), answers, ..Default::default() };
                office.marks().record_pre_score(help.say(request)).await.unwrap();
            }
        }
        let request = pb::GetRoundSummaryRequest { name: round.clone() };
        let answer = office.rounds().get_round_summary(office.admin.count(request)).await.unwrap();
        // The round, its council, its sittings with their sheets and gradings, and the pre-scores.
        assert_eq!(statements(&answer), 4);
        let found = answer.into_inner();
        assert_eq!((found.products.len(), found.graded, found.sent_up, found.truncated), (100, 1, 1, false));
        assert_eq!((found.recognises.as_slice(), found.sends_up_from_points), (&[3, 4][..], Some(90)));
        let first = &found.products[0];
        assert_eq!((first.mean.as_str(), first.stars, first.route()), ("91.50", 5, pb::Route::SentUp));
        let second = &found.products[1];
        assert_eq!((second.panel, second.handed_in, second.locked, second.pre_score), (2, 1, 0, Some(66)));
        assert_eq!((second.mean.as_str(), second.route()), ("", pb::Route::Unspecified));
        let request = pb::GetLateReportRequest { unit: PHU_YEN.to_owned(), as_of: None };
        let answer = office.rounds().get_late_report(office.admin.count(request)).await.unwrap();
        assert_eq!(statements(&answer), 2);
        assert_eq!(answer.into_inner().items.len(), 99, "the council sat, and 99 products are not graded");
    })
    .await;
}

#[tokio::test]
async fn a_round_has_the_last_days_of_its_regime_or_of_its_plan() {
    everywhere_on(date!(2026 - 11 - 24), async |office| {
        let mut of_council = council(1);
        (of_council.unit, of_council.decision_date) = ("units/66".to_owned(), on(date!(2026 - 06 - 01)));
        let of_council = office.add_council(of_council).await.unwrap().name;
        let wanted = |opens: Date| pb::Round {
            regime: "regimes/q26".to_owned(),
            year: 2026,
            open_date: on(opens),
            ..round(&of_council)
        };
        let made = office.add_round(wanted(date!(2026 - 07 - 15))).await.unwrap();
        assert_eq!((made.dossiers_by_date, made.close_by_date), (on(date!(2026 - 10 - 30)), on(date!(2026 - 12 - 30))));
        let planned = pb::Round { close_by_date: on(date!(2026 - 11 - 15)), ..wanted(date!(2026 - 10 - 01)) };
        let planned = office.add_round(planned).await.unwrap();
        assert_eq!(planned.close_by_date, on(date!(2026 - 11 - 15)));
        let bad = pb::Round { close_by_date: on(date!(2026 - 09 - 15)), ..wanted(date!(2026 - 10 - 01)) };
        assert_eq!(refused(office.add_round(bad).await), invalid(&[("round.close_by_date", "DATE_ORDER")]));
        let bad = pb::Round { dossiers_by_date: on(date!(2024 - 09 - 15)), ..wanted(date!(2026 - 10 - 01)) };
        assert_eq!(refused(office.add_round(bad).await), invalid(&[("round.dossiers_by_date", "DATE_ORDER")]));
        let bad = pb::Round { close_by_date: on(date!(2026 - 10 - 15)), ..wanted(date!(2026 - 10 - 01)) };
        assert_eq!(refused(office.add_round(bad).await), invalid(&[("round.close_by_date", "DATE_ORDER")]));
    })
    .await;
}

#[tokio::test]
async fn what_is_late_is_told_with_its_days_the_longest_first_and_only_to_its_units() {
    everywhere(async |office| {
        let of_council = office.add_council(council(1)).await.unwrap().name;
        let days = pb::Round {
            dossiers_by_date: on(date!(2021 - 08 - 30)),
            close_by_date: on(date!(2021 - 11 - 30)),
            ..round(&of_council)
        };
        let opened = office.add_round(days).await.unwrap().name;
        let open = office.add_sitting(sitting(&opened, &office.product("Cà phê A").await)).await.unwrap().name;
        office.graded(sitting(&opened, &office.product("Cà phê B").await), 60).await;
        let late = async |as_of| {
            let request = pb::GetLateReportRequest { unit: String::new(), as_of: on(as_of) };
            let found = office.rounds().get_late_report(office.admin.say(request)).await.unwrap().into_inner();
            let item = |item: pb::LateItem| (item.kind(), item.resource.clone(), item.days_late);
            found.items.into_iter().map(item).collect::<Vec<_>>()
        };
        use pb::LateKind::{DossierFiled, RoundOpen, SittingHeld};
        assert_eq!(late(date!(2021 - 10 - 05)).await, [(DossierFiled, open.clone(), 2)]);
        let expected = [(SittingHeld, open.clone(), 57), (DossierFiled, open.clone(), 2), (RoundOpen, opened, 1)];
        assert_eq!(late(date!(2021 - 12 - 01)).await, expected);
        let stranger = office.world.as_role("province_officer", "units/56-20180507");
        let request = pb::GetLateReportRequest { unit: String::new(), as_of: on(date!(2021 - 12 - 01)) };
        let found = office.rounds().get_late_report(stranger.say(request)).await.unwrap().into_inner();
        assert_eq!(found.items, []);
        let ahead = pb::GetLateReportRequest { unit: String::new(), as_of: on(date!(2031 - 12 - 01)) };
        let ahead = office.rounds().get_late_report(office.admin.say(ahead)).await;
        assert_eq!(refused(ahead), invalid(&[("as_of", "DATE_IN_FUTURE")]));
    })
    .await;
}
