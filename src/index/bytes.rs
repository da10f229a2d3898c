//! The byte form of an index: a cache of flat arrays that is rebuilt from the store whenever anything about it is wrong.
//!
//! Heads are not kept: they are copied from the vectors when a file is read. All numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `BLIX` |
//! | 4 | version of this layout, 3 |
//! | 8 | generation of the database for which the index was built |
//! | 8 | length of the whole file, bytes |
//! | 4, 4 | words of 64 bits a vector, number of vectors n |
//! | 4 x 5 | segment, tail, connections, build width, search width |
//! | 4, 4, 4 | planner: exact below, least per cent, eligible per neighbour |
//! | 4, 4, 4 | screening: from, kept per cent, kept per neighbour |
//! | 4 | least length of the lists that the index was built for |
//! | 4 | number of segments |
//! | 8 n | keys |
//! | 8 n words | vectors |
//! | per segment: 4, 4, 4, 4 | first position, count, entry, number of layers (1 to 16) |
//! | per layer: 4, 4 (count + 1), 4 links | number of links, starts, links |
//! | 4 | CRC-32 (ISO-HDLC) of everything before |

use super::graph::MOST_LAYERS;
use super::walk::{Layer, Segment};
use super::{GraphParameters, HnswIndex, IndexError, PlannedIndex, Planner, Screening, Vectors};
use std::sync::Arc;

const MAGIC: &[u8; 4] = b"BLIX";
/// Version of the layout above.
const LAYOUT: u32 = 3;
/// Bytes of the checksum.
const CRC: usize = 4;

impl PlannedIndex {
    /// The bytes of this index for a generation of the database; see the module for the layout.
    #[must_use]
    pub fn to_bytes(&self, generation: u64) -> Vec<u8> {
        let (graph, planner) = (&self.graph, &self.planner);
        let vectors = &graph.vectors;
        let mut bytes = Vec::with_capacity(96 + 8 * vectors.len() + 8 * vectors.values().len());
        bytes.extend_from_slice(MAGIC);
        put(&mut bytes, LAYOUT);
        bytes.extend_from_slice(&generation.to_le_bytes());
        let length_at = bytes.len();
        bytes.extend_from_slice(&[0; 8]);
        let p = &graph.parameters;
        for number in [
            vectors.words(),
            vectors.len(),
            p.segment,
            p.tail,
            p.connections,
            p.build_width,
            p.search_width,
            planner.exact_below,
            planner.least_percent as usize,
            planner.eligible_per_neighbour,
            planner.screening.from,
            planner.screening.keep_percent as usize,
            planner.screening.keep_per_neighbour,
            self.list,
            graph.segments.len(),
        ] {
            put(&mut bytes, u32::try_from(number).unwrap_or(u32::MAX));
        }
        bytes.extend(vectors.keys().iter().flat_map(|key| key.to_le_bytes()));
        bytes.extend(vectors.values().iter().flat_map(|value| value.to_le_bytes()));
        for segment in &graph.segments {
            for number in [segment.first, segment.count, segment.entry, segment.layers.len() as u32] {
                put(&mut bytes, number);
            }
            for layer in &segment.layers {
                put(&mut bytes, layer.links.len() as u32);
                bytes.extend(layer.starts.iter().chain(&layer.links).flat_map(|number| number.to_le_bytes()));
            }
        }
        let length = (bytes.len() + CRC) as u64;
        bytes[length_at..length_at + 8].copy_from_slice(&length.to_le_bytes());
        let crc = crc32fast::hash(&bytes);
        put(&mut bytes, crc);
        bytes
    }

