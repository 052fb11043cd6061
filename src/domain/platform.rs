//! The kinds of devices that files are made for.

use std::fmt;

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// iPhone, iPad, Mac, Vision Pro.
    Apple,
    /// Phones and tablets with Android.
    Android,
    /// PCs with Windows.
    Windows,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 3] = [Self::Apple, Self::Android, Self::Windows];

    /// As in lists and messages.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Apple => "apple",
            Self::Android => "android",
            Self::Windows => "windows",
        }
    }

    pub(crate) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.id() == id)
    }
}

/// The platforms of a person, all by default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Platforms(u8);

impl Platforms {
    pub(crate) const ALL: Self = Self(0b111);

    pub(crate) fn contains(self, platform: Platform) -> bool {
        self.0 & (1 << platform as u8) != 0
    }

    /// The union.
    #[must_use]
    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Platform> for Platforms {
    fn from_iter<T: IntoIterator<Item = Platform>>(platforms: T) -> Self {
        Self(platforms.into_iter().fold(0, |set, platform| set | 1 << platform as u8))
    }
}

impl fmt::Debug for Platforms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(Platform::ALL.into_iter().filter(|p| self.contains(*p))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_contains_its_platforms() {
        let set: Platforms = [Platform::Apple, Platform::Windows].into_iter().collect();
        assert!(set.contains(Platform::Apple) && !set.contains(Platform::Android));
        assert_eq!(set.with([Platform::Android].into_iter().collect()), Platforms::ALL);
    }
}
