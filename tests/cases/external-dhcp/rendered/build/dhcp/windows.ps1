# Made by ipxegen for the site Guests of the university: edit the site, not this file.
#
# Tells a DHCP server of Windows Server 2012 R2 or later what machines boot. Run it there, as administrator;
# the scopes must be there. It may run again: what is there already is replaced.

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
Import-Module DhcpServer

function Add-Class([string] $Name, [string] $Type, [string] $Data) {
    if (-not (Get-DhcpServerv4Class -Type $Type | Where-Object { $_.Name -eq $Name })) {
        Add-DhcpServerv4Class -Name $Name -Type $Type -Data $Data
    }
}

function Add-Definition([int] $Id, [string] $Name, [string] $Type) {
    if (-not (Get-DhcpServerv4OptionDefinition | Where-Object { $_.OptionId -eq $Id })) {
        Add-DhcpServerv4OptionDefinition -OptionId $Id -Name $Name -Type $Type
    }
}

function Set-Boot([string] $Scope, [string] $Name, [string] $Vendor, [string] $User, [string] $Server, [string] $File, [string] $Class, [string[]] $NotMacs = @()) {
    Get-DhcpServerv4Policy -ScopeId $Scope | Where-Object { $_.Name -eq $Name } | Remove-DhcpServerv4Policy
    $condition = @{ ScopeId = $Scope; Name = $Name; Condition = 'AND' }
    if ($Vendor) { $condition.VendorClass = 'EQ', "$Vendor*" }
    if ($User) { $condition.UserClass = 'EQ', $User } else { $condition.UserClass = 'NE', 'iPXE' }
    if ($NotMacs) { $condition.MacAddress = @('NE') + $NotMacs }
    Add-DhcpServerv4Policy @condition
    if ($Server) { Set-DhcpServerv4OptionValue -ScopeId $Scope -PolicyName $Name -OptionId 66 -Value $Server }
    Set-DhcpServerv4OptionValue -ScopeId $Scope -PolicyName $Name -OptionId 67 -Value $File
    if ($Class) { Set-DhcpServerv4OptionValue -ScopeId $Scope -PolicyName $Name -OptionId 60 -Value $Class }
}

# An option 60 of the scope reaches every client of it. WDS leaves `PXEClient` behind: a PXE client then asks this
# server's port 4011 for its file and not the policies below; `HTTPClient` has UEFI refuse what comes by TFTP.
function Clear-Class([string] $Scope) {
    if (Get-DhcpServerv4OptionValue -ScopeId $Scope -ErrorAction SilentlyContinue | Where-Object { $_.OptionId -eq 60 }) {
        Remove-DhcpServerv4OptionValue -ScopeId $Scope -OptionId 60
    }
}

function Get-Bytes([string] $Hex) {
    ,[byte[]] @($Hex.Split(':') | ForEach-Object { [Convert]::ToByte($_, 16) })
}

Add-Definition 60 'Vendor class' 'String'
# The server's own value reaches other scopes as well, so it is not removed without being asked.
if (Get-DhcpServerv4OptionValue -ErrorAction SilentlyContinue | Where-Object { $_.OptionId -eq 60 }) {
    Write-Warning 'Option 60 is set for the whole server, and PXE clients of these scopes inherit it. If no other scope needs it: Remove-DhcpServerv4OptionValue -OptionId 60'
}
Add-Definition 175 'iPXE' 'BinaryData'
Add-Class 'iPXE' 'User' 'iPXE'
# A Raspberry Pi presents itself as a BIOS client, and runs no program of a PC.
$RaspberryPi = 'B827EB*', 'DCA632*', 'E45F01*', '28CDC1*', 'D83ADD*', '2CCF67*', '88A29E*'

Add-Class 'PXEClient:Arch:00000' 'Vendor' 'PXEClient:Arch:00000'
Add-Class 'PXEClient:Arch:00006' 'Vendor' 'PXEClient:Arch:00006'
Add-Class 'PXEClient:Arch:00007' 'Vendor' 'PXEClient:Arch:00007'
Add-Class 'PXEClient:Arch:00009' 'Vendor' 'PXEClient:Arch:00009'
Add-Class 'PXEClient:Arch:00011' 'Vendor' 'PXEClient:Arch:00011'
Add-Class 'HTTPClient:Arch:00015' 'Vendor' 'HTTPClient:Arch:00015'
Add-Class 'HTTPClient:Arch:00016' 'Vendor' 'HTTPClient:Arch:00016'
Add-Class 'HTTPClient:Arch:00019' 'Vendor' 'HTTPClient:Arch:00019'

