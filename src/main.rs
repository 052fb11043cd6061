//! argv to exit code.

fn main() {
    mailmuster::cli::hide_panic_messages();
    let code = mailmuster::cli::run(std::env::args_os());
    #[expect(
        clippy::disallowed_methods,
        reason = "`ExitCode` cuts the code to eight bits; nothing is left to be dropped"
    )]
    std::process::exit(code)
}
