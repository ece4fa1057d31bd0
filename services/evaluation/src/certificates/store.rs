//! The queries of certificates. A certificate with its standing is read by one statement, alone or in lists.

mod entered;
mod life;
mod row;

pub use entered::{NewEnd, NewFiling, file, insert, lock_products, put_ends, settle};
pub use life::{alive, by_number, correct, hand_over, lift, product_of, reminded, suspend};

use kit::{Error, Page, Result, Scope, rows};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Decided, EndConvention, EndKind, Event, SpanKind, Status, Term, Windows};
use crate::shared::domain::{Bundle, judged};
use crate::shared::store::{before, of_opt_text, stored};

use row::{certificate, end, led, span};

use certificate::Column as C;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its id.
    pub id: Uuid,
    /// The product.
    pub product: Uuid,
    /// The product's name at the time.
    pub product_display_name: String,
    /// The product's code.
    pub product_code: String,
    /// The product's unit.
    pub unit: String,
    /// That unit's path.
    pub unit_path: String,
    /// Stars.
    pub stars: i32,
    /// Its number; may be empty.
    pub number: String,
    /// The decision, for an issued one.
    pub decision: Option<Uuid>,
    /// Its place in the decision, from 1.
    pub serial: i32,
    /// The decision's number; may be empty.
    pub decision_number: String,
    /// From when and for how long.
    pub term: Term,
    /// Who decided.
    pub authority: String,
    /// Id of the regime.
    pub regime: String,
    /// The sitting, for an issued one.
    pub sitting: Option<Uuid>,
    /// What a recorded one rests on.
    pub source_text: String,
    /// Where that can be read.
    pub source_url: String,
    /// An invented sample.
    pub sample: bool,
    /// When it was recorded.
    pub create_us: i64,
    /// The producer that it was handed over to.
    pub holder: Option<Uuid>,
    /// The bundle that the product leads, where the certificate is of that.
    pub bundle: Option<Bundle>,
}

impl Certificate {
    /// All products under it, the lead first.
    #[must_use]
    pub fn products(&self) -> Vec<Uuid> {
        judged(self.product, self.bundle.as_ref())
    }
}

/// A certificate with all that its status on a day follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The certificate.
    pub certificate: Certificate,
    /// What happened to it, as far as it matters on the day.
    pub events: Vec<Event>,
    /// The certificate that took its place, on any day.
    pub superseded_by: Option<Uuid>,
    /// True where no earlier recognition of the product is known.
    pub first: bool,
}

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    certificate: certificate::Model,
    end_kind: Option<String>,
    end_date: Option<Date>,
    by_certificate: Option<Uuid>,
    suspended_from: Option<Date>,
    filed_on: Option<Date>,
    earlier: i64,
    earlier_bundled: i64,
}

impl Row {
    fn read(self) -> Result<Standing> {
        let mut events = Vec::new();
        if let (Some(kind), Some(on)) = (&self.end_kind, self.end_date) {
            events.push(Event::Ended { kind: stored(kind, EndKind::of)?, on });
        }
        // The query has left out what is over on the asked day.
        let spans = [(SpanKind::Suspended, self.suspended_from), (SpanKind::ReEvaluation, self.filed_on)];
        let spans = spans.into_iter().filter_map(|(kind, from)| Some(Event::Span { kind, from: from?, until: None }));
        events.extend(spans);
        let certificate = read(self.certificate)?;
        Ok(Standing {
            certificate,
            events,
            superseded_by: self.by_certificate,
            first: self.earlier + self.earlier_bundled == 0,
        })
    }
}

