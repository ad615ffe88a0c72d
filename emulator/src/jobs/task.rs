//! What a job is to do, how far it is, and how its CSV is written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::schema::Field;

/// What a job does with the records that are uploaded to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Operation {
    Insert,
    Update,
    Upsert,
    Delete,
    HardDelete,
}

/// An operation, and the field by which an upsert finds records: an external id, or
/// the id.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) operation: Operation,
    pub(crate) key: Option<Arc<Field>>,
}

/// How far a job of Bulk API 2.0 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum State {
    Open,
    UploadComplete,
    InProgress,
    JobComplete,
    Failed,
    Aborted,
}

/// What stands between two values of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Delimiter {
    Backquote,
    Caret,
    #[default]
    Comma,
    Pipe,
    Semicolon,
    Tab,
}

/// What stands at the end of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum LineEnding {
    #[default]
    Lf,
    Crlf,
}

/// How CSV is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) delimiter: Delimiter,
    pub(crate) line_ending: LineEnding,
}

impl Operation {
    /// Whether the records that are uploaded are there already.
    pub(crate) const fn is_by_id(self) -> bool {
        matches!(self, Self::Update | Self::Delete | Self::HardDelete)
    }

    /// Whether records go, so that an upload has nothing but their ids.
    pub(crate) const fn deletes(self) -> bool {
        matches!(self, Self::Delete | Self::HardDelete)
    }
}

impl State {
    /// Whether nothing happens to the job any more.
    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Self::JobComplete | Self::Failed | Self::Aborted)
    }
}

impl Delimiter {
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Backquote => b'`',
            Self::Caret => b'^',
            Self::Comma => b',',
            Self::Pipe => b'|',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

impl LineEnding {
    /// Its name in an error.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lf => "LF",
            Self::Crlf => "CRLF",
        }
    }
}
