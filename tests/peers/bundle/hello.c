/* The floor: the same output, without a language. */
#include <stdio.h>

int add(int a, int b);

int main(void) {
    printf("hello\n%d\n", add(2, 3));
    return 0;
}
