// What is owed to a device: put down before it is needed, struck off on proof, taken back from another session.

#include "collector/debug/undo.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "collector/debug/debug_stream.hpp"
#include "support/temporary_folder.hpp"

namespace {

using namespace collector;
using formats::Error;
using formats::ErrorKind;
using formats::Result;

/// A device as far as its debugs and sessions go. It knows what it was told, and when the journal knew.
struct Device {
    std::set<std::string> on;
    std::vector<std::string> lines;
    std::map<std::string, std::string> answers{{"show clock", "03:14:00.123 UTC Thu Mar 4 2004\n"}};
    std::set<std::string> ignored_once;        ///< "Command Ignored, Configuration in progress"
    std::set<std::string> sessions;            ///< numbers in its list
    std::map<std::string, std::string> whose;  ///< user and client of a number, in place of ours
    bool is_stubborn = false;                  ///< "no debug" is not obeyed, and `state` is shown
    std::string state;
    std::string late;  ///< comes behind the next answer
    bool is_deaf_to_ends = false;
    std::string condition;  ///< the peer of ours, "" when none is set
    bool keeps_condition = false;

    std::string answer(const std::string& line) {
        lines.push_back(line);
        const std::string condition_line = "debug crypto condition peer ";
        if (line.starts_with(condition_line)) condition = line.substr(condition_line.size());
        if (line.starts_with("no " + condition_line) && !keeps_condition) condition.clear();
        if (line == "show crypto debug-condition" && !ignored_once.contains(line))
            return condition.empty()
                       ? "Crypto conditional debug is turned OFF\n"
                       : "Crypto conditional debug is turned ON\n\nIKE peer IP address filters:\n" + condition + "\n";
        if (is_stubborn && line.starts_with("no debug")) return "";
        if (is_stubborn && line == "show debug" && state != "late") return state;
        if (is_stubborn && line == "show debug") {
            late = "debug crypto isakmp enabled at level 127\n";
            return "";
        }
        if (!late.empty()) return answers[line] + std::exchange(late, "");
        if (ignored_once.erase(line) > 0) return "Command Ignored, Configuration in progress\n";
        for (const std::string item : {"isakmp", "ipsec"}) {
            if (line == "debug crypto " + item + " 127") on.insert(item);
            if (line == "no debug crypto " + item) on.erase(item);
        }
        if (line == "show debug") {
            std::string listed;
            for (const std::string& item : on) listed += "debug crypto " + item + " enabled at level 127\n";
            return listed;
        }
        if (line.starts_with("ssh disconnect ") && !is_deaf_to_ends) sessions.erase(line.substr(15));
        if (line == "show ssh sessions") {
            std::string table = "SID Client IP       Version Mode Encryption Hmac     State            Username\n";
            for (const std::string& id : sessions) {
                const std::string owner = whose.contains(id) ? whose[id] : "pix 192.0.2.5";
                const auto space = owner.find(' ');
                table += id + "   " + owner.substr(space + 1) +
                         "   2.0     IN   3des-cbc   sha1     SessionStarted   " + owner.substr(0, space) + "\n";
            }
            return table;
        }
        const auto known = answers.find(line);
        return known == answers.end() ? "" : known->second;
    }
};

class DeviceTransport : public Transport {
 public:
    explicit DeviceTransport(Device& device) : device_(device) {}
    Result<std::size_t> read_some(std::span<char> into, const Patience&) override {
        if (out_.empty()) return Error{ErrorKind::timeout, "device", "nothing more", {}};
        const std::size_t n = std::min(into.size(), out_.size());
        std::copy_n(out_.begin(), n, into.begin());
        out_.erase(0, n);
        return n;
    }
    Result<void> write(std::string_view bytes, const Patience&) override {
        for (const char c : bytes) {
            if (c != '\r') {
                typed_ += c;
                continue;
            }
            out_ += typed_ + "\r\n";
            std::string answer = device_.answer(typed_);
            for (std::size_t at = 0; (at = answer.find('\n', at)) != std::string::npos; at += 2)
                answer.replace(at, 1, "\r\n");
            out_ += answer + "\rfw-a# ";
            typed_.clear();
        }
        return {};
    }
    void close() noexcept override {}

