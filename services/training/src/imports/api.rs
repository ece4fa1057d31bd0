//! The RPCs of imports.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use kit::{Answer, Call, Error, Kit, Link, Result, Scope, Write};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::ImportTemplate;
use proto::training::v1 as pb;
use proto::training::v1::import_service_server::ImportService;
use reference::units;
use sheet::take::template;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{Line, List, MOST, Who, by_phone, keep_within, meant};
use super::wire::{self, Papers, Sheet, Taken, Unfit, Verdicts, Want};
use crate::attendance::wire as attended;
use crate::elsewhere::domain::NewPaper;
use crate::registrations::wire::Obstacles;
use crate::sessions::store::Session;
use crate::sessions::wire::{name_of, not_cancelled, person_name};
use crate::shared::peer::{self, Known};
use crate::{attendance, duties, elsewhere, registrations, sessions};

/// Questions to the registry at a time.
const AT_ONCE: usize = 8;

/// The RPCs.
pub struct Api {
    kit: Kit,
    registry: Link,
}

/// Reads a file on a thread of its own.
async fn open(content: bytes::Bytes, list: List) -> Result<Result<Sheet, Unfit>> {
    let read = tokio::task::spawn_blocking(move || wire::sheet(&content, list)).await;
    match read {
        Ok(read) => Ok(read),
        Err(error) if error.is_panic() => {
            Ok(Err(Unfit::Sheet(sheet::take::SheetFault::Unreadable("tệp hỏng (damaged)".to_owned()))))
        }
        Err(error) => Err(Error::internal(error)),
    }
}

impl Api {
    /// Over the service's kit; the registry says whom the rows mean.
    #[must_use]
    pub fn new(kit: Kit, registry: Link) -> Self {
        Self { kit, registry }
    }

    /// The rows of a file with whom they mean; none where the session is not there or the caller may not send persons to it,
    /// which the write then says: nobody learns from the registry what is not his to ask.
    async fn taken(
        &self,
        call: &Call,
        (session, unit): (&str, &str),
        file: &Result<Sheet, Unfit>,
        (list, with_results): (List, bool),
    ) -> Result<Option<Taken>> {
        let (Some(id), Ok(sheet)) = (kit::name::parse(session, "sessions"), file) else { return Ok(None) };
        let Some(session) = sessions::store::fetch(self.kit.database()?.reader(), id).await? else { return Ok(None) };
        let mut asks = units::prefixes(&session.unit);
        match list {
            List::Attendance | List::Completions => call.at(&session.unit_path)?,
            List::Registrations => match registrations::api::sender(call, told(unit, &session), &session) {
                Ok(sender) => asks.extend(units::prefixes(&sender.name)),
                Err(_) => return Ok(None),
            },
        }
        let (asks, scope) = (Scope::Within(asks), call.scope());
        let mut lines = wire::lines(sheet, list, session.begin_date, with_results);
        keep_within(&mut lines, |unit| asks.holds(&unit.path) || scope.holds(&unit.path));
        self.whom(call, &session.unit, lines).await.map(Some)
    }

    /// The papers of a file with whom they mean; none where the file cannot be read or the caller may not record for the
    /// unit, which the write then says.
    async fn papers(
        &self,
        call: &Call,
        req: &pb::ImportCompletionsRequest,
        file: &Result<Sheet, Unfit>,
    ) -> Result<Option<Taken>> {
        let (Some(unit), Ok(sheet)) = (wire::recorder(req, call.today), file) else { return Ok(None) };
        if call.at(&unit.path).is_err() {
            return Ok(None);
        }
        let (asks, scope) = (Scope::Within(units::prefixes(&unit.name)), call.scope());
        let mut lines = wire::lines(sheet, List::Completions, call.today, false);
        keep_within(&mut lines, |unit| asks.holds(&unit.path) || scope.holds(&unit.path));
        self.whom(call, &unit.name, lines).await.map(Some)
    }

    /// Whom rows mean; who is told without a unit is looked for in `home`.
    async fn whom(&self, call: &Call, home: &str, lines: Vec<Line>) -> Result<Taken> {
        let within = units::by_name(home).map_or("", |unit| unit.display_name.as_str());
        let mut taken = Taken { lines, within: within.to_owned(), ..Taken::default() };
        self.match_names(call, home, &mut taken).await?;
        let named: BTreeSet<Uuid> = taken.lines.iter().filter_map(|l| l.said.as_ref().ok()?.person).collect();
        let named: Vec<Uuid> = named.into_iter().collect();
        let Known { persons, unknown } = peer::known(&self.kit, &self.registry, call, (&named, MOST)).await?;
        taken.known.persons.extend(persons);
        taken.known.unknown = unknown;
        Ok(taken)
    }

