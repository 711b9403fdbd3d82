#include "embedded/redaction_catalogue.hpp"
#include "embedded/redaction_catalogue_image.hpp"
#include "formats/redaction/rules/catalogue.hpp"
#include "formats/redaction/rules/catalogue_image.hpp"

namespace formats {

Result<Catalogue> Catalogue::built_in() {
    return read_catalogue_image(embedded::redaction_catalogue_image().front().bytes);
}

Result<Catalogue> Catalogue::built_in_with_examples() { return parse(embedded::redaction_catalogue().front().bytes); }

}  // namespace formats
