//! The queries of certificates. A certificate with its standing is read by one statement, alone or in lists.

mod life;
mod row;

pub use life::{alive, by_number, correct, hand_over, lift, product_of, reminded, suspend};

use kit::{Error, Page, Result, Scope, rows};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Decided, EndConvention, EndKind, Event, SpanKind, Status, Term, Windows};
use crate::shared::store::{before, stored};

use row::{certificate, end, product, span};

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
        Ok(Standing { certificate, events, superseded_by: self.by_certificate, first: self.earlier == 0 })
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
    })
}

fn written(certificate: &Certificate) -> certificate::ActiveModel {
    let (term, out) = (certificate.term, certificate.term.out());
    certificate::ActiveModel {
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
    }
}

/// Certificates with their standing on a day, unfiltered.
fn standing(as_of: Date) -> Select<certificate::Entity> {
    let older = Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from_as(certificate::Entity, "older")
        .and_where(Expr::col(("older", C::Product)).equals((certificate::Entity, C::Product)))
        .and_where(Expr::tuple([Expr::col(("older", C::LatestDate)), Expr::col(("older", C::Id))]).lt(Expr::tuple([
            Expr::col((certificate::Entity, C::LatestDate)),
            Expr::col((certificate::Entity, C::Id)),
        ])))
        .take();
    let mut query = certificate::Entity::find();
    QueryTrait::query(&mut query)
        .left_join(end::Entity, Expr::col((end::Entity, end::Column::Certificate)).equals((certificate::Entity, C::Id)))
        .expr_as(Expr::col((end::Entity, end::Column::Kind)), "end_kind")
        .expr_as(Expr::col((end::Entity, end::Column::EndDate)), "end_date")
        .expr_as(Expr::col((end::Entity, end::Column::ByCertificate)), "by_certificate")
        .expr_as(first_day(SpanKind::Suspended, as_of), "suspended_from")
        .expr_as(first_day(SpanKind::ReEvaluation, as_of), "filed_on")
        .expr_as(Expr::from(older), "earlier");
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
    let query = standing(as_of).filter(C::Product.is_in(rows::padded(products))).order_by_asc(C::Id);
    query.into_model::<Row>().all(db).await?.into_iter().map(Row::read).collect()
}

/// What a list of certificates is cut by.
pub struct Filter {
    /// The caller's units.
    pub scope: Scope,
    /// The units asked for.
    pub within: Scope,
    /// Only this product.
    pub product: Option<Uuid>,
    /// Only this decision.
    pub decision: Option<Uuid>,
    /// Only what came of one of these sittings.
    pub sittings: Option<Vec<Uuid>>,
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
        query = query.filter(C::Product.eq(product));
    }
    if let Some(decision) = filter.decision {
        query = query.filter(C::Decision.eq(decision));
    }
    if let Some(sittings) = &filter.sittings {
        query = query.filter(C::Sitting.is_in(rows::padded(sittings)));
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

/// Lets the certificates of these products be changed by one write after the other. Sorted, so that two writes never wait
/// for each other.
///
/// # Errors
/// What the database says.
pub async fn lock_products(tx: &impl ConnectionTrait, products: &[Uuid]) -> Result<()> {
    let mut products = products.to_vec();
    products.sort_unstable();
    products.dedup();
    let rows = products.iter().map(|product| product::ActiveModel { product: Set(*product) });
    product::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(product::Column::Product).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    product::Entity::find()
        .filter(product::Column::Product.is_in(rows::padded(&products)))
        .order_by_asc(product::Column::Product)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(())
}

/// Stores new certificates.
///
/// # Errors
/// What the database says: a violated unique key means that the product has a certificate of the same day of decision.
pub async fn insert(tx: &impl ConnectionTrait, certificates: &[Certificate]) -> Result<(), DbErr> {
    certificate::Entity::insert_many(certificates.iter().map(written)).exec_without_returning(tx).await?;
    Ok(())
}

/// A terminal event to be stored.
pub struct NewEnd {
    /// The certificate that ends.
    pub certificate: Uuid,
    /// Why.
    pub kind: EndKind,
    /// From when.
    pub end_date: Date,
    /// What took its place.
    pub by_certificate: Option<Uuid>,
}

/// Stores terminal events. The rules let an event take the place of a stored one only where it comes earlier.
///
/// # Errors
/// What the database says.
pub async fn put_ends(tx: &impl ConnectionTrait, ends: &[NewEnd], now_us: i64) -> Result<()> {
    if ends.is_empty() {
        return Ok(());
    }
    let rows = ends.iter().map(|end| end::ActiveModel {
        certificate: Set(end.certificate),
        kind: Set(end.kind.as_str().to_owned()),
        end_date: Set(end.end_date),
        by_certificate: Set(end.by_certificate),
        create_us: Set(now_us),
    });
    let newer = [end::Column::Kind, end::Column::EndDate, end::Column::ByCertificate, end::Column::CreateUs];
    end::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(end::Column::Certificate).update_columns(newer).to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A pending re-evaluation to be stored.
pub struct NewFiling {
    /// Id of the row.
    pub id: Uuid,
    /// The product.
    pub product: Uuid,
    /// The sitting that the dossier came to.
    pub sitting: Uuid,
    /// When it was filed.
    pub filed_on: Date,
    /// When it was recorded.
    pub now_us: i64,
}

/// Notes a re-evaluation dossier with the product's newest certificate decided by the day of filing, if there is one.
///
/// # Errors
/// What the database says.
pub async fn file(tx: &impl ConnectionTrait, filing: &NewFiling) -> Result<()> {
    let newest = certificate::Entity::find()
        .filter(C::Product.eq(filing.product))
        .filter(C::LatestDate.lte(filing.filed_on))
        .order_by_desc(C::LatestDate)
        .order_by_desc(C::Id)
        .one(tx)
        .await?;
    let Some(newest) = newest else { return Ok(()) };
    let row = span::ActiveModel {
        id: Set(filing.id),
        certificate: Set(newest.id),
        kind: Set(SpanKind::ReEvaluation.as_str().to_owned()),
        from_date: Set(filing.filed_on),
        until_date: Set(None),
        sitting: Set(Some(filing.sitting)),
        create_us: Set(filing.now_us),
    };
    span::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Notes that the re-evaluations of these sittings are settled.
///
/// # Errors
/// What the database says.
pub async fn settle(tx: &impl ConnectionTrait, sittings: &[Uuid], on: Date) -> Result<()> {
    span::Entity::update_many()
        .col_expr(span::Column::UntilDate, Expr::val(on))
        .filter(span::Column::Sitting.is_in(rows::padded(sittings)))
        .filter(span::Column::UntilDate.is_null())
        .exec(tx)
        .await?;
    Ok(())
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
