#include "collector/guardian/guardian_message.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>

namespace collector {

Message::Message(Word word) : bytes_(std::string(1, static_cast<char>(word))) {}

Message& Message::add(std::string_view field) {
    const auto size = static_cast<std::uint32_t>(field.size());
    std::string longer;
    longer.reserve(bytes_.reveal().size() + sizeof size + field.size());
    longer.append(bytes_.reveal());
    longer.append(reinterpret_cast<const char*>(&size), sizeof size);
    longer.append(field);
    bytes_ = Secret(std::move(longer));
    return *this;
}

std::string_view Message::next() {
    const std::string_view rest = bytes().substr(std::min(at_, bytes().size()));
    std::uint32_t size = 0;
    at_ = bytes().size();  // unless a whole field is there
    if (rest.size() < sizeof size) return {};
    std::memcpy(&size, rest.data(), sizeof size);
    if (rest.size() - sizeof size < size) return {};
    at_ -= rest.size() - sizeof size - size;
    return rest.substr(sizeof size, size);
}

std::uint64_t Message::next_number() {
    const std::string_view field = next();
    std::uint64_t number = 0;
    std::from_chars(field.data(), field.data() + field.size(), number);
    return number;
}

std::uint64_t boot_time_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

}  // namespace collector
