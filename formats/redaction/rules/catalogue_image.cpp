#include "formats/redaction/rules/catalogue_image.hpp"

#include <cstddef>
#include <vector>

namespace formats {

namespace {

// Words and numbers end with a line feed, which none of them has.
class Writer {
 public:
    void add(std::string_view word) { image.append(word).push_back('\n'); }
    void add(std::size_t number) { add(std::to_string(number)); }
    template <class Item, class Write>
    void add_all(const std::vector<Item>& items, Write write) {
        add(items.size());
        for (const Item& item : items) write(item);
    }
    std::string image;
};

class Reader {
 public:
    explicit Reader(std::string_view image) : left_(image) {}

    std::string_view word() {
        const std::size_t end = left_.find('\n');
        if (end == std::string_view::npos) {
            failed = true;
            return {};
        }
        const std::string_view found = left_.substr(0, end);
        left_.remove_prefix(end + 1);
        return found;
    }
    std::size_t number() {
        std::size_t value = 0;
        for (const char c : word()) {
            failed = failed || c < '0' || c > '9' || value > 100'000;
            value = value * 10 + static_cast<std::size_t>(c - '0');
        }
        return failed ? 0 : value;
    }
    template <class Item, class Read>
    void all(std::vector<Item>& items, Read read) {
        const std::size_t count = number();
        items.reserve(count);
        for (std::size_t i = 0; i < count && !failed; ++i) items.push_back(read());
    }
    bool is_over() const { return left_.empty(); }
    bool failed = false;

 private:
    std::string_view left_;
};

void write_elements(Writer& out, const std::vector<FormElement>& elements) {
    out.add_all(elements, [&](const FormElement& element) {
        out.add(static_cast<std::size_t>(element.part));
        out.add(element.length);
        out.add_all(element.words, [&](const FormWord& word) {
            out.add(word.text);
            out.add(word.shortest);
            out.add(std::size_t{word.before_address});
        });
    });
}

std::vector<FormElement> read_elements(Reader& in) {
    std::vector<FormElement> elements;
    in.all(elements, [&] {
        FormElement element{static_cast<FormPart>(in.number())};
        element.length = in.number();
        in.all(element.words, [&] {
            FormWord word{std::string(in.word()), 0};
            word.shortest = in.number();
            word.before_address = in.number() != 0;
            return word;
        });
        return element;
    });
    return elements;
}

void write_words(Writer& out, const std::vector<std::string>& words) {
    out.add_all(words, [&](const std::string& word) { out.add(word); });
}

void read_words(Reader& in, std::vector<std::string>& words) {
    in.all(words, [&] { return std::string(in.word()); });
}

}  // namespace

std::string catalogue_image(const Catalogue& catalogue) {
    Writer out;
    out.add_all(catalogue.forms, [&](const Form& form) {
        out.add(form.name);
        out.add(static_cast<std::size_t>(form.secret_class));
        for (const bool flag :
             {form.at_start, form.submode, form.indented, form.numbers_name_keys, form.never_status, form.learn})
            out.add(std::size_t{flag});
        out.add(static_cast<std::size_t>(form.value));
        write_elements(out, form.elements);
        out.add_all(form.tail, [&](const std::vector<FormElement>& tail) { write_elements(out, tail); });
        write_words(out, form.triggers);
        write_elements(out, form.excluded);
    });
    out.add_all(catalogue.shapes, [&](const ShapeForm& shape) {
        out.add(shape.name);
        out.add(static_cast<std::size_t>(shape.secret_class));
    });
    write_words(out, catalogue.common_words);
    write_words(out, catalogue.line_starts);
    return out.image;
}

Result<Catalogue> read_catalogue_image(std::string_view image) {
    Catalogue catalogue;
    Reader in(image);
    in.all(catalogue.forms, [&] {
        Form form;
        form.name = in.word();
        form.secret_class = static_cast<SecretClass>(in.number());
        for (bool* flag :
             {&form.at_start, &form.submode, &form.indented, &form.numbers_name_keys, &form.never_status, &form.learn})
            *flag = in.number() != 0;
        form.value = static_cast<ValueShape>(in.number());
        form.elements = read_elements(in);
        in.all(form.tail, [&] { return read_elements(in); });
        read_words(in, form.triggers);
        form.excluded = read_elements(in);
        return form;
    });
    in.all(catalogue.shapes, [&] {
        ShapeForm shape;
        shape.name = in.word();
        shape.secret_class = static_cast<SecretClass>(in.number());
        return shape;
    });
    read_words(in, catalogue.common_words);
    read_words(in, catalogue.line_starts);
    if (in.failed || !in.is_over())
        return Error{ErrorKind::internal, "redaction catalogue", "the prepared catalogue is damaged",
                     "build the program anew"};
    return catalogue;
}

}  // namespace formats
