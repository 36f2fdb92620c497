/* Command lines, read by the tables of the commands and of the library. See arguments.h. */
#include "arguments.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

/* The words that are still to be read. */
struct words {
    char **next, **end;
    const char *command;
    const char *alone,
        *behind_it; /* a switch of the library without a value and the word after it, or NULL */
};

int parse_real(const char *text, double *value) {
    char *end;
    if (*text == '\0' || strchr(" \t\n\v\f\r", *text)) return 0;
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

static int parse_integer(const char *text, int64_t *value) {
    char *end;
    if (*text == '\0' || strchr(" \t\n\v\f\r", *text)) return 0;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    *value = number;
    return *end == '\0' && errno == 0;
}

/* The option's value: what stands behind '=', else the next word, which must not look like an option. */
static const char *value_of(struct words *words, const char *name, const char *behind) {
    if (behind) return behind;
    if (words->next == words->end || !strncmp(*words->next, "--", 2))
        fail(EXIT_USAGE, "--%s needs a value (cvxnn %s --help)", name, words->command);
    return *words->next++;
}

/* ---- Options of the library ----------------------------------------------------------------- */

/* A whole number of 0 or 1: its value may be left out, which means 1. */
static int is_switch(int32_t key, int32_t type) {
    int64_t initial, least, most;
    return type == CVXNN_TYPE_INT && !cvxnn_option_range_int(key, &initial, &least, &most) && least == 0 &&
           most == 1;
}

static const char *switch_value(struct words *words, const char *behind) {
    if (behind) return behind;
    if (words->next == words->end || !strncmp(*words->next, "--", 2)) return "1";
    if (strcmp(*words->next, "0") && strcmp(*words->next, "1")) {
        words->alone = words->next[-1];
        words->behind_it = *words->next;
        return "1";
    }
    return *words->next++;
}

static _Noreturn void fail_choice(const char *name, int32_t key, const char *text) {
    int64_t initial, least, most;
    cvxnn_option_range_int(key, &initial, &least, &most);
    fprintf(stderr, "cvxnn: --%s %s: it is one of", name, text);
    for (int64_t number = least; number <= most; number++) {
        const char *choice = cvxnn_choice_name(key, number);
        if (choice) fprintf(stderr, " %s", choice);
    }
    fputc('\n', stderr);
    exit(EXIT_USAGE);
}

static void read_real(const char *name, const char *text, struct setting *setting) {
    double initial, least, most;
    cvxnn_option_range_double(setting->key, &initial, &least, &most);
    if (!parse_real(text, &setting->real)) fail(EXIT_USAGE, "--%s %s: this is not a number", name, text);
    if (setting->real < least || setting->real > most)
        fail(EXIT_USAGE, "--%s %s: not within %g and %g", name, text, least, most);
}

static void read_integer(const char *name, const char *text, struct setting *setting) {
    int64_t initial, least, most;
    cvxnn_option_range_int(setting->key, &initial, &least, &most);
    if (!parse_integer(text, &setting->integer))
        fail(EXIT_USAGE, "--%s %s: this is not a whole number", name, text);
    if (setting->integer < least || setting->integer > most)
        fail(EXIT_USAGE, "--%s %s: not within %lld and %lld", name, text, (long long)least, (long long)most);
}

static void add_setting(struct arguments *arguments, struct words *words, const char *name, int32_t key,
                        const char *behind) {
    struct setting setting = {.key = key};
    cvxnn_type_of(key, &setting.type);
    if (setting_given(arguments, key)) fail(EXIT_USAGE, "--%s given twice", name);
    const char *text = is_switch(key, setting.type) ? switch_value(words, behind)
                                                    : value_of(words, name, behind);
    if (setting.type == CVXNN_TYPE_DOUBLE)
        read_real(name, text, &setting);
    else if (setting.type == CVXNN_TYPE_INT)
        read_integer(name, text, &setting);
    else if (cvxnn_choice_of(key, text, &setting.integer))
        fail_choice(name, key, text);
    arguments->settings = grow(arguments->settings, arguments->setting_count + 1,
                               sizeof *arguments->settings);
    arguments->settings[arguments->setting_count++] = setting;
}

/* ---- All options -------------------------------------------------------------------------------- */

static int64_t own_place(const struct command *command, const char *name) {
    for (int64_t o = 0; command->options[o].name; o++)
        if (!strcmp(command->options[o].name, name)) return o;
    return -1;
}

static int is_among(const int32_t *keys, int32_t key) {
    while (*keys && *keys != key) keys++;
    return *keys != 0;
}

int command_takes(const struct command *command, int32_t key) {
    return command->library_options && (!command->only || is_among(command->only, key)) &&
           !(command->except && is_among(command->except, key));
}

static int find_key(const struct command *command, const char *name, int32_t *key) {
    char *underscored = allocate((int64_t)strlen(name) + 1, 1);
    for (int64_t i = 0; name[i]; i++) underscored[i] = name[i];
    for (char *dash = underscored; (dash = strchr(dash, '-'));) *dash = '_';
    int found = !cvxnn_key_of(CVXNN_GROUP_OPTION, underscored, key) && command_takes(command, *key);
    free(underscored);
    return found;
}

/* One option: its name without the dashes, and what stands behind '=' or NULL. */
static void read_option(struct arguments *arguments, struct words *words, const char *name,
                        const char *behind) {
    const struct command *command = arguments->command;
    int64_t place = own_place(command, name);
    int32_t key;
    if (place >= 0 && arguments->values[place]) fail(EXIT_USAGE, "--%s given twice", name);
    if (!strcmp(name, "help") && !behind)
        arguments->help = 1;
    else if (place >= 0 && command->options[place].value)
        arguments->values[place] = value_of(words, name, behind);
    else if (place >= 0 && behind)
        fail(EXIT_USAGE, "--%s takes no value", name);
    else if (place >= 0)
        arguments->values[place] = "";
    else if (find_key(command, name, &key))
        add_setting(arguments, words, name, key, behind);
    else
        fail(EXIT_USAGE, "cvxnn %s has no option --%s (cvxnn %s --help lists them)", command->name, name,
             command->name);
}

static void read_word(struct arguments *arguments, struct words *words, const char *word) {
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    char *name = allocate((int64_t)length + 1, 1);
    memcpy(name, word, length);
    read_option(arguments, words, name, equals ? equals + 1 : NULL);
    free(name);
}

/* What looks like an operand may have been meant as a switch's value. */
static void add_operand(struct arguments *arguments, const struct words *words, int *found,
                        const char *word) {
    const struct command *command = arguments->command;
    if (*found == command->operand_count && words->alone)
        fail(EXIT_USAGE, "'%s' is one operand too many: %s takes 0 or 1, and '%s' follows it", word,
             words->alone, words->behind_it);
    if (*found == command->operand_count)
        fail(EXIT_USAGE, "'%s' is one operand too many: cvxnn %s %s", word, command->name, command->operands);
    arguments->operands[(*found)++] = word;
}

void arguments_read(const struct command *command, int count, char **list, struct arguments *arguments) {
    struct words words = {.next = list, .end = list + count, .command = command->name};
    int64_t own = 0;
    int found = 0, only_operands = 0;
    while (command->options[own].name) own++;
    memset(arguments, 0, sizeof *arguments);
    arguments->command = command;
    arguments->operands = allocate(command->operand_count, sizeof *arguments->operands);
    arguments->values = allocate(own, sizeof *arguments->values);
    while (words.next != words.end) {
        const char *word = *words.next++;
        if (only_operands || !strcmp(word, "-") || *word != '-')
            add_operand(arguments, &words, &found, word);
        else if (!strcmp(word, "--"))
            only_operands = 1;
        else if (!strncmp(word, "--", 2))
            read_word(arguments, &words, word + 2);
        else
            fail(EXIT_USAGE, "'%s': options begin with two dashes (cvxnn %s --help)", word, command->name);
    }
    if (found < command->operand_count && !arguments->help)
        fail(EXIT_USAGE, "an operand is missing: cvxnn %s %s", command->name, command->operands);
}

void arguments_free(struct arguments *arguments) {
    free((void *)arguments->operands);
    free((void *)arguments->values);
    free(arguments->settings);
}

const char *argument_of(const struct arguments *arguments, const char *name) {
    int64_t place = own_place(arguments->command, name);
    return place < 0 ? NULL : arguments->values[place];
}

int setting_given(const struct arguments *arguments, int32_t key) {
    for (int64_t s = 0; s < arguments->setting_count; s++)
        if (arguments->settings[s].key == key) return 1;
    return 0;
}
