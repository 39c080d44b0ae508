//! Which worlds there are: links from measurements and from nightmares, each a plan that one seed
//! fixes.

use std::time::Duration;

use mosh_core::predict::Display;
use mosh_core::time::Instant;
use mosh_core::transport::Timing;
use mosh_core::wire::mosh::Offer;

use crate::random::Random;

use super::network::{Bulk, Bursts, Conditions, Share};
use super::program::Kind;
use super::script::{Action, Sleep};
use super::user::{Manner, User};
use super::world::{LONGEST_KNOWN, ROUND_TRIPS};

/// Everything that fixes a run.
#[derive(Debug)]
pub struct Plan {
    /// From which all chance comes.
    pub seed: u64,
    /// Of the user's window: columns and rows.
    pub size: (u16, u16),
    /// Conditions toward the server at the start.
    pub up: Conditions,
    /// Conditions toward the client at the start.
    pub down: Conditions,
    /// What happens, in the order of time.
    pub script: Vec<(Instant, Action)>,
    /// Who types.
    pub user: User,
    /// What runs.
    pub program: Kind,
    /// When predictions are shown.
    pub display: Display,
    /// Whether somebody looks when keys show on the user's terminal.
    pub watched: bool,
    /// When both ends send.
    pub timing: Timing,
    /// What the client and the server offer beyond mosh 1.4.
    pub offers: [Option<Offer>; 2],
    /// Whether the client's screens must each be one that the server had. Without a heap a large
    /// change is sent in parts, and what is between them was never on the server's screen.
    pub exact: bool,
    /// Whether the server has addresses of both families.
    pub dual_stack: bool,
    /// When the run ends at the latest.
    pub end: Instant,
}

/// A kind of world.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// How it is called on the command line.
    pub name: &'static str,
    /// What it is, for the table; empty for those that are not measured.
    pub about: &'static str,
    plan: fn(u64) -> Plan,
}

impl Scenario {
    /// Everything that happens for the seed.
    #[must_use]
    pub fn plan(&self, seed: u64) -> Plan {
        (self.plan)(seed)
    }

    /// The scenario of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name)
    }

    /// Those that make the table of links.
    pub fn measured() -> impl Iterator<Item = &'static Self> {
        SCENARIOS.iter().filter(|scenario| !scenario.about.is_empty())
    }
}

/// All of them; the first is the one for searching faults.
pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "any", about: "", plan: any },
    Scenario { name: "small", about: "", plan: small },
    Scenario {
        name: "lan",
        about: "LAN, round trip 1 ms",
        plan: |seed| link(seed, both(clean(500)), Vec::new()),
    },
    Scenario {
        name: "evdo",
        about: "EV-DO, round trip 500 ms, 60 kB/s down, 15 kB/s up",
        plan: evdo,
    },
    Scenario { name: "lte", about: "LTE, queue of 5 s filled by a download", plan: lte },
    Scenario {
        name: "ocean",
        about: "transoceanic, round trip 273 ms",
        plan: |seed| {
            let jitter = Duration::from_millis(2);
            link(seed, both(Conditions { jitter, ..clean(135_500) }), Vec::new())
        },
    },
    Scenario {
        name: "loss29",
        about: "round trip 100 ms, 29 % lost each way",
        plan: |seed| {
            link(seed, both(Conditions { loss: Share::percent(29), ..clean(50_000) }), Vec::new())
        },
    },
    Scenario {
        name: "loss50",
        about: "round trip 100 ms, 50 % lost each way",
        plan: |seed| {
            link(seed, both(Conditions { loss: Share::percent(50), ..clean(50_000) }), Vec::new())
        },
    },
    Scenario {
        name: "bursts",
        about: "round trip 100 ms, bursts of loss, 20 % each way",
        plan: bursts,
    },
    Scenario {
        name: "satellite",
        about: "round trip 2 s",
        plan: |seed| link(seed, both(clean(1_000_000)), Vec::new()),
    },
    Scenario { name: "narrow", about: "64 kbit/s, round trip 60 ms, a build prints", plan: narrow },
    Scenario {
        name: "haul",
        about: "64 kbit/s, round trip 60 ms, queue of 16 s, 40 kB pasted",
        plan: |seed| Plan { user: user(seed, Manner::Hauling), ..link(seed, slow(), Vec::new()) },
    },
    Scenario {
        name: "narrow-pages",
        about: "64 kbit/s, round trip 60 ms, queue of 16 s, large pages",
        plan: |seed| pages(link(seed, slow(), Vec::new())),
    },
    Scenario {
        name: "loss29-pages",
        about: "round trip 100 ms, 29 % lost each way, large pages",
        plan: |seed| {
            let loss = Share::percent(29);
            pages(link(seed, both(Conditions { loss, ..clean(50_000) }), Vec::new()))
        },
    },
    Scenario {
        name: "blackouts",
        about: "round trip 100 ms, away for 10 of 15 minutes",
        plan: blackouts,
    },
    Scenario {
        name: "roaming",
        about: "round trip 100 ms, another address every 30 s",
        plan: roaming,
    },
    Scenario {
        name: "mtu1000",
        about: "round trip 100 ms, more than 1000 bytes vanish, large pages",
        plan: |seed| {
            let conditions = Conditions { mtu: 1000 - 28, ..clean(50_000) };
            pages(link(seed, both(conditions), Vec::new()))
        },
    },
];

