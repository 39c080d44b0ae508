//! Rules of the core that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

use mosh_tests::matrix::Tally;

use crate::run::Outcome;

/// Where conditional compilation is at home: each hides one difference between builds.
const SHIMS: &[&str] = &["core/src/storage", "core/src/log.rs", "core/src/compress"];

/// What may stand everywhere in the core.
const EVERYWHERE: &[&str] =
    &["#[cfg(test)]", "#[cfg_attr(feature = \"defmt\", derive(defmt::Format))]"];

/// Looks for `cfg` outside the shims: the core is one code path, with few stated exceptions.
pub(crate) fn run() -> Outcome<Tally> {
    let mut files = Vec::new();
    collect(Path::new("core/src"), &mut files).map_err(|error| format!("core/src: {error}"))?;
    let mut tally = Tally::default();
    for file in files {
        if SHIMS.iter().any(|shim| file.starts_with(shim)) {
            continue;
        }
        let text =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let stray = stray_conditions(&text);
        for line in &stray {
            println!("{}:{line}: cfg outside the shims", file.display());
        }
        tally.passed += usize::from(stray.is_empty());
        tally.failed += usize::from(!stray.is_empty());
    }
    Ok(tally)
}

/// The numbers of the lines with conditions that do not belong there.
fn stray_conditions(text: &str) -> Vec<usize> {
    let mut stray = Vec::new();
    let mut previous = "";
    for (index, line) in text.lines().map(str::trim).enumerate() {
        let conditional =
            line.contains("cfg(") || line.contains("cfg!(") || line.contains("cfg_attr(");
        if conditional && !line.starts_with("//") && !EVERYWHERE.contains(&line) {
            stray.push(index + 1);
        }
        // The crate root says that there is a heap, for the shims.
        if previous == "#[cfg(feature = \"alloc\")]" && line == "extern crate alloc;" {
            stray.pop();
        }
        previous = line;
    }
    stray
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_outside_the_shims_are_found() {
        let fine = "#[cfg(feature = \"alloc\")]\nextern crate alloc;\n#[cfg(test)]\nmod tests;\n\
                    // cfg(unix)\n    #[cfg_attr(feature = \"defmt\", derive(defmt::Format))]\n";
        assert_eq!(stray_conditions(fine), [0; 0]);
        let bad = "#[cfg(feature = \"alloc\")]\nfn grow() {}\nif cfg!(unix) {}\n#[cfg(unix)]\n";
        assert_eq!(stray_conditions(bad), [1, 3, 4]);
    }
}
