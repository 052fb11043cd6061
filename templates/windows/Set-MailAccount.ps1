<#
.SYNOPSIS
    Sets up one person's mail account on this Windows PC, in classic Outlook or in Thunderbird.

.DESCRIPTION
    It holds no password and asks for none: the mail program asks once. What it changes, and
    nothing else:

    - its own folder %LOCALAPPDATA%\MailSetup (as SYSTEM: %ProgramData%\MailSetup\<SID>, which only
      SYSTEM and administrators can write): Logs\mailsetup.log and an Outlook profile file <id>.prf
    - classic Outlook: in HKCU\Software\Microsoft\Office\16.0\Outlook\Setup it sets ImportPRF and
      deletes First-Run and FirstRun. Outlook imports the file when it starts next, adds the
      account to the default profile (or makes one named "Outlook") and deletes ImportPRF itself
    - Thunderbird: lines for one account at the end of prefs.js in the profile it starts with; the
      former file stays beside it as prefs.js.mailsetup.bak

    An account counts as set up only when it was seen in the mail program's own settings. A second
    run adds nothing twice. No script can set up the new Outlook.

.PARAMETER Action
    Install         set the account up (default, unless the data block names another)
    Detect          change nothing but the log; 0 = the account is there, or waits for the next
                    start of Outlook; 1 = it is not there
    Remove          take back a waiting import; say where to remove a finished account by hand
    TestConnection  look up the servers, connect, check TLS and that a password is taken
    Show            print the settings, for typing them in

.PARAMETER Client
    Auto         the program that has the account; else classic Outlook, unless the user switched
                 to the new one or incoming mail wants STARTTLS, which a profile file cannot say;
                 else Thunderbird
    Outlook      classic Outlook 2016 or later, even if Thunderbird is there
    Thunderbird  Thunderbird, even if Outlook is there. Not as SYSTEM: its files are the user's

.PARAMETER Launch
    Not as SYSTEM: start Outlook at once and wait up to 90 seconds for the account.

.PARAMETER Force
    Go on although the account is another Windows user's, Outlook took the file once and made no
    account, or another profile file waits.

.PARAMETER LogPath
    Log file to use instead; its folder is made.

.NOTES
    The last line of output is one ASCII sentence. Exit codes:
    0     done, or nothing to do
    1     Detect: the account is not there
    1001  the data block is damaged
    1002  no single signed-in user; run it as that user
    1003  the account is meant for another Windows user
    1004  no mail program here that a script can set up; the settings are printed
    1005  the connection test failed
    1006  cannot be undone by a script; the message says where to do it
    1007  a change failed; see the log
    1008  Outlook took the file and made no account; type the settings in, or use -Force
    1618  try again later: Thunderbird runs, or Outlook has another file to import first
#>

#requires -Version 5.1

[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
param(
    [ValidateSet('Install', 'Detect', 'Remove', 'TestConnection', 'Show')]
    [string] $Action,
    [ValidateSet('Auto', 'Outlook', 'Thunderbird')]
    [string] $Client = 'Auto',
    [switch] $Launch,
    [switch] $Force,
    [string] $LogPath
)

# ---- words

# Agents read output in the PC's OEM code page, and a server's answer may hold terminal escapes.
function ConvertTo-Ascii {
    param([string] $Text)
    return ($Text -replace '[^\x20-\x7E]', '?')
}

function Add-Line {
    param([string] $Text)
    $null = $script:Lines.Add((ConvertTo-Ascii $Text))
}

function New-Result {
    param([int] $Code, [string] $Message)
    return [pscustomobject]@{ Code = $Code; Message = 'mail setup: ' + (ConvertTo-Ascii $Message) }
}

# The innermost reason: PowerShell wraps it in "Exception calling ...".
function Get-Reason {
    param($ErrorRecord)
    $e = $ErrorRecord.Exception
    while ($null -ne $e.InnerException) { $e = $e.InnerException }
    return $e.Message
}

function Write-Log {
    param([string] $Message)
    Write-Verbose $Message
    if (-not $script:LogFile) { return }
    try {
        $now = [DateTime]::Now.ToString('yyyy-MM-ddTHH:mm:ssK', [Globalization.CultureInfo]::InvariantCulture)
        [IO.File]::AppendAllText($script:LogFile, ('{0} {1}{2}' -f $now, $Message, "`r`n"), $script:Utf8)
    }
    catch { $script:LogFile = '' }
}

# Every change of a file or of the registry asks here first, so -WhatIf and -Confirm hold.
function Test-Change {
    param([string] $Target, [string] $What)
    if (-not $script:Caller.ShouldProcess($Target, $What)) { return $false }
    Write-Log "${What}: $Target"
    return $true
}

function Add-Settings {
    param($Account)
    $words = @{ tls = 'SSL/TLS'; starttls = 'STARTTLS'; none = 'no encryption'; imap = 'IMAP'; pop = 'POP3' }
    $in = $Account.incoming
    $out = $Account.outgoing
    Add-Line ('Address   {0}' -f $Account.email)
    Add-Line ('Incoming  {0}, server {1}, port {2}, {3}, user name {4}' -f $words[$in.protocol], $in.host, $in.port, $words[$in.security], $in.user)
    Add-Line ('Outgoing  SMTP with sign-in, server {0}, port {1}, {2}, user name {3}' -f $out.host, $out.port, $words[$out.security], $out.user)
}

# ---- data

# A property that may be missing: under StrictMode the plain dot is an error then.
function Get-Prop {
    param($Object, [string] $Name)
    if ($null -eq $Object) { return $null }
    $property = $Object.PSObject.Properties[$Name]
    if ($null -eq $property) { return $null }
    return $property.Value
}

function Assert-Text {
    param($Object, [hashtable] $Rules, [string] $What)
    foreach ($name in $Rules.Keys) {
        $value = Get-Prop $Object $name
        if (-not ($value -is [string]) -or $value -cnotmatch $Rules[$name] -or $value -match '[\x00-\x1F\x7F-\x9F]') { throw "$What$name is missing or malformed" }
    }
}

function Assert-Number {
    param($Object, [string] $Name, [int] $Most, [string] $What)
    $value = Get-Prop $Object $Name
    # Windows PowerShell reads a JSON number as Int32, PowerShell 7 as Int64.
    if (-not ($value -is [int] -or $value -is [long]) -or $value -lt 1 -or $value -gt $Most) { throw "$What$Name is not between 1 and $Most" }
}

function Read-DataBlock {
    param([string] $Json)
    $data = $Json | ConvertFrom-Json
    if ((Get-Prop $data 'format') -ne 1) { throw 'format is not 1' }
    Assert-Number $data 'pendingDays' 3650
    Assert-Text $data @{ tool = '\S'; defaultAction = '\A(Install|Detect|Remove|TestConnection|Show)\z' }
    $seen = @{}
    foreach ($account in @(Get-Prop $data 'accounts')) {
        $what = "account $($seen.Count + 1): "
        # The id becomes a file name.
        Assert-Text $account @{ id = '\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z'; windowsUser = ''; displayName = '\S'; email = '\A[^@\s]+@[^@\s]+\z' } $what
        if ($seen.ContainsKey($account.id)) { throw ($what + 'id is there twice') }
        $seen[$account.id] = $true
        Assert-Text (Get-Prop $account 'incoming') @{ protocol = '\A(imap|pop)\z' } $what
        foreach ($side in @('incoming', 'outgoing')) {
            $server = Get-Prop $account $side
            Assert-Number $server 'port' 65535 ($what + $side + ' ')
            Assert-Text $server @{ host = '\A[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\z'; security = '\A(tls|starttls|none)\z'; user = '\S' } ($what + $side + ' ')
        }
    }
    if ($seen.Count -eq 0) { throw 'there is no account' }
    return $data
}

# ---- registry

# By .NET: New-Item -Force deletes the values of a key that is there. Outlook keeps text as REG_SZ,
# in older builds as REG_BINARY: UTF-16 with a NUL.
function Get-RegistryText {
    param($Base, [string] $Path, [string] $Name)
    # Some machine keys are closed to ordinary users.
    try { $key = $Base.OpenSubKey($Path) } catch { return '' }
    if ($null -eq $key) { return '' }
    try { $value = $key.GetValue($Name) } finally { $key.Close() }
    if ($value -is [byte[]]) { $value = [Text.Encoding]::Unicode.GetString($value) }
    return ([string] $value -replace '\x00[\s\S]*\z', '').Trim([char] 0xFEFF, [char] 32)
}

# The view is named: Intune's default is 32-bit PowerShell.
function Get-MachineText {
    param([string] $Path, [string] $Name, $View = [Microsoft.Win32.RegistryView]::Registry64)
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, $View)
    try { return (Get-RegistryText $base $Path $Name) } finally { $base.Close() }
}

