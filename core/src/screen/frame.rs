//! What a frame holds beside its rows.

use super::{Modes, Position, Rendition, Selections, Size, TextId};

/// The name of a screen image in a [`Screens`](super::Screens) store.
///
/// Neither `Clone` nor `Copy`: whoever holds it gives it back with
/// [`Screens::release`](super::Screens::release), exactly once.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Frame(pub(super) u16);

impl Frame {
    /// A number that no other frame has which is held at the same time.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.0
    }
}

/// What a frame holds a text for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Text {
    /// The window title.
    Title,
    /// The icon name.
    Icon,
    /// What was last copied to the clipboard, in base64 as the program gave it.
    Clipboard,
    /// What was last copied to a selection of which mosh 1.4 does not know.
    Selection,
    /// Colours that the program has set, as [`Screens::palette`](super::Screens::palette) reads.
    Palette,
    /// The working directory, as a URI (OSC 7).
    Directory,
    /// The newest notification, as the program gave it: the number of the command (OSC 9 or 777)
    /// and what follows.
    Notification,
}

impl Text {
    pub(super) const COUNT: usize = Self::Notification as usize + 1;
}

/// Where something was copied to, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Copied {
    /// Where it still is.
    pub to: Selections,
    /// How often something was copied, wrapping.
    pub count: u32,
}

/// Everything of a screen image but its rows.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FrameInfo {
    pub(super) size: Size,
    pub(super) texts: [TextId; Text::COUNT],
    pub(super) in_use: bool,
    /// Whether the program ever set a title: until then the user's own stays.
    pub title_set: bool,
    /// Where the cursor is.
    pub cursor: Position,
    /// What the next character is drawn with.
    pub rendition: Rendition,
    /// Modes that the user's terminal follows.
    pub modes: Modes,
    /// How often the bell rang, wrapping.
    pub bells: u32,
    /// How often the program wanted something noticed, wrapping.
    pub notifications: u32,
    /// What became of the texts [`Text::Clipboard`] and [`Text::Selection`].
    pub copied: [Copied; 2],
    /// The number of the newest input state whose effects had time to show.
    pub echo_ack: u64,
}

impl FrameInfo {
    /// A place without a frame, all zeros.
    pub(crate) const VACANT: Self = Self {
        size: Size { columns: 0, rows: 0 },
        texts: [TextId::EMPTY; Text::COUNT],
        in_use: false,
        title_set: false,
        cursor: Position { row: 0, column: 0 },
        rendition: Rendition::DEFAULT,
        modes: Modes::NONE,
        bells: 0,
        notifications: 0,
        copied: [Copied { to: Selections::NONE, count: 0 }; 2],
        echo_ack: 0,
    };

    /// The size of the screen.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// One of the texts.
    #[must_use]
    pub fn text(&self, text: Text) -> TextId {
        self.texts[text as usize]
    }

    /// The window title.
    #[must_use]
    pub fn title(&self) -> TextId {
        self.text(Text::Title)
    }

    /// The icon name.
    #[must_use]
    pub fn icon(&self) -> TextId {
        self.text(Text::Icon)
    }

    /// What was last copied, in base64 as the program gave it.
    #[must_use]
    pub fn clipboard(&self) -> TextId {
        self.text(Text::Clipboard)
    }
}
