# Classic Outlook: several mailboxes in one file, and a provider that moved.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $global:Faked = New-FakedScript
    function Get-Emails { return (@(Get-OutlookAccounts).Email | Sort-Object) -join ',' }
}
AfterAll { Remove-Item $global:Faked }

Describe 'several mailboxes: one run, one start of Outlook' {
    BeforeEach {
        Reset-Windows
        $a = New-Account -Email a@example.org
        $b = New-Account -Email b@example.org
        $c = New-Account -Email c@example.org
    }
    AfterEach { Clear-Windows }

    It '<_> mailboxes: one run and one start make all, with exit code 0' -ForEach 2, 6 {
        $json = New-Json (1..$_ | ForEach-Object { New-Account -Email "box$_@example.org" -Protocol $(if ($_ % 2) { 'imap' } else { 'pop' }) })
        $run = Invoke-Script $json
        $run.Code | Should -Be 0
        $run.Lines.Count | Should -Be $_
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be $_
        $global:W.Events | Should -BeNullOrEmpty
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 0
        (Invoke-Script $json).Writes | Should -BeNullOrEmpty
    }
    It 'IMAP and POP3 in a new profile: every key is mapped, one account is the default' {
        $json = New-Json @((New-Account -Email a@example.org -Protocol pop), $b, (New-Account -Email c@example.org -Protocol pop -OutUser relay@x.example))
        $null = Invoke-Script $json
        Start-FakeOutlook
        $accounts = @(Get-OutlookAccounts)
        ($accounts.Server -join ',') | Should -Be 'pop.example.org,imap.example.org,pop.example.org'
        @($accounts | Where-Object { $_.Values['(default)'] }).Count | Should -Be 1
        $accounts[2].Values['SMTP User'] | Should -Be 'relay@x.example'
        $global:W.Events | Should -BeNullOrEmpty
    }
    It 'one is there already: only the others are added' {
        $null = Invoke-Script (New-Json $b)
        Start-FakeOutlook
        $json = New-Json @($a, $b)
        (Invoke-Script $json).Last | Should -Match 'a@example.org waits'
        Start-FakeOutlook
        Get-Emails | Should -Be 'a@example.org,b@example.org'
    }
    It 'one waits and one is there: the last line is that of the one that waits' {
        $null = Invoke-Script (New-Json $a)
        Start-FakeOutlook
        (Invoke-Script (New-Json @($a, $b))).Last | Should -Match 'b@example.org waits'
    }
    It 'a mailbox is added to the list while the file waits: all come' {
        $null = Invoke-Script (New-Json $a)
        $json = New-Json @($a, $b)
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 1
        $null = Invoke-Script $json
        Start-FakeOutlook
        Get-Emails | Should -Be 'a@example.org,b@example.org'
    }
    It 'the list changes its order while the file waits: nothing is written again' {
        $null = Invoke-Script (New-Json @($a, $b))
        (Invoke-Script (New-Json @($b, $a))).Writes | Should -BeNullOrEmpty
    }
    It 'one is re-issued with another server while the file waits: the file follows' {
        $null = Invoke-Script (New-Json @($a, (New-Account -Email b@example.org -Server old.example)))
        $null = Invoke-Script (New-Json @($a, (New-Account -Email b@example.org -Server new.example)))
        Start-FakeOutlook
        (@(Get-OutlookAccounts).Server | Sort-Object) -join ',' | Should -Be 'imap.example.org,new.example'
    }
    It 'Outlook makes only the first: each of the others is reported, not fed for ever, and -Force offers only them' {
        $global:W.Outlook = 'first'
        $json = New-Json @($a, $b, $c)
        $null = Invoke-Script $json
        Start-FakeOutlook
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 1
        $run = Invoke-Script $json
        $run.Code | Should -Be 1008
        $run.Writes | Should -BeNullOrEmpty
        @($run.Lines -match 'a@example.org is in Outlook').Count | Should -Be 1
        @($run.Lines -match '(b|c)@example.org is not there').Count | Should -Be 2
        $global:W.Outlook = 'imports'
        (Invoke-Script $json @{ Force = $true }).Code | Should -Be 0
        Start-FakeOutlook
        Get-Emails | Should -Be 'a@example.org,b@example.org,c@example.org'
    }
    It 'Outlook refuses all: 1008, and no endless feeding' {
        $global:W.Outlook = 'refuses'
        $json = New-Json @($a, $b)
        1..4 | ForEach-Object { $run = Invoke-Script $json; Start-FakeOutlook }
        $run.Code | Should -Be 1008
        $run.Writes | Should -BeNullOrEmpty
    }
    It '-Force: what is reported as waiting does wait, and is no false 1008 afterwards' {
        $json = New-Json @($a, $b)
        @((Invoke-Script $json @{ Force = $true }).Lines -match 'waits for Outlook').Count | Should -Be 2
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 2
        (Invoke-Script $json).Code | Should -Be 0
    }
    It '-Launch sees all of them' { (Invoke-Script (New-Json @($a, $b)) @{ Launch = $true }).Lines | Should -Match 'is in Outlook' }
    It 'one wants STARTTLS: the others are made, 1004 speaks' {
        $run = Invoke-Script (New-Json @($a, (New-Account -Email b@example.org -Security starttls)))
        $run.Code | Should -Be 1004
        Start-FakeOutlook
        Get-Emails | Should -Be 'a@example.org'
    }
    It 'two files for one user: the second says 1618 and does not push the first aside' {
        $null = Invoke-Script (New-Json $a)
        (Invoke-Script (New-Json $b)).Code | Should -Be 1618
        Start-FakeOutlook
        Get-Emails | Should -Be 'a@example.org'
        (Invoke-Script (New-Json $b)).Code | Should -Be 0
        Start-FakeOutlook
        Get-Emails | Should -Be 'a@example.org,b@example.org'
    }
    It 'removed while they wait: nothing is left' {
        $json = New-Json @($a, $b)
        $null = Invoke-Script $json
        $run = Invoke-Script $json @{ Action = 'Remove' }
        $run.Code | Should -Be 0
        @($run.Lines -match 'taken back').Count | Should -Be 2
        Get-Value "$global:OutlookKey\Setup" 'ImportPRF' | Should -BeNullOrEmpty
        Get-PrfFiles | Should -BeNullOrEmpty
    }
}

