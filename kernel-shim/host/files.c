// SPDX-License-Identifier: GPL-2.0-only
/* debugfs: remembers the files that the kernel code creates, and calls their own read and write. */
#include <errno.h>
#include <string.h>

#include "host.h"

#define MAX_FILES 16

struct dentry {
	const char *name;
	void *data;
	shim_get_t get;
	shim_set_t set;
};

static struct dentry files[MAX_FILES];
static unsigned int nfiles;

/* Return: the file, %NULL when there are too many. A directory has no @get. */
struct dentry *shim_file_create(const char *name, struct dentry *parent, void *data, shim_get_t get,
				shim_set_t set)
{
	struct dentry *d = &files[nfiles];

	(void)parent;
	if (nfiles == MAX_FILES)
		return NULL;
	nfiles++;
	*d = (struct dentry){ name, data, get, set };
	return d;
}

static struct dentry *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nfiles; i++)
		if (files[i].get && !strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

bool shim_file_exists(const char *name)
{
	return find(name);
}

int shim_file_read(const char *name, unsigned long long *val)
{
	struct dentry *d = find(name);

	return d ? d->get(d->data, val) : -ENOENT;
}

int shim_file_write(const char *name, unsigned long long val)
{
	struct dentry *d = find(name);

	if (!d)
		return -ENOENT;
	return d->set ? d->set(d->data, val) : -EACCES;
}

void shim_files_reset(void)
{
	nfiles = 0;
}
