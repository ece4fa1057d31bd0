//! Matching between the wire and the domain.

use kit::{Violations, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::units;

use crate::producers::domain::TaxCode;
use crate::producers::domain::matching::{Asked, Finding, Matcher, Reason, Verdict};
use crate::producers::store::matching::Candidate;
use crate::shared::wire::{commune_on, display_name};

pub(in crate::producers) fn match_producers(req: &pb::MatchProducersRequest, v: &mut Violations) -> Option<Matcher> {
    let no_code = req.tax_code.trim().is_empty();
    let named = if req.display_name.trim().is_empty() && !no_code {
        Some(None)
    } else {
        display_name(v, "display_name", &req.display_name).map(Some)
    };
    let tax_code = if no_code { None } else { TaxCode::new(&req.tax_code) };
    if !no_code && tax_code.is_none() {
        v.add("tax_code", ErrorReason::TaxCodeInvalid, &[("tax_code", &req.tax_code)]);
    }
    let as_of = v.date_or("as_of", req.as_of.as_ref(), v.today());
    let unit = if req.unit.is_empty() {
        if as_of.is_some_and(|day| day < units::FIRST_KNOWN_DAY) {
            let first = kit::day::text(units::FIRST_KNOWN_DAY);
            v.add("as_of", Common::DateBeforeKnown, &[("date", &first)]);
        }
        Some(None)
    } else {
        // A dated name says its own day.
        let day = units::by_name(&req.unit).map_or(as_of, |unit| Some(unit.valid_from));
        commune_on(v, "unit", &req.unit, ("as_of", day)).map(Some)
    };
    Some(Matcher::new(Asked { display_name: named?, tax_code, unit: unit?, legal_form: req.legal_form }))
}

pub(in crate::producers) fn candidates(best: Vec<(Finding, Candidate)>) -> pb::MatchProducersResponse {
    pb::MatchProducersResponse { candidates: best.into_iter().map(candidate).collect() }
}

fn candidate((finding, found): (Finding, Candidate)) -> pb::Candidate {
    pb::Candidate {
        producer: name::of("producers", found.id),
        score: finding.score,
        verdict: verdict(finding.verdict).into(),
        reasons: finding.reasons.into_iter().map(|of| reason(of).into()).collect(),
        display_name: found.display_name,
        legal_form: found.legal_form,
        tax_code: found.tax_code.unwrap_or_default(),
        unit: found.unit,
        merged_into: found.merged_into.map(|into| name::of("producers", into)).unwrap_or_default(),
    }
}

fn verdict(verdict: Verdict) -> pb::MatchVerdict {
    match verdict {
        Verdict::Same => pb::MatchVerdict::Same,
        Verdict::Possible => pb::MatchVerdict::Possible,
        Verdict::Different => pb::MatchVerdict::Different,
    }
}

fn reason(reason: Reason) -> pb::MatchReason {
    match reason {
        Reason::TaxCodeEqual => pb::MatchReason::TaxCodeEqual,
        Reason::TaxCodeBranch => pb::MatchReason::TaxCodeBranch,
        Reason::TaxCodeDiffers => pb::MatchReason::TaxCodeDiffers,
        Reason::NameEqual => pb::MatchReason::NameEqual,
        Reason::NameEqualFolded => pb::MatchReason::NameEqualFolded,
        Reason::NameEqualButForm => pb::MatchReason::NameEqualButForm,
        Reason::NameEqualWithoutMarks => pb::MatchReason::NameEqualWithoutMarks,
        Reason::NameEqualButActivity => pb::MatchReason::NameEqualButActivity,
        Reason::NameSimilar => pb::MatchReason::NameSimilar,
        Reason::NameDiffers => pb::MatchReason::NameDiffers,
        Reason::NameNotDistinct => pb::MatchReason::NameNotDistinct,
        Reason::CommuneEqual => pb::MatchReason::CommuneEqual,
        Reason::CommunePart => pb::MatchReason::CommunePart,
        Reason::CommuneDiffers => pb::MatchReason::CommuneDiffers,
        Reason::LegalFormEqual => pb::MatchReason::LegalFormEqual,
        Reason::LegalFormDiffers => pb::MatchReason::LegalFormDiffers,
    }
}

/// A reason without its prefix, in Vietnamese and in English: for verdicts on rows.
pub(crate) fn told(of: Reason) -> (String, &'static str, &'static str) {
    let id = reason(of).as_str_name().trim_start_matches("MATCH_REASON_").to_owned();
    let (vi, en) = match of {
        Reason::TaxCodeEqual => ("cùng mã số thuế", "equal tax codes"),
        Reason::TaxCodeBranch => {
            ("cùng người nộp thuế, khác đơn vị phụ thuộc", "of one taxpayer, but not one unit of it")
        }
        Reason::TaxCodeDiffers => ("khác mã số thuế", "different tax codes"),
        Reason::NameEqual => ("tên giống hệt", "equal names"),
        Reason::NameEqualFolded => ("tên giống nhau, khác cách viết", "equal names but for spelling"),
        Reason::NameEqualButForm => ("tên giống nhau, khác loại hình", "equal names but for the legal form"),
        Reason::NameEqualWithoutMarks => ("tên giống nhau nếu bỏ dấu", "equal names without marks"),
        Reason::NameEqualButActivity => ("tên giống nhau, khác ngành nghề", "equal names but for the activity"),
        Reason::NameSimilar => ("tên gần giống", "names alike"),
        Reason::NameDiffers => ("tên khác nhau", "different names"),
        Reason::NameNotDistinct => ("tên không chỉ rõ ai", "the name names nobody"),
        Reason::CommuneEqual => ("cùng xã", "one commune"),
        Reason::CommunePart => ("một phần cùng xã", "partly one commune"),
        Reason::CommuneDiffers => ("khác xã", "different communes"),
        Reason::LegalFormEqual => ("cùng loại hình", "one legal form"),
        Reason::LegalFormDiffers => ("khác loại hình", "different legal forms"),
    };
    (id, vi, en)
}
