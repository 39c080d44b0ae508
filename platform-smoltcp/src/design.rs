//! Decisions and their reasons: keys without ssh.
//!
//! **Question.** Mosh leaves to ssh who may connect: a session begins when somebody who was let in
//! starts the server, and its key travels back to the client through ssh. A microcontroller has no
//! ssh. How does a key get to the client, and what is it worth?
//!
//! **Threats.** An attacker sees, drops, changes, repeats and forges datagrams. He may cut the
//! device's power at any moment, as often as he likes. He does not have the device's secret, the
//! session key, nor a view of the physical console.
//!
//! - *Reading and typing.* Every datagram is sealed with AES-128-OCB3 under the session key. What
//!   does not open is dropped, unanswered, and changes nothing but a counter; a port scan finds
//!   nothing. So a device that nobody has the key of is silent.
//! - *A nonce used twice* gives the difference of two plaintexts away and lets the attacker forge.
//!   Nonces count from zero under each key, so the question is whether a key can come twice. A
//!   [`SessionKey`](crate::keys::SessionKey) cannot be copied: a console takes it, and it is gone.
//!   Derived keys are numbered, and the number is stored as used *before* the key exists
//!   ([`DerivedKeys`](crate::keys::DerivedKeys)): wherever the power fails, a number may be lost
//!   unused, but none is used again. Printed keys are random each time.
//! - *The client's nonces* count from zero as well: the owner's tool has to derive a key once, too.
//!   A second `mosh-client` under the same key endangers what both typed, although the device
//!   ignores what repeats numbers that it has seen. For the next try there is the next number.
//! - *Repeating an old session* into the device fails: its key is never expected again.
//! - *Taking over* ([`Console::stand_by`](crate::Console::stand_by)): the first datagram under the
//!   next key ends the present session. Only who has the key can make one, but an attacker can hold
//!   one back that never reached the device, and bring it later: the session ends, and the
//!   device waits for a client that may be gone. The embedder learns of it and sets the next key.
//!   Nothing is read, and it works once for each such datagram.
//! - *Memory set back.* Who can restore an older image of the counter's memory can have a key used
//!   again; so the counter belongs where the secret is, behind the same read-out protection. While
//!   the power stays on, a counter that went back is noticed, and no key is made.
//! - *The secret read out* of a device gives all its sessions away, the recorded ones as well: there
//!   is no forward secrecy, as there is none in mosh. A secret is for one device only, so no other
//!   device is touched. Printed keys leave nothing to read out.
//! - *The printed line* is the key. Where the physical console is logged, filmed or reached by
//!   others, it is theirs too. It says nothing about the sessions before and after.
//! - *Using up numbers* by power cycles is harmless: there are 2^64. But owner and device have to
//!   agree on the number, so the device says it where it may be seen: on the physical console, or
//!   in an announcement of the embedder's. The number is no secret.
//!
//! **Choice.** The three ways of [`keys`](crate::keys), none of them built into the console, which
//! takes a key and asks no questions. AES is used as the pseudo-random function since the session
//! needs it anyway: a hash function would cost flash and gain nothing for one block.
//!
//! **What would change our mind.** A need for forward secrecy: it takes a key exchange (X25519 is
//! some 5 kB of code and a second of a small processor) on a channel that both sides can trust.
