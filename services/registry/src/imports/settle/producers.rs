//! Rows of producers, and the producers of rows of products.

use std::collections::{BTreeSet, HashMap};

use kit::{Batch, Result, Scope};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{Made, Ready, Said, State, faulty, lost};
use crate::imports::domain::{Meant, Resource, Ruling, Verdict, Why, meant};
use crate::producers::domain::matching::{Asked, Matcher, best};
use crate::producers::store::bulk::{Draft, Known, producer_insert_all, producer_known};

/// The producers that the rows of a batch may mean: those that are there, and those that the batch makes.
pub(super) struct Herd {
    known: Vec<Known>,
    by_key: HashMap<String, Vec<usize>>,
    by_tax: HashMap<String, Vec<usize>>,
}

impl Herd {
    /// Looks up what is there.
    pub(super) async fn of<'a>(db: &impl ConnectionTrait, drafts: impl Iterator<Item = &'a Draft>) -> Result<Self> {
        let (mut keys, mut codes) = (BTreeSet::new(), BTreeSet::new());
        for draft in drafts {
            keys.insert(draft.key.clone());
            codes.extend(draft.producer.new.content.tax_code.as_ref().map(|code| code.as_str().to_owned()));
        }
        let mut herd = Self { known: Vec::new(), by_key: HashMap::new(), by_tax: HashMap::new() };
        for known in producer_known(db, &keys, &codes).await? {
            herd.add(known);
        }
        Ok(herd)
    }

    /// Adds one.
    pub(super) fn add(&mut self, known: Known) {
        let at = self.known.len();
        self.by_key.entry(known.match_key.clone()).or_default().push(at);
        if let Some(code) = &known.tax_code {
            self.by_tax.entry(code.clone()).or_default().push(at);
        }
        self.known.push(known);
    }

    /// Those that are there, as they are shown.
    pub(super) fn ids(&self) -> BTreeSet<Uuid> {
        self.known.iter().map(shown).collect()
    }

    /// One of them.
    pub(super) fn get(&self, id: Uuid) -> Option<&Known> {
        self.known.iter().find(|known| known.id == id)
    }

    /// Which of them a row means. A producer outside the caller's units is seen by its tax code alone.
    pub(super) fn meant(&self, scope: &Scope, draft: &Draft, as_new: bool) -> Result<Meant<Uuid>, Why> {
        let content = &draft.producer.new.content;
        let taxed = content.tax_code.as_ref().and_then(|code| self.by_tax.get(code.as_str()));
        let at: BTreeSet<usize> = self.by_key.get(&draft.key).into_iter().chain(taxed).flatten().copied().collect();
        let found: Vec<&Known> = at.iter().filter_map(|at| self.known.get(*at)).collect();
        if found.is_empty() {
            return Ok(Meant::None);
        }
        let code = content.tax_code.as_ref().map(|code| code.as_str());
        let hidden =
            |known: &&&Known| code.is_some() && known.tax_code.as_deref() == code && !scope.holds(&known.unit_path);
        if let Some(known) = found.iter().find(hidden) {
            return Err(Why::TaxCodeTaken(known.id));
        }
        let matcher = Matcher::new(Asked {
            display_name: Some(content.display_name.clone()),
            tax_code: content.tax_code.clone(),
            unit: reference::units::by_name(&draft.producer.new.unit),
            legal_form: content.legal_form,
        });
        let seen = found.into_iter().filter(|known| scope.holds(&known.unit_path));
        let judged = seen.map(|known| (matcher.judge(&known.registered()), shown(known))).collect();
        Ok(meant(&best(judged), as_new))
    }
}

/// The producer as it is shown: the one that it was merged into, or itself.
fn shown(known: &Known) -> Uuid {
    known.merged_into.unwrap_or(known.id)
}

/// The names of producers.
pub(super) fn names(ids: &[Uuid]) -> Vec<Resource> {
    ids.iter().map(|id| Resource("producers", *id)).collect()
}

/// The verdict on a row that may mean several, or one of which it is not sure.
pub(super) fn ambiguous(state: &State, row: u32, ids: &[Uuid], why: impl IntoIterator<Item = Why>) -> Verdict {
    let mut why: Vec<Why> = why.into_iter().collect();
    state.may_repeat(ids, &mut why);
    Verdict { row, ruling: Ruling::Ambiguous, why, names: names(ids) }
}

pub(super) async fn settle(batch: &Batch, state: &mut State, rows: Vec<Ready>) -> Result<(Vec<Verdict>, Vec<Made>)> {
    let drafts = rows.iter().filter_map(|ready| match &ready.said {
        Ok(Said::Producer(draft)) => Some(&**draft),
        _ => None,
    });
    let mut herd = Herd::of(batch.tx(), drafts).await?;
    let (mut verdicts, mut new) = (Vec::with_capacity(rows.len()), Vec::new());
    for Ready { row, as_new, said } in rows {
        let draft = match said {
            Ok(Said::Producer(draft)) => *draft,
            Ok(_) => continue,
            Err(faults) => {
                verdicts.push(faulty(row, faults));
                continue;
            }
        };
        verdicts.push(judge(state, &mut herd, (row, as_new), draft, &mut new));
    }
    let made = new.iter().map(|draft| Made::Producer(draft.producer.clone())).collect();
    producer_insert_all(batch.tx(), new).await.map_err(lost)?;
    Ok((verdicts, made))
}

fn judge(
    state: &mut State,
    herd: &mut Herd,
    (row, as_new): (u32, bool),
    draft: Draft,
    new: &mut Vec<Draft>,
) -> Verdict {
    if !state.scope.holds(&draft.producer.new.unit_path) {
        return Verdict::rejected(row, [Why::Forbidden]);
    }
    match herd.meant(&state.scope, &draft, as_new) {
        Err(why) => Verdict::rejected(row, [why]),
        Ok(Meant::One(id, reasons)) => {
            let why = reasons.into_iter().map(Why::Match).collect();
            state.there(Verdict { row, ruling: Ruling::Matched, why, names: names(&[id]) }, id)
        }
        Ok(Meant::Perhaps(ids, reasons)) => ambiguous(state, row, &ids, reasons.into_iter().map(Why::Match)),
        Ok(Meant::None) => {
            let id = draft.producer.id;
            state.remember(row, id);
            herd.add(Known::of(&draft));
            new.push(draft);
            Verdict { row, ruling: Ruling::Created, why: Vec::new(), names: names(&[id]) }
        }
    }
}
