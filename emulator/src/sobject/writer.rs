//! Who writes records, and what the request says of duplicates.
//!
//! Source: REST API Developer Guide, "Duplicate Rule Header".

use http::HeaderName;

use crate::call::Call;
use crate::org::Org;
use crate::request::Request;
use crate::version::ApiVersion;

static HEADER: HeaderName = HeaderName::from_static("sforce-duplicate-rule-header");

/// The first version that knows the header. Source: as above.
const HEADER_SINCE: u16 = 52;

/// What a request says of duplicates. It may also say whose sharing rules count: this
/// org has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DuplicateOptions {
    /// Whether a record is saved of which a rule only warns.
    pub(crate) allow_save: bool,
    /// Whether an error has the duplicates' fields, and not their ids only.
    pub(crate) include_record_details: bool,
}

/// Who writes.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) org: &'a Org,
    /// In which version records are told.
    pub(crate) version: ApiVersion,
    pub(crate) duplicates: DuplicateOptions,
}

impl<'a> Writer<'a> {
    /// The one who sent a request, with what its header says.
    pub(crate) fn of(call: &Call<'a>) -> Self {
        let is_known = call.version.number() >= HEADER_SINCE;
        let options = is_known.then(|| DuplicateOptions::of(call.request));
        Self {
            org: call.org,
            version: call.version,
            duplicates: options.unwrap_or_default(),
        }
    }

    /// One whose request has no such header.
    pub(crate) fn plain(org: &'a Org) -> Self {
        Self {
            org,
            version: ApiVersion::LATEST,
            duplicates: DuplicateOptions::default(),
        }
    }
}

impl DuplicateOptions {
    fn of(request: &Request) -> Self {
        let mut options = Self::default();
        for value in request.headers(&HEADER) {
            options.read(value);
        }
        options
    }

    fn read(&mut self, header: &str) {
        for option in header.split([';', ',']) {
            let Some((name, value)) = option.split_once('=') else {
                continue;
            };
            let is_on = value.trim().eq_ignore_ascii_case("true");
            match name.trim().to_ascii_lowercase().as_str() {
                "allowsave" => self.allow_save = is_on,
                "includerecorddetails" => self.include_record_details = is_on,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_what_becomes_of_duplicates() {
        for (header, allow_save, include_record_details) in [
            ("allowSave=true", true, false),
            (
                "allowSave=true; includeRecordDetails=true; runAsCurrentUser=true",
                true,
                true,
            ),
            ("ALLOWSAVE = TRUE,includeRecordDetails=false", true, false),
            ("allowSave=false", false, false),
            ("allowSave", false, false),
            ("allowSave=yes", false, false),
            ("", false, false),
        ] {
            let mut options = DuplicateOptions::default();
            options.read(header);
            let expected = DuplicateOptions {
                allow_save,
                include_record_details,
            };
            assert_eq!(options, expected, "{header}");
        }
    }
}
