//! The modes of a terminal that are part of what its user sees.

use super::Language;

/// Which mouse events the program wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MouseMode {
    /// None.
    #[default]
    Off,
    /// Presses (X10, mode 9).
    Press,
    /// Presses and releases (mode 1000).
    Buttons,
    /// Presses and releases with highlighting (mode 1001).
    Highlight,
    /// Motion while a button is down as well (mode 1002).
    Drag,
    /// All motion (mode 1003).
    Motion,
}

impl MouseMode {
    /// Returns the mode that DECSET number `number` selects.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        Some(match number {
            9 => Self::Press,
            1000 => Self::Buttons,
            1001 => Self::Highlight,
            1002 => Self::Drag,
            1003 => Self::Motion,
            _ => return None,
        })
    }

    /// The number for DECSET, 0 for [`Off`](Self::Off).
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Off => 0,
            Self::Press => 9,
            Self::Buttons => 1000,
            Self::Highlight => 1001,
            Self::Drag => 1002,
            Self::Motion => 1003,
        }
    }
}

/// How mouse events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MouseEncoding {
    /// One byte for a coordinate.
    #[default]
    Byte,
    /// Coordinates as UTF-8 (mode 1005).
    Utf8,
    /// Numbers in a CSI sequence with `<` (mode 1006).
    Sgr,
    /// Numbers in a CSI sequence (urxvt, mode 1015).
    Decimal,
}

impl MouseEncoding {
    /// Returns the encoding that DECSET number `number` selects.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        Some(match number {
            1005 => Self::Utf8,
            1006 => Self::Sgr,
            1015 => Self::Decimal,
            _ => return None,
        })
    }

    /// The number for DECSET, 0 for [`Byte`](Self::Byte).
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Byte => 0,
            Self::Utf8 => 1005,
            Self::Sgr => 1006,
            Self::Decimal => 1015,
        }
    }
}

/// The shape of the cursor, and whether it blinks (DECSCUSR; xterm ctlseqs for the bar).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(missing_docs, reason = "the names say all")]
pub enum CursorStyle {
    /// What the user chose for the terminal.
    #[default]
    Default,
    BlinkingBlock,
    SteadyBlock,
    BlinkingUnderline,
    SteadyUnderline,
    BlinkingBar,
    SteadyBar,
}

impl CursorStyle {
    /// Returns the style that DECSCUSR number `number` selects.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        Some(match number {
            0 => Self::Default,
            1 => Self::BlinkingBlock,
            2 => Self::SteadyBlock,
            3 => Self::BlinkingUnderline,
            4 => Self::SteadyUnderline,
            5 => Self::BlinkingBar,
            6 => Self::SteadyBar,
            _ => return None,
        })
    }

    /// The number for DECSCUSR.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }
}

/// How keys are to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Keyboard {
    /// Flags of the kitty keyboard protocol that are in force.
    pub kitty: u8,
    /// Level of xterm's modifyOtherKeys, 0 to 2.
    pub modify_other_keys: u8,
    /// The keypad sends application sequences (DECKPAM, mode 66).
    pub application_keypad: bool,
}

/// The modes that belong to a screen and travel with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Modes {
    /// The cursor is shown (DECTCEM, mode 25).
    pub cursor_visible: bool,
    /// The whole screen is drawn inverse (DECSCNM, mode 5).
    pub reverse_video: bool,
    /// Pasted text is bracketed (mode 2004).
    pub bracketed_paste: bool,
    /// Focus changes are reported (mode 1004).
    pub focus_events: bool,
    /// The wheel sends cursor keys (mode 1007). Not in mosh 1.4's language.
    pub alternate_scroll: bool,
    /// The program draws on the alternate screen (mode 1049). Not in mosh 1.4's language.
    pub alternate_screen: bool,
    /// Which mouse events are reported.
    pub mouse: MouseMode,
    /// How they are written.
    pub mouse_encoding: MouseEncoding,
    /// They are in pixels, written as [`MouseEncoding::Sgr`] says, whatever the encoding is (mode
    /// 1016). Not in mosh 1.4's language.
    pub mouse_pixels: bool,
    /// The shape of the cursor. Not in mosh 1.4's language.
    pub cursor_style: CursorStyle,
    /// The cursor blinks (mode 12). Not in mosh 1.4's language.
    pub cursor_blink: bool,
    /// How keys are to be written. Not in mosh 1.4's language.
    pub keyboard: Keyboard,
}

impl Modes {
    /// None of them, not even a visible cursor.
    pub(super) const NONE: Self = Self {
        cursor_visible: false,
        reverse_video: false,
        bracketed_paste: false,
        focus_events: false,
        alternate_scroll: false,
        alternate_screen: false,
        mouse: MouseMode::Off,
        mouse_encoding: MouseEncoding::Byte,
        mouse_pixels: false,
        cursor_style: CursorStyle::Default,
        cursor_blink: false,
        keyboard: Keyboard { kitty: 0, modify_other_keys: 0, application_keypad: false },
    };

    /// These modes without those that no diff in this language carries.
    #[must_use]
    pub fn carried(self, language: Language) -> Self {
        match language {
            Language::Ours => self,
            Language::Mosh => Self {
                alternate_scroll: false,
                alternate_screen: false,
                mouse_pixels: false,
                cursor_style: CursorStyle::Default,
                cursor_blink: false,
                keyboard: Keyboard::default(),
                ..self
            },
        }
    }
}

impl Default for Modes {
    fn default() -> Self {
        Self { cursor_visible: true, ..Self::NONE }
    }
}
