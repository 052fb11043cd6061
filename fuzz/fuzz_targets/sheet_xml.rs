#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mailmuster_fuzz::targets::sheet_xml(bytes));
