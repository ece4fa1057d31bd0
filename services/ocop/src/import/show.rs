//! What `ocop import` prints: a line for each row and one for the whole, for people or for programs.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use kit::explain;
use proto::registry::v1::{ImportProgress, ImportSummary, ImportedRow};
use serde::Serialize;
use serde_json::{Value, json};
use tonic::Status;

use super::Options;

/// How verdicts are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// One JSON object on each line.
    Json,
}

/// A row as programs read it.
#[derive(Serialize)]
struct Row<'a> {
    row: i32,
    verdict: &'a str,
    reasons: Vec<&'a str>,
    names: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Value>,
}

/// Prints verdicts as they come.
pub struct Show {
    output: Output,
    out: BufWriter<Stdout>,
    shown: usize,
    tells_progress: bool,
}

/// The verdict without its prefix.
fn verdict(row: &ImportedRow) -> &'static str {
    row.verdict().as_str_name().trim_start_matches("IMPORT_VERDICT_")
}

impl Show {
    /// Prints on the standard output.
    #[must_use]
    pub fn new(output: Output) -> Self {
        let tells_progress = io::stderr().is_terminal();
        Self { output, out: BufWriter::new(io::stdout()), shown: 0, tells_progress }
    }

    /// How many rows were shown.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.shown
    }

    /// Shows how far the file has been read, to somebody who watches.
    pub fn progress(&self, progress: ImportProgress) {
        if self.tells_progress {
            eprint!("\r{} / {} dòng (rows)", progress.rows_done, progress.rows);
            if progress.rows_done >= progress.rows {
                eprintln!();
            }
        }
    }

    /// Shows the verdict on a row.
    ///
    /// # Errors
    /// Nobody reads.
    pub fn row(&mut self, row: ImportedRow) -> io::Result<()> {
        self.shown += 1;
        if self.output == Output::Json {
            let detail = |reason: &proto::registry::v1::ImportReason| json!({"reason": reason.reason, "column": reason.column, "vi": reason.message_vi, "en": reason.message_en});
            let shown = Row {
                row: row.row,
                verdict: verdict(&row),
                reasons: row.reasons.iter().map(|reason| reason.reason.as_str()).collect(),
                names: &row.names,
                details: row.reasons.iter().map(detail).collect(),
            };
            return writeln!(self.out, "{}", serde_json::to_string(&shown)?);
        }
        write!(self.out, "dòng {:>6}  {:<9}", row.row, verdict(&row))?;
        for reason in &row.reasons {
            let column = if reason.column.is_empty() { String::new() } else { format!("{}: ", reason.column) };
            write!(self.out, "  {column}{} ({}) [{}]", reason.message_vi, reason.message_en, reason.reason)?;
        }
        writeln!(self.out, "  {}", row.names.join(" "))
    }

    /// Shows what became of the file.
    ///
    /// # Errors
    /// Nobody reads.
    pub fn summary(&mut self, summary: &ImportSummary, options: Options) -> io::Result<()> {
        let ImportSummary { rows, created, matched, ambiguous, rejected, written, refused } = *summary;
        if self.output == Output::Json {
            let told = json!({
                "rows": rows, "created": created, "matched": matched, "ambiguous": ambiguous, "rejected": rejected,
                "written": written, "refused": refused, "dryRun": options.dry_run, "partial": options.partial,
            });
            writeln!(self.out, "{}", json!({ "summary": told }))?;
            return self.out.flush();
        }
        writeln!(
            self.out,
            "\n{rows} dòng (rows): {created} mới (CREATED), {matched} đã có (MATCHED), {ambiguous} chưa rõ (AMBIGUOUS), \
             {rejected} bị loại (REJECTED); đã ghi {written} (written)"
        )?;
        if options.dry_run {
            writeln!(self.out, "Chạy thử, không ghi gì (dry run, nothing is stored).")?;
        }
        if refused {
            writeln!(
                self.out,
                "Tệp bị từ chối vì có dòng chưa rõ hoặc bị loại: hãy sửa các dòng đó, hoặc dùng --partial để ghi những dòng hợp lệ.\n\
                 Refused for its AMBIGUOUS and REJECTED rows: correct them, or keep the others with --partial."
            )?;
        }
        self.out.flush()
    }

    /// Shows that nothing came of the file; why stands on the standard error.
    ///
    /// # Errors
    /// Nobody reads.
    pub fn refusal(&mut self, status: &Status) -> io::Result<()> {
        if self.output == Output::Json {
            let told = json!({ "written": 0, "refused": true, "error": explain::refusal(status) });
            writeln!(self.out, "{}", json!({ "summary": told }))?;
        }
        self.out.flush()
    }
}
