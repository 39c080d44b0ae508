//! Full-screen programs, in a session and without one: what the user sees is the same, cell for
//! cell with colours and attributes, and so is the screen when they have ended. So are the title,
//! the cursor, and what the terminal is to do with keys, the mouse and what is pasted.

mod both;
mod input;
mod subjects;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use self::both::Both;
use self::subjects::Subject;
use super::{Check, Context, Pace, Pairs};
use crate::Outcome;
use crate::session::{PROMPT, Plan, Session, environment};
use crate::terminal::{Size, Start, Terminal};

pub(super) const CHECKS: &[Check] = &[
    check("vim looks as without mosh", |cx| compare(cx, &subjects::VIM)),
    check("neovim looks as without mosh", |cx| compare(cx, &subjects::NEOVIM)),
    check("tmux looks as without mosh", |cx| compare(cx, &subjects::TMUX)),
    check("emacs looks as without mosh", |cx| compare(cx, &subjects::EMACS)),
    check("kakoune looks as without mosh", |cx| compare(cx, &subjects::KAKOUNE)),
    check("micro looks as without mosh", |cx| compare(cx, &subjects::MICRO)),
    check("htop looks as without mosh", |cx| compare(cx, &subjects::HTOP)),
    check("fish looks as without mosh", |cx| compare(cx, &subjects::FISH)),
    check("fzf looks as without mosh", |cx| compare(cx, &subjects::FZF)),
    check("tig looks as without mosh", |cx| compare(cx, &subjects::TIG)),
    check("mc looks as without mosh", |cx| compare(cx, &subjects::MC)),
    check("less looks as without mosh", |cx| compare(cx, &subjects::LESS)),
    check("keys arrive as without mosh", input::compare),
    check("nano looks as without mosh", |cx| compare(cx, &subjects::NANO)),
];

const fn check(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Short, pairs: Pairs::Ours, run }
}

const SIZE: Size = (90, 28);

/// A screen that has not changed for so long is at rest.
const QUIET: Duration = Duration::from_millis(350);

/// What is in the home directory: a name and its contents.
const FILES: &[(&str, &str)] = &[
    (
        "main.c",
        "#include <stdio.h>\n\n/* Adds and says \"日本\". */\nint add(int a, int b)\n{\n\treturn a + b;\n}\n\n\
         int main(void)\n{\n\tint i, sum = 0;\n\tfor (i = 0; i < 10; i++)\n\t\tsum = add(sum, i);\n\
         \tprintf(\"%d \\\\n\", sum);\n\treturn 0;\n}\n/* 1\n 2\n 3\n 4\n 5\n 6\n 7\n 8\n 9\n 10\n */\n\
         static const char *s = \"text\";\n#define X 0x1f\n#ifdef X\n#endif\n",
    ),
    ("other.txt", "one\ntwo: é\nthree\n\tfour\nfive and a longer line, so that it may wrap\n"),
    (
        "tmux.conf",
        "set -g status-right ''\nset -g status-left '0:'\nset -g window-status-current-format 'menu'\n\
      set -g window-status-format 'menu'\nset -s escape-time 0\nset -g mouse on\n\
      set -g set-titles on\nset -g set-titles-string 'tmux #P'\nset -g default-command 'sh menu'\n",
    ),
    (
        "menu",
        "while printf 'menu> ' && read -r word; do case $word in\n\
         colours) printf '\\033[31mred\\033[0m \\033[1;44mbold\\033[0m \\033[38;5;208m208\\033[0m '\n\
         printf '\\033[3mitalic\\033[0m \\033[7minverse\\033[0m \\033[9mstrike\\033[0m curly\\n';;\n\
         wide) printf '日本 é ─│\\n';; esac; done\n",
    ),
    (
        "settings.vim",
        "set nocp hls is nu cul list ts=4 ls=2 title mouse=a ttym=sgr ai\nsyntax on\n\
         let &t_SI = \"\\e[6 q\"\nlet &t_EI = \"\\e[2 q\"\n",
    ),
    // It would compile its libraries anew in each home directory, for a minute.
    (
        ".emacs.d/early-init.el",
        "(setq native-comp-jit-compilation nil native-comp-deferred-compilation nil\n\
         native-comp-enable-subr-trampolines nil)\n",
    ),
    // Not asked who it is, a terminal is the same to it: tmux does not call itself xterm.
    (
        ".emacs.d/init.el",
        "(setq xterm-extra-capabilities nil inhibit-startup-screen t create-lockfiles nil\n\
         make-backup-files nil auto-save-default nil inhibit-startup-echo-area-message t)\n(fset 'display-startup-echo-area-message 'ignore)\n(xterm-mouse-mode 1)\n",
    ),
    (
        "settings.kak",
        "set-option global ui_options terminal_assistant=none\n\
      add-highlighter global/ number-lines\nadd-highlighter global/ show-matching\n",
    ),
    (
        "settings.fish",
        "function fish_prompt; set_color -o green; echo -n 'fish> '; set_color normal; end\n\
      function fish_title; echo 'the title of fish'; end\nfunction fish_greeting; end\n",
    ),
    (
        "htoprc",
        "fields=0 48 17 18 1\nsort_key=0\nhide_userland_threads=1\ncolor_scheme=0\n\
      enable_mouse=1\ndelay=15\nheader_layout=two_50_50\ncolumn_meters_0=Blank\ncolumn_meter_modes_0=2\n\
      column_meters_1=Blank\ncolumn_meter_modes_1=2\nheader_margin=1\n",
    ),
    ("micro/settings.json", "{\"savehistory\": false, \"savecursor\": false, \"backup\": false}\n"),
    (
        ".config/mc/ini",
        "[Midnight-Commander]\nuse_internal_edit=1\n[Layout]\nfree_space=0\nmessage_visible=0\n",
    ),
    ("folder/a", "text\n"),
    ("folder/b.c", "int b;\n"),
    ("folder/wide 日本", ""),
];

