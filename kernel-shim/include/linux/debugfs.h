/* SPDX-License-Identifier: GPL-2.0-only */
/* debugfs files: their own read and write functions are kept by host/files.c. */
#ifndef SHIM_LINUX_DEBUGFS_H
#define SHIM_LINUX_DEBUGFS_H

#include <linux/fs.h>

/* Simplified: a file has no text, only the number that its own functions give and take. */

static inline int shim_ulong_get(void *data, u64 *val)
{
	unsigned long *number = data;

	*val = *number;
	return 0;
}

static inline struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return shim_file_create(name, parent, NULL, NULL, NULL);
}

static inline struct dentry *debugfs_create_file(const char *name, unsigned short mode,
						 struct dentry *parent, void *data,
						 const struct file_operations *fops)
{
	return shim_file_create(name, parent, data, fops->get, fops->set);
}

#define debugfs_create_file_unsafe debugfs_create_file

static inline void debugfs_create_ulong(const char *name, unsigned short mode,
					struct dentry *parent, unsigned long *number)
{
	shim_file_create(name, parent, number, shim_ulong_get, NULL);
}

#define DEFINE_DEBUGFS_ATTRIBUTE(name, getter, setter, format)                                     \
	static const struct file_operations name = { .get = (getter), .set = (setter) }

#define DEFINE_SIMPLE_ATTRIBUTE DEFINE_DEBUGFS_ATTRIBUTE

#endif
