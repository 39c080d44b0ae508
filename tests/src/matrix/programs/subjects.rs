//! The programs, and what is typed at them.

/// A program and what is typed at it.
pub(super) struct Subject {
    /// What must be there to run it.
    pub(super) executable: &'static str,
    /// What the shell is asked to run.
    pub(super) command: &'static str,
    /// What must be on the screen, then what is typed at it, with tmux's names of keys in `<>`.
    /// Before that the screens are compared. It should be what the keys before it are to bring, not
    /// what they show themselves.
    pub(super) stages: &'static [(&'static str, &'static str)],
}

pub(super) const VIM: Subject = Subject {
    executable: "vim",
    command: "vim -u settings.vim -i NONE -n main.c",
    stages: &[
        ("include", "/return<Enter>"),
        ("return", "10Gdd<C-e><C-e><C-y>P"),
        ("main", ":split other.txt<Enter>"),
        ("two: é", "ggOwé 日本 é ✓"),
        ("日本", "<Enter><Paste>"),
        ("two", "<Escape>V3j"),
        ("VISUAL", "<Escape>:set nowrap bg=light<Enter>50l"),
        ("other.txt", ":hi Comment cterm=italic,underline ctermfg=208<Enter><C-w>j"),
        ("other.txt", ":qa!<Enter>"),
    ],
};

pub(super) const NEOVIM: Subject = Subject {
    executable: "nvim",
    command: "nvim -u NONE -i NONE -n -c 'set nu cul list tgc mouse=a title' -c 'syntax on' main.c",
    stages: &[
        ("include", "/return<Enter>"),
        ("return", "10Gdd<C-e><C-e><C-y>P"),
        ("main", ":vsplit other.txt<Enter>"),
        ("two: é", "ggOwé 日本 é ✓"),
        ("日本", "<Enter><Paste>"),
        ("two", "<Escape>V3j"),
        (
            "VISUAL",
            "<Escape><C-w>l:hi Comment gui=italic,underline,strikethrough guifg=#ff8800<Enter>",
        ),
        ("other.txt", ":qa!<Enter>"),
    ],
};

pub(super) const TMUX: Subject = Subject {
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

pub(super) const EMACS: Subject = Subject {
    executable: "emacs",
    command: "emacs -nw --no-site-file main.c",
    stages: &[
        ("include", "<C-s>return"),
        ("I-search", "<Enter><C-v><M-v>"),
        ("include", "<C-x>2<C-x>o<C-x><C-f>other.txt<Enter>"),
        ("two: é", "wé 日本 é<Enter><C-Space><C-n><C-n>"),
        ("日本", "<C-x>1<M-x>list-faces-display<Enter>"),
        ("*Faces*", "<C-x>o<C-v><C-v>"),
        ("*Faces*", "<C-g><C-x><C-q>"),
        ("*Faces*", "<M-x>kill-emacs<Enter>"),
    ],
};

pub(super) const KAKOUNE: Subject = Subject {
    executable: "kak",
    // It asks for its title from before in a way that tmux 3.3 does not know.
    command: "kak -n -s name -e 'source settings.kak' main.c; printf '\\033]2;again\\a'",
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

pub(super) const MICRO: Subject = Subject {
    executable: "micro",
    command: "micro -config-dir micro main.c",
    stages: &[
        ("include", "wé 日本 é<Enter>"),
        ("日本", "<C-f>return"),
        ("return", "<Enter><C-e>set colorscheme simple<Enter>"),
        ("日本", "<C-e>vsplit other.txt<Enter>"),
        ("two: é", "<C-g>"),
        ("help", "<C-q>"),
        ("other.txt", "<C-q>"),
        ("日本", "<C-q>"),
        ("ave", "n"),
    ],
};

/// In a namespace of its own it sees itself alone.
pub(super) const HTOP: Subject = Subject {
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

pub(super) const FISH: Subject = Subject {
    executable: "fish",
    command: "fish -N -C 'source settings.fish'",
    stages: &[
        ("fish>", "echo 'wé 日本 é' | cat; nonsense"),
        ("nonsense", "<C-u>ls --colo"),
        ("--colo", "<Tab>"),
        ("fish>", "<C-c><C-u>echo m<Tab><Tab>"),
        ("main.c", "<Tab><Down>"),
        ("main.c", "<C-c><C-u>set_color -b 208 --underline; echo marked; set_color normal<Enter>"),
        ("\nmarked", "exit<Enter>"),
    ],
};

pub(super) const FZF: Subject = Subject {
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

pub(super) const TIG: Subject = Subject {
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

pub(super) const MC: Subject = Subject {
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

pub(super) const LESS: Subject = Subject {
    executable: "less",
    command: "less -R -N coloured",
    stages: &[
        ("line 1", "<Space>"),
        ("line 30", "/line 5<Enter>"),
        ("line 50", "bkkk"),
        ("line 20", "Gq"),
    ],
};

pub(super) const NANO: Subject = Subject {
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
