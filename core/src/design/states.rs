//! # What the transport knows of what it carries
//!
//! **Question.** Client to server travels a stream of events of which every one counts; server to
//! client travels a picture of which only the newest counts. One engine should do both, and
//! later a second dialect, without knowing either.
//!
//! **Options.** One trait for a state that can be sent and received means methods that one side
//! never calls. Passing whole states by value, as an allocator would permit, copies screens.
//!
//! **Choice.** Two small traits. [`Outgoing`](crate::transport::Outgoing) is an object that its
//! owner changes at will, of which the sender keeps *snapshots*: handles that cost a table of row
//! numbers for a screen, and one number for the user's events.
//! [`Incoming`](crate::transport::Incoming) makes a new snapshot from any held one and a diff.
//! Neither is `Clone`: the transport gives every snapshot back exactly once, and a check counts
//! them in the tests.
//!
//! A diff may stop early at a state that can be numbered: some rows as they are now, the rest as
//! in the base. So no buffer needs to hold the diff of a whole screen, and the peer cannot tell.
//!
//! All states of one user are prefixes of one list of events, so a snapshot of it is a position,
//! which says which events of a diff are new: each is delivered once and in order, whichever
//! diffs carry it.
//!
//! **What would change our mind.** A third kind of object whose snapshots do not fit in a handle.
