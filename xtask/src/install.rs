//! `cargo xtask install`: the executable, and its two other names.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::interop;
use crate::run::{Arguments, Outcome};

pub(crate) fn run(rest: &[String]) -> Outcome {
    let arguments = Arguments::parse(rest, &[], &["--prefix"])?.expect_no_words()?;
    let directory = Path::new(arguments.value("--prefix").unwrap_or("/usr/local")).join("bin");
    let executable = interop::build("release")?;
    let place = || {
        fs::create_dir_all(&directory)?;
        // Moved into place, so that a running session keeps its file.
        let fresh = directory.join(".mosh.new");
        fs::copy(&executable, &fresh)?;
        fs::rename(&fresh, directory.join("mosh"))?;
        for name in ["mosh-client", "mosh-server"] {
            let fresh = directory.join(format!(".{name}.new"));
            let _ = fs::remove_file(&fresh);
            symlink("mosh", &fresh)?;
            fs::rename(&fresh, directory.join(name))?;
        }
        Ok(())
    };
    place().map_err(|error: std::io::Error| format!("{}: {error}", directory.display()))?;
    println!("installed mosh, mosh-client and mosh-server in {}", directory.display());
    Ok(())
}
