//! Accounts, sessions of browsers, and tokens of programs.
//!
//! Passwords are kept as argon2id (RFC 9106; 19 MiB, two passes: the least that the OWASP password storage sheet of 2023 names). Sessions and tokens are
//! 256 random bits; only their SHA-256 is kept, so that who reads the file cannot sign in with it.

use super::{ServiceStore, random};
use crate::casework::Role;
use crate::engine::ports::Stored;
use crate::ids::Digest;
use crate::language::Language;
use crate::store::fault::Fault;
use crate::trace::text::fold;
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;

/// A session that nobody used for so long is over.
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// A session is over after this in any case: one long working day.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// Wrong passwords in a row that nothing follows from.
const FREE_FAILURES: i64 = 4;
/// Longest time for which an account is closed to guessing; doubled from one minute with each further failure.
const LONGEST_LOCK: SignedDuration = SignedDuration::from_hours(1);
/// Least characters of a password (NIST SP 800-63B asks for 8; 12 hold out while nothing forces symbols).
const SHORTEST: usize = 12;
/// Most bytes of a password that are hashed.
const LONGEST_PASSWORD: usize = 1_024;

/// A person who may use the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The name, as it is written in the audit chain.
    pub name: String,
    /// What the person is entrusted with in casework.
    pub role: Role,
    /// Whether the person also manages accounts.
    pub administrator: bool,
    /// Whether nothing but changing the password is open to the person.
    pub must_change: bool,
    /// Whether the account is closed.
    pub disabled: bool,
    /// The language in which the person reads.
    pub language: Language,
    /// When it was made.
    pub created: Timestamp,
}

/// Why somebody was not let in. Outside it is told as one: whether a name exists is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such account, a closed one, or another password.
    Unknown,
    /// Too many wrong passwords; this many seconds are left.
    Locked(i64),
}

/// What a browser is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Goes into the cookie; is kept nowhere else.
    pub secret: String,
    /// What requests that change something repeat in a header.
    pub csrf: String,
}

/// A session that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub account: Account,
    /// What requests that change something must repeat.
    pub csrf: String,
}

/// A token of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Whether it was taken back.
    pub revoked: bool,
}

const COLUMNS: &str = "shown, role, administrator, must_change, disabled, language, created_us";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let word: String = row.get(1)?;
    let role = word.parse().map_err(|e: crate::casework::CaseworkError| unread(1, &e.to_string()))?;
    let language: String = row.get(5)?;
    Ok(Account {
        name: row.get(0)?,
        role,
        administrator: row.get(2)?,
        must_change: row.get(3)?,
        disabled: row.get(4)?,
        language: language.parse().map_err(|e: String| unread(5, &e))?,
        created: moment(row.get(6)?),
    })
}

fn unread(column: usize, why: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why.to_owned().into())
}

pub(super) fn moment(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn secret() -> Result<String, Fault> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

fn hashed(password: &str) -> Result<String, Fault> {
    let length = password.chars().count();
    if length < SHORTEST || password.len() > LONGEST_PASSWORD {
        let expected =
            format!("expected {SHORTEST} characters or more, at most {LONGEST_PASSWORD} bytes, got {length}");
        return Err(Fault::invalid("password", expected));
    }
    let failed = |e: argon2::password_hash::Error| Fault::invalid("password", format!("it cannot be kept: {e}"));
    let salt = SaltString::encode_b64(&random::<16>()?).map_err(failed)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
}

/// Whether it is the password; without an account the work is done all the same, so that time tells nothing.
fn verify(kept: Option<&str>, password: &str) -> bool {
    /// The hash of a password that nobody has.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$YnJhc3NsaW5rbm9ib2R5$JmQx7mEoLh0rE0h2m0Yw2bq0u0f3x5m4k8f3f6r6v1A";
    if password.len() > LONGEST_PASSWORD {
        return false;
    }
    let parsed = PasswordHash::new(kept.unwrap_or(NOBODY));
    parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()) && kept.is_some()
}

