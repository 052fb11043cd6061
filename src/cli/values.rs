//! Values of options that the file of lasting choices has no key for, as clap reads them.

use crate::config::value::organization;

/// What RFC 5280 lets a common name be, less the ` CA` that the authority gets.
pub(super) fn common_name(text: &str) -> Result<String, String> {
    let name = organization(text)?;
    if name.chars().count() > 60 {
        Err("a certificate's name has at most 60 characters".to_owned())
    } else {
        Ok(name)
    }
}
