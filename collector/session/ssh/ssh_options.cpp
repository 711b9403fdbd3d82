#include "collector/session/ssh/ssh_options.hpp"

#include <sys/mman.h>

#include <array>
#include <cctype>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <utility>

#include "collector/session/ssh/known_hosts.hpp"
#include "collector/session/ssh/openssh_answer.hpp"
#include "formats/text/descriptor.hpp"

namespace collector {
namespace {

using formats::Error;
using formats::ErrorKind;
using formats::Result;

// The defaults of libssh 0.10, and what devices of the years before 2010 need. It takes whole lists only.
struct Algorithms {
    const char* modern;
    const char* legacy;  // behind the modern ones
    std::string list(bool with_legacy) const { return with_legacy ? std::string(modern) + "," + legacy : modern; }
};
constexpr const char* modern_key_exchange =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group18-sha512,diffie-hellman-group16-sha512,diffie-hellman-group-exchange-sha256,"
    "diffie-hellman-group14-sha256";
// The groups that the device makes up come last: an old one makes them of 1,024 bits, which libssh refuses when it is too
// late for another method.
constexpr const char* legacy_key_exchange =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group18-sha512,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256,diffie-hellman-group14-"
    "sha1,"
    "diffie-hellman-group1-sha1,diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1";
constexpr Algorithms keys{
    "ssh-ed25519,ecdsa-sha2-nistp521,ecdsa-sha2-nistp384,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256", "ssh-rsa"};
constexpr Algorithms ciphers{
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr",
    "aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc"};
constexpr Algorithms macs{"hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512",
                          "hmac-sha1"};
constexpr int legacy_rsa_bits = 768;

constexpr const char* system_config = "/etc/ssh/ssh_config";

bool offer_legacy(ssh_session session) {
    const AlgorithmOffer offer = offered_algorithms(true);
    const std::array<std::pair<ssh_options_e, const std::string*>, 7> lists{{
        {SSH_OPTIONS_KEY_EXCHANGE, &offer.key_exchange},
        {SSH_OPTIONS_HOSTKEYS, &offer.host_key},
        {SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, &offer.host_key},
        {SSH_OPTIONS_CIPHERS_C_S, &offer.cipher},
        {SSH_OPTIONS_CIPHERS_S_C, &offer.cipher},
        {SSH_OPTIONS_HMAC_C_S, &offer.mac},
        {SSH_OPTIONS_HMAC_S_C, &offer.mac},
    }};
    for (const auto& [option, list] : lists)
        if (ssh_options_set(session, option, list->c_str()) != SSH_OK) return false;
    return ssh_options_set(session, SSH_OPTIONS_RSA_MIN_SIZE, &legacy_rsa_bits) == SSH_OK;
}

/// An option as libssh holds it now; empty when it is not set.
std::string option(ssh_session session, ssh_options_e which) {
    char* value = nullptr;
    if (ssh_options_get(session, which, &value) != SSH_OK || value == nullptr) return {};
    std::string text = value;
    ssh_string_free_char(value);
    return text;
}

/// libssh follows IdentityAgent but does not tell. A file that could hold it, by itself or by what it
/// includes, is reason enough to leave the agent to libssh.
bool may_name_agent(const std::string& user_config, const std::string& global_config) {
    const auto mentions = [](const std::string& path, std::initializer_list<std::string_view> words) {
        std::ifstream file(path);
        for (std::string word; file >> word;) {
            for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            for (const auto name : words)
                if (word.starts_with(name)) return true;
        }
        return false;
    };
    return mentions(user_config, {"identityagent", "include"}) || mentions(global_config, {"identityagent"});
}

/// The words of ssh_config(5) that stand for something in a ProxyCommand.
std::string filled_in(std::string_view command, const SshRoute& route) {
    std::string filled;
    for (std::size_t i = 0; i < command.size(); ++i) {
        if (command[i] != '%' || i + 1 == command.size()) {
            filled += command[i];
            continue;
        }
        switch (command[++i]) {
            case 'h': filled += route.host; break;
            case 'p': filled += std::to_string(route.port); break;
            case 'r': filled += route.user; break;
            case '%': filled += '%'; break;
            default: (filled += '%') += command[i];
        }
    }
    return filled;
}

/// Host keys of that type only; RSA signs in more than one way.
std::string host_keys_like(const std::string& shown) {
    const std::string type = shown.substr(0, shown.find(' '));
    return type == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256,ssh-rsa" : type;
}

/// OpenSSH's answer, where a file has what libssh does not follow; `not_followed` where it is not to be had.
Result<std::optional<OpensshAnswer>> where_needed(const std::string& user_config, const std::string& endpoint,
                                                  const SshSettings& settings, const Patience& patience,
                                                  std::string& not_followed) {
    const NotFollowed found = not_followed_by_libssh(user_config, system_config);
    if (found.words.empty() && !found.also_included) return std::optional<OpensshAnswer>();
    auto answer = ask_openssh(endpoint, settings.target, settings.ssh_folder, patience);
    if (answer) return std::optional(std::move(*answer));
    if (answer.error().kind == ErrorKind::interrupted) return answer.error();
    if (!found.words.empty()) not_followed = found.words + " (" + answer.error().detail + ")";
    return std::optional<OpensshAnswer>();
}

/// Has libssh, which reads a configuration from files only, take this one.
bool follow(ssh_session session, const std::string& configuration) {
    const formats::Descriptor file(::memfd_create("ssh_config", MFD_CLOEXEC));
    return file && formats::write_all(file.get(), configuration) == 0 &&
           ssh_options_parse_config(session, ("/proc/self/fd/" + std::to_string(file.get())).c_str()) == SSH_OK;
}

/// A server has keys of several types, and sends the first that is asked for: those that a file of known hosts has.
/// libssh does so for the host's own name in its first file.
bool ask_for_known_keys(ssh_session session, const SshRoute& route, const std::string& all) {
    std::vector<KnownHostsText> files;
    for (const auto* paths : {&route.user_files, &route.global_files})
        for (const std::string& path : *paths)
            // A file that cannot be read is an error later on, when the key is judged.
            if (auto text = read_known_hosts({}, path)) files.push_back(std::move(*text));
    std::string known;
    for (const std::string& type : known_key_types(files, route.known_as(), route.known_at()))
        known += host_keys_like(type) + ",";
    if (known.empty()) return true;
    return ssh_options_set(session, SSH_OPTIONS_HOSTKEYS, (known + all).c_str()) == SSH_OK;
}

Result<SshRoute> apply_known_way(SshLink& link, const SshSettings& settings, const SshStop& stop) {
    ssh_session session = link.get();
    const bool read_config = false;
    const int silent = SSH_LOG_NOLOG;
    const std::string folder = settings.ssh_folder.empty() ? "/" : settings.ssh_folder;
    const auto set = [&](ssh_options_e which, const std::string& value) {
        return value.empty() || ssh_options_set(session, which, value.c_str()) == SSH_OK;
    };
    bool done = set(SSH_OPTIONS_HOST, stop.route.host) && set(SSH_OPTIONS_SSH_DIR, folder) &&
                set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null") &&
                ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &read_config) == SSH_OK &&
                ssh_options_set(session, SSH_OPTIONS_LOG_VERBOSITY, &silent) == SSH_OK &&
                ssh_options_set(session, SSH_OPTIONS_PORT, &stop.route.port) == SSH_OK &&
                (!settings.legacy || offer_legacy(session)) && set(SSH_OPTIONS_KEY_EXCHANGE, stop.key_exchange) &&
                set(SSH_OPTIONS_CIPHERS_C_S, stop.ciphers) && set(SSH_OPTIONS_CIPHERS_S_C, stop.ciphers) &&
                set(SSH_OPTIONS_HMAC_C_S, stop.macs) && set(SSH_OPTIONS_HMAC_S_C, stop.macs) &&
                set(SSH_OPTIONS_ADD_IDENTITY, stop.identity);
    if (!stop.host_key.empty()) done = done && set(SSH_OPTIONS_HOSTKEYS, host_keys_like(stop.host_key));
    if (!done)
        return link.failure(ErrorKind::usage, "preparing the session again: " + printable(ssh_get_error(session)));
    // A user that libssh refuses here is given at the login.
    if (ssh_options_set(session, SSH_OPTIONS_USER, stop.route.user.c_str()) != SSH_OK)
        (void)ssh_options_set(session, SSH_OPTIONS_USER, "none");
    return stop.route;
}

}  // namespace

