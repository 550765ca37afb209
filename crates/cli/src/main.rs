//! The `amana` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // reqwest is built without a provider of its own; without this, the first connection would panic. An
    // error means that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Silent unless asked: a phone's or desk's computer is not the place for a trail.
    let filter = std::env::var("AMANA_LOG").unwrap_or_else(|_| "off".to_owned());
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .init();
    let status = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(amana_cli::main_with(std::env::args_os().collect())),
        Err(_) => 1,
    };
    ExitCode::from(status)
}
