//! `sfbox get`.

use clap::Args;
use serde_json::value::RawValue;
use sfbox::{ExternalId, Fetched, Key, Options, Org, ReadOptions};

use crate::calling::Calling;
use crate::condition::Changed;
use crate::help::ShortHelp;
use crate::object_name::{ObjectName, is_name};
use crate::records::{Output, members};
use crate::report::{note, remark};
use crate::rows::{Rows, Source, Value};
use crate::verdict::{Unreadable, Usage};
use crate::write::{Input, NotAllSaved};

/// Records that are read in one call.
const CALL: usize = 2_000;

/// Print records of an object by their ids
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "sfbox get [OPTIONS] <OBJECT> <ID|FIELD=VALUE>\n       sfbox get [OPTIONS] --field <FIELDS> <OBJECT> <ID>...\n       sfbox get [OPTIONS] --field <FIELDS> <OBJECT> --file <FILE>",
    after_help = "One record is named by its id, or by an external id as FIELD=VALUE; without `--field` all
of its fields are printed. Several records are named by their ids, or by the column `Id`
of a file, and need `--field`. The records are printed in the order of the ids.

A record that does not exist, or that the user may not see, is named on stderr; the exit
status is then 1.

Examples:
  sfbox get Account 001D000000IqhSLIAZ --field Name,Industry
  sfbox get Account Tax_Id__c=DE/123
  sfbox get Contact --file ids.csv --field Id,LastName,Email --output csv"
)]
pub(crate) struct Get {
    /// The API name of the object, such as Account or Invoice__c
    object: ObjectName,
    /// The ids of the records, or an external id
    #[arg(value_name = "ID|FIELD=VALUE", conflicts_with = "file")]
    keys: Vec<String>,
    #[command(flatten)]
    input: Input,
    /// The fields to print, separated by commas; may be repeated
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    field: Vec<String>,
    #[command(flatten)]
    changed: Changed,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    help: ShortHelp,
}

impl Get {
    pub(crate) async fn run(&self, org: &Org, call: &Options) -> anyhow::Result<()> {
        if let Some(wrong) = self.field.iter().find(|field| !is_name(field)) {
            let why = format!("`{wrong}` is no name of a field: it has letters, digits and `_`");
            return Err(Usage::new(why).into());
        }
        let if_changed = self.changed.validator()?;
        let source = self.input.source()?;
        match (source, self.keys.as_slice()) {
            (None, []) => {
                let why = "which records? Give an id, FIELD=VALUE, or `--file FILE`";
                Err(Usage::new(why).into())
            }
            (None, [key]) => {
                let options = ReadOptions {
                    call: call.clone(),
                    if_changed,
                    headers: Vec::new(),
                };
                self.one(org, &key_of(key), &options).await
            }
            _ if if_changed.is_some() => {
                let why = "a condition is for one record";
                Err(Usage::new(why).into())
            }
            _ if self.field.is_empty() => {
                let why = "several records need `--field`: name the fields to print";
                Err(Usage::new(why).into())
            }
            (None, keys) => self.many(org, call, Source::typed("Id", keys)?).await,
            (Some(source), _) => self.many(org, call, source).await,
        }
    }

    async fn one(&self, org: &Org, key: &Key, options: &ReadOptions) -> anyhow::Result<()> {
        let object = self.object.as_str();
        let mut calling = Calling::begin(org)?;
        let get = org.get(object, key, &self.field, options);
        let Fetched::Content(content) = calling.during(get).await?? else {
            note("the record has not been changed");
            return Ok(());
        };
        let record: &RawValue = serde_json::from_str(&content.body).map_err(Unreadable::Answer)?;
        let names = match self.field.is_empty() {
            true => members(&[record]).map_err(Unreadable::Answer)?,
            false => self.field.clone(),
        };
        self.output.print_one(&names, record)?;
        if let Some(etag) = &content.etag {
            remark(&format!("entity tag: {etag}"));
        }
        Ok(())
    }

    async fn many(&self, org: &Org, call: &Options, source: Source) -> anyhow::Result<()> {
        let mut rows = Rows::of(&source, self.input.reading()?)?;
        let mut calling = Calling::begin(org)?;
        let mut records = self.output.open(&self.field);
        let (mut all, mut missing) = (0, 0);
        loop {
            let (ids, lines) = ids(&mut rows)?;
            if ids.is_empty() {
                break;
            }
            let get = org.get_many(self.object.as_str(), &ids, &self.field, call);
            let read = calling.during(get).await??;
            let mut found = Vec::with_capacity(read.len());
            for (record, (id, line)) in read.into_iter().zip(ids.iter().zip(&lines)) {
                match record {
                    Some(text) => {
                        found.push(RawValue::from_string(text).map_err(Unreadable::Answer)?);
                    }
                    None => {
                        missing += 1;
                        note(&format!(
                            "line {line}: there is no record {id} for this user"
                        ));
                    }
                }
            }
            all += ids.len() as u64;
            let page: Vec<&RawValue> = found.iter().map(AsRef::as_ref).collect();
            records.page(&page, true)?;
        }
        records.page(&[], false)?;
        records.end()?.finish()?;
        match missing {
            0 => Ok(()),
            _ => Err(NotAllSaved::not_found(missing, all).into()),
        }
    }
}

/// The next ids of an input, and the lines on which they stand.
fn ids(rows: &mut Rows) -> anyhow::Result<(Vec<String>, Vec<u64>)> {
    let (mut ids, mut lines) = (Vec::new(), Vec::new());
    while ids.len() < CALL {
        let Some(row) = rows.next()? else { break };
        let names = rows.names().list();
        let is_id = |place: &usize| {
            let name = names.get(*place);
            name.is_some_and(|name| name.text.eq_ignore_ascii_case("Id"))
        };
        let value = row.values.iter().find(|(place, _)| is_id(place));
        let id = match value {
            Some((_, Value::Text(id))) if !id.is_empty() => id.clone(),
            Some((_, Value::Json(json))) if json.get().starts_with('"') => {
                serde_json::from_str(json.get())?
            }
            _ => {
                let why = format!("line {}: there is no `Id`", row.line);
                return Err(Usage::new(why).into());
            }
        };
        ids.push(id);
        lines.push(row.line);
    }
    Ok((ids, lines))
}

fn key_of(text: &str) -> Key {
    match text.split_once('=') {
        None => Key::Id(text.to_owned()),
        Some((field, value)) => Key::External(ExternalId {
            field: field.to_owned(),
            value: value.to_owned(),
        }),
    }
}
