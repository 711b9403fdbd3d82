// Forms by kind, each in wordings of its own: « and » mark what goes, all else stays.

#include <doctest/doctest.h>

#include <string>

#include "redaction_marked.hpp"

using redaction_test::check_marked;

TEST_CASE("command lines of tools lose what they are given to log in") {
    for (const char* line : {
             "$ curl --user ann:«CANARYk1» -k https://192.0.2.1/",
             "$ curl -sku \"ann:«CANARYk2»\" https://192.0.2.1/",
             "$ wget --user=ann --password=«CANARYk3» https://192.0.2.1",
             "$ sshpass -p '«CANARYk4 two»' ssh ann@192.0.2.1",
             "C:\\> plink.exe -ssh ann@192.0.2.1 -pw «CANARYk5» show ver",
             "$ snmpwalk -v3 -u u -A «CANARYk6» -a SHA -X «CANARYk7» -x AES 192.0.2.1",
             "$ mysql -u root -p«CANARYk8» radius",
             "$ openssl rsa -in k.pem -passin pass:«CANARYk9» -passout pass:«CANARYka»",
             "$ lftp -u ann,«CANARYkb» 192.0.2.1",
             "$ radtest bob «CANARYkc» 192.0.2.1 0 «CANARYkd»",
             "$ clogin -u ann -p «CANARYke» -e «CANARYkf» router",
             "machine 192.0.2.1 login ann password «CANARYkg»",
             "PGPASSWORD=«CANARYkh» psql -U u",
             "$ ssh -p 2222 ann@192.0.2.1",
             "$ curl -c cookies.txt -b cookies.txt -u ann https://192.0.2.1/",
             "$ ansible-playbook --ask-pass site.yml",
             "$ docker run -p 80:80 image",
         })
        check_marked(line);
}

TEST_CASE("headers of a login go in every spelling") {
    for (const char* line : {
             "Proxy-Authorization: Basic «CANARYh1»",
             "Authorization: Token «CANARYh2»",
             "> X-Auth-Token:«CANARYh3»",
             "$ curl -H \"X-Auth-Token:«CANARYh4»\" https://192.0.2.1/",
             "$ curl -H 'PRIVATE-TOKEN:«CANARYh5»' https://192.0.2.1/",
             "headers = {'Authorization': 'Bearer «CANARYh6»'}",
             "send: b'POST /api HTTP/1.1\\r\\nAuthorization: Basic «CANARYh7»\\r\\nAccept: */*\\r\\n'",
             "X-Cisco-Meraki-API-Key: «CANARYh8»",
             "Set-Cookie: token=«CANARYh9»; Secure",
             "X-Request-Id: 1b4e28ba-2fa1-11d2-883f-0016d3cca427",
             "WWW-Authenticate: Basic realm=\"level_15_access\"",
             "Authorization: failed",
             "authorization: exec",
         })
        check_marked(line);
}

TEST_CASE("settings, members and attributes go whatever quotes them, and a status stays") {
    for (const char* line : {
             "      secret = \"«wrong»\"",
             "{\\\"password\\\":\\\"«CANARYs1»\\\"}",
             "{u'password': u'«CANARYs2»'}",
             "    enable_secret: «letmein»",
             "{\"snmp\":{\"community\":[{\"name\":\"«CANARYs3»\",\"RO\":[null]}]}}",
             "Tunnel-Password:0 = \"«CANARYs4»\"",
             "bob Cleartext-Password := \"«CANARYs5»\", Simultaneous-Use := 1",
             "mount -t cifs -o username=a,password=«CANARYs6» //h/s /mnt",
             "&lt;pre-shared-key&gt;«CANARYs7»&lt;/pre-shared-key&gt;",
             "<password type=\"clear\">«CANARYs8»</password>",
             "    \"password\": \"configured\"",
             "PWD=/root",
             "  password_file: /etc/x",
             "<Key>images/a.bin</Key>",
         })
        check_marked(line);
}

TEST_CASE("racoon's keys go from its file and its log") {
    check_marked("203.0.113.7\t«CANARY key with blanks 9»\n");
    check_marked("203.0.113.8   «CANARYracoon47x»\n");
    check_marked("road@example.net\t«CANARY of a user»\n");
    check_marked("2001:db8::7\t«0x43414e415259616263»\n");
    check_marked("203.0.113.4\tgw.example.net gw\n");
    check_marked("203.0.113.4\tUp and running\n");
    check_marked(
        "2024-11-30 10:00:00: DEBUG: SKEYID_d computed:\n2024-11-30 10:00:00: DEBUG: \n«9cb6191e 38e9af78 0bf68d0e "
        "7add0926 12345678»\n2024-11-30 10:00:00: DEBUG: hash(sha1)\n2024-11-30 10:00:00: DEBUG: IV "
        "computed:\n9cb6191e "
        "38e9af78\n");
}

TEST_CASE("a group of HSRP in NX-OS loses its bare word") {
    check_marked(
        "interface Vlan10\n  hsrp 10\n    authentication «CANARYg1»\n    preempt\n  hsrp 11\n    authentication md5 "
        "key-chain HK\ninterface Vlan11\n  authentication open\n");
}

TEST_CASE("older and shorter spellings of a server's key go") {
    for (const char* line : {
             "tacacs-server (inside) host 192.0.2.5 «CANARYo1» timeout 5",
             "aaa-server T (inside) host 192.0.2.5 key «CANARYo2»",
             "host 192.0.2.5 inside key «CANARYo3»",
             "test aaa group radius server 192.0.2.2 auth-port 1812 acct-port 1813 bob «CANARYo4» legacy",
             "R1(config)#cry isa k «CANARYo5» a 192.0.2.1",
             "R1(config)#enab sec lev 5 «CANARYo6»",
             "R1(config)#snmp-s host 192.0.2.1 ver 2c «CANARYo7»",
             "fw(config)# user ann pass «CANARYo8» priv 15",
             "R1(config-ikev2-profile)#auth rem pre k «CANARYo9»",
             "R1(config-if)#ppp pap sent a pass «CANARYoa»",
             "R1(config-if)#ip ospf message 1 md5 «CANARYob»",
             "fw(config)# fail ipsec pre «CANARYoc»",
             ">> key «CANARYod»",
             "R1(config-isakmp)#enc aes 256",
         })
        check_marked(line);
}

TEST_CASE("what is said of a password is no password, and a phrase is one") {
    for (const char* line : {
             "username ops: password changed",
             "user ops: password accepted",
             "username ops password changed by admin",
             "R1(config)#username ann password ?",
             "  password  Assign the privileged level password (MAX of 25 characters)",
             "    key 1 -- text (unset)",
             "! key 1 expires in march",
             " description snmp community strings are in vault 17",
             "  Shared secret: generated",
             "  key length 256",
             " ikev1 pre-shared-key «the quick brown fox»",
             " pre-shared-key «correct horse battery staple»",
             " password «this is my line password»",
             "! psk lyon «CANARYp9x9»",
             "ldap_bind: simple bind password «CANARYlb9x47»",
         })
        check_marked(line);
}
