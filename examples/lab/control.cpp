#include "examples/lab/control.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

namespace lab {
namespace {

constexpr std::size_t longest_command = 4096;

std::string failure(const std::string& text) { return JsonObject().add("ok", false).add("error", text).text(); }

std::string list(const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ",") + item;
    return "[" + text + "]";
}

}  // namespace

Control::Control(World& world, std::string path, int quit)
    : world_(world), path_(std::move(path)), quit_(quit), stop_(::eventfd(0, EFD_CLOEXEC)) {}

formats::Result<std::unique_ptr<Control>> Control::start(World& world, const std::string& path, int quit) {
    std::unique_ptr<Control> control(new Control(world, path, quit));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return formats::Error{formats::ErrorKind::usage, path, "too long for a socket", "choose a shorter path"};
    path.copy(address.sun_path, path.size());
    control->listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::unlink(path.c_str());
    if (::bind(control->listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(control->listener_, 8) != 0)
        return formats::system_error(path, "opening the control socket", errno);
    control->thread_ = std::thread([raw = control.get()] { raw->serve(); });
    return control;
}

Control::~Control() {
    wake(stop_);
    if (thread_.joinable()) thread_.join();
    for (const auto& client : clients_) ::close(client.socket);
    if (listener_ >= 0) {
        ::close(listener_);
        ::unlink(path_.c_str());
    }
    ::close(stop_);
}

void Control::serve() {
    for (;;) {
        std::vector<pollfd> waits{{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
        for (const auto& client : clients_) waits.push_back({client.socket, POLLIN, 0});
        if (::poll(waits.data(), waits.size(), -1) < 0) continue;
        if (waits[0].revents != 0) return;
        for (std::size_t i = clients_.size(); i-- > 0;) {
            if (waits[i + 2].revents == 0 || listen_to(clients_[i])) continue;
            ::close(clients_[i].socket);
            clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if (waits[1].revents != 0) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket >= 0) clients_.push_back({socket, ""});
        }
    }
}

/// False when the client is gone.
bool Control::listen_to(Client& client) {
    char bytes[512];
    const auto count = ::recv(client.socket, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    client.received.append(bytes, static_cast<std::size_t>(count));
    for (std::size_t end = 0; (end = client.received.find('\n')) != std::string::npos;) {
        const auto answer = obey(client.received.substr(0, end)) + "\n";
        client.received.erase(0, end + 1);
        if (::send(client.socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return false;
    }
    return client.received.size() < longest_command;
}

std::string Control::obey(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "quit") {
        wake(quit_);
        return JsonObject().add("ok", true).text();
    }
    const std::lock_guard lock(world_.mutex);
    if (command == "state") return state();
    if (command == "scenario") {
        std::string name;
        words >> name;
        const auto played = world_.play(name);
        return played ? JsonObject().add("ok", true).text() : failure(played.error().message());
    }
    std::string side_name;
    words >> side_name;
    const int side = World::side_named(side_name);
    if (command == "clear-fault" && side_name.empty()) {
        for (const auto& device : world_.devices) device->clear_faults();
        return JsonObject().add("ok", true).text();
    }
    if (side < 0) return failure("no such command or side: " + line);
    if (command == "packet") {
        std::string source, destination;
        words >> source >> destination;
        const auto fate = world_.tunnel->packet(side, source, destination, "control");
        return JsonObject().add("ok", true).add("fate", name_of(fate)).text();
    }
    if (command == "fault") {
        std::string specification;
        std::getline(words >> std::ws, specification);
        const auto set = world_.device(side).set_fault(specification);
        return set ? JsonObject().add("ok", true).text() : failure(set.error().message());
    }
    if (command == "clear-fault") {
        world_.device(side).clear_faults();
        return JsonObject().add("ok", true).text();
    }
    return failure("no such command: " + line);
}

std::string Control::state() {
    JsonObject all;
    all.add("ok", true).add("building", world_.tunnel->building()).add("scenario", world_.tunnel->scenario().name);
    for (int side : {0, 1}) {
        const auto& device = world_.device(side);
        std::vector<std::string> sessions;
        for (const auto& session : device.sessions()) {
            JsonObject debugs;
            for (const auto& [kind, level] : session->debug_levels) debugs.add(kind, level);
            sessions.push_back(JsonObject()
                                   .add("session", session->id)
                                   .add("sid", session->sid)
                                   .add("user", session->user)
                                   .add("client", session->client)
                                   .add("foreign", session->foreign)
                                   .add("half_open", session->half_open)
                                   .add_json("debug", debugs.text())
                                   .text());
        }
        JsonObject one;
        one.add_json("sessions", list(sessions)).add("debugging", device.debugging());
        JsonObject device_debugs;
        for (const auto& [kind, level] : device.device_levels()) device_debugs.add(kind, level);
        one.add_json("debug", device_debugs.text());
        const auto& end = world_.tunnel->end(side);
        if (end.ike)
            one.add_json("isakmp",
                         JsonObject().add("state", end.ike->state).add("role", name_of(end.ike->role)).text());
        if (end.ipsec)
            one.add_json("ipsec", JsonObject()
                                      .add("inbound", "0x" + hexadecimal(end.ipsec->inbound, false))
                                      .add("outbound", "0x" + hexadecimal(end.ipsec->outbound, false))
                                      .add("encaps", end.ipsec->encaps)
                                      .add("decaps", end.ipsec->decaps)
                                      .text());
        all.add_json(device.side(), one.text());
    }
    return all.text();
}

}  // namespace lab
