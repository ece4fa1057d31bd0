//! Forecasts between the wire and the domain.

use kit::{Violations, day};
use proto::common::v1::ErrorReason as Common;
use proto::insights::v1 as pb;
use time::Date;

use super::domain::{Answer, Assumptions, Basis, Item, Quantiles, Question, Stage, Step, wilson};

/// What was asked for.
pub(super) struct Asked {
    pub(super) plan: String,
    pub(super) as_of: Option<Date>,
    pub(super) target: Option<i64>,
    pub(super) seed: i64,
    pub(super) runs: u32,
}

/// How many times the year is played where nobody says.
const RUNS: i32 = 2000;

pub(super) fn get_forecast(req: &pb::GetForecastRequest, v: &mut Violations) -> Option<Asked> {
    let plan = v.name("name", &req.name, "plans");
    let as_of = v.opt_date("as_of", req.as_of.as_ref());
    if let Some(Some(date)) = as_of
        && date > v.today()
    {
        v.add("as_of", Common::DateInFuture, &[("date", &day::text(date))]);
    }
    plan?;
    Some(Asked {
        plan: req.name.clone(),
        as_of: as_of?,
        target: (req.target > 0).then_some(req.target),
        seed: if req.seed == 0 { 1 } else { req.seed },
        runs: u32::try_from(if req.runs == 0 { RUNS } else { req.runs }).unwrap_or(1),
    })
}

/// What is not the domain's.
pub(super) struct Frame {
    pub(super) plan: String,
    pub(super) unit: String,
    pub(super) seed: i64,
    pub(super) sample: bool,
    pub(super) freshness: Vec<proto::common::v1::Freshness>,
}

pub(super) fn forecast(
    frame: Frame,
    question: &Question,
    items: &[Item],
    assumptions: &Assumptions,
    answer: &Answer,
) -> pb::Forecast {
    let count = |at: Stage| items.iter().filter(|item| item.stage == at).count();
    let stage_count = |at: &Stage| pb::StageCount {
        pipeline_stage: stage(*at).into(),
        count: i64::try_from(count(*at)).unwrap_or(i64::MAX),
    };
    let certain = question.recognised >= question.target;
    let (low_permille, probability_permille, high_permille) =
        if certain { (1000, 1000, 1000) } else { wilson(answer.reached, answer.runs) };
    let percent = |permille: i32, mark: &str| format!("{}{mark}{}", permille / 10, permille % 10);
    let all = |mark: &str| [probability_permille, low_permille, high_permille].map(|of| percent(of, mark));
    let (vi, en, end, target) = (all(","), all("."), answer.year_end, question.target);
    pb::Forecast {
        name: frame.plan,
        unit: frame.unit,
        year: question.year,
        as_of: Some(day::pb(question.as_of)),
        target,
        recognised: question.recognised,
        pipeline: Stage::ALL.iter().map(stage_count).collect(),
        probability_permille,
        low_permille,
        high_permille,
        year_end: Some(quantiles(end)),
        months: answer
            .months
            .iter()
            .map(|(month, of)| pb::MonthQuantiles { month: i32::from(*month), recognised: Some(quantiles(*of)) })
            .collect(),
        assumptions: assumptions.steps.iter().map(step).collect(),
        seed: frame.seed,
        runs: i32::try_from(answer.runs).unwrap_or(i32::MAX),
        freshness: frame.freshness,
        sample: frame.sample,
        summary_vi: format!(
            "Xác suất đạt {target} sản phẩm được công nhận trong năm là {} % (khoảng {} % đến {} %); cuối năm dự kiến từ {} đến {} sản phẩm.",
            vi[0], vi[1], vi[2], end[0], end[4]
        ),
        summary_en: format!(
            "{target} recognised products in the year are reached with a probability of {} % (between {} % and {} %); {} to {} products are expected by its end.",
            en[0], en[1], en[2], end[0], end[4]
        ),
    }
}

fn quantiles([p5, p25, p50, p75, p95]: Quantiles) -> pb::CountQuantiles {
    pb::CountQuantiles { p5, p25, p50, p75, p95 }
}

fn stage(of: Stage) -> pb::PipelineStage {
    match of {
        Stage::Candidate => pb::PipelineStage::Candidate,
        Stage::Filed => pb::PipelineStage::Filed,
        Stage::Sealed => pb::PipelineStage::Sealed,
        Stage::Graded => pb::PipelineStage::Graded,
    }
}

fn basis(of: Basis) -> i32 {
    match of {
        Basis::OwnHistory => pb::AssumptionBasis::OwnHistory,
        Basis::Published => pb::AssumptionBasis::Published,
        Basis::Inferred => pb::AssumptionBasis::Inferred,
        Basis::Assumed => pb::AssumptionBasis::Assumed,
    }
    .into()
}

fn step(of: &Step) -> pb::StepAssumption {
    let [low_days, likely_days, high_days] = of.days.map(|days| i32::try_from(days).unwrap_or(i32::MAX));
    pb::StepAssumption {
        from_stage: stage(of.from).into(),
        pass_permille: of.pass_permille,
        pass_basis: basis(of.pass.0),
        pass_source: of.pass.1.clone(),
        low_days,
        likely_days,
        high_days,
        days_basis: basis(of.time.0),
        days_source: of.time.1.clone(),
        sample_size: of.sample_size,
    }
}
