# For whom the accounts are, and what SYSTEM does for the user at the desktop.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $global:Faked = New-FakedScript
}
AfterAll { Remove-Item $global:Faked }

Describe 'whom an account is for' {
    BeforeEach { Reset-Windows }
    AfterEach { Clear-Windows }

    It 'Windows user <Me> <Upn>, the file names <Want>: nothing to do <Nothing>' -ForEach @(
        @{ Me = 'PC\ada'; Want = 'ada'; Nothing = $false }, @{ Me = 'PC\ada'; Want = 'ADA'; Nothing = $false }, @{ Me = 'PC\ada'; Want = 'pc\Ada'; Nothing = $false }
        @{ Me = 'PC\ada'; Want = 'PC2\ada'; Nothing = $true }, @{ Me = 'PC\ada'; Want = 'bob'; Nothing = $true }, @{ Me = 'PC\ada'; Want = '*'; Nothing = $true }, @{ Me = 'PC\ada'; Want = 'a?a'; Nothing = $true }
        @{ Me = 'PC\Jürgen'; Want = 'jürgen'; Nothing = $false }, @{ Me = 'PC\a[d]a'; Want = 'a[d]a'; Nothing = $false }, @{ Me = 'CORP\ada'; Want = 'ada@corp.example'; Nothing = $true }
        @{ Me = 'PC\strauss'; Want = 'strauß'; Nothing = $true }, @{ Me = 'PC\ada'; Want = "PC\a`u{200c}da"; Nothing = $true }, @{ Me = 'PC\user1'; Want = "user`u{661}"; Nothing = $true }
        @{ Me = 'AzureAD\AdaLovelace'; Upn = 'ada@corp.example'; Want = 'ADA@corp.example'; Nothing = $false }, @{ Me = 'AzureAD\AdaLovelace'; Upn = 'ada@corp.example'; Want = 'AzureAD\AdaLovelace'; Nothing = $false }
    ) {
        Set-Me $Me $Upn
        foreach ($action in 'Detect', 'Install') { $run = Invoke-Script (New-Json (New-Account -WindowsUser $Want)) @{ Action = $action } }
        $run.Code | Should -Be 0
        ($run.Last -match 'nothing to do') | Should -Be $Nothing
        if ($Nothing) { $run.Writes | Should -BeNullOrEmpty }
    }
    It 'ada and B\ada are two people: B\ada gets one account' {
        Set-Me 'B\ada'
        $null = Invoke-Script (New-Json @((New-Account -Email ada@a.example -WindowsUser 'ada'), (New-Account -Email ada@b.example -WindowsUser 'B\ada')))
        Start-FakeOutlook
        @(Get-OutlookAccounts).Email | Should -Be 'ada@b.example'
    }
    It 'A\ada is not B\ada' {
        Set-Me 'B\ada'
        (Invoke-Script (New-Json @((New-Account -WindowsUser 'A\ada'), (New-Account -Email x@y.example -WindowsUser 'A\x')))).Writes | Should -BeNullOrEmpty
    }
    It 'two mailboxes of one other person: nothing to do, with -Force too' {
        Set-Me 'PC\bob'
        $json = New-Json @((New-Account -Email a@example.org -WindowsUser ada), (New-Account -Email b@example.org -WindowsUser ada))
        foreach ($force in $false, $true) {
            $run = Invoke-Script $json @{ Force = $force }
            $run.Last | Should -Match 'nothing to do'
            $run.Writes | Should -BeNullOrEmpty
        }
    }
    It 'a file for many people, none of them here: 0, nothing written: <_>' -ForEach 'Install', 'Detect', 'Remove' {
        Set-Me 'PC\eve'
        $before = Get-Tree
        $run = Invoke-Script (New-Json @((New-Account -Email a@example.org -WindowsUser ada), (New-Account -Email b@example.org -WindowsUser bob))) @{ Action = $_ }
        $run.Code | Should -Be 0
        $run.Last | Should -Match 'nothing to do'
        Get-Tree | Should -Be $before
    }
    It 'accounts that name nobody beside ones that do: said, for <_>' -ForEach 'PC\eve', 'PC\ada' {
        Set-Me $_
        $run = Invoke-Script (New-Json @((New-Account -Email a@example.org -WindowsUser ada), (New-Account -Email eve@example.org)))
        $run.Lines[0] | Should -Match 'name no Windows user, and are set up for nobody: 1'
        $run.Lines -match 'eve@example.org' | Should -BeNullOrEmpty
    }
    It 'in a file for many people each gets their own' {
        $null = Invoke-Script (New-Json @((New-Account -Email a@example.org -WindowsUser ada), (New-Account -Email b@example.org -WindowsUser ADA), (New-Account -Email c@example.org -WindowsUser bob)))
        Start-FakeOutlook
        (@(Get-OutlookAccounts).Email | Sort-Object) -join ',' | Should -Be 'a@example.org,b@example.org'
    }
    It 'a file for 400 people' {
        Set-Me 'CORP\user377'
        $run = Invoke-Script (New-Json (1..400 | ForEach-Object { New-Account -Email "user$_@example.org" -WindowsUser "CORP\user$_" }))
        $run.Code | Should -Be 0
        $run.Lines | Should -Match 'user377@'
    }
}

