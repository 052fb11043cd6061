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

export interface MobileApp extends Entity {
    // The date and time the app was created. This property is read-only.
    createdDateTime?: string;
    // The total number of dependencies the child app has. This property is read-only.
    dependentAppCount?: number;
    // The description of the app.
    description?: NullableOption<string>;
    // The developer of the app.
    developer?: NullableOption<string>;
    // The admin provided or imported title of the app.
    displayName?: NullableOption<string>;
    // The more information Url.
    informationUrl?: NullableOption<string>;
    // The value indicating whether the app is assigned to at least one group. This property is read-only.
    isAssigned?: boolean;
    // The value indicating whether the app is marked as featured by the admin.
    isFeatured?: boolean;
    // The large icon, to be displayed in the app details and used for upload of the icon.
    largeIcon?: NullableOption<MimeContent>;
    // The date and time the app was last modified. This property is read-only.
    lastModifiedDateTime?: string;
    // Notes for the app.
    notes?: NullableOption<string>;
    // The owner of the app.
    owner?: NullableOption<string>;
    // The privacy statement Url.
    privacyInformationUrl?: NullableOption<string>;
    // The publisher of the app.
    publisher?: NullableOption<string>;
    /**
     * The publishing state for the app. The app cannot be assigned unless the app is published. This property is read-only.
     * Possible values are: notPublished, processing, published.
     */
    publishingState?: MobileAppPublishingState;
    // List of scope tag ids for this mobile app.
    roleScopeTagIds?: NullableOption<string[]>;
    // The total number of apps this app is directly or indirectly superseded by. This property is read-only.
    supersededAppCount?: number;
    // The total number of apps this app directly or indirectly supersedes. This property is read-only.
    supersedingAppCount?: number;
    // The upload state. Possible values are: 0 - Not Ready, 1 - Ready, 2 - Processing. This property is read-only.
    uploadState?: number;
    // The list of group assignments for this mobile app.
    assignments?: NullableOption<MobileAppAssignment[]>;
    // The list of categories for this app.
    categories?: NullableOption<MobileAppCategory[]>;
    // The set of direct relationships for this app.
    relationships?: NullableOption<MobileAppRelationship[]>;
}

export interface MobileLobApp extends MobileApp {
    // The internal committed content version.
    committedContentVersion?: NullableOption<string>;
    // The name of the main Lob application file.
    fileName?: NullableOption<string>;
    // The total size, including all uploaded files. This property is read-only.
    size?: number;
    // The list of content versions for this app. This property is read-only.
    contentVersions?: NullableOption<MobileAppContent[]>;
}

export interface Win32LobApp extends MobileLobApp {
    /**
     * Contains the unique identifier of the associated install script for this Win32 app to be used instead of the install
     * command line by the managed device during app installation. When null, the install command line is used instead.
     */
    activeInstallScript?: NullableOption<MobileAppScriptReference>;
    /**
     * Contains the unique identifier of the associated uninstall script for this Win32 app to be used instead of the
     * uninstall command line by the managed device during app uninstallation. When null, the uninstall command line is used
     * instead.
     */
    activeUninstallScript?: NullableOption<MobileAppScriptReference>;
    /**
     * Indicates whether the uninstall is supported from the company portal for the Win32 app with an available assignment.
     * When TRUE, indicates that uninstall is supported from the company portal for the Windows app (Win32) with an available
     * assignment. When FALSE, indicates that uninstall is not supported for the Windows app (Win32) with an Available
     * assignment. Default value is FALSE.
     */
    allowAvailableUninstall?: boolean;
    /**
     * Indicates the Windows architecture(s) this app should be installed on. The app will be treated as not applicable for
     * devices with architectures not matching the selected value. When a non-null value is provided for the
     * allowedArchitectures property, the value of the applicableArchitectures property is set to none. Possible values are:
     * null, x86, x64, arm64. Possible values are: none, x86, x64, arm, neutral, arm64.
     */
    allowedArchitectures?: NullableOption<WindowsArchitecture>;
    /**
     * Indicates the Windows architecture(s) this app should be installed on. The app will be treated as not applicable for
     * devices with architectures not matching the selected value. When a non-null value is provided for the
     * allowedArchitectures property, the value of the applicableArchitectures property is set to none.
     * Possible values are: none, x86, x64. Possible values are: none, x86, x64, arm, neutral, arm64.
     */
    applicableArchitectures?: WindowsArchitecture;
    /**
     * Indicates the detection rules to detect Win32 Line of Business (LoB) app. Possible values are
     * Win32LobAppPowerShellScriptDetection, Win32LobAppRegistryDetection, Win32LobAppFileSystemDetection,
     * Win32LobAppProductCodeDetection.
     */
    detectionRules?: NullableOption<Win32LobAppDetection[]>;
    // Indicates the version displayed in the UX for this app. Used to set the version of the app. Example: 1.0.3.215.
    displayVersion?: NullableOption<string>;
    // Indicates the command line to install this app. Used to install the Win32 app. Example: msiexec /i 'Orca.Msi' /qn.
    installCommandLine?: NullableOption<string>;
    // Indicates the install experience for this app.
    installExperience?: NullableOption<Win32LobAppInstallExperience>;
    /**
     * Indicates the value for the minimum CPU speed which is required to install this app. Allowed range from 0 to clock
     * speed from WMI helper.
     */
    minimumCpuSpeedInMHz?: NullableOption<number>;
    /**
     * Indicates the value for the minimum free disk space which is required to install this app. Allowed range from 0 to
     * driver's maximum available free space.
     */
    minimumFreeDiskSpaceInMB?: NullableOption<number>;
    /**
     * Indicates the value for the minimum physical memory which is required to install this app. Allowed range from 0 to
     * total physical memory from WMI helper.
     */
    minimumMemoryInMB?: NullableOption<number>;
    // Indicates the value for the minimum number of processors which is required to install this app. Minimum value is 0.
    minimumNumberOfProcessors?: NullableOption<number>;
    // Indicates the value for the minimum applicable operating system.
    minimumSupportedOperatingSystem?: NullableOption<WindowsMinimumOperatingSystem>;
    // Indicates the value for the minimum supported windows release. Example: Windows11_23H2.
    minimumSupportedWindowsRelease?: NullableOption<string>;
    // Indicates the MSI details if this Win32 app is an MSI app.
    msiInformation?: NullableOption<Win32LobAppMsiInformation>;
    /**
     * Indicates the requirement rules to detect Win32 Line of Business (LoB) app. Possible values are:
     * Win32LobAppFileSystemRequirement, Win32LobAppPowerShellScriptRequirement, Win32LobAppRegistryRequirement.
     */
    requirementRules?: NullableOption<Win32LobAppRequirement[]>;
    // Indicates the return codes for post installation behavior.
    returnCodes?: NullableOption<Win32LobAppReturnCode[]>;
    /**
     * Indicates the detection and requirement rules for this app. Possible values are: Win32LobAppFileSystemRule,
     * Win32LobAppPowerShellScriptRule, Win32LobAppProductCodeRule, Win32LobAppRegistryRule.
     */
    rules?: NullableOption<Win32LobAppRule[]>;
    /**
     * Indicates the relative path of the setup file in the encrypted Win32LobApp package. Example: Intel-SA-00075 Detection
     * and Mitigation Tool.msi.
     */
    setupFilePath?: NullableOption<string>;
    /**
     * Indicates the command line to uninstall this app. Used to uninstall the app. Example: msiexec /x
     * '{85F4CBCB-9BBC-4B50-A7D8-E1106771498D}' /qn.
     */
    uninstallCommandLine?: NullableOption<string>;
}

