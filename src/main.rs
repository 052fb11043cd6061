//! argv to exit code.

fn main() {
    mailmuster::cli::hide_panic_messages();
    let code = mailmuster::cli::run(std::env::args_os());
    // `ExitCode` would cut the code to eight bits. Nothing is left to be dropped here.
    std::process::exit(code)
}
