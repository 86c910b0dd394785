// native:password - are you who you say you are? Shows raya/module.hpp: plain functions, and exceptions that become errors.
#include <raya/module.hpp>

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string_view>

namespace {

// FNV-1a, many times over. An example's hash: real passwords deserve Argon2.
int32_t hash_of(std::string_view password, int32_t salt)
{
    uint32_t hash = 0x811c9dc5u ^ static_cast<uint32_t>(salt);
    for (int round = 0; round < 1000; round++) {
        for (unsigned char byte : password) hash = (hash ^ byte) * 0x01000193u;
    }
    return static_cast<int32_t>(hash);
}

bool check(std::string_view password, int32_t salt, int32_t hash)
{
    return hash_of(password, salt) == hash;
}

int32_t strength(std::string_view password)
{
    if (password.empty()) throw std::invalid_argument("an empty password has no strength");
    const auto has = [&](auto kind) {
        return std::any_of(password.begin(), password.end(), [&](unsigned char c) { return kind(c); });
    };
    const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
    const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
    const auto is_other = [](unsigned char c) { return std::isalnum(c) == 0; };
    return has(is_letter) + has(is_digit) + has(is_other) + static_cast<int32_t>(password.size() / 4);
}

} // namespace

RAYA_MODULE_INIT(password)
{
    return raya::Module("password", "1.0.0").function<check>("check").function<strength>("strength").finish();
}
