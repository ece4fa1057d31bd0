//! Rows of products.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kit::{Batch, Error, Result, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::LegalForm;
use reference::names::spell;
use reference::units::{self, Unit};
use time::Date;
use uuid::Uuid;

use super::producers::{Herd, ambiguous, names};
use super::{Made, Ready, Said, State, faulty, lost};
use crate::assignments::api::{Late, moves};
use crate::imports::domain::{Fault, Meant, Problem, ProductItem, Resource, Ruling, Verdict, Why};
use crate::producers::store::bulk::{Draft, Known, producer_hold, producer_insert_all};
use crate::producers::store::producer_fetch;
use crate::products::domain::{Content, code, tourism};
use crate::products::store::bulk::{key, product_insert_all, product_known, serials_take};
use crate::products::store::{self as products, Maker, Product};
use crate::shared::maps::Assignment;
use crate::{assignments, eligibility};

/// A product to be stored, without its code.
struct New {
    product: Product,
    commune: &'static Unit,
}

/// What a batch knows and makes.
struct Market {
    herd: Herd,
    /// Products by producer and key of the name: id and name.
    there: HashMap<(Uuid, String), Vec<(Uuid, String)>>,
    /// Where producers of divided communes were assigned to.
    assigned: Vec<Assignment>,
    /// The sizes of enterprises, with their first days.
    sizes: Vec<(Uuid, i32, Date)>,
    producers: Vec<Draft>,
    products: Vec<New>,
}

pub(super) async fn settle(batch: &Batch, state: &mut State, rows: Vec<Ready>) -> Result<(Vec<Verdict>, Vec<Made>)> {
    let mut market = Market::open(batch, &rows).await?;
    let mut verdicts = Vec::with_capacity(rows.len());
    for Ready { row, as_new, said } in rows {
        match said {
            Ok(Said::Product(said)) => {
                let (item, draft) = *said;
                verdicts.push(market.judge(state, (row, as_new), item, draft));
            }
            Ok(_) => {}
            Err(faults) => verdicts.push(faulty(row, faults)),
        }
    }
    let made = market.store(batch).await?;
    Ok((verdicts, made))
}

impl Market {
    async fn open(batch: &Batch, rows: &[Ready]) -> Result<Self> {
        let said = || {
            rows.iter().filter_map(|ready| match &ready.said {
                Ok(Said::Product(said)) => Some(&**said),
                _ => None,
            })
        };
        let mut herd = Herd::of(batch.tx(), said().map(|(_, draft)| draft)).await?;
        let ids = herd.ids();
        if !producer_hold(batch.tx(), &ids).await? {
            return Err(Error::conflict(Common::Conflict));
        }
        for id in &ids {
            // Of a merged one the survivor is asked for, whose own name may be another.
            if herd.get(*id).is_none()
                && let Some(survivor) = producer_fetch(batch.tx(), *id).await?
            {
                herd.add(Known::of_producer(survivor));
            }
        }
        let keys: BTreeSet<String> = said().map(|(item, _)| key(item.display_name.as_str())).collect();
        let mut there: HashMap<_, Vec<_>> = HashMap::new();
        for known in product_known(batch.tx(), &ids, &keys).await? {
            there.entry((known.owner, known.search_key)).or_default().push((known.id, known.display_name));
        }
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let assigned = assignments::store::of_all(batch.tx(), &ids).await?;
        let company = i32::from(LegalForm::Company);
        let is_company = |id: &Uuid| herd.get(*id).is_some_and(|known| known.legal_form == company);
        let companies: Vec<Uuid> = ids.into_iter().filter(is_company).collect();
        let sizes = eligibility::store::sizes_of(batch.tx(), &companies).await?;
        Ok(Self { herd, there, assigned, sizes, producers: Vec::new(), products: Vec::new() })
    }

    /// Why a producer may not take part with a product, if so.
    fn shut_out(&self, producer: &Known, item: &ProductItem) -> Option<Why> {
        let on = item.registration_date;
        let of = self.sizes.iter().filter(|(id, ..)| *id == producer.id).map(|(_, class, from)| (*class, *from));
        let size = eligibility::domain::size_on(&of.collect::<Vec<_>>(), on);
        let judged = eligibility::domain::refused(producer.legal_form, size, tourism(&item.product_set), on)?;
        Some(Why::NotEligible(producer.id, &judged.list.decision, &judged.entry.vi))
    }

    /// The commune of a product on its day, where that gives a code, and whether it is a default part that nobody chose.
    fn commune_of(&self, producer: &Known, on: Date) -> Option<(&'static Unit, bool)> {
        let home = units::by_name(&producer.unit)?;
        let steps = assignments::store::steps(&self.assigned_to(producer.id));
        let found = assignments::domain::begins_in(home, producer.registration_date, &steps, on);
        found.filter(|(commune, _)| code(commune, 1, on).is_some())
    }

    fn assigned_to(&self, producer: Uuid) -> Vec<Assignment> {
        self.assigned.iter().filter(|a| a.producer_id == producer).cloned().collect()
    }

