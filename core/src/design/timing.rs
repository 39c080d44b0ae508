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
//! The pause after a diff is in proportion to its length. What a link has to carry are bytes, so
//! a keystroke or its echo earns 20 to 30 ms, a full datagram the whole interval: at no time is
//! more sent than mosh sends in full datagrams. On links with a long round trip, where nearly
//! every key falls into the interval after the one before, the echo now costs the round trip.
//!
//! The retransmission timeout is limited to 1 s as in mosh, but never below 5/4 of a measured round
//! trip: on a link of 2 s everything would count as lost before it can be acknowledged.
//!
//! Everything else follows mosh: delayed and empty acknowledgements, heartbeats every 3 s, the
//! shutdown handshake.
//!
//! # What it gives
//!
//! From a key to its echo on simulated links (see `cargo xtask sim --table`), in milliseconds.
//! Where packets are lost, the first repetition of a small diff comes after that pause too, and
//! not after half a round trip.
//!
//! | link | before: median, mean | after: median, mean |
//! |---|---:|---:|
//! | EV-DO, round trip 500 ms | 700.7, 706.5 | 510.3, 511.7 |
//! | transoceanic, 273 ms | 376.1, 380.5 | 273.6, 274.9 |
//! | 100 ms, 29 % lost each way | 164.5, 179.1 | 120.2, 131.5 |
//! | 100 ms, 50 % lost each way | 219.8, 247.0 | 150.0, 182.5 |
//! | 100 ms, bursts of loss | 136.8, 292.6 | 111.0, 264.2 |
//! | 2 s | 2223.7, 2228.0 | 2000.6, 2002.5 |
//! | a pager where more than 1000 bytes vanish, 100 ms | 479679, 493978 | 100.5, 100.5 |
//!
//! It costs datagrams: at 500 ms 4300 instead of 2835 up and 5054 instead of 2499 down in 15
//! minutes of typing, at 29 % loss 8098 instead of 7510 and 10916 instead of 7824.
//!
//! Paths that swallow large datagrams are found by what is not acknowledged while the peer is
//! heard; the last row shows it.
//!
//! **What would change our mind.** A measured link on which the early first piece costs more than
//! it gives.
