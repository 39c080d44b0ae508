//! Accounting for every reference, for tests.

use super::{Frame, Screens, TextId};

impl Screens<'_> {
    /// Checks that `held` are all the frames there are and that rows and texts have exactly the
    /// holders that these and extras account for; for tests.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn check(&self, held: &[&Frame]) {
        let in_use = self.infos.iter().filter(|info| info.in_use).count();
        assert_eq!(in_use, held.len(), "frames in use");
        let names = || {
            held.iter().flat_map(|frame| &self.table(frame)[..usize::from(self.size(frame).rows)])
        };
        let texts = || {
            let frames = held.iter().flat_map(|frame| self.info(frame).texts);
            frames.chain(self.extras.links()).chain(self.titles.iter().flatten().copied())
        };
        let mut rows = 0;
        for (index, id) in names().enumerate() {
            let holders = names().filter(|other| *other == id).count();
            assert_eq!(usize::from(self.rows.refs(*id)), holders, "holders of {id:?}");
            assert!(self.rows.blank_is_true(*id), "{id:?} is said to be empty");
            rows += usize::from(names().take(index).all(|other| other != id));
        }
        assert_eq!(self.rows.used(), rows, "rows in use");
        let mut count = 0;
        for (index, id) in texts().enumerate().filter(|(_, id)| *id != TextId::default()) {
            let holders = texts().filter(|other| *other == id).count();
            assert_eq!(usize::from(self.texts.refs(id)), holders, "holders of {id:?}");
            count += usize::from(texts().take(index).all(|other| other != id));
        }
        assert_eq!(self.texts.count(), count, "texts in use");
    }
}
