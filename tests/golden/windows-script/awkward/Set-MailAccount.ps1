{"format":2,"tool":"=mailmuster 0.1.0","defaultAction":"=Install","pendingDays":14,"provider":"=CenturyLink","accounts":[{"id":"=ffa57bde-dc0c-5317-b6d9-1c32e63fa495","windowsUser":"=","displayName":"=\u00c1ine \u201cZo\u00eb\u201d O\u2019Brien & \u0027Co\u0027 <b>$(calc)</b> `%PATH%` ]]> \u7530\u4e2d \ud83d\udc69\u200d\ud83d\udcbb {{ name }}","email":"=o\u0027brien+x&y@q.com","incoming":{"protocol":"=imap","host":"=imap.centurylink.net","port":993,"security":"=tls","user":"=o\u0027brien+x&y@q.com"},"outgoing":{"host":"=smtp.centurylink.net","port":587,"security":"=starttls","user":"=o\u0027brien+x&y@q.com"}}]}
'@
#endregion

Invoke-MailSetup -DataJson $DataJson
}
