/* The texts of --help, made from the tables of the commands and of the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

void help_program(const struct command *const *commands) {
    puts("cvxnn: two-layer ReLU networks by convex relaxation, with a proved gap to the global optimum\n");
    for (; *commands; commands++)
        printf("  cvxnn %s %s\n      %s\n", (*commands)->name, (*commands)->operands, (*commands)->summary);
    puts("  cvxnn --version\n"
         "  cvxnn --help, cvxnn COMMAND --help\n\n"
         "Exit codes\n"
         "  0    done, to the tolerance asked for\n"
         "  1    out of memory\n"
         "  2    wrong use\n"
         "  3    a file cannot be read or written, or its contents are bad\n"
         "  4    a budget ran out, the best result is written\n"
         "  5    a certificate was not verified\n"
         "  130  interrupted, the best result is written");
}

/* The fewest digits that give this number back. */
static void print_real(double value) {
    char digits[40];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    printf(" [%s]", digits);
}

static void print_default(int32_t key, int32_t type) {
    double initial, least, most;
    int64_t whole, lowest, highest;
    if (type == CVXNN_TYPE_DOUBLE && !cvxnn_option_range_double(key, &initial, &least, &most))
        print_real(initial);
    else if (!cvxnn_option_range_int(key, &whole, &lowest, &highest) && type == CVXNN_TYPE_CHOICE)
        printf(" [%s]", cvxnn_choice_name(key, whole));
    else
        printf(" [%lld]", (long long)(key == CVXNN_OPTION_THREADS ? 0 : whole)); /* all cores: see train.c */
}

static void print_choices(int32_t key) {
    int64_t initial, least, most;
    cvxnn_option_range_int(key, &initial, &least, &most);
    for (int64_t number = least; number <= most; number++) {
        const char *name = cvxnn_choice_name(key, number);
        if (name) printf("%s%s", number > least ? "|" : " ", name);
    }
}

/* Each choice on a line of its own, with the library's words. */
static void print_meanings(int32_t key) {
#define MEANING(symbol, option, number, name, meaning) {option, name, meaning},
    static const struct {
        int32_t key;
        const char *name, *meaning;
    } choices[] = {CVXNN_CHOICE_TABLE(MEANING)};
#undef MEANING
    for (size_t c = 0; c < sizeof choices / sizeof *choices; c++)
        if (choices[c].key == key) printf("        %-10s %s\n", choices[c].name, choices[c].meaning);
}

static const struct option_text *text_of(const struct command *command, int32_t key) {
    for (const struct option_text *text = command->texts; text && text->key; text++)
        if (text->key == key) return text;
    return NULL;
}

static void print_library_option(const struct command *command, int32_t key) {
    const struct option_text *text = text_of(command, key);
    int32_t type;
    int64_t initial, least, most;
    if (cvxnn_type_of(key, &type)) return;
    fputs("  --", stdout);
    for (const char *at = cvxnn_name_of(key); *at; at++) putchar(*at == '_' ? '-' : *at);
    if (type == CVXNN_TYPE_CHOICE)
        print_choices(key);
    else if (type == CVXNN_TYPE_DOUBLE)
        fputs(" X", stdout);
    else
        fputs(!cvxnn_option_range_int(key, &initial, &least, &most) && most == 1 ? " [0|1]" : " N", stdout);
    printf("\n      %s", text ? text->help : cvxnn_help_of(key));
    if (!text || !text->without_default) print_default(key, type);
    putchar('\n');
    if (type == CVXNN_TYPE_CHOICE) print_meanings(key);
}

void help_command(const struct command *command) {
    int32_t key;
    printf("cvxnn %s %s\n    %s\n\n", command->name, command->operands, command->summary);
    for (const struct own_option *option = command->options; option->name; option++)
        printf("  --%s%s%s\n      %s\n", option->name, option->value ? " " : "",
               option->value ? option->value : "", option->help);
    for (int64_t k = 0; !cvxnn_key_at(CVXNN_GROUP_OPTION, k, &key); k++)
        if (command_takes(command, key)) print_library_option(command, key);
    printf("\n%s\n", command->notes);
}
