//! The store of screens against a list in which every frame is a copy of its own.

use mosh_core::screen::{ClusterEntry, Frame, Language, ScreenStorage, Screens, Size};
use mosh_core::server::ServerStorage;
use mosh_core::storage::{Full, Slab, StaticServer, server_rows};
use proptest::collection::vec;
use proptest::prelude::*;

use super::edit::{Edit, edit, size};
use super::model::Image;

proptest! {
    #![proptest_config(super::cases(1500))]

    #[test]
    fn frames_on_the_heap_are_independent_copies(steps in vec(step(), 1..40)) {
        World::new(ServerStorage::heap().host.screens, None).run(&steps)?;
    }

    #[test]
    fn frames_in_fixed_memory_are_independent_copies(steps in vec(step(), 1..60)) {
        let mut memory = Memory::new();
        let mut storage = memory.storage().host.screens;
        // So few that the places of those that nobody shows are taken again and again.
        let mut clusters = [(); 4].map(|()| ClusterEntry::default());
        storage.clusters = Slab::borrowed(&mut clusters);
        World::new(storage, Some(LIMITS)).run(&steps)?;
    }
}

const COLUMNS: usize = 6;
const ROWS: usize = 4;

type Memory = StaticServer<COLUMNS, ROWS, { server_rows(ROWS) }, 256>;

/// Frames that such memory has a place for, and so as many as are used on the heap.
const FRAMES: usize = 8;

const LIMITS: Limits =
    Limits { cells: server_rows(ROWS) * COLUMNS, rows: server_rows(ROWS), tables: FRAMES * ROWS };

/// What there is room for in fixed memory.
#[derive(Clone, Copy, Debug)]
struct Limits {
    cells: usize,
    rows: usize,
    tables: usize,
}

#[derive(Clone, Debug)]
enum Step {
    Blank(Size),
    Edit(usize, Edit),
    /// And whether the new frame is the one to be written to.
    Snapshot(usize, bool),
    Share(usize),
    Compose(usize, usize, u16),
    Release(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let frame = || 0..8_usize;
    let resize = (1..10_u16, 1..7_u16).prop_map(|(columns, rows)| Edit::Resize { columns, rows });
    prop_oneof![
        2 => size().prop_map(Step::Blank),
        8 => (frame(), edit()).prop_map(|(frame, edit)| Step::Edit(frame, edit)),
        2 => (frame(), resize).prop_map(|(frame, edit)| Step::Edit(frame, edit)),
        4 => (frame(), any::<bool>()).prop_map(|(frame, new)| Step::Snapshot(frame, new)),
        1 => frame().prop_map(Step::Share),
        2 => (frame(), frame(), 0..7_u16)
            .prop_map(|(base, target, rows)| Step::Compose(base, target, rows)),
        3 => frame().prop_map(Step::Release),
    ]
}

struct World<'s> {
    screens: Screens<'s>,
    frames: Vec<(Frame, Image)>,
    limits: Option<Limits>,
    /// In fixed memory, the one frame that may be written to: that of the latest snapshot.
    writable: Option<usize>,
    /// The size of frames that the store was laid out for.
    columns: u16,
    height: u16,
}

impl<'s> World<'s> {
    fn new(storage: ScreenStorage<'s>, limits: Option<Limits>) -> Self {
        let screens = Screens::new(storage);
        Self { screens, frames: Vec::new(), limits, writable: None, columns: 1, height: 1 }
    }

    fn run(mut self, steps: &[Step]) -> Result<(), TestCaseError> {
        for step in steps {
            self.step(step)?;
            self.check()?;
        }
        for (frame, _) in std::mem::take(&mut self.frames) {
            self.screens.release(frame);
        }
        self.check()
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let count = self.frames.len();
        match step {
            Step::Blank(size) if count < FRAMES => {
                let room = self.fits(*size) && self.has_room(size.columns, size.rows.into());
                let blank = self.screens.blank(*size);
                if let Some(frame) = expect(room, blank)? {
                    self.lay_out(*size);
                    self.writable = Some(count);
                    self.frames.push((frame, Image::blank(*size)));
                }
            }
            _ if count == 0 => {}
            Step::Edit(frame, edit) => self.edit(frame % count, edit)?,
            Step::Snapshot(of, write_new) => {
                let of = of % count;
                let (frame, image) = &self.frames[of];
                let image = image.clone();
                let snapshot = self.screens.snapshot(frame);
                let room = self.has_place() && self.has_room(1, usize::from(image.height()) + 1);
                if let Some(copy) = expect(room, snapshot)? {
                    self.writable = Some(if *write_new { count } else { of });
                    self.frames.push((copy, image));
                }
            }
            Step::Share(of) if self.limits.is_none() && count < FRAMES => {
                let (frame, image) = &self.frames[of % count];
                let image = image.clone();
                if let Some(copy) = expect(true, self.screens.share(frame))? {
                    self.frames.push((copy, image));
                }
            }
            Step::Compose(base, target, rows) => self.compose(base % count, *target, *rows)?,
            Step::Release(index) => {
                let index = index % count;
                let (frame, _) = self.frames.remove(index);
                self.screens.release(frame);
                self.writable = self.writable.filter(|&writable| writable != index);
                self.writable = self.writable.map(|at| at - usize::from(at > index));
            }
            Step::Blank(_) | Step::Share(_) => {}
        }
        Ok(())
    }

