//! Numbers in sentences.

/// `1 route`, `2 routes`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = match (number, noun) {
        (1, _) => noun.to_string(),
        (_, "policy") => "policies".to_string(),
        _ => format!("{noun}s"),
    };
    format!("{number} {plural}")
}
