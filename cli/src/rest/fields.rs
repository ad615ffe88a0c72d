//! The fields of a request, as they are typed.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::input;
use super::typed::{Typed, Value};
use crate::verdict::Usage;

const FIELD: &str = "field";
const RAW_FIELD: &str = "raw_field";

/// A field: where it goes, and what it is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) key: String,
    pub(crate) value: Value,
}

/// `--field` and `--raw-field`, in the order in which they were typed: the items of a
/// list depend on it.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<Given>);

#[derive(Debug)]
struct Given {
    is_raw: bool,
    text: String,
}

impl Fields {
    /// Reads the fields, and the files that they name. `stdin_is_taken`: something else
    /// reads stdin.
    ///
    /// # Errors
    ///
    /// When a field has no `=`, or a file cannot be read or is no text.
    pub(super) fn read(&self, stdin_is_taken: bool) -> anyhow::Result<Vec<Field>> {
        let mut stdin_is_taken = stdin_is_taken;
        let read = |given: &Given| {
            let (key, value) = given.parts()?;
            let value = match value {
                None => Value::EmptyList,
                Some(value) if given.is_raw => Value::Text(value.to_owned()),
                Some(value) => match Typed::of(value) {
                    Typed::Value(value) => value,
                    Typed::File("-") if stdin_is_taken => {
                        let why = "stdin can be read once: `-` is given more than once";
                        return Err(Usage::new(why).into());
                    }
                    Typed::File(file) => {
                        stdin_is_taken |= file == "-";
                        Value::Text(input::text(file.as_ref())?)
                    }
                },
            };
            Ok(Field {
                key: key.to_owned(),
                value,
            })
        };
        self.0.iter().map(read).collect()
    }
}

impl Given {
    /// The key and the value. `key[]` without a value is a list without items.
    fn parts(&self) -> Result<(&str, Option<&str>), Usage> {
        match self.text.split_once('=') {
            Some((key, value)) => Ok((key, Some(value))),
            None => match self.text.strip_suffix("[]") {
                Some(key) if !self.is_raw => Ok((key, None)),
                // The text may be a value without its key: it is not repeated.
                _ => Err(Usage::new("a field is `key=value`: its `=` is missing")),
            },
        }
    }
}

impl Args for Fields {
    fn augment_args(command: Command) -> Command {
        let arg = |id: &'static str| {
            Arg::new(id)
                .action(ArgAction::Append)
                .value_name("KEY=VALUE")
                .allow_hyphen_values(true)
        };
        command
            .arg(arg(FIELD).short('F').long("field").help(
                "Add a field. `true`, `false`, `null` and numbers keep their type, all else is \
                 text; @FILE is the text of a file, @- that of stdin",
            ))
            .arg(
                arg(RAW_FIELD)
                    .short('f')
                    .long("raw-field")
                    .help("Add a field whose value is text, whatever it looks like"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Fields {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let of = |id: &str, is_raw: bool| -> Vec<(usize, Given)> {
            let places = matches.indices_of(id).into_iter().flatten();
            let texts = matches.get_many::<String>(id).into_iter().flatten();
            let given = texts.map(|text| Given {
                is_raw,
                text: text.clone(),
            });
            places.zip(given).collect()
        };
        let mut all = of(FIELD, false);
        all.extend(of(RAW_FIELD, true));
        all.sort_by_key(|(place, _)| *place);
        Ok(Self(all.into_iter().map(|(_, given)| given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> anyhow::Result<Vec<Field>> {
        let command = Fields::augment_args(Command::new("rest").no_binary_name(true));
        let matches = command.try_get_matches_from(words)?;
        Fields::from_arg_matches(&matches)?.read(false)
    }

    fn field(key: &str, value: Value) -> Field {
        Field {
            key: key.to_owned(),
            value,
        }
    }

    #[test]
    fn fields_keep_their_order_and_their_types() {
        let literal = |text: &str| Value::Literal(text.to_owned());
        let text = |text: &str| Value::Text(text.to_owned());
        let words = [
            "-f",
            "a=1",
            "-F",
            "b=1",
            "--raw-field=c=@d",
            "--field=e=x=y",
            "-F",
            "f[]",
            "-F",
            "g=-1",
            "-f",
            "h=",
        ];
        let expected = [
            field("a", text("1")),
            field("b", literal("1")),
            field("c", text("@d")),
            field("e", text("x=y")),
            field("f", Value::EmptyList),
            field("g", literal("-1")),
            field("h", text("")),
        ];
        assert_eq!(read(&words).unwrap(), expected);
        assert!(read(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_field_without_its_value_is_refused_without_repeating_it() {
        for words in [["-F", "CANARY"], ["-f", "CANARY"], ["-f", "CANARY[]"]] {
            let refused = format!("{:#}", read(&words).unwrap_err());
            assert!(refused.contains("`=` is missing"), "{refused}");
            assert!(!refused.contains("CANARY"), "{refused}");
        }
    }

    #[test]
    fn a_file_is_the_text_of_a_field() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("text");
        std::fs::write(&name, "é\n1").unwrap();
        let word = format!("a=@{}", name.display());
        let read_back = read(&["-F", &word]).unwrap();
        assert_eq!(read_back, [field("a", Value::Text("é\n1".to_owned()))]);
        std::fs::write(&name, b"\xff").unwrap();
        let refused = format!("{:#}", read(&["-F", &word]).unwrap_err());
        assert!(refused.contains("not UTF-8"), "{refused}");
        assert!(read(&["-F", "a=@/nowhere/x"]).is_err());
    }

    #[test]
    fn stdin_is_read_once() {
        let fields = Fields(vec![Given {
            is_raw: false,
            text: "a=@-".to_owned(),
        }]);
        let refused = fields.read(true).unwrap_err().to_string();
        assert!(refused.contains("stdin can be read once"), "{refused}");
    }
}
