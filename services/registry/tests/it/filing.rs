//! What the filing of a dossier does to the candidate list, and what its end does.

use proto::registry::v1::{self as pb, CandidateState as State};
use time::Date;
use time::macros::date;

use crate::dossier_desk::{House, draft_of_2021, house, reject, submit, take_up, withdraw};
use crate::office::{DAY, Office, everywhere, on};

/// A candidate of a product on the list of a year, accepted on a day where one is told.
pub async fn candidate(office: &Office, product: &str, year: i32, accepted: Option<Date>) -> String {
    let new = pb::ProductCandidate {
        product: product.to_owned(),
        year,
        target_stars: 3,
        kind: pb::CandidateKind::First.into(),
        propose_date: on(DAY),
        ..Default::default()
    };
    let request = pb::CreateProductCandidateRequest { candidate: Some(new), ..Default::default() };
    let made = office.candidates().create_product_candidate(office.admin().say(request)).await.unwrap().into_inner();
    if accepted.is_some() {
        let accept_date = accepted.and_then(on);
        let request = pb::AcceptCandidateRequest { name: made.name.clone(), accept_date, ..Default::default() };
        office.candidates().accept_candidate(office.admin().say(request)).await.unwrap();
    }
    made.name
}

/// Where a candidate stands, with its dossier and the day of its filing.
pub async fn stands(office: &Office, name: &str) -> (State, String, Option<crate::office::PbDate>) {
    let request = pb::GetProductCandidateRequest { name: name.to_owned() };
    let found = office.candidates().get_product_candidate(office.admin().say(request)).await.unwrap().into_inner();
    (found.state(), found.dossier, found.file_date)
}

#[tokio::test]
async fn the_first_submission_files_the_accepted_candidate_of_the_year_and_no_other() {
    everywhere(async |office| {
        let House { maker, product, person } = house(&office, "HTX Danh Sách Mẫu").await;
        let later = candidate(&office, &product, 2022, Some(DAY)).await;
        let listed = candidate(&office, &product, 2021, Some(DAY)).await;
        let house = House { maker, product, person };
        let name = draft_of_2021(&office, &house).await;
        assert_eq!(stands(&office, &listed).await, (State::Accepted, String::new(), None), "a draft files nothing");
        submit(&office, &name, date!(2021 - 07 - 05)).await.unwrap();
        let filed = (State::Filed, name.clone(), on(date!(2021 - 07 - 05)));
        assert_eq!(stands(&office, &listed).await, filed);
        assert_eq!(stands(&office, &later).await.0, State::Accepted);
        take_up(&office, &name, date!(2021 - 07 - 06)).await.unwrap();
        reject(&office, &name, date!(2021 - 07 - 07)).await.unwrap();
        assert_eq!(stands(&office, &listed).await, (State::Accepted, String::new(), None));
        let second = draft_of_2021(&office, &house).await;
        submit(&office, &second, date!(2021 - 07 - 08)).await.unwrap();
        assert_eq!(stands(&office, &listed).await.1, second);
        withdraw(&office, &second, date!(2021 - 07 - 09)).await.unwrap();
        assert_eq!(stands(&office, &listed).await.0, State::Accepted);
    })
    .await;
}

#[tokio::test]
async fn what_is_proposed_or_accepted_later_stays_and_what_lies_elsewhere_is_not_given_back() {
    everywhere(async |office| {
        let proposed_house = house(&office, "HTX Đề Xuất Mẫu").await;
        let proposed = candidate(&office, &proposed_house.product, 2021, None).await;
        let name = draft_of_2021(&office, &proposed_house).await;
        submit(&office, &name, date!(2021 - 07 - 05)).await.unwrap();
        assert_eq!(stands(&office, &proposed).await.0, State::Proposed);

        let late_house = house(&office, "HTX Muộn Mẫu").await;
        let late = candidate(&office, &late_house.product, 2021, Some(date!(2021 - 07 - 06))).await;
        let name = draft_of_2021(&office, &late_house).await;
        submit(&office, &name, date!(2021 - 07 - 05)).await.unwrap();
        assert_eq!(stands(&office, &late).await.0, State::Accepted);
        // Filed by hand with a dossier that lies elsewhere: the end of this one does not touch it.
        let request = pb::FileCandidateRequest {
            name: late.clone(),
            file_date: on(date!(2021 - 07 - 07)),
            dossier: format!("dossiers/{}", uuid::Uuid::from_u128(7)),
            ..Default::default()
        };
        office.candidates().file_candidate(office.admin().say(request)).await.unwrap();
        withdraw(&office, &name, date!(2021 - 07 - 08)).await.unwrap();
        assert_eq!(stands(&office, &late).await.0, State::Filed);
    })
    .await;
}
