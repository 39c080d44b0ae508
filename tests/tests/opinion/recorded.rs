//! Recorded programs, shown by ours and by Alacritty's.

use std::path::Path;

use mosh_tests::predict::recording::{Event, Kind, Recording};

use super::differences::Both;

#[test]
fn recordings_look_as_in_alacritty() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut failures = Vec::new();
    let folders = [folder.join("corpus"), folder.join("screen")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "cast"))
        .collect();
    files.sort_unstable();
    assert!(files.len() > 30);
    for file in files {
        let recording = Recording::load(&file).unwrap();
        let mut both = Both::new(&output(&recording), recording.size, false);
        for (number, event) in recording.events.iter().enumerate() {
            let Kind::Output(text) = &event.kind else { continue };
            both.write(text.as_bytes(), &[]);
            let (own, other) = both.pictures();
            let found = own.differences(&other, 4);
            if !found.is_empty() {
                let name = file.file_stem().unwrap().to_string_lossy();
                failures.push(format!("{name}, event {number}, {:?}\n{found}", text));
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn output(recording: &Recording) -> Vec<u8> {
    let text = |event: &Event| match &event.kind {
        Kind::Output(text) => text.clone().into_bytes(),
        _ => Vec::new(),
    };
    recording.events.iter().flat_map(text).collect()
}
