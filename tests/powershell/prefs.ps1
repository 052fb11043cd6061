# What the script does to a Thunderbird profile, without the rest of the script. Prints what it did.
#   pwsh -File prefs.ps1 PROFILE EMAIL NAME IMAP-HOST SMTP-HOST
param([string] $Folder, [string] $Email, [string] $Name, [string] $Imap, [string] $Smtp)
$ErrorActionPreference = 'Stop'
. $PSScriptRoot/Harness.ps1
. ([scriptblock]::Create((Get-ScriptFunctions)))
$script:Utf8 = [Text.UTF8Encoding]::new($false)
$script:LogFile = ''
$Force = $false
function Test-Running { return $false }
function Test-Change { return $true }
Set-ThunderbirdAccount (New-ReadAccount @{ Email = $Email; Name = $Name; Server = $Imap; OutServer = $Smtp }) (Resolve-Path $Folder).Path
