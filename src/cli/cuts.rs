//! How many marks pass each stage of a search, as a person asks for it.

use super::failure::Failure;
use crate::engine::parameters::Funnel;
use clap::Args;

/// How many marks pass each stage of a search; the usual numbers where not given. A search with other numbers counts as another search.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "How many pass each stage")]
pub struct CutArgs {
    /// From the vectors to a quick look at the polar codes; 5,000 when not given. Firing pins pass four times as many.
    #[arg(long, value_name = "N")]
    pub to_quick: Option<usize>,
    /// From the quick looks to the search of the polar codes; 100 when not given. Firing pins pass four times as many.
    #[arg(long, value_name = "N")]
    pub to_code: Option<usize>,
    /// From the polar codes to the comparison; 20 when not given. Firing pins pass twice as many.
    #[arg(long, value_name = "N")]
    pub to_compare: Option<usize>,
}

impl CutArgs {
    /// The cuts with these numbers in them.
    ///
    /// # Errors
    /// [`Failure::Usage`] where a stage passes none, or more than the stage before it.
    pub fn over(self, usual: &Funnel) -> Result<Funnel, Failure> {
        let Funnel { to_quick, to_code, to_compare } = *usual;
        let asked = Funnel {
            to_quick: self.to_quick.unwrap_or(to_quick),
            to_code: self.to_code.unwrap_or(to_code),
            to_compare: self.to_compare.unwrap_or(to_compare),
        };
        let Funnel { to_quick, to_code, to_compare } = asked;
        if (1..=to_code).contains(&to_compare) && to_code <= to_quick {
            return Ok(asked);
        }
        Err(Failure::Usage {
            what: "--to-quick, --to-code, --to-compare".to_owned(),
            expected: "each at least 1 and none greater than the one before it".to_owned(),
            got: format!("{to_quick}, {to_code}, {to_compare}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_follow_each_other_and_those_not_given_stay() {
        let usual = Funnel::default();
        assert_eq!(CutArgs::default().over(&usual).unwrap(), usual);
        let fewer = CutArgs { to_quick: Some(1_000), ..CutArgs::default() };
        assert_eq!(fewer.over(&usual).unwrap(), Funnel { to_quick: 1_000, ..usual.clone() });
        for wrong in [
            CutArgs { to_quick: Some(99), ..CutArgs::default() },
            CutArgs { to_code: Some(19), ..CutArgs::default() },
            CutArgs { to_compare: Some(0), ..CutArgs::default() },
        ] {
            assert!(matches!(wrong.over(&usual), Err(Failure::Usage { .. })), "{wrong:?}");
        }
    }
}
