//! The contracts of the suite and nothing else: messages, clients and servers generated from `ocop/**.proto`,
//! and the descriptors with every option and comment.
//!
//! The descriptors are the suite's inventory: access rules, HTTP routes, validation and the texts of errors are read
//! from them at start, and the tests prove from them that nothing was forgotten.
//!
//! Deliberately absent: behaviour. What a message means is decided in the services; this crate has no rule and no IO.

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

#[allow(dead_code, missing_docs, clippy::all, clippy::pedantic, unreachable_pub, reason = "the build wrote it")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/tree.rs"));
}

pub use generated::google;
pub use generated::ocop::*;

/// The encoded `FileDescriptorSet` of every package, with options and comments: what reflection serves.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The same, decoded once.
static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).unwrap_or_default());

/// All descriptors, decoded once. An undecodable set (impossible for what the build wrote) reads as an empty pool,
/// which every start check reports.
#[must_use]
pub fn pool() -> &'static DescriptorPool {
    &POOL
}

/// A machine reason of an error: a value of some package's `ErrorReason`. Its texts stand in the proto beside it.
pub trait Reason: Copy + Send + Sync + 'static {
    /// The package that owns the reason, sent as `ErrorInfo.domain`, such as `ocop.registry.v1`.
    fn domain(self) -> &'static str;
    /// The reason as it is sent: UPPER_SNAKE without the enum's prefix, such as `TAX_CODE_TAKEN`.
    fn id(self) -> &'static str;
}

macro_rules! reasons {
    ($($package:ident),+) => {$(
        impl Reason for $package::v1::ErrorReason {
            fn domain(self) -> &'static str {
                concat!("ocop.", stringify!($package), ".v1")
            }
            fn id(self) -> &'static str {
                let name = self.as_str_name();
                name.strip_prefix("ERROR_REASON_").unwrap_or(name)
            }
        }
    )+};
}

// One line per package that has its own reasons.
reasons!(common, registry, training, evaluation, budget);
