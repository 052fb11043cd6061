# Classic Outlook's start, played by the published rules for profile files (research: Microsoft's white paper
# "Customizing a PRF file", slipstick.com "Understanding an Outlook Profile file"). $global:W.Outlook:
#   imports   takes the file and makes all accounts      first   makes the first only
#   refuses   takes the file and makes none              ignores does not look

$global:AccountsKey = '9375CFF0413111d3B88A00104B2A6676'

$global:PropertyNames = @{
    '0x0002' = 'Account Name'; '0x000B' = 'Display Name'; '0x000C' = 'Email'; '0x0103' = 'Reply'; '0x0107' = 'Organization'
    '0x0100' = '{0} Server'; '0x0101' = '{0} User'; '0x0104' = '{0} Port'; '0x0105' = '{0} Use SSL'; '0x0108' = '{0} Use SPA'
    '0x0200' = 'SMTP Server'; '0x0201' = 'SMTP Port'; '0x0203' = 'SMTP Use Auth'; '0x0204' = 'SMTP User'; '0x0207' = 'SMTP Use SPA'
    '0x0208' = 'SMTP Auth Method'; '0x0209' = 'Timeout'; '0x020A' = 'SMTP Secure Connection'; '0x000F' = 'Connection Type'
    '0x1000' = 'Leave on Server'; '0x1100' = 'Check new'; '0x1101' = 'Root'
}