 private:
    Device& device_;
    std::string out_ = "\rfw-a# ", typed_;
};

/// Notes what the device had been told at the moment of each entry.
struct Book : UndoBook {
    Device& device;
    std::vector<UndoEntry> owed;
    std::vector<std::string> told_before;  ///< a line of the entry that had been sent before it was owed
    std::set<unsigned> proven;
    explicit Book(Device& d) : device(d) {}

    Result<void> name_endpoint(const JournalEndpoint&) override { return {}; }
    Result<unsigned> owe(UndoEntry entry) override {
        if (std::find(device.lines.begin(), device.lines.end(), entry.line) != device.lines.end())
            told_before.push_back(entry.line);
        entry.number = static_cast<unsigned>(owed.size()) + 1;
        owed.push_back(entry);
        return entry.number;
    }
    void prove(unsigned number, std::string_view) override { proven.insert(number); }
};

Patience soon() { return Patience::within(std::chrono::seconds{20}); }

struct Stage {
    Device device;
    Book book{device};
    support::TemporaryFolder folder;
    std::vector<formats::Profile> profiles;
    std::optional<Plan> plan;
    std::optional<formats::Spool> spool;
    std::shared_ptr<formats::Redaction> redaction;
    std::optional<formats::Capture> capture;
    std::unique_ptr<Shell> shell;

    using Change = std::function<void(formats::Profile::Debug&)>;
    explicit Stage(bool is_console = false, const Change& change = {}) {
        auto loaded = formats::load_profiles("");
        REQUIRE(loaded);
        profiles = std::move(*loaded);
        for (formats::Profile& profile : profiles)
            if (change && profile.name == "pix7") change(profile.debug);
        formats::Incident incident;
        formats::EndpointSpec endpoint;
        endpoint.name = "hq";
        endpoint.platform = "pix7";
        incident.allow_console_debug = is_console;
        if (is_console) endpoint.target.transport = formats::Transport::exec;
        incident.endpoints.push_back(endpoint);
        auto made = Plan::make(incident, profiles);
        REQUIRE(made);
        plan.emplace(std::move(*made));
        auto created = formats::Spool::create(folder.path() / "spool");
        REQUIRE(created);
        spool.emplace(std::move(*created));
        auto cleaning = formats::Redaction::make({});
        REQUIRE(cleaning);
        redaction = *cleaning;
        auto opened = formats::Capture::open(*spool, *redaction, "endpoints/hq/debug/debug-crypto.txt", 1 << 20);
        REQUIRE(opened);
        capture.emplace(std::move(*opened));
        shell = log_in();
    }
    const EndpointPlan& lines() const { return plan->candidates(0).front(); }
    std::unique_ptr<Shell> log_in() {
        auto session =
            std::make_unique<Shell>(std::make_unique<DeviceTransport>(device), "hq", std::vector{&lines().profile()});
        REQUIRE(session->reach_prompt(soon()));
        return session;
    }
    DebugStream stream() {
        auto session = FencedSession::make(*shell, lines(), &*capture);
        REQUIRE(session);
        return DebugStream(std::move(*session), book);
    }
};

}  // namespace

TEST_CASE("every line that turns a debug on is owed before it is sent, and struck off on proof") {
    Stage s;
    auto stream = s.stream();
    REQUIRE(stream.arm({"7.2(2)", "203.0.113.7", {}}, soon()));
    CHECK(s.device.on.size() == 2);
    REQUIRE(s.book.owed.size() == 2);
    CHECK(s.book.told_before.empty());
    CHECK(s.book.owed[0].undo == "no debug crypto isakmp");
    CHECK(s.book.owed[0].baseline == "off");
    CHECK(s.book.proven.empty());
    CHECK(stream.off_lines() == std::vector<std::string>{"no debug crypto ipsec", "no debug crypto isakmp"});

    REQUIRE(stream.disarm(soon()));
    CHECK(s.device.on.empty());
    CHECK(s.book.proven.size() == 2);
    CHECK(stream.owed().empty());
}

