//! `sfbox rest`.

mod address;
mod answer;
mod arriving;
mod asking;
mod call;
mod cut;
mod fields;
mod header;
mod input;
mod key;
mod method;
mod object;
mod pages;
mod pretty;
mod refusal;
mod streamed;
mod typed;
mod typed_header;
mod upload;
mod version;

use std::path::PathBuf;

use clap::Args;
use sfbox::{Options, Org};

use crate::destination::Place;
use crate::verdict::Usage;
use asking::Answer;
pub(crate) use asking::Asking;
use call::Request;
pub(crate) use cut::Cut;
use fields::Fields;
use input::{Input, Remainder};
use method::Method;
pub(crate) use refusal::Refusal;
pub(crate) use typed_header::parse as typed_header;

/// Send one request to Salesforce's REST APIs, and print the answer
///
/// PATH begins with `/services/`, is `/id/ORG/USER`, or is relative to the API version, as in
/// `limits`. sfbox adds the session, and renews it if it has expired. If Salesforce refuses
/// the request, its answer is printed too, and the exit status is 1, or 4 for a status 5xx.
///
/// Fields become a JSON body with POST, PATCH and PUT. With other methods, or beside
/// `--input`, they become the query string. `a[b]=1` is an object in an object, and
/// `a[]=1` adds an item to a list.
///
/// Bodies and answers may have any length. A body of more than 256 KiB is sent once. A
/// terminal shows JSON with line breaks; pipes and files get the bytes of the answer. A
/// request that may write is not repeated after its answer was lost.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox --demo rest GET limits
  sfbox --demo rest GET query -F q=\"SELECT Id, Name FROM Account\" --paginate
  sfbox --demo rest POST sobjects/Account -F Name=Acme -F NumberOfEmployees=50
  echo '{\"Name\": \"Acme\"}' | sfbox --demo rest POST sobjects/Account --input -
  sfbox --demo rest GET /services/apexrest/echo --include")]
pub(crate) struct Rest {
    /// GET, HEAD, POST, PATCH, PUT, DELETE or OPTIONS; lower case works too
    #[arg(value_enum, ignore_case = true, hide_possible_values = true)]
    method: Method,
    /// The path, with or without a query string
    path: String,
    #[command(flatten)]
    fields: Fields,
    /// Send this file as the body; `-` reads the body from stdin
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    /// Add a header to the request; may be repeated
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Print the status and the headers before the body
    #[arg(short, long, conflicts_with = "paginate")]
    include: bool,
    /// Follow `nextRecordsUrl`, and print the records of all pages as one array
    #[arg(long)]
    paginate: bool,
    /// Send again if the answer is lost: for requests that may safely be sent twice
    #[arg(long)]
    repeatable: bool,
    /// Write the body to FILE atomically, unless Salesforce refuses the request
    #[arg(short = 'O', long, value_name = "FILE")]
    output_file: Option<PathBuf>,
}

impl Rest {
    pub(crate) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        // A mistake in what was typed is reported before anybody logs in.
        if self.paginate && self.method != Method::Get {
            return Err(Usage::new("`--paginate` is for GET: other methods have no pages").into());
        }
        let (request, remainder) = self.request()?;
        let place = self.output_file.as_deref().map(Place::of).transpose()?;
        let mut asking = Asking::begin(org, options, self.repeatable)?;
        if self.paginate {
            return pages::print(&mut asking, request.whole(remainder)?, place).await;
        }
        match asking.open(request, remainder).await? {
            Answer::Whole(answer) => {
                let refusal = Refusal::of(org.name(), self.method, &answer);
                // A file holds what was asked for, and no refusal.
                let place = place.filter(|_| refusal.is_none());
                answer::write(&answer, self.include, answer::open(place)?)?;
                refusal.map_or(Ok(()), |refusal| Err(refusal.into()))
            }
            Answer::Flowing(answer) => {
                arriving::print(&mut asking, self.method, answer, self.include, place).await
            }
        }
    }

    /// The request that was typed, with the beginning of its body, and what has not been
    /// read of that.
    fn request(&self) -> anyhow::Result<(Request, Option<Remainder>)> {
        let stdin_is_body = self.input.as_deref().is_some_and(input::is_stdin);
        let fields = self.fields.read(stdin_is_body)?;
        let input = self.input.as_deref().map(input::body).transpose()?;
        let (body, remainder) = match input {
            None => (None, None),
            Some(Input {
                beginning,
                remainder,
            }) => (Some(beginning), remainder),
        };
        let headers = self.header.iter().map(|header| typed_header::parse(header));
        let headers = headers.collect::<Result<Vec<_>, _>>()?;
        let request = composed(self.method, &self.path, headers, &fields, body)?;
        Ok((request, remainder))
    }
}

/// Puts a request together. Fields go where `gh api` puts them.
fn composed(
    method: Method,
    path: &str,
    mut headers: Vec<(String, String)>,
    fields: &[fields::Field],
    body: Option<Vec<u8>>,
) -> Result<Request, Usage> {
    let fields_are_body = body.is_none() && method.has_body() && !fields.is_empty();
    let (path, body) = if fields_are_body {
        (path.to_owned(), object::json(fields)?.into_bytes())
    } else {
        (address::with_query(path, fields), body.unwrap_or_default())
    };
    if !body.is_empty() && !header::has(&headers, header::CONTENT_TYPE) {
        headers.push((header::CONTENT_TYPE.to_owned(), header::JSON.to_owned()));
    }
    Ok(Request {
        method,
        path,
        headers,
        body,
    })
}

#[cfg(test)]
mod tests;
