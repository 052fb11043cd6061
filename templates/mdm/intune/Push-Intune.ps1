<#
.SYNOPSIS
    Creates the profiles and scripts of this export in Microsoft Intune, through Microsoft Graph.

.DESCRIPTION
    Reads export.json, objects.jsonl, plan.csv and the bodies they name; README.md explains them. Each object
    is created, assigned to its group, read back and compared. Every step is noted in state/pushed.jsonl
    before and after it is taken, so that a run that was interrupted at any moment can be repeated: nothing is
    created twice. A changed export is pushed the same way; changed objects are updated in place.

    Credentials come from the environment or from a prompt, and are stored nowhere:
    MAILMUSTER_TENANT         name or id of the tenant, e.g. contoso.onmicrosoft.com
    MAILMUSTER_CLIENT_ID      application (client) id of the app registration
    MAILMUSTER_CLIENT_SECRET  its secret
    For other clouds: MAILMUSTER_GRAPH [default: https://graph.microsoft.com] and MAILMUSTER_LOGIN
    [default: https://login.microsoftonline.com].

.PARAMETER Folder
    Folder of the export [default: the folder of this script].

.PARAMETER Undo
    Delete everything that this folder's runs created, newest first, and nothing else.

.PARAMETER Retire
    Delete what retire.jsonl names, for people who have left.

.PARAMETER CreateGroups
    Create the group of each person for whom plan.csv has no group_id, with the person (upn) as its member.

.PARAMETER AssignTo
    For the shared profile and the scripts of everybody: AllUsers, or ids of groups, separated by comma.

.PARAMETER Kind
    What to push, separated by comma: deviceConfigurations (profiles for iOS and macOS),
    deviceManagementScripts (Windows platform scripts), deviceHealthScripts (Windows remediations).
    A person's script and remediation do the same work: push one of the two.
    [default: deviceConfigurations with deviceManagementScripts for an export with a profile for each person,
    else with deviceHealthScripts, which have the scripts of everybody]

.PARAMETER Adopt
    Take over an object that already has the name of one of ours. Undo never deletes such an object.

.PARAMETER DeviceCode
    Sign in as a person with a code in a browser, instead of as an app with a secret.

.PARAMETER WritesPerSecond
    Pace of the write requests [default: 4.5]. Microsoft permits 100 in 20 seconds for each app.

.NOTES
    -WhatIf signs in and reads, but sends no write request and changes nothing in state/.
    Exit codes: 0 all done; 1 some objects failed, they are named; 2 unusable folder, options or
    credentials; 3 interrupted, or Graph does not answer any more.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
param(
    [string] $Folder = $PSScriptRoot,
    [switch] $Undo,
    [switch] $Retire,
    [switch] $CreateGroups,
    [string] $AssignTo,
    [string] $Kind,
    [switch] $Adopt,
    [switch] $DeviceCode,
    [double] $WritesPerSecond = 4.5,
    # Arguments that nobody knows: reported by the script, since PowerShell itself would exit with 1.
    [Parameter(ValueFromRemainingArguments = $true)] $Rest
)
# In a block, so that a file that was cut off anywhere below is an error and not a short program.
end {
#requires -Version 5.1

# ---- the run

function Invoke-Push {
    $script:Finished = $false
    $code = 2
    try {
        $code = Get-ExitCode
        $script:Finished = $true
    }
    catch [OperationCanceledException] {
        # Stop-Run: nothing else throws it here
        Write-Fault $_.Exception.Message
        $script:Finished = $true
    }
    catch [TimeoutException] {
        # Assert-Answer
        Write-Fault "$($_.Exception.Message); run it again to go on"
        $script:Finished = $true
        $code = 3
    }
    catch {
        Write-Fault "$($_.Exception.Message) (line $($_.InvocationInfo.ScriptLineNumber))"
        $script:Finished = $true
        $code = 1
    }
    finally {
        if ($script:Journal) { $script:Journal.Dispose() }
        if ($script:Http) { $script:Http.Dispose() }
        if (-not $script:Finished) {
            Write-Fault 'interrupted; run it again to go on'
            # PowerShell itself would end with 0. A window with other work in it stays open.
            if (Test-OwnProcess) { [Environment]::Exit(3) }
        }
    }
    return $code
}

# Whether the process was started for this script only.
function Test-OwnProcess {
    $options = @([Environment]::GetCommandLineArgs() | Where-Object { $_ -match '\A[-/]' })
    return @($options -match '\A[-/]f(i(l(e)?)?)?\z').Count -gt 0 -and @($options -match '\A[-/]noe').Count -eq 0
}

function Get-ExitCode {
    Test-Options
    $all = @()
    if (-not $Undo) { $all = @(Read-Export) }
    Open-Journal
    Initialize-Http
    Connect-Graph
    Save-Target
    if ($Undo) { Remove-Created }
    elseif ($Retire) { Remove-Leavers }
    else { Push-All $all }
    return Write-Summary
}

function Test-Options {
    if ($Rest) { Stop-Run "unknown argument: $(@($Rest) -join ' ')" }
    $script:Kinds = @($Kind -split ',' | ForEach-Object { $_.Trim() } | Where-Object { $_ })
    foreach ($name in $script:Kinds) {
        if (-not (Test-Kind $name)) { Stop-Run "-Kind: $name is not known; README.md lists the kinds" }
    }
    if ($Kind -and $script:Kinds.Count -eq 0) { Stop-Run '-Kind names no kind' }
    if ($Undo -and $Retire) { Stop-Run '-Undo and -Retire exclude each other' }
    if (-not ($WritesPerSecond -gt 0)) { Stop-Run '-WritesPerSecond must be above 0' }
    $script:Targets = @()
    foreach ($target in @($AssignTo -split ',' | ForEach-Object { $_.Trim() } | Where-Object { $_ })) {
        if ($target -ne 'AllUsers' -and -not (Test-Guid $target)) { Stop-Run "-AssignTo: $target is neither AllUsers nor the id of a group" }
        $script:Targets += $target
    }
    $script:Root = [IO.Path]::GetFullPath([IO.Path]::Combine((Get-Location).ProviderPath, $Folder))
    if (-not [IO.Directory]::Exists($script:Root)) { Stop-Run "the folder $($script:Root) does not exist" }
    $script:Counts = @{ created = 0; updated = 0; adopted = 0; deleted = 0; gone = 0; unchanged = 0; failed = 0; unassigned = 0; left = 0; leavers = 0; planned = 0 }
    $script:Failed = [Collections.ArrayList]::new()
    $script:FormerParts = @()
    $script:Lists = @{}
    $script:There = @{}
    $script:Assignments = @{}
}

function Push-All {
    param($All)
    $groups = Read-Plan
    if ($CreateGroups) { New-Groups $groups }
    $objects = @($All | Where-Object { $script:Kinds -ccontains $_.kind })
    $script:Counts.left = $All.Count - $objects.Count
    $open = @($objects | Where-Object { -not (Test-Current $_ $groups) })
    if ($open.Count -gt 0) {
        $writes = 2 * $open.Count
        Write-Host ('{0} of {1} objects to push, about {2} write requests, at least {3}' -f $open.Count, $objects.Count, $writes, (Format-Duration ($writes / $WritesPerSecond)))
    }
    $number = 0
    foreach ($object in $objects) {
        $number++
        $what = Invoke-Step $object.name 'push' $object $groups
        if ($what -and @('unchanged', 'planned') -cnotcontains $what) { Write-Host "[$number/$($objects.Count)] $what $($object.name)" }
    }
    Measure-Leavers $All
}

# Counts what earlier runs pushed for people, and for parts of the fleet, that are not in the export any more.
function Measure-Leavers {
    param($All)
    $people = @{ shared = $true }
    foreach ($object in $All) { $people[$object.id] = $true }
    $left = @($script:Entries.Values | Where-Object { $_.Remote -and $_.Kind -ne 'groups' -and -not $people.ContainsKey($_.Id) })
    $script:FormerParts = @($left | Where-Object { Test-Part $_.Id } | ForEach-Object { $_.Name })
    $script:Counts.leavers = $left.Count - $script:FormerParts.Count
}

function Write-Summary {
    $c = $script:Counts
    if ($WhatIfPreference) { Write-Host "what if: $($c.planned) objects would be written or deleted, $($c.unchanged) are unchanged; nothing was changed" }
    else { Write-Host "$($c.created) created, $($c.updated) updated, $($c.adopted) adopted, $($c.deleted) deleted, $($c.gone) already gone, $($c.unchanged) unchanged, $($c.failed) failed" }
    if ($c.unassigned -gt 0) { Write-Host "assigned to nobody: $($c.unassigned); fill group_id in plan.csv, use -CreateGroups, or for the shared profile -AssignTo, and run again" }
    if ($c.left -gt 0) { Write-Host "of kinds that -Kind does not name, not pushed: $($c.left)" }
    if ($c.leavers -gt 0) { Write-Host "pushed earlier, for people who are not in this export any more: $($c.leavers); to delete them: mailmuster export intune leavers.csv --retire --out FOLDER, with a copy of state/ in FOLDER, then run its script with -Retire" }
    foreach ($name in $script:FormerParts) { Write-Host "pushed earlier, and this export has no such part any more; delete it in Intune: $name" }
    if ($c.failed -eq 0) { return 0 }
    Write-Fault "failed: $($c.failed); run it again after the cause is removed:"
    foreach ($name in $script:Failed) { Write-Fault "  $name" }
    return 1
}

# Runs one object's step. A fault is reported and counted, and the run goes on.
function Invoke-Step {
    param([string] $Name, [string] $Step, $Item, $Groups)
    try {
        if ($Step -eq 'push') { $what = Push-Object $Item $Groups }
        elseif ($Step -eq 'group') { $what = New-Group $Item }
        else { $what = Remove-One $Item }
        if ($what) { $script:Counts[$what]++ }
        return $what
    }
    catch [OperationCanceledException] { throw }
    catch [TimeoutException] { throw }
    catch {
        $script:Counts.failed++
        [void] $script:Failed.Add($Name)
        Write-Fault "failed: ${Name}: $($_.Exception.Message)"
    }
}

# ---- the export

function Read-Export {
    $head = Read-Json (Read-Text 'export.json' 'the export is not complete: make it again')
    if ((Get-Value $head 'mdm') -ne 'intune' -or "$(Get-Value $head 'format')" -ne '1') { Stop-Run 'export.json is not that of an Intune export which this script knows' }
    $script:Shape = Get-Value $head 'shape'
    if (-not $Kind) {
        $script:Kinds = @('deviceConfigurations', 'deviceManagementScripts')
        if ($script:Shape -eq 'shared') { $script:Kinds = @('deviceConfigurations', 'deviceHealthScripts') }
    }
    if ($script:Shape -eq 'retire' -and -not $Retire) { Stop-Run 'this export deletes the objects of people who have left: run it with -Retire' }
    if ($script:Shape -ne 'retire' -and $Retire) { Stop-Run '-Retire needs a folder made with: mailmuster export intune --retire LIST' }
    if ($CreateGroups -and $script:Shape -ne 'per-person') { Stop-Run '-CreateGroups is for an export with a profile for each person' }
    if ($script:Targets.Count -gt 0 -and $script:Shape -ne 'shared') { Stop-Run '-AssignTo is for the shared profile; here plan.csv has the group of each person' }
    $bytes = Read-Bytes 'objects.jsonl'
    if ((Get-Digest $bytes) -ne (Get-Value $head 'objects_sha256')) { Stop-Run 'objects.jsonl is not the one export.json describes: make the export again' }
    $found = [Collections.ArrayList]::new()
    foreach ($object in @(Read-Lines $script:Utf8.GetString($bytes))) {
        foreach ($name in @('id', 'platform', 'kind', 'name', 'file', 'sha256', 'api')) { if (-not (Get-Value $object $name)) { Stop-Run "objects.jsonl: an object has no $name" } }
        if (-not (Test-Key $object.id) -or -not (Test-Kind $object.kind) -or "$($object.platform)" -cnotmatch '\A[a-z]{1,16}\z' -or @('v1.0', 'beta') -cnotcontains $object.api) { Stop-Run "objects.jsonl: $($object.name) has an id, kind, platform or api that this script does not know" }
        if ((Get-Digest (Read-Bytes $object.file)) -ne $object.sha256) { Stop-Run "$($object.file) was changed after the export: make the export again" }
        [void] $found.Add($object)
    }
    if ($found.Count -ne (Get-Value $head 'objects')) { Stop-Run 'objects.jsonl is not complete: make the export again' }
    $script:NeedsScripts = $script:Shape -ne 'shared' -or @($found | Where-Object { $_.kind -cne 'deviceConfigurations' -and $script:Kinds -ccontains $_.kind }).Count -gt 0
    return $found
}

# Groups of people by the id of the person; empty where the list has none.
function Read-Plan {
    $groups = @{}
    if (-not [IO.File]::Exists((Get-Inside 'plan.csv'))) { return $groups }
    $rows = @(Import-Csv -LiteralPath (Get-Inside 'plan.csv') -Encoding UTF8)
    foreach ($row in $rows) {
        $group = "$(Get-Value $row 'group_id')".Trim()
        if ($group -and -not (Test-Guid $group)) { Stop-Run "plan.csv: $group (for $(Get-Value $row 'address')) is not the object id of a group" }
        $id = "$(Get-Value $row 'id')"
        if (-not (Test-Key $id)) { Stop-Run "plan.csv: $id (for $(Get-Value $row 'address')) is not the id of a person of this export; only group_id may be edited" }
        if (-not $group) {
            $made = Get-Entry $id 'groups' 'entra' (Get-Value $row 'group_name')
            if ($made.Remote) { $group = $made.Remote }
        }
        $groups[$id] = @{ Id = $id; Group = $group; Name = "$(Get-Value $row 'group_name')"; Upn = "$(Get-Value $row 'upn')".Trim(); Address = "$(Get-Value $row 'address')" }
    }
    return $groups
}

# A path of the export, which may not lead out of its folder.
function Get-Inside {
    param([string] $Path)
    $full = [IO.Path]::GetFullPath([IO.Path]::Combine($script:Root, $Path))
    if ([IO.Path]::IsPathRooted($Path) -or @($Path -split '[/\\]') -contains '..' -or -not $full.StartsWith($script:Root.TrimEnd('/', '\') + [IO.Path]::DirectorySeparatorChar, [StringComparison]::Ordinal)) { Stop-Run "$Path is not inside the export" }
    return $full
}

function Read-Bytes {
    param([string] $Path)
    $full = Get-Inside $Path
    if (-not [IO.File]::Exists($full)) { Stop-Run "$Path is missing: make the export again" }
    # the comma keeps PowerShell from unrolling the array
    return , [IO.File]::ReadAllBytes($full)
}

function Read-Text {
    param([string] $Path, [string] $Otherwise)
    if (-not [IO.File]::Exists((Get-Inside $Path))) { Stop-Run "$Path is missing: $Otherwise" }
    return $script:Utf8.GetString((Read-Bytes $Path))
}

# ---- the journal: state/pushed.jsonl

function Open-Journal {
    $script:Journal = $null
    $script:Entries = @{}
    $script:Order = 0
    $file = Get-Inside 'state/pushed.jsonl'
    $text = ''
    if ($WhatIfPreference) {
        if ([IO.File]::Exists($file)) { $text = $script:Utf8.GetString([IO.File]::ReadAllBytes($file)) }
    }
    else {
        [void] [IO.Directory]::CreateDirectory((Get-Inside 'state'))
        # Held open without sharing: a second run in the same folder stops here.
        try { $script:Journal = [IO.FileStream]::new($file, [IO.FileMode]::OpenOrCreate, [IO.FileAccess]::ReadWrite, [IO.FileShare]::None) }
        catch { Stop-Run "state/pushed.jsonl cannot be opened; is another run at work? $($_.Exception.GetBaseException().Message)" }
        $bytes = [byte[]]::new($script:Journal.Length)
        $read = 0
        while ($read -lt $bytes.Length) { $read += $script:Journal.Read($bytes, $read, $bytes.Length - $read) }
        $text = $script:Utf8.GetString($bytes)
        # A line that was cut off must not swallow the next one.
        if ($text -and -not $text.EndsWith("`n")) { $script:Journal.WriteByte(10) }
    }
    foreach ($note in @(Read-Lines $text)) {
        $fault = Get-NoteFault $note
        if ($fault) { Write-Fault "state/pushed.jsonl: a line is ignored, for $fault" }
        else { Add-Note $note }
    }
}

# Why a line of the journal is not one of this script's: its values become part of addresses.
function Get-NoteFault {
    param($Note)
    $of = "$(Get-Value $Note 'kind')"
    $remote = "$(Get-Value $Note 'remote_id')"
    if (-not (Test-Key "$(Get-Value $Note 'id')")) { return 'its id is not that of a person' }
    if ($of -cne 'groups' -and -not (Test-Kind $of)) { return "its kind is not known: $($of -replace '[^ -~]', '?')" }
    if ("$(Get-Value $Note 'platform')" -cnotmatch '\A[a-z]{0,16}\z') { return 'its platform is not known' }
    if ($remote -and -not (Test-Guid $remote)) { return "its remote_id is not an id of Intune: $($remote -replace '[^ -~]', '?')" }
    return ''
}

# ---- the tenant: state/target

# The journal's ids mean something in one tenant only.
function Assert-Target {
    param([string] $Tenant)
    $script:Target = "$($script:Graph) $(Get-TenantId $Tenant)"
    $file = Get-Inside 'state/target'
    $earlier = ''
    if ([IO.File]::Exists($file)) { $earlier = $script:Utf8.GetString([IO.File]::ReadAllBytes($file)).Trim() }
    $script:NewTarget = -not $earlier
    if ($earlier) {
        if ($earlier -cne $script:Target) { Stop-Run "this folder was pushed to $earlier, not to $($script:Target) (Graph, tenant id): set MAILMUSTER_TENANT to that tenant, or push a copy of the folder without state/" }
    }
    elseif ($script:Entries.Count -gt 0) { Stop-Run "state/target is missing, so the tenant that state/pushed.jsonl belongs to is not known; if it is this one, create state/target with the line: $($script:Target)" }
}

function Save-Target {
    if ($script:NewTarget -and -not $WhatIfPreference) { [IO.File]::WriteAllBytes((Get-Inside 'state/target'), $script:Utf8.GetBytes("$($script:Target)`n")) }
}

# A tenant can have several names. Its sign-in page tells the id to everybody.
function Get-TenantId {
    param([string] $Tenant)
    if (Test-Guid $Tenant) { return $Tenant.ToLowerInvariant() }
    for ($attempt = 1; ; $attempt++) {
        $answer = Send-Request 'GET' "$($script:Login)/$Tenant/v2.0/.well-known/openid-configuration" $null '' ''
        if (-not (Test-Temporary $answer) -or $attempt -ge 6) { break }
        Wait-Before $attempt $answer
    }
    if ($answer.Status -ne 200) { Stop-Run "MAILMUSTER_TENANT: the tenant $Tenant cannot be looked up: $($answer.Message)" }
    $id = @("$(Get-Value $answer.Json 'issuer')" -split '/' | Where-Object { Test-Guid $_ })
    if ($id.Count -ne 1) { Stop-Run "MAILMUSTER_TENANT: $Tenant is not one tenant; use its name or id" }
    return $id[0].ToLowerInvariant()
}

function Add-Note {
    param($Note)
    $entry = Get-Entry $Note.id $Note.kind (Get-Value $Note 'platform') (Get-Value $Note 'name')
    $intent = Get-Value $Note 'intent'
    $done = Get-Value $Note 'done'
    if ($intent) {
        $entry.Open = $intent
        if ($intent -eq 'create') {
            $script:Order++
            $entry.Order = $script:Order
            $entry.Created = $true
            $entry.Remote = ''
            $entry.Assigned = ''
            $entry.At = Get-Utc $Note.at
        }
    }
    elseif ($done) {
        $entry.Open = ''
        if ($done -eq 'deleted') {
            $entry.Remote = ''
            $entry.Sha = ''
            $entry.Assigned = ''
            $entry.Created = $false
        }
        else {
            $entry.Remote = "$(Get-Value $Note 'remote_id')"
            $entry.Sha = "$(Get-Value $Note 'sha256')"
            $entry.Assigned = "$(Get-Value $Note 'assigned')"
        }
    }
}

# What the journal knows of an object. A person has profiles for two platforms, of one kind.
function Get-Entry {
    param([string] $Id, [string] $OfKind, [string] $Platform, [string] $Name)
    $key = "$OfKind|$Platform|$Id"
    if (-not $script:Entries.ContainsKey($key)) {
        $script:Entries[$key] = @{ Id = $Id; Kind = $OfKind; Platform = $Platform; Name = $Name; Created = $false; At = [datetime]::MinValue; Remote = ''; Sha = ''; Assigned = ''; Open = ''; Order = 0 }
    }
    $entry = $script:Entries[$key]
    if ($Name) { $entry.Name = $Name }
    return $entry
}

function Write-Intent {
    param($Entry, [string] $Intent)
    Write-Note $Entry ([ordered] @{ intent = $Intent })
}

function Write-Done {
    param($Entry, [string] $Done, [string] $Remote, [string] $Sha, [string] $Assigned)
    Write-Note $Entry ([ordered] @{ remote_id = $Remote; sha256 = $Sha; assigned = $Assigned; done = $Done })
}

function Write-Note {
    param($Entry, $Facts)
    $note = [ordered] @{ at = [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture); id = $Entry.Id; kind = $Entry.Kind; platform = $Entry.Platform; name = $Entry.Name }
    foreach ($key in $Facts.Keys) { $note[$key] = $Facts[$key] }
    $bytes = $script:Utf8.GetBytes((ConvertTo-Json $note -Compress) + "`n")
    $script:Journal.Write($bytes, 0, $bytes.Length)
    # on the disk before the request goes out
    $script:Journal.Flush($true)
    Add-Note ([pscustomobject] $note)
}

# ---- one object

function Test-Current {
    param($Object, $Groups)
    $entry = Get-Entry $Object.id $Object.kind $Object.platform $Object.name
    $wanted = (Get-Assignment $Object $Groups).Digest
    return $entry.Remote -and (Test-There $entry) -and $entry.Open -eq '' -and $entry.Sha -eq $Object.sha256 -and (-not $wanted -or $entry.Assigned -eq $wanted)
}

function Push-Object {
    param($Object, $Groups)
    $entry = Get-Entry $Object.id $Object.kind $Object.platform $Object.name
    $assignment = Get-Assignment $Object $Groups
    if ($entry.Remote -and -not (Test-There $entry)) { Clear-Gone $Object $entry }
    if (-not $assignment.Digest -and -not $entry.Assigned -and -not ($WhatIfPreference -and $CreateGroups)) { $script:Counts.unassigned++ }
    if (Test-Current $Object $Groups) { return 'unchanged' }
    if ($entry.Remote) {
        if (-not (Confirm-Write $Object.name 'Update')) { return 'planned' }
        if (Update-Object $Object $entry $assignment 'updated') { return 'updated' }
        # deleted since the list was read: create it again
    }
    $found = @(Find-Remote $Object.kind $Object.name)
    $mine = @($found | Where-Object { $entry.Created -and (Test-Mine $_ $entry) })
    if ($mine.Count -gt 1) { throw "Intune has $($mine.Count) objects of this name that were made since the last run; delete all but one" }
    if ($mine.Count -eq 0 -and $found.Count -gt 0) {
        if (-not $Adopt) { throw "Intune already has an object of this name (id $($found[0].id)), which this folder did not create; delete it, or use -Adopt to take it over" }
        if ($found.Count -gt 1) { throw "Intune has $($found.Count) objects of this name; delete all but one" }
    }
    if ($mine.Count + $found.Count -gt 0) {
        if (-not (Confirm-Write $Object.name 'Adopt')) { return 'planned' }
        # What it wanted to create is not there, and what it takes over is not its own to delete.
        if ($mine.Count -eq 0 -and $entry.Created) { Write-Done $entry 'deleted' '' '' '' }
        $entry.Remote = (@($mine) + @($found))[0].id
        if (Update-Object $Object $entry $assignment 'adopted') { return 'adopted' }
    }
    if (-not (Confirm-Write $Object.name 'Create')) { return 'planned' }
    return New-RemoteObject $Object $entry $assignment
}

# Asks once more for what the list does not have. What is gone is of no use for an update or -Undo.
function Clear-Gone {
    param($Object, $Entry)
    $answer = Send-Graph 'GET' "$(Get-Url $Object.api $Object.kind)/$($Entry.Remote)"
    if ($answer.Status -ne 404) {
        Assert-Success $answer
        $script:There[$Entry.Kind][$Entry.Remote] = $true
        return
    }
    Write-Host "not in Intune any more, to be created again: $($Object.name)"
    if (-not $WhatIfPreference) { Write-Done $Entry 'deleted' $Entry.Remote '' '' }
    else {
        $Entry.Remote = ''
        $Entry.Assigned = ''
        $Entry.Created = $false
    }
}

function New-RemoteObject {
    param($Object, $Entry, $Assignment)
    Write-Intent $Entry 'create'
    $result = Send-Create (Get-Url $Object.api $Object.kind) (Read-Bytes $Object.file) $Entry
    Complete-Object $Object $Entry $result.Id $Assignment
    Write-Done $Entry $result.Done $result.Id $Object.sha256 (Get-AssignedDigest $Assignment $Entry)
    return $result.Done
}

# Brings an object that exists up to date. False: it does not exist any more.
function Update-Object {
    param($Object, $Entry, $Assignment, [string] $Done)
    $remote = $Entry.Remote
    Write-Intent $Entry 'update'
    $url = "$(Get-Url $Object.api $Object.kind)/$remote"
    $current = Send-Graph 'GET' $url
    if ($current.Status -eq 404) { $Entry.Remote = ''; $Entry.Assigned = ''; return $false }
    Assert-Success $current
    if (-not (Test-Same $Object $current.Json)) { Assert-Success (Send-Graph 'PATCH' $url (Read-Bytes $Object.file)) }
    Complete-Object $Object $Entry $remote $Assignment
    Write-Done $Entry $Done $remote $Object.sha256 (Get-AssignedDigest $Assignment $Entry)
    return $true
}

# Assigns an object, reads it back and compares.
function Complete-Object {
    param($Object, $Entry, [string] $Remote, $Assignment)
    $url = "$(Get-Url $Object.api $Object.kind)/$Remote"
    if ($Assignment.Digest -and $Entry.Assigned -ne $Assignment.Digest) { Assert-Success (Send-Graph 'POST' "$url/assign" $Assignment.Body) }
    $answer = Send-Graph 'GET' $url
    Assert-Success $answer
    if (-not (Test-Same $Object $answer.Json)) { throw "what Intune returns for it (id $Remote) differs from $($Object.file)" }
}

# Whether Intune has the contents of the body.
function Test-Same {
    param($Object, $Remote)
    $body = Read-Json ($script:Utf8.GetString((Read-Bytes $Object.file)))
    foreach ($name in @('displayName', 'payload', 'payloadName', 'payloadFileName', 'deploymentChannel', 'fileName', 'runAsAccount', 'scriptContent', 'detectionScriptContent', 'remediationScriptContent')) {
        $sent = Get-Value $body $name
        if ($null -ne $sent -and "$sent" -cne "$(Get-Value $Remote $name)") { return $false }
    }
    return $true
}

# The body of the action assign with its digest; both are empty where the group is not known.
function Get-Assignment {
    param($Object, $Groups)
    $key = "$($Object.kind)|$($Object.platform)|$($Object.id)"
    if (-not $script:Assignments.ContainsKey($key)) {
        $file = Get-Value $Object 'assignment'
        if ($file) { $body = Read-Bytes $file } else { $body = New-AssignmentBody $Object $Groups }
        $digest = ''
        if ($body) { $digest = Get-Digest $body }
        $script:Assignments[$key] = @{ Body = $body; Digest = $digest }
    }
    return $script:Assignments[$key]
}

function New-AssignmentBody {
    param($Object, $Groups)
    $ids = @()
    if ($script:Shape -eq 'shared') { $ids = @($script:Targets) }
    elseif ($Groups.ContainsKey($Object.id) -and $Groups[$Object.id].Group) { $ids = @($Groups[$Object.id].Group) }
    if ($ids.Count -eq 0) { return $null }
    $list = @($ids | ForEach-Object {
        $target = [ordered] @{ '@odata.type' = '#microsoft.graph.allLicensedUsersAssignmentTarget' }
        if ($_ -ne 'AllUsers') { $target = [ordered] @{ '@odata.type' = '#microsoft.graph.groupAssignmentTarget'; groupId = $_.ToLowerInvariant() } }
        $item = [ordered] @{ target = $target }
        if ($Object.kind -eq 'deviceHealthScripts') {
            $item.runRemediationScript = $true
            $item.runSchedule = [ordered] @{ '@odata.type' = '#microsoft.graph.deviceHealthScriptDailySchedule'; interval = 1; useUtc = $false; time = '12:00:00' }
        }
        $item
    })
    $names = @{ deviceConfigurations = 'assignments'; deviceManagementScripts = 'deviceManagementScriptAssignments'; deviceHealthScripts = 'deviceHealthScriptAssignments' }
    return , $script:Utf8.GetBytes((ConvertTo-Json @{ $names[$Object.kind] = $list } -Depth 6 -Compress))
}

function Get-AssignedDigest {
    param($Assignment, $Entry)
    if ($Assignment.Digest) { return $Assignment.Digest }
    return $Entry.Assigned
}

# Whether an object with our name can be the one that this folder wanted to create: not older than the
# intent, with ten minutes for clocks that differ.
function Test-Mine {
    param($Remote, $Entry)
    $created = Get-Value $Remote 'createdDateTime'
    return $created -and (Get-Utc $created) -ge $Entry.At.AddMinutes(-10)
}

# What this folder may have created without having seen the answer.
function Find-Made {
    param($Entry, [switch] $Fresh)
    if ($Entry.Kind -eq 'groups') {
        $filter = [Uri]::EscapeDataString("mailNickname eq '$(Get-GroupAlias $Entry.Id)'")
        $answer = Send-Graph 'GET' "$(Get-Url 'v1.0' 'groups')?`$filter=$filter&`$select=id,displayName"
        Assert-Success $answer
        return Get-Value $answer.Json 'value'
    }
    return Find-Remote $Entry.Kind $Entry.Name -Fresh:$Fresh | Where-Object { Test-Mine $_ $Entry }
}

# Whether Intune still lists an object of the journal.
function Test-There {
    param($Entry)
    Read-List $Entry.Kind
    return $script:There[$Entry.Kind].ContainsKey($Entry.Remote)
}

# Objects in Intune with exactly this name.
function Find-Remote {
    param([string] $OfKind, [string] $Name, [switch] $Fresh)
    Read-List $OfKind -Fresh:$Fresh
    if ($script:Lists[$OfKind].ContainsKey($Name)) { return $script:Lists[$OfKind][$Name] }
}

# The lists are read once, for names are not unique there and not every collection can be filtered.
function Read-List {
    param([string] $OfKind, [switch] $Fresh)
    if ($Fresh -or -not $script:Lists.ContainsKey($OfKind)) {
        $list = [Collections.Generic.Dictionary[string, Collections.ArrayList]]::new([StringComparer]::Ordinal)
        $ids = @{}
        # beta lists what v1.0 lists
        $url = "$(Get-Url 'beta' $OfKind)?`$select=id,displayName,createdDateTime"
        while ($url) {
            if (-not $url.StartsWith("$($script:Graph)/", [StringComparison]::Ordinal)) { throw "Graph continues its list on another host: $url" }
            $answer = Send-Graph 'GET' $url
            Assert-Success $answer
            foreach ($item in @(Get-Value $answer.Json 'value')) {
                # an id becomes part of an address
                if (-not (Test-Guid "$(Get-Value $item 'id')")) { continue }
                $ids["$($item.id)"] = $true
                $key = "$(Get-Value $item 'displayName')"
                if (-not $list.ContainsKey($key)) { $list[$key] = [Collections.ArrayList]::new() }
                [void] $list[$key].Add($item)
            }
            $url = Get-Value $answer.Json '@odata.nextLink'
        }
        $script:Lists[$OfKind] = $list
        $script:There[$OfKind] = $ids
    }
}

# ---- groups

function New-Groups {
    param($Groups)
    $open = @($Groups.Values | Where-Object { -not $_.Group } | Sort-Object { $_.Id })
    foreach ($person in $open) {
        $what = Invoke-Step $person.Name 'group' $person
        if ($what -eq 'created' -or $what -eq 'adopted') { Write-Host "$what group $($person.Name)" }
    }
}

# The alias has the id of the person: a group that was made before is found again, even without the journal.
function Get-GroupAlias {
    param([string] $Id)
    return "mailmuster-$Id"
}

function New-Group {
    param($Person)
    if (-not $Person.Name) { throw "plan.csv has no group_name for $($Person.Address)" }
    if (-not $Person.Upn) { throw "plan.csv has no upn for $($Person.Address)" }
    $user = Send-Graph 'GET' "$($script:Graph)/v1.0/users/$([Uri]::EscapeDataString($Person.Upn))?`$select=id"
    if ($user.Status -eq 404) { throw "no user $($Person.Upn) in Entra" }
    Assert-Success $user
    $entry = Get-Entry $Person.Id 'groups' 'entra' $Person.Name
    $found = @(Find-Made $entry)
    if (-not (Confirm-Write $Person.Name 'Create group')) { return 'planned' }
    Write-Intent $entry 'create'
    if ($found.Count -gt 0) { $result = @{ Id = $found[0].id; Done = 'adopted' } }
    else {
        $body = [ordered] @{ displayName = $Person.Name; description = "Mail settings of $($Person.Address), made by mailmuster"; mailEnabled = $false; mailNickname = Get-GroupAlias $Person.Id; securityEnabled = $true; 'members@odata.bind' = @("$($script:Graph)/v1.0/directoryObjects/$($user.Json.id)") }
        $result = Send-Create (Get-Url 'v1.0' 'groups') $script:Utf8.GetBytes((ConvertTo-Json $body -Compress)) $entry
    }
    Write-Done $entry $result.Done $result.Id '' ''
    $Person.Group = $result.Id
    return $result.Done
}

# ---- undo and retire

function Remove-Created {
    $mine = @($script:Entries.Values | Where-Object { $_.Created } | Sort-Object { - $_.Order })
    Write-Host "$($mine.Count) objects to delete"
    foreach ($entry in $mine) { Remove-Reported $entry }
}

function Remove-Leavers {
    $leavers = @{}
    foreach ($line in (Read-Text 'retire.jsonl' 'make the export again').Split("`n")) {
        if (-not $line.Trim()) { continue }
        $leaver = Read-Json $line
        if (-not (Test-Key "$(Get-Value $leaver 'id')") -or -not (Test-Kind "$(Get-Value $leaver 'kind')")) { Stop-Run 'retire.jsonl: a line has an id or kind that this script does not know' }
        $leavers[$leaver.id] = $true
        $known = @($script:Entries.Values | Where-Object { $_.Id -eq $leaver.id -and $_.Kind -eq $leaver.kind -and $_.Name -ceq $leaver.name })
        if ($known.Count -eq 0) { $known = @(Get-Entry $leaver.id $leaver.kind "$(Get-Value $leaver 'platform')" $leaver.name) }
        Remove-Reported $known[0]
    }
    # Their groups, if this folder made them and none of its objects is left.
    $left = @{}
    foreach ($entry in @($script:Entries.Values)) { if ($entry.Kind -ne 'groups' -and $entry.Created) { $left[$entry.Id] = $true } }
    foreach ($entry in @($script:Entries.Values)) {
        if ($entry.Kind -eq 'groups' -and $entry.Created -and $leavers.ContainsKey($entry.Id) -and -not $left.ContainsKey($entry.Id)) { Remove-Reported $entry }
    }
}

function Remove-Reported {
    param($Entry)
    $what = Invoke-Step $Entry.Name 'remove' $Entry
    if ($what -eq 'unchanged') { Write-Host "not there $($Entry.Name)" }
    elseif ($what -eq 'gone') { Write-Host "already gone $($Entry.Name)" }
    elseif ($what -eq 'deleted') { Write-Host "deleted $($Entry.Name)" }
}

# Deletes an object, by the id that the journal has, else by its name.
function Remove-One {
    param($Entry)
    $base = Get-Url 'beta' $Entry.Kind
    $remote = $Entry.Remote
    if (-not $remote) {
        if ($Retire -and $Entry.Kind -ne 'groups') { $found = @(Find-Remote $Entry.Kind $Entry.Name) }
        else { $found = @(Find-Made $Entry) }
        if ($found.Count -gt 1) { throw "Intune has $($found.Count) objects of this name; delete them by hand" }
        if ($found.Count -eq 1) { $remote = $found[0].id }
    }
    if (-not (Confirm-Write $Entry.Name 'Delete')) { return 'planned' }
    Write-Intent $Entry 'delete'
    $what = 'unchanged'
    if ($remote) {
        $what = 'deleted'
        $answer = Send-Graph 'DELETE' "$base/$remote"
        if ($answer.Status -eq 404) { $what = 'gone' } else { Assert-Success $answer }
    }
    Write-Done $Entry 'deleted' $remote '' ''
    return $what
}

# ---- Graph

function Initialize-Http {
    Add-Type -AssemblyName System.Net.Http
    # Windows PowerShell 5.1 may not offer TLS 1.2 by default.
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $script:Graph = Get-BaseUrl 'MAILMUSTER_GRAPH' 'https://graph.microsoft.com'
    $script:Login = Get-BaseUrl 'MAILMUSTER_LOGIN' 'https://login.microsoftonline.com'
    $handler = [Net.Http.HttpClientHandler]::new()
    # The token must reach nobody else.
    $handler.AllowAutoRedirect = $false
    $script:Http = [Net.Http.HttpClient]::new($handler)
    $script:Http.Timeout = [TimeSpan]::FromSeconds(100)
    $script:Http.DefaultRequestHeaders.ExpectContinue = $false
    $script:Clock = [Diagnostics.Stopwatch]::StartNew()
    $script:NextWrite = 0.0
    $script:GaveUp = 0
    $script:Random = [Random]::new()
}

function Get-BaseUrl {
    param([string] $Variable, [string] $Default)
    $text = [Environment]::GetEnvironmentVariable($Variable)
    if (-not $text) { $text = $Default }
    $uri = $null
    if (-not [Uri]::TryCreate($text, [UriKind]::Absolute, [ref] $uri) -or ($uri.Scheme -ne 'https' -and -not ($uri.Scheme -eq 'http' -and $uri.IsLoopback))) { Stop-Run "${Variable}: $text is not an https address" }
    return $uri.GetLeftPart([UriPartial]::Authority)
}

function Get-Url {
    param([string] $Api, [string] $OfKind)
    if ($OfKind -eq 'groups') { return "$($script:Graph)/v1.0/groups" }
    return "$($script:Graph)/$Api/deviceManagement/$OfKind"
}

# One request. Status 0: no answer came, and whether a write took place is not known.
function Send-Request {
    param([string] $Method, [string] $Url, $Body, [string] $Type, [string] $Token)
    $request = [Net.Http.HttpRequestMessage]::new([Net.Http.HttpMethod]::new($Method), $Url)
    $request.Headers.Accept.ParseAdd('application/json')
    if ($Token) { $request.Headers.Authorization = [Net.Http.Headers.AuthenticationHeaderValue]::new('Bearer', $Token) }
    if ($null -ne $Body) {
        $request.Content = [Net.Http.ByteArrayContent]::new([byte[]] $Body)
        $request.Content.Headers.ContentType = [Net.Http.Headers.MediaTypeHeaderValue]::new($Type)
    }
    $answer = @{ Status = 0; Json = $null; Wait = -1.0; Message = '' }
    try {
        $task = $script:Http.SendAsync($request)
        # in slices, so that Ctrl+C is noticed
        while (-not $task.Wait(250)) { }
        $response = $task.Result
        $text = $response.Content.ReadAsStringAsync().GetAwaiter().GetResult()
        $answer.Status = [int] $response.StatusCode
        $after = $response.Headers.RetryAfter
        if ($after -and $after.Delta) { $answer.Wait = $after.Delta.TotalSeconds }
        elseif ($after -and $after.Date) { $answer.Wait = ($after.Date.UtcDateTime - [datetime]::UtcNow).TotalSeconds }
        $response.Dispose()
        if ($text.TrimStart().StartsWith('{')) { $answer.Json = Read-Json $text }
        $answer.Message = "HTTP $($answer.Status) $(Get-ErrorText $answer.Json)".Trim()
    }
    catch {
        $answer.Status = 0
        $answer.Message = "no answer: $($_.Exception.GetBaseException().Message)"
    }
    finally { $request.Dispose() }
    return $answer
}

function Get-ErrorText {
    param($Json)
    $fault = Get-Value $Json 'error'
    if ($fault -is [string]) { return "$fault $(Get-Value $Json 'error_description')" }
    return "$(Get-Value $fault 'message')"
}

# A request to Graph that may be sent twice without harm.
function Send-Graph {
    param([string] $Method, [string] $Url, $Body)
    for ($attempt = 1; ; $attempt++) {
        $answer = Send-Once $Method $Url $Body
        if (-not (Test-Temporary $answer) -or $attempt -ge 8) {
            Assert-Answer $answer
            return $answer
        }
        Wait-Before $attempt $answer
    }
}

# Creates an object. After an answer that does not say whether it was created, it is looked for first.
function Send-Create {
    param([string] $Url, $Body, $Entry)
    for ($attempt = 1; ; $attempt++) {
        $answer = Send-Once 'POST' $Url $Body
        if (-not (Test-Temporary $answer) -or $attempt -ge 8) {
            Assert-Answer $answer
            Assert-Success $answer
            if (-not (Test-Guid "$(Get-Value $answer.Json 'id')")) { throw 'Graph answers without the id of what was created' }
            return @{ Id = "$($answer.Json.id)"; Done = 'created' }
        }
        Wait-Before $attempt $answer
        if ($answer.Status -ne 429) {
            $found = @(Find-Made $Entry -Fresh)
            if ($found.Count -gt 1) { throw "Intune has $($found.Count) objects of this name; delete all but one" }
            if ($found.Count -eq 1) { return @{ Id = "$($found[0].id)"; Done = 'adopted' } }
        }
    }
}

function Send-Once {
    param([string] $Method, [string] $Url, $Body)
    if ($Method -ne 'GET') { Wait-ForTurn }
    $answer = Send-Request $Method $Url $Body 'application/json' (Get-Token)
    if ($answer.Status -eq 401) {
        # the token was withdrawn or the clocks differ: one new token, once
        $script:Token = ''
        if ($Method -ne 'GET') { Wait-ForTurn }
        $answer = Send-Request $Method $Url $Body 'application/json' (Get-Token)
        if ($answer.Status -eq 401) { Stop-Run "Graph does not accept the sign-in: $($answer.Message)" }
    }
    if ($answer.Status -eq 403) { Stop-Run "Graph refuses the request, a permission is missing (README.md lists them): $Method $(([Uri] $Url).AbsolutePath): $($answer.Message)" }
    return $answer
}

function Test-Temporary {
    param($Answer)
    return @(0, 429, 500, 502, 503, 504) -contains $Answer.Status
}

# Where Graph has not answered three requests in a row, each of them eight times, the rest would fail as well.
function Assert-Answer {
    param($Answer)
    if (-not (Test-Temporary $Answer)) { $script:GaveUp = 0 }
    else { $script:GaveUp++ }
    if ($script:GaveUp -ge 3) { throw [TimeoutException]::new("stopped, Graph does not answer: $($Answer.Message)") }
}

# Waits as long as the service asks; without Retry-After longer each time.
function Wait-Before {
    param([int] $Attempt, $Answer)
    $seconds = $Answer.Wait
    if ($seconds -lt 0) { $seconds = [Math]::Min(60, [Math]::Pow(2, $Attempt - 1)) * (0.75 + 0.5 * $script:Random.NextDouble()) }
    Write-Host ('waiting {0:0.0} s: {1}' -f $seconds, $Answer.Message)
    Start-Sleep -Milliseconds ([int] (1000 * [Math]::Min(300, $seconds)))
}

function Wait-ForTurn {
    $now = $script:Clock.Elapsed.TotalSeconds
    if ($script:NextWrite -gt $now) { Start-Sleep -Milliseconds ([int] [Math]::Ceiling(1000 * ($script:NextWrite - $now))) }
    $script:NextWrite = [Math]::Max($now, $script:NextWrite) + 1 / $WritesPerSecond
}

function Assert-Success {
    param($Answer)
    if ($Answer.Status -lt 200 -or $Answer.Status -gt 299) { throw $Answer.Message }
}

# The only gate to a write request: -WhatIf and -Confirm end here.
function Confirm-Write {
    param([string] $Name, [string] $What)
    return $script:Caller.ShouldProcess($Name, $What)
}

# ---- sign-in

function Connect-Graph {
    $script:Token = ''
    $script:Refresh = ''
    $tenant = Get-Setting 'MAILMUSTER_TENANT' 'Tenant (e.g. contoso.onmicrosoft.com)'
    if ($tenant -notmatch '\A[A-Za-z0-9.-]+\z') { Stop-Run 'MAILMUSTER_TENANT: neither the name nor the id of a tenant' }
    Assert-Target $tenant
    $script:TokenUrl = "$($script:Login)/$tenant/oauth2/v2.0/token"
    if ($DeviceCode) {
        # Without an app of your own: Microsoft Graph Command Line Tools, which every tenant can consent to.
        $script:Client = [Environment]::GetEnvironmentVariable('MAILMUSTER_CLIENT_ID')
        if (-not $script:Client) { $script:Client = '14d82eec-204b-4c2f-b7e8-296a70dab67e' }
        Connect-Person "$($script:Login)/$tenant/oauth2/v2.0/devicecode"
        return
    }
    $script:Client = Get-Setting 'MAILMUSTER_CLIENT_ID' 'Application (client) id'
    $script:Secret = [Environment]::GetEnvironmentVariable('MAILMUSTER_CLIENT_SECRET')
    if (-not $script:Secret) {
        try { $script:Secret = [Net.NetworkCredential]::new('', (Read-Host 'Client secret' -AsSecureString)).Password }
        catch { Stop-Run 'MAILMUSTER_CLIENT_SECRET is not set, and nobody can be asked' }
    }
    [void] (Get-Token)
}

function Get-Setting {
    param([string] $Variable, [string] $Question)
    $value = [Environment]::GetEnvironmentVariable($Variable)
    if (-not $value) {
        try { $value = "$(Read-Host $Question)".Trim() } catch { $value = '' }
        if (-not $value) { Stop-Run "$Variable is not set, and nobody can be asked" }
    }
    return $value
}

function Connect-Person {
    param([string] $Url)
    $scope = "$($script:Graph)/DeviceManagementConfiguration.ReadWrite.All offline_access"
    if ($script:NeedsScripts) { $scope += " $($script:Graph)/DeviceManagementScripts.ReadWrite.All" }
    if ($CreateGroups -or $Undo -or $Retire) { $scope += " $($script:Graph)/Group.ReadWrite.All $($script:Graph)/User.Read.All" }
    $code = Send-Form $Url @{ client_id = $script:Client; scope = $scope }
    if ($code.Status -ne 200) { Stop-Run "the sign-in cannot begin: $($code.Message)" }
    Write-Host "Open $($code.Json.verification_uri) and enter the code $($code.Json.user_code)"
    $pause = [Math]::Max(1, [int] (Get-Value $code.Json 'interval'))
    while ($true) {
        Start-Sleep -Seconds $pause
        $answer = Send-Form $script:TokenUrl @{ grant_type = 'urn:ietf:params:oauth:grant-type:device_code'; client_id = $script:Client; device_code = $code.Json.device_code }
        $fault = Get-Value $answer.Json 'error'
        if ($answer.Status -eq 200) { break }
        if ($fault -eq 'slow_down') { $pause += 5 }
        elseif ($fault -ne 'authorization_pending' -and -not (Test-Temporary $answer)) { Stop-Run "the sign-in failed: $($answer.Message)" }
    }
    Save-Token $answer.Json
}

# The token, renewed after four fifths of its life.
function Get-Token {
    if ($script:Token -and $script:Clock.Elapsed.TotalSeconds -lt $script:RenewAt) { return $script:Token }
    $form = @{ grant_type = 'client_credentials'; client_id = $script:Client; scope = "$($script:Graph)/.default" }
    if ($DeviceCode) { $form = @{ grant_type = 'refresh_token'; client_id = $script:Client; refresh_token = $script:Refresh } }
    else { $form.client_secret = $script:Secret }
    for ($attempt = 1; ; $attempt++) {
        $answer = Send-Form $script:TokenUrl $form
        if ($answer.Status -eq 200) { break }
        if (-not (Test-Temporary $answer) -or $attempt -ge 6) { Stop-Run "the sign-in failed: $($answer.Message)" }
        Wait-Before $attempt $answer
    }
    Save-Token $answer.Json
    return $script:Token
}

function Save-Token {
    param($Json)
    $script:Token = $Json.access_token
    if (Get-Value $Json 'refresh_token') { $script:Refresh = $Json.refresh_token }
    $script:RenewAt = $script:Clock.Elapsed.TotalSeconds + 0.8 * [int] $Json.expires_in
}

function Send-Form {
    param([string] $Url, $Form)
    $pairs = @($Form.Keys | ForEach-Object { "$_=$([Uri]::EscapeDataString($Form[$_]))" })
    return Send-Request 'POST' $Url $script:Utf8.GetBytes($pairs -join '&') 'application/x-www-form-urlencoded' ''
}

# ---- small things

# Ends the run with exit code 2.
function Stop-Run {
    param([string] $Message)
    throw [OperationCanceledException]::new($Message)
}

function Write-Fault {
    param([string] $Message)
    [Console]::Error.WriteLine("Push-Intune: $Message")
}

function Read-Json {
    param([string] $Text)
    return ConvertFrom-Json $Text
}

# An object for each line. A line that was cut off is left out.
function Read-Lines {
    param([string] $Text)
    $lines = $Text.Split("`n")
    for ($start = 0; $start -lt $lines.Count; $start += 200) {
        $part = @($lines[$start..([Math]::Min($start + 199, $lines.Count - 1))] -match '\S')
        # as one list: line by line it takes four times as long
        try {
            # a variable first: 5.1 returns a list as one object
            $items = Read-Json ('[' + ($part -join ',') + ']')
            foreach ($item in $items) { $item }
        }
        catch { foreach ($line in $part) { try { Read-Json $line } catch { continue } } }
    }
}

# A property that may be missing.
function Get-Value {
    param($Object, [string] $Name)
    if ($null -eq $Object) { return $null }
    $property = $Object.PSObject.Properties[$Name]
    if ($null -eq $property) { return $null }
    return $property.Value
}

# PowerShell 7 reads a time as a date, 5.1 as text.
function Get-Utc {
    param($Value)
    if ($Value -is [datetime]) { return $Value.ToUniversalTime() }
    return [DateTimeOffset]::Parse("$Value", [Globalization.CultureInfo]::InvariantCulture, [Globalization.DateTimeStyles]::AssumeUniversal).UtcDateTime
}

function Get-Digest {
    param([byte[]] $Bytes)
    $sha = [Security.Cryptography.SHA256]::Create()
    try { return [BitConverter]::ToString($sha.ComputeHash($Bytes)).Replace('-', '').ToLowerInvariant() }
    finally { $sha.Dispose() }
}

function Test-Guid {
    param([string] $Text)
    return $Text -match '\A[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\z'
}

# The id of a person, of what everybody has, or of a part of the fleet.
function Test-Key {
    param([string] $Text)
    return $Text -cmatch '\A([0-9a-f]{32}|shared)\z' -or (Test-Part $Text)
}

# The id of a part of the fleet, of which there are at most 4096.
function Test-Part {
    param([string] $Text)
    return $Text -cmatch '\Awindows-[1-9][0-9]{0,3}\z'
}

function Test-Kind {
    param([string] $Text)
    return @('deviceConfigurations', 'deviceManagementScripts', 'deviceHealthScripts') -ccontains $Text
}

function Format-Duration {
    param([double] $Seconds)
    if ($Seconds -lt 90) { return '{0:0} seconds' -f [Math]::Ceiling($Seconds) }
    return '{0:0} minutes' -f [Math]::Ceiling($Seconds / 60)
}

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$script:Caller = $PSCmdlet
$script:Utf8 = [Text.UTF8Encoding]::new($false)
$script:Journal = $null
$script:Http = $null
$script:Shape = ''
$script:NeedsScripts = $true
$script:Secret = ''
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
    Write-Output 'this PC restricts PowerShell; run the script elsewhere, or have it signed by a publisher the PC trusts'
    exit 2
}
exit (Invoke-Push)
}
