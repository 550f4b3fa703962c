//! Small pieces of Rust that the program did not have: the stub of a skeleton router, and the entry of a Lambda function.
//!
//! Input: the name that the program gives to a crate, or an expression of it. Output: text to insert. Deliberately absent: where it goes
//! (`split`), and anything that could be a slice of the program.

use proc_macro2::TokenStream;
use quote::quote;

/// Name of the stub function.
pub const MISROUTED: &str = "misrouted";

/// The stub that stands for handlers of other functions, for Axum 0.6 to 0.8. `axum` is the crate's name in the code.
///
/// No request should reach it; one that does is logged and answered 500, because any other answer could be mistaken for the handler's.
pub fn misrouted(axum: &str) -> String {
    let axum = path(axum, "axum");
    print(&quote! {
        /// Stands for the handler of a route that another function owns.
        async fn misrouted(method: #axum::http::Method, uri: #axum::http::Uri) -> #axum::http::StatusCode {
            eprintln!("misrouted: {method} {uri} belongs to another function");
            #axum::http::StatusCode::INTERNAL_SERVER_ERROR
        }
    })
}

/// The stub as a `Service`, for `route_service`, `get_service` and `nest_service`.
pub fn misrouted_service(axum: &str) -> String {
    format!("{axum}::handler::HandlerWithoutStateExt::into_service({MISROUTED})")
}

/// What replaces a server: a future of a `Result<()>` like the server's, so that what follows it (`.await`, `?`, `.unwrap()`) stays as it is.
pub struct LambdaEntry {
    /// What stands before the router.
    pub before: &'static str,
    /// What stands after it.
    pub after: String,
}

impl LambdaEntry {
    /// `is_router`: it is known to be a router. The error is `std::io::Error`, or `hyper::Error` for code that takes no other: as none can be
    /// made, the process ends where the runtime does.
    pub fn new(axum_version: &str, is_router: bool, hyper_error: bool) -> Self {
        let mapped = "async { lambda_http::run(lambda_http::tower::ServiceExt::map_request(";
        let (before, body) = if is_before_0_7(axum_version) {
            // Routers of that time are of one body type, which is not Lambda's.
            (
                mapped,
                ", |request: lambda_http::Request| request.map(|body| axum::body::Body::from(body.to_vec())))",
            )
        } else if is_router {
            ("async { lambda_http::run(", "")
        } else {
            // A router takes bodies of any type and makes them Axum's; what a layer is around may take Axum's alone.
            (mapped, ", |request: lambda_http::Request| request.map(axum::body::Body::new))")
        };
        let end = if hyper_error {
            ".await.expect(\"the Lambda runtime ended\"); Ok::<(), hyper::Error>(()) }"
        } else {
            ".await.map_err(std::io::Error::other) }"
        };
        Self { before, after: format!("{body}){end}") }
    }
}

/// Axum up to 0.6 is on `http` 0.2.
fn is_before_0_7(axum_version: &str) -> bool {
    let version = axum_version.trim_start_matches(['^', '=', '~', '>', '<', ' ']);
    let minor = version.strip_prefix("0.").and_then(|rest| rest.split(['.', ',', ' ', '-']).next());
    minor.and_then(|minor| minor.parse::<u32>().ok()).is_some_and(|minor| minor < 7)
}

/// Key and TOML value of the dependency of the entry; `lambda_http` up to 0.8 is on `http` 0.2.
pub fn lambda_dependency(axum_version: &str) -> (String, String) {
    let version = if is_before_0_7(axum_version) { "0.8" } else { "1" };
    let value =
        format!("{{ version = \"{version}\", default-features = false, features = [\"apigw_http\"] }}");
    ("lambda_http".to_string(), value)
}

/// The same of `axum`, where a package has it only through another crate: the newest where the version is not known.
pub fn axum_dependency(version: &str) -> (String, String) {
    let version = version.trim_start_matches('^');
    let version = if version.is_empty() || version == "*" { "0.8" } else { version };
    ("axum".to_string(), format!("{{ version = \"{version}\" }}"))
}

/// A crate's name as tokens; `default` where it is no path.
fn path(text: &str, default: &str) -> TokenStream {
    let parsed = syn::parse_str::<syn::Path>(text).or_else(|_| syn::parse_str(default));
    let path = parsed.expect("the default is a path");
    quote!(#path)
}

fn print(tokens: &TokenStream) -> String {
    let file = syn::parse2(tokens.clone()).expect("the quoted items are valid Rust");
    prettyplease::unparse(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stub_uses_the_programs_name_for_axum() {
        let text = misrouted("web");
        assert!(text.starts_with("/// Stands for"), "{text}");
        assert!(text.contains("method: web::http::Method"), "{text}");
        assert!(misrouted("not a path!").contains("axum::http::Uri"));
        assert!(syn::parse_str::<syn::Expr>(&misrouted_service("axum")).is_ok());
    }

    #[test]
    fn the_entry_is_an_expression() {
        for version in ["0.8", "0.6.20", "=0.5", "", "*"] {
            for (is_router, hyper_error) in [(true, false), (false, false), (true, true), (false, true)] {
                let entry = LambdaEntry::new(version, is_router, hyper_error);
                let text = format!("{}app{}.await.unwrap()", entry.before, entry.after);
                assert!(syn::parse_str::<syn::Expr>(&text).is_ok(), "{text}");
            }
        }
        for (axum, lambda) in [("0.6.20", "0.8"), ("0.3", "0.8"), ("0.7", "1"), ("0.8", "1"), ("1", "1")] {
            assert!(lambda_dependency(axum).1.contains(&format!("\"{lambda}\"")), "{axum}");
        }
    }
}
