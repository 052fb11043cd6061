{"format":2,"tool":"=mailmuster 0.1.0","defaultAction":"=Install","pendingDays":14,"provider":"=CenturyLink","accounts":[{"id":"=aeed9adb-90fd-5e5f-a1ba-07bad49343d4","windowsUser":"=","displayName":"=Bob","email":"=bob@embarqmail.com","incoming":{"protocol":"=pop","host":"=pop.centurylink.net","port":110,"security":"=starttls","user":"=bob.at.work@embarqmail.com"},"outgoing":{"host":"=smtp.centurylink.net","port":465,"security":"=tls","user":"=bob.at.work@embarqmail.com"}}]}
'@
#endregion

Invoke-MailSetup -DataJson $DataJson
}
