# Classic Outlook, one mailbox: from a fresh PC to the account, and what may go wrong on the way.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $global:Faked = New-FakedScript
}
AfterAll { Remove-Item $global:Faked }

Describe 'one mailbox' {
    BeforeEach { Reset-Windows; $json = New-Json (New-Account) }
    AfterEach { Clear-Windows }

    It 'fresh PC, <Protocol>, named <Name>: install, start, detect, install again, remove' -ForEach @(
        foreach ($protocol in 'imap', 'pop') { foreach ($name in 'Ada Lovelace', '2026-01-01T00:00:00Z', 'Jürgen Müller') { @{ Protocol = $protocol; Name = $name } } }
    ) {
        $json = New-Json (New-Account -Protocol $Protocol -Name $Name)
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 1
        $run = Invoke-Script $json
        $run.Code | Should -Be 0
        $run.Lines | Should -Be 'mail setup: ada@example.org waits for Outlook: close it if it runs, start it, type the password when it asks'
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 0
        Start-FakeOutlook
        $accounts = @(Get-OutlookAccounts)
        $accounts.Count | Should -Be 1
        $accounts[0].Server | Should -Be "$Protocol.example.org"
        $accounts[0].Profile | Should -Be 'Outlook'
        $accounts[0].Values['Display Name'] | Should -BeExactly $Name
        $accounts[0].Values['(default)'] | Should -Be 'TRUE'
        $global:W.Events | Should -BeNullOrEmpty
        (Invoke-Script $json @{ Action = 'Detect' }).Lines | Should -Be 'mail setup: ada@example.org in Outlook: present'
        $run = Invoke-Script $json
        $run.Lines | Should -Be 'mail setup: ada@example.org is in Outlook'
        $run.Writes | Should -BeNullOrEmpty
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 1
        (Invoke-Script $json @{ Action = 'Remove' }).Code | Should -Be 1006
        Get-PrfFiles | Should -BeNullOrEmpty
        (Get-Key $global:NotesKey).Val.Count | Should -Be 0
    }
    It 'a profile is kept and gets the account: <_>' -ForEach 'Outlook', 'Arbeit [x]', 'a=b', 'a;b', ';a', '100%', 'Büro Müller', ('x' * 100), 'it''s "q"', 'smtp:x' {
        Add-OutlookProfile $_ -Default
        (Invoke-Script $json).Code | Should -Be 0
        Start-FakeOutlook
        @(Get-OutlookAccounts).Profile | Should -Be $_
        @(Get-OutlookAccounts)[0].Values['(default)'] | Should -BeNullOrEmpty
        (Invoke-Script $json @{ Action = 'Detect' }).Last | Should -Match 'present'
    }
    It 'of several profiles the default gets it' {
        foreach ($name in 'A', 'B', 'C') { Add-OutlookProfile $name -Default:($name -eq 'B') }
        $null = Invoke-Script $json
        (Read-OnlyPrf)['General']['ProfileName'] | Should -Be 'B'
        Start-FakeOutlook
        @(Get-OutlookAccounts).Profile | Should -Be 'B'
    }
    It 'an account in a profile that is not the default counts as there' {
        $null = Invoke-Script $json
        Start-FakeOutlook
        Add-OutlookProfile 'B' -Default
        (Invoke-Script $json).Last | Should -Match 'is in Outlook'
    }
    It 'a default profile whose name ends with a blank is named, and not the first of the list' {
        Add-OutlookProfile 'Alt'
        Add-OutlookProfile 'Neu ' -Default
        $null = Invoke-Script $json
        [IO.File]::ReadAllText((Get-PrfFiles)[0].FullName) | Should -Match '(?m)^ProfileName=Neu \r$'
    }
    It 'a profile name that the code page lacks: 1007, and nothing waits' {
        Add-OutlookProfile 'Работа' -Default
        (Invoke-Script $json).Code | Should -Be 1007
        Get-Value "$global:OutlookKey\Setup" 'ImportPRF' | Should -BeNullOrEmpty
    }
    It 'a profile name with line breaks adds no lines to the file' {
        Add-OutlookProfile "x`r`nBackupProfile=Yes" -Default
        (Invoke-Script $json).Code | Should -Be 1007
        Get-PrfFiles | Should -BeNullOrEmpty
    }
    It 'a default profile that is gone: the first is named' {
        Add-OutlookProfile 'B'
        Set-Value $global:OutlookKey 'DefaultProfile' 'gone'
        $null = Invoke-Script $json
        Start-FakeOutlook
        @(Get-OutlookAccounts).Profile | Should -Be 'B'
    }
    It 'values that Outlook keeps as UTF-16 bytes are read' {
        Add-OutlookProfile 'B' -Default
        $key = [FakeKey]::new('x')
        (Get-Key "$global:OutlookKey\Profiles\B").Sub[$global:AccountsKey].Sub['00000002'] = $key
        $key.Val['Email'] = [Text.Encoding]::Unicode.GetBytes("ADA@example.org`0")
        $key.Val['IMAP Server'] = [Text.Encoding]::Unicode.GetBytes("IMAP.example.org`0zz")
        (Invoke-Script $json @{ Action = 'Detect' }).Last | Should -Match 'present'
    }
    It 'an Exchange account with the address is another account' {
        Add-OutlookProfile 'B' -Default
        $key = [FakeKey]::new('x')
        $key.Val['Email'] = 'ada@example.org'
        (Get-Key "$global:OutlookKey\Profiles\B").Sub[$global:AccountsKey].Sub['00000002'] = $key
        (Invoke-Script $json).Last | Should -Match 'waits'
    }
    It 'First-Run goes, or Outlook would not look; other values stay' {
        Add-OutlookProfile 'B' -Default
        foreach ($name in 'First-Run', 'FirstRun') { Set-Value "$global:OutlookKey\Setup" $name ([byte[]] 1) }
        Set-Value "$global:OutlookKey\Setup" 'Other' 'keep'
        $null = Invoke-Script $json
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 1
        Get-Value "$global:OutlookKey\Setup" 'Other' | Should -Be 'keep'
    }
    It 'installed three times before the start: one account' {
        1..3 | ForEach-Object { $null = Invoke-Script $json }
        Start-FakeOutlook
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 1
    }
    It 'removed while it waits: says that it was taken back, and leaves nothing' {
        $null = Invoke-Script $json
        $run = Invoke-Script $json @{ Action = 'Remove' }
        $run.Code | Should -Be 0
        $run.Last | Should -Match 'taken back'
        Get-Value "$global:OutlookKey\Setup" 'ImportPRF' | Should -BeNullOrEmpty
        Get-PrfFiles | Should -BeNullOrEmpty
        Start-FakeOutlook
        Get-OutlookAccounts | Should -BeNullOrEmpty
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 1
        (Invoke-Script $json).Code | Should -Be 0
    }
    It 'removed where nothing is: says so' { (Invoke-Script $json @{ Action = 'Remove' }).Last | Should -Match 'not set up here and nothing waits' }
    It 'made by hand while our file waits: the file does not add it again' {
        $null = Invoke-Script $json
        $prf = Get-Value "$global:OutlookKey\Setup" 'ImportPRF'
        $bytes = [IO.File]::ReadAllBytes($prf)
        Start-FakeOutlook
        [IO.File]::WriteAllBytes($prf, $bytes)
        Set-Value "$global:OutlookKey\Setup" 'ImportPRF' $prf
        (Get-Key "$global:OutlookKey\Setup").Val.Remove('First-Run')
        (Invoke-Script $json).Last | Should -Match 'is in Outlook'
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 1
    }
    It 'starttls for incoming mail: 1004, the settings, and nothing is written' {
        $run = Invoke-Script (New-Json (New-Account -Security starttls -Port 143))
        $run.Code | Should -Be 1004
        $run.Writes | Should -BeNullOrEmpty
        $run.Lines.Count | Should -Be 4
    }
    It 'Outlook 2013, or one that is gone: 1004' {
        $global:W.Programs['C:\Office16\OUTLOOK.EXE'] = 15
        (Invoke-Script $json).Code | Should -Be 1004
        Remove-OutlookProgram
        (Invoke-Script $json).Code | Should -Be 1004
    }
    It 'the user switched to the new Outlook: <Client> gives <Code>' -ForEach @(@{ Client = 'Auto'; Code = 1004 }, @{ Client = 'Outlook'; Code = 0 }) {
        Set-Value "$global:OutlookKey\Preferences" 'UseNewOutlook' 1
        (Invoke-Script $json @{ Client = $Client }).Code | Should -Be $Code
    }
}

