//! What other emulators are known to do otherwise than ours, and why ours is right.

use mosh_core::screen::{Attributes, width};
use mosh_tests::screen::{Alacritty, Look, Own, Picture};
use mosh_tests::sequences::{Piece, cut};
use proptest::sample::Index;

/// A sequence that another emulator takes otherwise.
pub(crate) struct Difference {
    /// What both do, and the words of the standard that ours follows.
    pub(crate) reason: &'static str,
    /// What both are shown in place of such a sequence; nothing for any other.
    pub(crate) instead: fn(&Piece, &Context) -> Option<Vec<u8>>,
}

/// What the program as a whole does, for differences that only show together.
pub(crate) struct Context {
    columns: u16,
    rows: u16,
    marks: bool,
    wide: bool,
    /// At the time of the piece.
    alternate: bool,
    autowrap: bool,
    margins: bool,
    clears_tabs: bool,
    origin: bool,
    restores: bool,
    resets: bool,
    charsets: bool,
    new_line: bool,
}

impl Context {
    fn new(pieces: &[Piece], (columns, rows): (u16, u16)) -> Self {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        };
        let marks = pieces.iter().any(|it| text(it).chars().any(|c| width::width(c) == 0));
        let margins = pieces.iter().any(|it| ends(it, b"r"));
        let is = |bytes: &[u8]| pieces.iter().any(|it| it.to_bytes() == bytes);
        let origin = is(b"\x1b[?6h");
        let restores = is(b"\x1b8") || is(b"\x1b[u") || is(b"\x1b[?1049l");
        let resets = is(b"\x1bc");
        let new_line = is(b"\x1b[20h");
        let charsets = is(b"\x0e") || is(b"\x0f") || is(b"\x1b(0") || is(b"\x1b(B");
        let clears_tabs = pieces.iter().any(|it| ends(it, b"g"));
        let wide = pieces.iter().any(|it| text(it).chars().any(|c| width::width(c) == 2));
        Self {
            columns,
            rows,
            marks,
            wide,
            alternate: false,
            autowrap: true,
            margins,
            clears_tabs,
            origin,
            restores,
            resets,
            charsets,
            new_line,
        }
    }

    fn follow(&mut self, piece: &Piece) {
        match piece {
            Piece::Sequence(parameters, _, last @ (b'h' | b'l')) if parameters == b"?1049" => {
                self.alternate = *last == b'h';
            }
            Piece::Sequence(parameters, _, last @ (b'h' | b'l')) if parameters == b"?7" => {
                self.autowrap = *last == b'h';
            }
            Piece::Escape(escape) if escape == b"c" => {
                (self.alternate, self.autowrap) = (false, true);
            }
            _ => {}
        }
    }
}

/// Answers whether a piece is a control sequence that ends so, neither private nor with
/// intermediates.
fn ends(piece: &Piece, finals: &[u8]) -> bool {
    matches!(piece, Piece::Sequence(parameters, intermediates, last)
        if finals.contains(last) && intermediates.is_empty() && !parameters.starts_with(b"?"))
}

fn numbers(parameters: &[u8]) -> Vec<u16> {
    let parts = parameters.split(|byte| *byte == b';');
    parts.map(|part| std::str::from_utf8(part).unwrap().parse().unwrap_or(0)).collect()
}

fn nothing_if(condition: bool) -> Option<Vec<u8>> {
    condition.then(Vec::new)
}

