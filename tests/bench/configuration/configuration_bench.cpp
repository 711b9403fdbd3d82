// How long a large configuration takes until its interesting traffic is known (limit: 50 ms for 2 MB with 20,000
// lines of access lists), and what the corpus holds that the reader does not know. Run by hand.
//
//   configuration_bench [CORPUS]     folder of configurations and show output; ../shared/corpus/real by default

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "formats/cisco/interesting_traffic.hpp"
#include "formats/cisco/probe_choice.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int repetitions = 11;
constexpr std::size_t access_lines = 20'000;
constexpr std::size_t two_megabytes = 2'000'000;

enum class Shape { asa, pix6, ios, one_list };

/// Lines as a firewall of many years has them: most of them of no concern to the tunnel.
std::string configuration(Shape shape) {
    const bool ios = shape == Shape::ios;
    std::string text = ios                    ? "version 15.2\nhostname hq\n"
                       : shape == Shape::pix6 ? "PIX Version 6.3(5)\nhostname hq\n"
                                              : "ASA Version 8.2(5)\nhostname hq\n";
    if (shape == Shape::pix6)
        text +=
            "nameif ethernet0 outside security0\nnameif ethernet1 inside security100\nip address outside 198.51.100.1 "
            "255.255.255.0\n"
            "ip address inside 10.1.1.1 255.255.255.0\n";
    else
        text += std::string("interface Ethernet0/0\n") + (ios ? "" : " nameif outside\n") +
                " ip address 198.51.100.1 255.255.255.0\n" + (ios ? " crypto map VPN\n" : "") +
                "interface Ethernet0/1\n" + (ios ? "" : " nameif inside\n") + " ip address 10.1.1.1 255.255.255.0\n";
    if (ios) text += "ip access-list extended RULES\n";
    for (std::size_t i = 0; i < access_lines; ++i) {
        const std::string host = std::to_string(i / 250 % 250 + 1) + "." + std::to_string(i % 250 + 1);
        if (ios)
            text += " permit tcp host 10.1." + host + " 172.16." + std::to_string(i % 250) + ".0 0.0.0.255 eq " +
                    std::to_string(1024 + i % 5000) + " log\n";
        else
            text += std::string("access-list ") + (shape == Shape::one_list ? "VPN_ACL" : "RULES") +
                    (shape == Shape::pix6 ? "" : " extended") + " permit tcp host 10.1." + host + " 172.16." +
                    std::to_string(i % 250) + ".0 255.255.255.0 eq " + std::to_string(1024 + i % 5000) + "\n";
    }
    text += ios ? "ip access-list extended VPN_ACL\n permit ip 10.1.1.0 0.0.0.255 10.2.2.0 0.0.0.255\n"
                : "access-list VPN_ACL " + std::string(shape == Shape::pix6 ? "" : "extended ") +
                      "permit ip 10.1.1.0 255.255.255.0 10.2.2.0 255.255.255.0\n";
    const std::string transform = "crypto ipsec transform-set S esp-3des esp-sha-hmac\n";
    text +=
        transform +
        (ios ? "crypto map VPN 10 ipsec-isakmp\n set peer 203.0.113.1\n set transform-set S\n match address VPN_ACL\n"
             : "crypto map VPN 10 match address VPN_ACL\ncrypto map VPN 10 set peer 203.0.113.1\ncrypto map VPN 10 set "
               "transform-set S\n"
               "crypto map VPN interface outside\n");
    while (text.size() < two_megabytes)
        text += "username staff" + std::to_string(text.size()) + " attributes\n" + " vpn-filter value RULES\n" +
                "logging message 106023 level notifications\n";
    return text + (ios ? "end\n" : ": end\n[OK]\n");
}

struct Times {
    double parsed, known;
};

/// Milliseconds, the median of several runs.
Times time_of(const std::string& text, std::size_t& pairs) {
    std::vector<double> parsed, known;
    using Milliseconds = std::chrono::duration<double, std::milli>;
    for (int i = 0; i < repetitions; ++i) {
        const auto start = std::chrono::steady_clock::now();
        const auto config = formats::parse_crypto_config(text);
        const auto middle = std::chrono::steady_clock::now();
        const auto traffic = formats::interesting_traffic(config, "203.0.113.1");
        (void)formats::choose_probe(config, nullptr, "203.0.113.1");
        const auto end = std::chrono::steady_clock::now();
        pairs = traffic.pairs.size();
        parsed.push_back(Milliseconds(middle - start).count());
        known.push_back(Milliseconds(end - start).count());
    }
    for (auto* times : {&parsed, &known}) std::sort(times->begin(), times->end());
    return {parsed[repetitions / 2], known[repetitions / 2]};
}

void read_corpus(const fs::path& folder) {
    std::size_t files = 0, lines = 0, other = 0, unread = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        const auto config = formats::parse_crypto_config(std::string(std::istreambuf_iterator<char>(in), {}));
        ++files;
        lines += config.lines;
        other += config.other_lines;
        unread += config.unread_lines;
    }
    std::printf("\n%zu files, %zu lines: %zu of no concern to a tunnel, %zu of its model and not understood\n", files,
                lines, other, unread);
}

}  // namespace

int main(int argc, char** argv) {
    std::printf("%-34s %8s %8s %8s %10s %10s\n", "configuration", "bytes", "lines", "pairs", "parsed ms", "in all ms");
    for (const auto& [name, shape] : {std::pair{"ASA, 20,000 lines in another list", Shape::asa},
                                      {"ASA, 20,000 lines in the crypto ACL", Shape::one_list},
                                      {"PIX 6, 20,000 lines", Shape::pix6},
                                      {"IOS, 20,000 lines", Shape::ios}}) {
        const std::string text = configuration(shape);
        std::size_t pairs = 0;
        const Times times = time_of(text, pairs);
        std::printf("%-34s %8zu %8td %8zu %10.1f %10.1f\n", name, text.size(),
                    std::count(text.begin(), text.end(), '\n'), pairs, times.parsed, times.known);
    }
    const fs::path corpus = argc > 1 ? argv[1] : TACBUNDLE_SHARED_DIR "/corpus/real";
    if (fs::is_directory(corpus)) read_corpus(corpus);
    return 0;
}
