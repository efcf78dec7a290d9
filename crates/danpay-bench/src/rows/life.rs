//! One payment's rows, from its creation to its approval.

use std::collections::HashMap;

use anyhow::{Result, anyhow, ensure};
use rusqlite::types::Value;

use super::Table;

/// create, the claim, and the approval: each a commit of its own.
const STEPS: usize = 3;

/// One row and the commit that it was born in.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) table: usize,
    pub(crate) step: usize,
    pub(crate) values: Vec<Value>,
}

#[derive(Default)]
pub(crate) struct Life {
    rows: Vec<Row>,
    /// The payment's state after each step, as its event tells it.
    states: [String; STEPS],
    tid: String,
    order_id: String,
    /// Whose payment it is, and all its twins.
    shop_id: Option<Vec<u8>>,
    /// Where times and ids are, for each table that has been seen.
    columns: HashMap<usize, Columns>,
}

#[derive(Default)]
struct Columns {
    times: Vec<usize>,
    key: Option<usize>,
}

/// Another payment with the same life.
#[derive(Clone, Copy)]
pub(crate) struct Twin {
    pub(crate) number: u64,
    /// How much later it was made, in milliseconds.
    pub(crate) later_ms: i64,
}

impl Life {
    pub(super) fn add(&mut self, index: usize, table: &Table, values: Vec<Value>) -> Result<()> {
        let text = |column| match table.get(&values, column) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let step = match table.get(&values, "sequence") {
            Some(Value::Integer(sequence)) => usize::try_from(*sequence)?,
            _ => 1,
        };
        if table.name == "payments" {
            self.tid = text("tid").unwrap_or_default();
            self.order_id = text("order_id").unwrap_or_default();
            self.shop_id = match table.get(&values, "shop_id") {
                Some(Value::Blob(id)) => Some(id.clone()),
                _ => None,
            };
        }
        if let (Some(state), "events") = (text("state"), table.name.as_str()) {
            let place = self.states.get_mut(step.saturating_sub(1));
            *place.ok_or_else(|| anyhow!("an approved payment has a step {step}"))? = state;
        }
        self.columns.entry(index).or_insert_with(|| Columns {
            times: ["created_at", "expires_at", "updated_at", "at"]
                .into_iter()
                .filter_map(|column| table.index(column))
                .collect(),
            key: table.index("key"),
        });
        self.rows.push(Row {
            table: index,
            step,
            values,
        });
        Ok(())
    }

    pub(super) fn check(&self) -> Result<()> {
        let whole = self.states.iter().all(|state| !state.is_empty());
        ensure!(whole, "{} was not approved in three steps", self.tid);
        Ok(())
    }

    /// The state after a step, 1 to 3.
    pub(crate) fn state(&self, step: usize) -> &str {
        self.states.get(step - 1).map_or("", String::as_str)
    }

    /// Its rows as another payment would have them.
    pub(crate) fn twin(&self, twin: Twin) -> Vec<Row> {
        let shop_id = self.shop_id.iter().map(|id| (id.clone(), id.clone()));
        let mut ids: HashMap<_, _> = shop_id.collect();
        let names = [
            (self.tid.as_str(), same_length(&self.tid, twin.number)),
            (
                self.order_id.as_str(),
                same_length(&self.order_id, twin.number),
            ),
        ];
        let mut rows = self.rows.clone();
        for row in &mut rows {
            for value in &mut row.values {
                match value {
                    Value::Blob(id) if id.len() == 16 => {
                        let next = ids.len();
                        let new = ids.entry(id.clone()).or_insert_with(|| twin.id(id, next));
                        *value = Value::Blob(new.clone());
                    }
                    Value::Text(text) => {
                        for (old, new) in &names {
                            if text.contains(old) {
                                *text = text.replace(old, new);
                            }
                        }
                    }
                    _ => {}
                }
            }
            if let Some(columns) = self.columns.get(&row.table) {
                columns.move_on(&mut row.values, twin);
            }
        }
        rows
    }
}

impl Columns {
    fn move_on(&self, values: &mut [Value], twin: Twin) {
        for &index in &self.times {
            if let Some(Value::Integer(at)) = values.get_mut(index) {
                *at += twin.later_ms;
            }
        }
        if let Some(Value::Text(key)) = self.key.and_then(|index| values.get_mut(index)) {
            *key = same_length(key, twin.number);
        }
    }
}

impl Twin {
    /// A `UUIDv7` of the moved time; `place` tells the payment's ids apart.
    fn id(self, old: &[u8], place: usize) -> Vec<u8> {
        let ms = old
            .iter()
            .take(6)
            .fold(0_i64, |ms, byte| ms << 8 | i64::from(*byte));
        let time = (ms + self.later_ms).to_be_bytes().into_iter().skip(2);
        let random = old.iter().copied().skip(6).take(2);
        let number = (self.number << 4 | place as u64).to_be_bytes();
        // The variant's bits stay; no number is as large as to reach them.
        let number = number.into_iter().enumerate();
        let number = number.map(|(index, byte)| if index == 0 { byte | 0x80 } else { byte });
        time.chain(random).chain(number).collect()
    }
}

/// A name that nobody else has, as long as the one it stands for, and beginning like it.
fn same_length(old: &str, number: u64) -> String {
    let number = number.to_string();
    let digits = old.len().saturating_sub(number.len());
    let begin: String = old.chars().take(digits).collect();
    let begin = begin.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric());
    let zeros = "0".repeat(digits - begin.len());
    format!("{begin}{zeros}{number}")
}
