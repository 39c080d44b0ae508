//! `cargo xtask picture`: draws a real session as an SVG.

mod svg;

use std::fs;
use std::path::Path;
use std::time::Duration;

use mosh_tests::matrix::Context;
use mosh_tests::programs::{Family, Installed, Pair};
use mosh_tests::session::environment;
use mosh_tests::terminal::Start;

use crate::run::{Arguments, Outcome};
use crate::{debian, interop};

const FILE: &str = "tests/picture/session.svg";

/// What is typed into the session, and what the screen shows when it was carried out.
const LINES: &[(&str, &str)] = &[
    ("uname -s && echo \"$TERM, $COLUMNS columns, $LANG\"", "80 columns"),
    ("git log --oneline --color=always | head -n 4", ": "),
    ("ls --color=always", "xtask\n"),
    (
        "for n in $(seq 0 4 252); do printf '\\e[48;2;%d;%d;180m ' $n $((255-n)); done; \
         printf '\\e[0m\\n'",
        "\n\n",
    ),
    (
        "printf 'ça va · 日本語 · ┌─┐ · \\e[1mbold\\e[0m \\e[3mitalic\\e[0m \
         \\e[4munderlined\\e[0m\\n'",
        "bold italic underlined",
    ),
];

pub(crate) fn run(rest: &[String]) -> Outcome {
    Arguments::parse(rest, &[], &[])?.expect_no_words()?;
    debian::ensure(&["mosh", "tmux", "ncurses-base"])?;
    let executable = interop::build("release")?;
    let installed = Installed::new(Some(&executable))?;
    let cx = Context::new(Pair { client: Family::Ours, server: Family::Ours }, &installed, 1);
    let here = std::env::current_dir().map_err(|error| error.to_string())?;
    let script = format!(
        "cd '{}'; printf '\\033]0;user@server: ~/mosh\\007'; \
         PS1='\\[\\e[1;32m\\]user@server\\[\\e[0m\\]:\\[\\e[1;34m\\]~/mosh\\[\\e[0m\\]$ ' \
         exec bash --norc --noprofile",
        here.display()
    );
    let mosh = cx.programs(Family::Ours).mosh.to_string_lossy().into_owned();
    let command = [&mosh, "--local", "127.0.0.1", "--", "bash", "-c", &script].map(str::to_owned);
    let terminal = cx.open(Start {
        label: "mosh",
        size: (80, 22),
        environment: environment(cx.home()),
        command: command.to_vec(),
        recorded: false,
    })?;
    let patience = Duration::from_secs(20);
    let prompted = |screen: &str| screen.trim_end().ends_with("~/mosh$");
    for (line, result) in LINES {
        terminal.wait_until(patience, "the prompt", prompted)?;
        terminal.type_line(line)?;
        terminal.wait_until(patience, result, |screen| screen.contains(result))?;
        terminal.wait_until(patience, "the prompt", prompted)?;
    }
    // Shows what mosh adds to the screen: the notice of the escape key.
    terminal.send_bytes(b"\x1e")?;
    terminal.wait_for("Ctrl-Z suspends")?;
    let picture = svg::draw(&terminal.title()?, (80, 22), &terminal.whole_screen_with_colours()?);
    terminal.send_bytes(b".")?;
    terminal.wait_for_exit(patience)?;
    let folder = Path::new(FILE).parent().ok_or("no folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(FILE, picture))
        .map_err(|error| format!("{FILE}: {error}"))?;
    println!("drawn: {FILE}");
    Ok(())
}
