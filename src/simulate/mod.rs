//! Synthetic firearms, cartridge cases, photographs and the casework around them.
//!
//! Everything is drawn from ChaCha streams keyed by seed, subject and number: firearm k of a seed is the same however many are
//! asked for, on however many threads, and on every machine (functions of analysis come from `libm`, never from the system).
//!
//! The model, in the order in which it works:
//! 1. a breech face ([`SimulatedFirearm`]): finish of a production lot, defects of the slide, firing-pin aperture;
//! 2. a shot ([`SimulatedShot`]): the primer of an [`Ammunition`] is pressed against the face with its own texture, hardness,
//!    play, lean, drag and flow-back;
//! 3. a scan: pitch, noise, dropouts and outliers of an [`Instrument`].

mod ammunition;
mod aperture;
mod defect;
mod finish;
mod firearm;
mod impression;
mod scan;
mod shot;
mod stream;
mod texture;

pub use ammunition::{AMMUNITION, Ammunition};
pub use aperture::{Aperture, ApertureShape};
pub use finish::Finish;
pub use firearm::{LOT_SIZE, SimulatedFirearm, lot_of};
pub use shot::{INSTRUMENTS, Instrument, SimulatedShot};
pub use stream::GENERATOR;

use crate::surface::Surface;

impl SimulatedShot {
    /// The scan of the case cropped to its breech-face mark: a ring with NaN outside, levelled, not filtered, at `pitch_um`
    /// (which must be above 0; [`Instrument::pitch_um`] is the instrument's own).
    #[must_use]
    pub fn cropped(&self, firearm: &SimulatedFirearm, pitch_um: f64) -> Surface {
        impression::cropped(firearm, self, pitch_um)
    }
}
