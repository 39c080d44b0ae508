//! Full-screen programs, in a session and without one: what the user sees is the same, cell for
//! cell with colours and attributes, and so is the screen when they have ended.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::{Check, Context, Pace, Pairs};
use crate::screen::Picture;
use crate::screen::tmux::settled_picture;
use crate::session::{PROMPT, Plan, Session, environment};
use crate::terminal::{Size, Start, Terminal};
use crate::{Outcome, poll};

pub(super) const CHECKS: &[Check] = &[
    check("vim looks as without mosh", |cx| compare(cx, &VIM)),
    check("neovim looks as without mosh", |cx| compare(cx, &NEOVIM)),
    check("tmux looks as without mosh", |cx| compare(cx, &TMUX)),
    check("emacs looks as without mosh", |cx| compare(cx, &EMACS)),
    check("kakoune looks as without mosh", |cx| compare(cx, &KAKOUNE)),
    check("micro looks as without mosh", |cx| compare(cx, &MICRO)),
    check("htop looks as without mosh", |cx| compare(cx, &HTOP)),
    check("fish looks as without mosh", |cx| compare(cx, &FISH)),
    check("fzf looks as without mosh", |cx| compare(cx, &FZF)),
    check("tig looks as without mosh", |cx| compare(cx, &TIG)),
    check("mc looks as without mosh", |cx| compare(cx, &MC)),
    check("less looks as without mosh", |cx| compare(cx, &LESS)),
    check("nano looks as without mosh", |cx| compare(cx, &NANO)),
];

const fn check(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Short, pairs: Pairs::Ours, run }
}

const SIZE: Size = (90, 28);

/// A screen that has not changed for so long is at rest.
const QUIET: Duration = Duration::from_millis(350);

/// A program and what is typed at it.
struct Subject {
    /// What must be there to run it.
    executable: &'static str,
    /// What the shell is asked to run.
    command: &'static str,
    /// What must be on the screen, then what is typed at it, with tmux's names of keys in `<>`.
    /// Before that the screens are compared.
    stages: &'static [(&'static str, &'static str)],
}

const VIM: Subject = Subject {
    executable: "vim",
    command: "vim -u NONE -i NONE -n -c 'set nocp hls is nu cul list ts=4 ls=2' -c 'syntax on' main.c",
    stages: &[
        ("include", "/return<Enter>"),
        ("return", "10Gdd<C-e><C-e><C-y>P"),
        ("main", ":split other.txt<Enter>"),
        ("other.txt", "ggOwé 日本 é ✓<Escape>"),
        ("日本", "V3j"),
        ("VISUAL", "<Escape>:set nowrap bg=light<Enter>50l"),
        ("other.txt", ":hi Comment cterm=italic,underline ctermfg=208<Enter><C-w>j"),
        ("other.txt", ":qa!<Enter>"),
    ],
};

const NEOVIM: Subject = Subject {
    executable: "nvim",
    command: "nvim -u NONE -i NONE -n -c 'set nu cul list tgc mouse=' -c 'syntax on' main.c",
    stages: &[
        ("include", "/return<Enter>"),
        ("return", "10Gdd<C-e><C-e><C-y>P"),
        ("main", ":vsplit other.txt<Enter>"),
        ("other.txt", "ggOwé 日本 é ✓<Escape>"),
        ("日本", "V3j"),
        (
            "VISUAL",
            "<Escape><C-w>l:hi Comment gui=italic,underline,strikethrough guifg=#ff8800<Enter>",
        ),
        ("other.txt", ":qa!<Enter>"),
    ],
};

const TMUX: Subject = Subject {
    executable: "tmux",
    command: "tmux -u -S inner -f tmux.conf new-session 'sh menu'",
    stages: &[
        ("menu>", "colours<Enter>"),
        ("curly", "<C-b>%"),
        ("menu>", "<C-b>\""),
        ("menu>", "wide<Enter>"),
        ("日本", "<C-b>[<C-b><PageUp>"),
        ("日本", "q<C-b>z"),
        ("日本", "<C-b>z<C-b>:"),
        (":", "kill-server<Enter>"),
    ],
};

