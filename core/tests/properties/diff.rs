//! From any screen to any other, in every dialect and for every reader.

use mosh_core::diff::{Capabilities, ColorDepth, Repeat, render};
use mosh_core::screen::{Color, Frame, Language, Rendition, Screens, Size, Underline, width};
use mosh_core::server::ServerStorage;
use mosh_core::storage::Slab;
use mosh_core::terminal::{Terminal, TerminalStorage};
use proptest::prelude::*;

use super::edit::{Edit, edits, size};
use super::model::{Decor, Image};
use super::naive::{Naive, Reader};

proptest! {
    #![proptest_config(super::cases(1000))]

    #[test]
    fn a_diff_makes_one_screen_of_another_at_the_peer(pair in pair(), ours: bool) {
        let mut scene = Scene::new(&pair);
        let caps = if ours { Capabilities::OURS } else { Capabilities::MOSH_1_4 };
        let diff = scene.render(&caps, true);
        // The reader holds what the diff starts from, in the size of the target.
        let Scene { screens, a, b, .. } = &mut scene;
        let frame = screens.snapshot(a).unwrap();
        let size = screens.size(b);
        screens.resize(&frame, size).unwrap();
        let storage = TerminalStorage { string: Slab::growable(1 << 16) };
        Terminal::new(storage, size).apply(screens, &frame, diff.as_bytes());
        let mut found = Image::of(screens, &frame);
        prop_assert_eq!(found.flaw(), None);
        // What the reader has of the base beyond the language of the diff.
        degrade(&mut found, &caps);
        // The emulator takes no longer titles.
        for title in [&mut scene.to.title, &mut scene.to.icon] {
            *title = title.chars().take(254).collect();
        }
        scene.compare(&caps, true, found, &diff)?;
        scene.screens.check(&[&scene.a, &scene.b, &frame]);
    }

    #[test]
    fn a_diff_makes_one_screen_of_another_on_a_terminal(
        pair in pair(),
        caps in capabilities(),
        known: bool,
    ) {
        let mut scene = Scene::new(&pair);
        let output = scene.render(&caps, known);
        // What a terminal of unknown content shows is what it showed before.
        let mut start = scene.from.clone();
        let size = scene.to.size();
        if start.size() != size {
            start.resize(size);
        }
        degrade(&mut start, &caps);
        let mut terminal = Naive::new(start, reader(&caps));
        terminal.write(&output);
        scene.compare(&caps, known, terminal.image, &output)?;
    }

    #[test]
    fn a_screen_and_a_copy_of_it_differ_in_nothing(
        size in size(),
        changes in edits(),
        caps in capabilities(),
    ) {
        // One shares all rows with the first, the other none.
        let pair = Pair { size, before: changes.clone(), anew: None, after: vec![] };
        let twin = Pair { size, before: changes.clone(), anew: Some(size), after: changes };
        for pair in [pair, twin] {
            let mut scene = Scene::new(&pair);
            prop_assert_eq!(scene.render(&caps, true), "");
            prop_assert!(scene.screens.same(&scene.a, &scene.b, Language::Ours));
        }
    }
}

/// Two screens: the second is the first with changes, or another one from the start.
#[derive(Clone, Debug)]
struct Pair {
    size: Size,
    before: Vec<Edit>,
    anew: Option<Size>,
    after: Vec<Edit>,
}

fn pair() -> impl Strategy<Value = Pair> {
    let resize = (1..12_u16, 1..8_u16).prop_map(|(columns, rows)| Edit::Resize { columns, rows });
    let resize = prop::option::weighted(0.2, resize);
    let anew = prop::option::weighted(0.4, prop::option::weighted(0.3, size()));
    (size(), edits(), anew, resize, edits()).prop_map(|(size, before, anew, resize, mut after)| {
        after.splice(0..0, resize);
        let anew = anew.map(|other| other.unwrap_or(size));
        Pair { size, before, anew, after }
    })
}

fn capabilities() -> impl Strategy<Value = Capabilities> {
    let depth = prop_oneof![
        2 => Just(ColorDepth::Direct),
        1 => Just(ColorDepth::Indexed),
        1 => Just(ColorDepth::Sixteen),
        1 => Just(ColorDepth::Eight),
    ];
    let repeat = prop::sample::select(vec![Repeat::Nothing, Repeat::Ascii, Repeat::Any]);
    let clipboard = prop_oneof![Just(0), Just(5), Just(usize::MAX)];
    let flags = (any::<[bool; 7]>(), any::<[bool; 3]>(), any::<[bool; 5]>());
    (flags, (depth, repeat), clipboard).prop_map(|(flags, (depth, repeat), clipboard_max)| {
        let (flags, extras, ours) = flags;
        let [
            erase_character,
            back_colour_erase,
            erase_below,
            titles,
            scroll_commands,
            shapes,
            hide,
        ] = flags;
        let [underline_colors, links, link_ids] = extras;
        let [colors, directory, notifications, selections, prompt_marks] = ours;
        Capabilities {
            erase_character,
            back_colour_erase,
            erase_below,
            repeat,
            depth,
            titles,
            scroll_commands,
            underline_shapes: shapes,
            underline_colors,
            links,
            link_ids,
            synchronized_updates: false,
            colors,
            directory,
            notifications,
            selections,
            prompt_marks,
            hide_cursor: hide,
            clipboard_max,
            ..Capabilities::PLAIN
        }
    })
}