impl ServiceStore {
    /// Whether nobody has an account yet.
    ///
    /// # Errors
    /// Those of the file.
    pub fn has_nobody(&self) -> Stored<bool> {
        self.read("count accounts", |c| {
            let any: bool = c.query_row("SELECT exists (SELECT 1 FROM account)", [], |row| row.get(0))?;
            Ok(!any)
        })
    }

    /// Makes an account; `first` says that the password is somebody else's idea and must be changed.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::Invalid`] for a blank name or a short password, [`crate::engine::ports::StoreError::Conflict`] for a name that is taken.
    pub fn make_account(
        &self,
        name: &str,
        (role, administrator): (Role, bool),
        (password, first): (&str, bool),
        language: Language,
        now: Timestamp,
    ) -> Stored<Account> {
        let shown = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let hash = hashed(password).map_err(|fault| fault.at(&self.place, "make an account", super::PATIENCE))?;
        self.write("make an account", |tx| {
            if fold(&shown).is_empty() || shown.chars().any(char::is_control) || shown.len() > 100 {
                return Err(Fault::invalid("name", "expected 1 to 100 bytes with a letter or digit"));
            }
            let word = language_word(language);
            let made = tx.execute(
                "INSERT OR IGNORE INTO account (name, shown, role, administrator, password, must_change, language, created_us)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                (fold(&shown), &shown, role.to_string(), administrator, &hash, first, word, now.as_microsecond()),
            )?;
            if made == 0 {
                return Err(Fault::conflict("account", &shown, "name", "an account of this name", &shown));
            }
            one(tx, &shown)
        })
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// Those of the file.
    pub fn accounts(&self) -> Stored<Vec<Account>> {
        self.read("read accounts", |c| {
            let mut rows = c.prepare(&format!("SELECT {COLUMNS} FROM account ORDER BY name"))?;
            let all = rows.query_map([], account)?.collect::<Result<_, _>>()?;
            Ok(all)
        })
    }

    /// Opens or closes an account; closing ends its sessions and takes its tokens back.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::NotFound`]; [`crate::engine::ports::StoreError::Invalid`] for the last administrator, without whom nobody could open one again.
    pub fn set_disabled(&self, name: &str, disabled: bool) -> Stored<Account> {
        self.write("open or close an account", |tx| {
            let found = one(tx, name)?;
            if disabled && found.administrator {
                let others: i64 = tx.query_row(
                    "SELECT count(*) FROM account WHERE administrator = 1 AND disabled = 0 AND name != ?1",
                    [fold(name)],
                    |row| row.get(0),
                )?;
                if others == 0 {
                    return Err(Fault::invalid(format!("account {name}"), "it is the last administrator"));
                }
            }
            tx.execute("UPDATE account SET disabled = ?2 WHERE name = ?1", (fold(name), disabled))?;
            if disabled {
                tx.execute("DELETE FROM session WHERE account = ?1", [fold(name)])?;
                tx.execute("UPDATE token SET revoked = 1 WHERE account = ?1", [fold(name)])?;
            }
            one(tx, name)
        })
    }

    /// Gives an account another password; all its sessions end.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::NotFound`], [`crate::engine::ports::StoreError::Invalid`] for a short one.
    pub fn set_password(&self, name: &str, password: &str, first: bool) -> Stored<()> {
        let hash = hashed(password).map_err(|fault| fault.at(&self.place, "change a password", super::PATIENCE))?;
        self.write("change a password", |tx| {
            one(tx, name)?;
            tx.execute(
                "UPDATE account SET password = ?2, must_change = ?3, failures = 0, locked_until_us = 0 WHERE name = ?1",
                (fold(name), &hash, first),
            )?;
            tx.execute("DELETE FROM session WHERE account = ?1", [fold(name)])?;
            Ok(())
        })
    }

    /// Checks a password, and counts wrong ones: from the fifth on the account is closed for one minute, then two, four, ... up to an hour.
    ///
    /// # Errors
    /// Those of the file; a wrong password is a [`Refusal`].
    pub fn verify(&self, name: &str, password: &str, now: Timestamp) -> Stored<Result<Account, Refusal>> {
        let us = now.as_microsecond();
        // The hash is computed outside the transaction: it takes longer than any write.
        type Kept = (String, bool, i64);
        let kept: Option<Kept> = self.read("read an account", |c| {
            let sql = "SELECT password, disabled, locked_until_us FROM account WHERE name = ?1";
            Ok(c.query_row(sql, [fold(name)], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional()?)
        })?;
        if let Some((_, _, until)) = kept.as_ref().filter(|(_, _, until)| *until > us) {
            return Ok(Err(Refusal::Locked((until - us) / 1_000_000 + 1)));
        }
        let right = verify(kept.as_ref().map(|(hash, ..)| hash.as_str()), password);
        let Some((_, disabled, _)) = kept else { return Ok(Err(Refusal::Unknown)) };
        self.write("note a sign-in", |tx| {
            if right {
                tx.execute("UPDATE account SET failures = 0, locked_until_us = 0 WHERE name = ?1", [fold(name)])?;
                return Ok(if disabled { Err(Refusal::Unknown) } else { Ok(one(tx, name)?) });
            }
            let sql = "UPDATE account SET failures = failures + 1 WHERE name = ?1 RETURNING failures";
            let failures: i64 = tx.query_row(sql, [fold(name)], |row| row.get(0))?;
            if failures > FREE_FAILURES {
                let doublings = (failures - FREE_FAILURES - 1).clamp(0, 10) as u32;
                let minutes = 1i64 << doublings;
                let wait = SignedDuration::from_mins(minutes).min(LONGEST_LOCK);
                let until = us + i64::try_from(wait.as_micros()).unwrap_or(i64::MAX / 2);
                tx.execute("UPDATE account SET locked_until_us = ?2 WHERE name = ?1", (fold(name), until))?;
            }
            Ok(Err(Refusal::Unknown))
        })
    }

    /// Begins a session.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::NotFound`].
    pub fn open_session(&self, name: &str, now: Timestamp) -> Stored<NewSession> {
        self.write("begin a session", |tx| {
            let us = now.as_microsecond();
            over(tx, us)?;
            let new = NewSession { secret: secret()?, csrf: secret()? };
            let key = Digest::of(new.secret.as_bytes());
            tx.execute(
                "INSERT INTO session (secret, account, csrf, opened_us, seen_us) VALUES (?1, ?2, ?3, ?4, ?4)",
                (key.0.as_slice(), fold(&one(tx, name)?.name), &new.csrf, us),
            )?;
            Ok(new)
        })
    }

    /// The session of this secret, if it goes on; it counts as used.
    ///
    /// # Errors
    /// Those of the file.
    pub fn session(&self, secret: &str, now: Timestamp) -> Stored<Option<Session>> {
        let key = Digest::of(secret.as_bytes());
        let us = now.as_microsecond();
        let found = self.read("read a session", |c| {
            let sql = format!(
                "SELECT {COLUMNS}, csrf, opened_us, seen_us FROM session JOIN account ON account.name = session.account
                 WHERE secret = ?1 AND disabled = 0"
            );
            let row = |r: &Row<'_>| Ok((Session { account: account(r)?, csrf: r.get(7)? }, r.get(8)?, r.get(9)?));
            Ok(c.query_row(&sql, [key.0.as_slice()], row).optional()?)
        })?;
        let Some((session, opened, seen)): Option<(Session, i64, i64)> = found else { return Ok(None) };
        if us - seen > micros(IDLE) || us - opened > micros(LONGEST) {
            return Ok(None);
        }
        // Not every look at a page needs a write: a minute is exact enough.
        if us - seen > 60_000_000 {
            self.write("note a session", |tx| {
                tx.execute("UPDATE session SET seen_us = ?2 WHERE secret = ?1", (key.0.as_slice(), us))?;
                Ok(())
            })?;
        }
        Ok(Some(session))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Those of the file.
    pub fn close_session(&self, secret: &str) -> Stored<()> {
        let key = Digest::of(secret.as_bytes());
        self.write("end a session", |tx| {
            tx.execute("DELETE FROM session WHERE secret = ?1", [key.0.as_slice()])?;
            Ok(())
        })
    }

    /// Makes a token that acts for an account; the secret is told once.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::NotFound`]; [`crate::engine::ports::StoreError::Invalid`] for a blank label or a time of no or more than 366 days.
    pub fn make_token(&self, name: &str, label: &str, days: u16, now: Timestamp) -> Stored<(Token, String)> {
        self.write("make a token", |tx| {
            let account = one(tx, name)?;
            if label.trim().is_empty() || label.len() > 200 || !(1..=366).contains(&days) {
                return Err(Fault::invalid("token", "expected a label of up to 200 bytes and 1 to 366 days"));
            }
            let expires = now + SignedDuration::from_hours(24 * i64::from(days));
            let secret = format!("brl_{}", secret()?);
            let key = Digest::of(secret.as_bytes());
            tx.execute(
                "INSERT INTO token (secret, account, label, created_us, expires_us) VALUES (?1, ?2, ?3, ?4, ?5)",
                (key.0.as_slice(), fold(&account.name), label.trim(), now.as_microsecond(), expires.as_microsecond()),
            )?;
            let id = tx.last_insert_rowid();
            Ok((Token { id, label: label.trim().to_owned(), created: now, expires, revoked: false }, secret))
        })
    }

    /// The tokens of an account, the oldest first.
    ///
    /// # Errors
    /// Those of the file.
    pub fn tokens(&self, name: &str) -> Stored<Vec<Token>> {
        self.read("read tokens", |c| {
            let sql = "SELECT id, label, created_us, expires_us, revoked FROM token WHERE account = ?1 ORDER BY id";
            let mut rows = c.prepare(sql)?;
            let token = |r: &Row<'_>| {
                Ok(Token {
                    id: r.get(0)?,
                    label: r.get(1)?,
                    created: moment(r.get(2)?),
                    expires: moment(r.get(3)?),
                    revoked: r.get(4)?,
                })
            };
            let all = rows.query_map([fold(name)], token)?.collect::<Result<_, _>>()?;
            Ok(all)
        })
    }

    /// Takes a token of an account back.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::NotFound`] also for a token of somebody else.
    pub fn revoke_token(&self, name: &str, id: i64) -> Stored<()> {
        self.write("take a token back", |tx| {
            let sql = "UPDATE token SET revoked = 1 WHERE id = ?1 AND account = ?2";
            if tx.execute(sql, (id, fold(name)))? == 0 { Err(Fault::not_found("token", id)) } else { Ok(()) }
        })
    }

    /// The account for which a token acts.
    ///
    /// # Errors
    /// Those of the file.
    pub fn token_account(&self, secret: &str, now: Timestamp) -> Stored<Option<Account>> {
        let key = Digest::of(secret.as_bytes());
        self.read("read a token", |c| {
            let sql = format!(
                "SELECT {COLUMNS} FROM token JOIN account ON account.name = token.account
                 WHERE secret = ?1 AND revoked = 0 AND expires_us > ?2 AND disabled = 0"
            )
            .replace("created_us", "account.created_us");
            Ok(c.query_row(&sql, (key.0.as_slice(), now.as_microsecond()), account).optional()?)
        })
    }
}

fn micros(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Sweeps up sessions that are over.
fn over(tx: &Connection, us: i64) -> Result<(), Fault> {
    let sql = "DELETE FROM session WHERE seen_us < ?1 OR opened_us < ?2";
    tx.execute(sql, (us - micros(IDLE), us - micros(LONGEST)))?;
    Ok(())
}

fn one(tx: &Connection, name: &str) -> Result<Account, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE name = ?1");
    tx.query_row(&sql, [fold(name)], account).optional()?.ok_or_else(|| Fault::not_found("account", name))
}

fn language_word(language: Language) -> &'static str {
    language.pick("en", "es")
}
