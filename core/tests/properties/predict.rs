//! The predictor, on any screen and for any keys, answered in any way.

use std::time::Duration;

use mosh_core::predict::{Display, Predictor};
use mosh_core::screen::{Frame, ScreenStorage, Screens, Size};
use mosh_core::storage::Slab;
use mosh_core::terminal::{Replies, Terminal, TerminalStorage};
use mosh_core::time::Instant;
use mosh_core::transport::StateNum;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::edit::size;
use super::program::{Pieces, join, simple};

/// After this, a key that the server says was applied is answered, whatever the screen shows.
const GRACE: Duration = Duration::from_millis(100);

/// What happens to a predictor.
#[derive(Clone, Debug)]
enum Step {
    /// The user types, and the keyboard hands this over at once.
    Keys(String),
    /// A paste of more than one would type.
    Paste,
    /// A screen arrives that some of the keys have been applied to, in sixteenths of those that
    /// have not.
    Output(Pieces, u8),
    /// A screen arrives that shows what so many unanswered keys should do.
    Echo(u8),
    Resize(Size),
    Pass(u16),
    Interval(u16),
}

fn key() -> impl Strategy<Value = String> {
    let character = select(vec!['a', 'b', ' ', '$', '*', '.', 'é', '漢', '\u{301}', '😀', '─']);
    let key = select(vec![
        "\r",
        "\x7f",
        "\x1b[D",
        "\x1b[C",
        "\x1b[A",
        "\x1b[H",
        "\x1b[F",
        "\x1b[3~",
        "\x1b[1;5D",
        "\x1b[1;5C",
        "\x01",
        "\x02",
        "\x05",
        "\x06",
        "\x0b",
        "\x15",
        "\x17",
        "\x1bb",
        "\x1bf",
        "\x1bd",
        "\x1b\x7f",
        "\t",
        "\x1b",
        "\x03",
        "\x10",
        "\x0c",
    ]);
    prop_oneof![3 => character.prop_map(String::from), 2 => key.prop_map(String::from)]
}

fn step() -> impl Strategy<Value = Step> {
    let keys = prop_oneof![
        8 => vec(key(), 1..4),
        1 => vec(key(), 100..300),
    ];
    prop_oneof![
        8 => keys.prop_map(|keys| Step::Keys(keys.concat())),
        1 => Just(Step::Paste),
        3 => (simple(), 0..=16_u8).prop_map(|(output, acked)| Step::Output(output, acked)),
        2 => Just(Step::Output(vec![String::from("\x1b[?2004h\r$ ").into()], 16)),
        8 => (0..=16_u8).prop_map(Step::Echo),
        1 => size().prop_map(Step::Resize),
        4 => (0..400_u16).prop_map(Step::Pass),
        1 => (0..400_u16).prop_map(Step::Interval),
    ]
}

fn display() -> impl Strategy<Value = Display> {
    select(vec![Display::Adaptive, Display::Always, Display::Experimental, Display::Never])
}

struct World {
    screens: Screens<'static>,
    terminal: Terminal<'static>,
    newest: Frame,
    predictor: Predictor,
    now: Instant,
    /// The newest input state, and what the program would echo of those not answered.
    typed: u64,
    unanswered: Vec<(u64, String)>,
    /// Since when all keys are answered.
    answered_at: Instant,
}

