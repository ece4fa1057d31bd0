//! Norms between the wire, the rows and the reference data.

use kit::{Error, Page, Violations, day, instant, name};
use proto::budget::v1::{self as pb, ErrorReason};
use proto::common::v1::ErrorReason as Common;
use reference::norms::{AreaClass, Areas, Norm, NormKind, NormUnit};
use reference::units;
use reference::wire::{title, unit_on};
use time::Date;
use uuid::Uuid;

use super::domain::{Cut, NewNorm};
use super::store;
use crate::estimates::lines::Category;
use crate::shared::wire::text;

/// A norm that is named.
pub enum Named {
    /// Of the reference data.
    Reference(&'static Norm),
    /// Of a unit.
    Own(Uuid),
    /// Of nobody.
    Nobody(String),
}

/// A norm to be ended.
pub struct End {
    /// The norm.
    pub id: Uuid,
    /// Its last day.
    pub last: Date,
}

/// Reads a request.
pub fn list_norms(req: &pb::ListNormsRequest, v: &mut Violations) -> Option<(Cut, Page)> {
    let as_of = v.date("as_of", req.as_of.as_ref());
    let path = (!req.unit.is_empty()).then(|| units::path(&req.unit));
    if path == Some(None) {
        v.add("unit", Common::UnitUnknown, &[("unit", &req.unit)]);
    }
    let numbers = [req.kind, req.category, req.area_class].map(|n| n.to_string()).join(" ");
    let iso = as_of.map(day::iso).unwrap_or_default();
    let page = v.page(req.page_size, &req.page_token, &[&iso, &req.unit, &numbers]);
    let cut = Cut {
        as_of: as_of?,
        path: path.flatten(),
        kind: NormKind::of_number(req.kind),
        category: Category::of_number(req.category),
        areas: areas(&[req.area_class]),
    };
    Some((cut, page?))
}

/// Classes of areas; numbers that are none were found by the contract's own check.
fn areas(numbers: &[i32]) -> Areas {
    let classes: Vec<AreaClass> = numbers.iter().filter_map(|number| AreaClass::of_number(*number)).collect();
    Areas::of(&classes)
}

/// Reads a request.
pub fn get_norm(req: &pb::GetNormRequest, v: &mut Violations) -> Option<Named> {
    let Some(id) = req.name.strip_prefix("norms/") else {
        if !v.has("name") {
            v.add("name", Common::FieldFormat, &[("expected", "norms/<id>")]);
        }
        return None;
    };
    let own = name::parse(&req.name, "norms").map(Named::Own);
    let reference = || reference::norms::get(id).map(Named::Reference);
    Some(own.or_else(reference).unwrap_or_else(|| Named::Nobody(req.name.clone())))
}

/// Reads a request.
pub fn create_norm(req: &pb::CreateNormRequest, v: &mut Violations) -> Option<NewNorm> {
    let norm = req.norm.as_ref()?;
    let valid_from = v.date("norm.valid_from", norm.valid_from.as_ref());
    let valid_to = v.opt_date("norm.valid_to", norm.valid_to.as_ref());
    if let (Some(from), Some(Some(to))) = (valid_from, valid_to)
        && to < from
    {
        v.add("norm.valid_to", Common::DateOrder, &[("detail", "valid_from, valid_to")]);
    }
    let owner = unit_on(v, "norm.owner_unit", &norm.owner_unit, ("norm.valid_from", valid_from));
    let name_vi = title(v, "norm.display_name_vi", &norm.display_name_vi);
    let legal_reference = title(v, "norm.legal_reference", &norm.legal_reference);
    let name_en = text(v, "norm.display_name_en", &norm.display_name_en);
    let source = text(v, "norm.source", &norm.source);
    for (at, class) in norm.area_classes.iter().enumerate() {
        if *class == 0 {
            v.add(format!("norm.area_classes[{at}]"), Common::FieldRequired, &[]);
        }
    }
    let new = NewNorm {
        owner: owner?,
        name_vi: name_vi?,
        name_en: name_en?,
        kind: NormKind::of_number(norm.kind)?,
        amount_vnd: norm.amount_vnd,
        ceiling: norm.ceiling,
        unit: NormUnit::of_number(norm.unit)?,
        category: Category::of_number(norm.category),
        areas: areas(&norm.area_classes),
        stars: norm.stars,
        legal_reference: legal_reference?,
        verified: norm.verified,
        valid_from: valid_from?,
        valid_to: valid_to?,
        source: source?,
        sample: norm.sample,
    };
    if let Some(limit) = new.exceeds() {
        let met = [("amount", new.amount_vnd.to_string()), ("limit", limit.amount_vnd.to_string())];
        let [amount, most] = met.each_ref().map(|(key, value)| (*key, value.as_str()));
        v.add("norm.amount_vnd", ErrorReason::NormAboveCeiling, &[amount, most, ("norm", &name_of(&limit.id))]);
    }
    Some(new)
}

/// Reads a request.
pub fn end_norm(req: &pb::EndNormRequest, v: &mut Violations) -> Option<End> {
    let id = v.name("name", &req.name, "norms");
    let last = v.date("valid_to", req.valid_to.as_ref());
    Some(End { id: id?, last: last? })
}

/// The name of a norm.
#[must_use]
pub fn name_of(id: &str) -> String {
    format!("norms/{id}")
}

/// The ids of norms of units that lines name.
#[must_use]
pub fn own_ids(lines: &[pb::EstimateLine]) -> Vec<Uuid> {
    let norm = |line: &pb::EstimateLine| match &line.cost {
        Some(pb::estimate_line::Cost::NormCost(cost)) => name::parse(&cost.norm, "norms"),
        _ => None,
    };
    let mut ids: Vec<Uuid> = lines.iter().filter_map(norm).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// ALREADY_EXISTS NORM_OVERLAPS.
#[must_use]
pub fn overlaps(id: Uuid) -> Error {
    let name = name_of(&id.to_string());
    Error::exists_as(ErrorReason::NormOverlaps, &name).with("norm", name)
}

/// FAILED_PRECONDITION NORM_ENDED.
#[must_use]
pub fn ended(id: Uuid, last: Date) -> Error {
    let refusal = Error::refused(ErrorReason::NormEnded).with("norm", name_of(&id.to_string()));
    refusal.with("date", day::text(last))
}

/// A norm of the reference data as it is answered.
#[must_use]
pub fn reference(norm: &Norm) -> pb::Norm {
    pb::Norm {
        name: name_of(&norm.id),
        display_name_vi: norm.name_vi.clone(),
        display_name_en: norm.name_en.clone(),
        amount_vnd: norm.amount_vnd,
        ceiling: norm.ceiling,
        unit: norm.unit.number(),
        legal_reference: norm.legal_reference.clone(),
        verified: norm.verified,
        valid_from: Some(day::pb(norm.valid_from)),
        valid_to: norm.valid_to.map(day::pb),
        kind: norm.kind.number(),
        category: Category::of(&norm.category).map_or(0, Category::number),
        area_classes: norm.areas.classes().into_iter().map(AreaClass::number).collect(),
        owner_unit: norm.owner_unit().map(|unit| unit.name.clone()).unwrap_or_default(),
        stars: norm.stars,
        source: norm.source.clone(),
        sample: false,
        create_time: None,
    }
}

/// A norm of a unit as it is answered.
#[must_use]
pub fn own(norm: store::Norm) -> pb::Norm {
    pb::Norm {
        name: name_of(&norm.id.to_string()),
        display_name_vi: norm.name_vi,
        display_name_en: norm.name_en,
        amount_vnd: norm.amount_vnd,
        ceiling: norm.ceiling,
        unit: norm.unit,
        legal_reference: norm.legal_reference,
        verified: norm.verified,
        valid_from: Some(day::pb(norm.valid_from)),
        valid_to: norm.valid_to.map(day::pb),
        kind: norm.kind,
        category: Category::of(&norm.category).map_or(0, Category::number),
        area_classes: Areas::of_bits(norm.areas).classes().into_iter().map(AreaClass::number).collect(),
        owner_unit: norm.owner_unit,
        stars: norm.stars,
        source: norm.source,
        sample: norm.sample,
        create_time: Some(instant::pb(norm.create_us)),
    }
}

/// What the others are told of a norm.
#[must_use]
pub fn recorded(norm: &store::Norm) -> pb::NormRecorded {
    pb::NormRecorded {
        norm: name_of(&norm.id.to_string()),
        valid_from: Some(day::pb(norm.valid_from)),
        valid_to: norm.valid_to.map(day::pb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_norms_have_the_contracts_names_and_numbers() {
        for unit in NormUnit::ALL {
            let name = pb::NormUnit::try_from(unit.number()).unwrap().as_str_name();
            assert_eq!(name, format!("NORM_UNIT_{}", unit.word().to_uppercase()));
        }
        for kind in NormKind::ALL {
            let name = pb::NormKind::try_from(kind.number()).unwrap().as_str_name();
            assert_eq!(name, format!("NORM_KIND_{}", kind.word().to_uppercase()));
        }
        for class in AreaClass::ALL {
            let name = pb::AreaClass::try_from(class.number()).unwrap().as_str_name();
            assert_eq!(name, format!("AREA_CLASS_{}", class.word().to_uppercase()));
        }
    }
}
