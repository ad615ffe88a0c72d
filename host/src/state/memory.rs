//! How much memory an instance may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::ResourceLimiter;

/// Table elements an instance may have: function references, a few thousand in
/// a component of this size.
const TABLE_ELEMENTS_MAX: usize = 100_000;

/// Memories, tables and core instances that an instance of the component may
/// have: several times what ours has, since each costs the host, too.
const MEMORIES_MAX: usize = 8;
const TABLES_MAX: usize = 32;
const INSTANCES_MAX: usize = 128;

/// Refuses memory past a limit, all memories together, and remembers that it did: what the guest makes
/// of the refusal is a trap like any other.
pub(crate) struct MemoryLimit {
    bytes_max: usize,
    bytes: usize,
    /// What the last grant added, should it come to nothing.
    granted: usize,
    hit: Arc<AtomicBool>,
}

/// Whether the limit was ever hit; survives the store.
#[derive(Clone)]
pub(crate) struct MemoryHit(Arc<AtomicBool>);

impl MemoryLimit {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            bytes: 0,
            granted: 0,
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
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let granted = more <= self.bytes_max.saturating_sub(self.bytes);
        self.granted = if granted { more } else { 0 };
        self.bytes += self.granted;
        if !granted {
            self.hit.store(true, Ordering::Relaxed);
        }
        Ok(granted)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.bytes -= std::mem::take(&mut self.granted);
        Ok(())
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX
    }

    fn tables(&self) -> usize {
        TABLES_MAX
    }

    fn instances(&self) -> usize {
        INSTANCES_MAX
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
        assert!(!limit.memory_growing(1 << 20, (1 << 20) + 1, None).unwrap());
        assert!(limit.hit().happened());
    }

    #[test]
    fn all_memories_together_have_the_limit() {
        let mut limit = MemoryLimit::new(3 << 20);
        assert!(limit.memory_growing(0, 2 << 20, None).unwrap());
        assert!(!limit.memory_growing(0, 2 << 20, None).unwrap());
        assert!(limit.memory_growing(0, 1 << 20, None).unwrap());
        // The operating system had none: it does not count.
        limit
            .memory_grow_failed(wasmtime::Error::msg("no memory"))
            .unwrap();
        assert!(limit.memory_growing(0, 1 << 20, None).unwrap());
        assert!(!limit.memory_growing(2 << 20, (2 << 20) + 1, None).unwrap());
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
