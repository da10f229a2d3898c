//! From a map of one region to a mark, one stage a line.

use super::{
    Centre, CentreBasis, Mark, MarkError, Modality, PrepareParameters, Quality, Region, Suitability, centre,
    outline::Finding, parameters::Band, photo, quantise, shear, suitability,
};
use crate::dsp::resample::Grid;
use crate::dsp::{filter, level, morphology, polynomial, resample};
use crate::geometry::Point;
use crate::grid::HeightMap;
use crate::workings::{Item, Workings};
use ndarray::{Array2, Zip};

/// Longest side of a map that can be one cartridge case, um; a .50 BMG head is 20 mm wide.
pub(super) const MOST_SIDE_UM: f64 = 50_000.0;

/// Order of the polynomial that takes the cup off a firing-pin impression: what it leaves of a cap of half the radius of its ball is below .1 um, and
/// its shortest half-wave, a sixth of the cup, is longer than the band that is kept.
const PIN_FORM_ORDER: usize = 6;

/// Prepares a mark from heights that are already cropped to it: the map's missing points are its outline. With [`PrepareParameters::photographs`] the map is
/// the luminance (0 to 1) of a whole photograph, in which the breech face is found and flattened first, see [`super::photo`].
///
/// `map` is in um at any pitch (square grid). Dropped outliers, level, band-pass to both bands at their pitches, eroded mask, level again; heights are
/// quantised as [`Mark::to_bytes`] stores them, so that a stored mark compares exactly as a fresh one. A map that carries too little
/// gives a mark whose [`Quality::suitability`] says why. A firing pin's cup is removed as a robust polynomial of high order ([`polynomial`]) before the
/// rest; aperture shear becomes a profile across its striae, see [`super::prepare_shear`]. Workings: `mark.input`, `mark.levelled`, `mark.frame`,
/// `mark.fine`, `mark.coarse`, `mark.centre`, `mark.quality`.
///
/// # Errors
/// A pitch that is no length, a map larger than 50 mm, a parameter out of its range.
pub fn prepare(
    map: &HeightMap,
    parameters: &PrepareParameters,
    workings: &mut dyn Workings,
) -> Result<Mark, MarkError> {
    if parameters.region == Region::ApertureShear {
        return shear::prepare_shear(map, None, parameters, workings);
    }
    parameters.validate()?;
    check(map)?;
    match &parameters.photo {
        Some(photo) => photo::prepare_photo(map, parameters, photo, workings).map(|(_, mark)| mark),
        None => Ok(to_mark(map, parameters, Modality::Heights, workings)),
    }
}

/// The stages that heights and flattened reflectance share.
pub(super) fn to_mark(
    map: &HeightMap,
    parameters: &PrepareParameters,
    modality: Modality,
    workings: &mut dyn Workings,
) -> Mark {
    tell(workings, "mark.input", map);
    let valid = map.valid_count();
    if let Some(reason) = suitability::of_input(map, valid, parameters) {
        return unsuitable(reason, parameters, modality);
    }
    let mut levelled = map.clone();
    let Some(tilt_rad) = remove_form(&mut levelled, parameters) else {
        return unsuitable(suitability::undetermined(valid), parameters, modality);
    };
    let dropped = drop_outliers(&mut levelled, parameters);
    tell(workings, "mark.levelled", &levelled);
    let Some(frame) = Frame::around(&levelled) else {
        return unsuitable(suitability::undetermined(valid), parameters, modality);
    };
    frame.tell(workings);
    let (fine, coarse) = rayon::join(
        || bring_to_band(&levelled, &frame, &parameters.fine, parameters),
        || bring_to_band(&levelled, &frame, &parameters.coarse, parameters),
    );
    tell(workings, "mark.fine", &fine.map);
    tell(workings, "mark.coarse", &coarse.map);
    let centre = find_centre(&fine.outline, parameters, workings);
    let mut quality = Quality {
        valid_area_mm2: fine.map.valid_area_mm2(),
        rms_fine_um: root_mean_square(&fine.map),
        rms_coarse_um: root_mean_square(&coarse.map),
        dropout_share: dropout_share(map, &frame, &fine.outline, &centre, parameters),
        outlier_share: dropped as f64 / valid as f64,
        tilt_rad,
        suitability: Suitability::Suitable,
    };
    quality.suitability = suitability::of_mark(&quality, coarse.map.valid_count(), parameters);
    if workings.listening() {
        workings.take("mark.quality", Item::Facts(serde_json::json!(quality)));
    }
    Mark { region: parameters.region, modality, coarse: coarse.map, fine: fine.map, centre, quality }
}

/// The origin of the mark that [`prepare`] makes of a cropped map, in the frame of that map, um; none where there is nothing to prepare.
#[must_use]
pub fn origin_of(map: &HeightMap, parameters: &PrepareParameters) -> Option<Point> {
    let mut levelled = map.clone();
    remove_form(&mut levelled, parameters)?;
    drop_outliers(&mut levelled, parameters);
    Frame::around(&levelled).map(|frame| frame.origin)
}

