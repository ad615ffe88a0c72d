//! From a request to the decision on it, and the same for each of its parts.

use super::address::Address;
use super::allowed_path::method_name;
use super::asked::{Asked, Body, Unread};
use super::class::Class;
use super::decision::{Ambiguity, Decision, Denial, UNKNOWN_ROUTE};
use super::json::{Json, Trouble};
use super::references::{References, answers_ids};
use super::routes::{self, Found};
use super::signs::{ContentType, Signs};
use super::soql::{self, Language};
use super::{Effect, Policy, bulk, composite, graphql, records, search};

/// How deep parts can have parts. Salesforce documents one level.
const DEPTH_MAX: usize = 2;

/// A request, or a part of one.
struct Request<'a> {
    method: &'static str,
    address: Address<'a>,
    signs: Signs,
    content: Content<'a>,
    login_host: bool,
    /// 0, or how deep in parts it is.
    depth: usize,
}

/// A body.
#[derive(Clone, Copy)]
enum Content<'a> {
    Absent,
    Bytes(&'a [u8]),
    Json(&'a Json),
    Unread(Unread),
}

/// The template of the route that a path names.
pub(super) fn template(path: &str) -> &'static str {
    let found = |address: Address<'_>| Some(routes::find_exactly(&address).ok()??.route.template);
    let address = Address::read(path, None).ok();
    address.and_then(found).unwrap_or(UNKNOWN_ROUTE)
}

pub(super) fn judge(policy: &Policy, asked: &Asked<'_>) -> Decision {
    let mut template = UNKNOWN_ROUTE;
    let effect = Request::read(asked)
        .map_err(Denial::from)
        .and_then(|request| {
            let found = routes::find_exactly(&request.address)?;
            template = found
                .as_ref()
                .map_or(UNKNOWN_ROUTE, |found| found.route.template);
            Judge::new(policy, &request, found.as_ref()).effect()
        });
    let denied_effect = |denial: &Denial| match denial {
        Denial::Effect { effect, .. } => Some(*effect),
        Denial::Ambiguous(_) | Denial::Body { .. } | Denial::Part { .. } => None,
    };
    match effect {
        Ok(effect) => Decision {
            template,
            effect: Some(effect),
            denied: None,
        },
        Err(denial) => Decision {
            template,
            effect: denied_effect(&denial),
            denied: Some(denial),
        },
    }
}

impl<'a> Request<'a> {
    fn read(asked: &Asked<'a>) -> Result<Self, Ambiguity> {
        Ok(Self {
            method: method_name(asked.method.as_str()).ok_or(Ambiguity::Method)?,
            address: Address::read(asked.path, asked.query)?,
            signs: Signs::read(asked.headers)?,
            content: match asked.body {
                Body::Absent => Content::Absent,
                Body::Whole(bytes) => Content::Bytes(bytes),
                Body::Unread(why) => Content::Unread(why),
            },
            login_host: asked.login_host,
            depth: 0,
        })
    }

    /// Whether a reference that nobody can resolve decides what this is: known
    /// below `sobjects` at least not to be code that is run.
    fn has_reference(&self) -> Result<bool, Ambiguity> {
        if !self.address.reference_in_path() {
            return Ok(self.address.reference_in_query);
        }
        match self.address.segments.as_slice() {
            ["services", "data", version, "sobjects", ..] if !version.contains("@{") => Ok(true),
            _ => Err(Ambiguity::Reference),
        }
    }

    /// The methods that a server can take it to have: with `_HttpMethod` that
    /// one, and also POST, if the route has it.
    fn readings(&self, found: Option<&Found<'_>>) -> Result<Vec<&'static str>, Ambiguity> {
        let Some(method) = self.address.method else {
            return Ok(vec![self.method]);
        };
        if self.method != "POST" {
            return Err(Ambiguity::MethodOverride);
        }
        let has_post = found.is_some_and(|found| found.route.named("POST").is_some());
        Ok(if has_post && method != "POST" {
            vec![method, "POST"]
        } else {
            vec![method]
        })
    }

    /// What it does at the least, whatever the table says.
    fn least(&self, has_reference: bool) -> Effect {
        let changes = |name: &str| {
            let value = self.address.parameter(name);
            value.is_some_and(|value| value != "false")
        };
        if self.address.names_anonymous_apex() {
            Effect::AnonymousApex
        } else if has_reference {
            Effect::Unknown
        } else if self.signs.updates_mru || search::CHANGING.iter().any(|name| changes(name)) {
            Effect::Write
        } else {
            Effect::Own
        }
    }

    /// The body as JSON.
    fn json(&self) -> Result<Json, Trouble> {
        let types = [ContentType::Json, ContentType::Absent];
        match self.content_of(&types)? {
            Content::Bytes(bytes) => Json::read(bytes),
            Content::Json(json) => Ok(json.clone()),
            Content::Absent => Err(Trouble::Unread(Unread::Unreadable)),
            Content::Unread(why) => Err(Trouble::Unread(why)),
        }
    }

    /// The body, if it is of one of these types and not compressed.
    fn content_of(&self, types: &[ContentType]) -> Result<Content<'a>, Trouble> {
        if self.signs.compressed {
            return Err(Trouble::Unread(Unread::Compressed));
        }
        if !types.contains(&self.signs.content) {
            return Err(Trouble::Unread(Unread::Unreadable));
        }
        Ok(self.content)
    }

