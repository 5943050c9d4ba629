/*
 * The units that tests of saving save.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef SAVED_CONFIGS_H
#define SAVED_CONFIGS_H

#include "hw/i386/vtdm/config.h"

typedef enum SavedKind {
    SAVED_LEGACY,               /* all of legacy mode, caching mode */
    SAVED_PLAIN,                /* as little as there may be */
    SAVED_SCALABLE,             /* all of scalable mode */
    SAVED_MINIMAL,              /* scalable mode, a second stage only */
    SAVED_SERVER,               /* all of scalable mode, with counters */
    SAVED_KINDS
} SavedKind;

static inline void saved_config_scalable(VTDMConfig *config)
{
    config->smts = config->ssts = config->fsts = config->nest = true;
    config->pasid = config->srs = config->rps = config->rprivs = true;
    config->dt = config->prs = config->nwfs = config->sc = true;
    config->smpwcs = config->ssads = config->eafs = config->mts = true;
    config->fs1gp = config->fs5lp = true;
    config->pss = 20;
}

static inline VTDMConfig saved_config(SavedKind kind)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    switch (kind) {
    case SAVED_LEGACY:
        config.cm = config.dt = config.plmr = config.phmr = true;
        break;
    case SAVED_PLAIN:
        config.ir = false;
        config.nd = 2;
        config.mhmv = config.sslps = 0;
        config.iotlb_entries = 1;
        break;
    case SAVED_SCALABLE:
        saved_config_scalable(&config);
        break;
    case SAVED_SERVER:
        saved_config_scalable(&config);
        config.ecmds = config.pms = config.pi = true;
        config.nd = 2;
        break;
    default:
        config.smts = config.ssts = true;
        config.pt = false;
    }
    return config;
}

#endif
