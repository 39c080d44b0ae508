//! What a session is used for every day.

use std::fs;
use std::time::{Duration, Instant};

use super::{Check, Context, Pace, Pairs};
use crate::random::Random;
use crate::session::{PROMPT, Plan, Server, Session, Witness, environment};
use crate::terminal::{SOON, Start, Terminal};
use crate::{Outcome, poll};

pub(super) const CHECKS: &[Check] = &[
    check("what is typed is echoed and what is printed is shown", typing_and_output),
    check("colours, wide and combining characters look as without mosh", looks_as_without_mosh),
    check("the window title arrives with its prefix", window_title),
    check("a resize reaches the program and the screen, both ways", resizing),
    check("vim edits a file", editing),
    check("less, top and tmux run full screen", full_screen_programs),
    check("a paste of 20 kB arrives byte for byte", pasting),
    check("leaving the shell ends both sides cleanly", exit_by_shell),
    check("the escape key quits, and sends itself when asked to", exit_by_escape_key),
    Check {
        name: "MOSH_ESCAPE_KEY changes the escape key, MOSH_NO_TERM_INIT keeps the screen",
        pace: Pace::Short,
        pairs: Pairs::Clients,
        run: client_variables,
    },
    Check {
        name: "windows without a size, and absurd ones, are survived",
        pace: Pace::Short,
        pairs: Pairs::Ours,
        run: absurd_sizes,
    },
    check("every window size from 20x5 to 300x100 is used in full", window_sizes),
    check("Ctrl-Z after the escape key suspends, and fg resumes", suspending),
    Check {
        name: "Ctrl-C ends a flood of output within a second",
        pace: Pace::Alone,
        pairs: Pairs::All,
        run: interrupting_a_flood,
    },
];

const fn check(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Short, pairs: Pairs::All, run }
}

fn typing_and_output(cx: &Context<'_>) -> Outcome {
    let session = Session::start_shell(cx, Plan::shell())?;
    let terminal = &session.terminal;
    if !terminal.is_alternate()? {
        return Err("the client did not switch to the alternate screen".into());
    }
    terminal.type_text("echo $((6*7))-arrived")?;
    terminal.wait_for("ready> echo $((6*7))-arrived")?;
    terminal.press("Enter")?;
    terminal.wait_for("42-arrived")?;
    terminal.type_line("seq 1 500")?;
    terminal.wait_until(SOON, "the end of the list", |screen| {
        screen.contains("479\n480\n") && screen.contains("500\nready>")
    })?;
    // Line editing: the shell's answer to Left depends on the cursor key mode.
    terminal.type_text("echo bc")?;
    for _ in 0..2 {
        terminal.press("Left")?;
    }
    terminal.type_text("a")?;
    terminal.press("Enter")?;
    terminal.wait_for("\nabc\n")?;
    terminal.press("Up")?;
    terminal.wait_until(SOON, "the previous command", |screen| {
        screen.trim_end().ends_with("ready> echo abc")
    })?;
    terminal.press("C-u")?;
    terminal.type_line("printf 'caf\\303\\251 \\342\\202\\254 %s\\n' \"ü\"")?;
    terminal.wait_for("\ncafé € ü\n")?;
    session.leave()
}

/// Prints every colour depth and attribute, and characters of all widths.
const GALLERY: &str = r"
printf '\033[H\033[2J'
printf '\033[31mred\033[0m \033[1;32mbold green\033[0m \033[97;104mbright\033[0m\n'
printf '\033[38;5;208morange\033[48;5;19m on blue\033[0m \033[38;5;250mgrey\033[0m\n'
printf '\033[38;2;10;200;30mtrue\033[48;2;90;20;120m colour\033[0m plain\n'
printf '\033[4munderlined\033[0m \033[3mitalic\033[0m \033[7minverse\033[0m \033[5mblink\033[0m\n'
printf '日本語 한국어 中文 wide\n'
printf 'e\314\201 a\314\210 o\314\202\314\243 combining\n'
printf '\360\237\230\200 emoji ┌──┐ box\n'
printf '\033[10;20Hplaced\033[12;40H\033[42mgreen to the end\033[K\033[0m'
printf '\033[15;1Habcdef\033[15;3H\033[2P\033[16;1Habcdef\033[16;3H\033[2@\033[17;1Habcdef\033[17;3H\033[2X'
printf '\033[19;1Hnext to last\033[20;1Hlast'
";

