// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linux driver for vtd-testdev: lets programs have the device access their own
 * memory by shared virtual addressing. vtd-testdev-ioctl.h is its interface.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iommu.h>
#include <linux/irq.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/irq_remapping.h>

#include "vtd-testdev-ioctl.h"

#define PATIENCE (60 * HZ)

/* What a program may set in a command's control. */
#define ALLOWED (VTD_TESTDEV_OPCODE | VTD_TESTDEV_WITH_PASID |                \
		 VTD_TESTDEV_PRIVILEGED | VTD_TESTDEV_EXECUTE |               \
		 VTD_TESTDEV_THROUGH_TLB | VTD_TESTDEV_REQUEST_PAGES |        \
		 VTD_TESTDEV_NO_WRITE | VTD_TESTDEV_WANT_READ |               \
		 VTD_TESTDEV_WANT_WRITE | VTD_TESTDEV_LAST)

struct testdev {
	struct kref references;		/* the PCI device, and each open file */
	struct mutex lock;		/* of all that follows, and its users */
	struct list_head users;
	struct pci_dev *pci;
	bool gone;			/* the PCI device */
	void __iomem *registers;
	void __iomem *buffer;
	struct completion ended;
	int spare;			/* the interrupt that no command uses */
	atomic_t taken;			/* how often it came to a CPU */
	void *page;			/* VTD_TESTDEV_PAGE_SIZE bytes */
	int number;
	char name[24];
	struct miscdevice node;
};

struct testdev_user {
	struct testdev *device;
	struct list_head among;
	struct iommu_sva *bond;		/* of a program's address space, or */
	struct iommu_domain *domain;	/* ... the kernel's own, in which... */
	dma_addr_t address;		/* ... the page is */
	u32 pasid;
};

static DEFINE_IDA(numbers);

static u64 get(struct testdev *device, unsigned int at)
{
	return readq(device->registers + at);
}

static void put(struct testdev *device, unsigned int at, u64 value)
{
	writeq(value, device->registers + at);
}

static void testdev_free(struct kref *references)
{
	struct testdev *device = container_of(references, struct testdev,
					      references);

	ida_free(&numbers, device->number);
	kfree(device);
}

static irqreturn_t testdev_interrupt(int irq, void *opaque)
{
	struct testdev *device = opaque;

	complete(&device->ended);
	return IRQ_HANDLED;
}

static irqreturn_t testdev_spare_interrupt(int irq, void *opaque)
{
	struct testdev *device = opaque;

	atomic_inc(&device->taken);
	return IRQ_HANDLED;
}

/* Starts the command in the slot and waits for its end. */
static int testdev_run(struct testdev *device,
		       struct vtd_testdev_command *command)
{
	long left;

	reinit_completion(&device->ended);
	put(device, VTD_TESTDEV_SLOT_CONTROL, command->control);
	put(device, VTD_TESTDEV_SLOT_ADDRESS, command->address);
	put(device, VTD_TESTDEV_SLOT_LENGTH, command->length);
	put(device, VTD_TESTDEV_SLOT_OFFSET, command->offset);
	put(device, VTD_TESTDEV_SLOT_OPERAND, command->operand);
	put(device, VTD_TESTDEV_RUN, 1);
	left = wait_for_completion_interruptible_timeout(&device->ended,
							 PATIENCE);
	if (left <= 0) {
		put(device, VTD_TESTDEV_CONTROL, VTD_TESTDEV_RESET);
		return left ? -EINTR : -ETIMEDOUT;
	}
	command->status = get(device, VTD_TESTDEV_SLOT_STATUS);
	command->result = get(device, VTD_TESTDEV_SLOT_RESULT);
	return 0;
}

static long user_bind(struct testdev_user *user)
{
	struct testdev *device = user->device;
	struct iommu_sva *bond;
	u32 pasid;

	guard(mutex)(&device->lock);
	if (device->gone)
		return -ENODEV;
	if (user->bond || user->domain)
		return -EBUSY;
	bond = iommu_sva_bind_device(&device->pci->dev, current->mm);
	if (IS_ERR(bond))
		return PTR_ERR(bond);
	pasid = iommu_sva_get_pasid(bond);
	if (pasid == IOMMU_PASID_INVALID) {
		iommu_sva_unbind_device(bond);
		return -ENODEV;
	}
	user->bond = bond;
	user->pasid = pasid;
	return pasid;
}

