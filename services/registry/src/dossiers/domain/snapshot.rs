//! The sealed snapshot in canonical form: JSON with the fields in the order written here and lists sorted. The digest is of
//! these bytes; the order of fields is therefore frozen, and a field is never renamed. Another form gets another number.
//! It holds no personal data: people are named by id.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Assessment, Remark, Sheet};

/// Number of the form of a single product.
pub const FORM: &str = "ocop.dossier/1";

/// Number of the form of a bundle: the same with the bundle and its products at the end.
pub const FORM_OF_BUNDLE: &str = "ocop.dossier/2";

/// Everything that is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`FORM`] or [`FORM_OF_BUNDLE`].
    pub form: String,
    /// The dossier's name.
    pub dossier: String,
    /// What it asks for.
    pub kind: String,
    /// The product; of a bundle the one that leads.
    pub product: Goods,
    /// The producer.
    pub producer: Maker,
    /// The commune.
    pub unit: String,
    /// Id of the regime.
    pub regime: String,
    /// The product set.
    pub product_set: String,
    /// Id of the card; empty where no source has it.
    pub scorecard: String,
    /// SHA-256 of the card's bytes.
    pub scorecard_digest: String,
    /// The day of the first submission.
    pub filing_date: String,
    /// The day of the latest submission.
    pub submit_date: String,
    /// The day of sealing.
    pub seal_date: String,
    /// How often it was submitted.
    pub round: i32,
    /// Number of the registration slip at the commune.
    pub commune_slip: String,
    /// Number of the registration slip at the province.
    pub upper_slip: String,
    /// Number of the certificate.
    pub certificate: String,
    /// First day on which it is no longer in force.
    pub certificate_end_date: String,
    /// The forms, by id.
    pub forms: Vec<Sheet>,
    /// The papers, by paper and evidence.
    pub papers: Vec<SealedPaper>,
    /// The commune's findings.
    pub assessment: Option<Assessment>,
    /// What the latest return asked for.
    pub remarks: Vec<Remark>,
    /// Samples with the authority.
    pub samples: i64,
    /// True for an invented sample.
    pub sample: bool,
    /// The bundle; not written where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bundle: String,
    /// Its products, the leading one among them; not written where there is no bundle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Goods>,
}

/// The product at sealing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// What it is called.
    pub display_name: String,
}

/// The producer at sealing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maker {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub display_name: String,
    /// Its legal form.
    pub legal_form: String,
}

/// One paper at sealing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedPaper {
    /// The paper.
    pub paper: String,
    /// Why it is not needed; empty where it is attached.
    pub waive_reason: String,
    /// The evidence.
    pub evidence: String,
    /// Its version.
    pub version: i32,
    /// Its kind.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// Who issued it.
    pub issuing_body: String,
    /// The number given to it.
    pub document_number: String,
    /// First day on which it is good.
    pub valid_from: String,
    /// Last day on which it is good.
    pub valid_to: String,
    /// The file's type.
    pub media_type: String,
    /// The file's size.
    pub size_bytes: i64,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl Snapshot {
    /// The canonical bytes; none where a text cannot be written, which no text is.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(self).ok()
    }
}
