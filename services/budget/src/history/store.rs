//! The queries of steps and versions, one statement each. Both are only added.
//!
//! The lines of a version are a value that is always read and written whole: they stand in its row as JSON.

use kit::{Error, Page, Result};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::domain::StepKind;
use crate::estimates::domain::LineReturn;
use crate::estimates::store::{Estimate, Line};
use kit::rows::{CHUNK, after_id};

mod step {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "estimate_step")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub estimate_id: Uuid,
        pub kind: String,
        pub stage: String,
        pub role: i32,
        pub act_date: time::Date,
        pub document_number: String,
        pub reason: String,
        pub line_reasons: String,
        pub number: i32,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod version {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "estimate_version")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub estimate_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub title: String,
        pub lines: String,
        pub line_count: i32,
        pub amount_vnd: i64,
        pub act_date: time::Date,
        pub document_number: String,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A step as it is kept.
pub type Step = step::Model;
/// A version as it is kept.
pub type Version = version::Model;

/// What a step says.
pub struct Said<'a> {
    /// What was done.
    pub kind: StepKind,
    /// In which role, by its number in the contract.
    pub role: i32,
    /// The day.
    pub act_date: Date,
    /// Number of the document; may be empty.
    pub document_number: &'a str,
    /// Why; may be empty.
    pub reason: &'a str,
    /// The lines that must change.
    pub lines: &'a [LineReturn],
    /// Number of the version that it made; 0 for none.
    pub number: i32,
}

impl<'a> Said<'a> {
    /// A step without reasons.
    #[must_use]
    pub fn of(kind: StepKind, role: i32, act_date: Date, document_number: &'a str) -> Self {
        Self { kind, role, act_date, document_number, reason: "", lines: &[], number: 0 }
    }
}

/// A step of an estimate that was taken already; the estimate stands where the step brought it.
///
/// # Errors
/// INTERNAL where the reasons cannot be written, which does not happen.
pub fn taken(id: Uuid, estimate: &Estimate, said: &Said<'_>, now_us: i64) -> Result<Step> {
    let reasons: Vec<(Uuid, &str)> = said.lines.iter().map(|of| (of.line, of.reason.as_str())).collect();
    Ok(Step {
        id,
        estimate_id: estimate.id,
        kind: said.kind.word().to_owned(),
        stage: estimate.stage.clone(),
        role: said.role,
        act_date: said.act_date,
        document_number: said.document_number.to_owned(),
        reason: said.reason.to_owned(),
        line_reasons: serde_json::to_string(&reasons).map_err(Error::internal)?,
        number: said.number,
        create_us: now_us,
    })
}

