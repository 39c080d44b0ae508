//! Command lines: flags as data, two parsers, and help that is made from the data.
//!
//! [`parse_long`] reads options as Perl's Getopt::Long does, which scripts around `mosh` rely on:
//! one or two dashes, unique prefixes, any case, words and options mixed. [`parse_short`] reads
//! options as POSIX getopt does, which is the interface between the programs.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// What may follow a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    /// Nothing, and `no-` before the name turns it off.
    NothingOrNo,
    Value,
}

/// A flag: its names, the first of which stands for it in the result, and its help.
#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) names: &'static [&'static str],
    pub(crate) takes: Takes,
    /// How the flag is written, and what it does: a line of help each.
    pub(crate) help: &'static [(&'static str, &'static str)],
}

/// An option as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    On,
    Off,
    Value(OsString),
}

/// A command line, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// First names and settings, in the order given.
    pub(crate) options: Vec<(&'static str, Setting)>,
    /// What is not an option.
    pub(crate) words: Vec<OsString>,
    /// What follows `--`, from [`parse_short`] alone: [`parse_long`] counts it among the words.
    pub(crate) rest: Vec<OsString>,
}

/// Why a command line cannot be taken apart. The user is to look at the help.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum BadFlag {
    /// There is no such option.
    Unknown(String),
    /// Several options begin like this.
    Ambiguous(String, Vec<String>),
    /// The option needs a value and was the last word.
    MissingValue(String),
    /// The option takes no value.
    UnexpectedValue(String),
}

impl fmt::Display for BadFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "there is no option {name}"),
            Self::Ambiguous(name, matches) => {
                write!(f, "the option {name} may mean {}", matches.join(" or "))
            }
            Self::MissingValue(name) => write!(f, "the option {name} needs a value"),
            Self::UnexpectedValue(name) => write!(f, "the option {name} takes no value"),
        }
    }
}

/// Takes apart `args` in the manner of Getopt::Long: a name may be shortened as long as it stays
/// unique, has one dash or two, in any case; its value follows after `=` or as the next word,
/// whatever that looks like. Words between options are collected. The first `--` ends the options
/// and is removed.
pub(crate) fn parse_long(
    flags: &'static [Flag],
    args: impl IntoIterator<Item = OsString>,
) -> Result<Parsed, BadFlag> {
    let mut parsed = Parsed::default();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let bytes = arg.as_bytes();
        if bytes == b"--" {
            parsed.words.extend(args);
            break;
        }
        let Some(rest) = bytes.strip_prefix(b"--").or_else(|| bytes.strip_prefix(b"-")) else {
            parsed.words.push(arg);
            continue;
        };
        if rest.is_empty() {
            parsed.words.push(arg);
            continue;
        }
        let (name, value) = match rest.iter().position(|&byte| byte == b'=') {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let shown = || format!("--{name}");
        let (flag, on) = find_long(flags, &name)?;
        let setting = match (flag.takes, value) {
            (Takes::Value, Some([])) => return Err(BadFlag::MissingValue(shown())),
            (Takes::Value, Some(value)) => Setting::Value(OsString::from_vec(value.to_vec())),
            (Takes::Value, None) => {
                Setting::Value(args.next().ok_or_else(|| BadFlag::MissingValue(shown()))?)
            }
            (_, Some(_)) => return Err(BadFlag::UnexpectedValue(shown())),
            (_, None) if on => Setting::On,
            (_, None) => Setting::Off,
        };
        parsed.options.push((flag.names[0], setting));
    }
    Ok(parsed)
}