    fn edit(&mut self, frame: usize, edit: &Edit) -> Result<(), TestCaseError> {
        let index = if self.limits.is_some() { self.writable } else { Some(frame) };
        let Some(index) = index else { return Ok(()) };
        let tight = self.limits.is_some();
        let room = match *edit {
            Edit::Resize { columns, rows } => {
                // All rows of the frame may have to be copied.
                let old = self.frames[index].1.height();
                let more = old + rows.saturating_sub(old) + 1;
                self.fits(Size { columns, rows }) && self.has_room(columns, more.into())
            }
            // How much memory others hold for their texts is not followed.
            Edit::Title(_) | Edit::Icon(_) | Edit::Prefix(_) | Edit::Clipboard(_) => !tight,
            Edit::Copy { .. } | Edit::Directory(_) | Edit::Notify(_) => !tight,
            Edit::SetColor { .. } => !tight,
            _ => true,
        };
        let (frame, image) = &mut self.frames[index];
        let result = edit.apply(&mut self.screens, frame, image, tight);
        let size = image.size();
        if expect(room, result)?.is_some() {
            self.lay_out(size);
        }
        Ok(())
    }

    fn compose(&mut self, base: usize, target: usize, rows: u16) -> Result<(), TestCaseError> {
        // The target is the frame that goes on being written to.
        let any = target % self.frames.len();
        let target = if self.limits.is_some() { self.writable } else { Some(any) };
        let Some(target) = target else { return Ok(()) };
        let [from, to] = [base, target].map(|index| self.frames[index].1.clone());
        let mut image = from.clone();
        let rows_kept = rows.min(to.height());
        if from.size() != to.size() {
            image.rows = Image::blank(to.size()).rows;
        }
        image.rows[..usize::from(rows_kept)].clone_from_slice(&to.rows[..usize::from(rows_kept)]);
        image.cursor.row = image.cursor.row.min(to.height() - 1);
        image.cursor.column = image.cursor.column.min(to.columns() - 1);
        let composed = self.screens.compose(&self.frames[base].0, &self.frames[target].0, rows);
        let room = self.has_place() && self.has_room(1, 2 * usize::from(to.height()) + 1);
        if let Some(frame) = expect(room, composed)? {
            self.frames.push((frame, image));
        }
        Ok(())
    }

    fn lay_out(&mut self, size: Size) {
        self.columns = self.columns.max(size.columns);
        self.height = self.height.max(size.rows);
    }

    /// Whether `rows` more rows certainly fit: even if no row were shared.
    fn has_room(&self, columns: u16, rows: usize) -> bool {
        let Some(limits) = self.limits else { return true };
        let used: usize = self.frames.iter().map(|(_, image)| image.rows.len()).sum();
        let columns = usize::from(self.columns.max(columns));
        used + rows <= (limits.cells / columns).min(limits.rows)
    }

    /// Whether one more frame of the height that the store is laid out for certainly finds a
    /// place.
    fn has_place(&self) -> bool {
        let tables = self.limits.map_or(FRAMES, |limits| limits.tables / usize::from(self.height));
        self.frames.len() < tables.min(FRAMES)
    }

    /// Whether frames of this size need no more places than there are.
    fn fits(&self, size: Size) -> bool {
        self.limits.is_none() || size.rows <= self.height && self.has_place()
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let held: Vec<_> = self.frames.iter().map(|(frame, _)| frame).collect();
        self.screens.check(&held);
        for (index, (frame, image)) in self.frames.iter().enumerate() {
            let found = Image::of(&self.screens, frame);
            prop_assert!(found == *image, "frame {index}:{}", found.differences(image));
            prop_assert_eq!(image.flaw(), None);
        }
        for (a, x) in &self.frames {
            for (b, y) in &self.frames {
                self.check_pair((a, x), (b, y))?;
            }
        }
        Ok(())
    }

    /// Checks that the store finds the same two frames equal as the model, and that rows of one
    /// name are equal.
    fn check_pair(
        &self,
        (a, x): (&Frame, &Image),
        (b, y): (&Frame, &Image),
    ) -> Result<(), TestCaseError> {
        let visible = |image: &Image, language| {
            let mut look = image.look();
            look.modes = look.modes.carried(language);
            look.rows.last_mut().expect("a row").wrapped = false;
            if language == Language::Mosh {
                look.forget_ours();
            }
            look
        };
        for language in [Language::Mosh, Language::Ours] {
            let equal = visible(x, language) == visible(y, language);
            prop_assert_eq!(self.screens.same(a, b, language), equal, "{:?} {:?}", x, y);
        }
        for row in 0..x.height().min(y.height()) {
            if self.screens.row_id(a, row) == self.screens.row_id(b, row)
                && x.columns() == y.columns()
            {
                let row = usize::from(row);
                prop_assert_eq!(&x.rows[row], &y.rows[row]);
            }
        }
        Ok(())
    }
}

/// Takes a result, which may be `Full` only if there was no room.
fn expect<T>(room: bool, result: Result<T, Full>) -> Result<Option<T>, TestCaseError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Full) if room => Err(TestCaseError::fail("refused although there is room")),
        Err(Full) => Ok(None),
    }
}
