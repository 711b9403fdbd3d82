#include "formats/report/html.hpp"

#include "formats/bundle/plain_text.hpp"

namespace formats {

std::string html_text(std::string_view text) {
    std::string escaped;
    for (const char c : plain_text(text, text.size() + 1)) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

std::string html_element(std::string_view name, std::string_view inner, std::string_view of_class) {
    std::string element = "<" + std::string(name);
    if (!of_class.empty()) element.append(" class=\"").append(of_class).append("\"");
    return element.append(">").append(inner).append("</").append(name).append(">");
}

}  // namespace formats