    /// What a job of Bulk API v1 does.
    fn job(&self, state_only: bool) -> Result<Effect, Trouble> {
        let types = [ContentType::Json, ContentType::Xml, ContentType::Absent];
        let content = self.content_of(&types)?;
        match content {
            Content::Bytes(bytes) if self.signs.content == ContentType::Xml => {
                bulk::of_xml_job(bytes, state_only)
            }
            Content::Unread(why) => Err(Trouble::Unread(why)),
            _ => bulk::of_json_job(&self.json()?, state_only),
        }
    }

    /// What the body says, where it decides.
    fn by_body(&self, class: Class) -> Result<Effect, Trouble> {
        match class {
            Class::SearchBody => search::by_body(&self.json()?),
            Class::Retrieve => records::of_retrieve(&self.json()?),
            Class::Records => records::of_records(&self.json()?),
            Class::UiBatch => records::of_ui_batch(&self.json()?),
            Class::IngestJob => bulk::of_ingest_job(&self.json()?),
            Class::QueryJob => bulk::of_query_job(&self.json()?),
            Class::GraphQl => graphql::by_body(&self.json()?),
            Class::Job => self.job(false),
            Class::JobState => self.job(true),
            Class::Fixed(_)
            | Class::Object
            | Class::Soql
            | Class::Sosl
            | Class::SearchParameters
            | Class::ViewCounted
            | Class::Parts(_) => Ok(Effect::Unknown),
        }
    }

    /// What the path and the query say.
    fn by_address(&self, class: Class, object: Option<&str>) -> Effect {
        match class {
            Class::Fixed(Effect::Own) => {
                let exact = self.address.exact && self.depth == 0;
                if exact && self.login_host {
                    Effect::Own
                } else {
                    Effect::NeverACallers
                }
            }
            Class::Fixed(effect) => effect,
            Class::Object => object.map_or(Effect::Unknown, records::of_object),
            Class::Soql => self.statements(Language::Soql),
            Class::Sosl => self.statements(Language::Sosl),
            Class::SearchParameters => search::by_parameters(&self.address),
            Class::ViewCounted if self.address.parameter("updateviewstat") == Some("false") => {
                Effect::Read
            }
            Class::ViewCounted => Effect::Write,
            _ => Effect::Unknown,
        }
    }

    /// What the statements in the query do: each parameter can be one.
    fn statements(&self, language_of_q: Language) -> Effect {
        let parameters = self.address.parameters.iter();
        let effects = parameters
            .filter(|(name, _)| name != "_HttpMethod")
            .map(|(name, value)| {
                let language = if name == "q" {
                    language_of_q
                } else {
                    Language::Soql
                };
                soql::effect(value, language)
            });
        effects.max().unwrap_or(Effect::Read)
    }
}

/// A request on its route, before a policy.
struct Judge<'j, 'a> {
    policy: &'j Policy,
    request: &'j Request<'a>,
    found: Option<&'j Found<'a>>,
    template: &'static str,
}

impl<'j, 'a> Judge<'j, 'a> {
    fn new(policy: &'j Policy, request: &'j Request<'a>, found: Option<&'j Found<'a>>) -> Self {
        Self {
            policy,
            request,
            found,
            template: found.map_or(UNKNOWN_ROUTE, |found| found.route.template),
        }
    }

    /// What the request does, if it may.
    fn effect(&self) -> Result<Effect, Denial> {
        let has_reference = self.request.has_reference()?;
        let takes_forms = ["/services/oauth2", "/services/apexrest"];
        let takes_forms = takes_forms
            .iter()
            .any(|start| self.template.starts_with(start));
        if self.request.signs.content == ContentType::Form && !takes_forms {
            return Err(Ambiguity::Form.into());
        }
        let least = self.request.least(has_reference);
        let mut gravest = Effect::Own;
        for method in self.request.readings(self.found)? {
            gravest = gravest.max(self.of_reading(method, least, has_reference)?);
        }
        Ok(gravest)
    }

