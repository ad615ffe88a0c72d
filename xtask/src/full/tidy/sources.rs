//! The sources of a crate as the compiler puts them together: a file a module, and what
//! each of them names of the others. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, Macro, Meta, Stmt, UseTree, Visibility};

/// A path below the crate: `["engine", "worker", "Worker"]`.
pub(super) type Names = Vec<String>;

/// How often a name may lead to another one: more often, and it leads to itself.
const LEADS_MAX: usize = 16;

/// A file, which is a module.
#[derive(Default)]
pub(super) struct File {
    /// Where it is, from the workspace.
    pub(super) path: PathBuf,
    /// What it names of its own crate.
    named: BTreeSet<Names>,
    /// The names that it has from elsewhere; nothing for those of other crates.
    imported: BTreeMap<String, Option<Names>>,
    /// The modules of which it imports everything.
    globs: BTreeSet<Names>,
    /// What it defines.
    defined: BTreeSet<String>,
}

/// A crate: its files by the path of their module. The crate's root has the empty one.
#[derive(Default)]
pub(super) struct Crate {
    pub(super) files: BTreeMap<Names, File>,
}

impl Crate {
    /// The crate with this root, a path from `workspace`.
    pub(super) fn read(workspace: &Path, root: &Path) -> Self {
        let mut read = Self::default();
        let folder = root.parent().unwrap().to_owned();
        read.add(workspace, root, &folder, &[]);
        read
    }

    /// Adds a file, and those of its modules, which are in `folder`.
    fn add(&mut self, workspace: &Path, path: &Path, folder: &Path, module: &[String]) {
        let text = fs::read_to_string(workspace.join(path));
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let parsed = syn::parse_file(&text);
        let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if is_test(&parsed.attrs) {
            return;
        }
        let mut reader = Reader::new(path, module, &parsed.items);
        reader.visit_file(&parsed);
        let Reader { file, modules, .. } = reader;
        self.files.insert(module.to_vec(), file);
        for (below, elsewhere) in modules {
            let name = below.last().unwrap().clone();
            let inside = below.iter().take(below.len() - 1);
            let here = inside.fold(folder.to_owned(), |folder, name| folder.join(name));
            let (file, folder) = match elsewhere {
                // As the compiler reads it: beside the file that says so, and so are the
                // files below it.
                Some(other) => {
                    let file = path.parent().unwrap().join(other);
                    let folder = file.parent().unwrap().to_owned();
                    (file, folder)
                }
                None => {
                    let folder = here.join(&name);
                    let beside = here.join(format!("{name}.rs"));
                    let inside = folder.join("mod.rs");
                    let is_beside = workspace.join(&beside).exists();
                    (if is_beside { beside } else { inside }, folder)
                }
            };
            self.add(workspace, &file, &folder, &[module, &below].concat());
        }
    }

    /// The files that a file names, by their modules.
    pub(super) fn named_by(&self, module: &Names) -> BTreeSet<Names> {
        let named = self.files[module].named.iter();
        let files = named.filter_map(|names| self.file_of(names, LEADS_MAX));
        files.filter(|other| other != module).collect()
    }

    /// The module in whose file that is which a path leads to: `None` for what is of
    /// another crate. A name that a file imports leads to where it is from, whether the
    /// file shows it to others or not.
    fn file_of(&self, names: &[String], leads: usize) -> Option<Names> {
        let mut module = Names::new();
        for (at, name) in names.iter().enumerate() {
            let file = &self.files[&module];
            let child = [module.clone(), vec![name.clone()]].concat();
            if self.files.contains_key(&child) {
                module = child;
                continue;
            }
            if let Some(from) = file.imported.get(name)
                && leads > 0
            {
                let whole = [from.as_ref()?.as_slice(), &names[at + 1..]].concat();
                return self.file_of(&whole, leads - 1);
            }
            if file.defined.contains(name) || leads == 0 {
                return Some(module);
            }
            let through = file.globs.iter().find_map(|glob| {
                let from = self.file_of(glob, leads - 1)?;
                let has = &self.files[&from];
                let found = from != module
                    && (has.defined.contains(name) || has.imported.contains_key(name));
                let whole = [glob.as_slice(), &names[at..]].concat();
                found.then(|| self.file_of(&whole, leads - 1))?
            });
            return Some(through.unwrap_or(module));
        }
        Some(module)
    }
}

