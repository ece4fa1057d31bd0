//! The RPCs whose shape other systems count on: names, fields, numbers and types as `contract.md` fixes them. Fields may
//! be added; what stands here stays.

use prost_reflect::{Cardinality, FieldDescriptor, Kind};
use proto::pool;
use tests::surface::services;

use crate::none;

/// A message with the fields that are fixed. A number of 0 leaves the number open.
type Fixed = (&'static str, &'static [(u32, &'static str, &'static str)]);

const EVALUATION: &[Fixed] = &[
    (
        "GradeRequest",
        &[
            (1, "scorecard", "string"),
            (2, "marks", "repeated MemberMarks"),
            (3, "agreed_answers", "repeated Answer"),
            (4, "knockouts", "repeated RaisedKnockout"),
            (5, "spread_limit", "optional int32"),
        ],
    ),
    ("MemberMarks", &[(1, "member", "string"), (2, "answers", "repeated Answer")]),
    ("Answer", &[(1, "criterion", "string"), (2, "points", "optional int32"), (3, "option", "int32")]),
    ("RaisedKnockout", &[(1, "criterion", "string"), (2, "effect", "KnockoutEffect")]),
    (
        "GradeResponse",
        &[
            (1, "member_totals", "repeated MemberTotal"),
            (2, "mean", "string"),
            (3, "spread", "int32"),
            (4, "outcome", "Outcome"),
            (5, "band_stars", "int32"),
            (6, "stars", "int32"),
            (7, "failed_minimums", "repeated FailedMinimum"),
            (8, "scorecard_digest", "string"),
            (9, "scorecard_incomplete", "bool"),
        ],
    ),
    (
        "MemberTotal",
        &[
            (1, "member", "string"),
            (2, "total", "int32"),
            (3, "part_a", "int32"),
            (4, "part_b", "int32"),
            (5, "part_c", "int32"),
        ],
    ),
    (
        "FailedMinimum",
        &[(1, "stars", "int32"), (2, "criterion", "string"), (3, "required_points", "int32"), (4, "got", "string")],
    ),
    ("ResolveRegimeRequest", &[(0, "date", "Date")]),
];

const REGISTRY: &[Fixed] = &[
    ("GetUnitRequest", &[(1, "name", "string"), (2, "as_of", "Date")]),
    (
        "Unit",
        &[
            (0, "name", "string"),
            (0, "code", "string"),
            (0, "display_name", "string"),
            (0, "type", "UnitType"),
            (0, "level", "UnitLevel"),
            (0, "parent", "string"),
            (0, "valid_from", "Date"),
            (0, "valid_to", "Date"),
        ],
    ),
    (
        "ListUnitsRequest",
        &[
            (0, "parent", "string"),
            (0, "level", "UnitLevel"),
            (0, "as_of", "Date"),
            (0, "page_size", "int32"),
            (0, "page_token", "string"),
        ],
    ),
    ("MapUnitRequest", &[(0, "name", "string"), (0, "from_date", "Date"), (0, "to_date", "Date")]),
    (
        "UnitLink",
        &[
            (0, "unit", "string"),
            (0, "code", "string"),
            (0, "display_name", "string"),
            (0, "valid_from", "Date"),
            (0, "valid_to", "Date"),
            (0, "share", "Share"),
            (0, "default_target", "bool"),
        ],
    ),
    (
        "Producer",
        &[
            (0, "name", "string"),
            (0, "display_name", "string"),
            (0, "legal_form", "LegalForm"),
            (0, "tax_code", "string"),
            (0, "unit", "string"),
        ],
    ),
    ("MatchProducersRequest", &[(1, "display_name", "string"), (2, "tax_code", "string"), (3, "unit", "string")]),
    ("MatchProducersResponse", &[(0, "candidates", "repeated Candidate")]),
    (
        "Candidate",
        &[
            (0, "producer", "string"),
            (0, "score", "double"),
            (0, "verdict", "MatchVerdict"),
            (0, "reasons", "repeated MatchReason"),
        ],
    ),
];

/// Enums with the values that are fixed.
const ENUMS: &[(&str, &str)] = &[
    (
        "ocop.evaluation.v1.KnockoutEffect",
        "KNOCKOUT_EFFECT_DISQUALIFY KNOCKOUT_EFFECT_STOP_SCORING KNOCKOUT_EFFECT_PRECONDITION KNOCKOUT_EFFECT_NOT_ASSESSED",
    ),
    (
        "ocop.evaluation.v1.Outcome",
        "OUTCOME_GRADED OUTCOME_RESCORE_REQUIRED OUTCOME_DISQUALIFIED OUTCOME_STOPPED OUTCOME_NOT_ASSESSED",
    ),
    ("ocop.registry.v1.Share", "SHARE_WHOLE SHARE_PART"),
    ("ocop.registry.v1.MatchVerdict", "MATCH_VERDICT_SAME MATCH_VERDICT_POSSIBLE MATCH_VERDICT_DIFFERENT"),
    (
        "ocop.registry.v1.LegalForm",
        "LEGAL_FORM_COMPANY LEGAL_FORM_COOPERATIVE LEGAL_FORM_COOPERATIVE_GROUP LEGAL_FORM_HOUSEHOLD LEGAL_FORM_FARM \
         LEGAL_FORM_TOURISM_BODY",
    ),
];

