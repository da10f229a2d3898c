//! Erosion, regions and distances of masks.