Describe 'SYSTEM acts for the one user at the desktop' {
    BeforeEach {
        Reset-Windows
        $json = New-Json (New-Account)
        Add-Sid $global:BobSid 'PC\bob' "$($global:W.Root)/Users/bob"
    }
    AfterEach { Clear-Windows }

    It 'at the desktop: <Name>: <Code>' -ForEach @(
        @{ Name = 'nobody'; Sids = @(); Code = 1002 }, @{ Name = 'ada'; Sids = @('S-1-5-21-1-2-3-1001'); Code = 0 }, @{ Name = 'ada twice'; Sids = @('S-1-5-21-1-2-3-1001', 'S-1-5-21-1-2-3-1001'); Code = 0 }
        @{ Name = 'ada and bob'; Sids = @('S-1-5-21-1-2-3-1001', 'S-1-5-21-1-2-3-1002'); Code = 1002 }, @{ Name = 'ada, and a process that ended'; Sids = @('ended', 'S-1-5-21-1-2-3-1001'); Code = 0 }
        @{ Name = 'ada, and a process without owner'; Sids = @('no owner', 'S-1-5-21-1-2-3-1001'); Code = 0 }, @{ Name = 'SYSTEM'; Sids = @('S-1-5-18'); Code = 1002 }
        @{ Name = 'the window manager'; Sids = @('S-1-5-90-0-1'); Code = 1002 }, @{ Name = 'an unknown user'; Sids = @('S-1-5-21-9-9-9-9'); Code = 1002 }
    ) {
        Set-System $Sids
        foreach ($action in 'Install', 'Detect', 'Remove') {
            $run = Invoke-Script $json @{ Action = $action }
            $run.Code | Should -Be $Code
            if ($Code) { $run.Writes | Should -BeNullOrEmpty }
        }
    }
    It 'a user of Entra ID' {
        Set-System 'S-1-12-1-1-2-3-4'
        Add-Sid 'S-1-12-1-1-2-3-4' 'AzureAD\Ada' "$($global:W.Root)/Users/ada"
        (Invoke-Script $json).Code | Should -Be 0
        Get-Value "$global:OutlookKey\Setup" 'ImportPRF' 'S-1-12-1-1-2-3-4' | Should -Match 'ProgramData.MailSetup.S-1-12-1-1-2-3-4.'
    }
    It 'the whole story: the user''s registry, a folder that only SYSTEM and administrators write, the user may read' {
        Set-System
        (Invoke-Script $json).Code | Should -Be 0
        $global:W.Acls["$($global:W.ProgramData)/MailSetup"] | Should -Be 'O:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'
        $global:W.Acls["$($global:W.ProgramData)/MailSetup/$global:AdaSid"] | Should -Be "O:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;$global:AdaSid)"
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 1
        (Invoke-Script $json @{ Action = 'Detect' }).Code | Should -Be 0
    }
    It 'the name in the file is that of the desktop user' {
        Set-System $global:BobSid
        (Invoke-Script (New-Json (New-Account -WindowsUser ada))).Last | Should -Match 'nothing to do'
        (Invoke-Script (New-Json (New-Account -WindowsUser 'PC\bob'))).Code | Should -Be 0
    }
    It 'a name that cannot be looked up: only a file for anybody fits' {
        Set-System
        $global:W.Names.Clear()
        (Invoke-Script (New-Json (New-Account -WindowsUser ada))).Last | Should -Match 'nothing to do'
        (Invoke-Script $json).Code | Should -Be 0
    }
    It 'the user''s registry is not loaded: 1007, and no file' {
        Set-System
        $global:W.Users.Sub.Clear()
        (Invoke-Script $json).Code | Should -Be 1007
        Get-PrfFiles | Should -BeNullOrEmpty
    }
    It 'only Thunderbird is here, or the user has the new Outlook: 1002, not an endless 1: <_>' -ForEach 'Install', 'Detect' {
        $null = Add-Thunderbird ''
        Set-System
        Set-Value "$global:OutlookKey\Preferences" 'UseNewOutlook' 1
        (Invoke-Script $json @{ Action = $_ }).Code | Should -Be 1002
        Remove-OutlookProgram
        (Invoke-Script $json @{ Action = $_ }).Code | Should -Be 1002
    }
    It '-Launch starts nothing' { Set-System; (Invoke-Script $json @{ Launch = $true }).Writes | Should -Not -Match 'start ' }
}