function Get-UserText {
    param([string] $Path, [string] $Name)
    return (Get-RegistryText ([Microsoft.Win32.Registry]::Users) ($User.Sid + '\' + $Path) $Name)
}

function Get-UserSubKeys {
    param([string] $Path)
    $key = [Microsoft.Win32.Registry]::Users.OpenSubKey($User.Sid + '\' + $Path)
    if ($null -eq $key) { return }
    try { return $key.GetSubKeyNames() } finally { $key.Close() }
}

function Edit-OutlookSetup {
    param([string] $ImportPrf, [string[]] $Delete)
    $key = [Microsoft.Win32.Registry]::Users.CreateSubKey("$($User.Sid)\$OutlookKey\Setup")
    try {
        if ($ImportPrf) { $key.SetValue('ImportPRF', $ImportPrf, [Microsoft.Win32.RegistryValueKind]::String) }
        foreach ($name in $Delete) { $key.DeleteValue($name, $false) }
    }
    finally { $key.Close() }
}

# ---- whom it is for

function Get-TargetUser {
    $me = [Security.Principal.WindowsIdentity]::GetCurrent()
    $sid = $me.User.Value
    $name = $me.Name
    $local = [Environment]::GetFolderPath('LocalApplicationData')
    $work = "$local\MailSetup"
    $isSystem = ($sid -eq 'S-1-5-18')
    if ($isSystem) {
        # The usual case for RMM agents: act for the one user at the desktop. A process may end
        # between the two calls. S-1-5-21: local and domain accounts; S-1-12-1: Entra ID
        $sids = @(Get-CimInstance -ClassName Win32_Process -Filter "Name='explorer.exe'" |
                ForEach-Object { try { Get-Prop (Invoke-CimMethod -InputObject $_ -MethodName GetOwnerSid) 'Sid' } catch { '' } } |
                Where-Object { $_ -match '\AS-1-(5-21|12-1)-[0-9-]+\z' } | Sort-Object -Unique)
        if ($sids.Count -ne 1) { return $null }
        $sid = $sids[0]
        $folder = Get-MachineText "SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\$sid" 'ProfileImagePath'
        if (-not $folder) { return $null }
        try { $name = [Security.Principal.SecurityIdentifier]::new($sid).Translate([Security.Principal.NTAccount]).Value } catch { $name = '' }
        $local = "$folder\AppData\Local"
        $work = '{0}\MailSetup\{1}' -f [Environment]::GetFolderPath('CommonApplicationData'), $sid
    }
    return [pscustomobject]@{ Sid = $sid; Name = $name; IsSystem = $isSystem; Local = $local; WorkDir = $work }
}

# The accounts of this Windows user: PC\ada, ada or a user principal name
function Select-Accounts {
    param($Data)
    $names = @($User.Name, $User.Name.Split('\')[-1])
    $names += Get-MachineText ('SOFTWARE\Microsoft\IdentityStore\Cache\{0}\IdentityCache\{0}' -f $User.Sid) 'UserName'
    $all = @($Data.accounts)
    $mine = @($all | Where-Object { $_.windowsUser -and ($names -contains $_.windowsUser) })
    $free = @($all | Where-Object { -not $_.windowsUser })
    # A file for one person: nobody is named, or one account and -Force.
    if ($mine.Count -eq 0 -and ($free.Count -eq $all.Count -or ($Force -and $all.Count -eq 1))) { $mine = $all }
    return $mine
}

# On a terminal server, other sessions are other people's.
function Test-Running {
    param([string] $Name)
    $session = (Get-Process -Id $PID).SessionId
    return (@(Get-Process -Name $Name -ErrorAction SilentlyContinue | Where-Object { $_.SessionId -eq $session }).Count -gt 0)
}

# ---- own folder

# %ProgramData% lets every user make folders: SYSTEM must not write through one of theirs.
function Initialize-SystemFolder {
    param([string] $Path, [string] $Sddl)
    if (-not [IO.Directory]::Exists($Path)) {
        if (-not (Test-Change $Path 'Create folder')) { return }
        $null = [IO.Directory]::CreateDirectory($Path)
    }
    if (([int] [IO.File]::GetAttributes($Path) -band 0x400) -ne 0) { throw "refusing to use ${Path}: it is a link" }
    $acl = Get-Acl -LiteralPath $Path
    $owner = $acl.GetOwner([Security.Principal.SecurityIdentifier]).Value
    if (@('S-1-5-18', 'S-1-5-32-544') -notcontains $owner) { throw "refusing to use ${Path}: its owner is not SYSTEM or the administrators" }
    if (-not $acl.AreAccessRulesProtected -and (Test-Change $Path 'Restrict folder')) {
        $new = [Security.AccessControl.DirectorySecurity]::new()
        $new.SetSecurityDescriptorSddlForm($Sddl)
        Set-Acl -LiteralPath $Path -AclObject $new
    }
}

function Initialize-WorkDir {
    $path = $User.WorkDir
    if ($User.IsSystem) {
        $rule = 'O:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'
        # The parent first, so that the folder in it inherits no right of other users.
        Initialize-SystemFolder ([IO.Path]::GetDirectoryName($path)) $rule
        Initialize-SystemFolder $path ('{0}(A;OICI;FRFX;;;{1})' -f $rule, $User.Sid)
    }
    elseif (-not [IO.Directory]::Exists($path) -and (Test-Change $path 'Create folder')) { $null = [IO.Directory]::CreateDirectory($path) }
}

function Start-Log {
    if ($WhatIfPreference) { return }
    try {
        # .NET does not know PowerShell's current folder.
        if ($LogPath) { $file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($LogPath) }
        else {
            Initialize-WorkDir
            if (-not [IO.Directory]::Exists($User.WorkDir)) { return }
            $file = Join-Path $User.WorkDir 'Logs\mailsetup.log'
        }
        $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($file))
        $script:LogFile = $file
    }
    catch { Add-Line "no log file: $(Get-Reason $_)" }
}

# ---- classic Outlook

function Get-OutlookExe {
    foreach ($view in @([Microsoft.Win32.RegistryView]::Registry64, [Microsoft.Win32.RegistryView]::Registry32)) {
        $exe = (Get-MachineText 'SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\OUTLOOK.EXE' '' $view).Trim('"')
        # Older ones keep their settings under another key.
        if ($exe -and [IO.File]::Exists($exe) -and [Diagnostics.FileVersionInfo]::GetVersionInfo($exe).FileMajorPart -ge 16) { return $exe }
    }
    return ''
}

# True when one of the user's Outlook profiles holds the account. Only looks.
function Test-OutlookAccount {
    param($Account)
    $server = @{ imap = 'IMAP Server'; pop = 'POP3 Server' }[$Account.incoming.protocol]
    foreach ($name in @(Get-UserSubKeys "$OutlookKey\Profiles")) {
        # This subkey holds the accounts, in every profile.
        $path = "$OutlookKey\Profiles\$name\9375CFF0413111d3B88A00104B2A6676"
        foreach ($number in @(Get-UserSubKeys $path)) {
            # An address may have its type before it.
            if (((Get-UserText "$path\$number" 'Email') -replace '\Asmtp:', '') -ne $Account.email) { continue }
            if ((Get-UserText "$path\$number" $server) -eq $Account.incoming.host) { return $true }
            Write-Log "Outlook profile $name has $($Account.email) with another incoming server"
        }
    }
    return $false
}

function Get-PrfPath {
    param($Account)
    return (Join-Path $User.WorkDir ($Account.id + '.prf'))
}

# pending: our profile file waits for Outlook; stale: for too long; blocked: somebody else's waits;
# refused: Outlook took ours, deleted ImportPRF as it does then, and there is no account. The path
# is not followed: it is the user's word, and SYSTEM must not open what a user names.
function Get-OutlookStatus {
    param($Account, [int] $PendingDays = 36500)
    if (Test-OutlookAccount $Account) { return 'present' }
    $import = (Get-UserText "$OutlookKey\Setup" 'ImportPRF').Trim('"')
    if ($import -like ('*\' + $Account.id + '.prf')) {
        if (([DateTime]::UtcNow - [IO.File]::GetLastWriteTimeUtc((Get-PrfPath $Account))).TotalDays -gt $PendingDays) { return 'stale' }
        return 'pending'
    }
    if ($import) { return 'blocked' }
    if ([IO.File]::Exists((Get-PrfPath $Account))) { return 'refused' }
    return 'absent'
}

# Its last section is the map that Microsoft's Office Customization Tool writes: Outlook drops a
# key without a line there and says nothing. The values are the properties', from "Account
# management API" on Microsoft Learn: PROP_INET_SSL (0x0105) 0 no SSL, otherwise SSL, so no
# STARTTLS; PROP_SMTP_SECURE_CONNECTION (0x020A) 0 none, 1 SSL, 2 TLS (STARTTLS);
# PROP_SMTP_AUTH_METHOD (0x0208) 0 as for incoming mail, 1 the user in 0x0204;
# PROP_POP_LEAVE_ON_SERVER (0x1000) 1 leave; 0 would empty the mailbox for other devices.
# No data file is named: Outlook makes one and binds the account to it. One named here stays
# unbound (measured by SixFive7/OutlookAI on Office LTSC 2024).
function New-PrfText {
    param($Account, [string] $ProfileName, [string] $DisplayName, [bool] $NewProfile)
    $in = $Account.incoming
    $out = $Account.outgoing
    $kind = 'IMAP'
    $section = 'IMAP_I_Mail'
    $own = ''
    $ownMap = "CheckNewImap=PT_LONG,0x1100`r`nRootFolder=PT_UNICODE,0x1101"
    if ($in.protocol -eq 'pop') {
        $kind = 'POP3'
        $section = 'I_Mail'
        $own = "LeaveOnServer=0x1`r`n"
        $ownMap = 'LeaveOnServer=PT_LONG,0x1000'
    }
    $incomingSsl = @{ none = 0; tls = 1 }[$in.security]
    if ($null -eq $incomingSsl) { throw 'a profile file cannot say STARTTLS for incoming mail' }
    $outgoingSecure = @{ none = 0; tls = 1; starttls = 2 }[$out.security]
    $login = 0
    if ($out.user -cne $in.user) {
        $login = 1
        $own += "SMTPUserName={0}`r`n" -f $out.user
    }
    $modify = 'TRUE'
    if ($NewProfile) {
        $modify = 'FALSE'
        $own += "DefaultAccount=TRUE`r`n"
    }
    $text = @"
; Outlook profile file. It holds no password: the format has no field for one.
[General]
Custom=1
ProfileName=$ProfileName
DefaultProfile=Yes
OverwriteProfile=Append
ModifyDefaultProfileIfPresent=$modify
BackupProfile=No

[Service List]
Service1=Outlook Address Book

[Internet Account List]
Account1=$section

[Service1]
UniqueService=Yes

[Account1]
UniqueService=No
AccountName=$($Account.email)
DisplayName=$DisplayName
EmailAddress=$($Account.email)
${kind}Server=$($in.host)
${kind}UserName=$($in.user)
${kind}UseSPA=0
${kind}Port=$($in.port)
${kind}UseSSL=$incomingSsl
SMTPServer=$($out.host)
SMTPPort=$($out.port)
SMTPUseAuth=1
SMTPAuthMethod=$login
SMTPUseSPA=0
SMTPSecureConnection=$outgoingSecure
ConnectionType=0
ServerTimeOut=60
$own
[Outlook Address Book]
ServiceName=CONTAB

[$section]
AccountType=$kind
AccountName=PT_UNICODE,0x0002
DisplayName=PT_UNICODE,0x000B
EmailAddress=PT_UNICODE,0x000C
${kind}Server=PT_UNICODE,0x0100
${kind}UserName=PT_UNICODE,0x0101
${kind}UseSPA=PT_LONG,0x0108
Organization=PT_UNICODE,0x0107
ReplyEmailAddress=PT_UNICODE,0x0103
${kind}Port=PT_LONG,0x0104
${kind}UseSSL=PT_LONG,0x0105
SMTPServer=PT_UNICODE,0x0200
SMTPUseAuth=PT_LONG,0x0203
SMTPAuthMethod=PT_LONG,0x0208
SMTPUserName=PT_UNICODE,0x0204
SMTPUseSPA=PT_LONG,0x0207
ConnectionType=PT_LONG,0x000F
ConnectionOID=PT_UNICODE,0x0010
SMTPPort=PT_LONG,0x0201
SMTPSecureConnection=PT_LONG,0x020A
ServerTimeOut=PT_LONG,0x0209
$ownMap
"@
    return (($text -replace "`r?`n", "`r`n") + "`r`n")
}

# 8-bit text without a BOM, which would become part of the first line. $null if the PC's ANSI code
# page lacks a character: encoders put "?" or a look-alike in its place.
function ConvertTo-AnsiBytes {
    param([string] $Text)
    # That of the current culture would follow the user's date format, not the system.
    $page = Get-MachineText 'SYSTEM\CurrentControlSet\Control\Nls\CodePage' 'ACP'
    $encoding = [Text.Encoding]::ASCII
    if ($page -eq '65001') { $encoding = $script:Utf8 }
    elseif ($page) { try { $encoding = [Text.Encoding]::GetEncoding([int] $page) } catch { Write-Log "no code page $page" } }
    $bytes = $encoding.GetBytes($Text)
    if (-not $encoding.GetString($bytes).Equals($Text)) { return $null }
    return , $bytes
}

function Remove-OutlookImport {
    param($Account)
    $import = (Get-UserText "$OutlookKey\Setup" 'ImportPRF').Trim('"')
    if ($import -like ('*\' + $Account.id + '.prf') -and (Test-Change $import 'Delete ImportPRF')) { Edit-OutlookSetup '' @('ImportPRF') }
    $prf = Get-PrfPath $Account
    if ([IO.File]::Exists($prf) -and (Test-Change $prf 'Delete file')) { [IO.File]::Delete($prf) }
}

function Install-OutlookAccount {
    param($Account, [string] $Exe)
    $status = Get-OutlookStatus $Account
    if ($status -eq 'present') {
        # Perhaps by hand: a file that still waits would do it again.
        Remove-OutlookImport $Account
        return 'present'
    }
    # Outlook is not fed for ever what it refused, and what waits is not pushed aside.
    if (($status -eq 'refused' -or $status -eq 'blocked') -and -not $Force) { return $status }

    $profiles = @(Get-UserSubKeys "$OutlookKey\Profiles")
    $isNew = ($profiles.Count -eq 0)
    $profileName = 'Outlook'
    if (-not $isNew) {
        $profileName = Get-UserText $OutlookKey 'DefaultProfile'
        if ($profiles -notcontains $profileName) { $profileName = $profiles[0] }
    }
    $bytes = ConvertTo-AnsiBytes (New-PrfText $Account $profileName $Account.displayName $isNew)
    if ($null -eq $bytes) {
        Write-Log 'the code page of this PC lacks a character of the name; the address stands in'
        $bytes = ConvertTo-AnsiBytes (New-PrfText $Account $profileName $Account.email $isNew)
    }
    if ($null -eq $bytes) { throw 'the code page of this PC lacks a character of the account or the Outlook profile' }
    Initialize-WorkDir
    $prf = Get-PrfPath $Account
    if (-not (Test-Change $prf 'Write Outlook profile file and set ImportPRF')) { return 'pending' }
    [IO.File]::WriteAllBytes($prf, $bytes)
    # Outlook skips ImportPRF, and says nothing, while one of the other two is there (Microsoft,
    # "Customizing a PRF file"). A file without the value would count as refused.
    try { Edit-OutlookSetup $prf @('First-Run', 'FirstRun') }
    catch {
        [IO.File]::Delete($prf)
        throw
    }
    if (-not $Launch -or $User.IsSystem -or (Test-Running 'OUTLOOK') -or -not (Test-Change $Exe 'Start Outlook')) { return 'pending' }
    $null = Start-Process -FilePath $Exe
    $until = [DateTime]::UtcNow.AddSeconds(90)
    while ([DateTime]::UtcNow -lt $until -and -not (Test-OutlookAccount $Account)) { Start-Sleep -Seconds 2 }
    return (Get-OutlookStatus $Account)
}

# ---- Thunderbird

# The profile Thunderbird starts with: the default of an install, else the one marked, else any.
function Get-ThunderbirdProfile {
    $root = Join-Path ([Environment]::GetFolderPath('ApplicationData')) 'Thunderbird'
    $install = @()
    $marked = @()
    $other = @()
    foreach ($file in @('installs.ini', 'profiles.ini')) {
        if (-not [IO.File]::Exists((Join-Path $root $file))) { continue }
        foreach ($section in ([IO.File]::ReadAllText((Join-Path $root $file)) -split '(?m)^\[')) {
            $default = ''
            $path = ''
            if ($section -match '(?m)^Default=(.+?)\s*$') { $default = $Matches[1] }
            if ($section -match '(?m)^Path=(.+?)\s*$') { $path = $Matches[1] }
            if ($default -and ($file -eq 'installs.ini' -or $section -like 'Install*')) { $install += $default }
            elseif ($path -and $default -eq '1') { $marked += $path }
            elseif ($path) { $other += $path }
        }
    }
    foreach ($path in ($install + $marked + $other)) {
        $folder = $path.Replace('/', '\')
        if (-not [IO.Path]::IsPathRooted($folder)) { $folder = Join-Path $root $folder }
        if ([IO.Directory]::Exists($folder)) { return $folder }
    }
    return ''
}

function ConvertTo-Js {
    param([string] $Value)
    return ('"' + [regex]::Replace($Value, '[^\x20\x21\x23-\x5B\x5D-\x7E]', { '\u{0:x4}' -f [int] $args[0].Value[0] }) + '"')
}

# Pref name -> literal. @{} would ignore case.
function Read-Prefs {
    param([string] $Path)
    $prefs = [Collections.Hashtable]::new([StringComparer]::Ordinal)
    if (-not [IO.File]::Exists($Path)) { return $prefs }
    foreach ($line in [IO.File]::ReadAllLines($Path)) {
        if ($line -match '\A\s*user_pref\("([^"]+)",\s*(.*)\);\s*\z') { $prefs[$Matches[1]] = $Matches[2] }
    }
    return $prefs
}

# A pref's value. Regex.Unescape undoes what a JavaScript string can hold here: \" \\ \n \u00eb
function Get-Pref {
    param($Prefs, [string] $Name)
    $text = [string] $Prefs[$Name]
    if ($text -match '\A"(.*)"\z') {
        $text = $Matches[1]
        try { return [regex]::Unescape($text) } catch { return $text }
    }
    return $text
}

# True when an account of the list has this server and user; server prefs alone are left-overs.
function Test-ThunderbirdAccount {
    param($Prefs, $Account)
    $in = $Account.incoming
    foreach ($name in (Get-Pref $Prefs 'mail.accountmanager.accounts').Split(',')) {
        $server = Get-Pref $Prefs ('mail.account.{0}.server' -f $name.Trim())
        if (-not $server) { continue }
        $value = @{}
        foreach ($key in @('type', 'hostname', 'userName')) {
            $value[$key] = Get-Pref $Prefs ('mail.server.{0}.{1}' -f $server, $key)
            # Older versions kept the first value and put a changed one beside it.
            $changed = Get-Pref $Prefs ('mail.server.{0}.real{1}' -f $server, $key)
            if ($changed) { $value[$key] = $changed }
        }
        if ($value['type'] -like ($in.protocol + '*') -and $value['hostname'] -eq $in.host -and $value['userName'] -eq $in.user) { return $true }
    }
    return $false
}

# One more than the highest number in pref names and in lists ("account1,account2")
function Get-NextNumber {
    param($Prefs, [string] $Word)
    $max = 0
    foreach ($name in @($Prefs.Keys)) {
        if ($name -cnotmatch '\Amail\.(account|identity|server|smtp)') { continue }
        foreach ($match in [regex]::Matches(($name + ' ' + $Prefs[$name]), ('\b' + $Word + '([0-9]{1,8})\b'))) {
            $max = [Math]::Max($max, [int] $match.Groups[1].Value)
        }
    }
    return ($max + 1)
}

# What adds the account. Not for user.js, which would set the list back at every start.
function New-PrefLines {
    param($Prefs, $Account)
    $in = $Account.incoming
    $out = $Account.outgoing
    $socket = @{ none = 0; starttls = 2; tls = 3 }
    $a = Get-NextNumber $Prefs 'account'
    if ((Get-Pref $Prefs 'mail.account.lastKey') -match '\A[0-9]{1,8}\z') { $a = [Math]::Max($a, [int] $Matches[0] + 1) }
    $s = Get-NextNumber $Prefs 'server'
    $i = Get-NextNumber $Prefs 'id'
    $m = Get-NextNumber $Prefs 'smtp'
    $list = Get-Pref $Prefs 'mail.accountmanager.accounts'
    $lastKey = $a
    $more = ''
    if ($list) { $list += ",account$a" }
    else {
        # An empty profile gets Local Folders too, as Thunderbird's wizard makes them.
        $lastKey = $a + 1
        $l = $s + 1
        $list = "account$a,account$lastKey"
        $more = @"
mail.accountmanager.localfoldersserver "server$l"
mail.account.account$lastKey.server "server$l"
mail.server.server$l.type "none"
mail.server.server$l.hostname "Local Folders"
mail.server.server$l.userName "nobody"
mail.server.server$l.name "Local Folders"

"@
    }
    $type = 'imap'
    if ($in.protocol -eq 'pop') {
        $type = 'pop3'
        # Off by default (mailnews.js), on in the wizard (AccountConfig.sys.mjs).
        $more += @"
mail.server.server$s.leave_on_server true
mail.server.server$s.download_on_biff true
"@
    }
    $first = Get-Pref $Prefs 'mail.accountmanager.defaultaccount'
    if (-not $first) { $first = "account$a" }
    $smtps = ((Get-Pref $Prefs 'mail.smtpservers') + ",smtp$m").TrimStart(',')
    $firstSmtp = Get-Pref $Prefs 'mail.smtp.defaultserver'
    if (-not $firstSmtp) { $firstSmtp = "smtp$m" }
    $email = ConvertTo-Js $Account.email
    $id = "mail.identity.id$i"
    $sv = "mail.server.server$s"
    $smtp = "mail.smtpserver.smtp$m"
    $text = @"
mail.accountmanager.accounts $(ConvertTo-Js $list)
mail.accountmanager.defaultaccount $(ConvertTo-Js $first)
mail.account.lastKey $lastKey
mail.account.account$a.identities "id$i"
mail.account.account$a.server "server$s"
$id.fullName $(ConvertTo-Js $Account.displayName)
$id.useremail $email
$id.smtpServer "smtp$m"
$id.valid true
$sv.type "$type"
$sv.hostname "$($in.host)"
$sv.port $($in.port)
$sv.socketType $($socket[$in.security])
$sv.authMethod 3
$sv.userName $(ConvertTo-Js $in.user)
$sv.name $email
$sv.check_new_mail true
$sv.login_at_startup true
mail.smtpservers $(ConvertTo-Js $smtps)
mail.smtp.defaultserver $(ConvertTo-Js $firstSmtp)
$smtp.hostname "$($out.host)"
$smtp.port $($out.port)
$smtp.try_ssl $($socket[$out.security])
$smtp.authMethod 3
$smtp.username $(ConvertTo-Js $out.user)
$smtp.description $email
$more
"@
    $lines = @($text -split "`r?`n" | Where-Object { $_ }) -replace '\A(\S+) (.+)\z', 'user_pref("$1", $2);'
    return (($lines -join "`r`n") + "`r`n")
}

# At any moment the old or the new file is there whole. Bytes: bad UTF-8 must come through as it is.
function Add-FileBytes {
    param([string] $Path, [byte[]] $Bytes)
    $tmp = $Path + '.mailsetup.tmp'
    $exists = [IO.File]::Exists($Path)
    if ($exists) {
        $old = [IO.File]::ReadAllBytes($Path)
        if ($old.Length -gt 0 -and $old[-1] -ne 10) { $old += [byte] 10 }
        $Bytes = $old + $Bytes
    }
    [IO.File]::WriteAllBytes($tmp, $Bytes)
    if ($exists) { [IO.File]::Replace($tmp, $Path, $Path + '.mailsetup.bak', $true) } else { [IO.File]::Move($tmp, $Path) }
}

function Install-ThunderbirdAccount {
    param($Account, [string] $Folder)
    $path = Join-Path $Folder 'prefs.js'
    # Thunderbird writes prefs.js anew when it ends and would undo the change.
    if (Test-Running 'thunderbird') { return 'busy' }
    # It keeps parent.lock open, unshared, while it uses a profile (nsProfileLock.cpp); held here,
    # it cannot start. Only read: its date tells Thunderbird of crashed starts.
    $lock = $null
    if ([IO.File]::Exists((Join-Path $Folder 'parent.lock'))) {
        try { $lock = [IO.File]::Open((Join-Path $Folder 'parent.lock'), [IO.FileMode]::Open, [IO.FileAccess]::Read, [IO.FileShare]::None) }
        catch [IO.IOException] { return 'busy' }
    }
    try {
        $text = New-PrefLines (Read-Prefs $path) $Account
        if (Test-Change $path 'Add account to Thunderbird') {
            Add-FileBytes $path ($script:Utf8.GetBytes($text))
            if (-not (Test-ThunderbirdAccount (Read-Prefs $path) $Account)) { throw "$path lacks the account after the change; see its .mailsetup.bak" }
        }
    }
    finally { if ($null -ne $lock) { $lock.Close() } }
    return 'added'
}

# ---- connection test

function Send-ServerLine {
    param($Probe, [string] $Text)
    $bytes = [Text.Encoding]::ASCII.GetBytes($Text + "`r`n")
    $Probe.Stream.Write($bytes, 0, $bytes.Length)
    $Probe.Stream.Flush()
}

# Lines up to one that matches $Last, which must match $Good. Byte by byte, so that nothing sent
# in clear after STARTTLS is taken for something sent under TLS.
function Read-ServerReply {
    param($Probe, [string] $Last, [string] $Good)
    $lines = @()
    do {
        $line = ''
        while (($b = $Probe.Stream.ReadByte()) -ne 10) {
            if ($b -lt 0) { throw 'the server closed the connection' }
            if ($line.Length -gt 8192 -or $lines.Count -gt 100) { throw 'the server sent too much' }
            if ($b -ne 13) { $line += [char] $b }
        }
        $lines += $line
    } while ($line -notmatch $Last)
    if ($line -notmatch $Good) { throw "the server answers: $line" }
    return $lines
}

function Start-Tls {
    param($Probe, [string] $HostName)
    $Probe.Step = 'tls'
    # Windows PowerShell's default may be older; PowerShell 7 takes what the system allows, TLS 1.3
    # too. Both check the certificate.
    $protocols = [Security.Authentication.SslProtocols]::Tls12
    if ($PSVersionTable.PSVersion.Major -ge 6) { $protocols = [Security.Authentication.SslProtocols]::None }
    # Closing it closes what it replaces, also when the handshake fails.
    $Probe.Stream = [Net.Security.SslStream]::new($Probe.Stream, $false)
    $Probe.Stream.AuthenticateAsClient($HostName, $null, $protocols, $false)
    $Probe.Tls = [string] $Probe.Stream.SslProtocol
}

function Connect-Server {
    param($Addresses, [int] $Port)
    $reason = 'the name has no address'
    foreach ($address in $Addresses) {
        $tcp = [Net.Sockets.TcpClient]::new($address.AddressFamily)
        try {
            if (-not $tcp.ConnectAsync($address, $Port).Wait(10000)) { throw "no answer from $address in 10 seconds" }
            $tcp.ReceiveTimeout = 10000
            $tcp.SendTimeout = 10000
            return $tcp
        }
        catch {
            $reason = Get-Reason $_
            $tcp.Close()
        }
    }
    throw $reason
}

# True if the server answers as it should; adds a line on it, and a hint if not.
function Test-MailServer {
    param([string] $Kind, $Server)
    $hints = @{
        dns       = 'is the name spelled exactly so, and is this PC online?'
        tcp       = 'a firewall, an antivirus program or the network may block this port'
        'sign-in' = 'ask the provider whether the account may use this server'
    }
    $talk = @{
        imap = @{
            Hello = '\A\* OK'; Ask = 'a CAPABILITY'; Tls = 'a STARTTLS'; Bye = 'a LOGOUT'
            Last = '\Aa '; Good = '\Aa OK'; SignIn = '\A(?!.*\bLOGINDISABLED\b)|\bAUTH=PLAIN\b'
        }
        # CAPA is optional (RFC 2449): -ERR is no fault.
        pop  = @{
            Hello = '\A\+OK'; Ask = 'CAPA'; Tls = 'STLS'; Bye = 'QUIT'
            Last = '\A(\.\z|-ERR)'; Good = ''; SignIn = '\A-ERR|\bUSER\b|\bSASL .*\b(PLAIN|LOGIN)\b'
        }
        smtp = @{
            Hello = '\A220'; Ask = 'EHLO [127.0.0.1]'; Tls = 'STARTTLS'; Bye = 'QUIT'
            Last = '\A[0-9]{3}( |\z)'; Good = '\A250'; SignIn = '\b250[- ]AUTH[ =]'
        }
    }[$Kind]
    $probe = [pscustomobject]@{ Step = 'dns'; Stream = $null; Tls = 'no encryption' }
    $place = "$Kind $($Server.host):$($Server.port)"
    $tcp = $null
    try {
        $addresses = @([Net.Dns]::GetHostAddresses($Server.host) | Sort-Object -Property AddressFamily)   # IPv4 first
        $probe.Step = 'tcp'
        $tcp = Connect-Server $addresses $Server.port
        $probe.Stream = $tcp.GetStream()
        if ($Server.security -eq 'tls') { Start-Tls $probe $Server.host }
        $probe.Step = 'greeting'
        $null = Read-ServerReply $probe '\A(\*|[+-]|[0-9]{3}( |\z))' $talk.Hello
        if ($Server.security -eq 'starttls') {
            $probe.Step = 'starttls'
            Send-ServerLine $probe $talk.Ask
            $null = Read-ServerReply $probe $talk.Last $talk.Good
            Send-ServerLine $probe $talk.Tls
            $null = Read-ServerReply $probe '\A(a |[+-]|[0-9]{3}( |\z))' '\A(a OK|\+OK|220)'
            Start-Tls $probe $Server.host
        }
        $probe.Step = 'sign-in'
        Send-ServerLine $probe $talk.Ask
        $reply = (Read-ServerReply $probe $talk.Last $talk.Good) -join ' '
        if ($reply -notmatch $talk.SignIn) { throw 'the server takes no password on this connection' }
        Send-ServerLine $probe $talk.Bye
        Add-Line "ok    $place  $($probe.Tls)"
        return $true
    }
    catch {
        Add-Line "FAIL  $place at $($probe.Step): $(Get-Reason $_)"
        $hint = 'the port may want another kind of encryption'
        if ($hints.ContainsKey($probe.Step)) { $hint = $hints[$probe.Step] }
        Add-Line "      hint: $hint"
        return $false
    }
    finally {
        try { if ($null -ne $probe.Stream) { $probe.Stream.Dispose() } } catch { Write-Verbose 'closed' }
        if ($null -ne $tcp) { $tcp.Close() }
    }
}

function Test-AllServers {
    param($Data)
    $seen = @{}
    $bad = 0
    foreach ($account in $Data.accounts) {
        foreach ($side in @('incoming', 'outgoing')) {
            $server = $account.$side
            $kind = 'smtp'
            if ($side -eq 'incoming') { $kind = $server.protocol }
            $key = "$kind $($server.host) $($server.port) $($server.security)"
            if ($seen.ContainsKey($key)) { continue }
            $seen[$key] = $true
            if (-not (Test-MailServer $kind $server)) { $bad++ }
        }
    }
    if ($bad -gt 0) { return New-Result 1005 "the connection test failed for $bad of $($seen.Count) servers" }
    return New-Result 0 'the connection test passed; it tries no password'
}

# ---- what to do

function Get-NoClientResult {
    param($Account, [string] $Todo, [string] $Exe)
    $reason = 'no mail program that a script can set up is here (classic Outlook 2016 or later, Thunderbird)'
    if ($User.IsSystem -and $Client -ne 'Outlook') {
        return New-Result 1002 'as SYSTEM only classic Outlook can be set up, and not here; run it as the signed-in user'
    }
    if ($Exe -and $Account.incoming.security -eq 'starttls') { $reason = 'a profile file cannot tell Outlook to use STARTTLS for incoming mail' }
    elseif ($Exe -or ($Client -ne 'Thunderbird' -and [IO.Directory]::Exists($User.Local + '\Packages\Microsoft.OutlookForWindows_8wekyb3d8bbwe'))) {
        $reason = 'no script can set up the new Outlook'
    }
    if ($Todo -eq 'Detect') { return New-Result 1 $reason }
    Add-Settings $Account
    return New-Result 1004 ($reason + '; type the settings above in by hand')
}

function Invoke-ForAccount {
    param([string] $Todo, $Account, [int] $PendingDays)
    $email = $Account.email
    $exe = ''
    $folder = ''
    if ($Client -ne 'Thunderbird') { $exe = Get-OutlookExe }
    # Not as SYSTEM: the user could have turned the files into links.
    if ($Client -ne 'Outlook' -and -not $User.IsSystem) { $folder = Get-ThunderbirdProfile }
    $inOutlook = ($exe -and (Test-OutlookAccount $Account))
    $inThunderbird = ($folder -and (Test-ThunderbirdAccount (Read-Prefs (Join-Path $folder 'prefs.js')) $Account))
    if ($Todo -eq 'Remove') {
        if ($Client -ne 'Thunderbird') { Remove-OutlookImport $Account }
        if ($inOutlook) { return New-Result 1006 "$email is in Outlook; remove it there: File, Account Settings" }
        if ($inThunderbird) { return New-Result 1006 "$email is in Thunderbird; remove it there: Account Settings, Account Actions" }
        return New-Result 0 "$email is not set up here and nothing waits"
    }

    # The switch "New Outlook" in classic Outlook, which then opens the new one in its place
    $switched = ((Get-UserText "$OutlookKey\Preferences" 'UseNewOutlook') -eq '1')
    $canOutlook = ($exe -and $Account.incoming.security -ne 'starttls' -and -not ($switched -and $Client -eq 'Auto'))
    if ($exe -and -not $canOutlook) { Write-Log ('Outlook left out: incoming {0}, user has the new Outlook: {1}' -f $Account.incoming.security, $switched) }
    $use = 'Thunderbird'
    if ($inOutlook -or ($canOutlook -and -not $inThunderbird)) { $use = 'Outlook' }
    elseif (-not $folder) { return Get-NoClientResult $Account $Todo $exe }

    if ($Todo -eq 'Detect') {
        $status = 'absent'
        if ($use -eq 'Outlook') { $status = Get-OutlookStatus $Account $PendingDays }
        elseif ($inThunderbird) { $status = 'present' }
        $code = 1
        if (@('present', 'pending') -contains $status) { $code = 0 }
        return New-Result $code "$email in ${use}: $status"
    }

    if ($use -eq 'Outlook') { $status = Install-OutlookAccount $Account $exe }
    elseif ($inThunderbird) { $status = 'present' }
    else { $status = Install-ThunderbirdAccount $Account $folder }
    $note = ''
    if ($WhatIfPreference) { $note = ' (what if: nothing was changed)' }
    switch ($status) {
        'present' { return New-Result 0 "$email is in $use" }
        'added' { return New-Result 0 "$email was added to Thunderbird, which asks for the password when it starts$note" }
        'pending' {
            if ($switched) { $note = '; this user must switch back from the new Outlook first' + $note }
            return New-Result 0 "$email waits for Outlook: close it if it runs, start it, type the password when it asks$note"
        }
        'refused' {
            Add-Settings $Account
            return New-Result 1008 "Outlook took the file and made no account for $email; type the settings above in by hand"
        }
        'blocked' { return New-Result 1618 'Outlook has another profile file to import first; start Outlook once and run this again' }
    }
    return New-Result 1618 'Thunderbird is running; close it and run this again'
}

function Get-Outcome {
    param([string] $DataJson)
    try { $data = Read-DataBlock $DataJson }
    catch { return New-Result 1001 "the data block is damaged: $(Get-Reason $_); get a new copy of this file" }
    $todo = $script:Action
    if (-not $todo) { $todo = $data.defaultAction }
    if ($todo -eq 'TestConnection') { return Test-AllServers $data }
    if ($todo -eq 'Show') {
        foreach ($account in $data.accounts) { Add-Settings $account }
        return New-Result 0 'these are the settings; nothing was changed'
    }

    $script:User = Get-TargetUser
    if ($null -eq $User) { return New-Result 1002 'no single signed-in user; run it as that user' }
    $mine = @(Select-Accounts $data)
    if ($mine.Count -eq 0) {
        if (@($data.accounts).Count -gt 1) { return New-Result 0 'nothing to do for this Windows user' }
        return New-Result 1003 'this account is meant for another Windows user; nothing was changed'
    }
    Start-Log
    Write-Log ('{0}; {1}; client {2}; PowerShell {3}; SYSTEM {4}' -f $data.tool, $todo, $Client, $PSVersionTable.PSVersion, $User.IsSystem)
    $final = $null
    foreach ($account in $mine) {
        try { $result = @(Invoke-ForAccount $todo $account $data.pendingDays)[-1] }
        catch {
            Write-Log ($_ | Out-String)
            $result = New-Result 1007 "failed: $(Get-Reason $_)"
        }
        Write-Log "exit $($result.Code): $($result.Message)"
        # The first that failed speaks for all, in the last line.
        if ($null -eq $final) { $final = $result }
        elseif ($final.Code -eq 0 -and $result.Code -ne 0) { Add-Line $final.Message; $final = $result }
        else { Add-Line $result.Message }
    }
    return $final
}

function Invoke-MailSetup {
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
    param([string] $DataJson)
    if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
        # AppLocker or App Control
        Write-Output 'mail setup: this PC restricts PowerShell; the script must be signed by a publisher it trusts'
        exit 1007
    }
    Set-StrictMode -Version 2.0
    $ErrorActionPreference = 'Stop'
    $script:Caller = $PSCmdlet
    $script:LogFile = ''
    $script:Lines = [Collections.ArrayList]::new()
    $script:Utf8 = [Text.UTF8Encoding]::new($false)
    $script:OutlookKey = 'Software\Microsoft\Office\16.0\Outlook'
    try { $result = @(Get-Outcome $DataJson)[-1] }
    catch { $result = New-Result 1007 "failed: $(Get-Reason $_)" }
    # Agents show the last line of output: nothing may follow.
    foreach ($line in $script:Lines) { Write-Output $line }
    Write-Output $result.Message
    exit $result.Code
}

#region data - written by mailmuster, ASCII only, the only part that differs per person
$DataJson = @'
{"format":1,"tool":"mailmuster 0.1.0","defaultAction":"Install","pendingDays":14,"provider":"Example","accounts":[{"id":"5f0c2f6e-6c1b-5d0e-9d55-0d6f4a3f9c11","windowsUser":"","displayName":"Ada Lovelace","email":"ada@example.org","incoming":{"protocol":"imap","host":"imap.example.org","port":993,"security":"tls","user":"ada@example.org"},"outgoing":{"host":"smtp.example.org","port":587,"security":"starttls","user":"ada@example.org"}}]}
'@
#endregion

Invoke-MailSetup -DataJson $DataJson
