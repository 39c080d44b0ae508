//! How keys are to be written: xterm's modifyOtherKeys (ctlseqs, "XTMODKEYS"), the flags of the
//! kitty keyboard protocol with their stacks, and the keypad.
//!
//! None of it changes what is received from the user: the client passes the modes on to the
//! user's terminal, which writes the keys. So programs are told of the kitty protocol only once
//! it is known that this terminal has it.

use super::parser::Sequence;
use super::{Emulation, Features};
use heapless::Vec;

/// All flags there are: disambiguate, event types, alternate keys, all as escape codes, text.
const FLAGS: u16 = 0x1f;

/// Entries of a stack; the oldest is dropped for one more, as the protocol permits.
const DEPTH: usize = 8;

/// The resource of XTMODKEYS that is modifyOtherKeys.
const OTHER_KEYS: u16 = 4;

/// The flags of the kitty keyboard protocol of a screen.
#[derive(Debug, Default)]
pub(super) struct Flags {
    stack: Vec<u8, DEPTH>,
    /// What is in force when the screen is shown again.
    hidden: u8,
}

impl Emulation<'_, '_> {
    fn flags_mut(&mut self) -> &mut Flags {
        &mut self.state.keyboards[usize::from(self.state.alternate)]
    }

    fn set_flags(&mut self, flags: u8) {
        self.screens.info_mut(self.frame).modes.keyboard.kitty = flags;
    }

    fn flags(&self) -> u8 {
        self.screens.info(self.frame).modes.keyboard.kitty
    }

    /// `CSI = flags ; mode u`: sets all flags, or some, or resets some.
    pub(super) fn change_flags(&mut self, sequence: &Sequence) {
        let (old, given) = (self.flags(), (sequence.param(0, 0) & FLAGS) as u8);
        match sequence.param(1, 1) {
            1 => self.set_flags(given),
            2 => self.set_flags(old | given),
            3 => self.set_flags(old & !given),
            _ => {}
        }
    }

    /// `CSI > flags u`: other flags until they are popped.
    pub(super) fn push_flags(&mut self, sequence: &Sequence) {
        let old = self.flags();
        let stack = &mut self.flags_mut().stack;
        if stack.is_full() {
            stack.remove(0);
        }
        // There is room now.
        let _ = stack.push(old);
        self.set_flags((sequence.param(0, 0) & FLAGS) as u8);
    }

    /// `CSI < count u`. Beyond the first entry there are no flags.
    pub(super) fn pop_flags(&mut self, sequence: &Sequence) {
        for _ in 0..usize::from(sequence.param(0, 1)).min(DEPTH + 1) {
            let flags = self.flags_mut().stack.pop().unwrap_or(0);
            self.set_flags(flags);
        }
    }

    /// `CSI ? u`.
    pub(super) fn report_flags(&mut self) {
        if self.facts.features.contains(Features::KITTY_KEYBOARD) {
            let flags = self.flags();
            self.reply_with(format_args!("\x1b[?{flags}u"));
        }
    }

    /// Exchanges the flags when the other screen is shown.
    pub(super) fn switch_flags(&mut self, alternate: bool) {
        let old = self.flags();
        self.state.keyboards[usize::from(!alternate)].hidden = old;
        self.set_flags(self.state.keyboards[usize::from(alternate)].hidden);
    }

    /// XTMODKEYS, `CSI > resource ; value m`, and its end, `CSI > resource n`. What is not named
    /// goes back to what it is at first.
    pub(super) fn modify_keys(&mut self, sequence: &Sequence) {
        let (resource, value) = (sequence.param(0, 0), sequence.param(1, 0));
        let level = &mut self.screens.info_mut(self.frame).modes.keyboard.modify_other_keys;
        match (resource, value) {
            // All resources.
            (0, _) => *level = 0,
            (OTHER_KEYS, 0..=2) => *level = value as u8,
            _ => {}
        }
    }

    /// XTQMODKEYS, `CSI ? resource m`.
    pub(super) fn report_modified_keys(&mut self, sequence: &Sequence) {
        if sequence.param(0, 0) == OTHER_KEYS {
            let level = self.screens.info(self.frame).modes.keyboard.modify_other_keys;
            self.reply_with(format_args!("\x1b[>4;{level}m"));
        }
    }

    /// DECKPAM, DECKPNM and mode 66.
    pub(super) fn set_keypad(&mut self, application: bool) {
        self.screens.info_mut(self.frame).modes.keyboard.application_keypad = application;
    }
}
