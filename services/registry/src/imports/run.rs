//! One import from the whole file to the last verdict.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use kit::{Batch, Call, Error, Fact, Kit, Result};
use proto::common::v1::{Audience, ErrorReason as Common};
use reference::text::{fold, sort_key};
use sha2::{Digest, Sha256};
use sheet::take::columns::{HeaderFault, Mapping};
use sheet::take::places::Names;
use sheet::take::{self, Row, SheetFault};
use time::Date;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use uuid::Uuid;

use super::domain::columns::Kind;
use super::domain::{Item, PersonItem, PostItem, Tally, Verdict, read};
use super::settle::{Made, Ready, Said, State, lost, settle};
use super::store::{self, Key, Run};
use super::wire::{self, Wanted};
use crate::duties::store::Duty;
use crate::people::store::Person;
use crate::producers::domain::NewProducer;
use crate::producers::store::bulk::{Draft, draft};
use crate::producers::store::{Producer, key_of};

/// Rows that are settled at a time.
pub const BATCH: usize = 1000;
/// Most rows of a file.
pub const MOST_ROWS: u32 = 500_000;
/// Batches that are read ahead.
const AHEAD: usize = 2;
/// How often an import asks for its turn while another one runs, and the time between: two minutes in all.
const TURNS: u32 = 480;
const PATIENCE: Duration = Duration::from_millis(250);
/// What was imported is remembered this long.
const KEEP_US: i64 = 48 * 3600 * 1_000_000;

/// Why no row of a file is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is no sheet.
    Sheet(SheetFault),
    /// Its header is wrong.
    Header(Kind, Vec<HeaderFault>),
    /// It has no rows.
    Empty,
    /// It has more than these.
    TooManyRows(u32),
}

/// One import.
pub(super) struct Job {
    pub(super) kit: Kit,
    pub(super) call: Arc<Call>,
    pub(super) want: Wanted,
    pub(super) kind: Kind,
    pub(super) file: File,
    pub(super) sha256: Vec<u8>,
}

/// Where what is told goes.
pub(super) type Told = mpsc::Sender<Result<wire::Response, tonic::Status>>;

/// Nobody listens any more; what was stored stays.
fn gone<T>(_: SendError<T>) -> Error {
    Error::conflict(Common::Conflict)
}

/// What was found out about a file as a whole.
struct Surveyed {
    mapping: Mapping,
    rows: u32,
}

/// The verdicts of an import while its transaction is open.
struct Spool(BufWriter<File>);

impl Spool {
    fn new() -> Result<Self> {
        Ok(Self(BufWriter::new(tempfile::tempfile().map_err(Error::internal)?)))
    }

    fn put(&mut self, verdicts: &[u8]) -> Result<()> {
        let length = u32::try_from(verdicts.len()).map_err(Error::internal)?;
        self.0.write_all(&length.to_le_bytes()).map_err(Error::internal)?;
        self.0.write_all(verdicts).map_err(Error::internal)
    }

    /// Sends all of them.
    async fn send(self, told: &Told) -> Result<()> {
        let mut file = self.0.into_inner().map_err(|e| Error::internal(e.to_string()))?;
        file.seek(SeekFrom::Start(0)).map_err(Error::internal)?;
        let mut reader = BufReader::new(file);
        let mut length = [0; 4];
        while reader.read_exact(&mut length).is_ok() {
            let mut verdicts = vec![0; u32::from_le_bytes(length) as usize];
            reader.read_exact(&mut verdicts).map_err(Error::internal)?;
            told.send(Ok(wire::reread(&verdicts)?)).await.map_err(gone)?;
        }
        Ok(())
    }
}

