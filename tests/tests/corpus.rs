//! The recordings of `tests/corpus` are what they are meant to be, and the recorder makes such.
//!
//! None of the recorded programs is needed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use mosh_core::diff::HostState;
use mosh_core::screen::{MAX_CLUSTER, Size};
use mosh_core::server::ServerStorage;
use mosh_core::terminal::Replies;
use mosh_core::time::Instant;
use mosh_tests::emulator;
use mosh_tests::predict::recorder::Recorder;
use mosh_tests::predict::recording::{Event, Kind, Recording};
use mosh_tests::predict::replay::Replay;
use mosh_tests::predict::script::Script;
use mosh_tests::predict::typist::Typist;
use mosh_tests::scratch::Scratch;

/// So many recordings are there, at the least.
const RECORDINGS: usize = 24;
/// Nobody likes to fetch more for one.
const MAX_LEN: u64 = 150_000;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn files(extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(corpus()).expect("the corpus is there");
    let paths = entries.map(|entry| entry.expect("the corpus can be read").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort_unstable();
    paths
}

fn recordings() -> Vec<(String, Recording)> {
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    let load = |path: PathBuf| (name(&path), Recording::load(&path).unwrap());
    files("cast").into_iter().map(load).collect()
}

/// What the user of a recorded session saw.
struct Screen(HostState<'static>);

impl Screen {
    fn new((columns, rows): (u16, u16)) -> Self {
        let size = Size::clamped(columns.into(), rows.into());
        Self(HostState::new(ServerStorage::heap().host, size).unwrap())
    }

    fn write(&mut self, text: &str) {
        self.0.write(text.as_bytes(), &mut Replies::new());
    }

    fn text(&self) -> String {
        let (screens, frame) = self.0.screen();
        emulator::text(screens, frame)
    }

    fn cursor(&self) -> (u16, u16) {
        let (screens, frame) = self.0.screen();
        let cursor = screens.info(frame).cursor;
        (cursor.row, cursor.column)
    }

    fn glyph(&self, (row, column): (u16, u16)) -> String {
        let (screens, frame) = self.0.screen();
        let mut buf = [0; MAX_CLUSTER];
        screens.glyph_str(&screens.row(frame, row)[usize::from(column)], &mut buf).to_owned()
    }
}

#[test]
fn recordings_are_many_valid_and_small() {
    let recordings = recordings();
    assert!(recordings.len() >= RECORDINGS, "{} recordings", recordings.len());
    for path in files("cast") {
        let len = path.metadata().unwrap().len();
        assert!(len <= MAX_LEN, "{}: {len} bytes", path.display());
    }
    for (name, recording) in &recordings {
        let text = std::fs::read_to_string(corpus().join(format!("{name}.cast"))).unwrap();
        assert_eq!(recording.to_text(), text, "{name}: not as it would be written");
        assert!(!recording.title.is_empty(), "{name}: no title");
        assert!(recording.keys().len() >= 40, "{name}: only {} keys", recording.keys().len());
    }
}

/// What is recorded on a stage is of no machine.
#[test]
fn recordings_name_no_machine() {
    let mut names = vec!["/tmp/mosh-tests".to_owned(), "MOSH_TESTS".to_owned()];
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    // A short name may stand there by chance.
    names.extend(Some(host.trim().to_owned()).filter(|name| name.len() > 6 && name != "localhost"));
    names.extend(std::env::current_dir().map(|path| path.to_string_lossy().into_owned()));
    for path in files("cast") {
        let text = std::fs::read_to_string(&path).unwrap();
        for name in &names {
            assert!(!text.contains(name), "{}: {name}", path.display());
        }
    }
}

#[test]
fn every_script_has_been_recorded() {
    for path in files("keys") {
        let script = Script::parse(&std::fs::read_to_string(&path).unwrap());
        let script = script.unwrap_or_else(|failure| panic!("{}: {failure}", path.display()));
        let recording = Recording::load(&path.with_extension("cast")).unwrap();
        let found = (&recording.title, &recording.command, recording.size);
        assert_eq!(found, (&script.title, &script.command, script.size), "{}", path.display());
    }
}

/// A secret must not be in the text that it is typed into, as a whole or key by key.
#[test]
fn recorded_secrets_are_never_shown() {
    let mut secrets = 0;
    for (name, recording) in recordings() {
        let keys = recording.keys();
        let mut screen = Screen::new(recording.size);
        recording.prologue().for_each(|(_, text)| screen.write(text));
        let mut typed = String::new();
        for key in &keys {
            let character = key.text.chars().next().filter(|c| !c.is_control());
            let before = screen.cursor();
            for (at, text) in &key.outputs {
                screen.write(text);
                let whole = typed.clone() + key.text;
                let shows = key.secret && whole.len() >= 4 && screen.text().contains(&whole);
                assert!(!shows, "{name} at {at:?}: the screen shows {whole:?}");
            }
            match character {
                Some(character) if key.secret => {
                    // A blank is there before a space is typed.
                    let is_shown = screen.glyph(before) == key.text && character != ' ';
                    assert!(!is_shown, "{name} at {:?}: it shows {character}", key.at);
                    typed.push(character);
                    secrets += 1;
                }
                _ => typed.clear(),
            }
        }
    }
    assert!(secrets > 200, "only {secrets} secret keys");
}

#[test]
fn a_replay_without_delay_shows_what_was_recorded() {
    for (name, recording) in recordings() {
        let mut recorded = Screen::new(recording.size);
        let mut written = String::new();
        for event in &recording.events {
            if let Kind::Output(text) = &event.kind {
                recorded.write(text);
                written.push_str(text);
            }
        }
        let start = Instant::from_millis(12345);
        let mut replay = Replay::new(&recording, start);
        let mut replayed = Screen::new(recording.size);
        let mut again = String::new();
        let mut run = |replay: &mut Replay, end: Option<Instant>| {
            while let Some(at) = replay.poll_timeout().filter(|at| end.is_none_or(|end| *at <= end))
            {
                let text = replay.output(at).expect("it is due").to_owned();
                replayed.write(&text);
                again.push_str(&text);
            }
        };
        for key in recording.keys() {
            let now = start + key.at;
            run(&mut replay, Some(now));
            assert_eq!(replay.input(now, key.text.as_bytes()), 1, "{name} at {:?}", key.at);
        }
        run(&mut replay, None);
        assert!(replay.is_over() && replay.strays() == 0, "{name}");
        assert_eq!(again, written, "{name}");
        assert_eq!(replayed.text(), recorded.text(), "{name}");
        assert_eq!(replayed.cursor(), recorded.cursor(), "{name}");
    }
}

const SCRIPT: &str = "\
title: a short one
command: bash

echo one<BS>ce<Enter>
<see once>cat<Enter>日本<BS>x<Enter><wait 300><C-d>
read -rs answer<Enter><wait 500><secret>hush</secret><Enter>
echo ${#answer}<see 4>
";

fn bash(home: &Scratch) -> Command {
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait", "bash", "--norc", "--noprofile"]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", home.path()).current_dir(home.path());
    command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8").env("PS1", "$ ");
    command
}

#[test]
fn a_script_is_recorded_from_a_real_bash() {
    let home = Scratch::new();
    let script = Script::parse(&SCRIPT.replace("<see 4>", "<Enter>")).unwrap();
    let recorder = Recorder::start(bash(&home), script.size).unwrap();
    let recording = recorder.play(&script, Typist::new(1)).unwrap();

    let keys = recording.keys();
    let typed: String = keys.iter().map(|key| key.text).collect();
    let expected = "echo one\x7fce\rcat\r日本\x7fx\r\x04read -rs answer\rhush\recho ${#answer}\r";
    assert_eq!(typed, expected);
    let secret: String = keys.iter().filter(|key| key.secret).map(|key| key.text).collect();
    assert_eq!(secret, "hush");

    let mut screen = Screen::new(script.size);
    recording.prologue().for_each(|(_, text)| screen.write(text));
    assert_eq!(screen.text().trim_end(), "$ ".trim_end());
    keys.iter().flat_map(|key| &key.outputs).for_each(|(_, text)| screen.write(text));
    let lines: Vec<String> = screen.text().lines().map(|line| line.trim_end().to_owned()).collect();
    let expected = [
        "$ echo once",
        "once",
        "$ cat",
        // The kernel takes the whole character out of the line, but only one column off the
        // screen.
        "日 x",
        "日x",
        "$ read -rs answer",
        "$ echo ${#answer}",
        "4",
        "$",
    ];
    assert_eq!(lines[..expected.len()], expected);
}

#[test]
fn a_program_that_shows_nothing_as_expected_is_a_failure() {
    let home = Scratch::new();
    let text = "title: a\ncommand: bash\n\nexit<Enter><wait 500>echo<Enter>\n";
    let script = Script::parse(text).unwrap();
    let recorder = Recorder::start(bash(&home), script.size).unwrap();
    let failure = recorder.play(&script, Typist::new(1)).unwrap_err();
    assert!(failure.contains("ended before \"e\""), "{failure}");
}

#[test]
fn queries_are_answered_and_cursor_keys_follow_the_mode() {
    let home = Scratch::new();
    // Asks for the position of the cursor and shows the answer; then what cursor keys send.
    let program = "stty raw -echo; printf 'ready \\033[6n'; dd bs=6 count=1 2>/dev/null | od -An -c; \
                   printf '\\033[?1h'; dd bs=3 count=1 2>/dev/null | od -An -c; \
                   printf '\\033[?1l'; dd bs=3 count=1 2>/dev/null | od -An -c; sleep 5";
    let mut command = bash(&home);
    command.args(["-c", program]);
    let script = Script::parse("command: x\n\n<wait 900><Up><wait 500><Down>\n").unwrap();
    let recorder = Recorder::start(command, script.size).unwrap();
    let recording = recorder.play(&script, Typist::new(1)).unwrap();
    let keys: Vec<_> = recording.keys().iter().map(|key| key.text.to_owned()).collect();
    assert_eq!(keys, ["\x1bOA", "\x1b[B"]);
    let output = |event: &Event| match &event.kind {
        Kind::Output(text) => Some(text.clone()),
        _ => None,
    };
    let written: String = recording.events.iter().filter_map(output).collect();
    let squeezed: Vec<&str> = written.split_whitespace().collect();
    let squeezed = squeezed.join(" ");
    assert!(squeezed.contains("033 [ 1 ; 7 R"), "{squeezed}");
    assert!(squeezed.contains("033 O A") && squeezed.contains("033 [ B"), "{squeezed}");
    assert!(recording.events.last().unwrap().at > Duration::from_millis(900));
}
