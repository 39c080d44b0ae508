//! Network namespaces: machines that share everything with this one but the network.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::marker::PhantomData;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::Outcome;

/// A network namespace. It has no name in the file system and is held by a shell of its own, which
/// ends with us whatever happens: nothing is left behind.
#[derive(Debug)]
pub struct Namespace {
    shell: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Namespace {
    /// Makes a namespace with nothing but a loopback.
    ///
    /// # Errors
    ///
    /// If the system does not allow it, which it allows root.
    pub fn new() -> Outcome<Self> {
        let mut shell = Command::new("unshare")
            .args(["--net", "sh"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("unshare: {error}"))?;
        let commands = shell.stdin.take().ok_or("no pipe to the shell")?;
        let answers = BufReader::new(shell.stdout.take().ok_or("no pipe from the shell")?);
        let mut namespace = Self { shell, commands, answers };
        namespace.run("ip link set lo up")?;
        Ok(namespace)
    }

    /// Runs a line of shell in the namespace.
    ///
    /// # Errors
    ///
    /// What it printed, if it fails.
    pub fn run(&mut self, line: &str) -> Outcome {
        let line = format!("{{ {line}; }} 2>&1; echo \"status $?\"\n");
        let sent = self.commands.write_all(line.as_bytes());
        sent.map_err(|error| format!("no network namespace: {error}"))?;
        let mut said = String::new();
        loop {
            let start = said.len();
            let len = self.answers.read_line(&mut said).map_err(|error| error.to_string())?;
            if len == 0 {
                return Err("no network namespace: may only root make one?".into());
            }
            match said[start..].trim_end().strip_prefix("status ") {
                Some("0") => return Ok(()),
                Some(_) => return Err(said[..start].trim_end().to_owned()),
                None => {}
            }
        }
    }

    /// Moves the calling thread into the namespace: what it opens and starts from now on is there,
    /// until what is returned is dropped.
    ///
    /// # Errors
    ///
    /// If the system does not allow it.
    pub fn enter(&self) -> Outcome<Inside> {
        let outside = open("/proc/thread-self/ns/net")?;
        change_to(&open(&format!("/proc/{}/ns/net", self.shell.id()))?)?;
        Ok(Inside { outside, here: PhantomData })
    }
}

fn open(path: &str) -> Outcome<File> {
    File::open(path).map_err(|error| format!("{path}: {error}"))
}

fn change_to(namespace: &File) -> Outcome {
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
        .map_err(|error| format!("no way into a network namespace: {error}"))
}

/// Keeps a thread in a namespace.
#[derive(Debug)]
pub struct Inside {
    outside: File,
    /// Of this thread and no other.
    here: PhantomData<*const ()>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        change_to(&self.outside).expect("a thread may return to where it was");
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
