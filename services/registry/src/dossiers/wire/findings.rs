//! Findings of a check as people read them.

use kit::{day, name};
use proto::registry::v1 as pb;
use uuid::Uuid;

use super::super::domain::check::{Code, Facts, Finding, Holds};

/// What a finding asks for, in Vietnamese and English; the subject and the day stand beside it.
fn texts(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::FormFieldMissing => ("Điền trường bắt buộc của biểu mẫu.", "fill the required field in"),
        Code::SelfMarkMissing => ("Tự chấm điểm tiêu chí này.", "assess this criterion yourself"),
        Code::SelfMarkInvalid => {
            ("Điểm không có trong thang của tiêu chí; chọn lại.", "the points are none of the criterion's options")
        }
        Code::PaperMissing => ("Bổ sung giấy tờ bắt buộc còn hiệu lực.", "attach the required paper, in force"),
        Code::PaperConditionOpen => (
            "Đính kèm giấy tờ, hoặc khai không thuộc diện phải có.",
            "attach the paper, or say that its condition does not hold",
        ),
        Code::PaperWrongKind => ("Minh chứng không đúng loại; thay bằng loại khác.", "the evidence is of another kind"),
        Code::PaperExpired => ("Giấy tờ đã hết hạn; nộp bản mới.", "the paper has expired: renew it"),
        Code::PaperNotYetValid => ("Giấy tờ chưa có hiệu lực.", "the paper is not in force yet"),
        Code::PaperTooOld => ("Giấy tờ cũ hơn mức thường được chấp nhận.", "the paper is older than usually taken"),
        Code::PaperWithdrawn => ("Minh chứng đã được rút; gỡ ra và thay thế.", "it was withdrawn: replace it"),
        Code::PaperForeign => (
            "Minh chứng thuộc sản phẩm hoặc chủ thể khác.",
            "the evidence is about another product or of another producer",
        ),
        Code::PaperNotListed => ("Danh mục không có giấy tờ này; gỡ ra.", "the checklist has no such paper: detach it"),
        Code::PaperExpiresSoon => ("Giấy tờ sắp hết hạn.", "the paper ends soon"),
        Code::PaperNewerVersion => ("Kho minh chứng có bản mới hơn.", "the vault has a newer version"),
        Code::SetOtherRegime => (
            "Bộ sản phẩm không thuộc bộ tiêu chí của ngày nộp; chọn bộ khác.",
            "the product set is not of the filing day's regime: choose another",
        ),
        Code::RegimeMissing => ("Chưa có bộ tiêu chí vào ngày nộp.", "no regime was in force on the filing day"),
        Code::ScorecardUnknown => (
            "Không có phiếu chấm; hồ sơ vẫn niêm phong được nhưng không chấm được.",
            "no source has the scorecard: sealing works, grading will not",
        ),
        Code::ChecklistPartial => (
            "Danh mục giấy tờ chỉ biết một phần; hỏi thêm cấp xã.",
            "the list of papers is known in part only: ask the commune",
        ),
        Code::ProducerGone => (
            "Chủ thể đã bị xóa, được gộp hoặc chưa đăng ký vào ngày nộp.",
            "the producer is deleted, merged or was registered later",
        ),
        Code::LegalFormNotEntitled => {
            ("Loại hình chủ thể không thuộc đối tượng tham gia.", "producers of this legal form do not take part")
        }
        Code::LegalFormUnknown => ("Xác định loại hình pháp lý của chủ thể.", "find out the producer's legal form"),
        Code::CertificateMissing => {
            ("Ghi số giấy chứng nhận và ngày hết hiệu lực.", "name the certificate and the day on which it ends")
        }
        Code::TooEarly => ("Chưa đến kỳ nộp hồ sơ đánh giá lại.", "the window of re-evaluation has not opened"),
        Code::Late => (
            "Đã quá kỳ nộp; giấy chứng nhận còn giá trị tối đa 180 ngày sau khi hết hạn.",
            "the window has closed; the certificate lasts 180 days after its end at most",
        ),
        Code::CertificateEnded => (
            "Giấy chứng nhận đã hết hiệu lực; nộp hồ sơ đánh giá lần đầu.",
            "the certificate has ended: file a first evaluation",
        ),
        Code::SamplesMissing => ("Nộp đủ mẫu sản phẩm.", "hand the samples in"),
        Code::AssessmentMissing => ("Cấp xã lập báo cáo đánh giá.", "the commune records its findings"),
        Code::FinishByPassed => (
            "Đã quá hạn hoàn thành theo quy định cũ; rút và nộp lại.",
            "the last day under the old regime has passed: withdraw and file anew",
        ),
        Code::BundleDissolved => ("Bộ sản phẩm đã tách; rút và lập hồ sơ riêng.", "it was dissolved: file singly"),
        Code::BundleForeign => (
            "Bộ có sản phẩm của chủ thể khác; sửa bộ, hoặc rút và lập hồ sơ mới.",
            "the bundle has a product of another producer: change it, or withdraw and file anew",
        ),
    }
}

fn finding(f: &Finding) -> pb::Finding {
    let (vi, en) = texts(f.code);
    pb::Finding {
        code: f.code.number(),
        blocking: f.holds == Holds::Submission,
        blocks_sealing: f.holds != Holds::Nothing,
        subject: f.subject.clone(),
        evidence: f.evidence.map(|id| name::of("evidence", id)).unwrap_or_default(),
        date: f.date.map(day::pb),
        text_vi: vi.to_owned(),
        text_en: en.to_owned(),
    }
}

/// A check as it is answered.
pub(crate) fn report(id: Uuid, facts: &Facts, findings: &[Finding]) -> pb::CompletenessReport {
    let held = |up_to: Holds| findings.iter().any(|finding| finding.holds <= up_to);
    pb::CompletenessReport {
        dossier: name::of("dossiers", id),
        as_of: Some(day::pb(facts.as_of)),
        regime: facts.rules.map(|rules| format!("regimes/{}", rules.regime.id)).unwrap_or_default(),
        complete: !held(Holds::Submission),
        sealable: !held(Holds::Sealing),
        findings: findings.iter().map(finding).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_the_contracts_number_and_two_texts() {
        for code in Code::ALL {
            let theirs = pb::FindingCode::try_from(code.number()).expect("it is in the contract");
            assert_eq!(theirs.as_str_name(), format!("FINDING_CODE_{}", code.word()));
            let (vi, en) = texts(*code);
            assert!(vi != en && !vi.is_empty() && !en.is_empty(), "{code:?}");
        }
    }
}
