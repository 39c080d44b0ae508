//! Each function of the table at work.

use super::Fixture;
use crate::screen::Text;
use crate::terminal::sequences::FUNCTIONS;
use crate::terminal::{Facts, Features, Pixels};
use alloc::format;
use alloc::string::String;

/// A full screen of 5x3 with the cursor in its middle.
const FULL: &str = "abcde\r\nfghij\r\nklmno\x1b[2;3H";
/// The same with two protected columns.
const PROTECTED: &str = "\x1b[1\"qab\x1b[\"qcde";

/// The name of a function; what comes before it, the function, and what comes after it; what is
/// to be seen then: the answers, or else the screen, the cursor, bells, texts and the rendition.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

const CONTROLS: &[Case] = &[
    ("BEL", "a", "\x07", "", "a..../...../.....@0,1 rung"),
    ("BS", "ab", "\x08", "x", "ax.../...../.....@0,2"),
    ("HT", "", "\t", "x", "....x/...../.....@0,4"),
    ("LF", "a", "\n", "x", "a..../.x.../.....@1,2"),
    ("CR", "ab", "\r", "x", "xb.../...../.....@0,1"),
    ("LS1", "\x1b)0", "\x0e", "q", "─..../...../.....@0,1"),
    ("LS0", "\x1b)0\x0e", "\x0f", "q", "q..../...../.....@0,1"),
    ("IND", "a", "\x1bD", "x", "a..../.x.../.....@1,2"),
    ("NEL", "a", "\x1bE", "x", "a..../x..../.....@1,1"),
    ("HTS", "\x1b[3G", "\x1bH", "\r\tx", "..x../...../.....@0,3"),
    ("RI", FULL, "\x1bM", "\x1bM", "...../abcde/fghij@0,2"),
    ("SS2", "\x1b*0", "\x1bN", "qq", "─q.../...../.....@0,2"),
    ("SS3", "\x1b+0", "\x1bO", "qq", "─q.../...../.....@0,2"),
    ("LS2", "\x1b*0", "\x1bn", "qq", "──.../...../.....@0,2"),
    ("LS3", "\x1b+0", "\x1bo", "qq", "──.../...../.....@0,2"),
    ("G0", "", "\x1b(0", "q", "─..../...../.....@0,1"),
    ("G1", "\x0e", "\x1b)0", "q", "─..../...../.....@0,1"),
    ("G2", "\x1bn", "\x1b*0", "q", "─..../...../.....@0,1"),
    ("G3", "\x1bo", "\x1b+0", "q", "─..../...../.....@0,1"),
    ("G1 of 96", "\x0e", "\x1b-A", "i", "é..../...../.....@0,1"),
    ("DECALN", FULL, "\x1b#8", "", "EEEEE/EEEEE/EEEEE@0,0"),
    ("DECBI", FULL, "\r\x1b6", "", ".abcd/.fghi/.klmn@1,0"),
    ("DECSC", "a", "\x1b7", "\x1b[3;3H\x1b8x", "ax.../...../.....@0,2"),
    ("DECRC", "a\x1b7\x1b[3;3H", "\x1b8", "x", "ax.../...../.....@0,2"),
    ("DECFI", FULL, "\x1b[5G\x1b9", "", "bcde./ghij./lmno.@1,4"),
    ("DECKPAM", "", "\x1b=", "\x1b[?66$p", "\x1b[?66;1$y"),
    ("DECKPNM", "\x1b=", "\x1b>", "\x1b[?66$p", "\x1b[?66;2$y"),
    ("RIS", "ab\x1b[1m", "\x1bc", "x", "x..../...../.....@0,1"),
];

