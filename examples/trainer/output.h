/*
 * Files that are written. A regular file is written beside its path and takes its place when it is complete,
 * so that whatever goes wrong leaves what was there; pipes and devices are written to directly.
 */
#ifndef CVXNN_TRAINER_OUTPUT_H
#define CVXNN_TRAINER_OUTPUT_H

#include <stdio.h>

struct output {
    const char *path; /* NULL: standard output */
    char *beside;     /* the file being written; NULL: path itself */
    FILE *file;
};

/* Ends the program (EXIT_INPUT) unless a file can be put there, which is tried: asked before long work, not
 * after. */
void output_expect(const char *path);

/* path NULL: standard output. Both end the program when a file cannot be written. */
void output_open(struct output *output, const char *path);
void output_close(struct output *output);

/* Ends the program when the paths (NULL: none) name one file. what: how the message calls them. */
void output_differs(const char *path, const char *what, const char *other, const char *other_what);

#endif
