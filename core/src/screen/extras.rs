//! What few cells have: each distinct one once, found by its meaning.
//!
//! Cells and renditions name extras by number and nobody counts them. When the table is full,
//! everything that can hold a rendition is searched for the numbers that are still needed. One
//! store never holds two equal extras, so equal numbers mean the same and others do not.

use super::interned::{Entry, Links, Table};
use super::rows::Rows;
use super::texts::Texts;
use super::{Cell, Color, FrameInfo, Rendition, Screens, TextId};
use crate::hash::{self, fnv1a};
use crate::storage::{Full, Slab};

/// The longest URI of a link, as in VTE.
pub const MAX_URI: usize = 2083;
/// The longest id of a link, as in VTE.
pub const MAX_LINK_ID: usize = 250;

/// The name of an extra in the store; the default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ExtraId(u16);

impl ExtraId {
    /// Bits of a number.
    pub(super) const BITS: u32 = 12;

    /// Nothing more than colours and attributes.
    pub const NONE: Self = Self(0);

    pub(super) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    pub(super) const fn bits(self) -> u16 {
        self.0
    }
}

const MAX_EXTRAS: usize = (1 << ExtraId::BITS) - 1;

/// What a cell may have beside colours and attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Extra {
    /// The colour of the underline; by default that of the text.
    pub underline: Color,
    /// The link: its id, which may be empty, a semicolon, and its URI; empty if there is none.
    pub link: TextId,
}

/// A place of the table of extras.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ExtraEntry {
    extra: Extra,
    /// 0 = free.
    hash: u32,
    links: Links,
}

impl ExtraEntry {
    /// A place that is not taken, all zeros.
    pub(crate) const FREE: Self = Self {
        extra: Extra { underline: Color::Default, link: TextId::EMPTY },
        hash: 0,
        links: Links::NONE,
    };
}

impl Entry for ExtraEntry {
    fn is_used(&self) -> bool {
        self.hash != 0
    }

    fn hash(&self) -> u32 {
        self.hash
    }

    fn links(&self) -> &Links {
        &self.links
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.links
    }
}

#[derive(Debug)]
pub(super) struct Extras<'s> {
    table: Table<'s, ExtraEntry>,
    /// Requests to refuse before everything is searched again: so a program that fills the table
    /// with extras in use pays for each of its bytes, and not for all rows.
    patience: usize,
}

impl<'s> Extras<'s> {
    pub(super) fn new(entries: Slab<'s, ExtraEntry>) -> Self {
        Self { table: Table::new(entries), patience: 0 }
    }

    fn get(&self, id: ExtraId) -> Extra {
        self.table.get(id.0).map_or(Extra::default(), |entry| entry.extra)
    }

    fn find(&self, extra: Extra, hash: u32, texts: &Texts<'_>) -> Option<ExtraId> {
        let is = |entry: &ExtraEntry| {
            entry.hash == hash
                && entry.extra.underline == extra.underline
                && texts.same(entry.extra.link, extra.link)
        };
        self.table.find(hash, is).map(ExtraId)
    }

    /// The texts that entries hold.
    pub(super) fn links(&self) -> impl Iterator<Item = TextId> {
        self.table.entries().iter().map(|entry| entry.extra.link)
    }

    /// Extras that are known, in use or not yet found to be unused.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.table.entries().iter().filter(|entry| entry.hash != 0).count()
    }
}

