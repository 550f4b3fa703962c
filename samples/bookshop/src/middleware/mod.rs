//! Middleware of our own.

pub mod auth;
