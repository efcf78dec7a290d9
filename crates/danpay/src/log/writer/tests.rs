use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::super::queue::Line;
use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// A disk that takes so many bytes at its next writes; without any, it is full.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<(VecDeque<usize>, String)>>);

impl Disk {
    fn makes_room(&self, bytes: &[usize]) {
        self.0.lock().unwrap().0.extend(bytes);
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().1.clone()
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let (room, text) = &mut *self.0.lock().unwrap();
        let Some(most) = room.pop_front() else {
            return Err(ErrorKind::StorageFull.into());
        };
        let written = bytes.get(..most).unwrap_or(bytes);
        text.push_str(std::str::from_utf8(written).unwrap());
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const ALL: usize = 1_000;

fn writer(disk: &Disk) -> Writer<Disk> {
    let clock = Clock::from_fn(|| at(60));
    Writer::new(disk.clone(), LogFormat::Text, clock, None)
}

/// Tries once to write what is next.
fn turn(writer: &mut Writer<Disk>, queue: &Queue) -> bool {
    let next = queue.next().unwrap();
    writer.write(next, queue).is_ok()
}

/// Of ten bytes each.
fn push(queue: &Queue, seconds: std::ops::Range<i64>) {
    for second in seconds {
        let text = format!("second {second:02}\n").into_bytes();
        let at = at(second);
        queue.push(Line { at, text });
    }
}

#[test]
fn lines_that_could_not_be_written_are_written_when_there_is_room() {
    let (disk, queue) = (Disk::default(), Queue::new(100));
    let mut writer = writer(&disk);
    push(&queue, 0..3);
    assert!(!turn(&mut writer, &queue));
    assert!(!turn(&mut writer, &queue));
    disk.makes_room(&[ALL; 3]);
    for _ in 0..3 {
        assert!(turn(&mut writer, &queue));
    }
    assert_eq!(disk.text(), "second 00\nsecond 01\nsecond 02\n");
}

#[test]
fn the_oldest_lines_make_room_and_are_counted_where_they_are_missing() {
    let (disk, queue) = (Disk::default(), Queue::new(30));
    let mut writer = writer(&disk);
    disk.makes_room(&[ALL]);
    push(&queue, 0..1);
    assert!(turn(&mut writer, &queue));
    push(&queue, 1..6);
    // What tells of the gap is not written either, and the gap grows meanwhile.
    assert!(!turn(&mut writer, &queue));
    push(&queue, 6..7);
    disk.makes_room(&[ALL; 4]);
    for _ in 0..4 {
        assert!(turn(&mut writer, &queue));
    }
    assert_eq!(
        disk.text(),
        "second 00\n\
         2027-01-15T08:01:00Z  WARN danpay::log: log gap log.lost=3 \
         log.from=2027-01-15T08:00:01Z log.to=2027-01-15T08:00:03Z\n\
         second 04\nsecond 05\nsecond 06\n"
    );
}

#[test]
fn a_line_that_failed_is_lost_with_those_after_it_that_had_to_go_meanwhile() {
    let (disk, queue) = (Disk::default(), Queue::new(20));
    let mut writer = writer(&disk);
    push(&queue, 0..1);
    let failing = queue.next().unwrap();
    push(&queue, 1..4);
    assert!(writer.write(failing, &queue).is_err());
    disk.makes_room(&[ALL; 3]);
    for _ in 0..3 {
        assert!(turn(&mut writer, &queue));
    }
    let text = disk.text();
    assert!(text.contains("log.lost=2"), "{text}");
    assert!(text.ends_with("Z\nsecond 02\nsecond 03\n"), "{text}");
}

#[test]
fn a_line_that_was_cut_is_written_again_below() {
    let (disk, queue) = (Disk::default(), Queue::new(100));
    let mut writer = writer(&disk);
    push(&queue, 0..2);
    disk.makes_room(&[4]);
    assert!(!turn(&mut writer, &queue));
    assert!(!turn(&mut writer, &queue));
    // The newline, a write in pieces, and a whole one.
    disk.makes_room(&[1, 3, ALL, ALL]);
    assert!(turn(&mut writer, &queue));
    assert!(turn(&mut writer, &queue));
    assert_eq!(disk.text(), "seco\nsecond 00\nsecond 01\n");
}

#[test]
fn the_end_waits_for_the_last_lines_and_not_for_a_disk_that_stays_full() {
    for room in [2, 1] {
        let disk = Disk::default();
        let queue = Arc::new(Queue::new(100));
        let writer = writer(&disk);
        disk.makes_room(&[ALL].repeat(room));
        push(&queue, 0..2);
        queue.begin();
        let writing = Arc::clone(&queue);
        let thread = thread::spawn(move || writer.run(&writing));
        assert!(queue.end(Duration::from_secs(30)));
        thread.join().unwrap();
        assert_eq!(disk.text().lines().count(), room);
    }
}

#[test]
fn the_end_does_not_wait_for_ever_for_a_reader_that_has_stopped() {
    let queue = Queue::new(100);
    // It writes, and hangs in that.
    queue.begin();
    assert!(!queue.end(Duration::from_millis(1)));
}
