# Judges a signed script by .NET's own CMS: the signature, and that it is over this text. Exit code 0: valid.
#   pwsh -File signature.ps1 FILE
param([Parameter(Mandatory)] [string] $Path)
$ErrorActionPreference = 'Stop'
$text = [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes((Resolve-Path -LiteralPath $Path).Path))
if ($text -notmatch '(?s)\A(.*?)\r\n# SIG # Begin signature block\r\n(.*)# SIG # End signature block\r\n\z') { throw 'there is no signature block at the end' }
$signed = $Matches[1]
$cms = [Security.Cryptography.Pkcs.SignedCms]::new()
$cms.Decode([Convert]::FromBase64String($Matches[2].Replace('# ', '')))
# the signature alone: whether the certificate is trusted is another question
$cms.CheckSignature($true)
$digest = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([Text.Encoding]::Unicode.GetBytes($signed)))
$content = [Convert]::ToHexString($cms.ContentInfo.Content)
if (-not $content.EndsWith($digest)) { throw 'the signature is over another text' }
foreach ($attribute in $cms.SignerInfos[0].UnsignedAttributes) {
    if ($attribute.Oid.Value -ne '1.3.6.1.4.1.311.3.3.1') { throw "the unsigned attribute $($attribute.Oid.Value) is not known" }
    $token, $length, $signer = $null, 0, $null
    if (-not [Security.Cryptography.Pkcs.Rfc3161TimestampToken]::TryDecode($attribute.Values[0].RawData, [ref] $token, [ref] $length)) { throw 'the time stamp cannot be read' }
    # the imprint, the signature, and the certificate at the time of the stamp; not its chain
    if (-not $token.VerifySignatureForSignerInfo($cms.SignerInfos[0], [ref] $signer)) { throw 'the time stamp does not hold' }
    "time stamp by $($signer.Subject), $($token.TokenInfo.Timestamp.UtcDateTime.ToString('s'))"
}
"valid, signed by $($cms.SignerInfos[0].Certificate.Subject)"
