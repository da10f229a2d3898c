//! Progress on standard error, with an estimate of the time left, and Ctrl-C as a wish to stop.

use crate::engine::progress::Progress;
use crate::language::Language;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Whether Ctrl-C was pressed; a signal handler can reach nothing but a static.
static STOP: AtomicBool = AtomicBool::new(false);

/// Time between two lines where standard error is a file or a pipe: an hour of work makes sixty.
const LINE_EVERY: Duration = Duration::from_secs(60);

/// A bar on standard error, and where that is no terminal a line a minute; silent when told so.
#[derive(Debug)]
pub struct Bar {
    stage: Mutex<Stage>,
    quiet: bool,
    language: Language,
}

/// How far the present stage is.
#[derive(Debug)]
struct Stage {
    bar: ProgressBar,
    name: String,
    done: u64,
    total: u64,
    began: Instant,
    /// When the last line was written.
    told: Instant,
}

impl Bar {
    /// A bar; the first one also takes over Ctrl-C, a second Ctrl-C ends the process at once.
    #[must_use]
    pub fn new(quiet: bool, language: Language) -> Self {
        static HANDLER: std::sync::Once = std::sync::Once::new();
        HANDLER.call_once(|| {
            // Without a handler the process simply ends at Ctrl-C: what is acknowledged is stored all the same.
            let _ = ctrlc::set_handler(move || {
                if STOP.swap(true, Ordering::SeqCst) {
                    // The person insists; the store survives a kill at any moment.
                    #[allow(clippy::exit)]
                    std::process::exit(130);
                }
                let words = language.pick(
                    "stopping after what is under way (Ctrl-C again ends at once)",
                    "se detiene tras lo que está en curso (Ctrl-C otra vez termina en el acto)",
                );
                eprintln!("\n{words}");
            });
        });
        let now = Instant::now();
        let stage = Stage { bar: ProgressBar::hidden(), name: String::new(), done: 0, total: 0, began: now, told: now };
        Self { stage: Mutex::new(stage), quiet, language }
    }

    /// Whether Ctrl-C was pressed.
    #[must_use]
    pub fn interrupted() -> bool {
        STOP.load(Ordering::SeqCst)
    }

    /// Clears the bar from the terminal.
    pub fn finish(&self) {
        if let Ok(stage) = self.stage.lock() {
            stage.bar.finish_and_clear();
        }
    }

    /// The time left in words.
    fn left_words(&self, stage: &Stage) -> String {
        match left(stage.began.elapsed(), stage.done, stage.total) {
            Some(left) => {
                let left = duration_words(left);
                self.language.pick(format!("about {left} left"), format!("faltan unos {left}"))
            }
            None => String::new(),
        }
    }
}

impl Progress for Bar {
    fn begin(&self, stage: &str, total: u64) {
        let Ok(mut present) = self.stage.lock() else { return };
        present.bar.finish_and_clear();
        let now = Instant::now();
        let mut bar = ProgressBar::hidden();
        if !self.quiet {
            bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{prefix:24} {bar:32} {pos}/{len}  {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(stage.to_owned());
        }
        *present = Stage { bar, name: stage.to_owned(), done: 0, total, began: now, told: now };
    }

    fn advance(&self) {
        self.advance_by(1);
    }

    fn advance_by(&self, steps: u64) {
        let Ok(mut stage) = self.stage.lock() else { return };
        stage.done += steps;
        if self.quiet {
            return;
        }
        if !stage.bar.is_hidden() {
            // The estimate is of all the work so far: steps that come in bursts, such as the blocks of a batch, do not make it jump.
            stage.bar.set_message(self.left_words(&stage));
            stage.bar.inc(steps);
        } else if !std::io::stderr().is_terminal() && stage.told.elapsed() >= LINE_EVERY {
            stage.told = Instant::now();
            let (name, done, total, left) = (&stage.name, stage.done, stage.total, self.left_words(&stage));
            eprintln!("{name} {done}/{total}  {}  {left}", duration_words(stage.began.elapsed()));
        }
    }

    fn stop_requested(&self) -> bool {
        Bar::interrupted()
    }
}

/// The time left at the rate so far; none before the first step.
fn left(elapsed: Duration, done: u64, total: u64) -> Option<Duration> {
    (done > 0).then(|| elapsed.mul_f64(total.saturating_sub(done) as f64 / done as f64))
}

/// A time as people say it: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
#[must_use]
pub fn duration_words(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{s} s"),
        60..3_600 => format!("{} min {} s", s / 60, s % 60),
        3_600..86_400 => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
        _ => format!("{} d {} h", s / 86_400, s % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_the_rate_of_all_steps_so_far() {
        let minute = Duration::from_secs(60);
        assert_eq!(left(minute, 0, 100), None);
        assert_eq!(left(minute, 25, 100), Some(3 * minute));
        assert_eq!(left(minute, 100, 100), Some(Duration::ZERO));
        assert_eq!(left(minute, 101, 100), Some(Duration::ZERO), "more steps than announced");
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let words = |seconds: f64| duration_words(Duration::from_secs_f64(seconds));
        assert_eq!(
            [0.04, 9.96, 59.9, 200.0, 7_530.0, 273_600.0].map(words),
            ["0.0 s", "10.0 s", "59 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"]
        );
    }
}
