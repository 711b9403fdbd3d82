#include "collector/session/ssh/openssh_answer.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "collector/system/byte_pipe.hpp"
#include "collector/system/child_process.hpp"
#include "formats/text/ascii.hpp"
#include "formats/text/descriptor.hpp"
#include "formats/transcript/device_words.hpp"

namespace collector {
namespace {

using formats::Descriptor;
using formats::Error;
using formats::ErrorKind;
using formats::Result;

constexpr std::size_t longest_answer = 65'536;
constexpr std::chrono::seconds time_to_answer{5};  // CanonicalizeHostname asks name servers

/// The settings of the answer that libssh understands, too. Lists stand in it whole, whatever was added or removed.
constexpr std::array for_libssh{"hostname",
                                "port",
                                "identityfile",
                                "identitiesonly",
                                "proxyjump",
                                "proxycommand",
                                "kexalgorithms",
                                "hostkeyalgorithms",
                                "ciphers",
                                "macs",
                                "pubkeyacceptedalgorithms",
                                "bindaddress",
                                "rekeylimit",
                                "identityagent"};
/// Those of them that are lists, which libssh reads without a sign for "more" or "fewer".
constexpr std::array lists{"kexalgorithms", "hostkeyalgorithms",        "ciphers",
                           "macs",          "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes"};

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(std::move(word));
    return words;
}

/// "/home/ops", whatever HOME says: OpenSSH looks there.
std::string home_of_user() {
    std::array<char, 16'384> buffer;
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
    return entry.pw_dir;
}

}  // namespace

NotFollowed not_followed_by_libssh(const std::string& user_config, const std::string& global_config) {
    NotFollowed found;
    const auto add = [&](const std::string& what) {
        if (found.words.find(what) == std::string::npos) found.words += (found.words.empty() ? "" : ", ") + what;
    };
    for (const std::string& path : {user_config, global_config}) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) {
            auto words = words_of(line);
            if (words.empty() || words.front().front() == '#') continue;
            // "Keyword=value", and "Keyword = value".
            if (const auto sign = words.front().find('='); sign != std::string::npos) {
                words.insert(words.begin() + 1, words.front().substr(sign + 1));
                words.front().resize(sign);
                if (words[1].empty()) words.erase(words.begin() + 1);
            } else if (words.size() > 1 && words[1].front() == '=') {
                words[1].erase(0, 1);
                if (words[1].empty()) words.erase(words.begin() + 1);
            }
            if (words.size() < 2) continue;
            const std::string keyword = formats::lowered(words.front());
            const bool several = words.size() > 2 && words[2].front() != '#';
            if (keyword == "include") found.also_included = true;
            if (keyword == "hostkeyalias") add("HostKeyAlias");
            if (keyword == "userknownhostsfile" && several) add("all but the first file of UserKnownHostsFile");
            if (keyword == "globalknownhostsfile" && several) add("all but the first file of GlobalKnownHostsFile");
            if (keyword == "user" && words[1].find_first_of("\\\"'`$;&|<>(){}") != std::string::npos)
                add("a User with signs of a shell");
            if (std::find(lists.begin(), lists.end(), keyword) != lists.end() &&
                std::string_view("+-^").find(words[1].front()) != std::string_view::npos)
                add(words.front() + " " + words[1].front());
            if (keyword != "match") continue;
            for (const char* condition : {"originalhost", "localuser", "canonical", "final", "tagged", "localnetwork"})
                for (std::size_t i = 1; i < words.size(); ++i)
                    if (formats::lowered(words[i]).starts_with(condition)) add(std::string("Match ") + condition);
        }
    }
    return found;
}

Result<OpensshAnswer> read_openssh_answer(std::string_view text) {
    OpensshAnswer answer;
    bool names_host = false;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        const auto words = words_of(line);
        if (words.size() < 2) continue;
        const std::string keyword = formats::lowered(words.front());
        const std::string value = line.substr(std::min(line.size(), line.find(' ') + 1));
        if (keyword == "user") answer.user = value;
        if (keyword == "hostkeyalias") answer.host_key_alias = value;
        if (keyword == "userknownhostsfile") answer.user_files.assign(words.begin() + 1, words.end());
        if (keyword == "globalknownhostsfile") answer.global_files.assign(words.begin() + 1, words.end());
        if (keyword == "hostkeyalgorithms") answer.host_key_algorithms = value;
        answer.names_agent = answer.names_agent || keyword == "identityagent";
        names_host = names_host || keyword == "hostname";
        if (std::find(for_libssh.begin(), for_libssh.end(), keyword) != for_libssh.end())
            answer.configuration += keyword + " " + value + "\n";
    }
    if (names_host) return answer;
    return Error{ErrorKind::usage, {}, "`ssh -G` does not take ssh_config: " + formats::quoted(text, nullptr, 300), {}};
}

Result<OpensshAnswer> ask_openssh(const std::string& endpoint, const formats::Target& target,
                                  const std::string& ssh_folder, const Patience& patience) {
    const std::string home = home_of_user();
    const bool is_own = ssh_folder == home + "/.ssh";
    std::vector<std::string> words{"/bin/sh", "-c", "exec ssh \"$@\" 2>&1", "ssh", "-G"};
    if (!is_own) {
        const std::string config = ssh_folder + "/config";
        words.insert(words.end(), {"-F", ::access(config.c_str(), F_OK) == 0 ? config : "/etc/ssh/ssh_config"});
    }
    if (!target.user.empty()) words.insert(words.end(), {"-l", target.user});
    if (target.port != 0) words.insert(words.end(), {"-p", std::to_string(target.port)});
    words.insert(words.end(), {"--", target.host});

    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return formats::system_error(endpoint, "making a socket for ssh -G", errno);
    const Descriptor ours(ends[0]);
    Descriptor theirs(ends[1]);
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    auto child = ChildProcess::start(endpoint, std::move(words), {}, theirs.get());
    if (!child) return child.error();
    theirs = Descriptor();  // its end is seen when the program has it alone

    const Patience own = patience.at_most(time_to_answer);
    std::string text;
    std::array<char, 4'096> piece;
    while (text.size() < longest_answer) {
        const auto n = read_bytes(ours.get(), piece, "ssh -G", own);
        if (!n && n.error().kind == ErrorKind::disconnected) break;
        if (!n) return n.error();
        text.append(piece.data(), *n);
    }
    auto answer = read_openssh_answer(text);
    if (!answer) {
        Error error = answer.error();
        error.subject = endpoint;
        error.remedy = "Try it by hand: ssh -G " + target.host;
        return error;
    }
    // Unless it is told otherwise, OpenSSH looks where the user lives, and this program where HOME is.
    for (std::string& file : answer->user_files)
        for (const char* name : {"/known_hosts", "/known_hosts2"})
            if (file == home + "/.ssh" + name) file = ssh_folder + name;
    return answer;
}

}  // namespace collector
