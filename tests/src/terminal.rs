//! A terminal to run a program in, whose screen can be read: a pane of a
//! private tmux server.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::poll;
use crate::processes::{Marker, child_of};
use crate::scratch::Scratch;
use crate::{Failure, Outcome};

/// How long to wait for what should be there within a moment. Generous,
/// because several checks share the processors.
pub const SOON: Duration = Duration::from_secs(20);

/// The tmux server has no status line and keeps a pane whose program has ended.
const CONFIGURATION: &str = "\
set -g default-terminal tmux-256color
set -g status off
set -g remain-on-exit on
set -g remain-on-exit-format ''
set -g automatic-rename off
set -g history-limit 50
set -s escape-time 0
";

/// Columns and rows.
pub type Size = (u16, u16);

/// What tmux tells of a terminal beside what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flags {
    /// Column and row of the cursor, from 0.
    pub cursor: Size,
    /// Whether it is shown.
    pub cursor_visible: bool,
    /// Modes by their names.
    pub modes: Vec<(&'static str, bool)>,
}

/// The modes that tmux tells of, and its variables for them.
const MODES: [(&str, &str); 7] = [
    ("cursor keys", "keypad_cursor_flag"),
    ("keypad", "keypad_flag"),
    ("mouse buttons", "mouse_standard_flag"),
    ("mouse drag", "mouse_button_flag"),
    ("mouse motion", "mouse_all_flag"),
    ("mouse in UTF-8", "mouse_utf8_flag"),
    ("mouse in SGR", "mouse_sgr_flag"),
];

/// What to start in a terminal.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// What the terminal is called in a report.
    pub label: &'a str,
    /// Columns and rows.
    pub size: Size,
    /// The whole environment; nothing is inherited.
    pub environment: Vec<(String, String)>,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Whether what the program writes is kept, for [`Terminal::output`].
    pub recorded: bool,
}

/// A running terminal. Dropping it hangs up what runs inside.
#[derive(Debug)]
pub struct Terminal {
    label: String,
    scratch: Scratch,
}

impl Terminal {
    /// Opens a terminal and starts a program in it.
    ///
    /// # Errors
    ///
    /// If tmux refuses.
    pub fn start(marker: &Marker, start: Start<'_>) -> Outcome<Self> {
        let scratch = Scratch::new();
        let terminal = Self { label: start.label.to_owned(), scratch };
        let configuration = terminal.scratch.write("tmux.conf", CONFIGURATION);
        let (columns, rows) = (start.size.0.to_string(), start.size.1.to_string());
        let mut command = terminal.tmux();
        marker.mark(command.env_clear().envs(start.environment));
        command.arg("-f").arg(configuration);
        command.args(["new-session", "-d", "-x", &columns, "-y", &rows, "--"]);
        // tmux 3.3 forgets most exit statuses, so a shell writes them down. It then stays, since
        // tmux may leave unread what a program has written just before its terminal closes.
        let script = "status=$1; shift; \"$@\"; echo $? > \"$status\"; exec sleep 600";
        command.args(["sh", "-c", script, "sh"]);
        command.arg(terminal.status_file()).args(start.command);
        if start.recorded {
            // In the same breath, so that nothing is missed.
            let file = terminal.output_file();
            command.args([";", "pipe-pane", "-O", &format!("exec cat > {}", file.display())]);
        }
        // Not a pipe, which tmux's server would keep open.
        let log = terminal.scratch.write("log", "");
        let file = fs::File::create(&log).map_err(|error| format!("tmux's log: {error}"))?;
        command.stdout(Stdio::null()).stderr(file);
        let status = command.status().map_err(|error| format!("tmux: {error}"))?;
        if !status.success() {
            let said = fs::read_to_string(&log).unwrap_or_default();
            return Err(format!("tmux did not start: {}", said.trim_end()));
        }
        Ok(terminal)
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-u").arg("-S").arg(self.scratch.path().join("socket"));
        command.stdin(Stdio::null());
        command
    }

    /// Returns a shell command that shows this terminal in the one it runs in,
    /// whose size it then follows.
    pub fn attach_command(&self) -> String {
        let socket = self.scratch.path().join("socket");
        let socket = socket.display();
        // Within a session of tmux itself, tmux wants to be asked without TMUX.
        format!("unset TMUX; exec tmux -u -S {socket} attach")
    }