AlgorithmOffer offered_algorithms(bool legacy) {
    return {legacy ? legacy_key_exchange : modern_key_exchange, keys.list(legacy), ciphers.list(legacy),
            macs.list(legacy)};
}

Result<SshRoute> apply_ssh_options(SshLink& link, const SshSettings& settings, const Patience& patience) {
    ssh_session session = link.get();
    const auto& target = settings.target;
    // Another agent than the environment's is in ssh_config alone.
    if (const SshStop* known = settings.known_way != nullptr ? settings.known_way->to(target) : nullptr;
        known != nullptr && !known->route.names_agent)
        return apply_known_way(link, settings, *known);
    const auto wrong = [&](const std::string& what) {
        return link.failure(ErrorKind::usage, what + ": " + printable(ssh_get_error(session)));
    };
    if (settings.ssh_folder.empty())
        return link.failure(ErrorKind::usage, "no folder with known_hosts and keys", "Set HOME.");

    // Everything is set explicitly: left alone, libssh takes the folder from passwd and reads its
    // configuration files once more while it connects.
    const bool read_config_again = false;
    if (ssh_options_set(session, SSH_OPTIONS_HOST, target.host.c_str()) != SSH_OK)
        return wrong("\"" + printable(target.host) + "\" is not a host name or address");
    if (ssh_options_set(session, SSH_OPTIONS_SSH_DIR, settings.ssh_folder.c_str()) != SSH_OK ||
        ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "%d/known_hosts") != SSH_OK ||
        ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &read_config_again) != SSH_OK)
        return wrong("preparing the session");
    const std::string user_config = settings.ssh_folder + "/config";
    std::string not_followed;
    auto answer = where_needed(user_config, link.endpoint(), settings, patience, not_followed);
    if (!answer) return answer.error();
    const OpensshAnswer* openssh = answer->has_value() ? &**answer : nullptr;
    if (openssh != nullptr) {
        if (!follow(session, openssh->configuration)) return wrong("taking what OpenSSH makes of ssh_config");
    } else {
        for (const std::string& file : {user_config, std::string(system_config)})
            if (ssh_options_parse_config(session, file.c_str()) != SSH_OK) return wrong("reading " + file);
    }

    // ssh_config may have turned on libssh's log.
    const int silent = SSH_LOG_NOLOG;
    if (ssh_options_set(session, SSH_OPTIONS_LOG_VERBOSITY, &silent) != SSH_OK) return wrong("preparing the session");

    // libssh refuses here what a shell could misread, as the backslash of a domain's user, and takes it at the login.
    const std::string& user = target.user.empty() && openssh != nullptr ? openssh->user : target.user;
    const bool plain = user.empty() || ssh_options_set(session, SSH_OPTIONS_USER, user.c_str()) == SSH_OK;
    if (option(session, SSH_OPTIONS_USER).empty() && ssh_options_set(session, SSH_OPTIONS_USER, nullptr) != SSH_OK)
        return link.failure(ErrorKind::usage, "no user to log in as", "Write user@host.");
    if (target.port != 0) {
        const unsigned port = target.port;
        if (ssh_options_set(session, SSH_OPTIONS_PORT, &port) != SSH_OK) return wrong("setting the port");
    }
    if (settings.legacy && !offer_legacy(session)) return wrong("offering the legacy algorithms");

    SshRoute route{option(session, SSH_OPTIONS_HOST),
                   plain ? option(session, SSH_OPTIONS_USER) : user,
                   22,
                   openssh != nullptr ? openssh->names_agent : may_name_agent(user_config, system_config),
                   {},
                   {},
                   openssh != nullptr ? openssh->host_key_alias : "",
                   openssh != nullptr ? openssh->user_files : std::vector<std::string>(),
                   openssh != nullptr ? openssh->global_files : std::vector<std::string>(),
                   std::move(not_followed)};
    if (ssh_options_get_port(session, &route.port) != SSH_OK) return wrong("reading the port");
    const std::string proxy = option(session, SSH_OPTIONS_PROXYCOMMAND);
    route.hops = hops_of(proxy);
    if (!plain && route.hops.empty() && proxy.find("%r") != std::string::npos)
        return link.failure(ErrorKind::usage,
                            "the user " + printable(user) + " cannot be given to a ProxyCommand, which a shell reads",
                            "Write the user into the ProxyCommand, in quotes, in place of %r.");
    if (route.hops.empty()) route.proxy = filled_in(proxy, route);
    if (openssh != nullptr &&
        !ask_for_known_keys(session, route, settings.legacy ? keys.list(true) : openssh->host_key_algorithms))
        return wrong("asking for the host keys that are known");
    return route;
}

