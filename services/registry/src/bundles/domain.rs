//! What may be put together.

use uuid::Uuid;

/// A product as the rule sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The product.
    pub id: Uuid,
    /// Its producer.
    pub producer: Uuid,
    /// Its product set.
    pub product_set: String,
    /// The live bundle that it lies in.
    pub bundle: Option<Uuid>,
}

/// Why products are not put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// These have another producer or set than the lead, or the lead is none of them.
    Mixed(Vec<Uuid>),
    /// A product lies in another bundle.
    Bundled {
        /// The product.
        product: Uuid,
        /// The bundle.
        bundle: Uuid,
    },
}

/// Judges the products of a bundle.
///
/// # Errors
/// Why not: products that do not fit the lead before those that are taken.
pub fn together(own: Uuid, lead: Uuid, members: &[Member]) -> Result<(), Refusal> {
    let Some(first) = members.iter().find(|m| m.id == lead) else { return Err(Refusal::Mixed(vec![lead])) };
    let fits = |m: &&Member| (m.producer, &m.product_set) == (first.producer, &first.product_set);
    let mixed: Vec<Uuid> = members.iter().filter(|m| !fits(m)).map(|m| m.id).collect();
    if !mixed.is_empty() {
        return Err(Refusal::Mixed(mixed));
    }
    match members.iter().find_map(|m| m.bundle.filter(|bundle| *bundle != own).map(|bundle| (m.id, bundle))) {
        Some((product, bundle)) => Err(Refusal::Bundled { product, bundle }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn member(number: u128, producer: u128, set: &str, bundle: Option<u128>) -> Member {
        Member { id: id(number), producer: id(producer), product_set: set.to_owned(), bundle: bundle.map(id) }
    }

    #[test]
    fn a_bundle_has_one_producer_one_set_and_nothing_of_another_bundle() {
        let (own, lead) = (id(100), id(1));
        let with = |other: Member| together(own, lead, &[member(1, 10, "a", None), other]);
        assert_eq!(with(member(2, 10, "a", None)), Ok(()));
        assert_eq!(with(member(2, 10, "a", Some(100))), Ok(()), "its own products may stay");
        assert_eq!(with(member(2, 11, "a", None)), Err(Refusal::Mixed(vec![id(2)])));
        assert_eq!(with(member(2, 10, "b", Some(7))), Err(Refusal::Mixed(vec![id(2)])));
        assert_eq!(with(member(2, 10, "a", Some(7))), Err(Refusal::Bundled { product: id(2), bundle: id(7) }));
        assert_eq!(together(own, id(9), &[member(1, 10, "a", None)]), Err(Refusal::Mixed(vec![id(9)])));
    }
}
