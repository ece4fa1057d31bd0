//! Lists of a service as files: read in one state of the database, written whole, sent in parts.
//!
//! A file is finished before its first part is sent. So the database's connection is not held for as long as a caller takes
//! to read, and a fault is a refusal, not the middle of a file.

use std::fs::File;
use std::future::Future;
use std::io::{Seek, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;

use bytes::BytesMut;
use futures_util::{Stream, stream};
use kit::{Answer, Call, Error, Kit, Page, Read, Result, Violations};
use prost::Message;
use proto::common::v1::{SheetFormat, SheetLanguage, SheetOptions, SheetPart, SheetSeparator};
use sea_orm::DatabaseTransaction;
use time::Date;
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;
use tonic::{Request, Status};

use crate::book::{Book, Format, Language, Title};
use crate::table::Sheet;

/// Most bytes of a part.
pub const PART: usize = 64 * 1024;
/// Rows that are read at once; what they refer to is then looked up in one statement.
pub const ROWS: u64 = kit::rows::CHUNK as u64;
/// Files that a service makes at the same time: each holds one of its few connections.
const AT_ONCE: usize = 2;

/// The parts of a file on their way out.
pub type Parts = Pin<Box<dyn Stream<Item = std::result::Result<SheetPart, Status>> + Send>>;

/// What the caller asks for.
pub struct Asked<W> {
    /// What the list is cut by.
    pub want: W,
    page: Page,
    format: Format,
    language: Language,
    office: String,
}

/// Reads what the caller asks for: `list` reads the list's own request as its List method does.
pub fn asked<W>(
    v: &mut Violations,
    options: Option<&SheetOptions>,
    list: impl FnOnce(&mut Violations) -> Option<(W, Page)>,
) -> Option<Asked<W>> {
    let (want, mut page) = v.inside("list", list)?;
    page.size = ROWS;
    let options = options.cloned().unwrap_or_default();
    let format = match (options.format(), options.separator()) {
        (SheetFormat::Unspecified | SheetFormat::Xlsx, _) => Format::Xlsx,
        (SheetFormat::Csv, SheetSeparator::Unspecified | SheetSeparator::Semicolon) => Format::Csv(b';'),
        (SheetFormat::Csv, SheetSeparator::Comma) => Format::Csv(b','),
    };
    let language = match options.language() {
        SheetLanguage::Unspecified | SheetLanguage::Vietnamese => Language::Vietnamese,
        SheetLanguage::English => Language::English,
    };
    Some(Asked { want, page, format, language, office: options.office })
}

/// A list that can be written as a file.
pub trait List: Send + Sync + 'static {
    /// The request of its export.
    type Request: Message;
    /// What it is cut by.
    type Want: Send + Sync;
    /// A row, as its List method answers it.
    type Row: Send + Sync + 'static;
    /// How it looks.
    const SHEET: Sheet<Self::Row>;

    /// Reads the request; see [`asked`].
    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>>;

    /// A page of rows that the caller may see, and the page behind it.
    fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> impl Future<Output = Result<(Vec<Self::Row>, Option<Page>)>> + Send;

    /// The day whose units are shown, for lists that have one.
    fn map(_want: &Self::Want) -> Option<Date> {
        None
    }
}

/// What another service knows of rows, such as the names behind their ids: asked for one page at a time. The database's
/// connection is held while it is asked, so it belongs to lists of an office, not of a crowd.
pub trait Complete<R>: Sync {
    /// The same rows, with what the other service says of them.
    fn complete(&self, call: &Call, rows: Vec<R>) -> impl Future<Output = Result<Vec<R>>> + Send;
}

/// Rows to which nothing is added.
impl<R: Send> Complete<R> for () {
    async fn complete(&self, _: &Call, rows: Vec<R>) -> Result<Vec<R>> {
        Ok(rows)
    }
}

/// The exports of a service. Cheap to clone.
#[derive(Clone)]
pub struct Exports {
    kit: Kit,
    turns: Arc<Semaphore>,
}

impl Exports {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Writes a list into a file and sends it.
    ///
    /// # Errors
    /// The violations of the request, or what the list refuses with.
    pub async fn send<L: List>(&self, request: Request<L::Request>) -> Answer<Parts> {
        self.send_completed::<L, ()>(request, &()).await
    }

