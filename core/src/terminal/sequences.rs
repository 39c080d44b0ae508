//! Every function that the terminal understands, as a table.
//!
//! What is not in it is ignored, as is what a function has no meaning for. In a sequence, `Ps` is
//! a number that may be absent, `Pt` is text, blanks are there for the eye only, but for `SP`, and 6/0 is
//! the grave accent.

/// A function of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Function {
    /// How it is written.
    pub sequence: &'static str,
    /// How it is called.
    pub name: &'static str,
    /// Where it is defined.
    pub source: &'static str,
    /// What it does here.
    pub effect: &'static str,
}

macro_rules! functions {
    ($($sequence:literal $name:literal $source:literal $effect:literal;)*) => {
        /// The functions, controls first.
        ///
        /// | Sequence | Name | Source | Effect |
        /// | --- | --- | --- | --- |
        $(#[doc = concat!("| `", $sequence, "` | ", $name, " | ", $source, " | ", $effect, " |")])*
        pub const FUNCTIONS: &[Function] = &[
            $(Function { sequence: $sequence, name: $name, source: $source, effect: $effect },)*
        ];
    };
}

functions! {
    "BEL" "BEL" "ECMA-48" "rings";
    "BS" "BS" "ECMA-48" "one column left";
    "HT" "HT" "ECMA-48" "to the next tab stop";
    "LF, VT, FF" "LF" "ECMA-48" "one row down; scrolls at the bottom margin";
    "CR" "CR" "ECMA-48" "to the left margin";
    "SO" "LS1" "ECMA-35" "characters from G1";
    "SI" "LS0" "ECMA-35" "characters from G0";
    "ESC D" "IND" "DEC STD 070" "one row down; scrolls at the bottom margin";
    "ESC E" "NEL" "ECMA-48" "to the beginning of the next row";
    "ESC H" "HTS" "ECMA-48" "sets a tab stop";
    "ESC M" "RI" "ECMA-48" "one row up; scrolls at the top margin";
    "ESC N" "SS2" "ECMA-35" "the next character from G2";
    "ESC O" "SS3" "ECMA-35" "the next character from G3";
    "ESC n" "LS2" "ECMA-35" "characters from G2";
    "ESC o" "LS3" "ECMA-35" "characters from G3";
    "ESC ( Ps" "G0" "DEC STD 070" "designates ASCII (`B`), British (`A`), DEC special graphics (`0`), in mode 42 national sets; all others are ASCII";
    "ESC ) Ps" "G1" "DEC STD 070" "as G0";
    "ESC * Ps" "G2" "DEC STD 070" "as G0";
    "ESC + Ps" "G3" "DEC STD 070" "as G0";
    "ESC - Ps" "G1 of 96" "DEC STD 070" "designates Latin-1 (`A`); `.` for G2, `/` for G3";
    "ESC # 8" "DECALN" "DEC STD 070" "fills the screen with `E`, resets margins";
    "ESC 6" "DECBI" "DEC STD 070" "one column left; scrolls at the left margin";
    "ESC 7" "DECSC" "DEC STD 070, xterm" "saves cursor, rendition, protection, sets, origin mode and pending wrap, for each screen";
    "ESC 8" "DECRC" "DEC STD 070, xterm" "restores them";
    "ESC 9" "DECFI" "DEC STD 070" "one column right; scrolls at the right margin";
    "ESC =" "DECKPAM" "DEC STD 070" "application keypad";
    "ESC >" "DECKPNM" "DEC STD 070" "numeric keypad";
    "ESC c" "RIS" "ECMA-48" "back to the beginning";
    "CSI Ps @" "ICH" "ECMA-48" "inserts blanks";
    "CSI Ps SP @" "SL" "ECMA-48" "moves the region's columns left";
    "CSI Ps A" "CUU" "ECMA-48" "up, to the top margin at most";
    "CSI Ps SP A" "SR" "ECMA-48" "moves the region's columns right";
    "CSI Ps B" "CUD" "ECMA-48" "down, to the bottom margin at most";
    "CSI Ps C" "CUF" "ECMA-48" "right, to the right margin at most";
    "CSI Ps D" "CUB" "ECMA-48" "left, to the left margin at most";
    "CSI Ps E" "CNL" "ECMA-48" "down, to the left margin";
    "CSI Ps F" "CPL" "ECMA-48" "up, to the left margin";
    "CSI Ps G" "CHA" "ECMA-48" "to a column";
    "CSI Ps ; Ps H" "CUP" "ECMA-48" "to a place";
    "CSI Ps I" "CHT" "ECMA-48" "forward by tab stops";
    "CSI Ps J" "ED" "ECMA-48" "erases behind (0), before (1), all (2) of the screen; there is no history (3)";
    "CSI ? Ps J" "DECSED" "DEC STD 070" "erases what is not protected";
    "CSI Ps K" "EL" "ECMA-48" "erases behind (0), before (1), all (2) of the row";
    "CSI ? Ps K" "DECSEL" "DEC STD 070" "erases what is not protected";
    "CSI Ps L" "IL" "ECMA-48" "inserts rows";
    "CSI Ps M" "DL" "ECMA-48" "deletes rows";
    "CSI Ps P" "DCH" "ECMA-48" "deletes characters";
    "CSI Ps S" "SU" "ECMA-48" "moves the region's rows up";
    "CSI Ps T" "SD" "ECMA-48" "moves the region's rows down";
    "CSI ? 5 W" "DECST8C" "DEC STD 070" "a tab stop at every eighth column";
    "CSI Ps X" "ECH" "ECMA-48" "erases characters";
    "CSI Ps Z" "CBT" "ECMA-48" "back by tab stops";
    "CSI Ps 6/0" "HPA" "ECMA-48" "to a column";
    "CSI Ps a" "HPR" "ECMA-48" "right, over margins";
    "CSI Ps b" "REP" "ECMA-48" "repeats the last character, with its marks";
    "CSI c" "DA1" "DEC STD 070" "says: a VT420 with selective erasure, horizontal scrolling, colours, rectangles, a clipboard";
    "CSI > c" "DA2" "DEC STD 070, xterm" "says: a VT420, and a patch of xterm";
    "CSI = c" "DA3" "DEC STD 070" "says: number 0";
    "CSI Ps d" "VPA" "ECMA-48" "to a row";
    "CSI Ps e" "VPR" "ECMA-48" "down, over margins";
    "CSI Ps ; Ps f" "HVP" "ECMA-48" "to a place";
    "CSI Ps g" "TBC" "ECMA-48" "clears the tab stop (0), all (3)";
    "CSI 4 h" "IRM" "ECMA-48" "characters are inserted";
    "CSI 20 h" "LNM" "ECMA-48" "LF begins a row";
    "CSI Ps m" "SGR" "ECMA-48" "bold, faint, italic, underlined, blinking, inverse, invisible, struck, overlined; eight and sixteen colours";
    "CSI 4 : Ps m" "SGR 4" "kitty" "shapes of underlines";
    "CSI 38 ; 5 ; Ps m" "SGR 38" "xterm" "a colour of the palette or (`2`) of 24 bits, also with colons (ISO 8613-6); 48 for the background";
    "CSI 58 : 5 : Ps m" "SGR 58" "kitty" "the colour of underlines, in all forms of 38";
    "CSI > 4 ; Ps m" "XTMODKEYS" "xterm" "modifyOtherKeys of the user's terminal";
    "CSI > 4 n" "XTMODKEYS off" "xterm" "ends it";
    "CSI ? 4 m" "XTQMODKEYS" "xterm" "tells it";
    "CSI Ps n" "DSR" "ECMA-48" "tells that all is well (5), the cursor's place (6)";
    "CSI ? Ps n" "DECDSR" "DEC STD 070, xterm" "tells the cursor's place (6), printer, keys, keyboard, locator, macros, errors, sessions; dark or light (996)";
    "CSI Ps $ p" "DECRQM" "DEC STD 070" "tells a mode";
    "CSI ? Ps $ p" "DECRQM ?" "DEC STD 070" "tells a private mode";
    "CSI ! p" "DECSTR" "DEC STD 070, xterm" "resets modes, margins, rendition, sets, cursor's style and saved cursor";
    "CSI Ps ; Ps \" p" "DECSCL" "DEC STD 070, xterm" "resets as DECSTR; the level of a VT100 (61) to a VT420 (64) is told by DECRQSS";
    "CSI Ps SP q" "DECSCUSR" "DEC STD 070, xterm" "the cursor's style";
    "CSI Ps \" q" "DECSCA" "DEC STD 070" "protects characters (1) or not";
    "CSI > q" "XTVERSION" "xterm" "tells name and version";
    "CSI Ps ; Ps r" "DECSTBM" "DEC STD 070" "top and bottom margin";
    "CSI ? Ps r" "XTRESTORE" "xterm" "restores private modes";
    "CSI Pt;Pl;Pb;Pr;Ps $ r" "DECCARA" "DEC STD 070" "changes bold, underline, blink and inverse in an area";
    "CSI s" "SCOSC" "SCO" "as DECSC";
    "CSI Ps ; Ps s" "DECSLRM" "DEC STD 070" "left and right margin, in mode 69";
    "CSI ? Ps s" "XTSAVE" "xterm" "saves private modes";
    "CSI 14 t" "XTWINOPS 14" "xterm" "tells the size of the text area in pixels, if it is known; as 15";
    "CSI 16 t" "XTWINOPS 16" "xterm" "tells the size of a cell in pixels, if it is known";
    "CSI 18 t" "XTWINOPS 18" "xterm" "tells the size in cells; as 19";
    "CSI 21 t" "XTWINOPS 21" "xterm" "tells an empty title; 20 an empty icon name";
    "CSI 22 ; Ps t" "XTPUSHTITLE" "xterm" "puts titles aside";
    "CSI 23 ; Ps t" "XTPOPTITLE" "xterm" "takes them back";
    "CSI Pt;Pl;Pb;Pr;Ps $ t" "DECRARA" "DEC STD 070" "reverses bold, underline, blink and inverse in an area";
    "CSI u" "SCORC" "SCO" "as DECRC";
    "CSI = Ps ; Ps u" "keyboard flags" "kitty" "sets all flags (1), some (2), resets some (3), for each screen";
    "CSI > Ps u" "push keyboard flags" "kitty" "other flags";
    "CSI < Ps u" "pop keyboard flags" "kitty" "the ones from before";
    "CSI ? u" "query keyboard flags" "kitty" "tells the flags, if the user's terminal knows them";
    "CSI Pt;Pl;Pb;Pr;Pp;Pt;Pl;Pp $ v" "DECCRA" "DEC STD 070" "copies a rectangle";
    "CSI Ps $ w" "DECRQPSR" "DEC STD 070" "tells the cursor (1, DECCIR), the tab stops (2, DECTABSR)";
    "CSI Ps * x" "DECSACE" "DEC STD 070" "DECCARA and DECRARA take a stream, or a rectangle (2)";
    "CSI Pc;Pt;Pl;Pb;Pr $ x" "DECFRA" "DEC STD 070" "fills a rectangle";
    "CSI Pt;Pl;Pb;Pr $ z" "DECERA" "DEC STD 070" "erases a rectangle";
    "CSI Pt;Pl;Pb;Pr $ {" "DECSERA" "DEC STD 070" "erases what is not protected in a rectangle";
    "CSI Ps ' }" "DECIC" "DEC STD 070" "inserts columns";
    "CSI Ps ' ~" "DECDC" "DEC STD 070" "deletes columns";
    "CSI ? 1 h" "mode 1" "DEC STD 070" "DECCKM: cursor keys send application sequences";
    "CSI ? 3 h" "mode 3" "DEC STD 070" "DECCOLM: clears the screen; the width is the user's";
    "CSI ? 5 h" "mode 5" "DEC STD 070" "DECSCNM: the screen is inverse";
    "CSI ? 6 h" "mode 6" "DEC STD 070" "DECOM: places count from the margins";
    "CSI ? 7 h" "mode 7" "DEC STD 070" "DECAWM: text wraps";
    "CSI ? 9 h" "mode 9" "xterm" "presses of the mouse";
    "CSI ? 12 h" "mode 12" "xterm" "the cursor blinks";
    "CSI ? 25 h" "mode 25" "DEC STD 070" "DECTCEM: the cursor is shown";
    "CSI ? 42 h" "mode 42" "DEC STD 070" "DECNRCM: national sets can be designated";
    "CSI ? 45 h" "mode 45" "xterm" "left goes back into rows that wrapped";
    "CSI ? 47 h" "mode 47" "xterm" "the alternate screen, as it was left";
    "CSI ? 66 h" "mode 66" "DEC STD 070" "DECNKM: application keypad";
    "CSI ? 69 h" "mode 69" "DEC STD 070" "DECLRMM: DECSLRM sets margins";
    "CSI ? 1000 h" "mode 1000" "xterm" "presses and releases of the mouse";
    "CSI ? 1001 h" "mode 1001" "xterm" "with highlighting";
    "CSI ? 1002 h" "mode 1002" "xterm" "with motion while a button is down";
    "CSI ? 1003 h" "mode 1003" "xterm" "with all motion";
    "CSI ? 1004 h" "mode 1004" "xterm" "focus events";
    "CSI ? 1005 h" "mode 1005" "xterm" "places of the mouse as UTF-8";
    "CSI ? 1006 h" "mode 1006" "xterm" "as numbers (SGR)";
    "CSI ? 1007 h" "mode 1007" "xterm" "the wheel sends cursor keys";
    "CSI ? 1015 h" "mode 1015" "urxvt" "places of the mouse as numbers";
    "CSI ? 1016 h" "mode 1016" "xterm" "in pixels, if the user's terminal can";
    "CSI ? 1045 h" "mode 1045" "xterm" "left goes back into any row";
    "CSI ? 1047 h" "mode 1047" "xterm" "the alternate screen, blank";
    "CSI ? 1048 h" "mode 1048" "xterm" "saves the cursor, and restores it (`l`)";
    "CSI ? 1049 h" "mode 1049" "xterm" "both";
    "CSI ? 2004 h" "mode 2004" "xterm" "pasted text is bracketed";
    "CSI ? 2026 h" "mode 2026" "contour" "what is drawn shows at once at the end, or after 150 ms";
    "CSI ? 2027 h" "mode 2027" "contour" "columns are counted by grapheme clusters";
    "CSI ? 2031 h" "mode 2031" "contour" "the program wants to hear of dark and light";
    "CSI ? 2048 h" "mode 2048" "kitty" "sizes are told, the present one first";
    "DCS $ q Pt ST" "DECRQSS" "DEC STD 070" "tells SGR, margins, size, the cursor's style, protection, DECSACE, DECSCL";
    "DCS Ps $ t Pt ST" "DECRSPS" "DEC STD 070" "takes back what DECRQPSR told: the cursor (1), tab stops (2)";
    "DCS + q Pt ST" "XTGETTCAP" "xterm" "tells capabilities";
    "OSC 0 ; Pt ST" "OSC 0" "xterm" "title and icon name";
    "OSC 1 ; Pt ST" "OSC 1" "xterm" "the icon name";
    "OSC 2 ; Pt ST" "OSC 2" "xterm" "the title";
    "OSC 4 ; Ps ; Pt ST" "OSC 4" "xterm" "a colour of the palette, or tells it (`?`)";
    "OSC 7 ; Pt ST" "OSC 7" "VTE" "the working directory, as a URI";
    "OSC 9 ; Pt ST" "OSC 9" "iTerm2" "a notification";
    "OSC 10 ; Pt ST" "OSC 10" "xterm" "the colour of text, or tells it";
    "OSC 11 ; Pt ST" "OSC 11" "xterm" "the colour of the background, or tells it";
    "OSC 12 ; Pt ST" "OSC 12" "xterm" "the colour of the cursor, or tells it";
    "OSC 104 ; Ps ST" "OSC 104" "xterm" "takes a colour of the palette back, or all";
    "OSC 110 ST" "OSC 110" "xterm" "takes OSC 10 back";
    "OSC 111 ST" "OSC 111" "xterm" "takes OSC 11 back";
    "OSC 112 ST" "OSC 112" "xterm" "takes OSC 12 back";
    "OSC 133 ; Ps ST" "OSC 133" "FinalTerm" "a prompt begins here (`A`), output does (`C`)";
    "OSC 777 ; notify ; Pt ; Pt ST" "OSC 777" "urxvt" "a notification with a title";
    "OSC 8 ; Pt ; Pt ST" "OSC 8" "egmontkob" "a link, with an id or without";
    "OSC 52 ; Pt ; Pt ST" "OSC 52" "xterm" "what was copied; never told";
    "OSC 66 ; Pt ; Pt ST" "OSC 66" "kitty" "text in one cell of one or two columns (w=)";
}
