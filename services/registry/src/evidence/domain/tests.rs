use proptest::prelude::*;
use time::macros::date;

use super::*;

#[test]
fn status_follows_from_the_dates_and_the_day_alone() {
    let (from, to) = (Some(date!(2021 - 01 - 10)), Some(date!(2021 - 12 - 31)));
    let table = [
        (None, None, date!(2021 - 06 - 30), Status::Undated),
        (from, to, date!(2021 - 01 - 09), Status::NotYetValid),
        (from, to, date!(2021 - 01 - 10), Status::Valid),
        (from, to, date!(2021 - 10 - 31), Status::Valid),
        (from, to, date!(2021 - 11 - 01), Status::Expiring),
        (from, to, date!(2021 - 12 - 31), Status::Expiring),
        (from, to, date!(2022 - 01 - 01), Status::Expired),
        (from, None, date!(2021 - 01 - 09), Status::NotYetValid),
        (from, None, date!(2099 - 01 - 01), Status::Valid),
        (None, to, date!(1999 - 01 - 01), Status::Valid),
        (None, to, date!(2022 - 01 - 01), Status::Expired),
    ];
    for (from, to, on, expected) in table {
        let span = Span::new(from, to).expect("in order");
        assert_eq!(status(span, on), expected, "{from:?} to {to:?} on {on}");
    }
    assert_eq!(Span::new(to, from), None, "it ends before it begins");
    assert!(Span::new(from, from).is_some(), "one day");
}

/// A ZIP archive of empty parts.
fn zip(names: &[&str]) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04 the parts".to_vec();
    let mut directory = Vec::new();
    for name in names {
        let mut entry = [0u8; 46];
        entry[..4].copy_from_slice(b"PK\x01\x02");
        entry[28] = u8::try_from(name.len()).expect("short");
        directory.extend_from_slice(&entry);
        directory.extend_from_slice(name.as_bytes());
    }
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0\0\0\0\0");
    bytes.extend_from_slice(&u32::try_from(directory.len()).expect("short").to_le_bytes());
    bytes.extend_from_slice(&[0; 6]);
    bytes
}

#[test]
fn a_type_is_read_from_the_first_bytes() {
    let table: [(&[u8], Option<Head>); 14] = [
        (b"%PDF-1.7\n", Some(Head::Known(MediaType::Pdf))),
        (b"\xFF\xD8\xFF\xE0\0\x10JFIF", Some(Head::Known(MediaType::Jpeg))),
        (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", Some(Head::Known(MediaType::Png))),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Some(Head::Known(MediaType::Webp))),
        (b"\0\0\0\x18ftypheic", Some(Head::Known(MediaType::Heic))),
        (b"II*\0", Some(Head::Known(MediaType::Tiff))),
        (b"PK\x03\x04", Some(Head::Zip)),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"MZ\x90\0", None),
        (b"\x7FELF", None),
        (b"<!DOCTYPE html>", None),
        (b"#!/bin/sh", None),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", None),
        (b"", None),
    ];
    for (bytes, expected) in table {
        assert_eq!(head(bytes), expected, "{bytes:?}");
    }
}

#[test]
fn an_archive_is_taken_where_it_is_an_office_document_without_macros() {
    let types = "[Content_Types].xml";
    for (names, expected) in [
        (vec![types, "_rels/.rels", "word/document.xml"], Some(MediaType::Docx)),
        (vec![types, "xl/workbook.xml"], Some(MediaType::Xlsx)),
        (vec!["word/document.xml"], None),
        (vec![types, "word/document.xml", "word/vbaProject.bin"], None),
        (vec![types, "word/document.xml", "setup.EXE"], None),
        (vec![types, "word/document.xml", "xl/workbook.xml"], None),
        (vec!["classes.dex"], None),
        (vec![], None),
    ] {
        assert_eq!(office(&zip(&names)), expected, "{names:?}");
    }
    let whole = zip(&[types, "word/document.xml"]);
    assert_eq!(office(&whole[whole.len() - 60..]), None, "its directory is cut off");
}

#[test]
fn a_file_name_is_cleaned_and_ends_as_its_type_does() {
    for (typed, kind, expected) in [
        ("Giấy ATTP.pdf", MediaType::Pdf, "Giấy ATTP.pdf"),
        ("Gia\u{302}\u{301}y.PDF", MediaType::Pdf, "Giấy.pdf"),
        ("C:\\Users\\a\\scan.jpeg", MediaType::Jpeg, "scan.jpeg"),
        ("../../etc/passwd", MediaType::Pdf, "passwd.pdf"),
        ("photo.exe", MediaType::Jpeg, "photo.exe.jpg"),
        ("a\u{202E}fdp.exe", MediaType::Png, "afdp.exe.png"),
        ("a\r\nb\0.png", MediaType::Png, "ab.png"),
        ("  ..  ", MediaType::Webp, "tep.webp"),
        (".pdf", MediaType::Pdf, "pdf.pdf"),
        ("a<b>:\"c|?*.docx", MediaType::Docx, "abc.docx"),
        ("\u{5e9}\u{5c1}>\u{dca}", MediaType::Pdf, "\u{5e9}\u{dca}\u{5c1}.pdf"),
        ("", MediaType::Xlsx, "tep.xlsx"),
    ] {
        assert_eq!(file_name(typed, kind), expected, "{typed:?}");
    }
    assert_eq!(file_name(&"ệ".repeat(500), MediaType::Pdf).chars().count(), 154);
}

proptest! {
    #[test]
    fn cleaning_a_name_again_changes_nothing(typed in "\\PC{0,200}") {
        let once = file_name(&typed, MediaType::Pdf);
        prop_assert_eq!(file_name(&once, MediaType::Pdf), once);
    }

    #[test]
    fn no_bytes_make_the_readers_of_types_stumble(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = (head(&bytes), office(&bytes));
        let mut archive = zip(&["[Content_Types].xml", "word/document.xml"]);
        let from = archive.len().saturating_sub(bytes.len());
        for (at, byte) in archive[from..].iter_mut().zip(&bytes) {
            *at ^= byte;
        }
        let _ = office(&archive);
    }

    #[test]
    fn every_dated_span_goes_through_its_states_in_order(begin in 0i64..3000, length in 0i64..3000, step in -100i64..6200) {
        let day = |n: i64| date!(2020 - 01 - 01).saturating_add(Duration::days(n));
        let span = Span::new(Some(day(begin)), Some(day(begin + length))).expect("in order");
        let place = |status| match status {
            Status::NotYetValid => 0,
            Status::Valid => 1,
            Status::Expiring => 2,
            Status::Expired => 3,
            Status::Undated => 9,
        };
        prop_assert!(place(status(span, day(step))) <= place(status(span, day(step + 1))));
    }
}
