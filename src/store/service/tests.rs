//! Accounts, sessions, tokens, jobs and answers.

use super::*;
use crate::casework::Role;
use crate::ids::Digest;
use crate::language::Language;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const PASSWORD: &str = "correct horse battery";

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn later(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

fn with_vega() -> ServiceStore {
    let store = ServiceStore::in_memory().unwrap();
    assert!(store.has_nobody().unwrap());
    store.make_account("R. Vega", (Role::Examiner, true), (PASSWORD, false), Language::Es, now()).unwrap();
    assert!(!store.has_nobody().unwrap());
    store
}

#[test]
fn only_the_password_lets_in_and_guessing_closes_the_account() {
    let store = with_vega();
    let found = store.verify("r. VEGA", PASSWORD, now()).unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.role, found.language), ("R. Vega", Role::Examiner, Language::Es));
    assert_eq!(store.verify("nobody", PASSWORD, now()).unwrap(), Err(Refusal::Unknown));
    for _ in 0..5 {
        assert_eq!(store.verify("R. Vega", "wrong", now()).unwrap(), Err(Refusal::Unknown));
    }
    // The fifth closed it for a minute, for the right password too.
    assert_eq!(store.verify("R. Vega", PASSWORD, now()).unwrap(), Err(Refusal::Locked(61)));
    assert_eq!(store.verify("R. Vega", "wrong", later(2)).unwrap(), Err(Refusal::Unknown));
    assert!(matches!(store.verify("R. Vega", PASSWORD, later(3)).unwrap(), Err(Refusal::Locked(_))));
    assert!(store.verify("R. Vega", PASSWORD, later(5)).unwrap().is_ok());
    assert!(store.verify("R. Vega", "wrong", later(5)).unwrap().is_err(), "the count began anew");
    assert!(store.verify("R. Vega", PASSWORD, later(5)).unwrap().is_ok());
}

#[test]
fn short_passwords_and_taken_names_are_refused() {
    let store = with_vega();
    let make = |name: &str, password: &str| {
        store.make_account(name, (Role::Technician, false), (password, true), Language::En, now())
    };
    let short = make("N. Soto", "short").unwrap_err().to_string();
    assert!(short.contains("12 characters") && !short.contains("\"short\""), "{short}");
    assert!(make("R.  vega", PASSWORD).unwrap_err().to_string().contains("account of this name"));
    assert!(make("  ", PASSWORD).is_err());
    assert!(make("N. Soto", PASSWORD).unwrap().must_change);
}

#[test]
fn sessions_end_when_unused_when_old_and_with_the_password() {
    let store = with_vega();
    let new = store.open_session("R. Vega", now()).unwrap();
    let known = |at| store.session(&new.secret, at).unwrap().map(|s| s.csrf);
    assert_eq!(known(later(29)), Some(new.csrf.clone()));
    assert_eq!(known(later(58)), Some(new.csrf.clone()), "it was used meanwhile");
    assert_eq!(known(later(90)), None);
    assert_eq!(store.session("guess", now()).unwrap(), None);
    let new = store.open_session("R. Vega", later(100)).unwrap();
    for half_hours in 0..25 {
        let at = later(100 + 29 * half_hours);
        assert_eq!(store.session(&new.secret, at).unwrap().is_some(), 29 * half_hours <= 12 * 60, "{half_hours}");
    }
    let new = store.open_session("R. Vega", later(2000)).unwrap();
    store.set_password("R. Vega", "another password", false).unwrap();
    assert_eq!(store.session(&new.secret, later(2000)).unwrap(), None);
    let new = store.open_session("R. Vega", later(2000)).unwrap();
    store.close_session(&new.secret).unwrap();
    assert_eq!(store.session(&new.secret, later(2000)).unwrap(), None);
}

