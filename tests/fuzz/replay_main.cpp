// Runs a fuzz target over every file of a corpus folder, each also with its tail cut at fixed places, so
// that past findings stay fixed in ordinary builds. An empty or missing corpus is a failure.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

int main(int argc, char** argv) {
    std::size_t replayed = 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i])) continue;
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string text((std::istreambuf_iterator<char>(in)), {});
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
            for (const std::size_t size : {text.size(), text.size() / 2, text.size() / 3, std::size_t{0}}) {
                LLVMFuzzerTestOneInput(bytes, size);
                ++replayed;
            }
        }
    }
    std::printf("%zu inputs replayed\n", replayed);
    return replayed > 0 ? 0 : 1;
}
