//! Calls to the registry in this service's own name.
//!
//! Whoever may record attendance or read a coverage need not be somebody who may read persons or duties (a trainer, an
//! analyst). The caller is therefore judged here, by this service's own access rules, and the registry is asked in the
//! service's name for nothing but what those rules allow. Trace and deadline stay the caller's.

use kit::{Call, Kit, Result};
use tonic::Request;

/// A request to a peer in this service's name, within the caller's trace and time.
///
/// # Errors
/// INTERNAL where the installation gave the service no signing key.
pub fn in_own_name<T>(kit: &Kit, call: &Call, message: T) -> Result<Request<T>> {
    let mut request = call.to_peer(message);
    let own = kit.as_service(())?;
    if let Some(authorization) = own.metadata().get("authorization") {
        request.metadata_mut().insert("authorization", authorization.clone());
    }
    Ok(request)
}
