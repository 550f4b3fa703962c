/// Who is signed in, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub token: String,
    pub customer_id: String,
    /// Staff may change the catalogue and see every order.
    pub staff: bool,
}
