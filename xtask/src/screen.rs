//! `cargo xtask screen`: what other emulators make of the files of `tests/screen`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mosh_tests::matrix::Tally;
use mosh_tests::predict::recording::{Event, Kind, Recording};
use mosh_tests::processes::Marker;
use mosh_tests::screen::case::{Case, Witness};
use mosh_tests::screen::{Alacritty, Own, Pane, Picture, Xterm};

use crate::debian;
use crate::run::{Arguments, Outcome, cargo, is_strict, run as run_command};

const FOLDER: &str = "tests/screen";

/// What the emulators that give second opinions need.
const PACKAGES: [&str; 4] = ["tmux", "ncurses-base", "xterm", "xvfb"];

/// Files with such names are what xterm shows; all others are what tmux does.
const BY_XTERM: &str = "xterm-";

/// So many pictures are made of a new recording, the last of them when the program has ended.
const STAGES: usize = 6;

pub(crate) fn run(rest: &[String]) -> Outcome {
    let found = Arguments::parse(rest, &["--renew"], &["--of"])?;
    debian::ensure(&PACKAGES)?;
    if let Some(cast) = found.value("--of") {
        let [name] = &found.words[..] else {
            return Err("usage: cargo xtask screen --of RECORDING NAME".into());
        };
        let text = new_case(cast)?;
        let path = path(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        return judge(&path, true);
    }
    let files = if found.words.is_empty() {
        all()?
    } else {
        found.words.iter().map(|name| path(name)).collect()
    };
    files.iter().try_for_each(|file| judge(file, found.has("--renew")))
}

fn path(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{name}.case"))
}

fn all() -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(FOLDER).map_err(|error| format!("{FOLDER}: {error}"))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    files.sort_unstable();
    Ok(files)
}

/// Has a real tmux judge what the renderer draws, and a real xterm what random programs show.
pub(crate) fn run_drawing() -> Outcome<Tally> {
    if let Err(reason) = debian::ensure(&PACKAGES) {
        if is_strict() {
            return Err(reason);
        }
        println!("skipped: what tmux and xterm show: {reason}");
        return Ok(Tally { skipped: 1, ..Tally::default() });
    }
    let words = ["test", "--package", "mosh-tests", "--test", "opinion", "--", "--ignored"];
    run_command(cargo(words))?;
    Ok(Tally { passed: 1, ..Tally::default() })
}

/// Prints where the file and the emulators differ, and may write it anew.
fn judge(file: &Path, renew: bool) -> Outcome {
    let mut case = Case::load(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let (who, theirs) = if name.starts_with(BY_XTERM) {
        ("xterm", case.run(&mut Xterm::start()?)?)
    } else {
        ("tmux", case.run(&mut Tmux::new())?)
    };
    if renew {
        fs::write(file, theirs.to_text())
            .map_err(|error| format!("{}: {error}", file.display()))?;
        case = theirs.clone();
    }
    let ours = case.run(&mut Own::new((1, 1)))?;
    let library = case.run(&mut Library(Alacritty::new((2, 1))))?;
    println!("{}", file.display());
    for (who, run) in [("ours", ours), (who, theirs), ("alacritty", library)] {
        let differences = case.differences(&run);
        if !differences.is_empty() {
            println!("{who}, + where the file has -:\n{differences}");
        }
    }
    Ok(())
}

/// Returns a file without pictures' contents for a recording below the folder.
fn new_case(cast: &str) -> Outcome<String> {
    let recording = Recording::load(&Path::new(FOLDER).join(cast))?;
    let (columns, rows) = recording.size;
    let mut text = format!("# {}\nsize: {columns}x{rows}\n", recording.title);
    for end in stages(&recording) {
        text += &format!("play: {cast} {end}\n|\n");
    }
    Ok(text)
}

/// Chooses events before which the program was at rest for longest, in equal parts of the output.
fn stages(recording: &Recording) -> Vec<usize> {
    let events = &recording.events;
    let mut parts: Vec<Option<(Duration, usize)>> = vec![None; STAGES - 1];
    let len = |event: &Event| match &event.kind {
        Kind::Output(text) => text.len(),
        _ => 0,
    };
    let all: usize = events.iter().map(len).sum::<usize>() + 1;
    let mut before = 0;
    for (index, pair) in events.windows(2).enumerate() {
        before += len(&pair[0]);
        let rest = pair[1].at.saturating_sub(pair[0].at);
        let part = &mut parts[before * (STAGES - 1) / all];
        if matches!(pair[0].kind, Kind::Output(_)) && part.is_none_or(|(best, _)| best < rest) {
            *part = Some((rest, index + 1));
        }
    }
    let mut stages: Vec<usize> = parts.into_iter().flatten().map(|(_, end)| end).collect();
    stages.push(events.len());
    stages
}

/// A real tmux; of what it does not tell Alacritty's emulator does: modes, and backgrounds behind
/// the end of a row.
struct Tmux {
    marker: Marker,
    pane: Option<Pane>,
    library: Alacritty,
}

impl Tmux {
    fn new() -> Self {
        Self { marker: Marker::new(), pane: None, library: Alacritty::new((2, 1)) }
    }

    fn pane(&mut self) -> Outcome<&mut Pane> {
        self.pane.as_mut().ok_or_else(|| "the file does not begin with a size".into())
    }
}

impl Witness for Tmux {
    fn start(&mut self, size: (u16, u16)) -> Outcome {
        self.pane = None;
        self.pane = Some(Pane::start(&self.marker, size)?);
        self.library = Alacritty::new(size);
        Ok(())
    }

    fn write(&mut self, output: &[u8]) -> Outcome {
        self.library.write(output);
        self.pane()?.write(output)
    }

    fn resize(&mut self, size: (u16, u16)) -> Outcome {
        self.library.resize(size);
        self.pane()?.resize(size)
    }

    fn picture(&mut self) -> Outcome<Picture> {
        let mut picture = self.pane()?.picture()?;
        let library = self.library.picture();
        for (row, other) in picture.rows.iter_mut().zip(library.rows) {
            // tmux does not tell which background is behind the last character.
            for (cell, other) in row.cells.iter_mut().zip(other.cells).skip(row.known) {
                if other.text == " " {
                    *cell = other;
                }
            }
        }
        picture.modes = library.modes;
        Ok(picture)
    }

    fn answers(&mut self) -> Option<Vec<u8>> {
        None
    }
}

struct Library(Alacritty);

impl Witness for Library {
    fn start(&mut self, size: (u16, u16)) -> Outcome {
        self.0 = Alacritty::new((size.0.max(2), size.1));
        Ok(())
    }

    fn write(&mut self, output: &[u8]) -> Outcome {
        self.0.write(output);
        Ok(())
    }

    fn resize(&mut self, size: (u16, u16)) -> Outcome {
        self.0.resize(size);
        Ok(())
    }

    fn picture(&mut self) -> Outcome<Picture> {
        Ok(self.0.picture())
    }

    fn answers(&mut self) -> Option<Vec<u8>> {
        None
    }
}
