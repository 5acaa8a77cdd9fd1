# Made by ipxegen for the site Guests of the university: edit the site, not this file.
#
# For RouterOS 7.4 or later, whose DHCP server has matchers. Look at it, then `/import` it. It adds
# options, matchers and leases; networks, pools and DHCP servers must be there already. A network's server
# is found by the router's own address there; for one that answers through a relay, write its name.
# Matchers look at options alone. A Raspberry Pi says that it is a BIOS client, so it is sent the BIOS file.

# lan, 10.0.0.0/24
/ip/dhcp-server/network/set [find address=10.0.0.0/24] next-server=10.0.0.200
/ip/dhcp-server/option/add name=ipxegen-lan-ipxe-options code=175 value=0xb00101dc11687474703a2f2f31302e302e302e323030dd0a31302e302e302e323030de0a31302e302e302e323030df0a31302e302e302e323030
/ip/dhcp-server/network/set [find address=10.0.0.0/24] dhcp-option=ipxegen-lan-ipxe-options
/ip/dhcp-server/option/add name=ipxegen-lan-ipxe code=67 value=0x687474703a2f2f31302e302e302e3230302f696e7374616c6c2e69707865
/ip/dhcp-server/option/sets/add name=ipxegen-lan-ipxe options=ipxegen-lan-ipxe
/ip/dhcp-server/matcher/add name=ipxegen-lan-ipxe server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.0.0] interface]] name] code=77 value=0x69505845 matching-type=exact option-set=ipxegen-lan-ipxe
/ip/dhcp-server/option/add name=ipxegen-lan-bios code=67 value=0x756e64696f6e6c792e6b707865
/ip/dhcp-server/option/sets/add name=ipxegen-lan-bios options=ipxegen-lan-bios
/ip/dhcp-server/matcher/add name=ipxegen-lan-bios server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.0.0] interface]] name] code=93 value=0x0000 matching-type=exact option-set=ipxegen-lan-bios
/ip/dhcp-server/option/add name=ipxegen-lan-efi_ia32 code=67 value=0x6970786533322e656669
/ip/dhcp-server/option/sets/add name=ipxegen-lan-efi_ia32 options=ipxegen-lan-efi_ia32
/ip/dhcp-server/matcher/add name=ipxegen-lan-efi_ia32 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.0.0] interface]] name] code=93 value=0x0006 matching-type=exact option-set=ipxegen-lan-efi_ia32
/ip/dhcp-server/option/add name=ipxegen-lan-efi_x64 code=67 value=0x697078652e656669
/ip/dhcp-server/option/sets/add name=ipxegen-lan-efi_x64 options=ipxegen-lan-efi_x64
/ip/dhcp-server/matcher/add name=ipxegen-lan-efi_x64 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.0.0] interface]] name] code=93 value=0x0007 matching-type=exact option-set=ipxegen-lan-efi_x64
/ip/dhcp-server/matcher/add name=ipxegen-lan-efi_x64-9 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.0.0] interface]] name] code=93 value=0x0009 matching-type=exact option-set=ipxegen-lan-efi_x64
/ip/dhcp-server/option/add name=ipxegen-lan-efi_arm64 code=67 value=0x697078652d61726d36342e656669
/ip/dhcp-server/option/sets/add name=ipxegen-lan-efi_arm64 options=ipxegen-lan-efi_arm64
/ip/dhcp-server/matcher/add name=ipxegen-lan-efi_arm64 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.0.0] interface]] name] code=93 value=0x000b matching-type=exact option-set=ipxegen-lan-efi_arm64
/ip/dhcp-server/option/add name=ipxegen-lan-http_ia32 code=67 value=0x687474703a2f2f31302e302e302e3230302f74667470626f6f742f6970786533322e656669
/ip/dhcp-server/option/add name=ipxegen-lan-http_ia32-class code=60 value=0x48545450436c69656e74
/ip/dhcp-server/option/sets/add name=ipxegen-lan-http_ia32 options=ipxegen-lan-http_ia32,ipxegen-lan-http_ia32-class
/ip/dhcp-server/matcher/add name=ipxegen-lan-http_ia32 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.0.0] interface]] name] code=93 value=0x000f matching-type=exact option-set=ipxegen-lan-http_ia32
/ip/dhcp-server/option/add name=ipxegen-lan-http_x64 code=67 value=0x687474703a2f2f31302e302e302e3230302f74667470626f6f742f697078652e656669
/ip/dhcp-server/option/add name=ipxegen-lan-http_x64-class code=60 value=0x48545450436c69656e74
/ip/dhcp-server/option/sets/add name=ipxegen-lan-http_x64 options=ipxegen-lan-http_x64,ipxegen-lan-http_x64-class
/ip/dhcp-server/matcher/add name=ipxegen-lan-http_x64 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.0.0] interface]] name] code=93 value=0x0010 matching-type=exact option-set=ipxegen-lan-http_x64
/ip/dhcp-server/option/add name=ipxegen-lan-http_arm64 code=67 value=0x687474703a2f2f31302e302e302e3230302f74667470626f6f742f697078652d61726d36342e656669
/ip/dhcp-server/option/add name=ipxegen-lan-http_arm64-class code=60 value=0x48545450436c69656e74
/ip/dhcp-server/option/sets/add name=ipxegen-lan-http_arm64 options=ipxegen-lan-http_arm64,ipxegen-lan-http_arm64-class
/ip/dhcp-server/matcher/add name=ipxegen-lan-http_arm64 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.0.0] interface]] name] code=93 value=0x0013 matching-type=exact option-set=ipxegen-lan-http_arm64

