//! The logging shim: the only file that knows `log` and `defmt`.
//!
//! With neither feature the macros evaluate nothing but still check their arguments; with both,
//! a message goes to both. Key material and typed bytes are never logged.

macro_rules! emit {
    ($level:ident, $($arg:expr),+ $(,)?) => {{
        #[cfg(feature = "log")]
        ::log::$level!($($arg),+);
        #[cfg(feature = "defmt")]
        ::defmt::$level!($($arg),+);
        #[cfg(not(any(feature = "log", feature = "defmt")))]
        {
            let _ = || ($(&$arg),+,);
        }
    }};
}

#[allow(unused_macros, reason = "a build need not use every level")]
macro_rules! trace { ($($arg:tt)+) => { $crate::log::emit!(trace, $($arg)+) }; }
#[allow(unused_macros, reason = "a build need not use every level")]
macro_rules! debug { ($($arg:tt)+) => { $crate::log::emit!(debug, $($arg)+) }; }
#[allow(unused_macros, reason = "a build need not use every level")]
macro_rules! warning { ($($arg:tt)+) => { $crate::log::emit!(warn, $($arg)+) }; }

#[allow(unused_imports, reason = "a build need not use every level")]
pub(crate) use {debug, emit, trace, warning};
