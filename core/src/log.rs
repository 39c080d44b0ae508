//! The logging shim: the only file that knows `log` and `defmt`.
//!
//! With neither feature the macros evaluate nothing but still check their arguments; with both,
//! a message goes to both. Key material and typed bytes are never logged.
//!
//! Every public type can be formatted by `defmt`: most derive it, and the others say with
//! [`defmt_format`] what there is to say.

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

/// Says how `defmt` formats a type for which deriving would say too much: one that holds a key,
/// what somebody typed, or a buffer.
///
/// `defmt_format!([generics] Type, pattern => "text", arguments; ...)`, where elided lifetimes need
/// no generics.
macro_rules! defmt_format {
    ([$($generics:tt)*] $type:ty, $($value:pat => $text:literal $(, $arg:expr)*);+) => {
        #[cfg(feature = "defmt")]
        impl<$($generics)*> ::defmt::Format for $type {
            fn format(&self, f: ::defmt::Formatter<'_>) {
                match self {
                    $($value => ::defmt::write!(f, $text $(, $arg)*),)+
                }
            }
        }
    };
    ($type:ty, $($rest:tt)+) => {
        $crate::log::defmt_format!([] $type, $($rest)+);
    };
}

#[allow(unused_imports, reason = "a build need not use every level")]
pub(crate) use {debug, defmt_format, emit, trace, warning};