/* A PASID of the kernel's for the domain that the device is in. */
static int user_attach(struct testdev_user *user)
{
	struct device *dev = &user->device->pci->dev;
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);
	int error = domain ? 0 : -ENODEV;

	if (error)
		return error;
	user->pasid = iommu_alloc_global_pasid(dev);
	if (user->pasid == IOMMU_PASID_INVALID)
		return -ENOSPC;
	error = iommu_attach_device_pasid(domain, dev, user->pasid, NULL);
	if (error)
		iommu_free_global_pasid(user->pasid);
	else
		user->domain = domain;
	return error;
}

static void user_detach(struct testdev_user *user)
{
	struct device *dev = &user->device->pci->dev;

	iommu_detach_device_pasid(user->domain, dev, user->pasid);
	iommu_free_global_pasid(user->pasid);
	dma_unmap_page(dev, user->address, VTD_TESTDEV_PAGE_SIZE,
		       DMA_BIDIRECTIONAL);
	user->domain = NULL;
}

static long user_bind_kernel(struct testdev_user *user, u64 __user *argument)
{
	struct testdev *device = user->device;
	struct device *dev = &device->pci->dev;
	int error;

	guard(mutex)(&device->lock);
	if (device->gone)
		return -ENODEV;
	if (user->bond || user->domain)
		return -EBUSY;
	user->address = dma_map_single(dev, device->page,
				       VTD_TESTDEV_PAGE_SIZE,
				       DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, user->address))
		return -ENOMEM;
	error = user_attach(user);
	if (error) {
		dma_unmap_page(dev, user->address, VTD_TESTDEV_PAGE_SIZE,
			       DMA_BIDIRECTIONAL);
		return error;
	}
	return put_user(user->address, argument) ? : user->pasid;
}

static void user_unbind(struct testdev_user *user)
{
	if (user->bond)
		iommu_sva_unbind_device(user->bond);
	user->bond = NULL;
	if (user->domain)
		user_detach(user);
}

/*
 * The spare interrupt goes to the descriptor in the page, as KVM has a device's
 * go to a virtual CPU; nothing notifies, the descriptor suppresses that.
 */
static long user_post(struct testdev_user *user, unsigned long vector)
{
	struct testdev *device = user->device;
	u64 *descriptor = device->page + VTD_TESTDEV_POSTED;
	struct intel_iommu_pi_data posted = {
		.pi_desc_addr = virt_to_phys(descriptor),
		.vector = vector,
	};
	int error;

	guard(mutex)(&device->lock);
	if (device->gone)
		return -ENODEV;
	if (!device->spare || !irq_remapping_cap(IRQ_POSTING_CAP))
		return -EOPNOTSUPP;
	if (vector >= VTD_TESTDEV_POSTED_NONE + 1)
		return -EINVAL;
	memset(descriptor, 0, 64);
	descriptor[4] = VTD_TESTDEV_POSTED_SUPPRESSED;
	error = irq_set_vcpu_affinity(device->spare,
				      vector < VTD_TESTDEV_POSTED_NONE ?
				      &posted : NULL);
	return error ? : atomic_read(&device->taken);
}

static long user_run(struct testdev_user *user, void __user *argument)
{
	struct testdev *device = user->device;
	struct vtd_testdev_command command;
	int error;

	if (copy_from_user(&command, argument, sizeof(command)))
		return -EFAULT;
	scoped_guard(mutex, &device->lock) {
		if (device->gone)
			return -ENODEV;
		if (!(user->bond || user->domain) ||
		    command.control & ~ALLOWED)
			return -EINVAL;
		command.control |= VTD_TESTDEV_INTERRUPT;
		if ((command.control & VTD_TESTDEV_OPCODE) != VTD_TESTDEV_MSI)
			command.control |= VTD_TESTDEV_WITH_PASID |
				(u64)user->pasid << VTD_TESTDEV_PASID_SHIFT;
		error = testdev_run(device, &command);
	}
	if (error)
		return error;
	return copy_to_user(argument, &command, sizeof(command)) ? -EFAULT : 0;
}

