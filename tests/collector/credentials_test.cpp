#include "collector/credentials/credentials.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "collector/progress/terminal.hpp"
#include "tests/support/pty.hpp"
#include "tests/support/temporary_folder.hpp"

using collector::Credentials;
using collector::Secret;
using collector::Terminal;
using formats::EndpointSpec;
using formats::ErrorKind;
using formats::Redaction;
using support::Pty;
using support::TemporaryFolder;

namespace {

EndpointSpec endpoint_with(const std::string& password_from, const std::string& enable_from = {}) {
    EndpointSpec endpoint;
    endpoint.name = "hq";
    if (!password_from.empty()) endpoint.password_from = *formats::parse_secret_source(password_from);
    if (!enable_from.empty()) endpoint.enable_from = *formats::parse_secret_source(enable_from);
    return endpoint;
}

std::shared_ptr<Redaction> new_redaction() { return *Redaction::make({}); }

/// The password a source gives, or the error's message.
std::string password_of(const std::string& source) {
    Terminal none(false);
    const auto redaction = new_redaction();
    auto credentials = Credentials::gather(endpoint_with(source), none, *redaction);
    if (!credentials) {
        CHECK(credentials.error().kind == ErrorKind::usage);
        CHECK(credentials.error().subject == "hq: password-from");
        return credentials.error().message();
    }
    CHECK(redaction->redact(" " + std::string((*credentials->password("a@b"))->reveal()) + " ").str().find("CANARY") ==
          std::string::npos);
    auto password = credentials->password("admin@192.0.2.1");
    REQUIRE(password);
    return std::string((*password)->reveal());
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a secret survives moves, and leaves nothing in what it was moved from") {
    Secret first(std::string("CANARY-1"));
    Secret second(std::move(first));
    CHECK(second.reveal() == "CANARY-1");
    CHECK(first.empty());  // NOLINT: that is the question
    Secret third;
    third = std::move(second);
    CHECK(third.reveal() == "CANARY-1");
    const Secret fourth = third.copy();
    const char* const bytes = third.reveal().data();
    third.wipe();
    CHECK(third.empty());
    CHECK(*bytes == '\0');  // still allocated: wiped in place
    CHECK(fourth.reveal() == "CANARY-1");
}

TEST_CASE("a secret that is wiped leaves nothing in the room behind it either") {
    std::string typed(100, 'x');
    typed.replace(80, 6, "CANARY");
    typed.resize(20);  // taken back with backspaces: what was longer lies behind the end
    Secret secret(std::move(typed));
    const char* const bytes = secret.reveal().data();
    REQUIRE(std::string_view(bytes + 80, 6) == "CANARY");
    secret.wipe();
    CHECK(std::string_view(bytes, 100).find_first_not_of('\0') == std::string_view::npos);
}

TEST_CASE("env: is read, unset and wiped from the block the process was started with") {
    ::setenv("TACBUNDLE_TEST_PW", "CANARY-env", 1);
    const char* const block = std::getenv("TACBUNDLE_TEST_PW");
    CHECK(password_of("env:TACBUNDLE_TEST_PW") == "CANARY-env");
    CHECK(std::getenv("TACBUNDLE_TEST_PW") == nullptr);
    CHECK(std::strlen(block) == 0);
}

TEST_CASE("a variable that is not set, or is empty, is an error that says what to do") {
    ::unsetenv("TACBUNDLE_TEST_PW");
    CHECK(holds(password_of("env:TACBUNDLE_TEST_PW"),
                "env:TACBUNDLE_TEST_PW: the variable is not set\n  export TACBUNDLE_TEST_PW"));
    ::setenv("TACBUNDLE_TEST_PW", "", 1);
    CHECK(holds(password_of("env:TACBUNDLE_TEST_PW"), "it is empty"));
}

TEST_CASE("an enable password may be blank, a login's may not, and one source for both may not") {
    Terminal none(false);
    const auto redaction = new_redaction();
    ::setenv("TACBUNDLE_TEST_PW", "CANARY-login", 1);
    ::setenv("TACBUNDLE_TEST_EN", "", 1);
    auto credentials =
        Credentials::gather(endpoint_with("env:TACBUNDLE_TEST_PW", "env:TACBUNDLE_TEST_EN"), none, *redaction);
    REQUIRE(credentials);
    const auto enable = credentials->enable_password();
    REQUIRE(enable);
    CHECK((*enable)->empty());
    ::setenv("TACBUNDLE_TEST_PW", "", 1);
    const auto both =
        Credentials::gather(endpoint_with("env:TACBUNDLE_TEST_PW", "env:TACBUNDLE_TEST_PW"), none, *redaction);
    REQUIRE_FALSE(both);
    CHECK(holds(both.error().message(), "it is empty"));
}

TEST_CASE("one variable serves several endpoints, and no child sees another endpoint's") {
    ::setenv("TACBUNDLE_TEST_PW", "CANARY-both", 1);
    ::setenv("TACBUNDLE_TEST_LATE", "CANARY-late", 1);
    std::vector<EndpointSpec> endpoints{endpoint_with("command:printenv TACBUNDLE_TEST_LATE"),
                                        endpoint_with("env:TACBUNDLE_TEST_PW", "env:TACBUNDLE_TEST_PW"),
                                        endpoint_with("env:TACBUNDLE_TEST_PW", "env:TACBUNDLE_TEST_LATE")};
    Terminal none(false);
    const auto redaction = new_redaction();
    auto refused = Credentials::gather_all(endpoints, none, *redaction);
    REQUIRE_FALSE(refused);  // printenv found nothing: exit status 1
    CHECK(holds(refused.error().message(), "command:printenv ...: it ended with exit status 1"));

    ::setenv("TACBUNDLE_TEST_PW", "CANARY-both", 1);
    ::setenv("TACBUNDLE_TEST_LATE", "CANARY-late", 1);
    endpoints.erase(endpoints.begin());
    auto all = Credentials::gather_all(endpoints, none, *redaction);
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK((*(*all)[0].password("a@b"))->reveal() == "CANARY-both");
    CHECK((*(*all)[0].enable_password())->reveal() == "CANARY-both");
    CHECK((*(*all)[1].password("a@b"))->reveal() == "CANARY-both");
    CHECK((*(*all)[1].enable_password())->reveal() == "CANARY-late");
}

TEST_CASE("a credential is told to the redaction before anything can print it") {
    ::setenv("TACBUNDLE_TEST_PW", "CANARY-told", 1);
    Terminal none(false);
    const auto redaction = new_redaction();
    REQUIRE(Credentials::gather(endpoint_with("env:TACBUNDLE_TEST_PW"), none, *redaction));
    CHECK(redaction->redact("said CANARY-told aloud").str().find("CANARY") == std::string::npos);
}

TEST_CASE("file: takes one line of a private regular file") {
    const TemporaryFolder folder;
    CHECK(password_of("file:" + folder.write("a", "CANARY-file\n")) == "CANARY-file");
    CHECK(password_of("file:" + folder.write("b", "CANARY-file")) == "CANARY-file");
    CHECK(password_of("file:" + folder.write("c", "CANARY-file\r\n")) == "CANARY-file");
    CHECK(password_of("file:" + folder.write("d", " CANARY two words ")) == " CANARY two words ");
    CHECK(password_of("file:" + folder.write("e", std::string(256, 'x'))).size() == 256);
}

TEST_CASE("a file that others can read, or that is none, is refused with the remedy") {
    const TemporaryFolder folder;
    for (const unsigned mode : {0640U, 0604U, 0644U, 0660U}) {
        const auto open = folder.write("open", "CANARY-file\n", mode);
        const auto message = password_of("file:" + open);
        CHECK(holds(message, "others can read it"));
        CHECK(holds(message, "chmod 600 " + open));
        CHECK_FALSE(holds(message, "CANARY"));
    }
    CHECK(holds(password_of("file:" + folder.path().string() + "/none"), "No such file"));
    CHECK(holds(password_of("file:" + folder.path().string()), "not a regular file"));
    const auto fifo = folder.path() / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(holds(password_of("file:" + fifo.string()), "not a regular file"));
    CHECK(holds(password_of("file:" + folder.write("empty", "\n")), "it is empty"));
    CHECK(holds(password_of("file:" + folder.write("long", std::string(257, 'x'))), "longer than"));
    CHECK(holds(password_of("file:" + folder.write("longer", std::string(9000, 'x'))), "longer than"));
}

TEST_CASE("a secret with a control character is refused and not shown") {
    const TemporaryFolder folder;
    for (const std::string_view content :
         {std::string_view("CANARY\nreload\n"), std::string_view("CANARY\rreload"), std::string_view("CANARY\0x", 8),
          std::string_view("CANARY\x1b[A"), std::string_view("CANARY\n\n")}) {
        const auto message = password_of("file:" + folder.write("f", content));
        CHECK((holds(message, "control character") || holds(message, "more than one line")));
        CHECK_FALSE(holds(message, "CANARY"));
    }
}

TEST_CASE("fd: reads one line and closes the descriptor") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    REQUIRE(::write(ends[1], "CANARY-fd\nrest", 14) == 14);  // open for writing: no end of file comes
    CHECK(password_of("fd:" + std::to_string(ends[0])) == "CANARY-fd");
    CHECK(::fcntl(ends[0], F_GETFD) == -1);
    ::close(ends[1]);
    CHECK(holds(password_of("fd:" + std::to_string(ends[0])), "not open"));
    CHECK(holds(password_of("fd:1"), "not a descriptor to read from"));
}

