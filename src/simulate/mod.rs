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
pub mod city;
pub mod country;
mod defect;
mod error;
mod finish;
mod firearm;
pub mod fixtures;
mod foreign;
mod headstamp;
mod impression;
mod lattice;
mod light;
mod part;
mod photograph;
mod raw;
mod scan;
mod shot;
mod spoiled;
mod stream;
mod texture;
mod whole;

pub use ammunition::{AMMUNITION, Ammunition};
pub use aperture::{Aperture, ApertureShape};
pub use city::{City, CityParameters, simulate_city};
pub use error::{COARSEST_PITCH_UM, FINEST_PITCH_UM, SimulateError};
pub use finish::Finish;
pub use firearm::{LOT_SIZE, SimulatedFirearm, lot_of};
pub use foreign::Foreign;
pub use light::RingLight;
pub use part::{Part, Parts, RIDGE_UM, SHEAR_UM};
pub use raw::{Circumstances, RawAcquisition};
pub use shot::{INSTRUMENTS, Instrument, SimulatedShot};
pub use spoiled::Spoiled;
pub use stream::GENERATOR;

use crate::surface::{Photo, Surface};
use error::within;

impl SimulatedShot {
    /// The scan of the case cropped to its breech-face mark: a ring with NaN outside, levelled, not filtered, at `pitch_um`
    /// (which must be above 0; [`Instrument::pitch_um`] is the instrument's own).
    #[must_use]
    pub fn cropped(&self, firearm: &SimulatedFirearm, pitch_um: f64) -> Surface {
        impression::cropped(firearm, self, pitch_um)
    }

    /// The scan of the whole primer as an instrument delivers it: flow-back, firing-pin impression, rounded edge, pocket and
    /// part of the head, neither cropped nor levelled, missing points on steep flanks where the instrument is optical. The frame
    /// is that of the cropped form.
    #[must_use]
    pub fn whole(&self, firearm: &SimulatedFirearm, pitch_um: f64) -> Surface {
        whole::whole(firearm, self, pitch_um)
    }

    /// A photograph of the primer under a ring light, rendered from the heights of the whole form; 6.4 mm x 4.8 mm.
    #[must_use]
    pub fn photograph(&self, firearm: &SimulatedFirearm, pitch_um: f64) -> Photo {
        photograph::photograph(firearm, self, pitch_um)
    }

    /// The photograph of [`SimulatedShot::photograph`] as the bytes of a PNG with eight bits a pixel.
    ///
    /// # Errors
    /// [`SimulateError::Picture`] where it cannot be encoded, which would be a fault of the generator.
    pub fn photograph_png(&self, firearm: &SimulatedFirearm, pitch_um: f64) -> Result<Vec<u8>, SimulateError> {
        Ok(photograph::png(&self.photograph(firearm, pitch_um))?)
    }
}

#[cfg(test)]
mod tests;
