@echo off
rem Starts Set-MailAccount.ps1, which lies beside this file. Nothing in here depends on a person.
rem Delayed expansion stays off, so that "!" in a folder's name is kept.
setlocal EnableExtensions DisableDelayedExpansion
set "script=%~dp0Set-MailAccount.ps1"
set "shell=%SystemRoot%\System32\WindowsPowerShell\v1.0\powershell.exe"
set "say="
set "more="
set "wait="
set "ours="
set "type="
set "self=%~f0"

rem The user must press a key, and a page may open, only after a double-click or "Run as administrator", where
rem the window closes at the end. After a double-click the command line of cmd.exe ends with quote, blank, quote;
rem for an administrator it is exactly what the registry has under cmdfile\shell\runas, with a blank at its end,
rem in the session of a user. An agent or a console leaves no such mark.
rem Delayed expansion reads it, so that an ampersand in it is no operator.
setlocal EnableDelayedExpansion
set "line=!cmdcmdline:"='!"
set "rest=!line:*cmd.exe=!"
set "how="
if "!line:~-3!"=="' '" set "how=user"
if /i "!rest!"==" /C '!self!' " set "how=administrator"
if /i "!rest!"=="' /C '!self!' " set "how=administrator"
if "!how!"=="administrator" if "!SESSIONNAME!"=="" set "how="
if "!how!"=="administrator" if "!USERNAME:~-1!"=="$" set "how="
if "!how!"=="user" (endlocal & set "wait=user") else if "!how!"=="administrator" (endlocal & set "wait=administrator") else endlocal

if not exist "%script%" goto missing
if not "%~1"=="" goto arguments

rem The last line is kept, to see that the script came to its end: one that was cut off may do nothing
rem and exit with 0.
set "out=%TEMP%\Set-Mail-%RANDOM%-%RANDOM%.txt"
"%shell%" -NoLogo -NoProfile -ExecutionPolicy Bypass -File "%script%" > "%out%"
set "code=%ERRORLEVEL%"
if not exist "%out%" goto nolines
type "%out%"
"%SystemRoot%\System32\findstr.exe" /c:"new Outlook" "%out%" >nul && set "type=1"
for /f "usebackq tokens=1,2" %%a in ("%out%") do (
    set "ours="
    if "%%a %%b"=="mail setup:" set "ours=1"
)
del "%out%"
:nolines
if not defined ours goto damaged

if "%code%"=="0" set "say=Done; the line above says what. If your mail program asks for a password, type the one of this mailbox."
if "%code%"=="1002" set "say=Sign in to Windows as the person this mailbox belongs to, then start this again."
if "%code%"=="1004" set "say=No mail program here can be set up by itself. Type in the settings shown above."
if "%code%"=="1006" set "say=The mailbox is in a mail program, and no script can remove it there. Remove it by hand; the line above says where."
if "%code%"=="1007" set "say=Something went wrong; the line above says what. Show it to your administrator."
if "%code%"=="1008" set "say=The account is not in Outlook. Type in the settings shown above."
if "%code%"=="1009" set "say=The mailbox is here with other servers. Change them in the mail program; the line above says which."
if "%code%"=="1618" set "say=Not yet; do what the line above says, then start this again."
if "%code%"=="1001" goto damaged
if "%code%"=="1004" set "type=1"
if "%code%"=="1008" set "type=1"
if not defined say set "say=Stopped with code %code%. Show this window to your administrator."
goto done

rem A caller with arguments reads exit codes (1, 1005 and 1010 come with arguments alone), and may be asked
rem by -Confirm: nothing is kept or added.
:arguments
"%shell%" -NoLogo -NoProfile -ExecutionPolicy Bypass -File "%script%" %*
set "code=%ERRORLEVEL%"
goto end

:damaged
if "%code%"=="0" set "code=1001"
set "say=This copy is damaged, or this PC does not let the script run. Ask for a new one, or show this window to your administrator."
if "%code%"=="1" set "more=For the administrator: where Group Policy sets the execution policy AllSigned, the signer's certificate belongs in Trusted Publishers (TrustedPublisher), and the certificate of its authority in Trusted Root Certification Authorities (Root)."
goto done

:missing
set "code=1007"
echo Set-MailAccount.ps1 is not in the same folder as this file.
echo.
echo Most likely the zip file was opened but not extracted. Do this:
echo   1. Close this window.
echo   2. Right-click the zip file, choose "Extract All" and then "Extract".
echo   3. In the folder that opens, double-click Set-Mail again.
goto end

:done
echo.
echo %say%
if defined more echo %more%
if defined wait if defined type call :open

:end
if defined wait (
    echo.
    pause
)
exit /b %code%

rem Opens the page with the settings, at the part about typing them. Windows drops what follows # in the path of
rem a file, so a small page beside this file leads there; where nothing can be written, the page itself opens.
rem Explorer opens it for an administrator, so that the browser runs as the user.
:open
set "page=%~dp0..\START-HERE.html"
if not exist "%page%" goto :eof
set "way=%~dp0Type-settings.html"
2>nul (>"%way%" echo ^<!doctype html^>^<title^>START-HERE^</title^>^<meta http-equiv="refresh" content="0; url=../START-HERE.html#by-hand"^>^<a href="../START-HERE.html#by-hand"^>START-HERE.html^</a^>)
if exist "%way%" set "page=%way%"
echo The settings to type in open in your browser.
if "%wait%"=="administrator" ("%SystemRoot%\explorer.exe" "%page%") else start "" "%page%"
goto :eof
