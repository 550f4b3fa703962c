//! Logical ids: alphanumeric, unique in the template, and the same for the same input.
//!
//! Source of the rule: the CloudFormation user guide, "Resources section structure" and "Parameters".

use std::collections::BTreeSet;

/// Hands out logical ids; parameters and resources share one namespace.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// `wanted`, or `wanted2`, `wanted3`... when it is taken.
    pub(super) fn claim(&mut self, wanted: &str) -> String {
        let wanted = if wanted.is_empty() { "Unnamed" } else { wanted };
        let mut name = wanted.to_string();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        name
    }
}

/// `get-users-id`, `GET_USERS_ID` and `/users/{id}` as `GetUsersId`, `GetUsersId` and `UsersId`.
pub(super) fn pascal(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let shout = word.len() > 1 && !word.chars().any(|c| c.is_ascii_lowercase());
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.extend(chars.map(|c| if shout { c.to_ascii_lowercase() } else { c }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alphanumeric_and_unique() {
        assert_eq!(pascal("ITEMS_TABLE"), "ItemsTable");
        assert_eq!(pascal("get-items-id"), "GetItemsId");
        assert_eq!(pascal("src/db.rs"), "SrcDbRs");
        assert_eq!(pascal("itemsTable"), "ItemsTable");
        let mut names = Names::default();
        assert_eq!(names.claim("A"), "A");
        assert_eq!(names.claim("A"), "A2");
        assert_eq!(names.claim("A"), "A3");
        assert_eq!(names.claim(""), "Unnamed");
    }
}
