// crypto.cpp
#include <raya/module.h>
#include <string>
#include <vector>
#include <cstring>
#include <random>
#include <openssl/sha.h>

// ============================================================================
// Helper: RAII wrapper for cleaner code
// ============================================================================

class ModuleBuilder {
    RayaModuleBuilder* builder_;
public:
    ModuleBuilder(const char* name, const char* version)
        : builder_(raya_module_builder_new(name, version)) {}

    ModuleBuilder& add_function(const char* name, RayaNativeFunction func, size_t arity) {
        raya_module_add_function(builder_, name, func, arity);
        return *this;
    }

    RayaModule* finish() {
        return raya_module_builder_finish(builder_);
    }
};

// ============================================================================
// Native Functions
// ============================================================================

/**
 * Hash a string using SHA256 or SHA512
 */
RayaValue* native_hash(RayaContext* ctx, RayaValue** args, size_t argc) {
    if (argc != 2) {
        return raya_error_new(ctx, "hash() requires 2 arguments");
    }

    const char* algorithm = raya_value_to_string(args[0]);
    const char* data = raya_value_to_string(args[1]);

    if (!algorithm || !data) {
        return raya_error_new(ctx, "Arguments must be strings");
    }

    if (strcmp(algorithm, "sha256") == 0) {
        unsigned char hash[SHA256_DIGEST_LENGTH];
        SHA256_CTX sha256;
        SHA256_Init(&sha256);
        SHA256_Update(&sha256, data, strlen(data));
        SHA256_Final(hash, &sha256);

        // Convert to hex string
        char hex[SHA256_DIGEST_LENGTH * 2 + 1];
        for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) {
            sprintf(hex + (i * 2), "%02x", hash[i]);
        }
        hex[SHA256_DIGEST_LENGTH * 2] = '\0';

        return raya_value_from_string(ctx, hex);
    }
    else if (strcmp(algorithm, "sha512") == 0) {
        unsigned char hash[SHA512_DIGEST_LENGTH];
        SHA512_CTX sha512;
        SHA512_Init(&sha512);
        SHA512_Update(&sha512, data, strlen(data));
        SHA512_Final(hash, &sha512);

        // Convert to hex string
        char hex[SHA512_DIGEST_LENGTH * 2 + 1];
        for (int i = 0; i < SHA512_DIGEST_LENGTH; i++) {
            sprintf(hex + (i * 2), "%02x", hash[i]);
        }
        hex[SHA512_DIGEST_LENGTH * 2] = '\0';

        return raya_value_from_string(ctx, hex);
    }
    else {
        std::string error = "Unsupported algorithm: ";
        error += algorithm;
        return raya_error_new(ctx, error.c_str());
    }
}

/**
 * Generate cryptographically secure random bytes
 */
RayaValue* native_random_bytes(RayaContext* ctx, RayaValue** args, size_t argc) {
    if (argc != 1) {
        return raya_error_new(ctx, "randomBytes() requires 1 argument");
    }

    int32_t length = raya_value_to_i32(args[0]);
    if (length <= 0 || length > 1024 * 1024) {
        return raya_error_new(ctx, "Length must be between 1 and 1048576");
    }

    // Generate random bytes
    std::random_device rd;
    std::mt19937 gen(rd());
    std::uniform_int_distribution<> dis(0, 255);

    // Create Raya array
    RayaValue* array = raya_array_new(ctx, length);
    for (int32_t i = 0; i < length; i++) {
        raya_array_set(array, i, raya_value_from_i32(ctx, dis(gen)));
    }

    return array;
}

/**
 * Constant-time string comparison (prevents timing attacks)
 */
RayaValue* native_constant_time_equal(RayaContext* ctx, RayaValue** args, size_t argc) {
    if (argc != 2) {
        return raya_error_new(ctx, "constantTimeEqual() requires 2 arguments");
    }

    const char* a = raya_value_to_string(args[0]);
    const char* b = raya_value_to_string(args[1]);

    if (!a || !b) {
        return raya_error_new(ctx, "Both arguments must be strings");
    }

    size_t len_a = strlen(a);
    size_t len_b = strlen(b);
    size_t max_len = (len_a > len_b) ? len_a : len_b;

    int result = 0;
    for (size_t i = 0; i < max_len; i++) {
        uint8_t byte_a = (i < len_a) ? a[i] : 0;
        uint8_t byte_b = (i < len_b) ? b[i] : 0;
        result |= (byte_a ^ byte_b);
    }
    result |= (len_a ^ len_b);

    return raya_value_from_bool(ctx, result == 0);
}

// ============================================================================
// Module Registration
// ============================================================================

extern "C" {

RAYA_MODULE_INIT(crypto) {
    return ModuleBuilder("crypto", "1.0.0")
        .add_function("hash", native_hash, 2)
        .add_function("randomBytes", native_random_bytes, 1)
        .add_function("constantTimeEqual", native_constant_time_equal, 2)
        .finish();
}

} // extern "C"
