#include "formats/text/byte_map.hpp"

#include <algorithm>
#include <cstring>

#include "formats/text/text_class.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace formats {

namespace {

/// The kinds of bytes of one block.
struct Kinds {
    std::uint64_t breaks = 0, others = 0, letters = 0, digits = 0, hex_letters = 0;
    std::uint64_t signs = 0;       ///< punctuation, wherever it stands
    std::uint64_t some_signs = 0;  ///< punctuation, when no digit stands before it
};

// Where twelve bits are set one after the other; `following`: the next 64.
std::uint64_t twelve(std::uint64_t bits, std::uint64_t following) {
    static_assert(ByteMap::least_hex_run == 2 + 2 + 4 + 4);
    for (const unsigned more : {1u, 2u, 4u, 4u}) {  // two, four, eight, twelve
        bits &= bits >> more | following << (64 - more);
        following &= following >> more;
    }
    return bits;
}

// Takes the blocks one after the other: what a bit means can depend on the byte before it, or on
// those behind.
class Blocks {
 public:
    explicit Blocks(std::vector<ByteMap::Block>& blocks) : blocks_(blocks) {}

    void add(const Kinds& kinds) {
        const std::uint64_t alnum = kinds.letters | kinds.digits;
        const std::uint64_t hex = kinds.digits | kinds.hex_letters;
        if (size_ > 0) blocks_[size_ - 1].hex = twelve(hex_, hex);
        ByteMap::Block& block = blocks_[size_++];
        block.breaks = kinds.breaks;
        block.others = kinds.others;
        block.hex = twelve(hex, 0);
        block.words = kinds.letters & ~(alnum << 1 | alnum_ >> 63);
        block.signs = kinds.signs | (kinds.some_signs & ~(kinds.digits << 1 | digits_ >> 63));
        alnum_ = alnum;
        digits_ = kinds.digits;
        hex_ = hex;
    }

 private:
    std::vector<ByteMap::Block>& blocks_;
    std::size_t size_ = 0;
    std::uint64_t alnum_ = 0, digits_ = 0, hex_ = 0;  // of the block before
};

Kinds plain_kinds(const char* bytes, std::size_t size) {
    Kinds kinds;
    for (std::size_t i = 0; i < size; ++i) {
        const char c = bytes[i];
        const auto byte = static_cast<unsigned char>(c);
        const auto mark = [&](std::uint64_t& mask, bool set) { mask |= std::uint64_t{set} << i; };
        mark(kinds.breaks, c == '\n');
        mark(kinds.others, (byte < 0x20 && c != '\t') || byte >= 0x7f);
        mark(kinds.letters, is_letter(c));
        mark(kinds.digits, is_digit(c));
        mark(kinds.hex_letters, is_hex(c) && !is_digit(c));
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
        mark(kinds.others, _mm_or_si128(_mm_andnot_si128(tab, between(v, 0, 0x1f)), between(v, 0x7f, 0x80)));
        const __m128i small = _mm_or_si128(v, all(0x20));
        mark(kinds.letters, between(small, 'a', 25));
        mark(kinds.hex_letters, between(small, 'a', 5));
        mark(kinds.digits, between(v, '0', 9));
        mark(kinds.signs, _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, all('@')), tab), _mm_cmpeq_epi8(v, all('<'))));
        mark(kinds.some_signs, _mm_or_si128(between(v, 0x22, 5), between(v, 0x3a, 3)));
    }
    return kinds;
}

#endif

}  // namespace

void ByteMap::assign(std::string_view text) {
#if defined(__SSE2__)
    blocks_.resize((text.size() + block_bytes - 1) / block_bytes);
    Blocks blocks(blocks_);
    std::size_t at = 0;
    for (; at + block_bytes <= text.size(); at += block_bytes) blocks.add(vector_kinds(text.data() + at));
    if (at < text.size()) {
        std::array<char, block_bytes> rest;
        rest.fill(' ');
        std::memcpy(rest.data(), text.data() + at, text.size() - at);
        blocks.add(vector_kinds(rest.data()));
    }
#else
    blocks_ = plain_blocks(text);
#endif
}

std::vector<ByteMap::Block> ByteMap::plain_blocks(std::string_view text) {
    std::vector<Block> made((text.size() + block_bytes - 1) / block_bytes);
    Blocks blocks(made);
    for (std::size_t at = 0; at < text.size(); at += block_bytes)
        blocks.add(plain_kinds(text.data() + at, std::min(block_bytes, text.size() - at)));
    return made;
}

}  // namespace formats
