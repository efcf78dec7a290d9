//! Every interleaving, up to a depth: two tabs of the payer (one with a forged token), two servers,
//! recovery, the shop's and somebody else's cancels, and every answer of KakaoPay's.
//!
//! The search goes breadth first over the real [`decide`] and visits no state twice, so the first
//! trace that it finds to a broken promise is a shortest one.

mod invariants;
mod kakaopay;
mod key;
mod moves;
mod world;

use std::collections::HashSet;

use invariants::Settling;
use key::key;
use moves::{Move, apply, moves};
use world::World;

use super::*;

/// The moments between which time passes, in seconds after ready. A call takes effect within 30 s
/// or never: so it may be on its way at the next moment, and has ended soon after that. 890 to 931
/// is the way past the expiry (900) and its margin (930); then a day has passed.
const MOMENTS: [i64; 11] = [10, 25, 41, 56, 890, 905, 922, 931, 87_400, 87_415, 87_431];

/// How deep the search goes unless `DANPAY_MODEL_DEPTH` says otherwise: 221,405 distinct states. The
/// deepest run so far was 7 steps: 2,765,185.
const DEPTH: u32 = 5;

/// Within so many steps each bug that is planted must break a promise.
#[cfg(feature = "planted-bugs")]
const DEPTH_TO_A_BUG: u32 = 6;

/// How a state was reached first: from which node, by which step.
type Node = (Option<usize>, Option<Move>);

/// What a search has seen.
#[derive(Default)]
struct Seen {
    states: usize,
    statuses: HashSet<Status>,
    /// The first broken promise, with the steps that lead there.
    broken: Option<(String, Vec<String>)>,
}

fn roots() -> Vec<World> {
    let late = 890;
    vec![
        World::ready(ApprovalMode::Automatic, at(10)),
        World::ready(ApprovalMode::Automatic, at(late)),
        World::ready(ApprovalMode::Manual, at(10)),
        World::approved(true, at(10)),
        World::approved(false, at(10)),
    ]
}

fn search(depth: u32) -> Seen {
    let (mut visited, mut settling) = (HashSet::new(), Settling::default());
    let mut seen = Seen::default();
    let mut nodes: Vec<Node> = Vec::new();
    let mut frontier: Vec<(World, usize)> = Vec::new();
    for root in roots() {
        visited.insert(key(&root));
        frontier.push((root, nodes.len()));
        nodes.push((None, None));
    }
    for level in 1..=depth {
        for (world, node) in std::mem::take(&mut frontier) {
            for step in moves(&world) {
                let Some(after) = apply(&world, &step) else {
                    continue;
                };
                if !visited.insert(key(&after)) {
                    continue;
                }
                nodes.push((Some(node), Some(step)));
                let held = invariants::check(&after).and_then(|()| settling.check(&after));
                if let Err(promise) = held {
                    seen.broken = Some((promise, trace(&nodes)));
                    return seen;
                }
                seen.states = visited.len();
                seen.statuses.insert(after.row.status());
                // The last states are looked at and not kept: they are most of all.
                if level < depth {
                    frontier.push((after, nodes.len() - 1));
                } else {
                    nodes.pop();
                }
            }
        }
    }
    seen
}

/// The steps to the newest node.
fn trace(nodes: &[Node]) -> Vec<String> {
    let mut steps = Vec::new();
    let mut node = nodes.last();
    while let Some((parent, step)) = node {
        steps.extend(step.as_ref().map(|step| format!("{step:?}")));
        node = parent.map(|parent| &nodes[parent]);
    }
    steps.reverse();
    steps
}

#[test]
fn whatever_comes_between_the_promises_hold() {
    let depth = std::env::var("DANPAY_MODEL_DEPTH");
    let depth = depth.map_or(DEPTH, |depth| depth.parse().unwrap());
    let seen = search(depth);
    println!("{} distinct states within {depth} steps", seen.states);
    assert!(seen.broken.is_none(), "{:#?}", seen.broken);
    assert_eq!(
        seen.statuses.len(),
        10,
        "only {:?} were reached",
        seen.statuses
    );
}

/// With a bug planted, a promise is broken: so the search sees what it should.
#[cfg(feature = "planted-bugs")]
#[test]
fn every_bug_that_is_planted_in_the_rules_breaks_a_promise() {
    use crate::planted::{Bug, plant};
    for bug in Bug::IN_THE_RULES {
        plant(Some(bug));
        let seen = search(DEPTH_TO_A_BUG);
        plant(None);
        let (promise, steps) = seen
            .broken
            .unwrap_or_else(|| panic!("{bug:?} is not found"));
        println!(
            "{bug:?}: {promise}, after {} steps: {steps:#?}",
            steps.len()
        );
    }
}
