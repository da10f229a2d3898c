//! The queue of long work: it survives a restart, and what ran when the service ended is begun again.

use super::ServiceStore;
use super::people::moment;
use crate::engine::ports::Stored;
use crate::store::fault::Fault;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;
use serde_json::Value;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits.
    Queued,
    /// It is being done.
    Running,
    /// It is done.
    Done,
    /// It could not be done; its result says why.
    Failed,
    /// A person stopped it; what was done is kept.
    Stopped,
}

impl JobState {
    const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Stopped];

    /// The word in the file and in answers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Whether nothing more comes.
    #[must_use]
    pub fn ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// A piece of long work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What is done.
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// Who asked for it.
    pub by: String,
    /// What was asked.
    pub request: Value,
    /// The stage that it is at.
    pub stage: String,
    /// Steps of that stage that are done.
    pub done: u64,
    /// Steps of that stage.
    pub total: u64,
    /// Comparisons of the step under way that are made.
    pub compared: u64,
    /// Comparisons of the step under way.
    pub to_compare: u64,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it was begun.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What came of it.
    pub result: Option<Value>,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done, with what came of it.
    Done(Value),
    /// Not possible, and why.
    Failed(Value),
    /// Stopped by a person.
    Stopped,
    /// Cut off by the end of the service: it waits again.
    CutOff,
}

const COLUMNS: &str =
    "id, kind, state, by, request, stage, done, total, created_us, started_us, ended_us, result, compared, to_compare";

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let unread = |column: usize, why: String| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why.into())
    };
    let word: String = row.get(2)?;
    let state = JobState::ALL.into_iter().find(|s| s.word() == word).ok_or_else(|| unread(2, word))?;
    let json =
        |column: usize, text: String| serde_json::from_str::<Value>(&text).map_err(|e| unread(column, e.to_string()));
    let result: Option<String> = row.get(11)?;
    Ok(Job {
        id: row.get(0)?,
        kind: row.get(1)?,
        state,
        by: row.get(3)?,
        request: json(4, row.get(4)?)?,
        stage: row.get(5)?,
        done: row.get::<_, i64>(6)?.max(0) as u64,
        total: row.get::<_, i64>(7)?.max(0) as u64,
        compared: row.get::<_, i64>(12)?.max(0) as u64,
        to_compare: row.get::<_, i64>(13)?.max(0) as u64,
        created: moment(row.get(8)?),
        started: row.get::<_, Option<i64>>(9)?.map(moment),
        ended: row.get::<_, Option<i64>>(10)?.map(moment),
        result: result.map(|text| json(11, text)).transpose()?,
    })
}

fn one(c: &Connection, id: i64) -> Result<Job, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM job WHERE id = ?1");
    c.query_row(&sql, [id], job).optional()?.ok_or_else(|| Fault::not_found("job", id))
}

impl ServiceStore {
    /// Puts a job into the queue, unless as many as `most` wait already.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::TooLarge`] where too many wait.
    pub fn queue(&self, kind: &str, request: &Value, by: &str, most: u64, now: Timestamp) -> Stored<Job> {
        self.write("queue a job", |tx| {
            let sql = "SELECT count(*) FROM job WHERE state = 'queued'";
            let waiting: i64 = tx.query_row(sql, [], |row| row.get(0))?;
            if waiting.max(0) as u64 >= most {
                return Err(Fault::invalid("queue", format!("expected fewer than {most} waiting jobs, got {waiting}")));
            }
            tx.execute(
                "INSERT INTO job (kind, state, by, request, created_us) VALUES (?1, 'queued', ?2, ?3, ?4)",
                (kind, by, request.to_string(), now.as_microsecond()),
            )?;
            one(tx, tx.last_insert_rowid())
        })
    }

    /// Takes the job that waits longest; it counts as running.
    ///
    /// # Errors
    /// Those of the file.
    pub fn take_job(&self, now: Timestamp) -> Stored<Option<Job>> {
        self.write("take a job", |tx| {
            let sql = "SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 1";
            let Some(id) = tx.query_row(sql, [], |row| row.get::<_, i64>(0)).optional()? else { return Ok(None) };
            tx.execute("UPDATE job SET state = 'running', started_us = ?2 WHERE id = ?1", (id, now.as_microsecond()))?;
            Ok(Some(one(tx, id)?))
        })
    }

    /// What a service that was killed left running waits again; gives how many.
    ///
    /// # Errors
    /// Those of the file.
    pub fn requeue_cut_off(&self) -> Stored<usize> {
        self.write("queue cut-off jobs again", |tx| {
            Ok(tx.execute("UPDATE job SET state = 'queued', started_us = NULL WHERE state = 'running'", [])?)
        })
    }

    /// Notes how far a running job is.
    ///
    /// # Errors
    /// Those of the file.
    pub fn note_progress(&self, job: &Job) -> Stored<()> {
        self.write("note the progress of a job", |tx| {
            let sql = "UPDATE job SET stage = ?2, done = ?3, total = ?4, compared = ?5, to_compare = ?6
                       WHERE id = ?1 AND state = 'running'";
            let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            let (done, total) = (number(job.done), number(job.total));
            tx.execute(sql, (job.id, &job.stage, done, total, number(job.compared), number(job.to_compare)))?;
            Ok(())
        })
    }

    /// Ends a running job.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::NotFound`].
    pub fn end_job(&self, id: i64, outcome: &Outcome, now: Timestamp) -> Stored<Job> {
        self.write("end a job", |tx| {
            let (state, result) = match outcome {
                Outcome::Done(value) => (JobState::Done, Some(value)),
                Outcome::Failed(value) => (JobState::Failed, Some(value)),
                Outcome::Stopped => (JobState::Stopped, None),
                Outcome::CutOff => (JobState::Queued, None),
            };
            let ended = state.ended().then(|| now.as_microsecond());
            tx.execute(
                "UPDATE job SET state = ?2, result = ?3, ended_us = ?4 WHERE id = ?1",
                (id, state.word(), result.map(Value::to_string), ended),
            )?;
            one(tx, id)
        })
    }

    /// Stops a job that still waits; one that runs is told by who runs it.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::NotFound`].
    pub fn stop_waiting(&self, id: i64, now: Timestamp) -> Stored<Job> {
        self.write("stop a job", |tx| {
            let sql = "UPDATE job SET state = 'stopped', ended_us = ?2 WHERE id = ?1 AND state = 'queued'";
            tx.execute(sql, (id, now.as_microsecond()))?;
            one(tx, id)
        })
    }

    /// A job.
    ///
    /// # Errors
    /// [`crate::engine::ports::StoreError::NotFound`].
    pub fn job(&self, id: i64) -> Stored<Job> {
        self.read("read a job", |c| one(c, id))
    }

    /// The newest jobs, the newest first.
    ///
    /// # Errors
    /// Those of the file.
    pub fn jobs(&self, most: u32) -> Stored<Vec<Job>> {
        self.read("read jobs", |c| {
            let mut rows = c.prepare(&format!("SELECT {COLUMNS} FROM job ORDER BY id DESC LIMIT ?1"))?;
            let all = rows.query_map([most], job)?.collect::<Result<_, _>>()?;
            Ok(all)
        })
    }
}
