//! The command line as a contract: every line of it parses, help is frozen, translations are complete.

mod grammar;
mod help;
mod locales;
