//! The man pages: one for the program and one for each command, from the same texts as `--help`.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::examples::{Extra, extra_of};
use super::{FIELDS, command, field_names};
use crate::output::SharedFile;

/// Every page, that of the program first: `mailmuster.1`, `mailmuster-generate.1` and so on.
pub(in crate::cli) fn pages() -> Vec<SharedFile> {
    // a page for `help` would say nothing
    let mut command = command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, "", &mut pages).expect("memory takes what is written to it");
    pages
}

/// Adds the pages of `command`, whose words after `mailmuster` are `name`, and of its subcommands.
fn add(command: &Command, name: &str, pages: &mut Vec<SharedFile>) -> io::Result<()> {
    pages.push(page(command, extra_of(name))?);
    for subcommand in command.get_subcommands() {
        let words = format!("{name} {}", subcommand.get_name());
        add(subcommand, words.trim_start(), pages)?;
    }
    Ok(())
}

fn page(command: &Command, extra: Option<&Extra>) -> io::Result<SharedFile> {
    let man = Man::new(command.clone());
    let mut text = Vec::new();
    // written here, for `Man` would leave out the date: the same version has the same bytes, whenever it is built
    let title = command.get_display_name().unwrap_or_else(|| command.get_name());
    let version = env!("CARGO_PKG_VERSION");
    writeln!(text, ".TH {title} 1 \"\" \"mailmuster {version}\" \"mailmuster\"")?;
    man.render_name_section(&mut text)?;
    write_synopsis(command, &mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    if let Some(extra) = extra {
        write_extra(extra, &mut text)?;
    }
    Ok(SharedFile { name: man.get_filename(), bytes: text })
}

/// One line as in `--help`: with every option, as `Man` writes it, nobody sees the arguments.
fn write_synopsis(command: &Command, text: &mut dyn Write) -> io::Result<()> {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let words = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold(words), roman(usage.strip_prefix(words).unwrap_or(usage))]);
    roff.to_writer(text)
}

/// The sections that clap has no place for, under the headings that man-pages(7) gives them.
fn write_extra(extra: &Extra, text: &mut dyn Write) -> io::Result<()> {
    let mut roff = Roff::new();
    if extra.end.has_fields() {
        roff.control("SH", [FIELDS.to_uppercase().as_str()]);
        roff.text([roman(field_names().join(", "))]);
    }
    roff.control("SH", ["EXAMPLES"]);
    for example in extra.examples {
        roff.control("PP", []);
        roff.text([roman(example.does)]);
        // a command line stays in one line, as it is typed
        roff.control("RS", ["4"]);
        roff.control("nf", []);
        roff.text([bold(example.line)]);
        roff.control("fi", []);
        roff.control("RE", []);
    }
    let codes = extra.end.codes();
    if !codes.is_empty() {
        roff.control("SH", ["EXIT STATUS"]);
    }
    for (code, meaning) in codes {
        roff.control("TP", []);
        roff.text([bold(code.to_string())]);
        roff.text([roman(meaning)]);
    }
    roff.to_writer(text)
}
