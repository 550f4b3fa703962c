//! Messages between the parts of this process.

#[derive(Default)]
pub struct Bus;

#[derive(Default)]
pub struct Message {
    topic: String,
    text: String,
}

impl Bus {
    pub fn publish(&self) -> Message {
        Message::default()
    }
}

impl Message {
    pub fn topic_arn(mut self, topic: &str) -> Self {
        self.topic = topic.to_owned();
        self
    }

    pub fn message(mut self, text: &str) -> Self {
        self.text = text.to_owned();
        self
    }

    pub async fn send(self) -> usize {
        self.topic.len() + self.text.len()
    }
}
