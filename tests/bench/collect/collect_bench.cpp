// `collect --no-debug --probe none` against programs that have the same dialogues with the same emulated devices, in
// one run on one machine: wall clock and CPU time as ratios, peak memory, threads, descriptors.
//
//   bare       a libssh program and nothing else (bare_libssh.cpp), started as collect is. That it sends the same lines
//              as collect, in the same order, is looked up in the devices' own logs; the run fails when it does not.
//   held       the same with every session open from the first to the last, as collect has them: what libssh needs
//              for a session, of which collect may need 64 KiB more
//   clogin     of Debian's rancid, where it is installed; two endpoints only
//   netmiko    of Debian's python3-netmiko, likewise
//
// The last rows: 200 endpoints at 300 ms a round trip (distance.hpp), where only what is done at the same time counts.
//
// Limits (contract, section 14): wall clock 1.25 times bare for two endpoints and for 200, near and far; at least 6 times
// faster than clogin and netmiko. Memory a session is the slope from 20 to 200 endpoints, so that what a program needs
// once is not counted by the session; it is in the peaks.
//
//   collect_bench [REPETITIONS]     5 by default; medians. Takes about two minutes.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "dialogue.hpp"
#include "distance.hpp"
#include "scenarios/stage.hpp"

namespace {

using Clock = std::chrono::steady_clock;

using Devices = std::vector<Device>;

/// What one run cost, with its children.
struct Cost {
    double seconds = 0, cpu = 0;
    std::size_t peak_kib = 0, threads = 0, descriptors = 0;
    bool ok = false;
};

// --- measuring ----------------------------------------------------------------------------------------

std::size_t entries(const std::string& folder) {
    std::error_code gone;
    const stage::fs::directory_iterator begin(folder, gone);
    return gone ? 0 : static_cast<std::size_t>(std::distance(begin, stage::fs::directory_iterator{}));
}

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

Cost measure(const std::function<void()>& become) {
    const auto start = Clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        become();
        ::_exit(127);
    }
    Cost cost;
    int status = 0;
    rusage used{};
    while (::wait4(child, &status, WNOHANG, &used) == 0) {
        const std::string process = "/proc/" + std::to_string(child);
        cost.threads = std::max(cost.threads, entries(process + "/task"));
        cost.descriptors = std::max(cost.descriptors, entries(process + "/fd"));
        ::usleep(2'000);
    }
    cost.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    cost.cpu = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    cost.peak_kib = static_cast<std::size_t>(used.ru_maxrss);
    cost.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return cost;
}

Cost median(std::vector<Cost> costs) {
    std::sort(costs.begin(), costs.end(), [](const Cost& a, const Cost& b) { return a.seconds < b.seconds; });
    Cost middle = costs[costs.size() / 2];
    middle.ok = std::all_of(costs.begin(), costs.end(), [](const Cost& cost) { return cost.ok; });
    return middle;
}

void be_quiet() {
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, fd);
}

// --- the programs -------------------------------------------------------------------------------------

/// The endpoints and where collect finds what it needs for them.
class Ground {
 public:
    Ground(const std::vector<std::unique_ptr<stage::Lab>>& labs, const Devices& devices) : devices_(devices) {
        stage::fs::create_directories(path() / ".ssh");
        stage::fs::create_directories(path() / "out");
        std::ofstream known(path() / ".ssh" / "known_hosts"), toml(path() / "incident.toml"), list(path() / "devices");
        for (std::size_t i = 0; i < devices.size(); ++i) {
            // "[127.0.0.1]:PORT TYPE KEY", by whatever port it is reached.
            const auto row = labs[i / 2]->side(i % 2 == 0 ? "left" : "right").at("known_hosts").get<std::string>();
            known << "[127.0.0.1]:" << devices[i].port << row.substr(row.find(' ')) << "\n";
            const std::string number = std::to_string(i);
            toml << "[[endpoint]]\nname = \"end" << number
                 << "\"\nplatform = \"pix7\"\nlegacy = true\ntarget = \"ssh://pix@127.0.0.1:" << devices[i].port
                 << "\"\npassword-from = \"env:P" << number << "\"\nenable-from = \"env:E" << number << "\"\n";
            ::setenv(("P" + number).c_str(), devices[i].password.c_str(), 1);
            ::setenv(("E" + number).c_str(), devices[i].enable.c_str(), 1);
            list << devices[i].port << " " << devices[i].name << " " << devices[i].password << " " << devices[i].enable
                 << "\n";
        }
    }
    const stage::fs::path& path() const { return folder_.path(); }

