//! Checks of local echo with recorded programs: whatever a client shows before the server has
//! answered, in the end it shows what the program has printed, and never a secret.

use std::path::{Path, PathBuf};
use std::thread;

use super::{Check, Context, Pace, Pairs};
use crate::predict::real::capture::{Capture, Line, Subject};
use crate::predict::real::figures::Figures;
use crate::predict::real::program::TASK;
use crate::predict::real::session::Run;
use crate::predict::recording::Recording;
use crate::{Failure, Outcome};

pub(super) const CHECKS: &[Check] = &[Check {
    name: "typing at 100 ms arrives, and shows no secret",
    pace: Pace::Long,
    pairs: Pairs::OurClient,
    run: typing,
}];

/// A line that is edited, one beside a right-hand prompt, and secrets of two kinds.
const RECORDINGS: [&str; 4] =
    ["bash-edit", "bash-right-prompt", "password-question", "password-read"];

fn typing(cx: &Context<'_>) -> Outcome {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = [here.to_string_lossy().into_owned(), TASK.to_owned()];
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let load = |name| -> Outcome<(&str, PathBuf, Recording)> {
        let file = corpus.join(format!("{name}.cast"));
        let recording = Recording::load(&file)?;
        Ok((name, file, recording))
    };
    let recordings: Vec<_> = RECORDINGS.into_iter().map(load).collect::<Outcome<_>>()?;
    let (installed, pair) = (cx.installed, cx.pair);
    let runs = recordings.iter().map(|(name, file, recording)| {
        let line = Line { rtt_ms: 100, loss: 0 };
        let subject = Subject { recording: (*name).to_owned(), line, pair };
        Run { installed, program: &program, file: file.clone(), recording, subject, display: None }
    });
    thread::scope(|scope| {
        let sessions: Vec<_> = runs.map(|run| scope.spawn(move || judge(&run))).collect();
        sessions.into_iter().try_for_each(|it| it.join().map_err(|_| "a session panicked")?)
    })
}

fn judge(run: &Run<'_>) -> Outcome {
    let about = |failure: Failure| format!("{}: {failure}", run.subject);
    let capture: Capture = run.capture().map_err(about)?;
    capture.compare_end(run.recording).map_err(about)?;
    match Figures::of(&capture, run.recording).leaks {
        0 => Ok(()),
        leaks => Err(about(format!("{leaks} keys of a secret were shown"))),
    }
}
