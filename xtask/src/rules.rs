//! Rules of the core that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

use mosh_tests::failures;
use mosh_tests::matrix::Tally;

use crate::run::Outcome;

/// Where conditional compilation is at home: each hides one difference between builds.
const SHIMS: &[&str] = &["core/src/storage", "core/src/log.rs", "core/src/compress"];

/// What may stand everywhere in the core.
const EVERYWHERE: &[&str] = &["#[cfg(test)]", DERIVED];

/// Looks for `cfg` outside the shims, as the core is one code path with few stated exceptions, and
/// for public types that `defmt` cannot format.
pub(crate) fn run() -> Outcome<Tally> {
    check(Path::new(""))
}

/// Checks the core below `root`, where the workspace is.
fn check(root: &Path) -> Outcome<Tally> {
    let mut files = Vec::new();
    collect(&root.join("core/src"), &mut files).map_err(|error| format!("core/src: {error}"))?;
    let mut tally = Tally::default();
    for file in files {
        let text =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let is_shim = SHIMS.iter().any(|shim| file.starts_with(root.join(shim)));
        let stray = if is_shim { Vec::new() } else { stray_conditions(&text) };
        for line in &stray {
            tell(format!("{}:{line}: cfg outside the shims", file.display()));
        }
        let silent = types_without_format(&text);
        for (line, name) in &silent {
            tell(format!("{}:{line}: {name} has no defmt::Format", file.display()));
        }
        let fine = stray.is_empty() && silent.is_empty();
        tally.passed += usize::from(fine);
        tally.failed += usize::from(!fine);
    }
    Ok(tally)
}

fn tell(failure: String) {
    println!("{failure}");
    failures::keep(failure);
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

/// The lines and names of public types that neither derive `defmt::Format` nor have it by hand.
///
/// A type is public if it says so: the compiler warns of those that nobody outside can reach.
fn types_without_format(text: &str) -> Vec<(usize, &str)> {
    let by_hand: Vec<&str> = text.split("defmt_format!(").skip(1).map(formatted_type).collect();
    let mut found = Vec::new();
    let mut derived = false;
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line == "mod tests {" {
            break;
        }
        let kinds = ["pub struct ", "pub enum ", "pub union "];
        if let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) {
            let name = first_name(rest);
            if !derived && !by_hand.contains(&name) {
                found.push((index + 1, name));
            }
        }
        // Attributes and documentation stand between the attribute and the type.
        let between = line.starts_with('#') || line.starts_with("//");
        derived = line == DERIVED || derived && between;
    }
    found
}

const DERIVED: &str = "#[cfg_attr(feature = \"defmt\", derive(defmt::Format))]";

/// The type that an invocation of the core's `defmt_format` is for, with its generics before it.
fn formatted_type(arguments: &str) -> &str {
    let arguments = arguments.trim_start();
    let generics = arguments.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    first_name(generics.map_or(arguments, |(_, after)| after.trim_start()))
}

fn first_name(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_alphanumeric() && character != '_');
    &text[..end.unwrap_or(text.len())]
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
    fn the_core_keeps_its_rules() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("below the workspace");
        let tally = check(root).expect("readable sources");
        assert_eq!(tally.failed, 0);
        assert!(tally.passed > 50, "only {} files", tally.passed);
    }

    #[test]
    fn conditions_outside_the_shims_are_found() {
        let fine = "#[cfg(feature = \"alloc\")]\nextern crate alloc;\n#[cfg(test)]\nmod tests;\n\
                    // cfg(unix)\n    #[cfg_attr(feature = \"defmt\", derive(defmt::Format))]\n";
        assert_eq!(stray_conditions(fine), [0; 0]);
        let bad = "#[cfg(feature = \"alloc\")]\nfn grow() {}\nif cfg!(unix) {}\n#[cfg(unix)]\n";
        assert_eq!(stray_conditions(bad), [1, 3, 4]);
    }
    #[test]
    fn public_types_without_a_format_are_found() {
        let fine = "/// A.\n#[cfg_attr(feature = \"defmt\", derive(defmt::Format))]\n#[must_use]\n\
                    pub struct A;\npub struct B([u8; 4]);\n\n\
                    crate::log::defmt_format!(B, _ => \"B(..)\");\npub enum C<'s, T> {}\n\
                    crate::log::defmt_format!(\n    [T] C<'_, T>,\n    _ => \"C\");\n\
                    pub(super) struct D;\nstruct E;\nmod tests {\n    pub struct F;\n}\n";
        assert_eq!(types_without_format(fine), []);
        let bad = "#[cfg_attr(feature = \"defmt\", derive(defmt::Format))]\npub struct A;\n\
                   pub struct Bb<T>(T);\ncrate::log::defmt_format!(B, _ => \"B\");\n\
                   pub enum C {\n}\n";
        assert_eq!(types_without_format(bad), [(3, "Bb"), (5, "C")]);
    }
}
