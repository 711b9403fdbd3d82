#include "formats/report/html.hpp"

#include "formats/text/plain_text.hpp"

namespace formats {

std::string html_text(std::string_view text) {
    std::string escaped;
    for (const char c : plain_text(text, text.size() + 1)) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

std::string html_value(std::string_view text) {
    std::string escaped;
    for (const char c : html_text(text))
        if (c == '"')
            escaped += "&quot;";
        else
            escaped += c;
    return escaped;
}

std::string html_withheld(std::string_view line) {
    std::string tags;
    while (!line.empty()) {
        const std::size_t text = line.find('<');
        if (text != 0) tags += "[withheld]";
        if (text == std::string_view::npos) break;
        const std::size_t end = line.find('>', text);
        const std::size_t size = end == std::string_view::npos ? line.size() - text : end + 1 - text;
        tags += line.substr(text, size);
        line.remove_prefix(text + size);
    }
    return tags;
}

std::string html_element(std::string_view name, std::string_view inner, std::string_view of_class) {
    std::string element = "<" + std::string(name);
    if (!of_class.empty()) element.append(" class=\"").append(of_class).append("\"");
    return element.append(">").append(inner).append("</").append(name).append(">");
}

}  // namespace formats
