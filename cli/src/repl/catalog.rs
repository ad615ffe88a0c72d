//! What the org says of its objects, asked for when it is first needed, and kept.
//!
//! Somebody is typing: an answer is waited for only a moment, and a failure is not told.
//! What comes later is there when it is asked for again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use sfbox::{Options, Org};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio::task::AbortHandle;

use super::context::{Of, Wanted};
use super::schema::Schema;
use crate::describe::{Api, ObjectRow, read};
use crate::leaving;
use crate::object_name::{ObjectName, is_name};

/// How long somebody who types waits at most.
const PATIENCE: Duration = Duration::from_millis(700);

/// The most objects that are kept. A session asks for a few; a large one has some hundred
/// kilobytes.
const OBJECTS_MAX: usize = 200;

/// What is known, and how to learn more.
#[derive(Clone)]
pub(super) struct Catalog {
    known: Arc<Known>,
    runtime: Handle,
}

struct Known {
    org: Org,
    options: Options,
    objects: OnceCell<Vec<String>>,
    schemas: Mutex<HashMap<String, Arc<OnceCell<Schema>>>>,
    /// What is on its way.
    asked: Mutex<Vec<AbortHandle>>,
}

impl Catalog {
    /// Needs the context of a runtime with threads of its own.
    pub(super) fn new(org: &Org, options: &Options) -> Self {
        Self {
            known: Arc::new(Known {
                org: org.clone(),
                options: options.clone(),
                objects: OnceCell::new(),
                schemas: Mutex::default(),
                asked: Mutex::default(),
            }),
            runtime: Handle::current(),
        }
    }

    /// The names that are wanted; none if they are not known in time.
    pub(super) fn names(&self, wanted: &Wanted) -> Vec<String> {
        let (sender, names) = mpsc::channel();
        let (known, wanted) = (Arc::clone(&self.known), wanted.clone());
        let asked = self.runtime.spawn(async move {
            let names = known.names(&wanted).await;
            // Nobody waits any more: the next one finds it.
            _ = sender.send(names.unwrap_or_default());
        });
        let mut all = lock(&self.known.asked);
        all.retain(|asked| !asked.is_finished());
        all.push(asked.abort_handle());
        drop(all);
        names.recv_timeout(PATIENCE).unwrap_or_default()
    }

    /// Gives up what is on its way.
    pub(super) fn end(&self) {
        for asked in lock(&self.known.asked).drain(..) {
            if !asked.is_finished() {
                leaving::give_up_a_call();
                asked.abort();
            }
        }
    }
}

impl Known {
    /// `None` where nothing is known, or something has failed.
    async fn names(&self, wanted: &Wanted) -> Option<Vec<String>> {
        match wanted {
            Wanted::Nothing | Wanted::Commands | Wanted::Keywords => None,
            Wanted::Objects => Some(self.objects().await?.clone()),
            Wanted::Children(of) => {
                let object = self.object(of).await?;
                Some(self.schema(&object).await?.get()?.children())
            }
            Wanted::Fields { of, path } => {
                let mut objects = vec![self.object(of.as_ref()?).await?];
                for relationship in path {
                    let mut parents = Vec::new();
                    for object in &objects {
                        let schema = self.schema(object).await?;
                        parents.extend_from_slice(schema.get()?.parents(relationship));
                    }
                    objects = parents;
                }
                let mut names = Vec::new();
                for object in &objects {
                    names.extend(self.schema(object).await?.get()?.fields());
                }
                Some(names)
            }
        }
    }

    /// The object itself, at the end of relationships to children.
    async fn object(&self, of: &Of) -> Option<String> {
        let mut object = of.object.clone();
        for relationship in &of.children {
            let schema = self.schema(&object).await?;
            object = schema.get()?.child(relationship)?.to_owned();
        }
        Some(object)
    }

    async fn objects(&self) -> Option<&Vec<String>> {
        let asked = self.objects.get_or_try_init(|| async {
            let body = read(&self.org, &self.options, Api::Data, None).await;
            let rows = ObjectRow::all(&body.map_err(drop)?).map_err(drop)?.shown;
            let names = rows.into_iter().map(|row| row.name);
            Ok::<_, ()>(names.filter(|name| is_name(name)).collect())
        });
        asked.await.ok()
    }

    /// The cell of an object, which has its schema.
    async fn schema(&self, object: &str) -> Option<Arc<OnceCell<Schema>>> {
        let name: ObjectName = object.parse().ok()?;
        let cell = {
            let mut schemas = lock(&self.schemas);
            if schemas.len() >= OBJECTS_MAX {
                schemas.clear();
            }
            Arc::clone(schemas.entry(object.to_ascii_lowercase()).or_default())
        };
        let asked = cell.get_or_try_init(|| async {
            let body = read(&self.org, &self.options, Api::Data, Some(&name)).await;
            serde_json::from_slice(&body.map_err(drop)?).map_err(drop)
        });
        asked.await.ok()?;
        Some(cell)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
