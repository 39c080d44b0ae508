//! The tables of the chapter on sizing tell the truth.

#![forbid(unsafe_code)]

use mosh_core::storage::{StaticClient, StaticServer};
use mosh_smoltcp::{Console, Viewer};

type SmallServer<
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
    const IN: usize,
> = StaticServer<COLUMNS, ROWS, TOTAL, MESSAGE, IN, 128, 8, 8, 4, 6>;

/// The columns of each row but the last, and the bytes.
const ROWS: &[(&str, usize)] = &[
    ("| 80x24 | 73 | 4096 | 4096 | usual |", size_of::<StaticServer<80, 24, 73, 4096>>()),
    ("| 80x24 | 73 | 2048 | 1024 | usual |", size_of::<StaticServer<80, 24, 73, 2048, 1024>>()),
    ("| 80x24 | 97 | 2048 | 1024 | usual |", size_of::<StaticServer<80, 24, 97, 2048, 1024>>()),
    ("| 80x24 | 97 | 1024 | 1024 | small |", size_of::<SmallServer<80, 24, 97, 1024, 1024>>()),
    ("| 40x12 | 37 | 2048 | 2048 | usual |", size_of::<StaticServer<40, 12, 37, 2048>>()),
    ("| 40x12 | 49 | 2048 | 2048 | usual |", size_of::<StaticServer<40, 12, 49, 2048>>()),
    ("| 40x12 | 37 | 1024 | 512 | small |", size_of::<SmallServer<40, 12, 37, 1024, 512>>()),
    ("| 132x43 | 130 | 4096 | 4096 | usual |", size_of::<StaticServer<132, 43, 130, 4096>>()),
    (
        "| 80x24 client | 97 | 8192 | 4096 | usual |",
        size_of::<StaticClient<80, 24, 97, 8192, 4096>>(),
    ),
    (
        "| 40x12 client | 49 | 4096 | 2048 | usual |",
        size_of::<StaticClient<40, 12, 49, 4096, 2048>>(),
    ),
];

#[test]
fn every_row_of_the_tables_is_measured() {
    let chapter = include_str!("../src/sizing.md");
    let mut found = 0;
    for line in chapter.lines().filter(|line| line.starts_with("| ") && line.contains('x')) {
        let Some((columns, bytes)) = ROWS.iter().find(|(columns, _)| line.starts_with(columns))
        else {
            panic!("not measured: {line}");
        };
        assert_eq!(line, format!("{columns} {} |", thousands(*bytes)));
        found += 1;
    }
    assert_eq!(found, ROWS.len());
}

#[test]
fn a_console_of_80x24_leaves_room_in_128_kib_and_one_of_40x12_in_64() {
    // With a socket's two buffers, two frames, and some 14 kB for making the console in its place,
    // the most that the stack holds at any time.
    let beside = 2 * 1280 + 2 * 1536 + 14_000;
    let console = size_of::<Console<'_>>();
    assert!(size_of::<StaticServer<80, 24, 73, 4096>>() + console + beside < 128 << 10);
    assert!(size_of::<StaticServer<40, 12, 37, 2048>>() + console + beside < 64 << 10);
}

#[test]
fn endpoints_take_what_the_chapter_says() {
    // Pointers are twice as long here as on a microcontroller.
    assert!((6_000..8_500).contains(&size_of::<Console<'_>>()), "{}", size_of::<Console<'_>>());
    assert!((12_000..14_500).contains(&size_of::<Viewer<'_>>()), "{}", size_of::<Viewer<'_>>());
}

fn thousands(bytes: usize) -> String {
    format!("{},{:03}", bytes / 1000, bytes % 1000)
}
