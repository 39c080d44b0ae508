//! Which character set the locale variables name.
//!
//! # Differences
//!
//! mosh 1.4 refuses to run without a UTF-8 locale on both sides. Here widths come from a table in
//! the core and the terminal speaks UTF-8 in any case, so the locale only matters to the programs
//! inside the session.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use crate::sys::process::{locale_charset, set_variable};

/// The variables that make up a locale, in the order in which `mosh` passes them.
pub(crate) const VARIABLES: [&str; 15] = [
    "LANG",
    "LANGUAGE",
    "LC_CTYPE",
    "LC_NUMERIC",
    "LC_TIME",
    "LC_COLLATE",
    "LC_MONETARY",
    "LC_MESSAGES",
    "LC_PAPER",
    "LC_NAME",
    "LC_ADDRESS",
    "LC_TELEPHONE",
    "LC_MEASUREMENT",
    "LC_IDENTIFICATION",
    "LC_ALL",
];

/// Returns the variable that decides the character set, with its value: the first of `LC_ALL`,
/// `LC_CTYPE` and `LANG` that is not empty (POSIX.1 §8.2).
pub(crate) fn decisive(
    variables: impl Fn(&str) -> Option<OsString>,
) -> Option<(&'static str, OsString)> {
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| {
        variables(name).filter(|value| !value.is_empty()).map(|value| (name, value))
    })
}

/// Sees to it that programs run from here find a UTF-8 locale: if the environment names none, its
/// locale variables give way to `fallback` (words `NAME=VALUE`), which the user's own machine
/// sent. For single-threaded start-up only.
///
/// Returns a warning when that does not help either.
pub(crate) fn adopt(fallback: &[OsString]) -> Option<String> {
    if is_utf8(&locale_charset()) {
        return None;
    }
    for name in VARIABLES {
        set_variable(OsStr::new(name), None);
    }
    for setting in fallback {
        let bytes = setting.as_bytes();
        let (name, value) = match bytes.iter().position(|&byte| byte == b'=') {
            Some(at) => (&bytes[..at], Some(OsStr::from_bytes(&bytes[at + 1..]))),
            None => (bytes, None),
        };
        if !name.is_empty() {
            set_variable(OsStr::from_bytes(name), value);
        }
    }
    let charset = locale_charset();
    if is_utf8(&charset) {
        return None;
    }
    let cause = match decisive(|name| std::env::var_os(name)) {
        Some((name, value)) => format!("{name}={}", value.display()),
        None => "none is set".to_owned(),
    };
    Some(format!(
        "programs here will find no UTF-8 locale ({cause}, character set {charset}) and may garble \
         text that is not ASCII; set LANG to one of those that `locale -a` lists"
    ))
}

/// Whether a character set goes by this name: `UTF-8`, in the spellings that systems use.
pub(crate) fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("UTF-8") || charset.eq_ignore_ascii_case("UTF8")
}

/// Returns the character set that a locale's name states after its period, if it does.
pub(crate) fn stated_charset(locale: &OsStr) -> Option<String> {
    let text = String::from_utf8_lossy(locale.as_bytes());
    let (_, charset) = text.split_once('.')?;
    Some(charset.split('@').next().unwrap_or(charset).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let decide = |set: &'static [(&str, &str)]| {
            decisive(move |name| {
                set.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into())
            })
        };
        assert_eq!(decide(&[]), None);
        assert_eq!(decide(&[("LANG", "x"), ("LC_ALL", "")]), Some(("LANG", "x".into())));
        assert_eq!(decide(&[("LANG", "x"), ("LC_CTYPE", "y")]), Some(("LC_CTYPE", "y".into())));
        assert_eq!(decide(&[("LC_ALL", "z"), ("LC_CTYPE", "y")]), Some(("LC_ALL", "z".into())));
    }

    #[test]
    fn character_sets_are_recognised() {
        for (locale, charset, utf8) in [
            ("en_US.UTF-8", Some("UTF-8"), true),
            ("C.utf8", Some("utf8"), true),
            ("de_DE.ISO-8859-15@euro", Some("ISO-8859-15"), false),
            ("ca_ES.UTF-8@valencia", Some("UTF-8"), true),
            ("C", None, false),
        ] {
            let stated = stated_charset(OsStr::new(locale));
            assert_eq!(stated.as_deref(), charset, "{locale}");
            assert_eq!(stated.is_some_and(|charset| is_utf8(&charset)), utf8, "{locale}");
        }
    }
}