/// Keeps steps.
pub async fn take(tx: &impl ConnectionTrait, steps: &[Step]) -> Result<()> {
    for some in steps.chunks(CHUNK) {
        let rows = some.iter().map(|step| step.clone().into_active_model().reset_all());
        step::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The lines that a step returned.
///
/// # Errors
/// INTERNAL for what this program has not written.
pub fn returned(step: &Step) -> Result<Vec<LineReturn>> {
    let kept: Vec<(Uuid, String)> = serde_json::from_str(&step.line_reasons).map_err(Error::internal)?;
    Ok(kept.into_iter().map(|(line, reason)| LineReturn { line, reason }).collect())
}

/// A page of the steps of an estimate, with one more than the page.
pub async fn steps(db: &impl ConnectionTrait, estimate: Uuid, page: &Page) -> Result<Vec<Step>> {
    use step::Column::{EstimateId, Id};
    let query = step::Entity::find().filter(EstimateId.eq(estimate)).filter(after_id(page, Id));
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

#[derive(Serialize, Deserialize)]
struct KeptLine {
    id: Uuid,
    category: String,
    description: String,
    source: String,
    norm: String,
    quantity: i64,
    days: i64,
    rate_vnd: i64,
    legal_reference: String,
    norm_verified: bool,
    lump_reason: String,
    amount_vnd: i64,
    quarters: [i64; 4],
    amends_line: Option<Uuid>,
    decrease: bool,
    // Versions that were kept before lines named tasks name none.
    #[serde(default)]
    task_id: Option<Uuid>,
}

fn keep(line: &Line) -> KeptLine {
    KeptLine {
        id: line.id,
        category: line.category.clone(),
        description: line.description.clone(),
        source: line.source.clone(),
        norm: line.norm.clone(),
        quantity: line.quantity,
        days: line.days,
        rate_vnd: line.rate_vnd,
        legal_reference: line.legal_reference.clone(),
        norm_verified: line.norm_verified,
        lump_reason: line.lump_reason.clone(),
        amount_vnd: line.amount_vnd,
        quarters: crate::estimates::store::quarters(line),
        amends_line: line.amends_line,
        decrease: line.decrease,
        task_id: line.task_id,
    }
}

fn read(place: i32, kept: KeptLine, of: &Estimate) -> Line {
    let [q1_vnd, q2_vnd, q3_vnd, q4_vnd] = kept.quarters;
    Line {
        id: kept.id,
        place,
        category: kept.category,
        description: kept.description,
        source: kept.source,
        norm: kept.norm,
        quantity: kept.quantity,
        days: kept.days,
        rate_vnd: kept.rate_vnd,
        legal_reference: kept.legal_reference,
        norm_verified: kept.norm_verified,
        lump_reason: kept.lump_reason,
        amount_vnd: kept.amount_vnd,
        q1_vnd,
        q2_vnd,
        q3_vnd,
        q4_vnd,
        amends_line: kept.amends_line,
        decrease: kept.decrease,
        task_id: kept.task_id,
        ..Line::blank(of)
    }
}

/// The lines of a version as they were submitted.
///
/// # Errors
/// INTERNAL for what this program has not written.
pub fn lines(version: &Version, of: &Estimate) -> Result<Vec<Line>> {
    let kept: Vec<KeptLine> = serde_json::from_str(&version.lines).map_err(Error::internal)?;
    Ok((0..).zip(kept).map(|(place, kept)| read(place, kept, of)).collect())
}

/// Keeps what is submitted as the estimate's version of this number.
pub async fn submit(
    tx: &impl ConnectionTrait,
    estimate: &Estimate,
    lines: &[Line],
    said: &Said<'_>,
    now_us: i64,
) -> Result<()> {
    let kept: Vec<KeptLine> = lines.iter().map(keep).collect();
    let version = Version {
        estimate_id: estimate.id,
        number: said.number,
        title: estimate.title.clone(),
        lines: serde_json::to_string(&kept).map_err(Error::internal)?,
        line_count: i32::try_from(kept.len()).map_err(Error::internal)?,
        amount_vnd: estimate.amount_vnd,
        act_date: said.act_date,
        document_number: said.document_number.to_owned(),
        sample: estimate.sample,
        create_us: now_us,
    };
    version::Entity::insert(version.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// A page of the versions of an estimate from the first, with one more than the page.
pub async fn versions(db: &impl ConnectionTrait, estimate: Uuid, page: &Page) -> Result<Vec<Version>> {
    use version::Column::{EstimateId, Number};
    let mut query = version::Entity::find().filter(EstimateId.eq(estimate));
    if let Some([number]) = page.after.as_deref() {
        // Tokens are sealed, so it can be read; anything else would end the walk.
        query = query.filter(Number.gt(number.parse().unwrap_or(i32::MAX)));
    }
    Ok(query.order_by_asc(Number).limit(page.size + 1).all(db).await?)
}

/// Some versions of an estimate.
pub async fn some(db: &impl ConnectionTrait, estimate: Uuid, numbers: [i32; 2]) -> Result<Vec<Version>> {
    use version::Column::{EstimateId, Number};
    let query = version::Entity::find().filter(EstimateId.eq(estimate)).filter(Number.is_in(numbers));
    Ok(query.order_by_asc(Number).all(db).await?)
}
