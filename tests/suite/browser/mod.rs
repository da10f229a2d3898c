//! The pages in a real browser (headless Chromium, driven by WebDriver): the journeys of a laboratory, from a tray of scans to the report of a hit.
//!
//! Where chromedriver or Chromium is missing the tests say so and pass; with `BRASSLINK_BROWSER=required` they fail instead.

pub mod driver;
mod journeys;
