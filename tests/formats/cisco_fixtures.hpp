#pragma once
// Configurations of the same tunnel in every dialect: HQ 198.51.100.1 with 10.1.1.0/24 behind it, branch
// 203.0.113.1 with 10.2.2.0/24.

#include <string>

namespace fixtures {

inline const std::string pix6 = R"(Building configuration...
: Saved
:
PIX Version 6.3(5)
interface ethernet0 auto
interface ethernet1 auto
interface ethernet2 auto shutdown
nameif ethernet0 outside security0
nameif ethernet1 inside security100
nameif ethernet2 dmz security50
hostname fw-branch
clock timezone PST -8
clock summer-time PDT recurring
names
name 198.51.100.1 HQ-PIX
name 10.1.1.0 hq-net
access-list 101 permit ip 10.2.2.0 255.255.255.0 hq-net 255.255.255.0 
access-list 101 permit icmp host 10.2.2.7 host 10.1.9.9 
access-list nonat permit ip 10.2.2.0 255.255.255.0 hq-net 255.255.255.0 
pager lines 24
ip address outside 203.0.113.1 255.255.255.240
ip address inside 10.2.2.1 255.255.255.0
failover ip address inside 10.2.2.2
global (outside) 1 interface
nat (inside) 0 access-list nonat
nat (inside) 1 0.0.0.0 0.0.0.0 0 0
route outside 0.0.0.0 0.0.0.0 203.0.113.14 1
sysopt connection permit-ipsec
crypto ipsec transform-set ESP-3DES-MD5 esp-3des esp-md5-hmac 
crypto map VPN 10 ipsec-isakmp
crypto map VPN 10 match address 101
crypto map VPN 10 set pfs group2
crypto map VPN 10 set peer HQ-PIX
crypto map VPN 10 set transform-set ESP-3DES-MD5
crypto map VPN 10 set security-association lifetime seconds 3600 kilobytes 4608000
crypto map VPN 65535 ipsec-isakmp dynamic outside_dyn_map
crypto map VPN interface outside
isakmp enable outside
isakmp key ******** address 198.51.100.1 netmask 255.255.255.255 no-xauth no-config-mode 
isakmp identity address
isakmp nat-traversal 20
isakmp policy 10 authentication pre-share
isakmp policy 10 encryption 3des
isakmp policy 10 hash md5
isakmp policy 10 group 2
isakmp policy 10 lifetime 86400
management-access inside
terminal width 80
Cryptochecksum:0123456789abcdef0123456789abcdef
: end
[OK]
)";

inline const std::string asa8 = R"(: Saved
:
PIX Version 7.2(4) 
!
hostname fw-hq
names
!
interface Ethernet0
 nameif outside
 security-level 0
 ip address 198.51.100.1 255.255.255.240 standby 198.51.100.2 
!
interface Ethernet1
 nameif inside
 security-level 100
 ip address 10.1.1.1 255.255.255.0 
!
interface Ethernet2
 shutdown
 no nameif
 no security-level
 no ip address
!
object-group network BRANCH-NETS
 description all that is behind the branch
 network-object 10.2.2.0 255.255.255.0
 network-object host 10.2.3.3
 group-object MORE
object-group network MORE
 network-object 10.2.4.0 255.255.254.0
object-group service WEB tcp
 port-object eq www
 port-object eq https
access-list VPN_ACL remark what goes to the branch
access-list VPN_ACL extended deny ip host 10.1.1.5 10.2.2.0 255.255.255.0 
access-list VPN_ACL extended permit ip 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0 
access-list VPN_ACL extended permit ip 10.1.8.0 255.255.255.0 object-group BRANCH-NETS 
access-list VPN_ACL extended permit tcp 10.1.1.0 255.255.255.0 host 10.2.9.9 object-group WEB 
access-list VPN_ACL extended permit ip any any inactive 
access-list VPN_OTHER extended permit ip 10.1.1.0 255.255.255.0 10.7.7.0 255.255.255.0 
access-list NONAT extended permit ip 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0 
global (outside) 1 interface
nat (inside) 0 access-list NONAT
nat (inside) 1 0.0.0.0 0.0.0.0
route outside 0.0.0.0 0.0.0.0 198.51.100.14 1
route inside 10.1.8.0 255.255.255.0 10.1.1.254 1
no sysopt connection permit-vpn
crypto ipsec transform-set ESP-3DES-SHA esp-3des esp-sha-hmac 
crypto dynamic-map DYN 10 set transform-set ESP-3DES-SHA
crypto map VPN 10 match address VPN_ACL
crypto map VPN 10 set connection-type bidirectional
crypto map VPN 10 set peer 203.0.113.1 
crypto map VPN 10 set transform-set ESP-3DES-SHA
crypto map VPN 20 match address VPN_OTHER
crypto map VPN 20 set peer 203.0.113.7 203.0.113.8 
crypto map VPN 20 set transform-set ESP-3DES-SHA
crypto map VPN 65535 ipsec-isakmp dynamic DYN
crypto map VPN interface outside
crypto isakmp enable outside
crypto isakmp policy 10
 authentication pre-share
 encryption 3des
 hash sha
 group 2
 lifetime 86400