static long user_counter(struct testdev_user *user, u64 __user *argument)
{
	u64 value;

	if (get_user(value, argument))
		return -EFAULT;
	if (value < VTD_TESTDEV_COUNT_DONE ||
	    value > VTD_TESTDEV_COUNT_INTERRUPTS || value % sizeof(u64))
		return -EINVAL;
	scoped_guard(mutex, &user->device->lock) {
		if (user->device->gone)
			return -ENODEV;
		value = get(user->device, value);
	}
	return put_user(value, argument);
}

static long user_ioctl(struct file *file, unsigned int request,
		       unsigned long argument)
{
	struct testdev_user *user = file->private_data;

	switch (request) {
	case VTD_TESTDEV_BIND:
		return user_bind(user);
	case VTD_TESTDEV_RUN_COMMAND:
		return user_run(user, (void __user *)argument);
	case VTD_TESTDEV_COUNTER:
		return user_counter(user, (u64 __user *)argument);
	case VTD_TESTDEV_BIND_KERNEL:
		return user_bind_kernel(user, (u64 __user *)argument);
	case VTD_TESTDEV_POST:
		return user_post(user, argument);
	}
	return -ENOTTY;
}

/*
 * The buffer takes accesses of any size; a copy keeps them simple. Behind it is
 * the page.
 */
