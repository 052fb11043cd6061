<#
.SYNOPSIS
    Sets up one person's mail accounts on this Windows PC, in classic Outlook or in Thunderbird.

.DESCRIPTION
    Holds no password and asks for none: the mail program asks once. It changes this and nothing else:

    - its own folder %LOCALAPPDATA%\MailSetup (as SYSTEM: %ProgramData%\MailSetup\<SID>, which only
      SYSTEM and administrators can write): Logs\mailsetup.log and an Outlook profile file <id>.prf
    - HKCU\Software\MailSetup: for each account offered to Outlook, a fingerprint of its settings and
      the time; deleted once the account was seen in Outlook
    - classic Outlook: in HKCU\Software\Microsoft\Office\16.0\Outlook\Setup it sets ImportPRF and
      deletes First-Run and FirstRun. At its next start Outlook imports the file, adds the accounts to
      the default profile (or makes one named "Outlook") and deletes ImportPRF itself
    - Thunderbird: lines at the end of prefs.js in the profile it starts with, for a new account or for
      the changed servers of the account with this address; the former file stays beside it as
      prefs.js.mailsetup.bak

    An account counts as set up only when it was seen in the mail program's own settings. A second
    run adds nothing twice. No script can set up the new Outlook, or change an account in Outlook.

.PARAMETER Action
    Install         set the accounts up (default, unless the data block names another)
    Detect          change nothing but the log and the notes in HKCU\Software\MailSetup; 0 = every
                    account is there, or waits for the next start of Outlook; 1 = one is not there
    Remove          take back a waiting import; name the place where a finished account is removed
    TestConnection  look up the servers, connect, check TLS and that a password is accepted
    Show            print the settings, for typing them in

.PARAMETER Client
    Auto         the program that has the account; else classic Outlook, unless the user switched
                 to the new one or incoming mail wants STARTTLS, which a profile file cannot express;
                 else Thunderbird
    Outlook      classic Outlook 2016 or later, even if Thunderbird is there
    Thunderbird  Thunderbird, even if Outlook is there. Not as SYSTEM: its files are the user's

.PARAMETER Launch
    Not as SYSTEM: start Outlook at once and wait up to 90 seconds for the accounts.

.PARAMETER Force
    Go on although Outlook took the file and the account is not there, another profile file waits, or
    the address is there with other servers (adds a second account).

.PARAMETER LogPath
    Log file to use instead; its folder is made. As SYSTEM: in a folder that users cannot write.

.NOTES
    Agents call it with -File: other ways lose the exit code. The last line of output is one ASCII
    sentence that begins with "mail setup: ". Exit codes:
    0     done, or nothing to do
    1     Detect: an account is not there
    1001  the data block is damaged
    1002  no single signed-in user; run it as that user
    1004  no mail program here that a script can set up; the settings are printed
    1005  the connection test failed
    1006  cannot be undone by a script; the message names the place
    1007  a change failed or was not confirmed; see the message and the log
    1008  Outlook took the file and the account is not there; type the settings in, or use -Force
    1009  the address is there with other servers, which a script cannot change; the message names both
    1010  wrong arguments
    1618  try again later: Thunderbird runs or was never started, Outlook has another file to import
          first, or has not imported ours for too long
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
param(
    [string] $Action,
    [string] $Client,
    [switch] $Launch,
    [switch] $Force,
    [string] $LogPath,
    # Arguments that nobody knows: reported by the script, since PowerShell itself would exit with 1.
    [Parameter(ValueFromRemainingArguments = $true)] $Rest
)
# In a block, so that a file that was cut off anywhere below is an error and not a short program.
end {
#requires -Version 5.1

# ---- the run

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
    $script:NotesKey = 'Software\MailSetup'
    $script:LaunchSeconds = 90
    if (-not $Client) { $script:Client = 'Auto' }
    try { $result = @(Get-Outcome $DataJson)[-1] }
    catch { $result = New-Failure $_ }
    # Agents show the last line of output: nothing may follow.
    foreach ($line in $script:Lines) { Write-Output $line }
    Write-Output $result.Message
    exit $result.Code
}

function Get-Outcome {
    param([string] $DataJson)
    $actions = @('Install', 'Detect', 'Remove', 'TestConnection', 'Show')
    $clients = @('Auto', 'Outlook', 'Thunderbird')
    if ($Rest) { return New-Result 1010 "unknown argument $(@($Rest) -join ' '); nothing was done" }
    if ($Action -and $actions -notcontains $Action) { return New-Result 1010 "-Action is one of $($actions -join ', '); nothing was done" }
    if ($clients -notcontains $Client) { return New-Result 1010 "-Client is one of $($clients -join ', '); nothing was done" }
    try { $data = Read-DataBlock $DataJson }
    catch { return New-Result 1001 "the data block is damaged: $(Get-Reason $_); get a new copy of this file" }
    $todo = $Action
    if (-not $todo) { $todo = $data.defaultAction }
    if ($todo -eq 'TestConnection') { return Test-AllServers $data }
    if ($todo -eq 'Show') {
        foreach ($account in $data.accounts) { Add-Settings $account }
        return New-Result 0 'these are the settings; nothing was changed'
    }
    $script:User = Get-TargetUser
    if ($null -eq $User) { return New-Result 1002 'no single signed-in user; run it as that user' }
    $script:Mine = @(Select-Accounts $data)
    if ($Mine.Count -eq 0) { return New-Result 0 'nothing to do: no account in this file names this Windows user' }
    # Before any action: SYSTEM touches nothing through a folder that a user made, or makes meanwhile.
    if ($User.IsSystem) { Assert-SystemFolders }
    if ($User.IsSystem -and -not $WhatIfPreference) { Initialize-Folder }
    Start-Log
    Write-Log ('{0}; {1}; client {2}; PowerShell {3}; SYSTEM {4}' -f $data.tool, $todo, $Client, $PSVersionTable.PSVersion, $User.IsSystem)
    $programs = Get-Programs
    if ($todo -eq 'Detect') { $results = @(Find-Accounts $programs $data.pendingDays) }
    elseif ($todo -eq 'Remove') { $results = @(Remove-Accounts $programs) }
    else { $results = @(Install-Accounts $programs $data.pendingDays) }
    foreach ($result in $results) { Write-Log "exit $($result.Code): $($result.Message)" }
    # The last line is that of the first that failed, else of the first that waits.
    $final = @(@($results | Where-Object { $_.Code -ne 0 }) + @($results | Where-Object { $_.Waits }) + $results)[0]
    foreach ($result in $results) { if (-not [object]::ReferenceEquals($result, $final)) { Add-Line $result.Message } }
    return $final
}

# ---- Install, Detect, Remove

function Install-Accounts {
    param($Programs, [int] $Days)
    $plans = @($Mine | ForEach-Object { Get-Plan $_ $Programs $Days })
    $failure = $null
    try { Update-Outlook $plans $Programs $Days }
    catch {
        Write-Log ($_ | Out-String)
        $failure = $_
    }
    $offered = @($plans | Where-Object { $_.Offer }).Count
    foreach ($plan in $plans) {
        try {
            if ($plan.Fault) { throw $plan.Fault }
            if ($failure -and $plan.Use -eq 'Outlook' -and ($plan.Offer -or $offered -eq 0)) { New-Failure $failure $plan.Account.email; continue }
            if ($plan.Use -eq 'Thunderbird' -and (@('absent', 'changeable') -contains $plan.Status)) {
                $plan.Status = Set-ThunderbirdAccount $plan.Account $Programs.Profile
            }
            Get-InstallResult $plan $Programs
        }
        catch {
            Write-Log ($_ | Out-String)
            New-Failure $_ $plan.Account.email
        }
    }
}

function Get-InstallResult {
    param($Plan, $Programs)
    $email = $Plan.Account.email
    if ($Plan.Use -eq 'none') { return Get-NoClientResult $Plan $Programs }
    switch ($Plan.Status) {
        'present' { return New-Result 0 "$email is in $($Plan.Use)" }
        'offered' { return New-Result 0 "$email would be offered to Outlook at its next start" }
        'would be added' { return New-Result 0 "$email would be added to Thunderbird" }
        'would be changed' { return New-Result 0 "$email would be changed in Thunderbird" }
        'added' { return New-Result 0 "$email was added to Thunderbird, which asks for the password when it starts" }
        'changed' { return New-Result 0 "$email was changed in Thunderbird to the new settings ($($Plan.Diff)); it asks for the password when it starts" }
        'pending' {
            $note = ''
            if ($Programs.NewOutlook) { $note = '; this user must switch back from the new Outlook first' }
            return New-Result 0 "$email waits for Outlook: close it if it runs, start it, type the password when it asks$note" -Waits
        }
        'overdue' { return New-Result 1618 "$email waits for Outlook since $($Plan.Since.ToString('yyyy-MM-dd')): start classic Outlook and run this again; -Force offers it anew" }
        'blocked' { return New-Result 1618 'Outlook has another profile file to import first; start Outlook once and run this again' }
        'busy' { return New-Result 1618 'Thunderbird, or another run of this script, uses its profile; close Thunderbird and run this again' }
        'unstarted' { return New-Result 1618 'Thunderbird is here but has no profile yet; start Thunderbird once, close it and run this again' }
        'lost' { return New-Result 1007 "the profile file for $email went away before Outlook took it; run this again" }
    }
    Add-Settings $Plan.Account
    if ($Plan.Status -eq 'refused') { return New-Result 1008 "Outlook took the profile file, and $email is not there; type the settings above in by hand" }
    $place = @{ Outlook = 'File, Account Settings'; Thunderbird = 'Account Settings' }[$Plan.Use]
    return New-Result 1009 "$email is in $($Plan.Use) with other settings, which no script can change: $($Plan.Diff). Set them there ($place), or remove the account there and run this again"
}

