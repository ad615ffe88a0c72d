//! `--dry-run` against what the org refuses: no false alarm over random good rows, and
//! nearly all of what is refused of random bad ones.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use workspace::extent;

use crate::numbers::Numbers;
use crate::org::Org;
use crate::sfbox::Run;

/// Of a hundred refused rows, so many are predicted at least.
const PREDICTED_MIN: usize = 95;

/// A text of letters that are hard to carry.
fn text_of(numbers: &mut Numbers, length: usize) -> String {
    let letters: Vec<char> = "abcXYZ 0\"',;é東🦀-\n".chars().collect();
    let inner: String = (0..length).map(|_| *numbers.of(&letters)).collect();
    // Salesforce trims texts: what is counted stands between letters.
    let mut inner: Vec<char> = inner.chars().collect();
    if let Some(first) = inner.first_mut() {
        *first = 'a';
    }
    if let Some(last) = inner.last_mut() {
        *last = 'z';
    }
    inner.into_iter().collect()
}

/// A field, as the org describes it.
struct Field {
    name: String,
    data_type: String,
    length: usize,
    digits: usize,
    whole_digits: usize,
    is_required: bool,
    is_restricted: bool,
    choices: Vec<String>,
    /// Ids that it may hold.
    ids: Vec<String>,
}

fn fields(org: &Org, object: &str) -> Vec<Field> {
    let path = format!("sobjects/{object}/describe");
    let described = org.sfbox(&["rest", "GET", &path]).object();
    let fields = described["fields"].as_array().unwrap();
    let fields = fields.iter().filter(|field| {
        // Values that must differ from those of other records are not described.
        field["createable"] == true && field["unique"] != true
    });
    let mut fields: Vec<Field> = fields.map(|field| read(org, field)).collect();
    // Those of other objects are not for this one.
    let types = described["recordTypeInfos"].as_array().unwrap().iter();
    // The master stands for none: nothing is documented of records that name it.
    let types: Vec<String> = types
        .filter(|one| one["master"] == false)
        .map(|one| one["recordTypeId"].as_str().unwrap().to_owned())
        .collect();
    if let Some(field) = fields.iter_mut().find(|field| field.name == "RecordTypeId") {
        field.ids = types;
    }
    fields
}

