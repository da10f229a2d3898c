//! Gate of speed: every hot kernel against a slow twin in the same run, so that the machine's pace cancels out.
//!
//! A lead is how many times faster than its twin a kernel is. `fixtures/gates/ratios.json` keeps the leads that were measured; the program fails
//! when a kernel has lost more than a third of its own, on machines with the instructions with which it was measured. Kernel and twin take turns, the least time of either counts in a round, and the
//! median of the rounds is the lead; what `--record` writes is the lower quartile. `--test` compares the answers once and times nothing to speak of.
//! The twin's answer is asserted to be the kernel's before anything is timed. All on one thread.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod search;
mod signal;
mod signature;

use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Where the recorded leads stand.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/gates/ratios.json");
/// Rounds of a measurement.
const ROUNDS: usize = 9;
/// Kernel and twin together take about this long in a round.
const ROUND: Duration = Duration::from_millis(120);
/// A kernel has to keep this share of its recorded lead.
const KEEP: f64 = 2.0 / 3.0;

/// A lead as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Recorded {
    name: String,
    lead: f64,
    /// Widest instructions of the machine: kernels use them and twins do not, so leads hold among machines that have the same.
    instructions: String,
    measured: String,
}

/// A kernel and its twin, ready to run; what they return is thrown away.
struct Race<'a> {
    name: &'static str,
    kernel: Box<dyn FnMut() + 'a>,
    twin: Box<dyn FnMut() + 'a>,
}

impl<'a> Race<'a> {
    fn new<A, B>(name: &'static str, mut kernel: impl FnMut() -> A + 'a, mut twin: impl FnMut() -> B + 'a) -> Self {
        let kernel = Box::new(move || _ = black_box(kernel()));
        Self { name, kernel, twin: Box::new(move || _ = black_box(twin())) }
    }

    /// Leads of so many rounds, ascending.
    fn run(&mut self, rounds: usize) -> Vec<f64> {
        let once = |work: &mut dyn FnMut()| {
            let start = Instant::now();
            work();
            start.elapsed().max(Duration::from_nanos(1))
        };
        let mut leads: Vec<f64> = (0..rounds)
            .map(|_| {
                let start = Instant::now();
                let (mut fast, mut slow) = (Duration::MAX, Duration::MAX);
                while fast == Duration::MAX || (rounds > 1 && start.elapsed() < ROUND) {
                    slow = slow.min(once(&mut self.twin));
                    // The kernel takes less, so it gets as many tries as fit.
                    for _ in 0..4 {
                        fast = fast.min(once(&mut self.kernel));
                    }
                }
                slow.as_secs_f64() / fast.as_secs_f64()
            })
            .collect();
        leads.sort_by(f64::total_cmp);
        leads
    }
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split(':').nth(1));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |name| name.trim().to_owned())
}

fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512vpopcntdq") && is_x86_feature_detected!("avx512bw") {
            return "AVX-512 with VPOPCNTDQ";
        }
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
            return "AVX-512";
        }
        if is_x86_feature_detected!("avx2") {
            return "AVX2";
        }
    }
    std::env::consts::ARCH
}

fn main() -> ExitCode {
    let asked = |flag: &str| std::env::args().any(|a| a == flag);
    let (test, record) = (asked("--test"), asked("--record"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one");
    pool.install(|| gate(test, record))
}

fn gate(test: bool, record: bool) -> ExitCode {
    let (search, signal, signature) = (search::Data::new(), signal::Data::new(), signature::Data::new());
    let mut races = search.races();
    races.extend(signal.races());
    races.extend(signature.races());
    let all: Vec<Recorded> = match std::fs::read_to_string(FILE) {
        Ok(text) => serde_json::from_str(&text).expect("fixtures/gates/ratios.json: expected a list of leads"),
        Err(_) => Vec::new(),
    };
    let (recorded, others): (Vec<Recorded>, Vec<Recorded>) =
        all.into_iter().partition(|lead| lead.instructions == instructions());
    let unknown = recorded.is_empty();
    let (mut fresh, mut failed) = (others, Vec::new());
    for race in &mut races {
        let leads = race.run(if test { 1 } else { ROUNDS });
        let (quartile, median) = (leads[leads.len() / 4], leads[leads.len() / 2]);
        let before = recorded.iter().find(|r| r.name == race.name);
        let least = before.map_or(f64::NAN, |r| KEEP * r.lead);
        println!("{:<44} {median:8.2} times its twin (quartile {quartile:.2}, at least {least:.2})", race.name);
        if before.is_none() {
            failed.push(format!("{}: expected a recorded lead in fixtures/gates/ratios.json, got none", race.name));
        } else if median < least {
            failed.push(format!("{}: expected {least:.2} times its twin, got {median:.2}", race.name));
        }
        let lead = (quartile * 100.0).round() / 100.0;
        let (instructions, measured) = (instructions().to_owned(), machine());
        fresh.push(Recorded { name: race.name.to_owned(), lead, instructions, measured });
    }
    for gone in recorded.iter().filter(|r| races.iter().all(|race| race.name != r.name)) {
        failed.push(format!("{}: expected a kernel of this name, got none", gone.name));
    }
    if record {
        let text = serde_json::to_string_pretty(&fresh).expect("numbers and names");
        std::fs::write(FILE, text + "\n").expect("fixtures/gates can be written");
        return ExitCode::SUCCESS;
    }
    if test {
        return ExitCode::SUCCESS;
    }
    if unknown {
        println!(
            "no leads are recorded for machines with {}: nothing was judged (--record keeps these)",
            instructions()
        );
        return ExitCode::SUCCESS;
    }
    failed.iter().for_each(|line| eprintln!("{line}"));
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
