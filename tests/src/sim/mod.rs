//! A network in a seed: whole sessions of the core, in virtual time, over simulated networks.
//!
//! In goes a [`Scenario`](scenario::Scenario) and one number, out comes a
//! [`Report`](world::Report) or the first rule that was broken. Real [`Client`] and [`Server`]
//! machines run on simulated hosts; clock, network, program, user and attacker belong to the
//! simulator, and all chance to the seed.
//!
//! In reading order: [`network`] (one direction), [`program`], [`user`], [`attack`], [`script`]
//! (what happens when), [`scenario`] (which worlds there are), [`host`] (a machine), [`tap`] (a
//! look at the wire), [`hash`], [`watch`] (when keys show), [`check`], [`glass`] and `pact` (the
//! rules), [`fault`] (planted ones), [`world`] (a run), [`run`] (many runs), [`table`] and
//! [`recovery`] (what they measure).
//!
//! [`Client`]: mosh_core::client::Client
//! [`Server`]: mosh_core::server::Server

pub mod attack;
pub mod check;
pub mod fault;
pub mod glass;
pub mod hash;
pub mod host;
pub mod network;
mod pact;
pub mod program;
pub mod recovery;
pub mod run;
pub mod scenario;
pub mod script;
pub mod table;
pub mod tap;
pub mod trace;
pub mod user;
pub mod watch;
pub mod world;
