//! docs/ledger.md: its queries find people in the ledger of a real folder, and it names every table. README:
//! the mail that it shows is what the program prints.

use rusqlite::Connection;

use super::support::{AT, Folder, project};

/// The folder's ledger after two runs: ada and bob are new, then bob leaves and ada gets another name.
fn ledger(folder: &Folder) -> Connection {
    folder.file("a.csv", "email,name\nada@q.com,Ada\nbob@q.com,Bob\n");
    folder.generate("a.csv", &[]).exits(0);
    folder.file("b.csv", "email,name\nada@q.com,Ada King\n");
    folder.generate("b.csv", &["--max-leavers", "1"]).exits(0);
    Connection::open(folder.path().join("out/ledger.db")).unwrap()
}

/// The ledger's page.
fn page() -> String {
    std::fs::read_to_string(project("docs/ledger.md")).unwrap()
}

/// The SQL in the ledger's page.
fn queries() -> Vec<String> {
    let page = page();
    let blocks = page.split("```sql\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// The rows that `query` finds, each as one text.
fn rows(ledger: &Connection, query: &str) -> Vec<String> {
    let mut query = ledger.prepare(query).unwrap();
    let columns = query.column_count();
    let cell = |row: &rusqlite::Row<'_>, at| row.get::<_, rusqlite::types::Value>(at);
    query
        .query_map([], |row| {
            let cells = (0..columns).map(|at| cell(row, at)).collect::<Result<Vec<_>, _>>()?;
            Ok(format!("{cells:?}"))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn the_queries_of_the_page_find_who_left_what_happened_and_who_signs() {
    let folder = Folder::new();
    let ledger = ledger(&folder);
    let [left, history, signers] = <[String; 3]>::try_from(queries()).unwrap();
    let left = rows(&ledger, &left);
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].contains("Bob") && left[0].contains("bob@q.com"), "{left:?}");
    let history = rows(&ledger, &history);
    assert_eq!(history.len(), 2, "{history:?}");
    assert!(history[0].contains("new"), "{history:?}");
    assert!(history[1].contains("changed") && history[1].contains("Ada King"), "{history:?}");
    let signers = rows(&ledger, &signers);
    assert_eq!(signers.len(), 1, "{signers:?}");
    assert!(signers[0].contains("Integer(1)"), "{signers:?}");
}

#[test]
fn the_page_names_every_table_and_no_other() {
    let folder = Folder::new();
    let ledger = ledger(&folder);
    let mut tables = rows(
        &ledger,
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'",
    );
    let page = page();
    let section = page.split("## Tables").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut named: Vec<String> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(|name| format!("{:?}", [rusqlite::types::Value::Text(name.to_owned())]))
        .collect();
    tables.sort();
    named.sort();
    assert_eq!(named, tables);
}

#[test]
fn the_mail_that_the_readme_shows_is_what_plan_and_generate_print() {
    let folder = Folder::new();
    folder.file(
        "a.csv",
        "email,name\nada@centurylink.net,Ada\nbob@centurylink.net,Bob Stone\n\
         cyd@centurylink.net,Cyd\ndee@centurylink.net,Dee\n",
    );
    folder.file(
        "b.csv",
        "email,name\nada@centurylink.net,Ada\nbob@centurylink.net,Bob Hill\n\
         cyd@centurylink.net,Cyd\neve@centurylink.net,Eve\n",
    );
    folder.generate("a.csv", &[]).exits(0);
    let plan = [
        "-q",
        "plan",
        "b.csv",
        "--out",
        "out",
        "--exit-code",
        "--at",
        AT,
        "--sign-cert",
        "id/cert.pem",
        "--sign-key",
        "id/key.pem",
        "--sign-chain",
        "id/ca.pem",
    ];
    let planned = folder.run(plan).exits(4).stdout;
    let made = folder.generate("b.csv", &["-q"]).exits(0).stdout;
    let readme = std::fs::read_to_string(project("README.md")).unwrap();
    let block = readme.split("<!-- the mail:").nth(1).unwrap().split("```").nth(1).unwrap();
    assert_eq!(block.trim_start(), [planned, made].concat());
}
