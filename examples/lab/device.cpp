#include "examples/lab/device.hpp"

#include <linux/filter.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <utility>

namespace lab {
namespace {

/// A terminal that nobody reads loses debug lines, on a real box too.
constexpr std::size_t outbox_limit = 4U << 20U;

int next_session_id() {
    static std::atomic<int> last{0};
    return ++last;
}

std::tm utc_parts(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return parts;
}

constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr const char* weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

}  // namespace

void wake(int event_fd) {
    const std::uint64_t one = 1;
    if (event_fd >= 0 && ::write(event_fd, &one, sizeof one) < 0) std::perror("lab: wake");
}

Device::Device(std::string side, Site site, Platform platform, EventLog& log, Clockwork& clockwork)
    : side_(std::move(side)),
      site_(std::move(site)),
      platform_(std::move(platform)),
      log_(log),
      clockwork_(clockwork),
      listener_wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Session::~Session() {
    if (wake >= 0) ::close(wake);
}

Device::~Device() { ::close(listener_wake_); }

void Device::log(const Session* session, std::string_view event, const JsonObject& details) {
    log_.write(side_, session != nullptr ? session->id : 0, event, details);
}

formats::Result<void> Device::set_fault(std::string_view specification) {
    if (auto set = faults_.set(specification); !set) return set;
    log(nullptr, "fault", JsonObject().add("fault", specification));
    if (faults_.on("no-slots"))
        while (static_cast<int>(sessions_.size()) < faults_.number("no-slots", platform_.sessions))
            admit_stranger("no-slots", false);
    if (specification.substr(0, 17) == "preexisting-debug") admit_stranger("preexisting-debug", true);
    if (faults_.on("preexisting-condition") && conditions_.empty()) {
        const auto peer = faults_.word("preexisting-condition");
        condition_on(nullptr, peer.empty() ? "192.0.2.99" : peer);
    }
    if (faults_.on("syslog-noise") && !noisy_) {
        noisy_ = true;
        noise();
    }
    if (faults_.on("flood") && debugging() && !flooding_) {
        flooding_ = true;
        flood();
    }
    wake(listener_wake_);
    return {};
}

void Device::clear_faults() {
    faults_.clear();
    conditions_.clear();
    stepped_ = false;
    reloaded_once_ = false;
    std::erase_if(sessions_, [](const auto& session) { return session->foreign; });
    log(nullptr, "faults-cleared");
    wake(listener_wake_);
}

void Device::admit_stranger(std::string_view fault, bool debugging, int number) {
    auto session = std::make_shared<Session>();
    session->id = next_session_id();
    session->sid = number;
    while (by_sid(session->sid) != nullptr) ++session->sid;
    session->user = "admin";
    session->client = site_.slots["foreign-client"];
    session->cipher = "3des-cbc";
    session->foreign = true;
    session->authenticated = true;
    sessions_.push_back(session);
    log(session.get(), "stranger", JsonObject().add("fault", fault));
    if (debugging)
        for (const auto& kind : platform_.debug_kinds) {
            if (const auto only = faults_.word(fault); !only.empty() && only != kind) continue;
            (platform_.device_scope ? levels_ : session->debug_levels)[kind] = 1;
            log(session.get(), "debug-on", JsonObject().add("kind", kind).add("level", 1).add("foreign", true));
        }
}

std::shared_ptr<Session> Device::open_session(const std::string& client, int socket) {
    const auto taken = static_cast<int>(sessions_.size());
    if (taken >= platform_.sessions || (faults_.on("second-session-refused") && taken > 0)) {
        log(nullptr, "refused", JsonObject().add("client", client).add("sessions", taken));
        return nullptr;
    }
    auto session = std::make_shared<Session>();
    session->id = next_session_id();
    while (by_sid(session->sid) != nullptr) ++session->sid;
    session->client = client;
    session->cipher = "3des-cbc";
    session->last_input = Clock::now();
    session->socket = socket;
    session->wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sessions_.push_back(session);
    log(session.get(), "open", JsonObject().add("client", client).add("sid", session->sid));
    return session;
}

void Device::close_session(Session& session, const std::string& reason) {
    const auto found =
        std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& other) { return other.get() == &session; });
    if (found == sessions_.end()) return;
    const auto kept = *found;
    while (!session.debug_levels.empty()) debug_off(session, session.debug_levels.begin()->first, "session-end");
    log(&session, "close", JsonObject().add("reason", reason).add("sid", session.sid));
    const int number = session.sid;
    sessions_.erase(found);
    // A real box gives the lowest free number to whoever comes next.
    if (faults_.on("number-reused") && reason.starts_with("fault ")) admit_stranger("number-reused", false, number);
}

void Device::hang_up(Session& session, const std::string& reason, bool reset) {
    session.ended = true;
    session.reset = reset;
    session.end_reason = reason;
    if (session.socket >= 0) ::shutdown(session.socket, reset ? SHUT_RD : SHUT_RDWR);
    wake(session.wake);
    close_session(session, reason);
}

