//! Indicators between the wire and the reference data.

use kit::{Page, Violations};
use proto::budget::v1 as pb;
use reference::indicators::{self, Indicator};

use crate::plans::domain::Measure;

/// Reads a request.
pub fn list_indicators(req: &pb::ListIndicatorsRequest, v: &mut Violations) -> Option<Page> {
    v.page(req.page_size, &req.page_token, &[])
}

/// The indicators as they are answered, in the order of the measures.
#[must_use]
pub fn indicators() -> Vec<pb::Indicator> {
    let of = |measure: &Measure| {
        let found = indicators::all().iter().find(|of| of.measure == measure.word());
        found.map(|found| indicator(*measure, found))
    };
    Measure::ALL.iter().filter_map(of).collect()
}

fn indicator(measure: Measure, of: &Indicator) -> pb::Indicator {
    pb::Indicator {
        name: format!("indicators/{}", of.id()),
        measure: measure.number(),
        display_name_vi: of.name_vi.clone(),
        display_name_en: of.name_en.clone(),
        numerator_vi: of.numerator_vi.clone(),
        numerator_en: of.numerator_en.clone(),
        denominator_vi: of.denominator_vi.clone(),
        denominator_en: of.denominator_en.clone(),
        numerator_source: of.numerator_source.clone(),
        denominator_source: of.denominator_source.clone(),
        percent: !of.denominator_en.is_empty(),
        by_topics: measure.has_topics(),
        max_value: measure.most(),
        source: of.source.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_its_words_and_no_words_are_left_over() {
        let found: Vec<i32> = indicators().iter().map(|of| of.measure).collect();
        assert_eq!(found, Measure::ALL.iter().map(|measure| measure.number()).collect::<Vec<_>>());
        assert_eq!(found.len(), indicators::all().len());
        assert!(indicators().iter().all(|of| of.percent == (of.max_value == 100)));
    }
}
