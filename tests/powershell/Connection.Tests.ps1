# The connection test, against the servers of servers.py, which `run` starts.
BeforeDiscovery {
    $servers = @()
    if ($env:SERVERS) { $servers = @((Get-Content "$env:SERVERS/servers.json" -Raw | ConvertFrom-Json).PSObject.Properties | ForEach-Object { @{ Name = $_.Name; Server = $_.Value } }) }
    $drip = @($servers | Where-Object { $_.Name -eq 'drip' })
    $six = @([Net.Dns]::GetHostAddresses('localhost') | Where-Object { $_.AddressFamily -eq 'InterNetworkV6' }).Count -gt 0
    $all = @($servers | Where-Object { $_.Name -ne 'drip' -and ($six -or $_.Name -ne 'v6-only-listener') })
    function Named([string] $Pattern) { @($all | Where-Object { $_.Name -match $Pattern }) }
    $certificates = foreach ($case in @{ Name = 'cert-wrong-name'; Says = 'for another name: other\.example' }, @{ Name = 'cert-expired'; Says = 'ended on 2021-01-01' }, @{ Name = 'cert-future'; Says = 'begins on 2048-01-01' }, @{ Name = 'cert-self'; Says = 'issuer is not trusted' }, @{ Name = 'starttls-cert-wrong'; Says = 'for another name' }) {
        foreach ($server in (Named "\A$($case.Name)\z")) { $server + @{ Says = $case.Says } }
    }
    $answers = foreach ($case in @{ Name = 'imap-bye'; Says = '\* BYE too busy' }, @{ Name = 'imap-preauth'; Says = '\* PREAUTH' }, @{ Name = 'smtp-554'; Says = '554 5\.7\.1 your address is listed' }, @{ Name = 'garbage-line'; Says = 'garbage here' }, @{ Name = 'http'; Says = 'HTTP/1\.1 400' }) {
        foreach ($server in (Named "\A$($case.Name)\z")) { $server + @{ Says = $case.Says } }
    }
}
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    # Shorter waits: 1.5 seconds for one answer, 6 for the whole talk
    $functions = Get-ScriptFunctions
    foreach ($number in '10000', '30000') { if (-not $functions.Contains($number)) { throw "the script lacks $number" } }
    . ([scriptblock]::Create($functions.Replace('10000', '1500').Replace('30000', '6000')))
    $script:LogFile = ''
    function Test-One($Server) {
        $ErrorActionPreference = 'Stop'
        $script:Lines = [Collections.ArrayList]::new()
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $ok = @(Test-MailServer $Server.kind $Server)[-1]
        $text = $script:Lines -join "`n"
        $step = ''
        if ($text -match ' at (\S+): ') { $step = $Matches[1] }
        return [pscustomobject]@{ Ok = $ok; Step = $step; Text = $text; Seconds = $watch.Elapsed.TotalSeconds }
    }
}

Describe 'the connection test' -Skip:(-not $env:SERVERS) {
    It '<Name>: passed: <Server.ok> <Server.step>' -ForEach $all {
        $result = Test-One $Server
        $result.Ok | Should -Be $Server.ok
        # a reset may be seen before the connection is used
        $result.Step | Should -BeIn (@($Server.step) + @(if ($Name -like 'reset*') { 'connection' }))
        $result.Text | Should -MatchExactly '\A[\x20-\x7E\n]+\z'
        if (-not $Server.ok) { $result.Text | Should -Match '\n      hint: \S' }
    }
    It '<Name>: the certificate''s fault is reported, and the hint is about it' -ForEach $certificates {
        $result = Test-One $Server
        $result.Text | Should -Match "certificate is not accepted: .*$Says"
        $result.Text | Should -Match 'hint:.*certificate'
    }
    It '<Name>: the answer is shown, and the hint is not about encryption' -ForEach $answers {
        $result = Test-One $Server
        $result.Text | Should -Match "the server answers: .*$Says"
        $result.Text | Should -Not -Match 'hint:.*encryption'
    }
    It 'a server that drips for as long as the client waits is dropped at the limit' -ForEach $drip {
        $result = Test-One $Server
        $result.Ok | Should -BeFalse
        $result.Text | Should -Match 'took longer than 30 seconds'
    }
    It 'the whole script: 0 and 1005' {
        Reset-Windows
        $ports = Get-Content "$env:SERVERS/servers.json" -Raw | ConvertFrom-Json
        $script = New-TestScript
        $account = @{ Server = 'localhost'; Port = $ports.'imap-tls'.port; OutServer = 'localhost'; OutPort = $ports.'smtp-starttls'.port }
        $run = Invoke-Script (New-Json (New-Account @account)) @{ Action = 'TestConnection' } $script
        $run.Code | Should -Be 0
        $run.Last | Should -Be 'mail setup: the connection test passed; it tries no password'
        $account.Port = $ports.'cert-expired'.port
        $run = Invoke-Script (New-Json (New-Account @account)) @{ Action = 'TestConnection' } $script
        $run.Code | Should -Be 1005
        $run.Last | Should -Be 'mail setup: the connection test failed for 1 of 2 servers'
        $run.Errors | Should -BeNullOrEmpty
        Remove-Item $script
        Clear-Windows
    }
}
