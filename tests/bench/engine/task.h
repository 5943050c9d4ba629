/*
 * What a benchmark lets its engines do: the numbers are properties of an
 * engine, "base" and so on, that the benchmark sets before it says "run".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef BENCH_TASK_H
#define BENCH_TASK_H

#include "engine.h"

/* Makes properties of @obj out of what @task is asked for and what it gave. */
void engine_task_add_properties(Object *obj, EngineTask *task);

/*
 * Starts the task in threads of its own; they take no lock but those that a
 * device takes. @engines are the devices, in the order of their making. When
 * it is done, task->busy is 0 and the results are there.
 */
void engine_task_start(EngineTask *task, GPtrArray *engines);

#endif