TEST_CASE("a line that was ignored once is sent once more") {
    Stage s;
    s.device.ignored_once.insert("debug crypto ipsec 127");
    auto stream = s.stream();
    REQUIRE(stream.arm({"7.2(2)", "", {}}, soon()));
    CHECK(s.device.on.size() == 2);
    CHECK(s.book.owed.size() == 2);
}

TEST_CASE("an off line that was lost is sent again, and only then it is proven") {
    Stage s;
    auto stream = s.stream();
    REQUIRE(stream.arm({"7.2(2)", "", {}}, soon()));
    s.device.ignored_once.insert("no debug crypto isakmp");
    REQUIRE(stream.disarm(soon()));
    CHECK(s.device.on.empty());
    CHECK(s.book.proven.size() == 2);
}

TEST_CASE("off is proven by an answer that says so, in the session that armed and in any other") {
    const std::vector<std::string> no_proof{
        "ERROR: Command authorization failed\n",
        "Command authorization failed.\n",
        "% Authorization failed.\n",
        "ERROR: % Invalid input detected at '^' marker.\n",
        "% Bad command\n",
        "% Error: no response from AAA server\n",
        "Fallback authorization. Username 'pix' not in LOCAL database\n",
        "  debug crypto isakmp enabled at level 127\n",
        "DEBUG CRYPTO ISAKMP ENABLED AT LEVEL 127\n",
        "\x1b[1mdebug\x1b[0m crypto isakmp enabled at level 127\n",
        "Mar 09 14:02:13 [IKEv1]: IP = 203.0.113.1, moredebug crypto isakmp enabled at level 127\n",
        "Mar 09 14:02:13 [IKEv1]: IP = 203.0.113.1, more\n",
        "fw-a(config)# \n",
        "late"};
    for (const std::string& state : no_proof) {
        CAPTURE(state);
        Stage s;
        auto stream = s.stream();
        REQUIRE(stream.arm({"7.2(2)", "203.0.113.7", {}}, soon()));
        s.device.is_stubborn = true;
        s.device.state = state;
        const auto off = stream.disarm(soon());
        REQUIRE_FALSE(off);
        CHECK(off.error().kind == ErrorKind::rejected);
        CHECK(stream.is_armed());
        CHECK(s.book.proven.empty());

        std::vector<UndoEntry> owed = stream.owed();
        for (UndoEntry& entry : owed) entry.scope = UndoEntry::Scope::device;
        const auto taken = take_back({s.lines(),
                                      owed,
                                      {"", "pix", ""},
                                      [&](const Patience&) -> Result<std::unique_ptr<Shell>> { return s.log_in(); },
                                      nullptr},
                                     soon());
        CHECK_FALSE(taken.proven);
    }
}

TEST_CASE("a condition that stays listed, or of which nothing is told, is not proven off") {
    for (const bool is_told : {true, false}) {
        CAPTURE(is_told);
        Stage s;
        auto stream = s.stream();
        REQUIRE(stream.arm({"8.0(4)", "203.0.113.7", {}}, soon()));
        REQUIRE(s.device.condition == "203.0.113.7");
        s.device.keeps_condition = is_told;
        if (!is_told) s.device.ignored_once.insert("show crypto debug-condition");
        CHECK_FALSE(stream.disarm(soon()));
        CHECK(s.device.on.empty());
        REQUIRE(stream.owed().size() == 1);
        CHECK(stream.owed().front().undo_id == "condition-off");
    }
}