/// Reads a file.
struct Reader {
    file: File,
    /// The module in which the reader is: the file's, and those that are written out.
    here: Names,
    /// The names of the modules that are declared in each module that is in the file.
    declared: BTreeMap<Names, BTreeSet<String>>,
    /// The modules that are in files of their own, from this one; and their files, if
    /// they say which.
    modules: Vec<(Names, Option<String>)>,
    /// How many modules the file itself is below the crate.
    depth: usize,
}

impl Reader {
    fn new(path: &Path, module: &[String], items: &[Item]) -> Self {
        let mut declared = BTreeMap::new();
        declare(module, items, &mut declared);
        Self {
            file: File {
                path: path.to_owned(),
                ..File::default()
            },
            here: module.to_vec(),
            declared,
            modules: Vec::new(),
            depth: module.len(),
        }
    }

    /// A path as it is written, as one below the crate: `None` if it is of another.
    fn absolute(&self, written: &[String]) -> Option<Names> {
        let mut here = self.here.clone();
        let mut rest = written;
        match rest.first()?.as_str() {
            "crate" => return Some(rest[1..].to_vec()),
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    here.pop();
                    rest = &rest[1..];
                }
            }
            name if self.declares(name) => {}
            _ => return None,
        }
        Some([here.as_slice(), rest].concat())
    }

    /// Whether the module in which the reader is has a module of this name.
    fn declares(&self, name: &str) -> bool {
        let declared = self.declared.get(&self.here);
        declared.is_some_and(|declared| declared.contains(name))
    }

    fn names(&mut self, written: &[String]) {
        // A word by itself is no path: what it stands for was imported, and that is read.
        if written.len() > 1
            && let Some(absolute) = self.absolute(written)
        {
            self.file.named.insert(absolute);
        }
    }

    fn imports(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.imports(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.imports(tree, before);
                }
            }
            UseTree::Glob(_) => {
                if let Some(module) = self.absolute(before) {
                    self.file.named.insert(module.clone());
                    if self.here.len() == self.depth {
                        self.file.globs.insert(module);
                    }
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                let last = before.last().cloned().unwrap_or_default();
                self.import(last, before);
            }
            UseTree::Name(name) => self.import(name.ident.to_string(), &with(&name.ident)),
            UseTree::Rename(name) => self.import(name.rename.to_string(), &with(&name.ident)),
        }
    }

    fn import(&mut self, name: String, written: &[String]) {
        let absolute = self.absolute(written);
        self.file.named.extend(absolute.clone());
        // Of a module that is written out only its own names matter: it is in this file.
        if self.here.len() == self.depth {
            self.file.imported.insert(name, absolute);
        }
    }
}

/// The names of the modules that are declared in these items, and in those inside.
fn declare(module: &[String], items: &[Item], declared: &mut BTreeMap<Names, BTreeSet<String>>) {
    let mut names = BTreeSet::new();
    for item in items {
        if let Item::Mod(inner) = item {
            names.insert(inner.ident.to_string());
            if let Some((_, items)) = &inner.content {
                let below = [module, &[inner.ident.to_string()]].concat();
                declare(&below, items, declared);
            }
        }
    }
    declared.insert(module.to_vec(), names);
}