TEST_CASE("command: gives what a program prints") {
    CHECK(password_of("command:printf '%s' CANARY-cmd") == "CANARY-cmd");
    CHECK(password_of("command:echo 'CANARY two'") == "CANARY two");
    CHECK(password_of("command:printf \"$HOME;id\"") == "$HOME;id");  // no shell
    CHECK(holds(password_of("command:cat"), "it printed nothing"));   // input is /dev/null
}

TEST_CASE("a command that fails is an error with its exit status and without its output") {
    const auto failed = password_of("command:sh -c 'echo CANARY-out; exit 3'");
    CHECK(holds(failed, "exit status 3"));
    CHECK_FALSE(holds(failed, "CANARY"));
    CHECK(holds(password_of("command:true"), "printed nothing"));
    CHECK(holds(password_of("command:tacbundle-no-such-program"), "starting it"));
    CHECK(holds(password_of("command:sh -c 'kill -9 $$'"), "signal 9"));
    CHECK(holds(password_of("command:head -c 100000 /dev/zero"), "more than 4 KiB"));
    CHECK(holds(password_of("command:echo 'open"), "' is not closed"));
    CHECK(holds(password_of("command:printf 'CANARY\\nmore\\n'"), "more than one line"));
}

TEST_CASE("an interrupt ends a command that hangs") {
    std::stop_source stop;
    stop.request_stop();
    Terminal none(false, stop.get_token());
    const auto redaction = new_redaction();
    auto credentials = Credentials::gather(endpoint_with("command:sleep 60"), none, *redaction);
    REQUIRE_FALSE(credentials);
    CHECK(credentials.error().kind == ErrorKind::interrupted);
}