const EDITING: &[Case] = &[
    ("ICH", FULL, "\x1b[2@", "", "abcde/fg..h/klmno@1,2"),
    ("SL", FULL, "\x1b[2 @", "", "cde../hij../mno..@1,2"),
    ("CUU", FULL, "\x1b[A", "x", "abxde/fghij/klmno@0,3"),
    ("SR", FULL, "\x1b[2 A", "", "..abc/..fgh/..klm@1,2"),
    ("CUD", FULL, "\x1b[B", "x", "abcde/fghij/klxno@2,3"),
    ("CUF", FULL, "\x1b[C", "x", "abcde/fghxj/klmno@1,4"),
    ("CUB", FULL, "\x1b[2D", "x", "abcde/xghij/klmno@1,1"),
    ("CNL", FULL, "\x1b[E", "x", "abcde/fghij/xlmno@2,1"),
    ("CPL", FULL, "\x1b[F", "x", "xbcde/fghij/klmno@0,1"),
    ("CHA", FULL, "\x1b[2G", "x", "abcde/fxhij/klmno@1,2"),
    ("CUP", FULL, "\x1b[3;4H", "x", "abcde/fghij/klmxo@2,4"),
    ("CHT", "\x1b[3g\x1b[2G\x1bH\x1b[4G\x1bH\r", "\x1b[2I", "x", "...x./...../.....@0,4"),
    ("ED", FULL, "\x1b[J", "", "abcde/fg.../.....@1,2"),
    ("DECSED", PROTECTED, "\x1b[?2J", "", "ab.../...../.....@0,4"),
    ("EL", FULL, "\x1b[1K", "", "abcde/...ij/klmno@1,2"),
    ("DECSEL", PROTECTED, "\x1b[?2K", "", "ab.../...../.....@0,4"),
    ("IL", FULL, "\x1b[L", "", "abcde/...../fghij@1,0"),
    ("DL", FULL, "\x1b[M", "", "abcde/klmno/.....@1,0"),
    ("DCH", FULL, "\x1b[2P", "", "abcde/fgj../klmno@1,2"),
    ("SU", FULL, "\x1b[S", "", "fghij/klmno/.....@1,2"),
    ("SD", FULL, "\x1b[T", "", "...../abcde/fghij@1,2"),
    ("DECST8C", "\x1b[3G\x1bH", "\x1b[?5W", "\r\tx", "....x/...../.....@0,4"),
    ("ECH", FULL, "\x1b[2X", "", "abcde/fg..j/klmno@1,2"),
    ("CBT", FULL, "\x1b[Z", "x", "abcde/xghij/klmno@1,1"),
    ("HPA", FULL, "\x1b[2`", "x", "abcde/fxhij/klmno@1,2"),
    ("HPR", FULL, "\x1b[a", "x", "abcde/fghxj/klmno@1,4"),
    ("REP", "a", "\x1b[3b", "", "aaaa./...../.....@0,4"),
    ("VPA", FULL, "\x1b[3d", "x", "abcde/fghij/klxno@2,3"),
    ("VPR", FULL, "\x1b[e", "x", "abcde/fghij/klxno@2,3"),
    ("HVP", FULL, "\x1b[3;4f", "x", "abcde/fghij/klmxo@2,4"),
    ("TBC", "\x1b[3G\x1bH", "\x1b[g", "\r\tx", "....x/...../.....@0,4"),
    ("IRM", FULL, "\x1b[4h", "x", "abcde/fgxhi/klmno@1,3"),
    ("LNM", "a", "\x1b[20h", "\nx", "a..../x..../.....@1,1"),
    ("DECCRA", FULL, "\x1b[1;1;1;2;1;3;3;1$v", "", "abcde/fghij/klabo@1,2"),
    ("DECFRA", FULL, "\x1b[88;1;1;2;2$x", "", "XXcde/XXhij/klmno@1,2"),
    ("DECERA", FULL, "\x1b[1;1;2;2$z", "", "..cde/..hij/klmno@1,2"),
    ("DECSERA", PROTECTED, "\x1b[1;1;1;4${", "", "ab..e/...../.....@0,4"),
    ("DECIC", FULL, "\x1b['}", "", "ab.cd/fg.hi/kl.mn@1,2"),
    ("DECDC", FULL, "\x1b['~", "", "abde./fgij./klno.@1,2"),
    ("DECSTBM", FULL, "\x1b[2;3r", "\x1b[S", "abcde/klmno/.....@0,0"),
    ("DECSLRM", "\x1b[?69h", "\x1b[2;3s", "abcd", "abc../.d.../.....@1,2"),
    ("SCOSC", "a", "\x1b[s", "\x1b[3;3H\x1b[ux", "ax.../...../.....@0,2"),
    ("SCORC", "a\x1b[s\x1b[3;3H", "\x1b[u", "x", "ax.../...../.....@0,2"),
    ("DECSCA", "", "\x1b[1\"q", "a\x1b[?2J", "a..../...../.....@0,1"),
    ("DECSTR", "abcde\x1b[4h\x1b[1;2H", "\x1b[!p", "x", "axcde/...../.....@0,2"),
];

