//! Somebody at a keyboard, from a seed: how long between two keys, and which words go wrong.
//!
//! In come the steps of a script, out the same with typing errors and their corrections, and the
//! time before each key. It does not know what the program does.

use std::time::Duration;

use super::script::Step;
use crate::random::Random;

/// A typist; the same seed types the same.
#[derive(Clone, Debug)]
pub struct Typist {
    random: Random,
    last: Option<String>,
}

impl Typist {
    /// Sits down.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), last: None }
    }

    /// Makes errors in so many words of a hundred, and corrects them a little later.
    ///
    /// Only in words of four lower-case letters and more, of which a key beside the right one is
    /// hit, and never in secrets.
    pub fn err(&mut self, steps: &[Step], percent: u32) -> Vec<Step> {
        let mut erring: Vec<Step> = Vec::new();
        let mut secret = false;
        let mut index = 0;
        while index < steps.len() {
            let word = steps[index..].iter().take_while(|step| letter(step).is_some()).count();
            if word >= 4 && !secret && self.random.chance(percent) {
                let wrong = 1 + self.random.below(word - 1);
                let noticed = (self.random.below(3)).min(word - 1 - wrong);
                erring.extend_from_slice(&steps[index..index + wrong]);
                let right = letter(&steps[index + wrong]).expect("in the word");
                erring.push(Step::Key(beside(right).to_string()));
                let after = &steps[index + wrong + 1..][..noticed];
                erring.extend_from_slice(after);
                erring.push(Step::Wait(Duration::from_millis(150 + self.below(250))));
                erring.extend(vec![Step::Key("\x7f".into()); 1 + noticed]);
                erring.extend_from_slice(&steps[index + wrong..index + word]);
                index += word;
                continue;
            }
            match steps[index] {
                Step::Secret => secret = true,
                Step::EndOfSecret => secret = false,
                _ => {}
            }
            let taken = word.max(1);
            erring.extend_from_slice(&steps[index..index + taken]);
            index += taken;
        }
        erring
    }

    /// How long after the key before this one is pressed.
    ///
    /// 40 to 260 ms within a word, less for the same key again, more where one thinks: at the
    /// beginning, after Enter, sometimes between words.
    pub fn pause(&mut self, key: &str) -> Duration {
        let last = self.last.replace(key.to_owned());
        let stroke = 40 + self.below(111) + self.below(111);
        let millis = match last.as_deref() {
            None => 600 + self.below(600),
            Some("\r") => 400 + self.below(900),
            Some(last) if last == key && !key.starts_with(|c: char| c.is_alphanumeric()) => {
                70 + self.below(80)
            }
            Some(" ") if self.random.chance(8) => 400 + self.below(700),
            Some(last) if is_function(last) != is_function(key) => stroke + 60 + self.below(200),
            Some(_) => stroke,
        };
        Duration::from_millis(millis)
    }

    /// How long it takes to see something that has come up.
    pub fn reaction(&mut self) -> Duration {
        Duration::from_millis(250 + self.below(350))
    }

    fn below(&mut self, limit: usize) -> u64 {
        self.random.below(limit) as u64
    }
}

/// Whether the hand leaves the letters for this key.
fn is_function(key: &str) -> bool {
    key.starts_with(|c: char| c.is_control())
}

fn letter(step: &Step) -> Option<char> {
    match step {
        Step::Key(key) => key.chars().next().filter(|c| key.len() == 1 && c.is_ascii_lowercase()),
        _ => None,
    }
}

/// The key to the right, or to the left at the end of a row.
fn beside(right: char) -> char {
    const ROWS: [&str; 3] = ["qwertyuiopo", "asdfghjklk", "zxcvbnmn"];
    let neighbour = |row: &&str| row.chars().nth(row.find(right)? + 1);
    ROWS.iter().find_map(neighbour).expect("a lower-case letter")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Step> {
        text.chars().map(|c| Step::Key(c.to_string())).collect()
    }

    /// What stands there after all corrections.
    fn typed(steps: &[Step]) -> String {
        let mut text = String::new();
        for step in steps {
            match step {
                Step::Key(key) if key == "\x7f" => drop(text.pop()),
                Step::Key(key) => text.push_str(key),
                _ => {}
            }
        }
        text
    }

    #[test]
    fn errors_are_corrected() {
        let text = "the quick brown fox jumps over the lazy dogs again and again";
        let mut counts = Vec::new();
        for seed in 0..50 {
            let erring = Typist::new(seed).err(&keys(text), 30);
            assert_eq!(typed(&erring), text, "{erring:?}");
            assert_eq!(erring, Typist::new(seed).err(&keys(text), 30));
            counts.push(erring.len() - text.len());
        }
        assert!(counts.iter().any(|count| *count > 4), "{counts:?}");
        assert_eq!(Typist::new(1).err(&keys(text), 0), keys(text));
    }

    #[test]
    fn secrets_are_typed_without_errors() {
        let secret = [&[Step::Secret], &keys("password")[..], &[Step::EndOfSecret]].concat();
        for seed in 0..50 {
            assert_eq!(Typist::new(seed).err(&secret, 100), secret);
        }
    }

    #[test]
    fn pauses_are_those_of_a_person() {
        let mut typist = Typist::new(1);
        assert!(typist.pause("a") >= Duration::from_millis(600));
        for _ in 0..100 {
            let pause = typist.pause("b").as_millis();
            assert!((40..=260).contains(&pause), "{pause}");
        }
        typist.pause("\r");
        assert!(typist.pause("a") >= Duration::from_millis(400));
    }
}