function global:Add-OutlookProfile([string] $Name, [switch] $Default, [string] $Sid = $global:AdaSid) {
    $profiles = Get-Key "$global:OutlookKey\Profiles" $Sid -Make
    $profiles.Sub[$Name] = [FakeKey]::new($profiles.Path + '\' + $Name)
    $profiles.Sub[$Name].Sub[$global:AccountsKey] = [FakeKey]::new("$($profiles.Path)\$Name\$global:AccountsKey")
    if ($Default) { Set-Value $global:OutlookKey 'DefaultProfile' $Name $Sid }
}

# The accounts that Outlook shows
function global:Get-OutlookAccounts([string] $Sid = $global:AdaSid) {
    $profiles = Get-Key "$global:OutlookKey\Profiles" $Sid
    if ($null -eq $profiles) { return }
    foreach ($name in $profiles.Sub.Keys) {
        $accounts = $profiles.Sub[$name].Sub[$global:AccountsKey]
        foreach ($number in ($accounts.Sub.Keys | Sort-Object)) {
            $values = $accounts.Sub[$number].Val
            if ($values['Email']) { [pscustomobject]@{ Profile = $name; Email = $values['Email']; Server = $values['IMAP Server'] + $values['POP3 Server']; Values = $values } }
        }
    }
}
function global:Remove-OutlookAccounts([string] $ProfileName = 'Outlook') { (Get-Key "$global:OutlookKey\Profiles\$ProfileName").Sub[$global:AccountsKey].Sub.Clear() }

# As GetPrivateProfileString reads a file: the first section and the first key of a name count, blanks
# and one pair of quotes around a value go, ";" begins a comment
function global:Read-Prf([byte[]] $Bytes, [int] $Page = 1252) {
    $sections = [ordered]@{}
    $current = $null
    foreach ($raw in ([Text.Encoding]::GetEncoding($Page).GetString($Bytes) -split "`r`n|`n|`r")) {
        $line = $raw.Trim([char[]] " `t")
        if (-not $line -or $line[0] -eq ';') { continue }
        if ($line -match '\A\[([^\]]*)\]') {
            $current = $null
            if (-not $sections.Contains($Matches[1])) {
                $current = [ordered]@{}
                $sections[$Matches[1]] = $current
            }
            continue
        }
        $at = $line.IndexOf('=')
        if ($null -eq $current -or $at -lt 1) { continue }
        $name = $line.Substring(0, $at).Trim()
        $value = $line.Substring($at + 1).Trim([char[]] " `t")
        if ($value.Length -ge 2 -and ($value[0] -eq '"' -or $value[0] -eq "'") -and $value[-1] -eq $value[0]) { $value = $value.Substring(1, $value.Length - 2) }
        if (-not $current.Contains($name)) { $current[$name] = $value }
    }
    return $sections
}
function global:Read-OnlyPrf { return Read-Prf ([IO.File]::ReadAllBytes(@(Get-PrfFiles)[0].FullName)) }

function global:Start-FakeOutlook([string] $Sid = $global:AdaSid) {
    if ($global:W.Outlook -eq 'ignores') { return }
    $setup = Get-Key "$global:OutlookKey\Setup" $Sid -Make
    $file = [string] $setup.Val['ImportPRF']
    if ($file -and -not $setup.Val.ContainsKey('First-Run') -and -not $setup.Val.ContainsKey('FirstRun')) {
        if (-not [IO.File]::Exists($file)) { $global:W.Events.Add("no file $file") }
        else {
            $setup.Val.Remove('ImportPRF')
            if ($global:W.Outlook -ne 'refuses') { Import-Prf $file $Sid }
        }
    }
    $setup.Val['First-Run'] = [byte[]] (1, 2)
}

function global:Import-Prf([string] $File, [string] $Sid) {
    $page = [int] ($global:W.Machine.Walk('SYSTEM\CurrentControlSet\Control\Nls\CodePage', $true)).Val['ACP']
    if (-not $page) { $page = 1252 }
    $prf = Read-Prf ([IO.File]::ReadAllBytes($File)) $page
    # Not established for Outlook; a file must not depend on it.
    $expand = { param($text) $text.Replace('%USERNAME%', 'ada').Replace('%PATH%', 'C:\Windows') }
    $general = $prf['General']
    if ($general['OverwriteProfile'] -ne 'Append') { throw "OverwriteProfile is $($general['OverwriteProfile'])" }
    $name = & $expand $general['ProfileName']
    $default = Get-Value $global:OutlookKey 'DefaultProfile' $Sid
    if ($general['ModifyDefaultProfileIfPresent'] -eq 'TRUE' -and $default -and (Get-Key "$global:OutlookKey\Profiles" $Sid).Sub.ContainsKey($default)) { $name = $default }
    $profiles = Get-Key "$global:OutlookKey\Profiles" $Sid -Make
    if (-not $profiles.Sub.ContainsKey($name)) { Add-OutlookProfile $name -Sid $Sid }
    if ($general['DefaultProfile'] -eq 'Yes') { Set-Value $global:OutlookKey 'DefaultProfile' $name $Sid }
    $accounts = $profiles.Sub[$name].Sub[$global:AccountsKey]
    for ($i = 1; $prf['Internet Account List'].Contains("Account$i"); $i++) {
        $map = $prf[$prf['Internet Account List']["Account$i"]]
        $key = [FakeKey]::new("account $i")
        foreach ($name in $prf["Account$i"].Keys) {
            if ($name -eq 'UniqueService') { continue }
            if ($name -eq 'DefaultAccount') { $key.Val['(default)'] = $prf["Account$i"][$name]; continue }
            if (-not $map.Contains($name)) { $global:W.Events.Add("dropped $name"); continue }
            $type, $property = $map[$name].Split(',')
            $value = & $expand $prf["Account$i"][$name]
            if ($type -eq 'PT_LONG') {
                if ($value -notmatch '\A(0x[0-9A-Fa-f]+|[0-9]+)\z') { throw "$name is $value" }
                $value = [int] $value
            }
            $key.Val[($global:PropertyNames[$property] -f $map['AccountType'])] = $value
        }
        $number = 1
        while ($accounts.Sub.ContainsKey('{0:x8}' -f $number)) { $number++ }
        $accounts.Sub['{0:x8}' -f $number] = $key
        if ($global:W.Outlook -eq 'first') { break }
    }
}
