//! The policy's table of what looks like a read and what does not, through the door: with a key
//! of each level, and counted at the org.

use super::{Door, QUERY, add_key, folder};
use crate::org::Org;
use crate::policy::{answer_alike, requests};

/// The table that the policy's own tests walk.
const TABLE: &str = include_str!("../../../host/src/policy/tests/table.txt");

/// What a policy lets out, and the door does not carry.
const NOT_CARRIED: [&str; 6] = [
    "/services/Soap/",
    "/services/oauth2/",
    "/id/00Dxx/",
    "/id/005",
    "/id/00DRO0000008ABC/001",
    "/id/00DRO0000008ABC/005RO000001ABCD/x",
];

/// The methods of a request that names who a user is.
const OF_IDENTITIES: [&str; 2] = ["GET", "HEAD"];

/// A row of the table.
struct Row {
    /// Whether it passes with everything, no-delete, read-only.
    passes: [bool; 3],
    method: &'static str,
    target: String,
    /// `Name: value`.
    headers: Vec<&'static str>,
    body: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let rows = lines.map(|line| {
        let (levels, request) = line.split_once(" | ").unwrap();
        let levels: Vec<bool> = levels.split(' ').map(|word| word == "yes").collect();
        let (head, body) = request.split_once("^^").unwrap_or((request, ""));
        let mut lines = head.split('^');
        let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
        let target = target.replace('~', "/services/data/v66.0");
        Row {
            passes: levels.try_into().unwrap(),
            method,
            target: target.replace("<id>", "001RO000001ABCDEFG"),
            headers: lines.collect(),
            body,
        }
    });
    rows.collect()
}

impl Row {
    fn is_carried(&self) -> bool {
        let is_at = |beginning: &&str| self.target.starts_with(*beginning);
        let is_identity = self.target.starts_with("/id/");
        self.target != "/"
            && !NOT_CARRIED.iter().any(is_at)
            && (!is_identity || OF_IDENTITIES.contains(&self.method))
    }

    /// What the door answers to it.
    fn status(&self, door: &Door, key: &str) -> u16 {
        let content_type = match self.body.starts_with('<') {
            // The row names it.
            true => "X-Nothing: 1",
            false => "Content-Type: application/json",
        };
        let names_type = |header: &&&str| header.starts_with("Content-Type");
        let body = self.body.replace('~', "/services/data/v66.0");
        let body = body.replace("<id>", "001RO000001ABCDEFG");
        let mut options = vec!["--path-as-is", "--globoff"];
        match self.method {
            "HEAD" => options.push("--head"),
            "GET" => {}
            method => options.extend(["--request", method, "--data-binary", &body]),
        }
        if self.headers.iter().find(names_type).is_none() {
            options.extend(["--header", content_type]);
        }
        for header in &self.headers {
            options.extend(["--header", header]);
        }
        door.ask(key, &self.target, &options).status
    }
}

#[test]
fn each_row_reaches_the_org_once_or_not_at_all() {
    let org = Org::start();
    let folder = folder();
    let keys = [
        &["everything", "--write"][..],
        &["no-delete", "--write", "--no-delete"],
        &["read-only"],
    ];
    let keys = keys.map(|arguments| add_key(&org, folder.path(), arguments));
    let door = Door::open_in(&org, folder, &["--no-tls"]);
    for key in &keys {
        // From now on no request costs a login.
        assert_eq!(door.ask(key, QUERY, &[]).status, 200);
    }
    answer_alike(&org, &[("content-type", "application/json")]);
    let rows = rows();
    assert!(rows.len() >= 100, "{}", rows.len());
    let (mut reached, mut kept) = (0, 0);
    for row in &rows {
        for (key, passes) in keys.iter().zip(row.passes) {
            let before = requests(&org);
            let status = row.status(&door, key);
            let times = requests(&org) - before;
            let expected = passes && row.is_carried();
            let what = format!("{} {} ({passes}): {status}", row.method, row.target);
            assert_eq!(times, u64::from(expected), "{what}");
            assert_eq!((200..300).contains(&status), expected, "{what}");
            match expected {
                true => reached += 1,
                false => kept += 1,
            }
        }
    }
    assert!(reached >= 100 && kept >= 100, "{reached}, {kept}");
    assert_eq!(org.logins(), 1);
}
