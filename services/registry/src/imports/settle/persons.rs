//! Rows of people and of officers.

use std::collections::{BTreeSet, HashMap};

use kit::{Batch, Result};
use reference::names::spell;
use uuid::Uuid;

use super::{Made, Ready, Said, State, faulty};
use crate::duties::domain::lasts;
use crate::duties::store::{Duty, duty_insert_all, posts_of};
use crate::imports::domain::{Resource, Ruling, Verdict, Why};
use crate::people::store::{Person, person_insert_all, person_named};

/// What a batch knows and makes.
#[derive(Default)]
struct Staff {
    /// Persons by the spelling of the name and the unit of the record.
    persons: HashMap<(String, String), Vec<Uuid>>,
    posts: HashMap<Uuid, Vec<Duty>>,
    new: Vec<Person>,
    new_posts: Vec<Duty>,
}

/// Which person a row means.
enum Who {
    New,
    One(Uuid),
    Several(Vec<Uuid>),
}

pub(super) async fn settle(batch: &Batch, state: &mut State, rows: Vec<Ready>) -> Result<(Vec<Verdict>, Vec<Made>)> {
    let mut staff = Staff::open(batch, &rows).await?;
    let mut verdicts = Vec::with_capacity(rows.len());
    for Ready { row, as_new, said } in rows {
        let verdict = match said {
            Ok(Said::Person(person)) if state.scope.holds(&person.unit_path) => {
                staff.person(state, (row, as_new), *person)
            }
            Ok(Said::Officer(said)) if state.scope.holds(&said.0.unit_path) => {
                staff.officer(state, (row, as_new), said.0, said.1)
            }
            Ok(_) => Verdict::rejected(row, [Why::Forbidden]),
            Err(faults) => faulty(row, faults),
        };
        verdicts.push(verdict);
    }
    let mut made: Vec<Made> = staff.new.iter().cloned().map(Made::Person).collect();
    made.extend(staff.new_posts.iter().cloned().map(Made::Post));
    person_insert_all(batch.tx(), staff.new).await?;
    duty_insert_all(batch.tx(), staff.new_posts).await?;
    Ok((verdicts, made))
}

fn key(person: &Person) -> (String, String) {
    (spell(&person.display_name), person.unit.clone())
}

fn names(ids: &[Uuid]) -> Vec<Resource> {
    ids.iter().map(|id| Resource("persons", *id)).collect()
}

impl Staff {
    async fn open(batch: &Batch, rows: &[Ready]) -> Result<Self> {
        let said = rows.iter().filter_map(|ready| match &ready.said {
            Ok(Said::Person(person)) => Some(&**person),
            Ok(Said::Officer(said)) => Some(&said.0),
            _ => None,
        });
        let wanted: BTreeSet<&str> = said.map(|person| person.sort_key.as_str()).collect();
        let wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        let mut staff = Self::default();
        let mut ids = BTreeSet::new();
        for person in person_named(batch.tx(), &wanted).await? {
            // Of a merged record the person that stays is meant.
            let shown = person.merged_into.unwrap_or(person.id);
            ids.insert(shown);
            let named = staff.persons.entry(key(&person)).or_default();
            if !named.contains(&shown) {
                named.push(shown);
            }
        }
        if rows.iter().any(|ready| matches!(ready.said, Ok(Said::Officer(_)))) {
            for post in posts_of(batch.tx(), &ids.into_iter().collect::<Vec<_>>()).await? {
                staff.posts.entry(post.person_id).or_default().push(post);
            }
        }
        Ok(staff)
    }

    fn who(&self, person: &Person, as_new: bool) -> Who {
        match self.persons.get(&key(person)).map(Vec::as_slice) {
            None | Some([]) => Who::New,
            Some(_) if as_new => Who::New,
            Some([one]) => Who::One(*one),
            Some(several) => Who::Several(several.to_vec()),
        }
    }

    fn add(&mut self, person: Person) {
        self.persons.entry(key(&person)).or_default().push(person.id);
        self.new.push(person);
    }

    fn person(&mut self, state: &mut State, (row, as_new): (u32, bool), person: Person) -> Verdict {
        match self.who(&person, as_new) {
            Who::One(id) => {
                let why = vec![Why::PersonEqual];
                state.there(Verdict { row, ruling: Ruling::Matched, why, names: names(&[id]) }, id)
            }
            Who::Several(ids) => several(state, row, &ids),
            Who::New => {
                let id = person.id;
                state.remember(row, id);
                self.add(person);
                Verdict { row, ruling: Ruling::Created, why: Vec::new(), names: names(&[id]) }
            }
        }
    }

    fn officer(&mut self, state: &mut State, (row, as_new): (u32, bool), person: Person, mut post: Duty) -> Verdict {
        let mut made = vec![Resource("posts", post.id)];
        match self.who(&person, as_new) {
            Who::Several(ids) => return several(state, row, &ids),
            Who::One(id) => {
                post.person_id = id;
                if let Some(held) = self.held(&post) {
                    let names = vec![Resource("posts", held), Resource("persons", id)];
                    let why = vec![Why::PostHeld(held)];
                    return state.there(Verdict { row, ruling: Ruling::Matched, why, names }, held);
                }
            }
            Who::New => {
                made.extend(names(&[person.id]));
                self.add(person);
            }
        }
        state.remember(row, post.id);
        self.posts.entry(post.person_id).or_default().push(post.clone());
        self.new_posts.push(post);
        Verdict { row, ruling: Ruling::Created, why: Vec::new(), names: made }
    }

    /// The same post of the same person, held on the first day or later.
    fn held(&self, post: &Duty) -> Option<Uuid> {
        let same = |there: &&Duty| {
            there.unit == post.unit && there.title == post.title && lasts(there.end_date, post.begin_date)
        };
        self.posts.get(&post.person_id)?.iter().find(same).map(|there| there.id)
    }
}

fn several(state: &State, row: u32, ids: &[Uuid]) -> Verdict {
    let mut why = vec![Why::PersonSeveral];
    state.may_repeat(ids, &mut why);
    Verdict { row, ruling: Ruling::Ambiguous, why, names: names(ids) }
}
