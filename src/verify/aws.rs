//! What stands for AWS around each side of a comparison.
//!
//! Input: a command that starts a stand-in such as `moto_server`, or addresses where one listens, and what it should hold. Output: an
//! endpoint for each side, with the same data at the start of every group, which lets pass what roles allow and notes what is called.
//! Deliberately absent: any service of AWS itself.

mod call;
mod client;
mod decode;
mod guard;
mod iam;
mod seed;
mod stand_in;

pub use seed::{Seed, SeedError};
pub use stand_in::{Data, Place};

pub(super) use call::Call;
pub(super) use guard::{Denial, Guard, Roles, Starting};
pub(super) use iam::Atom;
pub(super) use stand_in::{Stand, StandError};
