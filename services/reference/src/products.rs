//! Product sets of each regime, and product codes.
//!
//! Deliberately absent: the 26 sets of q148, whose names were seen in no source (only their number is known, see
//! [`listing`]), and how the serial of a product code is given out (the registry counts it per commune).

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use time::Date;

use crate::cards::{self, Group};
use crate::regimes;
use crate::units::CHANGE_OF_2025;

/// One product set of a regime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductSet {
    /// Id; equal to the scorecard's where there is one.
    pub id: String,
    /// Regime.
    pub regime_id: String,
    /// Number in the decision's annex, where known.
    pub number: Option<u32>,
    /// Official name.
    pub name_vi: String,
    /// Product group.
    pub group: Group,
    /// Ministries in the lead.
    pub lead_ministries: Vec<String>,
    /// Scorecard id; none where no source has the criteria.
    pub scorecard: Option<String>,
}

/// How much of a regime's list of sets is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// Number of sets that the regime has.
    pub sets: u32,
    /// True when all of them are listed here by name.
    pub listed: bool,
}

/// Id of the one set of q1048 that has no card.
pub const SET_WITHOUT_CARD: &str = "q1048-gao-ngu-coc";

static LOADED: LazyLock<Result<Vec<ProductSet>, Vec<String>>> = LazyLock::new(|| {
    let mut sets: Vec<ProductSet> = cards::all()
        .iter()
        .map(|card| ProductSet {
            id: card.id.clone(),
            regime_id: card.regime_id.clone(),
            number: card.set_no,
            name_vi: card.name_vi.clone(),
            group: card.group,
            lead_ministries: card.lead_ministries.clone(),
            scorecard: Some(card.id.clone()),
        })
        .collect();
    // The index names the set; group and ministry are those of the raw food group (rules file, section 2.8).
    let without = cards::missing_sets().iter().filter(|set| set.regime_id == "q1048");
    sets.extend(without.map(|set| ProductSet {
        id: SET_WITHOUT_CARD.to_owned(),
        regime_id: set.regime_id.clone(),
        number: None,
        name_vi: set.set.clone(),
        group: Group::Food,
        lead_ministries: vec!["agriculture".to_owned()],
        scorecard: None,
    }));
    sets.sort_by(|one, other| (&one.regime_id, one.number, &one.id).cmp(&(&other.regime_id, other.number, &other.id)));
    let mut faults = Vec::new();
    for regime in regimes::all() {
        let of_regime: Vec<&ProductSet> = sets.iter().filter(|set| set.regime_id == regime.id).collect();
        if !of_regime.is_empty() && u32::try_from(of_regime.len()) != Ok(regime.sets) {
            faults.push(format!("{}: {} product sets, the regime has {}", regime.id, of_regime.len(), regime.sets));
        }
        let numbers: Vec<u32> = of_regime.iter().filter_map(|set| set.number).collect();
        if !numbers.is_empty() && !numbers.iter().copied().eq(1..=regime.sets) {
            faults.push(format!("{}: the numbers of the sets are {numbers:?}", regime.id));
        }
    }
    if faults.is_empty() { Ok(sets) } else { Err(faults) }
});

/// Faults of the derived list, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

/// The sets of a regime that are known by name, by number where there is one, else by id.
#[must_use]
pub fn sets(regime_id: &str) -> Vec<&'static ProductSet> {
    LOADED.as_deref().unwrap_or_default().iter().filter(|set| set.regime_id == regime_id).collect()
}

/// One set by id.
#[must_use]
pub fn set(id: &str) -> Option<&'static ProductSet> {
    LOADED.as_deref().unwrap_or_default().iter().find(|set| set.id == id)
}

/// How many sets a regime has and whether they are listed; none for an unknown regime.
#[must_use]
pub fn listing(regime_id: &str) -> Option<Listing> {
    let regime = regimes::get(regime_id)?;
    Some(Listing { sets: regime.sets, listed: u32::try_from(sets(regime_id).len()) == Ok(regime.sets) })
}

/// A product code. Codes stay readable after reorganisations; they are no keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProductCode {
    /// Province code, two digits.
    pub province: String,
    /// District code, three digits: until 30 June 2025 only.
    pub district: Option<String>,
    /// Commune code, five digits.
    pub commune: String,
    /// Serial, counted per commune across producers and years, from 1.
    pub serial: u32,
    /// Year of registration; under q26 the year of evaluation.
    pub year: i32,
}

/// Why a text is no product code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProductCodeFault {
    /// Neither `66-22015-3-2026` nor `54-555-22018-3-2021`.
    #[error("a product code is province-commune-serial-year, until 30 June 2025 province-district-commune-serial-year")]
    Form,
    /// The form with a district came to an end in 2025, the other began in that year.
    #[error("a code of this form cannot carry this year")]
    Year,
    /// The form does not fit the day on which the code is given.
    #[error("a code given on {day} {} a district", if *.district { "has" } else { "has no" })]
    District {
        /// The day on which the code is given.
        day: Date,
        /// True when a code of that day has a district part.
        district: bool,
    },
}

