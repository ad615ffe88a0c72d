//! The WIT adapter: the only module that calls what the component is built from.
//!
//! The contract's exports are in `functions`, once for both versions of WASI. Its imports
//! are [`Platform`](crate::platform::Platform)'s methods, once for each: `wasi_0_3` is the
//! product, `wasi_0_2` is for hosts that have nothing newer. What both share is named
//! alike in both.

mod clients;
mod conversion;
#[cfg(any(test, feature = "wasi-0-2"))]
mod event_loop;
mod failure;
mod functions;
mod message;
#[cfg(not(feature = "wasi-0-2"))]
mod records;
mod room;
#[cfg(not(feature = "wasi-0-2"))]
mod streams;
mod timing;
#[cfg(feature = "wasi-0-2")]
mod wasi_0_2;
#[cfg(not(feature = "wasi-0-2"))]
mod wasi_0_3;

#[cfg(feature = "wasi-0-2")]
use wasi_0_2 as wasi;
#[cfg(not(feature = "wasi-0-2"))]
use wasi_0_3 as wasi;
