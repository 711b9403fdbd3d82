#include "formats/incident/incident.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <vector>

using namespace std::chrono_literals;

namespace {

const std::string two_endpoints =
    "[[endpoint]]\nname = \"hq\"\ntarget = \"ssh://admin@192.0.2.1\"\n"
    "[[endpoint]]\nname = \"branch\"\ntarget = \"telnet://203.0.113.7\"\n";

std::string error_of(const std::string& toml) {
    const auto incident = formats::parse_incident(toml, "t.toml");
    if (incident) return "accepted";
    CHECK(incident.error().kind == formats::ErrorKind::usage);
    return incident.error().message();
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the example incident is read whole") {
    std::ifstream in(TACBUNDLE_SOURCE_DIR "/examples/incident.toml");
    const std::string toml((std::istreambuf_iterator<char>(in)), {});
    const auto read = formats::parse_incident(toml, "incident.toml");
    if (!read) FAIL(read.error().message());
    const formats::Incident& incident = *read;
    CHECK(incident.sr == "612345678");
    CHECK(incident.debug_window == 60s);
    CHECK(incident.problem.since == "2026-11-23 02:10 CET");
    REQUIRE(incident.endpoints.size() == 2);
    const auto& hq = incident.endpoints[0];
    CHECK(hq.name == "hq");
    CHECK(hq.target.user == "admin");
    CHECK(hq.platform == "pix7");
    CHECK(hq.peer_address == "203.0.113.7");
    CHECK(hq.legacy);
    CHECK(hq.password_from.kind == formats::SecretSource::Kind::environment);
    CHECK(hq.password_from.value == "HQ_PASSWORD");
    CHECK(hq.enable_from.kind == formats::SecretSource::Kind::prompt);
    CHECK(incident.endpoints[1].target.transport == formats::Transport::telnet);
    CHECK(incident.endpoints[1].password_from.kind == formats::SecretSource::Kind::unset);
    CHECK(incident.probe.mode == formats::ProbeSpec::Mode::given);
    CHECK(incident.probe.from == "ssh://ops@10.1.1.10");
    CHECK(incident.probe.to == "10.2.2.10");
    REQUIRE(incident.redaction.words.size() == 1);
    REQUIRE(incident.redaction.patterns.size() == 1);
    CHECK(incident.redaction.patterns[0].text == "case-key (\\S+)");
    CHECK(incident.redaction.patterns[0].place.starts_with("incident.toml:"));
    CHECK(formats::validate(incident));
}

TEST_CASE("every option of collect may stand in the file under its own name") {
    const auto incident = formats::parse_incident(
        "sr = 'A-1'\noutput = 'out'\nformat = 'tar.zst'\npeer = '203.0.113.7'\ndebug-window = "
        "'45s'\n"
        "settle = '0s'\nno-debug = true\nset = 'extended'\nprobe = 'local,to=10.2.2.10'\ncpu-limit "
        "= 50\n"
        "byte-limit = '1MiB'\ncommand-timeout = '30s'\nconnect-timeout = '10s'\ndeadline = '5m'\n"
        "host-key = 'accept-new'\nparallel = 4\ncompare-keys = true\nmask-addresses = true\njson = "
        "true\n"
        "watch-parent = true\n" +
            two_endpoints,
        "t.toml");
    if (!incident) FAIL(incident.error().message());
    CHECK(incident->output == "out");
    CHECK(incident->format == formats::ArchiveFormat::tar_zst);
    CHECK(incident->peer == "203.0.113.7");
    CHECK(incident->debug_window == 45s);
    CHECK(incident->settle == 0s);
    CHECK(incident->no_debug);
    CHECK(incident->extended);
    CHECK(incident->probe.to == "10.2.2.10");
    CHECK(incident->cpu_limit == 50);
    CHECK(incident->byte_limit == 1ULL << 20);
    CHECK(incident->command_timeout == 30s);
    CHECK(incident->connect_timeout == 10s);
    CHECK(incident->deadline == 5min);
    CHECK(incident->host_key == formats::HostKeyPolicy::accept_new);
    CHECK(incident->parallel == 4);
    CHECK(incident->compare_keys);
    CHECK(incident->mask_addresses);
    CHECK(incident->json);
    CHECK(incident->watch_parent);
    CHECK(formats::validate(*incident));
}

TEST_CASE("an error names file, line and column and shows the place") {
    const std::string error = error_of("sr = \"1\"\n" + two_endpoints + "platfrom = \"pix7\"\n");
    CHECK(holds(error, "t.toml:8:1: unknown key `platfrom`"));
    CHECK(holds(error, "\n  8 | platfrom (the value is not shown)\n    | ^"));
    CHECK(holds(error, "did you mean `platform`?"));
}

TEST_CASE("what is wrong in a file is said with what was expected and how to write it") {
    struct Row {
        std::string toml, place, says;
    };
    const std::vector<Row> rows{
        {"sr = 5\n", "t.toml:1:6", "expected a string, found an integer"},
        {"sr = 'a b'\n", "t.toml:1:6", "letters, digits and hyphens"},
        {"no-debug = 'yes'\n", "t.toml:1:12", "expected true or false, found a string"},
        {"cpu-limit = 0\n", "t.toml:1:13", "from 1 to 100, found 0"},
        {"cpu-limit = 1.5\n", "t.toml:1:13", "found a number with a fraction"},
        {"parallel = 2000\n", "t.toml:1:12", "found 2000"},
        {"debug-window = '60'\n", "t.toml:1:16", "write 60s for seconds"},
        {"debug-window = 60\n", "t.toml:1:16", "expected a string, found an integer"},
        {"byte-limit = '64 MiB'\n", "t.toml:1:14", "expected a size"},
        {"format = 'rar'\n", "t.toml:1:10", "tar.gz, tar.zst, zip"},
        {"set = 'all'\n", "t.toml:1:7", "basic, extended"},
        {"host-key = 'yes'\n", "t.toml:1:12", "ask, strict, accept-new"},
        {"peer = 'branch'\n", "t.toml:1:8", "expected an IP address"},
        {"debug-windw = '60s'\n", "t.toml:1:1", "did you mean `debug-window`?"},
        {"zzzzzz = 1\n", "t.toml:1:1", "known here: "},
        {"sr = 'a\\u0000'\n", "t.toml:1:6", "letters, digits and hyphens"},
        {"output = \"a\\u001b[0m\"\n", "t.toml:1:10", "control character"},
        {"endpoint = 1\n", "t.toml:1:12", "an array of tables"},
        {"endpoint = [1]\n", "t.toml:1:13", "a table in the array"},
        {"problem = 1\n", "t.toml:1:11", "expected a table"},
        {"[problem]\nwhen = 'x'\n", "t.toml:2:1", "unknown key `when`"},
        {"[[endpoint]]\nname = 'hq'\n", "t.toml:1:1", "`target` is missing"},
        {"[[endpoint]]\ntarget = 'h'\n", "t.toml:1:1", "`name` is missing"},
        {"[[endpoint]]\nname = 'hq'\ntraget = 'h'\n", "t.toml:3:1", "did you mean `target`?"},
        {"[[endpoint]]\nname = 'h q'\ntarget = 'h'\n", "t.toml:2:8", "letters, digits"},
        {"[[endpoint]]\nname = 'hq'\ntarget = 'h:0'\n", "t.toml:3:10", "1 to 65535"},
        {"[[endpoint]]\nname = 'hq'\ntarget = 'h'\nplatform = 'PIX 7'\n", "t.toml:4:12", "tacbundle platforms"},
        {"[[endpoint]]\nname = 'hq'\ntarget = 'h'\npeer-address = 'x'\n", "t.toml:4:16", "IP address"},
        {"[[endpoint]]\nname = 'hq'\ntarget = 'h'\npassword-from = 'hunter'\n", "t.toml:4:17", "env:VAR"},
        {"[[endpoint]]\nname = 'hq'\ntarget = 'h?platform=pix7'\nplatform = 'pix6'\n", "t.toml:4:12",
         "in the target too"},
        {"[[endpoint]]\nname = 'hq'\ntarget = 'h?legacy=maybe'\n", "t.toml:3:10", "yes or no"},
        {"[[endpoint]]\nname='hq'\ntarget='h'\n[[endpoint]]\nname='HQ'\ntarget='h'\n", "t.toml:5:6",
         "another endpoint"},
        {"probe = 'local'\n", "t.toml:1:9", "`to=ADDRESS` is missing"},
        {"[probe]\nfrom = 'local'\n", "t.toml:1:1", "`to` is missing"},
        {"[probe]\nfrom = 'local'\nto = '10.2.2.0/24'\n", "t.toml:3:6", "expected an address"},
        {"[probe]\nfrom = 'local'\nto = '10.2.2.1'\nkind = 'tcp'\n", "t.toml:4:8", "tcp:PORT"},
        {"[redaction]\nwords = ['']\n", "t.toml:2:10", "empty word"},
        {"[redaction]\nwords = [1]\n", "t.toml:2:10", "a string in the array"},
        {"[redaction]\npatterns = 'x'\n", "t.toml:2:12", "an array of strings"},
        {"sr = \n", "t.toml:1:6", "not valid TOML"},
        {"sr = 'a'\nsr = 'b'\n", "t.toml:2:", "keep one of the two"},
        {"\xff = 1\n", "t.toml:1:", "not valid TOML"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.toml);
        const std::string error = error_of(row.toml);
        CAPTURE(error);
        CHECK(error.starts_with(row.place));
        CHECK(holds(error, row.says));
        CHECK(holds(error, "^"));
    }
}

TEST_CASE("the first error by position is reported") {
    CHECK(error_of("cpu-limit = 0\nsr = 5\n").starts_with("t.toml:1:13"));
    CHECK(error_of("sr = 5\ncpu-limit = 0\n").starts_with("t.toml:1:6"));
    CHECK(error_of("unknown = 1\nsr = 5\n").starts_with("t.toml:1:1"));
    CHECK(error_of("[redaction]\nwords = ['']\n[problem]\nwhy = ''\n").starts_with("t.toml:2:10"));
}

TEST_CASE("consent cannot stand in a file") {
    for (const std::string key :
         {"allow-reset", "allow-clear-xlate", "reset-drops-all-tunnels", "clear-xlate-drops-connections", "yes",
          "allow-config-mode", "allow-console-debug", "approve"}) {
        CAPTURE(key);
        const std::string error = error_of(key + " = true\n");
        CHECK(holds(error, "consent cannot stand in a file; give it on the command line"));
        CHECK(holds(error, "--" + key));
        CHECK(holds(error_of("[[endpoint]]\nname = 'a'\ntarget = 'h'\n" + key + " = 'x'\n"), "t.toml:4:1"));
    }
}

TEST_CASE("a secret in the file is refused with the remedy and shown nowhere") {
    const std::string endpoint = "[[endpoint]]\nname = 'hq'\ntarget = 'h'\n";
    for (const std::string line :
         {"password = 'CANARY'", "passwd = 'CANARY'", "enable = 'CANARY'", "enable-password = 'CANARY'",
          "secret = 'CANARY'", "psk = 'CANARY'", "key = 'CANARY'"}) {
        CAPTURE(line);
        const std::string error = error_of(endpoint + line + "\n");
        CHECK(holds(error, "t.toml:4:1"));
        CHECK(holds(error, "-from = \"env:VAR\""));
        CHECK_FALSE(holds(error, "CANARY"));
    }
    for (const std::string& toml : {std::string("[[endpoint]]\nname = 'hq'\ntarget = 'ssh://u:CANARY@h'\n"),
                                    std::string("[[endpoint]]\nname = 'hq'\ntarget = 'exec:plink -pw CANARY h'\n"),
                                    std::string("[[endpoint]]\nname = 'hq'\ntarget = 'h?password=CANARY'\n"),
                                    endpoint + "password-from = 'CANARY'\n",
                                    endpoint + "password = CANARY\n",
                                    endpoint + "enable-from = CANARY\n",
                                    endpoint + "pasword = 'CANARY'\n",
                                    std::string("[redaction]\nwords = ['', 'CANARY']\n"),
                                    std::string("[redaction]\nwords = [\n 'CANARY1',\n CANARY2,\n]\n"),
                                    std::string("[redaction]\nwords = [\n 'CANARY1', 12,\n]\n"),
                                    std::string("[redaction]\nwords = ['CANARY1', 'CANARY2'\n"),
                                    std::string("[redaction]\nwords = 'CANARY'\n"),
                                    endpoint + "password-from = '''\nCANARY\n",
                                    endpoint + "password-from = '''\nCANARY=1\n'''\n",
                                    endpoint + "kennwort = 'CANARY'\n",
                                    endpoint + "x = {y = 'CANARY'}\n",
                                    endpoint + "platform = 'CANARY'\n",
                                    endpoint + "context = 'CANARY '\n",
                                    endpoint + "'CANARY', # and no key\n",
                                    std::string("debug-window = 'CANARY'\n"),
                                    std::string("byte-limit = 'CANARY'\n"),
                                    std::string("[probe]\nto = 'CANARY'\nfrom = 'local'\n"),
                                    std::string("[probe]\nto = '10.2.2.1'\nfrom = 'local'\nkind = 'CANARY'\n"),
                                    std::string("[probe]\nto = '10.2.2.1'\nfrom = 'CANARY x'\n"),
                                    std::string("probe = 'local,CANARY'\n"),
                                    std::string("probe = 'local,CANARY=1,to=10.2.2.1'\n"),
                                    std::string("sr = 'CANARY_'\n"),
                                    std::string("peer = 'CANARY'\n"),
                                    std::string("[probe]\nto = '10.2.2.1'\nfrom = 'ssh://u:CANARY@h'\n")}) {
        CAPTURE(toml);
        const std::string error = error_of(toml);
        CHECK(error != "accepted");
        CHECK_FALSE(holds(error, "CANARY"));
    }
}

TEST_CASE("an error shows the key that it is about, where its line has one") {
    CHECK(holds(error_of("cpu-limit = 0\n"), "\n  1 | cpu-limit (the value is not shown)\n"));
    CHECK(holds(error_of("[[endpoint]]\nname = 'a'\ntarget = 'h'\nlegacy = 1\n"),
                "\n  4 | legacy (the value is not shown)\n"));
    CHECK(holds(error_of("[redaction]\nwords = [\n '',\n]\n"), "\n  3 | (not shown)\n"));
}

TEST_CASE("a key of endless parts is refused before it is read") {
    std::string key = "a";
    for (int i = 0; i < 100'000; ++i) key += ".a";
    for (const std::string& toml : {key + " = 1\n", "[" + key + "]\n", "x = {" + key + " = 1}\n"}) {
        const std::string error = error_of(toml);
        CHECK(error.starts_with("t.toml:1:"));
        CHECK(holds(error, "a key has more than 128 parts"));
    }
    // Dots that follow each other join nothing.
    CHECK_FALSE(holds(error_of("[problem]\nsymptom = '" + std::string(300, '.') + "'\n"), "more than"));
}

TEST_CASE("neither a pattern nor a part of it is shown when it is wrong") {
    for (const char* pattern : {"CANARY(x", "(CANARY", "CANARY[", "(?P<CANARY", "(CANARY)?", "CANARY\\"}) {
        CAPTURE(pattern);
        formats::RedactionSettings settings;
        settings.patterns = {{pattern, "t.toml:2:13"}};
        const auto made = formats::Redaction::make(settings);
        REQUIRE_FALSE(made);
        CHECK(made.error().subject == "t.toml:2:13");
        CHECK_FALSE(holds(made.error().message(), "CANARY"));
        CHECK_FALSE(made.error().remedy.empty());
    }
}

TEST_CASE("an endpoint of the command line takes settings from its query and a name from its host") {
    formats::Incident incident;
    REQUIRE(formats::add_endpoint(incident,
                                  "hq=ssh://"
                                  "pix@192.0.2.1?platform=pix7&legacy=yes&peer-address=203.0.113.7&enable-from=env:E",
                                  "argument 1"));
    REQUIRE(formats::add_endpoint(incident, "telnet://branch.example.org?one-time-password=true", "argument 2"));
    REQUIRE(formats::add_endpoint(incident, "branch", "argument 3"));
    REQUIRE(formats::add_endpoint(incident, "exec:plink -1 pix@192.0.2.9", "argument 4"));
    REQUIRE(formats::add_endpoint(incident, "ssh://[2001:db8::1]", "argument 5"));
    CHECK(incident.endpoints[0].platform == "pix7");
    CHECK(incident.endpoints[0].legacy);
    CHECK(incident.endpoints[0].peer_address == "203.0.113.7");
    CHECK(incident.endpoints[0].enable_from.value == "E");
    CHECK(incident.endpoints[0].place == "argument 1");
    CHECK(incident.endpoints[1].name == "branch");
    CHECK(incident.endpoints[1].one_time_password);
    CHECK(incident.endpoints[2].name == "branch-2");
    CHECK(incident.endpoints[3].name == "endpoint");
    CHECK(incident.endpoints[4].name == "2001-db8--1");
    CHECK(formats::validate(incident));

    const auto taken = formats::add_endpoint(incident, "HQ=192.0.2.2", "argument 6");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().subject == "argument 6");
    CHECK(holds(taken.error().detail, "argument 1"));
    const auto wrong = formats::add_endpoint(incident, "x=h?legacy=perhaps", "argument 7");
    REQUIRE_FALSE(wrong);
    CHECK(holds(wrong.error().message(), "argument 7: `legacy`"));
    CHECK(incident.endpoints.size() == 5);
}

TEST_CASE("what only the whole tells is checked at the end") {
    const auto parsed = formats::parse_incident(two_endpoints, "t.toml");
    REQUIRE(parsed);
    const formats::Incident good = *parsed;
    REQUIRE(formats::validate(good));

    const auto refuses = [&](auto change) {
        formats::Incident incident = good;
        change(incident);
        const auto verdict = formats::validate(incident);
        return !verdict && verdict.error().kind == formats::ErrorKind::usage;
    };
    using formats::Incident;
    CHECK(refuses([](Incident& i) { i.endpoints.clear(); }));
    CHECK(refuses([](Incident& i) { i.endpoints[1].name = "HQ"; }));
    CHECK(refuses([](Incident& i) { i.debug_window = 601s; }));
    CHECK(refuses([](Incident& i) { i.debug_window = 0s; }));
    CHECK(refuses([](Incident& i) { i.command_timeout = 0s; }));
    CHECK(refuses([](Incident& i) { i.deadline = 25h; }));
    CHECK(refuses([](Incident& i) { i.cpu_limit = 101; }));
    CHECK(refuses([](Incident& i) { i.byte_limit = 1; }));
    CHECK(refuses([](Incident& i) { i.parallel = 0; }));
    CHECK(refuses([](Incident& i) { i.sr = "../x"; }));
    CHECK(refuses([](Incident& i) { i.peer = "branch"; }));
    CHECK(refuses([](Incident& i) { i.probe = *formats::parse_probe("other,to=10.2.2.10"); }));
    CHECK_FALSE(refuses([](Incident& i) { i.probe = *formats::parse_probe("Branch,to=10.1.1.10"); }));
    CHECK_FALSE(refuses([](Incident& i) { i.probe = *formats::parse_probe("local,to=10.1.1.10"); }));
    CHECK_FALSE(refuses([](Incident& i) { i.debug_window = 10min; }));
}