    /// Asks the registry for every different name and unit once.
    async fn match_names(&self, call: &Call, home: &str, taken: &mut Taken) -> Result<()> {
        let said = |line: &Line| {
            let said = line.said.as_ref().ok()?;
            let unit = said.unit.map_or(home, |unit| unit.name.as_str());
            said.person.is_none().then(|| (unit.to_owned(), said.name.clone()))
        };
        let asked: BTreeSet<(String, String)> = taken.lines.iter().filter_map(said).collect();
        let ask = |(unit, name): (String, String)| async move {
            let found = peer::named(&self.kit, &self.registry, call, &unit, &name).await?;
            Ok::<_, Error>(((unit, name), found))
        };
        let found: BTreeMap<_, _> = stream::iter(asked).map(ask).buffered(AT_ONCE).try_collect().await?;
        for line in &taken.lines {
            let who = match (line.said.as_ref().ok().and_then(|said| said.person), said(line)) {
                (Some(person), _) => Who::One(person),
                (None, Some(key)) => {
                    let persons = found.get(&key).map(Vec::as_slice).unwrap_or_default();
                    taken.known.persons.extend(persons.iter().map(|p| (p.id, p.sample)));
                    let named: Vec<_> = persons.iter().map(|p| (p.id, p.name.clone())).collect();
                    meant(&key.1, &named)
                }
                (None, None) => continue,
            };
            taken.who.insert(line.number, who);
        }
        self.match_phones(call, taken).await
    }

    /// Asks for the numbers of those of whom several have a name, where the row tells a number; of each of them once.
    async fn match_phones(&self, call: &Call, taken: &mut Taken) -> Result<()> {
        let unsure = |line: &Line| {
            let phone = line.said.as_ref().ok().map(|said| &said.phone).filter(|phone| !phone.is_empty())?;
            match taken.who.get(&line.number)? {
                Who::Several(several) => Some((line.number, phone.clone(), several.clone())),
                Who::One(_) | Who::Nobody => None,
            }
        };
        let unsure: Vec<(u32, String, Vec<Uuid>)> = taken.lines.iter().filter_map(unsure).collect();
        let asked: BTreeSet<Uuid> = unsure.iter().flat_map(|(.., several)| several).copied().collect();
        let ask = |person| async move {
            Ok::<_, Error>((person, peer::phones(&self.kit, &self.registry, call, person).await?))
        };
        let numbers: BTreeMap<_, _> = stream::iter(asked).map(ask).buffered(AT_ONCE).try_collect().await?;
        let decided = unsure.into_iter().map(|(row, phone, several)| (row, by_phone(several, &phone, &numbers)));
        taken.who.extend(decided);
        Ok(())
    }
}

/// The unit that sends persons: the session's where none is told.
fn told<'a>(unit: &'a str, session: &'a Session) -> &'a str {
    if unit.is_empty() { &session.unit } else { unit }
}

/// Judges the rows of a list of registrations: those to be stored, by person.
async fn judge_registrations(
    w: &Write<Want>,
    session: &Session,
    taken: &Taken,
) -> Result<(Verdicts, Vec<(Uuid, bool)>)> {
    let persons: BTreeSet<Uuid> = taken.who.values().filter_map(one).collect();
    let persons: Vec<Uuid> = persons.into_iter().collect();
    let mut found = Obstacles::default();
    for chunk in persons.chunks(kit::rows::CHUNK) {
        found.extend(registrations::api::obstacles(w, session, chunk, Known::default()).await?);
    }
    let there: BTreeMap<Uuid, Uuid> = std::mem::take(&mut found.there).into_iter().collect();
    let (mut verdicts, mut new) = (Verdicts::default(), Vec::new());
    for line in &taken.lines {
        let Some((person, _)) = verdicts.whose(taken, line) else { continue };
        if let Some(registration) = there.get(&person) {
            verdicts.registered(line.number, (person, *registration));
        } else if let Err(error) = registrations::wire::check(&[person], &found, |_| "person".to_owned()) {
            verdicts.refused(line.number, &error);
        } else {
            verdicts.created(line.number, Vec::new());
            new.push((person, taken.known.persons.get(&person).copied().unwrap_or(false)));
        }
    }
    Ok((verdicts, new))
}