/// Where Alacritty's emulator differs.
pub(crate) const ALACRITTY: &[Difference] = &[
    Difference {
        reason: "IL and DL leave the cursor in its column there. ECMA-48 §8.3.32 and §8.3.67: \
                 \"The active presentation position is moved to the line home position\".",
        instead: |piece, _| ends(piece, b"LM").then(|| [&piece.to_bytes()[..], b"\r"].concat()),
    },
    Difference {
        reason: "DECALN neither moves the cursor nor resets the margins and, as xterm does, DECOM \
                 there. VT510, DECALN: \
                 \"sets the margins to the extremes of the page, and moves the cursor to the home \
                 position\".",
        instead: |piece, _| {
            (*piece == Piece::Escape(b"#8".to_vec()))
                .then(|| b"\x1b#8\x1b[r\x1b[?6l\x1b[H".to_vec())
        },
    },
    Difference {
        reason: "DECSTR is not known there. VT510, DECSTR.",
        instead: |piece, _| {
            let known = matches!(piece, Piece::Sequence(_, middle, b'p') if middle == b"!");
            nothing_if(known)
        },
    },
    Difference {
        reason: "Margins that begin beyond the screen make a region without rows there. DEC STD \
                 070, DECSTBM: the top margin must be less than the bottom margin, which is at \
                 most the last row; otherwise the function is ignored.",
        instead: |piece, context| match piece {
            Piece::Sequence(parameters, _, b'r') if ends(piece, b"r") => {
                let top = numbers(parameters)[0].max(1);
                nothing_if(top >= context.rows)
            }
            _ => None,
        },
    },
    Difference {
        reason: "CUU, CUD, CNL and CPL go beyond the margins there. VT510, CUU: \"The cursor stops \
                 at the top margin\"; CUD: \"at the bottom margin\".",
        instead: |piece, context| nothing_if(context.margins && ends(piece, b"ABEF")),
    },
    Difference {
        reason: "A tab goes to the next row when a wrap is pending there. DEC STD 070: only a \
                 graphic character wraps; a tab in the last column stays there.",
        instead: |piece, _| (*piece == Piece::Control(b'\t')).then(|| b"\x1b[I".to_vec()),
    },
    Difference {
        reason: "A combining mark that follows nothing stands on the space of its cell there, and \
                 on a no-break space here, as in mosh 1.4. Unicode 15, §7.9: marks are shown in \
                 isolation on U+00A0.",
        instead: |piece, _| match piece {
            Piece::Text(text) => {
                let text = std::str::from_utf8(text).unwrap();
                let rest = text.trim_start_matches(|c| width::width(c) == 0);
                (rest.len() < text.len()).then(|| rest.into())
            }
            _ => None,
        },
    },
    Difference {
        reason: "DCH of more characters than are left clears cells before the cursor there. \
                 ECMA-48 §8.3.26: the active position \"and n-1 following\" ones are deleted.",
        instead: |piece, context| match piece {
            Piece::Sequence(parameters, _, b'P') if ends(piece, b"P") => {
                let count = numbers(parameters)[0].clamp(1, context.columns);
                Some(b"\x1b[P".repeat(count.into()))
            }
            _ => None,
        },
    },
    Difference {
        reason: "Resetting DECOM leaves the cursor there. VT510, DECOM, and xterm: the cursor goes \
                 to the new home position when the mode is set and when it is reset.",
        instead: |piece, _| match piece {
            Piece::Sequence(parameters, _, b'l') if parameters == b"?6" => {
                Some(b"\x1b[?6l\x1b[H".to_vec())
            }
            _ => None,
        },
    },
    Difference {
        reason: "ED to the cursor leaves the row before alone if that is the first there. ECMA-48 \
                 §8.3.39.",
        instead: |piece, _| match piece {
            Piece::Sequence(parameters, _, b'J') => nothing_if(parameters == b"1"),
            _ => None,
        },
    },
    Difference {
        reason: "DECRST 1049 restores the cursor only from the alternate screen there, and DECSET \
                 1049 saves it only on the primary one. xterm ctlseqs: \"save cursor as in DECSC\", \
                 \"restore cursor as in DECRC\", without a condition.",
        instead: |piece, context| match piece {
            Piece::Sequence(parameters, _, last @ (b'h' | b'l')) => {
                nothing_if(parameters == b"?1049" && context.alternate == (*last == b'h'))
            }
            _ => None,
        },
    },
    Difference {
        reason: "In insertion mode halves of wide characters are taken for others there.",
        instead: |piece, context| {
            let inserts = matches!(piece, Piece::Sequence(mode, _, b'h') if mode == b"4");
            nothing_if(inserts && context.wide)
        },
    },
    Difference {
        reason: "CHA and HPA move down by the top margin under DECOM there. ECMA-48 §8.3.9 and \
                 §8.3.57 move along the line.",
        instead: |piece, context| {
            nothing_if(context.margins && context.origin && ends(piece, b"G`"))
        },
    },
    Difference {
        reason: "DECRC restores DECAWM, DECOM and the set in GL here. VT510, DECSC: \"Wrap flag \
                 (autowrap or no autowrap)\", \"State of origin mode (DECOM)\" and \"Character sets \
                 currently in GL and GR\" are among what is saved.",
        instead: |piece, context| {
            let saved = match piece {
                Piece::Sequence(mode, _, b'h' | b'l') => mode == b"?7" || mode == b"?6",
                Piece::Control(control) => matches!(control, 0x0e | 0x0f),
                _ => false,
            };
            nothing_if(saved && context.restores)
        },
    },
    Difference {
        reason: "LNM changes nothing but what the Enter key sends there. ECMA-48 §8.3.74 and VT510, \
                 LNM: LF, FF and VT move to the first column of the next line.",
        instead: |piece, context| {
            let feeds = matches!(piece, Piece::Control(0x0a..=0x0c));
            (feeds && context.new_line).then(|| b"\r\n".to_vec())
        },
    },
    Difference {
        reason: "REP after RIS repeats what was written before there, and after a change of the set \
                 in GL the character of that. ECMA-48 §8.3.103: after a control function \"the \
                 effect of REP is not defined\".",
        instead: |piece, context| {
            nothing_if((context.resets || context.charsets) && ends(piece, b"b"))
        },
    },
    Difference {
        reason: "Without autowrap a wide character that does not fit and its marks are dropped \
                 there; here the marks go to the character before.",
        instead: |piece, context| {
            let wraps = matches!(piece, Piece::Sequence(mode, _, b'l') if mode == b"?7");
            nothing_if(wraps && context.wide && context.marks)
        },
    },
    Difference {
        reason: "Of the modes of the alternate screen only 1049 is known there. xterm ctlseqs, \
                 DECSET.",
        instead: |piece, _| match piece {
            Piece::Sequence(parameters, _, b'h' | b'l') => {
                nothing_if(matches!(&parameters[..], b"?47" | b"?1047" | b"?1048"))
            }
            _ => None,
        },
    },
    Difference {
        reason: "CBT beyond the first tab stop does nothing there. VT510, CBT: with no stop left \
                 the cursor goes to the first column.",
        instead: |piece, context| nothing_if(context.clears_tabs && ends(piece, b"Z")),
    },
    Difference {
        reason: "Resetting one mode of the mouse leaves another on there. xterm has one variable \
                 for all of them and one for all encodings, which any reset clears.",
        instead: |piece, _| match piece {
            Piece::Sequence(parameters, _, b'l') => match &parameters[..] {
                b"?1000" | b"?1002" | b"?1003" => {
                    Some(b"\x1b[?1000l\x1b[?1002l\x1b[?1003l".to_vec())
                }
                b"?1005" | b"?1006" => Some(b"\x1b[?1005l\x1b[?1006l".to_vec()),
                _ => None,
            },
            _ => None,
        },
    },
    Difference {
        reason: "REP repeats a combining mark alone there, and the character without its marks \
                 here. ECMA-48 §8.3.103 knows no marks.",
        instead: |piece, context| nothing_if(context.marks && ends(piece, b"b")),
    },
];