/// Takes the form off before filtering; returns the tilt, radians, `None` where the points do not determine it.
fn remove_form(map: &mut HeightMap, parameters: &PrepareParameters) -> Option<f64> {
    if parameters.region == Region::FiringPin {
        return polynomial::remove(map, PIN_FORM_ORDER).map(|removed| removed.tilt_rad);
    }
    level::remove(map, parameters.form).map(|form| form.tilt_rad())
}

pub(super) fn check(map: &HeightMap) -> Result<(), MarkError> {
    if !(map.pitch_um > 0.0 && map.pitch_um.is_finite()) {
        return Err(MarkError::Pitch { got: map.pitch_um });
    }
    let got_um = map.rows().max(map.columns()) as f64 * map.pitch_um;
    if got_um > MOST_SIDE_UM {
        return Err(MarkError::Extent { most_um: MOST_SIDE_UM, got_um });
    }
    Ok(())
}

pub(super) fn tell(workings: &mut dyn Workings, key: &str, map: &HeightMap) {
    if workings.listening() {
        workings.take(key, Item::Map(map.clone()));
    }
}

/// The unsuitable mark of an acquisition on which no breech face was found, with what was found instead.
#[must_use]
pub fn without_region(finding: Finding, parameters: &PrepareParameters) -> Mark {
    unsuitable(suitability::wrong_region(finding), parameters, Modality::Heights)
}

/// A mark of nothing, with the reason.
pub(super) fn unsuitable(reason: Suitability, parameters: &PrepareParameters, modality: Modality) -> Mark {
    let at = Point::default();
    Mark {
        region: parameters.region,
        modality,
        coarse: HeightMap::missing(1, 1, parameters.coarse.pitch_um),
        fine: HeightMap::missing(1, 1, parameters.fine.pitch_um),
        centre: Centre { at, basis: CentreBasis::Centroid, sd_um: f64::MAX, hole: None, rim: None },
        quality: Quality {
            valid_area_mm2: 0.0,
            rms_fine_um: 0.0,
            rms_coarse_um: 0.0,
            dropout_share: 0.0,
            outlier_share: 0.0,
            tilt_rad: 0.0,
            suitability: reason,
        },
    }
}

/// Makes spikes and heights far from all others missing; returns how many.
pub(super) fn drop_outliers(map: &mut HeightMap, parameters: &PrepareParameters) -> usize {
    let Some((median, sd)) = level::location_and_scale(map).filter(|(_, sd)| *sd > 0.0) else { return 0 };
    let deviation = HeightMap { z: level::local_deviation(map), pitch_um: map.pitch_um };
    let deviation_sd = level::location_and_scale(&deviation).map_or(0.0, |(_, sd)| sd);
    let spike = (parameters.spike_sd * deviation_sd).max(parameters.spike_relief_sd * sd) as f32;
    let (low, high) = ((median - parameters.outlier_sd * sd) as f32, (median + parameters.outlier_sd * sd) as f32);
    let mut dropped = 0;
    Zip::from(&mut map.z).and(&deviation.z).for_each(|z, &d| {
        if *z < low || *z > high || d.abs() > spike {
            *z = f32::NAN;
            dropped += 1;
        }
    });
    dropped
}

/// Where the mark lies in its acquisition: both levels are cut out about the same point.
pub(super) struct Frame {
    /// The mark's origin in the frame of the acquisition.
    origin: Point,
    /// Half the extent of the valid points along x and y, um.
    half_um: [f64; 2],
}

impl Frame {
    /// The bounding box of the valid points; `None` without any.
    pub(super) fn around(map: &HeightMap) -> Option<Self> {
        let (mut low, mut high) = ([usize::MAX; 2], [0usize; 2]);
        for ((row, column), _) in map.z.indexed_iter().filter(|(_, z)| z.is_finite()) {
            for (k, at) in [column, row].into_iter().enumerate() {
                low[k] = low[k].min(at);
                high[k] = high[k].max(at);
            }
        }
        let mid = |k: usize| (low[k] + high[k]) as f64 / 2.0;
        let half = |k: usize| (high[k] - low[k] + 1) as f64 / 2.0 * map.pitch_um;
        (low[0] <= high[0]).then(|| Self { origin: map.point_at(mid(1), mid(0)), half_um: [half(0), half(1)] })
    }

    /// A grid of odd sides about the origin that holds the mark and a margin of a point.
    fn grid(&self, pitch_um: f64) -> Grid {
        let side = |half_um: f64| 2 * ((half_um / pitch_um).ceil() as usize) + 1;
        Grid { centre: self.origin, rows: side(self.half_um[1]), columns: side(self.half_um[0]), pitch_um }
    }

    /// A place of the acquisition's frame in the mark's.
    pub(super) fn place(&self, p: Point) -> Point {
        Point::new(p.x_um - self.origin.x_um, p.y_um - self.origin.y_um)
    }

    pub(super) fn tell(&self, workings: &mut dyn Workings) {
        if workings.listening() {
            workings.take(
                "mark.frame",
                Item::Facts(serde_json::json!({ "origin_um": self.origin, "half_um": self.half_um })),
            );
        }
    }
}

