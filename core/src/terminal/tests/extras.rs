//! Links and colours of underlines.

use super::*;
use crate::screen::ExtraId;

impl Fixture {
    fn rendition_at(&self, row: u16, column: usize) -> Rendition {
        self.screens.row(&self.frame, row)[column].rendition()
    }

    /// The link of a cell as `id;URI`.
    fn link_at(&self, row: u16, column: usize) -> String {
        let link = self.screens.extra(self.rendition_at(row, column)).link;
        String::from_utf8(self.screens.text(link).flatten().copied().collect()).unwrap()
    }

    fn underline_at(&self, row: u16, column: usize) -> Color {
        self.screens.extra(self.rendition_at(row, column)).underline
    }
}

#[test]
fn underlines_have_colours_of_their_own() {
    let cases: &[(&str, Color)] = &[
        ("58:5:200", Color::Palette(200)),
        ("58;5;200", Color::Palette(200)),
        ("58:2::1:2:3", Color::Rgb(1, 2, 3)),
        ("58:2:1:2:3", Color::Rgb(1, 2, 3)),
        ("58;2;1;2;3", Color::Rgb(1, 2, 3)),
        ("4:3;58;2;1;2;3;1", Color::Rgb(1, 2, 3)),
        ("58:5:1;59", Color::Default),
        ("58:5:1;0", Color::Default),
        ("58:5:1;", Color::Default),
        ("58:5:1;24", Color::Palette(1)),
        ("0;58:5:1", Color::Palette(1)),
        ("58:5:256", Color::Default),
        ("58:7", Color::Default),
    ];
    for &(params, expected) in cases {
        let mut fixture = Fixture::new(5, 1);
        fixture.write(format!("\x1b[{params}mx\x1b[mx").as_bytes());
        assert_eq!(fixture.underline_at(0, 0), expected, "{params}");
        assert_eq!(fixture.rendition_at(0, 1), Rendition::DEFAULT, "{params}");
    }
}

#[test]
fn text_belongs_to_a_link_until_it_is_closed() {
    let mut fixture = Fixture::new(9, 2);
    fixture.write(b"a\x1b]8;;http://b/\x1b\\b\x1b[31;1mc\x1b[md\x1b]8;;\x07e");
    let links: Vec<String> = (0..5).map(|column| fixture.link_at(0, column)).collect();
    assert_eq!(links, ["", ";http://b/", ";http://b/", ";http://b/", ""]);
    // The same place again is the same link; an id makes another one.
    fixture.write(b"\x1b]8;;http://b/\x07f\x1b]8;a=1:id=7:id=8;http://b/\x07g\x1b]8;id=;x;y\x07h");
    assert_eq!(fixture.rendition_at(0, 5), fixture.rendition_at(0, 1));
    assert_eq!(fixture.link_at(0, 6), "7;http://b/");
    assert_eq!(fixture.link_at(0, 7), ";x;y");
    // Erased cells belong to none.
    fixture.write(b"\x1b[K\x1b[2;1H\x1b[1@");
    assert_eq!(fixture.rendition_at(0, 8), Rendition::DEFAULT);
    assert_eq!(fixture.rendition_at(1, 0), Rendition::DEFAULT);
}

#[test]
fn what_is_no_link_closes_the_one_before() {
    let long = "u".repeat(600);
    for bad in ["8;;http://\u{e9}/", "8;id=\u{e9};http://a/", "8;http://a/", &format!("8;;{long}")]
    {
        let mut fixture = Fixture::new(5, 1);
        fixture.write(format!("\x1b]8;;http://a/\x07a\x1b]{bad}\x07b").as_bytes());
        assert_eq!(fixture.link_at(0, 0), ";http://a/");
        assert_eq!(fixture.rendition_at(0, 1), Rendition::DEFAULT, "{bad}");
    }
}

#[test]
fn a_link_and_the_colour_of_an_underline_go_together() {
    let mut fixture = Fixture::new(5, 1);
    fixture.write(b"\x1b]8;;u\x07\x1b[58:5:3ma\x1b]8;;v\x07b\x1b]8;;\x07c\x1b[59md");
    let seen: Vec<_> =
        (0..4).map(|at| (fixture.link_at(0, at), fixture.underline_at(0, at))).collect();
    let (three, none) = (Color::Palette(3), Color::Default);
    let link = String::from;
    assert_eq!(
        seen,
        [(link(";u"), three), (link(";v"), three), (link(""), three), (link(""), none)]
    );
}

#[test]
fn the_saved_cursor_keeps_its_link() {
    let mut fixture = Fixture::new(5, 1);
    fixture.write(b"\x1b]8;;kept\x07\x1b7\x1b]8;;\x07");
    for number in 0..10_000 {
        fixture.write(format!("\x1b]8;;{number}\x07").as_bytes());
    }
    fixture.write(b"\x1b8x");
    assert_eq!(fixture.link_at(0, 0), ";kept");
}

#[test]
fn a_reset_closes_links() {
    for reset in ["\x1bc", "\x1b[!p"] {
        let mut fixture = Fixture::new(5, 1);
        fixture.write(format!("\x1b]8;;u\x07\x1b[58:5:3m{reset}x").as_bytes());
        assert_eq!(fixture.rendition_at(0, 0).extra(), ExtraId::NONE, "{reset:?}");
    }
}
