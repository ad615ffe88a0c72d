use rusqlite::types::Value;
use tempfile::TempDir;
use thiserror::Error;

use super::*;
use crate::seed;

/// Accounts of the orgs here, deleted ones included.
const ACCOUNTS: u64 = 5;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Any failure of a file, or of what fills it.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    File(#[from] DataFileError),
    #[error(transparent)]
    Record(#[from] rusqlite::Error),
}

fn fill(database: &mut Database, accounts: usize) -> Result<(), Failure> {
    Ok(seed::fill(database, &Schema::standard(), accounts)?)
}

/// Fills it in part.
fn break_off(database: &mut Database) -> Result<(), Failure> {
    fill(database, 1)?;
    Err(rusqlite::Error::InvalidQuery.into())
}

fn open(path: &Path) -> Result<Database, Failure> {
    Database::open_file(path, &Schema::standard(), |database| {
        fill(database, 2)?;
        Ok("of 2".to_owned())
    })
}

/// Opens a file that has records.
fn open_old(path: &Path) -> Database {
    let old = Database::open_file(path, &Schema::standard(), |_| {
        panic!("a file with records is not filled")
    });
    let old: Result<_, Failure> = old;
    old.expect("an old file")
}

fn refusal(path: &Path) -> DataFileError {
    match open(path).err() {
        Some(Failure::File(error)) => error,
        other => panic!("{other:?} is no refusal"),
    }
}

fn count(database: &Database) -> u64 {
    let schema = Schema::standard();
    let account = schema.named("Account").expect("an object");
    database.count(account).expect("a count")
}

fn add(database: &mut Database, number: u64) {
    let schema = Schema::standard();
    let account = schema.named("Account").expect("an object");
    let id = seed::record_id(account, number).to_string();
    let name = Value::Text(format!("Added {number}"));
    let row = vec![("Id", Value::Text(id)), ("Name", name)];
    database.add(account, &row).expect("a record");
}

/// The file and its log, with a suffix in the place of nothing.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What is there when the process is killed now: the files as the system has
/// them.
fn killed(path: &Path, copy: &Path) {
    for suffix in ["", "-wal"] {
        fs::copy(beside(path, suffix), beside(copy, suffix)).expect("a copy");
    }
}

/// The names and contents of all files in a folder.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut contents: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).expect("a file")))
        .collect();
    contents.sort();
    contents
}

#[test]
fn a_new_file_is_filled_and_an_old_one_is_not() {
    let folder = folder();
    let path = folder.path().join("org.db");
    let mut database = open(&path).expect("a new file");
    assert_eq!(count(&database), ACCOUNTS);
    add(&mut database, ACCOUNTS);
    let rows = database.rows;
    drop(database);
    let left = contents(folder.path());
    assert_eq!(left.len(), 1, "a file that is closed is all there is");
    let mut again = open_old(&path);
    assert_eq!(count(&again), ACCOUNTS + 1);
    assert_eq!(again.rows, rows, "the keys go on where they were");
    add(&mut again, ACCOUNTS + 1);
}

#[test]
fn only_its_owner_can_read_it() {
    let folder = folder();
    let (new, empty) = (folder.path().join("new"), folder.path().join("empty"));
    fs::write(&empty, "").expect("a file");
    fs::set_permissions(&empty, Permissions::from_mode(0o644)).expect("a mode");
    for path in [new, empty] {
        let mut database = open(&path).expect("a file");
        add(&mut database, ACCOUNTS);
        for suffix in ["", "-wal"] {
            let metadata = fs::metadata(beside(&path, suffix)).expect("a file");
            assert_eq!(metadata.permissions().mode() & 0o777, MODE, "{suffix}");
        }
    }
}

#[test]
fn any_name_will_do() {
    let folder = folder();
    for name in [":memory:", "a?mode=ro#b%20c", "ä ö.db", "file:x"] {
        let path = folder.path().join(name);
        drop(open(&path).expect(name));
        assert_eq!(count(&open(&path).expect(name)), ACCOUNTS, "{name}");
    }
}

#[test]
fn a_killed_process_loses_no_write_and_leaves_no_half_of_one() {
    let folder = folder();
    let path = folder.path().join("org.db");
    let mut database = open(&path).expect("a new file");
    add(&mut database, ACCOUNTS);
    let after_one = folder.path().join("after one");
    killed(&path, &after_one);
    let _open = database.savepoint().expect("a savepoint");
    add(&mut database, ACCOUNTS + 1);
    let within = folder.path().join("within");
    killed(&path, &within);
    for copy in [after_one, within] {
        assert_eq!(count(&open(&copy).expect("a file")), ACCOUNTS + 1);
    }
    assert_eq!(count(&database), ACCOUNTS + 2);
}

#[test]
fn one_emulator_at_a_time_has_it() {
    let folder = folder();
    let path = folder.path().join("org.db");
    let mut first = open(&path).expect("a new file");
    let second = refusal(&path);
    assert!(matches!(second.problem, DataFileProblem::InUse));
    let words = format!(
        "the data file {} is in use by another emulator: stop that one, or name another file",
        path.display()
    );
    assert_eq!(second.to_string(), words);
    add(&mut first, ACCOUNTS);
    drop(first);
    assert_eq!(count(&open(&path).expect("it is free")), ACCOUNTS + 1);
}

