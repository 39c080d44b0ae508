//! # Local echo
//!
//! **Question.** A character should appear when it is typed, not a round trip later. What a program
//! does with a key is unknown until it answers; a wrong picture is worse than a late one, and a
//! secret must never be seen.
//!
//! **Options.**
//!
//! - Predicted cells that are changed in place with each key and judged one by one, as in mosh
//!   1.4. They are tied to rows of the screen: all is lost when it scrolls, and a character that
//!   was predicted twice within a round trip has one expiry. Confidence is one counter that each
//!   control key resets, so the first key after every Enter, arrow or Tab waits for an echo.
//! - To ask the server for the modes of the tty. It knows when the kernel echoes, but most
//!   typing happens in line editors that switch that off; and it must work with a stock server.
//! - Replay: keep the unanswered keys and apply them anew to each screen that arrives.
//!
//! **Choice.** Replay, in [`predict`](crate::predict). Whatever is shown is the newest screen plus
//! what is unanswered, so nothing goes stale, and scrolling, resizing and the output of others
//! are no special cases. Which keys a screen answers follows from comparing its line with what was
//! predicted, by text and column and not by row, long before the server acknowledges; that it
//! answers less is believed only 100 ms after the acknowledgement, for slow programs.
//!
//! What a key does is one model of a line of text: the editor that readline, zsh, fish and text
//! fields have in common. Where they differ, nothing is predicted. Keys that turn out to do
//! something else are remembered, at prompts and elsewhere apart.
//!
//! Whether text is shown at all is decided a line at a time. A line begins with doubt: at least
//! one character has to be echoed, and where no line editor is known, two, or one that stands
//! for a while, since a key that answers a question is echoed, too, before a password is asked
//! for. Three things speak for a line editor: bracketed paste, which line editors switch on and
//! off around themselves; a prompt at which typing was echoed before; and one like it, of which
//! only a directory or the time has changed. Then the first key is shown. Nothing is shown behind
//! words that ask for a secret; stars and dots in place of what was typed prove nothing; and a
//! prefix like Ctrl-B, a press of Tab that leads to another field, or output in between bring
//! doubt back.
//!
//! Neither rows nor colours are compared. Text right of the cursor is pushed up to the first gap
//! of two blanks, a border or another background; suggestions, which are faint or grey, are
//! overwritten.
//!
//! **Effect.** Over 35 recorded sessions with real programs, on a simulated link, two thirds to
//! five sixths of the keys show at once; `tests/snapshots/predict.md` has each of them at 15
//! links, `tests/snapshots/real-predict.md` the real clients, ours and mosh 1.4's, side by side.
//! A prediction costs a copy of the rows that it changes and a comparison of one line, for each
//! key and each screen; its state takes a fixed 8 kB, and no heap is needed.
//!
//! **What would change our mind.** The native dialect can carry the tty's modes: where the kernel
//! echoes, its line discipline could be predicted exactly, and a secret be known for one.
