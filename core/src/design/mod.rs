//! Decisions that cost more than a day, each with the question, the options and what would change
//! our mind. Nothing here is code; it is rendered with the API so that it is found.
//!
//! - [`storage`]: one code path with and without a heap.
//! - [`states`]: what the transport knows of what it carries.
//! - [`language`]: what two ends of ours say that mosh 1.4 cannot.
//! - [`echo`]: showing what is typed before it is answered.
//! - [`timing`]: where we leave mosh's timing, and why a stock peer does not mind.

pub mod echo;
pub mod language;
pub mod states;
pub mod storage;
pub mod timing;
