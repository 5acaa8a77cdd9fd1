@echo off
rem Made by ipxegen for the site Riverside School: edit the site, not this file.
rem Run it as administrator in the "Deployment and Imaging Tools Environment" of the Windows ADK, with the
rem ADK's add-on for Windows PE installed. It makes winpe-tftp.tar.gz: unpack that in the TFTP root.
setlocal EnableExtensions DisableDelayedExpansion

net session >nul 2>&1
if not %errorlevel%==0 goto not_administrator
where copype >nul 2>&1
if not %errorlevel%==0 goto no_adk
if exist "C:\WinPE\tftp" goto not_empty
if exist "C:\WinPE\amd64" goto not_empty
if exist "C:\WinPE\x86" goto not_empty
if not exist "C:\WinPE" mkdir "C:\WinPE"
if not %errorlevel%==0 goto failed

call :amd64
if not %errorlevel%==0 goto failed

call :x86
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
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\lp.cab"
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-WMI.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-WMI_en-gb.cab" goto amd64_without_2
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-WMI_en-gb.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_2
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-NetFx.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-NetFx_en-gb.cab" goto amd64_without_4
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-NetFx_en-gb.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_4
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-Scripting.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-Scripting_en-gb.cab" goto amd64_without_6
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-Scripting_en-gb.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_6
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-PowerShell.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-PowerShell_en-gb.cab" goto amd64_without_8
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-PowerShell_en-gb.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_8
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-StorageWMI.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-StorageWMI_en-gb.cab" goto amd64_without_10
Dism /Image:"C:\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\en-gb\WinPE-StorageWMI_en-gb.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_10
Dism /Image:"C:\WinPE\amd64\mount" /Add-Driver /Driver:"C:\Drivers\net" /Recurse
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\WinPE\amd64\mount" /Get-Drivers
Dism /Image:"C:\WinPE\amd64\mount" /Set-AllIntl:"en-gb"
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\WinPE\amd64\mount" /Set-TimeZone:"GMT Standard Time"
if not %errorlevel%==0 goto amd64_discard
Dism /Unmount-Image /MountDir:"C:\WinPE\amd64\mount" /Commit
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\WinPE\tftp\winpe\amd64\Boot" mkdir "C:\WinPE\tftp\winpe\amd64\Boot"
copy /y "C:\WinPE\amd64\media\Boot\BCD" "C:\WinPE\tftp\winpe\amd64\Boot\BCD"
if not %errorlevel%==0 exit /b 1
if not exist "C:\WinPE\tftp\winpe\amd64\Boot" mkdir "C:\WinPE\tftp\winpe\amd64\Boot"
copy /y "C:\WinPE\amd64\media\Boot\boot.sdi" "C:\WinPE\tftp\winpe\amd64\Boot\boot.sdi"
if not %errorlevel%==0 exit /b 1
if not exist "C:\WinPE\tftp\winpe\amd64\sources" mkdir "C:\WinPE\tftp\winpe\amd64\sources"
copy /y "C:\WinPE\amd64\media\sources\boot.wim" "C:\WinPE\tftp\winpe\amd64\sources\boot.wim"
if not %errorlevel%==0 exit /b 1
exit /b 0
:amd64_discard
echo ERROR: the image for amd64 is given up; the message stands above.
Dism /Unmount-Image /MountDir:"C:\WinPE\amd64\mount" /Discard
exit /b 1

rem ---------------------------------------------------------------- x86
:x86
call copype x86 "C:\WinPE\x86"
if not %errorlevel%==0 exit /b 1
Dism /Mount-Image /ImageFile:"C:\WinPE\x86\media\sources\boot.wim" /Index:1 /MountDir:"C:\WinPE\x86\mount"
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\lp.cab"
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-WMI.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-WMI_en-gb.cab" goto x86_without_2
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-WMI_en-gb.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_2
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-NetFx.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-NetFx_en-gb.cab" goto x86_without_4
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-NetFx_en-gb.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_4
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-Scripting.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-Scripting_en-gb.cab" goto x86_without_6
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-Scripting_en-gb.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_6
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-PowerShell.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-PowerShell_en-gb.cab" goto x86_without_8
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-PowerShell_en-gb.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_8
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-StorageWMI.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-StorageWMI_en-gb.cab" goto x86_without_10
Dism /Image:"C:\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\en-gb\WinPE-StorageWMI_en-gb.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_10
Dism /Image:"C:\WinPE\x86\mount" /Add-Driver /Driver:"C:\Drivers\net" /Recurse
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\WinPE\x86\mount" /Get-Drivers
Dism /Image:"C:\WinPE\x86\mount" /Set-AllIntl:"en-gb"
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\WinPE\x86\mount" /Set-TimeZone:"GMT Standard Time"
if not %errorlevel%==0 goto x86_discard
Dism /Unmount-Image /MountDir:"C:\WinPE\x86\mount" /Commit
if not %errorlevel%==0 goto x86_discard
if not exist "C:\WinPE\tftp\winpe\x86\Boot" mkdir "C:\WinPE\tftp\winpe\x86\Boot"
copy /y "C:\WinPE\x86\media\Boot\BCD" "C:\WinPE\tftp\winpe\x86\Boot\BCD"
if not %errorlevel%==0 exit /b 1
if not exist "C:\WinPE\tftp\winpe\x86\Boot" mkdir "C:\WinPE\tftp\winpe\x86\Boot"
copy /y "C:\WinPE\x86\media\Boot\boot.sdi" "C:\WinPE\tftp\winpe\x86\Boot\boot.sdi"
if not %errorlevel%==0 exit /b 1
if not exist "C:\WinPE\tftp\winpe\x86\sources" mkdir "C:\WinPE\tftp\winpe\x86\sources"
copy /y "C:\WinPE\x86\media\sources\boot.wim" "C:\WinPE\tftp\winpe\x86\sources\boot.wim"
if not %errorlevel%==0 exit /b 1
exit /b 0
:x86_discard
echo ERROR: the image for x86 is given up; the message stands above.
Dism /Unmount-Image /MountDir:"C:\WinPE\x86\mount" /Discard
exit /b 1

:not_administrator
echo ERROR: this needs the rights of an administrator.
exit /b 1
:no_adk
echo ERROR: copype is not found. Start this in the "Deployment and Imaging Tools Environment" of the Windows ADK,
echo with its add-on for Windows PE installed below:
echo   C:\Program Files ^(x86^)\Windows Kits\10\Assessment and Deployment Kit
exit /b 1
:not_empty
echo ERROR: something of an earlier build stands in C:\WinPE.
echo Delete it first. If an image is still mounted there: Dism /Cleanup-Mountpoints
exit /b 1
:failed
echo ERROR: the build stopped; the message stands above.
exit /b 1