TEST_CASE("without a source and without a terminal nothing is sent, and the error says what to set") {
    Terminal none(false);
    const auto redaction = new_redaction();
    auto credentials = Credentials::gather(endpoint_with(""), none, *redaction);
    REQUIRE(credentials);
    CHECK_FALSE(credentials->has_password());
    const auto password = credentials->password("admin@192.0.2.1");
    REQUIRE_FALSE(password);
    CHECK(password.error().kind == ErrorKind::login);
    CHECK(holds(password.error().message(), "password of admin@192.0.2.1"));
    CHECK(holds(password.error().message(), "set password-from"));
    const auto enable = credentials->enable_password();
    REQUIRE_FALSE(enable);
    CHECK(holds(enable.error().message(), "set enable-from"));
}

TEST_CASE("prompt without a terminal is refused before anything is contacted") {
    Terminal none(false);
    const auto redaction = new_redaction();
    const auto credentials = Credentials::gather(endpoint_with("", "prompt"), none, *redaction);
    REQUIRE_FALSE(credentials);
    CHECK(credentials.error().kind == ErrorKind::usage);
    CHECK(holds(credentials.error().message(), "hq: enable-from: prompt: there is no terminal"));
}

TEST_CASE("a refused password of a source is not given again") {
    Terminal none(false);
    const auto redaction = new_redaction();
    auto credentials = Credentials::gather(endpoint_with("command:echo CANARY-wrong"), none, *redaction);
    REQUIRE(credentials);
    CHECK(credentials->has_password());
    REQUIRE(credentials->password("a@b"));
    credentials->refuse_password();
    CHECK(credentials->was_refused());
    const auto again = credentials->password("a@b");
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == ErrorKind::login);
    CHECK(holds(again.error().message(), "was refused and is not sent again"));
}

