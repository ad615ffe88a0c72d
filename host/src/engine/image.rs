//! Where the component's machine code comes from.

use wasmtime::component::Component;

use crate::config::ConfigError;

/// The native image that was built in: see `build.rs`.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/image.rs"));
}

/// A component to run.
#[derive(Clone, Default)]
pub(crate) enum Image {
    /// The one that was built in.
    #[default]
    Embedded,
    /// A native image for this architecture and this version of wasmtime, in
    /// bytes that the embedder vouches for.
    Native(Vec<u8>),
    /// WebAssembly, to be compiled now.
    #[cfg(feature = "compiler")]
    Wasm(Vec<u8>),
}

impl Image {
    /// Loads the component.
    ///
    /// # Errors
    ///
    /// When none was built in, or when it is not one for this engine.
    pub(crate) fn load(&self, engine: &wasmtime::Engine) -> Result<Component, ConfigError> {
        let native = match self {
            Self::Embedded => embedded::IMAGE.ok_or(ConfigError::NoComponent)?,
            Self::Native(image) => image,
            #[cfg(feature = "compiler")]
            Self::Wasm(wasm) => {
                return Component::new(engine, wasm)
                    .map_err(|error| ConfigError::Component(error.into()));
            }
        };
        #[expect(unsafe_code, reason = "machine code cannot be checked, only trusted")]
        // SAFETY: the embedded image is the output of this project's own build,
        // and `Builder::native_image`, which is unsafe to call, passes on the
        // duty to vouch for any other.
        let component = unsafe { Component::deserialize(engine, native) };
        component.map_err(|error| ConfigError::Component(error.into()))
    }
}
