//! The server's log, as PostgreSQL writes it: each statement that was executed, and its values.

use std::path::Path;

use anyhow::{Context as _, Result};

/// A statement, and its values as the server reads text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Executed {
    pub(super) sql: String,
    pub(super) values: Vec<Option<String>>,
}

pub(super) fn read(log: &Path) -> Result<Vec<Executed>> {
    let log = std::fs::read_to_string(log).context("the server's log cannot be read")?;
    Ok(executed(&log))
}

fn executed(log: &str) -> Vec<Executed> {
    let mut all = Vec::new();
    let mut sql = String::new();
    for line in log.lines() {
        if let Some((_, values)) = line
            .split_once("DETAIL:  parameters: ")
            .or_else(|| line.split_once("DETAIL:  Parameters: "))
        {
            let sql = std::mem::take(&mut sql);
            // The same is told when the values are bound.
            if sql.contains(" ms  execute ") {
                let values = parameters(values);
                all.push(Executed { sql, values });
            }
        } else if line.contains("LOG:  duration: ") {
            line.clone_into(&mut sql);
        } else {
            sql.push('\n');
            sql.push_str(line);
        }
    }
    all
}

/// `$1 = 'it''s', $2 = NULL`
fn parameters(text: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some((_, value)) = rest.split_once(" = ") {
        let Some(quoted) = value.strip_prefix('\'') else {
            values.push(None);
            rest = value;
            continue;
        };
        let (text, after) = unquoted(quoted);
        values.push(Some(text));
        rest = after;
    }
    values
}

/// Up to the quote that ends it, and what follows.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\'') {
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return (value, after),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_was_executed_is_read_with_its_values() {
        let told = |phase: &str| {
            let values = r#"$1 = 'a = ''b''', $2 = NULL, $3 = '{"x": 1, "y": 2}'"#;
            format!(
                "[7] LOG:  duration: 0.5 ms  {phase} s1: \n\
                 \twith changed as (\n\
                 \tinsert into payments\n\
                 [7] DETAIL:  parameters: {values}\n"
            )
        };
        let log = told("bind") + &told("execute");
        let [one] = executed(&log).try_into().unwrap();
        let Executed { sql, values } = one;
        assert!(sql.contains("insert into payments"));
        let expected = [Some("a = 'b'"), None, Some(r#"{"x": 1, "y": 2}"#)];
        assert_eq!(values, expected.map(|value| value.map(str::to_owned)));
    }
}
