{"format":2,"tool":"=mailmuster 0.1.0","defaultAction":"=Install","pendingDays":14,"provider":"=CenturyLink","accounts":[{"id":"=60e19f46-3e73-5519-bb48-af1bc2220485","windowsUser":"=","displayName":"=Ada Lovelace","email":"=ada.lovelace@centurylink.net","incoming":{"protocol":"=imap","host":"=imap.centurylink.net","port":993,"security":"=tls","user":"=ada.lovelace@centurylink.net"},"outgoing":{"host":"=smtp.centurylink.net","port":587,"security":"=starttls","user":"=ada.lovelace@centurylink.net"}}]}
'@
#endregion

Invoke-MailSetup -DataJson $DataJson
}
