//! Files for Android apps. Which app takes which is in `docs/hosting.md`.

pub(super) mod autoconfig;
pub(super) mod autodiscover;
pub(crate) mod fairemail;
pub(super) mod judge;
pub(super) mod qr;
pub(super) mod thunderbird;
