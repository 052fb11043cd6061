// Cut from npm @microsoft/microsoft-graph-types-beta 0.44.0-preview (MIT), microsoft-graph.d.ts

export interface DeviceConfiguration extends Entity {
    // DateTime the object was created.
    createdDateTime?: string;
    // Admin provided description of the Device Configuration.
    description?: NullableOption<string>;
    // The device mode applicability rule for this Policy.
    deviceManagementApplicabilityRuleDeviceMode?: NullableOption<DeviceManagementApplicabilityRuleDeviceMode>;
    // The OS edition applicability for this Policy.
    deviceManagementApplicabilityRuleOsEdition?: NullableOption<DeviceManagementApplicabilityRuleOsEdition>;
    // The OS version applicability rule for this Policy.
    deviceManagementApplicabilityRuleOsVersion?: NullableOption<DeviceManagementApplicabilityRuleOsVersion>;
    // Admin provided name of the device configuration.
    displayName?: string;
    // DateTime the object was last modified.
    lastModifiedDateTime?: string;
    // List of Scope Tags for this Entity instance.
    roleScopeTagIds?: NullableOption<string[]>;
    /**
     * Indicates whether or not the underlying Device Configuration supports the assignment of scope tags. Assigning to the
     * ScopeTags property is not allowed when this value is false and entities will not be visible to scoped users. This
     * occurs for Legacy policies created in Silverlight and can be resolved by deleting and recreating the policy in the
     * Azure Portal. This property is read-only.
     */
    supportsScopeTags?: boolean;
    // Version of the device configuration.
    version?: number;
    // The list of assignments for the device configuration profile.
    assignments?: NullableOption<DeviceConfigurationAssignment[]>;
    // Device Configuration Setting State Device Summary
    deviceSettingStateSummaries?: NullableOption<SettingStateDeviceSummary[]>;
    // Device configuration installation status by device.
    deviceStatuses?: NullableOption<DeviceConfigurationDeviceStatus[]>;
    // Device Configuration devices status overview
    deviceStatusOverview?: NullableOption<DeviceConfigurationDeviceOverview>;
    // The list of group assignments for the device configuration profile.
    groupAssignments?: NullableOption<DeviceConfigurationGroupAssignment[]>;
    // Device configuration installation status by user.
    userStatuses?: NullableOption<DeviceConfigurationUserStatus[]>;
    // Device Configuration users status overview
    userStatusOverview?: NullableOption<DeviceConfigurationUserOverview>;
}

export interface IosCustomConfiguration extends DeviceConfiguration {
    // Payload. (UTF8 encoded byte array)
    payload?: string;
    // Payload file name (.mobileconfig
    payloadFileName?: NullableOption<string>;
    // Name that is displayed to the user.
    payloadName?: string;
}

export interface MacOSCustomConfiguration extends DeviceConfiguration {
    /**
     * Indicates the channel used to deploy the configuration profile. Available choices are DeviceChannel, UserChannel.
     * Possible values are: deviceChannel, userChannel, unknownFutureValue.
     */
    deploymentChannel?: AppleDeploymentChannel;
    // Payload. (UTF8 encoded byte array)
    payload?: string;
    // Payload file name (.mobileconfig
    payloadFileName?: NullableOption<string>;
    // Name that is displayed to the user.
    payloadName?: string;
}

export type AppleDeploymentChannel = "deviceChannel" | "userChannel" | "unknownFutureValue";

export interface DeviceManagementScript extends Entity {
    // The date and time the device management script was created. This property is read-only.
    createdDateTime?: string;
    // Optional description for the device management script.
    description?: NullableOption<string>;
    // Name of the device management script.
    displayName?: NullableOption<string>;
    // Indicate whether the script signature needs be checked.
    enforceSignatureCheck?: boolean;
    // Script file name.
    fileName?: NullableOption<string>;
    // The date and time the device management script was last modified. This property is read-only.
    lastModifiedDateTime?: string;
    // List of Scope Tag IDs for this PowerShellScript instance.
    roleScopeTagIds?: NullableOption<string[]>;
    // A value indicating whether the PowerShell script should run as 32-bit
    runAs32Bit?: boolean;
    // Indicates the type of execution context. Possible values are: system, user.
    runAsAccount?: RunAsAccountType;
    // The script content.
    scriptContent?: NullableOption<string>;
    // The list of group assignments for the device management script.
    assignments?: NullableOption<DeviceManagementScriptAssignment[]>;
    // List of run states for this script across all devices.
    deviceRunStates?: NullableOption<DeviceManagementScriptDeviceState[]>;
    // The list of group assignments for the device management script.
    groupAssignments?: NullableOption<DeviceManagementScriptGroupAssignment[]>;
    // Run summary for device management script.
    runSummary?: NullableOption<DeviceManagementScriptRunSummary>;
    // List of run states for this script across all users.
    userRunStates?: NullableOption<DeviceManagementScriptUserState[]>;
}

export type RunAsAccountType = "system" | "user";

export interface DeviceManagementScriptAssignment extends Entity {
    // The Id of the Azure Active Directory group we are targeting the script to.
    target?: NullableOption<DeviceAndAppManagementAssignmentTarget>;
}

export interface DeviceManagementScriptGroupAssignment extends Entity {
    // The Id of the Azure Active Directory group we are targeting the script to.
    targetGroupId?: NullableOption<string>;
}

