// How fast text goes through the redactor in processor time, beside `grep -F` with the same keywords and `sed -E`
// with thirty rules on the same files, and how much memory it takes above the bare process. Run by
// hand.
//
//   redaction_bench [MEGABYTES]     size of each text, 64 by default

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "formats/redaction/redaction.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int repetitions = 3;
constexpr std::size_t read_size = 64 * 1024;

struct Sample {
    std::string name;
    fs::path file;
    std::size_t bytes;
};

// Processor time, so that what else runs on the machine counts less.
double used_seconds(int who) {
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t peak_kibibytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Seconds, median of several runs. The text is read as a stream is: 64 KiB at a time.
double time_redactor(const fs::path& file) {
    std::vector<double> times;
    for (int i = 0; i < repetitions; ++i) {
        auto redaction = formats::Redaction::make({});
        if (!redaction) std::exit(1);
        std::FILE* in = std::fopen(file.c_str(), "rb");
        std::vector<char> buffer(read_size);
        formats::Redactor redactor = (*redaction)->stream();
        std::size_t out = 0;
        const double start = used_seconds(RUSAGE_SELF);
        for (std::size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), in)) > 0;)
            out += redactor.feed({buffer.data(), got})->size();
        out += redactor.finish()->size();
        times.push_back(used_seconds(RUSAGE_SELF) - start);
        std::fclose(in);
        if (out == 0) std::exit(1);
    }
    return median(times);
}

double time_command(const std::string& command) {
    std::vector<double> times;
    for (int i = 0; i < repetitions; ++i) {
        const double start = used_seconds(RUSAGE_CHILDREN);
        if (std::system(command.c_str()) < 0) std::exit(1);
        times.push_back(used_seconds(RUSAGE_CHILDREN) - start);
    }
    return median(times);
}

