//! The sfbox component.
