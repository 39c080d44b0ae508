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
//! Screens of many kilobytes follow one another at a kilobyte a millisecond at most: more
//! pictures would cost both ends most of their time, and nobody could look at them.
//!
//! The retransmission timeout is limited to 1 s as in mosh, but never below 5/4 of a measured round
//! trip: on a link of 2 s everything would count as lost before it can be acknowledged.
//!
//! What is lost is known earlier: a packet of the peer that does not acknowledge what was sent a
//! round trip before shows it (the time threshold of RFC 9002 §6.1.2, with the variation of the
//! round trip as its margin). The first packet after a silence thus brings everything else with
//! it. Where one packet in ten is lost, a small diff is repeated before it can be known.
//!
//! Small diffs are repeated at an even pace, as in mosh. Longer ones are not: they fill queues. A
//! diff of several datagrams may take as long as the path took for the bytes before; as long as
//! that was never seen, a second (RFC 6298 §2.1), unless packets are often lost. Each second
//! repetition doubles the wait (RFC 6298 §5.5). Repetitions are the same to the byte, so that the
//! fragments of several tries complete each other; at 29 % loss nine fragments hardly ever arrive
//! together. A mosh 1.4 receiver collects them the same way.
//!
//! With 28 states under way changes are paced as mosh paces them: a sender remembers 32, and what it
//! has forgotten cannot be acknowledged.
//!
//! Everything else follows mosh: delayed and empty acknowledgements, heartbeats every 3 s, the
//! shutdown handshake. [`Timing::Stock`](crate::transport::Timing::Stock) undoes all of this.
//!
//! # What it gives
//!
//! From a key to its echo on simulated links, both ends with one timing (`cargo xtask sim --table`
//! measures it anew), in milliseconds.
//!
//! | link | mosh 1.4: median, mean, p99 | ours: median, mean, p99 |
//! |---|---:|---:|
//! | LAN, round trip 1 ms | 10.5, 11.3, 27.1 | 1.5, 1.6, 1.9 |
//! | EV-DO, round trip 500 ms | 693.8, 693.7, 852.0 | 510.3, 512.2, 536.4 |
//! | LTE, queue of 5 s filled by a download | 4731.9, 4733.7, 5301.2 | 4569.8, 4597.0, 5194.9 |
//! | transoceanic, round trip 273 ms | 369.6, 367.5, 446.8 | 273.6, 274.9, 292.3 |
//! | round trip 100 ms, 29 % lost each way | 159.0, 197.6, 554.4 | 120.2, 131.6, 267.5 |
//! | round trip 100 ms, 50 % lost each way | 264.2, 303.9, 853.4 | 150.0, 181.2, 465.0 |
//! | round trip 100 ms, bursts of loss, 20 % each way | 125.4, 226.7, 1200.5 | 108.9, 183.0, 982.7 |
//! | round trip 2 s | 2209.0, 2209.8, 2478.2 | 2000.6, 2003.0, 2028.9 |
//! | 64 kbit/s, round trip 60 ms, a build prints | 97.4, 105.2, 162.5 | 87.8, 91.1, 157.9 |
//! | 64 kbit/s, round trip 60 ms, queue of 16 s, 40 kB pasted | 11107.5, 18776.2, 62535.2 | 4005.2, 4043.8, 4227.7 |
//! | 64 kbit/s, round trip 60 ms, queue of 16 s, large pages | 594.3, 597.2, 666.5 | 585.1, 585.1, 588.7 |
//! | round trip 100 ms, 29 % lost each way, large pages | 364.2, 388.8, 1024.5 | 229.0, 258.2, 586.0 |
//! | round trip 100 ms, another address every 30 s | 109.7, 117.6, 158.8 | 100.5, 101.1, 108.4 |
//! | round trip 100 ms, more than 1000 bytes vanish, large pages | 512839.0, 515577.5, 955974.6 | 100.5, 100.5, 100.9 |
//!
//! After a trouble, from the first packet that can pass until both ends agree, on a link with a
//! round trip of 100 ms: with ours at most 121 ms, with mosh's timing up to 3 s. (More than one
//! round trip, because an answer that is printed in pieces is sent in two.)
//!
//! It costs datagrams: at 500 ms 4294 instead of 2391 up and 5048 instead of 1907 down in 15
//! minutes of typing, at 29 % loss 8135 instead of 4224 and 11192 instead of 6526.
//!
//! **What would change our mind.** A measured link on which the early first piece costs more than
//! it gives.
