//! The choices before a start.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use url::Url;

use super::Sandbox;
use super::listening::{Listening, adopt, bind};
use super::start_error::StartError;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::guard::{Guard, host_of};
use crate::ledger::CancelVat;
use crate::state::Keeper;
use crate::world::{CidKind, KnownCid, Settings, World};

/// The merchant codes that everyone may test with.
const TEST_CIDS: [(&str, CidKind); 3] = [
    ("TC0ONETIME", CidKind::OneTime),
    ("TCSUBSCRIP", CidKind::Subscription),
    // For sequential payments. That it issues a SID as a subscription does is our guess.
    ("TCSEQUENCE", CidKind::Subscription),
];
/// How many payments are kept when nothing is said.
const PAYMENTS_MAX: usize = 10_000;

/// What a sandbox is to be like; see [`Sandbox::builder`].
#[derive(Default)]
#[must_use]
pub struct SandboxBuilder {
    listen: Option<SocketAddr>,
    listener: Option<Listening>,
    public_url: Option<String>,
    /// Its hosts are as they were given.
    guard: Guard,
    secret_key: Option<String>,
    cids: Vec<KnownCid>,
    cid_secrets: Vec<(String, String)>,
    origins: Vec<String>,
    legacy: bool,
    cancel_vat: CancelVat,
    log_calls: bool,
    empty_401: bool,
    payments_max: Option<usize>,
    calls_per_second: Option<u32>,
    faults_file: Option<PathBuf>,
    data_dir: Option<PathBuf>,
    seed: Option<u64>,
    frozen_at: Option<Timestamp>,
}

impl SandboxBuilder {
    /// Where to listen; a free port on 127.0.0.1 when not said.
    pub fn listen(self, addr: SocketAddr) -> Self {
        Self {
            listen: Some(addr),
            ..self
        }
    }

    /// A listener that is already bound, instead of an address.
    pub fn listener(self, listener: impl Into<Listening>) -> Self {
        Self {
            listener: Some(listener.into()),
            ..self
        }
    }

    /// The address under which payers and merchants reach it; `http://<bound address>` when not
    /// said.
    pub fn public_url(self, url: impl Into<String>) -> Self {
        Self {
            public_url: Some(url.into()),
            ..self
        }
    }

