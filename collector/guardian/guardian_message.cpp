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

void add_way(Message& message, const SshWay& way) {
    const auto add = [&](const Hop& hop) { message.add(hop.user).add(hop.host).add(hop.port); };
    for (const SshStop& stop : way.stops) {
        add(stop.asked);
        message.add(stop.route.host)
            .add(stop.route.user)
            .add(stop.route.port)
            .add(stop.route.names_agent ? 1U : 0U)
            .add(stop.route.proxy);
        message.add(stop.host_key).add(stop.key_exchange).add(stop.ciphers).add(stop.macs).add(stop.identity);
        message.add(stop.route.hops.size());
        for (const Hop& hop : stop.route.hops) add(hop);
    }
}

SshWay next_way(Message& message) {
    const auto next = [&] { return std::string(message.next()); };
    const auto port = [&] { return static_cast<unsigned>(message.next_number()); };
    const auto hop = [&] {
        Hop one;
        one.user = next();
        one.host = next();
        one.port = port();
        return one;
    };
    SshWay way;
    while (message.has_more()) {
        SshStop stop;
        stop.asked = hop();
        stop.route.host = next();
        stop.route.user = next();
        stop.route.port = port();
        stop.route.names_agent = message.next_number() == 1;
        stop.route.proxy = next();
        stop.host_key = next();
        stop.key_exchange = next();
        stop.ciphers = next();
        stop.macs = next();
        stop.identity = next();
        for (auto hops = message.next_number(); hops > 0 && message.has_more(); --hops)
            stop.route.hops.push_back(hop());
        way.stops.push_back(std::move(stop));
    }
    return way;
}

std::uint64_t boot_time_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

}  // namespace collector