    /// Reads the bytes of an index that was built for `generation` of the database.
    ///
    /// # Errors
    /// [`IndexError::Stale`] for a whole file of another generation; [`IndexError::Damaged`] for anything that
    /// [`PlannedIndex::to_bytes`] cannot have written. Either way the index has to be built anew.
    pub fn from_bytes(bytes: &[u8], generation: u64) -> Result<Self, IndexError> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take("magic", 4)? != MAGIC {
            return Err(damaged("magic", "BLIX", "other bytes"));
        }
        let layout = reader.u32("layout version")?;
        if layout != LAYOUT {
            return Err(damaged("layout version", LAYOUT, layout));
        }
        let stated_generation = reader.u64("generation")?;
        let length = reader.u64("length")?;
        if length != bytes.len() as u64 {
            return Err(damaged("length", format!("{length} bytes"), format!("{} bytes", bytes.len())));
        }
        let (body, crc) = bytes.split_at(bytes.len().saturating_sub(CRC));
        let (stated, computed) = (Reader { bytes: crc, at: 0 }.u32("checksum")?, crc32fast::hash(body));
        if stated != computed {
            return Err(damaged("checksum", format!("{computed:08x}"), format!("{stated:08x}")));
        }
        if stated_generation != generation {
            return Err(IndexError::Stale { expected: generation, got: stated_generation });
        }
        reader.bytes = body;
        let mut numbers = [0usize; 15];
        for number in &mut numbers {
            *number = reader.u32("header")? as usize;
        }
        let [words, count, segment, tail, connections, build_width, search_width, rest @ ..] = numbers;
        let [exact_below, least_percent, eligible_per_neighbour, rest @ ..] = rest;
        let [from, keep_percent, keep_per_neighbour, list, segment_count] = rest;
        let screening = Screening { from, keep_percent: keep_percent as u32, keep_per_neighbour };
        let parameters = GraphParameters { segment, tail, connections, build_width, search_width };
        parameters.validate().map_err(|e| damaged("parameters", "parameters of a graph", e))?;
        let planner = Planner { exact_below, least_percent: least_percent as u32, eligible_per_neighbour, screening };
        let keys = reader.take("keys", count.saturating_mul(8))?;
        let keys = keys.chunks_exact(8).map(|b| u64::from_le_bytes(array(b))).collect();
        let values = reader.take("vectors", count.saturating_mul(words).saturating_mul(8))?;
        let values = values.chunks_exact(8).map(|b| u64::from_le_bytes(array(b))).collect();
        let vectors = Vectors::from_parts(words, keys, values).map_err(|e| damaged("vectors", "sound ones", e))?;
        let mut segments = Vec::new();
        let mut next = 0;
        for _ in 0..segment_count {
            let read = reader.segment(next, count, segment)?;
            next = read.first as usize + read.count as usize;
            segments.push(read);
        }
        if reader.at != body.len() {
            return Err(damaged("end", format!("{} bytes", reader.at + CRC), format!("{} bytes", bytes.len())));
        }
        Ok(Self { graph: HnswIndex { vectors: Arc::new(vectors), segments, parameters }, planner, list })
    }
}

/// Reads numbers and checks that they are there; never takes more memory than there are bytes.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], IndexError> {
        let to = self.at.saturating_add(count);
        let slice = self.bytes.get(self.at..to).ok_or_else(|| {
            damaged(field, format!("{count} bytes"), format!("{} bytes", self.bytes.len().saturating_sub(self.at)))
        })?;
        self.at = to;
        Ok(slice)
    }

    fn u32(&mut self, field: &'static str) -> Result<u32, IndexError> {
        Ok(u32::from_le_bytes(array(self.take(field, 4)?)))
    }

    fn u64(&mut self, field: &'static str) -> Result<u64, IndexError> {
        Ok(u64::from_le_bytes(array(self.take(field, 8)?)))
    }

    fn numbers(&mut self, field: &'static str, count: usize) -> Result<Vec<u32>, IndexError> {
        Ok(self.take(field, count.saturating_mul(4))?.chunks_exact(4).map(|b| u32::from_le_bytes(array(b))).collect())
    }

    /// A segment that follows on `next` and lies within `vectors` vectors.
    fn segment(&mut self, next: usize, vectors: usize, most: usize) -> Result<Segment, IndexError> {
        let first = self.u32("segment")?;
        let count = self.u32("segment")?;
        let entry = self.u32("segment")?;
        let layer_count = self.u32("segment")? as usize;
        let fits = first as usize == next && count as usize <= most.min(vectors - next.min(vectors));
        if !fits || entry >= count || !(1..=MOST_LAYERS).contains(&layer_count) {
            let got = format!("{count} from {first} with entry {entry} and {layer_count} layers");
            return Err(damaged("segment", format!("at most {most} vectors from {next} on"), got));
        }
        let mut layers = Vec::with_capacity(layer_count);
        for _ in 0..layer_count {
            let link_count = self.u32("layer")?;
            let starts = self.numbers("starts", count as usize + 1)?;
            let links = self.numbers("links", link_count as usize)?;
            let ascend = starts.windows(2).all(|w| w[0] <= w[1]);
            if !ascend || starts.first() != Some(&0) || starts.last() != Some(&link_count) {
                return Err(damaged("starts", format!("ascending from 0 to {link_count}"), "others"));
            }
            if let Some(link) = links.iter().find(|&&link| link >= count) {
                return Err(damaged("links", format!("below {count}"), link));
            }
            layers.push(Layer { starts, links });
        }
        Ok(Segment { first, count, entry, layers })
    }
}

fn damaged(field: &'static str, expected: impl ToString, got: impl ToString) -> IndexError {
    IndexError::Damaged { field, expected: expected.to_string(), got: got.to_string() }
}

/// `N` bytes of a slice that the caller has cut to that length; zeros otherwise.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0; N])
}

fn put(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}
