//! Helpers and tests of the store.

use super::*;
use crate::storage::{Full, Slab};
use alloc::string::String;

/// Returns a store with room for anything a test does.
pub(crate) fn roomy() -> Screens<'static> {
    Screens::new(ScreenStorage {
        cells: Slab::growable(1 << 22),
        row_info: Slab::growable(1 << 14),
        tables: Slab::growable(1 << 16),
        infos: Slab::growable(64),
        texts: Slab::growable(1 << 12),
        clusters: Slab::growable(1 << 10),
        extras: Slab::growable(1 << 12),
    })
}

/// Memory of fixed size for a store without texts and clusters.
pub(crate) struct Fixed<
    const CELLS: usize,
    const ROWS: usize,
    const NAMES: usize,
    const FRAMES: usize,
> {
    cells: [Cell; CELLS],
    row_info: [RowInfo; ROWS],
    tables: [RowId; NAMES],
    infos: [FrameInfo; FRAMES],
}

impl<const CELLS: usize, const ROWS: usize, const NAMES: usize, const FRAMES: usize>
    Fixed<CELLS, ROWS, NAMES, FRAMES>
{
    pub(crate) fn new() -> Self {
        Self {
            cells: [Cell::EMPTY; CELLS],
            row_info: [RowInfo::default(); ROWS],
            tables: [RowId::default(); NAMES],
            infos: core::array::from_fn(|_| FrameInfo::default()),
        }
    }

    pub(crate) fn screens(&mut self) -> Screens<'_> {
        self.limited(CELLS, ROWS)
    }

    /// A store that gets only so much of the memory.
    pub(crate) fn limited(&mut self, cells: usize, rows: usize) -> Screens<'_> {
        Screens::new(ScreenStorage {
            cells: Slab::borrowed(&mut self.cells[..cells]),
            row_info: Slab::borrowed(&mut self.row_info[..rows]),
            tables: Slab::borrowed(&mut self.tables),
            infos: Slab::borrowed(&mut self.infos),
            texts: Slab::borrowed(&mut []),
            clusters: Slab::borrowed(&mut []),
            extras: Slab::borrowed(&mut []),
        })
    }
}

/// Returns the text of a row; erased cells as dots, tails of wide characters as nothing.
pub(crate) fn text_of(screens: &Screens<'_>, frame: &Frame, row: u16) -> String {
    let mut buf = [0; MAX_CLUSTER];
    let mut text = String::new();
    for cell in screens.row(frame, row) {
        if cell.glyph() == Glyph::EMPTY {
            text.push('.');
        } else {
            text.push_str(screens.glyph_str(cell, &mut buf));
        }
    }
    text
}

/// How often cells of any row were asked for so far.
pub(crate) fn rows_touched(screens: &Screens<'_>) -> usize {
    screens.rows.touched.get()
}

/// Checks that no half of a wide character stands alone.
pub(crate) fn check_halves(screens: &Screens<'_>, frame: &Frame) {
    for row in 0..screens.size(frame).rows {
        let cells = screens.row(frame, row);
        for (column, cell) in cells.iter().enumerate() {
            let before = column.checked_sub(1).map(|left| cells[left].glyph().is_wide());
            assert_eq!(
                cell.glyph().is_tail(),
                before.unwrap_or(false),
                "row {row} column {column}"
            );
        }
        assert!(!cells[cells.len() - 1].glyph().is_wide(), "row {row} hangs over the edge");
    }
}

#[test]
fn a_write_to_a_shared_row_leaves_the_other_frame_alone() {
    let mut screens = roomy();
    let a = screens.blank(Size::clamped(4, 2)).unwrap();
    screens.write_text(&a, 0, 0, "ab", Rendition::DEFAULT);
    let b = screens.snapshot(&a).unwrap();
    assert!(screens.same(&a, &b, Language::Ours));
    assert_eq!(screens.write_text(&a, 0, 2, "wide", Rendition::DEFAULT), 4);
    assert_eq!(text_of(&screens, &a, 0), "abwi");
    assert_eq!(text_of(&screens, &b, 0), "ab..");
    assert!(
        screens.row_id(&a, 1) == screens.row_id(&b, 1) && !screens.same(&a, &b, Language::Ours)
    );
    screens.check(&[&a, &b]);
    screens.release(a);
    screens.check(&[&b]);
    screens.release(b);
    screens.check(&[]);
}