void Device::kill_link(Session& session, std::string_view fault) {
    session.half_open = true;
    session.outbox.clear();
    if (session.socket >= 0) {
        // A socket filter that keeps no packet: the kernel drops segments before it would
        // acknowledge them, so that keepalives and TCP_USER_TIMEOUT of the other end see what they
        // see on a dead line.
        sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
        const sock_fprog program{1, nothing};
        if (::setsockopt(session.socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
            std::perror("lab: socket filter");
    }
    log(&session, "half-open", JsonObject().add("fault", fault));
    wake(session.wake);
}

std::shared_ptr<Session> Device::by_sid(int sid) const {
    const auto found =
        std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& session) { return session->sid == sid; });
    return found == sessions_.end() ? nullptr : *found;
}

bool Device::debugging() const {
    if (platform_.device_scope) return !levels_.empty();
    return std::any_of(sessions_.begin(), sessions_.end(),
                       [](const auto& s) { return !s->foreign && !s->debug_levels.empty(); });
}

bool Device::log_in(Session& session, const std::string& user, const std::string& password) {
    const std::string name = user.empty() ? site_.user : user;
    bool ok = name == site_.user && password == site_.password && !faults_.on("auth-fail");
    if (ok && faults_.on("one-time-password") && password_used_) ok = false;
    if (ok) {
        password_used_ = true;
        session.user = name;
        session.authenticated = true;
        session.last_input = Clock::now();
    }
    log(&session, "auth", JsonObject().add("user", name).add("ok", ok));
    return ok;
}

void Device::debug_on(Session& session, const std::string& kind, int level) {
    (platform_.device_scope ? levels_ : session.debug_levels)[kind] = level;
    if (platform_.device_scope && !platform_.monitor_command) session.monitor = true;
    log(&session, "debug-on", JsonObject().add("kind", kind).add("level", level));
    if (faults_.on("foreign-debug-in-window") &&
        std::none_of(sessions_.begin(), sessions_.end(), [](const auto& s) { return s->foreign; }))
        admit_stranger("foreign-debug-in-window", true);
    if (faults_.on("clock-step") && !stepped_) {
        stepped_ = true;
        log(nullptr, "clock-step", JsonObject().add("seconds", faults_.number("clock-step", 3600)));
    }
    if (faults_.on("flood") && !flooding_) {
        flooding_ = true;
        flood();
    }
}

void Device::debug_off(Session& session, const std::string& kind, const std::string& reason) {
    // `kind` may be the entry's own key: the node keeps it alive.
    const auto entry = (platform_.device_scope ? levels_ : session.debug_levels).extract(kind);
    if (entry.empty()) return;
    log(&session, "debug-off", JsonObject().add("kind", entry.key()).add("reason", reason));
    if (reason == "command") turned_off_[entry.key()] = entry.mapped();
}

void Device::turn_on_again(Session& session) {
    if (!faults_.on("on-again")) return;
    for (const auto& [kind, level] : std::exchange(turned_off_, {})) debug_on(session, kind, level);
}

void Device::condition_on(const Session* session, const std::string& peer) {
    conditions_.push_back(peer);
    log(session, "condition-on", JsonObject().add("peer", peer));
}

void Device::condition_off(const Session* session, const std::string& peer) {
    if (std::erase(conditions_, peer) > 0) log(session, "condition-off", JsonObject().add("peer", peer));
}

void Device::push(Session& session, const std::string& wire_text) {
    if (session.foreign || session.half_open) return;
    if (session.outbox.size() + wire_text.size() > outbox_limit) return;
    session.outbox += wire_text;
    wake(session.wake);
}

void Device::say(Role role, const std::string& event, const Slots& slots) {
    if (away_) return;
    const auto& vocabulary = platform_.vocabulary[static_cast<std::size_t>(role)];
    const auto found = vocabulary.find(event);
    if (found == vocabulary.end()) {
        log(nullptr, "defect", JsonObject().add("text", "no vocabulary for " + event));
        return;
    }
    if (const auto peer = slots.find("peer");
        !conditions_.empty() && peer != slots.end() &&
        std::find(conditions_.begin(), conditions_.end(), peer->second) == conditions_.end())
        return;
    const auto form = platform_.debug.find("time");
    const std::string time = form == platform_.debug.end() ? debug_time() + " " : fill(form->second, slots);
    // A session may end at one of its lines: go over a copy.
    const auto listeners = sessions_;
    for (const auto& line : found->second) {
        const std::string text =
            (line.timed ? time : std::string()) + fill(line.text, slots) + (line.glued ? "" : "\r\n");
        report_unfilled(text);
        for (const auto& session : listeners) {
            const auto& levels = this->levels(*session);
            const auto level = levels.find(line.kind);
            if (level == levels.end() || level->second < line.level) continue;
            if (platform_.device_scope && !session->monitor) continue;
            if (faults_.on("debug-trace")) continue;
            push(*session, text);
            ++session->debug_lines;
            apply(*session, faults_.at_debug_line(session->debug_lines));
        }
    }
}

