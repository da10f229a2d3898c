//! Random bytes of the system, for whatever nobody may guess.

use crate::engine::ports::{StoreError, Stored};

/// So many random bytes of the system: passwords, sessions, tokens, salts and identifiers are made of them.
///
/// # Errors
/// [`StoreError::Io`] when the system gives none.
pub fn random<const N: usize>() -> Stored<[u8; N]> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Io {
        place: "random bytes".to_owned(),
        doing: "take them from the system",
        source: std::io::Error::other(e.to_string()),
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike() {
        let drawn: std::collections::BTreeSet<[u8; 16]> = (0..100).map(|_| random().unwrap()).collect();
        assert_eq!(drawn.len(), 100);
    }
}
