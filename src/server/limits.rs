//! How often somebody may ask: by account, and by address where nobody has signed in yet.

use governor::clock::DefaultClock;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;

/// Requests a second that a person's pages or a laboratory's program may make, with bursts of four seconds' worth.
const EACH_SECOND: NonZeroU32 = NonZeroU32::new(50).unwrap();
const BURST: NonZeroU32 = NonZeroU32::new(200).unwrap();
/// Sign-ins a minute from one address: a laboratory behind one address signs in in the morning, a guesser gets nowhere.
const SIGN_INS: NonZeroU32 = NonZeroU32::new(20).unwrap();

type Keyed<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock>;

/// Both limits.
pub struct Limits {
    accounts: Keyed<String>,
    sign_ins: Keyed<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts: RateLimiter::keyed(Quota::per_second(EACH_SECOND).allow_burst(BURST)),
            sign_ins: RateLimiter::keyed(Quota::per_minute(SIGN_INS)),
        }
    }
}

impl Limits {
    /// Whether this account may ask now.
    #[must_use]
    pub fn account(&self, name: &str) -> bool {
        self.accounts.check_key(&name.to_owned()).is_ok()
    }

    /// Whether somebody at this address may try to sign in now. Addresses that were quiet are forgotten.
    #[must_use]
    pub fn sign_in(&self, at: IpAddr) -> bool {
        if self.sign_ins.len() > 10_000 {
            self.sign_ins.retain_recent();
        }
        self.sign_ins.check_key(&at).is_ok()
    }
}
