//! The commands that start a server: what ssh runs, and ssh's own arguments.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::options::{BindServer, Family, Options, RemoteIp};
use crate::locale::VARIABLES;
use crate::shell::push_quoted;

/// Run on the other machine when that is to tell its address. An explicit `sh`, as the login shell
/// may not know POSIX syntax. The line starts afresh, since a login script may have left the
/// cursor behind a prompt.
const PRINT_CONNECTION: &str = "sh -c '[ -z \"$SSH_CONNECTION\" ] || printf \"\\nMOSH \
                                SSH_CONNECTION %s\\n\" \"$SSH_CONNECTION\"' ; ";

/// Returns the arguments of the server program: `new -c COLOURS …`.
///
/// `local_address` is where a server on this machine is to be reached; `variables` looks up this
/// machine's locale variables, which the server falls back on.
pub(crate) fn server_arguments(
    options: &Options,
    local_address: Option<&str>,
    colours: u32,
    variables: impl Fn(&str) -> Option<OsString>,
) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["new".into(), "-c".into(), colours.to_string().into()];
    match (&options.bind, local_address) {
        // There is no ssh that the server could look at.
        (BindServer::Ssh, Some(address)) => args.extend(["-i".into(), address.into()]),
        (BindServer::Ssh, None) => args.push("-s".into()),
        (BindServer::Any, _) => {}
        (BindServer::Address(address), _) => args.extend(["-i".into(), address.clone()]),
    }
    if let Some(ports) = options.ports {
        args.extend(["-p".into(), ports.to_string().into()]);
    }
    for name in VARIABLES {
        if let Some(value) = variables(name) {
            let mut setting = OsString::from(name);
            setting.push("=");
            setting.push(value);
            args.extend(["-l".into(), setting]);
        }
    }
    if !options.command.is_empty() {
        args.push("--".into());
        args.extend(options.command.iter().cloned());
    }
    args
}

/// Returns the command line for a shell: `server` as it is, the arguments quoted.
pub(crate) fn server_command(server: &OsStr, args: &[OsString]) -> OsString {
    let mut command = server.to_owned();
    for arg in args {
        command.push(" ");
        push_quoted(&mut command, arg);
    }
    command
}

/// Returns the words after those of `--ssh`.
///
/// `host` is `[user@]host` as ssh is to see it, `executable` this program, for the proxy command.
pub(crate) fn ssh_arguments(
    options: &Options,
    host: &OsStr,
    executable: &Path,
    server_command: &OsStr,
) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["-n".into()];
    if options.ssh_pty {
        args.push("-tt".into());
    }
    let mut remote = OsString::new();
    match options.remote_ip {
        RemoteIp::Remote => {
            match options.family {
                Family::Inet => args.push("-4".into()),
                Family::Inet6 => args.push("-6".into()),
                _ => {}
            }
            remote.push(PRINT_CONNECTION);
        }
        RemoteIp::Proxy => {
            // A shared connection would never run the proxy command.
            args.extend(["-S", "none", "-o"].map(OsString::from));
            args.push(proxy_command(executable, options.family));
        }
        RemoteIp::Local => {}
    }
    remote.push(server_command);
    args.extend([host.to_owned(), "--".into(), remote]);
    args
}

/// ssh expands `%h` and `%p`, so a percent sign of ours is doubled (ssh_config(5), TOKENS).
fn proxy_command(executable: &Path, family: Family) -> OsString {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    let mut quoted = OsString::new();
    push_quoted(&mut quoted, executable.as_os_str());
    let mut command = b"ProxyCommand=".to_vec();
    for &byte in quoted.as_bytes() {
        command.push(byte);
        if byte == b'%' {
            command.push(byte);
        }
    }
    command.extend_from_slice(format!(" '--family={family}' --fake-proxy -- %h %p").as_bytes());
    OsString::from_vec(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wrapper::options::{Request, parse};

    /// Returns what ssh gets for a command line of `mosh`, with `host` in its place.
    fn ssh(args: &[&str], host: &str) -> Vec<String> {
        let Ok(Request::Session(options)) = parse(args.iter().map(OsString::from), None) else {
            panic!("{args:?}")
        };
        let variables = |name: &str| match name {
            "LANG" => Some("en_US.UTF-8".into()),
            "LC_CTYPE" => Some("C.UTF-8".into()),
            _ => None,
        };
        let args = server_arguments(&options, None, 256, variables);
        let command = server_command(OsStr::new("mosh-server"), &args);
        ssh_arguments(&options, OsStr::new(host), Path::new("/usr/bin/mosh"), &command)
            .into_iter()
            .map(|word| word.into_string().unwrap())
            .collect()
    }

    #[test]
    fn the_proxy_finds_the_address_by_default() {
        assert_eq!(
            ssh(&["user@example.org"], "user@example.org"),
            [
                "-n",
                "-tt",
                "-S",
                "none",
                "-o",
                "ProxyCommand='/usr/bin/mosh' '--family=prefer-inet' --fake-proxy -- %h %p",
                "user@example.org",
                "--",
                "mosh-server 'new' '-c' '256' '-s' '-l' 'LANG=en_US.UTF-8' '-l' \
                 'LC_CTYPE=C.UTF-8'",
            ]
        );
    }

    #[test]
    fn the_other_machine_tells_its_address() {
        let args = [
            "--experimental-remote-ip=remote",
            "-4",
            "-p",
            "60100:60200",
            "--bind-server=any",
            "example.org",
            "tmux",
            "new",
            "a b'c",
        ];
        let words = ssh(&args, "example.org");
        assert_eq!(words[..5], ["-n", "-tt", "-4", "example.org", "--"]);
        assert_eq!(
            words[5].strip_prefix(PRINT_CONNECTION),
            Some(
                r"mosh-server 'new' '-c' '256' '-p' '60100:60200' '-l' 'LANG=en_US.UTF-8' '-l' 'LC_CTYPE=C.UTF-8' '--' 'tmux' 'new' 'a b'\''c'"
            )
        );
    }

    #[test]
    fn this_machine_finds_the_address() {
        let args = [
            "--experimental-remote-ip=local",
            "--bind-server=10.0.0.1",
            "--no-ssh-pty",
            "bob@localhost",
            "--",
            "ls",
            "-la",
        ];
        assert_eq!(
            ssh(&args, "bob@127.0.0.1"),
            [
                "-n",
                "bob@127.0.0.1",
                "--",
                "mosh-server 'new' '-c' '256' '-i' '10.0.0.1' '-l' 'LANG=en_US.UTF-8' '-l' \
                 'LC_CTYPE=C.UTF-8' '--' 'ls' '-la'",
            ]
        );
    }

    #[test]
    fn a_local_server_binds_to_the_address_given() {
        let args = ["--local", "127.0.0.1"].map(OsString::from);
        let Ok(Request::Session(mut options)) = parse(args, None) else { panic!() };
        let arguments =
            |options: &Options| server_arguments(options, Some("127.0.0.1"), 8, |_| None);
        assert_eq!(arguments(&options), ["new", "-c", "8", "-i", "127.0.0.1"]);
        options.bind = BindServer::Any;
        assert_eq!(arguments(&options), ["new", "-c", "8"]);
    }

    #[test]
    fn percent_signs_of_a_path_are_not_tokens_of_ssh() {
        let command = proxy_command(Path::new("/a%h/it's"), Family::All);
        let expected = r"ProxyCommand='/a%%h/it'\''s' '--family=all' --fake-proxy -- %h %p";
        assert_eq!(command, expected);
    }
}
