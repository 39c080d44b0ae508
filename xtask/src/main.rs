//! The tasks behind `cargo xtask`.
use std::path::PathBuf;
fn main() {
    let args: Vec<String> = std::env::args().skip(2).collect();
    let exe = std::env::var("EXE").ok().map(PathBuf::from);
    let installed = mosh_tests::programs::Installed::new(exe.as_deref()).unwrap();
    let options = mosh_tests::matrix::Options { filters: args, jobs: 6, logs: PathBuf::from("/tmp/interop-logs"), strict: false, seed: 1 };
    println!("{:?}", mosh_tests::matrix::run(&installed, &options).unwrap());
}
