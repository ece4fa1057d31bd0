//! Yearly returns between the wire and the domain.

use kit::{Error, Page, Result, Scope, Violations, day, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::google::r#type::Date as PbDate;
use proto::registry::v1 as pb;
use reference::wire::title;
use time::Date;
use uuid::Uuid;

use super::domain::{Figures, Line, ReturnState, ReturnStep};
use super::store::{OutputSum, Return, UnitSum};
use crate::shared::records::Filter;
use crate::shared::states::Forbidden;
use crate::shared::wire::{forbids, of_producers, opt_title, within};

pub(super) struct NewReturn {
    pub(super) producer: Uuid,
    pub(super) year: i32,
    pub(super) figures: Figures,
    pub(super) sample: bool,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) fields: Vec<&'static str>,
    pub(super) figures: Figures,
}

/// A step with its own day; `text` is the reason.
pub(super) struct Act {
    pub(super) id: Uuid,
    pub(super) step: ReturnStep,
    pub(super) on: Date,
    pub(super) text: String,
    pub(super) etag: String,
}

fn line(v: &mut Violations, at: usize, sent: &pb::ReturnLine) -> Option<Line> {
    let display_name = title(v, &format!("yearly_return.lines[{at}].display_name"), &sent.display_name);
    let product = v.opt_name(&format!("yearly_return.lines[{at}].product"), &sent.product, "products");
    let (measure, quantity_milli) = (sent.measure, sent.quantity_milli);
    Some(Line { display_name: display_name?, product: product?, measure, quantity_milli })
}

fn figures(v: &mut Violations, sent: &pb::YearlyReturn) -> Option<Figures> {
    let lines: Vec<Option<Line>> = sent.lines.iter().enumerate().map(|(at, l)| line(v, at, l)).collect();
    let note = opt_title(v, "yearly_return.note", &sent.note);
    Some(Figures {
        turnover_vnd: sent.turnover_vnd,
        export_percent: sent.export_percent,
        workers: sent.workers,
        women: sent.women,
        minorities: sent.minorities,
        locals: sent.locals,
        lines: lines.into_iter().collect::<Option<_>>()?,
        note: note?,
    })
}

fn labour(v: &mut Violations, figures: &Figures) {
    for part in figures.beyond_workers() {
        let field = format!("yearly_return.{part}");
        v.add(field, Common::FieldRange, &[("expected", &format!("<= {}", figures.workers))]);
    }
}

pub(super) fn create(req: &pb::CreateYearlyReturnRequest, v: &mut Violations) -> Option<NewReturn> {
    let new = req.yearly_return.as_ref()?;
    let producer = v.name("yearly_return.producer", &new.producer, "producers");
    let most = v.today().year();
    if new.year > most && !v.has("yearly_return.year") {
        v.add("yearly_return.year", Common::FieldRange, &[("expected", &format!("<= {most}"))]);
    }
    let figures = figures(v, new);
    if let Some(figures) = &figures {
        labour(v, figures);
    }
    Some(NewReturn { producer: producer?, year: new.year, figures: figures?, sample: new.sample })
}

pub(super) fn update(req: &pb::UpdateYearlyReturnRequest, v: &mut Violations) -> Option<Update> {
    let new = req.yearly_return.as_ref()?;
    let id = v.name("yearly_return.name", &new.name, "yearlyReturns");
    let set = [
        ("turnover_vnd", new.turnover_vnd != 0),
        ("export_percent", new.export_percent != 0),
        ("workers", new.workers != 0),
        ("women", new.women != 0),
        ("minorities", new.minorities != 0),
        ("locals", new.locals != 0),
        ("lines", !new.lines.is_empty()),
        ("note", !new.note.is_empty()),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set);
    let figures = figures(v, new);
    Some(Update { id: id?, etag: new.etag.clone(), fields: fields?, figures: figures? })
}

/// The figures after a change of some of them.
///
/// # Errors
/// The parts of the labour that are more than the whole then.
pub(super) fn changed(old: Figures, want: &Update) -> Result<Figures> {
    let mut now = old;
    let new = want.figures.clone();
    for field in &want.fields {
        match *field {
            "turnover_vnd" => now.turnover_vnd = new.turnover_vnd,
            "export_percent" => now.export_percent = new.export_percent,
            "workers" => now.workers = new.workers,
            "women" => now.women = new.women,
            "minorities" => now.minorities = new.minorities,
            "locals" => now.locals = new.locals,
            "lines" => now.lines.clone_from(&new.lines),
            _ => now.note.clone_from(&new.note),
        }
    }
    let mut v = Violations::default();
    labour(&mut v, &now);
    if v.is_empty() { Ok(now) } else { Err(Error::invalid(v)) }
}

/// The field with the day of a step.
pub(super) fn day_of(step: ReturnStep) -> &'static str {
    match step {
        ReturnStep::Accept => "accept_date",
        ReturnStep::Return => "return_date",
        _ => "submit_date",
    }
}

fn act(v: &mut Violations, step: ReturnStep, name: &str, on: Option<&PbDate>, etag: &str) -> Option<Act> {
    let id = v.name("name", name, "yearlyReturns");
    let on = v.act_date(day_of(step), on);
    Some(Act { id: id?, step, on: on?, text: String::new(), etag: etag.to_owned() })
}

