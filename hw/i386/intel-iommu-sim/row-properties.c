/*
 * Properties out of the rows of capabilities: a switch is QEMU's, a number
 * knows its range, and of each is known whether a user has set it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/config-row.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "row-properties.h"

static void get_number(Object *obj, Visitor *v, const char *name,
                       void *opaque, Error **errp)
{
    uint32_t value = vtdm_config_get(&INTEL_IOMMU_SIM(obj)->config,
                                     vtdm_config_row(name));

    visit_type_uint32(v, name, &value, errp);
}

/* What the field cannot hold; all else is checked with the other fields. */
static void set_number(Object *obj, Visitor *v, const char *name,
                       void *opaque, Error **errp)
{
    const VTDMConfigRow *row = vtdm_config_row(name);
    g_autofree char *choice = vtdm_config_row_choice(row);
    uint64_t value;

    if (!visit_type_uint64(v, name, &value, NULL)) {
        error_setg(errp, "%s must be a number: %s", name, choice);
    } else if (value > MAKE_64BIT_MASK(0, 8 * row->size)) {
        error_setg(errp, "%s must be %s, not %" PRId64, name, choice,
                   (int64_t)value);
    } else {
        vtdm_config_put(&INTEL_IOMMU_SIM(obj)->config, row, value);
    }
}

static void set_default(ObjectProperty *property, const Property *info)
{
    object_property_set_default_uint(property, info->defval.u);
}

#define NUMBER(bits) \
    { .type = "uint" #bits, .get = get_number, .set = set_number, \
      .set_default_value = set_default }

/* By the bytes of the field. */
static const PropertyInfo numbers[] = {
    [1] = NUMBER(8), [2] = NUMBER(16), [4] = NUMBER(32),
};

void vtdm_row_properties_add(GArray *properties)
{
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        Property property = {
            .name = row->name,
            .info = row->kind == VTDM_SWITCH ? &qdev_prop_bool
                                             : &numbers[row->size],
            .offset = offsetof(VTDMDevice, config) + row->offset,
            .set_default = true,
            .defval.u = row->standard,
        };

        if (!row->made_elsewhere) {
            g_array_append_val(properties, property);
        }
    }
}

/* Of the property of each row, whoever made it. */
static ObjectPropertyAccessor *setters[VTDM_CONFIG_ROWS];

/* What the parent owns is another model's property, too. */
static void set_and_note(Object *obj, Visitor *v, const char *name,
                         void *opaque, Error **errp)
{
    const VTDMConfigRow *row = vtdm_config_row(name);
    Object *ours = object_dynamic_cast(obj, TYPE_INTEL_IOMMU_SIM);

    setters[row - vtdm_config_rows](obj, v, name, opaque, errp);
    if (ours) {
        vtdm_config_say(&INTEL_IOMMU_SIM(ours)->said, row);
    }
}

void vtdm_row_properties_watch(ObjectClass *oc)
{
    for (size_t i = 0; i < VTDM_CONFIG_ROWS; i++) {
        ObjectProperty *property =
            object_class_property_find(oc, vtdm_config_rows[i].name);

        setters[i] = property->set;
        property->set = set_and_note;
    }
}
