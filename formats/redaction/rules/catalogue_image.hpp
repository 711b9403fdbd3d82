#pragma once
// The catalogue as the build prepares it: compiled rows, one number or word after the other, so that a start of the
// program does not read TOML.

#include <string>
#include <string_view>

#include "formats/redaction/rules/catalogue.hpp"

namespace formats {

/// Without examples and keeps.
std::string catalogue_image(const Catalogue& catalogue);
/// An error of kind internal when the image is none.
Result<Catalogue> read_catalogue_image(std::string_view image);

}  // namespace formats
