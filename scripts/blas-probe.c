/*
 * Is this a BLAS and LAPACK the library can use? Built and run before anything is linked.
 * cblas_dgemm must multiply, and integers must be 32 bits wide (LP64). A 64-bit interface (ILP64) reads or
 * writes the integer beside the one it is given, which the last two tests see without touching other memory.
 */
#include <cblas.h>
#include <stdio.h>

int idamax_(const int *n, const double *x, const int *stride);
void ilaver_(int *major, int *minor, int *patch);

int main(void) {
    const double a[4] = {1, 2, 3, 4}, b[4] = {5, 6, 7, 8};
    double c[4] = {0, 0, 0, 0};
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, 2, 2, 2, 1.0, a, 2, b, 2, 0.0, c, 2);
    if (c[0] != 17 || c[1] != 23 || c[2] != 39 || c[3] != 53) {
        fputs("BLAS: cblas_dgemm multiplies wrongly; set BLAS_CFLAGS and BLAS_LIBS to another one.\n",
              stderr);
        return 1;
    }
    const int one[2] = {1, -1}; /* as one 64-bit integer: negative, so that idamax finds nothing */
    int major[2] = {-1, -1}, minor[2] = {-1, -1}, patch[2] = {-1, -1};
    ilaver_(major, minor, patch);
    if (idamax_(one, a, one) != 1 || major[1] != -1) {
        fputs("BLAS: this one takes 64-bit integers (ILP64); cvxnn needs the 32-bit interface (LP64).\n"
              "Set BLAS_CFLAGS and BLAS_LIBS to such a BLAS and LAPACK.\n",
              stderr);
        return 1;
    }
    return 0;
}