# lab, 10.0.1.0/24
/ip/dhcp-server/network/set [find address=10.0.1.0/24] next-server=10.0.1.200
/ip/dhcp-server/option/add name=ipxegen-lab-ipxe-options code=175 value=0xb00101e0046c697665e20831302e302e312e35dc11687474703a2f2f31302e302e312e323030dd0a31302e302e312e323030de0a31302e302e312e323030df0a31302e302e312e323030
/ip/dhcp-server/network/set [find address=10.0.1.0/24] dhcp-option=ipxegen-lab-ipxe-options
/ip/dhcp-server/option/add name=ipxegen-lab-ipxe code=67 value=0x687474703a2f2f31302e302e312e3230302f696e7374616c6c2e69707865
/ip/dhcp-server/option/sets/add name=ipxegen-lab-ipxe options=ipxegen-lab-ipxe
/ip/dhcp-server/matcher/add name=ipxegen-lab-ipxe server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.1.0] interface]] name] code=77 value=0x69505845 matching-type=exact option-set=ipxegen-lab-ipxe
/ip/dhcp-server/option/add name=ipxegen-lab-bios code=67 value=0x756e64696f6e6c792e6b707865
/ip/dhcp-server/option/sets/add name=ipxegen-lab-bios options=ipxegen-lab-bios
/ip/dhcp-server/matcher/add name=ipxegen-lab-bios server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.1.0] interface]] name] code=93 value=0x0000 matching-type=exact option-set=ipxegen-lab-bios
/ip/dhcp-server/option/add name=ipxegen-lab-efi_ia32 code=67 value=0x6970786533322e656669
/ip/dhcp-server/option/sets/add name=ipxegen-lab-efi_ia32 options=ipxegen-lab-efi_ia32
/ip/dhcp-server/matcher/add name=ipxegen-lab-efi_ia32 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.1.0] interface]] name] code=93 value=0x0006 matching-type=exact option-set=ipxegen-lab-efi_ia32
/ip/dhcp-server/option/add name=ipxegen-lab-efi_x64 code=67 value=0x697078652e656669
/ip/dhcp-server/option/sets/add name=ipxegen-lab-efi_x64 options=ipxegen-lab-efi_x64
/ip/dhcp-server/matcher/add name=ipxegen-lab-efi_x64 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.1.0] interface]] name] code=93 value=0x0007 matching-type=exact option-set=ipxegen-lab-efi_x64
/ip/dhcp-server/matcher/add name=ipxegen-lab-efi_x64-9 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.1.0] interface]] name] code=93 value=0x0009 matching-type=exact option-set=ipxegen-lab-efi_x64
/ip/dhcp-server/option/add name=ipxegen-lab-efi_arm64 code=67 value=0x697078652d61726d36342e656669
/ip/dhcp-server/option/sets/add name=ipxegen-lab-efi_arm64 options=ipxegen-lab-efi_arm64
/ip/dhcp-server/matcher/add name=ipxegen-lab-efi_arm64 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.1.0] interface]] name] code=93 value=0x000b matching-type=exact option-set=ipxegen-lab-efi_arm64
/ip/dhcp-server/option/add name=ipxegen-lab-http_ia32 code=67 value=0x687474703a2f2f31302e302e312e3230302f74667470626f6f742f6970786533322e656669
/ip/dhcp-server/option/add name=ipxegen-lab-http_ia32-class code=60 value=0x48545450436c69656e74
/ip/dhcp-server/option/sets/add name=ipxegen-lab-http_ia32 options=ipxegen-lab-http_ia32,ipxegen-lab-http_ia32-class
/ip/dhcp-server/matcher/add name=ipxegen-lab-http_ia32 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.1.0] interface]] name] code=93 value=0x000f matching-type=exact option-set=ipxegen-lab-http_ia32
/ip/dhcp-server/option/add name=ipxegen-lab-http_x64 code=67 value=0x687474703a2f2f31302e302e312e3230302f74667470626f6f742f697078652e656669
/ip/dhcp-server/option/add name=ipxegen-lab-http_x64-class code=60 value=0x48545450436c69656e74
/ip/dhcp-server/option/sets/add name=ipxegen-lab-http_x64 options=ipxegen-lab-http_x64,ipxegen-lab-http_x64-class
/ip/dhcp-server/matcher/add name=ipxegen-lab-http_x64 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.1.0] interface]] name] code=93 value=0x0010 matching-type=exact option-set=ipxegen-lab-http_x64
/ip/dhcp-server/option/add name=ipxegen-lab-http_arm64 code=67 value=0x687474703a2f2f31302e302e312e3230302f74667470626f6f742f697078652d61726d36342e656669
/ip/dhcp-server/option/add name=ipxegen-lab-http_arm64-class code=60 value=0x48545450436c69656e74
/ip/dhcp-server/option/sets/add name=ipxegen-lab-http_arm64 options=ipxegen-lab-http_arm64,ipxegen-lab-http_arm64-class
/ip/dhcp-server/matcher/add name=ipxegen-lab-http_arm64 server=[/ip/dhcp-server/get [find interface=[/ip/address/get [find network=10.0.1.0] interface]] name] code=93 value=0x0013 matching-type=exact option-set=ipxegen-lab-http_arm64

# guests, 10.0.2.0/24
/ip/dhcp-server/lease/add address=10.0.1.11 mac-address=52:54:00:00:00:01 comment=ipxegen-pc-01
/ip/dhcp-server/lease/add address=10.0.1.12 mac-address=52:54:00:00:00:02 comment=ipxegen-disk
/ip/dhcp-server/lease/add address=10.0.1.13 mac-address=52:54:00:00:00:04 comment=ipxegen-laptop
# 52:54:00:00:00:05 of laptop has no lease: 10.0.1.13 is reserved for one MAC address
/ip/dhcp-server/lease/add address=10.0.1.14 mac-address=52:54:00:00:00:06 comment=ipxegen-printer