/// Does the rest: a repository with two commits, times that do not pass, a long file.
const PREPARE: &str = r#"
set -e
cd "$HOME"
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='2020-01-02T03:04:05Z' GIT_COMMITTER_DATE='2020-01-02T03:04:05Z'
git config --global user.name User
git config --global user.email user@example.org
git -c init.defaultBranch=main init -q repository
cp main.c repository
git -C repository add main.c
git -C repository commit -q -m 'first: a program'
echo 'int more;' >>repository/main.c
git -C repository commit -q -a -m 'second: wé 日本'
n=1
while [ $n -le 100 ]; do
  printf '\033[3%dmline %d\033[0m \033[4mof a file\033[0m\n' $((n % 8)) $n
  n=$((n + 1))
done >coloured
chmod 644 folder/*
find . -exec touch -h -d '2020-01-02 03:04:05 UTC' {} +
"#;

/// Prepares a home directory.
fn home(cx: &Context<'_>, name: &str) -> Outcome<PathBuf> {
    let home = cx.home().join(name);
    for (file, content) in FILES {
        let path = home.join(file);
        let folder = path.parent().expect("it is below the home directory");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, content))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let mut command = Command::new("sh");
    cx.marker.mark(command.args(["-c", PREPARE]).env_clear().envs(environment(&home)));
    let output = command.output().map_err(|error| format!("sh: {error}"))?;
    if !output.status.success() {
        return Err(format!("{}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(home)
}

/// What makes a shell in a session and one beside it alike.
const ALIKE: &str = "unset TMUX TMUX_PANE TERM_PROGRAM TERM_PROGRAM_VERSION COLORTERM; \
     export TERM=xterm-256color NCURSES_NO_UTF8_ACS=1 TZ=UTC0 XDG_RUNTIME_DIR=$HOME/run TMPDIR=$HOME; \
     cd; mkdir -p -m 700 run; ";

/// What a program finds as the title, and leaves.
const TITLE: &str = "printf '\\033]2;before\\a'; ";

/// A shell in a session and one beside it, each with a home directory of its own.
struct Ends {
    homes: [PathBuf; 2],
    direct: Rc<Terminal>,
    session: Session,
}

impl Ends {
    fn start(cx: &Context<'_>) -> Outcome<Self> {
        let homes = [home(cx, "direct")?, home(cx, "remote")?];
        let direct = cx.open(Start {
            label: "without mosh",
            size: SIZE,
            environment: environment(&homes[0]),
            command: ["bash", "--norc", "--noprofile"].map(str::to_owned).to_vec(),
            recorded: true,
        })?;
        let plan = Plan::shell().sized(SIZE).recorded().shown_with("MOSH_TITLE_NOPREFIX", "1");
        let session = Session::start(cx, plan.serving_with("HOME", &homes[1].to_string_lossy()))?;
        Ok(Self { homes, direct, session })
    }

    fn both<'t>(&'t self, cx: &'t Context<'_>) -> Both<'t> {
        Both::new(&self.direct, &self.session.terminal, &cx.marker)
    }
}

fn compare(cx: &Context<'_>, subject: &Subject) -> Outcome {
    let found =
        Command::new("sh").args(["-c", &format!("command -v {}", subject.executable)]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        cx.skip(&format!("there is no {}", subject.executable));
        return Ok(());
    }
    let ends = Ends::start(cx)?;
    let both = ends.both(cx);
    let before = format!("{ALIKE}{TITLE}clear; printf '\\033[3%dm%d\\033[0m\\n' 1 1 2 2 3 3 4 4");
    both.type_line(&before)?;
    both.compare("before", &["\n4\n", PROMPT.trim_end()])?;
    both.type_line(subject.command)?;
    let mut looks = Vec::new();
    for (number, (seen, keys)) in subject.stages.iter().enumerate() {
        let stage = format!("{}, stage {number}", subject.executable);
        looks.extend(both.compare(&stage, &[seen]).err());
        both.press(keys)?;
    }
    let stage = format!("{}, at the end", subject.executable);
    looks.extend(both.compare(&stage, &[PROMPT.trim_end()]).err());
    if !looks.is_empty() {
        return Err(looks.join("\n"));
    }
    ends.session.leave()
}