TEST_CASE("what others debug is neither armed, nor narrowed, nor turned off") {
    const auto has_sent = [](const Stage& s, const std::string& beginning) {
        return std::any_of(s.device.lines.begin(), s.device.lines.end(),
                           [&](const std::string& line) { return line.starts_with(beginning); });
    };
    SUBCASE("a debug that is on already") {
        Stage s;
        s.device.on = {"isakmp"};
        auto stream = s.stream();
        REQUIRE(stream.arm({"7.2(2)", "203.0.113.7", {}}, soon()));
        CHECK_FALSE(has_sent(s, "debug crypto isakmp"));
        CHECK(stream.owed().size() == 1);
        CHECK(stream.disarm(soon()));
        CHECK(s.device.on == std::set<std::string>{"isakmp"});
        CHECK_FALSE(has_sent(s, "no debug crypto isakmp"));
    }
    SUBCASE("a condition of theirs") {
        Stage s;
        s.device.condition = "192.0.2.99";
        auto stream = s.stream();
        REQUIRE(stream.arm({"8.0(4)", "203.0.113.7", {}}, soon()));
        CHECK_FALSE(has_sent(s, "debug crypto condition"));
        CHECK(stream.disarm(soon()));
        CHECK(s.device.condition == "192.0.2.99");
    }
    SUBCASE("a condition of ours, where debugs are the device's") {
        Stage s(false, [](formats::Profile::Debug& debug) { debug.scope = formats::Profile::Debug::Scope::device; });
        s.device.on = {"isakmp"};
        auto stream = s.stream();
        REQUIRE(stream.arm({"8.0(4)", "203.0.113.7", {}}, soon()));
        CHECK_FALSE(has_sent(s, "debug crypto condition"));
        CHECK(stream.disarm(soon()));
        CHECK(s.device.on == std::set<std::string>{"isakmp"});
    }
}

TEST_CASE("where a limit to the peer alone would make it harmless, nothing is armed without one") {
    const auto hinder = [](formats::Profile::Debug& debug) {
        formats::Profile::Hindrance console;
        console.id = "console";
        console.line = "show logging setting";
        console.pattern = "Console logging: level debugging";
        console.up_to = "^Log Buffer";
        console.reason = "the console would receive it as well";
        console.unless_limited = true;
        debug.hindrances.push_back(console);
    };
    struct Row {
        std::string version, foreign;
        bool is_armed;
    };
    for (const Row& row : {Row{"8.0(4)", "", true}, Row{"7.2(2)", "", false}, Row{"8.0(4)", "192.0.2.99", false}}) {
        CAPTURE(row.version);
        CAPTURE(row.foreign);
        Stage s(false, hinder);
        s.device.answers["show logging setting"] = "Console logging: level debugging, 4 messages logged\n";
        s.device.condition = row.foreign;
        auto stream = s.stream();
        const auto armed = stream.arm({row.version, "203.0.113.7", {}}, soon());
        CHECK(armed.has_value() == row.is_armed);
        CHECK(stream.is_armed() == row.is_armed);
        CHECK(s.device.on.empty() != row.is_armed);
        if (!armed) CHECK(armed.error().detail.find("the console would receive it") != std::string::npos);
    }
}

TEST_CASE("a condition goes after the session whose debugs it limits") {
    Stage s;
    s.device.sessions = {"0", "1"};
    s.device.condition = "203.0.113.7";
    const UndoEntry debug{1,  "hq",  UndoEntry::Scope::session, "disarm/isakmp",
                          "", "off", "debug crypto isakmp 127", "no debug crypto isakmp"};
    const UndoEntry condition{2,
                              "hq",
                              UndoEntry::Scope::device,
                              "condition-off",
                              "203.0.113.7",
                              "off",
                              "debug crypto condition peer 203.0.113.7",
                              "no debug crypto condition peer 203.0.113.7"};
    auto taken = take_back({s.lines(),
                            {condition, debug},
                            {"1", "pix", "192.0.2.5"},
                            [&](const Patience&) -> Result<std::unique_ptr<Shell>> { return s.log_in(); },
                            s.log_in(),
                            milliseconds{400}},
                           soon());
    CHECK(taken.proven);
    CHECK(s.device.condition.empty());
    const auto place = [&](const std::string& line) {
        return std::find(s.device.lines.begin(), s.device.lines.end(), line) - s.device.lines.begin();
    };
    CHECK(place("ssh disconnect 1") < place(condition.undo));
}

TEST_CASE("over a console a session's own debugs are never proven by name, nor a console that is not seen to be left") {
    const std::vector<UndoEntry> debug{{1, "hq", UndoEntry::Scope::session, "disarm/isakmp", "", "off",
                                        "debug crypto isakmp 127", "no debug crypto isakmp"}};
    const std::vector<UndoEntry> logout{
        {1, "hq", UndoEntry::Scope::session, "leave", "", "logged out", "enable", "exit"}};
    for (const auto& owed : {debug, logout}) {
        Stage s(true);
        const auto taken = take_back({s.lines(),
                                      owed,
                                      {"", "pix", ""},
                                      [&](const Patience&) -> Result<std::unique_ptr<Shell>> { return s.log_in(); },
                                      s.log_in()},
                                     Patience::within(std::chrono::seconds{4}));
        CAPTURE(taken.how);
        CHECK_FALSE(taken.proven);
        CHECK(std::find(s.device.lines.begin(), s.device.lines.end(), owed.front().undo) != s.device.lines.end());
    }
}