    /// A host name, beside this machine's own and that of the public url, under which the tester's
    /// door (`/_sandbox/`) may be asked; call again for more. A sandbox in another container is
    /// asked by its name there.
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.guard.hosts.push(host.into());
        self
    }

    /// Others on the network may open the payer's pages and make the merchant's calls, and the
    /// tester's door stays for programs and browsers of this machine, whatever the public url.
    pub fn lan(mut self) -> Self {
        self.guard.this_machine_only = true;
        self
    }

    /// The only secret key that is accepted; any non-empty one when not said.
    /// [`Sandbox::set_secret_key`] replaces it.
    pub fn secret_key(self, key: impl Into<String>) -> Self {
        Self {
            secret_key: Some(key.into()),
            ..self
        }
    }

    /// A merchant code for one-time payments that is accepted, instead of the test CIDs; call
    /// again for more.
    pub fn cid(mut self, cid: impl Into<String>) -> Self {
        self.cids.push(KnownCid::new(cid, CidKind::OneTime));
        self
    }

    /// A merchant code for subscriptions that is accepted, instead of the test CIDs; call again
    /// for more.
    pub fn subscription_cid(mut self, cid: impl Into<String>) -> Self {
        self.cids.push(KnownCid::new(cid, CidKind::Subscription));
        self
    }

    /// What calls of a merchant code have to carry as `cid_secret`.
    pub fn cid_secret(mut self, cid: impl Into<String>, secret: impl Into<String>) -> Self {
        self.cid_secrets.push((cid.into(), secret.into()));
        self
    }

    /// A registered origin such as `https://shop.example` or `https://*.shop.example`; call again
    /// for more. Once there is one, ready refuses addresses elsewhere with -799.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        self.origins.push(origin.trim_end_matches('/').to_owned());
        self
    }

    /// Serves the predecessor's API (`/v1/payment/*`, `KakaoAK`, forms) beside the current one.
    pub fn legacy(self) -> Self {
        Self {
            legacy: true,
            ..self
        }
    }

    /// Tells of each call in a line of the log (`tracing`, at info): address, status, error code,
    /// order, and the names of the advice on it.
    pub fn log_calls(self) -> Self {
        Self {
            log_calls: true,
            ..self
        }
    }

    /// What becomes of a `cancel_vat_amount` that does not fit; refused when not said.
    pub fn cancel_vat(self, cancel_vat: CancelVat) -> Self {
        Self { cancel_vat, ..self }
    }

    /// Answers 401 without a body, as some HTTP clients see it.
    pub fn empty_401(self) -> Self {
        Self {
            empty_401: true,
            ..self
        }
    }

    /// How many payments are kept before the oldest finished ones leave; 10,000 when not said.
    pub fn payments_max(self, payments_max: usize) -> Self {
        Self {
            payments_max: Some(payments_max),
            ..self
        }
    }

    /// How many calls are taken in a second; a further one is answered 429 (-429) with
    /// `Retry-After: 1`, and has no effect. That KakaoPay counts by the second is our guess.
    pub fn calls_per_second(self, most: u32) -> Self {
        Self {
            calls_per_second: Some(most),
            ..self
        }
    }

    /// A JSON list of faults that wait from the start.
    pub fn faults_file(self, path: impl Into<PathBuf>) -> Self {
        Self {
            faults_file: Some(path.into()),
            ..self
        }
    }

    /// A folder that the state is kept in, so that it survives a restart.
    pub fn data_dir(self, path: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: Some(path.into()),
            ..self
        }
    }

    /// Fixes all ids and tokens; from the system when not said.
    pub fn seed(self, seed: u64) -> Self {
        Self {
            seed: Some(seed),
            ..self
        }
    }

    /// Stops the sandbox's time at an instant; only [`Sandbox::advance_clock`] moves it then.
    pub fn frozen_at(self, at: Timestamp) -> Self {
        Self {
            frozen_at: Some(at),
            ..self
        }
    }

    /// Binds and starts; must be called on a tokio runtime.
    pub async fn start(mut self) -> Result<Sandbox, StartError> {
        let listener = match self.listener.take() {
            Some(listener) => adopt(listener).map_err(StartError::Listener)?,
            None => bind(self.listen.unwrap_or((Ipv4Addr::LOCALHOST, 0).into())).await?,
        };
        let addr = listener.local_addr().map_err(StartError::Listener)?;
        let (world, keeper) = self.world(&format!("http://{addr}"))?;
        let mut sandbox = Sandbox::open(world, addr, keeper);
        sandbox.listen(listener);
        Ok(sandbox)
    }

    /// Starts without a socket, for [`Sandbox::handle`] alone; must be called on a tokio runtime.
    pub fn start_unbound(self) -> Result<Sandbox, StartError> {
        let (world, keeper) = self.world("http://127.0.0.1")?;
        Ok(Sandbox::open(
            world,
            (Ipv4Addr::UNSPECIFIED, 0).into(),
            keeper,
        ))
    }

    fn world(self, url: &str) -> Result<(World, Option<Keeper>), StartError> {
        let public_url = public_url(self.public_url.as_deref().unwrap_or(url))?;
        let seed = match self.seed {
            Some(seed) => seed,
            None => getrandom::u64().map_err(|error| StartError::Seed(error.to_string()))?,
        };
        let mut cids = self.cids;
        if cids.is_empty() {
            cids.extend(TEST_CIDS.map(|(code, kind)| KnownCid::new(code, kind)));
        }
        for (cid, secret) in self.cid_secrets {
            let named = cids.iter_mut().filter(|known| known.code == cid);
            named.for_each(|known| known.secret = Some(secret.clone()));
        }
        let settings = Settings {
            guard: guard(&public_url, &self.guard)?,
            public_url,
            secret_key: self.secret_key,
            cids,
            origins: self.origins,
            legacy: self.legacy,
            cancel_vat: self.cancel_vat,
            log_calls: self.log_calls,
            empty_401: self.empty_401,
            payments_max: self.payments_max.unwrap_or(PAYMENTS_MAX),
            calls_per_second: self.calls_per_second,
            seed,
        };
        let world = World::new(settings, Clock::new(self.frozen_at));
        let keeper = match self.data_dir {
            Some(path) => Some(
                Keeper::open(&world, &path).map_err(|source| StartError::State { path, source })?,
            ),
            None => None,
        };
        if let Some(path) = self.faults_file {
            let faults =
                read_faults(&path).map_err(|reason| StartError::Faults { path, reason })?;
            for fault in faults {
                world.faults().add(fault);
            }
        }
        Ok((world, keeper))
    }
}

fn read_faults(path: &Path) -> Result<Vec<Fault>, String> {
    let text = std::fs::read(path).map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

/// The public url's host is taken, unless others on the network reach the sandbox by it.
fn guard(public_url: &str, given: &Guard) -> Result<Guard, StartError> {
    let lan = given.this_machine_only;
    let public = Url::parse(public_url).ok();
    let public = public.as_ref().filter(|_| !lan).and_then(Url::host_str);
    let allowed = (given.hosts.iter())
        .map(|host| host_of(host).ok_or_else(|| StartError::Host(host.clone())))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Guard {
        hosts: public
            .map(str::to_owned)
            .into_iter()
            .chain(allowed)
            .collect(),
        this_machine_only: lan,
    })
}

fn public_url(given: &str) -> Result<String, StartError> {
    match Url::parse(given) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.query().is_none() => {
            Ok(given.trim_end_matches('/').to_owned())
        }
        _ => Err(StartError::PublicUrl(given.to_owned())),
    }
}
