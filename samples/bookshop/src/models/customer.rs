use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};

/// Someone who buys books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: String,
    pub name: String,
    pub email: String,
}

/// What customers may change about themselves.
#[derive(Debug, Deserialize)]
pub struct CustomerUpdate {
    pub name: String,
    pub email: String,
}

impl Customer {
    pub fn validate(&self) -> Result<()> {
        // "me" is a path of the API, so nobody can be called that.
        if self.id.trim().is_empty() || self.id == "me" {
            return Err(AppError::Invalid("this id cannot be used".to_owned()));
        }
        validate_contact(&self.name, &self.email)
    }
}

/// A name to print on the parcel, and an address that at least looks like one.
pub fn validate_contact(name: &str, email: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(AppError::Invalid("name must not be blank".to_owned()));
    }
    match email.split_once('@') {
        Some((user, domain)) if !user.is_empty() && domain.contains('.') => Ok(()),
        _ => Err(AppError::Invalid("email is not an address".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::validate_contact;

    #[test]
    fn an_address_needs_both_sides() {
        assert!(validate_contact("Ada", "ada@example.com").is_ok());
        for email in ["", "ada", "@example.com", "ada@example"] {
            assert!(validate_contact("Ada", email).is_err(), "{email}");
        }
    }
}
