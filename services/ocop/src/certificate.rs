//! `ocop certificate`: the signed code of a printed certificate, checked without a network.
//!
//! The public keys come from a file that `ocop certificate keys` wrote, so that an inspector far from any network can check
//! what a code says. A good signature proves what was issued, not that it still stands: the answer says so, and how to ask.

use std::path::Path;

use kit::BoxError;
use paper::token::{self, Claims, Jwk, Jwks};
use proto::evaluation::v1::GetSigningKeySetRequest;
use proto::evaluation::v1::certificate_paper_service_client::CertificatePaperServiceClient;

use crate::client::Client;

/// The public keys of a suite as a JSON Web Key Set.
///
/// # Errors
/// What the suite refuses with.
pub async fn keys(client: &Client) -> Result<String, BoxError> {
    let mut papers = CertificatePaperServiceClient::new(client.channel.clone());
    let set = papers.get_signing_key_set(client.request(GetSigningKeySetRequest {})).await?.into_inner();
    let keys = set.keys.into_iter().map(|key| Jwk { kty: key.kty, crv: key.crv, kid: key.kid, x: key.x }).collect();
    Ok(serde_json::to_string_pretty(&Jwks { keys })?)
}

/// Reads a key set that [`keys`] wrote.
///
/// # Errors
/// The file cannot be read, or holds something else.
pub fn read(file: &Path) -> Result<Jwks, BoxError> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: holds no key set: {e}", file.display()).into())
}

/// Checks a token; the lines that say what it comes to, or why it is no good.
///
/// # Errors
/// Why it is no good.
pub fn check(token: &str, keys: &Jwks) -> Result<Vec<String>, token::Refused> {
    let Claims { c, n, p, s, d, e, i } = token::check(token, keys)?;
    Ok(vec![
        "genuine: signed by this programme's key".to_owned(),
        format!("certificate  certificates/{c}"),
        format!("number       {n}"),
        format!("product      {p}"),
        format!("stars        {s}"),
        format!("valid from   {d}"),
        format!("ends before  {e}"),
        format!("paper        {i}"),
        "The signature proves what was issued, not that it still stands. With a network, ask".to_owned(),
        "ocop.evaluation.v1.CertificatePaperService/VerifyCertificate.".to_owned(),
    ])
}