fn one(who: &Who) -> Option<Uuid> {
    match who {
        Who::One(person) => Some(*person),
        Who::Nobody | Who::Several(_) => None,
    }
}

/// Judges the rows of a list of attendance: what is to be recorded.
async fn judge_attendance(
    w: &Write<Want>,
    session: &Session,
    taken: &Taken,
) -> Result<(Verdicts, Vec<attendance::domain::Attended>)> {
    let terms = attended::terms(session);
    let places = match session.registration_required {
        true => Some(registrations::store::with_place(w.tx(), session.id).await?),
        false => None,
    };
    let persons: BTreeSet<Uuid> = taken.who.values().filter_map(one).collect();
    let persons: Vec<Uuid> = persons.into_iter().collect();
    let before = attendance::store::of_persons(w.tx(), session.id, &persons).await?;
    let (mut verdicts, mut new) = (Verdicts::default(), Vec::new());
    for line in &taken.lines {
        let Some((person, said)) = verdicts.whose(taken, line) else { continue };
        let judged = wire::attends(person, said).and_then(|attended| {
            attended::check_list(std::slice::from_ref(&attended), &terms, &taken.known, places.as_ref())?;
            let want = attended::Record { session: session.id, list: vec![attended], reason: w.want.reason.clone() };
            let kept = attended::records(session, &want, (&taken.known, &before), (w.call.today, w.call.now_us))?;
            let same = kept.first().is_some_and(|kept| before.get(&person) == Some(kept));
            Ok((want.list, same))
        });
        match judged {
            Err(error) => verdicts.refused(line.number, &error),
            Ok((list, _)) if list.iter().any(|a| said.result.is_some_and(|told| told != terms.passes(a))) => {
                verdicts.differs(line.number);
            }
            Ok((_, true)) => verdicts.recorded(line.number, person),
            Ok((list, false)) => {
                verdicts.created(line.number, vec![person_name(person)]);
                new.extend(list);
            }
        }
    }
    Ok((verdicts, new))
}

/// Judges the rows of a list of papers: those to be recorded, each with the id that it gets.
async fn judge_papers(w: &Write<Papers>, taken: &Taken, ids: &[Uuid]) -> Result<(Verdicts, Vec<NewPaper>)> {
    let persons: BTreeSet<Uuid> = taken.who.values().filter_map(one).collect();
    let persons: Vec<Uuid> = persons.into_iter().collect();
    let stays: BTreeMap<Uuid, Uuid> = duties::store::stays(w.tx(), &persons).await?.into_iter().collect();
    let counted = |person: Uuid| stays.get(&person).copied().unwrap_or(person);
    let done = elsewhere::api::completed(w, persons.iter().map(|person| counted(*person)).collect()).await?;
    let (mut verdicts, mut new, mut seen) = (Verdicts::of_several(), Vec::new(), BTreeSet::new());
    for (line, id) in taken.lines.iter().zip(ids) {
        let Some((person, said)) = verdicts.whose(taken, line) else { continue };
        let Some(paper) = said.paper.clone() else { continue };
        let what = (counted(person), paper.audience, paper.topic, paper.complete_date);
        if !seen.insert(what) {
            verdicts.repeated(line.number, person);
        } else if let Some(completion) = done.get(&what) {
            verdicts.completed(line.number, person, completion);
        } else {
            verdicts.created(line.number, vec![elsewhere::wire::name_of(*id)]);
            let sample = taken.known.persons.get(&person).copied().unwrap_or(false);
            new.push(NewPaper { id: *id, person, counted: counted(person), sample, paper });
        }
    }
    Ok((verdicts, new))
}