impl Job {
    /// Carries the import out and tells of it.
    pub(super) async fn run(self, told: &Told) -> Result<()> {
        let stores = !self.want.validate_only;
        let key = self
            .call
            .request_id
            .filter(|_| stores)
            .map(|request_id| Key { caller: self.call.caller.subject.clone(), request_id });
        let mark = [u8::from(self.want.partial)];
        let hash = Sha256::digest([&mark[..], self.kind.word().as_bytes(), &self.sha256].concat()).to_vec();
        let before = match &key {
            Some(key) => store::run_fetch(self.kit.database()?.reader(), key).await?,
            None => None,
        };
        let id = match (&key, before) {
            (Some(_), Some(run)) if run.request_hash != hash => {
                return Err(Error::malformed(Common::RequestIdReused));
            }
            (Some(key), Some(run)) if run.finished => return self.replay(key, told).await,
            (_, Some(run)) => Begun { id: run.id, stored: true },
            (_, None) => Begun { id: self.kit.new_id(), stored: false },
        };
        self.carry_out(key, id, hash, told).await
    }

    /// Answers as the first time.
    async fn replay(&self, key: &Key, told: &Told) -> Result<()> {
        let db = self.kit.database()?.reader();
        let mut tally = Tally::default();
        for number in 1..=store::batch_count(db, key).await? {
            let Some(verdicts) = store::batch_fetch(db, key, number).await? else { break };
            let verdicts = wire::reread(&verdicts)?;
            wire::rulings(&verdicts).for_each(|(_, ruling, _)| tally.add(ruling));
            told.send(Ok(verdicts)).await.map_err(gone)?;
        }
        told.send(Ok(wire::summary(&tally, tally.created, false))).await.map_err(gone)
    }

    async fn carry_out(self, key: Option<Key>, begun: Begun, hash: Vec<u8>, told: &Told) -> Result<()> {
        let Self { kit, call, want, kind, file, .. } = self;
        let (known, surveyed) = tokio::sync::oneshot::channel();
        let (ahead, mut next) = mpsc::channel(AHEAD);
        let reader = Reader { kit: kit.clone(), kind, today: call.today, now_us: call.now_us, names: Names::default() };
        let reading = tokio::task::spawn_blocking(move || reader.read(file, known, &ahead));
        let Ok(rows) = surveyed.await else {
            return Err(wire::unfit(ended(reading.await)?.err().unwrap_or(Unfit::Empty)));
        };
        let mut work = Work {
            state: State::new(call.scope(), call.today),
            spool: Spool::new()?,
            tally: Tally::default(),
            open: None,
            done: if begun.stored
                && let Some(key) = &key
            {
                store::batch_count(kit.database()?.reader(), key).await?
            } else {
                0
            },
            number: 0,
            begun,
            hash,
            key,
            commits: want.partial && !want.validate_only,
            kit,
            call,
            kind,
        };
        while let Some(batch) = next.recv().await {
            work.batch(batch).await?;
            // A caller that does not keep up loses progress, never verdicts.
            let _progress_may_be_lost = told.try_send(Ok(wire::progress(work.tally.rows, rows)));
        }
        if let Err(unfit) = ended(reading.await)? {
            return Err(wire::unfit(unfit));
        }
        let refused = !want.partial && work.tally.refuses();
        let stored = !want.validate_only && !refused;
        let (spool, tally) = work.end(stored).await?;
        spool.send(told).await?;
        let written = if stored { tally.created } else { 0 };
        told.send(Ok(wire::summary(&tally, written, refused))).await.map_err(gone)
    }
}

/// What the reading thread came to. A panic in it is a file that the reader cannot take.
fn ended(outcome: Result<Result<(), Unfit>, tokio::task::JoinError>) -> Result<Result<(), Unfit>> {
    match outcome {
        Ok(outcome) => Ok(outcome),
        Err(error) if error.is_panic() => {
            tracing::error!(%error, "a sheet made its reader panic");
            Ok(Err(Unfit::Sheet(SheetFault::Unreadable("tệp hỏng (damaged)".to_owned()))))
        }
        Err(error) => Err(Error::internal(error)),
    }
}

/// The import, and whether it is written down already.
struct Begun {
    id: Uuid,
    stored: bool,
}

/// An import under way.
struct Work {
    kit: Kit,
    call: Arc<Call>,
    kind: Kind,
    key: Option<Key>,
    begun: Begun,
    hash: Vec<u8>,
    /// Every batch is a transaction of its own.
    commits: bool,
    state: State,
    spool: Spool,
    tally: Tally,
    open: Option<Batch>,
    /// Batches that were stored before.
    done: i32,
    number: i32,
}