/// Finds the flag that `name` (in lower case) is or begins, and whether it is turned on.
fn find_long(flags: &'static [Flag], name: &str) -> Result<(&'static Flag, bool), BadFlag> {
    let mut matches: Vec<(&'static Flag, bool, String)> = Vec::new();
    for flag in flags {
        let mut spellings = Vec::new();
        for spelling in flag.names {
            spellings.push((true, (*spelling).to_owned()));
            if flag.takes == Takes::NothingOrNo {
                spellings.push((false, format!("no-{spelling}")));
                spellings.push((false, format!("no{spelling}")));
            }
        }
        for (on, spelling) in spellings {
            if spelling == name {
                return Ok((flag, on));
            }
            let known = |(other, state, _): &(&'static Flag, bool, String)| {
                std::ptr::eq(*other, flag) && *state == on
            };
            if spelling.starts_with(name) && !matches.iter().any(known) {
                matches.push((flag, on, spelling));
            }
        }
    }
    match matches.as_slice() {
        [] => Err(BadFlag::Unknown(format!("--{name}"))),
        [(flag, on, _)] => Ok((flag, *on)),
        several => {
            let names = several.iter().map(|(_, _, spelling)| format!("--{spelling}")).collect();
            Err(BadFlag::Ambiguous(format!("--{name}"), names))
        }
    }
}

/// Takes apart `args` in the manner of POSIX getopt: options of one letter, which may share a
/// dash; a value follows at once or as the next word. `--` ends the options and is removed.
///
/// What is wrong is told to `complain` and left out.
pub(crate) fn parse_short(
    flags: &'static [Flag],
    args: impl IntoIterator<Item = OsString>,
    mut complain: impl FnMut(BadFlag),
) -> Parsed {
    let mut parsed = Parsed::default();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            parsed.rest.extend(args);
            break;
        }
        let Some(letters) = arg.as_bytes().strip_prefix(b"-").filter(|rest| !rest.is_empty())
        else {
            parsed.words.push(arg);
            continue;
        };
        for (index, letter) in letters.iter().enumerate() {
            let name = char::from(*letter);
            let named = |flag: &&Flag| {
                flag.names.iter().any(|spelling| spelling.len() == 1 && spelling.starts_with(name))
            };
            let Some(flag) = flags.iter().find(named) else {
                complain(BadFlag::Unknown(format!("-{name}")));
                continue;
            };
            if flag.takes != Takes::Value {
                parsed.options.push((flag.names[0], Setting::On));
                continue;
            }
            let value = match &letters[index + 1..] {
                [] => args.next(),
                rest => Some(OsStr::from_bytes(rest).to_owned()),
            };
            match value {
                Some(value) => parsed.options.push((flag.names[0], Setting::Value(value))),
                None => complain(BadFlag::MissingValue(format!("-{name}"))),
            }
            break;
        }
    }
    parsed
}

