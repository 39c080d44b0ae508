//! What must never be seen, not one character of it and not for one frame.
//!
//! A secret is typed when its prompt can be seen, or behind a key that ended a line. Whoever types
//! it in the middle of a line that is being echoed, before anything asks for it, shows it to any
//! terminal.

use alloc::format;

use super::Session;

/// A line that is being edited in a known shell, up to the Enter that runs `command`.
fn running(command: &str) -> Session {
    let mut session = Session::at_prompt();
    session.types_each(command);
    session.types("\r");
    session.answers(&format!("{command}\r\n\x1b[?2004l\r"));
    session
}

impl Session {
    /// Types `secret`, of which the program shows nothing; looks after each key, and as time goes
    /// by.
    #[track_caller]
    fn hides(&mut self, secret: &str) {
        self.masks(secret, "");
    }

    /// Types `secret`; the program shows `mask` for each character.
    #[track_caller]
    fn masks(&mut self, secret: &str, mask: &str) {
        let mut before = self.received();
        for c in secret.chars() {
            // The first answer comes when the next key has been typed.
            self.types(c.encode_utf8(&mut [0; 4]));
            assert_eq!(self.shows(), before, "after {c:?} of {secret:?}");
            self.passes(20);
            assert_eq!(self.shows(), before, "after {c:?} of {secret:?}");
            self.arrives(mask, self.typed - 1);
            before = self.received();
            assert_eq!(self.shows(), before, "after the answer to {c:?} of {secret:?}");
        }
        for _ in 0..4 {
            self.answers("");
            self.passes(80);
            assert_eq!(self.shows(), before, "{secret:?} is answered");
        }
    }
}

#[test]
fn no_prompt_for_a_secret_is_followed_by_what_is_typed() {
    for prompt in [
        "Password: ",
        "[sudo] password for user: ",
        "doas (user@host) password: ",
        "user@host's password: ",
        "(user@host) Password: ",
        "Enter passphrase for key '/home/user/.ssh/id_ed25519': ",
        "Enter password: ",
        "Verification code: ",
        "Password for 'https://user@host': ",
        "Enter PEM pass phrase:",
        "PIN: ",
        "Passwort: ",
        "Geheim: ",
        "$ ",
        "> ",
        "",
    ] {
        // As a whole, in pieces, and after the program had the time to ask.
        for pieces in 1..=3 {
            let mut session = running("ask");
            session.passes(100 * (pieces - 1));
            let at = prompt.len() * (pieces as usize - 1) / 3;
            session.prints(&prompt[..at]);
            session.passes(100);
            session.prints(&prompt[at..]);
            session.hides("a. b*c22d");
            session.types("\x7f");
            session.hides("x");
            session.types("\r");
            session.answers("\r\nSorry, try again.\r\n");
            session.prints(prompt);
            session.hides("tr0ub4dor");
            session.types("\x03");
            session.answers("\r\nuser@host:~$ ");
            session.hides("x");
        }
    }
}

#[test]
fn masked_fields_stay_masked() {
    for mask in ["*", ".", "\u{2022}", "\u{25cf}"] {
        for prompt in ["\x1b[?2004hread> ", "Code: ", "\x1b[?2004hCode: ", "Passphrase: "] {
            let mut session = running("ask");
            session.prints(prompt);
            session.masks("ab*.\u{2022} *..**", mask);
            session.types("\x7f");
            session.answers("\x08 \x08");
            session.masks("ab", mask);
        }
    }
}

#[test]
fn a_secret_typed_ahead_of_its_prompt_stays_hidden() {
    for output in ["Password: ", "\x1b[?2004l\rPassword: ", "\x1b[?2004l\r\x1b[?2004hPassword: "] {
        for rest in 0..=3 {
            let mut session = Session::at_prompt();
            session.types_each("su\r");
            session.types_each("hunter2");
            assert_eq!(session.row(), "user@host:~$ su|");
            session.arrives("su", session.typed - 10 + rest);
            assert_eq!(session.row(), "user@host:~$ su|");
            session.prints("\r\n");
            assert_eq!(session.row(), "|");
            session.types("x");
            session.passes(200);
            session.prints(output);
            assert_eq!(session.row(), "Password: |");
            session.hides("yz");
        }
    }
}