static ssize_t user_read(struct file *file, char __user *to, size_t size,
			 loff_t *offset)
{
	struct testdev *device = ((struct testdev_user *)file->private_data)->device;
	size_t all = VTD_TESTDEV_BUFFER_SIZE + VTD_TESTDEV_PAGE_SIZE;
	void *copy __free(kvfree) = kvmalloc(all, GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	guard(mutex)(&device->lock);
	if (device->gone)
		return -ENODEV;
	memcpy_fromio(copy, device->buffer, VTD_TESTDEV_BUFFER_SIZE);
	memcpy(copy + VTD_TESTDEV_BUFFER_SIZE, device->page,
	       VTD_TESTDEV_PAGE_SIZE);
	return simple_read_from_buffer(to, size, offset, copy, all);
}

static ssize_t user_write(struct file *file, const char __user *from,
			  size_t size, loff_t *offset)
{
	struct testdev *device = ((struct testdev_user *)file->private_data)->device;
	void *copy __free(kvfree) = kvmalloc(VTD_TESTDEV_BUFFER_SIZE,
					     GFP_KERNEL);
	loff_t start = *offset;
	ssize_t done;

	if (!copy)
		return -ENOMEM;
	done = simple_write_to_buffer(copy, VTD_TESTDEV_BUFFER_SIZE, offset,
				      from, size);
	if (done <= 0)
		return done;
	guard(mutex)(&device->lock);
	if (device->gone)
		return -ENODEV;
	memcpy_toio(device->buffer + start, copy + start, done);
	return done;
}

static int user_open(struct inode *inode, struct file *file)
{
	struct testdev *device = container_of(file->private_data,
					      struct testdev, node);
	struct testdev_user *user = kzalloc(sizeof(*user), GFP_KERNEL);

	if (!user)
		return -ENOMEM;
	user->device = device;
	kref_get(&device->references);
	scoped_guard(mutex, &device->lock)
		list_add(&user->among, &device->users);
	file->private_data = user;
	return 0;
}

static int user_release(struct inode *inode, struct file *file)
{
	struct testdev_user *user = file->private_data;

	scoped_guard(mutex, &user->device->lock) {
		user_unbind(user);
		list_del(&user->among);
	}
	kref_put(&user->device->references, testdev_free);
	kfree(user);
	return 0;
}

static const struct file_operations user_operations = {
	.owner = THIS_MODULE,
	.open = user_open,
	.release = user_release,
	.read = user_read,
	.write = user_write,
	.llseek = default_llseek,
	.unlocked_ioctl = user_ioctl,
};

/* Its interrupts; of the spare one it can do without. */
static int testdev_interrupts(struct testdev *device)
{
	struct pci_dev *pci = device->pci;
	int count = pci_alloc_irq_vectors(pci, 1, 2, PCI_IRQ_MSIX);
	int error;

	if (count < 0)
		return count;
	error = devm_request_irq(&pci->dev, pci_irq_vector(pci, 0),
				 testdev_interrupt, 0, KBUILD_MODNAME, device);
	if (error || count < 2)
		return error;
	device->spare = pci_irq_vector(pci, 1);
	return devm_request_irq(&pci->dev, device->spare,
				testdev_spare_interrupt, 0, KBUILD_MODNAME,
				device);
}

/* Its registers and interrupts; what has the devres of the PCI device. */
static int testdev_start(struct testdev *device)
{
	struct pci_dev *pci = device->pci;
	int error = pcim_enable_device(pci);

	if (error)
		return error;
	device->registers = pcim_iomap_region(pci, VTD_TESTDEV_BAR_REGISTERS,
					      KBUILD_MODNAME);
	device->buffer = pcim_iomap_region(pci, VTD_TESTDEV_BAR_BUFFER,
					   KBUILD_MODNAME);
	if (IS_ERR(device->registers))
		return PTR_ERR(device->registers);
	if (IS_ERR(device->buffer))
		return PTR_ERR(device->buffer);
	if (get(device, VTD_TESTDEV_IDENT) != VTD_TESTDEV_IDENT_VALUE)
		return dev_err_probe(&pci->dev, -ENODEV, "another version\n");
	device->page = (void *)devm_get_free_pages(&pci->dev, GFP_KERNEL |
						   __GFP_ZERO, 0);
	if (!device->page)
		return -ENOMEM;
	pci_set_master(pci);
	error = dma_set_mask_and_coherent(&pci->dev, DMA_BIT_MASK(64));
	if (error)
		return error;
	return testdev_interrupts(device);
}

static int testdev_appear(struct testdev *device)
{
	snprintf(device->name, sizeof(device->name), "vtd-testdev%d",
		 device->number);
	device->node = (struct miscdevice){
		.minor = MISC_DYNAMIC_MINOR,
		.name = device->name,
		.fops = &user_operations,
		.parent = &device->pci->dev,
	};
	return misc_register(&device->node);
}

static int testdev_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct testdev *device = kzalloc(sizeof(*device), GFP_KERNEL);
	int error;

	if (!device)
		return -ENOMEM;
	kref_init(&device->references);
	INIT_LIST_HEAD(&device->users);
	mutex_init(&device->lock);
	init_completion(&device->ended);
	device->pci = pci;
	device->number = ida_alloc(&numbers, GFP_KERNEL);
	if (device->number < 0) {
		error = device->number;
		kfree(device);
		return error;
	}
	pci_set_drvdata(pci, device);
	error = testdev_start(device);
	if (!error)
		error = testdev_appear(device);
	if (error)
		kref_put(&device->references, testdev_free);
	return error;
}

static void testdev_remove(struct pci_dev *pci)
{
	struct testdev *device = pci_get_drvdata(pci);
	struct testdev_user *user;

	misc_deregister(&device->node);
	scoped_guard(mutex, &device->lock) {
		device->gone = true;
		list_for_each_entry(user, &device->users, among)
			user_unbind(user);
	}
	devm_free_irq(&pci->dev, pci_irq_vector(pci, 0), device);
	if (device->spare)
		devm_free_irq(&pci->dev, device->spare, device);
	kref_put(&device->references, testdev_free);
}

static const struct pci_device_id testdev_ids[] = {
	{ PCI_DEVICE(VTD_TESTDEV_VENDOR, VTD_TESTDEV_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, testdev_ids);

static struct pci_driver testdev_driver = {
	.name = KBUILD_MODNAME,
	.id_table = testdev_ids,
	.probe = testdev_probe,
	.remove = testdev_remove,
};
module_pci_driver(testdev_driver);

MODULE_DESCRIPTION("Shared virtual addressing with vtd-testdev");
MODULE_LICENSE("GPL");
