# The Outlook profile file: every key is mapped, and a name arrives as it is or not at all.
BeforeDiscovery {
    $names = [ordered]@{
        '%USERNAME%' = '%USERNAME% Smith'; 'a percent sign' = '%PATH% 100 %'; 'semicolon' = ';comment'; 'quoted' = '"Shiv"'; 'single quoted' = "'Shiv'"; 'quotes inside' = 'Siobhan "Shiv" O''Neil'
        'a section' = '[Account2]'; 'equals sign' = 'a=b'; 'blank before' = ' Ada'; 'blank behind' = 'Ada '; 'no-break space' = "A$([char] 0xA0)da"; 'no-break spaces around' = "$([char] 0xA0)Ada$([char] 0xA0)"
        'U+2028' = "Ada$([char] 0x2028)SMTPServer=evil"; 'U+2029' = "Ada$([char] 0x2029)x"; 'umlaut' = 'Jürgen Groß'; 'U+2019' = "O$([char] 0x2019)Neil"; 'Polish' = 'Łukasz'; 'kanji' = '日本太郎'
        'emoji' = "Ada $([char]::ConvertFromUtf32(0x1F600))"; 'ligature' = "O$([char] 0xFB00)"; 'wide percent' = "$([char] 0xFF05)USERNAME$([char] 0xFF05)"; 'wide quotes' = "$([char] 0xFF02)Ada$([char] 0xFF02)"
        'yen' = "A$([char] 0xA5)B"; 'decomposed' = "Ju$([char] 0x308)rgen"; 'Vietnamese' = "Nguy$([char] 0x1EC5)n"; 'zero width' = "A$([char] 0x200B)da"; 'right to left' = "A$([char] 0x202E)da"
        'byte order mark' = "$([char] 0xFEFF)Ada"; 'backslash n' = 'a\nb'; 'long' = 'x' * 300; 'infinity' = "$([char] 0x221E)8"; 'backtick' = '`$(calc)'; 'dollar' = '$1 ${kind} $($Account.email)'
        'backslash behind' = 'Ada\'; 'caret' = 'a^&|<>b'; 'soft hyphen' = "A$([char] 0xAD)da"; 'euro' = '€ da'; 'ellipsis' = 'A…'
    }
    $cases = foreach ($page in '1252', '1250', '1251', '932', '1258', '1253', '936', '65001', '', '99999') { foreach ($kind in $names.Keys) { @{ Page = $page; Kind = $kind; Name = $names[$kind] } } }
    $shapes = foreach ($protocol in 'imap', 'pop') {
        foreach ($security in 'tls', 'none') {
            foreach ($out in 'tls', 'starttls', 'none') { foreach ($user in '', 'relay@x.example') { foreach ($existing in $false, $true) { @{ Protocol = $protocol; Security = $security; Out = $out; OutUser = $user; Existing = $existing } } } }
        }
    }
}
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $global:Faked = New-FakedScript
}
AfterAll { Remove-Item $global:Faked }

