use std::time::Instant;

use proptest::prelude::*;
use prost_reflect::DynamicMessage;
use serde_json::json;

use super::fixture::{Case, Wanted, cases, check_in, field, output, pool, required, rules};
use super::*;

use ErrorReason::{
    DateInvalid as Day, EnumUnknown as Unknown, FieldFormat as Form_, FieldLength as Length, FieldRange as Range,
    FieldRequired as Required, RequestIdMalformed as RequestId, TextUnclean as Unclean,
};

#[test]
fn required_fields_must_say_something() {
    let missing: &[Wanted<'_>] = &[("f", Required, "")];
    cases("ocop.t1", "string", required(), &[(json!(null), missing), (json!(""), missing), (json!("x"), &[])]);
    cases("ocop.t2", "optional string", required(), &[(json!(null), missing), (json!(""), missing), (json!("x"), &[])]);
    cases("ocop.t3", "bytes", required(), &[(json!(null), missing), (json!("AA=="), &[])]);
    cases("ocop.t4", "enum .kind", required(), &[(json!(null), missing), (json!(0), missing), (json!(1), &[])]);
    cases(
        "ocop.t5",
        "repeated string",
        required(),
        &[(json!(null), missing), (json!([]), missing), (json!(["x"]), &[])],
    );
    cases("ocop.t6", "repeated .entry", required(), &[(json!(null), missing), (json!({"a": 1}), &[])]);
    cases(
        "ocop.t7",
        ".google.type.Date",
        required(),
        &[(json!(null), missing), (json!({}), missing), (json!({"year": 2021, "month": 6, "day": 30}), &[])],
    );
    cases("ocop.t8", ".google.protobuf.FieldMask", required(), &[(json!(null), missing), (json!("a"), &[])]);
    // A number without presence cannot be missed.
    cases("ocop.t9", "int32", required(), &[(json!(null), &[]), (json!(0), &[])]);
    cases("ocop.t10", "bool", required(), &[(json!(null), &[])]);
    cases("ocop.t11", "optional int32", required(), &[(json!(null), missing), (json!(0), &[]), (json!(7), &[])]);
    cases("ocop.t12", "optional bool", required(), &[(json!(null), missing), (json!(false), &[])]);
}

#[test]
fn texts_have_a_length_in_characters() {
    let wrong: &[Wanted<'_>] = &[("f", Length, "expected=2..4")];
    cases(
        "ocop.l1",
        "string",
        rules(json!({"string": {"minLen": 2, "maxLen": 4}})),
        &[
            (json!(null), &[]),
            (json!(""), &[]),
            (json!("a"), wrong),
            (json!("ẽ"), wrong),
            (json!("ab"), &[]),
            (json!("Phở đ"), wrong),
            (json!("Tuyế"), &[]),
            (json!("abcde"), wrong),
        ],
    );
    cases(
        "ocop.l2",
        "string",
        rules(json!({"string": {"maxLen": 3}})),
        &[(json!("đđđ"), &[]), (json!("đđđđ"), &[("f", Length, "expected=<= 3")])],
    );
    cases(
        "ocop.l3",
        "repeated string",
        rules(json!({"repeated": {"items": {"string": {"minLen": 1, "maxLen": 3}}}})),
        &[(json!(["abc", "", "abcd"]), &[("f[1]", Length, "expected=1..3"), ("f[2]", Length, "expected=1..3")])],
    );
}

#[test]
fn texts_have_a_form() {
    let digits = "^[0-9]{10}(-[0-9]{3})?$";
    let wrong: &[Wanted<'_>] = &[("f", Form_, "expected=^[0-9]{10}(-[0-9]{3})?$")];
    cases(
        "ocop.f1",
        "string",
        rules(json!({"string": {"pattern": digits}})),
        &[
            (json!(""), &[]),
            (json!("0123456789"), &[]),
            (json!("0123456789-001"), &[]),
            (json!("012345678"), wrong),
            (json!("0123456789\n"), &[("f", Unclean, ""), wrong[0]]),
        ],
    );
    let uuid: &[Wanted<'_>] = &[("f", Form_, "expected=UUID")];
    cases(
        "ocop.f2",
        "string",
        rules(json!({"string": {"uuid": true}})),
        &[
            (json!("018f0000-0000-7000-8000-00000000abcD"), &[]),
            (json!("018f000000007000800000000000abcd"), uuid),
            (json!("{018f0000-0000-7000-8000-00000000abcd}"), uuid),
            (json!("x"), uuid),
        ],
    );
    cases(
        "ocop.f3",
        "string",
        rules(json!({"string": {"in": ["a", "b"]}})),
        &[(json!("b"), &[]), (json!("c"), &[("f", Form_, "expected=a | b")])],
    );
    cases(
        "ocop.f4",
        "string",
        rules(json!({"string": {"pattern": "^a", "maxLen": 2}})),
        &[(json!("bcd"), &[("f", Length, "expected=<= 2"), ("f", Form_, "expected=^a")])],
    );
    let pool = pool("ocop.f5", vec![field("request_id", 1, "string", rules(json!({"string": {"uuid": true}})))]);
    assert_eq!(check_in(&pool, "ocop.f5", json!({"request_id": ""})), []);
    let malformed = ("request_id".to_owned(), RequestId, String::new());
    assert_eq!(check_in(&pool, "ocop.f5", json!({"request_id": "1"})), [malformed]);
}

#[test]
fn texts_hold_no_characters_that_nobody_sees() {
    let unclean: &[Wanted<'_>] = &[("f", Unclean, "")];
    let bad =
        ["a\u{0}", "\u{7f}", "\u{85}", "a\rb", "\u{202e}gpj.exe", "\u{2066}x", "\u{200e}", "đ\u{200f}", "\u{61c}"];
    let clean = ["Nước mắm", "cá ngừ đại dương – 4 sao ★", "\u{200b}", "👩‍🌾"];
    for (package, options, lines) in [
        ("ocop.c1", json!({}), false),
        ("ocop.c2", rules(json!({"string": {"maxLen": 300}})), false),
        ("ocop.c3", rules(json!({"string": {"maxLen": 301}})), true),
    ] {
        let mut all: Vec<Case<'_>> = Vec::new();
        all.extend(bad.iter().map(|text| (json!(text), unclean)));
        all.extend(clean.iter().map(|text| (json!(text), &[][..])));
        all.extend(["a\tb", "một\nhai"].iter().map(|text| (json!(text), if lines { &[][..] } else { unclean })));
        cases(package, "string", options, &all);
    }
    cases("ocop.c4", "repeated .entry", json!({}), &[(json!({"ok": 1, "\u{0}x": 1}), &[("f[\"\\0x\"]", Unclean, "")])]);
    cases("ocop.c5", "repeated string", json!({}), &[(json!(["a", "\u{1}"]), &[("f[1]", Unclean, "")])]);
}

#[test]
fn numbers_lie_in_their_range() {
    cases(
        "ocop.n1",
        "int32",
        rules(json!({"int32": {"gte": 1}})),
        &[
            (json!(null), &[("f", Range, "expected=>= 1")]),
            (json!(1), &[]),
            (json!(-1), &[("f", Range, "expected=>= 1")]),
        ],
    );
    cases(
        "ocop.n2",
        "int64",
        rules(json!({"int64": {"gt": "0", "lt": "10"}})),
        &[(json!("10"), &[("f", Range, "expected=1..9")]), (json!("9"), &[])],
    );
    cases(
        "ocop.n3",
        "int64",
        rules(json!({"int64": {"lte": "9223372036854775807"}})),
        &[(json!("9223372036854775807"), &[])],
    );
    cases("ocop.n4", "uint32", rules(json!({"uint32": {"lte": 5}})), &[(json!(6), &[("f", Range, "expected=<= 5")])]);
    cases(
        "ocop.n5",
        "int32",
        rules(json!({"int32": {"gt": 5}, "ignore": "IGNORE_IF_ZERO_VALUE"})),
        &[(json!(0), &[]), (json!(5), &[("f", Range, "expected=> 5")])],
    );
    cases(
        "ocop.n6",
        "optional int32",
        rules(json!({"int32": {"gt": 5}})),
        &[(json!(null), &[]), (json!(0), &[("f", Range, "expected=> 5")])],
    );
    cases("ocop.n7", "int32", rules(json!({"int32": {"gt": 5}, "ignore": "IGNORE_ALWAYS"})), &[(json!(1), &[])]);
    cases(
        "ocop.n8",
        "repeated int32",
        rules(json!({"repeated": {"items": {"int32": {"gte": 1}}}})),
        &[(json!([1, 0]), &[("f[1]", Range, "expected=>= 1")])],
    );
}

#[test]
fn lists_have_their_number_of_items() {
    cases(
        "ocop.r1",
        "repeated int32",
        rules(json!({"repeated": {"minItems": "1", "maxItems": "2"}})),
        &[
            (json!(null), &[("f", Range, "expected=1..2")]),
            (json!([1]), &[]),
            (json!([1, 2, 3]), &[("f", Range, "expected=1..2")]),
        ],
    );
    let both =
        json!({"[google.api.field_behavior]": ["REQUIRED"], "[buf.validate.field]": {"repeated": {"minItems": "2"}}});
    cases(
        "ocop.r2",
        "repeated int32",
        both,
        &[(json!([]), &[("f", Required, "")]), (json!([1]), &[("f", Range, "expected=>= 2")])],
    );
    cases(
        "ocop.r3",
        "repeated int32",
        rules(json!({"repeated": {"minItems": "2"}, "ignore": "IGNORE_IF_ZERO_VALUE"})),
        &[(json!([]), &[]), (json!([1]), &[("f", Range, "expected=>= 2")])],
    );
    let entries = json!({"map": {"maxPairs": "1", "keys": {"string": {"maxLen": 2}}, "values": {"int32": {"gte": 0}}}});
    cases(
        "ocop.r4",
        "repeated .entry",
        rules(entries),
        &[
            (json!({"a": 1}), &[]),
            (
                json!({"b": -1, "abc": 1}),
                &[
                    ("f", Range, "expected=<= 1"),
                    ("f[\"abc\"]", Length, "expected=<= 2"),
                    ("f[\"b\"]", Range, "expected=>= 0"),
                ],
            ),
        ],
    );
}

#[test]
fn enum_numbers_are_known() {
    cases("ocop.e1", "enum .kind", json!({}), &[(json!(1), &[]), (json!(7), &[("f", Unknown, "value=7")])]);
    cases(
        "ocop.e2",
        "enum .kind",
        rules(json!({"enum": {"definedOnly": true}})),
        &[(json!(-1), &[("f", Unknown, "value=-1")])],
    );
    cases("ocop.e3", "repeated enum .kind", json!({}), &[(json!([1, 9, 0]), &[("f[1]", Unknown, "value=9")])]);
}

#[test]
fn a_day_must_be_one_that_exists() {
    let date = |year: i32, month: i32, day: i32| json!({"year": year, "month": month, "day": day});
    let wrong: &[Wanted<'_>] = &[("f", Day, "")];
    cases(
        "ocop.d1",
        ".google.type.Date",
        json!({}),
        &[
            (json!(null), &[]),
            (date(0, 0, 0), &[]),
            (date(2024, 2, 29), &[]),
            (date(9999, 12, 31), &[]),
            (date(2023, 2, 29), wrong),
            (date(2021, 13, 1), wrong),
            (date(2021, 6, 31), wrong),
            (date(2021, 6, 0), wrong),
            (date(2021, 0, 0), wrong),
            (date(0, 6, 30), wrong),
            (date(10_000, 1, 1), wrong),
            (date(-1, 1, 1), wrong),
            (date(2021, 262, 1), wrong),
            (date(2021, i32::MAX, i32::MIN), wrong),
        ],
    );
    cases(
        "ocop.d2",
        "repeated .google.type.Date",
        json!({}),
        &[(json!([date(2021, 1, 1), date(2021, 2, 30)]), &[("f[1]", Day, "")])],
    );
}

#[test]
fn messages_are_followed_to_any_depth_and_outputs_are_not() {
    let fields = vec![
        field("name", 1, "string", required()),
        field("child", 2, ".x", json!({})),
        field("children", 3, "repeated .x", json!({})),
        field("state", 4, "enum .kind", output()),
        field("made_by", 5, "string", output()),
        field("parts", 6, "repeated .x", output()),
    ];
    let pool = pool("ocop.m1", fields);
    let missing = |path: &str| (path.to_owned(), Required, String::new());
    let found = check_in(
        &pool,
        "ocop.m1",
        json!({
            "name": "a", "state": 99, "made_by": "\u{0}", "parts": [{}],
            "child": {"child": {"name": "b", "children": [{"name": "c"}, {}]}},
        }),
    );
    assert_eq!(found, [missing("child.name"), missing("child.child.children[1].name")]);
}

#[test]
fn an_update_demands_what_its_mask_names() {
    let fields = vec![
        field("item", 1, ".x", json!({})),
        field("update_mask", 2, ".google.protobuf.FieldMask", json!({})),
        field("name", 3, "string", required()),
        field("title", 4, "string", required()),
        field("place", 5, ".x", required()),
        field("short", 6, "string", rules(json!({"string": {"maxLen": 1}}))),
        field("fixed", 7, "string", json!({"[google.api.field_behavior]": ["REQUIRED", "IMMUTABLE"]})),
    ];
    let pool = pool("ocop.u1", fields);
    let paths = |item: serde_json::Value, mask: serde_json::Value| -> Vec<String> {
        let inner = json!({"item": item, "update_mask": mask, "name": "n", "title": "t", "fixed": "f", "place": {
            "name": "n", "title": "t", "fixed": "f", "place": {"name": "n", "title": "t", "fixed": "f"}
        }});
        let found = check_in(&pool, "ocop.u1", inner);
        found.into_iter().map(|(path, ..)| path).filter(|p| p.starts_with("item")).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(paths(json!({}), json!("")), none, "without a mask the fields that are set are meant");
    assert_eq!(paths(json!({}), json!("*")), ["item.name", "item.title", "item.place"], "and nothing immutable");
    assert_eq!(paths(json!({}), json!("title")), ["item.title"]);
    assert_eq!(paths(json!({"title": "x"}), json!("title")), none);
    assert_eq!(paths(json!({"short": "xy"}), json!("title")), ["item.title", "item.short"], "what is there is checked");
}

#[test]
fn a_thousand_violations_are_enough() {
    let pool = pool("ocop.s1", vec![field("f", 1, "repeated string", json!({}))]);
    let texts: Vec<&str> = vec!["\u{0}"; 5000];
    assert_eq!(check_in(&pool, "ocop.s1", json!({"f": texts})).len(), 1000);
}

#[test]
fn rules_that_nobody_would_check_are_named() {
    let fields = vec![
        field("a", 1, "string", rules(json!({"string": {"email": true, "maxLen": 5}}))),
        field("b", 2, "double", rules(json!({"double": {"gt": 1.0}}))),
        field("c", 3, "int32", rules(json!({"int64": {"gt": "1"}}))),
        field(
            "d",
            4,
            "repeated string",
            rules(json!({"repeated": {"unique": true, "items": {"string": {"prefix": "x"}}}})),
        ),
        field("e", 5, "string", rules(json!({"cel": [{"id": "x", "expression": "true"}], "required": true}))),
        field("g", 6, "string", rules(json!({"string": {"pattern": "("}}))),
        field("h", 7, "int32", rules(json!({"int32": {"gt": 5, "lt": 5}}))),
        field("i", 8, "enum .kind", rules(json!({"enum": {"notIn": [0]}}))),
        field("j", 9, "bytes", rules(json!({"bytes": {"maxLen": "1"}}))),
    ];
    let pool = pool("ocop.z1", fields);
    let mut found: Vec<String> = unsupported(&pool).into_iter().filter(|f| f.starts_with("ocop.z1.")).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "ocop.z1.M.a: string.email",
            "ocop.z1.M.b: double",
            "ocop.z1.M.c: int64",
            "ocop.z1.M.d: repeated.unique",
            "ocop.z1.M.d: string.prefix",
            "ocop.z1.M.e: cel",
            "ocop.z1.M.e: required",
            "ocop.z1.M.g: string.pattern that is no regular expression",
            "ocop.z1.M.h: int32 of an empty range",
            "ocop.z1.M.i: enum.not_in",
            "ocop.z1.M.j: bytes",
        ]
    );
    let refused = check_in(&pool, "ocop.z1", json!({"g": "x", "h": 5}));
    assert!(
        refused.contains(&("g".to_owned(), Form_, "expected=(".to_owned())),
        "what cannot be checked does not pass"
    );
}

#[test]
fn every_rule_of_our_packages_is_checked() {
    assert!(proto::pool().all_messages().any(|m| m.package_name() == "ocop.common.v1"));
    assert_eq!(unsupported(proto::pool()), [""; 0]);
}

proptest! {
    #[test]
    fn any_day_is_read_as_the_calendar_reads_it(year in -5i32..10_005, month in -2i32..15, day in -2i32..34) {
        let type_ = proto::pool().get_message_by_name("google.type.Date").unwrap();
        let mut date = DynamicMessage::new(type_);
        date.transcode_from(&proto::google::r#type::Date { year, month, day }).unwrap();
        let wanted = (1..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1
            && day <= i32::from(Month::try_from(month as u8).unwrap().length(year));
        prop_assert_eq!(super::day(&date).is_some(), wanted);
    }
}

#[test]
fn what_a_check_costs() {
    let fields = vec![
        field("name", 1, "string", required()),
        field("display_name", 2, "string", rules(json!({"string": {"minLen": 1, "maxLen": 300}}))),
        field("kind", 3, "enum .kind", required()),
        field("tax_code", 4, "string", rules(json!({"string": {"pattern": "^[0-9]{10}(-[0-9]{3})?$"}}))),
        field("day", 5, ".google.type.Date", required()),
        field("amount_vnd", 6, "int64", rules(json!({"int64": {"gte": "0"}}))),
        field("request_id", 7, "string", rules(json!({"string": {"uuid": true}}))),
        field("validate_only", 8, "bool", json!({})),
    ];
    let pool = pool("ocop.b1", fields);
    let descriptor = pool.get_message_by_name("ocop.b1.M").unwrap();
    let message = json!({
        "name": "producers/018f0000-0000-7000-8000-00000000abcd", "display_name": "Hợp tác xã nước mắm Tuy An", "kind": 1,
        "tax_code": "0123456789", "day": {"year": 2021, "month": 6, "day": 30}, "amount_vnd": "1000000",
        "request_id": "018f0000-0000-7000-8000-00000000abcd",
    });
    let message = DynamicMessage::deserialize(descriptor.clone(), message).unwrap();
    let mut found = 0;
    let begun = Instant::now();
    for _ in 0..10_000 {
        check(&descriptor, &message, &mut |_, _, _| found += 1);
    }
    println!("annotations: {:?} for a message of 8 fields", begun.elapsed() / 10_000);
    assert_eq!(found, 0);
}