Describe 'SYSTEM touches nothing through what a user made' {
    BeforeEach {
        Reset-Windows
        $json = New-Json (New-Account)
        Set-System
        $prf = (Get-TestId 'ada@example.org') + '.prf'
        $top = "$($global:W.ProgramData)/MailSetup"
        $evil = "$($global:W.Root)/evil"
    }
    AfterEach { Clear-Windows }

    It '<Action>, <Where> is a link of the user: 1007, nothing is written or deleted through it' -ForEach @(foreach ($action in 'Install', 'Detect', 'Remove') { foreach ($where in 'the folder', 'the user''s folder in it', 'the log folder') { @{ Action = $action; Where = $where } } }) {
        $link = @{ 'the folder' = $top; 'the user''s folder in it' = "$top/$global:AdaSid"; 'the log folder' = "$top/$global:AdaSid/Logs" }[$Where]
        foreach ($folder in $evil, "$evil/$global:AdaSid") {
            $null = [IO.Directory]::CreateDirectory($folder)
            [IO.File]::WriteAllText("$folder/$prf", 'victim')
        }
        $null = New-Item -Force -ItemType SymbolicLink -Path $link -Target $evil
        # what is offered, and what is there, is the user's own word
        Set-Value $global:NotesKey (Get-TestId 'ada@example.org') 'x 2026-01-01T00:00:00Z'
        $before = Get-Tree $evil
        $run = Invoke-Script $json @{ Action = $Action }
        $run.Code | Should -Be 1007
        $run.Last | Should -Match 'it is a link'
        $run.Writes | Should -BeNullOrEmpty
        Get-Tree $evil | Should -Be $before
    }
    It 'Install of an account that the user''s registry calls present deletes nothing through a link' {
        Set-Me 'PC\ada'
        $null = Invoke-Script $json
        Start-FakeOutlook
        Set-System
        $null = [IO.Directory]::CreateDirectory("$evil/$global:AdaSid")
        [IO.File]::WriteAllText("$evil/$global:AdaSid/$prf", 'victim')
        $null = New-Item -ItemType SymbolicLink -Path $top -Target $evil
        (Invoke-Script $json).Code | Should -Be 1007
        Test-Path "$evil/$global:AdaSid/$prf" | Should -BeTrue
    }
    It '<Action>, <Where> belongs to a user: 1007, nothing is deleted' -ForEach @(foreach ($action in 'Install', 'Detect', 'Remove') { foreach ($where in '', '/S-1-5-21-1-2-3-1001') { @{ Action = $action; Where = $where } } }) {
        $null = [IO.Directory]::CreateDirectory("$top/$global:AdaSid")
        [IO.File]::WriteAllText("$top/$global:AdaSid/$prf", 'x')
        $global:W.Owners["$top$Where"] = $global:BobSid
        $run = Invoke-Script $json @{ Action = $Action }
        $run.Code | Should -Be 1007
        $run.Last | Should -Match 'owner'
        $run.Writes | Should -BeNullOrEmpty
        Test-Path "$top/$global:AdaSid/$prf" | Should -BeTrue
    }
    It 'a folder that others could write, with something in it: 1007' {
        $null = [IO.Directory]::CreateDirectory("$top/x")
        (Invoke-Script $json).Code | Should -Be 1007
        Get-PrfFiles | Should -BeNullOrEmpty
    }
    It 'the folder is made and closed before anything else, so that no user can make it meanwhile: <_>' -ForEach 'Install', 'Detect', 'Remove' {
        $null = Invoke-Script $json @{ Action = $_; LogPath = "$($global:W.Root)/own.log" }
        $global:W.Acls.Keys | Should -Contain "$top/$global:AdaSid"
    }
    It 'the path that the user''s registry names is not opened' {
        Set-Value "$global:OutlookKey\Setup" 'ImportPRF' "$($global:W.Local)/MailSetup/$prf"
        $null = New-Item -Force -ItemType SymbolicLink -Path "$($global:W.Local)/MailSetup/$prf" -Target /dev/tcp
        (Invoke-Script $json @{ Action = 'Detect' }).Last | Should -Match 'lost'
    }
}

Describe 'runs as the user and as SYSTEM know of each other' {
    BeforeEach { Reset-Windows; $json = New-Json (New-Account) }
    AfterEach { Clear-Windows }

    It 'SYSTEM installed, the user detects: it waits' {
        Set-System
        $null = Invoke-Script $json
        Set-Me 'PC\ada'
        (Invoke-Script $json @{ Action = 'Detect' }).Last | Should -Match 'pending'
    }
    It 'the user installed, SYSTEM detects: it waits' {
        $null = Invoke-Script $json
        Set-System
        (Invoke-Script $json @{ Action = 'Detect' }).Last | Should -Match 'pending'
    }
    It 'an account that the other''s file does not hold does not wait' {
        $null = Invoke-Script $json
        Set-System
        (Invoke-Script (New-Json @((New-Account), (New-Account -Email b@example.org))) @{ Action = 'Detect' }).Code | Should -Be 1
    }
    It 'the user installed, SYSTEM removes, the user installs again: no false 1008' {
        $null = Invoke-Script $json
        Set-System
        (Invoke-Script $json @{ Action = 'Remove' }).Last | Should -Match 'taken back'
        Set-Me 'PC\ada'
        (Invoke-Script $json).Code | Should -Be 0
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 1
    }
    It 'both installed: one account, and no false 1008 after its owner deleted it' {
        Set-System
        $null = Invoke-Script $json
        Set-Me 'PC\ada'
        (Invoke-Script $json).Code | Should -Be 0
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 1
        $null = Invoke-Script $json
        Remove-OutlookAccounts
        Set-System
        (Invoke-Script $json).Code | Should -Be 0
    }
}
