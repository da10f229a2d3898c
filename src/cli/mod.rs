//! The command line: reads and writes files, shows results to people, maps failures to exit codes.

mod all_marks;
pub mod analyse;
pub mod arguments;
pub mod audit;
pub mod audit_funnel;
pub mod backup;
mod batch;
pub mod bundle;
pub mod calibrate;
mod city_truth;
pub mod compare;
pub mod control;
pub mod correlate;
pub mod cuts;
pub mod demo;
pub mod evaluate;
pub mod export;
pub mod expunge;
pub mod failure;
pub mod grow;
pub mod lead;
pub mod linkage;
pub mod outline;
pub mod present;
pub mod progress;
pub mod report;
pub mod resign;
pub mod serve;
pub mod simulate;
pub mod status;
pub mod submit;
pub mod trace;
pub mod treatment;
pub mod what_if;

use crate::casework::Person;
use crate::compare::Model;
use crate::engine::Context;
use crate::engine::by_pin::{Searched, has_pins};
use crate::engine::gallery::Gallery;
use crate::engine::parameters::Parameters;
use crate::engine::ports::{CacheFiles, Clock as _, Store};
use crate::mark::Modality;
use crate::report::gather::lead::Sources;
use crate::store::{SqliteStore, SystemClock};
use crate::surface::{Checksums, DecodeOptions};
use arguments::{Cli, Command, ReadArgs};
use failure::{Failure, read_file};
use present::Output;
use progress::Bar;
use std::path::PathBuf;

/// What every command works with.
pub struct Desk {
    /// Where output goes.
    pub output: Output,
    /// The folder of the gallery, where one was named.
    pub gallery: Option<PathBuf>,
    /// Name of the person who works.
    pub actor: String,
    /// What that person is entrusted with.
    pub role: crate::casework::Role,
    /// The computer's clock.
    pub clock: SystemClock,
    /// Progress on standard error.
    pub bar: Bar,
    /// Parameters of this run.
    pub parameters: Parameters,
    /// Whether the person named a model; what the program would choose then gives way.
    pub own_model: bool,
}

impl Desk {
    /// The gallery's store; `create` makes a new one where there is none.
    ///
    /// # Errors
    /// Those of the store; [`Failure::Usage`] when no gallery was named.
    pub fn store(&self, create: bool) -> Result<SqliteStore, Failure> {
        let Some(folder) = &self.gallery else {
            return Err(Failure::Usage {
                what: "--gallery".to_owned(),
                expected: "a folder (or the environment variable BRASSLINK_GALLERY)".to_owned(),
                got: "nothing".to_owned(),
            });
        };
        Ok(if create { SqliteStore::open_or_create(folder)? } else { SqliteStore::open(folder)? })
    }

    /// The gallery ready to be searched; its shelves are kept beside it, and damaged ones are named.
    ///
    /// # Errors
    /// Those of store and index.
    pub fn open_gallery(&self, store: &SqliteStore) -> Result<Gallery, Failure> {
        self.opened(store, &self.parameters)
    }

    /// The firing pins ready to be searched as well; none where photographs are searched, and where there are none to begin with: of this exhibit, specimen or
    /// incident, or at all.
    ///
    /// # Errors
    /// As [`Desk::open_gallery`].
    pub fn open_pins(&self, store: &SqliteStore, name: Option<&str>) -> Result<Option<Searched>, Failure> {
        if self.parameters.prepare.modality() != Modality::Heights {
            return Ok(None);
        }
        let parameters = self.parameters.firing_pins()?;
        if !has_pins(store, &parameters, name)? {
            return Ok(None);
        }
        let gallery = self.opened(store, &parameters)?;
        if gallery.unsigned > 0 {
            let unsigned = gallery.unsigned;
            eprintln!(
                "{}",
                self.output.language.pick(
                    format!("{unsigned} firing pins have no signature of this version and begin no search; run brasslink resign"),
                    format!("{unsigned} percutores no tienen firma de esta versión y no inician ninguna búsqueda; ejecute brasslink resign"),
                )
            );
        }
        Ok(Some(Searched { parameters, gallery }))
    }

    fn opened(&self, store: &SqliteStore, parameters: &Parameters) -> Result<Gallery, Failure> {
        let caches = store.caches();
        let caches = caches.as_ref().map(|caches| caches as &dyn CacheFiles);
        let gallery = Gallery::open(store, parameters, caches)?;
        for damaged in &gallery.damaged {
            let (what, done) = self.output.language.pick(
                ("damaged shelf", "made anew from the store"),
                ("estante dañado", "rehecho a partir de la base de datos"),
            );
            eprintln!("{what} {damaged}; {done}");
        }
        Ok(gallery)
    }

