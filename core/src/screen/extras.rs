//! What few cells have: each distinct one once, found by its meaning.
//!
//! Cells and renditions name extras by number and nobody counts them. When the table is full,
//! everything that can hold a rendition is searched for the numbers that are still needed. One
//! store never holds two equal extras, so equal numbers mean the same and others do not.

use super::rows::Rows;
use super::texts::Texts;
use super::{Color, FrameInfo, Rendition, Screens, TextId};
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
pub struct ExtraEntry {
    extra: Extra,
    /// 0 = free.
    hash: u32,
    needed: bool,
    /// The next entry of the same bucket, or the next free one; numbers count from 1.
    next: u16,
    /// The first entry of the bucket with this entry's number.
    bucket: u16,
}

#[derive(Debug)]
pub(super) struct Extras<'s> {
    entries: Slab<'s, ExtraEntry>,
    /// Entries that were ever in use.
    len: usize,
    free: u16,
    /// Requests to refuse before everything is searched again: so a program that fills the table
    /// with extras in use pays for each of its bytes, and not for all rows.
    patience: usize,
}

impl<'s> Extras<'s> {
    pub(super) fn new(entries: Slab<'s, ExtraEntry>) -> Self {
        Self { entries, len: 0, free: 0, patience: 0 }
    }

    fn get(&self, id: ExtraId) -> Extra {
        match id.0 {
            0 => Extra::default(),
            number => self.entries[usize::from(number) - 1].extra,
        }
    }

    fn find(&self, extra: Extra, hash: u32, texts: &Texts<'_>) -> Option<ExtraId> {
        if self.len == 0 {
            return None;
        }
        let mut at = self.entries[hash as usize % self.entries.len()].bucket;
        while at != 0 {
            let entry = &self.entries[usize::from(at) - 1];
            if entry.hash == hash
                && entry.extra.underline == extra.underline
                && texts.same(entry.extra.link, extra.link)
            {
                return Some(ExtraId(at));
            }
            at = entry.next;
        }
        None
    }

    fn limit(&self) -> usize {
        self.entries.max_len().min(MAX_EXTRAS)
    }

    /// Takes a place that is free, or that was never in use.
    fn allocate(&mut self) -> Option<u16> {
        if self.free != 0 {
            let id = self.free;
            self.free = self.entries[usize::from(id) - 1].next;
            return Some(id);
        }
        if self.len >= self.entries.len().min(MAX_EXTRAS) {
            return None;
        }
        self.len += 1;
        Some(self.len as u16)
    }

    fn insert(&mut self, id: u16, extra: Extra, hash: u32) {
        let entry = &mut self.entries[usize::from(id) - 1];
        (entry.extra, entry.hash) = (extra, hash);
        self.link(id);
    }

    fn link(&mut self, id: u16) {
        let index = usize::from(id) - 1;
        let bucket = self.entries[index].hash as usize % self.entries.len();
        self.entries[index].next = self.entries[bucket].bucket;
        self.entries[bucket].bucket = id;
    }

    fn need(&mut self, rendition: Rendition) {
        let id = rendition.extra();
        if id != ExtraId::NONE
            && let Some(entry) = self.entries.get_mut(usize::from(id.0) - 1)
        {
            entry.needed = true;
        }
    }

    /// Forgets entries that are not needed; returns how many.
    fn sweep(&mut self, texts: &mut Texts<'_>) -> usize {
        let mut freed = 0;
        for entry in &mut self.entries[..self.len] {
            if !core::mem::take(&mut entry.needed) && entry.hash != 0 {
                texts.release(entry.extra.link);
                *entry = ExtraEntry { bucket: entry.bucket, ..ExtraEntry::default() };
                freed += 1;
            }
        }
        self.relink();
        freed
    }

    /// Builds buckets and free list anew.
    fn relink(&mut self) {
        for entry in self.entries.iter_mut() {
            entry.bucket = 0;
        }
        self.free = 0;
        for index in (0..self.len).rev() {
            let id = (index + 1) as u16;
            if self.entries[index].hash != 0 {
                self.link(id);
            } else {
                self.entries[index].next = self.free;
                self.free = id;
            }
        }
    }

    /// The texts that entries hold.
    pub(super) fn links(&self) -> impl Iterator<Item = TextId> {
        self.entries[..self.len].iter().map(|entry| entry.extra.link)
    }

    /// Extras that are known, in use or not yet found to be unused.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.entries[..self.len].iter().filter(|entry| entry.hash != 0).count()
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
        let Some(id) = self.extras.allocate().or_else(|| self.make_room_for_extra(kept)) else {
            self.texts.release(extra.link);
            return rendition.with_extra(ExtraId::NONE);
        };
        self.extras.insert(id, extra, hash);
        rendition.with_extra(ExtraId(id))
    }

    /// Frees what is not needed, and grows if that is little.
    fn make_room_for_extra(&mut self, kept: &[Rendition]) -> Option<u16> {
        let freed = self.sweep_extras(kept);
        let extras = &mut self.extras;
        let len = extras.entries.len();
        let wanted = (len * 2).max(64).min(extras.limit());
        if freed <= len / 2 && wanted > len && extras.entries.grow(wanted).is_ok() {
            extras.patience = 0;
            extras.relink();
        }
        extras.allocate()
    }

    /// Forgets extras that are not named anywhere; returns how many.
    fn sweep_extras(&mut self, kept: &[Rendition]) -> usize {
        let Self { extras, texts, rows, infos, .. } = self;
        if extras.patience > 0 {
            extras.patience -= 1;
            return 0;
        }
        mark(extras, rows, infos, kept);
        let freed = extras.sweep(texts);
        if freed <= extras.len / 8 {
            extras.patience = rows.used() * 16;
        }
        freed
    }
}

/// Notes which extras are named anywhere.
fn mark(extras: &mut Extras<'_>, rows: &Rows<'_>, infos: &[FrameInfo], kept: &[Rendition]) {
    for cell in rows.live().flatten() {
        extras.need(cell.rendition());
    }
    for info in infos.iter().filter(|info| info.in_use) {
        extras.need(info.rendition);
    }
    for &rendition in kept {
        extras.need(rendition);
    }
}

/// Never 0. FNV-1a: a program that makes numbers collide slows down nobody but itself.
fn hash(extra: Extra, texts: &Texts<'_>) -> u32 {
    let color = Rendition::DEFAULT.with_foreground(extra.underline).bits()[0].to_le_bytes();
    let link = texts.pieces(extra.link).flatten();
    let bytes = color.iter().chain(link);
    bytes.fold(0x811c_9dc5_u32, |hash, &b| (hash ^ u32::from(b)).wrapping_mul(0x0100_0193)) | 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::tests::roomy;
    use crate::screen::{Cell, Frame, Glyph, ScreenStorage, Size};
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
