//! A file of keys that is created while a door is open without one.

use std::time::Duration;

use sfbox_gateway::KeyFile;
use tokio::time::sleep;

/// How often it is looked for.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// Waits until the file is there. One that cannot be used is not there yet.
pub(super) async fn created(file: &KeyFile, interval: Duration) {
    while !file.is_there().await.unwrap_or(false) {
        sleep(interval).await;
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use sfbox::policy::Policy;
    use sfbox_gateway::{Entry, Key, Terms};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_file_is_noticed_when_it_is_created() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::in_folder(folder.path().join("door"));
        let soon = Duration::from_millis(1);
        let waited = timeout(20 * soon, created(&file, soon)).await;
        waited.expect_err("there is none");
        let terms = Terms {
            name: "a".parse().unwrap(),
            org: "acme".to_owned(),
            policy: Policy::default(),
            term: "1d".parse().unwrap(),
            rate: None,
            concurrency: None,
        };
        let entry = Entry::new(&Key::generate().unwrap(), terms, Timestamp::now());
        file.add(&entry).await.unwrap();
        created(&file, Duration::MAX).await;
    }
}
