/* An instance as the text of its file. */
#ifndef TRUSTREE_INSTANCE_TEXT_H
#define TRUSTREE_INSTANCE_TEXT_H

#include "../lib/world/instance.h"

/* Owned by the caller: free(). A test in which it cannot be written fails. */
char *instance_text(const tt_instance *instance);

#endif