# lan
Clear-Class '10.0.0.0'
Set-Boot '10.0.0.0' 'ipxegen iPXE' '' 'iPXE' '10.0.0.200' 'http://10.0.0.200/install.ipxe' ''
Set-Boot '10.0.0.0' 'ipxegen bios 00000' 'PXEClient:Arch:00000' '' '10.0.0.200' 'undionly.kpxe' '' $RaspberryPi
Set-Boot '10.0.0.0' 'ipxegen efi_ia32 00006' 'PXEClient:Arch:00006' '' '10.0.0.200' 'ipxe32.efi' ''
Set-Boot '10.0.0.0' 'ipxegen efi_x64 00007' 'PXEClient:Arch:00007' '' '10.0.0.200' 'ipxe.efi' ''
Set-Boot '10.0.0.0' 'ipxegen efi_x64 00009' 'PXEClient:Arch:00009' '' '10.0.0.200' 'ipxe.efi' ''
Set-Boot '10.0.0.0' 'ipxegen efi_arm64 00011' 'PXEClient:Arch:00011' '' '10.0.0.200' 'ipxe-arm64.efi' ''
Set-Boot '10.0.0.0' 'ipxegen http_ia32 00015' 'HTTPClient:Arch:00015' '' '10.0.0.200' 'http://10.0.0.200/tftpboot/ipxe32.efi' 'HTTPClient'
Set-Boot '10.0.0.0' 'ipxegen http_x64 00016' 'HTTPClient:Arch:00016' '' '10.0.0.200' 'http://10.0.0.200/tftpboot/ipxe.efi' 'HTTPClient'
Set-Boot '10.0.0.0' 'ipxegen http_arm64 00019' 'HTTPClient:Arch:00019' '' '10.0.0.200' 'http://10.0.0.200/tftpboot/ipxe-arm64.efi' 'HTTPClient'
Set-DhcpServerv4OptionValue -ScopeId '10.0.0.0' -OptionId 175 -Value (Get-Bytes 'b0:01:01:dc:11:68:74:74:70:3a:2f:2f:31:30:2e:30:2e:30:2e:32:30:30:dd:0a:31:30:2e:30:2e:30:2e:32:30:30:de:0a:31:30:2e:30:2e:30:2e:32:30:30:df:0a:31:30:2e:30:2e:30:2e:32:30:30')

# lab
Clear-Class '10.0.1.0'
Set-Boot '10.0.1.0' 'ipxegen iPXE' '' 'iPXE' '10.0.1.200' 'http://10.0.1.200/install.ipxe' ''
Set-Boot '10.0.1.0' 'ipxegen bios 00000' 'PXEClient:Arch:00000' '' '10.0.1.200' 'undionly.kpxe' '' $RaspberryPi
Set-Boot '10.0.1.0' 'ipxegen efi_ia32 00006' 'PXEClient:Arch:00006' '' '10.0.1.200' 'ipxe32.efi' ''
Set-Boot '10.0.1.0' 'ipxegen efi_x64 00007' 'PXEClient:Arch:00007' '' '10.0.1.200' 'ipxe.efi' ''
Set-Boot '10.0.1.0' 'ipxegen efi_x64 00009' 'PXEClient:Arch:00009' '' '10.0.1.200' 'ipxe.efi' ''
Set-Boot '10.0.1.0' 'ipxegen efi_arm64 00011' 'PXEClient:Arch:00011' '' '10.0.1.200' 'ipxe-arm64.efi' ''
Set-Boot '10.0.1.0' 'ipxegen http_ia32 00015' 'HTTPClient:Arch:00015' '' '10.0.1.200' 'http://10.0.1.200/tftpboot/ipxe32.efi' 'HTTPClient'
Set-Boot '10.0.1.0' 'ipxegen http_x64 00016' 'HTTPClient:Arch:00016' '' '10.0.1.200' 'http://10.0.1.200/tftpboot/ipxe.efi' 'HTTPClient'
Set-Boot '10.0.1.0' 'ipxegen http_arm64 00019' 'HTTPClient:Arch:00019' '' '10.0.1.200' 'http://10.0.1.200/tftpboot/ipxe-arm64.efi' 'HTTPClient'
Set-DhcpServerv4OptionValue -ScopeId '10.0.1.0' -OptionId 175 -Value (Get-Bytes 'b0:01:01:e0:04:6c:69:76:65:e2:08:31:30:2e:30:2e:31:2e:35:dc:11:68:74:74:70:3a:2f:2f:31:30:2e:30:2e:31:2e:32:30:30:dd:0a:31:30:2e:30:2e:31:2e:32:30:30:de:0a:31:30:2e:30:2e:31:2e:32:30:30:df:0a:31:30:2e:30:2e:31:2e:32:30:30')

