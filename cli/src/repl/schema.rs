//! What completion knows of an object: the names of its fields and relationships.

use serde::Deserialize;

use crate::object_name::is_name;

/// An object, as far as its names are completed.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Schema {
    fields: Vec<Field>,
    child_relationships: Vec<Child>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Field {
    name: String,
    relationship_name: Option<String>,
    reference_to: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Child {
    #[serde(rename = "childSObject")]
    object: String,
    /// Some children cannot be selected.
    relationship_name: Option<String>,
}

impl Schema {
    /// Fields, and the relationships that lead to a parent, with the dot after them.
    pub(super) fn fields(&self) -> Vec<String> {
        let fields = self.fields.iter().map(|field| field.name.clone());
        let relationships = self.fields.iter().filter_map(|field| {
            let name = field.relationship_name.as_ref()?;
            is_name(name).then(|| format!("{name}."))
        });
        let mut names: Vec<String> = fields.filter(|name| is_name(name)).collect();
        names.extend(relationships);
        names
    }

    /// The relationships that lead to children.
    pub(super) fn children(&self) -> Vec<String> {
        let names = self.child_relationships.iter();
        let names = names.filter_map(|child| child.relationship_name.clone());
        names.filter(|name| is_name(name)).collect()
    }

    /// The objects that a relationship to a parent leads to.
    pub(super) fn parents(&self, relationship: &str) -> &[String] {
        let mut fields = self.fields.iter();
        let field = fields.find(|field| is(field.relationship_name.as_ref(), relationship));
        field.map_or(&[], |field| &field.reference_to)
    }

    /// The object that a relationship to children leads to.
    pub(super) fn child(&self, relationship: &str) -> Option<&str> {
        let mut children = self.child_relationships.iter();
        let child = children.find(|child| is(child.relationship_name.as_ref(), relationship));
        child.map(|child| child.object.as_str())
    }
}

fn is(name: Option<&String>, relationship: &str) -> bool {
    name.is_some_and(|name| name.eq_ignore_ascii_case(relationship))
}

/// Those of these names that begin with a word in any case: in order, each once.
pub(super) fn beginning(names: Vec<String>, word: &str) -> Vec<String> {
    let begins = |name: &String| {
        let head = name.get(..word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word))
    };
    let mut found: Vec<String> = names.into_iter().filter(begins).collect();
    found.sort_unstable_by_key(|name| name.to_ascii_lowercase());
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Schema {
        serde_json::from_str(
            r#"{"name":"Account","fields":[
                {"name":"Name","referenceTo":[]},
                {"name":"OwnerId","relationshipName":"Owner","referenceTo":["User","Group"]},
                {"name":"odd\u001b[2J","relationshipName":"x y","referenceTo":["X"]}],
                "childRelationships":[
                {"childSObject":"Contact","relationshipName":"Contacts"},
                {"childSObject":"Odd","relationshipName":null}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn names_are_fields_and_relationships() {
        let account = account();
        assert_eq!(account.fields(), ["Name", "OwnerId", "Owner."]);
        assert_eq!(account.children(), ["Contacts"]);
        assert_eq!(account.parents("owner"), ["User", "Group"]);
        assert!(account.parents("Name").is_empty());
        assert_eq!(account.child("CONTACTS"), Some("Contact"));
        assert_eq!(account.child("x"), None);
    }

    #[test]
    fn a_word_is_completed_in_any_case() {
        let names = || account().fields();
        assert_eq!(beginning(names(), "ow"), ["Owner.", "OwnerId"]);
        assert_eq!(beginning(names(), ""), ["Name", "Owner.", "OwnerId"]);
        assert!(beginning(names(), "é").is_empty());
    }
}
