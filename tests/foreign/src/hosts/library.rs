//! wasmtime as a library, an instance in each store.

use sfbox_emulator::Emulator;

use crate::conversation::{Guest, Host, Kept, Step};
use crate::org::{CONSUMER_SECRET, Org};
use crate::report::{Row, held};
use crate::{wasi_0_2, wasi_0_3};

/// An instance that lives in this process.
pub(crate) trait Embedded: Guest {
    /// Where its org's secret is.
    type Secret: Kept;

    /// A new one.
    async fn start(emulator: &Emulator, secret: &Self::Secret) -> Self;
}

struct Library<'a, G: Embedded> {
    org: &'a Org,
    secret: G::Secret,
    limits: &'static [(Step, &'static str)],
}

impl<G: Embedded> Host for Library<'_, G> {
    type Guest = G;

    async fn instance(&mut self) -> G {
        G::start(&self.org.emulator, &self.secret).await
    }

    async fn stored(&self) -> Option<String> {
        self.secret.token().await
    }

    fn limits(&self) -> &'static [(Step, &'static str)] {
        self.limits
    }
}

/// Holds the conversation with such instances.
pub(crate) async fn converse<G: Embedded>(row: &Row, limits: &'static [(Step, &'static str)]) {
    let org = Org::start().await;
    let mut host = Library::<G> {
        org: &org,
        secret: G::Secret::keep(CONSUMER_SECRET).await,
        limits,
    };
    held(row, &org, &mut host).await;
}

#[tokio::test]
async fn wasmtime_with_wasi_0_3() {
    let row = Row {
        order: 10,
        host: "wasmtime 48 as a library",
        wasi: "0.3",
    };
    converse::<wasi_0_3::Host>(&row, &[]).await;
}

#[tokio::test]
async fn wasmtime_with_wasi_0_2() {
    let row = Row {
        order: 20,
        host: "wasmtime 48 as a library",
        wasi: "0.2",
    };
    converse::<wasi_0_2::Host>(&row, ONE_AT_A_TIME).await;
}

/// What a component of WASI 0.2 cannot do on any host.
pub(crate) const ONE_AT_A_TIME: &[(Step, &str)] = {
    let why = "a component of WASI 0.2 serves one call at a time";
    &[(Step::AtOnce, why), (Step::SharedRenewal, why)]
};
