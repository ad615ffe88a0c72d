//! A second judge, slower and built in another way, to compare the first with:
//! its table goes from effects to paths and takes the most special path, strings
//! are cut out before words are looked at, and GraphQL and XML become trees.

mod address;
mod bodies;
mod documents;
mod places;
mod references;
mod statements;

use http::HeaderMap;
use serde_json::Value;

use super::super::{Asked, Body, Level};
use address::{read_path, read_query, unescape};
use bodies::{by_body, by_object, json_of, media, members};
use places::{Kind, kind, unambiguous_shape};
use references::{answers_ids, with_placeholders};
use statements::{changes, worst};

/// From harmless to grave.
type Effect = u8;
const OWN: Effect = 0;
const READ: Effect = 1;
const WRITE: Effect = 2;
const DELETE: Effect = 3;
const MAY: Effect = 4;
const UNKNOWN: Effect = 5;
const APEX: Effect = 6;
const NEVER: Effect = 7;

/// What an operator has said.
pub(crate) struct Rules<'a> {
    pub(crate) level: Level,
    pub(crate) anonymous_apex: bool,
    pub(crate) patterns: &'a [&'a str],
}
enum Content<'a> {
    Missing,
    Bytes(&'a [u8]),
    Value(&'a Value),
}

struct Question<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    /// In lower case, with values as they are; not UTF-8 is "?".
    headers: Vec<(String, String)>,
    content: Content<'a>,
    login_host: bool,
    depth: usize,
}

/// Whether a request may leave.
pub(crate) fn allows(rules: &Rules<'_>, asked: &Asked<'_>) -> bool {
    let question = Question {
        method: asked.method.as_str(),
        path: asked.path,
        query: asked.query,
        headers: header_list(asked.headers),
        content: match asked.body {
            Body::Whole(bytes) => Content::Bytes(bytes),
            Body::Absent | Body::Unread(_) => Content::Missing,
        },
        login_host: asked.login_host,
        depth: 0,
    };
    rules.effect(&question).is_some()
}

fn header_list(headers: &HeaderMap) -> Vec<(String, String)> {
    let pairs = headers.iter().map(|(name, value)| {
        let value = value.to_str().unwrap_or("?").to_owned();
        (name.as_str().to_owned(), value)
    });
    pairs.collect()
}

