//! `cargo xtask cross`: systems that this machine is not.
//!
//! rustup brings no standard library for them here, but Debian has a current
//! compiler with the library's sources, from which cargo builds it. Linking for
//! FreeBSD and macOS is zig's work, which carries their interfaces.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mosh_tests::failures;
use mosh_tests::matrix::Tally;

use crate::debian;
use crate::run::{Arguments, Outcome, cargo, is_strict, run as run_command, target_directory};

/// What the core's builds without an operating system are checked for: no heap
/// at all, and with one.
const BARE_METAL: &[(&str, &str, &str)] = &[
    ("thumbv7em-none-eabihf", "core", ""),
    ("riscv32imac-unknown-none-elf", "core", ""),
    ("thumbv7em-none-eabihf", "core", "defmt"),
    ("thumbv7em-none-eabihf", "core,alloc", "alloc"),
];

const HOSTED: &[&str] = &["x86_64-unknown-freebsd", "aarch64-apple-darwin", "x86_64-apple-darwin"];

/// From the Python package index, which has both as programs ready to run.
const ZIG: &[&str] = &["ziglang==0.17.1", "cargo-zigbuild==0.24.0"];

pub(crate) fn run(rest: &[String]) -> Outcome<Tally> {
    Arguments::parse(rest, &[], &[])?.expect_no_words()?;
    let mut tally = Tally::default();
    let compiler = debian::ensure(COMPILER);
    for (target, library, features) in BARE_METAL {
        let what = format!("core for {target} with {library}, features [{features}]");
        let built = || bare_metal(target, library, features);
        count(&mut tally, &what, compiler.clone(), built);
    }
    let zig = compiler.and_then(|()| debian::ensure(&["python3-venv"])).and_then(|()| zig());
    for target in HOSTED {
        let what = format!("programs for {target}");
        let ready = zig.as_ref().map(|_| ()).map_err(Clone::clone);
        let linked = || hosted(target, zig.as_deref().expect("checked by ready"));
        count(&mut tally, &what, ready, linked);
    }
    Ok(tally)
}

/// Counts one piece of work, which needs something that may not be there.
pub(crate) fn count(tally: &mut Tally, what: &str, ready: Outcome, work: impl FnOnce() -> Outcome) {
    match ready {
        Err(reason) if !is_strict() => {
            println!("skipped {what}: {reason}");
            tally.skipped += 1;
        }
        ready => match ready.and_then(|()| work()) {
            Ok(()) => {
                println!("ok      {what}");
                tally.passed += 1;
            }
            Err(failure) => {
                println!("FAILED  {what}: {failure}");
                failures::keep(format!("{what}: {failure}"));
                tally.failed += 1;
            }
        },
    }
}

/// What [`with_debian_compiler`] needs installed.
pub(crate) const COMPILER: &[&str] = &["rustc-web", "rust-web-src"];

/// Makes a call of cargo use Debian's compiler, which with these variables may build its own
/// library. The target directory is one below the usual: otherwise each change of compiler would
/// build everything anew.
pub(crate) fn with_debian_compiler(mut command: Command, directory: &str) -> Command {
    command.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
    command.env("CARGO_TARGET_DIR", target_directory().join(directory));
    command
}

/// The same, for what is compiled and linked to see whether it can be.
fn just_checked(command: Command) -> Command {
    let mut command = with_debian_compiler(command, "cross");
    // Without optimising it is sooner known. The profile for development would optimise the
    // dependencies, of which the standard library is one.
    command.arg("--release").env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
    command.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_STRIP", "false");
    command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    command
}

fn bare_metal(target: &str, library: &str, features: &str) -> Outcome {
    let library = format!("-Zbuild-std={library}");
    let words =
        ["build", "--package", "mosh-core", "--no-default-features", "--features", features];
    let mut command = just_checked(cargo(words));
    command.args(["--target", target, &library]);
    run_command(command)
}

/// Installs zig and cargo-zigbuild below the target directory, and returns where
/// their programs are.
fn zig() -> Outcome<PathBuf> {
    let directory = target_directory().join("zig");
    let programs = directory.join("bin");
    // Written last, so that half an installation does not count.
    let stamp = directory.join("installed");
    let wanted = ZIG.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return absolute(&programs);
    }
    let mut python = Command::new("python3");
    python.args(["-m", "venv"]).arg(&directory);
    run_command(python)?;
    let mut pip = Command::new(programs.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(ZIG);
    run_command(pip)?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    absolute(&programs)
}

fn absolute(path: &Path) -> Outcome<PathBuf> {
    std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Type-checks and links the programs.
fn hosted(target: &str, programs: &Path) -> Outcome {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(all).map_err(|error| error.to_string())?;
    let words = ["zigbuild", "--package", "mosh", "--target", target];
    let mut command = just_checked(cargo(words));
    command.arg("-Zbuild-std=std,panic_unwind").env("PATH", path);
    run_command(command)
}
