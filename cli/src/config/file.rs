//! The file itself: keys at its top, and tables of them by profile.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Names;
use super::entry::Entry;
use super::key::closest;

/// The table that holds the profiles.
const PROFILES: &str = "profiles";

/// The key that names an org.
const ORG: &str = "org";

/// A file that has been read.
pub(super) struct File<'a> {
    text: &'a str,
    top: DeTable<'a>,
}

impl<'a> File<'a> {
    /// Reads TOML.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let parsed = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line(text, &span));
            format!("line {line}: {}", error.message())
        })?;
        Ok(Self {
            text,
            top: parsed.into_inner(),
        })
    }

    /// The keys at the top and those of a profile, which come later and so count
    /// for more.
    pub(super) fn entries(&self, profile: Option<&str>) -> Result<Vec<Entry<'_>>, String> {
        let mut entries = self.of(&self.top);
        entries.retain(|entry| entry.name != PROFILES);
        let profiles = self.profiles()?;
        // A mistake in a profile is found whichever is asked for.
        for (name, table) in &profiles {
            if profile == Some(name) {
                entries.extend(self.of(table));
            }
        }
        match profile {
            Some(profile) if !profiles.iter().any(|(name, _)| *name == profile) => {
                let names: Vec<&str> = profiles.iter().map(|(name, _)| *name).collect();
                Err(unknown_profile(profile, &names))
            }
            _ => Ok(entries),
        }
    }

    /// The orgs and the profiles that are named in it, each profile's org too.
    pub(super) fn names(&self) -> Names {
        let profiles = self.profiles().unwrap_or_default();
        let tables = profiles.iter().map(|(_, table)| *table);
        let orgs = std::iter::once(&self.top)
            .chain(tables)
            .filter_map(|table| table.get(ORG)?.get_ref().as_str())
            .map(str::to_owned);
        Names {
            orgs: orgs.collect(),
            profiles: profiles
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
        }
    }

    fn profiles(&self) -> Result<Vec<(&str, &DeTable<'a>)>, String> {
        let Some((_, profiles)) = self.top.iter().find(|(key, _)| key.get_ref() == PROFILES) else {
            return Ok(Vec::new());
        };
        let tables = |value: &Spanned<DeValue<'a>>| {
            let line = line(self.text, &value.span());
            format!("line {line}: profiles are tables, such as [profiles.prod]")
        };
        let DeValue::Table(profiles) = profiles.get_ref() else {
            return Err(tables(profiles));
        };
        profiles
            .iter()
            .map(|(name, value)| match value.get_ref() {
                DeValue::Table(table) => Ok((name.get_ref().as_ref(), table)),
                _ => Err(tables(value)),
            })
            .collect()
    }

    fn of<'f>(&'f self, table: &'f DeTable<'a>) -> Vec<Entry<'f>> {
        let entry = |(key, value): (&'f Spanned<_>, &'f Spanned<DeValue<'a>>)| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            Entry {
                name: name.as_ref(),
                value: value.get_ref(),
                line: line(self.text, &key.span()),
            }
        };
        table.iter().map(entry).collect()
    }
}

fn unknown_profile(profile: &str, names: &[&str]) -> String {
    let known = match names {
        [] => "the file has no profiles".to_owned(),
        names => format!("the file has {}", names.join(", ")),
    };
    match closest(profile, names.iter().copied()) {
        Some(close) => format!("unknown profile `{profile}`: did you mean `{close}`? ({known})"),
        None => format!("unknown profile `{profile}`: {known}"),
    }
}

fn line(text: &str, at: &Range<usize>) -> usize {
    let before = text.get(..at.start).unwrap_or(text);
    before.matches('\n').count() + 1
}
