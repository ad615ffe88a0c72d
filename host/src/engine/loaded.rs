//! The component, loaded: what all workers share.

use wasmtime::Store;
use wasmtime::component::{InstancePre, Linker};

use super::clock::EpochClock;
use super::exports::{Exports, Indices};
use super::image::Image;
use super::settings;
use crate::config::{ConfigError, Limits};
use crate::state::State;

/// What all workers share.
pub(super) struct Loaded {
    component: InstancePre<State>,
    indices: Indices,
    pub(super) clock: EpochClock,
    pub(super) limits: Limits,
}

impl Loaded {
    /// Loads the component, and starts its clock.
    ///
    /// # Errors
    ///
    /// When there is no component, when it was compiled for another engine, when it
    /// exports nothing of the contract, or when a thread cannot be started.
    pub(super) fn load(image: &Image, limits: Limits) -> Result<Self, ConfigError> {
        let engine = wasmtime::Engine::new(&settings::config())
            .map_err(|error| ConfigError::Engine(error.into()))?;
        let component = image.load(&engine)?;
        let mut linker = Linker::new(&engine);
        State::add_to_linker(&mut linker).map_err(|error| ConfigError::Engine(error.into()))?;
        let refused = |error: wasmtime::Error| ConfigError::Component(error.into());
        let component = linker.instantiate_pre(&component).map_err(refused)?;
        Ok(Self {
            indices: Indices::of(&component).map_err(refused)?,
            component,
            clock: EpochClock::start(&engine).map_err(ConfigError::Thread)?,
            limits,
        })
    }

    /// What its stores belong to.
    pub(super) fn engine(&self) -> &wasmtime::Engine {
        self.component.engine()
    }

    /// Starts an instance, and looks up what it exports.
    ///
    /// # Errors
    ///
    /// When the component traps.
    pub(super) async fn start(&self, store: &mut Store<State>) -> wasmtime::Result<Exports> {
        let instance = self.component.instantiate_async(&mut *store).await?;
        Ok(self.indices.load(store, &instance))
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        self.clock.stop();
    }
}
