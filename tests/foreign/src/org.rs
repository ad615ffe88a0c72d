//! The org of a conversation.

use sfbox_emulator::{Control, Emulator};

pub(crate) use crate::secret::ORG;

/// The app's secret: nothing that a host shows may have it in it.
pub(crate) const CONSUMER_SECRET: &str = "CANARY-consumer-secret";

/// More than two pages of 200 rows.
pub(crate) const ACCOUNTS: usize = 500;

/// An emulated org.
pub(crate) struct Org {
    pub(crate) emulator: Emulator,
}

impl Org {
    /// As Salesforce serves it.
    pub(crate) async fn start() -> Self {
        let emulator = Self::described().start().await.unwrap();
        Self { emulator }
    }

    /// Over plain HTTP, for a detour that ends at its address. What it says of itself
    /// is the same.
    pub(crate) async fn start_at_detour() -> Self {
        let detour = Self::described().plain();
        let detour = detour.public_url("https://acme.my.salesforce.com");
        let emulator = detour.start().await.unwrap();
        Self { emulator }
    }

    fn described() -> sfbox_emulator::Builder {
        Emulator::builder()
            .my_domain("acme.my")
            .credentials("key", CONSUMER_SECRET)
            .body_length_required()
            .accounts(ACCOUNTS)
    }

    pub(crate) fn control(&self) -> Control {
        self.emulator.control()
    }

    /// Where a detour leads: an address and a port.
    pub(crate) fn detour(&self) -> String {
        self.emulator.address().to_string()
    }

    /// The secret with its credentials, as JSON text.
    pub(crate) fn secret() -> String {
        serde_json::json!({
            "Domain": "acme.my",
            "ConsumerKey": "key",
            "ConsumerSecret": CONSUMER_SECRET,
        })
        .to_string()
    }
}