fn looks_as_without_mosh(cx: &Context<'_>) -> Outcome {
    let gallery = format!("{GALLERY}\nexec sleep 1000");
    let script = cx.home().join("gallery");
    fs::write(&script, gallery).map_err(|error| format!("gallery: {error}"))?;
    let command = vec!["sh".to_owned(), script.to_string_lossy().into_owned()];
    let start = Start {
        label: "without mosh",
        size: (80, 24),
        environment: environment(cx.home()),
        command,
        recorded: false,
    };
    let reference = cx.open(start)?;
    let plan = Plan::program(["sh", &script.to_string_lossy()]);
    let session = Session::start(cx, plan)?;
    reference.wait_for("last")?;
    session.terminal.wait_for_same(&reference, SOON)?;
    session.leave()
}

fn window_title(cx: &Context<'_>) -> Outcome {
    let script = "printf '\\033]0;a title: é\\007titled'; sleep 1000";
    let session = Session::start(cx, Plan::script(script))?;
    session.terminal.wait_for("titled")?;
    wait_for_title(&session.terminal, "[mosh] a title: é")?;
    session.leave()?;
    wait_for_title(&session.terminal, "a title: é")?;

    let plan = Plan::script(script).shown_with("MOSH_TITLE_NOPREFIX", "1");
    let session = Session::start(cx, plan)?;
    wait_for_title(&session.terminal, "a title: é")?;
    session.leave()
}

fn wait_for_title(terminal: &Terminal, title: &str) -> Outcome {
    poll::until(SOON, || terminal.title().is_ok_and(|found| found == title).then_some(()))
        .ok_or_else(|| format!("the title is {:?}, not {title:?}", terminal.title()))
}

fn resizing(cx: &Context<'_>) -> Outcome {
    let (witness, plan) = Witness::start(cx, (80, 24))?;
    let session = Session::start(cx, plan)?;
    let terminal = &session.terminal;
    terminal.wait_for(PROMPT.trim_end())?;
    terminal.type_line("seq 100 130")?;
    for (columns, rows) in [(100, 30), (60, 15), (132, 10), (40, 50), (80, 24)] {
        session.resize((columns, rows), SOON)?;
        terminal.type_line("seq 1 200")?;
        terminal.wait_for("\n200\n")?;
        witness.wait_for_same(terminal, SOON)?;
    }
    session.leave()
}

fn editing(cx: &Context<'_>) -> Outcome {
    let lines: String = (1..=200).map(|n| format!("line {n} of the file\n")).collect();
    fs::write(cx.home().join("text"), &lines).map_err(|error| format!("text: {error}"))?;
    let session = Session::start_shell(cx, Plan::shell())?;
    let terminal = &session.terminal;
    terminal.type_line("vim -u NONE -N -n text")?;
    terminal.wait_for("line 1 of the file")?;
    terminal.type_text("100G")?;
    terminal.wait_for("line 100 of the file")?;
    terminal.type_text("O")?;
    terminal.wait_for("-- INSERT --")?;
    terminal.type_text("inserted before a hundred")?;
    terminal.wait_for("inserted before a hundred")?;
    // Scrolls within a region, backwards too.
    terminal.send_bytes(b"\x1b")?;
    terminal.wait_until(SOON, "normal mode", |screen| !screen.contains("INSERT"))?;
    terminal.type_text("gg")?;
    terminal.wait_for("line 1 of the file")?;
    for _ in 0..30 {
        terminal.send_bytes(b"\x05")?;
    }
    terminal.wait_until(SOON, "line 31 on top", |s| s.starts_with("line 31 of the file"))?;
    terminal.send_bytes(b"\x19\x19")?;
    terminal.wait_until(SOON, "line 29 on top", |s| s.starts_with("line 29 of the file"))?;
    terminal.type_text(":wq")?;
    terminal.press("Enter")?;
    terminal.wait_for(PROMPT.trim_end())?;
    let wanted = lines.replacen("line 100 ", "inserted before a hundred\nline 100 ", 1);
    let found = fs::read_to_string(cx.home().join("text")).unwrap_or_default();
    if found != wanted {
        return Err("vim did not write what was typed".into());
    }
    session.leave()
}

