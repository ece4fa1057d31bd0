//! What is written is read back: XLSX with calamine, CSV with csv.

use std::io::{self, Cursor, Write};

use ::csv::ReaderBuilder;
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use proptest::prelude::*;
use time::macros::date;

use crate::cell::looks_like_formula;
use crate::*;

fn title(language: Language) -> Title {
    Title {
        office: "UBND tỉnh Phú Yên".to_owned(),
        name: "Chủ thể".to_owned(),
        day: date!(2021 - 12 - 15),
        map: Some(date!(2021 - 06 - 30)),
        language,
    }
}

fn heads() -> Vec<Head> {
    let head = |(name, kind): (&str, Kind)| Head { name: name.to_owned(), kind };
    let all = [
        ("Tên chủ thể", Kind::Text),
        ("Mã số thuế", Kind::Code),
        ("Doanh thu", Kind::Number),
        ("Điểm", Kind::Decimal(2)),
        ("Ngày", Kind::Day),
    ];
    all.map(head).to_vec()
}

fn row(name: &str, code: &str, number: i64) -> Row {
    let point = Cell::Decimal("78.66".to_owned());
    Row::plain(vec![name.into(), code.into(), number.into(), point, date!(2021 - 06 - 30).into()])
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new("Chủ thể", heads(), Language::Vietnamese).unwrap();
    rows.iter().for_each(|row| table.add(row).unwrap());
    table
}

fn written(book: Book, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    book.write(format, &mut bytes).unwrap();
    bytes
}

fn one(rows: &[Row]) -> Book {
    Book { title: title(Language::Vietnamese), tables: vec![table(rows)] }
}

fn sheets(bytes: Vec<u8>) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let sheets = book.worksheets();
    for (name, _) in &sheets {
        assert!(book.worksheet_formula(name).unwrap().is_empty(), "no cell is a formula");
    }
    sheets.into_iter().map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect())).collect()
}

fn records(bytes: &[u8], separator: u8) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).expect("the file begins with a byte order mark");
    let mut reader = ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text);
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