#[test]
fn tokens_act_until_they_end_or_are_taken_back() {
    let store = with_vega();
    let (token, secret) = store.make_token("R. Vega", "night run", 1, now()).unwrap();
    let acts = |at| store.token_account(&secret, at).unwrap().map(|a| a.name);
    assert_eq!(acts(later(1)), Some("R. Vega".to_owned()));
    assert_eq!(acts(later(24 * 60)), None);
    assert!(store.revoke_token("somebody else", token.id).is_err());
    store.revoke_token("R. Vega", token.id).unwrap();
    assert_eq!(acts(later(1)), None);
    assert!(store.tokens("R. Vega").unwrap()[0].revoked);
    assert!(store.make_token("R. Vega", " ", 1, now()).is_err());
    assert!(store.make_token("R. Vega", "x", 0, now()).is_err());
}

#[test]
fn a_closed_account_is_out_at_once_and_the_last_administrator_stays() {
    let store = with_vega();
    assert!(store.set_disabled("R. Vega", true).unwrap_err().to_string().contains("last administrator"));
    store.make_account("N. Soto", (Role::Technician, false), (PASSWORD, false), Language::En, now()).unwrap();
    let session = store.open_session("N. Soto", now()).unwrap();
    let (_, token) = store.make_token("N. Soto", "x", 1, now()).unwrap();
    assert!(store.set_disabled("N. Soto", true).unwrap().disabled);
    assert_eq!(store.session(&session.secret, now()).unwrap(), None);
    assert_eq!(store.token_account(&token, now()).unwrap(), None);
    assert_eq!(store.verify("N. Soto", PASSWORD, now()).unwrap(), Err(Refusal::Unknown));
}

#[test]
fn jobs_are_taken_in_order_and_wait_again_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    {
        let store = ServiceStore::open(folder.path()).unwrap();
        for n in 0..3 {
            store.queue("correlate", &json!({ "n": n }), "R. Vega", 3, now()).unwrap();
        }
        assert!(store.queue("correlate", &json!({}), "R. Vega", 3, now()).is_err(), "the queue is full");
        let first = store.take_job(now()).unwrap().unwrap();
        assert_eq!((first.request["n"].as_i64(), first.state), (Some(0), JobState::Running));
        let told = Job { stage: "search".to_owned(), done: 3, total: 9, compared: 5, to_compare: 7, ..first.clone() };
        store.note_progress(&told).unwrap();
        let kept = store.job(first.id).unwrap();
        assert_eq!((kept.done, kept.total, kept.compared, kept.to_compare), (3, 9, 5, 7));
        let second = store.take_job(now()).unwrap().unwrap();
        let done = store.end_job(second.id, &Outcome::Done(json!({ "leads": 2 })), later(1)).unwrap();
        assert_eq!(
            (done.state, done.ended, done.result),
            (JobState::Done, Some(later(1)), Some(json!({ "leads": 2 })))
        );
    }
    let store = ServiceStore::open(folder.path()).unwrap();
    assert_eq!(store.requeue_cut_off().unwrap(), 1);
    let again = store.take_job(now()).unwrap().unwrap();
    assert_eq!((again.request["n"].as_i64(), again.done), (Some(0), 3));
    assert_eq!(store.end_job(again.id, &Outcome::CutOff, now()).unwrap().state, JobState::Queued);
    assert_eq!(store.stop_waiting(again.id, now()).unwrap().state, JobState::Stopped);
    assert_eq!(store.jobs(10).unwrap().len(), 3);
    assert!(store.job(99).is_err());
}

#[test]
fn a_repeated_request_gets_its_answer_and_a_mixed_up_key_none() {
    let store = with_vega();
    let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
    assert_eq!(store.asked("vega", "k", &one).unwrap(), Asked::New);
    let answer = Answer { status: 201, body: "{}".to_owned() };
    store.keep_answer("vega", "k", &one, &answer, now()).unwrap();
    assert_eq!(store.asked("vega", "k", &one).unwrap(), Asked::Again(answer));
    assert_eq!(store.asked("vega", "k", &other).unwrap(), Asked::Otherwise);
    assert_eq!(store.asked("soto", "k", &one).unwrap(), Asked::New);
}

#[test]
fn a_foreign_or_newer_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SERVICE_DATABASE);
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(ServiceStore::open(folder.path()).unwrap_err().to_string().contains("another program"));
    std::fs::remove_file(&path).unwrap();
    drop(ServiceStore::open(folder.path()).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(ServiceStore::open(folder.path()).is_err());
}
