// A line and its answer, at every read size.

#include "collector/session/shell.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/scripted_dialogue.hpp"

using collector::Patience;
using collector::Shell;
using formats::ErrorKind;
using support::Dialogue;
using support::incident_of_hq;
using support::line;
using support::profiles;
using support::read_sizes;
using support::soon;

TEST_CASE("an answer is what stands between echo and prompt, page by page") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Dialogue d(
            {{"\rfw-a# ", "show crypto isakmp sa\r"},
             {"show crypto isakmp sa\r\n\r\n   Active SA: 1\r\n<--- More --->", " "},
             {"\r" + std::string(14, ' ') + "\rTotal IKE SA: 1\r\nfw-a# is not the prompt here\r\n\rfw-a# ", ""}},
            size);
        REQUIRE(d.shell.reach_prompt(soon()));
        std::string text;
        const auto answer = d.shell.run(
            line("before/show-crypto-isakmp-sa"), [&](std::string_view lines) { return text += lines, true; }, {},
            soon());
        REQUIRE(answer);
        CHECK(text == "\n   Active SA: 1\nTotal IKE SA: 1\nfw-a# is not the prompt here\n");
        CHECK(answer->text == text);
        CHECK(answer->lines == 4);
        CHECK_FALSE(answer->refused);
        CHECK(d.log->surprises.empty());
    }
}

TEST_CASE("refusals are told from output") {
    struct Row {
        std::string says;
        formats::Outcome outcome;
    };
    const std::vector<Row> rows{
        {"                      ^\r\nERROR: % Invalid input detected at '^' marker.\r\n",
         formats::Outcome::unsupported},
        {"Command authorization failed\r\n", formats::Outcome::denied},
        {"ERROR: % Incomplete command\r\n", formats::Outcome::unsupported},
    };
    for (const Row& row : rows)
        for (const std::size_t size : read_sizes) {
            CAPTURE(row.says);
            Dialogue d({{"\rfw-a# ", "show failover\r"}, {"show failover\r\n" + row.says + "\rfw-a# ", ""}}, size);
            REQUIRE(d.shell.reach_prompt(soon()));
            const auto answer = d.shell.run(line("before/show-failover"), {}, {}, soon());
            REQUIRE(answer);
            REQUIRE(answer->refused);
            CHECK(*answer->refused == row.outcome);
        }
}

TEST_CASE("an empty answer is told from none") {
    for (const std::size_t size : read_sizes) {
        Dialogue d({{"\rfw-a# ", "show debug\r"}, {"show debug\r\n\rfw-a# ", ""}}, size);
        REQUIRE(d.shell.reach_prompt(soon()));
        const auto answer = d.shell.run(line("before/debug-state"), {}, {}, soon());
        REQUIRE(answer);
        CHECK(answer->bytes == 0);
    }
}

TEST_CASE("a prompt that was believed before the echo of the line counts as text of the line before") {
    Dialogue d({{"\rfw-a# ", "show clock\r"},
                {"late line\r\n\rfw-a# show clock\r\n14:02:11.345 UTC Tue Mar 9 2004\r\n\rfw-a# ", ""}},
               1);
    REQUIRE(d.shell.reach_prompt(soon()));
    const auto answer = d.shell.run(line("clock"), {}, {}, soon());
    REQUIRE(answer);
    CHECK(answer->lines == 1);
    CHECK(answer->text == "14:02:11.345 UTC Tue Mar 9 2004\n");
}

TEST_CASE("what came before a lost session reached the sink") {
    Dialogue d({{"\rfw-a# ", "show version\r"}, {"show version\r\nCisco PIX Security Appliance\r\nhalf", ""}}, 1, true);
    REQUIRE(d.shell.reach_prompt(soon()));
    std::string text;
    const auto answer = d.shell.run(
        line("before/show-version"), [&](std::string_view lines) { return text += lines, true; }, {}, soon());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::disconnected);
    CHECK(text == "Cisco PIX Security Appliance\n");
}

TEST_CASE("a line of another endpoint's plan is not written") {
    Dialogue d({{"\rfw-a# ", ""}}, 1);
    REQUIRE(d.shell.reach_prompt(soon()));
    formats::Incident other = incident_of_hq();
    other.endpoints.front().name = "branch";
    const auto other_plan = collector::Plan::make(other, profiles());
    REQUIRE(other_plan);
    const auto foreign = other_plan->candidates(0).front().line("clock");
    REQUIRE(foreign);
    const auto answer = d.shell.run(*foreign, {}, {}, soon());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::plan);
    CHECK(d.log->written.empty());
}

namespace {

/// Sends lines without a pause, for ever.
class EndlessTransport : public collector::Transport {
 public:
    formats::Result<std::size_t> read_some(std::span<char> into, const Patience&) override {
        const std::string_view line = echoed_ ? "one more line\r\n" : first_;
        echoed_ = typed_;
        const std::size_t n = std::min(into.size(), line.size());
        std::copy_n(line.begin(), n, into.begin());
        if (!typed_ && std::exchange(shown_, true)) return formats::Error{ErrorKind::timeout, "endless", "nothing", {}};
        return n;
    }
    formats::Result<void> write(std::string_view bytes, const Patience&) override {
        typed_ = typed_ || bytes.ends_with('\r');
        first_ = "show clock\r\n";
        return {};
    }
    void close() noexcept override {}

