//! The executable behind `mosh`, `mosh-client` and `mosh-server`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mosh::run(std::env::args_os().collect())
}