Describe '-Launch' {
    BeforeEach { Reset-Windows; $json = New-Json (New-Account) }
    AfterEach { Clear-Windows }

    It 'starts Outlook and sees the account' { (Invoke-Script $json @{ Launch = $true }).Lines | Should -Be 'mail setup: ada@example.org is in Outlook' }
    It 'does not start a second Outlook' {
        $null = $global:W.Running.Add('OUTLOOK')
        $run = Invoke-Script $json @{ Launch = $true }
        $run.Last | Should -Match 'waits'
        $run.Writes | Should -Not -Match 'start '
    }
    It 'starts Outlook for what waits already' {
        $null = Invoke-Script $json
        (Invoke-Script $json @{ Launch = $true }).Last | Should -Match 'is in Outlook'
    }
    It 'refused: 1008' {
        $global:W.Outlook = 'refuses'
        (Invoke-Script $json @{ Launch = $true }).Code | Should -Be 1008
    }
    It 'the file vanishes <When> Outlook takes it: the message names Outlook' -ForEach @(@{ When = 'before' }, @{ When = 'after' }) {
        $global:W.Outlook = 'refuses'
        $global:W.AtStart = { Get-PrfFiles | Remove-Item; Start-FakeOutlook }
        if ($When -eq 'after') { $global:W.AtStart = { Start-FakeOutlook; Get-PrfFiles | Remove-Item } }
        $run = Invoke-Script $json @{ Launch = $true }
        $run.Code | Should -BeIn 1007, 1008
        $run.Last | Should -Not -Match 'Thunderbird'
    }
}

