@echo off
rem Made by ipxegen for the site School: edit the site, not this file.
rem Run it as administrator in the "Deployment and Imaging Tools Environment" of the Windows ADK, with the
rem ADK's add-on for Windows PE installed. It makes winpe-tftp.tar.gz: unpack that in the TFTP root.
setlocal EnableExtensions DisableDelayedExpansion

net session >nul 2>&1
if not %errorlevel%==0 goto not_administrator
where copype >nul 2>&1
if not %errorlevel%==0 goto no_adk
if exist "C:\Temp\WinPE\tftp" goto not_empty
if exist "C:\Temp\WinPE\amd64" goto not_empty
if exist "C:\Temp\WinPE\x86" goto not_empty
if not exist "C:\Temp\WinPE" mkdir "C:\Temp\WinPE"
if not %errorlevel%==0 goto failed

call :amd64
if not %errorlevel%==0 goto failed

call :x86
if not %errorlevel%==0 goto failed

tar -czf "C:\Temp\WinPE\winpe-tftp.tar.gz" -C "C:\Temp\WinPE\tftp" .
if not %errorlevel%==0 goto failed
echo.
echo Done. Unpack it in the TFTP root of the server:
echo   tar -xzf winpe-tftp.tar.gz -C /srv/tftp
exit /b 0

rem ---------------------------------------------------------------- amd64
:amd64
call copype amd64 "C:\Temp\WinPE\amd64"
if not %errorlevel%==0 exit /b 1
Dism /Mount-Image /ImageFile:"C:\Temp\WinPE\amd64\media\sources\boot.wim" /Index:1 /MountDir:"C:\Temp\WinPE\amd64\mount"
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\lp.cab"
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-FontSupport-JA-JP.cab"
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-WMI.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-WMI_ja-jp.cab" goto amd64_without_3
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-WMI_ja-jp.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_3
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-NetFx.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-NetFx_ja-jp.cab" goto amd64_without_5
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-NetFx_ja-jp.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_5
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-Scripting.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-Scripting_ja-jp.cab" goto amd64_without_7
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-Scripting_ja-jp.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_7
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-PowerShell.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-PowerShell_ja-jp.cab" goto amd64_without_9
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-PowerShell_ja-jp.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_9
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-DismCmdlets.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-DismCmdlets_ja-jp.cab" goto amd64_without_11
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-DismCmdlets_ja-jp.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_11
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-SecureBootCmdlets.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-SecureBootCmdlets_ja-jp.cab" goto amd64_without_13
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-SecureBootCmdlets_ja-jp.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_13
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\WinPE-WDS-Tools.cab"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-WDS-Tools_ja-jp.cab" goto amd64_without_15
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\amd64\WinPE_OCs\ja-jp\WinPE-WDS-Tools_ja-jp.cab"
if not %errorlevel%==0 goto amd64_discard
:amd64_without_15
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Enable-Feature /FeatureName:"SMB1Protocol" /All
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Driver /Driver:"C:\Drivers\net" /Recurse /ForceUnsigned
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Add-Driver /Driver:"C:\Drivers\disk\NVME.INF" /ForceUnsigned
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Get-Drivers
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Set-AllIntl:"ja-jp"
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Set-InputLocale:"0411:00000411"
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Set-LayeredDriver:6
if not %errorlevel%==0 goto amd64_discard
Dism /Image:"C:\Temp\WinPE\amd64\mount" /Set-TimeZone:"Tokyo Standard Time"
if not %errorlevel%==0 goto amd64_discard
if not exist "C:\Temp\WinPE\amd64\mount\Windows\System32" mkdir "C:\Temp\WinPE\amd64\mount\Windows\System32"
copy /y "C:\Tools\curl.exe" "C:\Temp\WinPE\amd64\mount\Windows\System32\curl.exe"
if not %errorlevel%==0 goto amd64_discard
Dism /Unmount-Image /MountDir:"C:\Temp\WinPE\amd64\mount" /Commit
if not %errorlevel%==0 goto amd64_discard
call MakeWinPEMedia /ISO /F "C:\Temp\WinPE\amd64" "C:\Temp\WinPE\winpe-amd64.iso"
if not %errorlevel%==0 exit /b 1
if not exist "C:\Temp\WinPE\tftp\WinPE\amd64\Boot" mkdir "C:\Temp\WinPE\tftp\WinPE\amd64\Boot"
copy /y "C:\Temp\WinPE\amd64\media\Boot\BCD" "C:\Temp\WinPE\tftp\WinPE\amd64\Boot\BCD"
if not %errorlevel%==0 exit /b 1
if not exist "C:\Temp\WinPE\tftp\WinPE\amd64\Boot" mkdir "C:\Temp\WinPE\tftp\WinPE\amd64\Boot"
copy /y "C:\Temp\WinPE\amd64\media\Boot\boot.sdi" "C:\Temp\WinPE\tftp\WinPE\amd64\Boot\boot.sdi"
if not %errorlevel%==0 exit /b 1
if not exist "C:\Temp\WinPE\tftp\WinPE\amd64\sources" mkdir "C:\Temp\WinPE\tftp\WinPE\amd64\sources"
copy /y "C:\Temp\WinPE\amd64\media\sources\boot.wim" "C:\Temp\WinPE\tftp\WinPE\amd64\sources\boot.wim"
if not %errorlevel%==0 exit /b 1
exit /b 0
:amd64_discard
echo ERROR: the image for amd64 is given up; the message stands above.
Dism /Unmount-Image /MountDir:"C:\Temp\WinPE\amd64\mount" /Discard
exit /b 1

