//! Card files as they are written. Unknown keys are errors: what is in a file is either read or refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use time::Date;

use super::{
    Card, CardOption, Criterion, Group, Heading, Knockout, Ladder, MissingSet, Part, Section, Select, Status,
    Verification, checks,
};
use crate::regimes::{self, PartMaxima, Regime};

const SCHEMA: &str = "ocop-scorecard/1";
const INDEX: &str = include_str!("../../data/scorecards/index.yaml");

macro_rules! embed {
    ($($id:literal,)*) => {
        &[$(($id, include_str!(concat!("../../data/scorecards/", $id, ".yaml"))),)*]
    };
}

/// Id and bytes of every card.
const FILES: &[(&str, &str)] = embed![
    "q1048-ca-phe-ca-cao",
    "q1048-che-bien-tu-gao-ngu-coc",
    "q1048-che-bien-tu-rau-cu-qua-hat",
    "q1048-che-bien-tu-thit-trung-sua",
    "q1048-che-bien-tu-thuy-hai-san",
    "q1048-che-tuoi-che-bien",
    "q1048-do-an-nhanh",
    "q1048-do-uong-co-con-khac",
    "q1048-do-uong-khong-con",
    "q1048-du-lich-cong-dong-diem-du-lich",
    "q1048-gia-vi-khac",
    "q1048-mat-ong-mat-khac",
    "q1048-my-pham",
    "q1048-nuoc-khoang-nuoc-uong-tinh-khiet",
    "q1048-rau-cu-qua-hat-tuoi",
    "q1048-ruou-trang",
    "q1048-san-pham-khac-tu-che-tra",
    "q1048-thao-duoc-khac",
    "q1048-thit-trung-sua-tuoi",
    "q1048-thu-cong-my-nghe-gia-dung",
    "q1048-thu-cong-my-nghe-trang-tri",
    "q1048-thuc-pham-chuc-nang-thuoc-duoc-lieu",
    "q1048-trang-thiet-bi-dung-cu-y-te",
    "q1048-tuong-nuoc-mam-gia-vi-long",
    "q1048-vai-may-mac",
    "q26-ca-phe-ca-cao",
    "q26-cay-canh",
    "q26-che-bien-tu-gao-ngu-coc",
    "q26-che-bien-tu-rau-cu-qua-hat",
    "q26-che-bien-tu-thit-thuy-san-trung-sua",
    "q26-che-tuoi-che-bien",
    "q26-do-an-nhanh",
    "q26-do-uong-co-con-khac",
    "q26-do-uong-khong-con-khac",
    "q26-dong-vat-canh",
    "q26-du-lich-cong-dong-sinh-thai",
    "q26-gao-ngu-coc-hat-so-che",
    "q26-gia-vi-khac",
    "q26-hoa",
    "q26-mat-ong-mat-khac",
    "q26-my-pham-tu-duoc-lieu",
    "q26-nuoc-khoang-nuoc-uong-dong-chai",
    "q26-rau-cu-qua-hat-tuoi",
    "q26-ruou-trang",
    "q26-thit-thuy-san-trung-sua-tuoi",
    "q26-thu-cong-my-nghe",
    "q26-thuc-pham-chuc-nang-thuoc",
    "q26-tinh-dau-duoc-lieu-khac",
    "q26-tra-tu-thuc-vat-khac",
    "q26-tuong-nuoc-mam-gia-vi-long",
    "q26-vai-may-mac",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    scorecards: Vec<IndexRow>,
    missing: Vec<MissingRow>,
}

/// What the index says of a card; it must agree with the card.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndexRow {
    pub(super) id: String,
    pub(super) file: String,
    pub(super) regime: String,
    pub(super) name_vi: String,
    pub(super) group: Group,
    pub(super) sum: i32,
    pub(super) status: Status,
    pub(super) caveats: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MissingRow {
    regime: String,
    set: String,
    reason: String,
}

