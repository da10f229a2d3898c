//! Marks of which only a signature is kept: the stages find them by their codes, and there is nothing to compare.
//!
//! They come from [`super::grow`], or from a gallery that shares its signatures and not its scans. The shortlist passes over them to the next best codes, so
//! that as many comparisons are made as without them, and the receipt counts how many it passed over.

use super::correlate::Listed;
use super::error::EngineError;
use super::gallery::{Bench, Gallery};
use super::ports::Store;
use crate::language::Language;
use std::collections::HashSet;

/// The places whose marks can be asked with, in their order, and how many of them cannot.
///
/// # Errors
/// Those of the store.
pub fn able_to_ask(
    store: &dyn Store,
    gallery: &Gallery,
    places: Vec<usize>,
) -> Result<(Vec<usize>, usize), EngineError> {
    let all = places.len();
    let kept = gallery.have_marks(store, &places)?;
    let able: Vec<usize> = places.into_iter().zip(kept).filter_map(|(at, kept)| kept.then_some(at)).collect();
    let left_out = all - able.len();
    Ok((able, left_out))
}

/// Cuts ranked lists to the best `most` that can be compared; the receipts count those that were passed over on the way.
pub(super) fn pass_over(bench: &Bench<'_>, mut lists: Vec<Listed>, most: usize) -> Result<Vec<Listed>, EngineError> {
    let mut places: Vec<usize> = lists.iter().flat_map(|(list, _)| list.iter().copied()).collect();
    places.sort_unstable();
    places.dedup();
    let kept = bench.have_marks(&places)?;
    let bare: HashSet<usize> = places.into_iter().zip(kept).filter_map(|(at, kept)| (!kept).then_some(at)).collect();
    for (list, receipt) in &mut lists {
        receipt.signature_only = cut(list, &bare, most);
    }
    Ok(lists)
}

/// Leaves the first `most` that are not bare; gives how many bare ones stood before the last of them, or at all where there are too few others.
fn cut(list: &mut Vec<usize>, bare: &HashSet<usize>, most: usize) -> usize {
    let (mut kept, mut passed) = (0, 0);
    list.retain(|at| {
        if kept == most {
            return false;
        }
        let is_bare = bare.contains(at);
        passed += usize::from(is_bare);
        kept += usize::from(!is_bare);
        !is_bare
    });
    passed
}

/// What a receipt says of the marks it passed over; none where there were none.
#[must_use]
pub fn words(passed_over: usize, language: Language) -> Option<String> {
    (passed_over > 0).then(|| {
        language.pick(
            format!("{passed_over} marks of the shortlist hold only a signature and could not be compared"),
            format!("{passed_over} marcas de la lista corta solo guardan una firma y no pudieron compararse"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_best_take_the_places_of_those_passed_over() {
        let bare = HashSet::from([4, 2, 9]);
        let cut = |most: usize| {
            let mut list = vec![4, 7, 2, 5, 9, 1];
            let passed = cut(&mut list, &bare, most);
            (list, passed)
        };
        assert_eq!(cut(0), (vec![], 0));
        assert_eq!(cut(1), (vec![7], 1));
        assert_eq!(cut(2), (vec![7, 5], 2), "what stands below the last one kept is not asked for");
        assert_eq!(cut(3), (vec![7, 5, 1], 3));
        assert_eq!(cut(usize::MAX), (vec![7, 5, 1], 3));
    }

    #[test]
    fn a_receipt_speaks_of_them_only_where_there_were_any() {
        assert_eq!(words(0, Language::En), None);
        assert!(
            words(3, Language::En).is_some_and(|w| w.starts_with("3 marks of the shortlist hold only a signature"))
        );
        assert!(words(3, Language::Es).is_some_and(|w| w.contains("solo guardan una firma")));
    }
}
