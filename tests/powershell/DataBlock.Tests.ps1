# The data block: one literal for any value, and a strange one ends in 1001 with one line.
BeforeDiscovery {
    . $PSScriptRoot/Harness.ps1
    $good = New-Json (New-Account)
    $account = [regex]::Match($good, '\{"id.*\}(?=\]\}$)').Value
    function Case($Name, $From, $To) {
        if (-not $good.Contains($From)) { throw "no $From" }
        @{ Name = $Name; Json = $good.Replace($From, $To) }
    }
    $port = '"port":993'
    $ada = '=Ada Lovelace'
    $damaged = @(
        @{ Name = 'empty'; Json = '' }, @{ Name = 'null'; Json = 'null' }, @{ Name = 'a number'; Json = '1' }, @{ Name = 'a text'; Json = '"x"' }
        @{ Name = 'empty object'; Json = '{}' }, @{ Name = 'empty array'; Json = '[]' }, @{ Name = 'two'; Json = "[$good,$good]" }, @{ Name = 'more behind it'; Json = "$good x" }
        @{ Name = 'twice'; Json = $good + $good }, @{ Name = 'cut'; Json = $good.Substring(0, 300) }, @{ Name = 'accounts null'; Json = $good -replace '"accounts":.*$', '"accounts":null}' }
        @{ Name = 'no accounts'; Json = $good -replace '"accounts":.*$', '"accounts":[]}' }, @{ Name = 'a null account'; Json = $good.Replace($account, "$account,null") }
        @{ Name = 'accounts in accounts'; Json = $good.Replace("[$account]", "[[$account]]") }, @{ Name = 'id twice'; Json = $good.Replace($account, "$account,$account") }
        @{ Name = 'incoming a text'; Json = $good -replace '"incoming":\{[^}]*\}', '"incoming":"x"' }, @{ Name = 'very deep'; Json = $good.Replace('"format":2', '"format":2,"d":' + ('[' * 100000) + (']' * 100000)) }
        (Case 'keys in two cases' '"format":2' '"format":2,"Format":2'), (Case 'empty key' '"format":2' '"format":2,"":2'), (Case 'the former format' '"format":2' '"format":1'), (Case 'format null' '"format":2' '"format":null')
        (Case 'PSObject as key' '"format":2' '"format":2,"PSObject":{}'), (Case 'PSBase as key' '"id":' '"PSBase":1,"id":'), (Case 'port 0' $port '"port":0'), (Case 'port 65536' $port '"port":65536')
        (Case 'port 1e3' $port '"port":1e3'), (Case 'port 993.0' $port '"port":993.0'), (Case 'port as text' $port '"port":"=993"'), (Case 'port -1' $port '"port":-1'), (Case 'port null' $port '"port":null'), (Case 'port true' $port '"port":true')
        (Case 'port huge' $port '"port":99999999999999999999999'), (Case 'no port' "$port," ''), (Case 'no id' '"id":' '"x":'), (Case 'no incoming' '"incoming":' '"x":'), (Case 'no outgoing' '"outgoing":' '"x":')
        (Case 'no windowsUser' '"windowsUser":' '"x":'), (Case 'id in capitals' 'cfe00dde' 'CFE00DDE'), (Case 'id with a line break' 'afb9e2825e80"' 'afb9e2825e80\n"'), (Case 'id as a path' 'cfe00dde-46ef-9426-01ff-afb9e2825e80' '..\\..\\x')
        (Case 'protocol in capitals' '"=imap"' '"=IMAP"'), (Case 'security' '"security":"=tls"' '"security":"=ssl"'), (Case 'action' '"=Install"' '"=install"'), (Case 'no name' $ada '='), (Case 'blank name' $ada '=  ')
        (Case 'name without its sign' $ada 'Ada'), (Case 'a bare date' $ada '2026-01-01T00:00:00Z'), (Case 'LF' $ada '=a\nb'), (Case 'CR' $ada '=a\r'), (Case 'NUL' $ada '=a\u0000'), (Case 'C1' $ada '=a\u0085'), (Case 'tab' $ada '=a\tb')
        (Case 'host with a blank' 'imap.example.org' 'a b'), (Case 'host in letters of its own' 'imap.example.org' 'm\u00fcller.example'), (Case 'host with dotless i' 'imap.example.org' 'ma\u0131l'), (Case 'host with a Kelvin sign' 'imap.example.org' '\u212aelvin')
        (Case 'host with a line break' '"=imap.example.org"' '"=imap.example.org\n"'), (Case 'two at signs' '=ada@example.org","incoming' '=a@b@c","incoming')
    )
    $right = @(@(
        (Case 'plain' $ada '=Ada'), (Case 'port 65535' $port '"port":65535'), (Case 'code in a name' $ada '=$(throw 1) `n ${env:PATH} {0} %s'), (Case 'end of a here-string' $ada "=Ada'@ x"), (Case 'keys that objects have' '"id":' '"Count":3,"Length":7,"GetType":1,"__type":"x","$type":"x","id":')
        (Case 'a name of 1 MB' $ada ('=' + 'x' * 1MB)), (Case 'an emoji' $ada '=\ud83d\ude00')
    ) + @('2026-01-01', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00', '2026-01-01T00:00:00+02:00', '2026-01-01T00:00:00.1234567Z', '0001-01-01T00:00:00', '/Date(0)/', '\/Date(0)\/', '\u002fDate(-1)/', '/Date(1198908717056-0700)/', '/Date(99999999999999999)/', '\u0032026-01-01T00:00:00Z', '=2026-01-01T00:00:00Z') |
        ForEach-Object { if ($_ -is [hashtable]) { $_ } else { Case "a name like a date: $_" $ada "=$_" } })
}
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Reset-Windows
    $show = New-TestScript
}
AfterAll { Remove-Item $show; Clear-Windows }

