#include "formats/analysis/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace formats {

namespace {

constexpr std::size_t longest_payloads = 160;

struct ExchangeName {
    Exchange exchange;
    std::string_view name;
    unsigned version;
};
constexpr std::array exchange_names{
    ExchangeName{Exchange::main_mode, "main mode", 1},
    ExchangeName{Exchange::aggressive_mode, "aggressive mode", 1},
    ExchangeName{Exchange::quick_mode, "quick mode", 1},
    ExchangeName{Exchange::informational_v1, "informational", 1},
    ExchangeName{Exchange::transaction, "transaction", 1},
    ExchangeName{Exchange::ike_sa_init, "IKE_SA_INIT", 2},
    ExchangeName{Exchange::ike_auth, "IKE_AUTH", 2},
    ExchangeName{Exchange::create_child_sa, "CREATE_CHILD_SA", 2},
    ExchangeName{Exchange::informational_v2, "INFORMATIONAL", 2},
};

constexpr std::array spellings{
    std::pair{std::string_view("ID_PROT"), Exchange::main_mode},
    std::pair{std::string_view("Main"), Exchange::main_mode},
    std::pair{std::string_view("Main Mode"), Exchange::main_mode},
    std::pair{std::string_view("AGGRESSIVE"), Exchange::aggressive_mode},
    std::pair{std::string_view("Aggressive"), Exchange::aggressive_mode},
    std::pair{std::string_view("QUICK_MODE"), Exchange::quick_mode},
    std::pair{std::string_view("Quick Mode"), Exchange::quick_mode},
    std::pair{std::string_view("INFORMATIONAL_V1"), Exchange::informational_v1},
    std::pair{std::string_view("TRANSACTION"), Exchange::transaction},
    std::pair{std::string_view("IKE_SA_INIT"), Exchange::ike_sa_init},
    std::pair{std::string_view("IKE_AUTH"), Exchange::ike_auth},
    std::pair{std::string_view("CREATE_CHILD_SA"), Exchange::create_child_sa},
    std::pair{std::string_view("INFORMATIONAL"), Exchange::informational_v2},
};

/// Payloads that devices name at length, as the short lists do.
constexpr std::array short_names{
    std::pair{std::string_view("VENDOR"), std::string_view("V")},
    std::pair{std::string_view("VID"), std::string_view("V")},
    std::pair{std::string_view("NONCE"), std::string_view("No")},
    std::pair{std::string_view("N"), std::string_view("N")},
    std::pair{std::string_view("NOTIFY"), std::string_view("N")},
    std::pair{std::string_view("DELETE"), std::string_view("D")},
    std::pair{std::string_view("CERT_REQ"), std::string_view("CERTREQ")},
};

std::string_view in_short(std::string_view word) {
    for (const auto& [name, short_name] : short_names)
        if (word == name) return short_name;
    return word;
}

bool is_number_in_brackets(std::string_view word) {
    return word.size() > 2 && word.front() == '(' && word.back() == ')' &&
           word.substr(1, word.size() - 2).find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string_view name_of(Exchange exchange) {
    for (const ExchangeName& known : exchange_names)
        if (known.exchange == exchange) return known.name;
    return {};
}

Exchange exchange_of(std::string_view word) {
    for (const auto& [spelling, exchange] : spellings)
        if (word == spelling) return exchange;
    return Exchange::unknown;
}

unsigned version_of(Exchange exchange) {
    for (const ExchangeName& known : exchange_names)
        if (known.exchange == exchange) return known.version;
    return 0;
}

std::string label_of(const IkeMessage& message) {
    const auto numbered = [&](std::string_view letters) {
        return std::string(letters) + (message.step == 0 ? std::string() : std::to_string(message.step));
    };
    switch (message.exchange) {
        case Exchange::main_mode: return numbered("MM");
        case Exchange::aggressive_mode: return numbered("AM");
        case Exchange::quick_mode: return numbered("QM");
        case Exchange::unknown: return "message";
        default: break;
    }
    std::string label(name_of(message.exchange));
    if (message.half == Half::request) label += " request";
    if (message.half == Half::response) label += " response";
    return label;
}

std::string payloads_in_short(std::string_view payloads) {
    std::string text;
    std::string_view last;
    unsigned many = 0;
    const auto finish = [&] {
        if (many > 1) text += " x" + std::to_string(many);
        many = 0;
    };
    while (!payloads.empty() && text.size() < longest_payloads) {
        const std::size_t begin = payloads.find_first_not_of(" +");
        if (begin == std::string_view::npos) break;
        payloads.remove_prefix(begin);
        const std::string_view written = payloads.substr(0, payloads.find_first_of(" +"));
        payloads.remove_prefix(written.size());
        if (is_number_in_brackets(written)) continue;
        const std::string_view word = in_short(written);
        if (many > 0 && word == last) {
            ++many;
            continue;
        }
        finish();
        if (!text.empty()) text += ' ';
        text += word;
        last = word;
        many = 1;
    }
    finish();
    return text.substr(0, longest_payloads);
}

bool has_payload(std::string_view payloads, std::string_view name) {
    for (std::size_t at = payloads.find(name); at != std::string_view::npos; at = payloads.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        if ((at == 0 || payloads[at - 1] == ' ') &&
            (end == payloads.size() || payloads[end] == ' ' || payloads[end] == '('))
            return true;
    }
    return false;
}

}  // namespace formats
