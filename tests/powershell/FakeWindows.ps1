# A Windows of the tests' own: the registry in memory, one user, a few folders. All state is in $global:W.

class FakeKey {
    [hashtable] $Sub = [hashtable]::new([StringComparer]::OrdinalIgnoreCase)
    [hashtable] $Val = [hashtable]::new([StringComparer]::OrdinalIgnoreCase)
    [string] $Path = ''
    FakeKey([string] $path) { $this.Path = $path }

    [FakeKey] Walk([string] $path, [bool] $make) {
        $key = $this
        foreach ($part in $path.Split('\')) {
            if (-not $part) { continue }
            if (-not $key.Sub.ContainsKey($part)) {
                if (-not $make) { return $null }
                # as Windows says of HKEY_USERS\<SID> when nobody with it is signed in
                if (-not $key.Path) { throw [IO.IOException]::new('The parameter is incorrect.') }
                $key.Sub[$part] = [FakeKey]::new($key.Path + '\' + $part)
                $global:W.Writes.Add("key $($key.Path)\$part")
            }
            $key = $key.Sub[$part]
        }
        return $key
    }

    [object] OpenSubKey([string] $path) {
        if ($global:W.DenyRead -and (($this.Path + '\' + $path) -like $global:W.DenyRead)) { throw [Security.SecurityException]::new('Requested registry access is not allowed.') }
        return $this.Walk($path, $false)
    }

    [object] CreateSubKey([string] $path) {
        if ($global:W.DenyWrite -and (($this.Path + '\' + $path) -like $global:W.DenyWrite)) { throw [UnauthorizedAccessException]::new('Access to the registry key is denied.') }
        return $this.Walk($path, $true)
    }

    [object] GetValue([string] $name) { return $this.Val[$name] }

    [void] SetValue([string] $name, [object] $value, [object] $kind) {
        $this.Val[$name] = $value
        $global:W.Writes.Add("set $($this.Path)!$name=$value")
    }

    [void] DeleteValue([string] $name, [bool] $must) {
        if ($global:W.DenyDelete -and $name -like $global:W.DenyDelete) { throw [UnauthorizedAccessException]::new('Cannot write to the registry key.') }
        if ($this.Val.ContainsKey($name)) {
            $this.Val.Remove($name)
            $global:W.Writes.Add("del $($this.Path)!$name")
        }
    }

    [string[]] GetSubKeyNames() { return [string[]] @($this.Sub.Keys | Sort-Object) }
    [void] Close() { }
}

$global:AdaSid = 'S-1-5-21-1-2-3-1001'
$global:BobSid = 'S-1-5-21-1-2-3-1002'
$global:OutlookKey = 'Software\Microsoft\Office\16.0\Outlook'
$global:NotesKey = 'Software\MailSetup'

# The functions of the script's part "what Windows provides", for this Windows
$global:WindowsEdges = @'
function Get-Me { return $global:W.Me }
function Get-KnownFolder { param([string] $Name) return @{ LocalApplicationData = $global:W.Local; CommonApplicationData = $global:W.ProgramData; ApplicationData = $global:W.Roaming }[$Name] }
function Get-SidName { param([string] $Sid) return [string] $global:W.Names[$Sid] }
function Test-Running { param([string] $Name) return ($global:W.Running -contains $Name) }
function Get-MajorVersion { param([string] $Exe) return [int] $global:W.Programs[$Exe] }
function Open-Users { return $global:W.Users }
function Open-Machine { param($View) return $global:W.Machine }
function Get-FolderGuard { param([string] $Path) return [pscustomobject]@{ Owner = $(if ($global:W.Owners.ContainsKey($Path)) { $global:W.Owners[$Path] } else { $global:W.Owner }); Protected = ($global:W.Protected -or $global:W.Acls.ContainsKey($Path)) } }
function Protect-Folder { param([string] $Path, [string] $Sddl) $global:W.Acls[$Path] = $Sddl }
function Get-CimInstance { param($ClassName, $Filter) return $global:W.Explorers }
function Invoke-CimMethod {
    param($InputObject, $MethodName)
    if ($InputObject -eq 'ended') { throw 'Not found' }
    if ($InputObject -eq 'no owner') { return [pscustomobject]@{ ReturnValue = 2 } }
    return [pscustomobject]@{ Sid = $InputObject }
}
function Start-Process { param($FilePath) $global:W.Writes.Add("start $FilePath"); $null = $global:W.Running.Add('OUTLOOK'); & $global:W.AtStart }
function Start-Sleep { param($Seconds) [Threading.Thread]::Sleep(50) }
'@

# A new PC with classic Outlook, and ada signed in
function global:Reset-Windows {
    param([string] $Name = 'PC\ada')
    $root = Join-Path ([IO.Path]::GetTempPath()) "windows-$([guid]::NewGuid().ToString('N'))"
    foreach ($folder in 'Users/ada/AppData/Local', 'Users/ada/AppData/Roaming', 'ProgramData') { $null = [IO.Directory]::CreateDirectory("$root/$folder") }
    $global:W = [pscustomobject]@{
        Root = $root; Local = "$root/Users/ada/AppData/Local"; Roaming = "$root/Users/ada/AppData/Roaming"; ProgramData = "$root/ProgramData"
        Users = [FakeKey]::new(''); Machine = [FakeKey]::new('HKLM'); Writes = [Collections.Generic.List[string]]::new()
        Me = $null; Explorers = @(); Names = @{}; Running = [Collections.ArrayList]::new(); Programs = @{}
        # Owner and access list of folders; Protected: whether they are restricted from the start
        Owner = 'S-1-5-18'; Owners = @{}; Protected = $false; Acls = @{}
        # Patterns of registry paths and names that are refused
        DenyRead = ''; DenyWrite = ''; DenyDelete = ''
        # How Outlook behaves at its start: see FakeOutlook.ps1
        Outlook = 'imports'; AtStart = { Start-FakeOutlook }; Events = [Collections.Generic.List[string]]::new()
    }
    Set-Me $Name
    $global:W.Users.Sub[$global:AdaSid] = [FakeKey]::new($global:AdaSid)
    Set-CodePage '1252'
    Add-OutlookProgram
    $global:W.Writes.Clear()
}

function global:Clear-Windows { Remove-Item -Recurse -Force $global:W.Root -ErrorAction Ignore }

function global:Set-Machine([string] $Path, [string] $Name, $Value) { $global:W.Machine.Walk($Path, $true).Val[$Name] = $Value }
function global:Set-CodePage([string] $Page) { Set-Machine 'SYSTEM\CurrentControlSet\Control\Nls\CodePage' 'ACP' $Page }

function global:Add-OutlookProgram {
    Set-Machine 'SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\OUTLOOK.EXE' '' 'C:\Office16\OUTLOOK.EXE'
    $global:W.Programs['C:\Office16\OUTLOOK.EXE'] = 16
}
function global:Remove-OutlookProgram { $global:W.Programs.Remove('C:\Office16\OUTLOOK.EXE') }

# Thunderbird for all users, with a profile whose prefs.js holds $Prefs; returns the profile's folder
function global:Add-Thunderbird {
    param([string] $Prefs)
    Set-Machine 'SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\thunderbird.exe' '' 'C:\Mozilla Thunderbird\thunderbird.exe'
    $global:W.Programs['C:\Mozilla Thunderbird\thunderbird.exe'] = 153
    return Add-ThunderbirdProfile "$($global:W.Roaming)/Thunderbird" $Prefs
}
function global:Add-ThunderbirdProfile([string] $Root, [string] $Prefs) {
    $folder = "$Root/Profiles/x.default"
    $null = [IO.Directory]::CreateDirectory($folder)
    [IO.File]::WriteAllText("$Root/profiles.ini", "[Profile0]`nName=default`nIsRelative=1`nPath=Profiles/x.default`nDefault=1`n")
    if ($Prefs) { [IO.File]::WriteAllText("$folder/prefs.js", $Prefs) }
    return $folder
}

# Who runs the script
function global:Set-Me([string] $Name, [string] $Upn) {
    $global:W.Me = [pscustomobject]@{ Name = $Name; User = [pscustomobject]@{ Value = $global:AdaSid } }
    if ($Upn) { Set-Machine ('SOFTWARE\Microsoft\IdentityStore\Cache\{0}\IdentityCache\{0}' -f $global:AdaSid) 'UserName' $Upn }
}
# SYSTEM runs it, with these users at the desktop
function global:Set-System([string[]] $Sids = @($global:AdaSid)) {
    $global:W.Me = [pscustomobject]@{ Name = 'NT AUTHORITY\SYSTEM'; User = [pscustomobject]@{ Value = 'S-1-5-18' } }
    $global:W.Explorers = @($Sids)
    Add-Sid $global:AdaSid 'PC\ada' "$($global:W.Root)/Users/ada"
}
function global:Add-Sid([string] $Sid, [string] $Name, [string] $Folder) {
    if (-not $global:W.Users.Sub.ContainsKey($Sid)) { $global:W.Users.Sub[$Sid] = [FakeKey]::new($Sid) }
    $global:W.Names[$Sid] = $Name
    if ($Folder) { Set-Machine "SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\$Sid" 'ProfileImagePath' $Folder }
}

# The user's registry, past the script and its counting of writes
function global:Get-Key([string] $Path, [string] $Sid = $global:AdaSid, [switch] $Make) {
    $key = $global:W.Users.Sub[$Sid]
    foreach ($part in $Path.Split('\')) {
        if ($null -eq $key) { return $null }
        if ($Make -and -not $key.Sub.ContainsKey($part)) { $key.Sub[$part] = [FakeKey]::new($key.Path + '\' + $part) }
        $key = $key.Sub[$part]
    }
    return $key
}
function global:Set-Value([string] $Path, [string] $Name, $Value, [string] $Sid = $global:AdaSid) { (Get-Key $Path $Sid -Make).Val[$Name] = $Value }
function global:Get-Value([string] $Path, [string] $Name, [string] $Sid = $global:AdaSid) {
    $key = Get-Key $Path $Sid
    if ($null -ne $key) { return $key.Val[$Name] }
}
# Moves the day on which accounts were offered to Outlook
function global:Move-Notes([int] $Days) {
    $key = Get-Key $global:NotesKey
    foreach ($name in @($key.Val.Keys)) {
        $words = $key.Val[$name].Split(' ')
        $when = [DateTime]::ParseExact($words[1], 'yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture, 'AdjustToUniversal,AssumeUniversal').AddDays($Days)
        $key.Val[$name] = $words[0] + ' ' + $when.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
    }
}
