//! The service: the engine over HTTP, for browsers and for other programs.
//!
//! ```text
//! request -> guard (who, may they, how often) -> api (one use case a handler) -> engine, on threads that may take long
//!                                                  \-> queue of jobs -> worker -> engine
//! ```
//!
//! Handlers wait for nothing themselves: what reads files or computes runs on blocking threads, of which the service has a bounded number. Work that takes
//! longer than a person waits is a job; the queue is in a file and survives a restart. Everything that changes something stands in the audit chain with
//! the name of the account.

pub mod api;
pub mod given;
mod guard;
mod hall;
mod known;
mod limits;
mod pages;
mod problem;
mod uploads;
mod worker;

#[cfg(test)]
mod tests;

pub use hall::Hall;
pub use problem::Problem;

use crate::casework::Role;
use crate::engine::error::EngineError;
use crate::engine::parameters::Parameters;
use crate::engine::ports::{Clock as _, StoreError};
use crate::language::Language;
use crate::store::service::{ServiceStore, random};
use crate::store::{SqliteStore, SystemClock};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long requests under way may take after the service was asked to end.
const LAST_REQUESTS: Duration = Duration::from_secs(30);

/// What a service is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The gallery's folder; made where there is none.
    pub gallery: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Certificate chain and key, PEM; without them only this machine is served.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Language of the first administrator.
    pub language: Language,
}

/// Why a service did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Gallery or accounts.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Others than this machine would be served in the clear.
    #[error(
        "--listen {0}: expected an address of this machine such as 127.0.0.1, or --tls-cert and --tls-key; got an address that others reach"
    )]
    Unprotected(SocketAddr),
    /// The system refused.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// The first administrator of a service that nobody can sign in to yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// The account.
    pub name: String,
    /// Its password, to be changed at the first sign-in; kept nowhere else.
    pub password: String,
}

/// A service that listens.
pub struct Service {
    /// What it works with.
    pub hall: Arc<Hall>,
    /// Where it listens.
    pub at: SocketAddr,
    /// The first administrator, if this start made one.
    pub first: Option<First>,
    listener: std::net::TcpListener,
    tls: Option<(PathBuf, PathBuf)>,
}

impl Service {
    /// Opens gallery and accounts, makes the first administrator where there is nobody, and begins to listen.
    ///
    /// # Errors
    /// Those of gallery and accounts; [`ServeError::Unprotected`]; an address that cannot be had.
    pub fn open(options: &Options, parameters: Parameters) -> Result<Self, ServeError> {
        if options.tls.is_none() && !options.listen.ip().is_loopback() {
            return Err(ServeError::Unprotected(options.listen));
        }
        let store = SqliteStore::open_or_create(&options.gallery)?;
        let service = ServiceStore::open(&options.gallery)?;
        let first = first_administrator(&service, options.language)?;
        let io = |source| ServeError::Io { what: format!("listen on {}", options.listen), source };
        let listener = std::net::TcpListener::bind(options.listen).map_err(io)?;
        listener.set_nonblocking(true).map_err(io)?;
        let at = listener.local_addr().map_err(io)?;
        let hall = Arc::new(Hall::new(store, service, (parameters, &options.gallery), options.tls.is_some()));
        Ok(Self { hall, at, first, listener, tls: options.tls.clone() })
    }

    /// Serves until `stop` says so; then finishes what is under way, and leaves running jobs to the next start.
    ///
    /// # Errors
    /// A certificate that cannot be read; what the system refuses.
    pub fn run(self, stop: impl Fn() -> bool + Send + 'static) -> Result<(), ServeError> {
        let io = |what: &'static str| move |source| ServeError::Io { what: what.to_owned(), source };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(io("start the service"))?;
        let hall = Arc::clone(&self.hall);
        hall.service.requeue_cut_off()?;
        let worker = worker::start(Arc::clone(&hall)).map_err(io("start the worker"))?;
        let warm = Arc::clone(&hall);
        let warmer = std::thread::Builder::new().name("warmer".to_owned()).spawn(move || warm.keep_warm());
        let warmer = warmer.map_err(io("start the worker"))?;
        let served = runtime.block_on(async {
            let handle = axum_server::Handle::new();
            let ender = handle.clone();
            let watched = Arc::clone(&hall);
            tokio::spawn(async move {
                while !stop() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                watched.end();
                ender.graceful_shutdown(Some(LAST_REQUESTS));
            });
            let app = api::router(Arc::clone(&hall)).into_make_service_with_connect_info::<SocketAddr>();
            match &self.tls {
                None => axum_server::from_tcp(self.listener)?.handle(handle).serve(app).await,
                Some((certificate, key)) => {
                    // Asking again for the provider that is there already changes nothing.
                    let _ = rustls::crypto::ring::default_provider().install_default();
                    let config = axum_server::tls_rustls::RustlsConfig::from_pem_file(certificate, key).await?;
                    axum_server::from_tcp_rustls(self.listener, config)?.handle(handle).serve(app).await
                }
            }
        });
        hall.end();
        // A worker that panicked has left its job running: the next start begins it again.
        let _ = worker.join();
        let _ = warmer.join();
        served.map_err(io("serve"))
    }
}

fn first_administrator(service: &ServiceStore, language: Language) -> Result<Option<First>, ServeError> {
    if !service.has_nobody()? {
        return Ok(None);
    }
    use base64::Engine as _;
    let password = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random::<15>()?);
    let name = "administrator".to_owned();
    service.make_account(&name, (Role::Auditor, true), (&password, true), language, SystemClock.now())?;
    Ok(Some(First { name, password }))
}
