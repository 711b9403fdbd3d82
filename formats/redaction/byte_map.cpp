#include "formats/redaction/byte_map.hpp"

#include <algorithm>
#include <cstring>

#include "formats/redaction/text_class.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace formats {

namespace {

/// The kinds of bytes of one block.
struct Kinds {
    std::uint64_t breaks = 0, controls = 0, letters = 0, digits = 0;
    std::uint64_t signs = 0;       ///< punctuation, wherever it stands
    std::uint64_t some_signs = 0;  ///< punctuation, when no digit stands before it
};

// What a block needs to know of the byte before it.
struct Before {
    std::uint64_t alnum = 0, digit = 0;  ///< 0 or 1
};

ByteMap::Block combine(const Kinds& kinds, Before& before) {
    const std::uint64_t alnum = kinds.letters | kinds.digits;
    ByteMap::Block block;
    block.breaks = kinds.breaks;
    block.controls = kinds.controls;
    block.words = kinds.letters & ~(alnum << 1 | before.alnum);
    block.signs = kinds.signs | (kinds.some_signs & ~(kinds.digits << 1 | before.digit));
    before = {alnum >> 63, kinds.digits >> 63};
    return block;
}

Kinds plain_kinds(const char* bytes, std::size_t size) {
    Kinds kinds;
    for (std::size_t i = 0; i < size; ++i) {
        const char c = bytes[i];
        const auto byte = static_cast<unsigned char>(c);
        const auto mark = [&](std::uint64_t& mask, bool set) { mask |= std::uint64_t{set} << i; };
        mark(kinds.breaks, c == '\n');
        mark(kinds.controls, (byte < 0x20 && c != '\t') || byte == 0x7f);
        mark(kinds.letters, is_letter(c));
        mark(kinds.digits, is_digit(c));
        mark(kinds.signs, c == '@' || c == '<' || c == '\t');
        mark(kinds.some_signs, (byte >= 0x22 && byte <= 0x27) || (byte >= 0x3a && byte <= 0x3d));
    }
    return kinds;
}

#if defined(__SSE2__)

// SSE2 belongs to every x86-64.
Kinds vector_kinds(const char* bytes) {
    const auto all = [](int c) { return _mm_set1_epi8(static_cast<char>(c)); };
    // Bytes from `low` to `low + span`: there is no unsigned comparison, but a minimum.
    const auto between = [&](__m128i v, int low, int span) {
        const __m128i from_low = _mm_sub_epi8(v, all(low));
        return _mm_cmpeq_epi8(_mm_min_epu8(from_low, all(span)), from_low);
    };
    Kinds kinds;
    for (std::size_t part = 0; part < ByteMap::block_bytes; part += 16) {
        const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + part));
        const auto mark = [&](std::uint64_t& mask, __m128i found) {
            mask |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(found))} << part;
        };
        const __m128i tab = _mm_cmpeq_epi8(v, all('\t'));
        mark(kinds.breaks, _mm_cmpeq_epi8(v, all('\n')));
        mark(kinds.controls, _mm_or_si128(_mm_andnot_si128(tab, between(v, 0, 0x1f)),
                                          _mm_cmpeq_epi8(v, all(0x7f))));
        mark(kinds.letters, between(_mm_or_si128(v, all(0x20)), 'a', 25));
        mark(kinds.digits, between(v, '0', 9));
        mark(kinds.signs, _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, all('@')), tab),
                                       _mm_cmpeq_epi8(v, all('<'))));
        mark(kinds.some_signs, _mm_or_si128(between(v, 0x22, 5), between(v, 0x3a, 3)));
    }
    return kinds;
}

#endif

}  // namespace

void ByteMap::assign(std::string_view text) {
#if defined(__SSE2__)
    const std::size_t whole = text.size() / block_bytes;
    blocks_.resize((text.size() + block_bytes - 1) / block_bytes);
    Before before;
    for (std::size_t block = 0; block < whole; ++block)
        blocks_[block] = combine(vector_kinds(text.data() + block * block_bytes), before);
    if (whole < blocks_.size()) {
        std::array<char, block_bytes> rest;
        rest.fill(' ');
        std::memcpy(rest.data(), text.data() + whole * block_bytes, text.size() % block_bytes);
        blocks_[whole] = combine(vector_kinds(rest.data()), before);
    }
#else
    blocks_ = plain_blocks(text);
#endif
}

std::vector<ByteMap::Block> ByteMap::plain_blocks(std::string_view text) {
    std::vector<Block> blocks;
    Before before;
    for (std::size_t at = 0; at < text.size(); at += block_bytes)
        blocks.push_back(combine(plain_kinds(text.data() + at, std::min(block_bytes, text.size() - at)), before));
    return blocks;
}

}  // namespace formats
