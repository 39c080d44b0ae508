//! Debian packages that tasks need.

use std::process::{Command, Stdio};

use crate::run::{Outcome, run};

/// Sees to it that the packages are installed.
///
/// # Errors
///
/// If one is missing and cannot be installed; says what to do.
pub(crate) fn ensure(packages: &[&str]) -> Outcome {
    let missing: Vec<&str> =
        packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let advice = || format!("please install: {}", missing.join(" "));
    if !succeeds(Command::new("apt-get").arg("--version")) {
        return Err(format!("not a Debian system; {}", advice()));
    }
    let Some(prefix) = prefix_for_root() else {
        return Err(format!("neither root nor sudo without a password; {}", advice()));
    };
    let apt_get = |arguments: &[&str]| {
        let mut words = prefix.to_vec();
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]);
        words.extend(arguments);
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        run(command)
    };
    apt_get(&["update"])?;
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(&missing);
    apt_get(&install).map_err(|failure| format!("{failure}; {}", advice()))
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]);
    query.output().is_ok_and(|output| output.stdout == b"installed")
}

/// Returns what to put before a command so that root runs it.
fn prefix_for_root() -> Option<&'static [&'static str]> {
    let id = Command::new("id").arg("-u").output().ok()?;
    if id.stdout.trim_ascii() == b"0" {
        return Some(&[]);
    }
    succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}

fn succeeds(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
