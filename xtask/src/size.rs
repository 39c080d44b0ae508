//! `cargo xtask size`: what the firmware takes, of which memory and for what.
//!
//! Static data and code are counted from the symbols of the images, the stack is measured on the
//! machine. Code that the compiler has put into its caller counts as the caller's.

use std::collections::BTreeMap;
use std::fs;

use mosh_tests::failures;
use mosh_tests::firmware::{self, FIRMWARE, Image, Role};
use mosh_tests::matrix::Tally;
use mosh_tests::programs::Installed;

use crate::cross::COMPILER;
use crate::elf::{Elf, Symbol};
use crate::firmware::{PACKAGES, RAM, build};
use crate::run::{Arguments, Outcome, is_strict};
use crate::{debian, interop};

const SNAPSHOT: &str = "tests/snapshots/size.md";

/// The depth of the stack depends a little on when what arrives and when the timer interrupts.
const STACK_STEP: usize = 256;

/// What figures may differ by from those of the snapshot: the compiler is Debian's newest.
const TOLERANCE_PERCENT: usize = 3;
const TOLERANCE: usize = 512;

const HEAD: &str = "\
# What the firmware takes, in bytes

Written by `cargo xtask size`. Static data and code are counted from the symbols of the images that
`cargo xtask firmware` builds; the stack is what a session with mosh 1.4 has painted over at the
deepest, rounded up. Code that the compiler has put into its caller counts there.

";

/// Parts of the core that are told apart, by module, and who does their work beside them.
const MODULES: &[&str] = &[
    "crypto",
    "compress",
    "wire",
    "transport",
    "input",
    "screen",
    "terminal",
    "diff",
    "predict",
    "server",
    "client",
];

pub(crate) fn run(rest: &[String]) -> Outcome<Tally> {
    let valued = ["--executable", "--profile"];
    let arguments = Arguments::parse(rest, &["--check"], &valued)?;
    if let Err(reason) = debian::ensure(COMPILER).and_then(|()| debian::ensure(PACKAGES)) {
        if is_strict() {
            return Err(reason);
        }
        println!("skipped: sizes of the firmware: {reason}");
        return Ok(Tally { skipped: 1, ..Tally::default() });
    }
    let executable = arguments.value("--executable").map(|_| interop::executable(&arguments));
    let installed = Installed::new(executable.transpose()?.as_deref())?;
    let mut found = Table::default();
    for firmware in FIRMWARE {
        found.add(measure(&build(firmware)?, &installed)?);
    }
    let text = format!("{HEAD}{}", found.text());
    println!("{text}");
    if !arguments.has("--check") {
        fs::write(SNAPSHOT, text).map_err(|error| format!("{SNAPSHOT}: {error}"))?;
        return Ok(Tally { passed: 1, ..Tally::default() });
    }
    let kept = fs::read_to_string(SNAPSHOT).map_err(|error| format!("{SNAPSHOT}: {error}"))?;
    let differences = Table::parse(&kept).differences(&found);
    let (passed, failed) = (usize::from(differences.is_empty()), differences.len());
    for difference in differences {
        println!("FAILED  {difference}");
        failures::keep(difference);
    }
    Ok(Tally { passed, failed, skipped: 0 })
}

/// A column of the table: names of figures and their values.
#[derive(Debug)]
struct Column {
    name: String,
    figures: Vec<(String, usize)>,
}

fn measure(image: &Image, installed: &Installed) -> Outcome<Column> {
    let Image { firmware: it, path } = image;
    let elf = Elf::read(path)?;
    let stack = firmware::measure(installed, image)?.stack.next_multiple_of(STACK_STEP);
    let mut figures = Vec::new();
    let mut add = |what: &str, size| figures.push((what.to_owned(), size));
    let in_ram = elf.sections.iter().filter(|section| section.address >= RAM);
    let fixed: usize = in_ram.map(|section| section.size as usize).sum();
    let mut counted = 0;
    for (name, what) in STATICS {
        let size = sum(&elf, |symbol| symbol.address >= RAM && symbol.name.ends_with(name));
        counted += size;
        add(&format!("RAM: {what}"), size);
    }
    add("RAM: other static data", fixed - counted);
    add("RAM: deepest stack", stack);
    add("RAM in all", fixed + stack);
    add("RAM linked with", it.ram * 1024);
    let stored = elf.sections.iter().filter(|section| section.stored);
    let flash: usize = stored.map(|section| section.size as usize).sum();
    let mut parts: BTreeMap<String, usize> = BTreeMap::new();
    for symbol in elf.symbols.iter().filter(|symbol| symbol.address < RAM) {
        *parts.entry(component(&symbol.name)).or_default() += symbol.size as usize;
    }
    let named: usize = parts.values().sum();
    for part in components() {
        add(&format!("flash: {part}"), parts.remove(&part).unwrap_or(0));
    }
    add("flash: other", flash.saturating_sub(named) + parts.values().sum::<usize>());
    add("flash in all", flash);
    let (columns, rows) = it.size;
    let end = match it.role {
        Role::Console => "server",
        Role::Viewer => "client",
    };
    Ok(Column { name: format!("{end}, {columns}x{rows}"), figures })
}

/// The firmware's variables, and what they hold.
const STATICS: &[(&str, &str)] = &[
    ("::SESSION", "screens, messages and keys"),
    ("::SOCKETS", "sockets"),
    ("::FRAMES", "frames of the network card"),
    ("::END", "session"),
    ("::DEVICE", "interface, and a shell and its log"),
];

fn sum(elf: &Elf, wanted: impl Fn(&Symbol) -> bool) -> usize {
    elf.symbols.iter().filter(|symbol| wanted(symbol)).map(|symbol| symbol.size as usize).sum()
}

