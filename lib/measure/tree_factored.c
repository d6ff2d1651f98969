#include "tree_sums.h"
const tt_sums_kind tt_sums_factored = { 0 };
