//! The tasks behind `cargo xtask`: everything that is run on this repository and
//! is not a plain call of cargo.
#![forbid(unsafe_code)]

mod bench;
mod ci;
mod cross;
mod debian;
mod elf;
mod firmware;
mod fuzz;
mod install;
mod interop;
mod links;
mod picture;
mod plots;
mod predict;
mod progress;
mod record;
mod rules;
mod run;
mod screen;
mod sim;
mod size;
mod test;
mod unicode;

use std::process::ExitCode;

use run::Outcome;

const USAGE: &str = "\
usage: cargo xtask TASK [OPTIONS]

  test                 runs what needs no peer and no network: all tests and
                       doctests, and a session in a binary without a heap
  interop [WORD...]    runs the matrix of sessions between our programs and mosh
                       1.4's; only checks whose line contains one of the words
      --profile P      cargo profile of our programs (default: release)
      --executable F   this file instead of building one
      --stock          only mosh 1.4's programs, to check the checks
      --jobs N         checks at a time (default: 6)
      --seed N         for the bad network's random numbers (default: 1)
  sim                  runs sessions on simulated networks, each from one number
      --seed N         this one; of a failure, or with --trace, what happened
      --seeds A..B     all of these (default: 1000 from a random one on, after
                       those in tests/sim-seeds.txt)
      --hours H        until so much virtual time has passed
      --scenario NAME  which kind of network and user (default: any)
      --planted        plants faults, which must all be found
      --table          measures the links of tests/snapshots/links.md anew
  predict              replays the recordings of tests/corpus on simulated links and says
                       how well our client echoed them
      --recording NAMES
                       only those whose names contain one of these words, separated by
                       commas
      --rtt MS         with this round trip (default: 50, 100, 250, 500 and 1000)
      --loss PERCENT   with so much lost each way (default: 0, 5 and 20; 0 with --rtt)
      --display MODE   adaptive (default), always, never or experimental
      --detail         lists the keys that were late or wrong
      --all            lists the others too
      --around N       shows the rows of the screens where keys were late or wrong, and
                       N rows above and below
      --table          measures tests/snapshots/predict.md anew
  predict --real       replays them through real programs, ours and mosh 1.4's, in real
                       time: a quarter of an hour; writes tests/snapshots/real-predict.md
      --recording NAMES, --detail, --all, --around N
                       as above
      --corpus DIR     those of another directory; only prints
      --display MODE   as above; only prints: with never, whatever is wrong is no
                       prediction
      --rtt MS         round trips, separated by commas (default: 100,500)
      --loss PERCENT   with so much lost each way (default: 0)
      --client NAMES   ours, mosh or both (default: ours,mosh)
      --server NAMES   the same (default: that of the client)
      --jobs N         sessions at a time (default: 8)
      --keep DIR       keeps what the clients have written, to play or to judge
      --missing        runs only what is not kept yet
      --score DIR      judges what was kept, runs nothing
      --profile P, --executable F
                       as for interop
  fuzz                 runs the fuzz targets of tests/fuzz
      --seconds N      each for so long (default: 60)
      --brief          the kept inputs and a few more, the same each time
      --target NAME    this one
      --jobs J         targets at a time (default: one for each core)
      --input FILE     this input of the --target, once
      --merge          keeps what runs on this machine have reached beyond the
                       inputs in tests/fuzz/corpus, and as few as do
  cross                builds the core for two bare-metal targets, links the
                       programs for FreeBSD and macOS
  firmware [WORD...]   builds consoles and viewers for two boards, sees that they have
                       no heap and are linked with the RAM that they claim
      --run            runs them under QEMU: sessions with mosh 1.4 and ours;
                       only checks whose line contains one of the words
      --profile P, --executable F, --jobs N, --seed N
                       as for interop
  size                 says what of the firmware takes how much RAM and flash, and how
                       deep its stack was in a session; writes tests/snapshots/size.md
      --check          compares with what is there
  ci                   runs test, interop, fuzz --brief, cross, firmware --run,
                       size --check, plots --check, formatting, lints, features,
                       docs, and what tmux and xterm draw
  bench                measures our programs against mosh 1.4's
      --quick          with less of everything
      --profile P, --executable F
                       as above
  bench terminal       measures our emulator against alacritty_terminal and vt100, and the
                       servers' against one another, over kinds of output and sizes
      --only TEXT      only kinds of output whose name contains it
      --libraries      without servers
      --hostile        output that is made to be slow, and whether twice as much takes
                       twice as long
      --quick, --profile P, --executable F
                       as above
  links                measures real programs, ours, mosh 1.4's and ssh, on the links
                       of the simulator in real time: a quarter of an hour
      --scenario NAMES only these links, separated by commas
      --ends NAMES     only these programs: ours-ours (client and server),
                       ours-stock, stock-ours, stock-stock, ssh
      --minutes M      of typing at most, from the beginning
      --jobs N         sessions at a time (default: all)
      --profile P, --executable F
                       as above
  plots                draws the links of the simulator and of real programs and the
                       shares of local echo into tests/picture, and writes their tables
                       here and into the README
      --check          compares with what is there
  picture              draws a session into tests/picture/session.svg
  record NAME -- COMMAND...
                       records a session with a command in this terminal into
                       tests/corpus/NAME.cast
      --title T        what it shows (default: its name)
  record --script [NAME...]
                       types the scripts tests/corpus/NAME.keys, or all of them,
                       again; takes root, and Debian packages
      --jobs N         at a time (default: 4)
      --corpus DIR     those of another directory
  record --show NAME...
                       prints the screens of recordings before each Enter
  unicode              writes the core's tables of widths and clusters anew
  screen [NAME...]     prints what ours, tmux and Alacritty's emulator make of the files of
                       tests/screen
      --renew          writes the files anew, with what tmux shows
      --of CAST NAME   makes a file of a recording, named as seen from tests/screen
  install              installs mosh, mosh-client and mosh-server
      --prefix DIR     below this directory (default: /usr/local)

interop, cross, firmware, size, ci, bench, links and predict --real install the Debian
packages they need. Where that is not possible, what needs them is skipped; with CI=true in
the environment it fails.
";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let task = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let outcome = run::enter_workspace().and_then(|()| dispatch(&task, &rest));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask {task}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(task: &str, rest: &[String]) -> Outcome {
    match task {
        "test" => finish(test::run(rest)?),
        "interop" => finish(interop::run(rest)?),
        "fuzz" => finish(fuzz::run(rest)?),
        "cross" => finish(cross::run(rest)?),
        "firmware" => finish(firmware::run(rest)?),
        "size" => finish(size::run(rest)?),
        "ci" => finish(ci::run(rest)?),
        "bench" => bench::run(rest),
        "picture" => picture::run(rest),
        "sim" => sim::run(rest),
        "plots" => plots::run(rest),
        "links" => links::run(rest),
        links::PROGRAM => links::run_program(rest),
        "predict" => predict::run(rest),
        predict::PROGRAM => predict::run_program(rest),
        "record" => record::run(rest),
        "unicode" => unicode::run(rest),
        "screen" => screen::run(rest),
        "install" => install::run(rest),
        "" | "help" | "-h" | "--help" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("there is no such task\n\n{USAGE}")),
    }
}

/// Prints the closing line.
fn finish(tally: mosh_tests::matrix::Tally) -> Outcome {
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    if tally.failed == 0 { Ok(()) } else { Err("something failed".into()) }
}