fn clean(delay_us: u64) -> Conditions {
    Conditions::clean(Duration::from_micros(delay_us))
}

fn both(conditions: Conditions) -> (Conditions, Conditions) {
    (conditions.clone(), conditions)
}

/// A measured link: somebody types at a shell for a quarter of an hour.
fn link(seed: u64, (up, down): (Conditions, Conditions), script: Vec<(Instant, Action)>) -> Plan {
    let stop = Instant::ZERO + SETTLE + TYPING;
    let mut script = script;
    script.push((stop + PAUSE, Action::Heal { within: RECOVERY + Duration::from_secs(10) }));
    script.sort_by_key(|&(at, _)| at);
    Plan {
        seed,
        size: (80, 24),
        up,
        down,
        script,
        user: user(seed, Manner::Fluent),
        program: Kind::LineEditor,
        display: Display::Never,
        watched: false,
        timing: Timing::default(),
        offers: [Some(Offer::OURS); 2],
        exact: true,
        dual_stack: false,
        end: stop + PAUSE + Duration::from_secs(60),
    }
}

/// Who types on a measured link.
fn user(seed: u64, manner: Manner) -> User {
    let start = Instant::ZERO + SETTLE;
    User::new(seed ^ 0x75, manner, start, start + TYPING)
}

/// A reader of pages that take several datagrams each, at the pace of a quick reader.
fn pages(plan: Plan) -> Plan {
    let user = user(plan.seed, Manner::Waiting);
    Plan { program: Kind::Pager, size: (160, 50), user, ..plan }
}

fn slow() -> (Conditions, Conditions) {
    both(Conditions { rate: Some(8_000), queue: 128 << 10, ..clean(30_000) })
}

fn evdo(seed: u64) -> Plan {
    let jitter = Duration::from_millis(5);
    let conditions = |rate| Conditions { jitter, rate: Some(rate), ..clean(247_500) };
    link(seed, (conditions(15_000), conditions(60_000)), Vec::new())
}

fn lte(seed: u64) -> Plan {
    let rate = 600_000;
    let bulk = Some(Bulk { floor: 80, period: Duration::from_secs(40) });
    let down = Conditions { rate: Some(rate), queue: 5 * rate, bulk, ..clean(25_000) };
    let up = Conditions { rate: Some(250_000), ..clean(25_000) };
    link(seed, (up, down), Vec::new())
}

fn bursts(seed: u64) -> Plan {
    let (begin, end) = (Share::percent(5), Share::percent(20));
    let bursts = Some(Bursts { begin, end, loss: Share::percent(100) });
    link(seed, both(Conditions { bursts, ..clean(50_000) }), Vec::new())
}

fn narrow(seed: u64) -> Plan {
    let conditions = Conditions { rate: Some(8_000), queue: 16 << 10, ..clean(30_000) };
    Plan { program: Kind::BuildLog, ..link(seed, both(conditions), Vec::new()) }
}

fn blackouts(seed: u64) -> Plan {
    let well = clean(50_000);
    let away = Conditions { blackout: true, ..well.clone() };
    let script = (0..TYPING.as_secs() / 900).flat_map(|round| {
        let at = |minutes: u64| Instant::ZERO + Duration::from_secs(round * 900 + minutes * 60);
        let weather = |conditions: &Conditions| Action::Weather {
            up: conditions.clone(),
            down: conditions.clone(),
        };
        [(at(3), weather(&away)), (at(13), weather(&well))]
    });
    let script = script.collect();
    link(seed, both(well), script)
}