/// Services with the methods that are fixed.
const METHODS: &[(&str, &str)] = &[
    ("ocop.evaluation.v1.RuleService", "ListRegimes GetRegime ResolveRegime ListScorecards GetScorecard Grade"),
    ("ocop.registry.v1.UnitService", "GetUnit ListUnits MapUnit"),
    (
        "ocop.registry.v1.ProducerService",
        "CreateProducer GetProducer ListProducers UpdateProducer DeleteProducer UndeleteProducer MatchProducers",
    ),
];

/// A field's type as the contract writes it.
fn type_of(field: &FieldDescriptor) -> String {
    let kind = match field.kind() {
        Kind::Message(m) => m.name().to_owned(),
        Kind::Enum(e) => e.name().to_owned(),
        kind => format!("{kind:?}").to_ascii_lowercase(),
    };
    let message = field.kind().as_message().is_some();
    match field.cardinality() {
        Cardinality::Repeated => format!("repeated {kind}"),
        _ if field.supports_presence() && !message && field.containing_oneof().is_some() => format!("optional {kind}"),
        _ => kind,
    }
}

/// What differs between a package and what is fixed of it.
fn differences(package: &str, fixed: &[Fixed]) -> Vec<String> {
    let mut faults = Vec::new();
    for (message, fields) in fixed {
        let name = format!("{package}.{message}");
        let Some(found) = pool().get_message_by_name(&name) else {
            faults.push(format!("{name}: does not exist"));
            continue;
        };
        for (number, field, kind) in *fields {
            match found.get_field_by_name(field) {
                None => faults.push(format!("{name}.{field}: does not exist")),
                Some(f) if *number != 0 && f.number() != *number => {
                    faults.push(format!("{name}.{field}: has number {}, not {number}", f.number()));
                }
                Some(f) if type_of(&f) != *kind => {
                    faults.push(format!("{name}.{field}: is {}, not {kind}", type_of(&f)))
                }
                Some(_) => {}
            }
        }
    }
    faults
}

#[test]
fn the_fixed_messages_have_their_fields_numbers_and_types() {
    let mut faults = differences("ocop.evaluation.v1", EVALUATION);
    faults.extend(differences("ocop.registry.v1", REGISTRY));
    none(&faults);
}

#[test]
fn the_fixed_enums_have_their_values() {
    let mut faults = Vec::new();
    for (name, values) in ENUMS {
        let kind = pool().get_enum_by_name(name).unwrap_or_else(|| panic!("there is no {name}"));
        let missing = values.split_whitespace().filter(|value| kind.get_value_by_name(value).is_none());
        faults.extend(missing.map(|value| format!("{name}: has no {value}")));
    }
    none(&faults);
}

#[test]
fn the_fixed_services_have_their_methods() {
    let mut faults = Vec::new();
    for (name, methods) in METHODS {
        let service = services(pool()).find(|s| s.full_name() == *name).unwrap_or_else(|| panic!("there is no {name}"));
        let missing = methods.split_whitespace().filter(|m| !service.methods().any(|found| found.name() == *m));
        faults.extend(missing.map(|method| format!("{name}: has no {method}")));
    }
    none(&faults);
}

#[test]
fn a_unit_is_mapped_to_a_list_of_links() {
    let map =
        services(pool()).find(|s| s.name() == "UnitService").and_then(|s| s.methods().find(|m| m.name() == "MapUnit"));
    let answer = map.expect("MapUnit exists").output();
    let links: Vec<String> = answer.fields().map(|f| type_of(&f)).collect();
    assert!(links.contains(&"repeated UnitLink".to_owned()), "{links:?}");
}

#[test]
fn a_missing_field_a_wrong_number_and_a_wrong_type_are_told() {
    let planted: &[Fixed] = &[
        ("Answer", &[(1, "criterion", "int32"), (3, "points", "optional int32"), (0, "colour", "string")]),
        ("Nobody", &[]),
    ];
    let found = differences("ocop.evaluation.v1", planted);
    let told = [
        "criterion: is string, not int32",
        "points: has number 2, not 3",
        "colour: does not exist",
        "Nobody: does not exist",
    ];
    assert_eq!(found.len(), told.len(), "{found:?}");
    for (found, told) in found.iter().zip(told) {
        assert!(found.ends_with(told), "{found:?} {told:?}");
    }
}
