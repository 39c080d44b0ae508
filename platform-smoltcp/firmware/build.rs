//! Gives each image the linker script of its board.

use std::env;
use std::fs;
use std::path::PathBuf;

/// Name of the image, and the sizes of its flash and RAM in KiB.
///
/// The LM3S6965 has just this much. On the other board there is more, of which nothing beyond is
/// used: what does not fit does not link.
const IMAGES: &[(&str, u32, u32)] = &[
    ("console-lm3s6965evb", 256, 64),
    ("console-mps2-an386", 512, 128),
    ("console-defmt-mps2-an386", 512, 128),
    ("viewer-40x12-mps2-an386", 512, 100),
    ("viewer-80x24-mps2-an386", 512, 172),
];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let defmt = env::var_os("CARGO_FEATURE_DEFMT").is_some();
    for (image, flash, ram) in IMAGES {
        if image.contains("-defmt-") && !defmt {
            continue;
        }
        let directory = out.join(image);
        fs::create_dir_all(&directory).expect("OUT_DIR can be written");
        let script = format!(
            "MEMORY\n{{\n  FLASH : ORIGIN = 0x00000000, LENGTH = {flash}K\n  \
             RAM : ORIGIN = 0x20000000, LENGTH = {ram}K\n}}\n"
        );
        fs::write(directory.join("memory.x"), script).expect("OUT_DIR can be written");
        println!("cargo:rustc-link-arg-bin={image}=-L{}", directory.display());
        for argument in ["--nmagic", "-Tlink.x"] {
            println!("cargo:rustc-link-arg-bin={image}={argument}");
        }
    }
    if defmt {
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
