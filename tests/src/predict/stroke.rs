//! What one key sends: where the bytes of a terminal are cut into key strokes.
//!
//! Sources: ECMA-48 §5.4 (control sequences), xterm's ctlseqs, "PC-Style Function Keys" and "Alt
//! and Meta Keys".

const ESC: char = '\x1b';

/// Returns the length in bytes of the first key stroke of `text`; 0 only if it is empty.
///
/// A stroke is a character, ESC and a character (Alt or Meta), an ESC O or ESC [ sequence (a
/// function key), or one of these after another ESC. An ESC at the end is the Escape key: a
/// terminal writes the bytes of a key at once.
#[must_use]
pub fn first_len(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(ESC) else {
        return text.chars().next().map_or(0, char::len_utf8);
    };
    if let Some(parameters) = rest.strip_prefix('[') {
        let is_final = |byte: &u8| (0x40..=0x7e).contains(byte);
        // What never ends is Alt and a bracket.
        return parameters.bytes().position(|byte| is_final(&byte)).map_or(2, |at| at + 3);
    }
    if rest.starts_with('O') && rest.len() > 1 {
        return 2 + rest[1..].chars().next().map_or(0, char::len_utf8);
    }
    if rest.starts_with("\x1b[") || rest.starts_with("\x1bO") {
        return 1 + first_len(rest);
    }
    1 + rest.chars().next().map_or(0, char::len_utf8)
}

/// Whether `text` is what exactly one key sends.
#[must_use]
pub fn is_one(text: &str) -> bool {
    !text.is_empty() && first_len(text) == text.len()
}

/// Cuts `text` into key strokes.
pub fn split(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (first, rest) = text.split_at(first_len(text));
        text = rest;
        (!first.is_empty()).then_some(first)
    })
}

/// Whether two strokes are the same key: a cursor key or Home or End sends ESC [ or ESC O and the
/// same letter, as the program has asked for, and a session on the way may change one into the
/// other.
#[must_use]
pub fn is_same_key(a: &str, b: &str) -> bool {
    let letter = |text: &str| {
        let rest = text.strip_prefix("\x1b[").or_else(|| text.strip_prefix("\x1bO"))?;
        matches!(rest, "A" | "B" | "C" | "D" | "F" | "H").then(|| rest.to_owned())
    };
    a == b || letter(a).is_some_and(|found| letter(b) == Some(found))
}

/// Returns the length of a terminal's answer to a query of the program at the start of `text`:
/// device attributes, status and position reports, reports of modes, keyboards and strings.
///
/// No key sends these but Shift-F3, which looks like a position in the first row.
#[must_use]
pub fn reply_len(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix("\x1b[") {
        let end = rest.bytes().position(|byte| (0x40..=0x7e).contains(&byte))?;
        let parameters = rest[..end].trim_start_matches(['?', '>', '=']).trim_end_matches('$');
        let marked = parameters.len() < end;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let is_reply = match rest.as_bytes()[end] {
            // Device attributes; how keys are modified; flags of kitty's keyboard protocol.
            b'c' => marked,
            b'm' => rest.starts_with('>'),
            b'u' => rest.starts_with('?'),
            b'n' => digits(parameters),
            b'y' => rest[..end].ends_with('$'),
            b'R' => {
                let (row, column) = parameters.split_once(';')?;
                digits(row) && digits(column.split(';').next()?)
            }
            b't' => digits(parameters.split(';').next()?),
            _ => false,
        };
        return is_reply.then_some(end + 3);
    }
    let rest = text.strip_prefix("\x1b]").or_else(|| text.strip_prefix("\x1bP"))?;
    let bell = rest.find('\x07').map(|at| at + 1);
    let terminator = rest.find("\x1b\\").map(|at| at + 2);
    Some(2 + bell.into_iter().chain(terminator).min()?)
}

/// Whether `text` is the beginning of a sequence whose end is missing.
#[must_use]
pub fn may_go_on(text: &str) -> bool {
    match text.strip_prefix(ESC) {
        None => false,
        Some("" | "O") => true,
        Some(rest) if rest.starts_with('[') => first_len(text) == 2,
        Some(rest) => rest.starts_with([']', 'P']) && reply_len(text).is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_into_keys() {
        let text = "a語\x1b[A\x1bOB\x1bb\x1b[1;5C\x1b\x1b[D\r\x7f\x1b[3~\x1b";
        let keys = ["a", "語", "\x1b[A", "\x1bOB", "\x1bb", "\x1b[1;5C", "\x1b\x1b[D"];
        let rest = ["\r", "\x7f", "\x1b[3~", "\x1b"];
        assert_eq!(split(text).collect::<Vec<_>>(), [&keys[..], &rest[..]].concat());
        assert!(keys.iter().chain(&rest).all(|key| is_one(key)));
        assert!(!is_one("ab") && !is_one("") && !is_one("\x1b[AB"));
    }

    #[test]
    fn cursor_keys_are_the_same_in_both_modes() {
        assert!(is_same_key("\x1b[A", "\x1bOA"));
        assert!(!is_same_key("\x1b[A", "\x1bOB"));
        assert!(!is_same_key("\x1b[P", "\x1bOP"));
        assert!(is_same_key("x", "x") && !is_same_key("x", "y"));
    }

    #[test]
    fn answers_are_told_from_keys() {
        let attributes = ["\x1b[?62;22c", "\x1b[>1;10;0c", "\x1b[>4;2m", "\x1b[?1u"];
        for reply in attributes.into_iter().chain(["\x1b[0n", "\x1b[12;80R", "\x1b[?1;2$y"]) {
            assert_eq!(reply_len(&format!("{reply}x")), Some(reply.len()), "{reply:?}");
        }
        assert_eq!(reply_len("\x1b]11;rgb:0/0/0\x1b\\x"), Some(16));
        assert!(may_go_on("\x1b[?62;2") && may_go_on("\x1b") && may_go_on("\x1b]11;"));
        assert!(!may_go_on("\x1b[A") && !may_go_on("\x1b]11;\x07") && !may_go_on("a"));
        for key in ["\x1b[A", "\x1b[3~", "\x1bb", "\x1b", "c", "\x1b[1;5C", "\x1b[c"] {
            assert_eq!(reply_len(key), None, "{key:?}");
        }
    }
}
