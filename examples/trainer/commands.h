/* The trainer's commands, each in a file of its own name. main.c lists them. */
#ifndef CVXNN_TRAINER_COMMANDS_H
#define CVXNN_TRAINER_COMMANDS_H

#include "arguments.h"

extern const struct command train_command, path_command, predict_command, certify_command, verify_command,
    info_command;

/* The texts of --help: of the program, and of one command. */
void help_program(const struct command *const *commands);
void help_command(const struct command *command);

#endif
