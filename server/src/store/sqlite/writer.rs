//! The writer thread: takes what waits, commits it as one group, signs one acknowledgement for it.
//!
//! Each job runs in a savepoint, so that a bad one harms no other. Answers leave after the commit.

use std::{
    sync::Mutex,
    thread::{self, JoinHandle},
};

use amana_domain::ids::Hash;
use amana_protocol::{
    ErrorCode,
    ack::{self, AckEntry},
};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{failed, lock, open::OpenError, session::Session};
use crate::{
    config::Limits,
    store::{Acknowledger, Appended, GroupAck, StoreError},
};

/// Handle of the writer thread.
#[derive(Debug)]
pub(super) struct Writer {
    sender: mpsc::Sender<Task>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Task {
    Job(Box<dyn Job>),
    Close,
}

/// How a job uses the rows that the session keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heat {
    /// Changes only kept rows and adds blobs and feed rows; leaves nothing else behind when it fails.
    Hot,
    /// Changes anything; kept rows are written before it and forgotten if it fails.
    Cold,
}

trait Job: Send {
    fn heat(&self) -> Heat;
    /// Does the work; `false` = roll it back.
    fn run(&mut self, session: &mut Session) -> bool;
    /// What the group's acknowledgement must cover.
    fn leaf(&self) -> Option<Hash>;
    fn answer(self: Box<Self>, committed: bool, ack: Option<GroupAck>);
}

struct Plain<T, F> {
    run: Option<F>,
    result: Result<T, StoreError>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: FnOnce(&mut Session) -> Result<T, StoreError> + Send> Job for Plain<T, F> {
    fn heat(&self) -> Heat {
        Heat::Cold
    }
    fn run(&mut self, session: &mut Session) -> bool {
        if let Some(run) = self.run.take() {
            self.result = run(session);
        }
        self.result.is_ok()
    }
    fn leaf(&self) -> Option<Hash> {
        None
    }
    fn answer(self: Box<Self>, committed: bool, _: Option<GroupAck>) {
        let failed = !committed && self.result.is_ok();
        let _gone = self.reply.send(if failed { Err(StoreError::Failed) } else { self.result });
    }
}

type Results = Vec<Result<AckEntry, ErrorCode>>;

struct Acknowledged<F> {
    heat: Heat,
    run: Option<F>,
    result: Result<Results, StoreError>,
    leaf: Option<Hash>,
    reply: oneshot::Sender<Result<Appended, StoreError>>,
}

impl<F: FnOnce(&mut Session) -> Result<Results, StoreError> + Send> Job for Acknowledged<F> {
    fn heat(&self) -> Heat {
        self.heat
    }
    fn run(&mut self, session: &mut Session) -> bool {
        if let Some(run) = self.run.take() {
            self.result = run(session);
        }
        if let Ok(results) = &self.result {
            let entries: Vec<AckEntry> = results.iter().flatten().cloned().collect();
            self.leaf = if entries.is_empty() { None } else { ack::leaf(&entries).ok() };
        }
        self.result.is_ok()
    }
    fn leaf(&self) -> Option<Hash> {
        self.leaf
    }
    fn answer(self: Box<Self>, committed: bool, ack: Option<GroupAck>) {
        let result = match self.result {
            Ok(_) if !committed => Err(StoreError::Failed),
            Ok(results) => Ok(Appended { results, ack }),
            Err(error) => Err(error),
        };
        let _gone = self.reply.send(result);
    }
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        acknowledger: Acknowledger,
        limits: &Limits,
    ) -> Result<Self, OpenError> {
        let (sender, receiver) = mpsc::channel(limits.queue);
        let most = limits.group;
        let thread = thread::Builder::new()
            .name("amana-writer".into())
            .spawn(move || work(Session::new(connection), receiver, &acknowledger, most))
            .map_err(OpenError::Thread)?;
        Ok(Self { sender, thread: Mutex::new(Some(thread)) })
    }

