/* Files that are written whole or not at all. See output.h. */
#define _POSIX_C_SOURCE 200809L
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"

static int is_special(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 && !S_ISREG(found.st_mode);
}

/* The file that is written first, named as the library names its own; memory of the caller's. */
static char *beside_of(const char *path) {
    size_t size = strlen(path) + 32;
    char *beside = allocate((int64_t)size, 1);
    snprintf(beside, size, "%s.%ld.0.partial", path, (long)getpid());
    return beside;
}

/* By making the file that is written first: no look at rights and names tells everything.
 * 0: errno says why. */
static int can_be_made(const char *path) {
    char *beside = beside_of(path);
    int descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0 && (close(descriptor) || remove(beside))) descriptor = -1;
    int error = errno; /* which free may change */
    free(beside);
    errno = error;
    return descriptor >= 0;
}

void output_expect(const char *path) {
    struct stat found;
    if (*path == '\0') fail(EXIT_USAGE, "the name of a file to write is empty");
    if (stat(path, &found) == 0 && S_ISDIR(found.st_mode)) fail(EXIT_INPUT, "%s is a folder", path);
    if (is_special(path) ? access(path, W_OK) : !can_be_made(path))
        fail(EXIT_INPUT, "cannot write %s: %s", path, strerror(errno));
}

void output_open(struct output *output, const char *path) {
    memset(output, 0, sizeof *output);
    output->path = path;
    output->file = stdout;
    if (!path) return;
    if (!is_special(path)) output->beside = beside_of(path);
    output->file = fopen(output->beside ? output->beside : path, "wb");
    if (!output->file) fail(EXIT_INPUT, "cannot write %s: %s", path, strerror(errno));
}

void output_close(struct output *output) {
    int error = ferror(output->file) ? EIO : 0;
    if (fflush(output->file)) error = errno;
    if (output->path && !error && output->beside && fsync(fileno(output->file))) error = errno;
    if (output->path && fclose(output->file) && !error) error = errno;
    if (output->beside && !error && rename(output->beside, output->path)) error = errno;
    if (output->beside && error) remove(output->beside);
    free(output->beside);
    if (error)
        fail(EXIT_INPUT, "cannot write %s: %s", output->path ? output->path : "to standard output",
             strerror(error));
}

void output_differs(const char *path, const char *what, const char *other, const char *other_what) {
    struct stat a, b;
    if (!path || !other) return;
    int same = !strcmp(path, other);
    if (!same && stat(path, &a) == 0 && stat(other, &b) == 0)
        same = S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    if (same && !is_special(path))
        fail(EXIT_USAGE, "%s and %s are the same file, %s", what, other_what, path);
}
