#include "collector/session/ssh/ssh.hpp"

#include <doctest/doctest.h>

#include "collector/session/ssh/ssh_options.hpp"
#include "collector/session/ssh/ssh_question.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/ssh_client.hpp"

using formats::ErrorKind;
using formats::HostKeyPolicy;
using namespace support;

namespace {

std::string base64_of_another_key() { return SshServer().key_base64(); }

}  // namespace

TEST_CASE("a password opens a terminal of 511 columns, and both directions work") {
    SshServer server;
    Client client(server);
    auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK(read_until(**transport, "pix> ") == "pix> ");
    REQUIRE((*transport)->write("size\r", Patience::within(seconds(5))));
    CHECK(read_until(**transport, "\n", 1) == "dumb 511x200\r\n");
    REQUIRE((*transport)->write("error of the terminal\r", Patience::within(seconds(5))));
    CHECK(read_until(**transport, "\n") == "of the terminal\r\n");
    const auto& facts = (*transport)->facts();
    CHECK(has(facts.host_key, "ssh-rsa SHA256:"));
    CHECK(has(facts.algorithms, "kex curve25519-sha256 cipher "));
    CHECK(has(facts.banner, "SSH-2.0-libssh"));
    CHECK(facts.user == "pix");
    CHECK(facts.port == server.port());
    CHECK(facts.local_address == "127.0.0.1");
    (*transport)->close();
    (*transport)->close();
    CHECK((*transport)->facts().user == "pix");
    CHECK(read_error(**transport).kind == ErrorKind::disconnected);
    CHECK((*transport)->write("x", Patience::within(seconds(1))).error().kind == ErrorKind::disconnected);
}

TEST_CASE("no answer is left lying, however it falls between two looks") {
    SshServer server;
    Client client(server);
    auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    REQUIRE(read_until(**transport, "pix> ") == "pix> ");
    for (int round = 0; round < 4'000; ++round) {
        const std::string word = (round % 2 == 0 ? "error n" : "n") + std::to_string(round);
        REQUIRE((*transport)->write(word + "\r", Patience::within(seconds(5))));
        // The first look comes a little later each round, so that answers arrive before, amid and after it.
        const auto look = std::chrono::steady_clock::now() + std::chrono::microseconds(round % 150);
        while (std::chrono::steady_clock::now() < look) {
        }
        const std::string answer = read_until(**transport, "n" + std::to_string(round) + "\r\n");
        REQUIRE_MESSAGE(has(answer, "n" + std::to_string(round)), "round ", round, ": ", answer);
    }
}

TEST_CASE("a device with nothing but old algorithms is refused with the remedy, and reached with legacy") {
    SshServerSettings old;
    old.legacy = true;
    old.rsa_bits = 1024;
    SshServer server(old);
    Client client(server);
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::unreachable);
    CHECK(has(refused.error().remedy, "legacy = true"));
    CHECK(has(refused.error().remedy, "?legacy=yes"));
    CAPTURE(refused.error().message());
    CHECK(has(refused.error().detail, "key exchange: it offers [diffie-hellman-group1-sha1"));
    CHECK(has(refused.error().detail, "this program [curve25519-sha256,"));

    client.settings.legacy = true;
    const auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK((*transport)->facts().algorithms == "kex diffie-hellman-group1-sha1 cipher 3des-cbc mac hmac-sha1");
    CHECK(read_until(**transport, "pix> ") == "pix> ");
}

TEST_CASE("a 768-bit host key is accepted with legacy only") {
    SshServerSettings old;
    old.legacy = true;
    old.rsa_bits = 768;
    SshServer server(old);
    Client client(server);
    client.settings.legacy = true;
    const auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK(read_until(**transport, "pix> ") == "pix> ");
}

TEST_CASE("a modern device is reached with legacy as without it") {
    SshServer server;
    Client client(server);
    client.settings.legacy = true;
    const auto transport = client.open();
    REQUIRE(transport);
    CHECK(has((*transport)->facts().algorithms, "kex curve25519-sha256"));
}

