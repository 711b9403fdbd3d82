#include "formats/bundle/manifest.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>
#include <random>

#include "sample_bundle.hpp"

using namespace formats;

namespace {

std::string xml_of(const Manifest& manifest) {
    auto redaction = sample::redaction();
    auto xml = to_xml(manifest, *redaction);
    REQUIRE_MESSAGE(xml, (xml ? "" : xml.error().message()));
    return xml->str();
}

Manifest sample_with_files() {
    const sample::TemporaryFolder folder;
    auto redaction = sample::redaction();
    return sample::run(folder / "spool", *redaction).manifest;
}

/// xmllint against the schema that is compiled in: the rules as another program reads them.
class Xmllint {
 public:
    static bool is_there() { return std::system("xmllint --version >/dev/null 2>&1") == 0; }
    Xmllint() { sample::write_file(folder_ / "manifest.xsd", std::string(manifest_schema())); }
    bool accepts(const std::string& xml) const {
        sample::write_file(folder_ / "manifest.xml", xml);
        const std::string command = "xmllint --nonet --noout --schema '" + (folder_ / "manifest.xsd").string() + "' '" +
                                    (folder_ / "manifest.xml").string() + "' >/dev/null 2>&1";
        return std::system(command.c_str()) == 0;
    }

 private:
    sample::TemporaryFolder folder_;
};

const std::string hostile_bytes[] = {
    std::string("nul\0nul", 7),
    "\x1b[2J\x1b]0;title\x07",
    "\xff\xfe\xc0\xaf\xed\xa0\x80\xf5\x80\x80\x80 \xe2\x82",
    "]]>",
    "\xef\xbf\xbe\xef\xbf\xbf",
    "<a href=\"x\">&amp;&#1;'</a>",
    "\xc2\x80\xc2\x9b\x7f",
    "tab\tnewline\nreturn\r\n",
    " leading and trailing ",
    std::string("\xe2\x80\xae").append("gnp.exe"),
    std::string(1 << 20, 'x'),
    "\xf0\x9f\x94\xa5\xc3\xa4\xe6\xbc\xa2",
    "",
};

/// Every free text of a manifest.
std::vector<std::string*> texts_of(Manifest& m) {
    std::vector<std::string*> texts{&m.tool_version, &m.problem.since, &m.problem.symptom, &m.problem.changed,
                                    &m.verdict};
    for (EndpointRecord& e : m.endpoints) {
        for (std::string* text : {&e.target, &e.platform, &e.model, &e.version, &e.hostname, &e.host_key, &e.sessions})
            texts.push_back(text);
        for (CaptureRecord& c : e.captures) texts.insert(texts.end(), {&c.command, &c.reason});
    }
    for (ProbeRecord& p : m.probes) texts.insert(texts.end(), {&p.from, &p.source, &p.to, &p.kind, &p.outcome});
    for (ActionRecord& a : m.actions) texts.insert(texts.end(), {&a.kind, &a.endpoint, &a.consent, &a.outcome});
    for (FindingRecord& f : m.findings)
        texts.insert(texts.end(), {&f.id, &f.severity, &f.confidence, &f.text, &f.endpoint, &f.origin});
    return texts;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the manifest of a run is the golden one") {
    const std::string xml = xml_of(sample_with_files());
    sample::check_golden("manifest/two-endpoints.xml", xml);
    Manifest bare;
    bare.tool_version = "0.1.0";
    sample::check_golden("manifest/nothing.xml", xml_of(bare));
}

TEST_CASE("what was written is read back, field by field") {
    const Manifest before = sample_with_files();
    const auto after = parse_manifest(xml_of(before));
    REQUIRE_MESSAGE(after, (after ? "" : after.error().message()));
    CHECK(after->sr == before.sr);
    CHECK(after->started == before.started);
    CHECK(after->window_ms == 90'000);
    CHECK(after->problem.symptom == before.problem.symptom);
    REQUIRE(after->endpoints.size() == 2);
    const EndpointRecord& hq = after->endpoints[0];
    CHECK(hq.model == "PIX-515E");
    CHECK(hq.clock_offset_ms == -1203.5);
    CHECK(hq.legacy);
    CHECK(hq.captures.size() == 3);
    CHECK(hq.captures[2].phase == Phase::debug);
    CHECK(hq.captures[0].redactions == 3);
    CHECK(hq.debug.proven == DebugRecord::Proven::yes);
    CHECK(hq.debug.restored);
    CHECK(after->endpoints[1].captures[2].outcome == Outcome::disconnected);
    CHECK_FALSE(after->endpoints[1].captures[2].started.has_value());
    CHECK(after->rules == before.rules);
    CHECK(after->findings[0].evidence[0].line == 2);
    CHECK(after->files.size() == before.files.size());
    CHECK(xml_of(*after) == xml_of(before));
}

TEST_CASE("a finding says where it lies and what it comes from, and the incident why the tunnel is down") {
    const auto redaction = sample::redaction();
    Manifest manifest;
    manifest.endpoints.resize(1);
    manifest.endpoints[0].name = "hq";
    manifest.endpoints[0].target = "file:hq.log";
    manifest.verdict = "hq refuses every proposal.";
    manifest.findings.push_back({"ike-policy", "problem", "proved", "hq refuses every proposal.", {}, "hq", "text"});
    manifest.findings.push_back({"lifetime", "note", "proved", "", {}, "", ""});
    const auto xml = to_xml(manifest, *redaction);
    REQUIRE_MESSAGE(xml, (xml ? "" : xml.error().message()));
    const auto read = parse_manifest(xml->str());
    REQUIRE_MESSAGE(read, (read ? "" : read.error().message()));
    CHECK(read->verdict == manifest.verdict);
    CHECK(read->findings[0].endpoint == "hq");
    CHECK(read->findings[0].origin == "text");
    CHECK(read->findings[1].endpoint.empty());
    CHECK(read->findings[1].origin.empty());
}

TEST_CASE("a debug that was never armed carries no times and no proof") {
    Manifest manifest;
    manifest.endpoints.resize(1);
    manifest.endpoints[0].name = "hq";
    const std::string xml = xml_of(manifest);
    CHECK(xml.find("<debug restored=\"false\" />") != std::string::npos);
    CHECK(parse_manifest(xml)->endpoints[0].debug.proven == DebugRecord::Proven::not_armed);
}

TEST_CASE("host name, model and version are cut to 64 printable characters") {
    Manifest manifest;
    manifest.endpoints.resize(1);
    EndpointRecord& hq = manifest.endpoints[0];
    hq.name = "hq";
    hq.hostname = std::string(100, 'h');
    hq.model = "\x1b[31mPIX\n";
    hq.version = std::string(64, 'v');
    const auto read = parse_manifest(xml_of(manifest));
    REQUIRE(read);
    CHECK(read->endpoints[0].hostname == std::string(63, 'h') + "\xe2\x80\xa6");
    CHECK(read->endpoints[0].model == "\xef\xbf\xbd[31mPIX\xef\xbf\xbd");
    CHECK(read->endpoints[0].version == std::string(64, 'v'));
}

TEST_CASE("every text is redacted on its own") {
    Manifest manifest = sample_with_files();
    auto redaction = sample::redaction();
    redaction->learn("CANARY-psk-4711", SecretClass::psk);
    for (std::string* text : texts_of(manifest)) *text = "CANARY-psk-4711";
    manifest.rules["CANARY-psk-4711"] = 1;
    const auto xml = to_xml(manifest, *redaction);
    REQUIRE_MESSAGE(xml, (xml ? "" : xml.error().message()));
    CHECK(xml->str().find("CANARY") == std::string::npos);
    CHECK(parse_manifest(xml->str()));
}

TEST_CASE("a text that looks like a secret only in its place is withheld, and the rest is written") {
    Manifest manifest = sample_with_files();
    auto redaction = sample::redaction();
    redaction->learn("&quot;full moon&quot;",
                     SecretClass::custom);  // not there before it is written as XML
    manifest.problem.since = "\"full moon\"";
    auto xml = to_xml(manifest, *redaction);
    REQUIRE_MESSAGE(xml, (xml ? "" : xml.error().message()));
    auto read = parse_manifest(xml->str());
    REQUIRE(read);
    CHECK(read->problem.since == "[withheld: it looks like a secret]");
    CHECK(read->problem.symptom == manifest.problem.symptom);

    redaction->learn("east\" symptom=\"west", SecretClass::custom);  // in neither text alone
    manifest.problem.since = "east";
    manifest.problem.symptom = "west";
    xml = to_xml(manifest, *redaction);
    REQUIRE_MESSAGE(xml, (xml ? "" : xml.error().message()));
    read = parse_manifest(xml->str());
    REQUIRE(read);
    CHECK(read->problem.since == "[withheld: it looks like a secret]");
    CHECK(read->endpoints[0].hostname == "fw-hq");
    CHECK(read->findings[0].text == manifest.findings[0].text);
}

TEST_CASE("names, paths, hashes and references that break the schema are not written") {
    using Break = std::function<void(Manifest&)>;
    struct Row {
        std::string name;
        Break break_it;
    };
    const Row rows[] = {
        {"sr", [](Manifest& m) { m.sr = "61 23"; }},
        {"outcome", [](Manifest& m) { m.outcome = "fine"; }},
        {"verified", [](Manifest& m) { m.redaction_verified = "yes"; }},
        {"endpoint name", [](Manifest& m) { m.endpoints[0].name = "../hq"; }},
        {"endpoint twice", [](Manifest& m) { m.endpoints[0].name = "branch"; }},
        {"capture twice", [](Manifest& m) { m.endpoints[0].captures[0].id = m.endpoints[0].captures[1].id; }},
        {"capture file not listed", [](Manifest& m) { m.endpoints[0].captures[0].file = "other.txt"; }},
        {"probe file not listed", [](Manifest& m) { m.probes[0].file = "other.txt"; }},
        {"absolute path", [](Manifest& m) { m.files[0].path = "/etc/passwd"; }},
        {"file twice", [](Manifest& m) { m.files.push_back(m.files[0]); }},
        {"hash", [](Manifest& m) { m.files[0].sha256 = "ABC"; }},
        {"evidence", [](Manifest& m) { m.findings[0].evidence[0].file = ""; }},
        {"year", [](Manifest& m) { m.started = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1); }},
        {"offset", [](Manifest& m) { m.endpoints[0].clock_offset_ms = 1e300; }},
        {"no offset", [](Manifest& m) { m.endpoints[0].clock_offset_ms = std::nan(""); }},
        {"window", [](Manifest& m) { m.window_ms = 1'000'000'000'000; }},
    };
    auto redaction = sample::redaction();
    const Manifest good = sample_with_files();
    REQUIRE(to_xml(good, *redaction));
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Manifest bad = good;
        row.break_it(bad);
        const auto xml = to_xml(bad, *redaction);
        REQUIRE_FALSE(xml);
        CHECK(xml.error().kind == ErrorKind::internal);
    }
}

