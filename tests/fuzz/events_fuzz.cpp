#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/analysis/event_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto read = [&](std::size_t chunk) {
        formats::EventReader reader;
        reader.begin(0);
        for (std::size_t at = 0; at < text.size(); at += chunk) reader.feed(text.substr(at, chunk));
        reader.end();
        return reader.take();
    };
    const auto whole = read(size + 1), pieces = read(1);
    // Whatever the chunks, the same lines tell the same.
    if (whole.size() != pieces.size()) std::abort();
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (whole[i].kind != pieces[i].kind || whole[i].line != pieces[i].line || whole[i].text != pieces[i].text)
            std::abort();
        if (whole[i].line == 0) std::abort();
    }
    return 0;
}
