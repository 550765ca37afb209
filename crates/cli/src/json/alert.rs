//! Answers about emergencies, notices, ladders and shifts.

use serde::Serialize;

use crate::{
    codes::{EmergencyState, Named, NoticeAnswer},
    human,
    lang::Lang,
    output::View,
};

/// `sos`.
#[derive(Clone, Debug, Serialize)]
pub struct SosView {
    /// The case's id.
    pub case: String,
    /// Its number, made to be spoken.
    pub number: String,
    /// The text of one SMS, if asked for.
    pub sms: Option<String>,
}

impl View for SosView {
    fn render(&self, lang: Lang) -> String {
        let mut text = lang.fill("human.sos_raised", &[("number", &self.number)]) + "\n";
        if let Some(sms) = &self.sms {
            text += &(lang.text("human.sos_sms") + "\n" + sms + "\n");
        }
        text
    }
}

/// `arm`, `check-in` and `disarm`.
#[derive(Clone, Debug, Serialize)]
pub struct ArmedView {
    /// Id of the armed SOS.
    pub armed: String,
    /// When it goes out unless there is a check-in; `null` once disarmed.
    pub deadline: Option<String>,
}

impl View for ArmedView {
    fn render(&self, lang: Lang) -> String {
        match &self.deadline {
            Some(deadline) => lang.fill("human.armed", &[("time", &human::time(deadline))]) + "\n",
            None => lang.text("human.disarmed") + "\n",
        }
    }
}

/// A place.
#[derive(Clone, Debug, Serialize)]
pub struct PlaceView {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Radius of its error, metres.
    pub accuracy_m: u32,
    /// Its age when sent, seconds.
    pub age_s: u32,
}

/// One alert of `alerts` (an array).
#[derive(Clone, Debug, Serialize)]
pub struct AlertView {
    /// The alert's id.
    pub alert: String,
    /// Its case, once known.
    pub case: Option<String>,
    /// The case's number.
    pub number: Option<String>,
    /// Where it is in its life.
    pub state: EmergencyState,
    /// 0–4.
    pub priority: u8,
    /// Situation codes.
    pub situations: Vec<String>,
    /// When the relay took it.
    pub at: String,
    /// The newest place.
    pub place: Option<PlaceView>,
    /// The note.
    pub note: Option<String>,
    /// People in danger.
    pub people: Option<u32>,
    /// Nobody may see an answer.
    pub silent: bool,
    /// A drill.
    pub drill: bool,
    /// Whether the sender's key was known before.
    pub verified: bool,
    /// Who acknowledged it, by name.
    pub acknowledged_by: Option<String>,
}

impl View for AlertView {
    fn render(&self, lang: Lang) -> String {
        alerts(lang, std::slice::from_ref(self))
    }
}

impl View for [AlertView] {
    fn render(&self, lang: Lang) -> String {
        if self.is_empty() { lang.text("human.no_alerts") + "\n" } else { alerts(lang, self) }
    }
}

fn alerts(lang: Lang, alerts: &[AlertView]) -> String {
    let rows: Vec<Vec<String>> = alerts
        .iter()
        .map(|alert| {
            vec![
                human::short(&alert.alert),
                human::clean(alert.number.as_deref().unwrap_or("—")),
                format!("P{}", alert.priority),
                lang.text(&alert.state.key()),
                human::time(&alert.at),
                human::codes(lang, "situation", &alert.situations),
            ]
        })
        .collect();
    let heads =
        ["label.alert", "label.number", "label.priority", "label.status", "label.at", "label.situations"];
    human::table(lang, &heads, &rows)
}

/// One rung of a ladder.
#[derive(Clone, Debug, Serialize)]
pub struct RungView {
    /// The desk's name.
    pub who: String,
    /// Seconds after the alert began.
    pub after_s: u64,
}

/// `ladder`.
#[derive(Clone, Debug, Serialize)]
pub struct LadderView {
    /// The rungs, in order.
    pub rungs: Vec<RungView>,
}

impl View for LadderView {
    fn render(&self, lang: Lang) -> String {
        let rows: Vec<Vec<String>> =
            self.rungs.iter().map(|rung| vec![human::clean(&rung.who), human::span(rung.after_s)]).collect();
        human::table(lang, &["label.name", "label.after"], &rows)
    }
}

/// One shift of `shifts` (an array).
#[derive(Clone, Debug, Serialize)]
pub struct ShiftView {
    /// The shift's id.
    pub shift: String,
    /// The desk's name.
    pub who: String,
    /// Start.
    pub from: String,
    /// End.
    pub until: String,
}

impl View for [ShiftView] {
    fn render(&self, lang: Lang) -> String {
        let rows: Vec<Vec<String>> = self
            .iter()
            .map(|shift| {
                let times = [human::time(&shift.from), human::time(&shift.until)];
                vec![human::short(&shift.shift), human::clean(&shift.who), times[0].clone(), times[1].clone()]
            })
            .collect();
        human::table(lang, &["label.shift", "label.name", "label.from", "label.until"], &rows)
    }
}

/// `notice`, `cap import` and `cap export`.
#[derive(Clone, Debug, Serialize)]
pub struct NoticePublished {
    /// The notice's id.
    pub notice: String,
}

impl View for NoticePublished {
    fn render(&self, lang: Lang) -> String {
        human::fields(lang, &[("label.notice", &self.notice)])
    }
}

/// One notice of `notices` (an array).
#[derive(Clone, Debug, Serialize)]
pub struct NoticeView {
    /// The notice's id.
    pub notice: String,
    /// Who published it.
    pub organisation: String,
    /// Its text.
    pub text: String,
    /// Its language.
    pub language: String,
    /// Until when it holds.
    pub until: String,
    /// This phone's answer.
    pub answer: Option<NoticeAnswer>,
}

impl View for [NoticeView] {
    fn render(&self, lang: Lang) -> String {
        if self.is_empty() {
            return lang.text("human.no_notices") + "\n";
        }
        let mut text = String::new();
        for notice in self {
            text += &human::fields(
                lang,
                &[
                    ("label.notice", &human::short(&notice.notice)),
                    ("label.organisation", &notice.organisation),
                    ("label.until", &human::time(&notice.until)),
                    (
                        "label.answer",
                        &notice.answer.map(|answer| lang.text(&answer.key())).unwrap_or_default(),
                    ),
                ],
            );
            text += &human::block(&notice.text);
        }
        text
    }
}