fn read(org: &Org, field: &Value) -> Field {
    let number = |name: &str| usize::try_from(field[name].as_u64().unwrap()).unwrap();
    let text = |name: &str| field[name].as_str().unwrap().to_owned();
    let choices = field["picklistValues"].as_array().unwrap().iter();
    let choices = choices.filter(|choice| choice["active"] == true);
    let to = field["referenceTo"].as_array().unwrap().iter();
    let ids = to.flat_map(|object| {
        let soql = format!("SELECT Id FROM {} LIMIT 3", object.as_str().unwrap());
        let found = org.sfbox(&["query", &soql, "--output", "csv", "--no-header"]);
        found.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let is = |name: &str| field[name] == true;
    Field {
        name: text("name"),
        data_type: text("type"),
        length: number("length"),
        digits: number("digits"),
        whole_digits: number("precision").saturating_sub(number("scale")),
        is_required: !is("nillable") && !is("defaultedOnCreate"),
        is_restricted: is("restrictedPicklist"),
        choices: choices
            .map(|choice| choice["value"].as_str().unwrap().to_owned())
            .collect(),
        ids: ids.collect(),
    }
}

impl Field {
    /// A value that it takes; `None`: there is no telling.
    fn good(&self, numbers: &mut Numbers) -> Option<String> {
        Some(match self.data_type.as_str() {
            "string" | "textarea" | "phone" | "encryptedstring" => {
                let most = self.length.min(300);
                let length = *numbers.of(&[1, 2, most / 2 + 1, most]);
                text_of(numbers, length)
            }
            "url" => format!("https://example.com/{}", numbers.below(1_000)),
            "email" => format!("a.{}@mail-{}.example", numbers.below(99), numbers.below(9)),
            "boolean" => (*numbers.of(&["true", "false", "TRUE"])).to_owned(),
            "int" | "long" => {
                let most = self.digits.max(1);
                let digits = 1 + numbers.place(most);
                format!("{}{}", numbers.of(&["", "-"]), "7".repeat(digits))
            }
            "double" | "currency" | "percent" => {
                let digits = numbers.place(self.whole_digits.clamp(1, 15)) + 1;
                format!(
                    "{}{}",
                    "8".repeat(digits),
                    numbers.of(&["", ".5", ".25", ".123456"])
                )
            }
            "date" => format!("20{:02}-02-{:02}", numbers.below(99), 1 + numbers.below(28)),
            "datetime" => {
                let offset = numbers.of(&["Z", "+02:00", "+0000", "-05:30"]);
                format!("2026-0{}-03T04:05:06{offset}", 1 + numbers.below(9))
            }
            "time" => format!("{:02}:05:06.000Z", numbers.below(24)),
            "picklist" | "combobox" | "multipicklist" => numbers.of(self.choices.get(..)?).clone(),
            "reference" if !self.ids.is_empty() => numbers.of(&self.ids).clone(),
            _ => return None,
        })
    }

    /// A value that it does not take.
    fn bad(&self, numbers: &mut Numbers) -> Option<String> {
        if self.is_required && numbers.below(2) == 0 {
            return Some((*numbers.of(&["", " ", "#N/A"])).to_owned());
        }
        Some(match self.data_type.as_str() {
            "string" | "textarea" | "phone" | "encryptedstring" if self.length < 1_000 => {
                text_of(numbers, self.length + 1 + numbers.0 as usize % 3)
            }
            "email" => (*numbers.of(&["nobody", "a@b", "a b@c.example", "@c.example", "a@b@c.de"]))
                .to_owned(),
            "boolean" => (*numbers.of(&["maybe", "2", "yes"])).to_owned(),
            "int" | "long" => match numbers.below(3) {
                0 => "1.5".to_owned(),
                1 => "many".to_owned(),
                _ if self.digits > 0 => "9".repeat(self.digits + 1),
                _ => "x".to_owned(),
            },
            "double" | "currency" | "percent" => match numbers.below(3) {
                0 => "1,5".to_owned(),
                1 => "much".to_owned(),
                _ => "9".repeat(self.whole_digits + 1),
            },
            "date" => (*numbers.of(&["2026-02-30", "28.02.2026", "today", "2026-2-1"])).to_owned(),
            "datetime" => {
                (*numbers.of(&["2026-02-03T25:00:00Z", "2026-02-03T04:05:06", "now"])).to_owned()
            }
            "time" => (*numbers.of(&["25:00:00.000Z", "noon"])).to_owned(),
            "picklist" | "multipicklist" if self.is_restricted => "Mauve".to_owned(),
            "reference" => (*numbers.of(&["x", "001", "01g000000000001"])).to_owned(),
            _ => return None,
        })
    }
}

/// Rows of an object. Of each good row all is taken, of each bad one a field is not.
fn rows(fields: &[Field], number: usize, is_good: bool, numbers: &mut Numbers) -> String {
    let mut lines = vec![
        fields
            .iter()
            .map(|field| field.name.as_str())
            .collect::<Vec<_>>()
            .join(","),
    ];
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    while lines.len() <= number {
        let mut cells: Vec<String> = fields
            .iter()
            .map(|field| {
                let is_set = field.is_required || numbers.below(3) == 0;
                let value = is_set.then(|| field.good(numbers)).flatten();
                value.unwrap_or_default()
            })
            .collect();
        if !is_good {
            let place = numbers.place(fields.len());
            let Some(bad) = fields[place].bad(numbers) else {
                continue;
            };
            cells[place] = bad;
        }
        let line: Vec<String> = cells.iter().map(quoted).collect();
        lines.push(line.join(","));
    }
    lines.join("\n") + "\n"
}

/// The lines of the rows that were refused.
fn refused(run: &Run) -> BTreeSet<u64> {
    assert!(matches!(run.status, 0 | 1), "{}", run.stderr);
    let lines = run.stdout.lines();
    let outcomes = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    outcomes
        .filter(|outcome| outcome["outcome"] == "refused")
        .map(|outcome| outcome["line"].as_u64().unwrap())
        .collect()
}

#[test]
fn a_dry_run_has_no_false_alarm_and_predicts_nearly_everything() {
    let org = Org::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let file = file.to_str().unwrap();
    let numbers = &mut Numbers(0x5851_F42D_4C95_7F2D);
    let number = extent::of(4_000);
    let (mut predicted, mut all) = (0, 0);
    let mut missed = Vec::new();
    for object in [
        "Account",
        "Contact",
        "Lead",
        "Opportunity",
        "Case",
        "Task",
        "Specimen__c",
    ] {
        let fields = fields(&org, object);
        assert!(fields.len() > 4, "{object}");
        for is_good in [true, false] {
            let text = rows(&fields, number, is_good, numbers);
            fs::write(file, &text).unwrap();
            let create = [
                "create",
                object,
                "--file",
                file,
                "--output",
                "ndjson",
                "--limit-errors",
                "100000",
            ];
            let dry = refused(&org.sfbox(&[&create[..], &["--dry-run"]].concat()));
            let run = org.sfbox(&create);
            let real = refused(&run);
            let false_alarms: Vec<_> = dry.difference(&real).collect();
            assert!(
                false_alarms.is_empty(),
                "{object}: {false_alarms:?}\n{text}"
            );
            if is_good {
                assert!(real.is_empty(), "{object}: {}", run.stdout);
                continue;
            }
            predicted += dry.len();
            all += real.len();
            let unforeseen: Vec<&u64> = real.difference(&dry).collect();
            let told = run.stdout.lines().filter(|line| {
                let outcome: Value = serde_json::from_str(line).unwrap();
                unforeseen.contains(&&outcome["line"].as_u64().unwrap())
            });
            missed.extend(told.map(|line| format!("{object}: {line}")));
        }
    }
    assert!(all > number, "{all} were refused");
    assert!(
        predicted * 100 >= all * PREDICTED_MIN,
        "{predicted} of {all}:\n{}",
        missed.join("\n")
    );
}
