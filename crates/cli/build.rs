//! Makes a changed translation rebuild this crate: the `i18n!` macro does not track its files.

fn main() {
    println!("cargo:rerun-if-changed=../../locales");
}