#[async_trait]
impl ImportService for Api {
    async fn import_registrations(
        &self,
        request: Request<pb::ImportRegistrationsRequest>,
    ) -> Answer<pb::ImportRegistrationsResponse> {
        let call = self.kit.prepare(&request)?;
        let req = request.get_ref();
        let file = &open(req.content.clone(), List::Registrations).await?;
        let taken = &self.taken(&call, (&req.session, &req.unit), file, (List::Registrations, false)).await?;
        let ids = taken.iter().flat_map(|taken| &taken.lines).map(|_| self.kit.new_id());
        let ids: &Vec<Uuid> = &ids.collect();
        self.kit
            .write(
                request,
                |req, v| wire::registrations(req, v, file),
                move |w| async move {
                    let session = registrations::api::lock(&w, w.want.session).await?;
                    let unit = registrations::api::sender(&w.call, told(&w.want.unit, &session), &session)?;
                    let taken = taken.as_ref().ok_or_else(|| Error::conflict(Common::Conflict))?;
                    let (mut verdicts, new) = judge_registrations(&w, &session, taken).await?;
                    let refused = verdicts.refuse(w.want.mode)?;
                    if !refused {
                        let made = registrations::api::enter(&w, (&session, unit), &new, ids).await?;
                        verdicts.made(made.into_iter().map(|q| (q.registration.id, q.waiting_place)));
                    }
                    let (rows, summary) = verdicts.told(w.want.mode, refused);
                    Ok(pb::ImportRegistrationsResponse { rows, summary: Some(summary) })
                },
            )
            .await
    }

    async fn import_attendance(
        &self,
        request: Request<pb::ImportAttendanceRequest>,
    ) -> Answer<pb::ImportAttendanceResponse> {
        let call = self.kit.prepare(&request)?;
        let req = request.get_ref();
        let file = &open(req.content.clone(), List::Attendance).await?;
        let taken = &self.taken(&call, (&req.session, ""), file, (List::Attendance, req.with_results)).await?;
        self.kit
            .write(
                request,
                |req, v| wire::attendance(req, v, file),
                move |w| async move {
                    let session = sessions::api::lock(&w, w.want.session).await?;
                    not_cancelled(&session)?;
                    if session.begin_date > w.call.today {
                        return Err(attended::not_begun(session.begin_date));
                    }
                    let taken = taken.as_ref().ok_or_else(|| Error::not_found(name_of(session.id)))?;
                    let (verdicts, list) = judge_attendance(&w, &session, taken).await?;
                    let refused = verdicts.refuse(w.want.mode)?;
                    let mut passed = 0;
                    if !refused {
                        let want = attended::Record { session: session.id, list, reason: w.want.reason.clone() };
                        let (_, outcome) = attendance::api::keep(&w, &session, &want, &taken.known).await?;
                        passed = i32::try_from(outcome.passed.len()).unwrap_or(i32::MAX);
                    }
                    let (rows, summary) = verdicts.told(w.want.mode, refused);
                    Ok(pb::ImportAttendanceResponse { rows, summary: Some(summary), passed })
                },
            )
            .await
    }

    async fn import_completions(
        &self,
        request: Request<pb::ImportCompletionsRequest>,
    ) -> Answer<pb::ImportCompletionsResponse> {
        let call = self.kit.prepare(&request)?;
        let req = request.get_ref();
        let file = &open(req.content.clone(), List::Completions).await?;
        let taken = &self.papers(&call, req, file).await?;
        let ids: &Vec<Uuid> = &taken.iter().flat_map(|taken| &taken.lines).map(|_| self.kit.new_id()).collect();
        self.kit
            .write(
                request,
                |req, v| wire::completions(req, v, file),
                move |w| async move {
                    w.call.at(&w.want.unit.path)?;
                    let taken = taken.as_ref().ok_or_else(|| Error::conflict(Common::Conflict))?;
                    let (verdicts, new) = judge_papers(&w, taken, ids).await?;
                    let refused = verdicts.refuse(w.want.mode)?;
                    if !refused {
                        elsewhere::api::enter(&w, w.want.unit, new).await?;
                    }
                    let (rows, summary) = verdicts.told(w.want.mode, refused);
                    Ok(pb::ImportCompletionsResponse { rows, summary: Some(summary) })
                },
            )
            .await
    }

    async fn get_import_template(&self, request: Request<pb::GetImportTemplateRequest>) -> Answer<ImportTemplate> {
        self.kit.compute(request, wire::get_template, |_, (list, name, csv)| {
            let list: List = list.ok_or_else(|| Error::not_found(name))?;
            let columns = list.columns();
            let content =
                if csv { template::csv(columns) } else { template::xlsx(columns).map_err(Error::internal)? };
            Ok(wire::template(list, csv, content))
        })
    }
}
