//! Running commands, and the arguments of tasks.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What tasks return; the failure is for a person to read.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// Makes the root of the workspace the working directory.
pub(crate) fn enter_workspace() -> Outcome {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().ok_or("xtask is not in a workspace")?;
    std::env::set_current_dir(root).map_err(|error| format!("{}: {error}", root.display()))
}

/// Returns the directory that cargo builds into.
pub(crate) fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}

/// Answers whether this is a run without a person to read "skipped".
pub(crate) fn is_strict() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Starts a call of the cargo that runs this.
pub(crate) fn cargo<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments);
    command
}

/// Says in one line what is about to run.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Runs a command and expects it to succeed.
pub(crate) fn run(mut command: Command) -> Outcome {
    let what = describe(&command);
    println!("$ {what}");
    let status = command.status().map_err(|error| format!("{what}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what}: {status}")) }
}

/// Runs a command, hands each line of its output to `look` and then on.
pub(crate) fn run_watching(mut command: Command, mut look: impl FnMut(&str)) -> Outcome {
    let what = describe(&command);
    println!("$ {what}");
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|error| format!("{what}: {error}"))?;
    let output = child.stdout.take().ok_or("no pipe")?;
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|error| format!("{what}: {error}"))?;
        println!("{line}");
        look(&line);
    }
    let status = child.wait().map_err(|error| format!("{what}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what}: {status}")) }
}

/// Returns what a command prints.
pub(crate) fn output_of(mut command: Command) -> Outcome<String> {
    let what = describe(&command);
    let output = command.output().map_err(|error| format!("{what}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{what}: {}: {}", output.status, said.trim_end()));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{what}: {error}"))
}

/// Returns the triple of the machine that compiles.
pub(crate) fn host() -> Outcome<String> {
    let mut rustc = Command::new("rustc");
    rustc.arg("-vV");
    let version = output_of(rustc)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or("rustc does not name its host".to_owned())
}

/// The arguments of a task: options with and without a value, and words.
#[derive(Debug)]
pub(crate) struct Arguments {
    flags: Vec<String>,
    values: Vec<(String, String)>,
    /// What is no option.
    pub(crate) words: Vec<String>,
}

impl Arguments {
    /// Sorts `rest` by the names of the options that the task knows.
    pub(crate) fn parse(rest: &[String], flags: &[&str], valued: &[&str]) -> Outcome<Self> {
        let mut found = Self { flags: Vec::new(), values: Vec::new(), words: Vec::new() };
        let mut rest = rest.iter();
        while let Some(word) = rest.next() {
            if flags.contains(&word.as_str()) {
                found.flags.push(word.clone());
            } else if let Some((name, value)) =
                word.split_once('=').filter(|(name, _)| valued.contains(name))
            {
                found.values.push((name.to_owned(), value.to_owned()));
            } else if valued.contains(&word.as_str()) {
                let value = rest.next().ok_or_else(|| format!("{word} needs a value"))?;
                found.values.push((word.clone(), value.clone()));
            } else if word.starts_with("--") {
                return Err(format!("{word} is no option of this task"));
            } else {
                found.words.push(word.clone());
            }
        }
        Ok(found)
    }

    /// Answers whether an option without a value was given.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|found| found == flag)
    }

    /// Returns the value of an option; of several the last.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let last = self.values.iter().rev().find(|(found, _)| found == name);
        last.map(|(_, value)| value.as_str())
    }

    /// Returns the value of an option that is a number.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> Outcome<T> {
        let Some(value) = self.value(name) else { return Ok(default) };
        value.parse().map_err(|_| format!("{name} {value}: not a number"))
    }

    /// Refuses words where a task takes none.
    pub(crate) fn expect_no_words(self) -> Outcome<Self> {
        match self.words.first() {
            None => Ok(self),
            Some(word) => Err(format!("{word}: this task takes no words")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_words_are_told_apart() {
        let words = ["vim", "--jobs", "3", "--seed=4", "--stock"].map(str::to_owned);
        let found = Arguments::parse(&words, &["--stock"], &["--jobs", "--seed"]).unwrap();
        assert_eq!(found.words, ["vim"]);
        assert!(found.has("--stock"));
        assert_eq!(found.number("--jobs", 1), Ok(3));
        assert_eq!(found.number("--seed", 1), Ok(4));
        assert_eq!(found.number("--other", 1), Ok(1));
    }

    #[test]
    fn unknown_options_are_refused() {
        assert!(Arguments::parse(&["--what".to_owned()], &[], &[]).is_err());
        assert!(Arguments::parse(&["--jobs".to_owned()], &[], &["--jobs"]).is_err());
    }
}
