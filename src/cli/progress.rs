//! Progress bars on standard error, and Ctrl-C as a wish to stop.

use crate::engine::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether Ctrl-C was pressed; a signal handler can reach nothing but a static.
static STOP: AtomicBool = AtomicBool::new(false);

/// A bar on standard error; silent when told so or when standard error is no terminal.
#[derive(Debug)]
pub struct Bar {
    bar: Mutex<ProgressBar>,
    quiet: bool,
}

impl Bar {
    /// A bar; the first one also takes over Ctrl-C, a second Ctrl-C ends the process at once.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        static HANDLER: std::sync::Once = std::sync::Once::new();
        HANDLER.call_once(|| {
            // Without a handler the process simply ends at Ctrl-C: what is acknowledged is stored all the same.
            let _ = ctrlc::set_handler(|| {
                if STOP.swap(true, Ordering::SeqCst) {
                    // The person insists; the store survives a kill at any moment.
                    #[allow(clippy::exit)]
                    std::process::exit(130);
                }
                eprintln!("\nstopping after what is under way (Ctrl-C again ends at once)");
            });
        });
        Self { bar: Mutex::new(ProgressBar::hidden()), quiet }
    }

    /// Whether Ctrl-C was pressed.
    #[must_use]
    pub fn interrupted() -> bool {
        STOP.load(Ordering::SeqCst)
    }

    /// Clears the bar from the terminal.
    pub fn finish(&self) {
        if let Ok(bar) = self.bar.lock() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn begin(&self, stage: &str, total: u64) {
        let Ok(mut bar) = self.bar.lock() else { return };
        bar.finish_and_clear();
        if self.quiet {
            return;
        }
        let fresh = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{msg:24} {bar:32} {pos}/{len}  {elapsed} left {eta}") {
            fresh.set_style(style);
        }
        fresh.set_message(stage.to_owned());
        *bar = fresh;
    }

    fn advance(&self) {
        if let Ok(bar) = self.bar.lock() {
            bar.inc(1);
        }
    }

    fn stop_requested(&self) -> bool {
        Bar::interrupted()
    }
}
