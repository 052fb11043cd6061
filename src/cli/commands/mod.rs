//! One file per command: its arguments and its `run`.

mod check;
mod completions;
mod export;
mod generate;
mod history;
mod identity;
mod init;
mod inspect;
mod man;
mod plan;
#[cfg(feature = "probe")]
mod probe;
mod provider;
mod rename;
mod resign;
mod retire;
mod status;
mod verify;

use clap::Subcommand;

use super::exit::Exit;
use super::failure::Failure;
use super::message::Console;

/// Defines [`Command`] and its `run`: `Variant(arguments)` for each command, in the order of `--help`.
macro_rules! commands {
    ($($(#[$when:meta])? $name:ident($args:ty),)+) => {
        #[derive(Debug, Subcommand)]
        pub(super) enum Command {
            $($(#[$when])? $name(Box<$args>),)+
        }

        impl Command {
            pub(super) fn run(&self, console: &Console) -> Result<Exit, Failure> {
                match self {
                    $($(#[$when])? Self::$name(args) => args.run(console),)+
                }
            }
        }
    };
}

commands! {
    Generate(generate::GenerateArgs),
    Check(check::CheckArgs),
    Plan(plan::PlanArgs),
    Status(status::StatusArgs),
    History(history::HistoryArgs),
    Rename(rename::RenameArgs),
    Resign(resign::ResignArgs),
    Retire(retire::RetireArgs),
    Export(export::ExportArgs),
    #[cfg(feature = "probe")]
    Probe(probe::ProbeArgs),
    Init(init::InitArgs),
    Verify(verify::VerifyArgs),
    Inspect(inspect::InspectArgs),
    Identity(identity::IdentityArgs),
    Provider(provider::ProviderArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}
