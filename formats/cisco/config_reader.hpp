#pragma once
// Reads a configuration into a CryptoConfig, line by line. Private to parse_crypto_config(): the
// reader of general lines is config_reader.cpp, that of crypto lines config_reader_crypto.cpp.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/cisco/crypto_config.hpp"

namespace formats {

class ConfigReader {
 public:
    CryptoConfig read(std::string_view text, ConfigDialect assumed);

 private:
    using Words = std::vector<std::string_view>;
    /// `mine`: understood. `unread`: of this model, but not understood. `other`: of no concern
    /// here.
    enum class Reading : std::uint8_t { mine, unread, other };

    void learn_names_and_dialect(std::string_view text);
    void learn_dialect(std::string_view line);
    void read_line(std::string_view line);
    bool read_frame(std::string_view line);
    void note_unread(const Words& words);
    ConfigLine this_line() const;

    Reading read_top(const Words& words);
    Reading read_sysopt(const Words& words);
    Reading read_nat(const Words& words);
    Reading read_route(const Words& words);
    Reading read_zone(const Words& words);
    Reading read_ip(const Words& words);

    ConfigInterface& interface_of_hardware(std::string_view hardware);
    ConfigInterface* interface_named(std::string_view name);
    Reading begin_interface(const Words& words);
    Reading read_interface(const Words& words);
    Reading read_interface_address(ConfigInterface& interface, const Words& words, std::size_t at);
    Reading read_pix_nameif(const Words& words);
    Reading read_failover_address(const Words& words);

    Reading begin_group(const Words& words);
    Reading read_group(const Words& words);
    Reading pass_over(const Words& words);
    AccessList& list_named(std::string_view name);
    Reading read_access_line(const Words& words);
    Reading read_named_entry(const Words& words);
    Reading add_entry(AccessList& list, const Words& words, std::size_t at, bool standard);

    Reading read_crypto(const Words& words);
    Reading read_crypto_ipsec(const Words& words);
    Reading read_map(const Words& words, std::vector<CryptoMapEntry>& entries, bool dynamic);
    Reading add_use(std::string_view map, std::string_view interface);
    CryptoMapEntry& entry_of(std::vector<CryptoMapEntry>& entries, bool dynamic, std::string_view map,
                             std::uint32_t sequence);
    Reading read_map_block(const Words& words);
    Reading read_map_setting(CryptoMapEntry& entry, const Words& words, std::size_t at);
    Reading read_map_set(CryptoMapEntry& entry, const Words& words, std::size_t at);
    Reading read_transform_set(const Words& words, std::size_t at);
    Reading read_transform_block(const Words& words);
    Reading read_profile_block(const Words& words);
    /// What follows `isakmp`, `crypto isakmp`, `crypto ikev1` or `crypto ikev2`.
    Reading read_isakmp(const Words& words, std::size_t at, std::string_view keyword);
    IkePolicy& policy_of(unsigned version, std::uint32_t priority);
    Reading read_policy_block(const Words& words);
    Reading read_policy_setting(IkePolicy& policy, const Words& words, std::size_t at);
    Reading read_isakmp_key(const Words& words, std::size_t at);
    Reading begin_tunnel_group(const Words& words);
    Reading read_tunnel_group(const Words& words);

    CryptoConfig config_;
    AddressNotation notation_;
    std::string_view line_;
    std::uint32_t number_ = 0;
    std::chrono::minutes standard_time_{0};

    /// Reads the indented lines below the last line that stood alone; null: nobody does.
    Reading (ConfigReader::*block_)(const Words& words) = nullptr;
    std::size_t index_ = 0;  ///< of the interface, policy, entry or tunnel group the block belongs to
    bool dynamic_block_ = false;
    NetworkGroup* group_ = nullptr;
    AccessList* list_ = nullptr;
    bool standard_list_ = false;
    std::map<std::pair<std::string, std::uint32_t>, std::size_t> map_index_, dynamic_index_;
    std::map<std::string, std::size_t, std::less<>> hardware_index_, tunnel_group_index_;
};

/// The word at `at`, or nothing behind the last.
std::string_view word(const std::vector<std::string_view>& words, std::size_t at);
/// The words from `from` on.
std::string joined(const std::vector<std::string_view>& words, std::size_t from);

}  // namespace formats