const RENDITION: &[Case] = &[
    (
        "SGR",
        "",
        "\x1b[1;2;3;5;7;8;9;53;31;102m",
        "\x1bP$qm\x1b\\",
        "\x1bP1$r0;1;2;3;5;7;8;9;53;31;102m\x1b\\",
    ),
    ("SGR 4", "", "\x1b[4:3m", "\x1bP$qm\x1b\\", "\x1bP1$r0;4:3m\x1b\\"),
    (
        "SGR 38",
        "",
        "\x1b[38;5;100;48:2::1:2:3m",
        "\x1bP$qm\x1b\\",
        "\x1bP1$r0;38:5:100;48:2::1:2:3m\x1b\\",
    ),
    ("SGR 58", "", "\x1b[58:5:3m", "\x1bP$qm\x1b\\", "\x1bP1$r0;58:5:3m\x1b\\"),
    ("DECCARA", "a", "\x1b[1;1;1;1;1;4;5;7$r", "", "a..../...../.....@0,1 1;5;7;4"),
    ("DECRARA", "a", "\x1b[1;1;1;1;7$t", "", "a..../...../.....@0,1 7"),
    (
        "DECSACE",
        "ab\x1b[2;1Hcd",
        "\x1b[2*x",
        "\x1b[1;2;2;2;7$r\x1b[2;1;2;1;1;1;1;1$v",
        "cb.../cd.../.....@1,2",
    ),
    ("DECSCUSR", "", "\x1b[5 q", "\x1bP$q q\x1b\\", "\x1bP1$r5 q\x1b\\"),
];

const ANSWERS: &[Case] = &[
    ("DA1", "", "\x1b[c", "", "\x1b[?64;6;21;22;28;52c"),
    ("DA2", "", "\x1b[>c", "", "\x1b[>41;390;0c"),
    ("DA3", "", "\x1b[=c", "", "\x1bP!|00000000\x1b\\"),
    ("XTVERSION", "", "\x1b[>q", "", concat!("\x1bP>|mosh(", env!("CARGO_PKG_VERSION"), ")\x1b\\")),
    ("DSR", "ab", "\x1b[5n\x1b[6n", "", "\x1b[0n\x1b[1;3R"),
    ("DECDSR", "ab", "\x1b[?6n\x1b[?15n", "", "\x1b[?1;3;1R\x1b[?13n"),
    ("DECRQM", "", "\x1b[4$p", "", "\x1b[4;2$y"),
    ("DECRQM ?", "", "\x1b[?7$p", "", "\x1b[?7;1$y"),
    ("DECRQPSR", "", "\x1b[2$w", "", "\x1bP2$u1\x1b\\"),
    ("DECRSPS", "", "\x1bP2$t3/5\x1b\\", "\x1b[2$w", "\x1bP2$u3/5\x1b\\"),
    ("DECSCL", "", "\x1b[62;1\"p", "\x1bP$q\"p\x1b\\", "\x1bP1$r62;1\"p\x1b\\"),
    ("DECRQSS", "", "\x1bP$qr\x1b\\", "", "\x1bP1$r1;3r\x1b\\"),
    ("XTGETTCAP", "", "\x1bP+q436f\x1b\\", "", "\x1bP1+r436f=323536\x1b\\"),
    ("XTWINOPS 14", "", "\x1b[14t", "", "\x1b[4;60;50t"),
    ("XTWINOPS 16", "", "\x1b[16t", "", "\x1b[6;20;10t"),
    ("XTWINOPS 18", "", "\x1b[18t", "", "\x1b[8;3;5t"),
    ("XTWINOPS 21", "\x1b]2;t\x07", "\x1b[21t", "", "\x1b]l\x1b\\"),
    ("XTSAVE", "", "\x1b[?7s", "\x1b[?7l\x1b[?7r\x1b[?7$p", "\x1b[?7;1$y"),
    ("XTRESTORE", "\x1b[?7s\x1b[?7l", "\x1b[?7r", "\x1b[?7$p", "\x1b[?7;1$y"),
    ("XTMODKEYS", "", "\x1b[>4;2m", "\x1b[?4m", "\x1b[>4;2m"),
    ("XTMODKEYS off", "\x1b[>4;2m", "\x1b[>4n", "\x1b[?4m", "\x1b[>4;0m"),
    ("XTQMODKEYS", "", "\x1b[?4m", "", "\x1b[>4;0m"),
    ("keyboard flags", "", "\x1b[=5u", "\x1b[?u", "\x1b[?5u"),
    ("push keyboard flags", "", "\x1b[>5u", "\x1b[?u", "\x1b[?5u"),
    ("pop keyboard flags", "\x1b[>5u", "\x1b[<u", "\x1b[?u", "\x1b[?0u"),
    ("query keyboard flags", "", "\x1b[?u", "", "\x1b[?0u"),
];

