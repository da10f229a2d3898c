//! The gate's sentences, in English and Spanish.

use super::{GateCode, Reason, Twin, TwinKind};

/// A sentence and an advice, each in English and Spanish.
type Sentences = [String; 4];

fn reason(
    code: GateCode,
    figures: Option<(f64, f64)>,
    [english, spanish, advice_english, advice_spanish]: Sentences,
) -> Reason {
    let (found, bound) = figures.unzip();
    Reason { code, found, bound, english, spanish, advice_english, advice_spanish }
}

fn fixed(texts: [&str; 4]) -> Sentences {
    texts.map(str::to_owned)
}

/// On which side of the bound a figure should lie, in English and Spanish.
fn side(found: f64, bound: f64) -> (&'static str, &'static str) {
    if found > bound { ("at most", "como máximo de") } else { ("at least", "al menos de") }
}

/// A figure that passed its bound.
pub(super) fn of_figure(code: GateCode, found: f64, bound: f64) -> Reason {
    reason(code, Some((found, bound)), figure(code, found, bound))
}

fn figure(code: GateCode, found: f64, bound: f64) -> Sentences {
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let degrees = |rad: f64| format!("{:.1}", rad.to_degrees());
    let (at, en) = side(found, bound);
    match code {
        GateCode::AreaSmall => [
            format!("only {found:.2} mm2 of the mark have values; from {bound:.1} mm2 on few mates are missed"),
            format!("solo {found:.2} mm2 de la marca tienen valores; a partir de {bound:.1} mm2 se pierden pocas coincidencias"),
            "if the case shows more of the mark, re-scan with the whole primer in view".to_owned(),
            "si el casquillo muestra más de la marca, vuelva a escanear con todo el fulminante a la vista".to_owned(),
        ],
        GateCode::CoverageLow | GateCode::CoverageTooLow => [
            format!("only {} of the points inside the mark have a value; at least {} are wanted", percent(found), percent(bound)),
            format!("solo el {} de los puntos dentro de la marca tiene valor; se desea al menos el {}", percent(found), percent(bound)),
            "clean the primer and re-scan with more light or exposure, or with an objective of higher aperture".to_owned(),
            "limpie el fulminante y vuelva a escanear con más luz o exposición, o con un objetivo de mayor apertura".to_owned(),
        ],
        GateCode::NoiseHigh | GateCode::NoiseTooHigh => [
            format!("the fine relief is only {found:.1} times the noise of the instrument; at least {bound:.1} times are wanted"),
            format!("el relieve fino es solo {found:.1} veces el ruido del instrumento; se desean al menos {bound:.1} veces"),
            "re-scan with more averaging, smaller vertical steps or a stronger objective, away from vibration".to_owned(),
            "vuelva a escanear con más promediado, pasos verticales menores o un objetivo más potente, lejos de vibraciones".to_owned(),
        ],
        GateCode::FocusSoft => [
            format!("waves below 60 um are faint ({} of the fine relief, {} are usual): the surface seems out of focus or smoothed", percent(found), percent(bound)),
            format!("las ondas de menos de 60 um son débiles ({} del relieve fino; lo habitual es {}): la superficie parece desenfocada o suavizada", percent(found), percent(bound)),
            "focus again and re-scan, without smoothing in the instrument's software".to_owned(),
            "enfoque de nuevo y vuelva a escanear, sin suavizado en el programa del instrumento".to_owned(),
        ],
        GateCode::PitchCoarse => [
            format!("the points lie {found:.1} um apart; {bound:.0} um or less keep all of the fine relief"),
            format!("los puntos distan {found:.1} um; con {bound:.0} um o menos se conserva todo el relieve fino"),
            "re-scan with a stronger objective, or export without thinning the points".to_owned(),
            "vuelva a escanear con un objetivo más potente, o exporte sin reducir los puntos".to_owned(),
        ],
        GateCode::TiltHigh => [
            format!("the primer lies askew by {} degrees; up to {} are usual", degrees(found), degrees(bound)),
            format!("el fulminante está inclinado {} grados; lo habitual son hasta {}", degrees(found), degrees(bound)),
            "level the case in its holder and re-scan".to_owned(),
            "nivele el casquillo en su soporte y vuelva a escanear".to_owned(),
        ],
        GateCode::SpikesMany => [
            format!("{} of the points are spikes; up to {} are usual", percent(found), percent(bound)),
            format!("el {} de los puntos son picos; lo habitual es hasta el {}", percent(found), percent(bound)),
            "clean the primer of dust and fibres, lower the light where it glares, and re-scan".to_owned(),
            "limpie el fulminante de polvo y fibras, baje la luz donde deslumbre y vuelva a escanear".to_owned(),
        ],
        GateCode::UnitSuspected => [
            format!("the relief is {found:.4} um; that of a primer is {at} {bound:.1} um: the heights are probably in another unit"),
            format!("el relieve es de {found:.4} um; el de un fulminante es {en} {bound:.1} um: las alturas están probablemente en otra unidad"),
            "submit again and state the unit of the file (--unit), or export with heights in metres".to_owned(),
            "presente de nuevo indicando la unidad del archivo (--unit), o exporte con alturas en metros".to_owned(),
        ],
        GateCode::PitchSuspected => [
            format!("the mark has a radius of {found:.0} um; that of a primer is {at} {bound:.0} um: pitch or unit may be wrong"),
            format!("la marca tiene un radio de {found:.0} um; el de un fulminante es {en} {bound:.0} um: el paso o la unidad pueden ser erróneos"),
            "check the pitch that the instrument wrote (or --pitch-um, --unit), and that the whole primer was in view".to_owned(),
            "compruebe el paso que escribió el instrumento (o --pitch-um, --unit) y que todo el fulminante estuviera a la vista".to_owned(),
        ],
        GateCode::OutlineDoubtful => [
            format!("the outline of the mark is unsure ({found:.2}; {bound:.2} are wanted)"),
            format!("el contorno de la marca es dudoso ({found:.2}; se desea {bound:.2})"),
            "look at the outline and correct it where it is wrong".to_owned(),
            "mire el contorno y corríjalo donde sea erróneo".to_owned(),
        ],
        GateCode::SaturatedTooMuch => [
            format!("{} of the pixels are saturated; from {} on nothing is left to compare", percent(found), percent(bound)),
            format!("el {} de los píxeles está saturado; a partir del {} no queda nada que comparar", percent(found), percent(bound)),
            "photograph again with less light or a shorter exposure".to_owned(),
            "fotografíe de nuevo con menos luz o menor exposición".to_owned(),
        ],
        GateCode::Saturated => [
            format!("{} of the pixels are saturated; up to {} are usual", percent(found), percent(bound)),
            format!("el {} de los píxeles está saturado; lo habitual es hasta el {}", percent(found), percent(bound)),
            "photograph again with less light or a shorter exposure".to_owned(),
            "fotografíe de nuevo con menos luz o menor exposición".to_owned(),
        ],
        GateCode::Dark => [
            format!("the photograph is dark: its median is {} of the scale, {} are wanted", percent(found), percent(bound)),
            format!("la fotografía es oscura: su mediana es el {} de la escala; se desea el {}", percent(found), percent(bound)),
            "photograph again with more light or a longer exposure".to_owned(),
            "fotografíe de nuevo con más luz o mayor exposición".to_owned(),
        ],
        _ => plain(code),
    }
}

