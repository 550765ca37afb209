//! `amana relay`.

use amana_server::{Config, Relay};
use tokio::net::TcpListener;

use crate::{args::relay::RelayArgs, context::Context, error::CliError, json::Listening, output::Output};

/// Runs the relay until it is told to stop; answers with [`Listening`] once it accepts connections.
pub async fn run(context: &Context, args: RelayArgs) -> Result<Output, CliError> {
    let config = match &args.config {
        Some(path) => Config::load(path).map_err(|error| CliError::relay_start(error.code(), error))?,
        None => Config::default(),
    };
    let relay = Relay::open_now(&args.data, config)
        .await
        .map_err(|error| CliError::relay_start(error.code(), error))?;
    let listener =
        TcpListener::bind(args.listen).await.map_err(|error| CliError::relay_start("address", error))?;
    let address = listener.local_addr().map_err(|error| CliError::relay_start("address", error))?;
    let listening = format!("http://{address}");
    context.emit(Output::new(context, &Listening { listening, claim: relay.claim_code() }))?;
    relay.serve(listener, stop_signal()).await.map_err(|error| CliError::relay_start("serve", error))?;
    relay.shutdown().await;
    Ok(Output::done())
}

/// Resolves when the process is asked to end.
pub async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