fn read(row: certificate::Model) -> Result<Certificate> {
    let term = Term {
        decided: Decided { earliest: row.earliest_date, latest: row.latest_date },
        months: row.months,
        convention: stored(&row.end_convention, EndConvention::of)?,
    };
    Ok(Certificate {
        id: row.id,
        product: row.product,
        product_display_name: row.product_display_name,
        product_code: row.product_code,
        unit: row.unit,
        unit_path: row.unit_path,
        stars: row.stars,
        number: row.number,
        decision: row.decision,
        serial: row.serial,
        decision_number: row.decision_number,
        term,
        authority: row.authority,
        regime: row.regime,
        sitting: row.sitting,
        source_text: row.source_text,
        source_url: row.source_url,
        sample: row.sample,
        create_us: row.create_us,
        holder: row.holder,
        bundle: of_opt_text(&row.bundle)?,
    })
}

fn written(certificate: &Certificate) -> Result<certificate::ActiveModel, DbErr> {
    let (term, out) = (certificate.term, certificate.term.out());
    let bundle = certificate.bundle.as_ref().map_or_else(|| Ok(String::new()), serde_json::to_string);
    Ok(certificate::ActiveModel {
        id: Set(certificate.id),
        product: Set(certificate.product),
        product_display_name: Set(certificate.product_display_name.clone()),
        product_code: Set(certificate.product_code.clone()),
        unit: Set(certificate.unit.clone()),
        unit_path: Set(certificate.unit_path.clone()),
        stars: Set(certificate.stars),
        number: Set(certificate.number.clone()),
        decision: Set(certificate.decision),
        serial: Set(certificate.serial),
        decision_number: Set(certificate.decision_number.clone()),
        earliest_date: Set(term.decided.earliest),
        latest_date: Set(term.decided.latest),
        earliest_out: Set(out.earliest),
        latest_out: Set(out.latest),
        months: Set(term.months),
        end_convention: Set(term.convention.as_str().to_owned()),
        authority: Set(certificate.authority.clone()),
        regime: Set(certificate.regime.clone()),
        sitting: Set(certificate.sitting),
        source_text: Set(certificate.source_text.clone()),
        source_url: Set(certificate.source_url.clone()),
        sample: Set(certificate.sample),
        create_us: Set(certificate.create_us),
        holder: Set(certificate.holder),
        bundle: Set(bundle.map_err(|error| DbErr::Json(error.to_string()))?),
    })
}

/// Certificates with their standing on a day, unfiltered.
fn standing(as_of: Date) -> Select<certificate::Entity> {
    let earlier = || {
        Expr::tuple([Expr::col(("older", C::LatestDate)), Expr::col(("older", C::Id))])
            .lt(Expr::tuple([Expr::col((certificate::Entity, C::LatestDate)), Expr::col((certificate::Entity, C::Id))]))
    };
    let older = Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from_as(certificate::Entity, "older")
        .and_where(Expr::col(("older", C::Product)).equals((certificate::Entity, C::Product)))
        .and_where(earlier())
        .take();
    let older_bundled = Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from(led::Entity)
        .join_as(
            JoinType::InnerJoin,
            certificate::Entity,
            "older",
            Expr::col(("older", C::Id)).equals((led::Entity, led::Column::Certificate)),
        )
        .and_where(Expr::col((led::Entity, led::Column::Product)).equals((certificate::Entity, C::Product)))
        .and_where(earlier())
        .take();
    let mut query = certificate::Entity::find();
    QueryTrait::query(&mut query)
        .left_join(end::Entity, Expr::col((end::Entity, end::Column::Certificate)).equals((certificate::Entity, C::Id)))
        .expr_as(Expr::col((end::Entity, end::Column::Kind)), "end_kind")
        .expr_as(Expr::col((end::Entity, end::Column::EndDate)), "end_date")
        .expr_as(Expr::col((end::Entity, end::Column::ByCertificate)), "by_certificate")
        .expr_as(first_day(SpanKind::Suspended, as_of), "suspended_from")
        .expr_as(first_day(SpanKind::ReEvaluation, as_of), "filed_on")
        .expr_as(Expr::from(older), "earlier")
        .expr_as(Expr::from(older_bundled), "earlier_bundled");
    query
}