impl Screens<'_> {
    /// What a rendition has beside colours and attributes.
    #[must_use]
    pub fn extra(&self, rendition: Rendition) -> Extra {
        self.extras.get(rendition.extra())
    }

    /// Returns `rendition` with another colour of the underline; without any extra if there is no
    /// room for it.
    ///
    /// `kept` are all renditions that are in use and not part of this store.
    #[must_use]
    pub fn with_underline_color(
        &mut self,
        rendition: Rendition,
        underline: Color,
        kept: &[Rendition],
    ) -> Rendition {
        let link = self.texts.share(self.extra(rendition).link);
        self.with_extra(rendition, Extra { underline, link }, kept)
    }

    /// Returns `rendition` with the link that consists of `id`, which may be empty, and `uri`;
    /// with none if `uri` is empty, either is too long, or there is no room for it.
    ///
    /// `kept` are all renditions that are in use and not part of this store.
    #[must_use]
    pub fn with_link(
        &mut self,
        rendition: Rendition,
        id: &[u8],
        uri: &[u8],
        kept: &[Rendition],
    ) -> Rendition {
        let underline = self.extra(rendition).underline;
        let valid = (1..=MAX_URI).contains(&uri.len()) && id.len() <= MAX_LINK_ID;
        let link = if valid { self.link_text(id, uri, kept) } else { Err(Full) };
        let link = link.unwrap_or_default();
        self.with_extra(rendition, Extra { underline, link }, kept)
    }

    fn link_text(&mut self, id: &[u8], uri: &[u8], kept: &[Rendition]) -> Result<TextId, Full> {
        let pieces: [&[u8]; 3] = [id, b";", uri];
        self.texts.create_spare(&pieces).or_else(|Full| {
            // Links that nothing shows any more may hold texts.
            self.sweep_extras(kept);
            self.texts.create_spare(&pieces)
        })
    }

    /// Puts `extra`, whose link is held for it, in place of that of `rendition`.
    fn with_extra(&mut self, rendition: Rendition, extra: Extra, kept: &[Rendition]) -> Rendition {
        if extra == Extra::default() {
            return rendition.with_extra(ExtraId::NONE);
        }
        let hash = hash(extra, &self.texts);
        if let Some(id) = self.extras.find(extra, hash, &self.texts) {
            self.texts.release(extra.link);
            return rendition.with_extra(id);
        }
        let place = self.extras.table.take_place(MAX_EXTRAS);
        let Some(id) = place.or_else(|| self.make_room_for_extra(kept)) else {
            self.texts.release(extra.link);
            return rendition.with_extra(ExtraId::NONE);
        };
        self.extras.table.insert(id, |entry| (entry.extra, entry.hash) = (extra, hash));
        rendition.with_extra(ExtraId(id))
    }

    /// Frees what is not needed, and grows if that is little.
    fn make_room_for_extra(&mut self, kept: &[Rendition]) -> Option<u16> {
        let freed = self.sweep_extras(kept);
        let extras = &mut self.extras;
        if freed <= extras.table.places() / 2 && extras.table.grow(MAX_EXTRAS) {
            extras.patience = 0;
        }
        extras.table.take_place(MAX_EXTRAS)
    }

    /// Forgets extras that are not named anywhere; returns how many.
    fn sweep_extras(&mut self, kept: &[Rendition]) -> usize {
        let Self { extras, texts, rows, infos, .. } = self;
        if extras.patience > 0 {
            extras.patience -= 1;
            return 0;
        }
        mark(&mut extras.table, rows, infos, kept);
        let freed = extras.table.sweep(|entry| {
            texts.release(entry.extra.link);
            (entry.extra, entry.hash) = (Extra::default(), 0);
        });
        if freed <= extras.table.entries().len() / 8 {
            extras.patience = rows.used() * 16;
        }
        freed
    }
}

/// Notes which extras are named anywhere.
fn mark(
    table: &mut Table<'_, ExtraEntry>,
    rows: &Rows<'_>,
    infos: &[FrameInfo],
    kept: &[Rendition],
) {
    let cells = rows.live().flatten().map(Cell::rendition);
    let frames = infos.iter().filter(|info| info.in_use).map(|info| info.rendition);
    for rendition in cells.chain(frames).chain(kept.iter().copied()) {
        table.need(rendition.extra().0);
    }
}

