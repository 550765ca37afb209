//! Serving connections: bounded in number, with time limits, ended gracefully.

use std::{future::Future, io, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};
use tower::ServiceExt as _;

use crate::config::Limits;

/// Largest request head in bytes: an authorization and a path fit many times.
const HEAD: usize = 16 << 10;

pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(limits.connections));
    let stopping = watch::Sender::new(false);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let accept = async {
            // Without a free place nothing is accepted: the rest waits in the system's queue.
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((place, listener.accept().await))
        };
        tokio::select! {
            () = &mut stop => break,
            accepted = accept => {
                let (place, accepted) = accepted?;
                // One connection that failed while it was accepted is no reason to stop.
                let Ok((stream, _)) = accepted else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let header = Duration::from_secs(limits.header_seconds);
                connections.spawn(connection(stream, router.clone(), header, stopping.subscribe(), place));
            }
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let rest = async { while connections.join_next().await.is_some() {} };
    let patience = Duration::from_secs(limits.shutdown_seconds);
    let _cut_off_after = tokio::time::timeout(patience, rest).await;
    Ok(())
}

async fn connection(
    stream: TcpStream,
    router: Router,
    header: Duration,
    mut stopping: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let _best_effort = stream.set_nodelay(true);
    let service =
        service_fn(move |request: Request<Incoming>| router.clone().oneshot(request.map(Body::new)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ended = connection.as_mut() => {}
        () = async { let _stop = stopping.wait_for(|stop| *stop).await; } => {
            connection.as_mut().graceful_shutdown();
            let _ended = connection.await;
        }
    }
}
