//! A program's output, a few bytes of the input each: control sequences and text that mean something
//! more often than bytes of chance do.

use crate::input::Input;

/// Reads a control sequence, well-formed but for what it asks.
pub fn sequence(input: &mut Input<'_>) -> Vec<u8> {
    let mut out = vec![0x1b];
    match input.below(10) {
        0 => {
            out.extend([b'(', b'#', b' ', b'%', b'-'][input.below(5)..][..1].iter());
            out.push(b'0' + input.below(0x4f) as u8);
        }
        1 => out.push(b'0' + input.below(0x4f) as u8),
        2 => {
            out.push(b']');
            number(input, &mut out);
            out.push(b';');
            out.extend(input.chunk());
            out.push(0x07);
        }
        3 => {
            out.push(b'P');
            out.extend([&b"$q"[..], b"+q", b"1$t", b"2$t", b"q"][input.below(5)]);
            out.extend(input.chunk());
            out.extend(b"\x1b\\");
        }
        4 => {
            out.extend(b"[?");
            number(input, &mut out);
            out.push([b'h', b'l', b's', b'r'][input.below(4)]);
        }
        5 => {
            out.push(b'[');
            for _ in 0..=input.below(8) {
                number(input, &mut out);
                out.push(if input.below(4) == 0 { b':' } else { b';' });
            }
            out.push(b'm');
        }
        _ => {
            out.push(b'[');
            out.extend([&b""[..], b"", b"", b"?", b">", b"<", b"="][input.below(7)]);
            let count = input.below(8);
            for index in 0..count {
                if index > 0 {
                    out.push(b';');
                }
                number(input, &mut out);
            }
            let between = [&b""[..], b"", b"", b"", b"$", b" ", b"!", b"\"", b"'", b"*", b"#"];
            out.extend(between[input.below(11)]);
            out.push(b'@' + input.below(0x3f) as u8);
        }
    }
    out
}

/// A number as one byte: small ones, those of modes and colours, and the ends of the range.
fn number(input: &mut Input<'_>, out: &mut Vec<u8>) {
    const KNOWN: [u32; 24] = [
        45,
        47,
        48,
        52,
        66,
        69,
        80,
        95,
        133,
        255,
        996,
        1000,
        1006,
        1016,
        1047,
        1048,
        1049,
        2004,
        2026,
        2027,
        2048,
        65_535,
        65_536,
        4_294_967_295,
    ];
    let number = match input.byte() {
        255 => u32::from(input.short()),
        small @ 0..100 => small.into(),
        known => KNOWN[usize::from(known) % KNOWN.len()],
    };
    out.extend(number.to_string().bytes());
}

/// Reads some text, among it what is hard to put into cells, and moves of the cursor.
pub fn text(input: &mut Input<'_>) -> Vec<u8> {
    const PIECES: [&str; 16] = [
        "x",
        "word ",
        "\r\n",
        "\n",
        "\t",
        "\x08",
        "漢",
        "e\u{301}",
        "👩\u{200d}🚀",
        "🇩🇪",
        "☂\u{fe0f}",
        "\u{301}\u{302}",
        "\u{1f3fd}",
        "\x0e",
        "\x0f",
        "\x1bM",
    ];
    let piece = PIECES[input.below(PIECES.len())];
    piece.repeat(1 + input.below(100)).into_bytes()
}
