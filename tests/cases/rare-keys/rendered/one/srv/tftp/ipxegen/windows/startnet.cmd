@echo off
rem Made by ipxegen for the site Rare keys: edit the site, not this file.
setlocal DisableDelayedExpansion

echo Starting the network
wpeinit
wpeutil WaitForNetwork

rem A switch may block all traffic for half a minute after the link is up.
set /a ipxegen_tries=0
:ipxegen_connect
set /a ipxegen_tries+=1
echo Connecting to \\10.0.0.1\install, attempt %ipxegen_tries% of 15
net use Z: "\\10.0.0.1\install" * /USER:"installer" /PERSISTENT:NO
if %errorlevel%==0 goto ipxegen_setup
if %ipxegen_tries% geq 15 goto ipxegen_no_share
ping -n 4 127.0.0.1 >nul
goto ipxegen_connect

:ipxegen_setup
Z:
if not exist "Z:\setup.exe" goto ipxegen_no_setup
echo Starting Z:\setup.exe
"Z:\setup.exe"
if not %errorlevel%==0 goto ipxegen_setup_failed
wpeutil reboot
exit /b 0

:ipxegen_no_share
echo.
echo ERROR: \\10.0.0.1\install cannot be reached as installer.
echo Look at the message of "net use" above, and at ipconfig.
goto ipxegen_prompt

:ipxegen_no_setup
echo.
echo ERROR: there is no Z:\setup.exe on \\10.0.0.1\install.
goto ipxegen_prompt

:ipxegen_setup_failed
echo.
echo ERROR: Z:\setup.exe ended with an error; its log is in X:\Windows\Panther.

:ipxegen_prompt
rem Windows PE runs this file with "cmd /k": a prompt opens when it ends. Windows PE restarts when the prompt ends.
echo Type exit to restart the machine.
exit /b 1