void Device::report_unfilled(std::string_view text) {
    if (const auto slot = unfilled_slot(text); !slot.empty())
        log(nullptr, "defect", JsonObject().add("text", "no value for a slot").add("slot", slot));
}

void Device::apply(Session& session, const Effect& effect) {
    if (effect.half_open && !session.half_open) {
        kill_link(session, effect.fault);
    } else if (effect.drop) {
        hang_up(session, "fault " + std::string(effect.fault), true);
    }
    if (faults_.on("reload-mid-debug") && !reloaded_once_ && !session.foreign &&
        session.debug_lines >= faults_.number("reload-mid-debug", 5)) {
        reloaded_once_ = true;
        clockwork_.after(Milliseconds(0), [this] { reload(Milliseconds(20000)); });
    }
}

void Device::reload(Milliseconds away) {
    log(nullptr, "reload", JsonObject().add("away-ms", away.count()));
    away_ = true;
    const auto everybody = sessions_;
    for (const auto& session : everybody) hang_up(*session, "reload", true);
    conditions_.clear();
    for (const auto& [kind, level] : levels_)
        log(nullptr, "debug-off", JsonObject().add("kind", kind).add("reason", "reload"));
    levels_.clear();
    if (reloaded_) reloaded_();
    wake(listener_wake_);
    clockwork_.after(away, [this] {
        away_ = false;
        log(nullptr, "back");
        wake(listener_wake_);
    });
}

void Device::flood() {
    if (!debugging() || !faults_.on("flood")) {
        flooding_ = false;
        return;
    }
    auto slots = this->slots();
    const int batch = std::max(1, faults_.number("flood", 2000) / 50 / 4);
    for (int i = 0; i < batch; ++i) {
        slots["cookie"] = hexadecimal(++flood_number_, false);
        say(Role::initiator, "flood", slots);
    }
    clockwork_.at(std::chrono::milliseconds(20), [this] { flood(); });
}

void Device::noise() {
    if (!faults_.on("syslog-noise")) {
        noisy_ = false;
        return;
    }
    const std::string line = fill(platform_.texts["syslog-noise"], slots());
    for (const auto& session : sessions_)
        if (session->authenticated) push(*session, to_wire(line));
    const int rate = std::max(1, faults_.number("syslog-noise", 5));
    clockwork_.after(Milliseconds(1000 / rate), [this] { noise(); });
}

void Device::watch_idle(Clock::duration limit) {
    const auto everybody = sessions_;
    for (const auto& session : everybody)
        if (!session->foreign && session->authenticated && Clock::now() - session->last_input >= limit)
            hang_up(*session, "idle timeout", false);
    clockwork_.at(std::chrono::milliseconds(100), [this, limit] { watch_idle(limit); });
}

std::chrono::system_clock::time_point Device::now() const {
    auto time = std::chrono::system_clock::now() + site_.clock_offset;
    if (stepped_) time += std::chrono::seconds(faults_.number("clock-step", 3600));
    return std::chrono::time_point_cast<std::chrono::system_clock::duration>(time);
}

std::string Device::debug_time() const {
    const auto parts = utc_parts(now());
    char text[32];
    std::snprintf(text, sizeof text, "%s %02d %02d:%02d:%02d", months[parts.tm_mon], parts.tm_mday, parts.tm_hour,
                  parts.tm_min, parts.tm_sec);
    return text;
}

std::string Device::clock_text() const {
    const auto time = now();
    const auto parts = utc_parts(time);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
    char text[64];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d UTC %s %s %d %d", parts.tm_hour, parts.tm_min, parts.tm_sec,
                  static_cast<int>(millis), weekdays[parts.tm_wday], months[parts.tm_mon], parts.tm_mday,
                  parts.tm_year + 1900);
    return text;
}

int Device::cpu() const {
    if (!faults_.on("cpu-high")) return debugging() ? 11 : 3;
    const bool only_armed = faults_.line("cpu-high") == "armed";
    return only_armed && !debugging() ? 3 : faults_.number("cpu-high", 97);
}

Slots Device::slots() const {
    Slots slots = site_.slots;
    slots.insert(platform_.slots.begin(), platform_.slots.end());
    slots["name"] = site_.name;
    slots["outside"] = site_.outside;
    slots["inside"] = site_.inside;
    slots.emplace("inside-interface", site_.inside_interface);
    slots["local-network"] = site_.local_network;
    slots["local-mask"] = site_.local_mask;
    slots["clock"] = clock_text();
    slots["clock-of-day"] = slots["clock"].substr(0, 12);
    slots["day"] = debug_time().substr(0, 6);
    slots["cpu"] = std::to_string(cpu());
    slots["debug-trace-line"] = faults_.on("debug-trace") ? "logging debug-trace\n" : "";
    return slots;
}

}  // namespace lab