    fn of_reading(
        &self,
        method: &'static str,
        least: Effect,
        has_reference: bool,
    ) -> Result<Effect, Denial> {
        let class = self.class(method);
        let permits = |effect| self.permits(method, effect, has_reference);
        let denied = |effect| Denial::Effect {
            level: self
                .denying(method, effect, has_reference)
                .unwrap_or(self.policy)
                .level,
            effect,
            method,
            template: self.template,
        };
        let unread = |trouble| match trouble {
            Trouble::Ambiguous(ambiguity) => Denial::Ambiguous(ambiguity),
            Trouble::Unread(why) => Denial::Body {
                why,
                method,
                template: self.template,
            },
        };
        let Some((floor, ceiling)) = class.bounds() else {
            let object = self.found.and_then(|found| found.object);
            let effect = self.request.by_address(class, object).max(least);
            return if permits(effect) {
                Ok(effect)
            } else {
                Err(denied(effect))
            };
        };
        if let Class::Parts(shape) = class {
            if !permits(least) {
                return Err(denied(least));
            }
            let body = self.request.json().map_err(unread)?;
            let groups = composite::groups(shape, &body).map_err(unread)?;
            return Ok(self.of_parts(&groups)?.max(least));
        }
        let (floor, ceiling) = (floor.max(least), ceiling.max(least));
        if !permits(floor) {
            return Err(denied(floor));
        }
        if permits(ceiling) {
            return Ok(ceiling);
        }
        let effect = self.request.by_body(class).map_err(unread)?.max(least);
        // A record's type is in the path of some collections.
        let effect = match (class, self.found.and_then(|found| found.object)) {
            (Class::Records, Some(object)) => effect.max(records::of_object(object)),
            _ => effect,
        };
        if permits(effect) {
            Ok(effect)
        } else {
            Err(denied(effect))
        }
    }

    fn class(&self, method: &str) -> Class {
        self.found.map_or(Class::Fixed(Effect::Unknown), |found| {
            found.route.class(method)
        })
    }

    /// Whether the policy lets this effect out on this path.
    fn permits(&self, method: &str, effect: Effect, has_reference: bool) -> bool {
        self.denying(method, effect, has_reference).is_none()
    }

    /// The first policy of all that count which does not let this effect out on this path.
    fn denying(&self, method: &str, effect: Effect, has_reference: bool) -> Option<&'j Policy> {
        let path = &self.request.address.segments;
        self.policy.chain().find(|policy| {
            let allowed = policy.allowed.iter();
            let mut open = allowed.filter(|allowed| !has_reference && allowed.opens(method, path));
            let is_let_out = match effect {
                Effect::NeverACallers => false,
                Effect::AnonymousApex => {
                    policy.anonymous_apex || open.any(|open| open.ends_with("executeAnonymous"))
                }
                effect => policy.level.permits(effect) || open.next().is_some(),
            };
            !is_let_out
        })
    }

    /// What the parts do, if each may. A path that is allowed opens no parts:
    /// they are judged by their own methods and paths.
    fn of_parts(&self, groups: &[Vec<composite::Part<'_>>]) -> Result<Effect, Denial> {
        if self.request.depth >= DEPTH_MAX {
            return Err(Ambiguity::Nesting.into());
        }
        let mut gravest = Effect::Read;
        for parts in groups {
            let mut references = References::default();
            for (part, number) in parts.iter().zip(1..) {
                let (effect, answers_ids) =
                    self.of_part(part, &references)
                        .map_err(|why| Denial::Part {
                            number,
                            why: Box::new(why),
                        })?;
                gravest = gravest.max(effect);
                if let Some(reference) = part.reference.filter(|_| answers_ids) {
                    references.add(reference);
                }
            }
        }
        Ok(gravest)
    }

    /// What a part does, and whether it answers ids.
    fn of_part(
        &self,
        part: &composite::Part<'_>,
        references: &References<'_>,
    ) -> Result<(Effect, bool), Denial> {
        let url = composite::absolute(&references.replaced_in(part.url))?;
        let (path, query) = match url.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (url.as_str(), None),
        };
        let request = Request {
            method: part.method,
            address: Address::read(path, query)?,
            signs: Signs::of_part(part.headers)?,
            content: part.body.map_or(Content::Absent, Content::Json),
            login_host: false,
            depth: self.request.depth + 1,
        };
        let found = routes::find_exactly(&request.address)?;
        let judge = Judge::new(self.policy, &request, found.as_ref());
        let effect = judge.effect()?;
        let answers_ids = found.as_ref().is_some_and(|found| {
            let statement = request.address.parameter("q");
            answers_ids(found, judge.class(part.method), statement)
        });
        Ok((effect, answers_ids))
    }
}
