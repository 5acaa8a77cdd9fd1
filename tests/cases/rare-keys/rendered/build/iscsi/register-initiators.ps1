# Made by ipxegen for the site Rare keys: edit the site, not this file.
#
# Registers the initiators of initiators.csv, in the same folder, at an iSCSI target of Windows Server. Run
# it on that server as administrator. It asks for CHAP passwords. It keeps what is registered already, so you
# can run it again.
#
#   -Only NAME    registers only the targets of that name, such as pc-*
#   -WhatIf       shows what it would do

[CmdletBinding(SupportsShouldProcess)]
param([string] $Only = '*')

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
Import-Module IscsiTarget

function Register-Disk {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [string] $Target, [string] $Iqn, [string] $Initiator, [string] $Path, [uint64] $Size, [int] $Lun,
        [string] $ChapUser, [string] $ReverseChapUser
    )
    if ($Target -notlike $script:Only) { return }
    if (-not $PSCmdlet.ShouldProcess($Target, "register $Initiator")) { return }

    $known = Get-IscsiServerTarget | Where-Object { $_.TargetName -eq $Target }
    if ($known) {
        $names = @($known.InitiatorIds | ForEach-Object { "$_" })
        if ($names -notcontains $Initiator) {
            Set-IscsiServerTarget -TargetName $Target -InitiatorIds ($names + $Initiator)
        }
    } else {
        $null = New-IscsiServerTarget -TargetName $Target -InitiatorIds $Initiator
        # Windows makes up an IQN; the machines ask for this one.
        Set-IscsiServerTarget -TargetName $Target -TargetIqn $Iqn
    }
    if ($ChapUser) {
        $account = Get-Credential -UserName $ChapUser -Message "The password of $ChapUser, who opens $Target"
        Set-IscsiServerTarget -TargetName $Target -EnableChap $true -Chap $account
    }
    if ($ReverseChapUser) {
        $account = Get-Credential -UserName $ReverseChapUser -Message "The password by which $Target proves itself"
        Set-IscsiServerTarget -TargetName $Target -EnableReverseChap $true -ReverseChap $account
    }
    if ($Path) {
        if (-not (Get-IscsiVirtualDisk | Where-Object { $_.Path -eq $Path })) {
            $null = New-IscsiVirtualDisk -Path $Path -SizeBytes $Size
        }
        $mapped = Get-IscsiServerTarget -TargetName $Target | Select-Object -ExpandProperty LunMappings
        if (-not ($mapped | Where-Object { $_.Path -eq $Path })) {
            Add-IscsiVirtualDiskTargetMapping -TargetName $Target -Path $Path -Lun $Lun
        }
    } else {
        Write-Warning "site.yaml has no store for ${Target}: map a virtual disk to it by hand, at LUN $Lun"
    }
}

foreach ($row in Import-Csv -LiteralPath (Join-Path $PSScriptRoot 'initiators.csv') -Encoding UTF8) {
    # Windows has a short name for each target: the part of its IQN after the `:`.
    $target = ($row.target -replace '^[^:]*:', '') -replace '[:.]', '-'
    # RFC 4173 writes logical units in hex.
    if ($row.lun -notmatch '^[0-9a-f]{1,2}$') {
        Write-Warning "$target has the logical unit $($row.lun), which Windows does not serve: left out"
        continue
    }
    $disk = @{
        Target = $target
        Iqn = $row.target
        Initiator = "IQN:$($row.initiator)"
        Path = if ($row.store -match '^[A-Za-z]:\\') { $row.store } else { '' }
        Size = if ($row.size) { $row.size } else { 0 }
        Lun = [Convert]::ToInt32($row.lun, 16)
        ChapUser = $row.chap_user
        ReverseChapUser = $row.reverse_chap_user
    }
    Register-Disk @disk
}
