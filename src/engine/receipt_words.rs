//! Receipts in words.

use super::correlate::{Milliseconds, Receipt};
use crate::language::Language;

impl Receipt {
    /// The receipt in a person's language, a line for each thing that may have been left out.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let receipt = self;
        let mut text = language.pick(
        format!(
            "receipt: gallery {}, own {}, eligible {}, vectors visited {} ({}), codes looked at {}, searched {}, compared {} ({} known)",
            receipt.gallery,
            receipt.own,
            receipt.eligible,
            receipt.visited,
            receipt.first_stage.words(language),
            receipt.quick,
            receipt.coded,
            receipt.compared,
            receipt.known
        ),
        format!(
            "comprobante: galería {}, propias {}, elegibles {}, vectores vistos {} ({}), códigos ojeados {}, buscados {}, comparadas {} ({} ya conocidas)",
            receipt.gallery,
            receipt.own,
            receipt.eligible,
            receipt.visited,
            receipt.first_stage.words(language),
            receipt.quick,
            receipt.coded,
            receipt.compared,
            receipt.known
        ),
    );
        if receipt.screened > 0 {
            let screened = receipt.screened;
            text.push_str(&language.pick(
                format!("; vectors screened by their first 1,024 bits {screened}"),
                format!("; vectores cribados por sus primeros 1.024 bits {screened}"),
            ));
        }
        if receipt.unsigned > 0 {
            let unsigned = receipt.unsigned;
            text.push_str(&language.pick(
                format!("\n  {unsigned} marks left out: their signatures are of another version; run brasslink resign"),
                format!("\n  {unsigned} marcas fuera: sus firmas son de otra versión; ejecute brasslink resign"),
            ));
        }
        if receipt.unprepared > 0 {
            let unprepared = receipt.unprepared;
            text.push_str(&language.pick(
                format!("\n  {unprepared} acquisitions left out: prepared by another version; run brasslink resign --from-scans"),
                format!("\n  {unprepared} adquisiciones fuera: preparadas por otra versión; ejecute brasslink resign --from-scans"),
            ));
        }
        if receipt.other_modality > 0 {
            let others = receipt.other_modality;
            text.push_str(&language.pick(
            format!("\n  {others} marks left out: imaged otherwise; photographs and heights are never compared (--photographs searches photographs)"),
            format!("\n  {others} marcas fuera: de otra imagen; fotografías y alturas nunca se comparan (--photographs busca fotografías)"),
        ));
        }
        if let Some(words) = super::signature_only::words(receipt.signature_only, language) {
            text.push_str(&format!("\n  {words}"));
        }
        for tally in &receipt.filters {
            let (field, asked) = (tally.field.words(language), &tally.asked);
            let (left_out, unknown) = (tally.left_out, tally.unknown_kept);
            text.push_str(&language.pick(
                format!("\n  filter {field} = {asked}: {left_out} left out, {unknown} kept of which it is not known"),
                format!("\n  filtro {field} = {asked}: {left_out} fuera, {unknown} conservadas sin dato"),
            ));
        }
        text.push_str(&format!("\n  {}", receipt.recall_words(language)));
        if let Some(Milliseconds { queries, vectors, quick, codes, comparisons }) = receipt.milliseconds {
            text.push_str(&language.pick(
            format!("\n  time of {queries} queries together: vectors {vectors} ms, quick looks {quick} ms, codes {codes} ms, comparisons {comparisons} ms"),
            format!("\n  tiempo de {queries} consultas juntas: vectores {vectors} ms, ojeadas {quick} ms, códigos {codes} ms, comparaciones {comparisons} ms"),
        ));
        }
        text
    }
}