/// Never 0.
fn hash(extra: Extra, texts: &Texts<'_>) -> u32 {
    let color = Rendition::DEFAULT.with_foreground(extra.underline).bits()[0].to_le_bytes();
    fnv1a(hash::EMPTY, color.iter().chain(texts.pieces(extra.link).flatten())) | 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::tests::roomy;
    use crate::screen::{Frame, Glyph, ScreenStorage, Size};
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    const SIZE: Size = Size { columns: 8, rows: 2 };

    fn link_of(screens: &Screens<'_>, rendition: Rendition) -> String {
        let bytes: Vec<u8> =
            screens.text(screens.extra(rendition).link).flatten().copied().collect();
        String::from_utf8(bytes).unwrap()
    }

    fn put(screens: &mut Screens<'_>, frame: &Frame, column: usize, rendition: Rendition) {
        screens.row_mut(frame, 0)[column] = Cell::new(Glyph::narrow('x'), rendition);
    }

    #[test]
    fn equal_extras_have_one_number() {
        let mut screens = roomy();
        let plain = Rendition::DEFAULT;
        let red = screens.with_underline_color(plain, Color::Palette(1), &[]);
        let link = screens.with_link(plain, b"", b"file:///", &[]);
        let both = screens.with_link(red, b"", b"file:///", &[]);
        let same = screens.with_underline_color(link, Color::Palette(1), &[]);
        assert_eq!(both, same);
        let ids = [plain, red, link, both].map(Rendition::extra);
        assert!((0..4).all(|i| (0..i).all(|j| ids[i] != ids[j])), "{ids:?}");
        assert_eq!(screens.extra(both).underline, Color::Palette(1));
        assert_eq!(link_of(&screens, both), ";file:///");
        assert_eq!(screens.with_link(both, b"", b"", &[]), red);
        assert_eq!(screens.with_underline_color(red, Color::Default, &[]), plain);
        assert_ne!(screens.with_link(plain, b"1", b"file:///", &[]), link);
        screens.check(&[]);
    }

    #[test]
    fn what_is_shown_or_kept_survives_a_flood() {
        let mut screens = roomy();
        let frame = screens.blank(SIZE).unwrap();
        let named = |name: &str| format!("http://{name}/");
        let put_link = |screens: &mut Screens<'_>, name: &str, kept: &[Rendition]| {
            screens.with_link(Rendition::DEFAULT, name.as_bytes(), named(name).as_bytes(), kept)
        };
        let shown = put_link(&mut screens, "shown", &[]);
        put(&mut screens, &frame, 3, shown);
        let old = screens.snapshot(&frame).unwrap();
        let current = put_link(&mut screens, "current", &[]);
        screens.info_mut(&frame).rendition = current;
        let saved = put_link(&mut screens, "saved", &[]);
        put(&mut screens, &frame, 3, Rendition::DEFAULT);
        for number in 0..20_000 {
            let name = format!("{number}");
            let new = put_link(&mut screens, &name, &[saved]);
            assert_eq!(link_of(&screens, new), format!("{name};{}", named(&name)));
        }
        for (rendition, name) in [(shown, "shown"), (current, "current"), (saved, "saved")] {
            assert_eq!(link_of(&screens, rendition), format!("{name};{}", named(name)));
        }
        assert!(screens.extras.count() < 200, "few of them are needed at a time");
        screens.check(&[&frame, &old]);
    }

    #[test]
    fn a_full_table_loses_links_and_no_text() {
        let mut screens = roomy();
        let size = Size { columns: 1000, rows: 8 };
        let frame = screens.blank(size).unwrap();
        let mut lost = 0;
        for number in 0..8000_usize {
            let uri = format!("{number}");
            let rendition = screens.with_link(Rendition::DEFAULT, b"", uri.as_bytes(), &[]);
            lost += usize::from(rendition == Rendition::DEFAULT);
            let cell = Cell::new(Glyph::narrow('x'), rendition);
            screens.row_mut(&frame, (number / 1000) as u16)[number % 1000] = cell;
        }
        assert_eq!(lost, 8000 - screens.extras.count());
        assert!(screens.extras.count() > 2000, "{} links are known", screens.extras.count());
        for number in 0..1000 {
            let rendition = screens.row(&frame, 0)[number].rendition();
            assert_eq!(link_of(&screens, rendition), format!(";{number}"));
        }
        screens.clear_rows(&frame, 0, 8, Cell::EMPTY);
        let again = (0..1000).any(|number| {
            let uri = format!("again{number}");
            screens.with_link(Rendition::DEFAULT, b"", uri.as_bytes(), &[]) != Rendition::DEFAULT
        });
        assert!(again, "room is found again");
        screens.check(&[&frame]);
    }

    #[test]
    fn links_leave_room_for_other_texts() {
        let mut memory = core::array::from_fn::<_, 4, _>(|_| Default::default());
        let mut entries = core::array::from_fn::<_, 8, _>(|_| ExtraEntry::default());
        let mut screens = Screens::new(ScreenStorage {
            cells: Slab::growable(1 << 10),
            row_info: Slab::growable(16),
            tables: Slab::growable(16),
            infos: Slab::growable(2),
            texts: Slab::borrowed(&mut memory),
            clusters: Slab::growable(0),
            extras: Slab::borrowed(&mut entries),
        });
        let frame = screens.blank(SIZE).unwrap();
        for number in 0..8 {
            let uri = format!("{number}");
            let link = screens.with_link(Rendition::DEFAULT, b"", uri.as_bytes(), &[]);
            put(&mut screens, &frame, number, link);
        }
        let has_link = |column: &usize| screens.row(&frame, 0)[*column].rendition();
        let links = (0..8).filter(|column| has_link(column) != Rendition::DEFAULT).count();
        assert_eq!(links, 3);
        assert_eq!(screens.set_title(&frame, b"title"), Ok(()));
        screens.check(&[&frame]);
    }

    #[test]
    fn what_is_too_long_is_no_link() {
        let mut screens = roomy();
        let mut is_link = |id: usize, uri: usize| {
            let (id, uri) = (&[b'i'; 300][..id], &[b'u'; 2100][..uri]);
            screens.with_link(Rendition::DEFAULT, id, uri, &[]) != Rendition::DEFAULT
        };
        assert!(is_link(MAX_LINK_ID, MAX_URI));
        assert!(!is_link(MAX_LINK_ID + 1, 1) && !is_link(0, MAX_URI + 1) && !is_link(1, 0));
    }
}
