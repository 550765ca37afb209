//! One relay on one data folder.

use std::{
    fs::File,
    future::Future,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use amana_crypto::{Random, SystemRandom};
use amana_domain::ids::VerifyKey;
use axum::Router;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    api, claim,
    clock::{Clock, SystemClock},
    config::{Config, ConfigError},
    key::{self, KeyError},
    serve,
    state::{App, Trust, TrustDamaged},
    store::{Store as _, sqlite},
};

const LOCK: &str = "relay.lock";

/// Why a relay does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The data folder cannot be made, read or locked.
    #[error("the data folder cannot be used")]
    Folder(#[source] io::Error),
    /// Another relay runs on this data folder.
    #[error("another relay uses this data folder")]
    InUse,
    /// The configuration is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The relay key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] sqlite::OpenError),
    /// The stored public data cannot be read.
    #[error("the relay's database cannot be read")]
    Read,
    /// The stored public data was changed by somebody else.
    #[error(transparent)]
    Trust(#[from] TrustDamaged),
}

impl OpenError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::InUse => "relay_in_use",
            Self::Store(sqlite::OpenError::TooNew { .. }) => "relay_too_new",
            Self::Folder(_) => "relay_folder",
            _ => "relay_damaged",
        }
    }
}

/// A relay: its store, its key and everything it knows.
pub struct Relay {
    app: Arc<App>,
    router: Router,
    stop: watch::Sender<bool>,
    served: watch::Sender<usize>,
    folder: PathBuf,
    _lock: File,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Relay {
    /// Opens or makes a relay. Nothing is made in place of something that cannot be opened.
    pub async fn open(
        folder: impl AsRef<Path>,
        config: Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        Self::open_with(folder, config, clock, &SystemRandom).await
    }

    /// The same with the machine's clock.
    pub async fn open_now(folder: impl AsRef<Path>, config: Config) -> Result<Self, OpenError> {
        Self::open(folder, config, Arc::new(SystemClock)).await
    }

    /// The same with given randomness, so that simulations replay exactly: it makes the key and the claim code of a
    /// fresh relay.
    pub async fn open_with(
        folder: impl AsRef<Path>,
        config: Config,
        clock: Arc<dyn Clock>,
        random: &dyn Random,
    ) -> Result<Self, OpenError> {
        let folder = folder.as_ref();
        config.check()?;
        let tokens = config.tokens()?;
        make_folder(folder).map_err(OpenError::Folder)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(LOCK))
            .map_err(OpenError::Folder)?;
        lock.try_lock().map_err(|_| OpenError::InUse)?;
        let fresh = !folder.join(sqlite::FILE).exists();
        let key = key::open(folder, fresh, random)?;
        let public = key.verify_key();
        let store =
            sqlite::SqliteStore::open(folder, config.quotas.clone(), &config.limits, &tokens, key, random)?;
        let trust = Trust::verify(store.trust().await.map_err(|_| OpenError::Read)?)?;
        let claim = trust.directory.is_none().then(|| claim::make(random));
        let app = Arc::new(App::new(config, clock, public, Arc::new(store), trust, claim));
        Ok(Self {
            router: api::router(Arc::clone(&app)),
            app,
            stop: watch::Sender::new(false),
            served: watch::Sender::new(0),
            folder: folder.to_owned(),
            _lock: lock,
        })
    }

    /// All calls, for serving in process.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The code that the first directory needs; `None` once the relay is claimed.
    pub fn claim_code(&self) -> Option<String> {
        self.app.claim()
    }

    /// The relay's key.
    pub fn key(&self) -> VerifyKey {
        self.app.key
    }

    /// Deletes the mailboxes whose time is over. [`Relay::serve`] does it every hour.
    pub async fn retire(&self) -> u64 {
        let Some(days) = self.app.config.retention.days else { return 0 };
        let before = self.app.clock.today().saturating_sub(days);
        self.app.store.retire(before).await.unwrap_or(0)
    }

    /// Serves until `shutdown` is ready or [`Relay::shutdown`] is called; then lets running requests
    /// finish for a while.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        self.served.send_modify(|count| *count += 1);
        let result = self.serve_until(listener, shutdown).await;
        self.served.send_modify(|count| *count -= 1);
        result
    }

    async fn serve_until(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let mut stopped = self.stop.subscribe();
        let stop = async {
            tokio::select! {
                () = shutdown => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        };
        let housekeeping = async {
            let mut hours = tokio::time::interval(Duration::from_secs(3600));
            loop {
                hours.tick().await;
                self.retire().await;
            }
        };
        tokio::select! {
            result = serve::serve(listener, self.router(), self.app.config.limits.clone(), stop) => result,
            () = housekeeping => Ok(()),
        }
    }

    /// Stops serving, finishes the commit group and closes the store.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        let mut served = self.served.subscribe();
        let _sender_is_ours = served.wait_for(|count| *count == 0).await;
        if self.app.store.close().await.is_err() {
            tracing::error!("the store did not close cleanly");
        }
    }
}

/// Opens a relay, tells `ready` about it once connections are accepted, and serves until `shutdown`.
pub async fn run(
    folder: &Path,
    config: Config,
    listener: TcpListener,
    ready: impl FnOnce(&Relay),
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let relay = Relay::open_now(folder, config).await?;
    ready(&relay);
    let served = relay.serve(listener, shutdown).await;
    relay.shutdown().await;
    Ok(served?)
}

/// Why a relay stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// It did not start.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The listener failed.
    #[error("connections can no longer be accepted")]
    Serve(#[from] io::Error),
}

fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
