//! # What two ends of ours say that mosh 1.4 cannot
//!
//! **Question.** Mosh's screen diff is a stream of escape sequences for the emulator in its client,
//! which is ten years old. How do links, cursor shapes, keyboards and palettes reach the user's
//! terminal without a stock peer noticing?
//!
//! **Options.** A new format of screens from the first packet on needs to know the peer before it
//! speaks, or a flag of the launcher that a stock one does not pass. A new format later needs both
//! ends to agree from which state on it holds, while states of either form are under way. A larger
//! vocabulary in the old format needs neither, as long as the reader has always known it.
//!
//! **Choice.** Escape sequences stay, and there is one emulator: what it understands from a program
//! it understands from a peer. What may be *written* is a set of
//! [`Capabilities`](crate::diff::Capabilities), and there are three kinds: those of a mosh 1.4
//! client, the whole language, and what the user's own terminal has. What *counts* when screens are
//! compared is a [`Language`](crate::screen::Language), so that a stock session sends nothing for
//! what its client could not show.
//!
//! The offer rides in a field of the instruction that mosh 1.4 skips. A server settles with the
//! first instruction that it reads and never changes its mind, so no state is sent in one language
//! and diffed against in the other; `transport::agreement` has the argument that nothing lost,
//! doubled or late makes the ends settle differently, and the simulator tries.
//!
//! Answers to a program's queries are made by the server from
//! [`Facts`](crate::terminal::Facts) that the client told it as an event of the input: reliable, in
//! order, and at once when the program asks. They are never part of a screen, where a diff that is
//! sent twice would ask twice.
//!
//! Only the emulating side has the hidden one of the two buffers, wraps lines anew when the width
//! changes, and knows margins, stacks and character sets. The peer is told what is shown.
//!
//! The user's terminal is described twice: by its terminfo entry, at once, and by its answers to
//! questions that are written before the first picture. What is drawn until these come uses what
//! the description has; then the picture is drawn again if there is more. A description is believed
//! where it says more than others do, and not where a name is borrowed: xterm's is. Colours become
//! the nearest of fewer only where a description has fewer than 256 or the terminal tells that it
//! took another colour for a direct one; many show direct colours and say so nowhere, and a stock
//! client has always sent them. REP is used for terminals that name themselves, and for ASCII where
//! a description has it: some repeat nothing else.
//!
//! Two modes that terminals have are left alone. Margins at the sides (69) would move a part of
//! rows, as a pane beside another scrolls; rows are found by their identity, which a part of one does
//! not have, and comparing columns of cells would cost every frame more than such a pane saves. Sizes
//! told among the keys (2048) say no more than SIGWINCH does, which comes without a filter; where a
//! terminal is far away, what brings its keys brings that signal, too.
//!
//! A cell stays at 12 bytes: 22 bits of glyph, two colours of 25 bits, eight attributes, a shape of
//! underline, and a number of 12 bits for what few cells have, a link or the colour of an
//! underline. These are kept once each in a table that is swept when it is full; a link that finds no
//! room is lost, text never is.
//!
//! Some of what xterm and others understand is left out on purpose. DECRQCRA, the checksum of a
//! rectangle, answers with what is on the screen, which other programs and other hosts may have
//! drawn: asked cell by cell it reads the screen back, and no program that people use needs it.
//! LNM does not make Return send two characters: only the server knows of the mode, where keys and
//! pasted text look alike. Of OSC 133 only the rows where prompts and outputs begin are kept, which
//! is what terminals offer to jump to; where input begins (`B`) and how a command ended (`D`) would
//! take memory for each row. REP repeats a cluster only while the cursor stands behind it.
//!
//! **What would change our mind.** Measurements of redraws over slow links: a structured diff may
//! be smaller, and can use the same agreement.
