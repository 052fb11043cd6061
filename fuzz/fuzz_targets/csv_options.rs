#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mailmuster_fuzz::targets::csv_options(bytes));