/// A reason without a figure.
pub(super) fn of_code(code: GateCode) -> Reason {
    reason(code, None, plain(code))
}

fn plain(code: GateCode) -> Sentences {
    let primer = [
        "put the head of the case upwards, bring the whole primer into view and re-scan",
        "ponga la base del casquillo hacia arriba, centre todo el fulminante y vuelva a escanear",
    ];
    let with = |english: &str, spanish: &str| fixed([english, spanish, primer[0], primer[1]]);
    match code {
        GateCode::Headstamp => {
            with("only the stamped head of the case is to be seen", "solo se ve la base grabada del casquillo")
        }
        GateCode::Skin => with(
            "the surface is round like a fingertip: this is not the impression of a breech face",
            "la superficie es redondeada como la yema de un dedo: no es la impresión de una recámara",
        ),
        GateCode::Blank => with(
            "there is no relief beyond the noise of the instrument",
            "no hay relieve más allá del ruido del instrumento",
        ),
        GateCode::CaseMouth => with(
            "the case seems to lie upside down: its mouth is to be seen",
            "el casquillo parece estar al revés: se ve su boca",
        ),
        GateCode::Bullet => with(
            "the surface is curved one way like a bullet or the wall of a case",
            "la superficie es curva en un sentido, como una bala o la pared de un casquillo",
        ),
        GateCode::Noise => {
            with("the heights are noise without any structure", "las alturas son ruido sin estructura alguna")
        }
        GateCode::Unfired => fixed([
            "the primer has no firing-pin impression: the case seems not to have been fired",
            "el fulminante no tiene huella de percutor: el casquillo parece no haber sido percutido",
            "check that this is the case that was fired; of an unfired one nothing can be searched",
            "compruebe que este es el casquillo disparado; de uno sin percutir no se puede buscar nada",
        ]),
        GateCode::Inverted => fixed([
            "the heights are the wrong way up: hills where pits should be",
            "las alturas están invertidas: relieves donde debería haber hundimientos",
            "export the scan with heights that grow towards the objective, and submit it again",
            "exporte el escaneo con alturas que crezcan hacia el objetivo y preséntelo de nuevo",
        ]),
        GateCode::PitchUnknown => fixed([
            "the photograph states no size, and none can be estimated from it",
            "la fotografía no indica tamaño y no se puede estimar a partir de ella",
            "state the distance of neighbouring pixels (--pitch-um), or photograph the whole primer with its edge",
            "indique la distancia entre píxeles vecinos (--pitch-um) o fotografíe todo el fulminante con su borde",
        ]),
        GateCode::NoPrimer => with("no primer is to be seen", "no se ve ningún fulminante"),
        _ => with("this is not what it should be", "esto no es lo que debería ser"),
    }
}

