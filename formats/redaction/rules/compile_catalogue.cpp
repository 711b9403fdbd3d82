// Part of the build: reads catalogue.toml and writes the image that the program starts with.
//
//   compile_catalogue CATALOGUE.toml IMAGE

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "formats/redaction/rules/catalogue_image.hpp"

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    std::ifstream in(argv[1], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto catalogue = formats::Catalogue::parse(text);
    if (!catalogue) {
        std::cerr << argv[1] << ": " << catalogue.error().subject << ": " << catalogue.error().detail << '\n';
        return 1;
    }
    std::ofstream out(argv[2], std::ios::binary);
    out << formats::catalogue_image(*catalogue);
    return out.flush() ? 0 : 1;
}
