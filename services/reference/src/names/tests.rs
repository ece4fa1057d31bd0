use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;

const PAIRS: &str = include_str!("../../tests/data/name_spelling_pairs.csv");

fn same(one: &str, two: &str) -> bool {
    let (one, two) = (ProducerName::of(one), ProducerName::of(two));
    one == two
}

#[test]
fn one_name_in_many_spellings_is_one() {
    for (one, two) in [
        ("HTX Muối Tuyết Diêm", "Hợp tác xã Muối Tuyết Diêm"),
        ("HTX Muối Tuyết Diêm", "HỢP TÁC XÃ MUỐI TUYẾT DIÊM"),
        ("HTX Hoà Phong", "Htx  Hòa - Phong"),
        ("Công ty TNHH Minh Triết", "Cty TNHH Minh Triết"),
        ("Công ty TNHH Minh Triết", "Công ty Trách nhiệm hữu hạn Minh Triết"),
        ("Công ty TNHH Minh Triết", "Minh Triết Co., Ltd"),
        ("Công ty TNHH Minh Triết", "MINH TRIẾT TNHH"),
        ("Công ty TNHH MTV An Phát", "Công ty TNHH một thành viên An Phát"),
        ("Công ty TNHH MTV An Phát", "Công ty TNHH 1 thành viên An Phát"),
        ("Công ty TNHH MTV An Phát", "Cty TNHHMTV An Phát"),
        ("CTCP ĐT&PT An Phát", "Công ty cổ phần đầu tư và phát triển An Phát"),
        ("CTCP dược thảo Thiên Phú", "Công ty Cổ phần dược thảo Thiên Phú"),
        ("Công ty CP TM Khải Hoàn", "Công ty Cổ phần thương mại Khải Hoàn"),
        ("Công ty TNHH TM & DV Hương Hương Phú", "Công ty TNHH Thương mại và dịch vụ Hương Hương Phú"),
        ("Công ty TNHH TMDV Hương Hương Phú", "Công ty TNHH thương mại - dịch vụ Hương Hương Phú"),
        ("Công ty TNHH SXCB& TM Hà Trung", "Công ty TNHH Sản xuất chế biến và Thương mại Hà Trung"),
        ("HTX DVNN TH Hòa Thành", "HTX Dịch vụ nông nghiệp tổng hợp Hoà Thành"),
        ("HTX NN KDTH Đồng Din", "HTX Nông nghiệp kinh doanh tổng hợp Đồng Din"),
        ("HTX sản xuất, kinh doanh, dịch vụ nông nghiệp An Lỗ", "HTX SXKD DVNN An Lỗ"),
        ("Hộ kinh doanh nước mắm Tân Lập", "Hộ sản xuất kinh doanh nước mắm Tân Lập"),
        ("HKD nước mắm Tân Lập", "Hộ SXKD nước mắm Tân Lập"),
        ("Cơ sở sản xuất nem chả Cô Hiển", "CSSX nem chả Cô Hiển"),
        ("DNTN Mỹ Quang", "Doanh nghiệp tư nhân Mĩ Quang"),
        ("THT trang trại Sơn Ngọc", "Tổ hợp tác trang trại Sơn Ngọc"),
        ("HTX Lý Sơn", "HTX Lí Sơn"),
        ("HTX Quý Hương", "HTX Quí Hương"),
        ("Hợp tác xã Phú Mỹ", "Hop tac xa Phú Mỹ"),
        ("ＨＴＸ An Nghiệp", "HTX An Nghiệp"),
    ] {
        assert!(same(one, two), "{one} = {two}: {:?} {:?}", ProducerName::of(one), ProducerName::of(two));
    }
}

#[test]
fn names_that_differ_in_what_names_them_stay_apart() {
    for (one, two) in [
        ("HTX Thanh An", "HTX Thạnh An"),
        ("HTX Vĩnh Kim", "HTX Vinh Kim"),
        ("HTX Hòa Xuân Tây 1", "HTX Hòa Xuân Tây 2"),
        ("HTX Nông nghiệp An Nghiệp", "HTX Dịch vụ An Nghiệp"),
        ("HTX An Nghiệp", "HTX Nông nghiệp An Nghiệp"),
        ("HTX EaTrol", "HTX Ea Trol"),
        ("Công ty TNHH An Phát", "Công ty Cổ phần An Phát"),
        ("Công ty TNHH An Phát", "Công ty TNHH MTV An Phát"),
        ("Công ty TNHH An Phát", "Công ty An Phát"),
        ("HTX An Phát", "Tổ hợp tác An Phát"),
        ("Hộ kinh doanh An Phát", "Cơ sở An Phát"),
        ("HTX Thúy", "HTX Thúi"),
        ("HTX Hay", "HTX Hai"),
        ("Cơ sở Bà Mười", "Cơ sở Bà Mươi"),
        ("Công ty TNHH TH True Milk", "Công ty TNHH Tổng hợp True Milk"),
    ] {
        assert!(!same(one, two), "{one} is not {two}: {:?}", ProducerName::of(one));
    }
    assert_eq!(ProducerName::of("HTX EaTrol").key(), ProducerName::of("Htx Ea Trol").key(), "found all the same");
}

