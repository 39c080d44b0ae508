//! Left and right margins, and movement back over the ends of lines.

use super::{check, check_size};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Runs `cases` on a screen of `abcdef/ghijkl/mnopqr/stuvwx` with margins at the columns 2 and 5,
/// and the cursor in the second row, third column.
fn check_inside(cases: &[(&str, &str)]) {
    let text = "abcdef\r\nghijkl\r\nmnopqr\r\nstuvwx\x1b[?69h\x1b[2;5s\x1b[2;3H";
    let inputs: Vec<String> = cases.iter().map(|(input, _)| format!("{text}{input}")).collect();
    let cases: Vec<_> = inputs
        .iter()
        .zip(cases)
        .map(|(input, &(_, expected))| (input.as_str(), expected))
        .collect();
    check_size(6, 4, &cases);
}

#[test]
fn text_wraps_between_the_margins() {
    check_inside(&[
        ("12345", "abcdef/gh123l/m45pqr/stuvwx@2,3"),
        ("123", "abcdef/gh123l/mnopqr/stuvwx@1,4"),
        ("123\x1b[Kx", "abcdef/gh12x./mnopqr/stuvwx@1,4"),
        ("12漢3", "abcdef/gh12.l/m漢3qr/stuvwx@2,4"),
        // Behind the right margin the edge of the screen ends the line.
        ("\x1b[2;6H12", "abcdef/ghijk1/m2opqr/stuvwx@2,2"),
        // Before the left margin it goes up to the right one.
        ("\x1b[2;1H123456", "abcdef/12345l/m6opqr/stuvwx@2,2"),
        ("\x1b[4;5H12", "ahijkf/gnopql/mtuv1r/s2...x@3,2"),
        ("\x1b[4;6H12", "abcdef/ghijkl/mnopqr/s2uvw1@3,2"),
        ("\x1b[?7l12345", "abcdef/gh125l/mnopqr/stuvwx@1,4"),
        ("\x1b[4h1", "abcdef/gh1ijl/mnopqr/stuvwx@1,3"),
        ("12\r漢漢漢", "abcdef/g漢漢l/m漢pqr/stuvwx@2,3"),
    ]);
}

#[test]
fn the_cursor_stops_at_the_margins() {
    let full = "abcdef/ghijkl/mnopqr/stuvwx";
    let places = [
        ("\r", "1,1"),
        ("\x1b[2;1H\r", "1,0"),
        ("\x1b[9C", "1,4"),
        ("\x1b[2;6H\x1b[9C", "1,5"),
        // Relative positions are positions.
        ("\x1b[9a", "1,5"),
        ("\x1b[?6h\x1b[9a", "0,4"),
        ("\x1b[1;2r\x1b[9e", "3,0"),
        ("\x1b[1;2r\x1b[?6h\x1b[9e", "1,1"),
        ("\x1b[9D", "1,1"),
        ("\x1b[2;1H\x1b[9D", "1,0"),
        ("\x08\x08\x08", "1,1"),
        ("\x1b[E", "2,1"),
        ("\x1b[F", "0,1"),
        ("\x1b[9G", "1,5"),
        ("\x1b[4;6H", "3,5"),
        ("\t", "1,4"),
        ("\x1b[2;6H\t", "1,5"),
        ("\x1b[Z", "1,0"),
        ("\x1b[?6h", "0,1"),
        ("\x1b[?6h\x1b[2;2H", "1,2"),
        ("\x1b[?6h\x1b[9;9H", "3,4"),
        ("\x1b[?6h\x1b[9`", "0,4"),
        ("\x1b[?6h\x1b[2;3r\x1b[9;9H", "2,4"),
        ("\x1b[?6h\x1b[2;3H\x1b7\x1b[?6l\x1b8", "1,3"),
        ("\x1b[3;4s", "0,0"),
        // Neither of these is one.
        ("\x1b[4;4s", "1,2"),
        ("\x1b[6;9s", "1,2"),
        ("\x1b[?69l", "1,2"),
        // Without the mode it saves the cursor.
        ("\x1b[?69l\x1b[4;5s\x1b[H\x1b[u", "1,2"),
    ];
    for (input, place) in places {
        check_inside(&[(input, &format!("{full}@{place}"))]);
    }
}