/// First day of what goes on with a certificate on a day.
fn first_day(kind: SpanKind, as_of: Date) -> Expr {
    Expr::from(going_on(kind, as_of).expr(Expr::col(span::Column::FromDate).min()).take())
}

/// What goes on with a certificate of the outer query on a day; nothing is selected yet.
fn going_on(kind: SpanKind, as_of: Date) -> SelectStatement {
    Query::select()
        .from(span::Entity)
        .and_where(Expr::col((span::Entity, span::Column::Certificate)).equals((certificate::Entity, C::Id)))
        .and_where(Expr::col((span::Entity, span::Column::Kind)).eq(kind.as_str()))
        .and_where(Expr::col((span::Entity, span::Column::FromDate)).lte(as_of))
        .cond_where(
            Condition::any()
                .add(Expr::col((span::Entity, span::Column::UntilDate)).is_null())
                .add(Expr::col((span::Entity, span::Column::UntilDate)).gt(as_of)),
        )
        .take()
}

/// One certificate with its standing on a day.
///
/// # Errors
/// What the database says.
pub async fn find(db: &impl ConnectionTrait, id: Uuid, as_of: Date) -> Result<Option<Standing>> {
    let row = standing(as_of).filter(C::Id.eq(id)).into_model::<Row>().one(db).await?;
    row.map(Row::read).transpose()
}

/// All certificates of some products, with their standing on a day.
///
/// # Errors
/// What the database says.
pub async fn of_products(db: &impl ConnectionTrait, products: &[Uuid], as_of: Date) -> Result<Vec<Standing>> {
    let query = standing(as_of).filter(C::Id.in_subquery(covering(products))).order_by_asc(C::Id);
    query.into_model::<Row>().all(db).await?.into_iter().map(Row::read).collect()
}

/// What a list of certificates is cut by.
pub struct Filter {
    /// The caller's units.
    pub scope: Scope,
    /// The units asked for.
    pub within: Scope,
    /// Only where this product stands under it, alone or in its bundle.
    pub product: Option<Uuid>,
    /// Only this decision.
    pub decision: Option<Uuid>,
    /// Only what came of a sitting of this round.
    pub round: Option<Uuid>,
    /// Only decisions that were, or may have been, made between these days.
    pub between: Option<(Date, Date)>,
    /// Only this status on `as_of`.
    pub status: Option<Status>,
    /// The day of the status.
    pub as_of: Date,
}

/// A page of certificates, the newest decision first.
///
/// # Errors
/// What the database says.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, windows: &Windows, page: &Page) -> Result<Vec<Standing>> {
    let mut query = standing(filter.as_of)
        .filter(filter.scope.on((certificate::Entity, C::UnitPath)))
        .filter(filter.within.on((certificate::Entity, C::UnitPath)))
        .filter(before(page, (certificate::Entity, C::LatestDate), (certificate::Entity, C::Id)));
    if let Some(product) = filter.product {
        query = query.filter(C::Id.in_subquery(covering(&[product])));
    }
    if let Some(decision) = filter.decision {
        query = query.filter(C::Decision.eq(decision));
    }
    if let Some(round) = filter.round {
        query = query.filter(C::Sitting.in_subquery(crate::sittings::store::in_round(round)));
    }
    if let Some((first, last)) = filter.between {
        query = query.filter(C::EarliestDate.lte(last)).filter(C::LatestDate.gte(first));
    }
    if let Some(status) = filter.status {
        query = query.filter(status_is(status, windows, filter.as_of));
    }
    query = query.order_by_desc(C::LatestDate).order_by_desc(C::Id).limit(page.size + 1);
    query.into_model::<Row>().all(db).await?.into_iter().map(Row::read).collect()
}

/// The statuses that one day of decision can give.
const STATUSES: [Status; 9] = [
    Status::NotYetValid,
    Status::Valid,
    Status::Expiring,
    Status::Grace,
    Status::Expired,
    Status::Suspended,
    Status::Revoked,
    Status::Surrendered,
    Status::Superseded,
];

