// Arming, proving and turning off in a stream that damages its own transcript: what the device prints is
// played whole and one byte a read, and every line that is written is checked.

#include "collector/debug/debug_stream.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "formats/bundle/spool.hpp"
#include "support/scripted_transport.hpp"

using collector::DebugStream;
using collector::Patience;
using formats::ErrorKind;
using support::Turn;

namespace {

/// What is owed, in memory.
class Book : public collector::UndoBook {
 public:
    formats::Result<void> name_endpoint(const collector::JournalEndpoint&) override { return {}; }
    formats::Result<unsigned> owe(collector::UndoEntry) override {
        if (broken) return formats::Error{ErrorKind::io, "journal", "No space left on device", {}};
        ++owed;
        return ++numbers;
    }
    void prove(unsigned, std::string_view) override { --owed; }
    int owed = 0;
    unsigned numbers = 0;
    bool broken = false;
};

const std::vector<formats::Profile>& profiles() {
    static const auto loaded = formats::load_profiles("");
    REQUIRE(loaded);
    return *loaded;
}

const collector::Plan& plan() {
    static const auto made = [] {
        formats::Incident incident;
        formats::EndpointSpec endpoint;
        endpoint.name = "hq";
        endpoint.platform = "pix7";
        incident.endpoints.push_back(endpoint);
        return collector::Plan::make(incident, profiles());
    }();
    REQUIRE(made);
    return *made;
}

const std::string clock_text = "show clock\r\n14:02:11.345 UTC Tue Mar 9 2004\r\n\rfw# ";
const std::string both_listed =
    "show debug\r\ndebug crypto isakmp enabled at level 127\r\ndebug crypto ipsec enabled at level 127\r\n\rfw# ";

std::vector<Turn> arming() {
    return {{"\rfw# ", "show running-config logging\r"},
            {"show running-config logging\r\nlogging enable\r\n\rfw# ", "show debug\r"},
            {"show debug\r\n\rfw# ", "show clock\r"},
            {clock_text, "no debug crypto isakmp\r"},
            {"no debug crypto isakmp\r\n\rfw# ", "no debug crypto ipsec\r"},
            {"no debug crypto ipsec\r\n\rfw# ", "debug crypto isakmp 127\r"},
            {"debug crypto isakmp 127\r\n\rfw# Mar 09 14:02:11 [IKEv1]: IP = 203.0.113.1, early\r\n",
             "debug crypto ipsec 127\r"},
            {"debug crypto ipsec 127\r\n\rfw# ", "show debug\r"},
            {both_listed, "show clock\r"}};
}

std::vector<Turn> with(std::vector<Turn> turns, std::vector<Turn> more) {
    turns.insert(turns.end(), more.begin(), more.end());
    return turns;
}

struct Stream {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("tacbundle-stream-" + std::to_string(::getpid()));
    std::shared_ptr<support::ScriptLog> log = std::make_shared<support::ScriptLog>();
    std::shared_ptr<formats::Redaction> redaction = *formats::Redaction::make({});
    formats::Result<formats::Spool> spool;
    formats::Capture capture;
    collector::Shell shell;
    Book book;
    DebugStream stream;

    Stream(std::vector<Turn> turns, std::size_t read_size)
        : spool(formats::Spool::create((std::filesystem::remove_all(folder), folder))),
          capture(*formats::Capture::open(*spool, *redaction, "endpoints/hq/debug/debug-crypto.txt", 1 << 20,
                                          formats::Capture::Stamps::arrival)),
          shell(std::make_unique<support::ScriptedTransport>(std::move(turns), read_size, log), "hq",
                std::vector{formats::find_profile(profiles(), "pix7")}),
          stream(*collector::FencedSession::make(shell, plan().candidates(0).front(), &capture), book) {
        REQUIRE(shell.reach_prompt(soon()));
    }
    ~Stream() { std::filesystem::remove_all(folder); }

    static Patience soon() { return Patience::within(std::chrono::seconds{3}); }
    std::string captured() {
        REQUIRE(capture.finish());
        auto reader = spool->read("endpoints/hq/debug/debug-crypto.txt");
        REQUIRE(reader);
        std::string text;
        for (auto bytes = reader->read(); bytes && !bytes->empty(); bytes = reader->read()) text += *bytes;
        return text;
    }
};

const std::vector<std::size_t> read_sizes{1, 2, 5, 4096};

}  // namespace

