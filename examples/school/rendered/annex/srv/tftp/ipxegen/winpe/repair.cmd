@echo off
rem Looks for Windows installations that the boot menu lacks. Type `repair` in the window of Windows PE.
bootrec /scanos
