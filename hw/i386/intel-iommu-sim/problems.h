/*
 * What is wrong with a configuration: lines that are collected, so that one
 * error names them all, and lines of warning.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_PROBLEMS_H
#define INTEL_IOMMU_SIM_PROBLEMS_H

#include "hw/i386/vtdm/dmar.h"
#include "qapi/error.h"

/* Adds a line to @problems; the second takes over @text, of any lines. */
void vtdm_problem_add(GPtrArray *problems, const char *format, ...)
    G_GNUC_PRINTF(2, 3);
void vtdm_problem_take(GPtrArray *problems, char *text);

/*
 * Makes one error of all of @problems, of which there is at least one; or says
 * on standard error or in the monitor why a state is not loaded.
 */
void vtdm_problems_report(GPtrArray *problems, Error **errp);
void vtdm_problems_report_load(GPtrArray *problems, const char *device);

/*
 * Hands each note on a table to @report, a line each that begins with
 * @origin: warn_report or info_report.
 */
void vtdm_notes_report(const char *origin, const VTDMDmarNotes *notes,
                       void (*report)(const char *, ...)
                           G_GNUC_PRINTF(1, 2));

/* One line. It is of no place that QEMU is reading at the moment. */
void vtdm_warn(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Warns of what is odd in the text of a property, a line for each note. */
void vtdm_notes_warn_of_text(const char *property,
                             const VTDMDmarNotes *notes);

#endif
