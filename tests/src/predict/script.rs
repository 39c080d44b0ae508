//! What is to be typed into which program: the files `tests/corpus/NAME.keys`.
//!
//! Lines `name: value` say how the program is started, an empty line ends them. A `file:` line is
//! followed by the file's lines, each after `| `. Everything after the empty line is typed as it
//! stands; line breaks are not, nor lines that begin with `# `. `<Name>` is a key or an
//! instruction, `<Name*3>` three of it:
//!
//! - `<Enter>` `<Tab>` `<BS>` `<Esc>` `<Space>` `<lt>` `<gt>`, `<Up>` `<Left>` `<Home>` `<PgDn>` `<Del>`
//!   `<F1>`…, `<C-w>` (Ctrl), `<A-b>` (Alt), `<C-Left>`, `<S-Tab>`;
//! - `<wait 800>` does nothing for so many milliseconds;
//! - `<see text>` goes on when the screen shows the text;
//! - `<secret>` and `</secret>` stand around what the program must not show.

use std::time::Duration;

use crate::Outcome;

/// A session to be recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// What the recording shows.
    pub title: String,
    /// A line for the shell.
    pub command: String,
    /// Debian packages that it needs.
    pub packages: Vec<String>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// Variables of the environment.
    pub environment: Vec<(String, String)>,
    /// Files in the home directory.
    pub files: Vec<(String, String)>,
    /// Lines for the shell that the user runs before.
    pub prepare: Vec<String>,
    /// Lines for the shell that root runs before.
    pub prepare_as_root: Vec<String>,
    /// Words in a hundred with a typing error that is noticed and corrected.
    pub typos: u32,
    /// What is typed.
    pub steps: Vec<Step>,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Presses a key; cursor keys as in the mode that terminals start in.
    Key(String),
    /// Does nothing for a while.
    Wait(Duration),
    /// Waits until the screen shows a text.
    See(String),
    /// What follows must not be shown.
    Secret,
    /// What follows may be shown.
    EndOfSecret,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    ///
    /// If it is none, with the number of the line.
    pub fn parse(text: &str) -> Outcome<Self> {
        let mut script = Self { size: (80, 24), ..Self::default() };
        let mut in_header = true;
        for (index, line) in text.lines().enumerate() {
            let parsed = if in_header && line.is_empty() {
                in_header = false;
                Ok(())
            } else if in_header {
                script.header(line)
            } else if line.starts_with("# ") {
                Ok(())
            } else {
                parse_steps(line, &mut script.steps)
            };
            parsed.map_err(|failure| format!("{}: {failure}", index + 1))?;
        }
        if script.command.is_empty() {
            return Err("no command".into());
        }
        Ok(script)
    }

    fn header(&mut self, line: &str) -> Outcome {
        if let Some(content) = line.strip_prefix('|') {
            let (_, file) = self.files.last_mut().ok_or("a line of no file")?;
            file.push_str(content.strip_prefix(' ').unwrap_or(content));
            file.push('\n');
            return Ok(());
        }
        let (name, value) = line.split_once(':').ok_or("neither a header nor an empty line")?;
        let value = value.trim();
        match name {
            "title" => value.clone_into(&mut self.title),
            "command" => value.clone_into(&mut self.command),
            "package" => self.packages.extend(value.split_whitespace().map(str::to_owned)),
            "size" => {
                let size = value
                    .split_once('x')
                    .and_then(|(columns, rows)| Some((columns.parse().ok()?, rows.parse().ok()?)));
                self.size = size.ok_or("a size is columns, x and rows")?;
            }
            "env" => {
                let (name, value) = value.split_once('=').ok_or("a variable is NAME=value")?;
                self.environment.push((name.to_owned(), value.to_owned()));
            }
            "file" => self.files.push((value.to_owned(), String::new())),
            "prepare" => self.prepare.push(value.to_owned()),
            "prepare as root" => self.prepare_as_root.push(value.to_owned()),
            "typos" => self.typos = value.parse().map_err(|_| "typos is a number")?,
            _ => return Err(format!("{name}: no such header")),
        }
        Ok(())
    }
}

/// Reads a line of what is typed.
fn parse_steps(mut line: &str, steps: &mut Vec<Step>) -> Outcome {
    while let Some(first) = line.chars().next() {
        if first != '<' {
            steps.push(Step::Key(first.to_string()));
            line = &line[first.len_utf8()..];
            continue;
        }
        let end = line.find('>').ok_or("a < without its >; the key is <lt>")?;
        let (name, count) = match line[1..end].rsplit_once('*') {
            Some((name, count)) => (name, count.parse().map_err(|_| "no count after *")?),
            None => (&line[1..end], 1_usize),
        };
        let step = parse_step(name)?;
        steps.extend(std::iter::repeat_n(step, count));
        line = &line[end + 1..];
    }
    Ok(())
}

fn parse_step(name: &str) -> Outcome<Step> {
    if let Some(text) = name.strip_prefix("see ") {
        return Ok(Step::See(text.to_owned()));
    }
    if let Some(millis) = name.strip_prefix("wait ") {
        let millis = millis.parse().map_err(|_| "wait takes milliseconds")?;
        return Ok(Step::Wait(Duration::from_millis(millis)));
    }
    match name {
        "secret" => Ok(Step::Secret),
        "/secret" => Ok(Step::EndOfSecret),
        _ => key(name).map(Step::Key).ok_or_else(|| format!("<{name}>: no such key")),
    }
}

