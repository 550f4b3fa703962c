use std::convert::Infallible;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
use axum::http::request::Parts;

use crate::App;

const MAC_KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

pub struct User {
    pub name: String,
}

impl User {
    async fn of(parts: &Parts, app: &App) -> Result<Option<Self>, StatusCode> {
        let Some(token) = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
            return Ok(None);
        };
        let key = AttributeValue::S(token.to_owned());
        let output = app.dynamo.get_item().table_name("users").key("token", key).send().await;
        let item = output.map_err(|_| StatusCode::BAD_GATEWAY)?.item;
        let name = item.and_then(|item| item.get("name")?.as_s().ok().cloned());
        Ok(name.map(|name| User { name }))
    }
}

impl FromRequestParts<App> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StatusCode> {
        User::of(parts, app).await?.ok_or(StatusCode::UNAUTHORIZED)
    }
}

impl OptionalFromRequestParts<App> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, StatusCode> {
        User::of(parts, app).await
    }
}

/// A body whose signature was checked, and who sent it.
pub struct Signed {
    pub user: User,
    pub text: String,
}

impl FromRequest<App> for Signed {
    type Rejection = StatusCode;

    async fn from_request(request: Request, app: &App) -> Result<Self, StatusCode> {
        let (mut parts, body) = request.into_parts();
        let user = <User as FromRequestParts<App>>::from_request_parts(&mut parts, app).await?;
        let mac = parts.headers.get("x-mac").map(|value| value.as_bytes().to_vec());
        let text = String::from_request(Request::from_parts(parts, body), app).await;
        let text = text.map_err(|_| StatusCode::BAD_REQUEST)?;
        app.kms
            .verify_mac()
            .key_id(MAC_KEY)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(Blob::new(text.as_bytes()))
            .mac(Blob::new(mac.ok_or(StatusCode::BAD_REQUEST)?))
            .send()
            .await
            .map_err(|_| StatusCode::FORBIDDEN)?;
        Ok(Self { user, text })
    }
}

pub struct Locale(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Locale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let language = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(language.unwrap_or("en").to_owned()))
    }
}
