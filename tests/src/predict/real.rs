//! Recordings through real programs, mosh 1.4's and ours, in real time: what a client shows of a
//! recorded session over a slow line, from the bytes that it writes to its terminal.
//!
//! In comes a recording, comes out a capture. Client and server are black boxes; neither knows
//! that what runs in the session is a replay. Whether what was shown is right is not decided here
//! but where simulated sessions are judged too.
//!
//! In reading order: [`program`] (what runs behind the server), [`user`] (who sits at the
//! client), [`capture`] (what that yields), [`session`] (all of it together), [`figures`] (what a
//! capture is worth), [`document`] (the tables, and what must hold).

pub mod capture;
pub mod document;
pub mod figures;
pub mod program;
pub mod session;
pub mod user;