#[test]
fn the_margins_are_gone_with_their_mode() {
    check_inside(&[
        ("\x1b[?69l\x1b[L", "abcdef/....../ghijkl/mnopqr@1,0"),
        ("\x1b[?69l\x1b[?69h\x1b[L", "abcdef/....../ghijkl/mnopqr@1,0"),
        ("\x1b[!p\x1b[L", "abcdef/....../ghijkl/mnopqr@1,0"),
        ("\x1b[s\x1b[2H\x1b[L", "abcdef/....../ghijkl/mnopqr@1,0"),
        ("\x1b#8\x1b[L", "....../EEEEEE/EEEEEE/EEEEEE@0,0"),
    ]);
}

#[test]
fn lines_move_between_the_margins() {
    check_inside(&[
        ("\x1b[L", "abcdef/g....l/mhijkr/snopqx@1,1"),
        ("\x1b[9L", "abcdef/g....l/m....r/s....x@1,1"),
        ("\x1b[M", "abcdef/gnopql/mtuvwr/s....x@1,1"),
        ("\x1b[65535M", "abcdef/g....l/m....r/s....x@1,1"),
        ("\x1b[2;1H\x1b[M", "abcdef/ghijkl/mnopqr/stuvwx@1,0"),
        ("\x1b[2;6H\x1b[L", "abcdef/ghijkl/mnopqr/stuvwx@1,5"),
        ("\x1b[S", "ahijkf/gnopql/mtuvwr/s....x@1,2"),
        ("\x1b[T", "a....f/gbcdel/mhijkr/snopqx@1,2"),
        ("\x1b[65535T", "a....f/g....l/m....r/s....x@1,2"),
        ("\x1b[1;3r\x1b[S", "ahijkf/gnopql/m....r/stuvwx@0,0"),
        ("\x1b[4;3H\n", "ahijkf/gnopql/mtuvwr/s....x@3,2"),
        ("\x1b[4;6H\n", "abcdef/ghijkl/mnopqr/stuvwx@3,5"),
        ("\x1b[4;1H\x1bE", "abcdef/ghijkl/mnopqr/stuvwx@3,0"),
        ("\x1b[1;3H\x1bM", "a....f/gbcdel/mhijkr/snopqx@0,2"),
        ("\x1b[1;1H\x1bM", "abcdef/ghijkl/mnopqr/stuvwx@0,0"),
    ]);
}

#[test]
fn characters_move_between_the_margins() {
    check_inside(&[
        ("\x1b[@", "abcdef/gh.ijl/mnopqr/stuvwx@1,2"),
        ("\x1b[65535@", "abcdef/gh...l/mnopqr/stuvwx@1,2"),
        ("\x1b[P", "abcdef/ghjk.l/mnopqr/stuvwx@1,2"),
        ("\x1b[2;1H\x1b[P", "abcdef/ghijkl/mnopqr/stuvwx@1,0"),
        ("\x1b[2;6H\x1b[@", "abcdef/ghijkl/mnopqr/stuvwx@1,5"),
        // Erasing knows no margins.
        ("\x1b[X", "abcdef/gh.jkl/mnopqr/stuvwx@1,2"),
        ("\x1b[K", "abcdef/gh..../mnopqr/stuvwx@1,2"),
        ("\x1b[1K", "abcdef/...jkl/mnopqr/stuvwx@1,2"),
        ("\x1b[J", "abcdef/gh..../....../......@1,2"),
    ]);
}