pub(super) fn submit(req: &pb::SubmitYearlyReturnRequest, v: &mut Violations) -> Option<Act> {
    act(v, ReturnStep::Submit, &req.name, req.submit_date.as_ref(), &req.etag)
}

pub(super) fn accept(req: &pb::AcceptYearlyReturnRequest, v: &mut Violations) -> Option<Act> {
    act(v, ReturnStep::Accept, &req.name, req.accept_date.as_ref(), &req.etag)
}

pub(super) fn give_back(req: &pb::ReturnYearlyReturnRequest, v: &mut Violations) -> Option<Act> {
    let reason = title(v, "reason", &req.reason);
    let act = act(v, ReturnStep::Return, &req.name, req.return_date.as_ref(), &req.etag)?;
    Some(Act { text: reason?, ..act })
}

pub(super) fn correct(req: &pb::CorrectYearlyReturnRequest, v: &mut Violations) -> Option<(Uuid, String)> {
    Some((v.name("name", &req.name, "yearlyReturns")?, req.etag.clone()))
}

pub(crate) fn list(req: &pb::ListYearlyReturnsRequest, v: &mut Violations) -> Option<(Filter, (i32, i32), Page)> {
    let more = format!("{} {}", req.year, req.state);
    let (filter, page) = of_producers(v, (&req.unit, &req.producer), (req.page_size, &req.page_token), &more)?;
    Some((filter, (req.year, req.state), page))
}

pub(super) fn get_totals(req: &pb::GetReturnTotalsRequest, v: &mut Violations) -> Option<(Scope, i32)> {
    Some((within(v, &req.unit, None)?, req.year))
}

pub(super) fn refused(id: Uuid, f: &Forbidden<ReturnState, ReturnStep>) -> Error {
    let allowed: Vec<&str> = f.allowed.iter().map(|step| step.word()).collect();
    forbids(&name::of("yearlyReturns", id), f.state.word(), f.step.word(), &allowed)
}

pub(crate) fn shown(r: &Return) -> Result<pb::YearlyReturn> {
    let line = |l: Line| pb::ReturnLine {
        display_name: l.display_name,
        product: l.product.map(|id| name::of("products", id)).unwrap_or_default(),
        measure: l.measure,
        quantity_milli: l.quantity_milli,
    };
    let figures = r.figures()?;
    Ok(pb::YearlyReturn {
        name: name::of("yearlyReturns", r.id),
        producer: name::of("producers", r.producer_id),
        unit: r.unit.clone(),
        year: r.year,
        revision: r.revision,
        state: r.state,
        turnover_vnd: r.turnover_vnd,
        export_percent: r.export_percent,
        workers: r.workers,
        women: r.women,
        minorities: r.minorities,
        locals: r.locals,
        lines: figures.lines.into_iter().map(line).collect(),
        note: r.note.clone(),
        submit_date: r.submit_date.map(day::pb),
        decide_date: r.decide_date.map(day::pb),
        reason: r.reason.clone(),
        sample: r.sample,
        etag: etag(r.version),
        create_time: Some(instant::pb(r.create_us)),
        update_time: Some(instant::pb(r.update_us)),
    })
}

pub(super) fn totals(year: i32, units: Vec<UnitSum>, outputs: Vec<OutputSum>) -> pb::ReturnTotals {
    let mut found: Vec<pb::UnitReturnTotal> = Vec::new();
    for sum in units {
        let more = pb::UnitReturnTotal {
            unit: sum.unit,
            returns: sum.returns,
            turnover_vnd: sum.turnover_vnd,
            workers: sum.workers,
            women: sum.women,
            minorities: sum.minorities,
            locals: sum.locals,
            sample: sum.sample,
        };
        match found.last_mut().filter(|last| last.unit == more.unit) {
            None => found.push(more),
            // Samples of a commune come as a row of their own, behind the others.
            Some(last) => {
                last.returns += more.returns;
                last.turnover_vnd += more.turnover_vnd;
                last.workers += more.workers;
                last.women += more.women;
                last.minorities += more.minorities;
                last.locals += more.locals;
                last.sample |= more.sample;
            }
        }
    }
    let output = |o: OutputSum| pb::OutputTotal { measure: o.measure, quantity_milli: o.quantity_milli };
    pb::ReturnTotals {
        year,
        returns: found.iter().map(|u| u.returns).sum(),
        turnover_vnd: found.iter().map(|u| u.turnover_vnd).sum(),
        sample: found.iter().any(|u| u.sample),
        units: found,
        outputs: outputs.into_iter().map(output).collect(),
    }
}

pub(super) fn recorded(r: &Return) -> pb::YearlyReturnRecorded {
    let state = pb::ReturnState::try_from(r.state).unwrap_or_default();
    pb::YearlyReturnRecorded {
        yearly_return: name::of("yearlyReturns", r.id),
        producer: name::of("producers", r.producer_id),
        year: r.year,
        revision: r.revision,
        state: state.as_str_name().to_owned(),
        turnover_vnd: r.turnover_vnd,
        workers: r.workers,
    }
}
