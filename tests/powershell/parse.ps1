# Judges scripts by PowerShell's own parser: no error, and nothing that Windows PowerShell 5.1 lacks, by the
# list in windows-powershell-5.1.txt. Prints what is wrong; exit code: how much.
#   pwsh -File parse.ps1 FILE...
$known = @{}
foreach ($line in [IO.File]::ReadAllLines("$PSScriptRoot/windows-powershell-5.1.txt")) { if ($line -and $line[0] -ne '#') { $known[$line.Trim()] = $true } }
# Syntax that came with PowerShell 7
$newNodes = 'TernaryExpressionAst', 'PipelineChainAst'
$newTokens = 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'Clean'
$wrong = 0
function Write-Wrong($File, $Extent, $What) {
    "${File}:$($Extent.StartLineNumber): $What"
    $script:wrong++
}
foreach ($file in $args) {
    $tokens = $null
    $errors = $null
    $ast = [Management.Automation.Language.Parser]::ParseFile((Resolve-Path -LiteralPath $file).Path, [ref] $tokens, [ref] $errors)
    foreach ($problem in $errors) { Write-Wrong $file $problem.Extent $problem.Message }
    foreach ($token in $tokens) { if ($newTokens -contains "$($token.Kind)") { Write-Wrong $file $token.Extent "new in PowerShell 7: $($token.Text)" } }
    $functions = @{}
    foreach ($node in $ast.FindAll({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true)) { $functions[$node.Name] = $true }
    foreach ($node in $ast.FindAll({ $true }, $true)) {
        $kind = $node.GetType().Name
        if ($newNodes -contains $kind) { Write-Wrong $file $node.Extent "new in PowerShell 7: $kind" }
        $name = ''
        if ($kind -eq 'CommandAst') {
            $name = $node.GetCommandName()
            if (-not $name) { Write-Wrong $file $node.Extent 'a command whose name is not written out'; continue }
            if ($functions.ContainsKey($name)) { continue }
            foreach ($parameter in $node.CommandElements) { if ($parameter -is [Management.Automation.Language.CommandParameterAst] -and -not $known.ContainsKey("$name -$($parameter.ParameterName)")) { Write-Wrong $file $node.Extent "not on the list: $name -$($parameter.ParameterName)" } }
        }
        elseif ($kind -eq 'TypeExpressionAst' -or $kind -eq 'TypeConstraintAst') { $name = "[$($node.TypeName.FullName)]" }
        elseif ($node -is [Management.Automation.Language.MemberExpressionAst] -and $node.Static) { $name = "[$($node.Expression.TypeName.FullName)]::$($node.Member.Value)" }
        if ($name -and -not $known.ContainsKey($name)) { Write-Wrong $file $node.Extent "not on the list: $name" }
    }
}
exit [Math]::Min(100, $wrong)