#[test]
fn columns_move_between_the_margins() {
    check_inside(&[
        ("\x1b['}", "ab.cdf/gh.ijl/mn.opr/st.uvx@1,2"),
        ("\x1b[2;3r\x1b[2;3H\x1b[2'}", "abcdef/gh..il/mn..or/stuvwx@1,2"),
        ("\x1b['~", "abde.f/ghjk.l/mnpq.r/stvw.x@1,2"),
        ("\x1b[65535'~", "ab...f/gh...l/mn...r/st...x@1,2"),
        ("\x1b[2;6H\x1b['~\x1b['}", "abcdef/ghijkl/mnopqr/stuvwx@1,5"),
        ("\x1b[ @", "acde.f/gijk.l/mopq.r/suvw.x@1,2"),
        ("\x1b[2 A", "a..bcf/g..hil/m..nor/s..tux@1,2"),
        ("\x1b[2;3r\x1b[2;3H\x1b[65535 A", "abcdef/g....l/m....r/stuvwx@1,2"),
        // From outside of the margins nothing moves.
        ("\x1b[2;3r\x1b[ @\x1b[ A", "abcdef/ghijkl/mnopqr/stuvwx@0,0"),
        ("\x1b[2;6H\x1b[ @\x1b[ A", "abcdef/ghijkl/mnopqr/stuvwx@1,5"),
        ("\x1b6", "abcdef/ghijkl/mnopqr/stuvwx@1,1"),
        ("\x1b6\x1b6", "a.bcdf/g.hijl/m.nopr/s.tuvx@1,1"),
        ("\x1b[2;1H\x1b6", "abcdef/ghijkl/mnopqr/stuvwx@1,0"),
        ("\x1b9", "abcdef/ghijkl/mnopqr/stuvwx@1,3"),
        ("\x1b9\x1b9\x1b9", "acde.f/gijk.l/mopq.r/suvw.x@1,4"),
        ("\x1b[2;6H\x1b9", "abcdef/ghijkl/mnopqr/stuvwx@1,5"),
    ]);
}

#[test]
fn wide_characters_across_a_margin_are_cut() {
    let text = "漢字漢\r\n漢字漢\x1b[?69h\x1b[2;5s\x1b[1;3H";
    check_size(
        7,
        2,
        &[
            (&format!("{text}\x1b[@"), "漢.字 ./漢字漢.@0,2"),
            (&format!("{text}\x1b[M"), "  字  ./ .... .@0,1"),
        ],
    );
}

#[test]
fn wide_characters_wrap_in_the_narrowest_region() {
    check_size(4, 2, &[("\x1b[?69h\x1b[2;3s\x1b[1;2H漢字x", ".字./.x..@1,2")]);
}

#[test]
fn the_cursor_goes_back_over_the_ends_of_lines() {
    check(&[
        ("\x1b[?45habcdef\x08\x08x", "abcdx/f..../.....@0,4"),
        ("\x1b[?45habcdefg\x1b[4Dx", "abcxe/fg.../.....@0,4"),
        ("\x1b[?45hab\r\nc\x1b[9Dx", "ab.../x..../.....@1,1"),
        ("\x1b[?1045hab\r\nc\x1b[2Dx", "ab..x/c..../.....@0,4"),
        ("\x1b[?1045h\x1b[Dx", "...../...../....x@2,4"),
        ("\x1b[?1045h\x1b[65535Dx", "x..../...../.....@0,1"),
        // The pending wrap is a column.
        ("\x1b[?45habcde\x08x", "abcdx/...../.....@0,4"),
        ("\x1b[?45habcde\x08\x08x", "abcxe/...../.....@0,4"),
        ("\x1b[?45;7habcdef\x1b[?7l\x08\x08x", "abcde/x..../.....@1,1"),
        ("\x1b[?45habcdef\x1b[?45l\x08\x08x", "abcde/x..../.....@1,1"),
        ("\x1b[?1045h\x1b[?45l\x08x", "...../...../....x@2,4"),
    ]);
}

#[test]
fn a_whole_region_between_margins_scrolls_away() {
    check(&[
        ("ab\r\ncd\x1b[?69h\x1b[1;2s\x1b[65535S", "...../...../.....@0,0"),
        ("ab\r\ncd\x1b[?69h\x1b[1;2s\x1b[65535T", "...../...../.....@0,0"),
        ("ab\r\ncd\x1b[?69h\x1b[1;2s\x1b[65535M", "...../...../.....@0,0"),
        ("ab\r\ncd\x1b[?69h\x1b[1;2s\x1b[65535L", "...../...../.....@0,0"),
    ]);
    check_size(3, 1, &[("\x1b[?69h\x1b[2;6s漢漢", " 漢@0,2")]);
}