Describe 'the provider moved: same address, other settings' {
    BeforeEach {
        Reset-Windows
        $null = Invoke-Script (New-Json (New-Account -Server imap.old.example))
        Start-FakeOutlook
        $moved = New-Json (New-Account -Server imap.new.example)
    }
    AfterEach { Clear-Windows }

    It 'Install: 1009 with old and new settings, where to change them, and no second account' {
        $run = Invoke-Script $moved
        $run.Code | Should -Be 1009
        $run.Last | Should -Match 'IMAP Server is imap\.old\.example instead of imap\.new\.example'
        $run.Last | Should -Match 'File, Account Settings'
        $run.Lines -match '^Incoming .*imap\.new\.example' | Should -Not -BeNullOrEmpty
        $run.Writes | Should -BeNullOrEmpty
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 1
    }
    It 'the same where the account was seen before' {
        $null = Invoke-Script (New-Json (New-Account -Server imap.old.example))
        (Invoke-Script $moved).Code | Should -Be 1009
    }
    It 'Detect: 1, there with other settings' {
        $run = Invoke-Script $moved @{ Action = 'Detect' }
        $run.Code | Should -Be 1
        $run.Last | Should -Match 'there with other settings: .*imap\.old\.example'
    }
    It 'Remove: 1006, and not "not set up here"' { (Invoke-Script $moved @{ Action = 'Remove' }).Code | Should -Be 1006 }
    It '-Force adds a second account, under a name of its own' {
        (Invoke-Script $moved @{ Force = $true }).Code | Should -Be 0
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 2
        @(Get-OutlookAccounts | ForEach-Object { $_.Values['Account Name'] } | Sort-Object -Unique).Count | Should -Be 2
        (Invoke-Script $moved).Last | Should -Match 'is in Outlook'
    }
    It '-Force with STARTTLS, which a profile file cannot express: 1009, and nothing is written' {
        $run = Invoke-Script (New-Json (New-Account -Server imap.new.example -Security starttls -Port 143)) @{ Force = $true }
        $run.Code | Should -Be 1009
        $run.Writes | Should -BeNullOrEmpty
    }
    It 'changed by hand in Outlook: it is there' {
        $values = @(Get-OutlookAccounts)[0].Values
        $values['IMAP Server'] = 'imap.new.example'
        (Invoke-Script $moved).Lines | Should -Be 'mail setup: ada@example.org is in Outlook'
    }
    It 'another <What> is seen: <Says>' -ForEach @(
        @{ What = 'port'; With = @{ Port = 1993 }; Says = 'IMAP Port is 993 instead of 1993' }
        @{ What = 'user name'; With = @{ User = 'ada'; OutUser = 'ada' }; Says = 'IMAP User is ada@example.org instead of ada' }
        @{ What = 'incoming security'; With = @{ Security = 'none' }; Says = 'IMAP Use SSL is 1 instead of 0' }
        @{ What = 'outgoing server'; With = @{ OutServer = 'smtp.new.example' }; Says = 'SMTP Server is smtp.example.org instead of smtp.new.example' }
        @{ What = 'outgoing port'; With = @{ OutPort = 465 }; Says = 'SMTP Port is 587 instead of 465' }
        @{ What = 'outgoing security'; With = @{ OutSecurity = 'tls' }; Says = 'SMTP Secure Connection is 2 instead of 1' }
        @{ What = 'protocol'; With = @{ Protocol = 'pop' }; Says = 'it is IMAP at imap.old.example instead of POP at' }
    ) {
        $account = @{ Server = 'imap.old.example' } + $With
        $run = Invoke-Script (New-Json (New-Account @account))
        $run.Code | Should -Be 1009
        $run.Last | Should -Match $Says
        (Invoke-Script (New-Json (New-Account @account)) @{ Action = 'Detect' }).Code | Should -Be 1
    }
    It 'another display name is the user''s own matter' { (Invoke-Script (New-Json (New-Account -Server imap.old.example -Name 'A. Lovelace'))).Code | Should -Be 0 }
    It 'what Outlook does not keep is not compared; "whatever the server offers" fits every security' {
        $values = @(Get-OutlookAccounts)[0].Values
        foreach ($name in 'IMAP Port', 'IMAP Use SSL', 'SMTP Port') { $values.Remove($name) }
        $values['SMTP Secure Connection'] = 3
        (Invoke-Script (New-Json (New-Account -Server imap.old.example))).Code | Should -Be 0
    }
}

Describe 'the provider moved while the old file waits' {
    BeforeEach {
        Reset-Windows
        $null = Invoke-Script (New-Json (New-Account -Server imap.old.example))
        $moved = New-Json (New-Account -Server imap.new.example)
    }
    AfterEach { Clear-Windows }

    It 'Detect does not say that the new one waits' { (Invoke-Script $moved @{ Action = 'Detect' }).Code | Should -Be 1 }
    It 'Install: Outlook gets the new server' {
        $null = Invoke-Script $moved
        Start-FakeOutlook
        @(Get-OutlookAccounts).Server | Should -Be 'imap.new.example'
    }
    It 'refused with the old settings: the new ones are offered' {
        $global:W.Outlook = 'refuses'
        Start-FakeOutlook
        (Invoke-Script $moved).Code | Should -Be 0
    }
}