const MODES: &[Case] = &[
    ("mode 3", FULL, "\x1b[?3h", "", "...../...../.....@0,0"),
    ("mode 6", FULL, "\x1b[2;3r\x1b[?6h", "x", "abcde/xghij/klmno@1,1"),
    ("mode 7", "", "\x1b[?7l", "abcdefg", "abcdg/...../.....@0,4"),
    ("mode 45", "abcdef", "\x1b[?45h", "\x08\x08x", "abcdx/f..../.....@0,4"),
    ("mode 47", "ab", "\x1b[?47h", "", "...../...../.....@0,2"),
    ("mode 69", "", "\x1b[?69h", "\x1b[2;3sabcd", "abc../.d.../.....@1,2"),
    ("mode 1045", "a\r\n", "\x1b[?1045h", "\x08x", "a...x/...../.....@0,4"),
    ("mode 1047", "ab", "\x1b[?1047h", "", "...../...../.....@0,2"),
    ("mode 1048", "a", "\x1b[?1048h", "\x1b[3;3H\x1b[?1048lx", "ax.../...../.....@0,2"),
    ("mode 1049", "ab", "\x1b[?1049h", "x\x1b[?1049l", "ab.../...../.....@0,2"),
    ("mode 2048", "", "\x1b[?2048h", "", "\x1b[48;3;5;60;50t"),
];

/// Modes that nothing but a query shows here.
const TOLD_MODES: [u16; 20] = [
    1, 5, 9, 12, 42, 66, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 2004, 2026,
    2027, 2031,
];

const COMMANDS: &[Case] = &[
    ("OSC 4", "", "\x1b]4;1;#010203\x07", "\x1b]4;1;?\x07", "\x1b]4;1;rgb:0101/0202/0303\x07"),
    ("OSC 7", "", "\x1b]7;file:///\x07", "", "...../...../.....@0,0 directory file:///"),
    ("OSC 9", "", "\x1b]9;done\x07", "", "...../...../.....@0,0 notified 9;done"),
    ("OSC 10", "", "\x1b]10;#010203\x07", "\x1b]10;?\x07", "\x1b]10;rgb:0101/0202/0303\x07"),
    ("OSC 11", "", "\x1b]11;#010203\x07", "\x1b]11;?\x07", "\x1b]11;rgb:0101/0202/0303\x07"),
    ("OSC 12", "", "\x1b]12;#010203\x07", "\x1b]12;?\x07", "\x1b]12;rgb:0101/0202/0303\x07"),
    ("OSC 104", "\x1b]4;1;#010203\x07", "\x1b]104\x07", "\x1b]4;1;?\x07", "...../...../.....@0,0"),
    ("OSC 110", "\x1b]10;#010203\x07", "\x1b]110\x07", "\x1b]10;?\x07", "...../...../.....@0,0"),
    ("OSC 111", "\x1b]11;#010203\x07", "\x1b]111\x07", "\x1b]11;?\x07", "...../...../.....@0,0"),
    ("OSC 112", "\x1b]12;#010203\x07", "\x1b]112\x07", "\x1b]12;?\x07", "...../...../.....@0,0"),
    ("OSC 133", "", "\x1b]133;A\x07", "", "...../...../.....@0,0 prompt"),
    (
        "OSC 777",
        "",
        "\x1b]777;notify;make;done\x07",
        "",
        "...../...../.....@0,0 notified 777;notify;make;done",
    ),
    ("OSC 0", "", "\x1b]0;t\x1b\\", "", "...../...../.....@0,0 title t icon t"),
    ("OSC 1", "", "\x1b]1;t\x1b\\", "", "...../...../.....@0,0 icon t"),
    ("OSC 2", "", "\x1b]2;t\x1b\\", "", "...../...../.....@0,0 title t"),
    ("OSC 52", "", "\x1b]52;c;YQ==\x1b\\", "", "...../...../.....@0,0 copied YQ=="),
    ("OSC 66", "", "\x1b]66;w=2;abc\x1b\\", "", "abc.../...../.....@0,2"),
    ("OSC 8", "", "\x1b]8;;u\x1b\\", "a", "a..../...../.....@0,1 link ;u"),
    (
        "XTPUSHTITLE",
        "\x1b]2;t\x07",
        "\x1b[22;2t",
        "\x1b]2;u\x07\x1b[23;2t",
        "...../...../.....@0,0 title t",
    ),
    (
        "XTPOPTITLE",
        "\x1b]2;t\x07\x1b[22t\x1b]2;u\x07",
        "\x1b[23t",
        "",
        "...../...../.....@0,0 title t",
    ),
];