impl Work {
    async fn batch(&mut self, rows: Vec<Ready>) -> Result<()> {
        self.number += 1;
        if self.number <= self.done {
            return self.again().await;
        }
        let batch = match self.open.take() {
            Some(batch) => batch,
            None => self.begin().await?,
        };
        let (verdicts, made) = settle(&batch, &mut self.state, rows).await?;
        verdicts.iter().for_each(|verdict: &Verdict| self.tally.add(verdict.ruling));
        let rendered = wire::rows(&verdicts);
        self.spool.put(&rendered)?;
        if !made.is_empty() {
            batch.record(self.fact(&made)).await?;
            for fact in self.state.facts.drain(..) {
                batch.record(fact).await?;
            }
        }
        if let Some(key) = &self.key {
            let kept = store::batch_insert(batch.tx(), key, (self.number, rendered), self.call.now_us).await;
            kept.map_err(lost)?;
        }
        if self.commits {
            batch.commit().await?;
        } else {
            self.open = Some(batch);
        }
        Ok(())
    }

    /// A batch that was stored before: its verdicts stand.
    async fn again(&mut self) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        let verdicts = store::batch_fetch(self.kit.database()?.reader(), key, self.number).await?;
        let verdicts = verdicts.ok_or_else(|| Error::conflict(Common::Conflict))?;
        for (row, ruling, id) in wire::rulings(&wire::reread(&verdicts)?) {
            self.tally.add(ruling);
            if let Some(id) = id {
                self.state.remember(row, id);
            }
        }
        self.spool.put(&verdicts)
    }

    async fn begin(&mut self) -> Result<Batch> {
        let batch = self.turn().await?;
        if let Some(key) = &self.key
            && !std::mem::replace(&mut self.begun.stored, true)
        {
            store::sweep(batch.tx(), self.call.now_us - KEEP_US).await?;
            let run = Run {
                caller: key.caller.clone(),
                request_id: key.request_id,
                create_us: self.call.now_us,
                id: self.begun.id,
                request_hash: self.hash.clone(),
                finished: false,
            };
            store::run_insert(batch.tx(), run).await.map_err(lost)?;
        }
        Ok(batch)
    }

    /// A transaction that no other import runs beside.
    async fn turn(&self) -> Result<Batch> {
        for _ in 0..TURNS {
            let batch = self.kit.begin(&self.call).await?;
            if store::turn(batch.tx()).await? {
                return Ok(batch);
            }
            batch.rollback().await?;
            tokio::time::sleep(PATIENCE).await;
        }
        Err(Error::conflict(Common::Conflict))
    }

    /// What the journal tells of a batch.
    fn fact(&self, made: &[Made]) -> Fact {
        let event = wire::imported(self.begun.id, self.kind, self.number, made);
        let all_samples = event.records.iter().all(|record| record.sample);
        let fact = Fact::of(&event.import).at(wire::common_unit(&event)).on(self.call.today);
        fact.sample(all_samples).tells(&event)
    }

    /// Keeps what is stored, or takes it back.
    async fn end(mut self, stored: bool) -> Result<(Spool, Tally)> {
        if stored {
            let batch = match self.open.take() {
                Some(batch) => batch,
                None => self.begin().await?,
            };
            if let Some(key) = &self.key {
                store::run_finish(batch.tx(), key).await?;
            }
            batch.commit().await?;
        } else if let Some(batch) = self.open.take() {
            batch.rollback().await?;
        }
        Ok((self.spool, self.tally))
    }
}

/// Reads a file on a thread of its own.
struct Reader {
    kit: Kit,
    kind: Kind,
    today: Date,
    now_us: i64,
    names: Names,
}

