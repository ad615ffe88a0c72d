//! How much memory an instance may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::ResourceLimiter;

/// Table elements an instance may have: function references, a few thousand in
/// a component of this size.
const TABLE_ELEMENTS_MAX: usize = 100_000;

/// Refuses memory past a limit, and remembers that it did: what the guest makes
/// of the refusal is a trap like any other.
pub(crate) struct MemoryLimit {
    bytes_max: usize,
    hit: Arc<AtomicBool>,
}

/// Whether the limit was ever hit; survives the store.
#[derive(Clone)]
pub(crate) struct MemoryHit(Arc<AtomicBool>);

impl MemoryLimit {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            hit: Arc::default(),
        }
    }

    pub(crate) fn hit(&self) -> MemoryHit {
        MemoryHit(Arc::clone(&self.hit))
    }
}

impl MemoryHit {
    pub(crate) fn happened(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = desired <= self.bytes_max;
        if !granted {
            self.hit.store(true, Ordering::Relaxed);
        }
        Ok(granted)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_granted_and_one_byte_more_is_not() {
        let mut limit = MemoryLimit::new(1 << 20);
        assert!(limit.memory_growing(0, 1 << 20, None).unwrap());
        assert!(!limit.hit().happened());
        assert!(!limit.memory_growing(0, (1 << 20) + 1, None).unwrap());
        assert!(limit.hit().happened());
    }

    #[test]
    fn tables_are_bounded() {
        let mut limit = MemoryLimit::new(0);
        assert!(limit.table_growing(0, TABLE_ELEMENTS_MAX, None).unwrap());
        assert!(
            !limit
                .table_growing(0, TABLE_ELEMENTS_MAX + 1, None)
                .unwrap()
        );
    }
}