/// What is to be seen of a terminal of 5x3 after `input`.
fn seen(input: &str) -> String {
    let mut fixture = Fixture::new(5, 3);
    fixture.terminal.set_facts(Facts {
        features: Features::from_bits(u32::MAX),
        cell: Some(Pixels { width: 10, height: 20 }),
        ..Facts::UNKNOWN
    });
    fixture.write(input.as_bytes());
    let replies = fixture.replies();
    if !replies.is_empty() {
        return replies;
    }
    let mut seen = fixture.picture();
    if fixture.info().bells > 0 {
        seen += " rung";
    }
    if fixture.screens.marks(&fixture.frame, 0).prompt {
        seen += " prompt";
    }
    let texts = [
        ("title", Text::Title),
        ("icon", Text::Icon),
        ("copied", Text::Clipboard),
        ("directory", Text::Directory),
        ("notified", Text::Notification),
    ];
    for (name, text) in texts {
        let bytes = fixture.screens.text(fixture.info().text(text)).flatten().copied().collect();
        let text = String::from_utf8(bytes).unwrap();
        if !text.is_empty() {
            seen += &format!(" {name} {text}");
        }
    }
    let rendition = fixture.screens.row(&fixture.frame, 0)[0].rendition();
    let link = fixture.screens.extra(rendition).link;
    let link: alloc::vec::Vec<u8> = fixture.screens.text(link).flatten().copied().collect();
    if !link.is_empty() {
        seen += &format!(" link {}", String::from_utf8(link).unwrap());
    }
    // What DECRQSS says of the first cell's rendition.
    let mut other = Fixture::new(5, 3);
    other.screens.info_mut(&other.frame).rendition =
        rendition.with_protected(false).with_extra(crate::screen::ExtraId::NONE);
    other.write(b"\x1bP$qm\x1b\\");
    let answer = other.replies();
    let sgr = answer.trim_start_matches("\x1bP1$r0").trim_end_matches("m\x1b\\");
    if let Some(sgr) = sgr.strip_prefix(';') {
        seen += &format!(" {sgr}");
    }
    seen
}

fn cases() -> impl Iterator<Item = &'static Case> {
    [CONTROLS, EDITING, RENDITION, ANSWERS, MODES, COMMANDS].into_iter().flatten()
}

#[test]
fn each_function_does_what_it_is_there_for() {
    for &(name, before, function, after, expected) in cases() {
        let with = seen(&format!("{before}{function}{after}"));
        assert_eq!(with, expected, "{name}");
        let without = seen(&format!("{before}{after}"));
        assert_ne!(without, expected, "{name} makes no difference");
    }
    for mode in TOLD_MODES {
        let told = |switch| seen(&format!("{switch}\x1b[?{mode}$p"));
        assert_eq!(told(String::new()), format!("\x1b[?{mode};2$y"));
        assert_eq!(told(format!("\x1b[?{mode}h")), format!("\x1b[?{mode};1$y"));
    }
    // This one is on at first.
    assert_eq!(seen("\x1b[?25l\x1b[?25$p"), "\x1b[?25;2$y");
    assert_eq!(seen("\x1b[?25$p"), "\x1b[?25;1$y");
}

#[test]
fn each_row_of_the_table_has_a_test_and_the_other_way_round() {
    let tested = |name: &str| {
        cases().any(|case| case.0 == name)
            || name == "mode 25"
            || TOLD_MODES.iter().any(|mode| *name == format!("mode {mode}"))
    };
    for function in FUNCTIONS {
        assert!(tested(function.name), "{} has no test", function.name);
        let same = FUNCTIONS.iter().filter(|other| other.name == function.name).count();
        assert_eq!(same, 1, "{} stands in the table twice", function.name);
    }
    for (name, ..) in cases() {
        assert!(FUNCTIONS.iter().any(|function| function.name == *name), "{name} is not listed");
    }
    for mode in TOLD_MODES {
        let name = format!("mode {mode}");
        assert!(FUNCTIONS.iter().any(|function| function.name == name), "{name} is not listed");
    }
}
