//! The Win32 app of a part of the fleet: `win32LobApp` of Microsoft Graph (beta) for the package beside it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::FleetPart;
use super::SignatureCheck;

/// Admins see it in the console.
pub(super) const DESCRIPTION: &str =
    "Sets up the mailbox of the Windows user at the PC, without its password. Made by mailmuster.";

/// The name in the console.
pub(super) fn title(part: &FleetPart<'_>) -> String {
    let name = part.name.replace("-of-", " of ");
    format!("{} Mail for Windows PCs, part {name}", part.provider)
}

/// `win32LobApp` of Microsoft Graph. Its content is uploaded separately.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Win32App {
    #[serde(rename = "@odata.type")]
    kind: &'static str,
    display_name: String,
    description: &'static str,
    publisher: &'static str,
    file_name: String,
    setup_file_path: String,
    install_command_line: String,
    uninstall_command_line: String,
    install_experience: Experience,
    /// A Windows of 32 bits has no `Sysnative`.
    applicable_architectures: &'static str,
    minimum_supported_windows_release: &'static str,
    rules: [DetectionRule; 1],
    return_codes: Vec<ReturnCode>,
}

/// `win32LobAppInstallExperience`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Experience {
    run_as_account: &'static str,
    device_restart_behavior: &'static str,
    max_run_time_in_minutes: u16,
}

/// `win32LobAppPowerShellScriptRule`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DetectionRule {
    #[serde(rename = "@odata.type")]
    kind: &'static str,
    rule_type: &'static str,
    enforce_signature_check: bool,
    run_as32_bit: bool,
    script_content: String,
}

/// `win32LobAppReturnCode`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReturnCode {
    return_code: u16,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Intune's own codes (Microsoft Learn, "Win32 app management"): 1618 is ours as well, and tries again.
const RETURN_CODES: [(u16, &str); 5] = [
    (0, "success"),
    (1707, "success"),
    (3010, "softReboot"),
    (1641, "hardReboot"),
    (1618, "retry"),
];

/// The app of `part`.
pub(super) fn app(part: &FleetPart<'_>) -> Win32App {
    let FleetPart { name, scripts, check, policy, .. } = part;
    let return_codes =
        RETURN_CODES.map(|(return_code, kind)| ReturnCode { return_code, kind }).into();
    Win32App {
        kind: "#microsoft.graph.win32LobApp",
        display_name: title(part),
        description: DESCRIPTION,
        publisher: "mailmuster",
        file_name: format!("Mail-{name}.intunewin"),
        setup_file_path: scripts.install.file_name().to_string(),
        install_command_line: command(scripts.install.file_name().as_str(), policy),
        uninstall_command_line: command(scripts.remove.file_name().as_str(), policy),
        install_experience: Experience {
            run_as_account: "user",
            device_restart_behavior: "suppress",
            max_run_time_in_minutes: 60,
        },
        applicable_architectures: "x64",
        minimum_supported_windows_release: "1607",
        rules: [DetectionRule {
            kind: "#microsoft.graph.win32LobAppPowerShellScriptRule",
            rule_type: "detection",
            enforce_signature_check: *check == SignatureCheck::Enforced,
            run_as32_bit: false,
            script_content: STANDARD.encode(scripts.detect.content().to_vec()),
        }],
        return_codes,
    }
}

/// The line that runs `script` from the folder of the package. Intune's agent has 32 bits, for which `System32` is
/// `SysWOW64`: `Sysnative` is the way from there to the PowerShell of 64 bits.
fn command(script: &str, policy: &str) -> String {
    format!(
        r"%SystemRoot%\Sysnative\WindowsPowerShell\v1.0\powershell.exe -NoProfile -ExecutionPolicy {policy} -File {script}"
    )
}
