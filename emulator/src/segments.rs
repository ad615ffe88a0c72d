//! The segments of a path for which its row has a parameter.

/// Names and segments. A segment is as it came: no percent-encoding is decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Segments(Vec<(&'static str, String)>);

impl Segments {
    /// The segment at `{name}`; empty if the path has no character there.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(parameter, _)| *parameter == name);
        found.map_or("", |(_, segment)| segment)
    }
}

impl<'a> FromIterator<(&'static str, &'a str)> for Segments {
    fn from_iter<I: IntoIterator<Item = (&'static str, &'a str)>>(pairs: I) -> Self {
        let owned = |(name, segment): (_, &str)| (name, segment.to_owned());
        Self(pairs.into_iter().map(owned).collect())
    }
}
