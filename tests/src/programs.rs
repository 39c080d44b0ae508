//! The programs under test: ours and mosh 1.4's.

use std::fmt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::scratch::Scratch;

/// Whose program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// What this workspace builds.
    Ours,
    /// The mosh 1.4 that the system has installed.
    Stock,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Ours => "ours",
            Family::Stock => "stock",
        })
    }
}

/// A client and the server it talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Whose client (and wrapper).
    pub client: Family,
    /// Whose server.
    pub server: Family,
}

impl Pair {
    /// All four, our own first.
    pub const ALL: [Pair; 4] = [
        Pair { client: Family::Ours, server: Family::Ours },
        Pair { client: Family::Ours, server: Family::Stock },
        Pair { client: Family::Stock, server: Family::Ours },
        Pair { client: Family::Stock, server: Family::Stock },
    ];

    /// Answers whether mosh 1.4 is at either end.
    pub fn has_stock(self) -> bool {
        self.client == Family::Stock || self.server == Family::Stock
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.client, self.server)
    }
}

/// Where one family's three programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The wrapper.
    pub mosh: PathBuf,
    /// The client.
    pub client: PathBuf,
    /// The server.
    pub server: PathBuf,
}

impl Programs {
    fn in_directory(directory: &Path) -> Self {
        Self {
            mosh: directory.join("mosh"),
            client: directory.join("mosh-client"),
            server: directory.join("mosh-server"),
        }
    }

    /// Returns the directory that all three are in.
    pub fn directory(&self) -> &Path {
        self.mosh.parent().expect("built from a directory")
    }
}

/// Both families, for as long as the tests run.
#[derive(Debug)]
pub struct Installed {
    ours: Option<Programs>,
    stock: Programs,
    // Holds the names that ours are called by.
    _names: Scratch,
}

impl Installed {
    /// Finds the installed mosh 1.4 and gives our executable its three names.
    ///
    /// Without an executable of ours only the stock pair can be run.
    ///
    /// # Errors
    ///
    /// If mosh is not installed, or `executable` does not exist.
    pub fn new(executable: Option<&Path>) -> Outcome<Self> {
        let stock = Programs::in_directory(Path::new("/usr/bin"));
        if !stock.server.exists() || !stock.client.exists() || !stock.mosh.exists() {
            return Err("mosh is not installed in /usr/bin".into());
        }
        let names = Scratch::new();
        let ours = match executable {
            None => None,
            Some(executable) => {
                let executable = executable
                    .canonicalize()
                    .map_err(|error| format!("{}: {error}", executable.display()))?;
                let programs = Programs::in_directory(names.path());
                for name in [&programs.mosh, &programs.client, &programs.server] {
                    symlink(&executable, name)
                        .map_err(|error| format!("{}: {error}", name.display()))?;
                }
                Some(programs)
            }
        };
        Ok(Self { ours, stock, _names: names })
    }

    /// Answers whether this family's programs are there.
    pub fn has(&self, family: Family) -> bool {
        family == Family::Stock || self.ours.is_some()
    }

    /// Returns one family's programs.
    ///
    /// # Panics
    ///
    /// If ours are wanted and were not given to [`Installed::new`].
    pub fn of(&self, family: Family) -> &Programs {
        match family {
            Family::Ours => self.ours.as_ref().expect("the matrix leaves these pairs out"),
            Family::Stock => &self.stock,
        }
    }
}
