#include "collector/commands/arguments.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "collector/commands/run_options.hpp"
#include "tests/support/temporary_folder.hpp"

using collector::Arguments;
using collector::parse_arguments;
using collector::RunArguments;
using collector::RunRequest;
using formats::ErrorKind;
using std::chrono::milliseconds;
using support::TemporaryFolder;

namespace {

struct Parsed {
    formats::Result<Arguments> result;
    bool json = false;
};

Parsed parse(std::vector<const char*> words) {
    words.insert(words.begin(), "tacbundle");
    bool json = false;
    auto result = parse_arguments(static_cast<int>(words.size()), words.data(), json);
    return {std::move(result), json};
}

/// The request of a command line that must be good.
RunRequest request_of(const std::vector<const char*>& words) {
    const auto parsed = parse(words);
    if (!parsed.result) FAIL(parsed.result.error().message());
    const auto* run = std::get_if<RunArguments>(&*parsed.result);
    REQUIRE(run != nullptr);
    return run->request;
}

std::string error_of(const std::vector<const char*>& words) {
    const auto parsed = parse(words);
    if (parsed.result) return "no error";
    CHECK(parsed.result.error().kind == ErrorKind::usage);
    CHECK_FALSE(parsed.result.error().remedy.empty());
    CHECK(parsed.result.error().message().find("Run with") == std::string::npos);
    return parsed.result.error().message();
}

std::string text_of(const std::vector<const char*>& words) {
    const auto parsed = parse(words);
    REQUIRE(parsed.result);
    const auto* answer = std::get_if<collector::TextAnswer>(&*parsed.result);
    REQUIRE(answer != nullptr);
    return answer->text;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr const char* hq = "hq=ssh://admin@192.0.2.1";
constexpr const char* branch = "branch=ssh://admin@203.0.113.7";

}  // namespace

TEST_CASE("two endpoints are enough, and the rest has its documented defaults") {
    const auto request = request_of({"collect", hq, branch});
    REQUIRE(request.incident.endpoints.size() == 2);
    CHECK(request.incident.endpoints[0].name == "hq");
    CHECK(request.incident.endpoints[1].target.host == "203.0.113.7");
    CHECK(request.incident.debug_window == milliseconds(90'000));
    CHECK(request.incident.settle == milliseconds(5'000));
    CHECK(request.incident.output == ".");
    CHECK(request.incident.parallel == 256);
    CHECK_FALSE(request.incident.host_key.has_value());
    CHECK(request.verbosity == 0);
    CHECK_FALSE(request.yes);
    CHECK_FALSE(request.incident.json);
}

TEST_CASE("every option of collect reaches its place") {
    const std::string digest(64, 'a');
    const auto r = request_of({"collect",
                               hq,
                               branch,
                               "--sr",
                               "612345678",
                               "-o",
                               "/tmp",
                               "--format=zip",
                               "--peer",
                               "203.0.113.7",
                               "--debug-window",
                               "2m",
                               "--settle=0s",
                               "--no-debug",
                               "--set",
                               "extended",
                               "--probe",
                               "none",
                               "--allow-reset",
                               "all",
                               "--allow-clear-xlate",
                               "--reset-drops-all-tunnels",
                               "hq",
                               "--reset-drops-all-tunnels",
                               "branch",
                               "--clear-xlate-drops-connections",
                               "hq",
                               "--cpu-limit",
                               "70",
                               "--byte-limit",
                               "1MiB",
                               "--command-timeout",
                               "61s",
                               "--connect-timeout",
                               "31s",
                               "--deadline",
                               "16m",
                               "--host-key",
                               "accept-new",
                               "--parallel",
                               "4",
                               "--compare-keys",
                               "--mask-addresses",
                               "--json",
                               "--approve",
                               digest.c_str(),
                               "--allow-config-mode",
                               "--allow-console-debug",
                               "--watch-parent",
                               "-y",
                               "-v"});
    const auto& i = r.incident;
    CHECK(i.sr == "612345678");
    CHECK(i.output == "/tmp");
    CHECK(i.format == formats::ArchiveFormat::zip);
    CHECK(i.peer == "203.0.113.7");
    CHECK(i.debug_window == milliseconds(120'000));
    CHECK(i.settle == milliseconds(0));
    CHECK(i.no_debug);
    CHECK(i.extended);
    CHECK(i.probe.mode == formats::ProbeSpec::Mode::none);
    CHECK(i.allow_reset == formats::ResetConsent::all);
    CHECK(i.allow_clear_xlate);
    CHECK(i.reset_drops_all_tunnels == std::vector<std::string>{"hq", "branch"});
    CHECK(i.clear_xlate_drops_connections == std::vector<std::string>{"hq"});
    CHECK(i.cpu_limit == 70);
    CHECK(i.byte_limit == 1U << 20U);
    CHECK(i.command_timeout == milliseconds(61'000));
    CHECK(i.connect_timeout == milliseconds(31'000));
    CHECK(i.deadline == milliseconds(960'000));
    CHECK(i.host_key == formats::HostKeyPolicy::accept_new);
    CHECK(i.parallel == 4);
    CHECK(i.compare_keys);
    CHECK(i.mask_addresses);
    CHECK(i.json);
    CHECK(i.watch_parent);
    CHECK(r.approve == digest);
    CHECK(r.incident.allow_config_mode);
    CHECK(i.allow_console_debug);
    CHECK(r.yes);
    CHECK(r.verbosity == 1);
}

TEST_CASE("of an option given twice the last one counts, and the repeatable ones add up") {
    struct Row {
        const char *option, *first, *last;
        std::function<bool(const RunRequest&)> is_last;
    };
    const std::string digest(64, 'b');
    const std::vector<Row> rows{
        {"sr", "1", "2", [](const auto& r) { return r.incident.sr == "2"; }},
        {"output", "/nowhere", "/tmp", [](const auto& r) { return r.incident.output == "/tmp"; }},
        {"format", "zip", "tar.zst",
         [](const auto& r) { return r.incident.format == formats::ArchiveFormat::tar_zst; }},
        {"peer", "192.0.2.1", "203.0.113.7", [](const auto& r) { return r.incident.peer == "203.0.113.7"; }},
        {"debug-window", "2m", "30s", [](const auto& r) { return r.incident.debug_window == milliseconds(30'000); }},
        {"settle", "9s", "1s", [](const auto& r) { return r.incident.settle == milliseconds(1'000); }},
        {"set", "extended", "basic", [](const auto& r) { return !r.incident.extended; }},
        {"probe", "to=10.2.2.10,from=hq", "none",
         [](const auto& r) { return r.incident.probe.mode == formats::ProbeSpec::Mode::none; }},
        {"allow-reset", "all", "peer",
         [](const auto& r) { return r.incident.allow_reset == formats::ResetConsent::peer; }},
        {"cpu-limit", "70", "71", [](const auto& r) { return r.incident.cpu_limit == 71; }},
        {"byte-limit", "2MiB", "1MiB", [](const auto& r) { return r.incident.byte_limit == 1U << 20U; }},
        {"command-timeout", "9s", "61s",
         [](const auto& r) { return r.incident.command_timeout == milliseconds(61'000); }},
        {"connect-timeout", "9s", "31s",
         [](const auto& r) { return r.incident.connect_timeout == milliseconds(31'000); }},
        {"start-at", "00:00:00Z", "23:59:59Z",
         [](const auto& r) {
             return r.incident.start_at && formats::to_seconds(*r.incident.start_at).ends_with("T23:59:59Z");
         }},
        {"deadline", "9m", "16m", [](const auto& r) { return r.incident.deadline == milliseconds(960'000); }},
        {"host-key", "accept-new", "strict",
         [](const auto& r) { return r.incident.host_key == formats::HostKeyPolicy::strict; }},
        {"parallel", "5", "4", [](const auto& r) { return r.incident.parallel == 4; }},
        {"approve", "not looked at", digest.c_str(), [&](const auto& r) { return r.approve == digest; }},
    };
    for (const auto& option : collector::run_options()) {
        if (option.value.empty() || option.repeats) continue;
        CAPTURE(std::string(option.name));
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.option == option.name; });
        REQUIRE(row != rows.end());
        const std::string word = "--" + std::string(option.name);
        CHECK(row->is_last(request_of({"collect", word.c_str(), row->first, hq, word.c_str(), row->last, branch})));
    }
    CHECK(request_of({"collect", hq, "-o", "/nowhere", "--output=/tmp"}).incident.output == "/tmp");
    CHECK(request_of({"collect", hq, "-y", "--yes", "-v", "-v", "--no-debug", "--no-debug"}).yes);
    CHECK(request_of({"collect", hq, branch, "--allow-reset", "all", "--reset-drops-all-tunnels", "hq",
                      "--reset-drops-all-tunnels", "branch"})
              .incident.reset_drops_all_tunnels.size() == 2);
    const auto of = [](std::vector<const char*> words) { return std::move(*parse(std::move(words)).result); };
    CHECK(std::get<collector::RedactRequest>(of({"redact", "--key-file", "a", "--key-file", "b"})).key_file == "b");
    CHECK(std::get<collector::RedactRequest>(of({"redact", "--mask-addresses", "a", "--mask-addresses", "b"}))
              .mask_addresses == "b");
    CHECK(std::get<collector::RedactRequest>(of({"redact", "--unmask", "a", "--unmask", "b", "f"})).unmask == "b");
    CHECK(std::get<collector::PlatformsRequest>(of({"platforms", "--check", "a", "--check", "b"})).check_file == "b");
    CHECK(std::get<collector::ShowRequest>(of({"show", "x", "--unmask", "a", "--unmask", "b", "--json", "--json"}))
              .unmask == "b");
    CHECK(std::get<collector::RecoverRequest>(of({"recover", "x", "-o", "a", "--output", "b"})).output == "b");
}

TEST_CASE("options may stand anywhere, and -- ends them") {
    CHECK(request_of({"plan", "-q", hq, "--no-debug", branch}).incident.endpoints.size() == 2);
    CHECK(request_of({"check", "--explain", "--", hq}).explain);
    CHECK(request_of({"collect", "hq=exec:plink -1 -P 2022 ops@192.0.2.9", branch})
              .incident.endpoints[0]
              .target.command == "plink -1 -P 2022 ops@192.0.2.9");
    CHECK_FALSE(parse({"collect", hq, "--", "--json"}).json);
}

TEST_CASE("the first argument is an incident file when it ends in .toml or is a file; options override it") {
    const TemporaryFolder folder;
    const std::string text =
        "sr = \"1\"\ndebug-window = \"60s\"\njson = true\n[[endpoint]]\nname = \"hq\"\ntarget = "
        "\"ssh://admin@192.0.2.1\"\n";
    for (const char* name : {"incident.toml", "plain"}) {
        const auto path = folder.write(name, text);
        const auto request = request_of({"collect", path.c_str(), branch, "--debug-window", "30s"});
        CHECK(request.incident.endpoints.size() == 2);
        CHECK(request.incident.sr == "1");
        CHECK(request.incident.debug_window == milliseconds(30'000));
        CHECK(parse({"collect", path.c_str()}).json);
    }
    const auto bad = folder.write("bad.toml", "sr = 5\n");
    CHECK(holds(error_of({"collect", bad.c_str()}), "bad.toml:1:"));
    CHECK(holds(error_of({"collect", (folder.path() / "none.toml").c_str()}),
                "none.toml: reading the incident file: No such file"));
    const auto bundle = folder.write("bundle.tar.gz", "\x1f\x8b\x08" + std::string(2U << 20U, 'x'));
    for (const char* command : {"plan", "collect", "check"}) {
        CHECK(holds(error_of({command, bundle.c_str()}), "bundle.tar.gz: it is a gzip archive, not an incident file"));
        CHECK(holds(error_of({command, bundle.c_str()}), "tacbundle show "));
    }
    const auto good = folder.write("good.toml", text);
    CHECK(holds(error_of({"collect", good.c_str(), "more.toml"}), "an incident file is the first argument"));
    std::filesystem::create_directory(folder.path() / "folder.toml");
    CHECK(holds(error_of({"collect", (folder.path() / "folder.toml").c_str()}), "it is a folder"));
}

TEST_CASE("bad usage is one clear line and a remedy") {
    struct Row {
        std::vector<const char*> words;
        std::string_view says, remedy;
    };
    const std::vector<Row> rows{
        {{}, "no command is given", "tacbundle collect hq="},
        {{"colect"}, "unknown command `colect`", "did you mean collect?"},
        {{"frobnicate"}, "unknown command `frobnicate`", "tacbundle --help"},
        {{"--json", "collect"}, "before a command", "tacbundle COMMAND"},
        {{"collect"}, "no endpoint is given", "name the two devices"},
        {{"collect", hq, "--setle", "5s"}, "unknown option --setle of collect", "did you mean --settle?"},
        {{"collect", hq, "--allow-res"}, "unknown option --allow-res", "did you mean --allow-reset?"},
        {{"collect", hq, "--frobnicate=CANARY"}, "unknown option --frobnicate of", "tacbundle collect --help"},
        {{"collect", hq, "-z"}, "unknown option -z", "tacbundle collect --help"},
        {{"collect", hq, "--explain"}, "unknown option --explain of collect", "--help"},
        {{"collect", hq, "--password=CANARY"}, "secrets never come on the command line", "password-from=env:VAR"},
        {{"collect", hq, "-pw", "CANARY"}, "secrets never come on the command line", "password-from=env:VAR"},
        {{"collect", hq, "-pCANARY"}, "secrets never come on the command line", "password-from=env:VAR"},
        {{"collect", hq, "-zCANARY"}, "unknown option -z of", "tacbundle collect --help"},
        {{"collect", "hq=ssh://192.0.2.1?CANARY=x"}, "a key after `?` is not known", "password-from"},
        {{"collect", hq, "--probe", "local,to=CANARY"}, "expected an address", "kind=icmp"},
        {{"collect", hq, "--settle", "CANARY"}, "--settle: expected a duration", "45s"},
        {{"collect", "hq=ssh://admin:CANARY@192.0.2.1"}, "argument 1", "password-from"},
        {{"collect", hq, "--sr"}, "--sr: a value must follow", "tacbundle collect --help"},
        {{"collect", hq, "--settle", "--json"}, "--settle: a value must follow", "--help"},
        {{"collect", hq, "--sr="}, "--sr: a value must follow", "tacbundle collect --help"},
        {{"collect", hq, "--no-debug=no"}, "--no-debug: it takes no value", "leave it out"},
        {{"collect", hq, "--settle=-5s"}, "--settle: expected a duration", "45s"},
        {{"collect", hq, "--sr", "a b"}, "--sr: expected 1 to 32", ""},
        {{"collect", hq, "--settle", "5"}, "--settle: the duration `5` has no unit", "5s"},
        {{"collect", hq, "--debug-window", "11m"}, "--debug-window: 11m is out of bounds", "to 10m"},
        {{"collect", hq, "--cpu-limit", "101"}, "--cpu-limit: expected a percentage from 1 to 100, found `101`", ""},
        {{"collect", hq, "--cpu-limit", "8x"}, "--cpu-limit: expected a percentage", ""},
        {{"collect", hq, "--parallel", "-1"}, "--parallel", ""},
        {{"collect", hq, "--byte-limit", "big"}, "--byte-limit: expected a size", "64MiB"},
        {{"collect", hq, "--format", "rar"}, "--format: `rar` is not one of its words", "one of: tar.gz, tar.zst, zip"},
        {{"collect", hq, "--set", "all"}, "--set: ", "one of: basic, extended"},
        {{"collect", hq, "--host-key", "no"}, "--host-key: ", "one of: ask, strict, accept-new"},
        {{"collect", hq, "--allow-reset", "yes"}, "--allow-reset: ", "one of: peer, all"},
        {{"collect", hq, "--approve", "abc"}, "--approve: expected a SHA-256 digest", "tacbundle plan"},
        {{"collect", hq, "--peer", "hq"}, "--peer: expected an IP address", ""},
        {{"collect", hq, "--probe", "from=x"}, "--probe", "to=B"},
        {{"collect", hq, "--output", ""}, "--output", ""},
        {{"collect", hq, "-v", "-q"}, "-v and -q contradict", ""},
        {{"collect", hq, hq}, "the endpoint name `hq` is taken by argument 1", "NAME=TARGET"},
        {{"collect", hq, "--allow-reset", "all", "--reset-drops-all-tunnels", "HQ2"}, "no endpoint is named `HQ2`", ""},
        {{"collect", hq, "--allow-reset", "peer", "--reset-drops-all-tunnels", "hq"},
         "consents to what is not asked for",
         "--allow-reset all"},
        {{"collect", hq, "--clear-xlate-drops-connections", "hq"},
         "consents to what is not asked for",
         "--allow-clear-xlate"},
        {{"verify"}, "verify: no bundle is named", "tacbundle verify BUNDLE"},
        {{"show", "a", "b"}, "show: more than one bundle", "tacbundle show BUNDLE"},
        {{"verify", "a", "--jsn"}, "unknown option --jsn of verify", "did you mean --json?"},
        {{"platforms", "x"}, "takes no argument", "--check FILE"},
        {{"redact", "--unmask", "m", "--mask-addresses", "n"}, "--unmask", "--mask-addresses"},
        {{"pack"}, "--endpoint: no endpoint is named", "--endpoint hq=hq.log"},
        {{"pack", "hq=log"}, "--endpoint: each file is named with its endpoint", "--endpoint hq=hq.log"},
        {{"pack", "--endpoint", "hq"}, "--endpoint: a value is NAME=FILE", "--endpoint hq=hq.log"},
        {{"pack", "--endpoint", "h q=log"}, "--endpoint: the name is none", "--endpoint hq=hq.log"},
        {{"pack", "--endpoint", "hq=log", "--sr", "a b"}, "--sr: expected 1 to 32", ""},
        {{"pack", "--endpoint", "hq=log", "--format", "rar"},
         "--format: `rar` is not one of its words",
         "one of: tar.gz, tar.zst, zip"},
        {{"diff", "a"}, "diff: two bundles are to be named", "tacbundle diff GOOD.tar.gz BAD.tar.gz"},
        {{"diff", "a", "b", "c"}, "diff: two bundles are to be named", "tacbundle diff GOOD.tar.gz BAD.tar.gz"},
        {{"merge", "a"}, "merge: two bundles or more", "tacbundle merge OURS.tar.gz THEIRS.tar.gz"},
        {{"merge", "a", "b", "--format", "rar"},
         "--format: `rar` is not one of its words",
         "one of: tar.gz, tar.zst, zip"},
        {{"report"}, "report: no bundle is named", "tacbundle report BUNDLE"},
        {{"cleanup", "a", "b"}, "cleanup: more than one journal is named", "tacbundle cleanup [JOURNAL]"},
        {{"recover", "a", "b"}, "more than one spool", "tacbundle recover [SPOOL]"},
    };
    for (const auto& row : rows) {
        std::string line;
        for (const char* word : row.words) line.append(word).append(" ");
        CAPTURE(line);
        const auto parsed = parse(row.words);
        REQUIRE_FALSE(parsed.result);
        const auto message = parsed.result.error().message();
        CAPTURE(message);
        CHECK(parsed.result.error().kind == ErrorKind::usage);
        CHECK(holds(message, row.says));
        CHECK(holds(message, row.remedy));
        CHECK_FALSE(holds(message, "CANARY"));
    }
}

TEST_CASE("an error with --json is known to want the result object") {
    CHECK(parse({"collect", hq, "--settle", "5", "--json"}).json);
    CHECK(parse({"collect", "--json"}).json);
    CHECK_FALSE(parse({"collect"}).json);
}

TEST_CASE("the small commands get what they are given") {
    const auto redact = parse({"redact", "a.txt", "-", "--report", "--key-file", "k", "--mask-addresses", "map"});
    REQUIRE(redact.result);
    const auto& request = std::get<collector::RedactRequest>(*redact.result);
    CHECK(request.files == std::vector<std::string>{"a.txt", "-"});
    CHECK(request.report);
    CHECK(request.key_file == "k");
    CHECK(request.mask_addresses == "map");
    const auto verify = parse({"verify", "x.tar.gz", "--json"});
    REQUIRE(verify.result);
    CHECK(std::get<collector::VerifyArguments>(*verify.result).bundle == "x.tar.gz");
    CHECK(verify.json);
    const auto show = parse({"show", "x.tar.gz"});
    REQUIRE(show.result);
    CHECK(std::get<collector::ShowRequest>(*show.result).bundle == "x.tar.gz");
    const auto platforms = parse({"platforms", "--check", "mine.toml"});
    REQUIRE(platforms.result);
    CHECK(std::get<collector::PlatformsRequest>(*platforms.result).check_file == "mine.toml");
}

TEST_CASE("help names every command and exit code, and every option with its default") {
    const auto general = text_of({"--help"});
    for (const char* part : {"collect", "plan", "check", "redact", "pack", "verify", "show", "report", "diff", "merge",
                             "cleanup", "recover", "platforms", "  130  ", "  6    "})
        CHECK(holds(general, part));
    CHECK(text_of({"-h"}) == general);
    CHECK(text_of({"help"}) == general);
    const auto collect = text_of({"collect", "--help"});
    CHECK(text_of({"help", "collect"}) == collect);
    CHECK(text_of({"collect", hq, "-h"}) == collect);
    for (const char* part : {"-o, --output PATH", "[tar.gz]", "[90s]", "[15m]", "[64MiB]", "--allow-clear-xlate",
                             "Consent:", "-q, --quiet"})
        CHECK(holds(collect, part));
    CHECK_FALSE(holds(collect, "--explain"));
    CHECK(holds(text_of({"check", "--help"}), "--explain"));
    CHECK(holds(text_of({"diff", "--help"}), "Exit 0: no"));
    CHECK(holds(text_of({"pack", "--help"}), "--endpoint NAME=FILE"));
    CHECK(text_of({"--version"}).starts_with("tacbundle "));
}

TEST_CASE("a time to arm at is one of the next day, and something is to be armed then") {
    const auto refused = [](std::vector<std::string> more) {
        std::vector<std::string> words{"tacbundle", "collect", "hq=ssh://admin@192.0.2.1",
                                       "br=ssh://admin@203.0.113.7"};
        words.insert(words.end(), more.begin(), more.end());
        std::vector<const char*> argv;
        for (const std::string& word : words) argv.push_back(word.c_str());
        bool json = false;
        const auto read = collector::parse_arguments(static_cast<int>(argv.size()), argv.data(), json);
        return read ? std::string() : read.error().message();
    };
    const auto in = [](std::chrono::minutes ahead) { return formats::to_seconds(formats::utc_now() + ahead); };
    CHECK(refused({"--start-at", in(std::chrono::minutes(5))}).empty());
    CHECK(refused({"--start-at", in(std::chrono::minutes(-5))}).find("is over: it is 2") != std::string::npos);
    CHECK(refused({"--start-at", in(std::chrono::hours(25))}).find("more than a day ahead") != std::string::npos);
    CHECK(refused({"--start-at", "02:30"}).find("expected a time in UTC") != std::string::npos);
    CHECK(refused({"--start-at", "02:30:00Z", "--no-debug"}).find("nothing is armed") != std::string::npos);
}

TEST_CASE("the help of a command names its own options and no others") {
    for (const char* command : {"redact", "pack", "merge", "verify", "show", "report", "diff", "cleanup", "recover"}) {
        bool json = false;
        const std::array<const char*, 3> asked{"tacbundle", command, "--help"};
        const auto help = collector::parse_arguments(3, asked.data(), json);
        REQUIRE(help);
        const std::string text = std::get<collector::TextAnswer>(*help).text;
        const std::string_view of_another = "unknown option";
        for (std::size_t at = text.find("  --"); at != std::string::npos; at = text.find("  --", at + 1)) {
            const std::string option = text.substr(at + 2, text.find(' ', at + 2) - at - 2);
            CAPTURE(command);
            CAPTURE(option);
            const std::array<const char*, 4> given{"tacbundle", command, "one", option.c_str()};
            const auto read = collector::parse_arguments(4, given.data(), json);
            CHECK((read || read.error().message().find(of_another) == std::string::npos));
        }
    }
}
