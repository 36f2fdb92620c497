/* The BLAS in use, found by looking up what each provider calls its own functions. See blas_runtime.h. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "blas_runtime.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

/* Stores the function of this name in *function (a pointer to a function pointer), NULL when there is none.
 * ISO C has no conversion between pointers to objects and to functions, so the bytes are copied, as POSIX
 * allows. */
static int find(const char *name, void *function) {
    void *symbol = dlsym(RTLD_DEFAULT, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

const char *blas_name(void) {
    static char text[256];
    const char *(*blis_version)(void);
    char *(*openblas_config)(void);
    void (*mkl_version)(char *buffer, int size);
    if (find("openblas_get_config", &openblas_config)) return openblas_config();
    if (find("bli_info_get_version_str", &blis_version)) {
        strcpy(text, "BLIS ");
        strncat(text, blis_version(), sizeof text - sizeof "BLIS ");
        return text;
    }
    if (find("mkl_get_version_string", &mkl_version)) {
        mkl_version(text, (int)sizeof text - 1);
        return text;
    }
    return "reference or unknown";
}

int blas_set_threads(int threads) {
    void (*set)(int);
    void (*set_wide)(int64_t);
    if (threads < 1) threads = 1;
    if (find("openblas_set_num_threads", &set) || find("MKL_Set_Num_Threads", &set)) {
        set(threads);
        return 1;
    }
    if (find("bli_thread_set_num_threads", &set_wide)) {
        set_wide(threads);
        return 1;
    }
    return 0;
}

int blas_threads(void) {
    int (*get)(void);
    int64_t (*get_wide)(void);
    if (find("openblas_get_num_threads", &get) || find("MKL_Get_Max_Threads", &get)) return get();
    if (find("bli_thread_get_num_threads", &get_wide)) return (int)get_wide();
    return 1;
}
