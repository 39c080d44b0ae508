//! How client and device come to a common key.

pub use mosh_core::crypto::SessionKey;