fn full_screen_programs(cx: &Context<'_>) -> Outcome {
    let session = Session::start_shell(cx, Plan::shell())?;
    let terminal = &session.terminal;
    terminal.type_line("seq 1 1000 | less")?;
    terminal.wait_until(SOON, "the first page", |s| s.starts_with("1\n2\n"))?;
    terminal.type_text("G")?;
    terminal.wait_for("\n1000\n")?;
    terminal.type_text("gq")?;
    terminal.wait_for(PROMPT.trim_end())?;
    terminal.type_line("top -d 1")?;
    terminal.wait_for("PID USER")?;
    terminal.type_text("q")?;
    // top throws away what is typed before it has ended.
    terminal.wait_until(SOON, "the prompt", |s| s.trim_end().ends_with(PROMPT.trim_end()))?;
    terminal.type_line("clear; echo top-ended")?;
    terminal.wait_until(SOON, "the end of top", |s| s.starts_with("top-ended"))?;
    terminal.type_line("tmux -u -S inner -f /dev/null new-session bash --norc --noprofile")?;
    terminal.wait_for("[0] 0:")?;
    terminal.type_text("echo $TERM in \"$TMUX\"")?;
    terminal.press("Enter")?;
    terminal.wait_for(" in inner,")?;
    terminal.type_line("exit")?;
    terminal.wait_for("[exited]")?;
    session.leave()
}

/// Every byte that a paste may hold, but the escape key, and ESC, which would
/// make cursor keys of the letters behind it.
fn paste_content(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut content = vec![0; len];
    random.fill(&mut content);
    for byte in &mut content {
        if matches!(*byte, 0 | 0x1b | 0x1e) {
            *byte = b'\n';
        }
    }
    content
}

fn pasting(cx: &Context<'_>) -> Outcome {
    const LEN: usize = 20_000;
    // The terminal is raw, so that its line discipline neither changes nor limits.
    let received = cx.home().join("received");
    let plan = Plan::script(&format!(
        "stty raw -echo; printf waiting; head -c {LEN} > '{}'; printf ' all of it'; sleep 1000",
        received.display()
    ));
    let session = Session::start(cx, plan)?;
    session.terminal.wait_for("waiting")?;
    let content = paste_content(cx.seed, LEN);
    session.terminal.paste(&content)?;
    session.terminal.wait_for("all of it")?;
    let found = fs::read(&received).map_err(|error| format!("received: {error}"))?;
    if let Some(at) = (0..LEN).find(|at| found.get(*at) != content.get(*at)) {
        return Err(format!("the paste differs from byte {at} on"));
    }
    session.leave()
}

fn exit_by_shell(cx: &Context<'_>) -> Outcome {
    let session = Session::start_shell(cx, Plan::shell())?;
    session.terminal.type_line("exit 3")?;
    // The status of the command is not handed on: a clean end is 0.
    session.wait_for_clean_end(SOON)?;
    if session.terminal.is_alternate()? {
        return Err("the client left the alternate screen on".into());
    }
    session.terminal.wait_for("mosh")
}

fn exit_by_escape_key(cx: &Context<'_>) -> Outcome {
    let program = "stty raw -echo; printf waiting; head -c 2 | od -An -tx1; sleep 1000";
    let session = Session::start(cx, Plan::script(program))?;
    session.terminal.wait_for("waiting")?;
    session.terminal.send_bytes(b"\x1e")?;
    session.terminal.wait_for("Ctrl-Z suspends")?;
    session.terminal.send_bytes(b"^")?;
    session.terminal.send_bytes(b"\x1eq")?;
    session.terminal.wait_for("1e 1e")?;
    session.leave()?;
    session.terminal.wait_for("mosh")
}

fn client_variables(cx: &Context<'_>) -> Outcome {
    let plan =
        Plan::shell().shown_with("MOSH_ESCAPE_KEY", "~").shown_with("MOSH_NO_TERM_INIT", "1");
    let session = Session::start_shell(cx, plan)?;
    let terminal = &session.terminal;
    if terminal.is_alternate()? {
        return Err("the client switched to the alternate screen".into());
    }
    // A printable escape key counts only at the start of a line.
    terminal.type_text("echo ~.")?;
    terminal.wait_for("ready> echo ~.")?;
    terminal.press("Enter")?;
    terminal.type_text("~")?;
    terminal.wait_for("Ctrl-Z suspends")?;
    terminal.type_text("~")?;
    terminal.wait_until(SOON, "the key itself", |s| s.trim_end().ends_with("ready> ~"))?;
    terminal.press("C-u")?;
    terminal.press("Enter")?;
    terminal.type_text("~.")?;
    session.wait_for_clean_end(SOON)
}

