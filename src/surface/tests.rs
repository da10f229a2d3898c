//! Tests of decoding whole files, and the generators of honest and dishonest ones.

mod axes;
mod hostile;
mod lossless;
mod photos;

use super::*;
use md5::Digest as _;

/// One entry of a crafted zip; `stated_size` may lie.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) body: Vec<u8>,
    pub(super) stated_size: Option<u32>,
}

pub(super) fn entry(name: &str, body: impl Into<Vec<u8>>) -> Entry {
    Entry { name: name.to_owned(), body: body.into(), stated_size: None }
}

/// A zip of deflated entries written by hand (APPNOTE 4.3), so that it can say what a zip library would refuse to write.
pub(super) fn raw_zip(entries: &[Entry]) -> Vec<u8> {
    use std::io::Read as _;
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let mut packed = Vec::new();
        // The deflate stream of a one-entry archive of the library, without its header.
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file("a", plain).unwrap();
        std::io::Write::write_all(&mut zip, &entry.body).unwrap();
        let one = zip.finish().unwrap().into_inner();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&one)).unwrap();
        archive.by_index_raw(0).unwrap().read_to_end(&mut packed).unwrap();

        let start = out.len() as u32;
        let mut common = Vec::new();
        common.extend(20u16.to_le_bytes()); // version needed
        common.extend(0u16.to_le_bytes()); // flags
        common.extend(8u16.to_le_bytes()); // deflate
        common.extend([0; 2]); // time
        common.extend(0x21u16.to_le_bytes()); // 1980-01-01
        common.extend(crc32fast::hash(&entry.body).to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend(entry.stated_size.unwrap_or(entry.body.len() as u32).to_le_bytes());
        common.extend((entry.name.len() as u16).to_le_bytes());
        common.extend(0u16.to_le_bytes()); // extra field
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(entry.name.as_bytes());
        out.extend(&packed);
        directory.extend(b"PK\x01\x02");
        directory.extend(20u16.to_le_bytes()); // version made by
        directory.extend(&common);
        directory.extend([0; 10]); // comment length, disk, attributes
        directory.extend(start.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let at = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend(0u16.to_le_bytes());
    out
}

pub(super) fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(md5::Md5::digest(bytes))
}

/// An X3P in the making: honest until a field is changed.
pub(super) struct Craft {
    /// `main.xml` with `{md5}` where the checksum of the points goes.
    pub(super) xml: String,
    /// `bindata/data.bin`.
    pub(super) data: Vec<u8>,
    /// Content of the checksum file; `None` for the right one.
    pub(super) checksum: Option<String>,
    /// Further entries.
    pub(super) more: Vec<Entry>,
}

impl Craft {
    /// A scan of `rows` x `columns` points of one type with the samples given as little-endian bytes, pitch 6.25 um.
    pub(super) fn new(rows: usize, columns: usize, letter: char, increment: &str, data: Vec<u8>) -> Self {
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><p:ISO5436_2 xmlns:p=\"http://www.opengps.eu/2008/ISO5436_2\">\
             <Record1><Revision>ISO5436 - 2000</Revision><FeatureType>SUR</FeatureType><Axes>\
             <CX><AxisType>I</AxisType><DataType>D</DataType><Increment>6.25e-06</Increment><Offset>0</Offset></CX>\
             <CY><AxisType>I</AxisType><DataType>D</DataType><Increment>6.25e-06</Increment><Offset>0</Offset></CY>\
             <CZ><AxisType>A</AxisType><DataType>{letter}</DataType><Increment>{increment}</Increment><Offset>0</Offset></CZ>\
             </Axes></Record1><Record2><Date>2024-05-06T07:08:09</Date><Creator>Prueba</Creator></Record2><Record3>\
             <MatrixDimension><SizeX>{columns}</SizeX><SizeY>{rows}</SizeY><SizeZ>1</SizeZ></MatrixDimension>\
             <DataLink><PointDataLink>bindata/data.bin</PointDataLink>\
             <MD5ChecksumPointData>{{md5}}</MD5ChecksumPointData></DataLink></Record3>\
             <Record4><ChecksumFile>md5checksum.hex</ChecksumFile></Record4></p:ISO5436_2>"
        );
        Self { xml, data, checksum: None, more: Vec::new() }
    }

    /// Doubles in metres with a relief of some um.
    pub(super) fn doubles(rows: usize, columns: usize) -> Self {
        let data = (0..rows * columns).flat_map(|i| (1e-6 * (i as f64 * 0.7).sin()).to_le_bytes()).collect();
        Self::new(rows, columns, 'D', "1", data)
    }

    /// With a text of `main.xml` replaced, which must be there.
    pub(super) fn with(mut self, from: &str, to: &str) -> Self {
        assert!(self.xml.contains(from), "nothing to replace: {from}");
        self.xml = self.xml.replacen(from, to, 1);
        self
    }

    /// With a further entry.
    pub(super) fn and(mut self, name: &str, body: impl Into<Vec<u8>>) -> Self {
        self.more.push(entry(name, body));
        self
    }

    pub(super) fn main(&self) -> String {
        self.xml.replace("{md5}", &md5_hex(&self.data))
    }

    pub(super) fn entries(self) -> Vec<Entry> {
        let main = self.main();
        let checksum = self.checksum.unwrap_or_else(|| md5_hex(main.as_bytes()));
        let mut entries =
            vec![entry("main.xml", main), entry("bindata/data.bin", self.data), entry("md5checksum.hex", checksum)];
        entries.extend(self.more);
        entries
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        raw_zip(&self.entries())
    }

    pub(super) fn decode(self) -> Result<Surface, SurfaceError> {
        surface(&self.bytes())
    }

    /// The message with which decoding fails.
    pub(super) fn refusal(self) -> String {
        self.decode().expect_err("a dishonest file was decoded").to_string()
    }
}

