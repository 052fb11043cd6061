//! Files for Android, judged by strict schemas, by readers of QR codes, and by a reader of their payload that was
//! written from its description.

mod autodiscover;
mod paper;
mod people;
mod qr;
mod readers;
mod thunderbird;

pub(super) use autodiscover::{exchangelib, judge_python};
