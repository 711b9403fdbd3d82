#include "collector/session/ssh/ssh_host_key.hpp"

#include <vector>

#include "collector/session/ssh/known_hosts.hpp"

namespace collector {
namespace {

using formats::Error;
using formats::ErrorKind;
using formats::HostKeyPolicy;
using formats::Result;

Result<HostKey> presented_key(SshLink& link) {
    ssh_key key = nullptr;
    char* base64 = nullptr;
    if (ssh_get_server_publickey(link.get(), &key) != SSH_OK || ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK) {
        ssh_key_free(key);
        return link.failure(ErrorKind::host_key,
                            "the host key of " + link.peer() + " cannot be read: " + link.reason());
    }
    HostKey result{ssh_key_type_to_char(ssh_key_type(key)), base64};
    ssh_string_free_char(base64);
    ssh_key_free(key);
    return result;
}

/// What to do about a key, and why; the texts of one session.
class HostKeyCheck {
 public:
    HostKeyCheck(SshLink& link, const SshRoute& route, HostKey key, std::string file)
        : link_(link),
          key_(std::move(key)),
          not_followed_(route.not_followed),
          file_(std::move(file)),
          line_(known_hosts_line(route.known_as(), route.known_at(), key_)),
          name_(route.known_at() == 22 ? route.known_as()
                                       : "[" + route.known_as() + "]:" + std::to_string(route.known_at())) {}

    std::string shown() const { return key_.type + " " + key_.fingerprint(); }

    Error revoked(const KnownHostsRow& row) const {
        return refuse("the host key of " + link_.peer() + ", " + shown() + ", is revoked by " + row.place(),
                      "Do not log in with it. When that row is wrong, correct it.");
    }

    Error changed(const KnownHostsRow& row) const {
        return refuse("the host key of " + link_.peer() + " has changed: it presents " + shown() + ", " + row.place() +
                          " has " + printable(row.key.type) + " " + row.key.fingerprint(),
                      "Somebody may be in between. When the device got a new key and its fingerprint was compared "
                      "on the device itself: ssh-keygen -f " +
                          row.path + " -R '" + name_ + "', then add\n  " + line_);
    }

    Error unknown(const std::string& why, const std::optional<KnownHostsRow>& authority) const {
        const std::string aside =
            not_followed_.empty()
                ? ""
                : "; ssh_config has what only OpenSSH follows, and that is not to be had: " + not_followed_;
        return refuse(
            "the host key of " + link_.peer() + " is not known: " + shown() + why + note(authority) + aside,
            "Compare the fingerprint with the device's own, then add this line to " + file_ + ":\n  " + line_);
    }

    Result<void> ask(Terminal& terminal, LoginPatience& patience, const std::optional<KnownHostsRow>& authority) {
        const std::string question = link_.endpoint() + ": the host key of " + link_.peer() + " is not known" +
                                     note(authority) + ".\n  " + shown() + "\nTrust it and add it to " + file_ +
                                     " (yes/no)? ";
        for (int i = 0; i < 3; ++i) {
            const auto answer = patience.asking([&] { return terminal.ask(question, false, patience.for_question()); });
            if (!answer) {
                if (answer.error().kind == ErrorKind::usage)
                    return unknown("; there is no terminal to ask on", authority);
                return link_.failure(answer.error().kind, "the host key of " + link_.peer() + ", " + shown() +
                                                              ", was not confirmed: " + answer.error().detail);
            }
            if (*answer == "yes") return add();
            if (*answer == "no") break;
        }
        return unknown("; it was not accepted", authority);
    }

    Result<void> add() const {
        if (auto added = add_known_host(file_, line_); !added)
            return link_.failure(ErrorKind::io, added.error().message(),
                                 "Make the file writable, or add this line yourself:\n  " + line_);
        return {};
    }

 private:
    Error refuse(std::string detail, std::string remedy) const {
        return link_.failure(ErrorKind::host_key, std::move(detail), std::move(remedy));
    }
    static std::string note(const std::optional<KnownHostsRow>& authority) {
        if (!authority) return {};
        return "; " + authority->place() +
               " trusts a certificate authority for it, but certificates cannot be "
               "checked here: the key itself has to be in known_hosts";
    }

    SshLink& link_;
    HostKey key_;
    std::string not_followed_;
    std::string file_, line_, name_;
};

}  // namespace

Result<std::string> check_host_key(SshLink& link, const SshSettings& settings, const SshRoute& route,
                                   Terminal& terminal, LoginPatience& patience) {
    auto key = presented_key(link);
    if (!key) return key.error();
    // Accepted before, and compared in memory: known_hosts may say something else by now, or be gone.
    if (const SshStop* known =
            settings.known_way != nullptr ? settings.known_way->at(route.host, route.port) : nullptr) {
        const std::string shown = key->type + " " + key->fingerprint();
        if (shown == known->host_key) return shown;
        return link.failure(ErrorKind::host_key, "the host key of " + link.peer() +
                                                     " has changed since the run logged in: it presents " + shown +
                                                     ", and presented " + known->host_key);
    }
    const auto paths = known_hosts_paths(link, route);
    std::vector<KnownHostsText> files;
    for (const std::string& path : paths) {
        auto text = read_known_hosts(link.endpoint(), path);
        if (!text) return text.error();
        files.push_back(std::move(*text));
    }
    const auto verdict = judge_host_key(files, route.known_as(), route.known_at(), *key);
    HostKeyCheck check(link, route, std::move(*key), paths.front());
    switch (verdict.standing) {
        case HostKeyStanding::known: return check.shown();
        case HostKeyStanding::revoked: return check.revoked(*verdict.row);
        case HostKeyStanding::changed:
        case HostKeyStanding::other_type: return check.changed(*verdict.row);
        case HostKeyStanding::unknown: break;
    }
    if (settings.host_key == HostKeyPolicy::ask) {
        if (auto accepted = check.ask(terminal, patience, verdict.authority); !accepted) return accepted.error();
        return check.shown();
    }
    // Whoever trusts an authority for this host does not want the next best key to be accepted unseen.
    if (settings.host_key == HostKeyPolicy::accept_new && !verdict.authority) {
        if (auto added = check.add(); !added) return added.error();
        return check.shown();
    }
    return check.unknown("", verdict.authority);
}

}  // namespace collector