    /// What long use cases work with.
    #[must_use]
    pub fn context<'a>(&'a self, store: &'a SqliteStore) -> Context<'a> {
        Context { store, clock: &self.clock, actor: &self.actor, parameters: &self.parameters, progress: &self.bar }
    }

    /// The reference population of the model, in the language of output.
    #[must_use]
    pub fn population(&self) -> &str {
        let population = &self.parameters.model.population;
        self.output.pick(&population.english, &population.spanish)
    }

    /// What reports are gathered from.
    pub fn sources<'a>(&'a self, store: &'a dyn Store) -> Sources<'a> {
        Sources {
            store,
            parameters: &self.parameters,
            now: self.clock.now(),
            gallery: self.gallery.as_ref().map(|g| g.display().to_string()).unwrap_or_default(),
            language: self.output.language,
        }
    }

    /// The person who works.
    ///
    /// # Errors
    /// A blank name.
    pub fn person(&self) -> Result<Person, Failure> {
        Ok(Person::new(&self.actor, self.role)?)
    }
}

/// How files are decoded.
#[must_use]
pub fn decode_options(read: &ReadArgs) -> DecodeOptions {
    DecodeOptions {
        unit: read.unit,
        pitch_um: read.pitch_um,
        checksums: if read.ignore_md5 { Checksums::Noted } else { Checksums::Required },
        ..DecodeOptions::default()
    }
}

/// Largest file of a model, bytes.
const MOST_MODEL_BYTES: u64 = 1 << 22;

fn desk_of(cli: &Cli) -> Result<Desk, Failure> {
    let mut parameters = Parameters::built_in()?;
    if cli.photographs {
        parameters = parameters.photographs()?;
    }
    if let Some(path) = &cli.model {
        let text = String::from_utf8_lossy(&read_file(path, MOST_MODEL_BYTES)?).into_owned();
        parameters.model = Model::from_json(&text).map_err(|e| Failure::Usage {
            what: path.display().to_string(),
            expected: "a model written by `calibrate --truth`".to_owned(),
            got: e.to_string(),
        })?;
        if parameters.model.parameters_hash != parameters.compare.hash() {
            return Err(Failure::Usage {
                what: path.display().to_string(),
                expected: format!("a model of comparisons with parameters {}", parameters.compare.hash()),
                got: parameters.model.parameters_hash,
            });
        }
    }
    Ok(Desk {
        output: Output { json: cli.json, language: cli.lang },
        gallery: cli.gallery.clone(),
        actor: cli.actor.clone(),
        role: cli.role,
        clock: SystemClock,
        bar: Bar::new(cli.quiet, cli.lang),
        parameters,
        own_model: cli.model.is_some(),
    })
}

fn dispatch(desk: Desk, command: Command) -> Result<(), Failure> {
    match command {
        Command::Submit(args) => submit::run(&desk, &args),
        Command::Correlate(args) => correlate::run(&correlate::at_its_desk(desk, &args)?, &args),
        Command::Compare(args) => compare::run(&desk, &args),
        Command::Control { command } => control::run(&desk, &command),
        Command::Outline { command } => outline::run(&desk, &command),
        Command::Status => status::run(&desk),
        Command::Lead { command } => lead::run(&desk, command),
        Command::Trace { command } => trace::run(&desk, command),
        Command::Report(args) => report::run(&desk, &args),
        Command::Export(args) => export::run(&desk, &args),
        Command::Bundle { command } => bundle::run(&desk, &command),
        Command::Simulate(args) => simulate::run(&desk, &args),
        Command::Evaluate(args) => {
            let mut desk = desk;
            desk.parameters.funnel = args.cuts.over(&desk.parameters.funnel)?;
            evaluate::run(&desk, &args)
        }
        Command::Calibrate(args) => calibrate::run(&desk, &args),
        Command::Demo(args) => demo::run(desk, &args),
        Command::Serve(args) => serve::run(desk, &args),
        Command::Backup(args) => backup::run_backup(&desk, &args),
        Command::Restore(args) => backup::run_restore(&desk, &args),
        Command::Resign(args) => resign::run(&desk, &args),
        Command::Expunge(args) => expunge::run(&desk, &args),
        Command::Grow(args) => grow::run(&desk, &args),
        Command::AuditFunnel(args) => audit_funnel::run(&desk, &args),
        Command::Audit { command } => audit::run(&desk, &command),
    }
}

/// Runs a command; gives the exit code.
#[must_use]
pub fn run(cli: Cli) -> u8 {
    let language = cli.lang;
    if let Some(threads) = cli.threads {
        // Fails only when the pool was built before, which nothing here does.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let done = desk_of(&cli).and_then(|desk| dispatch(desk, cli.command));
    match done {
        Ok(()) => 0,
        Err(failure) => {
            let code = failure.exit_code();
            if code != 0 {
                let label = language.pick("error", "error");
                eprintln!("{label}: {}", failure.say(language));
            }
            code
        }
    }
}
