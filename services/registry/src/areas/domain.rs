//! Raw-material areas as the rules see them.

use time::Date;

/// What of an area may be corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Crop or animal.
    pub material: String,
    /// Where in the commune.
    pub address: String,
    /// In square metres.
    pub area_m2: i64,
    /// What it is certified by: the contract's number, 0 and 1 for nothing.
    pub certificate: i32,
    /// Number of the certificate.
    pub certificate_number: String,
    /// Its last day.
    pub certificate_end_date: Option<Date>,
    /// What proves it.
    pub evidence: String,
    /// Share of local material, in whole percent.
    pub local_percent: i32,
}

/// True where a certificate is told together with what proves it.
#[must_use]
pub fn proven(certificate: i32, evidence: &str) -> bool {
    certificate <= 1 || !evidence.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_needs_its_evidence() {
        assert!(proven(0, "") && proven(1, "") && proven(2, "Chứng nhận 01") && !proven(4, ""));
    }
}