/// All parts that code is counted for.
fn components() -> impl Iterator<Item = String> {
    let modules = MODULES.iter().map(|module| format!("core's {module}"));
    modules.chain(["smoltcp", "adapters", "firmware", "Rust's library"].map(str::to_owned))
}

/// Says whose a function or constant is.
fn component(name: &str) -> String {
    // What is implemented for a type is the type's.
    let path = name.trim_start_matches(['<', '&', '[']);
    let mut words = path.split("::").map(|word| {
        word.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
    });
    let part = match words.next().unwrap_or_default() {
        "mosh_core" => {
            let module = words.next().unwrap_or_default();
            return if MODULES.contains(&module) {
                format!("core's {module}")
            } else {
                "other".into()
            };
        }
        "aes" | "ocb3" | "cipher" | "aead" | "dbl" | "ctutils" | "zeroize" => "core's crypto",
        "miniz_oxide" | "adler2" => "core's compress",
        "smoltcp" | "managed" => "smoltcp",
        "mosh_smoltcp" => "adapters",
        name if name.starts_with("console_") || name.starts_with("viewer_") => "firmware",
        "mosh_firmware" | "cortex_m" | "cortex_m_rt" | "cortex_m_semihosting" => "firmware",
        "core" | "compiler_builtins" | "str" | "char" | "u8" | "u16" | "u32" | "u64" | "usize" => {
            "Rust's library"
        }
        _ => "other",
    };
    part.to_owned()
}

/// All figures: names of rows, and a value for each column.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: Vec<String>,
    rows: Vec<(String, Vec<usize>)>,
}

impl Table {
    fn add(&mut self, column: Column) {
        self.columns.push(column.name);
        if self.rows.is_empty() {
            self.rows = column.figures.iter().map(|(name, _)| (name.clone(), vec![])).collect();
        }
        for ((_, values), (_, value)) in self.rows.iter_mut().zip(column.figures) {
            values.push(value);
        }
    }

    fn text(&self) -> String {
        let mut text = format!("| | {} |\n|---|", self.columns.join(" | "));
        text += &"---:|".repeat(self.columns.len());
        for (name, values) in &self.rows {
            let values: Vec<String> = values.iter().map(usize::to_string).collect();
            text += &format!("\n| {name} | {} |", values.join(" | "));
        }
        text + "\n"
    }

    fn parse(text: &str) -> Self {
        let mut lines = text.lines().filter_map(|line| {
            let cells = line.strip_prefix('|')?.strip_suffix('|')?.split('|');
            Some(cells.map(|cell| cell.trim().to_owned()).collect::<Vec<_>>())
        });
        let columns = lines.next().map(|cells| cells[1..].to_vec()).unwrap_or_default();
        let rows = lines.skip(1).filter_map(|cells| {
            let values = cells[1..].iter().map(|cell| cell.parse().ok()).collect::<Option<_>>()?;
            Some((cells[0].clone(), values))
        });
        Self { columns, rows: rows.collect() }
    }

    /// Describes each figure of `found` that is not about the same as here.
    fn differences(&self, found: &Self) -> Vec<String> {
        let names = |table: &Self| -> Vec<String> {
            table.rows.iter().map(|(name, _)| name.clone()).collect()
        };
        if self.columns != found.columns || names(self) != names(found) {
            return vec![format!("{SNAPSHOT} has other rows or columns: write it anew")];
        }
        let mut differences = Vec::new();
        for ((name, kept), (_, found)) in self.rows.iter().zip(&found.rows) {
            for ((column, kept), found) in self.columns.iter().zip(kept).zip(found) {
                let tolerance = TOLERANCE.max(kept * TOLERANCE_PERCENT / 100);
                if kept.abs_diff(*found) > tolerance {
                    differences.push(format!(
                        "{column}: {name}: {found} bytes, in {SNAPSHOT} {kept}; if that is meant, \
                         run cargo xtask size"
                    ));
                }
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_belongs_to_the_type_that_it_is_for() {
        for (name, whose) in [
            ("<mosh_core::terminal::Emulation>::control", "core's terminal"),
            ("<mosh_core::terminal::E as mosh_core::terminal::parser::A>::c", "core's terminal"),
            ("mosh_core::screen::width::PLACES", "core's screen"),
            ("aes::backends::soft::fixslice::aes128::decrypt::<u16>", "core's crypto"),
            ("<smoltcp::iface::interface::Interface>::poll::<mosh_firmware::E>", "smoltcp"),
            ("<mosh_smoltcp::server::Console>::poll", "adapters"),
            ("console_mps2_an386::main", "firmware"),
            ("viewer_80x24_mps2_an386::main", "firmware"),
            ("<str as core::fmt::Debug>::fmt", "Rust's library"),
            (".Lanon.bef278b7", "other"),
        ] {
            assert_eq!(component(name), whose, "{name}");
        }
    }

    #[test]
    fn figures_may_differ_a_little() {
        let table = |ram, flash| {
            let mut table = Table::default();
            for name in ["small", "large"] {
                let figures = vec![("RAM".to_owned(), ram), ("flash".to_owned(), flash)];
                table.add(Column { name: name.into(), figures });
            }
            table
        };
        let kept = Table::parse(&format!("{HEAD}{}", table(1000, 100_000).text()));
        assert_eq!(kept, table(1000, 100_000));
        assert!(kept.differences(&table(1512, 103_000)).is_empty());
        assert_eq!(kept.differences(&table(1513, 103_001)).len(), 4);
        assert_eq!(kept.differences(&Table::default()).len(), 1);
    }
}
