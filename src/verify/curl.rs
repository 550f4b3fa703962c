//! A request -> a command that sends it.
//!
//! Source: curl's manual page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::event::Request;

/// Where `run` serves.
pub(super) const LOCAL: &str = "http://127.0.0.1:3000";

/// A command that sends a request to a system: its URL without a slash at the end.
pub(super) fn curl(request: &Request, system: &str) -> String {
    let mut command = vec!["curl --include --path-as-is".to_string()];
    match request.method.as_str() {
        "GET" => {}
        "HEAD" => command.push("--head".to_string()),
        method => command.push(format!("--request {}", quoted(method))),
    }
    for (name, value) in &request.headers {
        // An empty value wants a semicolon.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        command.push(format!("--header {}", quoted(&header)));
    }
    let mut before = String::new();
    match std::str::from_utf8(&request.body) {
        Ok("") => {}
        Ok(text) if text.len() <= 2000 => command.push(format!("--data-binary {}", quoted(text))),
        // A body that was made long is long at its end.
        Ok(text) => {
            let start = text.trim_end_matches(' ');
            if start.len() <= 2000 {
                before = format!("printf '%-{}s' {} | ", text.chars().count(), quoted(start));
            } else {
                before = format!("printf '%s' {} | ", quoted(text));
            }
            command.push("--data-binary @-".to_string());
        }
        Err(_) => {
            let encoded = STANDARD.encode(&request.body);
            before = format!("printf {} | base64 --decode | ", quoted(&encoded));
            command.push("--data-binary @-".to_string());
        }
    }
    command.push(quoted(&format!("{system}{}", request.target)));
    format!("{before}{}", command.join(" "))
}

/// A word as a shell takes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_can_be_repeated_by_curl() {
        let of = |method: &str, headers: &[(&str, &str)], body: &[u8]| {
            let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            let request =
                Request { method: method.into(), target: "/a?b=1&c".into(), headers, body: body.to_vec() };
            curl(&request, LOCAL)
        };
        let url = "'http://127.0.0.1:3000/a?b=1&c'";
        assert_eq!(
            of("GET", &[("x", "it's")], b""),
            format!(r"curl --include --path-as-is --header 'x: it'\''s' {url}")
        );
        assert_eq!(
            of("HEAD", &[("x", "")], b""),
            format!("curl --include --path-as-is --head --header 'x;' {url}")
        );
        assert_eq!(
            of("PUT", &[], b"{}"),
            format!("curl --include --path-as-is --request 'PUT' --data-binary '{{}}' {url}")
        );
        let long = [b"{}".as_slice(), &[b' '; 3000]].concat();
        let sent = format!(
            "printf '%-3002s' '{{}}' | curl --include --path-as-is --request 'PUT' --data-binary @- {url}"
        );
        assert_eq!(of("PUT", &[], &long), sent);
        let bytes = "printf '/w==' | base64 --decode | curl";
        assert!(of("PUT", &[], b"\xff").starts_with(bytes));
    }
}