    Cost bare() const {
        return measure([&] { become_bare(nullptr); });
    }
    Cost held() const {
        return measure([&] { become_bare("--held"); });
    }
    Cost ours() const {
        return measure([&] {
            be_quiet();
            const std::string incident = path() / "incident.toml", output = path() / "out";
            ::setenv("HOME", path().c_str(), 1);
            ::setenv("XDG_STATE_HOME", (path() / "state").c_str(), 1);
            ::setenv("XDG_CONFIG_HOME", (path() / "config").c_str(), 1);
            ::execl(TACBUNDLE_PROGRAM, "tacbundle", "collect", incident.c_str(), "-q", "--no-debug", "--probe", "none",
                    "--output", output.c_str(), nullptr);
        });
    }
    Cost clogin() const {
        std::ofstream(path() / "ssh_config")
            << "Host *\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n RequiredRSASize 1024\n"
               " KexAlgorithms diffie-hellman-group1-sha1\n HostKeyAlgorithms ssh-rsa\n Ciphers aes128-cbc\n"
               " MACs hmac-sha1\n";
        // clogin joins the words of its sshcmd into one.
        std::ofstream(path() / "ssh") << "#!/bin/sh\nexec ssh -F " << (path() / "ssh_config").string() << " \"$@\"\n";
        stage::fs::permissions(path() / "ssh", stage::fs::perms::owner_all);
        std::ofstream script(path() / "clogin.sh");
        for (std::size_t i = 0; i < devices_.size(); ++i) {
            const stage::fs::path own = path() / ("cloginrc" + std::to_string(i));
            std::ofstream(own) << "add user * {pix}\nadd password * {" << devices_[i].password << "} {"
                               << devices_[i].enable << "}\nadd method * {ssh:" << devices_[i].port
                               << "}\nadd sshcmd * {" << (path() / "ssh").string() << "}\n";
            stage::fs::permissions(own, stage::fs::perms::owner_read | stage::fs::perms::owner_write);
            script << "clogin -f " << own.string() << " -c '" << joined(";") << "' 127.0.0.1 &\np" << i << "=$!\n";
        }
        for (std::size_t i = 0; i < devices_.size(); ++i) script << "wait $p" << i << " || exit 1\n";
        script.close();
        return measure([&] {
            be_quiet();
            ::execl("/bin/sh", "sh", (path() / "clogin.sh").c_str(), nullptr);
        });
    }
    Cost netmiko() const {
        std::ofstream script(path() / "talk.py");
        script << "import threading, netmiko\ndone = []\ndef talk(port, password, enable):\n"
                  "    device = netmiko.ConnectHandler(device_type='cisco_asa', host='127.0.0.1', port=port, "
                  "username='pix',\n"
                  "                                    password=password, secret=enable)\n"
                  "    device.enable()\n    for line in '''"
               << joined("\n")
               << "'''.split('\\n'): device.send_command(line)\n    device.disconnect()\n    "
                  "done.append(port)\nthreads = []\n";
        for (const Device& device : devices_)
            script << "threads.append(threading.Thread(target=talk, args=(" << device.port << ", '" << device.password
                   << "', '" << device.enable << "')))\n";
        script << "for t in threads: t.start()\nfor t in threads: t.join()\nraise SystemExit(0 if len(done) == "
                  "len(threads) else 1)\n";
        script.close();
        return measure([&] {
            be_quiet();
            ::execl("/usr/bin/python3", "python3", (path() / "talk.py").c_str(), nullptr);
        });
    }

 private:
    void become_bare(const char* option) const {
        const int list = ::open((path() / "devices").c_str(), O_RDONLY | O_CLOEXEC);
        ::dup2(list, STDIN_FILENO);
        ::execl(BARE_LIBSSH, "bare_libssh", option, nullptr);
    }
    /// The shows; how to enable, page and leave is those programs' own business.
    static std::string joined(const std::string& between) {
        std::string text;
        for (const char* line : dialogue)
            if (const std::string_view words(line); words.starts_with("show ") || words == "write terminal")
                text += (text.empty() ? "" : between) + line;
        return text;
    }

    const Devices& devices_;
    stage::Folder folder_;
};

/// The lines of each session with a device, since its log had `from` entries.
std::vector<std::vector<std::string>> heard(const stage::Lab& lab, const std::string& side, std::size_t from) {
    std::vector<std::vector<std::string>> sessions;
    std::map<std::string, std::size_t> number;
    const auto log = lab.log();
    for (std::size_t i = from; i < log.size(); ++i) {
        if (log[i].value("event", "") != "line" || log[i].value("side", "") != side) continue;
        const auto [place, is_new] = number.try_emplace(log[i].at("session").dump(), sessions.size());
        if (is_new) sessions.emplace_back();
        sessions[place->second].push_back(log[i].at("text"));
    }
    return sessions;
}

