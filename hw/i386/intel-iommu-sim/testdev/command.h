/*
 * vtd-testdev: running commands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_COMMAND_H
#define VTD_TESTDEV_COMMAND_H

#include "testdev.h"

/*
 * Runs what is in @command->words. When it ends, and that may be before this
 * returns, status and result are there and command->ended() is called.
 */
void vtdt_command_run(VTDTCommand *command);

/* Goes on with one that waited for a page response, which said @status. */
void vtdt_command_resume(VTDTCommand *command, unsigned status);

/* Whether one that runs, and has been read from somewhere, can go on. */
bool vtdt_command_can_run(const VTDTCommand *command);

/* Ends it, if it runs. */
void vtdt_command_cancel(VTDTCommand *command);

/* The status alone: VTD_TESTDEV_OK and so on. */
unsigned vtdt_command_status(const VTDTCommand *command);

/* Names for people, such as "fetch-add"; NULL: there is no such. */
const char *vtdt_opcode_name(unsigned opcode);
const char *vtdt_status_name(unsigned status);

#endif
