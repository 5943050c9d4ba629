#include "trace/trace-hw_i386_intel_iommu_sim.h"
