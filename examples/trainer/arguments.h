/*
 * Command lines. A command is described by a table of its own options; where it solves something it also
 * takes every option of the library, under the library's name with dashes for underscores, so that an option
 * that is added there needs no change here.
 */
#ifndef CVXNN_TRAINER_ARGUMENTS_H
#define CVXNN_TRAINER_ARGUMENTS_H

#include <stdint.h>

#include <cvxnn.h>

struct arguments;

struct own_option {
    const char *name;  /* without the dashes; NULL ends a table */
    const char *value; /* what stands for the value in the help; NULL: a switch */
    const char *help;
};

/* What a command's help says of an option of the library where the library's own words are not all of it. */
struct option_text {
    int32_t key; /* 0 ends a table */
    const char *help;
    int without_default; /* 1: the library's default is not what goes here */
};

struct command {
    const char *name, *operands; /* operands as the help shows them */
    int operand_count;
    int library_options;   /* 1: takes options of the library */
    const int32_t *only;   /* these of them, with a 0 at the end; NULL: all */
    const int32_t *except; /* but not these, likewise; NULL: none is left out */
    const char *summary;
    const struct own_option *options;
    const struct option_text *texts; /* NULL: none */
    const char *notes;               /* ends the help */
    int (*run)(const struct arguments *arguments);
};

/* An option of the library and the value it was given. */
struct setting {
    int32_t key, type;
    int64_t integer;
    double real;
};

struct arguments {
    const struct command *command;
    const char **operands;
    const char **values; /* of command->options, NULL where not given, "" for a switch */
    struct setting *settings;
    int64_t setting_count;
    int help;
};

/* Reads what follows the command's name; ends the program (EXIT_USAGE) at whatever is wrong. */
void arguments_read(const struct command *command, int count, char **words, struct arguments *arguments);
void arguments_free(struct arguments *arguments);

/* The value of one of the command's own options; NULL when it was not given. */
const char *argument_of(const struct arguments *arguments, const char *name);

/* Whether the command takes this option of the library. */
int command_takes(const struct command *command, int32_t key);

/* Whether an option of the library was given. */
int setting_given(const struct arguments *arguments, int32_t key);

/* A finite number that takes up the whole text: 1, else 0. In the C locale, which the trainer never leaves.
 */
int parse_real(const char *text, double *value);

#endif