std::string secret(std::size_t number) {
    std::string text("CANARY");
    return text.append(std::to_string(number * 7919 % 100'003)).append("xY");
}

// A hub's configuration: a secret in one line of four.
std::string dense_line(std::size_t i) {
    const std::string n = std::to_string(i % 250);
    const std::string s = secret(i % 500);
    switch (i % 12) {
        case 0: return "crypto map outside_map " + n + " set peer 198.51.100." + n + "\n";
        case 1: return "crypto map outside_map " + n + " match address vpn-" + n + "\n";
        case 2: return "tunnel-group 198.51.100." + n + " type ipsec-l2l\n";
        case 3: return "tunnel-group 198.51.100." + n + " ipsec-attributes\n";
        case 4: return " ikev1 pre-shared-key " + s + "\n";
        case 5: return " isakmp keepalive threshold 15 retry 5\n";
        case 6:
            return "access-list vpn-" + n + " extended permit ip 10.20.0.0 255.255.0.0 10." + n + ".0.0 255.255.0.0\n";
        case 7: return "username user" + n + " password " + s + " encrypted privilege 15\n";
        case 8: return "object network net-" + n + "\n subnet 10." + n + ".0.0 255.255.0.0\n";
        case 9: return "snmp-server host inside 10.20.1." + n + " community " + s + " version 2c\n";
        case 10: return "route outside 10." + n + ".0.0 255.255.0.0 192.0.2.1 1\n";
        default: return "nat (inside) 1 10." + n + ".1.0 255.255.255.0\n";
    }
}

// A secret in every second line, with signs in it.
std::string densest_line(std::size_t i) {
    const std::string n = std::to_string(i % 250);
    const std::string s = "K" + std::to_string(i % 500 * 7919) + "!x#Y";
    switch (i % 10) {
        case 0: return "crypto map outside_map " + n + " set peer 198.51.100." + n + "\n";
        case 1: return "crypto isakmp key " + s + " address 198.51.100." + n + "\n";
        case 2: return "tunnel-group 198.51.100." + n + " ipsec-attributes\n";
        case 3: return " ikev1 pre-shared-key " + s + "\n";
        case 4: return " isakmp keepalive threshold 15 retry 5\n";
        case 5: return "username user" + n + " password " + s + " encrypted privilege 15\n";
        case 6: return "route outside 10." + n + ".0.0 255.255.0.0 192.0.2.1 1\n";
        case 7: return "snmp-server host inside 10.20.1." + n + " community " + s + " version 2c\n";
        case 8: return "nat (inside) 1 10." + n + ".1.0 255.255.255.0\n";
        default: return "enable password " + s + " level 5\n";
    }
}

std::string ordinary_line(std::size_t i) {
    const std::string n = std::to_string(i % 250);
    switch (i % 10) {
        case 0: return "Nov 25 10:00:01.101: ISAKMP:(1001): processing KE payload. message ID = " + n + "\n";
        case 1: return "      spi: 0x7A3B1C" + n + " (20506941" + n + ")\n";
        case 2: return "         sa timing: remaining key lifetime (kB/sec): (4374000/28" + n + ")\n";
        case 3: return "      #pkts encaps: 14" + n + ", #pkts encrypt: 14" + n + ", #pkts digest: 14" + n + "\n";
        case 4: return "   local  ident (addr/mask/prot/port): (10.20.0.0/255.255.0.0/0/0)\n";
        case 5:
            return "Nov 25 10:00:01.141: ISAKMP:(0):Checking ISAKMP transform 1 against priority "
                   "10 policy\n";
        case 6:
            return "access-list outside_in extended permit tcp any host 192.0.2." + n + " eq https (hitcnt=" + n +
                   ") 0x5f3a1b2c\n";
        case 7:
            return "[IKEv1]: Group = 203.0.113.9, IP = 203.0.113.9, QM FSM error (P2 struct "
                   "&0x4f8" +
                   n + ", mess id 0x3a5b7c9d)!\n";
        case 8:
            return "interface GigabitEthernet0/" + n + "\n description uplink to sw" + n + "\n ip address 10.1." + n +
                   ".1 255.255.255.0\n";
        default: return "         in use settings ={L2L, Tunnel, PFS Group 2, IKEv1, }\n";
    }
}

template <class Line>
Sample write_sample(const fs::path& folder, const std::string& name, std::size_t bytes, Line line) {
    const fs::path file = folder / (name + ".txt");
    std::ofstream out(file, std::ios::binary);
    std::size_t written = 0;
    for (std::size_t i = 0; written < bytes; ++i) {
        const std::string text = line(i);
        out << text;
        written += text.size();
    }
    return {name, file, written};
}

std::string read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The files below a folder, in the order of their names, that `wanted` takes; one after the other.
template <class Wanted>
std::string read_folder(const fs::path& folder, Wanted wanted) {
    std::vector<fs::path> files;
    std::error_code missing;
    for (const auto& entry : fs::recursive_directory_iterator(folder, missing))
        if (entry.is_regular_file() && wanted(entry.path())) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::string text;
    for (const fs::path& file : files) text += read_file(file);
    return text;
}

// Text of others, when it is there, repeated to the wanted size: what real devices printed, and the
// labelled corpus, which has a secret or a trap on every second line.
void add_shared(std::vector<Sample>& samples, const fs::path& folder, std::size_t bytes) {
    const char* elsewhere = std::getenv("TACBUNDLE_SHARED_DIR");
    const fs::path shared = fs::path(elsewhere != nullptr ? elsewhere : TACBUNDLE_SHARED_DIR) / "corpus";
    const auto is_config = [](const fs::path& file) {
        const std::string name = file.filename().string();
        return file.parent_path().filename() == "pix" || name.find("running-config") != std::string::npos;
    };
    const auto is_text = [](const fs::path& file) { return file.extension() == ".txt" && file.stem() != "README"; };
    const fs::path labelled = shared / "redaction";
    const std::vector<std::pair<std::string, std::string>> texts = {
        {"real configurations", read_folder(shared / "real", is_config)},
        {"real show output",
         read_folder(shared / "real", [&](const fs::path& file) { return is_text(file) && !is_config(file); })},
        {"real charon logs",
         read_folder(shared / "charon-pairs", [](const fs::path& file) { return file.extension() == ".log"; })},
        {"labelled configurations", read_file(labelled / "d05_asa916_running.txt") +
                                        read_file(labelled / "d07_iosxe17_hub.txt") +
                                        read_file(labelled / "d06_ios124_router.txt")},
        {"labelled debug", read_file(labelled / "d08_ike_debug_syslog.txt")},
    };
    for (const auto& [name, text] : texts)
        if (!text.empty())
            samples.push_back(write_sample(folder, name, bytes, [&text = text](std::size_t) { return text; }));
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t bytes = static_cast<std::size_t>(argc > 1 ? std::atol(argv[1]) : 64) << 20;
    const fs::path folder = fs::temp_directory_path() / ("redaction-bench-" + std::to_string(getpid()));
    fs::create_directories(folder);
    const std::size_t bare = peak_kibibytes();

    std::vector<Sample> samples;
    samples.push_back(write_sample(folder, "dense configuration", bytes, dense_line));
    samples.push_back(write_sample(folder, "every second line a secret", bytes, densest_line));
    samples.push_back(write_sample(folder, "ordinary show and debug", bytes, ordinary_line));
    add_shared(samples, folder, bytes);
    samples.push_back(
        write_sample(folder, "one line", bytes, [](std::size_t i) { return "word" + std::to_string(i % 97) + " "; }));
    samples.push_back(
        write_sample(folder, "one line, one word", bytes, [](std::size_t) { return std::string(4096, 'x'); }));
    samples.push_back(write_sample(folder, "near matches", bytes, [](std::size_t i) {
        return i % 2 == 0 ? std::string("isakmp keep key-chain password-policy enable passwords username \n")
                          : std::string(
                                "snmp-server communities pre-shared key secretary aaa-servers hosted @ $1 "
                                "://\n");
    }));
    samples.push_back(write_sample(folder, "heads only", bytes, [](std::size_t) {
        return std::string("username username username username snmp-server user isakmp key pre-shared-key ");
    }));
    samples.push_back(write_sample(folder, "new secrets only", bytes, [](std::size_t i) {
        return "username u" + std::to_string(i) + " password Zx" + std::to_string(i * 2654435761u) + "q\n";
    }));

    const fs::path words = folder / "keywords", rules = folder / "rules.sed";
    std::ofstream(words) << "password\npasswd\nsecret\nkey\ncommunity\npre-shared-key\nisakmp key\nusername\n"
                            "snmp-server\naaa-server\nauthentication\nPRIVATE KEY\ntoken\nlicense\ncipher\npsk\n";
    {
        std::ofstream out(rules);
        for (const char* head : {"enable password",
                                 "passwd",
                                 "isakmp key",
                                 "pre-shared-key",
                                 "snmp-server community",
                                 "username [^ ]+ password",
                                 "vpngroup [^ ]+ password",
                                 "ntp authentication-key [0-9]+ md5",
                                 "key-string",
                                 "ospf authentication-key",
                                 "message-digest-key [0-9]+ md5",
                                 "failover key",
                                 "radius-server key",
                                 "tacacs-server key",
                                 "ldap-login-password",
                                 "neighbor [^ ]+ password",
                                 "enable secret",
                                 "ppp chap password",
                                 "isis password",
                                 "area-password",
                                 "domain-password",
                                 "server-key",
                                 "pac key",
                                 "community",
                                 "standby [0-9]+ authentication",
                                 "cluster key",
                                 "vtp password",
                                 "wpa-psk ascii",
                                 "hidden-parameter",
                                 "user-pin"})
            out << "s/(" << head << ") [^ ]+/\\1 X/\n";
    }

    std::printf("Megabytes of text a second of processor time, user and system; memory above the bare process.\n");
    std::printf("%-26s %8s %12s %10s %10s %10s\n", "text", "MB", "redactor", "grep -F", "sed -E", "peak KiB");
    for (const Sample& sample : samples) {
        const double megabytes = static_cast<double>(sample.bytes) / 1e6;
        std::string quoted("'");
        quoted.append(sample.file.string()).append("'");
        const double ours = time_redactor(sample.file);
        const std::size_t peak = peak_kibibytes() - bare;
        const double grep = time_command("LC_ALL=C grep -cF -f '" + words.string() + "' " + quoted +
                                         " | cat > /dev/null");  // grep stops early at /dev/null
        const double sed =
            time_command("head -c 8000000 " + quoted + " | LC_ALL=C sed -E -f '" + rules.string() + "' > /dev/null");
        const double sed_megabytes = std::min(8.0, megabytes);
        std::printf("%-26s %8.0f %7.0f MB/s %5.0f MB/s %5.1f MB/s %10zu   (%.1f x grep, %.0f x sed)\n",
                    sample.name.c_str(), megabytes, megabytes / ours, megabytes / grep, sed_megabytes / sed, peak,
                    grep / ours, (sed / sed_megabytes) / (ours / megabytes));
        std::fflush(stdout);
    }
    fs::remove_all(folder);
    return 0;
}
