//! What a login shell's user sees first: the message of the day, and sessions left behind.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::sys::account;
use crate::sys::os::MESSAGES_OF_THE_DAY;
use crate::utmp;

/// Returns the text for the terminal, unless `.hushlogin` in the home directory says that it is
/// not wanted. `server` is the process id that our own entry carries.
pub(crate) fn text(home: &Path, server: u32) -> Vec<u8> {
    if home.join(".hushlogin").exists() {
        return Vec::new();
    }
    let mut text = Vec::new();
    for group in MESSAGES_OF_THE_DAY {
        if let Some(message) = group.iter().find_map(|path| fs::read(path).ok()) {
            text.extend_from_slice(&message);
        }
    }
    let sessions = account::sessions();
    // Without sessions there is no need to know the user's name.
    if !sessions.is_empty()
        && let Some(account) = account::account()
    {
        let detached = utmp::detached(sessions, account.name.as_bytes(), server);
        text.extend_from_slice(notice(&detached).as_bytes());
    }
    text
}

/// Tells of the user's sessions that nobody is attached to.
fn notice(detached: &[String]) -> String {
    const BAR: &str = "\x1b[37;44m";
    const PLAIN: &str = "\x1b[m";
    match detached {
        [] => String::new(),
        [session] => format!(
            "\n{BAR}Mosh: You have a session here that nobody is attached to ({session}).{PLAIN}\n\n"
        ),
        several => {
            let mut text = format!(
                "\n{BAR}Mosh: You have {} sessions here that nobody is attached to:{PLAIN}\n",
                several.len()
            );
            for session in several {
                text.push_str(&format!("        - {session}\n"));
            }
            text.push('\n');
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_listed_with_their_servers() {
        assert_eq!(notice(&[]), "");
        assert!(notice(&["mosh [7]".into()]).contains("(mosh [7])"));
        let text = notice(&["mosh [7]".into(), "mosh [8]".into()]);
        assert!(text.contains("2 sessions") && text.contains("- mosh [8]"));
    }
}
