//! What Microsoft Graph takes: its types, as far as an export for Intune uses them.

use serde::Serialize;

use super::SignatureCheck;
use crate::domain::directory::GroupId;

pub(super) const CONFIGURATIONS: &str = "deviceConfigurations";
pub(super) const SCRIPTS: &str = "deviceManagementScripts";
pub(super) const REMEDIATIONS: &str = "deviceHealthScripts";

/// Admins see it in the console.
pub(super) const DESCRIPTION: &str = "Sets up a mailbox without its password. Made by mailmuster.";

/// `iosCustomConfiguration` and `macOSCustomConfiguration` of Microsoft Graph. v1.0 cannot name the channel, and
/// a Mac takes mail by the user's only.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomConfiguration<'a> {
    #[serde(rename = "@odata.type")]
    pub(super) kind: &'a str,
    pub(super) display_name: &'a str,
    pub(super) description: &'a str,
    pub(super) payload_name: &'a str,
    pub(super) payload_file_name: &'a str,
    pub(super) payload: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deployment_channel: Option<&'a str>,
}

/// How Intune runs a script. Graph's own defaults are the system account and 64 bits, the portal's the user and 32.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    run_as_account: &'static str,
    run_as32_bit: bool,
    /// Demands that the PC trusts the signer.
    enforce_signature_check: bool,
}

pub(super) const RUN: Run = Run::of(SignatureCheck::Off);

impl Run {
    pub(super) const fn of(check: SignatureCheck) -> Self {
        let enforce_signature_check = matches!(check, SignatureCheck::Enforced);
        Self { run_as_account: "user", run_as32_bit: false, enforce_signature_check }
    }
}

/// `deviceManagementScript` of Microsoft Graph (beta): a platform script.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Script<'a> {
    #[serde(rename = "@odata.type")]
    pub(super) kind: &'a str,
    pub(super) display_name: &'a str,
    pub(super) description: &'a str,
    pub(super) file_name: &'a str,
    #[serde(flatten)]
    pub(super) run: Run,
    pub(super) script_content: &'a str,
}

/// `deviceHealthScript` of Microsoft Graph (beta): a remediation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HealthScript<'a> {
    #[serde(rename = "@odata.type")]
    pub(super) kind: &'a str,
    pub(super) display_name: &'a str,
    pub(super) description: &'a str,
    pub(super) publisher: &'a str,
    #[serde(flatten)]
    pub(super) run: Run,
    pub(super) detection_script_content: &'a str,
    pub(super) remediation_script_content: &'a str,
}

/// The body of the action `assign`, whose parameter has another name for each collection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Assignment {
    Assignments([Assigned; 1]),
    DeviceManagementScriptAssignments([Assigned; 1]),
    DeviceHealthScriptAssignments([AssignedDaily; 1]),
}

impl Assignment {
    pub(super) fn of(kind: &str, group: GroupId) -> Self {
        let target =
            Target { kind: "#microsoft.graph.groupAssignmentTarget", group_id: group.to_string() };
        match kind {
            CONFIGURATIONS => Self::Assignments([Assigned { target }]),
            SCRIPTS => Self::DeviceManagementScriptAssignments([Assigned { target }]),
            _ => Self::DeviceHealthScriptAssignments([AssignedDaily {
                target,
                run_remediation_script: true,
                run_schedule: Daily::NOON,
            }]),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Assigned {
    target: Target,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssignedDaily {
    target: Target,
    run_remediation_script: bool,
    run_schedule: Daily,
}

/// `groupAssignmentTarget` of Microsoft Graph.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    #[serde(rename = "@odata.type")]
    kind: &'static str,
    group_id: String,
}

/// `deviceHealthScriptDailySchedule` of Microsoft Graph.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Daily {
    #[serde(rename = "@odata.type")]
    kind: &'static str,
    /// In days.
    interval: u8,
    use_utc: bool,
    time: &'static str,
}

impl Daily {
    /// Each day at noon of the PC, when the user is likely to be signed in.
    const NOON: Self = Self {
        kind: "#microsoft.graph.deviceHealthScriptDailySchedule",
        interval: 1,
        use_utc: false,
        time: "12:00:00",
    };
}
