//! Build, test and measure.
fn main() {}