TEST_CASE("an unknown host key is refused with its fingerprint and the row to add") {
    SshServer server;
    Client client(server.port());
    client.settings.host_key = HostKeyPolicy::strict;
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::host_key);
    CHECK(refused.error().subject == "branch");
    CHECK(has(refused.error().detail, "ssh-rsa SHA256:"));
    CHECK(has(refused.error().remedy, server.known_hosts_line()));
    CHECK(server.passwords_received() == 0);

    client.trust(server.known_hosts_line() + "\n");
    CHECK(client.open());
}

TEST_CASE("accept-new adds an unknown host key once") {
    SshServer server;
    Client client(server.port());
    client.settings.host_key = HostKeyPolicy::accept_new;
    REQUIRE(client.open());
    CHECK(client.known_hosts() == server.known_hosts_line() + "\n");
    client.settings.host_key = HostKeyPolicy::strict;
    REQUIRE(client.open());
    CHECK(client.known_hosts() == server.known_hosts_line() + "\n");
}

TEST_CASE("ask without a terminal refuses an unknown host key") {
    SshServer server;
    Client client(server.port());
    client.settings.host_key = HostKeyPolicy::ask;
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::host_key);
    CHECK(has(refused.error().detail, "no terminal to ask on"));
}

TEST_CASE("a changed, revoked or only certified host key is refused before the password is sent") {
    SshServer server;
    Client client(server.port());
    client.settings.host_key = HostKeyPolicy::accept_new;
    const std::string own = server.known_hosts_line() + "\n";
    const std::string name = own.substr(0, own.find(' '));
    SUBCASE("changed") {
        client.trust("# first line\n" + name + " ssh-rsa " + base64_of_another_key() + "\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(has(refused.error().detail, "has changed"));
        CHECK(has(refused.error().detail, "/known_hosts:2 has ssh-rsa SHA256:"));
        CHECK(has(refused.error().remedy, "ssh-keygen -f "));
        CHECK(has(refused.error().remedy, "-R '" + name + "'"));
    }
    SUBCASE("another type") {
        client.trust(name + " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBtGyULkDrvtEoPeBZLKq4dTXcV9hOkQVbCNMbHrPp1R\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(has(refused.error().detail, "/known_hosts:1 has ssh-ed25519"));
    }
    SUBCASE("revoked") {
        client.trust(own + "@revoked * " + server.key_type() + " " + server.key_base64() + "\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(has(refused.error().detail, "is revoked by"));
        CHECK(has(refused.error().detail, "/known_hosts:2"));
    }
    SUBCASE("certified") {
        client.trust("@cert-authority * " + server.key_type() + " " + base64_of_another_key() + "\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(has(refused.error().detail, "certificates cannot be checked here"));
        CHECK(has(refused.error().remedy, server.known_hosts_line()));
    }
    CHECK(server.passwords_received() == 0);
}

TEST_CASE("a wrong password is sent once, told to the credentials and shown nowhere") {
    SshServerSettings settings;
    settings.methods = SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE;
    settings.rounds = {{{"Password: ", false, "CANARY-login-1"}}};
    SUBCASE("and the device asks again") {}
    SUBCASE("and the device hangs up") { settings.hangs_up_on_wrong_password = true; }
    SshServer server(settings);
    Client client(server.port(), "CANARY-wrong");
    client.trust(server.known_hosts_line() + "\n");
    for (int i = 0; i < 2; ++i) {
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::login);
        CHECK_FALSE(has(refused.error().message(), "CANARY"));
        if (i == 0)
            CHECK(has(refused.error().detail,
                      "login refused by 127.0.0.1 port " + std::to_string(server.port()) + " for user pix: "));
    }
    CHECK(client.credentials->was_refused());
    CHECK(server.passwords_received() == 1);
    CHECK(server.answers_received() == 0);
}

TEST_CASE("keyboard-interactive takes the password for one hidden question, and rounds without any") {
    SshServerSettings settings;
    settings.methods = SSH_AUTH_METHOD_INTERACTIVE;
    settings.rounds = {{}, {{"Password: ", false, "CANARY-login-1"}}, {}};
    SshServer server(settings);
    Client client(server);
    SUBCASE("right") {
        const auto transport = client.open();
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        CHECK(read_until(**transport, "pix> ") == "pix> ");
    }
    SUBCASE("wrong") {
        Client wrong(server.port(), "CANARY-wrong");
        wrong.trust(server.known_hosts_line() + "\n");
        const auto refused = wrong.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::login);
        CHECK(wrong.credentials->was_refused());
    }
    CHECK(server.answers_received() == 1);
}

TEST_CASE("the password goes to the question that asks for it, wherever that stands, and to no other") {
    const std::string password = "CANARY-login-1";
    SshServerSettings settings;
    settings.methods = SSH_AUTH_METHOD_INTERACTIVE;
    std::string wrong;  // what is said when it is not let in
    SUBCASE("behind the user's name") {
        settings.rounds = {{{"Username: ", true, "pix"}, {"pix@fw1's password: ", false, password}}};
    }
    SUBCASE("a hidden question that is about something else") {
        settings.rounds = {{{"Verification code: ", false, password}}};
        wrong = "\"Verification code:\" and there is no terminal";
    }
    SUBCASE("a question that is shown") {
        settings.rounds = {{{"Password: ", true, password}}};
        wrong = "\"Password:\" and there is no terminal";
    }
    SUBCASE("a second time") {
        settings.rounds = {{{"Password: ", false, password}}, {{"Password: ", false, password}}};
        wrong = "\"Password:\" and there is no terminal";
    }
    SUBCASE("a new one") {
        settings.rounds = {{{"Enter New Password: ", false, password}}};
        wrong = "has expired";
    }
    SUBCASE("a new one, after the old one") {
        settings.rounds = {{{"Password: ", false, password}},
                           {{"New Password: ", false, password}, {"Retype: ", false, password}}};
        wrong = "has expired";
    }
    SUBCASE("the method for passwords, after it was answered") {
        settings.rounds = {{{"Password: ", false, password}}};
        settings.then_asks_for_password = true;
        wrong = "it takes password, and nothing of that is left to try";
    }
    SshServer server(settings);
    Client client(server);
    const auto transport = client.open();
    CHECK(server.passwords_received() == 0);
    if (wrong.empty()) {
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        CHECK(server.answers_received() == 2);
        return;
    }
    REQUIRE_FALSE(transport);
    CHECK(transport.error().kind == ErrorKind::login);
    CHECK_MESSAGE(has(transport.error().detail, wrong), transport.error().detail);
    CHECK(server.answers_received() ==
          (settings.rounds.front().front().prompt == "Password: " && !settings.rounds.front().front().echo ? 1 : 0));
    // What was right is not thought to be wrong.
    CHECK_FALSE(client.credentials->was_refused());
}

TEST_CASE("a one-time password also answers what asks for such a one") {
    SshServerSettings settings;
    settings.methods = SSH_AUTH_METHOD_INTERACTIVE;
    settings.rounds = {{{"One-time password (OATH) for `pix': ", false, "CANARY-login-1"}}};
    SshServer server(settings);
    Client client(server);
    CHECK(has(client.open().error().detail, "there is no terminal"));
    CHECK(server.answers_received() == 0);
    client.settings.one_time_password = true;
    CHECK(client.open());
}

TEST_CASE("a device that wants a new password is told apart from one that refuses the old one") {
    SshServerSettings settings;
    settings.wants_new_password = true;
    SshServer server(settings);
    Client client(server);
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::login);
    CHECK_MESSAGE(has(refused.error().detail, "has expired"), refused.error().message());
    CHECK(has(refused.error().remedy, "set a new one"));
    CHECK(server.passwords_received() == 1);
}

TEST_CASE("what a question of a login asks for") {
    using collector::SshQuestion;
    struct Row {
        const char* prompt;
        bool echo;
        SshQuestion question;
    };
    for (const Row& row :
         std::vector<Row>{{"Password: ", false, SshQuestion::password},
                          {"password:", false, SshQuestion::password},
                          {"(admin@192.0.2.1) Password:", false, SshQuestion::password},
                          {"admin@fw1's password: ", false, SshQuestion::password},
                          {"Password for admin@fw1:", false, SshQuestion::password},
                          {"Enter PASSCODE: ", false, SshQuestion::password},
                          {"LDAP Password", false, SshQuestion::password},
                          {"Passwort: ", false, SshQuestion::password},
                          {"Password for renewal: ", false, SshQuestion::password},
                          {"Password: ", true, SshQuestion::other},
                          {"Username:", true, SshQuestion::user},
                          {"login: ", true, SshQuestion::user},
                          {"Username:", false, SshQuestion::other},
                          {"Terminal type? ", true, SshQuestion::other},
                          {"New Password: ", false, SshQuestion::new_password},
                          {"NEW PASSWORD:", false, SshQuestion::new_password},
                          {"Retype new password: ", false, SshQuestion::new_password},
                          {"Confirm password:", false, SshQuestion::new_password},
                          {"(current) UNIX password: ", false, SshQuestion::new_password},
                          {"Your password has expired. Password:", false, SshQuestion::new_password},
                          {"Verification code: ", false, SshQuestion::other},
                          {"Enter your PIN: ", false, SshQuestion::other},
                          {"Duo two-factor login\n\nPasscode or option (1-3): ", false, SshQuestion::other},
                          {"One-time password: ", false, SshQuestion::once},
                          {"Enter Next PASSCODE: ", false, SshQuestion::once},
                          {"Token code: ", false, SshQuestion::once},
                          {"", false, SshQuestion::other},
                          {"\xff\x1b[2J", false, SshQuestion::other}}) {
        CAPTURE(row.prompt);
        CHECK(collector::question_of(row.prompt, row.echo) == row.question);
    }
}

TEST_CASE("what is asked besides the password needs a terminal") {
    SshServerSettings settings;
    settings.methods = SSH_AUTH_METHOD_INTERACTIVE;
    SUBCASE("a second question") {
        settings.rounds = {{{"Password: ", false, "CANARY-login-1"}}, {{"Code\x1b[2J: ", false, "123456"}}};
    }
    SUBCASE("two questions at once") {
        settings.rounds = {{{"Password: ", false, "CANARY-login-1"}, {"Code\x1b[2J: ", true, "pix"}}};
    }
    SUBCASE("after a password that was half of it") {
        settings.methods = SSH_AUTH_METHOD_PASSWORD;
        settings.password_is_half = true;
        settings.rounds = {{{"Code\x1b[2J: ", false, "123456"}}};
    }
    SshServer server(settings);
    Client client(server);
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::login);
    CHECK(has(refused.error().detail, "\"Code?[2J:\" and there is no terminal to answer on"));
    CHECK_FALSE(client.credentials->was_refused());
}