impl<'a> Visit<'a> for Reader {
    fn visit_item(&mut self, item: &'a Item) {
        let (attributes, name) = attributes(item);
        if is_test(attributes) {
            return;
        }
        if self.here.len() == self.depth {
            self.file.defined.extend(name);
        }
        if let Item::Use(item) = item {
            self.imports(&item.tree, &[]);
        } else {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        let name = module.ident.to_string();
        self.here.push(name);
        if module.content.is_some() {
            visit::visit_item_mod(self, module);
        } else {
            let below = self.here[self.depth..].to_vec();
            self.modules.push((below, path(&module.attrs)));
        }
        self.here.pop();
    }

    fn visit_impl_item(&mut self, item: &'a ImplItem) {
        let is_test = match item {
            ImplItem::Fn(item) => is_test(&item.attrs),
            ImplItem::Const(item) => is_test(&item.attrs),
            _ => false,
        };
        if !is_test {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let is_test = matches!(statement, Stmt::Local(local) if is_test(&local.attrs));
        if !is_test {
            visit::visit_stmt(self, statement);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let written: Names = path
            .segments
            .iter()
            .map(|one| one.ident.to_string())
            .collect();
        self.names(&written);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, used: &'a Macro) {
        for written in paths(&used.tokens.to_string()) {
            self.names(&written);
        }
        visit::visit_macro(self, used);
    }

    // `pub(super)` says who may name it, and names nothing.
    fn visit_visibility(&mut self, _: &'a Visibility) {}
}

/// The paths in what a macro is given, which only the macro can read.
fn paths(tokens: &str) -> Vec<Names> {
    let mut paths: Vec<Names> = Vec::new();
    let mut goes_on = false;
    let mut rest = tokens;
    while let Some(first) = rest.chars().next() {
        let is_word = |one: char| one.is_alphanumeric() || one == '_';
        let length = if first == '"' {
            text_length(rest)
        } else if is_word(first) {
            rest.find(|one| !is_word(one)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        match token {
            "::" => goes_on = true,
            word if is_word(first) => {
                match paths.last_mut() {
                    Some(path) if goes_on => path.push(word.to_owned()),
                    _ => paths.push(vec![word.to_owned()]),
                }
                goes_on = false;
            }
            blank if blank.trim().is_empty() => {}
            _ => {
                goes_on = false;
                paths.push(Vec::new());
            }
        }
    }
    paths.retain(|path| path.len() > 1);
    paths
}

/// How long the text in quotes is with which this begins.
fn text_length(tokens: &str) -> usize {
    let mut escaped = false;
    for (at, one) in tokens.char_indices().skip(1) {
        match one {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The attributes of an item, and its name.
fn attributes(item: &Item) -> (&[Attribute], Option<String>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(item.ident.to_string())),
        Item::Enum(item) => (&item.attrs, Some(item.ident.to_string())),
        Item::Fn(item) => (&item.attrs, Some(item.sig.ident.to_string())),
        Item::Impl(item) => (&item.attrs, None),
        Item::Macro(item) => {
            let name = item.ident.as_ref().map(ToString::to_string);
            (&item.attrs, name)
        }
        Item::Mod(item) => (&item.attrs, Some(item.ident.to_string())),
        Item::Static(item) => (&item.attrs, Some(item.ident.to_string())),
        Item::Struct(item) => (&item.attrs, Some(item.ident.to_string())),
        Item::Trait(item) => (&item.attrs, Some(item.ident.to_string())),
        Item::Type(item) => (&item.attrs, Some(item.ident.to_string())),
        Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}

/// Whether only tests have what has these attributes.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return attribute.path().is_ident("test");
        };
        let condition = list.tokens.to_string();
        let mut words = condition.split(|one: char| !one.is_alphanumeric() && one != '_');
        // `not(test)` is what all others have; `any` may be either.
        let is_plain = !condition.contains("not") && !condition.contains("any");
        list.path.is_ident("cfg") && is_plain && words.any(|word| word == "test")
    })
}

/// The file that `#[path]` names.
fn path(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(literal) => match &literal.lit {
                    syn::Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
}
