//! A machine to record scripts on, that shows nothing of the real one: namespaces of their own
//! for mounts, host name, processes and network, a home directory that holds what the script
//! says, and a user with a password. Takes root.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

use super::script::Script;
use crate::Outcome;
use crate::scratch::Scratch;

/// The machine, made of a directory with what it is to hold.
#[derive(Debug)]
pub struct Stage {
    scratch: Scratch,
    environment: Vec<(String, String)>,
}

/// Prepares the machine and becomes the program; the arguments are the directory and a shell's
/// command line. Passwords are crypt(3)'s of `Tr0ub4dor&3` for the user and `maple7syrup` for root.
const SETUP: &str = r#"
exec 3>&1 4>&2 >"$1/log" 2>&1
set -e
mount --make-rprivate /
echo server >/proc/sys/kernel/hostname
cp -a /etc "$1/etc"
cp -a "$1/home" "$1/user"
cd "$1/etc"
echo server >hostname
echo '127.0.0.1 localhost server' >hosts
cat >passwd <<END
root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
user:x:1000:1000:User:/home/user:/bin/bash
END
cat >shadow <<'END'
root:$6$replayed$Ictd/QFbq5MjU9RLRqBCt4BVWqkhWiRqSh1bRNn2MlgsM9A26uVEf1FKu0XWs3iIoN59MjtbOHX1DVu6ISmYV0:19000:0:99999:7:::
user:$6$replayed$ih9j1yV.qZeCPVZnK.PTaJe0VwW.gIbavrNjROgLfEy9g0MFCEESxXHNc65.B7SbqVi6Da0yRjSr2Kg5H9dc10:19000:0:99999:7:::
END
chmod 600 shadow
sed -i '/:1000:/d; /^sudo:/d' group
printf 'user:x:1000:\nsudo:x:27:user\n' >>group
cd /
mount --bind "$1/etc" /etc
mount -t tmpfs -o mode=755,size=64m tmpfs /home
mkdir /home/user
cp -a "$1/user/." /home/user
for dir in /run /var/log /var/lib/sudo /var/mail /root; do
  if test -d $dir; then mount -t tmpfs -o mode=755 tmpfs $dir; fi
done
cp "$1/prepare" "$1/prepare-as-root" /run
chmod 644 /run/prepare
mount -t tmpfs -o mode=1777 tmpfs /tmp
sh -e /run/prepare-as-root
chown -R 1000:1000 /home/user
cd /home/user
user() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }
user sh -e /run/prepare
rm /run/prepare /run/prepare-as-root
cat >/run/init <<'END'
setsid --ctty --wait setpriv --reuid 1000 --regid 1000 --clear-groups sh -c "$1"
exit
END
chmod 644 /run/init
chown 1000:5 "$(tty)"
exec sh /run/init "exec $2" >&3 2>&4 3>&- 4>&-
"#;

impl Stage {
    /// Prepares what the machine is to hold.
    ///
    /// # Errors
    ///
    /// Without root, or if a file cannot be written.
    pub fn new(script: &Script) -> Outcome<Self> {
        if !rustix::process::geteuid().is_root() {
            return Err("scripts are recorded on a machine of their own, which takes root".into());
        }
        let scratch = Scratch::new();
        let write = |name: &Path, content: &str| -> io::Result<()> {
            let path = scratch.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(scratch.path()))?;
            fs::write(&path, content)?;
            let mode = if content.starts_with("#!") { 0o755 } else { 0o644 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode))
        };
        let home = Path::new("home");
        let fill = || {
            fs::create_dir(scratch.path().join(home))?;
            for (name, content) in &script.files {
                write(&home.join(name), content)?;
            }
            write(Path::new("prepare"), &script.prepare.join("\n"))?;
            write(Path::new("prepare-as-root"), &script.prepare_as_root.join("\n"))
        };
        fill().map_err(|error| format!("the files of the script: {error}"))?;
        let mut environment = [
            ("HOME", "/home/user"),
            ("USER", "user"),
            ("LOGNAME", "user"),
            ("SHELL", "/bin/bash"),
            ("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"),
            ("LANG", "C.UTF-8"),
            ("TZ", "UTC"),
            // What a server of a session says.
            ("TERM", "xterm-256color"),
            ("NCURSES_NO_UTF8_ACS", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        environment.extend(script.environment.iter().cloned());
        Ok(Self { scratch, environment })
    }

    /// Returns what runs a shell's command line on the machine.
    #[must_use]
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--kill-child"]);
        command.args(["--mount-proc", "sh", "-c", SETUP, "sh"]).arg(self.scratch.path()).arg(line);
        command.env_clear().envs(self.environment.iter().cloned());
        command
    }

    /// What went wrong while the machine was prepared.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.scratch.path().join("log")).unwrap_or_default()
    }
}
