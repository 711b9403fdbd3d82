#pragma once
// One JSON object on one line, built field by field: for the log, the control socket and the line
// printed at the start. Device bytes may be anything: what is not printable ASCII is escaped, one
// \u00XX per byte.

#include <concepts>
#include <string>
#include <string_view>

namespace lab {

class JsonObject {
 public:
    JsonObject& add(std::string_view key, std::string_view value);
    JsonObject& add(std::string_view key, const char* value) { return add(key, std::string_view(value)); }
    JsonObject& add(std::string_view key, bool value) { return add_json(key, value ? "true" : "false"); }
    template <std::integral T>
    JsonObject& add(std::string_view key, T value) {
        return add_json(key, std::to_string(value));
    }
    /// `json` is put in as it is.
    JsonObject& add_json(std::string_view key, std::string_view json);
    /// All fields of `other`, after ours.
    JsonObject& add_all(const JsonObject& other);

    /// "{...}", no newline.
    std::string text() const { return "{" + fields_ + "}"; }

 private:
    std::string fields_;
};

std::string json_string(std::string_view bytes);

}  // namespace lab
