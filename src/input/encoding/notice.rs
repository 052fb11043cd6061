//! The notice about a guessed encoding.

use super::{Certainty, Charset, Encoding, Guess, Mixture};
use crate::diagnostic::{Count, Fact, Listed, Notice, Shown};

/// The notice about `encoding`, where it is not certain. `samples` are words of the list that depend on
/// it; none where no cell may be quoted.
pub(in crate::input) fn notice(
    encoding: Encoding,
    certainty: &Certainty,
    samples: &[String],
) -> Option<Notice> {
    match certainty {
        Certainty::Certain => None,
        Certainty::Joined(mixture) => Some(joined(*mixture)),
        Certainty::Guessed(guess) => Some(guessed(encoding, guess, samples)),
    }
}

fn joined(Mixture { sound, broken }: Mixture) -> Notice {
    let places = Count(broken, "place");
    let characters = Count(sound, "character");
    let verb = if broken == 1 { "is" } else { "are" };
    Notice::warning(
        "joined-encodings",
        format_args!(
            "{places} of the list {verb} not UTF-8, and {characters} beyond ASCII in it are: it may have been joined from files in two encodings"
        ),
    )
    .with_hint("save each file as `CSV UTF-8` before joining them; no --encoding fits the whole list")
}

fn guessed(encoding: Encoding, guess: &Guess, samples: &[String]) -> Notice {
    let affected = match samples {
        [] => format!("which decides {}", Count(guess.foreign, "character")),
        samples => format!("which reads {}", Listed(samples)),
    };
    let mixture = match guess.utf8 {
        0 => String::new(),
        utf8 => format!(
            "; a part of it ({}) is UTF-8: it may have been joined from files in two encodings",
            Count(utf8, "character")
        ),
    };
    let others: Vec<String> = guess
        .candidates
        .iter()
        .map(|other| {
            let name = other.name();
            match samples.first().and_then(|sample| reread(sample, guess.charset, *other)) {
                Some(text) => format!("--encoding {name} (`{}`)", Shown(&text)),
                None => format!("--encoding {name}"),
            }
        })
        .collect();
    let cure = match &others[..] {
        [] => "export the list again as `CSV UTF-8`".to_owned(),
        others => format!("try {}, or export the list again as `CSV UTF-8`", others.join(", ")),
    };
    Notice::important(
        "guessed-encoding",
        format_args!(
            "the list is not UTF-8; its encoding is guessed to be {encoding}, {affected}{mixture}"
        ),
    )
    .with_hint(format!("--encoding {encoding} confirms the guess; if it is wrong, {cure}"))
    .with_fact("encoding", Fact::Text(encoding.to_string()))
    .with_fact("candidates", Fact::List(guess.candidates.iter().map(|c| c.name()).collect()))
}

/// What `text`, which was read as `from`, is in the encoding `to`.
fn reread(text: &str, from: Charset, to: Charset) -> Option<String> {
    let (from, to) = (from.upper(), to.upper());
    text.chars()
        .map(|c| {
            if c.is_ascii() {
                Some(c)
            } else {
                from.iter().position(|other| *other == c).map(|at| to[at])
            }
        })
        .collect()
}
