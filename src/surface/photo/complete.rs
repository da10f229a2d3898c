//! Whether a picture reaches its end: decoders made for viewers fill a missing tail with grey and say nothing.

use image::ImageFormat;

/// `Err` says what is missing.
pub(super) fn check(bytes: &[u8], format: ImageFormat) -> Result<(), &'static str> {
    match format {
        ImageFormat::Png if !png(bytes) => Err("no end chunk (IEND); the file is cut short"),
        ImageFormat::Jpeg if !jpeg(bytes) => Err("no end of image (EOI); the file is cut short"),
        ImageFormat::Bmp if !bmp(bytes) => Err("fewer bytes than the header states; the file is cut short"),
        _ => Ok(()),
    }
}

fn png(bytes: &[u8]) -> bool {
    let mut at = 8usize;
    while let Some(head) = bytes.get(at..at.saturating_add(8)) {
        let end =
            at.saturating_add(12).saturating_add(u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize);
        if end > bytes.len() {
            return false;
        }
        if &head[4..] == b"IEND" {
            return true;
        }
        at = end;
    }
    false
}

/// Inside entropy-coded data 0xff is followed by 0 or a restart marker, so 0xff 0xd9 after the first scan is the end.
fn jpeg(bytes: &[u8]) -> bool {
    let mut at = 2usize;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at.saturating_add(4)) {
        // Any number of 0xff may fill the room before a marker.
        if marker == 0xff {
            at += 1;
            continue;
        }
        if marker == 0xda {
            return bytes[at..].windows(2).any(|pair| pair == [0xff, 0xd9]);
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    false
}

/// `bfSize` (0 where the writer did not care).
fn bmp(bytes: &[u8]) -> bool {
    match bytes.get(2..6) {
        Some(size) => u32::from_le_bytes([size[0], size[1], size[2], size[3]]) as usize <= bytes.len(),
        None => false,
    }
}
