//! `cargo xtask firmware`: images for two boards, and sessions with them under QEMU.

use std::path::PathBuf;

use mosh_tests::firmware::{self, FIRMWARE, Firmware, Image, TELLING};
use mosh_tests::matrix::{Options, Tally};
use mosh_tests::programs::Installed;

use crate::cross::{COMPILER, count, with_debian_compiler};
use crate::elf::Elf;
use crate::run::{
    Arguments, Outcome, cargo, host, is_strict, output_of, run as run_command, target_directory,
};
use crate::{debian, interop};

pub(crate) const MANIFEST: &str = "platform-smoltcp/firmware/Cargo.toml";

/// What the sessions need.
pub(crate) const PACKAGES: &[&str] = &["qemu-system-arm", "mosh", "tmux"];

/// Where the RAM of both machines is.
pub(crate) const RAM: u32 = 0x2000_0000;

/// Beginnings of the names of what belongs to a heap.
const HEAP: &[&str] = &["alloc::", "<alloc::", "__rust_", "__rg_", "__rdl_", "malloc", "_malloc"];

pub(crate) fn run(rest: &[String]) -> Outcome<Tally> {
    let valued = ["--executable", "--profile", "--jobs", "--seed"];
    let arguments = Arguments::parse(rest, &["--run"], &valued)?;
    let mut tally = Tally::default();
    let compiler = debian::ensure(COMPILER);
    for firmware in all() {
        let what = format!("firmware: {} in {} KiB of RAM", firmware.name, firmware.ram);
        count(&mut tally, &what, compiler.clone(), || {
            check(&firmware, &Elf::read(&build(firmware)?.path)?)
        });
    }
    if !arguments.has("--run") || tally.failed > 0 {
        return Ok(tally);
    }
    if let Err(reason) = compiler.and_then(|()| debian::ensure(PACKAGES)) {
        if is_strict() {
            return Err(reason);
        }
        println!("skipped: sessions with the firmware: {reason}");
        return Ok(tally + Tally { skipped: 1, ..Tally::default() });
    }
    Ok(tally + sessions(arguments)?)
}

fn sessions(arguments: Arguments) -> Outcome<Tally> {
    let images: Outcome<Vec<Image>> = all().map(build).collect();
    let executable = interop::executable(&arguments)?;
    let options = Options {
        // An emulated machine takes a whole processor while it works.
        jobs: arguments.number("--jobs", 2)?,
        logs: target_directory().join("firmware"),
        strict: is_strict(),
        seed: arguments.number("--seed", 1)?,
        filters: arguments.words,
    };
    let installed = Installed::new(Some(&executable))?;
    firmware::run(&installed, &images?, &options).map_err(|error| error.to_string())
}

fn all() -> impl Iterator<Item = Firmware> {
    FIRMWARE.into_iter().chain([TELLING])
}

/// Builds firmware.
pub(crate) fn build(firmware: Firmware) -> Outcome<Image> {
    let Firmware { name, board, features, .. } = firmware;
    let words =
        ["build", "--release", "--manifest-path", MANIFEST, "--bin", name, "--features", features];
    let mut command = with_debian_compiler(cargo(words), "firmware");
    command.args(["--target", board.target, "-Zbuild-std=core"]);
    // All that is told by what is ours; smoltcp tells of every packet.
    command.env("DEFMT_LOG", "trace,smoltcp=off");
    // Debian's compiler brings no linker for these machines, rustup's does.
    let variable = board.target.to_uppercase().replace('-', "_");
    command.env(format!("CARGO_TARGET_{variable}_LINKER"), linker()?);
    run_command(command)?;
    let directory = target_directory().join("firmware").join(board.target).join("release");
    Ok(Image { firmware, path: directory.join(name) })
}

fn linker() -> Outcome<PathBuf> {
    let mut rustc = std::process::Command::new("rustc");
    rustc.args(["--print", "sysroot"]);
    let sysroot = PathBuf::from(output_of(rustc)?.trim_end());
    Ok(sysroot.join("lib/rustlib").join(host()?).join("bin/rust-lld"))
}

/// Sees that an image has no heap, and exactly the RAM that it claims to need.
fn check(firmware: &Firmware, elf: &Elf) -> Outcome {
    let of_a_heap = |name: &str| HEAP.iter().any(|beginning| name.starts_with(beginning));
    if let Some(symbol) = elf.symbols.iter().find(|symbol| of_a_heap(&symbol.name)) {
        return Err(format!("there is a heap: {}", symbol.name));
    }
    let address = |name: &str| {
        let symbol = elf.symbol(name).ok_or_else(|| format!("there is no symbol {name}"))?;
        Ok::<u32, String>(symbol.address)
    };
    let (start, top) = (address("_ram_start")?, address("_stack_start")?);
    let claimed = RAM..RAM + firmware.ram as u32 * 1024;
    if (start..top) != claimed || elf.first_word != top {
        return Err(format!("linked with {start:#x}..{top:#x}, stack at {:#x}", elf.first_word));
    }
    let outside = elf.sections.iter().filter(|section| section.address >= RAM).find(|section| {
        let addresses = section.addresses();
        addresses.start < claimed.start || addresses.end > claimed.end
    });
    match outside {
        Some(section) => Err(format!("{} is beyond the RAM", section.name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::{Section, Symbol};

    fn elf(top: u32) -> Elf {
        let symbol = |name: &str, address| Symbol { name: name.to_owned(), address, size: 0 };
        let bss = |size| Section { name: ".bss".into(), address: RAM, size, stored: false };
        Elf {
            sections: vec![bss(1000)],
            symbols: vec![symbol("_ram_start", RAM), symbol("_stack_start", top)],
            first_word: top,
        }
    }

    #[test]
    fn heaps_and_wrong_amounts_of_ram_are_found() {
        let firmware = &FIRMWARE[0];
        let end = RAM + firmware.ram as u32 * 1024;
        assert_eq!(check(firmware, &elf(end)), Ok(()));
        assert!(check(firmware, &elf(end + 4)).is_err());
        let mut moved = elf(end);
        moved.first_word += 4;
        assert!(check(firmware, &moved).is_err());
        let mut large = elf(end);
        large.sections[0].size = end - RAM + 4;
        assert!(check(firmware, &large).is_err());
        for name in ["__rust_alloc", "alloc::raw_vec::finish_grow", "malloc"] {
            let mut heap = elf(end);
            heap.symbols.push(Symbol { name: name.to_owned(), address: 0, size: 4 });
            assert!(check(firmware, &heap).is_err(), "{name}");
        }
    }
}