export interface Win32LobAppRule {
    // The rule type indicating the purpose of the rule. Possible values are: detection, requirement.
    ruleType?: Win32LobAppRuleType;
}

export interface Win32LobAppPowerShellScriptRule extends Win32LobAppRule {
    // The script output comparison value. Do not specify a value if the rule is used for detection.
    comparisonValue?: NullableOption<string>;
    // The display name for the rule. Do not specify this value if the rule is used for detection.
    displayName?: NullableOption<string>;
    // A value indicating whether a signature check is enforced.
    enforceSignatureCheck?: boolean;
    /**
     * The script output comparison operation type. Use NotConfigured (the default value) if the rule is used for detection.
     * Possible values are: notConfigured, string, dateTime, integer, float, version, boolean.
     */
    operationType?: Win32LobAppPowerShellScriptRuleOperationType;
    /**
     * The script output operator. Use NotConfigured (the default value) if the rule is used for detection. Possible values
     * are: notConfigured, equal, notEqual, greaterThan, greaterThanOrEqual, lessThan, lessThanOrEqual.
     */
    operator?: Win32LobAppRuleOperator;
    // A value indicating whether the script should run as 32-bit.
    runAs32Bit?: boolean;
    /**
     * The execution context of the script. Do not specify this value if the rule is used for detection. Script detection
     * rules will run in the same context as the associated app install context. Possible values are: system, user.
     */
    runAsAccount?: NullableOption<RunAsAccountType>;
    // The base64-encoded script content.
    scriptContent?: NullableOption<string>;
}

export interface Win32LobAppInstallExperience {
    // Device restart behavior. Possible values are: basedOnReturnCode, allow, suppress, force.
    deviceRestartBehavior?: Win32LobAppRestartBehavior;
    // The number of minutes the system will wait for install program to finish. Default value is 60 minutes.
    maxRunTimeInMinutes?: NullableOption<number>;
    // Indicates the type of execution context the app runs in. Possible values are: system, user.
    runAsAccount?: RunAsAccountType;
}

export interface Win32LobAppReturnCode {
    // Return code.
    returnCode?: number;
    // The type of return code. Possible values are: failed, success, softReboot, hardReboot, retry.
    type?: Win32LobAppReturnCodeType;
}

export type WindowsArchitecture = "none" | "x86" | "x64" | "arm" | "neutral" | "arm64";

export type Win32LobAppRuleType = "detection" | "requirement";

export type Win32LobAppPowerShellScriptRuleOperationType =
    | "notConfigured"
    | "string"
    | "dateTime"
    | "integer"
    | "float"
    | "version"
    | "boolean";

export type Win32LobAppRuleOperator =
    | "notConfigured"
    | "equal"
    | "notEqual"
    | "greaterThan"
    | "greaterThanOrEqual"
    | "lessThan"
    | "lessThanOrEqual";

export type Win32LobAppRestartBehavior = "basedOnReturnCode" | "allow" | "suppress" | "force";

export type Win32LobAppReturnCodeType = "failed" | "success" | "softReboot" | "hardReboot" | "retry";

export type MobileAppPublishingState = "notPublished" | "processing" | "published";
