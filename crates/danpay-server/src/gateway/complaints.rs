//! Trouble of our own that every call meets is logged once in a while. Pure: the time is an argument.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cool_down::CoolDown;
use crate::limits;

/// Kinds that are remembered: KakaoPay documents fewer.
const KINDS_MAX: usize = 64;

/// When each kind was logged last.
#[derive(Debug, Default)]
pub(super) struct Complaints(BTreeMap<i32, CoolDown>);

impl Complaints {
    /// Whether to log this kind now.
    pub(super) fn is_due(&mut self, now: Timestamp, kind: i32) -> bool {
        let cool_downs = &mut self.0;
        if cool_downs
            .get(&kind)
            .is_some_and(|rest| rest.left(now).is_some())
        {
            return false;
        }
        if cool_downs.len() >= KINDS_MAX {
            cool_downs.clear();
        }
        cool_downs.insert(kind, CoolDown::new(now, limits::COMPLAINT_INTERVAL));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_once_a_minute() {
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let mut complaints = Complaints::default();
        assert!(complaints.is_due(at(0), -401));
        assert!(!complaints.is_due(at(59), -401));
        assert!(complaints.is_due(at(59), -403));
        assert!(!complaints.is_due(at(59), -401));
        assert!(complaints.is_due(at(60), -401));
        for kind in 0..1_000 {
            complaints.is_due(at(61), kind);
        }
        assert!(complaints.0.len() <= KINDS_MAX);
    }
}