fn roaming(seed: u64) -> Plan {
    let moves = (1..TYPING.as_secs() / 30).map(|index| {
        let at = Instant::ZERO + Duration::from_secs(index * 30);
        (at, Action::Move { noticed: index % 2 == 0 })
    });
    let script = moves.collect();
    link(seed, both(clean(50_000)), script)
}

/// Anything that can happen, in some order.
fn any(seed: u64) -> Plan {
    let mut random = Random::new(seed ^ 0x5eed);
    let random = &mut random;
    let (mut up, mut down) = (weather(random), weather(random));
    if random.chance(50) {
        (up.delay, down.delay) = (up.delay.min(down.delay), up.delay.min(down.delay));
    }
    // Some sessions are left alone for hours, in the weather that there is.
    let night = if random.chance(30) { random.bits() % (10 * 60) } else { 0 };
    let minutes = 1 + random.bits() % 8 + night;
    let trouble = Instant::ZERO + Duration::from_secs(minutes * 60);
    let dual_stack = random.chance(30);
    let mut script = Vec::new();
    for _ in 0..random.below(12) {
        let at = Instant::ZERO + within(random, Duration::from_secs(minutes * 60));
        script.extend(event(random, at, trouble, dual_stack));
    }
    // Without news of its own a client tries another address after ten seconds or so.
    let rotation = if dual_stack { Duration::from_secs(25) } else { Duration::ZERO };
    let within = RECOVERY + rotation;
    script.push((trouble, Action::Heal { within }));
    let limit = within + LONGEST_KNOWN + LONGEST_ROUND_TRIP * ROUND_TRIPS;
    let agreed = trouble + LONGEST_SLEEP + limit;
    let quit = agreed + Duration::from_secs(random.bits() % 120);
    script.push((quit, Action::Quit));
    let manner = [Manner::Typing, Manner::Mixed, Manner::Repeating, Manner::Pasting];
    let manner = manner[random.below(manner.len())];
    let program = Kind::ALL[random.below(Kind::ALL.len())];
    let start = Instant::ZERO + Duration::from_millis(random.bits() % 3_000);
    let size = [(80, 24), (80, 24), (132, 43), (40, 10), (1, 1), (160, 50)][random.below(6)];
    let offers = offers(random);
    for _ in 0..random.below(8) {
        let span = Duration::from_secs(minutes * 60);
        script.push((Instant::ZERO + self::within(random, span), Action::OtherTerminal));
    }
    script.sort_by_key(|&(at, _)| at);
    Plan {
        seed,
        size,
        up,
        down,
        script,
        user: User::new(seed ^ 0x75, manner, start, start + TYPED),
        program: if night > 0 && program == Kind::Flood { Kind::LineEditor } else { program },
        display: MODES[(seed % 4) as usize],
        watched: false,
        timing: Timing::default(),
        offers,
        exact: true,
        dual_stack,
        end: quit + Duration::from_secs(30),
    }
}

/// Most ends are of this version; some are of mosh 1.4, or newer.
fn offers(random: &mut Random) -> [Option<Offer>; 2] {
    [(); 2].map(|()| match random.below(10) {
        0 | 1 => None,
        2 => Some(Offer { version: 7, features: 0xffff_ffff }),
        _ => Some(Offer::OURS),
    })
}

/// As [`any`], for ends with memory of fixed size.
fn small(seed: u64) -> Plan {
    let plan = any(seed);
    let script = plan.script.into_iter().filter_map(|(at, action)| match action {
        Action::Resize { .. } => None,
        Action::Heal { within } => Some((at, Action::Heal { within: within + HELD })),
        Action::Quit => Some((at + HELD, Action::Quit)),
        other => Some((at, other)),
    });
    let script = script.collect();
    Plan { size: (80, 24), script, exact: false, end: plan.end + HELD, ..plan }
}

