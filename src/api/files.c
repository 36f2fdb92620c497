/* Text into files and out of them. See files.h. */
#define _POSIX_C_SOURCE 200809L
#include "api/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int32_t fail_file(struct cvxnn__context *context, const char *what, const char *path, int error) {
    char reason[128];
    if (strerror_r(error, reason, sizeof reason)) strcpy(reason, "unknown reason");
    return cvxnn__fail(context, CVXNN_ERROR_IO, "%s %.300s: %s", what, path, reason);
}

/* Everything to the file and to the disk; 0, or the error number. */
static int write_text(FILE *file, const char *text, int64_t length, int durable) {
    int error = 0;
    if (fwrite(text, 1, (size_t)length, file) != (size_t)length || fflush(file)) error = errno;
    if (!error && durable && fsync(fileno(file))) error = errno;
    if (fclose(file) && !error) error = errno;
    return error;
}

/* A new file beside path that no one else has, another writer of the same path or a planted link: its name in
 * `beside`. NULL with errno set. */
static FILE *open_beside(const char *path, char *beside, size_t size) {
    enum { MOST_WRITERS = 1000 };
    for (int k = 0; k < MOST_WRITERS; k++) {
        snprintf(beside, size, "%s.%ld.%d.partial", path, (long)getpid(), k);
        int descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno == EEXIST) continue;
        FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
        if (descriptor >= 0 && !file) close(descriptor), remove(beside);
        return file;
    }
    return NULL;
}

int32_t cvxnn__file_write(struct cvxnn__context *context, struct cvxnn__scope *scope, const char *path,
                          const char *text, int64_t length) {
    struct stat found;
    int regular = stat(path, &found) || S_ISREG(found.st_mode);
    int64_t size = (int64_t)strlen(path) + 64;
    char *beside = cvxnn__take(scope, size, 1, 1);
    if (!beside) return cvxnn__fail_memory(context);
    strcpy(beside, path);
    FILE *file = regular ? open_beside(path, beside, (size_t)size) : fopen(path, "wb");
    if (!file) return fail_file(context, "cannot write", beside, errno);
    int error = write_text(file, text, length, regular);
    if (!error && regular && rename(beside, path)) error = errno;
    if (!error) return CVXNN_OK;
    if (regular) remove(beside);
    return fail_file(context, "cannot write", path, error);
}

static int32_t read_all(struct cvxnn__context *context, struct cvxnn__scope *scope, FILE *file,
                        const char *path, char **text, int64_t *length) {
    int64_t room = 1 << 16;
    *length = 0;
    *text = cvxnn__take(scope, room, 1, 1);
    while (*text) {
        *length += (int64_t)fread(*text + *length, 1, (size_t)(room - *length), file);
        if (ferror(file)) return fail_file(context, "cannot read", path, errno);
        if (*length < room) return CVXNN_OK;
        char *larger = cvxnn__take(scope, room, 2, 1);
        if (!larger) break;
        memcpy(larger, *text, (size_t)room);
        cvxnn__give_back(scope, *text);
        *text = larger;
        room *= 2;
    }
    return cvxnn__fail_memory(context);
}

int32_t cvxnn__file_read(struct cvxnn__context *context, struct cvxnn__scope *scope, const char *path,
                         char **text, int64_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) return fail_file(context, "cannot read", path, errno);
    int32_t status = read_all(context, scope, file, path, text, length);
    fclose(file);
    return status;
}
