//! Verbs of case work: tasks, safeguards, indicators.

use clap::{Args, builder::BoolishValueParser};

use super::super::values::Moment;
use crate::{
    codes::{TaskKind, parser},
    text_arg::TextValue,
};

/// Add a task
///
/// A return and telling the consulate of origin wait for what must be known first (`safeguard`, `origin-contact`).
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  amana desk asha.vault task 4T7K-2MQX-9 --title 'Call the labour office' --due 2027-01-31\n  amana desk asha.vault task 4T7K-2MQX-9 --title 'Hearing' --due 2027-01-31 --kind interpreter --language ne --sex female"
)]
pub struct TaskArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// What to do
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub title: TextValue,
    /// Until when
    #[arg(long, value_name = "TIME")]
    pub due: Moment,
    /// What it is about
    #[arg(long, value_name = "K", default_value = "general", value_parser = parser::<TaskKind>())]
    pub kind: TaskKind,
    /// Whose it is: exact name, full id or unique prefix of a desk; the team's if left out
    #[arg(long = "for", value_name = "NAME")]
    pub desk: Option<String>,
    /// The interpreter, for `--kind interpreter`.
    #[command(flatten)]
    pub interpreter: InterpreterArgs,
}

/// The interpreter that is needed.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "With --kind interpreter")]
pub struct InterpreterArgs {
    /// Language to interpret (BCP 47)
    #[arg(long, value_name = "L")]
    pub language: Option<String>,
    /// Sex that the person wants the interpreter to be of
    #[arg(long, value_name = "S")]
    pub sex: Option<String>,
    /// When
    #[arg(long, value_name = "TIME")]
    pub at: Option<Moment>,
    /// At which hearing, interview or visit
    #[arg(long, value_name = "T")]
    pub hearing: Option<String>,
    /// Name of who is proposed
    #[arg(long, value_name = "N")]
    pub interpreter: Option<String>,
    /// Telephone of who is proposed
    #[arg(long, value_name = "P", requires = "interpreter")]
    pub interpreter_phone: Option<String>,
    /// For whom the proposed one works
    #[arg(long, value_name = "O", requires = "interpreter")]
    pub interpreter_organisation: Option<String>,
    /// For which state's authorities the proposed one works (ISO 3166-1 alpha-2)
    #[arg(long, value_name = "CC", requires = "interpreter")]
    pub interpreter_state: Option<String>,
}

impl InterpreterArgs {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        let Self { language, sex, at, hearing, interpreter, .. } = self;
        at.is_none() && [language, sex, hearing, interpreter].into_iter().all(Option::is_none)
    }
}

/// Mark a task as done
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault task-done 4T7K-2MQX-9 9c41")]
pub struct TaskDoneArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Task: full id or unique prefix of 4 characters or more
    pub task: String,
    /// Open again
    #[arg(long)]
    pub reopen: bool,
}

/// Say what is known before a return or a notification (yes: supervisor)
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault safeguard 4T7K-2MQX-9 --return-is-safe yes")]
#[group(required = true, multiple = true)]
pub struct SafeguardAnswers {
    /// Screening found no danger of refoulement
    #[arg(long, value_name = "yes|no", value_parser = BoolishValueParser::new())]
    pub return_is_safe: Option<bool>,
    /// A decision says that a return is in the child's best interests
    #[arg(long, value_name = "yes|no", value_parser = BoolishValueParser::new())]
    pub best_interests: Option<bool>,
    /// The person died
    #[arg(long, value_name = "yes|no", value_parser = BoolishValueParser::new())]
    pub deceased: Option<bool>,
}

/// Say what is known before a return or a notification (yes: supervisor)
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault safeguard 4T7K-2MQX-9 --return-is-safe yes")]
pub struct SafeguardArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// What is known.
    #[command(flatten)]
    pub known: SafeguardAnswers,
}

/// Tick ILO indicators of forced labour beyond those that the codes point to; replaces earlier ticks
///
/// Possible, never a verdict. 1 abuse of vulnerability, 2 deception, 3 restriction of movement, 4 isolation,
/// 5 violence, 6 threats, 7 documents kept, 8 wages withheld, 9 debt bondage, 10 abusive conditions, 11 excessive overtime.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault indicators 4T7K-2MQX-9 --tick 3,4,7")]
pub struct IndicatorsArgs {
    /// Case: full id, unique prefix of 4 characters or more, or number
    pub case: String,
    /// Numbers or keys
    #[arg(long, value_name = "N,…", value_delimiter = ',', required_unless_present = "none")]
    pub tick: Vec<String>,
    /// Take all ticks back
    #[arg(long, conflicts_with = "tick")]
    pub none: bool,
}

/// What of the open cases falls due, the earliest first
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  amana desk asha.vault due --until 2027-01-31\n  amana desk asha.vault due --overdue"
)]
pub struct DueArgs {
    /// Until when; the next 24 hours if left out
    #[arg(long, value_name = "TIME", conflicts_with = "overdue")]
    pub until: Option<Moment>,
    /// Only what should have been done already
    #[arg(long)]
    pub overdue: bool,
}
