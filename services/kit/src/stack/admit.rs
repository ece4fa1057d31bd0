//! Who may come in: the contract, the deadline, the limits, the token, the role.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use opentelemetry::Context;
use proto::common::v1::{ErrorReason as Common, Scope};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tonic::metadata::MetadataValue;

use super::{Inner, Result};
use crate::auth::Caller;
use crate::call::CallSeed;
use crate::error::Error;
use crate::inventory::Method;

/// What a call that may come in carries on.
pub(super) struct Admitted {
    pub(super) seed: CallSeed,
    pub(super) permit: OwnedSemaphorePermit,
}

/// A refusal with the caller, as far as it is known.
type Refusal = (String, Error);

impl Inner {
    pub(super) async fn admit(&self, path: &str, headers: &HeaderMap, context: Context) -> Result<Admitted, Refusal> {
        let unknown = |error: Error| ("unknown".to_owned(), error);
        let method = self.rpcs.find(path).method.ok_or_else(|| unknown(Error::unimplemented(path)))?;
        if method.scope == Scope::Unspecified || (method.roles.is_empty() && method.scope != Scope::Public) {
            return Err(unknown(Error::denied(Common::MethodUndeclared).with("method", path)));
        }
        let deadline = self.deadline(method, headers).map_err(unknown)?;
        let permit = self.permit(method).map_err(unknown)?;
        let caller = self.caller(method, headers).map_err(unknown)?;
        if let Some(caller) = &caller {
            let named = |error: Error| (caller.subject.clone(), error);
            self.rate(caller).await.map_err(named)?;
            role(method, caller).map_err(named)?;
        }
        let authorization = headers.get(AUTHORIZATION);
        let authorization = authorization.and_then(|v| MetadataValue::try_from(v.as_bytes()).ok());
        Ok(Admitted { seed: CallSeed { caller, method, deadline, authorization, context }, permit })
    }

    fn deadline(&self, method: &Method, headers: &HeaderMap) -> Result<Option<Instant>> {
        let asked = timeout_of(headers)?;
        let time = asked.or_else(|| (!method.streaming).then_some(self.limits.default_deadline));
        // A deadline beyond what an instant can hold is none.
        Ok(time.and_then(|t| Instant::now().checked_add(t)))
    }

    fn permit(&self, method: &Method) -> Result<OwnedSemaphorePermit> {
        let places = if method.streaming { &self.streams } else { &self.unary };
        let permit = places.clone().try_acquire_owned();
        permit.map_err(|_| Error::exhausted(Common::Overloaded, Duration::from_millis(200)))
    }

    /// Who calls. A public method needs no token, but one that is sent must be good.
    fn caller(&self, method: &Method, headers: &HeaderMap) -> Result<Option<Arc<Caller>>> {
        let header = headers.get(AUTHORIZATION);
        if header.is_none() && method.scope == Scope::Public {
            return Ok(None);
        }
        let header = header.and_then(|h| h.to_str().ok());
        let verified = self.verifier.verify(header, self.clock.now_us());
        verified.map(Some).map_err(|fault| Error::unauthenticated(fault.reason()))
    }

    async fn rate(&self, caller: &Caller) -> Result<()> {
        match self.limits.calls_per_minute {
            0 => Ok(()),
            most => self.cache.limit(&caller.subject, most, self.clock.now_us()).await,
        }
    }
}

/// Refuses a caller that holds none of the method's roles anywhere.
fn role(method: &Method, caller: &Caller) -> Result<()> {
    if method.scope == Scope::Public || caller.roles.iter().any(|held| method.roles.contains(&held.role)) {
        Ok(())
    } else {
        Err(Error::denied(Common::RoleMissing).with("method", method.path.trim_start_matches('/')))
    }
}

/// The time that the caller gives a call: `grpc-timeout`, at most eight digits and a unit.
///
/// # Errors
/// INVALID_ARGUMENT for a header of another form.
pub fn timeout_of(headers: &HeaderMap) -> Result<Option<Duration>> {
    let Some(value) = headers.get("grpc-timeout") else { return Ok(None) };
    let malformed = || Error::malformed(Common::MessageUndecodable).with("detail", "grpc-timeout");
    let text = value.to_str().map_err(|_| malformed())?;
    let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(malformed)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed());
    }
    let n: u64 = digits.parse().map_err(|_| malformed())?;
    match unit {
        "H" => Ok(Duration::from_secs(n * 3600)),
        "M" => Ok(Duration::from_secs(n * 60)),
        "S" => Ok(Duration::from_secs(n)),
        "m" => Ok(Duration::from_millis(n)),
        "u" => Ok(Duration::from_micros(n)),
        "n" => Ok(Duration::from_nanos(n)),
        _ => Err(malformed()),
    }
    .map(Some)
}
