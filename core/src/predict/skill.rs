//! Which editing keys work as predicted.

use super::key::Edit;

/// What is known of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Skill {
    /// It was not tried.
    #[default]
    Untried,
    /// It did what was expected.
    Proved,
    /// It did something else.
    Refuted,
}

/// What is known of all keys, at prompts and elsewhere: full-screen programs have keys of their
/// own.
#[derive(Debug, Default)]
pub(super) struct Skills {
    at_prompt: [Skill; Edit::COUNT],
    elsewhere: [Skill; Edit::COUNT],
}

impl Skills {
    /// Whether the effect of `edit` may be shown.
    pub(super) fn has(&self, edit: Edit, at_prompt: bool) -> bool {
        match self.table(at_prompt)[edit as usize] {
            Skill::Proved => true,
            Skill::Refuted => false,
            // Line editors agree on all of these unless told otherwise, other programs on what
            // is written on keys.
            Skill::Untried => at_prompt && !edit.is_contested() || edit.is_labelled(),
        }
    }

    /// Whether `edit` did once what was expected.
    pub(super) fn has_proved(&self, edit: Edit, at_prompt: bool) -> bool {
        self.table(at_prompt)[edit as usize] == Skill::Proved
    }

    pub(super) fn handle_success(&mut self, edit: Edit, at_prompt: bool) {
        self.table_mut(at_prompt)[edit as usize] = Skill::Proved;
    }

    pub(super) fn handle_failure(&mut self, edit: Edit, at_prompt: bool) {
        self.table_mut(at_prompt)[edit as usize] = Skill::Refuted;
    }

    fn table(&self, at_prompt: bool) -> &[Skill; Edit::COUNT] {
        if at_prompt { &self.at_prompt } else { &self.elsewhere }
    }

    fn table_mut(&mut self, at_prompt: bool) -> &mut [Skill; Edit::COUNT] {
        if at_prompt { &mut self.at_prompt } else { &mut self.elsewhere }
    }
}
