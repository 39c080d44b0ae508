//! A peer that holds the key and means harm.
//!
//! In goes the key of a session, out come datagrams that no honest peer would send, each of which
//! the victim opens and believes to be its peer's. Between two attacks the same peer talks sense,
//! and the victim must serve it. Nothing here does I/O: the same attacks are made on the core's
//! endpoints in virtual time and on the real programs.
//!
//! In reading order: [`plot`] (how datagrams are made by hand), [`attacks`] (the list), [`noise`]
//! (what chance adds to it), [`peer`] (the two faces of the peer).

pub mod attacks;
pub mod noise;
pub mod peer;
pub mod plot;
