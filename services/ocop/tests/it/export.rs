//! `ocop export`.

use std::fs;

use serde_json::json;

use super::installation::Installation;

const CREATE: &str = "ocop.registry.v1.ProducerService/CreateProducer";

#[test]
fn a_list_becomes_a_file_with_a_name_of_its_own_or_the_one_that_was_asked_for() {
    let installation = Installation::new();
    let up = installation.up();
    for (name, unit) in [("Hợp tác xã Đường mẫu", "units/22018"), ("Tổ hợp tác La Hai mẫu", "units/22081")]
    {
        let producer = json!({"displayName": name, "legalForm": "LEGAL_FORM_COOPERATIVE", "unit": unit,
            "registrationDate": {"year": 2021, "month": 6, "day": 30}, "sample": true});
        up.call(&installation, CREATE, &json!({"producer": producer}).to_string());
    }
    let folder = installation.path().join("out");
    fs::create_dir(&folder).unwrap();
    let folder_text = folder.display().to_string();
    let said = up.run(&installation, &["export", "producers", "--out", &folder_text]).good();
    let files: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].starts_with("chu-the-") && files[0].ends_with("-mau.xlsx"), "{files:?}");
    assert_eq!(said, format!("{}: 2 rows, 2 of them samples\n", folder.join(&files[0]).display()));
    assert!(fs::read(folder.join(&files[0])).unwrap().starts_with(b"PK"));
    let file = folder.join("a.csv").display().to_string();
    let cut = ["--format", "csv", "--unit", "units/22018-20180507", "--filter", "legal-form=cooperative"];
    let out = ["export", "producers", "--out", &file, "--separator", "comma", "--language", "en"];
    up.run(&installation, &[&out[..], &cut].concat()).good();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("\u{FEFF}Name,Legal form,"), "{text}");
    assert!(text.contains("Hợp tác xã Đường mẫu,") && !text.contains("La Hai"), "{text}");
    let units =
        ["export", "units", "--as-of", "2021-06-30", "--filter", "level=province", "--format", "csv", "--out", "-"];
    let text = up.run(&installation, &units).good();
    assert!(text.contains("\r\n01;Thành phố Hà Nội;"), "{text}");
    up.stop();
}

#[test]
fn the_lists_are_told_and_what_is_wrong_is_said_before_or_by_the_suite() {
    let installation = Installation::new();
    let up = installation.up();
    let lists = up.run(&installation, &["export"]).good();
    assert!(
        lists.lines().any(|line| line.starts_with("support-packages ") && line.contains("recognition_year")),
        "{lists}"
    );
    for kind in ["handover", "results", "certificates", "rounds", "inspection-visits", "complaints"] {
        let found = lists.lines().any(|line| line.split(' ').next() == Some(kind) && line.contains("unit"));
        assert!(found, "{kind} in {lists}");
    }
    for (arguments, expected) in [
        (&["export", "certs"][..], "there is no list certs; lists are "),
        (&["export", "fairs", "--filter", "colour=red"], "this list has no filter colour; it has unit, year, state"),
        (&["export", "fairs", "--filter", "state=lost"], "is not one of planned, open, closed, held, cancelled"),
        (&["export", "fairs", "--filter", "year=x"], "year: x is not a whole number"),
        (&["export", "units", "--as-of", "30/06/2021"], "is not a day such as 2021-06-30"),
        (&["export", "fairs", "--filter", "year"], "a filter is written field=value"),
    ] {
        let ended = up.run(&installation, arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.err.contains(expected), "{ended:?}");
    }
    let out = installation.path().join("none.xlsx").display().to_string();
    let (said, all) = up.run(&installation, &["export", "producers", "--unit", "units/1-2", "--out", &out]).refusal();
    assert_eq!(said, "INVALID_ARGUMENT REQUEST_INVALID");
    assert_eq!(all["violations"][0]["field"], "list.unit");
    assert!(!fs::exists(&out).unwrap(), "a refusal leaves no file");
    up.stop();
}
