//! Texts that an MDM would fill in. A signed profile that has one is a template that nothing fills in.

/// Variables of Jamf Pro (Jamf Pro documentation, *Payload Variables for Configuration Profiles*) and the beginning
/// of Fleet's, after the `$`.
const VARIABLES: [&str; 26] = [
    "ASSETTAG",
    "BUILDINGID",
    "BUILDINGNAME",
    "COMPUTERNAME",
    "DEPARTMENTID",
    "DEPARTMENTNAME",
    "DEVICENAME",
    "EMAIL",
    "EXTENSIONATTRIBUTE_",
    "FLEET_",
    "FULLNAME",
    "ICCID",
    "IMEI",
    "JSSID",
    "MACADDRESS",
    "MEID",
    "PHONE",
    "POSITION",
    "PROFILEJAMFID",
    "REALNAME",
    "ROOM",
    "SERIALNUMBER",
    "SITEID",
    "SITENAME",
    "UDID",
    "USERNAME",
];

/// The variable of an MDM in `text`: `$SITENAME`, `${FLEET_VAR_…}`, `{{mail}}`, Jamf School's `%FullName%`.
pub(crate) fn variable_in(text: &str) -> Option<&str> {
    let braces = text.find("{{").and_then(|at| {
        let end = text[at..].find("}}")?;
        Some(&text[at..at + end + 2])
    });
    let dollar = || {
        text.match_indices('$').find_map(|(at, _)| {
            let name = text[at + 1..].trim_start_matches('{');
            VARIABLES.iter().find(|variable| name.starts_with(**variable))?;
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let end = end.unwrap_or(name.len()) + (text.len() - at - name.len());
            Some(&text[at..at + end])
        })
    };
    let percent = || {
        text.match_indices('%').find_map(|(at, _)| {
            let rest = &text[at + 1..];
            let end = rest.find('%')?;
            let is_name = end > 1 && rest[..end].bytes().all(|byte| byte.is_ascii_alphabetic());
            is_name.then(|| &text[at..at + end + 2])
        })
    };
    braces.or_else(dollar).or_else(percent)
}
