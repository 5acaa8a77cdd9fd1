@echo off
rem Made by ipxegen for the site Rare keys: edit the site, not this file.
rem Run it as administrator in the "Deployment and Imaging Tools Environment" of the Windows ADK, with the
rem ADK's add-on for Windows PE installed. It makes winpe-tftp.tar.gz: unpack that in the TFTP root.
setlocal EnableExtensions DisableDelayedExpansion

net session >nul 2>&1
if not %errorlevel%==0 goto not_administrator
where copype >nul 2>&1
if not %errorlevel%==0 goto no_adk
if exist "C:\WinPE\tftp" goto not_empty
if exist "C:\WinPE\amd64" goto not_empty
if not exist "C:\WinPE" mkdir "C:\WinPE"
if not %errorlevel%==0 goto failed

call :amd64
if not %errorlevel%==0 goto failed

tar -czf "C:\WinPE\winpe-tftp.tar.gz" -C "C:\WinPE\tftp" .
if not %errorlevel%==0 goto failed
echo.
echo Done. Unpack it in the TFTP root of the server:
echo   tar -xzf winpe-tftp.tar.gz -C /srv/tftp
exit /b 0

rem ---------------------------------------------------------------- amd64
:amd64
call copype amd64 "C:\WinPE\amd64"
if not %errorlevel%==0 exit /b 1
Dism /Mount-Image /ImageFile:"C:\WinPE\amd64\media\sources\boot.wim" /Index:1 /MountDir:"C:\WinPE\amd64\mount"
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"D:\ADK\Windows Preinstallation Environment\amd64\WinPE_OCs\de-de\lp.cab"
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\WinPE\amd64\mount" /Set-AllIntl:"de-de"
if not %errorlevel%==0 goto amd64_discard
Dism /Unmount-Image /MountDir:"C:\WinPE\amd64\mount" /Commit
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\WinPE\tftp\windows\Boot" mkdir "C:\WinPE\tftp\windows\Boot"
copy /y "C:\WinPE\amd64\media\Boot\BCD" "C:\WinPE\tftp\windows\Boot\BCD"
if not %errorlevel%==0 exit /b 1
if not exist "C:\WinPE\tftp\windows\Boot" mkdir "C:\WinPE\tftp\windows\Boot"
copy /y "C:\WinPE\amd64\media\Boot\boot.sdi" "C:\WinPE\tftp\windows\Boot\boot.sdi"
if not %errorlevel%==0 exit /b 1
if not exist "C:\WinPE\tftp\windows\sources" mkdir "C:\WinPE\tftp\windows\sources"
copy /y "C:\WinPE\amd64\media\sources\boot.wim" "C:\WinPE\tftp\windows\sources\boot.wim"
if not %errorlevel%==0 exit /b 1
exit /b 0
:amd64_discard
echo ERROR: the image for amd64 is given up; the message stands above.
Dism /Unmount-Image /MountDir:"C:\WinPE\amd64\mount" /Discard
exit /b 1

:not_administrator
echo ERROR: this needs the rights of an administrator.
exit /b 1
:no_adk
echo ERROR: copype is not found. Start this in the "Deployment and Imaging Tools Environment" of the Windows ADK,
echo with its add-on for Windows PE installed below:
echo   D:\ADK
exit /b 1
:not_empty
echo ERROR: something of an earlier build stands in C:\WinPE.
echo Delete it first. If an image is still mounted there: Dism /Cleanup-Mountpoints
exit /b 1
:failed
echo ERROR: the build stopped; the message stands above.
exit /b 1