TEST_CASE("a partial success goes on with what is left") {
    SshServerSettings settings;
    settings.password_is_half = true;
    settings.rounds = {{}};
    SshServer server(settings);
    Client client(server);
    const auto transport = client.open();
    REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
    CHECK(server.passwords_received() == 1);
}

TEST_CASE("a device that wants no login at all is used as it is") {
    SshServerSettings settings;
    settings.lets_anyone_in = true;
    SshServer server(settings);
    Client client(server);
    REQUIRE(client.open());
    CHECK(server.passwords_received() == 0);
}

TEST_CASE("without any credential the error names what to set") {
    SshServer server;
    Client client(server.port(), "");
    client.trust(server.known_hosts_line() + "\n");
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::login);
    CHECK(has(refused.error().message(), "env:VAR"));
    CHECK(server.passwords_received() == 0);
}

TEST_CASE("a terminal, shell or session that is not given is an error of its own") {
    SshServerSettings settings;
    std::string what;
    SUBCASE("session") {
        settings.refuses_session = true;
        what = "open a session";
    }
    SUBCASE("terminal") {
        settings.refuses_terminal = true;
        what = "give a terminal";
    }
    SUBCASE("shell") {
        settings.refuses_shell = true;
        what = "start a shell";
    }
    SshServer server(settings);
    Client client(server);
    const auto refused = client.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::unreachable);
    CHECK(has(refused.error().detail, "did not " + what));
}

