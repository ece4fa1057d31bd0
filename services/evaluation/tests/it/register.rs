//! The register of certificates in plain Rust, without a word of the service: what a certificate is on a day, what may be done
//! with it, and what doing it leaves. The tests compare the service with it.

use std::collections::BTreeMap;

use time::{Date, Duration};

/// What a certificate is on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    NotYetValid,
    Valid,
    Expiring,
    Expired,
    Suspended,
    Revoked,
    Surrendered,
    Superseded,
}

impl Is {
    pub fn text(self) -> &'static str {
        match self {
            Self::NotYetValid => "NOT_YET_VALID",
            Self::Valid => "VALID",
            Self::Expiring => "EXPIRING",
            Self::Expired => "EXPIRED",
            Self::Suspended => "SUSPENDED",
            Self::Revoked => "REVOKED",
            Self::Surrendered => "SURRENDERED",
            Self::Superseded => "SUPERSEDED",
        }
    }
}

/// What is done with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    Suspend,
    Lift,
    Revoke,
    Surrender,
    /// Its product gets this name.
    Correct(String),
    /// It goes to this producer.
    Transfer(String),
}

impl Doing {
    fn kind(&self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Lift => "lift",
            Self::Revoke => "revoke",
            Self::Surrender => "surrender",
            Self::Correct(_) => "correct",
            Self::Transfer(_) => "transfer",
        }
    }
}

/// Why the register takes something not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    Status,
    NumberTaken,
    SameHolder,
    NothingToCorrect,
    Exists,
}

impl No {
    pub fn reason(self) -> &'static str {
        match self {
            Self::Status => "CERTIFICATE_STATUS_FORBIDS",
            Self::NumberTaken => "ACT_NUMBER_TAKEN",
            Self::SameHolder => "HOLDER_SAME",
            Self::NothingToCorrect => "NOTHING_TO_CORRECT",
            Self::Exists => "CERTIFICATE_EXISTS",
        }
    }
}

/// A certificate in the register.
#[derive(Clone, Debug)]
pub struct Held {
    pub product: String,
    pub decided: Date,
    pub display_name: String,
    pub holder: Option<String>,
    /// First day on which it is no more, why, and what took its place.
    pub ended: Option<(Date, Is, String)>,
    suspended: Vec<(Date, Option<Date>)>,
    /// Kind and number of what was done.
    acts: Vec<(&'static str, String)>,
}

impl Held {
    pub fn new(product: &str, display_name: &str, decided: Date) -> Self {
        Self {
            product: product.to_owned(),
            decided,
            display_name: display_name.to_owned(),
            holder: None,
            ended: None,
            suspended: Vec::new(),
            acts: Vec::new(),
        }
    }

    pub fn on(&self, day: Date) -> Is {
        let out = self.decided.replace_year(self.decided.year() + 3).expect("no 29 February here");
        match &self.ended {
            _ if day < self.decided => Is::NotYetValid,
            Some((from, why, _)) if *from <= day => *why,
            _ if out <= day => Is::Expired,
            _ if self.suspended.iter().any(|(from, until)| *from <= day && until.is_none_or(|u| day < u)) => {
                Is::Suspended
            }
            _ if out - day <= Duration::days(180) => Is::Expiring,
            _ => Is::Valid,
        }
    }
}

/// All certificates by name.
#[derive(Clone, Debug, Default)]
pub struct Register {
    pub held: BTreeMap<String, Held>,
    /// The producer of each product.
    pub producers: BTreeMap<String, String>,
}

/// True where something may take the place of a certificate.
fn lives(is: Is) -> bool {
    matches!(is, Is::Valid | Is::Expiring | Is::Suspended)
}

impl Register {
    /// Puts a new certificate in.
    pub fn enter(&mut self, name: &str, new: Held) -> Result<(), No> {
        let of_product = |held: &&mut Held| held.product == new.product;
        if self.held.values().any(|held| held.product == new.product && held.decided == new.decided) {
            return Err(No::Exists);
        }
        let mut new = new.clone();
        for older in self.held.values_mut().filter(of_product).filter(|held| held.decided < new.decided) {
            if lives(older.on(new.decided)) {
                older.ended = Some((new.decided, Is::Superseded, name.to_owned()));
            }
        }
        let later = self.held.iter().filter(|(_, held)| held.product == new.product && held.decided > new.decided);
        let takes = later.filter(|(_, held)| lives(new.on(held.decided))).min_by_key(|(_, held)| held.decided);
        new.ended = takes.map(|(by, held)| (held.decided, Is::Superseded, by.clone()));
        self.held.insert(name.to_owned(), new);
        Ok(())
    }

    /// Does something with a certificate by a paper of a number and a day.
    pub fn act(&mut self, name: &str, doing: &Doing, (number, day): (&str, Date)) -> Result<(), No> {
        let held = self.held.get_mut(name).expect("it is in the register");
        let may = match (held.on(day), doing) {
            (Is::Valid | Is::Expiring, Doing::Lift) | (Is::Suspended, Doing::Suspend) => false,
            (Is::Valid | Is::Expiring | Is::Suspended, _) => true,
            (Is::Expired, doing) => matches!(doing, Doing::Revoke | Doing::Correct(_)),
            (Is::Superseded, doing) => matches!(doing, Doing::Correct(_)),
            (Is::NotYetValid | Is::Revoked | Is::Surrendered, _) => false,
        };
        if !may {
            return Err(No::Status);
        }
        match doing {
            Doing::Correct(to) if *to == held.display_name => return Err(No::NothingToCorrect),
            Doing::Transfer(to) if *to == *held.holder.as_ref().unwrap_or(&self.producers[&held.product]) => {
                return Err(No::SameHolder);
            }
            _ => {}
        }
        let key = (doing.kind(), number.to_owned());
        if held.acts.contains(&key) {
            return Err(No::NumberTaken);
        }
        held.acts.push(key);
        match doing {
            Doing::Suspend => held.suspended.push((day, None)),
            Doing::Lift => {
                let going = |(from, until): &&mut (Date, Option<Date>)| *from <= day && until.is_none_or(|u| day < u);
                held.suspended.iter_mut().filter(going).for_each(|(_, until)| *until = Some(day));
            }
            Doing::Revoke => held.ended = Some((day, Is::Revoked, String::new())),
            Doing::Surrender => held.ended = Some((day, Is::Surrendered, String::new())),
            Doing::Correct(to) => held.display_name.clone_from(to),
            Doing::Transfer(to) => held.holder = Some(to.clone()),
        }
        Ok(())
    }

    /// True where it is the first recognition of its product.
    pub fn first(&self, name: &str) -> bool {
        let one = &self.held[name];
        self.held.values().filter(|held| held.product == one.product).all(|held| one.decided <= held.decided)
    }
}
