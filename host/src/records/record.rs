//! A record as Salesforce wrote it.

use bytes::Bytes;
use serde::de::DeserializeOwned;

/// A record: a JSON object, byte for byte as Salesforce wrote it but for line breaks between
/// its tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Record(Bytes);

impl Record {
    /// `None`: it is not text.
    pub(super) fn new(json: Bytes) -> Option<Self> {
        str::from_utf8(&json).is_ok().then_some(Self(json))
    }

    /// Its JSON text.
    pub fn get(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The record as a value of a type.
    ///
    /// # Errors
    ///
    /// When it is not of the type. The error's words quote the record.
    pub fn parse<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.0)
    }
}

/// A customer's data is not printed by accident.
impl std::fmt::Debug for Record {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Record({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_and_not_printed() {
        let json = Bytes::from_static(br#"{"Name":"CANARY"}"#);
        let record = Record::new(json).unwrap();
        assert_eq!(record.get(), r#"{"Name":"CANARY"}"#);
        let value: serde_json::Value = record.parse().unwrap();
        assert_eq!(value["Name"], "CANARY");
        assert_eq!(format!("{record:?}"), "Record(17 bytes)");
        assert!(Record::new(Bytes::from_static(b"\xff")).is_none());
    }
}