impl ProductCode {
    /// Makes the code that is right for the day on which it is given.
    ///
    /// # Errors
    /// [`ProductCodeFault`] where parts are missing, too many or malformed.
    pub fn new(
        province: &str,
        district: Option<&str>,
        commune: &str,
        serial: u32,
        year: i32,
        given: Date,
    ) -> Result<Self, ProductCodeFault> {
        let with_district = given < CHANGE_OF_2025;
        if district.is_some() != with_district {
            return Err(ProductCodeFault::District { day: given, district: with_district });
        }
        let code = Self {
            province: province.to_owned(),
            district: district.map(str::to_owned),
            commune: commune.to_owned(),
            serial,
            year,
        };
        code.to_string().parse()
    }
}

impl fmt::Display for ProductCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.province)?;
        if let Some(district) = &self.district {
            write!(f, "{district}-")?;
        }
        write!(f, "{}-{}-{}", self.commune, self.serial, self.year)
    }
}

impl FromStr for ProductCode {
    type Err = ProductCodeFault;

    fn from_str(text: &str) -> Result<Self, ProductCodeFault> {
        let parts: Vec<&str> = text.split('-').collect();
        let (province, district, commune, serial, year) = match parts.as_slice() {
            [province, commune, serial, year] => (*province, None, *commune, *serial, *year),
            [province, district, commune, serial, year] => (*province, Some(*district), *commune, *serial, *year),
            _ => return Err(ProductCodeFault::Form),
        };
        let digits = |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        let serial_fits = !serial.starts_with('0') && serial.len() <= 9 && digits(serial, serial.len());
        let places = digits(province, 2) && district.is_none_or(|code| digits(code, 3)) && digits(commune, 5);
        if !places || !serial_fits || !digits(year, 4) {
            return Err(ProductCodeFault::Form);
        }
        let year: i32 = year.parse().map_err(|_| ProductCodeFault::Form)?;
        let years = if district.is_some() { 2018..=2025 } else { 2025..=2099 };
        if !years.contains(&year) {
            return Err(ProductCodeFault::Year);
        }
        Ok(Self {
            province: province.to_owned(),
            district: district.map(str::to_owned),
            commune: commune.to_owned(),
            serial: serial.parse().map_err(|_| ProductCodeFault::Form)?,
            year,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn each_regime_has_26_sets_and_q148_lists_none() {
        assert_eq!((sets("q1048").len(), sets("q148").len(), sets("q26").len()), (26, 0, 26));
        assert_eq!(listing("q148"), Some(Listing { sets: 26, listed: false }));
        assert_eq!(listing("q26"), Some(Listing { sets: 26, listed: true }));
        assert_eq!(listing("q1048"), Some(Listing { sets: 26, listed: true }));
        assert_eq!(listing("q1"), None);
        let rice = set(SET_WITHOUT_CARD).unwrap();
        assert_eq!((rice.name_vi.as_str(), &rice.scorecard), ("Gạo, ngũ cốc", &None));
        assert!(sets("q26").iter().all(|set| set.scorecard.as_deref() == Some(set.id.as_str())));
        assert_eq!(set("q26-ca-phe-ca-cao").unwrap().number, Some(13));
    }

    #[test]
    fn a_code_has_a_district_until_30_june_2025() {
        let old = ProductCode::new("54", Some("555"), "22018", 3, 2021, date!(2021 - 06 - 30)).unwrap();
        assert_eq!(old.to_string(), "54-555-22018-3-2021");
        let new = ProductCode::new("66", None, "22015", 3, 2026, date!(2026 - 07 - 01)).unwrap();
        assert_eq!(new.to_string(), "66-22015-3-2026");
        let last = date!(2025 - 06 - 30);
        assert!(ProductCode::new("54", Some("555"), "22015", 1, 2025, last).is_ok());
        let fault = ProductCodeFault::District { day: last, district: true };
        assert_eq!(ProductCode::new("54", None, "22015", 1, 2025, last), Err(fault));
        assert_eq!(fault.to_string(), "a code given on 2025-06-30 has a district");
    }

    #[test]
    fn only_the_two_forms_are_read() {
        assert_eq!("83-829-28780-3-2022".parse::<ProductCode>().unwrap().district.as_deref(), Some("829"));
        for wrong in
            ["", "54-22018-3", "54-555-22018-03-2021", "54-555-22018-0-2021", "54-55-22018-3-2021", "5-22015-3-2026"]
        {
            assert_eq!(wrong.parse::<ProductCode>(), Err(ProductCodeFault::Form), "{wrong}");
        }
        for wrong in ["54-555-22018-3-2026", "66-22015-3-2024"] {
            assert_eq!(wrong.parse::<ProductCode>(), Err(ProductCodeFault::Year), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn codes_are_read_as_they_were_written(
            province in 0u32..100, district in 0u32..1000, commune in 0u32..100_000,
            serial in 1u32..1_000_000_000, past in 2018i32..=2025, coming in 2025i32..=2099,
        ) {
            let old = format!("{province:02}-{district:03}-{commune:05}-{serial}-{past}");
            prop_assert_eq!(old.parse::<ProductCode>().unwrap().to_string(), old);
            let new = format!("{province:02}-{commune:05}-{serial}-{coming}");
            prop_assert_eq!(new.parse::<ProductCode>().unwrap().to_string(), new);
        }

        #[test]
        fn no_text_is_read_as_a_code_that_is_written_otherwise(text in "[0-9-]{8,24}") {
            if let Ok(code) = text.parse::<ProductCode>() {
                prop_assert_eq!(code.to_string(), text);
            }
        }
    }
}