Describe 'what waits too long, what was refused, what another product owns' {
    BeforeEach { Reset-Windows; $json = New-Json (New-Account) }
    AfterEach { Clear-Windows }

    It 'refused: 1008 with the settings, and no further try until -Force or Remove' {
        $global:W.Outlook = 'refuses'
        $null = Invoke-Script $json
        Start-FakeOutlook
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 1
        $run = Invoke-Script $json
        $run.Code | Should -Be 1008
        $run.Lines.Count | Should -Be 4
        $run.Writes | Should -BeNullOrEmpty
        (Invoke-Script $json @{ Force = $true }).Code | Should -Be 0
        Start-FakeOutlook
        (Invoke-Script $json @{ Action = 'Remove' }).Code | Should -Be 0
        (Invoke-Script $json).Code | Should -Be 0
        $global:W.Outlook = 'imports'
        Start-FakeOutlook
        (Invoke-Script $json).Last | Should -Match 'is in Outlook'
    }
    It 'Outlook does not look at the file: it still waits' {
        $global:W.Outlook = 'ignores'
        $null = Invoke-Script $json
        Start-FakeOutlook
        (Invoke-Script $json @{ Action = 'Detect' }).Last | Should -Match 'pending'
    }
    It 'a file of another product waits: 1618, untouched, also by Remove; -Force replaces it' {
        Set-Value "$global:OutlookKey\Setup" 'ImportPRF' 'C:\it\corp.prf'
        $run = Invoke-Script $json
        $run.Code | Should -Be 1618
        $run.Writes | Should -BeNullOrEmpty
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 1
        $null = Invoke-Script $json @{ Action = 'Remove' }
        Get-Value "$global:OutlookKey\Setup" 'ImportPRF' | Should -Be 'C:\it\corp.prf'
        (Invoke-Script $json @{ Force = $true }).Code | Should -Be 0
        Get-Value "$global:OutlookKey\Setup" 'ImportPRF' | Should -Not -Be 'C:\it\corp.prf'
    }
    It 'our file was deleted by hand: Detect says 1, Install writes it again' {
        $null = Invoke-Script $json
        Get-PrfFiles | Remove-Item
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 1
        (Invoke-Script $json).Code | Should -Be 0
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 1
    }
    It 'after 14 days Detect says 1 and Install 1618, both with the day; -Force offers it anew' {
        $null = Invoke-Script $json
        Move-Notes -13
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 0
        Move-Notes -2
        $day = [DateTime]::UtcNow.AddDays(-15).ToString('yyyy-MM-dd')
        $run = Invoke-Script $json @{ Action = 'Detect' }
        $run.Code | Should -Be 1
        $run.Last | Should -Match "overdue, waits since $day"
        $run = Invoke-Script $json
        $run.Code | Should -Be 1618
        $run.Last | Should -Match "since $day"
        (Invoke-Script $json @{ Force = $true }).Code | Should -Be 0
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 0
    }
    It 'a daily Install does not keep an import young' {
        $null = Invoke-Script $json
        1..15 | ForEach-Object { Move-Notes -1; $null = Invoke-Script $json }
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 1
    }
    It 'overdue is no end: Outlook may still take the file' {
        $null = Invoke-Script $json
        Move-Notes -30
        $null = Invoke-Script $json
        Start-FakeOutlook
        (Invoke-Script $json).Last | Should -Match 'is in Outlook'
    }
    It 'the clock was years ahead when the file was offered: it does not wait for ever' {
        $null = Invoke-Script $json
        Move-Notes 1800
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 1
    }
    It 'seen once by <_>, then deleted by its owner: offered again, and no 1008' -ForEach 'Detect', 'Install' {
        $null = Invoke-Script $json
        Start-FakeOutlook
        $null = Invoke-Script $json @{ Action = $_ }
        Remove-OutlookAccounts
        (Invoke-Script $json).Code | Should -Be 0
    }
    It 'seen once, then the whole profile was deleted: offered again' {
        $null = Invoke-Script $json
        Start-FakeOutlook
        $null = Invoke-Script $json @{ Action = 'Detect' }
        (Get-Key "$global:OutlookKey\Profiles").Sub.Clear()
        (Invoke-Script $json).Code | Should -Be 0
    }
}