/// Both emulators, shown the same.
pub(crate) struct Both {
    own: Own,
    other: Alacritty,
    context: Context,
    /// Whether halves of wide characters are looked for after each piece, which takes its time.
    mends: bool,
}

impl Both {
    /// Prepares for a program, all of whose output is known.
    pub(crate) fn new(output: &[u8], size: (u16, u16), mends: bool) -> Self {
        let context = Context::new(&cut(output), size);
        Self { own: Own::new(size), other: Alacritty::new(size), context, mends }
    }

    /// Shows output to both, with what is known to be taken otherwise replaced. Ours gets it in
    /// pieces that end at `cuts`.
    pub(crate) fn write(&mut self, output: &[u8], cuts: &[Index]) {
        let mut shown = Vec::new();
        for piece in &cut(output) {
            let mut known = ALACRITTY.iter();
            let instead = known.find_map(|it| (it.instead)(piece, &self.context));
            let bytes = instead.unwrap_or_else(|| piece.to_bytes());
            for piece in cut(&bytes) {
                self.show_other(&piece);
            }
            self.context.follow(piece);
            shown.extend_from_slice(&bytes);
        }
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(shown.len() + 1)).collect();
        cuts.extend([0, shown.len()]);
        cuts.sort_unstable();
        for ends in cuts.windows(2) {
            self.own.write(&shown[ends[0]..ends[1]]);
        }
    }

    /// Returns what ours and the other show, where the difference is not known.
    pub(crate) fn pictures(&mut self) -> (Picture, Picture) {
        let (mut own, mut other) = (self.own.picture(), self.other.picture());
        // Of blink and overline nothing is known there.
        own.take_out(Attributes::BLINK.with(Attributes::OVERLINE));
        excuse(&own, &mut other);
        (own, other)
    }

    /// Shows a piece to Alacritty's emulator, without the faults that it has.
    fn show_other(&mut self, piece: &Piece) {
        // Without DECAWM a wrap becomes pending there, and happens once the mode is set.
        let wraps = matches!(piece, Piece::Sequence(mode, _, b'h') if mode == b"?7");
        if keeps_wrap(piece) || wraps && !self.context.autowrap {
            self.other.cancel_wrap();
        }
        if !self.mends {
            self.other.write(&piece.to_bytes());
        } else if let Piece::Text(text) = piece {
            // What insertion, deletion and erasure leave of a wide character stays there.
            for c in String::from_utf8_lossy(text).chars() {
                self.other.write(c.encode_utf8(&mut [0; 4]).as_bytes());
                self.other.mend_halves();
            }
        } else {
            self.other.write(&piece.to_bytes());
            self.other.mend_halves();
        }
    }
}