/// What a key sends. Source: xterm's ctlseqs, "PC-Style Function Keys".
fn key(name: &str) -> Option<String> {
    if let Some((_, sent)) = KEYS.iter().find(|(known, _)| *known == name) {
        return Some((*sent).to_owned());
    }
    let (modifier, base) = name.split_once('-')?;
    let mut characters = base.chars();
    let single = characters.next().filter(|_| characters.next().is_none());
    if let Some((_, letter)) = LETTERS.iter().find(|(known, _)| *known == base) {
        let number = match modifier {
            "S" => 2,
            "A" => 3,
            "C" => 5,
            _ => return None,
        };
        return Some(format!("\x1b[1;{number}{letter}"));
    }
    match (modifier, single) {
        ("C", Some(c @ ('@'..='_' | 'a'..='z'))) => {
            Some(char::from(c.to_ascii_uppercase() as u8 & 0x1f).to_string())
        }
        ("A", Some(c)) => Some(format!("\x1b{c}")),
        ("A", None) => key(base).map(|sent| format!("\x1b{sent}")),
        _ => None,
    }
}

const LETTERS: &[(&str, char)] =
    &[("Up", 'A'), ("Down", 'B'), ("Right", 'C'), ("Left", 'D'), ("End", 'F'), ("Home", 'H')];

const KEYS: &[(&str, &str)] = &[
    ("Enter", "\r"),
    ("Tab", "\t"),
    ("S-Tab", "\x1b[Z"),
    ("BS", "\x7f"),
    ("Esc", "\x1b"),
    ("Space", " "),
    ("lt", "<"),
    ("gt", ">"),
    ("Up", "\x1b[A"),
    ("Down", "\x1b[B"),
    ("Right", "\x1b[C"),
    ("Left", "\x1b[D"),
    // The user's terminal is in the mode of the session, which always is that of applications;
    // of its keys a server changes only the four above back.
    ("Home", "\x1bOH"),
    ("End", "\x1bOF"),
    ("Ins", "\x1b[2~"),
    ("Del", "\x1b[3~"),
    ("PgUp", "\x1b[5~"),
    ("PgDn", "\x1b[6~"),
    ("F1", "\x1bOP"),
    ("F2", "\x1bOQ"),
    ("F3", "\x1bOR"),
    ("F4", "\x1bOS"),
    ("F5", "\x1b[15~"),
    ("F6", "\x1b[17~"),
    ("F7", "\x1b[18~"),
    ("F8", "\x1b[19~"),
    ("F9", "\x1b[20~"),
    ("F10", "\x1b[21~"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_says_how_to_start_and_what_to_type() {
        let text = "title: A\ncommand: bash -i\npackage: bash less\nsize: 100x30\nenv: A=b=c\n\
                    file: .bashrc\n| PS1='$ '\n|\n| x\nprepare: true\ntypos: 3\n\n\
                    l<lt><wait 5>\n# no\n <C-a><Left*2><see a b><secret>é</secret>\n";
        let script = Script::parse(text).unwrap();
        assert_eq!((&*script.title, &*script.command, script.size), ("A", "bash -i", (100, 30)));
        assert_eq!(script.packages, ["bash", "less"]);
        assert_eq!(script.environment, [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!(script.files, [(".bashrc".to_owned(), "PS1='$ '\n\nx\n".to_owned())]);
        assert_eq!((script.prepare.len(), script.typos), (1, 3));
        let key = |text: &str| Step::Key(text.to_owned());
        let wait = Step::Wait(Duration::from_millis(5));
        let see = Step::See("a b".to_owned());
        let left = key("\x1b[D");
        let typed = [key("l"), key("<"), wait, key(" "), key("\x01"), left.clone(), left, see];
        let secret = [Step::Secret, key("é"), Step::EndOfSecret];
        assert_eq!(script.steps, [&typed[..], &secret[..]].concat());
    }

    #[test]
    fn keys_have_names() {
        for (name, sent) in [
            ("Enter", "\r"),
            ("C-w", "\x17"),
            ("C-[", "\x1b"),
            ("C-_", "\x1f"),
            ("A-b", "\x1bb"),
            ("A-BS", "\x1b\x7f"),
            ("C-Left", "\x1b[1;5D"),
            ("A-.", "\x1b."),
        ] {
            assert_eq!(key(name).as_deref(), Some(sent), "{name}");
        }
        assert_eq!((key("Nothing"), key("C-ab"), key("X-a")), (None, None, None));
    }

    #[test]
    fn mistakes_are_found() {
        for text in ["title: x\n\na", "command: a\nwhat\n", "command: a\nx: y\n", "| a\n"] {
            assert!(Script::parse(text).is_err(), "{text:?}");
        }
        for typed in ["<", "<Nothing>", "<Up*x>", "<wait x>"] {
            assert!(Script::parse(&format!("command: a\n\n{typed}")).is_err(), "{typed:?}");
        }
    }
}