function Find-Accounts {
    param($Programs, [int] $Days)
    $plans = @($Mine | ForEach-Object { Get-Plan $_ $Programs $Days })
    foreach ($plan in $plans) {
        if ($plan.Fault) { New-Result 1007 "failed: $($plan.Fault)"; continue }
        if ($plan.Use -eq 'none') { Get-NoClientResult $plan $Programs -Detect; continue }
        $code = 1
        if (@('present', 'pending') -contains $plan.Status) { $code = 0 }
        $text = "$($plan.Account.email) in $($plan.Use): $($plan.Status)"
        if ($plan.Diff) { $text = "$($plan.Account.email) in $($plan.Use): there with other settings: $($plan.Diff)" }
        elseif ($plan.Status -eq 'overdue') { $text += ", waits since $($plan.Since.ToString('yyyy-MM-dd'))" }
        New-Result $code $text -Waits:($plan.Status -eq 'pending')
    }
    if ($plans.Count -and (Get-WaitingImport) -eq 'none') { Clear-Notes $plans }
}

function Remove-Accounts {
    param($Programs)
    $noted = @($Mine | Where-Object { Get-Note $_ } | ForEach-Object { $_.id })
    $failure = $null
    if ($Client -ne 'Thunderbird') { try { Remove-OutlookImport } catch { $failure = $_ } }
    foreach ($account in $Mine) {
        $email = $account.email
        $plan = Get-Plan $account $Programs 36500
        if ($failure) { New-Failure $failure "the import of $email"; continue }
        if (@('present', 'moved', 'changeable') -contains $plan.Status) {
            $place = @{ Outlook = 'File, Account Settings'; Thunderbird = 'Account Settings, Account Actions' }[$plan.Use]
            New-Result 1006 "$email is in $($plan.Use); remove it there: $place"
        }
        elseif ($plan.Fault) { New-Result 1007 "failed: $($plan.Fault)" }
        elseif ($noted -notcontains $account.id) { New-Result 0 "$email is not set up here and nothing waits" }
        elseif ($WhatIfPreference) { New-Result 0 "the import of $email would be taken back" }
        else { New-Result 0 "$email no longer waits for Outlook; its import was taken back" }
    }
}

# What is known of one account: the program to Use, its Status there (Get-OutlookStatus,
# Find-ThunderbirdAccount), what differs (Diff), since when it waits, and whether to Offer it to Outlook.
function Get-Plan {
    param($Account, $Programs, [int] $Days)
    $plan = [pscustomobject]@{ Account = $Account; Use = 'none'; Status = 'absent'; Diff = ''; Since = $null; Offer = $false; Fault = '' }
    $outlook = [pscustomobject]@{ Status = 'absent'; Diff = '' }
    $thunderbird = [pscustomobject]@{ Status = 'absent'; Diff = '' }
    if ($Programs.Outlook) { $outlook = Find-OutlookAccount $Account }
    if ($null -ne $Programs.Prefs) { $thunderbird = Find-ThunderbirdAccount $Programs.Prefs $Account }
    # The program that has the account with these settings, then the one that has it at all
    foreach ($wanted in @('present', 'known', 'free')) {
        if ($plan.Use -ne 'none') { break }
        if ($wanted -eq 'free') {
            if ($Programs.Outlook -and $Account.incoming.security -ne 'starttls' -and -not ($Programs.NewOutlook -and $Client -eq 'Auto')) { $plan.Use = 'Outlook' }
            elseif ($Programs.Thunderbird) { $plan.Use = 'Thunderbird' }
        }
        elseif ($outlook.Status -eq 'present' -or ($wanted -eq 'known' -and $outlook.Status -ne 'absent')) { $plan.Use = 'Outlook' }
        elseif ($thunderbird.Status -eq 'present' -or ($wanted -eq 'known' -and $thunderbird.Status -ne 'absent')) { $plan.Use = 'Thunderbird' }
    }
    if ($plan.Use -eq 'Thunderbird') {
        $plan.Status = $thunderbird.Status
        $plan.Diff = $thunderbird.Diff
        if (-not $Programs.Profile) { $plan.Status = 'unstarted' }
        elseif ($null -eq $Programs.Prefs) { $plan.Fault = $Programs.PrefsFault }
    }
    elseif ($plan.Use -eq 'Outlook') {
        $plan.Status = $outlook.Status
        $plan.Diff = $outlook.Diff
        if ($outlook.Status -eq 'absent' -or ($outlook.Status -eq 'moved' -and $Force -and $Account.incoming.security -ne 'starttls')) {
            $plan.Status = Get-OutlookStatus $Account $Days
            $note = Get-Note $Account
            if ($null -ne $note) { $plan.Since = $note.Since }
        }
    }
    return $plan
}

function Get-NoClientResult {
    param($Plan, $Programs, [switch] $Detect)
    $reason = 'no mail program that a script can set up is here (classic Outlook 2016 or later, Thunderbird)'
    if ($User.IsSystem -and $Client -ne 'Outlook') {
        return New-Result 1002 'as SYSTEM only classic Outlook can be set up, and not here; run it as the signed-in user'
    }
    if ($Programs.Outlook -and $Plan.Account.incoming.security -eq 'starttls') { $reason = 'a profile file cannot make Outlook use STARTTLS for incoming mail' }
    elseif ($Programs.Outlook -or ($Client -ne 'Thunderbird' -and (Test-Package 'Microsoft.OutlookForWindows_*'))) { $reason = 'no script can set up the new Outlook' }
    if ($Detect) { return New-Result 1 $reason }
    Add-Settings $Plan.Account
    return New-Result 1004 ($reason + '; type the settings above in by hand')
}

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

# Waits: the account is not there yet, and that is no failure.
function New-Result {
    param([int] $Code, [string] $Message, [switch] $Waits)
    $start = 'mail setup: '
    if ($WhatIfPreference) { $start += 'what if, nothing was changed: ' }
    return [pscustomobject]@{ Code = $Code; Message = $start + (ConvertTo-Ascii $Message); Waits = [bool] $Waits }
}

