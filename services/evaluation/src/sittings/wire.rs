//! Sittings between the wire and the domain: what is asked. What is answered stands in [`render`].

pub mod render;

use kit::{Page, Scope, Violations, day, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::registry::v1::Product;
use reference::regimes::DossierKind;
use time::Date;
use uuid::Uuid;

use super::domain::{FreezeFault, Frozen, State, freeze};
use super::store::Filter;
use crate::panels::domain::Method;
use crate::rounds;
use crate::rules::domain::{Answer, RaisedKnockout};
use crate::rules::wire::{answer_of, effect_of};
use crate::shared::wire as shared;

/// The collection.
pub const COLLECTION: &str = "sittings";

/// The name of a sitting.
#[must_use]
pub fn name(id: Uuid) -> String {
    names::of(COLLECTION, id)
}

/// A product to be put before a council.
pub struct Create {
    /// The round.
    pub round: Uuid,
    /// The product.
    pub product: Uuid,
    /// The product as the registry has it.
    pub of: ProductFacts,
    /// Id of the product set.
    pub product_set: String,
    /// What judges the dossier, or the name of the card or regime that no source has.
    pub frozen: Result<Frozen, String>,
    /// What the dossier asks for.
    pub kind: DossierKind,
    /// When it was filed.
    pub filing_date: Date,
    /// When the council sits.
    pub sitting_date: Date,
    /// Digest of the dossier.
    pub dossier_digest: String,
    /// How it is judged.
    pub method: Method,
    /// An invented sample.
    pub sample: bool,
}

/// What is copied from the registry.
pub struct ProductFacts {
    /// The product's name.
    pub display_name: String,
    /// Its code.
    pub code: String,
    /// Its unit.
    pub unit: String,
}

/// A page of sittings.
pub struct List {
    /// Of this round.
    pub round: Option<Uuid>,
    /// Of this product.
    pub product: Option<Uuid>,
    /// In this state.
    pub state: Option<State>,
    /// The page.
    pub page: Page,
}

impl List {
    /// What the store is asked for.
    #[must_use]
    pub fn filter(&self, scope: Scope) -> Filter {
        Filter { scope, round: self.round, product: self.product, state: self.state }
    }
}

/// A member's marks.
pub struct Marks {
    /// The sitting.
    pub sitting: Uuid,
    /// The member.
    pub member: String,
    /// The answers.
    pub answers: Vec<Answer>,
}

/// A knock-out.
pub struct Knockout {
    /// The sitting.
    pub sitting: Uuid,
    /// The knock-out.
    pub raised: RaisedKnockout,
    /// Why.
    pub ground: String,
}

/// Agreed answers.
pub struct Agreed {
    /// The sitting.
    pub sitting: Uuid,
    /// The answers.
    pub answers: Vec<Answer>,
}

/// Reads a request. `product` is what the registry answered.
pub fn create(req: &pb::CreateSittingRequest, product: Option<&Product>, v: &mut Violations) -> Option<Create> {
    let sitting = req.sitting.as_ref()?;
    let round = v.name("sitting.round", &sitting.round, rounds::wire::COLLECTION);
    let id = v.name("sitting.product", &sitting.product, "products");
    if id.is_some() && product.is_none() {
        v.add("sitting.product", Common::ReferenceUnknown, &[("name", &sitting.product)]);
    }
    let filing_date = v.act_date("sitting.filing_date", sitting.filing_date.as_ref());
    let sitting_date = v.date("sitting.sitting_date", sitting.sitting_date.as_ref());
    if let (Some(filed), Some(held)) = (filing_date, sitting_date)
        && held < filed
    {
        v.add("sitting.sitting_date", Common::DateOrder, &[("detail", "filing_date, sitting_date")]);
    }
    let kind = shared::kind_of(sitting.kind);
    let set = product_set(&sitting.product_set, product, v);
    let frozen = frozen(filing_date, kind, set.as_deref(), v);
    let method = method(sitting.method, kind, frozen.as_ref(), v);
    let product = product?;
    Some(Create {
        round: round?,
        product: id?,
        of: ProductFacts {
            display_name: product.display_name.clone(),
            code: product.code.clone(),
            unit: product.unit.clone(),
        },
        product_set: set?,
        frozen: frozen?,
        kind: kind?,
        filing_date: filing_date?,
        sitting_date: sitting_date?,
        dossier_digest: sitting.dossier_digest.clone(),
        method: method?,
        sample: sitting.sample || product.sample,
    })
}

/// How it is judged: by written opinions only where the regime says so, which it does of re-evaluations.
fn method(
    number: i32,
    kind: Option<DossierKind>,
    frozen: Option<&Result<Frozen, String>>,
    v: &mut Violations,
) -> Option<Method> {
    if pb::SittingMethod::try_from(number) != Ok(pb::SittingMethod::Written) {
        return Some(Method::Meeting);
    }
    let regime = frozen?.as_ref().ok().map(|frozen| frozen.regime);
    if kind == Some(DossierKind::ReEvaluation) && regime.is_some_and(|regime| regime.re_evaluation.is_some()) {
        return Some(Method::Written);
    }
    v.add("sitting.method", ErrorReason::WrittenNotAllowed, &[]);
    None
}

/// The id of the set asked for, or of the product's own.
fn product_set(asked: &str, product: Option<&Product>, v: &mut Violations) -> Option<String> {
    let name = if asked.is_empty() { product?.product_set.as_str() } else { asked };
    let id = name.strip_prefix("productSets/");
    if id.is_none() {
        v.add("sitting.product_set", Common::FieldFormat, &[("expected", "productSets/<id>")]);
    }
    id.map(str::to_owned)
}

/// What judges the dossier. A card that no source has is no fault of the request and is refused later.
fn frozen(
    filed: Option<Date>,
    kind: Option<DossierKind>,
    set: Option<&str>,
    v: &mut Violations,
) -> Option<Result<Frozen, String>> {
    let (filed, kind, set) = (filed?, kind?, set?);
    let name = format!("productSets/{set}");
    match freeze(filed, kind, set) {
        Ok(frozen) => return Some(Ok(frozen)),
        Err(FreezeFault::Unavailable(name)) => return Some(Err(name)),
        Err(FreezeFault::BeforeFirst(first)) => {
            v.add("sitting.filing_date", ErrorReason::RegimeBeforeFirst, &[("date", &day::text(first))]);
        }
        Err(FreezeFault::SetUnknown) => {
            v.add("sitting.product_set", Common::ReferenceUnknown, &[("name", &name)]);
        }
        Err(FreezeFault::OtherRegime(regime)) => {
            let told: [(&'static str, &str); 2] = [("product_set", &name), ("regime", &shared::regime_name(&regime))];
            v.add("sitting.product_set", ErrorReason::ProductSetOtherRegime, &told);
        }
    }
    None
}

/// Reads a request.
pub fn get(req: &pb::GetSittingRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListSittingsRequest, v: &mut Violations) -> Option<List> {
    let round = v.opt_name("round", &req.round, rounds::wire::COLLECTION);
    let product = v.opt_name("product", &req.product, "products");
    let page = v.page(req.page_size, &req.page_token, &[&req.round, &req.product, &req.state.to_string()]);
    let state = match pb::SittingState::try_from(req.state) {
        Ok(pb::SittingState::Open) => Some(State::Open),
        Ok(pb::SittingState::Rescore) => Some(State::Rescore),
        Ok(pb::SittingState::Graded) => Some(State::Graded),
        Ok(pb::SittingState::Decided) => Some(State::Decided),
        Ok(pb::SittingState::Unspecified) | Err(_) => None,
    };
    Some(List { round: round?, product: product?, state, page: page? })
}

/// Reads a request; what the answers are worth is judged by the sitting's card.
pub fn marks(req: &pb::RecordMarksRequest, v: &mut Violations) -> Option<Marks> {
    let sitting = v.name("name", &req.name, COLLECTION)?;
    Some(Marks { sitting, member: req.member.clone(), answers: req.answers.iter().map(answer_of).collect() })
}

/// Reads a request; whether the card knows the knock-out is judged by the sitting's card.
pub fn knockout(req: &pb::RaiseKnockoutRequest, v: &mut Violations) -> Option<Knockout> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let ground = reference::wire::line(v, "ground", &req.ground);
    let raised = RaisedKnockout { criterion: req.criterion.clone(), effect: effect_of(req.effect)? };
    Some(Knockout { sitting: sitting?, raised, ground: ground? })
}

/// Reads a request; what the answers are worth is judged by the sitting's card.
pub fn agreed(req: &pb::SetAgreedAnswersRequest, v: &mut Violations) -> Option<Agreed> {
    let sitting = v.name("name", &req.name, COLLECTION)?;
    Some(Agreed { sitting, answers: req.answers.iter().map(answer_of).collect() })
}

/// Reads a request.
pub fn grade(req: &pb::GradeSittingRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn verify(req: &pb::VerifySittingRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}
