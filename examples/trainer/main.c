/*
 * cvxnn: the command-line trainer. It stands on the public header alone and is an example of its use.
 * This file finds the command; help.c, arguments.c and the commands' own files do the rest.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "failure.h"
#include "output.h"

static const struct command *const commands[] = {
    &train_command, &path_command, &predict_command, &certify_command, &verify_command, &info_command, NULL};

static const struct command *command_of(const char *name) {
    for (int c = 0; commands[c]; c++)
        if (!strcmp(commands[c]->name, name)) return commands[c];
    fail(EXIT_USAGE, "there is no command '%s' (cvxnn --help lists them)", name);
}

/* What was printed has arrived, or the program ends with an error. */
static int printed(void) {
    struct output output;
    output_open(&output, NULL);
    output_close(&output);
    return EXIT_DONE;
}

static int run(const struct command *command, int count, char **words) {
    struct arguments arguments;
    int code = EXIT_DONE;
    arguments_read(command, count, words, &arguments);
    if (arguments.help)
        help_command(command);
    else
        code = command->run(&arguments);
    arguments_free(&arguments);
    printed();
    return code;
}

int main(int count, char **words) {
    if (count < 2) fail(EXIT_USAGE, "a command is missing (cvxnn --help lists them)");
    if (!strcmp(words[1], "--version")) {
        printf("cvxnn %s\n", cvxnn_version_string());
        return printed();
    }
    if (!strcmp(words[1], "--help")) {
        help_program(commands);
        return printed();
    }
    return run(command_of(words[1]), count - 2, words + 2);
}