TEST_CASE("armed, heard, turned off and proven, though the stream cuts our echoes") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Stream s(with(arming(), {{clock_text + "Mar 09 14:02:12 [IKEv1]: IP = 203.0.113.1, processing SA payload\r\n",
                                  "no debug crypto ipsec\r"},
                                 {"no debug cryMar 09 14:02:13 [IKEv1]: IP = 203.0.113.1, more\r\npto ipsec\r\n\rfw# ",
                                  "no debug crypto isakmp\r"},
                                 {"no debug crypto isakmp\r\n\rfw# ", "show debug\r"},
                                 {"show debug\r\n\rfw# ", "show clock\r"},
                                 {clock_text, ""}}),
                 size);
        const auto armed = s.stream.arm({"7.2(2)", "203.0.113.1", {}}, Stream::soon());
        CAPTURE(s.log->written);
        if (!armed) FAIL(armed.error().message());
        CHECK(s.stream.is_armed());
        CHECK(s.book.owed == 2);
        CHECK(s.stream.session().listen(Stream::soon()));
        const auto off = s.stream.disarm(Stream::soon());
        if (!off) FAIL(off.error().message());
        CHECK_FALSE(s.stream.is_armed());
        CHECK(s.book.owed == 0);
        CHECK(s.log->surprises.empty());
        const std::string text = s.captured();
        CHECK(text.find("early") != std::string::npos);
        CHECK(text.find("processing SA payload") != std::string::npos);
        CHECK(text.find("logging enable") == std::string::npos);  // what was looked at before is no debug
        CHECK(text.starts_with("20"));                            // every line has its arrival time
    }
}

TEST_CASE("debugs that stay listed are not proven off, and stay owed") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        std::vector<Turn> turns = with(arming(), {{clock_text, "no debug crypto ipsec\r"}});
        for (int tries = 0; tries < 3; ++tries)
            turns = with(
                turns,
                {{"no debug crypto ipsec\r\nERROR: Command authorization failed\r\n\rfw# ", "no debug crypto isakmp\r"},
                 {"no debug crypto isakmp\r\nERROR: Command authorization failed\r\n\rfw# ", "show debug\r"},
                 {both_listed, "show clock\r"},
                 {clock_text, tries < 2 ? "no debug crypto ipsec\r" : ""}});
        Stream s(turns, size);
        REQUIRE(s.stream.arm({"7.2(2)", "", {}}, Stream::soon()));
        const auto off = s.stream.disarm(Stream::soon());
        REQUIRE_FALSE(off);
        CHECK(s.stream.is_armed());
        CHECK(s.book.owed == 2);
        CHECK(s.stream.off_lines() == std::vector<std::string>{"no debug crypto ipsec", "no debug crypto isakmp"});
    }
}

TEST_CASE("a line that still waits for its answer is broken off before the off line") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Stream s(
            with(arming(),
                 {{clock_text, "show crypto isakmp sa\r"}, {"show crypto isakmp sa\r\n", "show clock\r"}, {"", ""}}),
            size);
        REQUIRE(s.stream.arm({"7.2(2)", "", {}}, Stream::soon()));
        const auto polled = plan().candidates(0).front().line("during/show-crypto-isakmp-sa");
        REQUIRE(polled);
        CHECK_FALSE(s.stream.session().ask(*polled, Stream::soon()));
        CHECK_FALSE(s.stream.disarm(Stream::soon()));
        const auto asked = s.log->written.find("show crypto isakmp sa"), broken_off = s.log->written.find('\x03'),
                   off = s.log->written.rfind("no debug crypto ipsec");
        REQUIRE(broken_off != std::string::npos);
        CHECK(asked < broken_off);
        CHECK(broken_off < off);
    }
}

TEST_CASE("a fence belongs to one line: what is still owed to an earlier one serves nobody") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        Stream s(with(arming(), {{clock_text, "show crypto isakmp sa\r"},
                                 {"show crypto isakmp sa\r\n", "show clock\r"},
                                 {"", "show crypto ipsec sa\r"},
                                 {clock_text + "show crypto ipsec sa\r\n", "show clock\r"},
                                 {"\r\ninterface: outside\r\n\rfw# " + clock_text, ""}}),
                 size);
        REQUIRE(s.stream.arm({"7.2(2)", "", {}}, Stream::soon()));
        const auto line = [&](const char* id) { return *plan().candidates(0).front().line(id); };
        CHECK_FALSE(s.stream.session().ask(line("during/show-crypto-isakmp-sa"), Stream::soon()));
        const auto answer = s.stream.session().ask(line("during/show-crypto-ipsec-sa"), Stream::soon());
        REQUIRE(answer);
        CHECK(answer->find("interface: outside") != std::string::npos);
    }
}

