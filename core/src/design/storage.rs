//! # One code path with and without a heap
//!
//! **Question.** A phone should grow to whatever window its user opens; a microcontroller has
//! 256 KiB and no allocator. How does one engine serve both?
//!
//! **Options.** Const generics make the size of the screen a type, so it cannot change at run
//! time and spreads into every signature. A storage trait makes two code paths with a nicer face.
//! `Rc` rows on one side and a pool on the other are two types behind one alias.
//!
//! **Choice.** Everything whose size depends on the screen or on a message lies in a
//! [`Slab`](crate::storage::Slab): a slice that was handed in, or a vector with a limit. What the
//! protocol itself bounds (timers, sent states, parameters of a control sequence) lies in
//! `heapless` containers with the same constant everywhere. Running out is an ordinary value,
//! [`Full`](crate::storage::Full), and every place that can meet it has a stated answer: the
//! sender forgets a state from the middle of its list, the receiver treats the instruction as
//! lost, the user's keys are refused and offered again.
//!
//! Rows are shared between screens and copied when written
//! ([`Screens`](crate::screen::Screens)). So that the terminal never runs out in the middle of a
//! program's output, the check stands where states are *kept*: a snapshot is refused unless the
//! live screen could be rewritten completely afterwards. With `H` rows, the peer's base, the
//! newest sent state, the live screen and one row to scroll in need `3 H + 1` rows.
//!
//! A cell takes 12 bytes, colours and attributes included; [`language`](super::language) says how.
//! Interned styles would make it 8, but then a screen full of colour gradients could
//! run out of styles, and colours would be lost; nothing may be lost.
//!
//! **What would change our mind.** A board on which 4 bytes a cell decide whether a session fits.
