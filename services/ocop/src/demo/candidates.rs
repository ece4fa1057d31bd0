//! The list of candidates of 2021, all of them samples: every product that a council judged in that year was proposed and accepted in
//! spring and filed by the last day of its round, and three ideas came no further.
//!
//! Deliberately absent: the real products that the press names as taking part. Their year of candidacy stands at the product; the
//! press tells neither the stars they aimed at nor who accepted them, and the list would have to invent both.

use kit::BoxError;
use proto::registry::v1::candidate_service_client::CandidateServiceClient;
use proto::registry::v1::{
    AcceptCandidateRequest, CandidateKind, CarryOverCandidatesRequest, CreateProductCandidateRequest,
    DropCandidateRequest, FileCandidateRequest, ProductCandidate,
};
use serde::Deserialize;
use tonic::transport::Channel;

use super::samples::Sample;
use super::steps::{Steps, date, done, request_id};
use super::{PROVINCE, judging};

const IDEAS: &str = include_str!("../../demo/phu-yen-2021/ideas.csv");

/// What becomes of an idea.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    /// It is taken off the list.
    Dropped,
    /// It goes on on the list of the next year.
    CarriedOver,
}

/// One row of the file.
#[derive(Clone, Debug, Deserialize)]
struct Idea {
    number: u32,
    commune: String,
    goods: String,
    course: End,
}

fn ideas() -> Result<Vec<Idea>, BoxError> {
    Ok(csv::Reader::from_reader(IDEAS.as_bytes()).deserialize().collect::<Result<_, _>>()?)
}

/// Puts everything on the list, and has each candidate go as far as it went.
///
/// # Errors
/// The registry refuses.
pub async fn list(steps: &mut Steps<'_>, samples: &[Sample]) -> Result<(), BoxError> {
    steps.begin("danh sách sản phẩm dự kiến năm 2021 (candidates; samples)");
    let mut lists = CandidateServiceClient::new(steps.client.channel.clone());
    for Sample { row, product, .. } in samples {
        let of_product =
            ProductCandidate { product: product.name.clone(), target_stars: product.target_stars, ..candidate() };
        let name = accepted(steps, &mut lists, row.number, of_product).await?;
        let file_date = judging::filed(row.round);
        let request_id = request_id(&format!("candidate/{}/file", row.number));
        let request = FileCandidateRequest { name, file_date, request_id, ..Default::default() };
        done("a candidate's dossier", lists.file_candidate(steps.client.request(request)).await)?;
    }
    let ideas = ideas()?;
    for Idea { number, commune, goods, course } in &ideas {
        let idea = ProductCandidate {
            unit: format!("units/{commune}"),
            display_name: format!("Ý tưởng mẫu {number}: {goods}"),
            target_stars: 3,
            ..candidate()
        };
        let name = accepted(steps, &mut lists, *number, idea).await?;
        if *course == End::Dropped {
            let request = DropCandidateRequest {
                name,
                drop_date: date(2021, 9, 30),
                reason: "Chưa đủ vùng nguyên liệu (mẫu)".to_owned(),
                request_id: request_id(&format!("candidate/{number}/drop")),
                ..Default::default()
            };
            done("a candidate's end", lists.drop_candidate(steps.client.request(request)).await)?;
        }
    }
    let (unit, carry_date) = (PROVINCE.to_owned(), date(2021, 12, 28));
    let request =
        CarryOverCandidatesRequest { unit, year: 2021, carry_date, request_id: request_id("candidates/carry") };
    let carried = done("the next list", lists.carry_over_candidates(steps.client.request(request)).await)?;
    steps.end(&format!(
        "{} sản phẩm mẫu nộp hồ sơ; {} ý tưởng mẫu: {} chuyển sang năm 2022, số còn lại đưa ra khỏi danh sách",
        samples.len(),
        ideas.len(),
        carried.candidates.len(),
    ));
    Ok(())
}

/// What all candidates have in common.
fn candidate() -> ProductCandidate {
    ProductCandidate {
        year: 2021,
        kind: CandidateKind::First.into(),
        propose_date: date(2021, 3, 20),
        sample: true,
        ..Default::default()
    }
}

/// Proposes and accepts one. Answers its name.
async fn accepted(
    steps: &Steps<'_>,
    lists: &mut CandidateServiceClient<Channel>,
    number: u32,
    candidate: ProductCandidate,
) -> Result<String, BoxError> {
    let request_id = |what: &str| request_id(&format!("candidate/{number}/{what}"));
    let request = CreateProductCandidateRequest {
        candidate: Some(candidate),
        request_id: request_id("propose"),
        validate_only: false,
    };
    let made = done("a candidate", lists.create_product_candidate(steps.client.request(request)).await)?;
    let request = AcceptCandidateRequest {
        name: made.name.clone(),
        accept_date: date(2021, 4, 12),
        request_id: request_id("accept"),
        ..Default::default()
    };
    done("a candidate's acceptance", lists.accept_candidate(steps.client.request(request)).await)?;
    Ok(made.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::samples;

    #[test]
    fn ideas_go_on_in_the_numbers_of_the_samples_and_both_ends_are_met() {
        let ideas = ideas().unwrap();
        let numbers: Vec<u32> = ideas.iter().map(|idea| idea.number).collect();
        let first = u32::try_from(samples::rows().unwrap().len()).unwrap() + 1;
        assert_eq!(numbers, (first..).take(ideas.len()).collect::<Vec<_>>(), "request ids follow from them");
        for end in [End::Dropped, End::CarriedOver] {
            assert!(ideas.iter().any(|idea| idea.course == end));
        }
    }
}
