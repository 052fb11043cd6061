//! The fuzz targets as plain functions, so that they also run without a fuzzer.

pub mod targets;