/// Is what collect says to a device, in one session, what the bare program says?
bool is_the_same_dialogue(const stage::Lab& lab, std::size_t from) {
    const std::vector<std::string> wanted(dialogue.begin(), dialogue.end());
    bool same = true;
    for (const std::string side : {"left", "right"})
        for (const auto& session : heard(lab, side, from)) {
            same = same && session == wanted;
            if (session == wanted) continue;
            std::printf("THE DIALOGUES DIFFER:\n");
            for (const std::string& line : session) std::printf("    %s\n", line.c_str());
        }
    return same;
}

bool is_there(const char* command) { return std::system(command) == 0; }

}  // namespace

int main(int argc, char** argv) {
    const int repetitions = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
    // In memory where that is possible. On ext4 a file is made by passing over every one that was removed in the last
    // minutes: on a disk each repetition would measure what the one before it has tidied away.
    if (stage::fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
    std::vector<std::unique_ptr<stage::Lab>> labs;
    Devices devices;
    std::map<std::size_t, std::pair<double, double>> peaks;  // endpoints -> collect, held
    bool ok = true;
    const auto row = [&](const char* program, std::size_t count, const Cost& cost, const Cost& bare) {
        std::printf("%9zu  %-8s  %7.3f s  %6.2f   %7.3f s  %6.2f   %7zu   %7zu   %11zu%s\n", count, program,
                    cost.seconds, cost.seconds / bare.seconds, cost.cpu, cost.cpu / bare.cpu, cost.peak_kib,
                    cost.threads, cost.descriptors, cost.ok ? "" : "   A RUN FAILED");
        std::fflush(stdout);
        ok = ok && cost.ok;
    };
    std::printf("endpoints  program       wall   ratio        CPU   ratio  peak KiB   threads   descriptors\n");
    std::fflush(stdout);
    for (const std::size_t count : {2U, 20U, 200U}) {
        while (devices.size() < count) {
            labs.push_back(std::make_unique<stage::Lab>(std::vector<std::string>{}));
            for (const char* side : {"left", "right"}) {
                const auto& device = labs.back()->side(side);
                devices.push_back(
                    {device.at("port").get<unsigned>(), device.at("name"), device.at("password"), device.at("enable")});
            }
        }
        const Ground ground(labs, devices);
        std::vector<Cost> ours, bare, held;
        for (int i = 0; i < repetitions; ++i) {
            const std::size_t before = labs.front()->log().size();
            bare.push_back(ground.bare());
            ours.push_back(ground.ours());
            ok = is_the_same_dialogue(*labs.front(), before) && ok;
            held.push_back(ground.held());
        }
        const Cost base = median(bare), with_all_open = median(held), own = median(ours);
        row("bare", count, base, base);
        row("held", count, with_all_open, base);
        row("collect", count, own, base);
        peaks[count] = {static_cast<double>(own.peak_kib), static_cast<double>(with_all_open.peak_kib)};
        if (count != 2) continue;
        if (is_there("command -v clogin >/dev/null 2>&1"))
            row("clogin", count, ground.clogin(), base);
        else
            std::printf("%9zu  clogin     not installed (Debian: rancid)\n", count);
        if (is_there("/usr/bin/python3 -c 'import netmiko' >/dev/null 2>&1"))
            row("netmiko", count, ground.netmiko(), base);
        else
            std::printf("%9zu  netmiko    not installed (Debian: python3-netmiko)\n", count);
    }
    {
        std::vector<unsigned> ports;
        for (const Device& device : devices) ports.push_back(device.port);
        const Distance distance(ports, std::chrono::milliseconds(300));
        Devices far = devices;
        for (std::size_t i = 0; i < far.size(); ++i) far[i].port = distance.ports()[i];
        const Ground ground(labs, far);
        std::vector<Cost> ours, bare;
        for (int i = 0; i < repetitions; ++i) {
            bare.push_back(ground.bare());
            ours.push_back(ground.ours());
        }
        std::printf("at 300 ms a round trip\n");
        row("bare", far.size(), median(bare), median(bare));
        row("collect", far.size(), median(ours), median(bare));
    }
    const auto slope = [&](double few, double many) { return (many - few) / 180; };
    const double ours = slope(peaks[20].first, peaks[200].first), libssh = slope(peaks[20].second, peaks[200].second);
    std::printf(
        "a session, from 20 to 200 endpoints: collect %.0f KiB, held %.0f KiB, so %.0f KiB on top of libssh's own\n",
        ours, libssh, ours - libssh);
    return ok ? 0 : 1;
}