/// The terminal that these capabilities describe, and that can do no more.
fn reader(caps: &Capabilities) -> Reader {
    Reader {
        erase_character: caps.erase_character,
        back_colour_erase: caps.back_colour_erase,
        erase_below: caps.erase_below,
        repeat: caps.repeat,
        depth: caps.depth,
        titles: caps.titles,
        scroll_commands: caps.scroll_commands,
        underline_shapes: caps.underline_shapes,
        underline_colors: caps.underline_colors,
        links: caps.links,
        link_ids: caps.link_ids,
        colors: caps.colors,
        directory: caps.directory,
        notifications: caps.notifications,
        selections: caps.selections,
        prompt_marks: caps.prompt_marks,
    }
}

/// Makes of an image what a reader can show of it.
fn degrade(image: &mut Image, caps: &Capabilities) {
    let plain = |rendition: &mut Rendition, decor: &mut Decor| {
        *rendition = caps.depth.rendition(*rendition);
        decor.underline = caps.depth.color(decor.underline);
        if !caps.underline_shapes && rendition.underline() != Underline::None {
            *rendition = rendition.with_underline(Underline::Single);
        }
        if !caps.underline_colors {
            decor.underline = Color::Default;
        }
        if !caps.links {
            decor.link.clear();
        }
    };
    plain(&mut image.rendition, &mut image.decor);
    for cell in image.rows.iter_mut().flat_map(|row| &mut row.cells) {
        plain(&mut cell.rendition, &mut cell.decor);
    }
}

struct Scene {
    screens: Screens<'static>,
    a: Frame,
    b: Frame,
    from: Image,
    to: Image,
}

impl Scene {
    fn new(pair: &Pair) -> Self {
        let mut screens = Screens::new(ServerStorage::heap().host.screens);
        let a = screens.blank(pair.size).unwrap();
        let mut from = Image::blank(pair.size);
        for edit in &pair.before {
            edit.apply(&mut screens, &a, &mut from, false).unwrap();
        }
        // What no reader can have been told of the last row.
        let last = from.height() - 1;
        screens.set_wrapped(&a, last, false);
        from.rows[usize::from(last)].wrapped = false;
        let (b, mut to) = match pair.anew {
            None => (screens.snapshot(&a).unwrap(), from.clone()),
            Some(size) => (screens.blank(size).unwrap(), Image::blank(size)),
        };
        for edit in &pair.after {
            edit.apply(&mut screens, &b, &mut to, false).unwrap();
        }
        // Once a title was set there is one.
        to.title_set |= from.title_set;
        screens.info_mut(&b).title_set = to.title_set;
        Self { screens, a, b, from, to }
    }

    fn render(&mut self, caps: &Capabilities, known: bool) -> String {
        let last = known.then_some(&self.a);
        let mut out = Vec::new();
        render(&self.screens, caps, last, &self.b, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Changes what is expected to what a reader can have been told.
    fn expect_ours(&self, caps: &Capabilities, known: bool, expected: &mut Image) {
        let (from, to) = (&self.from, &self.to);
        let copied = |index: usize, old: &str, new: &str| {
            let (before, after) = (from.ours.copied[index], to.ours.copied[index]);
            let (nowhere, again) = (after.to.is_empty(), before.count != after.count);
            let can = index == 0 || caps.selections && !nowhere;
            let wanted = old != new || caps.selections && again && !nowhere;
            known && can && wanted && new.len() <= caps.clipboard_max
        };
        if !copied(0, &from.clipboard, &to.clipboard) {
            expected.clipboard.clone_from(&from.clipboard);
        }
        let (old, new) = (&from.ours, &mut expected.ours);
        if !copied(1, &old.selection, &new.selection) {
            new.selection.clone_from(&old.selection);
        }
        if !caps.directory || !known && new.directory.is_empty() {
            new.directory.clone_from(&old.directory);
        }
        let again = old.notifications != new.notifications || old.notification != new.notification;
        let told = caps.notifications && known && again && !new.notification.is_empty();
        if !told {
            new.notification.clone_from(&old.notification);
        }
        new.notifications = old.notifications + u32::from(told);
        if !caps.colors {
            new.colors.clone_from(&old.colors);
        } else if !known {
            for (slot, color) in &old.colors {
                new.colors.entry(*slot).or_insert(*color);
            }
        }
    }

    /// Compares what the reader shows after `output` with what it should.
    fn compare(
        &self,
        caps: &Capabilities,
        known: bool,
        found: Image,
        output: &str,
    ) -> Result<(), TestCaseError> {
        let (from, mut expected) = (&self.from, self.to.look());
        degrade(&mut expected, caps);
        let rings = known && from.bells != expected.bells;
        expected.bells = from.bells + u32::from(rings);
        expected.echo_ack = from.echo_ack;
        if !caps.alternate_scroll {
            expected.modes.alternate_scroll = from.modes.alternate_scroll;
        }
        let told = caps.titles && expected.title_set;
        for (text, old) in [(&mut expected.title, &from.title), (&mut expected.icon, &from.icon)] {
            if !told {
                text.clone_from(old);
            }
        }
        expected.title_set = from.title_set || told;
        self.expect_ours(caps, known, &mut expected);
        let last = expected.rows.len() - 1;
        for (number, row) in expected.rows.iter_mut().enumerate() {
            // In the last row the flag says nothing. After a character in the last column that
            // other tables give another width, nobody knows whether a wrap is pending.
            let mut end = row.cells.iter().rev().filter(|cell| !cell.text().is_empty());
            let end = end.next().map_or("", |cell| cell.text());
            if !caps.prompt_marks {
                row.marks = found.rows[number].marks;
            }
            if number == last || end.chars().any(width::contested) {
                row.wrapped = found.rows[number].wrapped;
            }
        }
        let mut found = found.look();
        found.ours.copied = expected.ours.copied;
        prop_assert!(found == expected, "{:?}:{}", output, found.differences(&expected));
        Ok(())
    }
}
