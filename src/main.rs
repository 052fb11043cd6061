//! argv to exit code.

/// musl's own allocator has one lock for all threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    mailmuster::cli::hide_panic_messages();
    let code = mailmuster::cli::run(std::env::args_os());
    #[expect(
        clippy::disallowed_methods,
        reason = "`ExitCode` cuts the code to eight bits; nothing is left to be dropped"
    )]
    std::process::exit(code)
}
