use super::*;
use time::macros::date;

fn id(filed: Date, kind: DossierKind) -> Result<&'static str, RegimeFault> {
    resolve(filed, kind).map(|regime| regime.id.as_str())
}

#[test]
fn the_filing_day_chooses_the_regime() {
    let kinds = [DossierKind::First, DossierKind::Upgrade, DossierKind::ReEvaluation];
    for kind in kinds {
        let none = RegimeFault::BeforeFirst { first: date!(2019 - 08 - 21) };
        assert_eq!(id(date!(2019 - 08 - 20), kind), Err(none));
        assert_eq!(id(date!(2019 - 08 - 21), kind), Ok("q1048"));
        assert_eq!(id(date!(2023 - 02 - 23), kind), Ok("q1048"));
        assert_eq!(id(date!(2023 - 02 - 24), kind), Ok("q148"));
        assert_eq!(id(date!(2026 - 05 - 21), kind), Ok("q148"));
        assert_eq!(id(date!(2026 - 05 - 22), kind), Ok("q26"));
        assert_eq!(id(date!(2031 - 01 - 01), kind), Ok("q26"));
    }
}

#[test]
fn dossiers_of_the_old_regime_finish_within_60_or_30_days() {
    let filed = date!(2026 - 05 - 21);
    assert_eq!(finish_by(filed, DossierKind::First), get("q148").unwrap().in_force_to);
    assert_eq!(finish_by(filed, DossierKind::Upgrade), Some(date!(2026 - 07 - 20)));
    assert_eq!(finish_by(filed, DossierKind::ReEvaluation), Some(date!(2026 - 06 - 20)));
    assert_eq!(finish_by(date!(2026 - 05 - 22), DossierKind::First), None);
}

#[test]
fn bands_are_half_open_on_exact_means() {
    for regime in all() {
        let stars = |sum, count| band_of(&regime.bands, sum, count);
        assert_eq!((stars(100, 1), stars(90, 1), stars(89_999, 1000)), (Some(5), Some(5), Some(4)));
        assert_eq!((stars(210, 3), stars(209, 3), stars(50, 1)), (Some(4), Some(3), Some(3)));
        assert_eq!((stars(149, 3), stars(30, 1), stars(29, 1), stars(0, 7)), (Some(2), Some(2), Some(1), Some(1)));
        assert_eq!((stars(101, 1), stars(-1, 1), stars(1, 0)), (None, None, None));
    }
}

#[test]
fn the_district_level_ends_on_5_july_2025() {
    let regime = get("q148").unwrap();
    assert_eq!(regime.levels_on(date!(2025 - 07 - 05)).len(), 4);
    assert_eq!(regime.levels_on(date!(2025 - 07 - 06)).len(), 3);
    assert_eq!(regime.levels_on(date!(2023 - 02 - 23)).len(), 0);
    let q1048 = get("q1048").unwrap();
    assert_eq!(q1048.levels_on(date!(2021 - 06 - 01)).len(), 3);
    assert_eq!(q1048.levels_on(date!(2021 - 06 - 01))[0].evaluates, Some(Evaluates::Fully(true)));
    assert_eq!((all().len(), programmes().len()), (3, 2));
    assert_eq!(get("q26").unwrap().re_evaluation.as_ref().unwrap().apply_not_earlier_than_days_before_expiry, 180);
}