std::vector<std::string> known_hosts_paths(const SshLink& link, const SshRoute& route) {
    std::vector<std::string> paths = route.user_files;
    if (paths.empty()) paths.push_back(option(link.get(), SSH_OPTIONS_KNOWNHOSTS));
    if (route.global_files.empty()) paths.push_back(option(link.get(), SSH_OPTIONS_GLOBAL_KNOWNHOSTS));
    paths.insert(paths.end(), route.global_files.begin(), route.global_files.end());
    return paths;
}

void note_agreement(const SshLink& link, SshStop& stop) {
    ssh_session session = link.get();
    const auto list = [](const char* one, const char* other, std::string_view begins) {
        std::string text;
        for (const char* name : {one, other})
            if (name != nullptr && std::string_view(name).starts_with(begins))
                text += (text.empty() ? "" : ",") + std::string(name);
        return text;
    };
    // libssh 0.10 has no name for a group exchange, and one of its own for the MAC of a cipher that needs none.
    const char* kex = ssh_get_kex_algo(session);
    stop.key_exchange =
        kex != nullptr ? kex : "diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1";
    stop.ciphers = list(ssh_get_cipher_out(session), ssh_get_cipher_in(session), "");
    stop.macs = list(ssh_get_hmac_out(session), ssh_get_hmac_in(session), "hmac-");
    stop.identity = option(session, SSH_OPTIONS_IDENTITY);
}

std::string algorithms_of(const SshLink& link) {
    // libssh 0.10 has no name for a group exchange.
    const auto name = [](const char* text, const char* otherwise) {
        return printable(text == nullptr ? otherwise : text, 100);
    };
    ssh_session session = link.get();
    return "kex " + name(ssh_get_kex_algo(session), "diffie-hellman-group-exchange") + " cipher " +
           name(ssh_get_cipher_out(session), "?") + " mac " + name(ssh_get_hmac_out(session), "?");
}

}  // namespace collector