/// A mark that cannot be compared.
pub(super) fn of_suitability(english: &str, spanish: &str) -> Reason {
    let advice = [
        "re-scan with the whole primer in view, in focus and at a finer pitch",
        "vuelva a escanear con todo el fulminante a la vista, enfocado y con un paso más fino",
    ];
    reason(GateCode::Unsuitable, None, fixed([english, spanish, advice[0], advice[1]]))
}

/// A map whose size no cartridge case can have.
pub(super) fn of_side(side_um: f64, bound_um: f64) -> Reason {
    let (found, bound) = (side_um / 1e3, bound_um / 1e3);
    let (at, en) = side(found, bound);
    let sentences = [
        format!(
            "the scan is {found:.4} mm wide; that of a primer is {at} {bound:.1} mm: the unit or the pitch is probably wrong"
        ),
        format!(
            "el escaneo mide {found:.4} mm de ancho; el de un fulminante es {en} {bound:.1} mm: la unidad o el paso son probablemente erróneos"
        ),
        "submit again and state the unit of the file (--unit), or export with lengths in metres".to_owned(),
        "presente de nuevo indicando la unidad del archivo (--unit), o exporte con longitudes en metros".to_owned(),
    ];
    reason(GateCode::UnitSuspected, Some((found, bound)), sentences)
}

/// A twin under another number.
pub(super) fn of_twin(twin: &Twin) -> Reason {
    let Twin { kind, specimen, correlation } = twin;
    let (code, english, spanish) = match kind {
        TwinKind::Bytes => (
            GateCode::DuplicateBytes,
            format!("the very same file is stored as specimen {specimen}"),
            format!("el mismo archivo está guardado como espécimen {specimen}"),
        ),
        TwinKind::Acquisition => (
            GateCode::DuplicateAcquisition,
            format!(
                "this is the acquisition of specimen {specimen}, saved again (correlation {correlation:.2}, more than two cases of one firearm reach)"
            ),
            format!(
                "es la adquisición del espécimen {specimen}, guardada otra vez (correlación {correlation:.2}, más de lo que alcanzan dos casquillos de un arma)"
            ),
        ),
        TwinKind::Case => (
            GateCode::DuplicateCase,
            format!(
                "this may be the case of specimen {specimen} (correlation {correlation:.2}, more than two cases of one firearm usually reach)"
            ),
            format!(
                "puede ser el casquillo del espécimen {specimen} (correlación {correlation:.2}, más de lo que suelen alcanzar dos casquillos de un arma)"
            ),
        ),
    };
    let advice_english = format!(
        "check the numbers on the case and in the tray; if it is the same case, submit it under {specimen}, for two numbers would make a false lead"
    );
    let advice_spanish = format!(
        "compruebe los números del casquillo y de la bandeja; si es el mismo casquillo, preséntelo como {specimen}, pues dos números darían una pista falsa"
    );
    let mut told = reason(code, None, [english, spanish, advice_english, advice_spanish]);
    told.found = Some(*correlation);
    told
}

/// An instrument out of control.
pub(super) fn of_instrument(instrument: &str) -> Reason {
    reason(
        GateCode::OutOfControl,
        None,
        [
            format!("instrument {instrument} is out of control by its chart"),
            format!("el instrumento {instrument} está fuera de control según su gráfica"),
            "check the instrument, submit its check standard again, and re-scan when it is back in control".to_owned(),
            "revise el instrumento, presente de nuevo su patrón de control y vuelva a escanear cuando esté otra vez bajo control".to_owned(),
        ],
    )
}
