//! Synthetic firearms, cartridge cases, photographs and the casework around them.
