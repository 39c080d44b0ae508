//! # Where we leave mosh's timing
//!
//! **Question.** Mosh 1.4 waits 8 ms before it sends a screen, to collect what a program writes
//! in several pieces, and paces everything at half the round trip (20 to 250 ms). On a fast
//! link an echo then costs 10 ms more than ssh's.
//!
//! **Choice.** The first change after silence is sent at once; collection and pacing apply to
//! what follows within the send interval. A program that redraws in pieces shows its first piece
//! early and the rest one interval later, as it would on a local terminal. A stock peer accepts
//! states at any rate: pacing is the sender's own courtesy.
//!
//! Everything else follows mosh: the retransmission timeout, delayed and empty
//! acknowledgements, heartbeats every 3 s, the shutdown handshake.
//!
//! **What would change our mind.** A measured link on which the early first piece costs more than
//! it gives.