    fn ask(&self, arguments: &[&str]) -> Outcome<String> {
        let Output { status, stdout, stderr } =
            self.tmux().args(arguments).output().map_err(|error| format!("tmux: {error}"))?;
        if !status.success() {
            let stderr = String::from_utf8_lossy(&stderr);
            return Err(format!("tmux {}: {}", arguments[0], stderr.trim_end()));
        }
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }

    fn variable(&self, format: &str) -> Outcome<String> {
        Ok(self.ask(&["display-message", "-p", format])?.trim_end().to_owned())
    }

    /// Returns what the terminal is called.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Types text. Control characters in it are typed as such.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn type_text(&self, text: &str) -> Outcome {
        self.ask(&["send-keys", "-l", "--", text]).map(drop)
    }

    /// Types a line, ended by Return.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn type_line(&self, line: &str) -> Outcome {
        self.ask(&["send-keys", "-l", "--", line])?;
        self.press("Enter")
    }

    /// Presses a key by tmux's name for it, such as `C-c` or `Up`.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn press(&self, key: &str) -> Outcome {
        self.ask(&["send-keys", key]).map(drop)
    }

    /// Pastes text as tmux does for its user: in brackets if the program wants them.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn paste_for_user(&self, text: &str) -> Outcome {
        self.ask(&["set-buffer", "--", text, ";", "paste-buffer", "-p", "-d"]).map(drop)
    }

    /// Sends bytes as a terminal would, by their values.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn send_bytes(&self, bytes: &[u8]) -> Outcome {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut arguments = vec!["send-keys", "-H"];
        arguments.extend(digits.iter().map(String::as_str));
        self.ask(&arguments).map(drop)
    }

    /// Pastes bytes as they are, in one go and without brackets.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn paste(&self, bytes: &[u8]) -> Outcome {
        let file = self.scratch.write("paste", bytes);
        self.ask(&["load-buffer", &file.to_string_lossy()])?;
        self.ask(&["paste-buffer", "-r"]).map(drop)
    }

    /// Changes the size.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn resize(&self, (columns, rows): Size) -> Outcome {
        self.ask(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]).map(drop)
    }

    /// Returns the screen as lines of text, without trailing spaces.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn screen(&self) -> Outcome<String> {
        self.ask(&["capture-pane", "-p"])
    }

    /// Returns the screen with its colours and attributes, as escape sequences.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn screen_with_colours(&self) -> Outcome<String> {
        self.ask(&["capture-pane", "-p", "-e"])
    }

    /// Returns the same with trailing spaces, which may have a background.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn whole_screen_with_colours(&self) -> Outcome<String> {
        self.ask(&["capture-pane", "-p", "-e", "-N"])
    }

    /// Returns the column and row of the cursor, from 0.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn cursor(&self) -> Outcome<Size> {
        let answer = self.variable("#{cursor_x} #{cursor_y}")?;
        let (column, row) = answer.split_once(' ').ok_or("tmux: no cursor")?;
        Ok((column.parse().unwrap_or(0), row.parse().unwrap_or(0)))
    }

    /// Returns the cursor and the modes that tmux tells of.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn flags(&self) -> Outcome<Flags> {
        let names = MODES.map(|(_, variable)| format!("#{{{variable}}}")).join(" ");
        let answer =
            self.variable(&format!("#{{cursor_x}} #{{cursor_y}} #{{cursor_flag}} {names}"))?;
        let numbers: Vec<u16> = answer.split(' ').map(|word| word.parse().unwrap_or(0)).collect();
        let [column, row, visible, modes @ ..] = &numbers[..] else {
            return Err("tmux: no cursor".into());
        };
        let modes = MODES.iter().zip(modes).map(|((name, _), on)| (*name, *on == 1)).collect();
        Ok(Flags { cursor: (*column, *row), cursor_visible: *visible == 1, modes })
    }

    /// Returns the window title that the program has set.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn title(&self) -> Outcome<String> {
        self.variable("#{pane_title}")
    }

    /// Answers whether the alternate screen is shown.
    ///
    /// # Errors
    ///
    /// If tmux has gone.
    pub fn is_alternate(&self) -> Outcome<bool> {
        Ok(self.variable("#{alternate_on}")? == "1")
    }

    /// Returns the number of the process that was started in the terminal.
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub fn process(&self) -> Outcome<u32> {
        let shell = self.variable("#{pane_pid}")?.parse().map_err(|_| "tmux: no process")?;
        child_of(shell).ok_or_else(|| format!("{}: the program has ended", self.label))
    }

    fn output_file(&self) -> PathBuf {
        self.scratch.path().join("output")
    }

    /// Returns what was written to the terminal, if it was started so that this is kept.
    ///
    /// # Errors
    ///
    /// If it was not.
    pub fn output(&self) -> Outcome<Vec<u8>> {
        fs::read(self.output_file()).map_err(|error| format!("what was written: {error}"))
    }

    fn status_file(&self) -> PathBuf {
        self.scratch.path().join("status")
    }

    /// Returns the exit status once the program has ended; for one that was
    /// killed by a signal the shell's way of telling, 128 and its number.
    pub fn exit_status(&self) -> Option<i32> {
        // Without its newline it is not yet written completely.
        fs::read_to_string(self.status_file()).ok()?.strip_suffix('\n')?.parse().ok()
    }

    /// Waits until the screen contains `text`, which must fit into one line.
    ///
    /// # Errors
    ///
    /// If it does not within `patience`. The screen is part of the message.
    pub fn wait_for_within(&self, text: &str, patience: Duration) -> Outcome {
        self.wait_until(patience, &format!("{text:?}"), |screen| screen.contains(text))
    }

    /// As [`Terminal::wait_for_within`], with the usual patience.
    ///
    /// # Errors
    ///
    /// If the text does not appear.
    pub fn wait_for(&self, text: &str) -> Outcome {
        self.wait_for_within(text, SOON)
    }

    /// Waits until the screen satisfies a condition, described by `what`.
    ///
    /// # Errors
    ///
    /// If it does not within `patience`.
    pub fn wait_until(
        &self,
        patience: Duration,
        what: &str,
        mut condition: impl FnMut(&str) -> bool,
    ) -> Outcome {
        poll::until(patience, || self.screen().is_ok_and(|s| condition(&s)).then_some(()))
            .ok_or_else(|| format!("{}: {what} did not appear", self.label))
    }

    /// Waits for the program to end and returns its exit status.
    ///
    /// # Errors
    ///
    /// If it has not ended within `patience`.
    pub fn wait_for_exit(&self, patience: Duration) -> Outcome<i32> {
        poll::until(patience, || self.exit_status())
            .ok_or_else(|| format!("{}: the program did not end", self.label))
    }

    /// Waits until both terminals show the same, colours and cursor included.
    ///
    /// # Errors
    ///
    /// If they do not within `patience`; names the first line that differs.
    pub fn wait_for_same(&self, other: &Terminal, patience: Duration) -> Outcome {
        let picture = |terminal: &Terminal| -> Outcome<String> {
            let (column, row) = terminal.cursor()?;
            let screen = with_basic_colours(terminal.screen_with_colours()?);
            Ok(format!("{screen}cursor {column},{row}"))
        };
        let mut difference = Failure::new();
        poll::until(patience, || match (picture(self), picture(other)) {
            (Ok(a), Ok(b)) if a == b => Some(()),
            (Ok(a), Ok(b)) => {
                let pairs = a.lines().zip(b.lines());
                difference = match pairs.enumerate().find(|(_, (a, b))| a != b) {
                    Some((n, (a, b))) => format!("line {n}: {a:?} against {b:?}"),
                    None => format!("{} lines against {}", a.lines().count(), b.lines().count()),
                };
                None
            }
            (Err(error), _) | (_, Err(error)) => {
                difference = error;
                None
            }
        })
        .ok_or_else(|| format!("{} and {} differ: {difference}", self.label, other.label))
    }

    /// Describes the screen for a report.
    pub fn describe(&self) -> String {
        let screen = self.screen().unwrap_or_else(|error| error);
        let lines: String =
            screen.trim_end().lines().map(|line| format!("    |{line}\n")).collect();
        let (column, row) = self.cursor().unwrap_or_default();
        let ended = self.exit_status();
        let ended = ended.map_or(String::new(), |status| format!(", ended with status {status}"));
        format!("  {} (cursor {column},{row}{ended}):\n{lines}", self.label)
    }
}

/// The first sixteen colours can be asked for in two ways, which look the same.
fn with_basic_colours(mut screen: String) -> String {
    for (ground, dark, bright) in [(38, 30, 90), (48, 40, 100)] {
        for n in 0..8 {
            screen = screen.replace(&format!("[{ground};5;{n}m"), &format!("[{}m", dark + n));
            let long = format!("[{ground};5;{}m", n + 8);
            screen = screen.replace(&long, &format!("[{}m", bright + n));
        }
    }
    screen
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux().arg("kill-server").stderr(Stdio::null()).status();
        // Until the server has gone its socket is in use.
        let socket = self.scratch.path().join("socket");
        let _ = fs::remove_file(socket);
    }
}
