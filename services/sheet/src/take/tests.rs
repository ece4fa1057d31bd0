//! What files really look like, good and bad.

use std::fs::File;
use std::io::Write;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use time::macros::date;

use super::cells::LONGEST;
use super::columns::{Column, Mapping, column, needed};
use super::*;

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Everything that is read of a file, as an import reads it.
fn read(bytes: &[u8]) -> Result<Vec<Row>, SheetFault> {
    let mut file = file(bytes);
    survey(&mut file)?;
    let mut all = Vec::new();
    rows(&mut file, &mut |row| {
        all.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

fn texts(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
    let row = |row: Row| (row.number, row.cells.iter().map(|cell| cell.as_text().unwrap_or("…".into())).collect());
    read(bytes).unwrap().into_iter().map(row).collect()
}

fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
    (number, cells.iter().map(ToString::to_string).collect())
}

#[test]
fn csv_is_read_as_spreadsheets_write_it() {
    assert_eq!(texts(b"a,b\r\n1,2\r\n"), [row(1, &["a", "b"]), row(2, &["1", "2"])]);
    assert_eq!(texts(b"\xEF\xBB\xBFa;b\n1,5;2"), [row(1, &["a", "b"]), row(2, &["1,5", "2"])]);
    assert_eq!(texts(b"a\tb\r1\t2\r"), [row(1, &["a", "b"]), row(2, &["1", "2"])]);
    assert_eq!(texts(b"sep=;\r\na;b,c\n"), [row(1, &["a", "b,c"])]);
    let quoted = "a,b\n\"Mắm \"\"Đỏ\"\", 1\",\"hai\ndòng\"\n\n,\n3,4\n";
    let wanted = [row(1, &["a", "b"]), row(2, &["Mắm \"Đỏ\", 1", "hai\ndòng"]), row(5, &["3", "4"])];
    assert_eq!(texts(quoted.as_bytes()), wanted);
    assert_eq!(texts(b"one\nx\n"), [row(1, &["one"]), row(2, &["x"])]);
    assert_eq!(texts(b""), []);
}

#[test]
fn formulas_stay_texts_and_a_cell_without_end_does_not_fill_the_memory() {
    assert_eq!(texts(b"a\n=1+1\n@x\n-3\n"), [row(1, &["a"]), row(2, &["=1+1"]), row(3, &["@x"]), row(4, &["-3"])]);
    let huge = format!("a,b\n{},x\n", "M".repeat(1 << 20));
    let rows = read(huge.as_bytes()).unwrap();
    assert_eq!(rows[1].cells, [Cell::TooLong, Cell::text("x")]);
    let open = read(b"a\n\"never closed\n1\n");
    assert!(matches!(&open, Err(SheetFault::Unreadable(why)) if why.contains("quote")), "{open:?}");
    let wide = read(format!("a\n{}\n", ",x".repeat(300)).as_bytes());
    assert!(matches!(&wide, Err(SheetFault::Unreadable(why)) if why.contains("200")), "{wide:?}");
    assert!(read(format!("a\n{}", "x".repeat(LONGEST)).as_bytes()).is_ok());
}

/// Bytes that each character has at its own number.
fn bytes(latin: &str) -> Vec<u8> {
    latin.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[test]
fn old_encodings_and_fonts_are_told_by_name_and_never_guessed() {
    let tcvn3 = "Tªn chñ thÓ,§Þa chØ\nHîp t¸c x· n«ng nghiÖp,Phó Yªn ®· ®¨ng ký\n";
    let vni = "Teân chuû theå,Ñòa chæ\nHôïp taùc xaõ noâng nghieäp,Phuù Yeân ñaõ ñaêng kyù\n";
    let mut windows =
        b"H\xF5\xF2p t\xE1c xa\xDE n\xF4ng nghi\xEA\xF2p,\xD0a\xDE \xF0\xE3ng ky\xEC, bi\xEA\xCCn".to_vec();
    windows.push(b'\n');
    let utf16: Vec<u8> = "Tên,Mã\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xFF, 0xFE][..], &utf16].concat();
    for (bytes, fault) in [
        (bytes(tcvn3), SheetFault::Encoding("TCVN3 (ABC)")),
        (bytes(vni), SheetFault::Encoding("VNI")),
        (windows, SheetFault::Encoding("Windows-1258")),
        (marked, SheetFault::Encoding("UTF-16")),
        (utf16, SheetFault::Encoding("UTF-16")),
        (tcvn3.as_bytes().to_vec(), SheetFault::Font("TCVN3 (ABC)")),
        (vni.as_bytes().to_vec(), SheetFault::Font("VNI")),
        (b"a\xFF\n".to_vec(), SheetFault::Encoding("không phải UTF-8 (not UTF-8)")),
    ] {
        assert_eq!(read(&bytes), Err(fault));
    }
    for (bytes, word) in [
        (&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], ".xlsx"),
        (b"%PDF-1.7\n", "PDF"),
        (b"a,b,c,d,e,f\n\0\x01\n", "binary"),
    ] {
        let read = read(bytes);
        assert!(matches!(&read, Err(SheetFault::Unreadable(why)) if why.contains(word)), "{read:?}");
    }
}

#[test]
fn real_vietnamese_is_no_old_font() {
    for text in [
        "Hoà, toán, Hoà, toán, Hoà, loé, toè, uỷ\n",
        "Cà phê ABC® Điện Biên, Mắm® Đỏ, Trà® Sâm, Gạo® Tuy An\n",
        "Phu\u{301} Ye\u{302}n, Hoa\u{300} Hie\u{323}\u{302}p, no\u{302}ng nghie\u{302}\u{323}p\n",
        "Hợp tác xã Nông nghiệp Đồng Din\n",
        "résumé, naïve, Zoë\n",
    ] {
        assert!(read(text.as_bytes()).is_ok(), "{text}");
    }
}

#[test]
fn a_workbook_is_read_with_its_days_numbers_and_calculated_values() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let day = Format::new().set_num_format("dd/mm/yyyy");
    sheet.write(0, 0, "Tên").unwrap().write(0, 2, "Ngày").unwrap();
    sheet.write(2, 0, "Mắm Đỏ").unwrap().write(2, 1, 22018).unwrap();
    let moment = ExcelDateTime::from_ymd(2021, 1, 2).unwrap();
    sheet.write_with_format(2, 2, &moment, &day).unwrap().write(2, 3, 44198).unwrap();
    sheet.write(3, 0, Formula::new("=1+1").set_result("2")).unwrap().write_string(3, 1, "=1+1").unwrap();
    sheet.write(1_000_000, 0, "cuối").unwrap();
    let rows = read(&workbook.save_to_buffer().unwrap()).unwrap();
    assert_eq!(rows[0], Row { number: 1, cells: vec![Cell::text("Tên"), Cell::Empty, Cell::text("Ngày")] });
    let [name, code] = [Cell::text("Mắm Đỏ"), Cell::Number(22018.0)];
    assert_eq!(rows[1].cells, [name, code, Cell::Day(date!(2021 - 01 - 02)), Cell::Number(44198.0)]);
    assert_eq!((rows[1].number, &rows[2].cells[1]), (3, &Cell::text("=1+1")));
    assert_eq!(rows[2].cells[0].as_text().unwrap(), "2");
    assert_eq!((rows[3].number, rows.len()), (1_000_001, 4));
}

/// A workbook of which one part unpacks to so many MiB.
fn bomb(size: u64) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..size {
        zip.write_all(&blanks).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_workbook_that_unpacks_to_far_more_than_it_should_is_refused() {
    let packed = bomb(64);
    assert!(packed.len() < 100_000);
    assert!(matches!(read(&packed), Err(SheetFault::TooLarge(_))));
    for broken in [&b"PK\x03\x04nothing"[..], &packed[..packed.len() / 2]] {
        assert!(matches!(read(broken), Err(SheetFault::Unreadable(_))));
    }
}

#[test]
fn a_template_is_read_back_with_its_own_columns() {
    const COLUMNS: &[Column] = &[
        needed(column("display_name", "Họ và tên", &["name"], ["Họ tên", "The name"])),
        column("sample", "Dữ liệu mẫu", &[], ["x", "x"]),
    ];
    for bytes in [template::csv(COLUMNS), template::xlsx(COLUMNS).unwrap()] {
        let rows = read(&bytes).unwrap();
        assert_eq!(rows.len(), 1, "a header alone");
        assert!(Mapping::of(COLUMNS, &rows[0].cells).is_ok());
    }
}
