//! Reference data that several services read by date, and the pure functions that go with them.
//!
//! Everything is embedded in the binary and parsed once, at the first use: there is no file to lose and no
//! version to disagree about between replicas. Parsing can fail only when a release is built from broken data;
//! [`check`] says so, with every fault at once, and services refuse to start on it. After a passed check the
//! accessors answer `&'static` data without locks.
//!
//! Units change while a process runs: the registry records reorganisations, and [`follow`] brings them to the others.
//!
//! [`wire`] reads the fields of requests that name this data.
//!
//! Deliberately absent: postal and phone tables, anything that an installation may
//! change (those are settings of regimes and councils, kept by the services), and every notion of "now".

pub mod calendar;
pub mod cards;
pub mod follow;
pub mod forms;
pub mod holidays;
pub mod imported;
pub mod indicators;
pub mod names;
pub mod norms;
pub mod participation;
pub mod products;
pub mod regimes;
pub mod tax_code;
pub mod terms;
pub mod text;
pub mod units;
pub mod wire;

/// Parses and cross-checks all embedded data. The error lists every fault found, one sentence each.
///
/// # Errors
/// When any embedded file is broken or two of them disagree.
pub fn check() -> Result<(), Vec<String>> {
    let mut faults = Vec::new();
    faults.extend_from_slice(regimes::faults());
    faults.extend_from_slice(cards::faults());
    faults.extend_from_slice(products::faults());
    faults.extend_from_slice(norms::faults());
    faults.extend_from_slice(indicators::faults());
    faults.extend_from_slice(holidays::faults());
    faults.extend_from_slice(terms::faults());
    faults.extend_from_slice(forms::faults());
    faults.extend_from_slice(participation::faults());
    faults.extend_from_slice(units::faults());
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_data_pass_every_check() {
        assert_eq!(super::check(), Ok(()));
    }
}