#[test]
fn a_snapshot_is_refused_when_writing_could_run_out_of_rows() {
    const ROWS: usize = 3;
    let mut memory = Fixed::<{ (3 * ROWS + 1) * 4 }, { 3 * ROWS + 1 }, { 8 * ROWS }, 8>::new();
    let mut screens = memory.screens();
    let live = screens.blank(Size::clamped(4, ROWS as u32)).unwrap();
    let rewrite = |screens: &mut Screens<'_>, text: &str| {
        for row in 0..ROWS as u16 {
            screens.write_text(&live, row, 0, text, Rendition::DEFAULT);
        }
    };
    let base = screens.snapshot(&live).unwrap();
    rewrite(&mut screens, "one");
    let sent = screens.snapshot(&live).unwrap();
    rewrite(&mut screens, "two");
    assert_eq!(screens.snapshot(&live), Err(Full));
    screens.release(base);
    let newer = screens.snapshot(&live).unwrap();
    assert_eq!(text_of(&screens, &sent, 0), "one.");
    rewrite(&mut screens, "four");
    assert_eq!(text_of(&screens, &newer, 2), "two.");
    assert_eq!(screens.set_title(&live, b"no room"), Err(Full));
    screens.check(&[&live, &sent, &newer]);
}

#[test]
fn resizing_keeps_the_line_of_the_cursor() {
    let mut screens = roomy();
    let frame = screens.blank(Size::clamped(3, 4)).unwrap();
    for row in 0..4 {
        let text = ["a", "b", "c", "d"][usize::from(row)];
        screens.write_text(&frame, row, 0, text, Rendition::DEFAULT);
    }
    screens.info_mut(&frame).cursor = Position { row: 2, column: 2 };
    let old = screens.snapshot(&frame).unwrap();
    assert_eq!(screens.resize(&frame, Size::clamped(2, 2)), Ok(1));
    assert_eq!(text_of(&screens, &frame, 0), "b.");
    assert_eq!(text_of(&screens, &frame, 1), "c.");
    assert_eq!(screens.info(&frame).cursor, Position { row: 1, column: 1 });
    assert_eq!(screens.resize(&frame, Size::clamped(200, 9)), Ok(0));
    assert_eq!(text_of(&screens, &frame, 1).len(), 200);
    assert_eq!(text_of(&screens, &old, 3), "d..");
    screens.check(&[&frame, &old]);
}

#[test]
fn fixed_rows_move_together_when_they_get_wider() {
    let mut memory = Fixed::<24, 12, 12, 3>::new();
    let mut screens = memory.screens();
    let gone = screens.blank(Size::clamped(2, 4)).unwrap();
    let kept = screens.blank(Size::clamped(2, 2)).unwrap();
    screens.write_text(&kept, 0, 0, "xy", Rendition::DEFAULT);
    screens.write_text(&kept, 1, 0, "z", Rendition::DEFAULT);
    screens.release(gone);
    // At six columns four rows fit, and the rows of `kept` lie beyond them.
    assert_eq!(screens.resize(&kept, Size::clamped(6, 2)), Ok(0));
    assert_eq!(text_of(&screens, &kept, 0), "xy....");
    assert_eq!(text_of(&screens, &kept, 1), "z.....");
    assert_eq!(screens.resize(&kept, Size::clamped(25, 2)), Err(Full));
    screens.check(&[&kept]);
}

#[test]
fn long_texts_are_shared_and_compared_by_content() {
    let mut screens = roomy();
    let a = screens.blank(Size::clamped(1, 1)).unwrap();
    let long: alloc::vec::Vec<u8> = (0..500).map(|i| b'a' + (i % 26) as u8).collect();
    screens.set_title(&a, &long).unwrap();
    screens.set_icon(&a, b"").unwrap();
    let b = screens.share(&a).unwrap();
    screens.set_title(&b, &long).unwrap();
    assert!(screens.same(&a, &b, Language::Ours));
    screens.prefix_titles(&b, b"[mosh] ").unwrap();
    let whole: alloc::vec::Vec<u8> =
        screens.text(screens.info(&b).title()).flatten().copied().collect();
    assert_eq!(whole, [b"[mosh] ", &long[..]].concat());
    assert!(!screens.same(&a, &b, Language::Ours));
    screens.check(&[&a, &b]);
    screens.release(b);
    screens.release(a);
    screens.check(&[]);
}