Describe 'the data block' {
    It 'damaged: <Name>: 1001 and one line' -ForEach $damaged {
        $run = Invoke-Script $Json @{ Action = 'Show' } $show
        $run.Code | Should -Be 1001
        $run.Errors | Should -BeNullOrEmpty
        $run.Lines.Count | Should -Be 1
        $run.Last | Should -MatchExactly '\Amail setup: the data block is damaged: [\x20-\x7E]+\z'
    }
    It 'right: <Name>' -ForEach $right {
        $run = Invoke-Script $Json @{ Action = 'Show' } $show
        $run.Code | Should -Be 0
        $run.Errors | Should -BeNullOrEmpty
        $run.Last | Should -Be 'mail setup: these are the settings; nothing was changed'
    }
    It 'works in the language <_>' -ForEach 'tr-TR', 'ar-SA', 'th-TH', 'de-DE', 'fa-IR' {
        $was = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = $_
            (Invoke-Script (New-Json (New-Account)) @{ Action = 'show' } $show).Code | Should -Be 0
        }
        finally { [cultureinfo]::CurrentCulture = $was }
    }
    It 'works under a caller''s strict mode' {
        Set-StrictMode -Version Latest
        (Invoke-Script (New-Json (New-Account)) @{ Action = 'Show' } $show).Code | Should -Be 0
    }
}

Describe 'arguments' {
    It '<Name>: <Code>, one line' -ForEach @(
        @{ Name = 'an unknown action'; With = @{ Action = 'Foo' }; Code = 1010 }, @{ Name = 'an unknown client'; With = @{ Client = 'Eudora' }; Code = 1010 }, @{ Name = 'one more argument'; With = @{ Action = 'Show'; Rest = 'x' }; Code = 1010 }
        @{ Name = 'show in small letters'; With = @{ Action = 'show' }; Code = 0 }, @{ Name = 'empty ones'; With = @{ Action = ''; Client = ''; WhatIf = $true }; Code = 0 }
    ) {
        $faked = New-FakedScript
        $run = Invoke-Script (New-Json (New-Account)) $With $faked
        Remove-Item $faked
        $run.Code | Should -Be $Code
        $run.Errors | Should -BeNullOrEmpty
        if ($Code) {
            $run.Lines.Count | Should -Be 1
            $run.Last | Should -Match '^mail setup: .*nothing was done$'
        }
    }
}