Describe 'things that fail' {
    BeforeEach { Reset-Windows; $json = New-Json (New-Account) }
    AfterEach { Clear-Windows }

    It 'the registry refuses: 1007, no file is left, the next run works' {
        $global:W.DenyWrite = '*Setup'
        $run = Invoke-Script $json
        $run.Code | Should -Be 1007
        $run.Last | Should -Match 'Access to the registry'
        Get-PrfFiles | Should -BeNullOrEmpty
        $global:W.DenyWrite = ''
        (Invoke-Script $json).Code | Should -Be 0
    }
    It 'the registry refuses while a good file waits: that one is still imported' {
        $null = Invoke-Script $json
        $global:W.DenyWrite = '*Setup'
        (Invoke-Script (New-Json (New-Account -Server imap.new.example))).Code | Should -Be 1007
        Start-FakeOutlook
        @(Get-OutlookAccounts).Server | Should -Be 'imap.example.org'
    }
    It 'our notes cannot be written: the next run is no false 1008' {
        $global:W.DenyWrite = '*Software\MailSetup'
        (Invoke-Script $json).Code | Should -Be 1007
        $global:W.DenyWrite = ''
        (Invoke-Script $json).Code | Should -Be 0
        Start-FakeOutlook
        (Invoke-Script $json).Last | Should -Match 'is in Outlook'
    }
    It 'a note cannot be deleted after the account was seen: 1007, for the next run would claim a refusal' {
        $null = Invoke-Script $json
        Start-FakeOutlook
        $global:W.DenyDelete = Get-TestId 'ada@example.org'
        (Invoke-Script $json).Code | Should -Be 1007
    }
    It 'First-Run cannot be deleted: no import waits whose file is gone' {
        Set-Value "$global:OutlookKey\Setup" 'First-Run' 1
        $global:W.DenyDelete = 'First-Run'
        (Invoke-Script $json).Code | Should -Be 1007
        Get-Value "$global:OutlookKey\Setup" 'ImportPRF' | Should -BeNullOrEmpty
    }
    It 'the disk is full: 1007 with the name of the file, nothing is left, the next run is no false 1008' -Skip:(-not (Test-Path /dev/full)) {
        $new = "$($global:W.Local)/MailSetup/$(Get-TestId 'ada@example.org').prf.tmp"
        $null = New-Item -Force -ItemType SymbolicLink -Path $new -Target /dev/full
        $run = Invoke-Script $json
        $run.Code | Should -Be 1007
        $run.Last | Should -Match '\.prf could not be written and is as it was: No space left'
        Get-ChildItem "$($global:W.Local)/MailSetup" -File | Should -BeNullOrEmpty
        (Invoke-Script $json).Code | Should -Be 0
    }
    It 'the disk is full while a good file waits: that one is still imported, whole' -Skip:(-not (Test-Path /dev/full)) {
        $null = Invoke-Script $json
        $null = New-Item -ItemType SymbolicLink -Path "$((Get-PrfFiles)[0].FullName).tmp" -Target /dev/full
        (Invoke-Script (New-Json (New-Account -Server imap.new.example))).Code | Should -Be 1007
        Start-FakeOutlook
        @(Get-OutlookAccounts).Server | Should -Be 'imap.example.org'
    }
    It 'no folder for the log: runs on and says so before the last line' {
        $null = [IO.Directory]::CreateDirectory("$($global:W.Local)/MailSetup")
        [IO.File]::WriteAllText("$($global:W.Local)/MailSetup/Logs", 'x')
        $run = Invoke-Script $json
        $run.Code | Should -Be 0
        $run.Lines[0] | Should -Match '^no log file'
        $run.Last | Should -Match 'waits'
    }
    It 'the log cannot be written: runs on' {
        $null = [IO.Directory]::CreateDirectory("$($global:W.Local)/MailSetup/Logs/mailsetup.log")
        (Invoke-Script $json).Code | Should -Be 0
    }
    It 'the own folder is a file: 1007, and nothing in the registry' {
        [IO.File]::WriteAllText("$($global:W.Local)/MailSetup", 'x')
        $run = Invoke-Script $json
        $run.Code | Should -Be 1007
        $run.Writes | Should -BeNullOrEmpty
    }
    It 'a closed machine key is a missing one' {
        $global:W.DenyRead = 'HKLM*App Paths*'
        (Invoke-Script $json).Code | Should -Be 1004
    }
    It 'a closed key of the user is no missing account: 1007' {
        Add-OutlookProfile 'Ada' -Default
        $null = Invoke-Script $json
        Start-FakeOutlook
        $global:W.DenyRead = '*Profiles\Ada\9375*\0*'
        (Invoke-Script $json).Code | Should -Be 1007
    }
}

