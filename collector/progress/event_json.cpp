#include "collector/progress/event_json.hpp"

#include <nlohmann/json.hpp>

namespace collector {

namespace {

using Json = nlohmann::ordered_json;

void redact_strings(Json& value, formats::Redaction& redaction) {
    if (value.is_string())
        value = redaction.redact(value.get_ref<const std::string&>()).str();
    else if (value.is_structured())
        for (auto& part : value) redact_strings(part, redaction);
}

Json value_of(const std::string& written) {
    if (written.starts_with('=')) {
        auto token = Json::parse(written.begin() + 1, written.end(), nullptr, /*allow_exceptions=*/false);
        if (!token.is_discarded()) return token;
    }
    return written;
}

}  // namespace

std::string json_line(const Event& event, formats::UtcTime time, formats::Redaction& redaction) {
    Json line;
    line["v"] = 1;
    line["time"] = formats::to_iso(time);
    line["event"] = name_of(event.kind);
    if (!event.endpoint.empty()) line["endpoint"] = redaction.redact(event.endpoint).str();
    for (const auto& [key, written] : event.members) {
        if (line.contains(key)) continue;
        Json value = value_of(written);
        redact_strings(value, redaction);
        line[key] = std::move(value);
    }
    if (!event.text.empty() && !line.contains("text")) line["text"] = redaction.redact(event.text).str();
    return line.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace collector