#[test]
fn a_prompt_that_resembles_one_that_was_echoed_is_not_trusted_with_a_secret() {
    for (name, secret) in [
        ("Enter username: ", "Enter password: "),
        ("Enter username: ", "Enter API key: "),
        ("Your name? ", "Your code? "),
    ] {
        let mut session = running("ask");
        session.prints(&format!("\x1b[?2004h{name}"));
        for c in ["m", "e", "e"] {
            session.types(c);
            session.answers(c);
        }
        session.types("\r");
        session.answers(&format!("\r\n\x1b[?2004l\r\x1b[?2004h{secret}"));
        session.masks("hunter2", "*");
    }
}

#[test]
fn a_secret_after_a_key_that_answers_stays_hidden() {
    for (question, next) in [
        ("Go on? [y/N] ", " Password: "),
        ("Go on? [y/N] ", "\r\nPassword: "),
        ("Type (a/b): ", " code: "),
        ("Type (a/b): ", "\r\nCode: "),
    ] {
        for wait in [0, 80, 200, 400] {
            let mut session = running("ask");
            session.prints(question);
            session.types("a");
            session.answers("a");
            session.passes(wait);
            session.prints(next);
            session.hides("hunter2");
        }
    }
}

#[test]
fn read_with_and_without_echo_ask_with_the_same_words() {
    let mut session = running("read x");
    session.prints("\x1b[?2004hread> ");
    for c in ["a", "b", "c"] {
        session.types(c);
        session.answers(c);
    }
    session.types("\r");
    session.answers("\r\n\x1b[?2004l\r\x1b[?2004huser@host:~$ ");
    session.passes(200);
    session.types_each("read -s x\r");
    session.answers("read -s x\r\n\x1b[?2004l\r\x1b[?2004hread> ");
    session.masks("hunter2", "\u{25cf}");
}

#[test]
fn a_resize_does_not_take_what_was_typed_ahead_for_a_new_line() {
    let mut session = Session::at_prompt();
    // The answers have been quick; then the link stalls.
    session.types_each("su\r");
    session.types_each("hunter2");
    session.passes(400);
    session.resizes(50, 8);
    session.prints("\r\x1b[Kuser@host:~$ ");
    let (rows, _) = session.shows();
    assert!(!rows.iter().any(|row| row.contains('h') && row.contains("$ h")), "{rows:?}");
    session.prints("su\r\n\x1b[?2004lPassword: ");
    session.hides("x");
}

#[test]
fn the_next_field_of_a_form_is_not_trusted() {
    for key in ["\t", "\r", "\x1b[B"] {
        for paste in ["", "\x1b[?2004h"] {
            let mut session = running("form");
            session.prints(paste);
            session.prints("\x1b[2J\x1b[H> Name\r\n> Password\x1b[1;3H");
            for c in ["b", "o", "b"] {
                session.types(c);
                session.answers(&format!("{c}\x1b[K"));
            }
            session.types(key);
            session.answers("\x1b[2;3H");
            session.masks("hunter2", "*");
        }
    }
}

#[test]
fn a_prompt_that_appears_by_itself_is_not_trusted() {
    let mut session = Session::at_prompt();
    session.types_each("some text");
    session.answers("some text");
    // An editor asks on its last row, unbidden.
    session.prints("\x1b[6;1HPassword for x: ");
    session.masks("hunter2", "*");
}

#[test]
fn what_follows_a_prefix_is_not_shown_where_it_was_typed() {
    for (prefix, wait) in [("\x02", 0), ("\x01", 0), ("\x02", 500), ("\x01", 500)] {
        let mut session = Session::at_prompt();
        session.types_each("some text");
        session.answers("some text");
        session.types(prefix);
        if wait > 0 {
            session.answers("");
            session.passes(wait);
        }
        session.types_each("ohunter2");
        let (rows, _) = session.shows();
        assert_eq!(rows[2], "user@host:~$ some text");
    }
}

#[test]
fn a_secret_that_is_answered_sooner_than_ever_is_not_taken_for_the_next_command() {
    let mut session = Session::new();
    session.prints("\x1b[?2004huser@host:~$ ");
    for c in ["s", "u"] {
        session.types(c);
        session.passes(400);
        session.answers(c);
    }
    session.types("\r");
    session.passes(400);
    session.answers("\r\n\x1b[?2004l\rcode: ");
    session.types_each("ab\r");
    session.prints("\r\n\x1b[?2004huser@host:~$ ");
    assert_eq!(session.row(), "user@host:~$ |");
    session.answers("");
    session.passes(200);
    for c in ["l", "s"] {
        session.types(c);
        session.answers(c);
    }
    session.types("x");
    assert_eq!(session.row(), "user@host:~$ lsx|");
}
