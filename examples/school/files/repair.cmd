@echo off
rem What is used most when a machine does not start; typed in the window of Windows PE.
bootrec /scanos
