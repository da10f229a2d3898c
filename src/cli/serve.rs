//! `serve`: the service over HTTP, until Ctrl-C.

use super::Desk;
use super::arguments::ServeArgs;
use super::failure::Failure;
use crate::engine::progress::Progress as _;
use crate::server::{Options, ServeError, Service};

/// Runs the command.
///
/// # Errors
/// A gallery that cannot be opened; an address that cannot be had, or that others reach without TLS.
pub fn run(desk: Desk, args: &ServeArgs) -> Result<(), Failure> {
    let Some(gallery) = desk.gallery.clone() else {
        return Err(Failure::Usage {
            what: "--gallery".to_owned(),
            expected: "a folder (or the environment variable BRASSLINK_GALLERY)".to_owned(),
            got: "nothing".to_owned(),
        });
    };
    let tls = args.tls_cert.clone().zip(args.tls_key.clone());
    let scheme = if tls.is_some() { "https" } else { "http" };
    let options = Options { gallery, listen: args.listen, tls, language: desk.output.language };
    let Desk { parameters, bar, output, .. } = desk;
    let service = Service::open(&options, parameters).map_err(failure)?;
    let (at, language) = (service.at, output.language);
    let address = format!("{scheme}://{at}");
    output.show(&serde_json::json!({ "listening": address, "first": service.first.as_ref().map(|f| &f.name) }), |language| {
        let mut text = format!("{} {address}\n", language.pick("listening on", "escuchando en"));
        if let Some(first) = &service.first {
            text.push_str(&language.pick(
                format!(
                    "Nobody has an account yet. Sign in as \"{}\" with the password\n    {}\nand change it; it is shown this once.\n",
                    first.name, first.password
                ),
                format!(
                    "Nadie tiene cuenta todavía. Inicie sesión como «{}» con la contraseña\n    {}\ny cámbiela; se muestra solo esta vez.\n",
                    first.name, first.password
                ),
            ));
        }
        text.push_str(language.pick("Ctrl-C ends it; running jobs go on at the next start.\n", "Ctrl-C lo termina; los trabajos en curso siguen en el próximo inicio.\n"));
        text
    })?;
    service.run(move || bar.stop_requested()).map_err(failure)?;
    eprintln!("{}", language.pick("ended", "terminado"));
    Ok(())
}

fn failure(error: ServeError) -> Failure {
    match error {
        ServeError::Engine(error) => Failure::Engine(error),
        ServeError::Unprotected(at) => Failure::Usage {
            what: "--listen".to_owned(),
            expected: "an address of this machine such as 127.0.0.1:8080, or --tls-cert and --tls-key".to_owned(),
            got: at.to_string(),
        },
        ServeError::Io { what, source } => Failure::Io { place: what, doing: "serve", source },
    }
}
