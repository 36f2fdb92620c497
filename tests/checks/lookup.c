/* Every look-up kernel that the processor runs, without test library and BLAS: for processors that are
 * emulated. Given a name, a kernel of that name must be among them. */
#include <stdio.h>

#include "../lookup_cases.h"

int main(int count, char **words) {
    const char *wrong = lookup_wrong();
    int named = count < 2;
    for (int k = 0; cvxnn__lookup_kernel(k); k++) {
        printf("%s\n", cvxnn__lookup_kernel(k)->name);
        if (count > 1 && strcmp(cvxnn__lookup_kernel(k)->name, words[1]) == 0) named = 1;
    }
    if (wrong) printf("%s is wrong\n", wrong);
    if (!named) printf("there is no %s\n", words[1]);
    return wrong || !named;
}