const EMACS: Subject = Subject {
    executable: "emacs",
    command: "emacs -nw -Q --load settings.el main.c",
    stages: &[
        ("include", "<C-s>return"),
        ("I-search", "<Enter><C-v><M-v>"),
        ("include", "<C-x>2<C-x>o<C-x><C-f>other.txt<Enter>"),
        ("other.txt", "wé 日本 é<Enter><C-Space><C-n><C-n>"),
        ("日本", "<C-x>1<M-x>list-faces-display<Enter>"),
        ("*Faces*", "<C-x>o<C-v><C-v>"),
        ("*Faces*", "<C-g><C-x><C-q>"),
        ("*Faces*", "<M-x>kill-emacs<Enter>"),
    ],
};

const KAKOUNE: Subject = Subject {
    executable: "kak",
    command: "kak -n -s name -e 'source settings.kak' main.c",
    stages: &[
        ("include", "%sreturn<Enter>"),
        ("return", ",gjOwé 日本 é<Escape>"),
        ("日本", ":face global LineNumbers red,blue+bi<Enter>"),
        ("日本", ":info -title t 'text of the box'<Enter>"),
        ("text of the box", ":write-q"),
        ("write-quit", "<Escape>"),
        ("日本", ":quit!<Enter>"),
    ],
};

const MICRO: Subject = Subject {
    executable: "micro",
    command: "micro -config-dir micro main.c",
    stages: &[
        ("include", "wé 日本 é<Enter>"),
        ("日本", "<C-f>return"),
        ("return", "<Enter><C-e>set colorscheme simple<Enter>"),
        ("日本", "<C-e>vsplit other.txt<Enter>"),
        ("other.txt", "<C-g>"),
        ("help", "<C-q>"),
        ("other.txt", "<C-q>"),
        ("日本", "<C-q>"),
        ("ave", "n"),
    ],
};

/// In a namespace of its own it sees itself alone.
const HTOP: Subject = Subject {
    executable: "htop",
    command: "HTOPRC=$HOME/htoprc unshare --user --map-root-user --pid --fork --mount-proc htop",
    stages: &[
        ("F10", "<F1>"),
        ("htop 3", "x"),
        ("F10", "<F2>"),
        ("Display", "<Down><Down><Right>"),
        ("Display", "<F10>"),
        ("F10", "<F6>"),
        ("PID", "<Escape>"),
        ("F10", "q"),
    ],
};

const FISH: Subject = Subject {
    executable: "fish",
    command: "fish -N -C 'source settings.fish'",
    stages: &[
        ("fish>", "echo 'wé 日本 é' | cat; nonsense"),
        ("nonsense", "<C-u>ls --colo"),
        ("--colo", "<Tab>"),
        ("fish>", "<C-c><C-u>echo m<Tab><Tab>"),
        ("main.c", "<Tab><Down>"),
        ("main.c", "<C-c><C-u>set_color -b 208 --underline; echo marked; set_color normal<Enter>"),
        ("marked", "exit<Enter>"),
    ],
};

const FZF: Subject = Subject {
    executable: "fzf",
    command: "seq 1000 | sed 's/$/ wé 日本/' | fzf --border --preview 'echo {}' --header=head -m",
    stages: &[
        ("1000/1000", "42"),
        ("/1000", "<Tab><Tab>"),
        ("/1000 (", "<Up><Up><C-k>"),
        ("/1000 (", "<BSpace>"),
        ("/1000 (", "<Enter>"),
    ],
};

const TIG: Subject = Subject {
    executable: "tig",
    command: "tig -C repository --all",
    stages: &[
        ("second", "j"),
        ("first", "<Enter>"),
        ("main.c", "jjj<Down>"),
        ("main.c", "q"),
        ("second", "h"),
        ("help", "<PageDown>"),
        ("help", "qq"),
    ],
};

const MC: Subject = Subject {
    executable: "mc",
    command: "mc -u -d -c folder folder",
    stages: &[
        ("Help", "<Down><Down>"),
        ("Help", "<F9>"),
        ("Left", "<Right><Down><Down>"),
        ("Command", "<F10><F2>"),
        ("10Quit", "<F10><F1>"),
        ("Help", "<F10>"),
        ("10Quit", "<F10>"),
    ],
};

const LESS: Subject = Subject {
    executable: "less",
    command: "less -R -N coloured",
    stages: &[
        ("line 1", "<Space>"),
        ("line 30", "/line 5<Enter>"),
        ("line 50", "bkkk"),
        ("line 20", "Gq"),
    ],
};

