//! Values as they are stored, how a scorecard is found, and what is judged as a whole.

use reference::cards::{self, Card};
use reference::{products, regimes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Products that are judged as a whole and stand under one certificate, as they were when the sitting was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The bundle.
    pub id: Uuid,
    /// Its name.
    pub display_name: String,
    /// Its products, the lead first.
    pub products: Vec<Bundled>,
}

/// A product of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundled {
    /// The product.
    pub product: Uuid,
    /// Its name.
    pub display_name: String,
    /// Its code.
    pub code: String,
}

/// All products that are judged: the lead, and those that it leads.
#[must_use]
pub fn judged(lead: Uuid, bundle: Option<&Bundle>) -> Vec<Uuid> {
    let led = bundle.into_iter().flat_map(|bundle| &bundle.products).map(|of| of.product);
    std::iter::once(lead).chain(led.filter(|product| *product != lead)).collect()
}

/// Gives an enum its stored texts, both ways. They are the values of text columns and never change.
macro_rules! stored {
    ($name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $name {
            /// As it is stored.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// As it was stored; none for another text.
            #[must_use]
            pub fn of(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use stored;

/// What is known of a scorecard.
#[derive(Clone, Copy, Debug)]
pub enum Found {
    /// The card.
    Card(&'static Card),
    /// It exists, but no source has its text: nothing can be graded by it.
    Unavailable,
    /// There is no such card.
    Unknown,
}

/// Looks a card up by its id (without `scorecards/`).
#[must_use]
pub fn card(id: &str) -> Found {
    if let Some(card) = cards::get(id) {
        return Found::Card(card);
    }
    let set_without_card = products::set(id).is_some_and(|set| set.scorecard.is_none());
    let without_cards = regimes::all().iter().filter(|regime| regime.scorecards_prefix.is_none());
    let of_such_a_regime = without_cards
        .map(|regime| regime.id.as_str())
        .any(|regime| id.strip_prefix(regime).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')));
    if set_without_card || of_such_a_regime { Found::Unavailable } else { Found::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_that_no_source_has_are_told_from_cards_that_do_not_exist() {
        let kind = |id: &str| match card(id) {
            Found::Card(card) => card.id.clone(),
            Found::Unavailable => "unavailable".to_owned(),
            Found::Unknown => "unknown".to_owned(),
        };
        assert_eq!(kind("q26-hoa"), "q26-hoa");
        for id in ["q1048-gao-ngu-coc", "q148", "q148-tuong-ot"] {
            assert_eq!(kind(id), "unavailable", "{id}");
        }
        for id in ["", "q26", "q26-gao", "q1480-x", "q1048-x", "Q26-hoa"] {
            assert_eq!(kind(id), "unknown", "{id}");
        }
    }
}
