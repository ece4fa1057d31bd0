use super::*;

#[test]
fn all_51_cards_load_with_their_figures() {
    assert_eq!(faults(), &[] as &[String]);
    assert_eq!((all().len(), list("q1048").len(), list("q148").len(), list("q26").len()), (51, 25, 0, 26));
    let criteria: usize = all().iter().map(|card| card.criteria().count()).sum();
    let options: usize = all().iter().flat_map(Card::criteria).map(|criterion| criterion.options().count()).sum();
    let marks: usize = all().iter().flat_map(Card::criteria).map(|criterion| criterion.star_minimum.len()).sum();
    let knockouts: usize = all().iter().flat_map(Card::criteria).map(|criterion| criterion.knockouts.len()).sum();
    assert_eq!((criteria, options, marks, knockouts), (1538, 5141 + 126, 574, 120));
    let short: Vec<&str> = all().iter().filter(|card| card.is_incomplete()).map(|card| card.id.as_str()).collect();
    assert_eq!(
        short,
        ["q1048-do-uong-co-con-khac", "q1048-thuc-pham-chuc-nang-thuoc-duoc-lieu", "q1048-tuong-nuoc-mam-gia-vi-long"]
    );
    assert!(all().iter().filter(|card| card.is_incomplete()).all(|card| card.sum_of_option_maxima == 98));
}

#[test]
fn digests_are_of_the_bytes_as_shipped() {
    let digests: std::collections::BTreeSet<&str> = all().iter().map(|card| card.digest.as_str()).collect();
    assert_eq!(digests.len(), 51);
    let text = include_bytes!("../../data/scorecards/q26-hoa.yaml");
    use sha2::{Digest, Sha256};
    assert_eq!(get("q26-hoa").unwrap().digest, hex::encode(Sha256::digest(text)));
}

#[test]
fn alternative_ladders_are_counted_through() {
    let criterion = get("q1048-ca-phe-ca-cao").unwrap().criterion("A3.2").unwrap();
    assert_eq!((criterion.select, criterion.ladders.len()), (Select::OneCaseThenOneOption, 2));
    let positions: Vec<i32> = criterion.options().map(|option| option.position).collect();
    assert_eq!(positions, [1, 2, 3, 4]);
    assert_eq!(criterion.option(4).unwrap().points, 1);
    assert_eq!((criterion.option(0), criterion.option(5)), (None, None));
    assert!(criterion.gives(0) && criterion.gives(2) && !criterion.gives(3));
}

#[test]
fn missing_sets_are_named_not_invented() {
    let missing: Vec<(&str, &str)> =
        missing_sets().iter().map(|set| (set.regime_id.as_str(), set.set.as_str())).collect();
    assert_eq!(missing, [("q1048", "Gạo, ngũ cốc"), ("q148", "all 26 sets")]);
    assert_eq!(get("q148-hoa"), None);
}

#[test]
fn every_broken_number_is_a_fault() {
    let good = get("q26-hoa").unwrap();
    let mut fine = Vec::new();
    checks::card(good, &mut fine);
    assert_eq!(fine, Vec::<String>::new());
    let faults_of = |change: &dyn Fn(&mut Card)| {
        let mut card = good.clone();
        change(&mut card);
        let mut faults = Vec::new();
        checks::card(&card, &mut faults);
        faults
    };
    fn first(card: &mut Card) -> &mut Criterion {
        &mut card.parts[0].sections[0].criteria[0]
    }
    let changes: [&dyn Fn(&mut Card); 8] = [
        &|card| first(card).max += 1,
        &|card| first(card).id = "A1.2".into(),
        &|card| card.parts[0].sections[0].max += 1,
        &|card| card.parts[1].max -= 1,
        &|card| first(card).ladders[0].options[0].points = -1,
        &|card| {
            first(card).star_minimum.insert(3, 7);
        },
        &|card| first(card).ladders.clear(),
        &|card| card.status = Status::Incomplete,
    ];
    for (index, change) in changes.iter().enumerate() {
        assert!(!faults_of(change).is_empty(), "change {index}");
    }
}