fn absurd_sizes(cx: &Context<'_>) -> Outcome {
    for (columns, rows) in [(0, 0), (0, 24), (1, 1), (5000, 3000), (65535, 65535)] {
        let mut plan = Plan::shell();
        let prefix = format!("stty cols {columns} rows {rows}; exec \"$@\"");
        plan.client_prefix = vec!["sh".into(), "-c".into(), prefix, "sh".into()];
        let session = Session::start(cx, plan)?;
        // Whatever shows of the prompt, the shell answers once it runs.
        let typed = cx.home().join("typed");
        let answers = || {
            session.terminal.type_line("touch typed").ok()?;
            poll::until(Duration::from_secs(1), || fs::remove_file(&typed).ok())
        };
        poll::until(SOON, answers)
            .ok_or_else(|| format!("nothing can be typed into {columns}x{rows}"))?;
        // An ordinary size makes it an ordinary session.
        session.resize((90, 30), SOON)?;
        session.leave()?;
    }
    Ok(())
}

fn window_sizes(cx: &Context<'_>) -> Outcome {
    // Fills every cell of every row but the last, whose last cell would scroll.
    let script = r#"
        stty -echo
        set -- $(stty size); rows=$1 columns=$2
        printf '\033[H\033[2J'
        row=1
        while [ $row -le $rows ]; do
            printf '\033[%d;1H%03d' $row $row
            printf '\033[%d;%dH#' $row $columns
            row=$((row + 1))
        done
        printf '\033[2;5H%dx%d' $columns $rows
        sleep 1000"#;
    for size in [(20, 5), (40, 12), (132, 43), (211, 60), (300, 100)] {
        let start = Start {
            label: "without mosh",
            size,
            environment: environment(cx.home()),
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            recorded: false,
        };
        let reference = cx.open(start)?;
        let session = Session::start(cx, Plan::script(script).sized(size))?;
        session.terminal.wait_for(&format!("{}x{}", size.0, size.1))?;
        session.terminal.wait_for_same(&reference, SOON)?;
        session.leave()?;
    }
    Ok(())
}

fn suspending(cx: &Context<'_>) -> Outcome {
    let plan = Plan::script("printf 'in the session\\n'; exec sleep 1000");
    let server = Server::start(cx, &plan)?;
    let client = cx.programs(cx.pair.client).client.display();
    let mut environment = environment(cx.home());
    environment.push(("PS1".into(), "local> ".into()));
    let command = ["bash", "--norc", "--noprofile", "-i"].map(str::to_owned).to_vec();
    let terminal =
        cx.open(Start { label: "client", size: (80, 24), environment, command, recorded: false })?;
    terminal.wait_for("local>")?;
    terminal.type_line(&format!("MOSH_KEY={} {client} 127.0.0.1 {}", server.key, server.port))?;
    terminal.wait_for("in the session")?;
    terminal.send_bytes(b"\x1e\x1a")?;
    terminal.wait_for("Stopped")?;
    terminal.wait_for("suspended")?;
    // The terminal is as it was: it echoes, and edits lines.
    terminal.type_line("echo $((6*7))-local")?;
    terminal.wait_for("\n42-local\n")?;
    terminal.type_line("fg")?;
    terminal.wait_until(SOON, "the session", |s| s.trim_start().starts_with("in the session"))?;
    terminal.send_bytes(b"\x1e.")?;
    terminal.wait_until(SOON, "the local shell", |s| s.trim_end().ends_with("local>"))?;
    server.wait_for_end(SOON)
}

fn interrupting_a_flood(cx: &Context<'_>) -> Outcome {
    let session = Session::start_shell(cx, Plan::shell())?;
    let terminal = &session.terminal;
    let mut times = Vec::new();
    for _ in 0..3 {
        terminal.type_line("clear; yes 'a flood of output that only ends when told to'")?;
        terminal.wait_until(SOON, "the flood", |screen| screen.matches("a flood").count() > 20)?;
        poll::pass_time(Duration::from_secs(1));
        let pressed = Instant::now();
        terminal.press("C-c")?;
        terminal.wait_until(SOON, "the prompt", |screen| {
            screen.trim_end().ends_with(PROMPT.trim_end())
        })?;
        times.push(pressed.elapsed());
    }
    times.sort();
    if times[1] > Duration::from_secs(1) {
        return Err(format!("the prompt came back after {times:?}"));
    }
    session.leave()
}
