//! A private sshd on the loopback, and the configuration to reach it.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::matrix::Context;
use crate::scratch::Scratch;
use crate::{Outcome, poll};

/// A running sshd that lets this user in. Dropping it ends it.
#[derive(Debug)]
pub struct Sshd {
    child: Child,
    scratch: Scratch,
}

impl Sshd {
    /// Starts an sshd on 127.0.0.1 and, where there is one, ::1, on a free port.
    /// What it starts has exactly the `environment` besides what sshd itself sets.
    ///
    /// # Errors
    ///
    /// If sshd or ssh-keygen is not there or refuses.
    pub fn start(cx: &Context<'_>, environment: &[(String, String)]) -> Outcome<Self> {
        let v6: &[&str] = if has_ipv6() { &["::1"] } else { &[] };
        Self::start_at(cx, &[&["127.0.0.1"], v6].concat(), environment)
    }

    /// As [`start`](Self::start), on addresses of which the first is of IPv4.
    ///
    /// # Errors
    ///
    /// If sshd or ssh-keygen is not there or refuses.
    pub fn start_at(
        cx: &Context<'_>,
        addresses: &[&str],
        environment: &[(String, String)],
    ) -> Outcome<Self> {
        let scratch = Scratch::new();
        for name in ["host_key", "user_key"] {
            make_key(&scratch.path().join(name))?;
        }
        fs::copy(scratch.path().join("user_key.pub"), scratch.path().join("authorized_keys"))
            .map_err(|error| format!("authorized_keys: {error}"))?;
        make_privilege_separation_directory();
        let port = free_port()?;
        let at = scratch.path().display();
        let (mark, value) = cx.marker.variable();
        let mut variables = format!("{mark}={value}");
        for (name, value) in environment {
            variables += &format!(" \"{name}={value}\"");
        }
        let configuration = scratch.write(
            "sshd_config",
            format!(
                "Port {port}\n{listen}HostKey {at}/host_key\n\
                 AuthorizedKeysFile {at}/authorized_keys\nPidFile none\nUsePAM no\n\
                 StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
                 PrintMotd no\nPrintLastLog no\nUseDNS no\nSetEnv {variables}\n",
                listen = addresses.iter().fold(String::new(), |listen, address| {
                    format!("{listen}ListenAddress {address}\n")
                }),
            ),
        );
        write_client_configuration(&scratch, port)?;
        let log = fs::File::create(scratch.path().join("log"))
            .map_err(|error| format!("sshd's log: {error}"))?;
        let mut command = Command::new("/usr/sbin/sshd");
        cx.marker.mark(command.env_clear());
        let child = command
            .arg("-D")
            .arg("-e")
            .arg("-f")
            .arg(configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("sshd: {error}"))?;
        let sshd = Self { child, scratch };
        let answers = || TcpStream::connect((addresses[0], port)).ok();
        poll::until(Duration::from_secs(10), answers)
            .ok_or_else(|| format!("sshd did not start: {}", sshd.log()))?;
        Ok(sshd)
    }

    /// Returns the value for `mosh --ssh=…` that reaches this sshd: by
    /// `127.0.0.1`, `::1`, `localhost`, or the alias `alias4` or `alias6`.
    pub fn ssh_command(&self) -> String {
        format!("ssh -F {}", self.client_configuration().display())
    }

    /// Returns the file of the client's configuration.
    pub fn client_configuration(&self) -> PathBuf {
        self.scratch.path().join("ssh_config")
    }

    /// Returns what sshd has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.scratch.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers whether the loopback has an IPv6 address.
pub fn has_ipv6() -> bool {
    TcpListener::bind("[::1]:0").is_ok()
}

fn make_key(path: &Path) -> Outcome {
    let status = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("ssh-keygen: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("ssh-keygen: {status}")) }
}

/// Debian's sshd, started as root, wants this directory, which its service
/// normally makes. As another user it does not ask for it.
fn make_privilege_separation_directory() {
    let path = PathBuf::from("/run/sshd");
    if !path.exists() {
        let _ = fs::DirBuilder::new().mode(0o755).create(path);
    }
}

fn free_port() -> Outcome<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| format!("no port: {error}"))?;
    Ok(listener.local_addr().map_err(|error| format!("no port: {error}"))?.port())
}

fn write_client_configuration(scratch: &Scratch, port: u16) -> Outcome {
    let at = scratch.path().display();
    let key = fs::read_to_string(scratch.path().join("host_key.pub"))
        .map_err(|error| format!("host key: {error}"))?;
    scratch.write("known_hosts", format!("loopback {key}"));
    let user_key = scratch.path().join("user_key");
    fs::set_permissions(&user_key, fs::Permissions::from_mode(0o600))
        .map_err(|error| format!("user key: {error}"))?;
    scratch.write(
        "ssh_config",
        format!(
            "Host alias4\n HostName 127.0.0.1\nHost alias6\n HostName ::1\n\
             Host *\n Port {port}\n IdentityFile {at}/user_key\n IdentitiesOnly yes\n\
             UserKnownHostsFile {at}/known_hosts\n GlobalKnownHostsFile /dev/null\n\
             HostKeyAlias loopback\n StrictHostKeyChecking yes\n BatchMode yes\n\
             ConnectTimeout 10\n LogLevel ERROR\n"
        ),
    );
    Ok(())
}