const NANO: Subject = Subject {
    executable: "nano",
    command: "nano -I -l main.c",
    stages: &[
        ("include", "wé 日本 é<Enter>"),
        ("日本", "<C-w>return<Enter>"),
        ("return", "<C-g>"),
        ("elp", "<C-x>"),
        ("日本", "<C-x>"),
        ("ave", "n"),
    ],
};

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
      set -g window-status-format 'menu'\nset -s escape-time 0\nset -g default-command 'sh menu'\n",
    ),
    (
        "menu",
        "while printf 'menu> ' && read -r word; do case $word in\n\
         colours) printf '\\033[31mred\\033[0m \\033[1;44mbold\\033[0m \\033[38;5;208m208\\033[0m '\n\
         printf '\\033[3mitalic\\033[0m \\033[7minverse\\033[0m \\033[9mstrike\\033[0m curly\\n';;\n\
         wide) printf '日本 é ─│\\n';; esac; done\n",
    ),
    (
        "settings.el",
        "(setq create-lockfiles nil make-backup-files nil auto-save-default nil\n\
      inhibit-startup-echo-area-message t)\n(fset 'display-startup-echo-area-message 'ignore)\n",
    ),
    (
        "settings.kak",
        "set-option global ui_options terminal_assistant=none terminal_set_title=false\n\
      add-highlighter global/ number-lines\nadd-highlighter global/ show-matching\n",
    ),
    (
        "settings.fish",
        "function fish_prompt; set_color -o green; echo -n 'fish> '; set_color normal; end\n\
      function fish_title; end\nfunction fish_greeting; end\n",
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

fn compare(cx: &Context<'_>, subject: &Subject) -> Outcome {
    let shell = ["bash", "--norc", "--noprofile"].map(str::to_owned).to_vec();
    let start = Start {
        label: "without mosh",
        size: SIZE,
        environment: environment(&home(cx, "direct")?),
        command: shell,
    };
    let direct = cx.open(start)?;
    let there = home(cx, "remote")?;
    let plan = Plan::shell().sized(SIZE).serving_with("HOME", &there.to_string_lossy());
    let session = Session::start(cx, plan)?;
    let both = Both { direct: &direct, session: &session.terminal };
    let found =
        Command::new("sh").args(["-c", &format!("command -v {}", subject.executable)]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        cx.skip(&format!("there is no {}", subject.executable));
        return session.leave();
    }
    let before = format!("{ALIKE}clear; printf '\\033[3%dm%d\\033[0m\\n' 1 1 2 2 3 3 4 4");
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
    session.leave()
}

/// The same keys go to both.
struct Both<'t> {
    direct: &'t Terminal,
    session: &'t Terminal,
}

impl Both<'_> {
    fn type_line(&self, line: &str) -> Outcome {
        self.direct.type_line(line)?;
        self.session.type_line(line)
    }

    /// Presses keys, of which some have names in `<>`.
    fn press(&self, keys: &str) -> Outcome {
        let mut rest = keys;
        while !rest.is_empty() {
            if let Some((name, after)) = rest.strip_prefix('<').and_then(|it| it.split_once('>')) {
                self.direct.press(name)?;
                self.session.press(name)?;
                // What comes together with Escape is another key.
                poll::pass_time(Duration::from_millis(if name == "Escape" { 600 } else { 30 }));
                rest = after;
            } else {
                let end = rest.find('<').unwrap_or(rest.len());
                self.direct.type_text(&rest[..end])?;
                self.session.type_text(&rest[..end])?;
                rest = &rest[end..];
            }
        }
        Ok(())
    }

    /// Waits until both show `seen` and are at rest, and compares.
    fn compare(&self, stage: &str, seen: &[&str]) -> Outcome {
        let about = |failure| format!("{stage}: {failure}");
        for text in seen {
            self.direct.wait_for(text).map_err(about)?;
        }
        let expected = settled_picture(self.direct, SIZE, QUIET).map_err(about)?;
        let mut differences = String::new();
        poll::until(PATIENCE, || {
            let found = settled_picture(self.session, SIZE, QUIET).ok()?;
            let mut found = found;
            // What the client needs for keys of its own is no mode of the program.
            found.modes = modes(&found);
            let expected = Picture { modes: modes(&expected), ..expected.clone() };
            differences = found.differences(&expected, 8);
            differences.is_empty().then_some(())
        })
        .ok_or_else(|| format!("{stage}: in the session it looks otherwise:\n{differences}"))
    }
}

/// What the session may take until it shows what the program shows.
const PATIENCE: Duration = Duration::from_secs(6);

fn modes(picture: &Picture) -> Vec<&'static str> {
    picture.modes.iter().copied().filter(|mode| *mode != "cursor keys").collect()
}