/// Makes a file of `with` in a folder, and expects that it is refused and the
/// folder as it was.
fn refused(with: impl FnOnce(&Path)) -> String {
    let folder = folder();
    let path = folder.path().join("org.db");
    with(&path);
    let before = contents(folder.path());
    let problem = refusal(&path).problem;
    assert!(
        contents(folder.path()) == before,
        "changed in spite of {problem}"
    );
    problem.to_string()
}

#[test]
fn files_of_others_are_refused_and_not_changed() {
    let foreign = DataFileProblem::Foreign.to_string();
    let text = |bytes: &'static [u8]| move |path: &Path| fs::write(path, bytes).expect("a file");
    assert_eq!(refused(text(b"x")), foreign);
    assert_eq!(refused(text(&[0; 8_192])), foreign);
    assert_eq!(
        refused(|path| fs::create_dir(path).expect("a folder")),
        foreign
    );
    let other = |log: bool| {
        move |path: &Path| {
            let other = Connection::open(path).expect("a file");
            other
                .execute_batch(
                    "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1);",
                )
                .expect("a table");
            if log {
                // Not closed: its log is not in the file yet.
                std::mem::forget(other);
            }
        }
    };
    assert_eq!(refused(other(false)), foreign);
    assert_eq!(refused(other(true)), foreign);
}

fn changed(path: &Path, sql: &str) {
    drop(open(path).expect("a new file"));
    let file = Connection::open(path).expect("a file");
    file.execute_batch(sql).expect("a change");
}

#[test]
fn a_file_of_another_version_is_refused_and_not_changed() {
    let told = refused(|path| {
        let version =
            "UPDATE \"sfbox emulator\" SET \"value\" = '9.9.9' WHERE \"fact\" = 'version'";
        changed(path, &format!("{version}; PRAGMA user_version = 3;"));
    });
    assert_eq!(
        told,
        "was made by sfbox 9.9.9, which writes another format, and was not changed: use that version, or name \
         another file"
    );
    // Another version may have no such table.
    let told = refused(|path| {
        changed(
            path,
            "DROP TABLE \"sfbox emulator\"; PRAGMA user_version = 3;",
        );
    });
    assert!(
        told.starts_with("was made by sfbox of another version,"),
        "{told}"
    );
}

#[test]
fn a_file_of_another_schema_is_refused_and_not_changed() {
    let set = |sql: &'static str| {
        move |path: &Path| {
            let fact = "WHERE \"fact\" = 'schema'";
            changed(
                path,
                &format!("UPDATE \"sfbox emulator\" SET \"value\" = {sql} {fact}"),
            );
        }
    };
    for (sql, difference) in [
        (
            "\"value\" || char(10) || 'Zimt__c.Id id'",
            "it has `Zimt__c.Id id`, which the org does not have",
        ),
        (
            "replace(\"value\", 'Account.Name ', 'Account.Nom ')",
            "it has `Account.Nom string(",
        ),
        (
            "substr(\"value\", instr(\"value\", char(10)) + 1)",
            ".Id id(18)`, which the org has",
        ),
    ] {
        let told = refused(set(sql));
        assert!(
            told.starts_with("was made with another schema, and was not changed: "),
            "{told}"
        );
        assert!(told.contains(difference), "{told}");
    }
}

#[test]
fn a_file_that_was_not_finished_is_filled_anew() {
    let folder = folder();
    let path = folder.path().join("org.db");
    for is_damaged in [false, true] {
        let _ = fs::remove_file(&path);
        let broken = Database::open_file(&path, &Schema::standard(), |database| {
            break_off(database).map(|()| String::new())
        });
        assert!(matches!(broken, Err(Failure::Record(_))));
        if is_damaged {
            let mut bytes = fs::read(&path).expect("a file");
            bytes[100..].fill(0xff);
            fs::write(&path, bytes).expect("a file");
        }
        assert_eq!(count(&open(&path).expect("an org")), ACCOUNTS);
        assert_eq!(contents(folder.path()).len(), 1, "{is_damaged}");
        assert_eq!(count(&open(&path).expect("an org")), ACCOUNTS);
    }
}

#[test]
fn a_damaged_file_is_an_error() {
    let folder = folder();
    let path = folder.path().join("org.db");
    drop(open(&path).expect("a new file"));
    let mut bytes = fs::read(&path).expect("a file");
    bytes[100..].fill(0xff);
    fs::write(&path, bytes).expect("a file");
    let told = refusal(&path).problem.to_string();
    assert!(told.starts_with("cannot be used: "), "{told}");
    let nowhere = folder.path().join("nowhere/org.db");
    let told = refusal(&nowhere).problem.to_string();
    assert!(told.starts_with("cannot be opened: "), "{told}");
}

#[test]
fn a_refilled_file_is_as_it_was_made_or_as_it_was() {
    let folder = folder();
    let path = folder.path().join("org.db");
    let mut database = open(&path).expect("a new file");
    let rows = database.rows;
    add(&mut database, ACCOUNTS);
    drop(database);
    // Whatever it is opened with later.
    let mut database = open_old(&path);
    let before = database.rows;
    assert!(database.refill(|database, _| break_off(database)).is_err());
    assert_eq!((count(&database), database.rows), (ACCOUNTS + 1, before));
    let filled = database.refill(|database, recipe| {
        assert_eq!(recipe, "of 2");
        fill(database, 2)
    });
    filled.expect("records");
    assert_eq!((count(&database), database.rows), (ACCOUNTS, rows));
    drop(database);
    assert_eq!(count(&open(&path).expect("an old file")), ACCOUNTS);
}
