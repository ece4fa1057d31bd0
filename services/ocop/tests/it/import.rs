//! `ocop import`: verdicts on standard output, exit codes, and that a refused file leaves nothing.

use std::path::PathBuf;

use serde_json::Value;

use super::installation::{Ended, Installation, Up};

const PRODUCERS: &str =
    "Tên chủ thể;Loại hình;Mã xã;Ngày đăng ký\nHTX Mẫu Một;HTX;22018;15/01/2021\nHTX Mẫu Hai;;22018;2021-01-15\n";

/// A file beside the installation's folder.
fn file(installation: &Installation, name: &str, content: &[u8]) -> String {
    let path: PathBuf = installation.path().with_file_name(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

fn lines(ended: &Ended) -> Vec<Value> {
    ended.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn import(up: &Up, installation: &Installation, kind: &str, file: &str, more: &[&str]) -> Ended {
    up.run(installation, &[&["import", kind, file, "--output", "json"], more].concat())
}

#[test]
fn each_row_is_a_line_of_json_and_the_summary_is_the_last() {
    let installation = Installation::new();
    let up = installation.up();
    let producers = file(&installation, "chu-the.csv", PRODUCERS.as_bytes());
    let dry = import(&up, &installation, "producers", &producers, &["--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert_eq!(lines(&dry)[2]["summary"]["written"], 0);
    let wet = import(&up, &installation, "producers", &producers, &[]);
    let told = lines(&wet);
    assert_eq!((wet.code, told.len()), (Some(0), 3), "{wet:?}");
    for (row, line) in [2, 3].into_iter().zip(&told) {
        assert_eq!((&line["row"], &line["verdict"]), (&row.into(), &"CREATED".into()), "{line}");
        assert_eq!((line["reasons"].as_array().unwrap().len(), line["names"].as_array().unwrap().len()), (0, 1));
    }
    assert_eq!(told[2]["summary"]["written"], 2);
    let again = import(&up, &installation, "producers", &producers, &[]);
    let told = lines(&again);
    assert_eq!(
        (again.code, &told[0]["verdict"], &told[2]["summary"]["written"]),
        (Some(0), &"MATCHED".into(), &0.into())
    );
    assert!(!told[0]["reasons"].as_array().unwrap().is_empty());

    let twice = file(
        &installation,
        "hai-lan.csv",
        format!("{PRODUCERS}HTX Ba;HTX;22018;15/01/2021\nHTX Ba;HTX;22018;15/01/2021\n").as_bytes(),
    );
    let refused = import(&up, &installation, "producers", &twice, &[]);
    let told = lines(&refused);
    assert_eq!(
        (refused.code, &told[3]["verdict"], &told[3]["reasons"][0]),
        (Some(1), &"REJECTED".into(), &"ROW_REPEATED".into())
    );
    assert_eq!((&told[4]["summary"]["written"], &told[4]["summary"]["created"]), (&0.into(), &1.into()));
    let kept = import(&up, &installation, "producers", &twice, &["--partial"]);
    assert_eq!((kept.code, &lines(&kept)[4]["summary"]["written"]), (Some(0), &1.into()), "{kept:?}");
    let people = up.run(&installation, &["import", "producers", &twice]);
    assert!(people.out.contains("ROW_REPEATED") && people.out.contains("--partial"), "{people:?}");
    up.stop();
}

#[test]
fn the_press_is_imported_and_its_certificates_follow() {
    let installation = Installation::new();
    let up = installation.up();
    let press = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/phu-yen-2021/products_press.csv");
    let refused = import(&up, &installation, "products", press, &[]);
    let told = lines(&refused);
    assert_eq!((refused.code, told.len(), &told[74]["summary"]["written"]), (Some(1), 75, &0.into()), "{refused:?}");
    let kept = import(&up, &installation, "products", press, &["--partial"]);
    let told = lines(&kept);
    assert!(kept.code == Some(0) && told[74]["summary"]["written"].as_i64().unwrap() > 40, "{kept:?}");
    let certificates = "Tên sản phẩm,Tên chủ thể,Hạng sao,Ngày quyết định,Cơ quan ban hành\n\
        Cà phê Superior,Công ty TNHH Thương mại và dịch vụ Hương Hương Phú,4,31/12/2022,UBND tỉnh\n\
        Cà phê Superior,Công ty TNHH Thương mại và Dịch vụ Hương Hương Phú,4,31/12/2022,UBND tỉnh\n\
        Không có,Không ai,3,31/12/2022,UBND tỉnh\n";
    let certificates = file(&installation, "giay.csv", certificates.as_bytes());
    let refused = import(&up, &installation, "certificates", &certificates, &[]);
    let verdict =
        |told: &[Value]| told.iter().map(|line| line["verdict"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>();
    assert_eq!(
        (refused.code, verdict(&lines(&refused))),
        (Some(1), ["CREATED", "REJECTED", "REJECTED", "-"].map(str::to_owned).to_vec())
    );
    let kept = import(&up, &installation, "certificates", &certificates, &["--partial"]);
    let told = lines(&kept);
    assert_eq!((kept.code, &told[3]["summary"]["written"]), (Some(0), &1.into()), "{kept:?}");
    assert!(told[0]["names"][0].as_str().unwrap().starts_with("certificates/"));
    let again = import(&up, &installation, "certificates", &certificates, &["--partial"]);
    assert_eq!((&lines(&again)[0]["verdict"], &lines(&again)[3]["summary"]["written"]), (&"MATCHED".into(), &0.into()));
    up.stop();
}

#[test]
fn what_is_no_sheet_is_refused_with_advice_and_an_empty_summary() {
    let installation = Installation::new();
    let up = installation.up();
    let tcvn3: Vec<u8> =
        "Tªn chñ thÓ,M· x·\nHîp t¸c x·,22018\n".chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (name, content, reason) in [
        ("a.csv", &tcvn3[..], "SHEET_ENCODING"),
        ("b.csv", b"", "SHEET_EMPTY"),
        ("c.csv", b"x,y\n1,2\n", "SHEET_COLUMN_MISSING"),
        ("d.xlsx", b"PK\x03\x04", "SHEET_UNREADABLE"),
    ] {
        let path = file(&installation, name, content);
        let refused = import(&up, &installation, "producers", &path, &[]);
        let told = lines(&refused);
        assert_eq!((refused.code, told.len(), &told[0]["summary"]["written"]), (Some(1), 1, &0.into()), "{refused:?}");
        assert!(refused.err.contains(reason), "{reason}: {}", refused.err);
        let certificates = import(&up, &installation, "certificates", &path, &[]);
        let told = lines(&certificates);
        assert_eq!((certificates.code, &told[0]["summary"]["written"]), (Some(1), &0.into()), "{certificates:?}");
        assert!(certificates.err.contains(reason), "{reason}: {}", certificates.err);
    }
    let path = file(&installation, "e.csv", b"from_code,to_code\n22015,22015\n");
    let missing = import(&up, &installation, "producers", "/nowhere.csv", &[]);
    assert!(missing.code == Some(1) && missing.err.contains("/nowhere.csv"), "{missing:?}");
    assert_eq!(import(&up, &installation, "garlic", &path, &[]).code, Some(2));
    up.stop();
}

#[test]
fn units_and_links_make_one_change_that_is_put_in_force() {
    let installation = Installation::new();
    let up = installation.up();
    let links = "from_code,from_name,district_code,to_code,to_name,share,default_target\n\
        22015,Phường 1,555,22015,Phường Tuy Hòa,whole,1\n22018,Phường 2,555,22015,Phường Tuy Hòa,whole,1\n";
    let known = file(&installation, "lien-ket.csv", links.as_bytes());
    let told = lines(&import(&up, &installation, "unit-links", &known, &[]));
    assert_eq!((&told[0]["verdict"], &told[2]["summary"]["matched"]), (&"MATCHED".into(), &2.into()), "{told:?}");
    let units = "code,name,type,parent,valid_to\n22046,Phường Mẫu Mới,Phường,66,\n22045,,,,31/12/2026\n";
    let units = file(&installation, "don-vi.csv", units.as_bytes());
    let links = "from_code,to_code,share\n22045,22046,whole\n";
    let links = file(&installation, "lien-ket-moi.csv", links.as_bytes());
    let act = ["--begin-date", "2027-01-01", "--source", "Nghị quyết mẫu 1", "--source-date", "2026-01-05"];
    let anonymous = import(&up, &installation, "units", &units, &act[..2]);
    assert_eq!(anonymous.code, Some(1), "new rows without an act of law: {anonymous:?}");
    let dry = lines(&import(&up, &installation, "units", &units, &[&act[..], &["--dry-run"]].concat()));
    assert_eq!((&dry[0]["verdict"], &dry[2]["summary"]["written"]), (&"CREATED".into(), &0.into()), "{dry:?}");
    let drafted = lines(&import(&up, &installation, "units", &units, &act));
    assert_eq!(drafted[2]["summary"]["written"], 2, "{drafted:?}");
    let tied = lines(&import(&up, &installation, "unit-links", &links, &[&act[..], &["--enforce"]].concat()));
    assert_eq!(tied[1]["summary"]["written"], 1, "{tied:?}");
    assert_eq!(tied[0]["names"][0], drafted[0]["names"][0], "one change");
    let again = lines(&import(&up, &installation, "units", &units, &act[..2]));
    assert_eq!(again[2]["summary"]["matched"], 2, "{again:?}");
    up.stop();
}

#[test]
fn papers_about_training_elsewhere_are_recorded_once() {
    let installation = Installation::new();
    let up = installation.up();
    let people = "Họ và tên,Mã xã,Ngày đăng ký\nCán bộ Mẫu,22018,15/01/2021\n";
    let people = file(&installation, "nhan-su.csv", people.as_bytes());
    let recorded = import(&up, &installation, "people", &people, &[]);
    assert_eq!(recorded.code, Some(0), "{recorded:?}");
    let papers = "Họ và tên,Đối tượng,Chuyên đề,Ngày hoàn thành,Cơ quan cấp,Nơi lưu bản giấy\n\
        Cán bộ Mẫu,officers,promotion,20/06/2021,Trường Cán bộ,Tập 7\n\
        Cán bộ Lạ,officers,promotion,20/06/2021,Trường Cán bộ,Tập 7\n";
    let papers = file(&installation, "giay.csv", papers.as_bytes());
    let nobody = import(&up, &installation, "completions", &papers, &[]);
    assert!(nobody.code == Some(1) && nobody.err.contains("--recorder"), "{nobody:?}");
    let act = ["--recorder", "units/54-20180507"];
    let refused = import(&up, &installation, "completions", &papers, &act);
    let told = lines(&refused);
    assert_eq!(
        (refused.code, &told[1]["verdict"], &told[2]["summary"]["written"]),
        (Some(1), &"REJECTED".into(), &0.into())
    );
    let kept = import(&up, &installation, "completions", &papers, &[&act[..], &["--partial"]].concat());
    let told = lines(&kept);
    assert_eq!((kept.code, &told[2]["summary"]["written"]), (Some(0), &1.into()), "{kept:?}");
    assert!(told[0]["names"][0].as_str().unwrap().starts_with("paperCompletions/"));
    let again = lines(&import(&up, &installation, "completions", &papers, &[&act[..], &["--partial"]].concat()));
    assert_eq!((&again[0]["verdict"], &again[2]["summary"]["written"]), (&"MATCHED".into(), &0.into()));
    up.stop();
}