Describe 'what is printed' {
    BeforeEach { Reset-Windows; $json = New-Json (New-Account) }
    AfterEach { Clear-Windows }

    It 'Detect prints exactly one line: <Name>' -ForEach @(
        @{ Name = 'absent'; Do = { } }, @{ Name = 'pending'; Do = { $null = Invoke-Script $json } }, @{ Name = 'present'; Do = { $null = Invoke-Script $json; Start-FakeOutlook } }
        @{ Name = 'blocked'; Do = { Set-Value "$global:OutlookKey\Setup" 'ImportPRF' 'C:\x.prf' } }, @{ Name = 'no program'; Do = { Remove-OutlookProgram } }
    ) {
        . $Do
        $run = Invoke-Script $json @{ Action = 'Detect' }
        $run.Lines.Count | Should -Be 1
        $run.Last | Should -Match '^mail setup: [ -~]+$'
        $run.Code | Should -BeIn 0, 1
    }
    It 'only ASCII, whatever names there are' {
        Add-OutlookProfile 'Outlook' -Default
        $json = New-Json (New-Account -Name 'Jürgen 日本')
        foreach ($action in 'Show', 'Install', 'Detect', 'Remove') { foreach ($line in (Invoke-Script $json @{ Action = $action }).Lines) { $line | Should -Match '^[ -~]*$' } }
    }
    It 'with <_> mailboxes that no program takes, the last 2,048 characters hold the last line (Intune)' -ForEach 1, 12 {
        $n = $_
        $run = Invoke-Script (New-Json (1..$n | ForEach-Object { New-Account -Email "box$_@example.org" -Security starttls }))
        $run.Code | Should -Be 1004
        $run.Last.Length | Should -BeLessThan 2048
    }
    It 'the log holds what was done, with the exit code' {
        $null = Invoke-Script $json
        $log = [IO.File]::ReadAllText("$($global:W.Local)/MailSetup/Logs/mailsetup.log")
        $log | Should -Match 'set ImportPRF: '
        $log | Should -Match 'exit 0: mail setup: '
    }
    It 'the log goes where -LogPath says' {
        $null = Invoke-Script $json @{ LogPath = "$($global:W.Root)/x/y.log" }
        Test-Path "$($global:W.Root)/x/y.log" | Should -BeTrue
        Test-Path "$($global:W.Local)/MailSetup/Logs" | Should -BeFalse
    }
}
