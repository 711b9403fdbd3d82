#pragma once
// The elements and attributes of manifest.xsd, each named once, in the order of the schema. A
// visitor that walks them cleans, checks, writes or reads a manifest; it has one function for every
// type of the schema:
//
//   constant(name, value)
//   text / some_text / label (name, string)      path / some_path   sha256 / some_sha256
//   planned_path (name, string)                  some_path of a member that need not be there
//   endpoint_name   some_sr   phase   outcome   proven   truth   count   window
//   role (name, tells), flag (name, bool)        absent: it tells nothing; false
//   one_of(name, string, values)                 one of these words
//   time(name, optional)                         milliseconds(name, optional)
//   child(name, record, present, visit)          one element
//   children(name, records, visit)               any number of elements
//   rules(name, counts, visit)                   the same over a map
//
// "some_" attributes are absent when empty.

#include <array>
#include <string_view>
#include <vector>

#include "formats/bundle/manifest.hpp"

namespace formats {

inline constexpr std::string_view manifest_namespace = "urn:tacbundle:manifest:1";
inline constexpr std::array<std::string_view, 3> bundle_outcomes{"complete", "incomplete", "interrupted"};
inline constexpr std::array<std::string_view, 3> verified_values{"true", "rules-only", "false"};
inline constexpr std::size_t longest_text = 4096, longest_label = 64;  // characters

template <class Visitor, class Capture>
void visit_capture(Visitor& visitor, Capture& capture) {
    visitor.path("id", capture.id);
    visitor.phase("phase", capture.phase);
    visitor.text("command", capture.command);
    visitor.role("role", capture.role);
    visitor.flag("optional", capture.is_optional);
    visitor.some_path("file", capture.file);
    visitor.planned_path("planned-file", capture.planned_file);
    visitor.outcome("outcome", capture.outcome);
    visitor.time("started", capture.started);
    visitor.time("ended", capture.ended);
    visitor.count("bytes", capture.bytes);
    visitor.count("lines", capture.lines);
    visitor.some_sha256("sha256", capture.sha256);
    visitor.count("redactions", capture.redactions);
    visitor.some_text("reason", capture.reason);
}

template <class Visitor, class Endpoint>
void visit_endpoint(Visitor& visitor, Endpoint& endpoint) {
    visitor.endpoint_name("name", endpoint.name);
    visitor.text("target", endpoint.target);
    visitor.some_text("platform", endpoint.platform);
    visitor.label("model", endpoint.model);
    visitor.label("version", endpoint.version);
    visitor.label("hostname", endpoint.hostname);
    visitor.some_text("host-key", endpoint.host_key);
    visitor.some_text("algorithms", endpoint.algorithms);
    visitor.some_text("banner", endpoint.banner);
    visitor.milliseconds("clock-offset-ms", endpoint.clock_offset_ms);
    visitor.milliseconds("clock-uncertainty-ms", endpoint.clock_uncertainty_ms);
    visitor.truth("legacy", endpoint.legacy);
    visitor.some_text("sessions", endpoint.sessions);
    visitor.children("capture", endpoint.captures, [](auto& inner, auto& capture) { visit_capture(inner, capture); });
    visitor.child("debug", endpoint.debug, true, [](auto& inner, auto& debug) {
        inner.time("armed", debug.armed);
        inner.time("disarmed", debug.disarmed);
        inner.proven("proven", debug.proven);
        inner.truth("restored", debug.restored);
    });
}

template <class Visitor, class Probe>
void visit_probe(Visitor& visitor, Probe& probe) {
    visitor.some_text("from", probe.from);
    visitor.some_text("source", probe.source);
    visitor.some_text("to", probe.to);
    visitor.some_text("kind", probe.kind);
    visitor.time("started", probe.started);
    visitor.time("ended", probe.ended);
    visitor.text("outcome", probe.outcome);
    visitor.some_path("file", probe.file);
}

template <class Visitor, class Action>
void visit_action(Visitor& visitor, Action& action) {
    visitor.text("kind", action.kind);
    visitor.some_text("endpoint", action.endpoint);
    visitor.some_text("consent", action.consent);
    visitor.time("started", action.started);
    visitor.time("ended", action.ended);
    visitor.text("outcome", action.outcome);
}

template <class Visitor, class Finding>
void visit_finding(Visitor& visitor, Finding& finding) {
    visitor.text("id", finding.id);
    visitor.text("severity", finding.severity);
    visitor.text("confidence", finding.confidence);
    visitor.some_text("endpoint", finding.endpoint);
    visitor.some_text("origin", finding.origin);
    visitor.some_text("text", finding.text);
    visitor.children("evidence", finding.evidence, [](auto& inner, auto& evidence) {
        inner.path("file", evidence.file);
        inner.count("line", evidence.line);
    });
}

/// The attributes and children of <bundle>.
template <class Visitor, class Whole>
void visit_manifest(Visitor& visitor, Whole& manifest) {
    visitor.constant("xmlns", manifest_namespace);
    visitor.constant("version", "1");
    visitor.child("tool", manifest, true, [](auto& inner, auto& whole) {
        inner.constant("name", "tacbundle");
        inner.text("version", whole.tool_version);
    });
    visitor.child("incident", manifest, true, [](auto& inner, auto& whole) {
        inner.some_sr("sr", whole.sr);
        inner.time("started", whole.started);
        inner.time("ended", whole.ended);
        inner.window("window", whole.window_ms);
        inner.one_of("outcome", whole.outcome, bundle_outcomes);
        inner.some_text("verdict", whole.verdict);
        auto& said = whole.problem;
        const bool any = !said.since.empty() || !said.symptom.empty() || !said.changed.empty();
        inner.child("problem", said, any, [](auto& innermost, auto& problem) {
            innermost.some_text("since", problem.since);
            innermost.some_text("symptom", problem.symptom);
            innermost.some_text("changed", problem.changed);
        });
    });
    visitor.children("endpoint", manifest.endpoints,
                     [](auto& inner, auto& endpoint) { visit_endpoint(inner, endpoint); });
    visitor.children("probe", manifest.probes, [](auto& inner, auto& probe) { visit_probe(inner, probe); });
    visitor.children("action", manifest.actions, [](auto& inner, auto& action) { visit_action(inner, action); });
    visitor.child("redaction", manifest, true, [](auto& inner, auto& whole) {
        inner.one_of("verified", whole.redaction_verified, verified_values);
        inner.rules("rule", whole.rules, [](auto& innermost, auto& name, auto& count) {
            innermost.text("name", name);
            innermost.count("count", count);
        });
    });
    visitor.children("finding", manifest.findings, [](auto& inner, auto& finding) { visit_finding(inner, finding); });
    visitor.children("file", manifest.files, [](auto& inner, auto& file) {
        inner.path("path", file.path);
        inner.count("bytes", file.bytes);
        inner.sha256("sha256", file.sha256);
    });
}

/// 200 endpoints with 100 captures each are some 8 MiB. A longer document, or one of more elements or attributes than
/// these have, is not parsed.
inline constexpr std::size_t longest_manifest = std::size_t{12} << 20;

/// The manifest with every text cleaned and cut as it will be written; redacted first when there is
/// a redaction.
Manifest cleaned(Manifest manifest, Redaction* redaction);
/// The manifest without the texts in which the scan of its document found something, though each
/// was redacted: at the lines of `leaks`, render() holds what looks like a secret. With `all` no
/// text of these lines is kept, otherwise those that look harmless by themselves.
Manifest withheld(Manifest manifest, const std::vector<Leak>& leaks, const Redaction& redaction, bool all);
/// What breaks a rule of the schema in names, paths, hashes, numbers and references; empty:
/// nothing.
std::string broken_rule(const Manifest& manifest);
/// The document of a manifest that is clean and breaks no rule.
std::string render(const Manifest& manifest);

}  // namespace formats