/// Weather of a random kind.
fn weather(random: &mut Random) -> Conditions {
    let delay = [1, 500, 10_000, 50_000, 136_000, 250_000, 1_000_000][random.below(7)];
    let mut conditions = clean(delay);
    let ms = Duration::from_millis;
    if random.chance(40) {
        conditions.jitter = ms(1 + random.bits() % 100);
    }
    if random.chance(50) {
        conditions.loss = Share::percent([1, 5, 29, 50][random.below(4)]);
    }
    if random.chance(20) {
        let loss = Share::percent(100 - random.below(30) as u32);
        conditions.bursts =
            Some(Bursts { begin: Share::percent(3), end: Share::percent(15), loss });
    }
    if random.chance(30) {
        conditions.duplicates = Share::percent(1 + random.below(30) as u32);
        conditions.held = ms(1 + random.bits() % 500);
    }
    if random.chance(30) {
        conditions.reordering = Share::percent(1 + random.below(30) as u32);
        conditions.held = ms(1 + random.bits() % 500);
    }
    if random.chance(30) {
        conditions.rate = Some([4_000, 8_000, 60_000, 1_000_000][random.below(4)]);
        conditions.queue = [4 << 10, 16 << 10, 128 << 10][random.below(3)];
    }
    if random.chance(10) {
        conditions.mtu = [600, 1000, 1200][random.below(3)];
    }
    if random.chance(10) {
        conditions.marks = Share::percent(20);
    }
    conditions
}

fn event(
    random: &mut Random,
    at: Instant,
    until: Instant,
    dual_stack: bool,
) -> Vec<(Instant, Action)> {
    let later = |random: &mut Random, most: Duration| (at + within(random, most)).min(until);
    let sleep = |random: &mut Random| Sleep {
        span: within(random, LONGEST_SLEEP),
        clock_runs: random.chance(50),
        buffered: random.chance(50),
    };
    match random.bits() % 10 {
        0 => vec![(at, Action::Weather { up: weather(random), down: weather(random) })],
        1 => {
            let well = weather(random);
            let away = Conditions { blackout: true, ..well.clone() };
            let most = [Duration::from_secs(2), Duration::from_secs(90)][random.below(2)];
            let back = later(random, most);
            let both = |it: Conditions| Action::Weather { up: it.clone(), down: it };
            vec![(at, both(away)), (back, both(well))]
        }
        2 | 3 => vec![(at, Action::Rebind)],
        4 => vec![(at, Action::Move { noticed: random.chance(50) })],
        5 if dual_stack => {
            let v4 = random.chance(50);
            let back = later(random, Duration::from_secs(60));
            let both = Action::Families { v4: true, v6: true };
            vec![(at, Action::Families { v4, v6: !v4 }), (back, both)]
        }
        6 => vec![(at, Action::ClientSleeps(sleep(random)))],
        7 => vec![(at, Action::ServerSleeps(sleep(random)))],
        8 => {
            let columns = [80, 132, 20, 1, 160][random.below(5)];
            let rows = [24, 50, 5, 1, 60][random.below(5)];
            vec![(at, Action::Resize { columns, rows })]
        }
        _ => {
            let percent = 1 + random.below(50) as u32;
            let stop = later(random, Duration::from_secs(60));
            vec![(at, Action::Attack(percent)), (stop, Action::Attack(0))]
        }
    }
}

fn within(random: &mut Random, most: Duration) -> Duration {
    Duration::from_micros(random.bits() % most.as_micros().max(1) as u64)
}

/// When predictions are shown, by turns.
const MODES: [Display; 4] =
    [Display::Never, Display::Adaptive, Display::Always, Display::Experimental];
/// Before the first key of a measured link.
const SETTLE: Duration = Duration::from_secs(10);
/// How long somebody types at most elsewhere.
const TYPED: Duration = Duration::from_secs(8 * 60);
/// How long somebody types on a measured link.
const TYPING: Duration = Duration::from_secs(15 * 60);
/// After the last key, for its echo.
const PAUSE: Duration = Duration::from_secs(60);
const LONGEST_SLEEP: Duration = Duration::from_secs(120);
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(2);
/// What an end with little memory was told to keep it may forget only when no acknowledgement of it
/// can be under way any more; until then there may be no room for the state that would be next.
const HELD: Duration = Duration::from_secs(7);
/// Once all is well both ends agree within this, [`ROUND_TRIPS`] round trips and one as they know
/// it: the next heartbeat of a client, and a repetition or two.
const RECOVERY: Duration = Duration::from_millis(4500);