crypto isakmp policy 20
 authentication pre-share
 encryption aes-256
 hash sha
 group 5
 lifetime 28800
management-access inside
tunnel-group 203.0.113.1 type ipsec-l2l
tunnel-group 203.0.113.1 ipsec-attributes
 pre-shared-key *
prompt hostname context 
Cryptochecksum:0123456789abcdef0123456789abcdef
: end
)";

inline const std::string asa9 = R"(: Saved

: 
: Serial Number: JMX00000000
: Hardware:   ASA5512, 4096 MB RAM, CPU Clarkdale 2793 MHz, 1 CPU (2 cores)
: Written by admin at 12:00:00.000 UTC Mon Nov 23 2026
!
ASA Version 9.12(4)67 
!
hostname fw-hq
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.1 255.255.255.240 
!
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.1.1.1 255.255.255.0 
!
object network NET-A
 subnet 10.1.1.0 255.255.255.0
object network NET-B
 subnet 10.2.2.0 255.255.255.0
object network POOL
 range 10.1.9.9 10.1.9.15
object network SERVER
 host 10.1.1.20
 nat (inside,outside) static 198.51.100.5
access-list VPN_ACL extended permit ip object NET-A object NET-B 
access-list VPN_ACL extended permit ip object POOL object NET-B 
nat (inside,outside) source static NET-A NET-A destination static NET-B NET-B no-proxy-arp route-lookup
route outside 0.0.0.0 0.0.0.0 198.51.100.14 1
crypto ipsec ikev1 transform-set ESP-AES esp-aes-256 esp-sha-hmac 
crypto ipsec ikev2 ipsec-proposal AES256
 protocol esp encryption aes-256
 protocol esp integrity sha-1 md5
crypto ipsec security-association pmtu-aging infinite
crypto map VPN 10 match address VPN_ACL
crypto map VPN 10 set pfs group5
crypto map VPN 10 set peer 203.0.113.1 
crypto map VPN 10 set ikev1 transform-set ESP-AES
crypto map VPN 10 set ikev2 ipsec-proposal AES256
crypto map VPN interface outside
crypto ikev2 policy 1
 encryption aes-256
 integrity sha
 group 5 2
 prf sha
 lifetime seconds 86400
crypto ikev2 enable outside
crypto ikev1 policy 10
 authentication pre-share
 encryption aes-256
 hash sha
 group 5
 lifetime 86400
tunnel-group 203.0.113.1 type ipsec-l2l
tunnel-group 203.0.113.1 ipsec-attributes
 ikev1 pre-shared-key *****
 ikev2 remote-authentication pre-shared-key *****
 ikev2 local-authentication pre-shared-key *****
crypto ikev1 enable outside
Cryptochecksum:0123456789abcdef0123456789abcdef
: end
[OK]
)";

inline const std::string ios = R"(Building configuration...

Current configuration : 3121 bytes
!
version 15.2
service timestamps debug datetime msec
hostname rtr-hq
!
crypto isakmp policy 10
 encr 3des
 hash md5
 authentication pre-share
 group 2
crypto isakmp key ******** address 203.0.113.1   no-xauth
crypto isakmp key ******** hostname far.example.net
!
crypto ipsec transform-set TS esp-3des esp-md5-hmac 
 mode tunnel
crypto ipsec transform-set TT esp-aes esp-sha-hmac 
 mode transport
!
crypto map VPN local-address GigabitEthernet0/0
crypto map VPN 10 ipsec-isakmp 
 description to the branch
 set peer 203.0.113.1
 set transform-set TS 
 match address 101
crypto map VPN 20 ipsec-isakmp 
 set peer 203.0.113.9 default
 set peer 203.0.113.10
 set transform-set TS 
 set pfs group5
 match address BRANCH9
!
interface GigabitEthernet0/0
 ip address 198.51.100.1 255.255.255.240
 crypto map VPN
!
interface GigabitEthernet0/1
 ip address 10.1.1.1 255.255.255.0
 ip address 10.1.5.1 255.255.255.0 secondary
!
interface Tunnel0
 ip address 10.255.0.1 255.255.255.252
 tunnel source GigabitEthernet0/0
 tunnel protection ipsec profile PROF
!
ip route 0.0.0.0 0.0.0.0 198.51.100.14
ip nat inside source route-map NONAT interface GigabitEthernet0/0 overload
!
ip access-list extended BRANCH9
 remark branch nine
 10 permit ip 10.1.1.0 0.0.0.255 10.9.9.0 0.0.0.255
 deny   ip any any
!
access-list 10 permit 10.9.0.0 0.0.255.255
access-list 101 permit ip 10.1.1.0 0.0.0.255 10.2.2.0 0.0.0.255
!
end
)";

}  // namespace fixtures