TEST_CASE("whatever bytes are in the strings, the manifest is valid and reads back") {
    const bool xmllint = Xmllint::is_there();
    const Manifest good = sample_with_files();
    const Xmllint lint;
    for (const std::string& bytes : hostile_bytes) {
        CAPTURE(bytes.substr(0, 40));
        Manifest manifest = good;
        for (std::string* text : texts_of(manifest)) *text = bytes;
        manifest.rules[bytes] = 7;
        const std::string xml = xml_of(manifest);
        const auto read = parse_manifest(xml);
        REQUIRE_MESSAGE(read, (read ? "" : read.error().message()));
        CHECK(xml_of(*read) == xml);
        if (xmllint) CHECK(lint.accepts(xml));
    }
}

TEST_CASE("random manifests are valid for xmllint and for the reader") {
    if (!Xmllint::is_there()) {
        MESSAGE("NOT RUN: random manifests for xmllint: it is not installed");
        return;
    }
    const Xmllint lint;
    const Manifest good = sample_with_files();
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const auto below = [&random](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
        Manifest manifest = good;
        for (std::string* text : texts_of(manifest)) {
            text->clear();
            for (unsigned i = below(200); i > 0; --i) *text += static_cast<char>(below(256));
        }
        for (EndpointRecord& endpoint : manifest.endpoints) {
            endpoint.clock_offset_ms = static_cast<double>(below(1'000'000'000)) * (below(2) == 0 ? -1e5 : 1.23);
            if (below(2) == 0) endpoint.clock_uncertainty_ms.reset();
            if (below(3) == 0) endpoint.captures.clear();
            endpoint.debug.proven = static_cast<DebugRecord::Proven>(below(3));
            for (CaptureRecord& capture : endpoint.captures) {
                capture.outcome = static_cast<Outcome>(below(10));
                capture.bytes = ~std::uint64_t{0} - below(3);
                capture.started = UtcTime(std::chrono::microseconds(std::int64_t{below(4'000'000'000)} * 60'000'000));
                if (below(2) == 0) capture.file.clear();
            }
        }
        manifest.window_ms = below(100'000);
        const std::string xml = xml_of(manifest);
        CHECK(lint.accepts(xml));
        const auto read = parse_manifest(xml);
        REQUIRE_MESSAGE(read, (read ? "" : read.error().message()));
        CHECK(xml_of(*read) == xml);
    }
}

TEST_CASE("the reader and xmllint refuse the same changes") {
    const std::string good = xml_of(sample_with_files());
    struct Row {
        std::string from, to;
    };
    const Row rows[] = {
        {"<tool name=\"tacbundle\"", "<tool name=\"other\""},
        {" version=\"0.1.0\"", ""},
        {" version=\"1\"", " version=\"2\""},
        {"urn:tacbundle:manifest:1", "urn:tacbundle:manifest:2"},
        {"window=\"90s\"", "window=\"90\""},
        {"window=\"90s\"", "window=\"\""},
        {"window=\"90s\"", "window=\"90s\" extra=\"1\""},
        {"outcome=\"incomplete\"", "outcome=\"fine\""},
        {"sr=\"612345678\"", "sr=\"\""},
        {"sr=\"612345678\"", "sr=\"6 1\""},
        {"started=\"2026-11-25", "started=\"2026-11-31"},
        {"started=\"2026-11-25T19", "started=\"2026-11-25T24"},
        {"51.123456Z", "51.123Z"},
        {"51.123456Z", "60.123456Z"},
        {"51.123456Z", "51.123456+00:00"},
        {"<problem ", "<problems "},
        {"endpoint name=\"hq\"", "endpoint name=\"h q\""},
        {"endpoint name=\"hq\"", "endpoint name=\"branch\""},
        {" legacy=\"true\"", ""},
        {" legacy=\"true\"", " legacy=\"1\""},
        {"clock-offset-ms=\"-1203.500\"", "clock-offset-ms=\"much\""},
        {"clock-offset-ms=\"-1203.500\"", "clock-offset-ms=\"NaN\""},
        {"phase=\"debug\"", "phase=\"later\""},
        {"outcome=\"truncated\"", "outcome=\"half\""},
        {"redactions=\"3\"", "redactions=\"-3\""},
        {"redactions=\"3\"", "redactions=\"99999999999999999999\""},
        {"id=\"before/write-terminal\"", "id=\"../write-terminal\""},
        {"id=\"before/write-terminal\"", "id=\"before/show-crypto-isakmp-sa\""},
        {"file=\"endpoints/hq/before/write-terminal.txt\"", "file=\"other.txt\""},
        {" proven=\"true\"", " proven=\"maybe\""},
        {" restored=\"true\"", ""},
        {"<debug armed", "<debugs armed"},
        {"<action kind", "<probe kind"},
        {"verified=\"true\"", "verified=\"yes\""},
        {"<evidence ", "text<evidence "},
        {"line=\"2\"", "line=\"two\""},
        {"<file path=\"manifest.xsd\"", "<file path=\"probe/probe.txt\""},
        {"</bundle>", "<more /></bundle>"},
        {"</bundle>", "</bundle><bundle />"},
        {"</bundle>", ""},
        {"no traffic", "no & traffic"},
        {"no traffic", "no &unknown; traffic"},
        {"no traffic", "no \xff traffic"},
        {"no traffic", "no &#1; traffic"},
        {"since=\"", "since=\"twice\" since=\""},
        {"</redaction>", "</redaction><redaction verified=\"true\" />"},
    };
    const bool xmllint = Xmllint::is_there();
    const Xmllint lint;
    if (xmllint) REQUIRE(lint.accepts(good));
    for (const Row& row : rows) {
        CAPTURE(row.from);
        CAPTURE(row.to);
        const std::string bad = replaced(good, row.from, row.to);
        const auto read = parse_manifest(bad);
        REQUIRE_FALSE(read);
        CHECK(read.error().kind == ErrorKind::invalid);
        CHECK(read.error().subject.starts_with("manifest.xml"));
        if (xmllint) CHECK_FALSE(lint.accepts(bad));
    }
}

TEST_CASE("what the reader takes, xmllint takes: bytes changed at random") {
    const std::string good = xml_of(sample_with_files());
    const bool xmllint = Xmllint::is_there();
    const Xmllint lint;
    std::mt19937 random(4711);
    unsigned taken = 0;
    for (unsigned i = 0; i < 3'000; ++i) {
        std::string bad = good;
        bad[random() % bad.size()] = "0a\"<>/ ='&Z\x80"[random() % 12];
        if (bad == good || !parse_manifest(bad)) continue;
        ++taken;
        if (xmllint && taken <= 40) CHECK_MESSAGE(lint.accepts(bad), bad);
    }
    CHECK(taken > 0);
}

TEST_CASE("any other spelling of the same manifest is refused, with the line") {
    const std::string good = xml_of(sample_with_files());
    for (const auto& [from, to] : {std::pair<std::string, std::string>{"  <tool", "   <tool"},
                                   {"redactions=\"3\"", "redactions=\"03\""},
                                   {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", ""},
                                   {"window=\"90s\"", "window=\"90000ms\""}}) {
        const auto read = parse_manifest(replaced(good, from, to));
        REQUIRE_FALSE(read);
        CHECK(read.error().detail == "not as tacbundle writes it");
    }
    const auto read = parse_manifest(replaced(good, "redactions=\"3\"", "redactions=\"03\""));
    CHECK(read.error().subject == "manifest.xml:8");
    CHECK(parse_manifest(replaced(good, "</bundle>", "<more /></bundle>")).error().detail ==
          "<more>: unexpected <more>");
    CHECK(parse_manifest(replaced(good, " restored=\"true\"", "")).error().detail ==
          "<debug>: attribute restored is missing");
    CHECK(parse_manifest(replaced(good, "<debug ", "<debug more=\"\" ")).error().detail ==
          "<debug>: unexpected attribute more");
    CHECK(parse_manifest("").error().kind == ErrorKind::invalid);
}

TEST_CASE("a document of more elements than 200 endpoints can have is not parsed") {
    std::string elements = "<bundle>", attributes = "<bundle";
    for (int i = 0; i < 200'000; ++i) elements += "<a/>";
    for (int i = 0; i < 700'000; ++i) attributes += " a=\"\"";
    for (const std::string& xml :
         {elements + "</bundle>", attributes + "/>", "<bundle xmlns=\"" + std::string(13 << 20, 'x') + "\"/>"}) {
        const auto parsed = parse_manifest(xml);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().kind == ErrorKind::invalid);
        CHECK(parsed.error().detail == "it is longer than any of a bundle");
    }
}
