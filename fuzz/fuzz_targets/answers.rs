#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| amana_fuzz::check("answers", data));
