//! Files for Android apps. Which app takes which is in `docs/android.md`.

pub(super) mod autodiscover;
