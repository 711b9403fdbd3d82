// How fast debug text becomes events, in processor time, and how much memory that takes above the bare process (limits:
// 200 MB/s, 32 MiB). Run by hand.
//
//   events_bench [MEGABYTES]     size of each text, 256 by default

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "formats/analysis/event_reader.hpp"

namespace {

constexpr std::size_t read_size = std::size_t{64} << 10;

double used_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

long peak_kibibytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

// One negotiation in fifty lines as a busy router prints them: of most lines nothing is told.
const std::string negotiation = [] {
    const std::string at = "*Nov 18 11:02:01.004: ISAKMP";
    std::string text = at + ":(0): beginning Main Mode exchange\n" + at +
                       ":(0): sending packet to 198.51.100.1 my_port 500 peer_port 500 (I) MM_NO_STATE\n" + at +
                       " (0): received packet from 198.51.100.1 dport 500 sport 500 Global (I) MM_NO_STATE\n" + at +
                       ":(0): processing SA payload. message ID = 0\n";
    for (int i = 0; i < 46; ++i)
        text += at + ":(0): vendor ID is NAT-T v" + std::to_string(i) + ", attribute of no concern to anybody here\n";
    return text;
}();
// Another peer's traffic and log lines that no row knows.
const std::string silent = [] {
    std::string text;
    for (int i = 0; i < 50; ++i)
        text += "Nov 18 2026 11:02:01: %ASA-6-302013: Built outbound TCP connection " + std::to_string(100000 + i) +
                " for outside:203.0.113.9/443 (203.0.113.9/443) to inside:10.1.1.5/50123 (198.51.100.1/50123)\n";
    return text;
}();

void measure(const char* name, const std::string& piece, std::size_t megabytes) {
    std::string block;
    while (block.size() < read_size) block += piece;
    formats::EventReader reader;
    const double start = used_seconds();
    std::size_t bytes = 0;
    reader.begin(0);
    for (; bytes < megabytes * 1'000'000; bytes += block.size()) reader.feed(block);
    reader.end();
    const double seconds = used_seconds() - start;
    std::printf("%-12s %7.1f MB/s, %llu events\n", name, static_cast<double>(bytes) / 1e6 / seconds,
                static_cast<unsigned long long>(reader.facts().lines));
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t megabytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 256;
    static_cast<void>(formats::EventTable::built_in().read("nothing"));
    const long bare = peak_kibibytes();
    measure("silent", silent, megabytes);
    measure("negotiation", negotiation, megabytes);
    std::printf("memory       %7.1f MiB above the process with its tables\n",
                static_cast<double>(peak_kibibytes() - bare) / 1024);
    return 0;
}