    /// The same, with what another service says of the rows.
    ///
    /// # Errors
    /// As [`Exports::send`], or what the other service refuses with.
    pub async fn send_completed<L: List, C: Complete<L::Row>>(
        &self,
        request: Request<L::Request>,
        other: &C,
    ) -> Answer<Parts> {
        self.kit
            .read(request, L::read, |r| async move {
                let _turn = self.turns.acquire().await.map_err(Error::internal)?;
                let book = fill::<L, C>(&r, other).await?;
                parts(L::SHEET.file, book, r.want.format).await
            })
            .await
    }
}

/// Reads all rows of the list in one state of the database.
async fn fill<L: List, C: Complete<L::Row>>(r: &Read<Asked<L::Want>>, other: &C) -> Result<Book> {
    let asked = &r.want;
    let sheet = L::SHEET;
    let mut table = sheet.table(asked.language).map_err(Error::internal)?;
    let tx = r.snapshot().await?;
    let mut page = asked.page.clone();
    loop {
        let (rows, next) = L::page(&tx, &r.call, &asked.want, &page).await?;
        for row in &other.complete(&r.call, rows).await? {
            table.add(&sheet.row(row)).map_err(Error::internal)?;
        }
        match next {
            Some(next) => page = next,
            None => break,
        }
    }
    tx.rollback().await?;
    let office = if asked.office.trim().is_empty() { office(&r.call) } else { asked.office.trim().to_owned() };
    let title = Title {
        office,
        name: sheet.name(asked.language).to_owned(),
        day: r.call.today,
        map: L::map(&asked.want),
        language: asked.language,
    };
    Ok(Book { title, tables: vec![table] })
}

/// The names of the units at which the caller holds a role that the method asks for.
fn office(call: &Call) -> String {
    let held = call.caller.roles.iter().filter(|held| call.method.roles.contains(&held.role));
    let named = held.filter_map(|held| {
        let unit = reference::units::by_name(&held.unit);
        unit.or_else(|| reference::units::resolve(&held.unit, call.today).ok()).map(|unit| unit.display_name.as_str())
    });
    let mut names: Vec<&str> = named.collect();
    names.dedup();
    names.join(", ")
}

/// Writes a book into a temporary file and hands it out in parts. For reports that are no list, too.
///
/// # Errors
/// There is no room for temporary files.
pub async fn parts(name: &str, book: Book, format: Format) -> Result<Parts> {
    let (rows, samples) = (book.rows(), book.samples());
    let day = kit::day::iso(book.title.day);
    let write = move || -> std::io::Result<(File, u64)> {
        let mut file = tempfile::tempfile()?;
        book.write(format, &mut file)?;
        let size = file.stream_position()?;
        file.seek(SeekFrom::Start(0))?;
        Ok((file, size))
    };
    let written = tokio::task::spawn_blocking(write).await.map_err(Error::internal)?;
    let (file, size) = written.map_err(Error::internal)?;
    let mark = if samples > 0 { "-mau" } else { "" };
    let first = SheetPart {
        file_name: format!("{name}-{day}{mark}.{}", format.ending()),
        content_type: format.content_type().to_owned(),
        size_bytes: i64::try_from(size).map_err(Error::internal)?,
        row_count: i64::try_from(rows).map_err(Error::internal)?,
        sample_count: i64::try_from(samples).map_err(Error::internal)?,
        data: bytes::Bytes::new(),
    };
    let file = tokio::fs::File::from_std(file);
    Ok(Box::pin(stream::try_unfold((Some(first), file), |(first, mut file)| async move {
        let mut data = BytesMut::with_capacity(PART);
        while data.len() < PART {
            let room = PART - data.len();
            let read = (&mut file).take(room as u64).read_buf(&mut data).await;
            if read.map_err(|e| Status::from(Error::internal(e)))? == 0 {
                break;
            }
        }
        let begun = first.is_none();
        if begun && data.is_empty() {
            return Ok(None);
        }
        Ok(Some((SheetPart { data: data.freeze(), ..first.unwrap_or_default() }, (None, file))))
    })))
}
