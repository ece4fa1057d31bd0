//! Lists and counts of dossiers.

use kit::testing::statements;
use proto::registry::v1::{self as pb, DossierState as State};
use time::macros::date;

use crate::dossier_desk::{
    FOUR, IN_2026, assess, begin, draft_of_2026, findings, forward, house_of_2026, submit, take_up, wanted, withdraw,
};
use crate::office::{Office, everywhere_at, invalid, on, refused};

async fn list(office: &Office, request: pb::ListDossiersRequest) -> Vec<String> {
    let answer = office.dossiers().list_dossiers(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().dossiers.into_iter().map(|d| d.name).collect()
}

#[tokio::test]
async fn lists_are_cut_by_state_year_regime_owner_and_term_in_one_statement() {
    everywhere_at(IN_2026, async |office| {
        let mut houses = Vec::new();
        let mut names = Vec::new();
        for n in 0..4 {
            let house = house_of_2026(&office, &format!("HTX Bảng Mẫu {n}")).await;
            names.push(draft_of_2026(&office, &house).await);
            houses.push(house);
        }
        let [draft, late, sent, new] = &names[..] else { panic!("four") };
        submit(&office, late, date!(2026 - 06 - 01)).await.unwrap();
        submit(&office, sent, date!(2026 - 06 - 01)).await.unwrap();
        take_up(&office, sent, date!(2026 - 06 - 02)).await.unwrap();
        assess(&office, findings(sent, date!(2026 - 06 - 03), &FOUR)).await.unwrap();
        forward(&office, sent, date!(2026 - 06 - 04)).await.unwrap();
        submit(&office, new, date!(2026 - 11 - 23)).await.unwrap();
        let all = pb::ListDossiersRequest::default();
        assert_eq!(list(&office, all.clone()).await, names);
        for (request, expected) in [
            (pb::ListDossiersRequest { state: State::Draft.into(), ..all.clone() }, vec![draft]),
            (pb::ListDossiersRequest { state: State::Submitted.into(), ..all.clone() }, vec![late, new]),
            (pb::ListDossiersRequest { year: 2026, ..all.clone() }, vec![late, sent, new]),
            (pb::ListDossiersRequest { year: 2025, ..all.clone() }, vec![]),
            (pb::ListDossiersRequest { regime: "regimes/q26".to_owned(), ..all.clone() }, vec![late, sent, new]),
            (pb::ListDossiersRequest { regime: "regimes/q148".to_owned(), ..all.clone() }, vec![]),
            (pb::ListDossiersRequest { producer: houses[1].maker.clone(), ..all.clone() }, vec![late]),
            (pb::ListDossiersRequest { product: houses[2].product.clone(), ..all.clone() }, vec![sent]),
            (pb::ListDossiersRequest { overdue: true, ..all.clone() }, vec![late]),
            (pb::ListDossiersRequest { overdue: true, as_of: on(date!(2026 - 06 - 22)), ..all.clone() }, vec![]),
            (pb::ListDossiersRequest { unit: "units/66-20250701".to_owned(), ..all.clone() }, names.iter().collect()),
            (pb::ListDossiersRequest { unit: "units/22015-20250701".to_owned(), ..all.clone() }, vec![]),
        ] {
            let expected: Vec<String> = expected.into_iter().cloned().collect();
            assert_eq!(list(&office, request.clone()).await, expected, "{request:?}");
        }
        let wrong = pb::ListDossiersRequest { regime: "regimes/q7".to_owned(), unit: "units/9".to_owned(), ..all };
        let answer = office.dossiers().list_dossiers(office.admin().say(wrong)).await;
        assert_eq!(refused(answer).violations.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn lists_leave_out_what_one_dossier_shows_and_walk_in_pages() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Trang Mẫu").await;
        draft_of_2026(&office, &house).await;
        for n in 0..3 {
            let house = house_of_2026(&office, &format!("HTX Trang Mẫu {n}")).await;
            begin(&office, wanted(&house.product)).await.unwrap();
        }
        let mut request = pb::ListDossiersRequest { page_size: 3, ..Default::default() };
        let page = office.dossiers().list_dossiers(office.admin().say(request.clone())).await.unwrap().into_inner();
        assert!(page.dossiers.iter().all(|d| d.forms.is_empty() && d.papers.is_empty()));
        assert_eq!(page.dossiers.len(), 3);
        request.page_token = page.next_page_token.clone();
        let rest = office.dossiers().list_dossiers(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!((rest.dossiers.len(), &*rest.next_page_token), (1, ""));
        let other = pb::ListDossiersRequest { overdue: true, page_token: page.next_page_token, ..Default::default() };
        let answer = office.dossiers().list_dossiers(office.admin().say(other)).await;
        assert_eq!(refused(answer), invalid(&[("page_token", "PAGE_TOKEN_INVALID")]));
    })
    .await;
}

#[tokio::test]
async fn counts_by_commune_and_state_are_those_of_the_list() {
    everywhere_at(IN_2026, async |office| {
        let mut names = Vec::new();
        for n in 0..3 {
            let house = house_of_2026(&office, &format!("HTX Đếm Mẫu {n}")).await;
            names.push(draft_of_2026(&office, &house).await);
        }
        submit(&office, &names[0], date!(2026 - 06 - 01)).await.unwrap();
        submit(&office, &names[1], date!(2026 - 11 - 23)).await.unwrap();
        withdraw(&office, &names[2], date!(2026 - 06 - 01)).await.unwrap();
        let request = office.admin().count(pb::GetDossierTotalsRequest::default());
        let answer = office.dossiers().get_dossier_totals(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        let totals = answer.into_inner();
        assert_eq!((totals.dossiers, totals.overdue, totals.sample), (3, 1, false));
        let told: Vec<_> = totals.totals.iter().map(|t| (&*t.unit, t.state(), t.dossiers, t.overdue)).collect();
        let commune = "units/22255-20250701";
        assert_eq!(told, [(commune, State::Submitted, 2, 1), (commune, State::Withdrawn, 1, 0)]);
        let request =
            pb::GetDossierTotalsRequest { year: 2026, as_of: on(date!(2026 - 06 - 22)), ..Default::default() };
        let filed = office.dossiers().get_dossier_totals(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!((filed.dossiers, filed.overdue), (2, 0), "what was never filed has no year");
    })
    .await;
}
