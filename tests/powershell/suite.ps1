# Runs the suite, or the named files of it; `run` starts it. Exit code: how many tests failed.
param([Parameter(ValueFromRemainingArguments = $true)] [string[]] $Files)
Import-Module Pester -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = @(if ($Files) { $Files | ForEach-Object { Join-Path $PSScriptRoot $_ } } else { $PSScriptRoot })
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'None'
$result = Invoke-Pester -Configuration $configuration
foreach ($test in $result.Failed) { "FAILED $($test.ExpandedPath): $("$($test.ErrorRecord[0])" -replace '\s+', ' ')" }
foreach ($container in $result.FailedContainers) { "FAILED $($container.Item): $($container.ErrorRecord)" }
"passed $($result.PassedCount), failed $($result.FailedCount), skipped $($result.SkippedCount)"
exit [Math]::Min(100, $result.FailedCount + $result.FailedContainersCount)
