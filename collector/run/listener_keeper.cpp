#include "collector/run/listener_keeper.hpp"

#include <chrono>
#include <system_error>

#include "collector/system/patience.hpp"

namespace collector {
namespace {

constexpr milliseconds key_every{3'000};

}  // namespace

ListenerKeeper::ListenerKeeper(std::vector<Endpoint>& endpoints) {
    try {
        thread_ = std::thread([&endpoints, token = leaving_.get_token()] {
            for (;;) {
                for (Endpoint& endpoint : endpoints) endpoint.keep_listener();
                const auto pause = Patience::within(key_every, token);
                if (const auto slept = wait_for(-1, pause); !slept || pause.is_stopped()) return;
            }
        });
    } catch (const std::system_error&) {
    }
}

void ListenerKeeper::end() {
    leaving_.request_stop();
    if (thread_.joinable()) thread_.join();
}

}  // namespace collector
