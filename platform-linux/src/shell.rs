//! Words of a shell command: quoting them and splitting them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// Appends `word` in single quotes, so that any shell takes it literally.
pub(crate) fn push_quoted(command: &mut OsString, word: &OsStr) {
    let mut quoted = vec![b'\''];
    for &byte in word.as_bytes() {
        match byte {
            b'\'' => quoted.extend_from_slice(br"'\''"),
            _ => quoted.push(byte),
        }
    }
    quoted.push(b'\'');
    command.push(OsString::from_vec(quoted));
}

/// Splits `text` into words as a shell would, without expanding anything: blanks separate, single
/// quotes keep everything, double quotes keep all but backslashes.
///
/// Returns `None` when a quote is not closed.
pub(crate) fn split(text: &OsStr) -> Option<Vec<OsString>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = text.as_bytes().iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' | b'\n' => words.extend(word.take()),
            b'\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match bytes.next()? {
                        b'\'' => break,
                        byte => word.push(byte),
                    }
                }
            }
            b'"' => {
                let word = word.get_or_insert_default();
                loop {
                    match bytes.next()? {
                        b'"' => break,
                        b'\\' => match bytes.next()? {
                            byte @ (b'"' | b'\\' | b'$' | b'`') => word.push(byte),
                            byte => word.extend([b'\\', byte]),
                        },
                        byte => word.push(byte),
                    }
                }
            }
            b'\\' => word.get_or_insert_default().extend(bytes.next()),
            _ => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    Some(words.into_iter().map(OsString::from_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_any_shell() {
        let mut command = OsString::from("x ");
        push_quoted(&mut command, OsStr::new("a b'c$"));
        assert_eq!(command, r"x 'a b'\''c$'");
    }

    #[test]
    fn words_are_split_as_shells_do() {
        for (text, expected) in [
            ("ssh", Some(&["ssh"][..])),
            ("  ssh  -p 2222 ", Some(&["ssh", "-p", "2222"])),
            ("ssh -o 'A B' -F \"/x y\"/z", Some(&["ssh", "-o", "A B", "-F", "/x y/z"])),
            (r#"a\ b "c\"d\e" '' x\\"#, Some(&["a b", r#"c"d\e"#, "", r"x\"])),
            ("", Some(&[])),
            ("a 'b", None),
            ("\"", None),
        ] {
            let expected = expected.map(|words| words.iter().map(OsString::from).collect());
            assert_eq!(split(OsStr::new(text)), expected, "{text}");
        }
    }
}