impl Rules<'_> {
    /// What it does; nothing where it may not.
    #[expect(
        clippy::too_many_lines,
        reason = "one rule after the other, to compare with"
    )]
    fn effect(&self, asked: &Question<'_>) -> Option<Effect> {
        if !["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"].contains(&asked.method) {
            return None;
        }
        let path = read_path(asked.path)?;
        let parameters = read_query(asked.query)?;
        let lower_path = asked.path.to_lowercase();
        let shape = unambiguous_shape(&path)?;
        let place = shape.clone().unwrap_or_default();
        for (name, _) in &asked.headers {
            let name = name.replace('_', "-");
            let method = name.starts_with('x') && name.contains("method");
            let replacing = [
                "x-http-method-override",
                "x-http-method",
                "x-method-override",
                "x-original-method",
            ];
            if (method && replacing.contains(&name.as_str()))
                || name == "x-original-url"
                || name == "x-rewrite-url"
            {
                return None;
            }
        }
        let values = |wanted: &str| {
            let found = asked.headers.iter().filter(|(name, _)| name == wanted);
            found
                .map(|(_, value)| value.trim().to_lowercase())
                .collect::<Vec<_>>()
        };
        let types = values("content-type");
        if types.len() > 1 {
            return None;
        }
        let content_type = media(types.first().map(String::as_str));
        let form_taken =
            place.starts_with("services/oauth2") || place.starts_with("services/apexrest");
        if content_type == "form" && !form_taken {
            return None;
        }
        let in_path = path
            .iter()
            .any(|one| one.contains("@{") || unescape(one).contains("@{"));
        if in_path
            && !(path.starts_with(&["services", "data"])
                && path.get(3) == Some(&"sobjects")
                && !path[2].contains("@{"))
        {
            return None;
        }
        let in_query = asked.query.is_some_and(|query| query.contains("@{"))
            || parameters
                .iter()
                .any(|(name, value)| name.contains("@{") || value.contains("@{"));
        let referring = in_path || in_query;
        let named = |wanted: &str| {
            let found = parameters
                .iter()
                .find(|(name, _)| name.trim().to_lowercase() == wanted);
            found.map(|(_, value)| value.as_str())
        };
        let mut least = OWN;
        let recently = values("sforce-mru")
            .iter()
            .any(|value| value != "updatemru=false");
        let counted = ["updatemru", "updatetracking", "updateviewstat"];
        if recently
            || counted
                .iter()
                .any(|name| named(name).is_some_and(|value| value != "false"))
        {
            least = WRITE;
        }
        if referring {
            least = UNKNOWN;
        }
        let apex = |text: &str| text.contains("executeanonymous");
        if apex(&lower_path)
            || apex(&unescape(asked.path).to_lowercase())
            || named("anonymousbody").is_some()
        {
            least = APEX;
        }
        let mut methods = vec![asked.method];
        if let Some((_, value)) = parameters.iter().find(|(name, _)| name == "_HttpMethod") {
            if asked.method != "POST" {
                return None;
            }
            methods = vec![value.as_str()];
            if kind(&place, "POST").is_some() && value != "POST" {
                methods.push("POST");
            }
        }
        let object = || -> Option<&str> {
            let at = place.split('/').position(|one| one == "O")?;
            path.get(at).copied()
        };
        let mut gravest = OWN;
        for method in methods {
            let may = |effect| self.may(effect, method, &path, referring);
            let effect = match kind(&place, method).unwrap_or(Kind::Is(UNKNOWN)) {
                Kind::Is(OWN) => {
                    let exact = asked.query.is_none() && !asked.path.ends_with('/');
                    if exact && asked.login_host && asked.depth == 0 {
                        OWN
                    } else {
                        NEVER
                    }
                }
                Kind::Is(effect) => effect,
                Kind::Object => by_object(object()?),
                Kind::Soql => worst(&parameters, |_, value| changes(value, false)),
                Kind::Sosl => worst(&parameters, |name, value| changes(value, name == "q")),
                Kind::SearchParameters => worst(&parameters, |name, value| {
                    name != "q" && changes(value, false)
                }),
                Kind::ViewCounted if named("updateviewstat") == Some("false") => READ,
                Kind::ViewCounted => WRITE,
                Kind::Parts(list) => {
                    if !may(least) {
                        return None;
                    }
                    let parts = self.parts(list, &json_of(asked, content_type)?, asked.depth)?;
                    gravest = gravest.max(parts).max(least);
                    continue;
                }
                Kind::Body(floor, ceiling, how) => {
                    if !may(floor.max(least)) {
                        return None;
                    }
                    if may(ceiling.max(least)) {
                        ceiling
                    } else {
                        let said = by_body(how, asked, content_type)?;
                        match object() {
                            Some(object) if how == "records" => said.max(by_object(object)),
                            _ => said,
                        }
                    }
                }
            };
            let effect = effect.max(least);
            if !may(effect) {
                return None;
            }
            gravest = gravest.max(effect);
        }
        Some(gravest)
    }

    fn may(&self, effect: Effect, method: &str, path: &[&str], referring: bool) -> bool {
        let open: Vec<&str> = self
            .patterns
            .iter()
            .filter_map(|pattern| {
                let (methods, pattern) = pattern.split_once(' ')?;
                let pattern: Vec<&str> = pattern.split('/').skip(1).collect();
                let opens = !referring
                    && methods.split(',').any(|one| one == method)
                    && glob(&pattern, path);
                opens.then(|| pattern.last().copied().unwrap_or_default())
            })
            .collect();
        match effect {
            NEVER => false,
            APEX => self.anonymous_apex || open.contains(&"executeAnonymous"),
            READ | OWN => true,
            WRITE => self.level != Level::ReadOnly || !open.is_empty(),
            _ => self.level == Level::Everything || !open.is_empty(),
        }
    }

    fn parts(&self, list: &str, body: &Value, depth: usize) -> Option<Effect> {
        let mut gravest = READ;
        if list == "graphs" {
            members(body, &["graphs"])?;
            let graphs = body.get("graphs")?.as_array()?;
            for graph in graphs {
                members(graph, &["graphId", "compositeRequest"])?;
                graph.get("compositeRequest")?.as_array()?;
            }
            for graph in graphs {
                gravest = gravest.max(self.group(graph.get("compositeRequest")?, false, depth)?);
            }
            return (depth < 2).then_some(gravest);
        }
        let batch = list == "batchRequests";
        let flags: &[&str] = if batch {
            &["haltOnError", "batchRequests"]
        } else {
            &["allOrNone", "collateSubrequests", "compositeRequest"]
        };
        members(body, flags)?;
        let effect = self.group(body.get(list)?, batch, depth)?;
        (depth < 2).then_some(effect)
    }

    fn group(&self, list: &Value, batch: bool, depth: usize) -> Option<Effect> {
        let (body_name, names): (&str, &[&str]) = if batch {
            ("richInput", &["method", "url", "richInput"])
        } else {
            (
                "body",
                &["method", "url", "referenceId", "body", "httpHeaders"],
            )
        };
        let mut with_ids: Vec<String> = Vec::new();
        let mut all: Vec<String> = Vec::new();
        let mut gravest = READ;
        for part in list.as_array()? {
            members(part, names)?;
            let url = with_placeholders(part.get("url")?.as_str()?, &with_ids);
            let mut first = url.chars();
            let url = match (first.next(), first.next()) {
                (Some('v'), Some('0'..='9')) => format!("/services/data/{url}"),
                _ if url.starts_with("/services/") => url,
                _ => return None,
            };
            let (path, query) = match url.find('?') {
                Some(at) => (&url[..at], Some(&url[at + 1..])),
                None => (url.as_str(), None),
            };
            let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            match part.get("httpHeaders") {
                None | Some(Value::Null) => {}
                Some(Value::Object(more)) => {
                    let mut names: Vec<String> = Vec::new();
                    for (name, value) in more {
                        let name = name.trim().to_ascii_lowercase();
                        if names.contains(&name) || name.contains("@{") {
                            return None;
                        }
                        names.push(name.clone());
                        // Only what a part can set is kept.
                        if name != "content-type" && name != "content-encoding" {
                            headers.push((name, value.as_str().unwrap_or("?").to_owned()));
                        }
                    }
                }
                Some(_) => return None,
            }
            let question = Question {
                method: part.get("method")?.as_str()?,
                path,
                query,
                headers,
                content: part.get(body_name).map_or(Content::Missing, Content::Value),
                login_host: false,
                depth: depth + 1,
            };
            gravest = gravest.max(self.effect(&question)?);
            if let Some(reference) = part.get("referenceId") {
                let reference = reference.as_str()?.to_owned();
                if all.contains(&reference) {
                    return None;
                }
                all.push(reference.clone());
                if answers_ids(&question)? {
                    with_ids.push(reference);
                }
            }
        }
        Some(gravest)
    }
}

fn glob(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**"], [_, ..]) => true,
        ([first, pattern @ ..], [one, path @ ..]) => {
            (*first == "*" || first == one) && *first != "**" && glob(pattern, path)
        }
        _ => false,
    }
}
