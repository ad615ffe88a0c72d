//! What a component exports of the contract. Each interface is looked up by itself, so that
//! a component that lacks one still runs: one that is older than this host, or a test's.

use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use crate::bindings::exports::sfbox::client as contract;
use crate::error::Failure;

/// An interface, or why there is none.
type Found<T> = Result<T, NoInterface>;

/// An interface that the component does not export as this host knows it.
#[derive(Clone, Debug)]
pub(crate) struct NoInterface {
    interface: &'static str,
    /// wasmtime's words, which name the interface with its version, or the function.
    why: String,
}

impl NoInterface {
    /// What a call of the interface answers.
    pub(crate) fn failure(&self) -> Failure {
        let Self { interface, why } = self;
        Failure::Unsupported(format!(
            "the component does not export the interface `{interface}` of this version of sfbox \
             ({why}): use the built-in component, or one of the same version"
        ))
    }
}

macro_rules! interfaces {
    ($($interface:ident),*) => {
        /// Where the interfaces are in a component.
        pub(super) struct Indices {
            $($interface: Found<contract::$interface::GuestIndices>,)*
        }

        /// The interfaces of an instance.
        pub(crate) struct Exports {
            $(pub(crate) $interface: Found<contract::$interface::Guest>,)*
        }

        impl Indices {
            /// Looks for every interface.
            ///
            /// # Errors
            ///
            /// When there is not one: it is a component of somebody else's.
            pub(super) fn of<T>(component: &InstancePre<T>) -> wasmtime::Result<Self> {
                let indices = Self {$(
                    $interface: found(
                        stringify!($interface),
                        contract::$interface::GuestIndices::new(component),
                    ),
                )*};
                let missing = [$(indices.$interface.as_ref().err(),)*];
                let all: Option<Vec<&NoInterface>> = missing.into_iter().collect();
                match all {
                    Some(all) => Err(nothing(&all)),
                    None => Ok(indices),
                }
            }

            /// Looks them up in an instance. One whose functions have other types is missing,
            /// too.
            pub(super) fn load<T>(&self, store: &mut Store<T>, instance: &Instance) -> Exports {
                Exports {$(
                    $interface: match &self.$interface {
                        Ok(indices) => {
                            found(stringify!($interface), indices.load(&mut *store, instance))
                        }
                        Err(missing) => Err(missing.clone()),
                    },
                )*}
            }
        }
    };
}

interfaces!(
    query,
    query_stream,
    session,
    sobjects,
    collections,
    composite,
    search,
    org,
    rest,
    rest_streams
);

fn found<T>(interface: &'static str, looked_up: wasmtime::Result<T>) -> Found<T> {
    looked_up.map_err(|error| NoInterface {
        interface,
        why: error.root_cause().to_string(),
    })
}

/// That all of these are missing.
fn nothing(missing: &[&NoInterface]) -> wasmtime::Error {
    let whys: Vec<&str> = missing.iter().map(|missing| missing.why.as_str()).collect();
    wasmtime::Error::msg(whys.join("; "))
}