TEST_CASE("ssh_config of the folder names host, port and user; the target's own words win") {
    SshServer server;
    Client client(server.port());
    client.trust(server.known_hosts_line() + "\n");
    client.folder.write("config", "Host hq-pix\n  HostName 127.0.0.1\n  Port " + std::to_string(server.port()) +
                                      "\n  User pix\n  LogLevel DEBUG3\n");
    client.settings.target = {};
    client.settings.target.host = "hq-pix";
    SUBCASE("all from there") {
        auto transport = client.open();
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        CHECK((*transport)->facts().host == "127.0.0.1");
        CHECK((*transport)->facts().user == "pix");
        CHECK(ssh_get_log_level() == 0);
    }
    SUBCASE("another user") {
        client.settings.target.user = "ops";
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(has(refused.error().detail, "for user ops: "));
    }
    SUBCASE("another port") {
        SshServer second;
        client.settings.target.port = second.port();
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        CHECK(second.connections() == 1);
    }
    SUBCASE("another known_hosts") {
        client.folder.write("config", "Host hq-pix\n HostName 127.0.0.1\n Port " + std::to_string(server.port()) +
                                          "\n User pix\n UserKnownHostsFile " + client.folder.path().string() +
                                          "/own\n");
        CHECK(client.open().error().kind == ErrorKind::host_key);
        client.folder.write("own", server.known_hosts_line() + "\n");
        CHECK(client.open());
    }
    SUBCASE("a proxy that goes at once is an error that names it") {
        client.folder.write("config",
                            "Host hq-pix\n HostName 127.0.0.1\n User pix\n ProxyCommand test %h:%p = x && exit 1\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::unreachable);
        CHECK(has(refused.error().detail, "through `test 127.0.0.1:22 = x && exit 1`"));
        CHECK(server.connections() == 0);
    }
    SUBCASE("a proxy that says nothing costs the patience and no more") {
        client.folder.write("config", "Host hq-pix\n HostName 127.0.0.1\n User pix\n ProxyCommand sleep 1000\n");
        const Watch watch;
        const auto late = client.open(Patience::within(milliseconds(300)));
        REQUIRE_FALSE(late);
        CHECK(late.error().kind == ErrorKind::timeout);
        CHECK(watch.is_within(milliseconds(300), seconds(4)));
    }
    SUBCASE("a value libssh cannot use costs no descriptor") {
        client.folder.write("config", "Host hq-pix\n HostName 127.0.0.1\n Port " + std::to_string(server.port()) +
                                          "\n User pix\n UserKnownHostsFile ~/%Z\n");
        (void)client.open();
        const auto before = open_descriptors();
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(has(refused.error().detail, "Couldn't apply options"));
        CHECK(comes_true([&] { return open_descriptors() <= before; }));
    }
}

TEST_CASE("a person is asked about an unknown host key and for codes, and the time this takes is not counted") {
    SshServerSettings settings;
    settings.methods = SSH_AUTH_METHOD_INTERACTIVE;
    settings.rounds = {{{"Password: ", false, "CANARY-login-1"}},
                       {{"Code: ", true, "123456"}, {"PIN: ", false, "CANARY-pin"}}};
    SshServer server(settings);
    Client client(server.port());
    client.settings.host_key = HostKeyPolicy::ask;
    // In the child: no thread but the one that forked it.
    const auto open = [&] {
        Terminal terminal;
        auto transport =
            SshTransport::open(client.settings, *client.credentials, terminal, Patience::within(milliseconds(2500)));
        if (transport) return 0;
        (void)!::write(2, transport.error().message().data(), transport.error().message().size());
        return static_cast<int>(transport.error().kind) + 1;
    };
    SUBCASE("yes") {
        support::Pty person(open);
        REQUIRE(person.read_until("(yes/no)? "));
        CHECK(has(person.seen(), "branch: the host key of 127.0.0.1 port " + std::to_string(server.port())));
        CHECK(has(person.seen(), "ssh-rsa SHA256:"));
        std::this_thread::sleep_for(seconds(3));  // longer than the patience: a person takes time
        person.forget();
        person.type("maybe\r");
        REQUIRE(person.read_until("(yes/no)? "));
        person.type("yes\r");
        REQUIRE(person.read_until("asks: Code: "));
        CHECK(person.echoes());
        person.type("123456\r");
        REQUIRE(person.read_until("asks: PIN: "));
        CHECK_FALSE(person.echoes());
        person.type("CANARY-pin\r");
        CHECK(person.end() == 0);
        CHECK_FALSE(has(person.seen(), "CANARY"));
        CHECK(client.known_hosts() == server.known_hosts_line() + "\n");
    }
    SUBCASE("no") {
        support::Pty person(open);
        REQUIRE(person.read_until("(yes/no)? "));
        person.type("no\r");
        CHECK(person.end() == static_cast<int>(ErrorKind::host_key) + 1);
        CHECK(has(person.seen(), "it was not accepted"));
        CHECK(server.answers_received() == 0);
    }
}

TEST_CASE("a group of 1,024 bits that works is not lost to one that the device makes up") {
    const std::string legacy = collector::offered_algorithms(true).key_exchange,
                      modern = collector::offered_algorithms(false).key_exchange;
    const auto group1 = legacy.find("diffie-hellman-group1-sha1"),
               exchange = legacy.find("diffie-hellman-group-exchange-");
    REQUIRE(group1 != std::string::npos);
    REQUIRE(exchange != std::string::npos);
    CHECK(group1 < exchange);
    CHECK(legacy.find("diffie-hellman-group14-sha1") < group1);
    CHECK(modern.find("sha1") == std::string::npos);
    // Whatever is offered to a modern device is offered to an old one too.
    for (std::size_t at = 0; at < modern.size();) {
        const auto comma = std::min(modern.find(',', at), modern.size());
        CHECK(has("," + legacy + ",", "," + modern.substr(at, comma - at) + ","));
        at = comma + 1;
    }
}

TEST_CASE("what libssh does not follow of ssh_config is what OpenSSH makes of it") {
    SshServer server;
    const std::string key = server.key_type() + " " + server.key_base64() + "\n";
    Client client(server.port());
    const std::string folder = client.folder.path().string();
    SUBCASE("HostKeyAlias is the name in known_hosts") {
        client.folder.write("config", "Host *\n HostKeyAlias hq-fw\n");
        client.settings.host_key = formats::HostKeyPolicy::accept_new;
        SUBCASE("that is looked up") {
            client.settings.host_key = formats::HostKeyPolicy::strict;
            client.trust("hq-fw " + key);
        }
        SUBCASE("that is added") {}
        REQUIRE(client.open());
        CHECK(client.known_hosts() == "hq-fw " + key);
    }
    SUBCASE("a changed key is one of the alias") {
        client.folder.write("config", "Host *\n HostKeyAlias hq-fw\n");
        SshServer other;
        client.trust("hq-fw " + other.key_type() + " " + other.key_base64() + "\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK_MESSAGE(has(refused.error().remedy, "-R 'hq-fw'"), refused.error().message());
        CHECK_MESSAGE(has(refused.error().remedy, "\n  hq-fw ssh-rsa "), refused.error().message());
    }
    SUBCASE("every file of known hosts counts, the user's and the global") {
        client.folder.write("config", "UserKnownHostsFile " + folder + "/one " + folder + "/two\n" +
                                          "GlobalKnownHostsFile " + folder + "/three " + folder + "/four\n");
        for (const char* file : {"one", "two", "three", "four"}) {
            CAPTURE(file);
            CHECK_FALSE(client.open());
            client.folder.write(file, server.known_hosts_line() + "\n");
            CHECK(client.open());
            client.folder.write(file, "");
        }
        client.settings.host_key = formats::HostKeyPolicy::accept_new;
        CHECK(client.open());
        CHECK(TemporaryFolder::read(client.folder.path() / "one") == server.known_hosts_line() + "\n");
        CHECK(client.known_hosts().empty());
    }
    SUBCASE("Match originalhost") {
        client.trust(server.known_hosts_line() + "\n");
        client.folder.write("config", "Match originalhost hq\n HostName 127.0.0.1\n User pix\n Port " +
                                          std::to_string(server.port()) + "\n");
        client.settings.target = {};
        client.settings.target.host = "hq";
        const auto transport = client.open();
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        CHECK((*transport)->facts().user == "pix");
    }
    SUBCASE("the user of a domain") {
        client.trust(server.known_hosts_line() + "\n");
        client.folder.write("config", "User CORP\\pix\n");
        client.settings.target.user.clear();
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK_MESSAGE(has(refused.error().detail, "for user CORP\\pix: "), refused.error().message());
    }
    SUBCASE("algorithms that are added to a list") {
        SshServerSettings old;
        old.legacy = true;
        SshServer router(old);
        Client operating(router);
        operating.folder.write("config",
                               "KexAlgorithms +diffie-hellman-group1-sha1\nHostKeyAlgorithms +ssh-rsa\n"
                               "Ciphers +3des-cbc\n");
        const auto transport = operating.open();
        REQUIRE_MESSAGE(transport, (transport ? "" : transport.error().message()));
        CHECK((*transport)->facts().algorithms == "kex diffie-hellman-group1-sha1 cipher 3des-cbc mac hmac-sha1");
    }
    SUBCASE("what stands in an included file") {
        client.trust("hq-fw " + key);
        client.folder.write("more", "HostKeyAlias hq-fw\n");
        client.folder.write("config", "Include " + folder + "/more\n");
        const auto transport = client.open();
        CHECK_MESSAGE(transport, (transport ? "" : transport.error().message()));
    }
    SUBCASE("what OpenSSH refuses, libssh reads, and the error says so") {
        client.folder.write("config", "HostKeyAlias hq-fw\nNoSuchWord yes\n");
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK_MESSAGE(has(refused.error().detail, "not to be had: HostKeyAlias (`ssh -G` does not take ssh_config: "),
                      refused.error().message());
        CHECK_MESSAGE(has(refused.error().detail, "line 2: Bad configuration option: nosuchword"),
                      refused.error().message());
        client.trust(server.known_hosts_line() + "\n");
        CHECK(client.open());
    }
}

TEST_CASE("without OpenSSH an unknown host key is said to be unknown because of what is not followed of ssh_config") {
    SshServer server;
    Client client(server.port());
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", client.folder.path().c_str(), 1);
    CHECK_FALSE(has(client.open().error().detail, "not to be had"));
    struct Row {
        const char* config;
        const char* said;
    };
    for (const Row& row : std::vector<Row>{
             {"Host *\n HostKeyAlias hq-fw\n", "not to be had: HostKeyAlias ("},
             {"Host *\n hostkeyalias=hq-fw\n", "not to be had: HostKeyAlias ("},
             {"Host *\n HostKeyAlias = hq-fw\n", "not to be had: HostKeyAlias ("},
             {"Match originalhost hq\n User ops\n", "Match originalhost ("},
             {"Match host a originalhost hq\n User ops\n", "Match originalhost ("},
             {"Host a\n User CORP\\ops\n", "a User with signs of a shell"},
             {"KexAlgorithms +diffie-hellman-group1-sha1\n", "KexAlgorithms +"},
             {"UserKnownHostsFile ~/.ssh/known_hosts ~/.ssh/more\n", "all but the first file of UserKnownHostsFile"},
             {"# HostKeyAlias hq-fw\n", ""},
             {"User ops\nKexAlgorithms curve25519-sha256\nMatch host hq\n", ""},
             {"UserKnownHostsFile %d/known_hosts # one\n", ""}}) {
        CAPTURE(row.config);
        client.folder.write("config", row.config);
        const auto refused = client.open();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == ErrorKind::host_key);
        if (*row.said == '\0')
            CHECK_FALSE(has(refused.error().detail, "not to be had"));
        else
            CHECK_MESSAGE((has(refused.error().detail, row.said) && has(refused.error().detail, "ssh: not found")),
                          refused.error().detail);
    }
    ::setenv("PATH", path.c_str(), 1);
}
