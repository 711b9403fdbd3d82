#include "examples/lab/json_object.hpp"

namespace lab {

std::string json_string(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte >= 0x7f) {
            out += "\\u00";
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

JsonObject& JsonObject::add(std::string_view key, std::string_view value) { return add_json(key, json_string(value)); }

JsonObject& JsonObject::add_json(std::string_view key, std::string_view json) {
    if (!fields_.empty()) fields_ += ',';
    fields_ += json_string(key);
    fields_ += ':';
    fields_ += json;
    return *this;
}

JsonObject& JsonObject::add_all(const JsonObject& other) {
    if (!fields_.empty() && !other.fields_.empty()) fields_ += ',';
    fields_ += other.fields_;
    return *this;
}

}  // namespace lab