function New-Failure {
    param($ErrorRecord, [string] $What = 'the account')
    $reason = Get-Reason $ErrorRecord
    if ($ErrorRecord.Exception -is [OperationCanceledException]) { return New-Result 1007 "not confirmed: $reason; nothing was done for $What" }
    return New-Result 1007 "failed: $reason"
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

# Every change of a file or of the registry asks here first, so -WhatIf and -Confirm hold. A change
# that was not confirmed ends the work on its account.
function Test-Change {
    param([string] $Target, [string] $What)
    if ($script:Caller.ShouldProcess($Target, $What)) {
        Write-Log "${What}: $Target"
        return $true
    }
    if ($WhatIfPreference) { return $false }
    throw [OperationCanceledException]::new("${What}, $Target")
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

# Checks texts and takes off the "=" that each begins with in the data block. Without it PowerShell 7
# makes a date of a name like 2026-01-01T00:00:00Z, and Windows PowerShell of one like /Date(0)/.
function Read-Text {
    param($Object, [hashtable] $Rules, [string] $What)
    foreach ($name in $Rules.Keys) {
        $value = Get-Prop $Object $name
        $good = ($value -is [string] -and $value.StartsWith('=', [StringComparison]::Ordinal))
        if ($good) { $value = $value.Substring(1) }
        if (-not $good -or $value -cnotmatch $Rules[$name] -or $value -match '[\x00-\x1F\x7F-\x9F]') { throw "$What$name is missing or malformed" }
        $Object.$name = $value
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
    if ($data -isnot [pscustomobject]) { throw 'it is no JSON object' }
    if ((Get-Prop $data 'format') -ne 2) { throw 'format is not 2' }
    Assert-Number $data 'pendingDays' 3650
    Read-Text $data @{ tool = '\S'; defaultAction = '\A(Install|Detect|Remove|TestConnection|Show)\z' }
    $seen = @{}
    foreach ($account in @(Get-Prop $data 'accounts')) {
        $what = "account $($seen.Count + 1): "
        # The id becomes a file name and the name of a registry value.
        Read-Text $account @{ id = '\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z'; windowsUser = ''; displayName = '\S'; email = '\A[^@\s]+@[^@\s]+\z' } $what
        if ($seen.ContainsKey($account.id)) { throw ($what + 'id is there twice') }
        $seen[$account.id] = $true
        Read-Text (Get-Prop $account 'incoming') @{ protocol = '\A(imap|pop)\z' } $what
        foreach ($side in @('incoming', 'outgoing')) {
            $server = Get-Prop $account $side
            Assert-Number $server 'port' 65535 ($what + $side + ' ')
            Read-Text $server @{ host = '\A[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\z'; security = '\A(tls|starttls|none)\z'; user = '\S' } ($what + $side + ' ')
        }
    }
    if ($seen.Count -eq 0) { throw 'there is no account' }
    return $data
}

# ---- the Windows user

function Get-TargetUser {
    $me = Get-Me
    $sid = $me.User.Value
    $isSystem = ($sid -eq 'S-1-5-18')
    $name = $me.Name
    $local = Get-KnownFolder 'LocalApplicationData'
    if ($isSystem) {
        # The usual case for RMM agents: act for the one user at the desktop.
        $sids = @(Get-DesktopSids)
        if ($sids.Count -ne 1) { return $null }
        $sid = $sids[0]
        $profilePath = Get-MachineText "SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\$sid" 'ProfileImagePath'
        if (-not $profilePath) { return $null }
        $name = Get-SidName $sid
        $local = Join-Path (Join-Path $profilePath 'AppData') 'Local'
    }
    $own = Join-Path $local 'MailSetup'
    $shared = Join-Path (Join-Path (Get-KnownFolder 'CommonApplicationData') 'MailSetup') $sid
    $folder = $own
    if ($isSystem) { $folder = $shared }
    return [pscustomobject]@{ Sid = $sid; Name = $name; IsSystem = $isSystem; Local = $local; Folder = $folder; Folders = @($own, $shared) }
}

# The accounts of this Windows user: PC\ada, ada or a user principal name. A bare ada is nobody's where
# the file also names a PC\ada. Compared letter by letter: -eq takes some other names for the same.
function Select-Accounts {
    param($Data)
    $all = @($Data.accounts)
    $letters = [StringComparer]::OrdinalIgnoreCase
    $short = $User.Name.Split('\')[-1]
    $names = @($User.Name, (Get-MachineText ('SOFTWARE\Microsoft\IdentityStore\Cache\{0}\IdentityCache\{0}' -f $User.Sid) 'UserName'))
    if (@($all | Where-Object { $_.windowsUser.Contains('\') -and $letters.Equals($_.windowsUser.Split('\')[-1], $short) }).Count -eq 0) { $names += $short }
    $free = @($all | Where-Object { -not $_.windowsUser }).Count
    # A file for one person names nobody.
    if ($free -eq $all.Count) { return $all }
    $found = @()
    foreach ($account in $all) {
        $fits = @($names | Where-Object { $_ -and $letters.Equals($_, $account.windowsUser) }).Count
        if ($fits) { $found += $account }
    }
    if ($free -gt 0) { Add-Line "accounts in this file that name no Windows user, and are set up for nobody: $free" }
    return $found
}

# ---- what Windows provides. Tests replace these functions.

function Get-Me { return [Security.Principal.WindowsIdentity]::GetCurrent() }

function Get-KnownFolder {
    param([string] $Name)
    return [Environment]::GetFolderPath($Name)
}

# Owners of explorer.exe. A process may end between the two calls. S-1-5-21: local and domain accounts;
# S-1-12-1: Entra ID
function Get-DesktopSids {
    Get-CimInstance -ClassName Win32_Process -Filter "Name='explorer.exe'" |
        ForEach-Object { try { Get-Prop (Invoke-CimMethod -InputObject $_ -MethodName GetOwnerSid) 'Sid' } catch { '' } } |
        Where-Object { $_ -match '\AS-1-(5-21|12-1)-[0-9-]+\z' } | Sort-Object -Unique
}

function Get-SidName {
    param([string] $Sid)
    try { return [Security.Principal.SecurityIdentifier]::new($Sid).Translate([Security.Principal.NTAccount]).Value } catch { return '' }
}

# On a terminal server, other sessions are other people's.
function Test-Running {
    param([string] $Name)
    $session = (Get-Process -Id $PID).SessionId
    return (@(Get-Process -Name $Name -ErrorAction SilentlyContinue | Where-Object { $_.SessionId -eq $session }).Count -gt 0)
}

function Get-MajorVersion {
    param([string] $Exe)
    if (-not [IO.File]::Exists($Exe)) { return 0 }
    return [Diagnostics.FileVersionInfo]::GetVersionInfo($Exe).FileMajorPart
}

# An app from the Microsoft Store. Not as SYSTEM, which does not look into a user's folders.
function Test-Package {
    param([string] $Name)
    $packages = Join-Path $User.Local 'Packages'
    return (-not $User.IsSystem -and [IO.Directory]::Exists($packages) -and [IO.Directory]::GetDirectories($packages, $Name).Length -gt 0)
}

function Open-Users { return [Microsoft.Win32.Registry]::Users }

# The view is named: Intune's default is 32-bit PowerShell.
function Open-Machine {
    param($View)
    return [Microsoft.Win32.RegistryKey]::OpenBaseKey([Microsoft.Win32.RegistryHive]::LocalMachine, $View)
}

function Get-FolderGuard {
    param([string] $Path)
    $acl = Get-Acl -LiteralPath $Path
    return [pscustomobject]@{ Owner = $acl.GetOwner([Security.Principal.SecurityIdentifier]).Value; Protected = $acl.AreAccessRulesProtected }
}

function Protect-Folder {
    param([string] $Path, [string] $Sddl)
    $acl = [Security.AccessControl.DirectorySecurity]::new()
    $acl.SetSecurityDescriptorSddlForm($Sddl)
    Set-Acl -LiteralPath $Path -AclObject $acl
}

# ---- registry

# Outlook keeps text as REG_SZ, in older builds as REG_BINARY: UTF-16 with a NUL.
function Get-RegistryText {
    param($Base, [string] $Path, [string] $Name)
    $key = $Base.OpenSubKey($Path)
    if ($null -eq $key) { return '' }
    try { $value = $key.GetValue($Name) } finally { $key.Close() }
    if ($value -is [byte[]]) { $value = [Text.Encoding]::Unicode.GetString($value) }
    return ([string] $value -replace '\x00[\s\S]*\z', '').Trim([char] 0xFEFF, [char] 32)
}

function Get-MachineText {
    param([string] $Path, [string] $Name, $View = [Microsoft.Win32.RegistryView]::Registry64)
    $base = Open-Machine $View
    # Some machine keys are closed to ordinary users.
    try { return (Get-RegistryText $base $Path $Name) } catch { return '' } finally { $base.Close() }
}

function Get-UserText {
    param([string] $Path, [string] $Name)
    return (Get-RegistryText (Open-Users) ($User.Sid + '\' + $Path) $Name)
}

function Get-UserSubKeys {
    param([string] $Path)
    $key = (Open-Users).OpenSubKey($User.Sid + '\' + $Path)
    if ($null -eq $key) { return }
    try { return $key.GetSubKeyNames() } finally { $key.Close() }
}

# By .NET: New-Item -Force deletes the values of a key that is there. SYSTEM cannot be led out of the
# user's hive: Windows follows no registry link from there into the machine's (MS10-021).
function Set-UserValues {
    param([string] $Path, [hashtable] $Values, [string[]] $Delete)
    $key = (Open-Users).CreateSubKey($User.Sid + '\' + $Path)
    try {
        foreach ($name in $Delete) { $key.DeleteValue($name, $false) }
        foreach ($name in $Values.Keys) { $key.SetValue($name, $Values[$name], [Microsoft.Win32.RegistryValueKind]::String) }
    }
    finally { $key.Close() }
}

# ---- own folder, own files

# %ProgramData% lets every user make folders: SYSTEM must not write through one of theirs.
function Assert-SystemFolders {
    foreach ($path in @([IO.Path]::GetDirectoryName($User.Folder), $User.Folder, (Join-Path $User.Folder 'Logs'))) {
        if (-not [IO.Directory]::Exists($path) -and -not [IO.File]::Exists($path)) { continue }
        if (([int] [IO.File]::GetAttributes($path) -band 0x400) -ne 0) { throw "refusing to use ${path}: it is a link" }
        if (@('S-1-5-18', 'S-1-5-32-544') -notcontains (Get-FolderGuard $path).Owner) { throw "refusing to use ${path}: its owner is not SYSTEM or the administrators" }
    }
}

function Initialize-SystemFolder {
    param([string] $Path, [string] $Sddl)
    if (-not [IO.Directory]::Exists($Path)) {
        if (-not (Test-Change $Path 'Create folder')) { return }
        $null = [IO.Directory]::CreateDirectory($Path)
        # Another process may have been faster.
        Assert-SystemFolders
    }
    if (-not (Get-FolderGuard $Path).Protected) {
        if ([IO.Directory]::GetFileSystemEntries($Path).Length -gt 0) { throw "refusing to use ${Path}: others can write in it; delete it and run this again" }
        if (Test-Change $Path 'Restrict folder') { Protect-Folder $Path $Sddl }
    }
}

function Initialize-Folder {
    $path = $User.Folder
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
            Initialize-Folder
            $file = Join-Path (Join-Path $User.Folder 'Logs') 'mailsetup.log'
        }
        $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($file))
        $script:LogFile = $file
    }
    catch { Add-Line "no log file: $(Get-Reason $_)" }
}

# At any moment the old or the new file is there whole; after a failure the old one.
function Write-WholeFile {
    param([string] $Path, [byte[]] $Bytes, $Backup = [NullString]::Value)
    $new = $Path + '.tmp'
    try {
        [IO.File]::WriteAllBytes($new, $Bytes)
        if ([IO.File]::Exists($Path)) { [IO.File]::Replace($new, $Path, $Backup, $true) } else { [IO.File]::Move($new, $Path) }
    }
    catch {
        $reason = Get-Reason $_
        try { [IO.File]::Delete($new) } catch { Write-Log "left behind: $new" }
        throw "${Path} could not be written and is as it was: $reason"
    }
}

# ---- classic Outlook

function Get-OutlookExe {
    foreach ($view in @([Microsoft.Win32.RegistryView]::Registry64, [Microsoft.Win32.RegistryView]::Registry32)) {
        $exe = (Get-MachineText 'SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\OUTLOOK.EXE' '' $view).Trim('"')
        # Older ones keep their settings under another key.
        if ($exe -and (Get-MajorVersion $exe) -ge 16) { return $exe }
    }
    return ''
}

# Whether an Outlook profile of the user holds the account: absent, present, or moved = the address with
# other settings, which Diff names. A value that Outlook does not keep is not compared. Only looks.
function Find-OutlookAccount {
    param($Account)
    $in = $Account.incoming
    $out = $Account.outgoing
    $result = [pscustomobject]@{ Status = 'absent'; Diff = '' }
    foreach ($name in @(Get-UserSubKeys "$OutlookKey\Profiles")) {
        # This subkey holds the accounts, in every profile.
        $path = "$OutlookKey\Profiles\$name\9375CFF0413111d3B88A00104B2A6676"
        foreach ($number in @(Get-UserSubKeys $path)) {
            $key = "$path\$number"
            # An address may have its type before it.
            if (((Get-UserText $key 'Email') -replace '\Asmtp:', '') -ne $Account.email) { continue }
            $kind = ''
            foreach ($try in @('IMAP', 'POP3')) { if (Get-UserText $key "$try Server") { $kind = $try } }
            # An Exchange account has neither.
            if (-not $kind) { continue }
            $wanted = [ordered]@{
                "$kind Server" = $in.host; "$kind Port" = $in.port; "$kind User" = $in.user; "$kind Use SSL" = @{ tls = '1'; none = '0'; starttls = '' }[$in.security]
                'SMTP Server' = $out.host; 'SMTP Port' = $out.port; 'SMTP Secure Connection' = @{ none = '0'; tls = '1'; starttls = '2' }[$out.security]
            }
            $diff = @()
            if ($kind -ne @{ imap = 'IMAP'; pop = 'POP3' }[$in.protocol]) { $diff += "it is $kind at $(Get-UserText $key "$kind Server") instead of $($in.protocol.ToUpperInvariant()) at $($in.host)" }
            else {
                foreach ($value in $wanted.Keys) {
                    $has = Get-UserText $key $value
                    # Secure Connection 3: whatever the server offers
                    if ($has -and [string] $wanted[$value] -and $has -ne $wanted[$value] -and -not ($value -eq 'SMTP Secure Connection' -and $has -eq '3')) { $diff += "$value is $has instead of $($wanted[$value])" }
                }
            }
            if ($diff.Count -eq 0) { return [pscustomobject]@{ Status = 'present'; Diff = '' } }
            $result = [pscustomobject]@{ Status = 'moved'; Diff = ($diff -join ', ') }
        }
    }
    return $result
}

# Of which settings a note in the registry speaks, without keeping them
function Get-Fingerprint {
    param($Account)
    $fields = @($Account.email, $Account.displayName)
    foreach ($server in @($Account.incoming, $Account.outgoing)) { $fields += @((Get-Prop $server 'protocol'), $server.host, $server.port, $server.security, $server.user) }
    $sha = [Security.Cryptography.SHA256]::Create()
    try { return [BitConverter]::ToString($sha.ComputeHash($script:Utf8.GetBytes($fields -join "`n")), 0, 8) } finally { $sha.Dispose() }
}

# What was offered to Outlook for an account, and not seen there since: Same = with these settings. In
# the user's registry and not in the profile file, so that a run as SYSTEM and one as the user both
# know it: SYSTEM does not open files that the user can replace.
function Get-Note {
    param($Account)
    $since = [DateTime]::MinValue
    $words = (Get-UserText $NotesKey $Account.id).Split(' ')
    if ($words.Count -ne 2 -or -not [DateTime]::TryParseExact($words[1], 'yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture, 'AdjustToUniversal,AssumeUniversal', [ref] $since)) { return $null }
    return [pscustomobject]@{ Same = ($words[0] -eq (Get-Fingerprint $Account)); Since = $since }
}

# none; ours: a file of ours, offered by the user or by SYSTEM; gone: ours, and the file is not there;
# other: a file of another product.
function Get-WaitingImport {
    $import = (Get-UserText "$OutlookKey\Setup" 'ImportPRF').Trim('"')
    if (-not $import) { return 'none' }
    foreach ($folder in $User.Folders) {
        foreach ($account in $Mine) {
            if ($import -ne (Join-Path $folder ($account.id + '.prf'))) { continue }
            # SYSTEM looks into its own folder only.
            if ((-not $User.IsSystem -or $folder -eq $User.Folder) -and -not [IO.File]::Exists($import)) { return 'gone' }
            return 'ours'
        }
    }
    return 'other'
}

# Of an account that Outlook lacks. pending: our file waits for Outlook, overdue: for too long;
# lost: our file waits, but is gone or has other settings; blocked: another product's file waits; refused:
# Outlook took ours (it deletes ImportPRF then), and the account is not there; absent: nothing was offered.
function Get-OutlookStatus {
    param($Account, [int] $Days)
    $note = Get-Note $Account
    $offered = ($null -ne $note -and $note.Same)
    switch (Get-WaitingImport) {
        'other' { return 'blocked' }
        'none' { if ($offered) { return 'refused' } else { return 'absent' } }
        'ours' {
            # Also if the clock was ahead then
            if ($offered -and [Math]::Abs(([DateTime]::UtcNow - $note.Since).TotalDays) -gt $Days) { return 'overdue' }
            if ($offered) { return 'pending' }
        }
    }
    return 'lost'
}

# One file for all accounts that Outlook lacks: it takes one at a start.
function Update-Outlook {
    param($Plans, $Programs, [int] $Days)
    $new = @('absent', 'lost')
    # Outlook is not fed for ever what it refused, and what waits is not pushed aside.
    if ($Force) { $new += @('refused', 'blocked', 'overdue') }
    $plans = @($Plans | Where-Object { $_.Use -eq 'Outlook' })
    foreach ($plan in $plans) { $plan.Offer = ($new -contains $plan.Status) }
    $offer = @($plans | Where-Object { $_.Offer })
    $batch = @($plans | Where-Object { $_.Offer -or (@('pending', 'overdue') -contains $_.Status) })
    # Made by hand while our file waits: the file must not add it again.
    $made = @($plans | Where-Object { $_.Status -eq 'present' -and $null -ne (Get-Note $_.Account) -and (Get-WaitingImport) -ne 'none' })
    if ($batch.Count -eq 0 -and $made.Count -gt 0) { Remove-OutlookImport }
    elseif ($offer.Count + $made.Count -gt 0) { Set-OutlookImport $batch }
    Clear-Notes $plans
    if ($WhatIfPreference) {
        foreach ($plan in $offer) { $plan.Status = 'offered' }
        return
    }
    if ($Launch -and $batch.Count -gt 0) { Start-Outlook $batch $Programs.Outlook }
    foreach ($plan in $batch) {
        $plan.Status = (Find-OutlookAccount $plan.Account).Status
        if ($plan.Status -ne 'present') { $plan.Status = Get-OutlookStatus $plan.Account $Days }
    }
    if ($Launch) { Clear-Notes $plans }
}

function Set-OutlookImport {
    param($Plans)
    $profiles = @(Get-UserSubKeys "$OutlookKey\Profiles")
    $profileName = 'Outlook'
    if ($profiles.Count -gt 0) {
        $default = Get-UserText $OutlookKey 'DefaultProfile'
        $profileName = @(@($profiles | Where-Object { $_.Trim([char] 32) -eq $default }) + $profiles)[0]
    }
    $bytes = ConvertTo-AnsiBytes (New-PrfText $Plans $profileName ($profiles.Count -eq 0))
    if ($null -eq $bytes) { throw 'the code page of this PC lacks a character of the account or of the Outlook profile' }
    Initialize-Folder
    $prf = Join-Path $User.Folder ($Mine[0].id + '.prf')
    if (-not (Test-Change $prf 'Write Outlook profile file and set ImportPRF')) { return }
    $before = $null
    if ([IO.File]::Exists($prf)) { $before = [IO.File]::ReadAllBytes($prf) }
    Write-WholeFile $prf $bytes
    # Outlook skips ImportPRF, and says nothing, while one of the other two is there (Microsoft,
    # "Customizing a PRF file").
    try { Set-UserValues "$OutlookKey\Setup" @{ ImportPRF = $prf } @('First-Run', 'FirstRun') }
    catch {
        if ($null -ne $before) { Write-WholeFile $prf $before } else { [IO.File]::Delete($prf) }
        throw
    }
    $notes = @{}
    foreach ($plan in $Plans) {
        $since = [DateTime]::UtcNow
        # What waits already keeps its date: a daily run must not renew it.
        $note = Get-Note $plan.Account
        if ($null -ne $note -and $note.Same -and @('pending', 'overdue', 'lost') -contains $plan.Status -and -not ($plan.Offer -and $Force)) { $since = $note.Since }
        $notes[$plan.Account.id] = (Get-Fingerprint $plan.Account) + ' ' + $since.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
    }
    Set-UserValues $NotesKey $notes @()
}

function Start-Outlook {
    param($Plans, [string] $Exe)
    if ($User.IsSystem -or (Test-Running 'OUTLOOK')) { return }
    try { if (-not (Test-Change $Exe 'Start Outlook')) { return } } catch [OperationCanceledException] { return }
    $null = Start-Process -FilePath $Exe
    $until = [DateTime]::UtcNow.AddSeconds($LaunchSeconds)
    while ([DateTime]::UtcNow -lt $until -and @($Plans | Where-Object { (Find-OutlookAccount $_.Account).Status -ne 'present' }).Count -gt 0) { Start-Sleep -Seconds 2 }
}

# Forgets what was offered for accounts that were seen since: if their owner deletes one later, Outlook
# did not refuse it. The profile file goes with the last.
function Clear-Notes {
    param($Plans)
    $seen = @($Plans | Where-Object { $_.Use -eq 'Outlook' -and $_.Status -eq 'present' -and $null -ne (Get-Note $_.Account) } | ForEach-Object { $_.Account.id })
    if ($seen.Count -gt 0 -and (Test-Change "HKCU\$NotesKey" 'Forget the accounts that were seen in Outlook')) { Set-UserValues $NotesKey @{} $seen }
    if ((Get-WaitingImport) -eq 'none' -and @($Mine | Where-Object { Get-Note $_ }).Count -eq 0) { Remove-OwnFiles }
}

function Remove-OutlookImport {
    $waits = @('ours', 'gone') -contains (Get-WaitingImport)
    $noted = @($Mine | Where-Object { Get-Note $_ } | ForEach-Object { $_.id })
    if ($waits -and (Test-Change "$OutlookKey\Setup" 'Delete ImportPRF')) { Set-UserValues "$OutlookKey\Setup" @{} @('ImportPRF') }
    if ($noted.Count -gt 0 -and (Test-Change "HKCU\$NotesKey" 'Forget what was offered to Outlook')) { Set-UserValues $NotesKey @{} $noted }
    Remove-OwnFiles
}

function Remove-OwnFiles {
    foreach ($account in $Mine) {
        $prf = Join-Path $User.Folder ($account.id + '.prf')
        if ([IO.File]::Exists($prf) -and (Test-Change $prf 'Delete file')) { [IO.File]::Delete($prf) }
    }
}

# The sections at the end are the map that Microsoft's Office Customization Tool writes: Outlook drops a
# key without a line there and says nothing. The values are the properties', from "Account
# management API" on Microsoft Learn: PROP_INET_SSL (0x0105) 0 no SSL, otherwise SSL, so no
# STARTTLS; PROP_SMTP_SECURE_CONNECTION (0x020A) 0 none, 1 SSL, 2 TLS (STARTTLS);
# PROP_SMTP_AUTH_METHOD (0x0208) 0 as for incoming mail, 1 the user in 0x0204;
# PROP_POP_LEAVE_ON_SERVER (0x1000) 1 leave; 0 would empty the mailbox for other devices.
# No data file is named: Outlook makes one and binds the account to it. One named here stays
# unbound (measured by SixFive7/OutlookAI on Office LTSC 2024).
function New-PrfText {
    param($Plans, [string] $ProfileName, [bool] $NewProfile)
    if ($ProfileName -match '[\x00-\x1F]') { throw 'the name of the Outlook profile holds a control character' }
    $modify = 'TRUE'
    if ($NewProfile) { $modify = 'FALSE' }
    $list = ''
    $sections = ''
    $maps = [ordered]@{}
    $n = 0
    foreach ($plan in $Plans) {
        $n++
        $account = $plan.Account
        $in = $account.incoming
        $out = $account.outgoing
        $kind = 'IMAP'
        $map = 'IMAP_I_Mail'
        $more = "CheckNewImap PT_LONG,0x1100`nRootFolder PT_UNICODE,0x1101"
        if ($in.protocol -eq 'pop') {
            $kind = 'POP3'
            $map = 'I_Mail'
            $more = 'LeaveOnServer PT_LONG,0x1000 0x1'
        }
        # This name distinguishes accounts: a second one for the same address needs another.
        $label = $account.email
        if ($plan.Diff) { $label += " ($($in.host))" }
        $own = 0
        $sender = ''
        if ($out.user -cne $in.user) {
            $own = 1
            $sender = $out.user
        }
        # Key, type with property, value. Without a value: in the map only.
        $table = @"
AccountName PT_UNICODE,0x0002 $label
DisplayName PT_UNICODE,0x000B $(Get-PrfName $account)
EmailAddress PT_UNICODE,0x000C $($account.email)
${kind}Server PT_UNICODE,0x0100 $($in.host)
${kind}UserName PT_UNICODE,0x0101 $($in.user)
${kind}UseSPA PT_LONG,0x0108 0
${kind}Port PT_LONG,0x0104 $($in.port)
${kind}UseSSL PT_LONG,0x0105 $(@{ none = 0; tls = 1 }[$in.security])
SMTPServer PT_UNICODE,0x0200 $($out.host)
SMTPPort PT_LONG,0x0201 $($out.port)
SMTPUseAuth PT_LONG,0x0203 1
SMTPAuthMethod PT_LONG,0x0208 $own
SMTPUserName PT_UNICODE,0x0204 $sender
SMTPUseSPA PT_LONG,0x0207 0
SMTPSecureConnection PT_LONG,0x020A $(@{ none = 0; tls = 1; starttls = 2 }[$out.security])
ConnectionType PT_LONG,0x000F 0
ConnectionOID PT_UNICODE,0x0010
ServerTimeOut PT_LONG,0x0209 60
Organization PT_UNICODE,0x0107
ReplyEmailAddress PT_UNICODE,0x0103
$more
"@
        $list += "Account$n=$map`n"
        $sections += "[Account$n]`nUniqueService=No`n"
        if ($NewProfile -and $n -eq 1) { $sections += "DefaultAccount=TRUE`n" }
        $maps[$map] = "[$map]`nAccountType=$kind`n"
        foreach ($row in ($table -split "`r?`n")) {
            $key, $type, $value = $row.Split([char[]] ' ', 3)
            if ($value) { $sections += "$key=$value`n" }
            $maps[$map] += "$key=$type`n"
        }
        $sections += "`n"
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
$list
[Service1]
UniqueService=Yes

$sections
[Outlook Address Book]
ServiceName=CONTAB

$(@($maps.Values) -join "`n")
"@
    return ($text -replace "`r?`n", "`r`n")
}

# The name as a profile file can hold it: quotes around it would be lost, %X% may be replaced, and the
# code page may lack a character. Then the address takes its place.
function Get-PrfName {
    param($Account)
    $name = $Account.displayName.Trim([char] 32)
    if ($name -notmatch '%|\A(["'']).*\1\z' -and $null -ne (ConvertTo-AnsiBytes $name)) { return $name }
    Write-Log 'a profile file or the code page of this PC cannot hold the name; the address takes its place'
    return $Account.email
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

# ---- Thunderbird

# Which programs are here, and what Thunderbird's profile says. A profile alone is no installation:
# an uninstalled Thunderbird leaves it behind.
function Get-Programs {
    $programs = [pscustomobject]@{ Outlook = ''; NewOutlook = $false; Thunderbird = $false; Profile = ''; Prefs = $null; PrefsFault = '' }
    if ($Client -ne 'Thunderbird') {
        $programs.Outlook = Get-OutlookExe
        # The switch "New Outlook" in classic Outlook, which then opens the new one in its place
        $programs.NewOutlook = ((Get-UserText "$OutlookKey\Preferences" 'UseNewOutlook') -eq '1')
    }
    # Not as SYSTEM: the user could have turned the files into links.
    if ($Client -eq 'Outlook' -or $User.IsSystem) { return $programs }
    $store = 'MozillaThunderbird.MZLA_*'
    $roots = @()
    if (Test-ThunderbirdProgram) { $roots += Get-KnownFolder 'ApplicationData' }
    if (Test-Package $store) { $roots += Join-Path (Join-Path ([IO.Directory]::GetDirectories((Join-Path $User.Local 'Packages'), $store)[0]) 'LocalCache') 'Roaming' }
    $programs.Thunderbird = ($roots.Count -gt 0)
    foreach ($root in $roots) { if (-not $programs.Profile) { $programs.Profile = Get-ThunderbirdProfile (Join-Path $root 'Thunderbird') } }
    if ($programs.Profile) {
        try { $programs.Prefs = Read-Prefs (Join-Path $programs.Profile 'prefs.js') }
        catch {
            $programs.PrefsFault = Get-Reason $_
            Write-Log $programs.PrefsFault
        }
    }
    return $programs
}

# Installed for all users or for this one
function Test-ThunderbirdProgram {
    foreach ($key in @('SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\thunderbird.exe', 'SOFTWARE\Clients\Mail\Mozilla Thunderbird\shell\open\command')) {
        foreach ($command in @((Get-MachineText $key ''), (Get-MachineText $key '' ([Microsoft.Win32.RegistryView]::Registry32)), (Get-UserText $key ''))) {
            if ($command -match '\A(?:"([^"]+)"|(.+?\.exe)(?: |\z))' -and (Get-MajorVersion ($Matches[1] + $Matches[2])) -gt 0) { return $true }
        }
    }
    return $false
}

# The profile Thunderbird starts with: the default of an install, else the one marked, else any.
function Get-ThunderbirdProfile {
    param([string] $Root)
    $install = @()
    $marked = @()
    $other = @()
    foreach ($file in @('installs.ini', 'profiles.ini')) {
        if (-not [IO.File]::Exists((Join-Path $Root $file))) { continue }
        foreach ($section in ([IO.File]::ReadAllText((Join-Path $Root $file)) -split '(?m)^\[')) {
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
        $folder = $path.Replace('/', [IO.Path]::DirectorySeparatorChar)
        if (-not [IO.Path]::IsPathRooted($folder)) { $folder = Join-Path $Root $folder }
        if ([IO.Directory]::Exists($folder)) { return $folder }
    }
    return ''
}

# Mail prefs: name -> literal; of two lines for one pref the later counts. Only a file whose every line
# has the form that Thunderbird writes: in any other, what it says cannot be known here.
function Read-Prefs {
    param([string] $Path)
    # @{} would ignore case.
    $prefs = [Collections.Hashtable]::new([StringComparer]::Ordinal)
    if (-not [IO.File]::Exists($Path)) { return , $prefs }
    # A comment over several lines was the head of the file in old versions.
    $text = [IO.File]::ReadAllText($Path) -replace '(?m)^/\*[\s\S]*?\*/', ''
    $escape = '\\(?:["''\\nr]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})'
    $string = '"(?>[^"\\\x00\r\n]*(?:' + $escape + '[^"\\\x00\r\n]*)*)"'
    $value = "(?:$string|-?(?:[0-9]{1,9}|1[0-9]{9}|2147483647)|true|false)"
    $line = '(?:user_pref\(' + $string + ', ' + $value + '\);|(?://|#)[^\r\n\x00]*|[ \t]*)\r?$'
    if ([regex]::IsMatch($text, "(?m)^(?!$line)")) {
        throw "$Path is not as Thunderbird writes it and was left alone; start Thunderbird, close it and run this again"
    }
    foreach ($match in [regex]::Matches($text, '(?m)^user_pref\("(mail\.[^"\\]+)", (.*)\);\r?$')) { $prefs[$match.Groups[1].Value] = $match.Groups[2].Value }
    return , $prefs
}

# A pref's value. Regex.Unescape undoes what a JavaScript string can hold here: \" \\ \n \u00eb
function Get-Pref {
    param($Prefs, [string] $Name)
    $text = [string] $Prefs[$Name]
    if ($text -match '\A"(.*)"\z') { return [regex]::Unescape($Matches[1]) }
    return $text
}

function ConvertTo-Js {
    param([string] $Value)
    return ('"' + [regex]::Replace($Value, '[^\x20\x21\x23-\x5B\x5D-\x7E]', { '\u{0:x4}' -f [int] $args[0].Value[0] }) + '"')
}

# The keys of the accounts in Thunderbird's list, in its order
function Get-ThunderbirdKeys {
    param($Prefs)
    return @((Get-Pref $Prefs 'mail.accountmanager.accounts').Split(',') | ForEach-Object { $_.Trim() } | Where-Object { $_ -and (Get-Pref $Prefs "mail.account.$_.server") })
}

# The outgoing server of an identity
function Get-Smtp {
    param($Prefs, [string] $Identity)
    $smtp = Get-Pref $Prefs "mail.identity.$Identity.smtpServer"
    if (-not $smtp) { $smtp = Get-Pref $Prefs 'mail.smtp.defaultserver' }
    return $smtp
}

# Prefs of an account's servers, as they should be
function New-ServerPrefs {
    param($Account, [string] $Server, [string] $Smtp)
    $socket = @{ none = '0'; starttls = '2'; tls = '3' }
    $in = $Account.incoming
    $out = $Account.outgoing
    return [ordered]@{
        "mail.server.$Server.hostname" = ConvertTo-Js $in.host
        "mail.server.$Server.port" = [string] $in.port
        "mail.server.$Server.socketType" = $socket[$in.security]
        "mail.server.$Server.userName" = ConvertTo-Js $in.user
        "mail.smtpserver.$Smtp.hostname" = ConvertTo-Js $out.host
        "mail.smtpserver.$Smtp.port" = [string] $out.port
        "mail.smtpserver.$Smtp.try_ssl" = $socket[$out.security]
        "mail.smtpserver.$Smtp.username" = ConvertTo-Js $out.user
    }
}

# What Thunderbird means by a pref that its file lacks
function Get-PrefDefault {
    param($Prefs, [string] $Name)
    if ($Name -match 'socketType\z|try_ssl\z') { return '0' }
    if ($Name -notmatch '\A(.+)\.port\z') { return '' }
    $secure = ((Get-Pref $Prefs ($Matches[1] + '.socketType')) + (Get-Pref $Prefs ($Matches[1] + '.try_ssl')) -eq '3')
    $kind = Get-Pref $Prefs ($Matches[1] + '.type')
    return @{ imap = @('143', '993'); pop3 = @('110', '995') ; '' = @('587', '465') }[$kind][[int] $secure]
}

# Whether Thunderbird has the account: absent; present; changeable: one account with this address, or with
# this sign-in on this server, has other settings, which Diff names; stuck: other settings that a script
# cannot change (IMAP for POP3 or the other way round, or several such accounts).
function Find-ThunderbirdAccount {
    param($Prefs, $Account)
    $in = $Account.incoming
    $result = [pscustomobject]@{ Status = 'absent'; Diff = ''; Server = ''; Identity = ''; Smtp = '' }
    foreach ($key in (Get-ThunderbirdKeys $Prefs)) {
        $server = Get-Pref $Prefs "mail.account.$key.server"
        $identity = (Get-Pref $Prefs "mail.account.$key.identities").Split(',')[0].Trim()
        $type = Get-Pref $Prefs "mail.server.$server.type"
        if (@('imap', 'pop3') -notcontains $type) { continue }
        $smtp = Get-Smtp $Prefs $identity
        $sameSignIn = ((Get-Pref $Prefs "mail.server.$server.hostname") -eq $in.host -and (Get-Pref $Prefs "mail.server.$server.userName") -eq $in.user)
        if ((Get-Pref $Prefs "mail.identity.$identity.useremail") -ne $Account.email -and -not $sameSignIn) { continue }
        $wanted = New-ServerPrefs $Account $server $smtp
        $diff = @()
        if ($type -ne @{ imap = 'imap'; pop = 'pop3' }[$in.protocol]) { $diff += "it is $($type.ToUpperInvariant()) instead of $($in.protocol.ToUpperInvariant())" }
        foreach ($name in $wanted.Keys) {
            $has = Get-Pref $Prefs $name
            if (-not $has) { $has = Get-PrefDefault $Prefs $name }
            $should = Get-Pref $wanted $name
            $side = 'incoming'
            if ($name -like 'mail.smtp*') { $side = 'outgoing' }
            if ($has -ne $should) { $diff += "$side $($name.Split('.')[-1]) is $has instead of $should" }
        }
        if ($diff.Count -eq 0) { return [pscustomobject]@{ Status = 'present'; Diff = ''; Server = $server; Identity = $identity; Smtp = $smtp } }
        if ($result.Status -ne 'absent' -or $diff[0] -like 'it is *') { $result.Status = 'stuck' } else { $result.Status = 'changeable' }
        $result.Diff = $diff -join ', '
        $result.Server = $server
        $result.Identity = $identity
        $result.Smtp = $smtp
    }
    if ($Force -and $result.Status -ne 'absent') { return [pscustomobject]@{ Status = 'absent'; Diff = ''; Server = ''; Identity = ''; Smtp = '' } }
    return $result
}

# A number that no pref of the file mentions with this word, above those in use. Some files hold
# numbers near the end of the range: those do not count.
function Get-NextNumber {
    param($Prefs, [string] $Word)
    $used = @{}
    $next = 1
    foreach ($name in $Prefs.Keys) {
        foreach ($match in [regex]::Matches("$name $($Prefs[$name])", "\b$Word([0-9]+)\b")) {
            $used[$match.Value] = $true
            if ($match.Groups[1].Length -lt 7) { $next = [Math]::Max($next, [int] $match.Groups[1].Value + 1) }
        }
    }
    while ($used.ContainsKey("$Word$next")) { $next++ }
    return $next
}

# Prefs that give Thunderbird the account. Not for user.js, which would set the list back at every start.
function New-AccountPrefs {
    param($Prefs, $Account)
    $a = Get-NextNumber $Prefs 'account'
    $s = Get-NextNumber $Prefs 'server'
    $id = 'id' + (Get-NextNumber $Prefs 'id')
    $smtp = 'smtp' + (Get-NextNumber $Prefs 'smtp')
    $list = Get-Pref $Prefs 'mail.accountmanager.accounts'
    $last = $a
    $new = [ordered]@{ 'mail.accountmanager.accounts' = ConvertTo-Js "$list,account$a".TrimStart(',') }
    if (-not $list) {
        # An empty profile gets Local Folders too, as Thunderbird's wizard makes them.
        $last = $a + 1
        $folders = "mail.server.server$($s + 1)"
        $new = [ordered]@{
            'mail.accountmanager.accounts' = "`"account$a,account$last`""
            'mail.accountmanager.localfoldersserver' = "`"server$($s + 1)`""
            "mail.account.account$last.server" = "`"server$($s + 1)`""
            "$folders.type" = '"none"'
            "$folders.hostname" = '"Local Folders"'
            "$folders.userName" = '"nobody"'
            "$folders.name" = '"Local Folders"'
        }
    }
    # The first account with mail stays the default.
    $real = @(Get-ThunderbirdKeys $Prefs | Where-Object { @('none', 'rss', 'nntp') -notcontains (Get-Pref $Prefs ('mail.server.{0}.type' -f (Get-Pref $Prefs "mail.account.$_.server"))) })
    if ($real -notcontains (Get-Pref $Prefs 'mail.accountmanager.defaultaccount')) { $new['mail.accountmanager.defaultaccount'] = ConvertTo-Js (@($real + "account$a")[0]) }
    $lastKey = Get-Pref $Prefs 'mail.account.lastKey'
    if ($lastKey -notmatch '\A[0-9]+\z' -or [long] $lastKey -lt $last) { $new['mail.account.lastKey'] = [string] $last }
    $new["mail.account.account$a.identities"] = "`"$id`""
    $new["mail.account.account$a.server"] = "`"server$s`""
    $new["mail.identity.$id.fullName"] = ConvertTo-Js $Account.displayName
    $new["mail.identity.$id.useremail"] = ConvertTo-Js $Account.email
    $new["mail.identity.$id.smtpServer"] = "`"$smtp`""
    $new["mail.identity.$id.valid"] = 'true'
    $new["mail.server.server$s.type"] = @{ imap = '"imap"'; pop = '"pop3"' }[$Account.incoming.protocol]
    $new["mail.server.server$s.name"] = ConvertTo-Js $Account.email
    $new["mail.server.server$s.authMethod"] = '3'
    $new["mail.server.server$s.check_new_mail"] = 'true'
    $new["mail.server.server$s.login_at_startup"] = 'true'
    if ($Account.incoming.protocol -eq 'pop') {
        # Off by default (mailnews.js), on in the wizard (AccountConfig.sys.mjs).
        $new["mail.server.server$s.leave_on_server"] = 'true'
        $new["mail.server.server$s.download_on_biff"] = 'true'
    }
    Add-SmtpServer $new $Prefs $smtp
    $new["mail.smtpserver.$smtp.description"] = ConvertTo-Js $Account.email
    $servers = New-ServerPrefs $Account "server$s" $smtp
    foreach ($name in $servers.Keys) { $new[$name] = $servers[$name] }
    return $new
}

function Add-SmtpServer {
    param($New, $Prefs, [string] $Smtp)
    $New['mail.smtpservers'] = ConvertTo-Js ((Get-Pref $Prefs 'mail.smtpservers') + ",$Smtp").TrimStart(',')
    if (-not (Get-Pref $Prefs 'mail.smtp.defaultserver')) { $New['mail.smtp.defaultserver'] = "`"$Smtp`"" }
    $New["mail.smtpserver.$Smtp.authMethod"] = '3'
}

# Prefs that turn the found account into ours: those of its servers, and folders that name the server
# (for sent mail, drafts and so on). Account, identity, folders on disk and default stay.
function New-ChangePrefs {
    param($Prefs, $Account, $Found)
    $new = [ordered]@{}
    $smtp = $Found.Smtp
    $others = @($Prefs.Keys | Where-Object { $_ -cmatch '\Amail\.identity\.([^.]+)\.useremail\z' -and $Matches[1] -ne $Found.Identity } | ForEach-Object { $_.Split('.')[2] })
    # An outgoing server that others use stays theirs.
    if (-not $smtp -or @($others | Where-Object { (Get-Smtp $Prefs $_) -eq $smtp }).Count -gt 0) {
        $smtp = 'smtp' + (Get-NextNumber $Prefs 'smtp')
        Add-SmtpServer $new $Prefs $smtp
        $new["mail.identity.$($Found.Identity).smtpServer"] = "`"$smtp`""
    }
    $new["mail.server.$($Found.Server).authMethod"] = '3'
    $new["mail.smtpserver.$smtp.authMethod"] = '3'
    $servers = New-ServerPrefs $Account $Found.Server $smtp
    foreach ($name in $servers.Keys) { $new[$name] = $servers[$name] }
    $sv = "mail.server.$($Found.Server)"
    $was = '\A(imap|mailbox)://{0}@{1}(?=/|\z)' -f [regex]::Escape([uri]::EscapeDataString((Get-Pref $Prefs "$sv.userName"))), [regex]::Escape((Get-Pref $Prefs "$sv.hostname"))
    $becomes = ('$1://{0}@{1}' -f [uri]::EscapeDataString($Account.incoming.user).Replace('$', '$$'), $Account.incoming.host)
    foreach ($name in @($Prefs.Keys)) {
        if (-not $name.StartsWith("mail.identity.$($Found.Identity).", [StringComparison]::Ordinal) -and -not $name.StartsWith("$sv.", [StringComparison]::Ordinal)) { continue }
        $value = Get-Pref $Prefs $name
        if ($value -match $was) { $new[$name] = ConvertTo-Js ($value -replace $was, $becomes) }
    }
    return $new
}

# Adds the account or changes the one that is there: new lines at the end, where the later counts.
function Set-ThunderbirdAccount {
    param($Account, [string] $Folder)
    $path = Join-Path $Folder 'prefs.js'
    # Thunderbird writes prefs.js anew when it ends and would undo the change.
    if (Test-Running 'thunderbird') { return 'busy' }
    # It keeps parent.lock open, unshared, while it uses a profile (nsProfileLock.cpp); held here, neither
    # it nor a second run of this can start. Only read: its date tells Thunderbird of crashed starts.
    try { $lock = [IO.File]::Open((Join-Path $Folder 'parent.lock'), [IO.FileMode]::OpenOrCreate, [IO.FileAccess]::Read, [IO.FileShare]::None) }
    catch [IO.IOException] { return 'busy' }
    try {
        $prefs = Read-Prefs $path
        $found = Find-ThunderbirdAccount $prefs $Account
        $done = 'added'
        $what = 'Add account to Thunderbird'
        if ($found.Status -eq 'absent') { $new = New-AccountPrefs $prefs $Account }
        elseif ($found.Status -eq 'changeable') {
            $done = 'changed'
            $what = 'Change account in Thunderbird'
            $new = New-ChangePrefs $prefs $Account $found
        }
        else { return $found.Status }
        $user = Join-Path $Folder 'user.js'
        if ([IO.File]::Exists($user)) {
            $set = [IO.File]::ReadAllText($user)
            foreach ($name in $new.Keys) { if ($set.Contains($name)) { throw "$user sets $name at every start; take that line out and run this again" } }
        }
        if (-not (Test-Change $path $what)) { return "would be $done" }
        $lines = @($new.Keys | ForEach-Object { 'user_pref("{0}", {1});' -f $_, $new[$_] })
        $bytes = [IO.MemoryStream]::new()
        if ([IO.File]::Exists($path)) {
            # Bytes: bad UTF-8 must come through as it is.
            $old = [IO.File]::ReadAllBytes($path)
            $bytes.Write($old, 0, $old.Length)
            if ($old.Length -gt 0 -and $old[-1] -ne 10) { $bytes.WriteByte(10) }
        }
        $add = $script:Utf8.GetBytes(($lines -join "`r`n") + "`r`n")
        $bytes.Write($add, 0, $add.Length)
        Write-WholeFile $path $bytes.ToArray() ($path + '.mailsetup.bak')
        if ((Find-ThunderbirdAccount (Read-Prefs $path) $Account).Status -ne 'present') { throw "$path lacks the account after the change; see its .mailsetup.bak" }
        return $done
    }
    finally { $lock.Close() }
}

# ---- connection test

# Names of steps and hints are those of `mailmuster probe` and of START-HERE.html.
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

# True if the server answers as it should; adds a line on it, and a hint if not.
function Test-MailServer {
    param([string] $Kind, $Server)
    # SignIn is matched against single lines: PLAIN or LOGIN among the methods, as a whole word.
    $talk = @{
        imap = @{
            Hello = '\A\* OK'; Ask = 'a CAPABILITY'; Tls = 'a STARTTLS'; Bye = 'a LOGOUT'
            Last = '\Aa '; Good = '\Aa OK'; SignIn = '\A\* CAPABILITY (?!.*\bLOGINDISABLED\b)|\A\* CAPABILITY .*\bAUTH=(PLAIN|LOGIN)(?![-\w])'
        }
        # CAPA is optional (RFC 2449): -ERR is no fault.
        pop  = @{
            Hello = '\A\+OK'; Ask = 'CAPA'; Tls = 'STLS'; Bye = 'QUIT'
            Last = '\A(\.\z|-ERR)'; Good = ''; SignIn = '\A(-ERR|USER\b|SASL (.* )?(PLAIN|LOGIN)(?![-\w]))'
        }
        smtp = @{
            Hello = '\A220'; Ask = 'EHLO [127.0.0.1]'; Tls = 'STARTTLS'; Bye = 'QUIT'
            Last = '\A[0-9]{3}( |\z)'; Good = '\A250'; SignIn = '\A250[- ]AUTH[ =](.* )?(PLAIN|LOGIN)(?![-\w])'
        }
    }[$Kind]
    $probe = [pscustomobject]@{ Step = 'name'; Stream = $null; Tls = 'no encryption'; Hint = ''; Tcp = $null }
    $place = "$Kind $($Server.host):$($Server.port)"
    # One limit for the whole talk: a server that drips would keep every single wait short.
    $limit = [Threading.CancellationTokenSource]::new(30000)
    try {
        Connect-Server $probe $Server.host $Server.port $limit.Token
        if ($Server.security -eq 'tls') { Start-Tls $probe $Server.host }
        $probe.Step = 'greeting'
        # Any line but the first ones of an SMTP greeting of several lines
        $null = Read-ServerReply $probe '\A(?![0-9]{3}-)' $talk.Hello
        if ($Server.security -eq 'starttls') {
            $probe.Step = 'STARTTLS'
            Send-ServerLine $probe $talk.Ask
            $null = Read-ServerReply $probe $talk.Last $talk.Good
            Send-ServerLine $probe $talk.Tls
            $null = Read-ServerReply $probe '\A(a |[+-]|[0-9]{3}( |\z))' '\A(a OK|\+OK|220)'
            Start-Tls $probe $Server.host
        }
        $probe.Step = 'sign-in'
        $probe.Hint = 'the provider may want a sign-in in a browser (OAuth2), which no file can carry: ask it whether it has app passwords, and whether the account may use this server'
        Send-ServerLine $probe $talk.Ask
        $reply = @(Read-ServerReply $probe $talk.Last $talk.Good)
        if (@($reply -match $talk.SignIn).Count -eq 0) { throw 'the server offers no sign-in by password on this connection' }
        Send-ServerLine $probe $talk.Bye
        Add-Line "ok    $place  $($probe.Tls)"
        return $true
    }
    catch {
        $reason = Get-Reason $_
        if ($limit.IsCancellationRequested) { $reason = 'the server took longer than 30 seconds' }
        if (-not $probe.Hint) { $probe.Hint = 'the port may want another kind of encryption, or a proxy removes STARTTLS: compare port and security with the provider''s own page, and try another network' }
        Add-Line "FAIL  $place at $($probe.Step): $reason"
        Add-Line "      hint: $($probe.Hint)"
        return $false
    }
    finally {
        $limit.Dispose()
        try { if ($null -ne $probe.Stream) { $probe.Stream.Dispose() } } catch { Write-Verbose 'closed' }
        if ($null -ne $probe.Tcp) { $probe.Tcp.Close() }
    }
}

function Connect-Server {
    param($Probe, [string] $HostName, [int] $Port, $Limit)
    $Probe.Hint = 'compare the name with the provider''s own page, letter by letter; if it is right, see whether this computer is online'
    $lookup = [Net.Dns]::GetHostAddressesAsync($HostName)
    if (-not $lookup.Wait(10000)) { throw 'no answer from the name service in 10 seconds' }
    $Probe.Step = 'connection'
    $Probe.Hint = 'a firewall, an antivirus program or the provider of the line may block this port, or nothing listens there: try another network, then compare the port with the provider''s own page'
    $reason = 'the name has no address'
    foreach ($address in @($lookup.Result | Sort-Object -Property AddressFamily)) {   # IPv4 first
        $tcp = [Net.Sockets.TcpClient]::new($address.AddressFamily)
        # At the limit, closing ends whatever waits.
        $null = $Limit.Register([Delegate]::CreateDelegate([Action], $tcp, 'Close'))
        try {
            if (-not $tcp.ConnectAsync($address, $Port).Wait(10000)) { throw "no answer from $address in 10 seconds" }
            $tcp.ReceiveTimeout = 10000
            $tcp.SendTimeout = 10000
            $Probe.Tcp = $tcp
            $Probe.Stream = $tcp.GetStream()
            $Probe.Hint = ''
            return
        }
        catch {
            $reason = Get-Reason $_
            $tcp.Close()
        }
    }
    throw $reason
}

function Start-Tls {
    param($Probe, [string] $HostName)
    $Probe.Step = 'TLS'
    # Windows PowerShell's default may be older; PowerShell 7 takes what the system allows, TLS 1.3 too.
    $protocols = [Security.Authentication.SslProtocols]::Tls12
    if ($PSVersionTable.PSVersion.Major -ge 6) { $protocols = [Security.Authentication.SslProtocols]::None }
    # What is wrong with the certificate, in our words: those of the exception are in the PC's language.
    $script:Certificate = ''
    $check = [Net.Security.RemoteCertificateValidationCallback] {
        $errors = [int] $args[3]
        if ($errors -eq 0) { return $true }
        $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new($args[1])
        $script:Certificate = 'its issuer is not trusted here'
        if ([DateTime]::Now -gt $certificate.NotAfter) { $script:Certificate = 'it ended on ' + $certificate.NotAfter.ToString('yyyy-MM-dd') }
        elseif ([DateTime]::Now -lt $certificate.NotBefore) { $script:Certificate = 'it begins on ' + $certificate.NotBefore.ToString('yyyy-MM-dd') }
        elseif (($errors -band 2) -ne 0) { $script:Certificate = 'it is for another name: ' + $certificate.GetNameInfo([Security.Cryptography.X509Certificates.X509NameType]::DnsName, $false) }
        return $false
    }
    # Closing it closes what it replaces, also when the handshake fails.
    $Probe.Stream = [Net.Security.SslStream]::new($Probe.Stream, $false, $check)
    try { $Probe.Stream.AuthenticateAsClient($HostName, $null, $protocols, $false) }
    catch {
        if (-not $script:Certificate) { throw }
        $Probe.Hint = 'mail programs refuse such a certificate, and must not be made to accept it: compare the host with the provider''s own page, check this computer''s clock, and ask the provider; an antivirus program that reads mail causes it, too'
        throw "the server's certificate is not accepted: $($script:Certificate)"
    }
    $Probe.Tls = [string] $Probe.Stream.SslProtocol
}

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
        $line = [Text.StringBuilder]::new()
        while (($b = $Probe.Stream.ReadByte()) -ne 10) {
            if ($b -lt 0) { throw 'the server closed the connection' }
            if ($line.Length -gt 8192 -or $lines.Count -gt 100) { throw 'the server sent too much' }
            if ($b -ne 13) { $null = $line.Append([char] $b) }
        }
        $lines += $line.ToString()
    } while ($lines[-1] -notmatch $Last)
    if ($lines[-1] -notmatch $Good) {
        $Probe.Hint = 'the server refuses, or it is a server of another kind: compare host and port with the provider''s own page, and try later'
        throw "the server answers: $($lines[-1])"
    }
    return $lines
}

#region data - written by mailmuster, ASCII only, the only part that differs per person
$DataJson = @'
{"format":2,"tool":"=mailmuster 0.1.0","defaultAction":"=Install","pendingDays":14,"provider":"=Example","accounts":[{"id":"=5f0c2f6e-6c1b-5d0e-9d55-0d6f4a3f9c11","windowsUser":"=","displayName":"=Ada Lovelace","email":"=ada@example.org","incoming":{"protocol":"=imap","host":"=imap.example.org","port":993,"security":"=tls","user":"=ada@example.org"},"outgoing":{"host":"=smtp.example.org","port":587,"security":"=starttls","user":"=ada@example.org"}}]}
'@
#endregion

Invoke-MailSetup -DataJson $DataJson
}