/// One card file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardFile {
    schema: String,
    id: String,
    set_no: Option<u32>,
    name_vi: String,
    name_en: String,
    group: Group,
    subgroup_en: String,
    lead_ministry: Option<String>,
    #[serde(default)]
    lead_ministries: Vec<String>,
    pub(super) regime: String,
    #[serde(deserialize_with = "crate::regimes::date")]
    in_force_from: Date,
    #[serde(deserialize_with = "crate::regimes::optional_date")]
    in_force_to: Option<Date>,
    max_total: i32,
    sum_of_option_maxima: i32,
    part_maxima: PartMaxima,
    pub(super) criteria_count: Option<usize>,
    pub(super) star_minimum_marks: Option<BTreeMap<u8, usize>>,
    samples_required: Option<u32>,
    status: Status,
    #[serde(default)]
    dossier_disqualified_when: Vec<String>,
    verification: Verification,
    parts: Vec<PartFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartFile {
    id: String,
    name_vi: String,
    name_en: String,
    max: i32,
    sections: Vec<SectionFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionFile {
    id: String,
    name_vi: String,
    name_en: String,
    max: i32,
    criteria: Vec<CriterionFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CriterionFile {
    id: String,
    name_vi: String,
    name_en: String,
    max: i32,
    none_applies_points: Option<i32>,
    answer_required: bool,
    mandatory: bool,
    #[serde(default)]
    star_minimum: BTreeMap<u8, i32>,
    #[serde(default)]
    knockouts: Vec<Knockout>,
    #[serde(default)]
    notes: Vec<String>,
    select: Select,
    #[serde(default)]
    options: Vec<OptionFile>,
    #[serde(default)]
    cases: Vec<CaseFile>,
    under: Option<String>,
    under_en: Option<String>,
    under_max: Option<i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    id: String,
    options: Vec<OptionFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionFile {
    points: i32,
    label_en: String,
    star_minimum: Option<u8>,
}

/// Reads the index and every card that can be read.
pub(super) fn read_all(faults: &mut Vec<String>) -> (Vec<Card>, Vec<MissingSet>) {
    let mut cards = Vec::new();
    for (id, text) in FILES {
        match serde_saphyr::from_str::<CardFile>(text) {
            Ok(file) => {
                if file.schema != SCHEMA || file.id != *id {
                    faults.push(format!("{id}: the file is of schema {} and id {}", file.schema, file.id));
                }
                let Some(regime) = regime_of(&file.regime) else {
                    faults.push(format!("{id}: {} is no known regime", file.regime));
                    continue;
                };
                let (count, marks) = (file.criteria_count, file.star_minimum_marks.clone());
                let card = into_card(file, regime, hex::encode(Sha256::digest(text.as_bytes())));
                checks::header(&card, regime, count, marks, faults);
                cards.push(card);
            }
            Err(error) => faults.push(format!("{id}: {error}")),
        }
    }
    let missing = match serde_saphyr::from_str::<Index>(INDEX) {
        Ok(index) => {
            checks::index(&index.scorecards, &cards, faults);
            missing(index.missing, faults)
        }
        Err(error) => {
            faults.push(format!("scorecards/index.yaml: {error}"));
            Vec::new()
        }
    };
    (cards, missing)
}

fn missing(rows: Vec<MissingRow>, faults: &mut Vec<String>) -> Vec<MissingSet> {
    let mut sets = Vec::new();
    for row in rows {
        match regime_of(&row.regime) {
            Some(regime) => sets.push(MissingSet { regime_id: regime.id.clone(), set: row.set, reason: row.reason }),
            None => faults.push(format!("scorecards/index.yaml: {} is no known regime", row.regime)),
        }
    }
    sets
}

/// Cards and index name their regime by the decision's number, with the year and amendments behind it.
pub(super) fn regime_of(title: &str) -> Option<&'static Regime> {
    let number = title.split(' ').next()?;
    regimes::all().iter().find(|regime| regime.decision == number)
}

fn into_card(file: CardFile, regime: &Regime, digest: String) -> Card {
    Card {
        id: file.id,
        set_no: file.set_no,
        name_vi: file.name_vi,
        name_en: file.name_en,
        group: file.group,
        subgroup_en: file.subgroup_en,
        lead_ministries: file.lead_ministry.into_iter().chain(file.lead_ministries).collect(),
        regime_id: regime.id.clone(),
        in_force_from: file.in_force_from,
        in_force_to: file.in_force_to,
        max_total: file.max_total,
        sum_of_option_maxima: file.sum_of_option_maxima,
        part_maxima: file.part_maxima,
        status: file.status,
        verification: file.verification,
        dossier_disqualified_when: file.dossier_disqualified_when,
        samples_required: file.samples_required,
        bands: regime.bands.clone(),
        parts: file.parts.into_iter().map(into_part).collect(),
        digest,
    }
}

fn into_part(file: PartFile) -> Part {
    let sections = file.sections.into_iter().map(|section| Section {
        id: section.id,
        name_vi: section.name_vi,
        name_en: section.name_en,
        max: section.max,
        criteria: section.criteria.into_iter().map(into_criterion).collect(),
    });
    Part { id: file.id, name_vi: file.name_vi, name_en: file.name_en, max: file.max, sections: sections.collect() }
}

fn into_criterion(file: CriterionFile) -> Criterion {
    let single = (!file.options.is_empty()).then_some((None, file.options));
    let cases = file.cases.into_iter().map(|case| (Some(case.id), case.options));
    let mut position = 0;
    let mut ladders = Vec::new();
    for (case, options) in single.into_iter().chain(cases) {
        let mut ladder = Ladder { case, options: Vec::new() };
        for OptionFile { points, label_en, star_minimum } in options {
            position += 1;
            ladder.options.push(CardOption { position, points, label_en, star_minimum });
        }
        ladders.push(ladder);
    }
    let (name_en, max) = (file.under_en, file.under_max);
    Criterion {
        id: file.id,
        name_vi: file.name_vi,
        name_en: file.name_en,
        max: file.max,
        none_applies_points: file.none_applies_points,
        answer_required: file.answer_required,
        mandatory: file.mandatory,
        star_minimum: file.star_minimum,
        knockouts: file.knockouts,
        notes: file.notes,
        select: file.select,
        under: file.under.map(|name_vi| Heading { name_vi, name_en, max }),
        ladders,
    }
}