impl World {
    fn new(size: Size, rows: usize, display: Display, overwrite: bool) -> Self {
        let mut screens = Screens::new(ScreenStorage {
            cells: Slab::growable(rows * usize::from(size.columns)),
            row_info: Slab::growable(rows),
            tables: Slab::growable(1 << 10),
            infos: Slab::growable(16),
            texts: Slab::growable(64),
            clusters: Slab::growable(64),
            extras: Slab::growable(64),
        });
        let newest = screens.blank(size).unwrap();
        Self {
            screens,
            terminal: Terminal::new(TerminalStorage { string: Slab::growable(64) }, size),
            newest,
            predictor: Predictor::new(display, overwrite),
            now: Instant::from_millis(1000),
            typed: 0,
            unanswered: Vec::new(),
            answered_at: Instant::from_millis(1000),
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Keys(keys) => {
                self.typed += 1;
                let num = StateNum(self.typed);
                for &byte in keys.as_bytes() {
                    self.predictor.handle_byte(self.now, byte, num);
                }
                self.predictor.handle_read(self.now, num, &mut self.screens, &self.newest);
                self.unanswered.push((self.typed, keys.clone()));
            }
            Step::Paste => {
                self.typed += 1;
                let num = StateNum(self.typed);
                self.predictor.handle_paste(self.now, num);
                self.predictor.handle_read(self.now, num, &mut self.screens, &self.newest);
                self.unanswered.push((self.typed, String::new()));
            }
            Step::Output(output, acked) => {
                let count = self.unanswered.len() * usize::from(*acked) / 16;
                self.arrives(&join(output), count);
            }
            Step::Echo(acked) => {
                let count = self.unanswered.len() * usize::from(*acked) / 16;
                let echo: String =
                    self.unanswered[..count].iter().map(|(_, keys)| keys.as_str()).collect();
                self.arrives(echo.replace('\x7f', "\x08 \x08").as_bytes(), count);
            }
            Step::Resize(size) => {
                let Ok(next) = self.screens.snapshot(&self.newest) else { return };
                if self.terminal.resize(&mut self.screens, &next, *size).is_ok() {
                    self.replace(next);
                } else {
                    self.screens.release(next);
                }
            }
            Step::Pass(ms) => {
                self.now += Duration::from_millis((*ms).into());
                self.predictor.handle_timeout(self.now, &mut self.screens, &self.newest);
            }
            Step::Interval(ms) => {
                self.predictor.handle_interval(Duration::from_millis((*ms).into()));
            }
        }
    }

    fn arrives(&mut self, output: &[u8], count: usize) {
        let Ok(next) = self.screens.snapshot(&self.newest) else { return };
        self.terminal.write(&mut self.screens, &next, output, &mut Replies::new());
        if let Some((num, _)) = self.unanswered.drain(..count).next_back() {
            self.screens.info_mut(&next).echo_ack = num;
        }
        self.replace(next);
    }

    fn replace(&mut self, next: Frame) {
        self.screens.release(std::mem::replace(&mut self.newest, next));
        self.predictor.handle_frame(self.now, &mut self.screens, &self.newest);
        self.answered_at = self.now;
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        self.screens.check(&[&self.newest]);
        let due = self.predictor.poll_timeout();
        self.predictor.handle_timeout(self.now, &mut self.screens, &self.newest);
        let next = self.predictor.poll_timeout();
        prop_assert!(next.is_none_or(|at| at > self.now), "due {due:?} then {next:?}");
        let counters = *self.predictor.counters();
        prop_assert!(counters.shown <= counters.keys && counters.wrong <= counters.shown);
        prop_assert!(counters.hidden <= counters.confirmed && counters.confirmed <= counters.keys);
        let Ok(target) = self.screens.snapshot(&self.newest) else { return Ok(()) };
        self.predictor.apply(&mut self.screens, &target);
        let result = self.check_overlay(&target);
        self.screens.release(target);
        self.screens.check(&[&self.newest]);
        result
    }

    fn check_overlay(&self, target: &Frame) -> Result<(), TestCaseError> {
        let size = self.screens.size(target);
        let cursor = self.screens.info(target).cursor;
        prop_assert_eq!(size, self.screens.size(&self.newest));
        prop_assert!(cursor.row < size.rows && cursor.column < size.columns, "{:?}", cursor);
        let settled = self.unanswered.is_empty() && self.now.since(self.answered_at) >= GRACE;
        if settled {
            prop_assert_eq!(cursor, self.screens.info(&self.newest).cursor);
        }
        for row in 0..size.rows {
            let cells = self.screens.row(target, row);
            for (column, cell) in cells.iter().enumerate() {
                let wide = column.checked_sub(1).is_some_and(|left| cells[left].glyph().is_wide());
                prop_assert_eq!(cell.glyph().is_tail(), wide, "row {} column {}", row, column);
            }
            prop_assert!(!cells[cells.len() - 1].glyph().is_wide(), "row {} hangs over", row);
            if settled {
                prop_assert_eq!(cells, self.screens.row(&self.newest, row));
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(super::cases(2000))]

    #[test]
    fn predictions_fit_the_screen_and_end_with_the_answer(
        size in size(),
        screens in 1..5_usize,
        display in display(),
        overwrite in any::<bool>(),
        steps in vec(step(), 1..60),
    ) {
        let rows = usize::from(size.rows) * screens + 2;
        let mut world = World::new(size, rows, display, overwrite);
        for step in &steps {
            world.step(step);
            world.check()?;
        }
    }
}