export interface DeviceHealthScript extends Entity {
    // The timestamp of when the device health script was created. This property is read-only.
    createdDateTime?: string;
    // Description of the device health script
    description?: NullableOption<string>;
    // The entire content of the detection powershell script
    detectionScriptContent?: NullableOption<string>;
    // List of ComplexType DetectionScriptParameters objects.
    detectionScriptParameters?: NullableOption<DeviceHealthScriptParameter[]>;
    // DeviceHealthScriptType for the script policy. Possible values are: deviceHealthScript, managedInstallerScript.
    deviceHealthScriptType?: DeviceHealthScriptType;
    // Name of the device health script
    displayName?: NullableOption<string>;
    // Indicate whether the script signature needs be checked
    enforceSignatureCheck?: boolean;
    // Highest available version for a Microsoft Proprietary script
    highestAvailableVersion?: NullableOption<string>;
    // Determines if this is Microsoft Proprietary Script. Proprietary scripts are read-only
    isGlobalScript?: boolean;
    // The timestamp of when the device health script was modified. This property is read-only.
    lastModifiedDateTime?: string;
    // Name of the device health script publisher
    publisher?: NullableOption<string>;
    // The entire content of the remediation powershell script
    remediationScriptContent?: NullableOption<string>;
    // List of ComplexType RemediationScriptParameters objects.
    remediationScriptParameters?: NullableOption<DeviceHealthScriptParameter[]>;
    // List of Scope Tag IDs for the device health script
    roleScopeTagIds?: NullableOption<string[]>;
    // Indicate whether PowerShell script(s) should run as 32-bit
    runAs32Bit?: boolean;
    // Indicates the type of execution context. Possible values are: system, user.
    runAsAccount?: RunAsAccountType;
    // Version of the device health script
    version?: NullableOption<string>;
    // The list of group assignments for the device health script
    assignments?: NullableOption<DeviceHealthScriptAssignment[]>;
    // List of run states for the device health script across all devices
    deviceRunStates?: NullableOption<DeviceHealthScriptDeviceState[]>;
    // High level run summary for device health script.
    runSummary?: NullableOption<DeviceHealthScriptRunSummary>;
}

export type DeviceHealthScriptType = "deviceHealthScript" | "managedInstallerScript";

export interface DeviceHealthScriptAssignment extends Entity {
    // Determine whether we want to run detection script only or run both detection script and remediation script
    runRemediationScript?: boolean;
    // Script run schedule for the target group
    runSchedule?: NullableOption<DeviceHealthScriptRunSchedule>;
    // The Azure Active Directory group we are targeting the script to
    target?: NullableOption<DeviceAndAppManagementAssignmentTarget>;
}

export interface DeviceHealthScriptRunSchedule {
    /**
     * The x value of every x hours for hourly schedule, every x days for Daily Schedule, every x weeks for weekly schedule,
     * every x months for Monthly Schedule. Valid values 1 to 23
     */
    interval?: number;
}

export interface DeviceHealthScriptTimeSchedule extends DeviceHealthScriptRunSchedule {
    // At what time the script is scheduled to run. This collection can contain a maximum of 20 elements.
    time?: NullableOption<string>;
    // Indicate if the time is Utc or client local time.
    useUtc?: boolean;
}

export interface DeviceHealthScriptDailySchedule extends DeviceHealthScriptTimeSchedule {}

export interface DeviceHealthScriptHourlySchedule extends DeviceHealthScriptRunSchedule {}

export interface DeviceConfigurationAssignment extends Entity {
    // The admin intent to apply or remove the profile. Possible values are: apply, remove.
    intent?: NullableOption<DeviceConfigAssignmentIntent>;
    /**
     * The assignment source for the device configuration, direct or parcel/policySet. This property is read-only. Possible
     * values are: direct, policySets.
     */
    source?: DeviceAndAppManagementAssignmentSource;
    // The identifier of the source of the assignment. This property is read-only.
    sourceId?: NullableOption<string>;
    // The assignment target for the device configuration.
    target?: NullableOption<DeviceAndAppManagementAssignmentTarget>;
}

export type DeviceConfigAssignmentIntent = "apply" | "remove";

export type DeviceAndAppManagementAssignmentSource = "direct" | "policySets";

export interface DeviceAndAppManagementAssignmentTarget {
    // The ID of the filter for the target assignment.
    deviceAndAppManagementAssignmentFilterId?: NullableOption<string>;
    // The type of filter of the target assignment i.e. Exclude or Include. Possible values are: none, include, exclude.
    deviceAndAppManagementAssignmentFilterType?: DeviceAndAppManagementAssignmentFilterType;
}

export type DeviceAndAppManagementAssignmentFilterType = "none" | "include" | "exclude";

export interface GroupAssignmentTarget extends DeviceAndAppManagementAssignmentTarget {
    // The group Id that is the target of the assignment.
    groupId?: NullableOption<string>;
}

export interface ExclusionGroupAssignmentTarget extends GroupAssignmentTarget {}

export interface AllDevicesAssignmentTarget extends DeviceAndAppManagementAssignmentTarget {}

export interface AllLicensedUsersAssignmentTarget extends DeviceAndAppManagementAssignmentTarget {}