# guests

if (-not (Get-DhcpServerv4Reservation -ScopeId '10.0.1.0' | Where-Object { $_.ClientId -eq '52-54-00-00-00-01' })) {
    Add-DhcpServerv4Reservation -ScopeId '10.0.1.0' -IPAddress '10.0.1.11' -ClientId '52-54-00-00-00-01' -Name 'pc-01'
}
Set-DhcpServerv4OptionValue -ReservedIP '10.0.1.11' -OptionId 175 -Value (Get-Bytes 'b0:01:01:e2:08:31:30:2e:30:2e:31:2e:35:dc:11:68:74:74:70:3a:2f:2f:31:30:2e:30:2e:31:2e:32:30:30:dd:0a:31:30:2e:30:2e:31:2e:32:30:30:de:0a:31:30:2e:30:2e:31:2e:32:30:30:df:0a:31:30:2e:30:2e:31:2e:32:30:30:e0:04:6c:69:76:65:e1:01:01')

if (-not (Get-DhcpServerv4Reservation -ScopeId '10.0.1.0' | Where-Object { $_.ClientId -eq '52-54-00-00-00-02' })) {
    Add-DhcpServerv4Reservation -ScopeId '10.0.1.0' -IPAddress '10.0.1.12' -ClientId '52-54-00-00-00-02' -Name 'disk'
}
Set-DhcpServerv4OptionValue -ReservedIP '10.0.1.12' -OptionId 17 -Value 'iscsi:10.0.1.9::::iqn.2024-01.org.example:disk'
Set-DhcpServerv4OptionValue -ReservedIP '10.0.1.12' -OptionId 175 -Value (Get-Bytes 'b0:01:01:e0:04:6c:69:76:65:e2:08:31:30:2e:30:2e:31:2e:35:dc:11:68:74:74:70:3a:2f:2f:31:30:2e:30:2e:31:2e:32:30:30:dd:0a:31:30:2e:30:2e:31:2e:32:30:30:de:0a:31:30:2e:30:2e:31:2e:32:30:30:df:0a:31:30:2e:30:2e:31:2e:32:30:30:08:01:01')

if (-not (Get-DhcpServerv4Reservation -ScopeId '10.0.1.0' | Where-Object { $_.ClientId -eq '52-54-00-00-00-04' })) {
    Add-DhcpServerv4Reservation -ScopeId '10.0.1.0' -IPAddress '10.0.1.13' -ClientId '52-54-00-00-00-04' -Name 'laptop'
}
# 52:54:00:00:00:05 of laptop has no reservation: Windows reserves an address for one MAC address.
Set-DhcpServerv4OptionValue -ReservedIP '10.0.1.13' -OptionId 175 -Value (Get-Bytes 'b0:01:01:e2:08:31:30:2e:30:2e:31:2e:35:dc:11:68:74:74:70:3a:2f:2f:31:30:2e:30:2e:31:2e:32:30:30:dd:0a:31:30:2e:30:2e:31:2e:32:30:30:de:0a:31:30:2e:30:2e:31:2e:32:30:30:df:0a:31:30:2e:30:2e:31:2e:32:30:30:e0:04:6c:69:76:65')

if (-not (Get-DhcpServerv4Reservation -ScopeId '10.0.1.0' | Where-Object { $_.ClientId -eq '52-54-00-00-00-06' })) {
    Add-DhcpServerv4Reservation -ScopeId '10.0.1.0' -IPAddress '10.0.1.14' -ClientId '52-54-00-00-00-06' -Name 'printer'
}
