#include "formats/report/report.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "formats/report/html.hpp"
#include "sample_bundle.hpp"

using namespace formats;

namespace {

struct Fixture {
    sample::TemporaryFolder folder;
    std::shared_ptr<Redaction> redaction = sample::redaction();
    sample::Run run = sample::run(folder / "spool", *redaction);
    Conclusion conclusion;

    std::string html(const ReportLimits& limits = {}) {
        std::string text;
        const auto written = write_report(
            run.manifest, conclusion, run.spool, *redaction,
            [&text](const RedactedText& more) -> Result<void> {
                text += more.str();
                return {};
            },
            limits);
        REQUIRE_MESSAGE(written, (written ? "" : written.error().message()));
        return text;
    }
    void say(std::size_t endpoint, std::size_t capture, const std::string& text) {
        const std::string& file = run.manifest.endpoints[endpoint].captures[capture].file;
        REQUIRE(run.spool.replace(file, redaction->redact(text)));
    }
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
    return n;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the report of a run is the golden one") {
    sample::check_golden("report/report.html", html());
}

TEST_CASE_FIXTURE(Fixture, "the report needs nothing from elsewhere and runs nothing") {
    const std::string page = html();
    for (const std::string part :
         {"<script", "<link", "<img", "<iframe", "src=", "@import", "url(", "href=\"http", "onclick"})
        CHECK_FALSE_MESSAGE(holds(page, part), part);
    CHECK(holds(page, "default-src 'none'"));
    CHECK(count(page, "<details") == count(page, "</details>"));
    CHECK(count(page, "<table") == count(page, "</table>"));
    CHECK(count(page, "<tr") == count(page, "</tr>"));
}

TEST_CASE_FIXTURE(Fixture, "what a device said stays text") {
    const std::string attack = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>&\"'";
    say(0, 0, attack + "\n");
    say(0, 2, "2026-11-25T19:24:53.000000Z " + attack + "\n");
    EndpointRecord& hq = run.manifest.endpoints[0];
    hq.hostname = hq.model = hq.version = hq.target = hq.host_key = hq.captures[0].command = attack;
    run.manifest.endpoints[1].captures[2].reason = run.manifest.findings[0].text = attack;
    run.manifest.problem.symptom = run.manifest.probes[0].outcome = run.manifest.actions[0].kind = attack;
    run.manifest.rules = {{attack, 1}};
    const std::string page = html();
    CHECK_FALSE(holds(page, "<script"));
    CHECK_FALSE(holds(page, "<img"));
    CHECK(holds(page, "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST_CASE_FIXTURE(Fixture, "any bytes make a page of valid characters") {
    say(0, 0, std::string("nul\0esc\x1b[2J bad\xff\xfe tab\t\r\n", 24));
    const std::string page = html();
    CHECK_FALSE(holds(page, std::string(1, '\0')));
    CHECK_FALSE(holds(page, "\x1b"));
    CHECK_FALSE(holds(page, "\xff"));
    CHECK(holds(page,
                "nul\xef\xbf\xbd"
                "esc\xef\xbf\xbd[2J bad\xef\xbf\xbd\xef\xbf\xbd tab\t\n"));
}

TEST_CASE_FIXTURE(Fixture, "debug lines stand in the column of their endpoint, by time") {
    const std::string page = html();
    const std::string first =
        "<td class=\"quiet\">19:24:53.623456</td><td>ISAKMP (0): beginning Main Mode "
        "exchange\n</td><td></td></tr>";
    const std::string second =
        "<td class=\"quiet\">19:24:53.723456</td><td></td><td>ISAKMP (0): processing &lt;SA&gt; "
        "payload &amp; more\n</td></tr>";
    const std::string third = "<td class=\"quiet\">19:24:53.823456</td><td>ISAKMP (0): processing";
    REQUIRE(holds(page, first));
    REQUIRE(holds(page, second));
    REQUIRE(holds(page, third));
    CHECK(page.find(first) < page.find(second));
    CHECK(page.find(second) < page.find(third));
}

TEST_CASE_FIXTURE(Fixture, "long captures are cut, and the page says where the rest is") {
    std::string text, debug;
    for (int i = 0; i < 2'000; ++i) {
        text += "line " + std::to_string(i) + "\n";
        debug += "2026-11-25T19:24:53.000000Z debug " + std::to_string(i) + "\n";
    }
    say(0, 0, text);
    say(0, 2, debug);
    const std::string page = html({10'000, 16 << 20, 500});
    CHECK(holds(page, "line 10\n"));
    CHECK_FALSE(holds(page, "line 1999\n"));
    CHECK(holds(page, "[the rest is in endpoints/hq/before/write-terminal.txt]"));
    CHECK(holds(page, "1502 more lines in timeline.txt"));
    CHECK(html({1 << 20, 60'000, 100}).size() < 80'000);
}

TEST_CASE_FIXTURE(Fixture, "secrets do not come back through the report") {
    redaction->learn("CANARY-psk-4711", SecretClass::psk);
    run.manifest.problem.changed = "key was CANARY-psk-4711";
    CHECK_FALSE(holds(html(), "CANARY"));
}

TEST_CASE_FIXTURE(Fixture,
                  "a line that looks like a secret only on the page is withheld, and the page keeps its form") {
    redaction->learn("beginning&lt;",
                     SecretClass::custom);  // not there before it is written as HTML
    say(0, 0, "one\nbeginning< of it\nthree\n");
    say(0, 2, "2026-11-25T19:24:53.000000Z beginning< of it\n2026-11-25T19:24:54.000000Z end\n");
    const std::size_t learned = redaction->learned();
    const std::string page = html();
    CHECK_FALSE(holds(page, "beginning&lt;"));
    CHECK(holds(page, "one\n[withheld]\nthree\n"));
    CHECK(holds(page, "<tr><td class=\"quiet\">[withheld]</td><td>[withheld]\n</td><td></td></tr>"));
    CHECK(count(page, "<td") == count(page, "</td"));
    CHECK(redaction->learned() == learned);  // nothing of the page itself
}

TEST_CASE_FIXTURE(Fixture, "a member that is not there is an error") {
    run.manifest.endpoints[0].captures[0].file = "endpoints/hq/before/other.txt";
    const auto written = write_report(run.manifest, conclusion, run.spool, *redaction,
                                      [](const RedactedText&) -> Result<void> { return {}; });
    CHECK_FALSE(written);
}

namespace {

/// Every value of an attribute: `id="X"`, `href="#X"`.
std::vector<std::string> values_of(const std::string& html, const std::string& begin) {
    std::vector<std::string> values;
    for (std::size_t at = html.find(begin); at != std::string::npos; at = html.find(begin, at + 1))
        values.push_back(html.substr(at + begin.size(), html.find('"', at + begin.size()) - at - begin.size()));
    return values;
}

/// Two PIX whose transforms differ, and a stream that says so behind more lines than the page holds.
void tell_of_transforms(Fixture& f) {
    const auto config = [](const std::string& own, const std::string& peer, const std::string& transform,
                           const std::string& from, const std::string& to) {
        return "PIX Version 7.2(4)\ninterface Ethernet0\n nameif outside\n ip address " + own +
               " 255.255.255.0\naccess-list VPN extended permit ip " + from + " 255.255.255.0 " + to +
               " 255.255.255.0\ncrypto ipsec transform-set SET " + transform +
               "\ncrypto map OUT 10 match address VPN\ncrypto map OUT 10 set peer " + peer +
               "\ncrypto map OUT 10 set transform-set SET\ncrypto map OUT interface outside\n";
    };
    f.say(0, 0, config("192.0.2.1", "203.0.113.7", "esp-aes-256 esp-sha-hmac", "10.1.1.0", "10.2.2.0"));
    f.say(1, 0, config("203.0.113.7", "192.0.2.1", "esp-3des esp-sha-hmac", "10.2.2.0", "10.1.1.0"));
    std::string stream;
    for (int i = 0; i < 40; ++i) stream += "2026-11-25T19:24:53.600000Z an ordinary line\n";
    f.say(1, 1,
          stream +
              "2026-11-25T19:24:53.700000Z Nov 25 19:24:53 [IKEv1]: Group = 192.0.2.1, IP = 192.0.2.1, All IPSec SA "
              "proposals found unacceptable!\n");
    auto concluded = conclude(f.run.manifest, f.run.spool);
    REQUIRE(concluded);
    f.conclusion = std::move(*concluded);
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the verdict stands first, and each link lands, also on a line behind what the page holds") {
    tell_of_transforms(*this);
    REQUIRE(run.manifest.findings.front().id == "transform");
    const std::string page = html({200, 16 << 20, 4'000});
    CHECK(page.find(html_text(run.manifest.verdict)) < page.find("<nav"));
    CHECK(holds(page, "All IPSec SA proposals found unacceptable!"));
    const auto ids = values_of(page, "id=\"");
    const auto links = values_of(page, "href=\"#");
    CHECK(links.size() > 20);
    for (const std::string& link : links) {
        CAPTURE(link);
        CHECK(std::count(ids.begin(), ids.end(), link) == 1);
    }
    CHECK(std::count(links.begin(), links.end(), "branch/debug/debug-crypto:41") >= 1);  // the finding, and the ladder
    CHECK(std::count(ids.begin(), ids.end(), "branch/debug/debug-crypto:41") == 1);
    CHECK_FALSE(holds(page, "withheld"));
}

TEST_CASE_FIXTURE(Fixture, "both configurations stand side by side, and what differs is marked") {
    tell_of_transforms(*this);
    const std::string page = html();
    CHECK(holds(page, "<mark>AES-256,</mark> SHA-1"));
    CHECK(holds(page, "<mark>3DES,</mark> SHA-1"));
    // Networks that mirror each other differ in nothing.
    CHECK(holds(page, "10.1.1.0/24 to 10.2.2.0/24"));
    CHECK_FALSE(holds(page, "<mark>10."));
    CHECK_FALSE(holds(page, "<mark>203."));
}

TEST_CASE_FIXTURE(Fixture, "severity has a word beside its colour, and what is empty has no colour of success") {
    run.manifest.endpoints[0].captures[1].outcome = Outcome::empty;
    const std::string page = html();
    CHECK(holds(page, "<span class=\"quiet\">empty</span>"));
    tell_of_transforms(*this);
    CHECK(holds(html(), "<span class=\"bad\">problem</span> branch refuses the transforms of hq"));
}
