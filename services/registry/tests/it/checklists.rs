//! Checklists and working days.

use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::dossier_desk::SAUCE;
use crate::office::{Office, SET, because, everywhere, invalid, on, refused};

async fn checklist(office: &Office, set: &str, kind: pb::DossierKind, day: Date) -> Result<pb::Checklist, Status> {
    let request = pb::GetChecklistRequest { product_set: set.to_owned(), kind: kind.into(), filing_date: on(day) };
    Ok(office.checklists().get_checklist(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn a_checklist_tells_forms_papers_samples_and_terms_of_the_regime() {
    everywhere(async |office| {
        let first = pb::DossierKind::First;
        let new = checklist(&office, SAUCE, first, date!(2026 - 06 - 01)).await.unwrap();
        assert_eq!((&*new.regime, new.samples, new.assessment_working_days), ("regimes/q26", 5, 15));
        assert_eq!((new.contents.len(), new.refused_when.len(), new.partial), (4, 3, false));
        let required: Vec<&str> =
            new.papers.iter().filter(|p| p.need() == pb::PaperNeed::Required).map(|p| &*p.paper).collect();
        assert_eq!(required, ["business-registration", "food-safety"]);
        let safety = &new.papers[1];
        assert!(safety.fulfilled_by == [i32::from(pb::EvidenceKind::FoodSafety)] && safety.verified);
        let numbers: Vec<&str> = new.forms.iter().map(|f| &*f.number).collect();
        assert_eq!(numbers, ["01", "02", "03"]);
        let old = checklist(&office, SET, first, date!(2021 - 07 - 05)).await.unwrap();
        assert_eq!((&*old.regime, old.assessment_working_days, old.contents.len()), ("regimes/q1048", 0, 0));
        let between = checklist(&office, SET, first, date!(2026 - 05 - 21)).await.unwrap();
        assert!(between.partial && between.scorecard.is_empty());
        assert_eq!(between.finish_by_date, on(date!(2026 - 07 - 20)));
        let renewal = checklist(&office, SAUCE, pb::DossierKind::ReEvaluation, date!(2026 - 06 - 01)).await.unwrap();
        assert!(renewal.forms[1].fields.iter().any(|f| f.field == "updates" && f.required));
        let other = checklist(&office, SAUCE, first, date!(2021 - 07 - 05)).await;
        assert_eq!(refused(other), invalid(&[("product_set", "DOSSIER_SET_OTHER_REGIME")]));
        let early = checklist(&office, SET, first, date!(2019 - 08 - 20)).await;
        assert_eq!(refused(early), invalid(&[("filing_date", "DOSSIER_BEFORE_FIRST_REGIME")]));
        let unknown = checklist(&office, "productSets/x", first, date!(2021 - 07 - 05)).await;
        assert_eq!(refused(unknown), invalid(&[("product_set", "REFERENCE_UNKNOWN")]));
    })
    .await;
}

#[tokio::test]
async fn working_days_know_tet_and_a_year_without_data_is_refused() {
    everywhere(async |office| {
        let due = async |from: Date, working_days| {
            let request = pb::GetDueDateRequest { from_date: on(from), working_days };
            let answer = office.checklists().get_due_date(office.admin().say(request)).await;
            answer.map(tonic::Response::into_inner)
        };
        let over_tet = due(date!(2021 - 02 - 01), 15).await.unwrap();
        assert_eq!((over_tet.due_date, over_tet.provisional), (on(date!(2021 - 03 - 01)), false));
        assert!(due(date!(2027 - 02 - 01), 15).await.unwrap().provisional, "2027 is calculated");
        let unknown = because(Code::FailedPrecondition, "HOLIDAYS_UNKNOWN");
        assert_eq!(refused(due(date!(2027 - 12 - 30), 5).await), unknown);
        let mut request = pb::ListHolidaysRequest { year: 2024, page_size: 10, ..Default::default() };
        let mut days = Vec::new();
        loop {
            let answer = office.checklists().list_holidays(office.admin().say(request.clone())).await.unwrap();
            let page = answer.into_inner();
            assert!(!page.provisional && !page.source.is_empty());
            days.extend(page.holidays);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        let worked: Vec<_> = days.iter().filter(|d| d.kind() == pb::HolidayKind::Worked).map(|d| d.date).collect();
        assert_eq!((days.len(), worked), (15, vec![on(date!(2024 - 05 - 04))]));
        let request = pb::ListHolidaysRequest { year: 2018, ..Default::default() };
        let answer = office.checklists().list_holidays(office.admin().say(request)).await;
        assert_eq!(refused(answer), unknown);
    })
    .await;
}