/// Answers whether a piece keeps a wrap pending in Alacritty and not in ours.
///
/// LF, IND, ICH, DCH, ECH, ED, EL, SU, SD, CBT and DECSET 1049 do, and EL does nothing then. DEC STD 070: what
/// moves the cursor or changes cells clears the last column flag.
fn keeps_wrap(piece: &Piece) -> bool {
    match piece {
        Piece::Control(control) => matches!(control, 0x0a..=0x0c),
        Piece::Escape(escape) => matches!(&escape[..], b"D" | b"M"),
        // ED 3 and EL 3 change no cell.
        Piece::Sequence(parameters, _, b'J' | b'K') => parameters != b"3",
        Piece::Sequence(parameters, _, b'h') => parameters == b"?1049",
        _ => ends(piece, b"@PXSTZ"),
    }
}

/// Makes of Alacritty's picture what ours is where the difference is known.
fn excuse(own: &Picture, other: &mut Picture) {
    for (row, own) in other.rows.iter_mut().zip(&own.rows) {
        // A row that a wide character did not fit into counts as wrapped there, and its last cell
        // is drawn like the character.
        if let (Some(last), Some(own_last)) = (row.cells.last_mut(), own.cells.last())
            && last.text == " "
        {
            row.wrapped = own.wrapped;
            last.link.clone_from(&own_last.link);
            let blank = |look: Look| Look { background: look.background, ..Look::default() };
            if own_last.look == blank(own_last.look) {
                last.look = blank(last.look);
            }
        }
    }
}

#[test]
fn differences_are_explained() {
    for it in ALACRITTY {
        assert!(!it.reason.is_empty());
    }
}
