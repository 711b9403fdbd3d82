#pragma once
// Where bytes that matter stand in a text, one bit a byte, made in one pass over all of it: ordinary
// lines are told from the others without looking at their bytes again.
//
//   breaks      line feeds
//   others      what is no shown ASCII: below 0x20 but for the tab, and from 0x7f on
//   hex         where twelve hex digits or more are together: all but the last eleven of them
//   words       letters that start a word
//   signs       punctuation that a secret can follow or be told by: @ < and tab; with no digit
//               before them " # $ % & ' : ; < =

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/text/text_class.hpp"

namespace formats {

class ByteMap {
 public:
    static constexpr std::size_t block_bytes = 64;
    static constexpr std::size_t least_hex_run = 12;
    struct Block {
        std::uint64_t breaks = 0, others = 0, hex = 0, words = 0, signs = 0;
    };

    /// Replaces what was held; `text` need not outlive the call.
    void assign(std::string_view text);

    /// The first line feed at or behind `from`, npos without one.
    std::size_t next_break(std::size_t from) const {
        std::size_t block = from / block_bytes;
        if (block >= blocks_.size()) return std::string_view::npos;
        std::uint64_t bits = blocks_[block].breaks >> from % block_bytes << from % block_bytes;
        while (bits == 0) {
            if (++block == blocks_.size()) return std::string_view::npos;
            bits = blocks_[block].breaks;
        }
        return block * block_bytes + static_cast<std::size_t>(std::countr_zero(bits));
    }

    bool has_others(std::size_t begin, std::size_t end) const {
        bool found = false;
        each_block(begin, end, [&](std::size_t block, std::uint64_t inside) {
            found = found || (blocks_[block].others & inside) != 0;
        });
        return found;
    }

    /// Calls `take` with the place of each word (or sign) in [begin, end).
    template <class Take>
    void each_word(std::size_t begin, std::size_t end, Take take) const {
        each_block(begin, end, [&](std::size_t block, std::uint64_t inside) {
            each_bit(block, blocks_[block].words & inside, take);
        });
    }
    template <class Take>
    void each_sign(std::size_t begin, std::size_t end, Take take) const {
        each_block(begin, end, [&](std::size_t block, std::uint64_t inside) {
            each_bit(block, blocks_[block].signs & inside, take);
        });
    }

    /// Calls `take` with beginning and end of each run of at least twelve hex digits in [begin, end)
    /// of `text`, of which the map is.
    template <class Take>
    void each_hex_run(std::string_view text, std::size_t begin, std::size_t end, Take take) const {
        std::size_t done = begin;
        each_block(begin, end, [&](std::size_t block, std::uint64_t inside) {
            each_bit(block, blocks_[block].hex & inside, [&](std::size_t at) {
                if (at < done || at + least_hex_run > end) return;
                done = at + least_hex_run;
                while (done < end && is_hex(text[done])) ++done;
                take(at, done);
            });
        });
    }

    const std::vector<Block>& blocks() const { return blocks_; }
    /// The same without vector instructions: for other processors, and for the test.
    static std::vector<Block> plain_blocks(std::string_view text);

 private:
    template <class Take>
    static void each_bit(std::size_t block, std::uint64_t bits, Take take) {
        for (; bits != 0; bits &= bits - 1)
            take(block * block_bytes + static_cast<std::size_t>(std::countr_zero(bits)));
    }
    // Each block of the stretch with a mask of the bits that are inside.
    template <class Take>
    static void each_block(std::size_t begin, std::size_t end, Take take) {
        while (begin < end) {
            const std::size_t block = begin / block_bytes, first = begin % block_bytes;
            std::uint64_t inside = ~std::uint64_t{0} << first;
            const std::size_t next = (block + 1) * block_bytes;
            if (end < next) inside &= (std::uint64_t{1} << (end % block_bytes)) - 1;
            take(block, inside);
            begin = next;
        }
    }

    std::vector<Block> blocks_;
};

}  // namespace formats
