//! What rows refer to, by name.

use std::collections::HashMap;

use kit::{Call, Error, Result, Scope, inventory, name};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{people, producers, products, promotion};

/// A row with the names of what it refers to; empty where it refers to nothing, or to what the caller may not see.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown<T> {
    pub(super) row: T,
    pub(super) person: String,
    pub(super) producer: String,
    pub(super) product_code: String,
    pub(super) product: String,
    pub(super) fair: String,
}

/// What a product is called.
#[derive(Clone, Debug, Default)]
pub(super) struct Product {
    pub(super) code: String,
    pub(super) display_name: String,
    pub(super) producer: String,
}

/// Names by resource name.
pub(super) type Names<V = String> = HashMap<String, V>;

/// The ids in resource names, each once.
fn ids<'a>(names: impl Iterator<Item = &'a str>, collection: &str) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = names.filter_map(|n| name::parse(n, collection)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The persons that the caller may list.
pub(super) async fn persons<'a>(
    db: &impl ConnectionTrait,
    call: &Call,
    names: impl Iterator<Item = &'a str>,
) -> Result<Names> {
    let list = inventory::method("/ocop.registry.v1.PersonService/ListPersons");
    let scope = call.scope_of(list.ok_or_else(|| Error::internal("there is no list of persons"))?);
    let ids = ids(names, "persons");
    if ids.is_empty() || matches!(&scope, Scope::Within(prefixes) if prefixes.is_empty()) {
        return Ok(Names::new());
    }
    let found = people::store::person_batch(db, &ids).await?;
    let seen = found.into_iter().filter(|p| scope.holds(&p.unit_path));
    Ok(seen.map(|p| (name::of("persons", p.id), p.display_name)).collect())
}

/// Producers.
pub(super) async fn producers<'a>(db: &impl ConnectionTrait, names: impl Iterator<Item = &'a str>) -> Result<Names> {
    let ids = ids(names, "producers");
    if ids.is_empty() {
        return Ok(Names::new());
    }
    let found = producers::store::producer_names(db, &ids).await?;
    Ok(found.into_iter().map(|(id, title)| (name::of("producers", id), title)).collect())
}

/// Products.
pub(super) async fn products<'a>(
    db: &impl ConnectionTrait,
    names: impl Iterator<Item = &'a str>,
) -> Result<Names<Product>> {
    let ids = ids(names, "products");
    if ids.is_empty() {
        return Ok(Names::new());
    }
    let found = products::store::product_batch(db, &ids).await?;
    let named = found.into_iter().map(|p| {
        let product = Product { code: p.code, display_name: p.display_name, producer: p.producer_display_name };
        (name::of("products", p.id), product)
    });
    Ok(named.collect())
}

/// Fairs.
pub(super) async fn fairs<'a>(db: &impl ConnectionTrait, names: impl Iterator<Item = &'a str>) -> Result<Names> {
    let ids = ids(names, "fairs");
    if ids.is_empty() {
        return Ok(Names::new());
    }
    let found = promotion::store::fair_titles(db, &ids).await?;
    Ok(found.into_iter().map(|(id, title)| (name::of("fairs", id), title)).collect())
}
