/* The accounts. */
#ifndef TABLE_H
#define TABLE_H

#include <stdint.h>

struct user {
    const char *name;
    int32_t id;
    int32_t salt;
    int32_t hash; /* of the password with the salt, as native:password computes it */
};

/* The user of this name, or NULL. */
const struct user *table_find(const char *name);

#endif
