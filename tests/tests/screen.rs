//! The emulator on the files of `tests/screen`: recorded and written output, and what must be
//! shown then.

use std::path::{Path, PathBuf};

use mosh_tests::screen::Own;
use mosh_tests::screen::case::Case;

/// What ours does not do as the file says, and why: each is to be taken out of here once it does.
const KNOWN: &[(&str, &str)] = &[];

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screen");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|it| it == "case")).collect();
    files.sort_unstable();
    files
}

#[test]
fn output_makes_the_pictures_that_the_files_show() {
    let files = files();
    assert!(files.len() >= 14, "only {} files", files.len());
    let mut report = String::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy();
        let case = Case::load(&file).unwrap();
        let run = case.run(&mut Own::new((1, 1))).unwrap();
        let found = case.differences(&run);
        match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((_, reason)) if found.is_empty() => {
                report += &format!("{name} is as the file says: {reason} is no reason any more\n");
            }
            None if !found.is_empty() => report += &format!("{name}:\n{found}"),
            _ => {}
        }
    }
    assert!(report.is_empty(), "\n{report}");
}