/// One level of a mark.
pub(super) struct Level {
    /// Band-passed, eroded, levelled and quantised.
    pub(super) map: HeightMap,
    /// The mask before erosion with its dropouts filled.
    pub(super) outline: Array2<bool>,
}

pub(super) fn bring_to_band(levelled: &HeightMap, frame: &Frame, band: &Band, parameters: &PrepareParameters) -> Level {
    let grid = frame.grid(band.pitch_um);
    // Waves shorter than two of its own points are not in a coarse map: the band then begins there.
    let short_um = band.short_um.max(2.0 * levelled.pitch_um);
    let smooth = resample::low_pass_onto(levelled, short_um, &grid, parameters.support);
    let outline = outline(&morphology::mask_of(&smooth), band.pitch_um, parameters);
    let mut map = filter::high_pass(&smooth, band.long_um, parameters.long_order, parameters.long_support);
    keep_inside(&mut map, &morphology::erode(&outline, band.pitch_um, parameters.erosion_um));
    level::remove(&mut map, parameters.form);
    quantise::quantise(&mut map);
    Level { map, outline }
}

/// The mask without islands and with the instrument's dropouts filled.
fn outline(mask: &Array2<bool>, pitch_um: f64, parameters: &PrepareParameters) -> Array2<bool> {
    let mainland = morphology::drop_islands(mask, pitch_um, parameters.gap_um2);
    morphology::fill_gaps(&mainland, pitch_um, parameters.gap_um2)
}

fn keep_inside(map: &mut HeightMap, mask: &Array2<bool>) {
    Zip::from(&mut map.z).and(mask).for_each(|z, &inside| {
        if !inside {
            *z = f32::NAN;
        }
    });
}

fn find_centre(outline: &Array2<bool>, parameters: &PrepareParameters, workings: &mut dyn Workings) -> Centre {
    let (centre, fit) = centre::find(outline, parameters.fine.pitch_um, parameters);
    if workings.listening() {
        let mut facts = serde_json::json!({ "centre": centre });
        if let Some(f) = fit {
            facts["hole_cover"] = f.cover.into();
            facts["hole_residual_sd_um"] = f.residual_sd_um.into();
            facts["hole_sd_um"] = f.sd_um.into();
        }
        workings.take("mark.centre", Item::Facts(facts));
    }
    centre
}

pub(super) fn root_mean_square(map: &HeightMap) -> f64 {
    let (sum, count) = map.z.iter().filter(|z| z.is_finite()).fold((0.0, 0usize), |(s, n), &z| {
        let z = f64::from(z);
        (s + z * z, n + 1)
    });
    if count == 0 { 0.0 } else { (sum / count as f64).sqrt() }
}

/// Share of the acquisition's points well inside the outline, the firing-pin hole left out, that have no value.
pub(super) fn dropout_share(
    map: &HeightMap,
    frame: &Frame,
    outline: &Array2<bool>,
    centre: &Centre,
    parameters: &PrepareParameters,
) -> f64 {
    let pitch_um = parameters.fine.pitch_um;
    let gaps = morphology::blobs(&outline.mapv(|m| !m), true);
    let in_hole = |row: usize, column: usize| {
        let at = centre::place(outline.dim(), row as f64, column as f64, pitch_um);
        centre.hole.is_some_and(|hole| at.distance_um(hole.centre) < hole.radius_um)
    };
    let mut kept_open = vec![false; gaps.blobs.len() + 1];
    for ((row, column), &label) in gaps.labels.indexed_iter() {
        kept_open[label as usize] |= label > 0 && (gaps.blobs[label as usize - 1].touches_edge || in_hole(row, column));
    }
    let whole = Zip::from(outline).and(&gaps.labels).map_collect(|&m, &label| m || !kept_open[label as usize]);
    let inside = morphology::erode(&whole, pitch_um, parameters.erosion_um);
    let (rows, columns) = inside.dim();
    // Nearest point of the outline's grid for every row and column of the acquisition.
    let nearest = |points: usize, offset_um: f64, side: usize| -> Vec<Option<usize>> {
        (0..points)
            .map(|k| {
                let at_um = (k as f64 - (points as f64 - 1.0) / 2.0) * map.pitch_um - offset_um;
                let at = (at_um / pitch_um + (side as f64 - 1.0) / 2.0).round();
                (at >= 0.0 && at < side as f64).then_some(at as usize)
            })
            .collect()
    };
    let row_of = nearest(map.rows(), frame.origin.y_um, rows);
    let column_of = nearest(map.columns(), frame.origin.x_um, columns);
    let (mut missing, mut all) = (0usize, 0usize);
    for (line, row) in map.z.rows().into_iter().zip(&row_of) {
        let Some(row) = *row else { continue };
        for (z, column) in line.iter().zip(&column_of) {
            if column.is_some_and(|column| inside[(row, column)]) {
                all += 1;
                missing += usize::from(!z.is_finite());
            }
        }
    }
    if all == 0 { 0.0 } else { missing as f64 / all as f64 }
}