pub(super) fn surface(bytes: &[u8]) -> Result<Surface, SurfaceError> {
    decode(bytes, "t.x3p", &DecodeOptions::default()).map(|acquired| match acquired {
        Acquired::Surface(surface) => surface,
        Acquired::Photo(_) => panic!("decoded to a photograph"),
    })
}

pub(super) fn codes(provenance: &Provenance) -> Vec<&str> {
    provenance.notes.iter().map(|note| note.code.as_str()).collect()
}

#[test]
fn an_honest_file_decodes_without_a_note() {
    let bytes = Craft::doubles(3, 4).bytes();
    let s = surface(&bytes).unwrap();
    assert_eq!(s.heights_um.dim(), (3, 4));
    assert_eq!((s.pitch_x_um, s.pitch_y_um), (6.25, 6.25));
    assert!((s.heights_um[(1, 2)] - (6f64 * 0.7).sin()).abs() < 1e-12);
    assert_eq!(codes(&s.provenance), Vec::<&str>::new());
    assert_eq!(s.provenance.sha256, Digest::of(&bytes));
    assert_eq!(s.metadata.creator.as_deref(), Some("Prueba"));
}

#[test]
fn the_checksum_file_may_carry_a_file_name() {
    for tail in ["", "\r\n", " *main.xml\n", "  main.xml", "\tmain.xml"] {
        let mut craft = Craft::doubles(2, 2);
        craft.checksum = Some(format!("\u{feff}{}{tail}", md5_hex(craft.main().as_bytes()).to_uppercase()));
        assert_eq!(codes(&craft.decode().unwrap().provenance), Vec::<&str>::new(), "{tail:?}");
    }
}

#[test]
fn a_missing_checksum_is_noted_and_a_wrong_one_refused_unless_asked() {
    let mut missing = Craft::doubles(2, 2).with("<MD5ChecksumPointData>{md5}</MD5ChecksumPointData>", "");
    missing.checksum = Some(String::new());
    assert_eq!(codes(&missing.decode().unwrap().provenance), ["md5.main.missing", "md5.points.missing"]);

    let wrong = || {
        let mut craft = Craft::doubles(2, 2).with("{md5}", &md5_hex(b"other"));
        craft.checksum = Some("none at all".to_owned());
        craft
    };
    let refusal = wrong().refusal();
    assert!(refusal.starts_with("t.x3p: main.xml: expected MD5 none, got "), "{refusal}");
    let noted = DecodeOptions { checksums: Checksums::Noted, ..DecodeOptions::default() };
    let acquired = decode(&wrong().bytes(), "t", &noted).unwrap();
    assert_eq!(codes(acquired.provenance()), ["md5.main.mismatch", "md5.points.mismatch"]);
}

#[test]
fn micrometres_are_recognised_for_increments_and_heights_apart() {
    let um = |i: usize| 20.0 * (i as f64 * 0.7).sin();
    let heights = |scale: f64| (0..12).flat_map(|i| (um(i) * scale).to_le_bytes()).collect::<Vec<u8>>();
    for (pitch, scale, noted) in
        [("6.25e-06", 1.0, true), ("6.25", 1.0, true), ("6.25", 1e-6, true), ("0.00625", 1e-3, true)]
    {
        let craft = Craft::new(3, 4, 'D', "1", heights(scale)).with("6.25e-06", pitch).with(
            if pitch == "6.25e-06" { "<CY>" } else { "6.25e-06" },
            if pitch == "6.25e-06" { "<CY>" } else { pitch },
        );
        let s = craft.decode().unwrap();
        assert!((s.pitch_x_um - 6.25).abs() < 1e-9 && (s.pitch_y_um - 6.25).abs() < 1e-9, "{pitch}");
        assert!((s.heights_um[(0, 3)] - um(3)).abs() < 1e-9, "{pitch} {scale}: {}", s.heights_um[(0, 3)]);
        assert_eq!(codes(&s.provenance).contains(&"unit.recognised"), noted);
        assert!(s.provenance.notes.iter().all(|n| !n.spanish.is_empty() && n.spanish != n.english));
    }
}

#[test]
fn a_stated_unit_overrides_both() {
    let bytes = Craft::new(1, 2, 'D', "1", [1.0f64, 2.0].iter().flat_map(|z| z.to_le_bytes()).collect()).bytes();
    let options = DecodeOptions { unit: Some(LengthUnit::Millimetre), ..DecodeOptions::default() };
    let Acquired::Surface(s) = decode(&bytes, "t", &options).unwrap() else { panic!("photograph") };
    assert!((s.pitch_x_um - 0.00625).abs() < 1e-12);
    assert!((s.heights_um[(0, 1)] - 2000.0).abs() < 1e-9);
    assert_eq!(codes(&s.provenance), ["unit.stated"]);
}

#[test]
fn one_point_and_none_valid_decode() {
    assert_eq!(Craft::doubles(1, 1).decode().unwrap().heights_um.dim(), (1, 1));
    let all_missing = Craft::new(300, 300, 'D', "1", f64::NAN.to_le_bytes().repeat(90_000)).decode().unwrap();
    assert_eq!(all_missing.height_map().valid_count(), 0);
}

#[test]
fn equal_simulated_surfaces_have_equal_provenance() {
    let make = |z: f64| Surface::from_heights(Array2::from_elem((2, 3), z), 5.0).with_metadata(Metadata::default());
    assert_eq!(make(1.0).provenance, make(1.0).provenance);
    assert_ne!(make(1.0).provenance, make(2.0).provenance);
    assert_eq!(make(1.0).height_map().pitch_um, 5.0);
}