#[test]
fn clusters_that_no_row_shows_make_room_for_others() {
    let mut screens = Screens::new(ScreenStorage {
        clusters: Slab::growable(64),
        extras: Slab::growable(64),
        cells: Slab::growable(1 << 12),
        row_info: Slab::growable(64),
        tables: Slab::growable(64),
        infos: Slab::growable(4),
        texts: Slab::growable(4),
    });
    let frame = screens.blank(Size::clamped(40, 1)).unwrap();
    for round in 0..100_u32 {
        let mark = char::from_u32(0x300 + round).unwrap();
        for column in 0..40 {
            let base = char::from(b'A' + column as u8);
            screens.write_text(
                &frame,
                0,
                column,
                base.encode_utf8(&mut [0; 4]),
                Rendition::DEFAULT,
            );
            screens.combine(&frame, 0, column, mark);
        }
        let mut buf = [0; MAX_CLUSTER];
        let cell = screens.row(&frame, 0)[39];
        assert_eq!(screens.glyph_str(&cell, &mut buf).chars().nth(1), Some(mark));
    }
}

#[test]
fn memory_of_a_busy_time_is_given_back() {
    let mut screens = roomy();
    let live = screens.blank(Size::clamped(8, 4)).unwrap();
    let mut held = alloc::vec::Vec::new();
    for round in 0..20 {
        held.push(screens.snapshot(&live).unwrap());
        for row in 0..4 {
            let text = alloc::format!("{round} {row}");
            screens.write_text(&live, row, 0, &text, Rendition::DEFAULT);
        }
    }
    for frame in held {
        screens.release(frame);
    }
    assert_eq!(text_of(&screens, &live, 3), "19 3....");
    let other = screens.snapshot(&live).unwrap();
    screens.write_text(&live, 0, 0, "new", Rendition::DEFAULT);
    assert_eq!(text_of(&screens, &other, 0), "19 0....");
    screens.check(&[&live, &other]);
}

#[test]
fn a_refused_size_takes_no_room() {
    let mut memory = Fixed::<24, 12, 6, 3>::new();
    let mut screens = memory.screens();
    let live = screens.blank(Size::clamped(2, 2)).unwrap();
    let other = screens.snapshot(&live).unwrap();
    screens.write_text(&live, 0, 0, "ab", Rendition::DEFAULT);
    // Three rows of eight cells, all in use; two frames of three rows.
    assert_eq!(screens.resize(&live, Size::clamped(8, 2)), Err(Full));
    assert_eq!(screens.blank(Size::clamped(8, 1)), Err(Full));
    assert_eq!(screens.blank(Size::clamped(2, 3)), Err(Full));
    let third = screens.snapshot(&live).expect("there is room as before");
    screens.write_text(&live, 0, 0, "xy", Rendition::DEFAULT);
    assert_eq!(text_of(&screens, &third, 0), "ab");
    screens.check(&[&live, &other, &third]);
}

#[test]
fn a_composed_frame_is_refused_when_writing_could_run_out_of_rows() {
    let mut memory = Fixed::<7, 7, 10, 5>::new();
    let mut screens = memory.screens();
    let live = screens.blank(Size::clamped(1, 2)).unwrap();
    let rewrite = |screens: &mut Screens<'_>, text| {
        screens.write_text(&live, 0, 0, text, Rendition::DEFAULT);
        screens.write_text(&live, 1, 0, text, Rendition::DEFAULT);
    };
    let base = screens.snapshot(&live).unwrap();
    rewrite(&mut screens, "1");
    let sent = screens.snapshot(&live).unwrap();
    rewrite(&mut screens, "2");
    // Three screens of their own and one row are what there is.
    assert_eq!(screens.compose(&base, &live, 2), Err(Full));
    screens.release(sent);
    let composed = screens.compose(&base, &live, 2).unwrap();
    rewrite(&mut screens, "3");
    assert_eq!(text_of(&screens, &composed, 0), "2");
    assert_eq!(text_of(&screens, &composed, 1), "2");
    screens.check(&[&live, &base, &composed]);
}
