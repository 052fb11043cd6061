# -WhatIf writes nothing and says so; a change that was not confirmed is not claimed.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $global:Faked = New-FakedScript
    $global:Asking = New-FakedScript -Asking
    function Set-State([string] $State, [string] $Json) {
        if ($State -in 'pending', 'overdue', 'refused', 'present', 'present and waiting') { $null = Invoke-Script $Json }
        switch ($State) {
            'folder' { $null = [IO.Directory]::CreateDirectory("$($global:W.Local)/MailSetup") }
            'overdue' { Move-Notes -30 }
            'refused' { $global:W.Outlook = 'refuses'; Start-FakeOutlook }
            'blocked' { Set-Value "$global:OutlookKey\Setup" 'ImportPRF' 'C:\it\corp.prf' }
            'present' { Start-FakeOutlook }
            'present and waiting' {
                $prf = Get-Value "$global:OutlookKey\Setup" 'ImportPRF'
                Start-FakeOutlook
                Set-Value "$global:OutlookKey\Setup" 'ImportPRF' $prf
            }
        }
    }
}
AfterAll { Remove-Item $global:Faked, $global:Asking }

Describe '-WhatIf' {
    BeforeEach { Reset-Windows; $json = New-Json (New-Account) }
    AfterEach { Clear-Windows }

    It 'writes nothing and says so first: <Action>, <State>, -Force:<Force>, SYSTEM:<System>' -ForEach @(
        foreach ($state in 'absent', 'folder', 'pending', 'overdue', 'refused', 'blocked', 'present', 'present and waiting') {
            foreach ($action in 'Install', 'Remove', 'Detect', 'Show') { foreach ($force in $false, $true) { foreach ($system in $false, $true) { @{ State = $state; Action = $action; Force = $force; System = $system } } } }
        }
    ) {
        Set-State $State $json
        if ($System) { Set-System }
        $before = Get-Tree
        $run = Invoke-Script $json @{ Action = $Action; WhatIf = $true; Force = $Force; Launch = $true }
        $run.Writes | Should -BeNullOrEmpty
        Get-Tree | Should -Be $before
        $global:W.Running.Count | Should -Be 0
        $run.Code | Should -Not -Be 1007
        $run.Last | Should -Match '^mail setup: what if, nothing was changed: '
    }
    It 'Thunderbird: nothing is written' {
        Remove-OutlookProgram
        $folder = Add-Thunderbird 'user_pref("mail.accountmanager.accounts", "");'
        $before = [IO.File]::ReadAllText("$folder/prefs.js")
        $run = Invoke-Script $json @{ WhatIf = $true }
        $run.Last | Should -Match 'what if.*would be added to Thunderbird'
        [IO.File]::ReadAllText("$folder/prefs.js") | Should -Be $before
    }
    It 'with -LogPath and several mailboxes' {
        $before = Get-Tree
        $run = Invoke-Script (New-Json @((New-Account), (New-Account -Email b@example.org))) @{ WhatIf = $true; LogPath = "$($global:W.Root)/x/y.log" }
        Get-Tree | Should -Be $before
        $run.Lines | Should -Match 'what if'
    }
    It 'Install does not say that it waits' { (Invoke-Script $json @{ WhatIf = $true }).Last | Should -Match 'would be offered' }
    It 'Remove does not say that nothing waits' {
        $null = Invoke-Script $json
        (Invoke-Script $json @{ WhatIf = $true; Action = 'Remove' }).Last | Should -Match 'would be taken back'
    }
}

Describe '-Confirm, answered no' {
    BeforeEach {
        Reset-Windows
        $json = New-Json (New-Account)
        $global:Ask = { param($Target, $What) $false }
    }
    AfterEach { Clear-Windows }

    It 'Install, no to all: 1007, names what was not confirmed, nothing is written' {
        $run = Invoke-Script $json @{} $global:Asking
        $run.Code | Should -Be 1007
        $run.Last | Should -Match 'not confirmed: .*nothing was done for ada@example.org'
        $run.Writes | Should -BeNullOrEmpty
    }
    It 'Remove, no to all: 1007, and it still waits' {
        $null = Invoke-Script $json
        $run = Invoke-Script $json @{ Action = 'Remove' } $global:Asking
        $run.Code | Should -Be 1007
        $run.Last | Should -Match 'not confirmed'
        Get-Value "$global:OutlookKey\Setup" 'ImportPRF' | Should -Not -BeNullOrEmpty
    }
    It 'no to "<_>": named in the last line, 1007, nothing waits' -ForEach 'Create folder', 'Write Outlook profile file and set ImportPRF' {
        $no = $_
        $global:Ask = { param($Target, $What) $What -ne $no }.GetNewClosure()
        $run = Invoke-Script $json @{} $global:Asking
        $run.Code | Should -Be 1007
        $run.Last | Should -Match "not confirmed: $no"
        Get-Value "$global:OutlookKey\Setup" 'ImportPRF' | Should -BeNullOrEmpty
    }
    It 'Remove, no to deleting the file only: the next Install is no false 1008' {
        $null = Invoke-Script $json
        $global:Ask = { param($Target, $What) $What -ne 'Delete file' }
        (Invoke-Script $json @{ Action = 'Remove' } $global:Asking).Code | Should -Be 1007
        (Invoke-Script $json).Code | Should -Be 0
    }
    It 'no to starting Outlook only: it waits' {
        $global:Ask = { param($Target, $What) $What -ne 'Start Outlook' }
        $run = Invoke-Script $json @{ Launch = $true } $global:Asking
        $run.Code | Should -Be 0
        $run.Last | Should -Match 'waits'
        $run.Writes | Should -Not -Match 'start '
    }
    It 'SYSTEM, no to restricting the folder: nothing is written into it' {
        Set-System
        $global:Ask = { param($Target, $What) $What -ne 'Restrict folder' }
        (Invoke-Script $json @{} $global:Asking).Code | Should -Be 1007
        Get-PrfFiles | Should -BeNullOrEmpty
    }
    It 'Thunderbird, no to <What>: 1007, the file is as it was' -ForEach @(@{ What = 'adding'; Server = '' }, @{ What = 'changing'; Server = 'imap.new.example' }) {
        Remove-OutlookProgram
        $folder = Add-Thunderbird ''
        if ($Server) { $null = Invoke-Script $json }
        $before = Get-ChildItem $folder -File -Exclude parent.lock | Get-FileHash
        $run = Invoke-Script (New-Json (New-Account -Server $Server)) @{} $global:Asking
        $run.Code | Should -Be 1007
        $run.Last | Should -Match 'not confirmed: (Add|Change) account'
        (Get-ChildItem $folder -File -Exclude parent.lock | Get-FileHash).Hash | Should -Be $before.Hash
    }
}
