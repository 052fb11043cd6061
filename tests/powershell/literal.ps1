# Reads data blocks with the script's own reader. Each line of the file: a name and a login in base64 of UTF-8,
# and the JSON of a data block that holds them. Prints what came out otherwise; exit code: how many.
#   pwsh -File literal.ps1 SCRIPT FILE
param([Parameter(Mandatory)] [string] $Script, [Parameter(Mandatory)] [string] $File)
$ErrorActionPreference = 'Stop'
$ast = [Management.Automation.Language.Parser]::ParseFile($Script, [ref] $null, [ref] $null)
. ([scriptblock]::Create(($ast.EndBlock.Statements | Where-Object { $_ -is [Management.Automation.Language.FunctionDefinitionAst] }).Extent.Text -join "`n"))
Set-StrictMode -Version 2.0
$wrong = 0
$lines = 0
foreach ($line in [IO.File]::ReadAllLines($File)) {
    $lines++
    $name, $login, $json = $line.Split("`t")
    try {
        $account = @((Read-DataBlock $json).accounts)[0]
        foreach ($pair in @(@($name, $account.displayName), @($login, $account.incoming.user))) {
            $read = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($pair[1]))
            if ($pair[1] -isnot [string] -or $read -cne $pair[0]) { throw "$read instead of $($pair[0])" }
        }
    }
    catch {
        "line ${lines}: $_"
        $wrong++
    }
}
"$lines data blocks read, $wrong wrong"
exit [Math]::Min(100, $wrong + [int] ($lines -eq 0))