TEST_CASE("over a console debugs of the whole device are proven by name, and what showed them goes behind them") {
    Stage s(true, [](formats::Profile::Debug& debug) {
        debug.scope = formats::Profile::Debug::Scope::device;
        debug.screen_on = "terminal monitor";
        debug.screen_off = "terminal no monitor";
    });
    s.device.on = {"isakmp"};
    const UndoEntry screen{1,  "hq",  UndoEntry::Scope::session, "screen-off",
                           "", "off", "terminal monitor",        "terminal no monitor"};
    const UndoEntry debug{2,  "hq",  UndoEntry::Scope::device,  "disarm/isakmp",
                          "", "off", "debug crypto isakmp 127", "no debug crypto isakmp"};
    const auto taken = take_back({s.lines(),
                                  {screen, debug},
                                  {"", "pix", ""},
                                  [&](const Patience&) -> Result<std::unique_ptr<Shell>> { return s.log_in(); },
                                  s.log_in()},
                                 soon());
    CAPTURE(taken.how);
    CHECK(taken.proven);
    CHECK(s.device.on.empty());
    const auto place = [&](const std::string& line) {
        return std::find(s.device.lines.begin(), s.device.lines.end(), line) - s.device.lines.begin();
    };
    CHECK(place(debug.undo) < place(screen.undo));
    CHECK(place(screen.undo) < static_cast<std::ptrdiff_t>(s.device.lines.size()));
}

TEST_CASE("a fence that is not answered proves nothing") {
    Stage s;
    auto stream = s.stream();
    REQUIRE(stream.arm({"7.2(2)", "203.0.113.7", {}}, soon()));
    s.device.answers["show clock"] = "ERROR: Command authorization failed\n";
    CHECK_FALSE(stream.disarm(soon()));
    CHECK(s.book.proven.empty());
}