TEST_CASE("the fence that an earlier line still owes is not believed when it comes behind the next one") {
    for (const std::size_t size : read_sizes) {
        CAPTURE(size);
        // What was owed comes behind the second line's own fence, and its answer only then.
        Stream s(with(arming(), {{clock_text, "show crypto isakmp sa\r"},
                                 {"show crypto isakmp sa\r\n", "show clock\r"},
                                 {"", "show crypto ipsec sa\r"},
                                 {"show crypto ipsec sa\r\n", "show clock\r"},
                                 {clock_text + "interface: outside\r\n\rfw# " + clock_text +
                                      "Mar 09 14:02:12 [IKEv1]: IP = 203.0.113.1, behind its fence\r\n",
                                  ""}}),
                 size);
        REQUIRE(s.stream.arm({"7.2(2)", "", {}}, Stream::soon()));
        const auto line = [&](const char* id) { return *plan().candidates(0).front().line(id); };
        CHECK_FALSE(s.stream.session().ask(line("during/show-crypto-isakmp-sa"), Stream::soon()));
        const auto answer = s.stream.session().ask(line("during/show-crypto-ipsec-sa"), Stream::soon());
        REQUIRE(answer);
        CHECK(answer->find("interface: outside") != std::string::npos);
        CHECK(answer->find("UTC") == std::string::npos);  // a fence is no part of any answer, nor what comes behind it
        CHECK(answer->find("behind its fence") == std::string::npos);
    }
}

TEST_CASE("an undo that is refused in the rehearsal: nothing is armed") {
    for (const std::size_t size : read_sizes) {
        Stream s({{"\rfw# ", "show running-config logging\r"},
                  {"show running-config logging\r\n\rfw# ", "show debug\r"},
                  {"show debug\r\n\rfw# ", "show clock\r"},
                  {clock_text, "no debug crypto isakmp\r"},
                  {"no debug crypto isakmp\r\nERROR: Command authorization failed\r\n\rfw# ", ""}},
                 size);
        const auto armed = s.stream.arm({"7.2(2)", "", {}}, Stream::soon());
        REQUIRE_FALSE(armed);
        CHECK(armed.error().kind == ErrorKind::rejected);
        CHECK_FALSE(s.stream.is_armed());
        CHECK(s.book.owed == 0);
    }
}

TEST_CASE("debug output that goes to the log: nothing is armed") {
    Stream s({{"\rfw# ", "show running-config logging\r"},
              {"show running-config logging\r\nlogging debug-trace\r\n\rfw# ", ""}},
             1);
    const auto armed = s.stream.arm({"7.2(2)", "", {}}, Stream::soon());
    REQUIRE_FALSE(armed);
    CHECK(armed.error().detail.find("logging debug-trace") != std::string::npos);
    CHECK_FALSE(s.stream.is_armed());
}

TEST_CASE("an arming line that is refused is said with the device's own words") {
    for (const std::size_t size : read_sizes) {
        std::vector<Turn> turns = arming();
        turns.resize(6);
        Stream s(
            with(turns, {{"debug crypto isakmp 127\r\nERROR: Command authorization failed\r\n\rfw# ",
                          "debug crypto ipsec 127\r"},
                         {"debug crypto ipsec 127\r\nERROR: Command authorization failed\r\n\rfw# ", "show debug\r"},
                         {"show debug\r\n\rfw# ", "show clock\r"},
                         {clock_text, ""}}),
            size);
        const auto armed = s.stream.arm({"7.2(2)", "", {}}, Stream::soon());
        REQUIRE_FALSE(armed);
        CHECK(armed.error().detail.find("authorization failed") != std::string::npos);
    }
}

TEST_CASE("what cannot be journalled is not armed") {
    Stream s(arming(), 4096);
    s.book.broken = true;
    const auto armed = s.stream.arm({"7.2(2)", "", {}}, Stream::soon());
    REQUIRE_FALSE(armed);
    CHECK_FALSE(s.stream.is_armed());
    CHECK(s.log->written.find("debug crypto isakmp 127") == std::string::npos);
}