TEST_CASE("a typed password is asked for once, and again when it was refused; an empty enable is a choice") {
    Pty person([] {
        Terminal terminal;
        const auto redaction = new_redaction();
        auto credentials = Credentials::gather(endpoint_with(""), terminal, *redaction);
        if (!credentials) return 1;
        for (int session = 0; session < 2; ++session) {
            auto password = credentials->password("admin@192.0.2.1");
            if (!password || (*password)->reveal() != "CANARY-1") return 2;
        }
        if (redaction->redact("CANARY-1").str() == "CANARY-1") return 3;
        credentials->refuse_password();
        auto second = credentials->password("admin@192.0.2.1");
        if (!second || (*second)->reveal() != "CANARY-2") return 4;
        if (credentials->was_refused()) return 5;  // there is another one now
        auto enable = credentials->enable_password();
        if (!enable || !(*enable)->empty()) return 6;
        // The second one was refused too: a third would lock the account.
        credentials->refuse_password();
        if (!credentials->was_refused() || credentials->may_retype_password()) return 7;
        const auto third = credentials->password("admin@192.0.2.1");
        return !third && holds(third.error().message(), "refused twice") ? 0 : 8;
    });
    REQUIRE(person.read_until("hq: password of admin@192.0.2.1: "));
    person.type("CANARY-1\r");
    person.forget();
    REQUIRE(person.read_until("hq: password of admin@192.0.2.1 (once more): "));
    person.type("CANARY-2\r");
    REQUIRE(person.read_until("hq: enable password: "));
    person.type("\r");
    CHECK(person.end() == 0);
    CHECK_FALSE(holds(person.seen(), "CANARY"));
}

TEST_CASE("what was typed and refused may be typed once more; what a source gave may not") {
    Pty person([] {
        Terminal terminal;
        const auto redaction = new_redaction();
        auto credentials = Credentials::gather(endpoint_with(""), terminal, *redaction);
        if (!credentials || credentials->may_retype_password() || credentials->may_retype_enable())
            return 1;  // nothing was typed
        if (!credentials->password("a@b") || !credentials->enable_password()) return 2;
        if (!credentials->may_retype_password() || !credentials->may_retype_enable()) return 3;
        if (!credentials->password("a@b") || (*credentials->enable_password())->reveal() != "CANARY-4") return 4;
        if (credentials->may_retype_password() || credentials->may_retype_enable()) return 5;
        auto sourced =
            Credentials::gather(endpoint_with("command:echo CANARY-5", "command:echo CANARY-6"), terminal, *redaction);
        if (!sourced || !sourced->password("a@b") || !sourced->enable_password()) return 6;
        return sourced->may_retype_password() || sourced->may_retype_enable() ? 7 : 0;
    });
    for (const auto& [question, answer] :
         {std::pair("password of a@b: ", "CANARY-1\r"), std::pair("enable password: ", "CANARY-2\r"),
          std::pair("password of a@b (once more): ", "CANARY-3\r"),
          std::pair("enable password (once more): ", "CANARY-4\r")}) {
        REQUIRE(person.read_until(question));
        person.type(answer);
        person.forget();
    }
    CHECK(person.end() == 0);
}

TEST_CASE("what was typed for a bastion is wiped with the rest") {
    Pty person([] {
        Terminal terminal;
        const auto redaction = new_redaction();
        auto credentials = Credentials::gather(endpoint_with(""), terminal, *redaction);
        if (!credentials) return 1;
        const auto password = credentials->of_bastion("jump@192.0.2.9").password("jump@192.0.2.9");
        if (!password || (*password)->reveal() != "CANARY-of-the-bastion") return 2;
        const char* const bytes = (*password)->reveal().data();
        credentials->wipe();
        if (*bytes != '\0') return 3;  // still allocated: wiped in place
        return credentials->of_bastion("jump@192.0.2.9").password_in_use().empty() ? 0 : 4;
    });
    REQUIRE(person.read_until("password of jump@192.0.2.9: "));
    person.type("CANARY-of-the-bastion\r");
    CHECK(person.end() == 0);
}
