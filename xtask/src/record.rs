//! `cargo xtask record`: makes recordings for `tests/corpus`.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use mosh_core::screen::Size;
use mosh_tests::emulator::Emulator;
use mosh_tests::predict::live;
use mosh_tests::predict::recorder::Recorder;
use mosh_tests::predict::recording::{Kind, Recording};
use mosh_tests::predict::script::Script;
use mosh_tests::predict::stage::Stage;
use mosh_tests::predict::typist::Typist;

use crate::debian;
use crate::run::{Arguments, Outcome};

const CORPUS: &str = "tests/corpus";

pub(crate) fn run(rest: &[String]) -> Outcome {
    let end = rest.iter().position(|word| word == "--").unwrap_or(rest.len());
    let found = Arguments::parse(
        &rest[..end],
        &["--script", "--show"],
        &["--jobs", "--title", "--corpus"],
    )?;
    if found.has("--show") {
        return found.words.iter().try_for_each(|name| show(name));
    }
    if found.has("--script") {
        return record_scripts(&found, found.value("--corpus").unwrap_or(CORPUS));
    }
    let (name, command) = match (&found.words[..], rest.get(end + 1..)) {
        ([name], Some(command)) if !command.is_empty() => (name, command),
        _ => return Err("usage: cargo xtask record NAME -- COMMAND…, or --script [NAME…]".into()),
    };
    println!("Recording until the command ends. Type no real password: keys are kept.");
    println!("What the kernel hides is known to be a secret; Ctrl-] begins and ends others.");
    keep(CORPUS, name, &live::record(found.value("--title").unwrap_or(name), command)?)
}

/// Records the named scripts, or all.
fn record_scripts(found: &Arguments, corpus: &str) -> Outcome {
    let names = if found.words.is_empty() { all_scripts(corpus)? } else { found.words.clone() };
    let scripts: Vec<(String, Script)> = names
        .into_iter()
        .map(|name| load(corpus, &name).map(|script| (name, script)))
        .collect::<Outcome<_>>()?;
    let mut packages: Vec<&str> = vec!["util-linux"];
    packages.extend(scripts.iter().flat_map(|(_, script)| &script.packages).map(String::as_str));
    packages.sort_unstable();
    packages.dedup();
    debian::ensure(&packages)?;
    let jobs = found.number("--jobs", 4)?.clamp(1, scripts.len().max(1));
    let queue = Mutex::new(VecDeque::from(scripts));
    let next = || queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop_front();
    let failures: usize = std::thread::scope(|scope| {
        let work = || {
            let mut failures = 0;
            while let Some((name, script)) = next() {
                if let Err(failure) = record(&name, &script).and_then(|it| keep(corpus, &name, &it))
                {
                    println!("FAILED: {name}: {failure}");
                    failures += 1;
                }
            }
            failures
        };
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(1)).sum()
    });
    if failures == 0 { Ok(()) } else { Err(format!("{failures} scripts failed")) }
}

fn all_scripts(corpus: &str) -> Outcome<Vec<String>> {
    let entries = fs::read_dir(corpus).map_err(|error| format!("{corpus}: {error}"))?;
    let name = |path: PathBuf| {
        let is_script = path.extension().is_some_and(|extension| extension == "keys");
        is_script.then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))?
    };
    let mut names: Vec<String> = entries.flatten().filter_map(|it| name(it.path())).collect();
    names.sort_unstable();
    Ok(names)
}

fn load(corpus: &str, name: &str) -> Outcome<Script> {
    let path = Path::new(corpus).join(format!("{name}.keys"));
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Script::parse(&text).map_err(|failure| format!("{}:{failure}", path.display()))
}

fn record(name: &str, script: &Script) -> Outcome<Recording> {
    let stage = Stage::new(script)?;
    let recorder = Recorder::start(stage.command(&script.command), script.size)?;
    let typist = Typist::new(seed(name));
    recorder.play(script, typist).map_err(|failure| format!("{failure}\n{}", stage.log()))
}

/// Everybody types in their own way: FNV-1a.
fn seed(name: &str) -> u64 {
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Prints the screen before each Enter and at the end.
fn show(name: &str) -> Outcome {
    let recording = Recording::load(&Path::new(CORPUS).join(format!("{name}.cast")))?;
    let (columns, rows) = recording.size;
    let mut emulator = Emulator::new(Size::clamped(columns.into(), rows.into()));
    let rule = "-".repeat(columns.into());
    for (index, event) in recording.events.iter().enumerate() {
        let is_last = index + 1 == recording.events.len();
        if let Kind::Output(text) = &event.kind {
            emulator.write(text.as_bytes());
        }
        if is_last || event.kind == Kind::Key("\r".into()) {
            println!("{rule} {:.3} s\n{}", event.at.as_secs_f64(), emulator.text().trim_end());
        }
    }
    Ok(())
}

fn keep(corpus: &str, name: &str, recording: &Recording) -> Outcome {
    let path = Path::new(corpus).join(format!("{name}.cast"));
    let text = recording.to_text();
    let keys = recording.keys().len();
    let seconds = recording.events.last().map_or(0.0, |event| event.at.as_secs_f64());
    fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{}: {keys} keys in {seconds:.0} s, {} bytes", path.display(), text.len());
    Ok(())
}
