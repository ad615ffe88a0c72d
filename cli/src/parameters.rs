//! `--param` and `--params`: the values of the places `:name` in a statement.

mod file;
mod typed;

use std::path::PathBuf;

use clap::Args;
use sfbox::{Parameter, Value};

use crate::verdict::Usage;
use typed::Typed;

/// The values of a statement.
#[derive(Args, Debug)]
pub(crate) struct Parameters {
    /// The value of a place :NAME in the statement, as a text; repeated, a list for IN.
    /// NAME:TYPE=VALUE has another type: number, boolean, id, date, datetime, time,
    /// date-literal, null, and after LIKE pattern, starts-with, ends-with, contains
    #[arg(long, value_name = "NAME[:TYPE]=VALUE", value_parser = Typed::parse)]
    param: Vec<Typed>,
    /// A JSON file with values, by the names of their places: texts, numbers, booleans,
    /// null, lists, and objects such as {"date": "2026-05-07"} for other types
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
}

impl Parameters {
    /// The values, those of the file first.
    ///
    /// # Errors
    ///
    /// What cannot be read, and a name that is in both.
    pub(crate) fn read(&self) -> anyhow::Result<Vec<Parameter>> {
        let mut parameters = match &self.params {
            Some(name) => file::read(name)?,
            None => Vec::new(),
        };
        let of_file = parameters.len();
        for Typed { name, value } in &self.param {
            let (known, typed) = parameters.split_at_mut(of_file);
            if known.iter().any(|known| known.name == *name) {
                let why = format!("`{name}` is in `--params`, and cannot be in `--param` too");
                return Err(Usage::new(why).into());
            }
            match typed.iter_mut().find(|typed| typed.name == *name) {
                Some(typed) => typed.values.push(value.clone()),
                None => parameters.push(of(name, vec![value.clone()])),
            }
        }
        Ok(parameters)
    }
}

fn of(name: &str, values: Vec<Value>) -> Parameter {
    Parameter {
        name: name.to_owned(),
        values,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Typed {
        Typed::parse(text).unwrap()
    }

    #[test]
    fn a_repeated_name_is_a_list() {
        let parameters = Parameters {
            param: vec![typed("ids=1"), typed("name=x"), typed("ids:null=")],
            params: None,
        };
        let read = parameters.read().unwrap();
        let read: Vec<(&str, usize)> = read
            .iter()
            .map(|one| (&*one.name, one.values.len()))
            .collect();
        assert_eq!(read, [("ids", 2), ("name", 1)]);
    }

    #[test]
    fn a_name_has_its_values_in_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("params.json");
        std::fs::write(&name, r#"{"name": "a"}"#).unwrap();
        let parameters = |param| Parameters {
            param: vec![typed(param)],
            params: Some(name.clone()),
        };
        assert_eq!(parameters("other=x").read().unwrap().len(), 2);
        assert!(parameters("name=x").read().is_err());
    }
}
