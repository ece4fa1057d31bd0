//! Units as lists name them: by code, by the code of 2021, or by name.

use std::cell::OnceCell;
use std::collections::HashMap;

use reference::text::fold;
use reference::units::{self, FIRST_KNOWN_DAY, Level, Unit, UnitFault};
use time::Date;

use super::cells::digits;

/// How a row names its unit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told<'a> {
    /// A code, or a dated name.
    pub code: &'a str,
    /// A code of the map of 2021.
    pub code_of_2021: &'a str,
    /// A commune's name.
    pub commune: &'a str,
    /// A district's name.
    pub district: &'a str,
    /// A province's name.
    pub province: &'a str,
}

/// Why there is no such unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceFault {
    /// The row names none.
    Required,
    /// There is none on that day.
    Unknown(String),
    /// Several have the name.
    Several(String),
    /// No map is known of that day.
    BeforeKnown(Date),
    /// What became of it by that day is not known.
    NoLink(String),
}

/// The units by name, worked out when the first row names one. It lives no longer than an import: units may change.
#[derive(Debug, Default)]
pub struct Names(OnceCell<HashMap<String, Vec<&'static Unit>>>);

impl Names {
    fn called(&self, name: &str) -> &[&'static Unit] {
        let by_name = self.0.get_or_init(|| {
            let mut by_name: HashMap<String, Vec<&'static Unit>> = HashMap::new();
            for unit in units::all() {
                by_name.entry(untitled(&unit.display_name)).or_default().push(unit);
            }
            by_name
        });
        by_name.get(&untitled(name)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Titles and their abbreviations, folded.
const TITLES: [&str; 14] = [
    "xa ",
    "phuong ",
    "thi tran ",
    "tt ",
    "thi xa ",
    "tx ",
    "thanh pho ",
    "tp ",
    "huyen ",
    "quan ",
    "tinh ",
    "p. ",
    "x. ",
    "h. ",
];

fn untitled(name: &str) -> String {
    let folded = fold(name);
    let folded = folded.replace("tp.", "tp ").replace("tx.", "tx ").replace("tt.", "tt ");
    let folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = TITLES.iter().find_map(|title| folded.strip_prefix(title)).map(str::to_owned);
    // "Phường 8" is called 8 only together with its title.
    bare.filter(|bare| !bare.bytes().all(|b| b.is_ascii_digit())).unwrap_or(folded)
}

/// The unit that a row names, on the day of its act. `communes` reads a short code as a commune's.
///
/// # Errors
/// See [`PlaceFault`].
pub fn place(names: &Names, told: Told<'_>, on: Date, communes: bool) -> Result<&'static Unit, PlaceFault> {
    if on < FIRST_KNOWN_DAY {
        return Err(PlaceFault::BeforeKnown(FIRST_KNOWN_DAY));
    }
    if !told.code.is_empty() {
        return by_code(told.code, on, communes);
    }
    if !told.code_of_2021.is_empty() {
        let then = by_code(told.code_of_2021, FIRST_KNOWN_DAY, communes)?;
        return units::at_map(then, on).map_err(|_| PlaceFault::NoLink(then.name.clone()));
    }
    let named = [(told.commune, Level::Commune), (told.district, Level::District), (told.province, Level::Province)];
    match named.into_iter().find(|(name, _)| !name.is_empty()) {
        Some((name, level)) if !communes || level == Level::Commune => by_name(names, (name, level), told, on),
        _ => Err(PlaceFault::Required),
    }
}

fn by_code(code: &str, on: Date, communes: bool) -> Result<&'static Unit, PlaceFault> {
    let bare = code.strip_prefix("units/").unwrap_or(code);
    // Of any level, a code that lost its zeros could be several units.
    let bare = if communes { digits(bare, 5) } else { bare.trim_start_matches('\'').to_owned() };
    units::resolve(&format!("units/{bare}"), on).map_err(|fault| match fault {
        UnitFault::BeforeKnown { first, .. } => PlaceFault::BeforeKnown(first),
        _ => PlaceFault::Unknown(bare),
    })
}

fn by_name(names: &Names, (name, level): (&str, Level), told: Told<'_>, on: Date) -> Result<&'static Unit, PlaceFault> {
    let above = |unit: &Unit, name: &str, found: Option<&'static Unit>| {
        name.is_empty()
            || found.is_none_or(|f| f.name == unit.name)
            || found.is_some_and(|f| untitled(&f.display_name) == untitled(name))
    };
    let fits = |unit: &&&Unit| {
        unit.level == level
            && unit.in_force(on)
            && above(unit, told.district, units::district_of(unit))
            && above(unit, told.province, units::province_of(unit))
    };
    let found: Vec<&'static Unit> = names.called(name).iter().filter(fits).copied().collect();
    let titled: Vec<&&Unit> = found.iter().filter(|unit| fold(&unit.display_name) == fold(name)).collect();
    match (found.as_slice(), titled.as_slice()) {
        ([], _) => Err(PlaceFault::Unknown(name.to_owned())),
        ([one], _) => Ok(one),
        (_, [one]) => Ok(one),
        _ => Err(PlaceFault::Several(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const DAY: Date = date!(2021 - 06 - 30);

    fn found(told: Told<'_>, on: Date) -> Result<&'static str, PlaceFault> {
        place(&Names::default(), told, on, true).map(|unit| unit.name.as_str())
    }

    #[test]
    fn a_code_is_read_on_the_day_and_that_of_2021_follows_the_reorganisations() {
        let code = |code| Told { code, ..Told::default() };
        assert_eq!(found(code("22018"), DAY), Ok("units/22018-20180507"));
        assert_eq!(found(code("22018"), date!(2024 - 11 - 01)), Ok("units/22018-20241101"));
        assert_eq!(found(code("units/22018-20180507"), DAY), Ok("units/22018-20180507"));
        assert_eq!(found(code("1"), DAY), Ok("units/00001-20180507"));
        assert_eq!(found(code("99999"), DAY), Err(PlaceFault::Unknown("99999".to_owned())));
        assert_eq!(found(code("22018"), date!(2018 - 01 - 01)), Err(PlaceFault::BeforeKnown(FIRST_KNOWN_DAY)));
        let then = Told { code_of_2021: "22264", ..Told::default() };
        assert_eq!(found(then, DAY), Ok("units/22264-20180507"));
        assert_eq!(found(then, date!(2026 - 01 - 01)), Ok("units/22255-20250701"));
        assert_eq!(found(Told::default(), DAY), Err(PlaceFault::Required));
    }

    #[test]
    fn a_name_is_read_with_the_places_above_it() {
        let named = |commune, district| Told { commune, district, province: "Phú Yên", ..Told::default() };
        assert_eq!(found(named("xã Hòa Phong", "huyện Tây Hòa"), DAY), Ok("units/22264-20180507"));
        assert_eq!(found(named("Hoà Phong", ""), DAY), Ok("units/22264-20180507"));
        assert_eq!(found(named("Phường 8", "TP Tuy Hòa"), DAY), Ok("units/22018-20180507"));
        assert_eq!(found(named("Hòa Phong", "Tuy An"), DAY), Err(PlaceFault::Unknown("Hòa Phong".to_owned())));
        let anywhere = Told { commune: "Hòa Phong", ..Told::default() };
        assert_eq!(found(anywhere, DAY), Err(PlaceFault::Several("Hòa Phong".to_owned())));
    }

    #[test]
    fn officers_may_belong_to_a_district_or_a_province() {
        let of = |told| place(&Names::default(), told, DAY, false).map(|unit| unit.name.as_str());
        assert_eq!(of(Told { code: "54", ..Told::default() }), Ok("units/54-20180507"));
        assert_eq!(
            of(Told { district: "Tuy An", province: "tỉnh Phú Yên", ..Told::default() }),
            Ok("units/559-20180507")
        );
        assert_eq!(of(Told { province: "Phú Yên", ..Told::default() }), Ok("units/54-20180507"));
    }
}