#[test]
fn a_name_is_taken_apart_into_form_activity_and_what_names_it() {
    for (name, kind, core, head, tail) in [
        ("HTX Nông nghiệp An Nghiệp", Some(Kind::Cooperative), "nông nghiệp an nghiệp", "an nghiep", "an nghiep"),
        ("HTX Muối Tuyết Diêm", Some(Kind::Cooperative), "muối tuyết diêm", "muoi tuyet", "tuyet diem"),
        ("Muối Tuyết Diêm", None, "muối tuyết diêm", "muoi tuyet", "tuyet diem"),
        ("Công ty CP X", Some(Kind::JointStock), "x", "x", "x"),
        ("Hộ kinh doanh [cá nhân]", Some(Kind::Household), "cá nhân", "", ""),
        ("HTX", Some(Kind::Cooperative), "", "", ""),
        ("", None, "", "", ""),
        ("… & …", None, "và", "va", "va"),
    ] {
        let read = ProducerName::of(name);
        assert_eq!((read.kind, read.core()), (kind, spell(core)), "{name}");
        assert_eq!((read.head().as_str(), read.tail().as_str()), (head, tail), "{name}");
    }
}

#[test]
fn a_name_without_anything_that_names_it_is_told() {
    for nobody in ["HTX", "HTX Nông nghiệp", "Hộ kinh doanh [cá nhân]", "HTX sản xuất", "Công ty TNHH TM & DV", "?"]
    {
        assert!(!ProducerName::of(nobody).is_distinct(), "{nobody}");
    }
    for somebody in ["HTX Nông nghiệp 1", "Hộ kinh doanh [cá nhân A]", "A", "HTX Nông nghiệp An Nghiệp"] {
        assert!(ProducerName::of(somebody).is_distinct(), "{somebody}");
    }
    assert_eq!(ProducerName::of("HTX Tây 01 số 10").numbers(), ["1", "10"]);
}

#[test]
fn titles_of_communes_are_left_out_where_likeness_is_asked_for() {
    let untitled = |name: &str| ProducerName::of(name).untitled();
    assert_eq!(untitled("HTX Nông nghiệp xã An Bình"), untitled("HTX phường An Bình"));
    assert_eq!(untitled("HTX thị trấn Củng Sơn"), "cungson");
    assert_eq!((untitled("HTX Xã"), untitled("HTX thị xã")), ("xa".to_owned(), "thixa".to_owned()));
}

#[test]
fn likeness_counts_what_is_shared() {
    assert!((likeness("tuyetdiem", "tuyetdiem") - 1.0).abs() < f64::EPSILON);
    assert!(likeness("tuyetdiem", "tuyetdien") > 0.8);
    assert!(likeness("tuyetdiem", "anphat") < 0.1 && likeness("", "a").abs() < f64::EPSILON);
    assert!((likeness("a", "a") - 1.0).abs() < f64::EPSILON && likeness("a", "b").abs() < f64::EPSILON);
}

/// The real spellings of commune names: what differs in tone placement alone is one name, what truly differs is not.
#[test]
fn real_pairs_of_spellings_are_one_exactly_where_they_are_said_to_be() {
    let mut seen = [0; 2];
    for row in csv::Reader::from_reader(PAIRS.as_bytes()).records() {
        let row = row.expect("a row");
        // The name without its title: Xã, Phường, Thị trấn.
        let name = |at: usize| {
            let name = row.get(at).expect("a spelling");
            let title =
                ["Xã ", "Phường ", "Thị trấn ", "Thị Trấn "].into_iter().find_map(|title| name.strip_prefix(title));
            format!("HTX {}", title.unwrap_or(name))
        };
        let (one, two, equal) = (name(1), name(2), row.get(3) == Some("1"));
        seen[usize::from(equal)] += 1;
        assert_eq!(same(&one, &two), equal, "{one} {two}");
    }
    assert_eq!(seen, [40, 80]);
}

/// A Vietnamese syllable or another word, with the old and the new placement of its tone.
fn word() -> impl Strategy<Value = (String, String)> {
    let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
    prop_oneof![
        Just(pair("Hoà", "Hòa")),
        Just(pair("Khoẻ", "Khỏe")),
        Just(pair("Thuỷ", "Thủy")),
        Just(pair("Hoè", "Hòe")),
        Just(pair("Lý", "Lí")),
        "(Đồng|Nguyễn|Sơn|Ệch|nước|mắm|Yên|Quỳnh|HTX|TNHH|công|ty|và|SX|sản|xuất|cá|nhân|[a-z]{1,6}|[0-9]{1,3})"
            .prop_map(|word| (word.clone(), word)),
    ]
}

proptest! {
    #[test]
    fn spelling_twice_changes_nothing(text in "\\PC{0,24}") {
        prop_assert_eq!(spell(&spell(&text)), spell(&text));
        prop_assert_eq!(spell(&text.nfd().collect::<String>()), spell(&text));
    }

    #[test]
    fn what_a_name_is_does_not_depend_on_case_tone_placement_or_normal_form(
        words in prop::collection::vec(word(), 0..7),
        gap in "( |  | - |, |\\.)",
    ) {
        let old = words.iter().map(|(old, _)| old.as_str()).collect::<Vec<_>>().join(" ");
        let new = words.iter().map(|(_, new)| new.as_str()).collect::<Vec<_>>().join(&gap);
        let read = ProducerName::of(&old);
        prop_assert_eq!(&ProducerName::of(&new), &read);
        prop_assert_eq!(&ProducerName::of(&new.to_uppercase()), &read);
        prop_assert_eq!(&ProducerName::of(&new.to_lowercase()), &read);
        prop_assert_eq!(&ProducerName::of(&old.nfd().collect::<String>()), &read);
        prop_assert_eq!(&ProducerName::of(&read.canonical()), &read, "{}", read.canonical());
    }

    #[test]
    fn keys_are_plain_and_bounded(name in "\\PC{0,60}") {
        let read = ProducerName::of(&name);
        for key in [read.key(), read.head(), read.tail(), read.proper()] {
            prop_assert!(!key.contains('đ') && key.chars().all(|c| c == ' ' || c.is_alphanumeric()), "{key:?}");
        }
    }
}
