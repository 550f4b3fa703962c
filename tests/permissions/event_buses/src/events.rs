use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_eventbridge::types::builders::PutEventsRequestEntryBuilder;
use lambda_http::Error;
use serde::{Deserialize, Serialize};

const AUDIT_BUS: &str = "audit";

#[derive(Serialize, Deserialize)]
pub struct OrderPlaced {
    pub id: String,
    pub total: u64,
}

#[derive(Clone)]
pub struct Events {
    client: Client,
    bus: String,
}

pub fn entry(kind: &str, detail: &impl Serialize) -> Result<PutEventsRequestEntryBuilder, serde_json::Error> {
    let detail = serde_json::to_string(detail)?;
    Ok(PutEventsRequestEntry::builder().source("shop.orders").detail_type(kind).detail(detail))
}

impl Events {
    pub fn new(config: &SdkConfig, bus: String) -> Self {
        Self { client: Client::new(config), bus }
    }

    pub async fn order_placed(&self, order: &OrderPlaced) -> Result<(), Error> {
        let entry = entry("OrderPlaced", order)?.event_bus_name(&self.bus).build();
        self.client.put_events().entries(entry).send().await?;
        Ok(())
    }

    pub async fn order_cancelled(&self, id: &str) -> Result<(), Error> {
        let entries = vec![
            entry("OrderCancelled", &id)?.event_bus_name(&self.bus).build(),
            entry("OrderCancelled", &id)?.event_bus_name(AUDIT_BUS).build(),
        ];
        self.client.put_events().set_entries(Some(entries)).send().await?;
        Ok(())
    }

    pub async fn refresh(&self) -> Result<(), Error> {
        self.client.put_events().entries(entry("Refresh", &())?.build()).send().await?;
        Ok(())
    }
}
