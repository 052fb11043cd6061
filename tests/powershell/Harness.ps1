# What every *.Tests.ps1 begins with: the script with its view of Windows replaced, data blocks for it, and
# a way to run it whole. $env:SCRIPT names another script to test.

. $PSScriptRoot/FakeWindows.ps1
. $PSScriptRoot/FakeOutlook.ps1
# PowerShell on Linux knows no ANSI code pages by itself.
[Text.Encoding]::RegisterProvider([Text.CodePagesEncodingProvider]::Instance)

$global:Source = $env:SCRIPT
if (-not $global:Source) { $global:Source = "$PSScriptRoot/../../templates/windows/Set-MailAccount.ps1" }
$global:Source = (Resolve-Path $global:Source).Path

# The functions of the script, for dot-sourcing: . ([scriptblock]::Create((Get-ScriptFunctions)))
function global:Get-ScriptFunctions {
    $errors = $null
    $ast = [Management.Automation.Language.Parser]::ParseFile($global:Source, [ref] $null, [ref] $errors)
    if ($errors) { throw "$errors" }
    $functions = $ast.EndBlock.Statements | Where-Object { $_ -is [Management.Automation.Language.FunctionDefinitionAst] }
    return ($functions.Extent.Text -join "`n")
}

# Writes the script with $More in place of its data block, before the call that starts it. Everything
# else stays as it is, so parameters, strict mode and exit codes are the real ones.
function global:New-TestScript {
    param([string] $More = '', [hashtable] $Replace = @{})
    $text = [IO.File]::ReadAllText($global:Source)
    foreach ($old in $Replace.Keys) {
        if (-not $text.Contains($old)) { throw "the script lacks: $old" }
        $text = $text.Replace($old, $Replace[$old])
    }
    $begin = $text.IndexOf('#region data', [StringComparison]::Ordinal)
    $end = $text.IndexOf('Invoke-MailSetup -DataJson', $begin, [StringComparison]::Ordinal)
    if ($begin -lt 0 -or $end -lt 0) { throw 'the script has no data block' }
    $file = Join-Path ([IO.Path]::GetTempPath()) "script-$([guid]::NewGuid().ToString('N')).ps1"
    [IO.File]::WriteAllText($file, $text.Substring(0, $begin) + $More + "`r`n`$DataJson = `$global:Json`r`n" + $text.Substring($end))
    return $file
}

# The script on the fake Windows. $Ask answers -Confirm: it gets target and action.
function global:New-FakedScript {
    param([switch] $Asking)
    $replace = @{}
    if ($Asking) { $replace['$script:Caller.ShouldProcess($Target, $What)'] = '(& $global:Ask $Target $What)' }
    return New-TestScript -More ($global:WindowsEdges + "`r`n`$script:LaunchSeconds = 1") -Replace ($replace + @{ '$script:LaunchSeconds = 90' = '$script:LaunchSeconds = 1' })
}

# One run of a whole script in this process, where exit codes are not cut to 8 bits. Writes: what changed in
# the registry.
function global:Invoke-Script {
    param([string] $Json, [hashtable] $With = @{}, [string] $Script = $global:Faked)
    $global:Json = $Json
    $global:W.Writes.Clear()
    $global:LASTEXITCODE = 0
    $thrown = ''
    $all = @()
    try { $all = @(& $Script @With 2>&1) } catch { $thrown = "$_" }
    $lines = @($all | Where-Object { $_ -isnot [Management.Automation.ErrorRecord] } | ForEach-Object { "$_" })
    return [pscustomobject]@{
        Lines = $lines
        Last = $(if ($lines.Count) { $lines[-1] } else { '' })
        Code = $global:LASTEXITCODE
        Errors = @($all | Where-Object { $_ -is [Management.Automation.ErrorRecord] }) + @($thrown | Where-Object { $_ })
        Writes = @($global:W.Writes)
    }
}

# ---- data blocks

# An id that follows from the address, as mailmuster's do
function global:Get-TestId([string] $Text) {
    $hex = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($Text))).ToLowerInvariant()
    return ($hex.Substring(0, 8), $hex.Substring(8, 4), $hex.Substring(12, 4), $hex.Substring(16, 4), $hex.Substring(20, 12)) -join '-'
}

function global:New-Account {
    param(
        [string] $Email = 'ada@example.org', [string] $Name = 'Ada Lovelace', [string] $WindowsUser = '', [string] $Protocol = 'imap', [string] $Server,
        [int] $Port, [string] $Security = 'tls', [string] $User, [string] $OutServer = 'smtp.example.org', [string] $OutSecurity = 'starttls', [int] $OutPort = 587, [string] $OutUser
    )
    if (-not $Server) { $Server = "$Protocol.example.org" }
    if (-not $Port) { $Port = @{ imap = 993; pop = 995 }[$Protocol] }
    if (-not $User) { $User = $Email }
    if (-not $OutUser) { $OutUser = $User }
    return [ordered]@{
        id = Get-TestId $Email; windowsUser = $WindowsUser; displayName = $Name; email = $Email
        incoming = [ordered]@{ protocol = $Protocol; host = $Server; port = $Port; security = $Security; user = $User }
        outgoing = [ordered]@{ host = $OutServer; port = $OutPort; security = $OutSecurity; user = $OutUser }
    }
}

# Every text with the "=" that mailmuster writes before it
function global:Add-Guard($Value) {
    if ($Value -is [string]) { return '=' + $Value }
    if ($Value -is [Collections.IDictionary]) {
        $copy = [ordered]@{}
        foreach ($key in $Value.Keys) { $copy[$key] = Add-Guard $Value[$key] }
        return $copy
    }
    return $Value
}

function global:New-Json {
    param([object[]] $Accounts, [int] $Days = 14)
    $data = [ordered]@{ format = 2; tool = '=mailmuster 0.1.0'; defaultAction = '=Install'; pendingDays = $Days; provider = '=Example'; accounts = @($Accounts | ForEach-Object { Add-Guard $_ }) }
    return (ConvertTo-Json -Depth 6 -Compress $data)
}

# The account as the script sees it, after it read the data block
function global:New-ReadAccount {
    param([hashtable] $With = @{})
    return (New-Account @With | ConvertTo-Json -Depth 5 | ConvertFrom-Json -DateKind String)
}

# Files below a folder with their sizes, to see that nothing changed
function global:Get-Tree([string] $Folder = $global:W.Root) {
    return (@(Get-ChildItem -LiteralPath $Folder -Recurse -Force | ForEach-Object { '{0}:{1}' -f $_.FullName.Substring($Folder.Length), $(if ($_.PSIsContainer) { 'd' } else { $_.Length }) } | Sort-Object) -join '|')
}

function global:Get-PrfFiles { return @(Get-ChildItem $global:W.Root -Recurse -Filter *.prf) }