TEST_CASE("the proof for a session that armed is that the device lists it no more") {
    Stage s;
    int logins = 0;
    const UndoEntry entry{1,  "hq",  UndoEntry::Scope::session, "disarm/isakmp",
                          "", "off", "debug crypto isakmp 127", "no debug crypto isakmp"};
    const milliseconds quick{400}, longest{1'200};
    const auto order = [&](const std::string& arming, std::unique_ptr<Shell> session) {
        return TakeBackOrder{s.lines(),
                             {entry},
                             {arming, "pix", arming.empty() ? "" : "192.0.2.5"},
                             [&](const Patience&) -> Result<std::unique_ptr<Shell>> {
                                 ++logins;
                                 return s.log_in();
                             },
                             std::move(session),
                             quick,
                             longest};
    };
    SUBCASE("gone already") {
        s.device.sessions = {"0"};
        const auto taken = take_back(order("1", nullptr), soon());
        CHECK(taken.proven);
        CHECK(logins == 1);
    }
    SUBCASE("its number was given to the session that asks: a second one tells them apart") {
        s.device.sessions = {"1"};
        s.device.answers["exit"] = "Logoff\n";
        // The first session has number 1; once it has left, nobody has.
        TakeBackOrder o = order("1", nullptr);
        o.log_in = [&](const Patience&) -> Result<std::unique_ptr<Shell>> {
            if (++logins == 2) s.device.sessions = {"2"};
            return s.log_in();
        };
        const auto taken = take_back(std::move(o), soon());
        CHECK(taken.proven);
        CHECK(logins == 2);
        for (const std::string& line : s.device.lines) CHECK_FALSE(line.starts_with("ssh disconnect"));
    }
    SUBCASE("it lingers: ended by its number, and only that one") {
        s.device.sessions = {"0", "1", "4"};
        const auto taken = take_back(order("1", s.log_in()), soon());
        CHECK(taken.proven);
        CHECK(logins == 0);
        CHECK(s.device.sessions == std::set<std::string>{"0", "4"});
    }
    SUBCASE("its number was given to somebody else, or to us at another place: ours is gone, and nobody is ended") {
        s.device.sessions = {"0", "1"};
        for (const std::string owner : {"admin 192.0.2.5", "pix 192.0.2.99"}) {
            CAPTURE(owner);
            s.device.whose = {{"1", owner}};
            const auto taken = take_back(order("1", s.log_in()), soon());
            CHECK(taken.proven);
            CHECK(s.device.sessions == std::set<std::string>{"0", "1"});
        }
    }
    SUBCASE("where its client is not known it may be ours: not proven, and not ended") {
        s.device.sessions = {"0", "1"};
        auto o = order("1", s.log_in());
        o.arming.client.clear();
        CHECK_FALSE(take_back(std::move(o), Patience::within(std::chrono::seconds{1})).proven);
        CHECK(s.device.sessions == std::set<std::string>{"0", "1"});
    }
    SUBCASE("it lingers whatever is done: given up, of itself after 15 seconds") {
        s.device.sessions = {"0", "1"};
        s.device.is_deaf_to_ends = true;
        const auto began = std::chrono::steady_clock::now();
        const auto taken = take_back(order("1", s.log_in()), Patience::within(std::chrono::minutes{1}));
        CHECK_FALSE(taken.proven);
        CHECK(taken.how.find("still in the device's list") != std::string::npos);
        CHECK(std::chrono::steady_clock::now() - began >= longest);
        CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{15});
        const TakeBackOrder usual{s.lines(), {}, {}, {}, nullptr};
        CHECK(usual.ghost_limit == std::chrono::seconds{10});
        CHECK(usual.longest_ghost == std::chrono::seconds{15});
    }
    SUBCASE("its number is not known and another session of ours is there: not proven") {
        s.device.sessions = {"0", "1"};
        CHECK_FALSE(take_back(order("", s.log_in()), Patience::within(std::chrono::seconds{1})).proven);
    }
    SUBCASE("a list that does not show the one that asks, as that of another context: not proven") {
        s.device.sessions = {};
        for (const std::string arming : {"1", ""}) {
            const auto taken = take_back(order(arming, s.log_in()), Patience::within(std::chrono::seconds{2}));
            CHECK_FALSE(taken.proven);
            CHECK(taken.how.find("it proves nothing") != std::string::npos);
        }
    }
    SUBCASE("its number is not known and we are alone: proven") {
        s.device.sessions = {"0"};
        CHECK(take_back(order("", s.log_in()), soon()).proven);
    }
}

TEST_CASE("what is on for the whole device is turned off by name from another session") {
    Stage s;
    s.device.on = {"isakmp"};
    UndoEntry entry{1,  "hq",  UndoEntry::Scope::device,  "disarm/isakmp",
                    "", "off", "debug crypto isakmp 127", "no debug crypto isakmp"};
    auto taken = take_back({s.lines(),
                            {entry},
                            {"", "pix", ""},
                            [&](const Patience&) -> Result<std::unique_ptr<Shell>> { return s.log_in(); },
                            nullptr},
                           soon());
    CHECK(taken.proven);
    CHECK(s.device.on.empty());
    for (const std::string& line : s.device.lines)
        CHECK_MESSAGE(line != "no debug crypto ipsec", "somebody else's debug stays");
}

TEST_CASE("a device that refuses the login is asked three times at most") {
    Stage s;
    int logins = 0;
    UndoEntry entry{1,  "hq",  UndoEntry::Scope::session, "disarm/isakmp",
                    "", "off", "debug crypto isakmp 127", "no debug crypto isakmp"};
    const auto taken = take_back({s.lines(),
                                  {entry},
                                  {"1", "pix", "192.0.2.5"},
                                  [&](const Patience&) -> Result<std::unique_ptr<Shell>> {
                                      ++logins;
                                      return Error{ErrorKind::login, "hq", "the password was refused", {}};
                                  },
                                  nullptr},
                                 soon());
    CHECK_FALSE(taken.proven);
    CHECK(taken.how.find("refused") != std::string::npos);
    CHECK(logins == 3);
}