    /// Runs a job that may change anything.
    pub(super) async fn cold<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Session) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Box::new(Plain { run: Some(run), result: Err(StoreError::Failed), reply }), answer).await
    }

    /// The same with an acknowledgement of what was stored.
    pub(super) async fn acknowledged_cold(
        &self,
        run: impl FnOnce(&mut Session) -> Result<Results, StoreError> + Send + 'static,
    ) -> Result<Appended, StoreError> {
        self.acknowledged(Heat::Cold, run).await
    }

    /// Runs a job that only appends.
    pub(super) async fn acknowledged_hot(
        &self,
        run: impl FnOnce(&mut Session) -> Result<Results, StoreError> + Send + 'static,
    ) -> Result<Appended, StoreError> {
        self.acknowledged(Heat::Hot, run).await
    }

    async fn acknowledged(
        &self,
        heat: Heat,
        run: impl FnOnce(&mut Session) -> Result<Results, StoreError> + Send + 'static,
    ) -> Result<Appended, StoreError> {
        let (reply, answer) = oneshot::channel();
        let result = Err(StoreError::Failed);
        self.submit(Box::new(Acknowledged { heat, run: Some(run), result, leaf: None, reply }), answer).await
    }

    async fn submit<T>(
        &self,
        job: Box<dyn Job>,
        answer: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.sender.try_send(Task::Job(job)).map_err(|_| StoreError::Busy)?;
        // A job that was still queued when the store closed is dropped unanswered.
        answer.await.map_err(|_| StoreError::Busy)?
    }

    /// Finishes the jobs before it, then ends the thread and closes the database.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let _closed_already = self.sender.send(Task::Close).await;
        let Some(thread) = lock(&self.thread).take() else { return Ok(()) };
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if matches!(joined, Ok(Ok(()))) { Ok(()) } else { Err(StoreError::Failed) }
    }
}

fn work(mut session: Session, mut receiver: mpsc::Receiver<Task>, acknowledger: &Acknowledger, most: usize) {
    let mut closing = false;
    while !closing {
        let mut group = Vec::new();
        match receiver.blocking_recv() {
            Some(Task::Job(job)) => group.push(job),
            Some(Task::Close) | None => break,
        }
        while group.len() < most {
            match receiver.try_recv() {
                Ok(Task::Job(job)) => group.push(job),
                Ok(Task::Close) => {
                    closing = true;
                    break;
                }
                Err(_) => break,
            }
        }
        let committed = commit(&mut session, &mut group);
        if !committed {
            session.forget();
        }
        session.trim();
        answer(group, committed, acknowledger);
        session.erase_log();
    }
    session.empty_log();
}

/// Runs the group in one transaction; `false` = nothing of it is stored.
fn commit(session: &mut Session, group: &mut [Box<dyn Job>]) -> bool {
    let committed = run_group(session, group);
    if let Err(error) = committed {
        tracing::error!(%error, "a commit group failed");
        if !session.sql().is_autocommit() {
            let _rolled_back = session.sql().execute_batch("ROLLBACK");
        }
    }
    committed.is_ok()
}

fn run_group(session: &mut Session, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    execute(session, "BEGIN IMMEDIATE")?;
    for job in group {
        let cold = job.heat() == Heat::Cold;
        if cold {
            // Written outside the savepoint: rolling back this job must not undo the ones before.
            session.flush()?;
        }
        session.mark();
        execute(session, "SAVEPOINT job")?;
        let kept = job.run(session) && (!cold || session.flush().is_ok());
        if !kept {
            execute(session, "ROLLBACK TO job")?;
            if cold {
                session.forget();
            } else {
                session.put_back();
            }
        }
        execute(session, "RELEASE job")?;
    }
    session.flush()?;
    execute(session, "COMMIT")
}

fn execute(session: &Session, sql: &str) -> Result<(), StoreError> {
    let mut statement = session.sql().prepare_cached(sql).map_err(|error| failed(&error))?;
    statement.raw_execute().map(drop).map_err(|error| failed(&error))
}

fn answer(group: Vec<Box<dyn Job>>, committed: bool, acknowledger: &Acknowledger) {
    let leaves = if committed { group.iter().filter_map(|job| job.leaf()).collect() } else { Vec::new() };
    let mut acks = acknowledger.acknowledge(leaves).into_iter();
    for job in group {
        let ack = if committed && job.leaf().is_some() { acks.next() } else { None };
        job.answer(committed, ack);
    }
}