rem ---------------------------------------------------------------- x86
:x86
call copype x86 "C:\Temp\WinPE\x86"
if not %errorlevel%==0 exit /b 1
Dism /Mount-Image /ImageFile:"C:\Temp\WinPE\x86\media\sources\boot.wim" /Index:1 /MountDir:"C:\Temp\WinPE\x86\mount"
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\lp.cab"
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-FontSupport-JA-JP.cab"
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-WMI.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-WMI_ja-jp.cab" goto x86_without_3
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-WMI_ja-jp.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_3
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-NetFx.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-NetFx_ja-jp.cab" goto x86_without_5
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-NetFx_ja-jp.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_5
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-Scripting.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-Scripting_ja-jp.cab" goto x86_without_7
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-Scripting_ja-jp.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_7
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-PowerShell.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-PowerShell_ja-jp.cab" goto x86_without_9
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-PowerShell_ja-jp.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_9
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-DismCmdlets.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-DismCmdlets_ja-jp.cab" goto x86_without_11
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-DismCmdlets_ja-jp.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_11
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-SecureBootCmdlets.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-SecureBootCmdlets_ja-jp.cab" goto x86_without_13
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-SecureBootCmdlets_ja-jp.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_13
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\WinPE-WDS-Tools.cab"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-WDS-Tools_ja-jp.cab" goto x86_without_15
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Package /PackagePath:"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit\Windows Preinstallation Environment\x86\WinPE_OCs\ja-jp\WinPE-WDS-Tools_ja-jp.cab"
if not %errorlevel%==0 goto x86_discard
:x86_without_15
Dism /Image:"C:\Temp\WinPE\x86\mount" /Enable-Feature /FeatureName:"SMB1Protocol" /All
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Driver /Driver:"C:\Drivers\net" /Recurse /ForceUnsigned
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\Temp\WinPE\x86\mount" /Add-Driver /Driver:"C:\Drivers\disk\NVME.INF" /ForceUnsigned
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\Temp\WinPE\x86\mount" /Get-Drivers
Dism /Image:"C:\Temp\WinPE\x86\mount" /Set-AllIntl:"ja-jp"
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\Temp\WinPE\x86\mount" /Set-InputLocale:"0411:00000411"
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\Temp\WinPE\x86\mount" /Set-LayeredDriver:6
if not %errorlevel%==0 goto x86_discard
Dism /Image:"C:\Temp\WinPE\x86\mount" /Set-TimeZone:"Tokyo Standard Time"
if not %errorlevel%==0 goto x86_discard
if not exist "C:\Temp\WinPE\x86\mount\Windows\System32" mkdir "C:\Temp\WinPE\x86\mount\Windows\System32"
copy /y "C:\Tools\curl.exe" "C:\Temp\WinPE\x86\mount\Windows\System32\curl.exe"
if not %errorlevel%==0 goto x86_discard
Dism /Unmount-Image /MountDir:"C:\Temp\WinPE\x86\mount" /Commit
if not %errorlevel%==0 goto x86_discard
call MakeWinPEMedia /ISO /F "C:\Temp\WinPE\x86" "C:\Temp\WinPE\winpe-x86.iso"
if not %errorlevel%==0 exit /b 1
if not exist "C:\Temp\WinPE\tftp\WinPE\x86\Boot" mkdir "C:\Temp\WinPE\tftp\WinPE\x86\Boot"
copy /y "C:\Temp\WinPE\x86\media\Boot\BCD" "C:\Temp\WinPE\tftp\WinPE\x86\Boot\BCD"
if not %errorlevel%==0 exit /b 1
if not exist "C:\Temp\WinPE\tftp\WinPE\x86\Boot" mkdir "C:\Temp\WinPE\tftp\WinPE\x86\Boot"
copy /y "C:\Temp\WinPE\x86\media\Boot\boot.sdi" "C:\Temp\WinPE\tftp\WinPE\x86\Boot\boot.sdi"
if not %errorlevel%==0 exit /b 1
if not exist "C:\Temp\WinPE\tftp\WinPE\x86\sources" mkdir "C:\Temp\WinPE\tftp\WinPE\x86\sources"
copy /y "C:\Temp\WinPE\x86\media\sources\boot.wim" "C:\Temp\WinPE\tftp\WinPE\x86\sources\boot.wim"
if not %errorlevel%==0 exit /b 1
exit /b 0
:x86_discard
echo ERROR: the image for x86 is given up; the message stands above.
Dism /Unmount-Image /MountDir:"C:\Temp\WinPE\x86\mount" /Discard
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
echo ERROR: something of an earlier build stands in C:\Temp\WinPE.
echo Delete it first. If an image is still mounted there: Dism /Cleanup-Mountpoints
exit /b 1
:failed
echo ERROR: the build stopped; the message stands above.
exit /b 1
