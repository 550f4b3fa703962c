//! What the API talks about.

pub mod book;
pub mod customer;
pub mod order;
pub mod session;
pub mod stock;
