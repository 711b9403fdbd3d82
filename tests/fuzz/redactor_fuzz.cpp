// The redactor on any bytes: a planted secret never survives, the chunking does not matter, lines
// keep their number, and what came out comes out of a second pass as it is.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "formats/redaction/redaction.hpp"

namespace {

formats::RedactionSettings settings() {
    formats::RedactionSettings fixed;
    fixed.key = std::string(32, 'f');
    return fixed;
}

std::string redact(std::string_view text, std::size_t chunk) {
    const auto redaction = formats::Redaction::make(settings());
    if (!redaction) std::abort();
    auto stream = (*redaction)->stream();
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += chunk) out += stream.feed(text.substr(at, chunk))->str();
    return out + stream.finish()->str();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const std::string planted = std::string(text.substr(0, size / 2)) +
                                "\nisakmp key CANARY-planted-1 address 192.0.2.1\n" +
                                std::string(text.substr(size / 2));
    const std::string whole = redact(planted, planted.size() + 1);
    if (text.find("CANARY") == std::string_view::npos && whole.find("CANARY-planted-1") != std::string::npos)
        std::abort();
    if (redact(planted, 1 + size % 7) != whole) std::abort();
    if (std::count(whole.begin(), whole.end(), '\n') != std::count(planted.begin(), planted.end(), '\n')) std::abort();
    for (const std::size_t chunk : {whole.size() + 1, 1 + size % 7, 1 + size % 80})
        if (redact(whole, chunk) != whole) std::abort();
    return 0;
}