 private:
    std::string_view first_ = "\rfw-a# ";
    bool typed_ = false, echoed_ = false, shown_ = false;
};

}  // namespace

TEST_CASE("a device that never pauses does not hold up the end of our patience") {
    Shell shell(std::make_unique<EndlessTransport>(), "hq", std::vector{formats::find_profile(profiles(), "pix7")});
    REQUIRE(shell.reach_prompt(soon()));
    const auto before = std::chrono::steady_clock::now();
    const auto answer = shell.run(line("clock"), {}, {}, Patience::within(std::chrono::milliseconds{200}));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::timeout);
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{20});
}

TEST_CASE("log lines do not make the wait for an answer longer, and its end names the option that does") {
    const std::string log = "%PIX-6-302013: Built outbound TCP connection 7\r\n";
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        // Without a pause, and one a second of the time of those who wait.
        Dialogue d({{"\rfw-a# ", "show clock\r"}, {"show clock\r\n", ""}}, size);
        REQUIRE(d.shell.reach_prompt(soon()));
        d.log->endless = log;
        const auto before = std::chrono::steady_clock::now();
        const auto answer =
            d.shell.run(line("clock"), {}, {std::chrono::milliseconds{400}, std::chrono::seconds{60}}, soon());
        REQUIRE_FALSE(answer);
        CHECK(answer.error().kind == ErrorKind::timeout);
        CHECK(answer.error().remedy.find("--command-timeout") != std::string::npos);
        CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{20});
    }
}

TEST_CASE("where a log is asked for, its lines are the answer") {
    const std::string log = "%PIX-6-302013: Built outbound TCP connection 7\r\n";
    formats::Standing asked({formats::find_profile(profiles(), "pix7")}), other = asked;
    asked.type("show logging", formats::Standing::Echo::unknown);
    other.type("show clock", formats::Standing::Echo::unknown);
    const formats::Standing::Time later{std::chrono::hours{1}};
    asked.hear(log, later);
    other.hear(log, later);
    CHECK(asked.went_on() == later);
    CHECK(other.went_on() < later);
}

TEST_CASE("a line is not typed at a question that somebody was asked meanwhile") {
    // Somebody's question on the same console, between two lines of ours.
    const auto log = std::make_shared<support::ScriptLog>();
    struct Interrupted : support::ScriptedTransport {
        using support::ScriptedTransport::ScriptedTransport;
        formats::Result<std::size_t> read_some(std::span<char> into, const Patience& patience) override {
            if (auto got = support::ScriptedTransport::read_some(into, patience); got || !first_) return got;
            const std::string_view asked = "Proceed with reload? [confirm]";
            if (!std::exchange(armed_, true)) return formats::Error{ErrorKind::timeout, "hq", "nothing", {}};
            first_ = false;
            std::copy(asked.begin(), asked.end(), into.begin());
            return asked.size();
        }
        bool first_ = true, armed_ = false;
    };
    Shell shell(std::make_unique<Interrupted>(std::vector<support::Turn>{{"\rfw-a# ", ""}}, 4096, log, false), "hq",
                std::vector{formats::find_profile(profiles(), "pix7")});
    REQUIRE(shell.reach_prompt(soon()));
    const auto answer = shell.run(line("clock"), {}, {}, soon());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::prompt);
    CHECK(answer.error().detail.find("Proceed with reload? [confirm]") != std::string::npos);
    CHECK(log->written == "");
}

TEST_CASE("a session is kept awake behind its prompt and log lines, and not at what is not understood") {
    struct Row {
        const char* comes;
        bool is_typed;
    };
    for (const Row& row :
         {Row{"\r\nfw-a# ", true}, Row{"\r\n%PIX-6-302013: Built outbound TCP connection\r\n", true},
          Row{"\r\nThe clock moves back in 5 minutes; agreed? ", false},
          Row{"\r\nProceed with reload? [confirm]", false}, Row{"\r\nfw-a# wri", false}, Row{"\r\n%PIX-6-3020", false}})
        for (const std::size_t size : support::read_sizes) {
            CAPTURE(row.comes);
            CAPTURE(size);
            support::Dialogue played({{"\rfw-a# ", "\r"}, {row.comes, "\r"}}, size);
            REQUIRE(played.shell.reach_prompt(soon()));
            REQUIRE(played.shell.keep_awake(soon()));
            REQUIRE(played.log->written == "\r");
            for (std::size_t i = 0; i < std::string_view(row.comes).size(); i += size)
                REQUIRE(played.shell.listen({}, soon()));
            REQUIRE(played.shell.keep_awake(soon()));
            CHECK(played.log->written == (row.is_typed ? "\r\r" : "\r"));
        }
}
