//! Character sets.

use super::{Fixture, check};
use alloc::format;

#[test]
fn sets_are_designated_and_invoked() {
    check(&[
        ("\x1b(0lqk\x1b(Bq", "┌─┐q./...../.....@0,4"),
        ("\x1b)0q\x0eq\x0fq", "q─q../...../.....@0,3"),
        ("\x1b*0q\x1bnq\x0fq", "q─q../...../.....@0,3"),
        ("\x1b+0q\x1boq\x0fq", "q─q../...../.....@0,3"),
        ("\x1b*0\x1bNqq", "─q.../...../.....@0,2"),
        ("\x1b+0\x1bOqq", "─q.../...../.....@0,2"),
        ("\x1b+0\u{8f}qq\u{8e}q", "─qq../...../.....@0,3"),
        // A single shift is for one character, whatever it is.
        ("\x1b*0\x1bN\u{e4}q", "\u{e4}q.../...../.....@0,2"),
        ("\x1b(A#\x1b(B#", "\u{a3}#.../...../.....@0,2"),
        ("\x1b(2q\x1b(1q", "─q.../...../.....@0,2"),
        // What has no set of its own is ASCII, also with a longer name or of 96 characters.
        ("\x1b(0\x1b(1q\x1b)0\x0e\x1b)\"?q", "qq.../...../.....@0,2"),
        ("\x1b)0\x0eq\x1b-Fq", "─q.../...../.....@0,2"),
        // Latin-1 has 96: blanks are no-break spaces.
        ("\x1b-A\x0eid ~\x0fi", "éä\u{a0}þi/...../.....@0,4"),
        ("\x1b%Gq\x1b%@q\x1b#0q", "qqq../...../.....@0,3"),
        // Characters beyond ASCII are what they are.
        ("\x1b(0qéq漢", "─é─漢/...../.....@0,4"),
        ("\x1b(0qqqqqqq", "─────/──.../.....@1,2"),
        ("\x1b(0\x1b[4hq\x1b[4l", "─..../...../.....@0,1"),
    ]);
}

#[test]
fn graphics_are_those_of_the_vt100() {
    let mut fixture = Fixture::new(33, 1);
    fixture.write(b"\x1b(0^_`abcdefghijklmnopqrstuvwxyz{|}~");
    let expected = "^\u{a0}◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·@0,32";
    assert_eq!(fixture.picture(), expected);
}

#[test]
fn sets_are_saved_and_reset() {
    check(&[
        ("\x1b(0\x1b7\x1b(B\x1b8q", "─..../...../.....@0,1"),
        ("\x1b7\x1b(0\x1b8q", "q..../...../.....@0,1"),
        ("\x1b)0\x0e\x1b7\x0f\x1b8q", "─..../...../.....@0,1"),
        ("\x1b(0\x1bcq", "q..../...../.....@0,1"),
        ("\x1b(0\x1b[!pq", "q..../...../.....@0,1"),
        // What is repeated is the character that was shown.
        ("\x1b(0q\x1b[2b\x1b(B\x1b[b", "────./...../.....@0,4"),
        ("q\x1b(0\x1b[2b", "qqq../...../.....@0,3"),
    ]);
}

#[test]
fn national_sets_need_their_mode() {
    check(&[
        ("\x1b(K[\x1b[?42h[\x1b(K[", "[[Ä../...../.....@0,3"),
        ("\x1b[?42h\x1b(K[\x1b[?42l[", "Ä[.../...../.....@0,2"),
        ("\x1b[?42h\x1b(%6|\x1b(R|\x1b(f}", "çùè../...../.....@0,3"),
        // British needs none.
        ("\x1b(A#\x1b[?42h\x1b[?42l#", "££.../...../.....@0,2"),
        ("\x1b[?42h\x1b(K\x1b7\x1b[?42l\x1b8[", "[..../...../.....@0,1"),
    ]);
}

#[test]
fn national_letters_stand_where_the_vt510_has_them() {
    let places = "#@[\\]^_`{|}~";
    let sets = [
        ("4", "£¾ĳ½|^_`¨ƒ¼´"),
        ("C", "#@ÄÖÅÜ_éäöåü"),
        ("R", "£à°ç§^_`éùè¨"),
        ("Q", "#àâçêî_ôéùèû"),
        ("K", "#§ÄÖÜ^_`äöüß"),
        ("Y", "£§°çé^_ùàòèì"),
        ("E", "#ÄÆØÅÜ_äæøåü"),
        ("%6", "#@ÃÇÕ^_`ãçõ~"),
        ("Z", "£§¡Ñ¿^_`°ñç~"),
        ("H", "#ÉÄÖÅÜ_éäöåü"),
        ("=", "ùàéçêîèôäöüû"),
    ];
    for (name, letters) in sets {
        let mut fixture = Fixture::new(13, 1);
        fixture.write(format!("\x1b[?42h\x1b({name}{places}").as_bytes());
        assert_eq!(fixture.picture(), format!("{letters}.@0,12"), "{name}");
    }
}
