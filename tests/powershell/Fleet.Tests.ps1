# Fleet scripts as `mailmuster export windows` wrote them into $env:FLEET, two parts of them. Every part runs on every PC.
BeforeDiscovery { $without = -not $env:FLEET }
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $global:Faked = New-FakedScript
    # The data block of every copy that does $Action, part by part
    function global:Get-FleetJson([string] $Action) {
        foreach ($file in Get-ChildItem $env:FLEET -Filter "$Action-Mail-*.ps1" | Sort-Object Name) {
            $text = [IO.File]::ReadAllText($file.FullName)
            $begin = $text.IndexOf("`$DataJson = @'`r`n", [StringComparison]::Ordinal) + "`$DataJson = @'`r`n".Length
            $text.Substring($begin, $text.IndexOf("`r`n'@", $begin, [StringComparison]::Ordinal) - $begin)
        }
    }
    # Runs every part without arguments, as agents do
    function global:Invoke-Fleet([string] $Action) { return @(Get-FleetJson $Action | ForEach-Object { Invoke-Script $_ }) }
}
AfterAll { Remove-Item $global:Faked }

Describe 'fleet scripts' -Skip:$without {
    BeforeEach { Reset-Windows }
    AfterEach { Clear-Windows }

    It 'are in two parts, and each copy has the same people' {
        foreach ($action in 'Install', 'Detect', 'Remove') { @(Get-FleetJson $action).Count | Should -Be 2 }
        foreach ($part in 0, 1) {
            $all = foreach ($action in 'Install', 'Detect', 'Remove') { @(Get-FleetJson $action)[$part].Replace("=$action", '') }
            @($all | Sort-Object -Unique).Count | Should -Be 1
        }
    }
    It '<Me> <Upn> gets <Emails>' -ForEach @(
        @{ Me = 'CORP\user377'; Emails = 'user377@centurylink.net' }, @{ Me = 'corp\USER40'; Emails = 'user40@centurylink.net' }
        @{ Me = 'PC7\ada'; Emails = 'ada@q.com' }, @{ Me = 'CORP\ADA'; Emails = 'ada@q.com' }
        @{ Me = 'PC1\dan'; Emails = 'dan1@q.com' }, @{ Me = 'pc2\Dan'; Emails = 'dan2@q.com' }
        @{ Me = 'AzureAD\EveExample'; Upn = 'Eve@corp.example'; Emails = 'eve@q.com' }, @{ Me = "PC\JÜRGEN O'Neil"; Emails = 'jurgen@q.com' }
        @{ Me = 'CORP\two'; Emails = 'info@q.com,two@q.com' }, @{ Me = 'PC\amb'; Emails = 'other@q.com' }
    ) {
        Set-Me $Me $Upn
        (Invoke-Fleet 'Detect').Code | Sort-Object | Should -Be 0, 1
        $runs = Invoke-Fleet 'Install'
        $runs.Code | Should -Be 0, 0
        @($runs | Where-Object { $_.Last -match 'nothing to do' }).Count | Should -Be 1
        (Invoke-Fleet 'Detect').Code | Should -Be 0, 0
        Start-FakeOutlook
        (@(Get-OutlookAccounts).Email | Sort-Object) -join ',' | Should -Be $Emails
        ($runs.Lines -join ' ') -match '@' | Should -BeTrue
        @([regex]::Matches(($runs.Lines -join ' '), '[a-z0-9.]+@[a-z.]+') | ForEach-Object { $_.Value } | Sort-Object -Unique) -join ',' | Should -Be $Emails
    }
    It 'nobody in the list is <Me>: 0, and nothing is changed' -ForEach @(
        @{ Me = 'PC\user377' }, @{ Me = 'PC3\dan' }, @{ Me = 'CORP\eve' }, @{ Me = 'PC9\amb' }
    ) {
        Set-Me $Me
        $before = Get-Tree
        foreach ($action in 'Install', 'Detect', 'Remove') {
            foreach ($run in Invoke-Fleet $action) {
                $run.Code | Should -Be 0
                $run.Last | Should -Match 'nothing to do'
                $run.Writes | Should -BeNullOrEmpty
            }
        }
        Get-Tree | Should -Be $before
    }
    It 'Remove takes back what waits' {
        Set-Me 'CORP\user12'
        $null = Invoke-Fleet 'Install'
        @(Invoke-Fleet 'Remove').Last -match 'taken back' | Should -Not -BeNullOrEmpty
        Start-FakeOutlook
        @(Get-OutlookAccounts).Count | Should -Be 0
    }
    It 'SYSTEM serves the user at the desktop' {
        Set-System $global:BobSid
        Add-Sid $global:BobSid 'CORP\user250' "$($global:W.Root)/Users/bob"
        (Invoke-Fleet 'Install').Code | Should -Be 0, 0
        Get-PrfFiles | Should -HaveCount 1
        Start-FakeOutlook $global:BobSid
        @(Get-OutlookAccounts $global:BobSid).Email | Should -Be 'user250@centurylink.net'
        @(Get-OutlookAccounts).Count | Should -Be 0
    }
    It 'SYSTEM serves nobody where two are signed in' {
        Set-System $global:AdaSid, $global:BobSid
        Add-Sid $global:BobSid 'CORP\user250' "$($global:W.Root)/Users/bob"
        foreach ($run in Invoke-Fleet 'Install') {
            $run.Code | Should -Be 1002
            $run.Writes | Should -BeNullOrEmpty
        }
    }
}
