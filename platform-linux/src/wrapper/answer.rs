//! What ssh and the server say, line by line, until the server has said where it is.

use std::io::{self, BufRead, Write};

use crate::error::{Error, Status};
use crate::ports::parse_port;

/// Length of a session key in the form in which it is printed.
const KEY_LEN: usize = 22;

/// What was learnt from the lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// From the proxy: the address that ssh was connected to.
    pub(crate) address: Option<String>,
    /// From the proxy: the name that ssh looked for there.
    pub(crate) name: Option<String>,
    /// From the other machine: its address as ssh's server sees it.
    pub(crate) connection_address: Option<String>,
    /// From the server: its port and the key.
    pub(crate) connect: Option<(u16, String)>,
    /// The server complained about the range of ports.
    pub(crate) bad_port_range: bool,
}

impl Answer {
    /// Reads lines up to the one that says where the server is, or to the end. What is not meant
    /// for this program (banners, say) goes to `people`.
    ///
    /// # Errors
    ///
    /// When a line for this program is malformed, or a second one names an address.
    pub(crate) fn read(
        &mut self,
        lines: impl BufRead,
        mut people: impl Write,
    ) -> Result<(), Error> {
        for line in lines.split(b'\n') {
            let Ok(mut line) = line else { break };
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            let text = String::from_utf8_lossy(&line);
            if !self.take(&text)? {
                // Nobody may be watching; the session goes on all the same.
                let _ = show(&mut people, &line);
            }
            if self.connect.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Takes a line. Returns whether it was meant for this program.
    fn take(&mut self, line: &str) -> Result<bool, Error> {
        let bad = || {
            // What may be a key stays out of messages, which people show to one another.
            let kind = line.split_ascii_whitespace().take(2).collect::<Vec<_>>().join(" ");
            let message =
                format!("cannot make sense of the answer \"{kind} ...\"; is it mosh there?");
            Error::new(message).with_status(Status::NoServer)
        };
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if line.starts_with("MOSH IP ") {
            let [_, _, address] = words[..] else { return Err(bad()) };
            if self.address.is_some() {
                return Err(Error::new(format!(
                    "a second address arrived ({address}); does ssh run mosh's proxy twice?"
                ))
                .with_status(Status::NoAddress));
            }
            self.address = Some(address.to_owned());
        } else if line.starts_with("MOSH NAME ") {
            let [_, _, name] = words[..] else { return Err(bad()) };
            // The proxy's comes first; what the other machine says later is not for it to say.
            self.name.get_or_insert_with(|| name.to_owned());
        } else if line.starts_with("MOSH SSH_CONNECTION ") {
            let [_, _, _, _, address, _] = words[..] else { return Err(bad()) };
            self.connection_address = Some(address.to_owned());
        } else if line.starts_with("MOSH CONNECT ") {
            let [_, _, port, key] = words[..] else { return Err(bad()) };
            let port = parse_port(port).map_err(|_| bad())?;
            let is_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
            if key.len() != KEY_LEN || !key.bytes().all(is_key) {
                return Err(bad());
            }
            self.connect = Some((port, key.to_owned()));
        } else {
            self.bad_port_range |= line.contains("Bad UDP port");
            return Ok(false);
        }
        Ok(true)
    }
}

fn show(people: &mut impl Write, line: &[u8]) -> io::Result<()> {
    people.write_all(line)?;
    people.write_all(b"\n")?;
    people.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODw";

    fn read(text: &str) -> Result<(Answer, String), String> {
        let (mut answer, mut people) = (Answer::default(), Vec::new());
        answer.read(text.as_bytes(), &mut people).map_err(|error| error.to_string())?;
        Ok((answer, String::from_utf8(people).unwrap()))
    }

    #[test]
    fn reading_stops_at_the_connect_line() {
        let text = format!(
            "Welcome\r\nMOSH NAME a.example\nMOSH IP 192.0.2.1\nMOSH NAME b.example\n\r\nMOSH CONNECT 60001 {KEY} \r\nlater\n"
        );
        let (answer, people) = read(&text).unwrap();
        assert_eq!(answer.address.as_deref(), Some("192.0.2.1"));
        assert_eq!(answer.name.as_deref(), Some("a.example"));
        assert_eq!(answer.connect, Some((60001, KEY.to_owned())));
        assert_eq!(people, "Welcome\n\n");
    }

    #[test]
    fn the_address_of_the_connection_is_its_third_word() {
        let (answer, _) = read("MOSH SSH_CONNECTION 192.0.2.9 5000 192.0.2.1 22\n").unwrap();
        assert_eq!(answer.connection_address.as_deref(), Some("192.0.2.1"));
    }

    #[test]
    fn a_complaint_about_ports_is_remembered_and_shown() {
        let (answer, people) = read("Bad UDP port range (1:2)\nMOSH PIPE\n").unwrap();
        assert!(answer.bad_port_range);
        assert_eq!(people, "Bad UDP port range (1:2)\nMOSH PIPE\n");
    }

    #[test]
    fn malformed_lines_are_errors() {
        for text in [
            "MOSH IP ",
            "MOSH IP a b",
            "MOSH IP a\nMOSH IP a",
            "MOSH SSH_CONNECTION 192.0.2.9 5000 192.0.2.1",
            "MOSH CONNECT 60001",
            "MOSH CONNECT x AAECAwQFBgcICQoLDA0ODw",
            "MOSH CONNECT 70000 AAECAwQFBgcICQoLDA0ODw",
            "MOSH CONNECT 60001 AAECAwQFBgcICQoLDA0ODw more",
            "MOSH CONNECT 60001 AAECAwQFBgcICQoLDA0OD",
            "MOSH CONNECT 60001 AAECAwQFBgcICQoLDA0OD=",
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(!error.contains("AAECAw"), "{error}");
        }
    }
}