/// Lays out the help of `flags` in two columns of an 80-column terminal.
pub(crate) fn help(flags: &[Flag]) -> String {
    const INDENT: usize = 28;
    const WIDTH: usize = 79;
    let mut text = String::new();
    for (syntax, meaning) in flags.iter().flat_map(|flag| flag.help) {
        let mut line = format!("  {syntax}");
        if line.len() + 2 > INDENT {
            text.push_str(&line);
            text.push('\n');
            line.clear();
        }
        for word in meaning.split(' ') {
            if line.len() <= INDENT {
                line = format!("{line:INDENT$}{word}");
            } else if line.len() + 1 + word.len() > WIDTH {
                text.push_str(&line);
                text.push('\n');
                line = format!("{:INDENT$}{word}", "");
            } else {
                line.push(' ');
                line.push_str(word);
            }
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        Flag { names: &["client"], takes: Takes::Value, help: &[("--client=PATH", "client")] },
        Flag { names: &["predict"], takes: Takes::Value, help: &[] },
        Flag { names: &["predict-overwrite", "o"], takes: Takes::NothingOrNo, help: &[] },
        Flag { names: &["4"], takes: Takes::Nothing, help: &[("-4", "IPv4")] },
        Flag { names: &["n"], takes: Takes::Nothing, help: &[] },
        Flag { names: &["ssh-pty"], takes: Takes::NothingOrNo, help: &[] },
        Flag { names: &["ssh"], takes: Takes::Value, help: &[] },
        Flag { names: &["port", "p"], takes: Takes::Value, help: &[] },
    ];

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    fn long(text: &str) -> Result<String, BadFlag> {
        parse_long(FLAGS, words(text)).map(|parsed| show(&parsed))
    }

    fn show(parsed: &Parsed) -> String {
        let mut shown = Vec::new();
        for (name, setting) in &parsed.options {
            shown.push(match setting {
                Setting::On => format!("+{name}"),
                Setting::Off => format!("-{name}"),
                Setting::Value(value) => format!("{name}={}", value.display()),
            });
        }
        shown.extend(parsed.words.iter().map(|word| word.display().to_string()));
        shown.extend(parsed.rest.iter().map(|word| format!("[{}]", word.display())));
        shown.join(" ")
    }

    #[test]
    fn long_options_follow_getopt_long() {
        for (args, expected) in [
            ("host", "host"),
            ("--client=x host", "client=x host"),
            ("-client x host", "client=x host"),
            // Words after the host are still options: `-c` begins `client`.
            ("host sh -c x", "client=x host sh"),
            ("host -- sh -c x -- y", "host sh -c x -- y"),
            ("-- host --client=x", "host --client=x"),
            ("--CLI=x -P 60001", "client=x port=60001"),
            ("-p=60001:2", "port=60001:2"),
            ("--port --client", "port=--client"),
            ("--client=a=b", "client=a=b"),
            (
                "-o --no-o --nopredict-overwrite",
                "+predict-overwrite -predict-overwrite -predict-overwrite",
            ),
            ("--predict=x", "predict=x"),
            ("--predict-o", "+predict-overwrite"),
            ("--ssh=x --no-ssh-pty --ssh-pty", "ssh=x -ssh-pty +ssh-pty"),
            ("-4 -n -", "+4 +n -"),
        ] {
            assert_eq!(long(args).as_deref(), Ok(expected), "{args}");
        }
    }

    #[test]
    fn long_options_are_refused_with_their_reason() {
        let unknown = |name: &str| BadFlag::Unknown(name.into());
        assert_eq!(long("--x"), Err(unknown("--x")));
        assert_eq!(long("-p60001"), Err(unknown("--p60001")));
        assert_eq!(long("--no-client"), Err(unknown("--no-client")));
        assert_eq!(long("--client"), Err(BadFlag::MissingValue("--client".into())));
        assert_eq!(long("--client="), Err(BadFlag::MissingValue("--client".into())));
        assert_eq!(long("-4=1"), Err(BadFlag::UnexpectedValue("--4".into())));
        let names = vec!["--predict".into(), "--predict-overwrite".into()];
        assert_eq!(long("--pre=x"), Err(BadFlag::Ambiguous("--pre".into(), names)));
    }

    #[test]
    fn short_options_follow_getopt() {
        for (args, expected, complaints) in [
            ("-4n -p60001 a", "+4 +n port=60001 a", 0),
            ("-np 1 x -- -4", "+n port=1 x [-4]", 0),
            ("-zn a", "+n a", 1),
            ("a -p", "a", 1),
            ("-", "-", 0),
        ] {
            let mut count = 0;
            let parsed = parse_short(FLAGS, words(args), |_| count += 1);
            assert_eq!((show(&parsed).as_str(), count), (expected, complaints), "{args}");
        }
    }

    #[test]
    fn help_is_laid_out_in_columns() {
        let flags = &[
            Flag { names: &["x"], takes: Takes::Nothing, help: &[("-x", "short")] },
            Flag {
                names: &["y"],
                takes: Takes::Value,
                help: &[(
                    "--a-rather-long-name=VALUE",
                    "words that do not all find room in the first line of the column",
                )],
            },
        ];
        let indent = " ".repeat(28);
        let expected = format!(
            "  -x{}short\n  --a-rather-long-name=VALUE\n{indent}words that do not all find room in \
             the first line\n{indent}of the column\n",
            " ".repeat(24)
        );
        assert_eq!(help(flags), expected);
    }
}