Describe 'a name in Outlook is the name or the address, and nothing else' {
    BeforeEach { Reset-Windows }
    AfterEach { Clear-Windows }

    It 'code page <Page>: <Kind>' -ForEach $cases {
        Set-CodePage $Page
        $json = New-Json (New-Account -Name $Name)
        (Invoke-Script $json).Code | Should -Be 0
        if (-not $Page -or $Page -eq '99999') { Set-CodePage '1252' }
        $bytes = [IO.File]::ReadAllBytes((Get-PrfFiles)[0].FullName)
        @($bytes | Where-Object { $_ -eq 10 }).Count | Should -Be @($bytes | Where-Object { $_ -eq 13 }).Count
        $bytes[0] | Should -Be 59 -Because 'it begins with a comment and no byte order mark'
        Start-FakeOutlook
        $accounts = @(Get-OutlookAccounts)
        $accounts.Count | Should -Be 1
        $accounts[0].Values['SMTP Server'] | Should -Be 'smtp.example.org'
        $shown = $accounts[0].Values['Display Name']
        if ($shown -cne $Name.Trim(' ') -and $shown -cne 'ada@example.org') { throw "Outlook shows <$shown> for <$Name>" }
        (Invoke-Script $json @{ Action = 'Detect' }).Last | Should -Match 'present'
    }
    It 'a name that Outlook can hold is not thrown away: <_>' -ForEach 'Jürgen Groß', "O$([char] 0x2019)Neil", 'a=b', 'Siobhan "Shiv" O''Neil', '[Account2]', ';comment' {
        $null = Invoke-Script (New-Json (New-Account -Name $_))
        Start-FakeOutlook
        @(Get-OutlookAccounts)[0].Values['Display Name'] | Should -BeExactly $_
    }
    It 'kanji on a Japanese PC' {
        Set-CodePage '932'
        $null = Invoke-Script (New-Json (New-Account -Name '日本太郎'))
        Start-FakeOutlook
        @(Get-OutlookAccounts)[0].Values['Display Name'] | Should -BeExactly '日本太郎'
    }
    It 'no character of the BMP becomes a dangerous byte: code page <_>' -ForEach 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 874, 932, 936, 949, 950 {
        $encoding = [Text.Encoding]::GetEncoding($_)
        $dangerous = for ($i = 0x7F; $i -lt 0xFFFE; $i++) {
            if ($i -ge 0xD800 -and $i -le 0xDFFF) { continue }
            $text = [string] [char] $i
            $bytes = $encoding.GetBytes($text)
            # kept by the script's rule, and a byte that is a line break or an ASCII character of its own
            if ($encoding.GetString($bytes).Equals($text) -and ($bytes[0] -lt 0x20 -or $bytes[-1] -lt 0x20 -or ($bytes.Length -eq 1 -and $bytes[0] -lt 0x7F))) { '{0:X4}' -f $i }
        }
        $dangerous | Should -BeNullOrEmpty
    }
}

Describe 'every key of an account is mapped, has a value, and is of its type' {
    BeforeEach { Reset-Windows }
    AfterEach { Clear-Windows }

    It '<Protocol> with <Security>, sending with <Out> as <OutUser>, into a profile that exists: <Existing>' -ForEach $shapes {
        if ($Existing) { Add-OutlookProfile 'Outlook' -Default }
        $null = Invoke-Script (New-Json (New-Account -Protocol $Protocol -Security $Security -OutSecurity $Out -OutUser $OutUser -Port 1143 -OutPort 2525))
        $prf = Read-OnlyPrf
        $section = $prf['Account1']
        $map = $prf[$prf['Internet Account List']['Account1']]
        $keys = @($section.Keys | Where-Object { $_ -notin 'UniqueService', 'DefaultAccount' })
        $keys.Count | Should -BeGreaterThan 14
        foreach ($key in $keys) {
            $map.Contains($key) | Should -BeTrue -Because $key
            if ($map[$key] -like 'PT_LONG*') { $section[$key] | Should -Match '\A(0x[0-9A-Fa-f]+|[0-9]+)\z' -Because $key } else { $section[$key] | Should -Not -BeNullOrEmpty -Because $key }
        }
        $map.Values | Where-Object { $_ -like 'PT_*' } | ForEach-Object { $_ | Should -Match '\APT_(LONG|UNICODE),0x[0-9A-F]{4}\z' }
        $section.Contains('DefaultAccount') | Should -Be (-not $Existing)
        $section.Contains('SMTPUserName') | Should -Be ([bool] $OutUser)
        Start-FakeOutlook
        $values = @(Get-OutlookAccounts)[0].Values
        $kind = @{ imap = 'IMAP'; pop = 'POP3' }[$Protocol]
        $values["$kind Port"] | Should -Be 1143
        $values["$kind Use SSL"] | Should -Be @{ tls = 1; none = 0 }[$Security]
        $values['SMTP Port'] | Should -Be 2525
        $values['SMTP Secure Connection'] | Should -Be @{ tls = 1; starttls = 2; none = 0 }[$Out]
        $values['SMTP Use Auth'] | Should -Be 1
        $values['SMTP Auth Method'] | Should -Be ([int] [bool] $OutUser)
        if ($Protocol -eq 'pop') { $values['Leave on Server'] | Should -Be 1 }
        $global:W.Events | Should -BeNullOrEmpty
    }
    It 'no password, and no key for one' {
        $null = Invoke-Script (New-Json (New-Account))
        [IO.File]::ReadAllText((Get-PrfFiles)[0].FullName) -replace '(?m)^;.*$' | Should -Not -Match 'password'
    }
}