impl Reader {
    /// Looks at the whole file first, says how many rows it has, then hands the rows on in batches.
    fn read(
        &self,
        mut file: File,
        known: tokio::sync::oneshot::Sender<u32>,
        ahead: &mpsc::Sender<Vec<Ready>>,
    ) -> Result<(), Unfit> {
        let Surveyed { mapping, rows } = survey(self.kind, &mut file)?;
        let _nobody_waits = known.send(rows);
        let mut batch = Vec::with_capacity(BATCH);
        let mut header = true;
        take::rows(&mut file, &mut |row| {
            if std::mem::take(&mut header) {
                return ControlFlow::Continue(());
            }
            batch.push(self.ready(&mapping, &row));
            if batch.len() < BATCH
                || ahead.blocking_send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))).is_ok()
            {
                return ControlFlow::Continue(());
            }
            ControlFlow::Break(())
        })
        .map_err(Unfit::Sheet)?;
        if !batch.is_empty() {
            let _nobody_waits = ahead.blocking_send(batch);
        }
        Ok(())
    }

    fn ready(&self, mapping: &Mapping, row: &Row) -> Ready {
        let number = row.number;
        match read(self.kind, (mapping, &self.names), &row.cells, self.today) {
            Ok((item, as_new)) => Ready { row: number, as_new, said: Ok(self.said(item)) },
            Err(faults) => Ready { row: number, as_new: false, said: Err(faults) },
        }
    }

    fn said(&self, item: Item) -> Said {
        match item {
            Item::Producer(new) => Said::Producer(Box::new(self.draft(new))),
            Item::Product(product) => {
                let draft = self.draft(product.producer.clone());
                Said::Product(Box::new((*product, draft)))
            }
            Item::Person(person) => Said::Person(Box::new(self.person(person))),
            Item::Officer(post) => {
                let PostItem { person, title, end_date } = post;
                let person = self.person(person);
                let post = Duty {
                    id: self.kit.new_id(),
                    person_id: person.id,
                    producer_id: None,
                    audience: Audience::Officers.into(),
                    title: title.into_string(),
                    unit: person.unit.clone(),
                    unit_path: person.unit_path.clone(),
                    begin_date: person.registration_date,
                    end_date,
                    person_sample: person.sample,
                    sample: person.sample,
                    version: 1,
                    create_us: self.now_us,
                };
                Said::Officer(Box::new((person, post)))
            }
        }
    }

    fn draft(&self, new: NewProducer) -> Draft {
        let sort_key = key_of(&new.content.display_name);
        let producer = Producer {
            id: self.kit.new_id(),
            new,
            sort_key,
            version: 1,
            create_us: self.now_us,
            update_us: self.now_us,
            delete_us: None,
            merged: None,
        };
        draft(producer, self.kit.new_id())
    }

    fn person(&self, item: PersonItem) -> Person {
        let name = item.display_name.as_str();
        Person {
            erase_us: None,
            merged_into: None,
            id: self.kit.new_id(),
            sort_key: sort_key(name),
            search_key: fold(name),
            unit: item.unit.name.clone(),
            unit_path: item.unit.path.clone(),
            registration_date: item.registration_date,
            sample: item.sample,
            create_us: self.now_us,
            display_name: item.display_name.into_string(),
        }
    }
}

/// Looks at a file as a whole: nothing of it is stored before its last row could be read.
fn survey(kind: Kind, file: &mut File) -> Result<Surveyed, Unfit> {
    take::survey(file).map_err(Unfit::Sheet)?;
    let (mut header, mut rows) = (None, 0_u32);
    let outcome = take::rows(file, &mut |row| {
        if header.is_none() {
            let mapping = Mapping::of(kind.columns(), &row.cells);
            let wrong = mapping.is_err();
            header = Some(mapping);
            return if wrong { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        }
        rows = rows.saturating_add(1);
        if rows > MOST_ROWS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    outcome.map_err(Unfit::Sheet)?;
    match header {
        Some(Err(faults)) => Err(Unfit::Header(kind, faults)),
        _ if rows > MOST_ROWS => Err(Unfit::TooManyRows(MOST_ROWS)),
        Some(Ok(mapping)) if rows > 0 => Ok(Surveyed { mapping, rows }),
        _ => Err(Unfit::Empty),
    }
}
