//! CloudFormation values: an ordered tree with intrinsics and comments.
//!
//! Input: what the other files of `aws` decide. Output: `CfnValue`. Deliberately absent: text (`render::yaml` writes it).

use crate::ordered::OrderedMap;

/// A value of a template. Intrinsics are values of their own, so that no writer has to guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CfnValue {
    Str(String),
    Int(i64),
    Bool(bool),
    Seq(Vec<CfnValue>),
    Map(CfnMap),
    /// Logical id, parameter or pseudo parameter: `!Ref ItemsTable`.
    Ref(String),
    /// Logical id and attribute: `!GetAtt EdgeRole.Arn`.
    GetAtt(String, String),
    /// Text with `${Name}`: `!Sub arn:${AWS::Partition}:s3:::${Bucket}`. A literal `${` stands as `${!`.
    Sub(String),
    /// A value with comment lines above its key or list item.
    Commented(Vec<String>, Box<CfnValue>),
}

/// Entries in the order in which they are written.
pub type CfnMap = OrderedMap<String, CfnValue>;

impl CfnValue {
    pub fn str(text: impl Into<String>) -> Self {
        CfnValue::Str(text.into())
    }

    pub fn reference(id: impl Into<String>) -> Self {
        CfnValue::Ref(id.into())
    }

    pub fn att(id: impl Into<String>, attribute: &str) -> Self {
        CfnValue::GetAtt(id.into(), attribute.to_string())
    }

    pub fn sub(text: impl Into<String>) -> Self {
        CfnValue::Sub(text.into())
    }

    pub fn seq(items: impl IntoIterator<Item = CfnValue>) -> Self {
        CfnValue::Seq(items.into_iter().collect())
    }

    /// Entries in the given order.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, CfnValue)>) -> Self {
        CfnValue::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// The value with `lines` above it; unchanged when there are none.
    #[must_use]
    pub fn commented(self, lines: Vec<String>) -> Self {
        if lines.is_empty() { self } else { CfnValue::Commented(lines, Box::new(self)) }
    }

    /// The value under `key`, comments skipped.
    pub fn get(&self, key: &str) -> Option<&CfnValue> {
        match self.plain() {
            CfnValue::Map(map) => map.get(key).map(CfnValue::plain),
            _ => None,
        }
    }

    /// The value without its comments.
    pub fn plain(&self) -> &CfnValue {
        match self {
            CfnValue::Commented(_, value) => value.plain(),
            value => value,
        }
    }
}
