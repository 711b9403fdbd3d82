#include "formats/result.hpp"

#include <system_error>

namespace formats {

std::string_view name_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::usage: return "usage";
        case ErrorKind::plan: return "plan";
        case ErrorKind::unreachable: return "unreachable";
        case ErrorKind::host_key: return "host-key";
        case ErrorKind::login: return "login";
        case ErrorKind::prompt: return "prompt";
        case ErrorKind::timeout: return "timeout";
        case ErrorKind::rejected: return "rejected";
        case ErrorKind::disconnected: return "disconnected";
        case ErrorKind::interrupted: return "interrupted";
        case ErrorKind::io: return "io";
        case ErrorKind::invalid: return "invalid";
        case ErrorKind::internal: return "internal";
    }
    return "internal";
}

std::string Error::message() const {
    std::string text = subject.empty() ? detail : subject + ": " + detail;
    if (!remedy.empty()) text += "\n  " + remedy;
    return text;
}

Error system_error(std::string subject, std::string_view doing, int errno_value) {
    return {ErrorKind::io,
            std::move(subject),
            std::string(doing) + ": " + std::generic_category().message(errno_value),
            {}};
}

}  // namespace formats