#[test]
fn a_workbook_has_titles_a_header_and_cells_that_are_what_they_are() {
    let sample = Row { sample: true, ..row("Tổ hợp tác Ẩn Đường", "0123", -5) };
    let bytes = written(one(&[row("Hợp tác xã Nước mắm", "0012345678-001", 1_234_567_890), sample]), Format::Xlsx);
    let all = sheets(bytes.clone());
    let (name, rows) = &all[0];
    assert_eq!((all.len(), name.as_str()), (1, "Chủ thể"));
    let first: Vec<String> = rows.iter().take(5).map(|row| row[0].to_string()).collect();
    let lines = [
        "UBND tỉnh Phú Yên",
        "Chủ thể",
        "Ngày lập: 15/12/2021. Đơn vị hành chính theo ngày 30/06/2021.",
        "Số dòng: 2",
        "DỮ LIỆU MẪU: 1 trên 2",
    ];
    assert_eq!(first, lines);
    assert!(rows[5].iter().all(|cell| *cell == Data::Empty));
    let header: Vec<String> = rows[6].iter().map(ToString::to_string).collect();
    assert_eq!(header, ["Tên chủ thể", "Mã số thuế", "Doanh thu", "Điểm", "Ngày", "Ghi chú"]);
    assert_eq!(
        rows[7][..4],
        [
            Data::String("Hợp tác xã Nước mắm".to_owned()),
            Data::String("0012345678-001".to_owned()),
            Data::Float(1_234_567_890.0),
            Data::Float(78.66),
        ]
    );
    // 30 June 2021 is day 44377 of Excel.
    assert!(matches!(&rows[7][4], Data::DateTime(day) if day.as_f64() == 44377.0), "{:?}", rows[7][4]);
    assert_eq!((&rows[7][5], &rows[8][5]), (&Data::Empty, &Data::String("DỮ LIỆU MẪU".to_owned())));
    assert_eq!(rows[8][1], Data::String("0123".to_owned()));
    let styles = part(&bytes, "xl/styles.xml");
    for format in ["dd/mm/yyyy", "#,##0.00", "formatCode=\"#,##0\"", "formatCode=\"@\""] {
        assert!(styles.contains(format), "{styles}");
    }

    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains(r#"ySplit="7""#) && sheet.contains(r#"state="frozen""#), "the header stays in sight");
    assert!(sheet.contains("<cols>") && sheet.contains("&amp;RDỮ LIỆU MẪU"), "{}", &sheet[..600]);
}

#[test]
fn a_file_without_samples_says_nothing_of_them() {
    let bytes = written(one(&[row("Hợp tác xã", "1", 1)]), Format::Xlsx);
    let all = sheets(bytes.clone());
    assert!(all[0].1.iter().flatten().all(|cell| !cell.to_string().contains("MẪU")));
    assert!(!part(&bytes, "xl/worksheets/sheet1.xml").contains("MẪU"));
    let empty = sheets(written(one(&[]), Format::Xlsx));
    assert_eq!(empty[0].1.len(), 6, "titles and header stand above no rows");
}

#[test]
fn csv_is_rfc_4180_with_a_byte_order_mark() {
    let odd = row("Tên; có \"nháy\"\nvà, dòng", "0123", -5);
    let bytes = written(one(&[odd, Row { sample: true, ..row("Đường", "", 1_000) }]), Format::Csv(b';'));
    let expected = "\u{FEFF}Tên chủ thể;Mã số thuế;Doanh thu;Điểm;Ngày;Ghi chú\r\n\
        \"Tên; có \"\"nháy\"\"\nvà, dòng\";0123;-5;78,66;30/06/2021;\r\n\
        Đường;;1000;78,66;30/06/2021;DỮ LIỆU MẪU\r\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    let comma = written(one(&[row("A, B", "0", 1)]), Format::Csv(b','));
    assert_eq!(records(&comma, b',')[1], ["A, B", "0", "1", "78.66", "30/06/2021", ""]);
}

#[test]
fn what_looks_like_a_formula_is_text_in_both_forms() {
    let typed = ["=1+1", "+84 257", "-5", "@sum(a1)", "\t=1", " =cmd|' /C calc'!A0", "＝1", "\r=1"];
    let rows: Vec<Row> = typed.iter().map(|name| row(name, "", 0)).collect();
    let csv = records(&written(one(&rows), Format::Csv(b';')), b';');
    for (record, typed) in csv.iter().skip(1).zip(typed) {
        assert!(record[0].starts_with('\''), "{typed:?}: {record:?}");
        assert!(!looks_like_formula(&record[0]));
    }
    let bytes = written(one(&rows), Format::Xlsx);
    let all = sheets(bytes.clone());
    for (row, typed) in all[0].1[6..].iter().zip(typed) {
        assert_eq!(row[0].to_string().trim(), typed.trim(), "as it was typed");
    }
    assert!(part(&bytes, "xl/styles.xml").contains(r#"quotePrefix="1""#));
    assert!(!part(&bytes, "xl/worksheets/sheet1.xml").contains("<f>"));
    let heads = vec![Head { name: "=1".to_owned(), kind: Kind::Text }];
    let book =
        Book { tables: vec![Table::new("=1", heads, Language::English).unwrap()], title: title(Language::English) };
    assert_eq!(records(&written(book, Format::Csv(b';')), b';')[0][0], "'=1");
}

#[test]
fn several_tables_are_sheets_or_stand_below_each_other_with_bold_rows_and_sums() {
    let rows = [
        Row::bold(vec!["Thành phố Tuy Hòa".into()]),
        row("A", "1", 2),
        row("B", "2", 3),
        Row::subtotal(vec!["Cộng".into(), Cell::Empty, Cell::Number(5)]),
    ];
    let book = || {
        let other = Table::new("chủ THỂ", heads(), Language::Vietnamese).unwrap();
        let long =
            Table::new("Một tên: rất dài/và có [dấu] lạ mà Excel không nhận", vec![], Language::Vietnamese).unwrap();
        Book { title: title(Language::Vietnamese), tables: vec![table(&rows), other, long] }
    };
    assert_eq!((book().rows(), book().samples()), (2, 0), "headings and sums are no rows");
    let bytes = written(book(), Format::Xlsx);
    let all = sheets(bytes.clone());
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..2], ["Chủ thể", "chủ THỂ (2)"], "names differ by more than their case");
    assert!(names[2].chars().count() <= 31 && !names[2].contains(['[', '/', ':']), "{names:?}");
    assert_eq!(all[2].1[1][0].to_string(), "Chủ thể: Một tên: rất dài/và có [dấu] lạ mà Excel không nhận");
    let sums = all[0].1.last().unwrap();
    assert_eq!((sums[0].to_string().as_str(), &sums[2]), ("Cộng", &Data::Float(5.0)));
    assert!(part(&bytes, "xl/styles.xml").contains(r#"<top style="thin">"#));
    let csv = records(&written(book(), Format::Csv(b';')), b';');
    let firsts: Vec<&str> = csv.iter().map(|record| record[0].as_str()).collect();
    assert_eq!(firsts[..6], ["Chủ thể", "Tên chủ thể", "Thành phố Tuy Hòa", "A", "B", "Cộng"]);
    assert!(firsts.contains(&"chủ THỂ"));
}

#[test]
fn english_headers_and_titles_are_asked_for() {
    const SHEET: Sheet<i64> = Sheet {
        vi: "Số",
        en: "Numbers",
        file: "so",
        columns: &[Column::number("Số", "Number", |n| Cell::from(*n))],
        sample: |n| *n == 2,
    };
    let mut table = SHEET.table(Language::English).unwrap();
    (1..=2).for_each(|n| table.add(&SHEET.row(&n)).unwrap());
    let title = Title { name: SHEET.name(Language::English).to_owned(), map: None, ..title(Language::English) };
    let all = sheets(written(Book { title, tables: vec![table] }, Format::Xlsx));
    let told: Vec<String> = all[0].1.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let expected = [
        "UBND tỉnh Phú Yên",
        "Numbers",
        "Made on 15/12/2021. Administrative units as of the day of each row.",
        "Rows: 2",
        "SAMPLE DATA: 1 of 2",
        "",
        "NumberNote",
        "1",
        "2SAMPLE DATA",
    ];
    assert_eq!(told, expected);
}

#[test]
fn numbers_that_a_spreadsheet_would_round_and_text_that_it_cannot_hold_are_kept_readable() {
    let long = "x".repeat(40_000);
    let rows = [row(&long, "\u{1}a\u{0}\u{FFFE}", i64::MAX), row("NFD o\u{302}", "1", 999_999_999_999_999)];
    let all = sheets(written(one(&rows), Format::Xlsx));
    let rows = &all[0].1;
    assert_eq!(rows[6][0].to_string().chars().count(), 32_001);
    assert_eq!(rows[6][1].to_string().trim(), "a");
    assert_eq!(rows[6][2], Data::String(i64::MAX.to_string()));
    assert_eq!(rows[7][2], Data::Float(999_999_999_999_999.0));
}

/// Counts what is written at once.
#[derive(Default)]
struct Largest {
    at_once: usize,
    all: usize,
}

impl Write for &mut Largest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.at_once = self.at_once.max(bytes.len());
        self.all += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn twenty_thousand_rows_leave_in_small_pieces() {
    for format in [Format::Csv(b';'), Format::Xlsx] {
        let mut table = Table::new("Chủ thể", heads(), Language::Vietnamese).unwrap();
        for n in 0..20_000 {
            table.add(&row(&format!("Hợp tác xã số {n} ở xã Hòa Kiến"), &format!("{n:010}"), n)).unwrap();
        }
        let mut largest = Largest::default();
        Book { title: title(Language::Vietnamese), tables: vec![table] }.write(format, &mut largest).unwrap();
        assert!(largest.at_once <= export::PART, "{format:?}: {} bytes at once", largest.at_once);
        assert!(largest.all > 200_000, "{format:?}: {} bytes in all", largest.all);
    }
}

#[test]
fn names_of_units_come_from_the_unit_of_the_day() {
    let ward = "units/22018-20180507";
    assert_eq!(units::code(ward), Cell::from("22018"));
    assert_eq!(units::commune(ward), Cell::from("Phường 8"));
    assert_eq!(units::district(ward), Cell::from("Thành phố Tuy Hoà"));
    assert_eq!(units::province(ward), Cell::from("Tỉnh Phú Yên"));
    assert_eq!((units::commune("units/54-20180507"), units::code("units/unknown")), (Cell::Empty, Cell::Empty));
}

proptest! {
    #[test]
    fn every_cell_comes_back_from_the_temporary_file(text in "\\PC{0,40}|[=\"',;\\n\\t]{0,5}", number: i64) {
        for cell in [Cell::from(text.as_str()), Cell::Number(number), Cell::Day(date!(2026 - 11 - 24)), Cell::Empty] {
            prop_assert_eq!(Cell::kept(&cell.keep()), cell);
        }
    }

    #[test]
    fn no_text_in_csv_begins_a_formula(text in "\\PC{0,20}|[=+@\\t -]{1,4}[a-z]{0,3}") {
        let bytes = written(one(&[row(&text, &text, 1)]), Format::Csv(b';'));
        let record = &records(&bytes, b';')[1];
        prop_assert!(!looks_like_formula(&record[0]) && !looks_like_formula(&record[1]), "{:?}", record);
    }
}