    /// Tells that a product which is recorded late, in a commune that was divided since, moves along with its producer.
    fn moves_along(&self, state: &mut State, product: &Product, commune: &Unit) {
        if assignments::domain::is_divided(commune, state.today) {
            let (resource, since) = (name::of("products", product.id), product.registration_date);
            let late = Late { resource: &resource, commune, since, sample: product.sample };
            state.facts.extend(moves(&late, &self.assigned_to(product.producer_id)));
        }
    }

    fn judge(&mut self, state: &mut State, (row, as_new): (u32, bool), item: ProductItem, draft: Draft) -> Verdict {
        if !state.scope.holds(&draft.producer.new.unit_path) {
            return Verdict::rejected(row, [Why::Forbidden]);
        }
        let (producer, is_new) = match self.herd.meant(&state.scope, &draft, as_new) {
            Err(why) => return Verdict::rejected(row, [why]),
            Ok(Meant::Perhaps(ids, reasons)) => {
                return ambiguous(state, row, &ids, reasons.into_iter().map(Why::Match));
            }
            Ok(Meant::One(id, _)) => match self.herd.get(id) {
                Some(known) => (known.clone(), false),
                None => return ambiguous(state, row, &[id], []),
            },
            Ok(Meant::None) => (Known::of(&draft), true),
        };
        if !state.scope.holds(&producer.unit_path) {
            return Verdict::rejected(row, [Why::Forbidden]);
        }
        if item.registration_date < producer.registration_date {
            let why = Why::NotYetRegistered(producer.id, producer.registration_date);
            return Verdict::rejected(row, [why]);
        }
        let name = item.display_name.as_str();
        let named = (producer.id, key(name));
        let alike = self.there.get(&named).map(Vec::as_slice).unwrap_or_default();
        if let Some((id, _)) = alike.iter().find(|(_, there)| spell(there) == spell(name)) {
            let names = vec![Resource("products", *id)];
            let verdict = Verdict { row, ruling: Ruling::Matched, why: vec![Why::ProductEqual], names };
            return state.there(verdict, *id);
        }
        if !alike.is_empty() && !as_new {
            let ids: Vec<Uuid> = alike.iter().map(|(id, _)| *id).collect();
            let mut why = vec![Why::ProductAlike];
            state.may_repeat(&ids, &mut why);
            let names = ids.into_iter().map(|id| Resource("products", id)).collect();
            return Verdict { row, ruling: Ruling::Ambiguous, why, names };
        }
        if let Some(why) = self.shut_out(&producer, &item) {
            return Verdict::rejected(row, [why]);
        }
        let Some((commune, open)) = self.commune_of(&producer, item.registration_date) else {
            let problem = Problem::UnitNoLink(producer.unit, item.registration_date);
            return Verdict::rejected(row, [Why::Fault(Fault { column: "commune_code", problem })]);
        };
        let why = if open { vec![Why::PartByDefault(commune.name.clone())] } else { Vec::new() };
        let id = draft.product_id;
        let mut made = vec![Resource("products", id)];
        if is_new {
            made.extend(names(&[producer.id]));
        }
        state.remember(row, id);
        self.there.entry(named).or_default().push((id, name.to_owned()));
        let product = product(id, item, &producer, commune, draft.producer.create_us);
        self.moves_along(state, &product, commune);
        self.products.push(New { product, commune });
        if is_new {
            self.herd.add(producer);
            self.producers.push(draft);
        }
        Verdict { row, ruling: Ruling::Created, why, names: made }
    }

    /// Gives the codes and stores everything.
    async fn store(self, batch: &Batch) -> Result<Vec<Made>> {
        let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
        for new in &self.products {
            *wanted.entry(new.commune.code.clone()).or_default() += 1;
        }
        let last = serials_take(batch.tx(), &wanted).await?;
        let first = |(commune, count): (&String, &i64)| {
            let last = last.get(commune).copied().unwrap_or_default();
            (commune.clone(), last - count + 1)
        };
        let mut next: BTreeMap<String, i64> = wanted.iter().map(first).collect();
        let mut products = Vec::with_capacity(self.products.len());
        for New { mut product, commune } in self.products {
            let serial = next.entry(commune.code.clone()).or_default();
            let code = code(commune, *serial, product.registration_date);
            *serial += 1;
            product.code = code.ok_or_else(|| Error::internal("a serial gives no code"))?.to_string();
            products.push(product);
        }
        let mut made: Vec<Made> = self.producers.iter().map(|draft| Made::Producer(draft.producer.clone())).collect();
        producer_insert_all(batch.tx(), self.producers).await.map_err(lost)?;
        product_insert_all(batch.tx(), &products).await.map_err(lost)?;
        made.extend(products.into_iter().map(Made::Product));
        Ok(made)
    }
}

fn product(id: Uuid, item: ProductItem, producer: &Known, commune: &Unit, now_us: i64) -> Product {
    let ProductItem { display_name, target_year, target_stars, product_set, registration_date, sample, .. } = item;
    let content = Content { display_name, target_year, target_stars };
    let new = products::New { content, product_set, registration_date, sample };
    let maker = Maker { id: producer.id, display_name: &producer.display_name, sample: producer.sample };
    Product::entered(id, new, &maker, commune, now_us)
}
