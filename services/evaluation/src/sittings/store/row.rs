//! The tables of sittings, and a sitting as the room works with it.

use kit::Result;
use reference::regimes::DossierKind;
use sea_orm::ActiveValue::Set;
use time::Date;
use uuid::Uuid;

use crate::certificates::domain::EndConvention;
use crate::councils::domain::Member;
use crate::panels::domain::Panel;
use crate::rules::domain::Outcome;
use crate::shared::domain::{Bundle, judged};
use crate::shared::store::{of_opt_text, of_text, stored, to_opt_text, to_text};
use crate::sittings::domain::{Mark, Raised, State, kind_of, kind_text};

pub(super) mod sitting {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sitting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub round: Uuid,
        pub council: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub product: Uuid,
        pub product_display_name: String,
        pub product_code: String,
        pub product_unit: String,
        pub product_set: String,
        pub kind: String,
        pub filing_date: time::Date,
        pub sitting_date: time::Date,
        pub dossier_digest: String,
        pub regime: String,
        pub scorecard: String,
        pub scorecard_digest: String,
        pub members: String,
        pub spread_limit: i32,
        pub end_convention: String,
        pub state: String,
        pub attempt: i32,
        pub graded_attempt: i32,
        pub outcome: String,
        pub stars: i32,
        pub knockouts: String,
        pub agreed: String,
        pub decision: Option<Uuid>,
        pub sample: bool,
        pub create_us: i64,
        pub update_us: i64,
        pub panel: String,
        pub filed_late_days: i32,
        pub bundle: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod led {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sitting_goods")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub sitting: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod mark_sheet {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mark_sheet")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub sitting: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub attempt: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member: String,
        pub answers: String,
        pub record_us: i64,
        pub state: String,
        pub notes: String,
        pub author: String,
        pub kept: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod grading {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "grading")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub sitting: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub attempt: i32,
        pub input: String,
        pub input_digest: String,
        pub result: String,
        pub result_digest: String,
        pub program_version: String,
        pub grade_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One product before a council.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitting {
    /// Its id.
    pub id: Uuid,
    /// The round.
    pub round: Uuid,
    /// The council.
    pub council: Uuid,
    /// The council's unit.
    pub unit: String,
    /// That unit's path.
    pub unit_path: String,
    /// The product.
    pub product: Uuid,
    /// Its name when the sitting was recorded.
    pub product_display_name: String,
    /// Its code.
    pub product_code: String,
    /// Its unit.
    pub product_unit: String,
    /// Id of the product set.
    pub product_set: String,
    /// What the dossier asks for.
    pub kind: DossierKind,
    /// When the dossier was filed.
    pub filing_date: Date,
    /// When the council sits.
    pub sitting_date: Date,
    /// Digest of the dossier; may be empty.
    pub dossier_digest: String,
    /// Id of the regime.
    pub regime: String,
    /// Id of the card.
    pub scorecard: String,
    /// SHA-256 of the card's bytes.
    pub scorecard_digest: String,
    /// The council's members.
    pub members: Vec<Member>,
    /// Widest spread of totals.
    pub spread_limit: i32,
    /// How the last day of its certificate is read.
    pub end_convention: EndConvention,
    /// Where it stands.
    pub state: State,
    /// Which marking this is, from 1.
    pub attempt: i32,
    /// The attempt graded last; 0 before the first grading.
    pub graded_attempt: i32,
    /// How the last grading ended.
    pub outcome: Option<Outcome>,
    /// Stars given.
    pub stars: i32,
    /// Knock-outs raised.
    pub knockouts: Vec<Raised>,
    /// Agreed answers, in the card's order.
    pub agreed: Vec<Mark>,
    /// The decision.
    pub decision: Option<Uuid>,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
    /// When it was last changed.
    pub update_us: i64,
    /// Who judges it.
    pub panel: Panel,
    /// By how many days a re-evaluation was filed behind its window.
    pub filed_late_days: i32,
    /// The bundle that it leads, where that is judged.
    pub bundle: Option<Bundle>,
}

impl Sitting {
    /// All products that are judged, the lead first.
    #[must_use]
    pub fn products(&self) -> Vec<Uuid> {
        judged(self.product, self.bundle.as_ref())
    }
}

pub(super) fn read(row: sitting::Model) -> Result<Sitting> {
    let outcome = if row.outcome.is_empty() { None } else { Some(stored(&row.outcome, Outcome::of)?) };
    Ok(Sitting {
        id: row.id,
        round: row.round,
        council: row.council,
        unit: row.unit,
        unit_path: row.unit_path,
        product: row.product,
        product_display_name: row.product_display_name,
        product_code: row.product_code,
        product_unit: row.product_unit,
        product_set: row.product_set,
        kind: stored(&row.kind, kind_of)?,
        filing_date: row.filing_date,
        sitting_date: row.sitting_date,
        dossier_digest: row.dossier_digest,
        regime: row.regime,
        scorecard: row.scorecard,
        scorecard_digest: row.scorecard_digest,
        members: of_text(&row.members)?,
        spread_limit: row.spread_limit,
        end_convention: stored(&row.end_convention, EndConvention::of)?,
        state: stored(&row.state, State::of)?,
        attempt: row.attempt,
        graded_attempt: row.graded_attempt,
        outcome,
        stars: row.stars,
        knockouts: of_text(&row.knockouts)?,
        agreed: of_text(&row.agreed)?,
        decision: row.decision,
        sample: row.sample,
        create_us: row.create_us,
        update_us: row.update_us,
        panel: of_text(&row.panel)?,
        filed_late_days: row.filed_late_days,
        bundle: of_opt_text(&row.bundle)?,
    })
}

pub(super) fn written(sitting: &Sitting) -> Result<sitting::ActiveModel> {
    Ok(sitting::ActiveModel {
        id: Set(sitting.id),
        round: Set(sitting.round),
        council: Set(sitting.council),
        unit: Set(sitting.unit.clone()),
        unit_path: Set(sitting.unit_path.clone()),
        product: Set(sitting.product),
        product_display_name: Set(sitting.product_display_name.clone()),
        product_code: Set(sitting.product_code.clone()),
        product_unit: Set(sitting.product_unit.clone()),
        product_set: Set(sitting.product_set.clone()),
        kind: Set(kind_text(sitting.kind).to_owned()),
        filing_date: Set(sitting.filing_date),
        sitting_date: Set(sitting.sitting_date),
        dossier_digest: Set(sitting.dossier_digest.clone()),
        regime: Set(sitting.regime.clone()),
        scorecard: Set(sitting.scorecard.clone()),
        scorecard_digest: Set(sitting.scorecard_digest.clone()),
        members: Set(to_text(&sitting.members)?),
        spread_limit: Set(sitting.spread_limit),
        end_convention: Set(sitting.end_convention.as_str().to_owned()),
        state: Set(sitting.state.as_str().to_owned()),
        attempt: Set(sitting.attempt),
        graded_attempt: Set(sitting.graded_attempt),
        outcome: Set(sitting.outcome.map(|outcome| outcome.as_str()).unwrap_or_default().to_owned()),
        stars: Set(sitting.stars),
        knockouts: Set(to_text(&sitting.knockouts)?),
        agreed: Set(to_text(&sitting.agreed)?),
        decision: Set(sitting.decision),
        sample: Set(sitting.sample),
        create_us: Set(sitting.create_us),
        update_us: Set(sitting.update_us),
        panel: Set(to_text(&sitting.panel)?),
        filed_late_days: Set(sitting.filed_late_days),
        bundle: Set(to_opt_text(sitting.bundle.as_ref())?),
    })
}