/// `domain::status` as a condition: the same on the first and the last possible day of the decision.
fn status_is(status: Status, windows: &Windows, as_of: Date) -> Condition {
    let on_both = |status| {
        Condition::all().add(status_if(status, (C::EarliestDate, C::EarliestOut), windows, as_of)).add(status_if(
            status,
            (C::LatestDate, C::LatestOut),
            windows,
            as_of,
        ))
    };
    match status {
        Status::DateUncertain => STATUSES.into_iter().fold(Condition::any(), |any, s| any.add(on_both(s))).not(),
        status => on_both(status),
    }
}

/// `domain::status_if` as a condition, rule by rule. The test of this room asks both for the same certificates.
fn status_if(status: Status, (decided, out): (C, C), windows: &Windows, as_of: Date) -> Condition {
    let begun = Condition::all().add(decided.lte(as_of));
    let over = Condition::all().add(end::Column::EndDate.is_not_null()).add(end::Column::EndDate.lte(as_of));
    let ended = |kind: EndKind| begun.clone().add(over.clone()).add(end::Column::Kind.eq(kind.as_str()));
    let going = || begun.clone().add(over.clone().not());
    let past = || going().add(out.lte(as_of));
    let living = || going().add(out.gt(as_of));
    let filed_in_time = going_on(SpanKind::ReEvaluation, as_of)
        .expr(Expr::val(1))
        .and_where(Expr::col((span::Entity, span::Column::FromDate)).lt(Expr::col((certificate::Entity, out))))
        .take();
    let grace = Condition::all()
        .add(Expr::exists(filed_in_time))
        .add(out.gt(as_of.checked_sub(windows.grace).unwrap_or(Date::MIN)));
    let suspended =
        || Condition::all().add(Expr::exists(going_on(SpanKind::Suspended, as_of).expr(Expr::val(1)).take()));
    let soon = super::domain::later(as_of, windows.expiring);
    match status {
        Status::NotYetValid => Condition::all().add(decided.gt(as_of)),
        Status::Revoked => ended(EndKind::Revoked),
        Status::Surrendered => ended(EndKind::Surrendered),
        Status::Superseded => ended(EndKind::Superseded),
        Status::Grace => past().add(grace),
        Status::Expired => past().add(grace.not()),
        Status::Suspended => living().add(suspended()),
        Status::Expiring => living().add(suspended().not()).add(out.lte(soon)),
        Status::Valid => living().add(suspended().not()).add(out.gt(soon)),
        Status::DateUncertain => Condition::any(),
    }
}

/// The certificates under which one of these products stands, alone or in its bundle.
fn covering(products: &[Uuid]) -> SelectStatement {
    let products = rows::padded(products);
    let of_bundles = Query::select()
        .column(led::Column::Certificate)
        .from(led::Entity)
        .and_where(led::Column::Product.is_in(products.clone()))
        .take();
    let mut own = Query::select().column(C::Id).from(certificate::Entity).and_where(C::Product.is_in(products)).take();
    own.union(UnionType::All, of_bundles).take()
}

/// The certificates of a decision, each with its sitting, in the order of their serials.
///
/// # Errors
/// What the database says.
pub async fn of_decision(db: &impl ConnectionTrait, decision: Uuid) -> Result<Vec<(Uuid, Option<Uuid>)>> {
    let query = certificate::Entity::find().select_only().column(C::Id).column(C::Sitting);
    Ok(query.filter(C::Decision.eq(decision)).order_by_asc(C::Serial).into_tuple().all(db).await?)
}

/// A certificate that must be there.
///
/// # Errors
/// NOT_FOUND.
pub fn there<T>(found: Option<T>, id: Uuid) -> Result<T> {
    found.ok_or_else(|| Error::not_found(kit::name::of("certificates", id)))
}
