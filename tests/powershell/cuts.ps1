# Cuts a script at every line end and every 997 characters: each part must be an error for the parser, or hold nothing
# of the body yet. Prints the others; exit code: how many.
#   pwsh -File cuts.ps1 FILE
param([Parameter(Mandatory)] [string] $Path)
$text = [IO.File]::ReadAllText((Resolve-Path -LiteralPath $Path).Path)
$block = $text.IndexOf('# SIG # Begin', [StringComparison]::Ordinal)
# from the end of the script's code on it is whole
$end = $text.LastIndexOf('}', $(if ($block -ge 0) { $block } else { $text.Length - 1 })) + 1
$cuts = [Collections.Generic.SortedSet[int]]::new()
for ($i = 0; $i -lt $end; $i += 997) { $null = $cuts.Add($i) }
for ($i = $text.IndexOf("`n"); $i -ge 0 -and $i + 1 -lt $end; $i = $text.IndexOf("`n", $i + 1)) { $null = $cuts.Add($i + 1) }
$silent = 0
foreach ($cut in $cuts) {
    $errors = $null
    $ast = [Management.Automation.Language.Parser]::ParseInput($text.Substring(0, $cut), [ref] $null, [ref] $errors)
    if ($errors.Count -or -not $ast.EndBlock -or $ast.EndBlock.Statements.Count -eq 0) { continue }
    "cut after $cut characters: it is a program"
    $silent++
}
"$($cuts.Count) cuts"
exit [Math]::Min(100, $silent)
