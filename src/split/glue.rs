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

/// What replaces `axum::serve(listener, ROUTER)`: a future of `std::io::Result<()>` like that one, so that what follows it
/// (`.await`, `?`, `.unwrap()`) stays as it is.
pub fn lambda_serve(router: &str) -> String {
    format!("async {{ lambda_http::run({router}).await.map_err(std::io::Error::other) }}")
}

/// Key and TOML value of the dependency that `lambda_serve` needs. Axum 0.6 is on `http` 0.2, as `lambda_http` up to 0.8 is.
pub fn lambda_dependency(axum_version: &str) -> (String, String) {
    let old = axum_version.trim_start_matches(['^', '=', '~', ' ']).starts_with("0.6");
    let version = if old { "0.8" } else { "1" };
    let value =
        format!("{{ version = \"{version}\", default-features = false, features = [\"apigw_http\"] }}");
    ("lambda_http".to_string(), value)
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
        assert!(syn::parse_str::<syn::Expr>(&lambda_serve("app.into_make_service()")).is_ok());
        assert!(lambda_dependency("0.6.20").1.contains("\"0.8\""));
        assert!(lambda_dependency("0.8").1.contains("\"1\""));
    }
}
